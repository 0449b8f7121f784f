//! The rules of bookings: the status machine of assignments, and invitations.

mod answer;
mod candidates;
mod invitation;
mod invite;
mod revoke;
mod staffing;

pub use answer::{
    AcceptAssignment, Answered, DeclineAssignment, accept_assignment, decline_assignment,
};
pub use candidates::{Candidate, candidates};
pub use invitation::{
    InvitationAnswer, InvitationPreview, PreviewMission, accept_invitation, decline_invitation,
    invitation,
};
pub use invite::{InviteToMission, Invited, InvitedToMission, invite_to_mission};
pub use revoke::revoke_invitation;
pub use staffing::project_staffing;
