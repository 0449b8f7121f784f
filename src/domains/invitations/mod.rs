//! Invitations: links that invite people to a mission or to join the organisation. The domains bookings and orgs create
//! them and decide what an answer does.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
