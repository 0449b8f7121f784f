//! The rules of signing in.

mod login;
mod logout;
mod refresh;
mod session;
mod sign_up;

pub use login::{Login, login};
pub use logout::{logout, logout_by_refresh_token};
pub use refresh::refresh;
pub use session::{SignedIn, accounts, requester};
pub use sign_up::{SignUp, sign_up};
