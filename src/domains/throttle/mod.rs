//! Throttling: limits on attempts. The counters are rows in the database, so all servers share them and they survive a
//! restart. Each attempt counts, however many a request makes.

mod repo;
pub mod service;
