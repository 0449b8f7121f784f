//! Coulisses Crew: the back end that plans the crews of live events.
pub mod access;
pub mod api;
pub mod app;
pub mod clock;
pub mod config;
pub mod cookie;
pub mod crypto;
pub mod db;
pub mod domains;
pub mod error;
pub mod graphql;
pub mod http;
pub mod ids;
pub mod page;
pub mod state;
