//! The database. Only this module distinguishes SQLite and PostgreSQL.

mod backend;
mod conn;
mod demands;
pub mod dsl;
mod interrupt;
pub mod migrate;
mod pool;
pub mod schema;
mod scope;
mod snapshot;
mod transaction;
pub mod types;
mod url;
mod writable;

pub use conn::Conn;
pub use pool::{Db, PoolSettings};
pub use scope::Scope;
pub use url::DbUrl;
