//! Throttling: how often somebody may try. The counters are rows, so that they hold over restarts and for several
//! servers, and each attempt counts, however many a request makes.

mod repo;
pub mod service;
