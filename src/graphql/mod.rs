//! The GraphQL kit: what resolvers share, knowing no domain.

pub mod budget;
pub mod complexity;
pub mod connection;
pub mod context;
pub mod cost;
pub mod document;
pub mod documents;
pub mod error;
pub mod guard;
pub mod id;
pub mod loader;
pub mod order;
pub mod overlap;
pub mod rounds;
pub mod scalar;
pub mod variables;
