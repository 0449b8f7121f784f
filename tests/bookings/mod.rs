//! Inviting people to missions, their answers, and the board.

mod assignments;
mod board;
mod inviting;
pub mod main_job;
