//! The rows of assignments, and the one place that writes their status. The domain bookings has the rules that need
//! missions and the crew, and the schema.

pub mod model;
mod repo;
pub mod service;
