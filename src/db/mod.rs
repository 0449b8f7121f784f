//! The database: the one place that knows that there are two.

mod backend;
mod conn;
pub mod dsl;
pub mod migrate;
mod pool;
pub mod schema;
mod scope;
mod snapshot;
mod transaction;
pub mod types;

pub use conn::Conn;
pub use pool::{Db, DbUrl, PoolSettings};
pub use scope::Scope;
