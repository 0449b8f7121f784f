//! Writing mail into the outbox, and sending it.

mod allowance;
mod claim;
mod deliver;
mod gather;
mod letter;
mod operator;
mod tell;

pub use allowance::{Allowed, allowances};
pub use deliver::{deliver_due, run};
pub use operator::{failed, retry};
pub use tell::{Link, Told, invited_again_within, invited_within, join_within, told_within};
