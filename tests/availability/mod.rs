//! When people said that they can or cannot work.

mod changing;
mod saying;
mod times;
