//! The GraphQL kit: what resolvers share, knowing no domain.

pub mod budget;
pub mod connection;
pub mod context;
pub mod error;
pub mod guard;
pub mod id;
pub mod loader;
pub mod order;
pub mod request;
pub mod rounds;
pub mod scalar;
