//! Availability: when people can or cannot work.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
