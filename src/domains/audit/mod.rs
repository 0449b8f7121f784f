//! The audit log: one entry for each change, in the change's own transaction.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
