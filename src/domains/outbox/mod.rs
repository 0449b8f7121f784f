//! The outbox: mail that is written down in the transaction of its cause and sent afterwards. So a mail is sent if and
//! only if its cause was committed, also if the server is killed in between.

pub mod model;
mod repo;
pub mod service;
