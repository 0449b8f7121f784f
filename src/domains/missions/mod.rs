//! Missions: work at one place and time, with the roles that they need.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
