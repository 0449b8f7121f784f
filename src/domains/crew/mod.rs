//! The crew: people who can be booked.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
