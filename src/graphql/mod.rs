//! The GraphQL kit: what every domain shares, knowing none.
//!
//! A request goes through [`request`] (from what a client sent to what may run) and [`execute`] (from there to its
//! answer). The rest is what resolvers use.

pub mod connection;
pub mod context;
pub mod error;
pub mod execute;
pub mod guard;
pub mod id;
pub mod request;
pub mod scalar;
