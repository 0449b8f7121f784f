//! Migrations, keys, transactions, row-level security, and the judge of statements.

mod away;
mod backup;
mod begun;
mod full;
mod hosts;
mod interrupts;
mod keys;
mod migrations;
mod roles;
mod row_security;
mod settings;
mod shares;
mod snapshot;
mod standby;
mod statements;
mod tls;
mod transactions;
mod transfer;
mod urls;
mod wal;
mod workers;
