//! The rules of bookings: the status machine of assignments, and invitations.

mod answer;
mod candidates;
mod invitation;
mod invite;
mod list;
mod overlaps;
mod revoke;

pub use answer::{
    AcceptAssignment, Answered, DeclineAssignment, accept_assignment, decline_assignment,
};
pub use candidates::{Candidate, candidates};
pub use invitation::{
    InvitationAnswer, InvitationPreview, PreviewMission, accept_invitation, decline_invitation,
    invitation,
};
pub use invite::{InviteToMission, Invited, InvitedToMission, invite_to_mission};
pub use list::{
    assignments, assignments_of_missions, assignments_of_roles, assignments_of_users,
    counts_of_missions, list_assignments, project_staffing,
};
pub use overlaps::accepted_overlapping_within;
pub use revoke::revoke_invitation;
