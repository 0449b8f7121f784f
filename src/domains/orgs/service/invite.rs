use crate::access::{Member, Role, forbidden};
use crate::crypto::OneTimeToken;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::invitations;
use crate::domains::invitations::model::{Invitation, StoredStatus};
use crate::domains::invitations::service::Issued;
use crate::domains::orgs::model::Org;
use crate::domains::orgs::repo;
use crate::error::{AppError, ErrorCode, Result};
use crate::state::AppState;
use crate::validate;

/// A person to invite to join the organisation.
#[derive(Clone, Debug)]
pub struct InviteMember {
    pub email: String,
    /// The role that they will have.
    pub role: Role,
}

/// Invites a person to join the organisation, and mails the link if the server can send mail. The invitation replaces
/// an open one for the same address.
///
/// # Errors
/// `FORBIDDEN` below ADMIN, for a role above one's own, and to replace an invitation to such a role; `BAD_USER_INPUT`; `ALREADY_EXISTS` for a member.
pub async fn invite_member(state: &AppState, who: Member, input: InviteMember) -> Result<Issued> {
    if !who.role.may_invite(input.role) {
        return Err(forbidden());
    }
    let email = validate::email("email", &input.email)?;
    let token = OneTimeToken::within(who.org_id, &state.random);
    let (invitation, org) = state
        .write(who, async |conn| {
            let now = state.clock.now();
            let org = repo::lock(conn, who.org_id).await?;
            if repo::has_member(conn, who.org_id, &email).await? {
                let message = "This person is already a member of the organisation.";
                return Err(AppError::new(ErrorCode::AlreadyExists, message).at("email"));
            }
            let mut changes =
                invitations::service::revoke_of_email_within(conn, who, &email, now).await?;
            let invitation = Invitation {
                id: state.random.id(now),
                org_id: who.org_id,
                assignment_id: None,
                email: Some(email.clone()),
                role: Some(input.role),
                invited_by: Some(who.account_id),
                token_hash: token.hash.clone(),
                status: StoredStatus::Pending,
                expires_at: now + state.config.invitation,
                created_at: now,
            };
            invitations::service::insert_within(conn, std::slice::from_ref(&invitation)).await?;
            changes.push(Change::created(invitation.id, invitation.facts()));
            let action = Action::of(who, "inviteMember", now, &state.random);
            record(conn, action, changes).await?;
            Ok((invitation, org))
        })
        .await?;
    send(state, &org, email, &token.token);
    Ok(Issued {
        invitation,
        token: token.token,
    })
}

/// Sends the mail after the answer. If it fails, the inviter still has the token.
fn send(state: &AppState, org: &Org, email: String, token: &str) {
    let link = format!("{}/join?token={token}", state.config.app_url);
    let text = format!(
        "Hello,\n\nyou are invited to join {} on Coulisses Crew:\n\n{link}\n\nIf you do not expect this, do nothing.\n",
        org.name
    );
    let mailer = state.mailer.clone();
    state.tasks.spawn(async move {
        if let Err(error) = mailer.send(&email, "An invitation to join", text).await {
            tracing::error!(cause = ?error.cause, "an invitation could not be sent: {error}");
        }
    });
}
