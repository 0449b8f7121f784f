//! The rules of organisations.

mod create;
mod invite;
mod join;
mod members;

use std::collections::BTreeMap;

pub use create::{UpdateOrg, create_org, update_org};
pub use invite::{InviteMember, invite_member};
pub use join::{Joining, accept_joining_within, joining_within};
pub use members::{list_members, remove_member, set_member_role};

use super::model::{Language, Membership, Org};
use super::repo;
use crate::access::{Member, Requester, Role};
use crate::clock::Random;
use crate::db::Conn;
use crate::db::types::Timestamp;
use crate::domains::audit::service::Change;
use crate::error::{AppError, Result};
use crate::ids::{AccountId, MembershipId, OrgId};
use crate::state::AppState;
use crate::validate;

/// An organisation to be made.
#[derive(Clone, Debug)]
pub struct NewOrg {
    pub name: String,
    /// Its IANA zone.
    pub timezone: String,
    /// The language of its mail.
    pub language: Language,
}

/// Validates a new organisation. `name_field` is the path of its name in the input.
///
/// # Errors
/// `BAD_USER_INPUT`.
pub fn check_org(input: &NewOrg, name_field: &str) -> Result<NewOrg> {
    Ok(NewOrg {
        name: validate::text(name_field, &input.name, validate::NAME)?,
        timezone: validate::zone("timezone", &input.timezone)?,
        language: input.language,
    })
}

/// An organisation that was made.
#[derive(Clone, Debug)]
pub struct FoundedOrg {
    pub org: Org,
    /// The membership of its first OWNER.
    pub owner: Membership,
}

impl FoundedOrg {
    /// What the audit log says of it.
    #[must_use]
    pub fn changes(&self) -> Vec<Change> {
        vec![
            Change::created(self.org.id, self.org.facts()),
            Change::created(self.owner.id, self.owner.facts()),
        ]
    }
}

/// Makes an organisation with its first OWNER, inside the caller's transaction.
pub async fn insert_org_within(
    conn: &mut Conn,
    checked: NewOrg,
    owner_id: AccountId,
    now: Timestamp,
    random: &Random,
) -> Result<FoundedOrg> {
    let org = Org {
        id: random.id(now),
        name: checked.name,
        timezone: checked.timezone,
        language: checked.language,
        created_at: now,
    };
    let owner = Membership {
        id: random.id(now),
        org_id: org.id,
        account_id: owner_id,
        role: Role::Owner,
        created_at: now,
    };
    repo::insert(conn, &org).await?;
    repo::insert_membership(conn, &owner).await?;
    Ok(FoundedOrg { org, owner })
}

/// The organisation of a membership or a token. The caller must have checked that the requester may see it.
///
/// # Errors
/// `NOT_FOUND` if it is gone.
pub async fn org_within(conn: &mut Conn, org_id: OrgId) -> Result<Org> {
    repo::by_ids(conn, &[org_id])
        .await?
        .pop()
        .ok_or_else(AppError::not_found)
}

/// Locks the organisation. Changes of members and of invitations to join take this lock.
pub async fn lock_within(conn: &mut Conn, org_id: OrgId) -> Result<()> {
    repo::lock(conn, org_id).await.map(drop)
}

/// Of these organisations, those that the requester belongs to.
pub async fn orgs(state: &AppState, who: &Requester, ids: &[OrgId]) -> Result<Vec<Org>> {
    state
        .db
        .read(async |conn| repo::of_account(conn, who.account_id, ids).await)
        .await
}

/// Whether the requester may see a membership. These are their own and, for MANAGER and above, those in their
/// organisation, because a membership leads to an e-mail address.
fn sees(who: &Requester, membership: &Membership) -> bool {
    membership.account_id == who.account_id
        || who
            .member
            .is_some_and(|member| member.org_id == membership.org_id && member.is(Role::Manager))
}

/// Of these memberships, those that the requester may see: their own in any organisation, and those in the requester's
/// organisation.
pub async fn memberships(
    state: &AppState,
    who: &Requester,
    ids: &[MembershipId],
) -> Result<Vec<Membership>> {
    let own = &[who.account_id];
    let mut found = state
        .db
        .read(async |conn| repo::memberships_of(conn, own).await)
        .await?;
    found.retain(|membership| ids.contains(&membership.id));
    let others: Vec<MembershipId> = ids
        .iter()
        .copied()
        .filter(|id| found.iter().all(|membership| membership.id != *id))
        .collect();
    if let Some(member) = who.member.filter(|member| member.is(Role::Manager))
        && !others.is_empty()
    {
        let db = state.db.within(member.org_id);
        let read =
            db.read(async |conn| repo::memberships_by_ids(conn, member.org_id, &others).await);
        found.extend(read.await?);
    }
    Ok(found)
}

/// The memberships of accounts, oldest first for each.
pub async fn memberships_of_within(
    conn: &mut Conn,
    accounts: &[AccountId],
) -> Result<BTreeMap<AccountId, Vec<Membership>>> {
    let mut of_accounts: BTreeMap<AccountId, Vec<Membership>> = BTreeMap::new();
    for membership in repo::memberships_of(conn, accounts).await? {
        of_accounts
            .entry(membership.account_id)
            .or_default()
            .push(membership);
    }
    Ok(of_accounts)
}

/// Some memberships of an organisation, oldest first: the next ones after a membership.
pub async fn members_after_within(
    conn: &mut Conn,
    org_id: OrgId,
    after: Option<MembershipId>,
    most: i64,
) -> Result<Vec<Membership>> {
    repo::members_after(conn, org_id, after, most).await
}

/// The memberships of accounts that the requester may see, oldest first for each.
pub async fn visible_memberships(
    state: &AppState,
    who: &Requester,
    accounts: &[AccountId],
) -> Result<BTreeMap<AccountId, Vec<Membership>>> {
    let mut found = state
        .db
        .read(async |conn| memberships_of_within(conn, accounts).await)
        .await?;
    for memberships in found.values_mut() {
        memberships.retain(|membership| sees(who, membership));
    }
    Ok(found)
}

/// Every skill in use, each once, sorted: at most `limit` of them.
pub async fn skills(state: &AppState, who: Member, limit: i64) -> Result<Vec<String>> {
    let skills = state
        .read(who, async |conn| {
            repo::skills(conn, who.org_id, limit).await
        })
        .await?;
    Ok(skills.into_iter().map(|(_, skill)| skill).collect())
}

/// Every tag in use, each once, sorted: at most `limit` of them.
pub async fn tags(state: &AppState, who: Member, limit: i64) -> Result<Vec<String>> {
    let tags = state
        .read(who, async |conn| repo::tags(conn, who.org_id, limit).await)
        .await?;
    Ok(tags.into_iter().map(|(_, tag)| tag).collect())
}
