//! Accounts and sessions.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
