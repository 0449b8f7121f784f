//! Migrations, keys, transactions, row-level security, and the judge of statements.

mod keys;
mod migrations;
mod row_security;
mod snapshot;
mod statements;
mod transactions;
