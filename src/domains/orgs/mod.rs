//! Organisations and who belongs to them.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
