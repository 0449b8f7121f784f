//! Invitations: links sent to people, to take a place on a mission or to join the organisation. Whom they are for and what an
//! answer does is up to the domain that sends them: bookings and orgs.

pub mod graphql;
pub mod model;
mod repo;
pub mod service;
