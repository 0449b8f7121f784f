use super::org_within;
use crate::access::{Member, Role, forbidden};
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::invitations;
use crate::domains::invitations::model::{Invitation, StoredStatus};
use crate::domains::invitations::service::Issued;
use crate::domains::orgs::repo;
use crate::domains::outbox::service::{Allowed, Link, allowances, join_within};
use crate::domains::throttle::service::{self as throttle, Rule};
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
/// `FORBIDDEN` below ADMIN, for a role above one's own, and to replace an invitation to such a role; `BAD_USER_INPUT`;
/// `ALREADY_EXISTS` for a member; `RATE_LIMITED` and `UNAVAILABLE` if its mail cannot be sent.
pub async fn invite_member(state: &AppState, who: Member, input: InviteMember) -> Result<Issued> {
    if !who.role.may_invite(input.role) {
        return Err(forbidden());
    }
    let email = validate::email("email", &input.email)?;
    let counted = count(state, who, &email).await?;
    let (token, seed) = state.link_tokens.make(who.org_id, &state.random);
    let made = state
        .write(who, async |conn| {
            let now = state.clock.now();
            repo::lock(conn, who.org_id).await?;
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
            if state.mailer.sends() {
                let invitation_id = invitation.id;
                let link = Link {
                    invitation_id,
                    seed,
                };
                join_within(conn, action, link).await?;
            }
            Ok(invitation)
        })
        .await;
    let made = match made {
        Err(error) if error.code == ErrorCode::Unavailable => {
            let counted: Vec<_> = counted.iter().map(|(rule, of)| (*rule, &**of)).collect();
            throttle::unless_refused(state, &counted, Err(error)).await
        }
        made => made,
    };
    let invitation = made?;
    state.mail_waits.notify_one();
    Ok(Issued {
        invitation,
        token: token.token,
        seed,
    })
}

/// Counts the mail towards the allowances of its sender and its recipient, and says which. If the server sends no mail,
/// there is nothing to count.
async fn count(state: &AppState, who: Member, email: &str) -> Result<Vec<(Rule, String)>> {
    if !state.mailer.sends() {
        return Ok(Vec::new());
    }
    let org = state.read(who, async |conn| org_within(conn, who.org_id).await);
    let mail = Allowed {
        org: &org.await?,
        sent_by: Some(who.account_id),
        to: email,
        is_member: false,
    };
    let counted = allowances(state, mail);
    let attempts: Vec<_> = counted.iter().map(|(rule, of)| (*rule, &**of)).collect();
    throttle::attempt_all(state, &attempts).await?;
    Ok(counted)
}
