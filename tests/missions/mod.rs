//! Planning and finding missions.

mod filters;
mod planning;
mod times;
