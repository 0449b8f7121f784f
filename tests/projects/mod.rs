//! Projects: making, finding, changing, ending.

mod changing;
mod finding;
mod status;
