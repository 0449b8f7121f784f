//! What holds for every GraphQL request, whatever it asks for.

mod attacks;
mod documents;
mod errors;
mod limits;
mod lists;
mod nested_lists;
mod node;
mod nulls;
