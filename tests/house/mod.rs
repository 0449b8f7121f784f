//! What holds for the code as a whole: its layers, its schema, its table of rights.

mod contract;
mod layers;
mod modules;
mod rights;
