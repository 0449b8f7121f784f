//! The integration tests: GraphQL posted to the real router, on SQLite and on PostgreSQL. One binary, so that the
//! server is linked once.

mod support;

mod attacks;
mod auth;
mod availability;
mod board;
mod bookings;
mod clients;
mod command_line;
mod compression;
mod config;
mod contract;
mod cors;
mod crew;
mod database;
mod directory;
mod documents;
mod endpoint;
mod errors;
mod fuzz;
mod inviting;
mod joining;
mod layers;
mod limits;
mod lists;
mod main_job;
mod members;
mod mission_filters;
mod mission_times;
mod missions;
mod nested_lists;
mod orgs;
mod passwords;
mod projects;
mod refresh;
mod rights;
mod roster;
mod row_security;
mod sessions;
mod tenant_walk;
mod throttle;
mod tokens;
mod tour;
mod transactions;
mod two_orgs;
