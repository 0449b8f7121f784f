//! Bookings: who is asked to take a place on a mission, and what they answer.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
