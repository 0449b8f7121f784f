//! The people of an organisation.

mod creating;
mod directory;
