//! The database: the one place that knows that there are two.

mod conn;
pub mod dsl;
pub mod migrate;
mod pool;
pub mod schema;
mod snapshot;
mod transaction;
pub mod types;

pub use conn::{Conn, Scope};
pub use pool::{Db, DbUrl, PoolSettings};
