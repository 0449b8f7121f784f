//! GraphQL code that all domains share. It must not use the domains.
//!
//! [`request`] turns a request into an operation, and [`execute`] runs it. Resolvers use the other modules.

pub mod brief;
pub mod connection;
pub mod context;
pub mod error;
pub mod execute;
pub mod guard;
pub mod id;
pub mod request;
pub mod scalar;
