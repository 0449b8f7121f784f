//! The database. Only this module distinguishes SQLite and PostgreSQL.

mod conn;
pub mod dsl;
pub mod migrate;
mod pool;
pub mod schema;
mod transaction;
pub mod types;

pub use conn::Conn;
pub use pool::{Db, DbUrl, PoolSettings};
