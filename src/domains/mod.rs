//! The domains. Each folder holds one, in the same four layers: `graphql` -> `service` -> `repo` over `model`.
//! docs/architecture.md explains what a new domain needs, under "Adding a domain".

pub mod assignments;
pub mod audit;
pub mod auth;
pub mod availability;
pub mod bookings;
pub mod crew;
pub mod demo;
pub mod invitations;
pub mod missions;
pub mod orgs;
pub mod outbox;
pub mod projects;
pub mod throttle;
