//! Bookings: invitations of people to missions, and their answers.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
