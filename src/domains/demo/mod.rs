//! The demo: organisations with a crew, a festival and a tour, for people who try the product and for measuring it with
//! many rows. `coulisses-crew seed-demo` writes it.

mod model;
pub mod service;
