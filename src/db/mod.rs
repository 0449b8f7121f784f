//! The database: the one place that knows that there are two.

mod conn;
mod demands;
pub mod dsl;
pub mod migrate;
mod pool;
pub mod schema;
mod transaction;
pub mod types;
mod writable;

pub use conn::Conn;
pub use pool::{Db, DbUrl, PoolSettings};
