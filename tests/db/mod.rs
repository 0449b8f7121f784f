//! Migrations, transactions and row-level security.

mod migrations;
mod row_security;
mod transactions;
