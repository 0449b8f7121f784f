use chrono::TimeDelta;

use super::org_within;
use crate::access::{Member, Role, forbidden};
use crate::crypto::OneTimeToken;
use crate::db::Share;
use crate::domains::audit::service::{Action, Change, record};
use crate::domains::invitations;
use crate::domains::invitations::model::{Invitation, StoredStatus};
use crate::domains::invitations::service::Issued;
use crate::domains::orgs::model::Org;
use crate::domains::orgs::repo;
use crate::domains::throttle::service as throttle;
use crate::error::{AppError, ErrorCode, Result};
use crate::mail::{Stamp, harmless};
use crate::state::AppState;
use crate::validate;

/// As long as an organisation is new, it may send less mail: nobody knows yet what it is there for.
const NEW: TimeDelta = TimeDelta::weeks(1);

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
    let stamp = stamp(state, who, &email).await?;
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
    send(state, stamp, &org, email, &token.token);
    Ok(Issued {
        invitation,
        token: token.token,
    })
}

/// Counts the mail towards the allowances of its sender and its recipient, and takes a place in the queue for it. If the
/// server sends no mail, there is nothing to count.
async fn stamp(state: &AppState, who: Member, email: &str) -> Result<Stamp> {
    let stamp = || state.mailer.stamp(Share::Org(who.org_id));
    if !state.mailer.sends() {
        return stamp();
    }
    let org = state.read(who, async |conn| org_within(conn, who.org_id).await);
    let age = state.clock.now() - org.await?.created_at;
    let (account, org) = (who.account_id.to_string(), who.org_id.to_string());
    let from_org = format!("{org}\0{email}");
    let mut counted = vec![
        (throttle::MAIL_OF_ACCOUNT, &*account),
        (throttle::MAIL_FROM_ORG, &*from_org),
    ];
    // Strangers with many new organisations must not keep an old one from inviting its people.
    if age < NEW {
        counted.push((throttle::MAIL_OF_NEW_ORG, &*org));
        counted.push((throttle::MAIL_TO, email));
    }
    throttle::attempt_all(state, &counted).await?;
    throttle::unless_refused(state, &counted, stamp()).await
}

/// Sends the mail after the answer. If it fails, the inviter still has the token.
fn send(state: &AppState, stamp: Stamp, org: &Org, email: String, token: &str) {
    let link = format!("{}/join?token={token}", state.config.app_url);
    // Anybody can name an organisation and invite anybody.
    let name = harmless(&org.name);
    let text = format!(
        "Hello,\n\nyou are invited to join \"{name}\" on Coulisses Crew:\n\n{link}\n\nIf you do not expect this, do \
         nothing.\n"
    );
    state.tasks.spawn(async move {
        if let Err(error) = stamp.send(&email, "An invitation to join", text).await {
            tracing::error!(cause = ?error.cause, "an invitation could not be sent: {error}");
        }
    });
}
