//! The rules of bookings: the status machine of assignments, and invitations.

mod answer;
mod assign;
mod cancel;
mod candidates;
mod conflicts;
mod guards;
mod invitation;
mod invite;
mod lock;
mod resend;
mod revoke;
mod staffing;
mod warnings;

pub use answer::{
    AcceptAssignment, Answered, DeclineAssignment, accept_assignment, decline_assignment,
};
pub use assign::{AssignToMission, assign_to_mission};
pub use cancel::{CancelAssignment, cancel_assignment};
pub use candidates::{Candidate, candidates};
pub use conflicts::conflicts;
pub use invitation::{
    InvitationAnswer, InvitationPreview, PreviewMission, accept_invitation, decline_invitation,
    invitation,
};
pub use invite::{InviteToMission, Invited, InvitedToMission, invite_to_mission};
pub use resend::resend_invitation;
pub use revoke::revoke_invitation;
pub use staffing::project_staffing;
