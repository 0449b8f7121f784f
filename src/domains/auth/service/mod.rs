//! The rules of signing in.

mod account;
mod devices;
mod ended;
mod join_org;
mod login;
mod logout;
pub mod operator;
mod password;
mod refresh;
mod reset;
mod session;
mod sign_up;
mod switch_org;

pub use account::accounts;
pub use devices::{revoke_session, sessions};
pub use ended::{delete_ended_resets, delete_ended_sessions};
pub use join_org::{JoinOrg, Joined, join_org};
pub use login::{Login, login};
pub use logout::{logout, logout_by_refresh_tokens};
pub use password::change_password;
pub use refresh::refresh;
pub use reset::{confirm_password_reset, request_password_reset};
pub use session::{Next, SignedIn, requester};
pub use sign_up::{SignUp, sign_up};
pub use switch_org::switch_org;
