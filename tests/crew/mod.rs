//! The people of an organisation.

mod archiving;
mod creating;
mod directory;
mod races;
mod updating;
mod versions;
