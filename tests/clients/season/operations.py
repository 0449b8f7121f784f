"""What the season asks the server."""

SIGN_UP = "mutation($input: SignUpInput!) { signUp(input: $input) { accessToken } }"
LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
INVITE_MEMBER = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { token } }"
JOIN = "mutation($input: JoinOrgInput!) { joinOrg(input: $input) { accessToken } }"
MY_PROFILE = "{ myProfile { displayName } }"

CREATE_USER = "mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }"
ARCHIVE_USER = "mutation($input: ArchiveUserInput!) { archiveUser(input: $input) { user { id } } }"
CREATE_AVAILABILITY = """mutation($input: CreateAvailabilityInput!) {
  createAvailability(input: $input) { clashes { id } }
}"""

CREATE_PROJECT = "mutation($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }"
SET_PROJECT_STATUS = """mutation($input: SetProjectStatusInput!) {
  setProjectStatus(input: $input) { project { id } }
}"""
CREATE_MISSIONS = """mutation($input: CreateMissionsInput!) {
  createMissions(input: $input) { missions { id roles { id name } } }
}"""
RESCHEDULE = """mutation($input: RescheduleMissionInput!) {
  rescheduleMission(input: $input) { applied outcomes { effect assignment { id } } }
}"""
CANCEL_MISSION = "mutation($input: CancelMissionInput!) { cancelMission(input: $input) { mission { id } } }"

CANDIDATES = """query($role: ID!) {
  candidates(roleId: $role, first: 60) { hasSkill user { displayName } }
}"""
INVITE = """mutation($input: InviteToMissionInput!) {
  inviteToMission(input: $input) { invitations { token assignment { id } } warnings { code } }
}"""
RESEND = "mutation($input: ResendInvitationInput!) { resendInvitation(input: $input) { token } }"
ASSIGN = """mutation($input: AssignToMissionInput!) {
  assignToMission(input: $input) { assignment { id status } warnings { code } }
}"""
ACCEPT = "mutation($token: String!) { acceptInvitation(input: {token: $token}) { status } }"
DECLINE = "mutation($token: String!) { declineInvitation(input: {token: $token}) { status } }"
ACCEPT_FOR = "mutation($input: AcceptAssignmentInput!) { acceptAssignment(input: $input) { assignment { id } } }"
CANCEL = "mutation($input: CancelAssignmentInput!) { cancelAssignment(input: $input) { assignment { id } } }"

BOARD = """query($after: String) {
  missions(first: 50, after: $after, filter: {includeCancelled: true}) {
    nodes {
      title startsAt endsAt cancelledAt
      roles { name staffing { needed invited accepted open } }
      assignments { id status user { displayName } }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""
