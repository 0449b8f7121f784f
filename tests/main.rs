//! The integration tests: GraphQL posted to the real router, on SQLite and on PostgreSQL. One binary, so that the
//! server is linked once.

mod support;

mod assignments;
mod audit;
mod auth;
mod availability;
mod bookings;
mod clients;
mod crew;
mod db;
mod demo;
mod fuzz;
mod graphql;
mod house;
mod http;
mod invitations;
mod missions;
mod model;
mod orgs;
mod outbox;
mod projects;
mod retention;
mod server;
mod spans;
mod typed_texts;
