//! The domains. Each folder holds one, in the same four layers: `graphql` -> `service` -> `repo` over `model`.
//! A new domain is a folder, a line here and its roots in `api.rs`.

pub mod audit;
pub mod auth;
pub mod availability;
pub mod bookings;
pub mod crew;
pub mod invitations;
pub mod missions;
pub mod orgs;
pub mod projects;
pub mod throttle;
