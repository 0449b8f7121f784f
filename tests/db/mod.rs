//! Migrations, keys, transactions, row-level security, and the judge of statements.

mod keys;
mod migrations;
mod row_security;
mod statements;
mod settings;
mod transactions;
