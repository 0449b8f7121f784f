//! Operations that several tests send.

/// Sets a new password with the token of a reset: `$token`, `$new`.
pub const CONFIRM_RESET: &str = "
    mutation($token: String!, $new: String!) {
        confirmPasswordReset(input: {token: $token, newPassword: $new}) {
            account { id email }
        }
    }
";

/// Says when somebody can or cannot work; answers the id.
pub const CREATE_AVAILABILITY: &str = "
    mutation($input: CreateAvailabilityInput!) {
        createAvailability(input: $input) { availability { id } }
    }
";

/// Makes a project; answers its id.
pub const CREATE_PROJECT: &str = "
    mutation($input: CreateProjectInput!) {
        createProject(input: $input) { project { id } }
    }
";

/// Makes a crew member; answers the id.
pub const CREATE_USER: &str = "
    mutation($input: CreateUserInput!) {
        createUser(input: $input) { user { id } }
    }
";

/// Changes a crew member; answers what can be changed.
pub const UPDATE_USER: &str = "
    mutation($input: UpdateUserInput!) {
        updateUser(input: $input) {
            user { id displayName email phone skills tags version archivedAt }
        }
    }
";

/// Archives a crew member.
pub const ARCHIVE_USER: &str = "
    mutation($input: ArchiveUserInput!) {
        archiveUser(input: $input) { user { id archivedAt version } }
    }
";

/// Signs in with `$email` and `$password`.
pub const LOGIN: &str = "
    mutation($email: String!, $password: String!) {
        login(input: {email: $email, password: $password}) { accessToken }
    }
";

/// Takes a membership away, by its `$id`.
pub const REMOVE_MEMBER: &str = "
    mutation($id: ID!) {
        removeMember(input: {membershipId: $id}) { membershipId }
    }
";

/// Asks for a reset of the password of `$email`.
pub const REQUEST_RESET: &str = "
    mutation($email: String!) {
        requestPasswordReset(input: {email: $email}) { accepted resetToken }
    }
";
