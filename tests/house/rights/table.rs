//! The matrix. A new field of Query or Mutation, or a new guard, needs one row here, and
//! `UPDATE_DOCS=1 cargo test rights` to print it.

use coulisses_crew::access::Role::{self, Admin, Manager, Owner, Tech};

use Policy::{Anybody, AtLeast, NullBelow, Own, OwnOr, OwnOrNullBelow, SignedIn};

/// What a field asks of the requester.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Policy {
    /// Nothing.
    Anybody,
    /// Any account.
    SignedIn,
    /// Any account, and what it answers is of that account only.
    Own,
    /// A role in the organisation; others are answered FORBIDDEN.
    AtLeast(Role),
    /// A row of one's own, or the role; others are answered FORBIDDEN.
    OwnOr(Role),
    /// The role; null to others.
    NullBelow(Role),
    /// A row of one's own, or the role; null to others.
    OwnOrNullBelow(Role),
}

/// Every field of Query and Mutation, and every guarded field of another type.
pub const RIGHTS: &[(&str, Policy)] = &[
    ("Query.assignment", AtLeast(Tech)),
    ("Query.assignments", AtLeast(Tech)),
    ("Query.auditLog", AtLeast(Admin)),
    ("Query.candidates", AtLeast(Manager)),
    ("Query.conflicts", OwnOr(Manager)),
    ("Query.invitation", Anybody),
    ("Query.invitations", AtLeast(Manager)),
    ("Query.me", Own),
    ("Query.mission", AtLeast(Tech)),
    ("Query.missions", AtLeast(Tech)),
    ("Query.myProfile", AtLeast(Tech)),
    ("Query.myRole", AtLeast(Tech)),
    ("Query.node", SignedIn),
    ("Query.org", AtLeast(Tech)),
    ("Query.project", AtLeast(Tech)),
    ("Query.projects", AtLeast(Tech)),
    ("Query.rbacDemo", SignedIn),
    ("Query.user", AtLeast(Tech)),
    ("Query.users", AtLeast(Tech)),
    ("Mutation.acceptAssignment", OwnOr(Manager)),
    ("Mutation.acceptInvitation", Anybody),
    ("Mutation.addMissionRole", AtLeast(Manager)),
    ("Mutation.archiveUser", AtLeast(Manager)),
    ("Mutation.assignToMission", AtLeast(Manager)),
    ("Mutation.cancelAssignment", OwnOr(Manager)),
    ("Mutation.cancelMission", AtLeast(Manager)),
    ("Mutation.changePassword", Own),
    ("Mutation.confirmPasswordReset", Anybody),
    ("Mutation.createAvailability", OwnOr(Manager)),
    ("Mutation.createMission", AtLeast(Manager)),
    ("Mutation.createMissions", AtLeast(Manager)),
    ("Mutation.createOrg", SignedIn),
    ("Mutation.createProject", AtLeast(Manager)),
    ("Mutation.createUser", AtLeast(Manager)),
    ("Mutation.declineAssignment", OwnOr(Manager)),
    ("Mutation.declineInvitation", Anybody),
    ("Mutation.deleteAvailability", OwnOr(Manager)),
    ("Mutation.deleteMissionRole", AtLeast(Manager)),
    ("Mutation.deleteProject", AtLeast(Admin)),
    ("Mutation.duplicateMission", AtLeast(Manager)),
    ("Mutation.inviteMember", AtLeast(Admin)),
    ("Mutation.inviteToMission", AtLeast(Manager)),
    ("Mutation.joinOrg", Anybody),
    ("Mutation.login", Anybody),
    ("Mutation.logout", Own),
    ("Mutation.removeMember", OwnOr(Admin)),
    ("Mutation.requestPasswordReset", Anybody),
    ("Mutation.rescheduleMission", AtLeast(Manager)),
    ("Mutation.resendInvitation", AtLeast(Manager)),
    ("Mutation.revokeInvitation", AtLeast(Manager)),
    ("Mutation.revokeSession", Own),
    ("Mutation.setMemberRole", AtLeast(Admin)),
    ("Mutation.setProjectStatus", AtLeast(Manager)),
    ("Mutation.signUp", Anybody),
    ("Mutation.switchOrg", SignedIn),
    ("Mutation.updateAvailability", OwnOr(Manager)),
    ("Mutation.updateMission", AtLeast(Manager)),
    ("Mutation.updateMissionRole", AtLeast(Manager)),
    ("Mutation.updateOrg", AtLeast(Admin)),
    ("Mutation.updateProject", AtLeast(Manager)),
    ("Mutation.updateUser", OwnOr(Manager)),
    ("Account.memberships", SignedIn),
    ("Account.sessions", Own),
    ("Assignment.invitation", NullBelow(Manager)),
    ("Invitation.email", AtLeast(Manager)),
    ("Org.members", AtLeast(Manager)),
    ("Org.skills", AtLeast(Tech)),
    ("Org.tags", AtLeast(Tech)),
    ("RbacDemo.admin", AtLeast(Admin)),
    ("RbacDemo.any", AtLeast(Tech)),
    ("RbacDemo.manager", AtLeast(Manager)),
    ("RbacDemo.owner", AtLeast(Owner)),
    ("RbacDemo.scoped", AtLeast(Tech)),
    ("User.account", OwnOrNullBelow(Manager)),
    ("User.email", OwnOrNullBelow(Manager)),
    ("User.phone", OwnOrNullBelow(Manager)),
];

/// Who asks: nobody, an account without a place in the organisation, or a member.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Rank {
    Nobody,
    Account,
    Member(Role),
}

pub const RANKS: [Rank; 6] = [
    Rank::Nobody,
    Rank::Account,
    Rank::Member(Tech),
    Rank::Member(Manager),
    Rank::Member(Admin),
    Rank::Member(Owner),
];

impl Policy {
    /// Who may, of rows that are not their own.
    pub fn rank(self) -> Rank {
        match self {
            Anybody => Rank::Nobody,
            SignedIn | Own => Rank::Account,
            AtLeast(role) | OwnOr(role) | NullBelow(role) | OwnOrNullBelow(role) => {
                Rank::Member(role)
            }
        }
    }

    /// Whether one's own rows ask for less.
    pub fn has_own(self) -> bool {
        matches!(self, OwnOr(_) | OwnOrNullBelow(_))
    }

    /// Whether others are answered null.
    pub fn hides(self) -> bool {
        matches!(self, NullBelow(_) | OwnOrNullBelow(_))
    }

    /// The guard that stands in the resolver's attribute.
    pub fn guard(self) -> Option<&'static str> {
        match self {
            Anybody | NullBelow(_) | OwnOrNullBelow(_) => None,
            SignedIn | Own => Some("SIGNED_IN"),
            OwnOr(_) => Some("TECH"),
            AtLeast(role) => Some(role.as_str()),
        }
    }

    /// What the owner of another organisation may do with it here.
    pub fn elsewhere(self) -> &'static str {
        match self {
            Anybody | SignedIn => "yes",
            Own => "own",
            _ => "theirs",
        }
    }

    /// A cell of the printed matrix.
    pub fn cell(self, rank: Rank) -> &'static str {
        let member = rank >= Rank::Member(Tech);
        match self {
            Own if rank >= self.rank() => "own",
            _ if rank >= self.rank() => "yes",
            OwnOr(_) if member => "own",
            OwnOrNullBelow(_) if member => "own, null",
            NullBelow(_) if member => "null",
            _ => "–",
        }
    }
}
