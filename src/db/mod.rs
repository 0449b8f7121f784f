//! The database. Only this module distinguishes SQLite and PostgreSQL.

mod any;
mod backend;
mod backup;
mod begun;
mod conn;
mod demands;
mod drive;
pub mod dsl;
mod interrupt;
mod kept;
pub mod migrate;
mod opening;
mod parameters;
mod pg_pool;
mod pool;
mod postgres;
mod question;
mod ready;
mod room;
pub mod schema;
mod scope;
pub mod since;
mod snapshot;
mod sqlite;
mod tls;
mod transaction;
mod transfer;
pub mod types;
mod url;
mod wal;
mod writable;

pub use any::AnyOf;
pub use backup::{NoBackup, backup};
pub use conn::Conn;
pub use opening::{Unusable, open};
pub use pool::{Db, PoolSettings};
pub use ready::NotReady;
pub use room::free_bytes;
pub use scope::{Scope, Share};
pub use transfer::{Counts, Doing, NoTransfer, Progress, transfer};
pub use url::DbUrl;

/// Most rows that one statement writes. SQLite takes no more than 32,766 values in a statement, and a row has at most 16
/// columns here.
pub const AT_ONCE: usize = 1_000;
