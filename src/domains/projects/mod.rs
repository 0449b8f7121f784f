//! Projects: a show, a tour, a festival day.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
