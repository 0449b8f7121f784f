use diesel::prelude::*;

use super::model::{Membership, Org};
use crate::access::Role;
use crate::db::dsl::{Columns, for_update};
use crate::db::schema::{accounts, org_memberships, orgs, user_skills, user_tags};
use crate::db::types::Id;
use crate::db::{AnyOf as _, Conn};
use crate::error::Result;
use crate::ids::{AccountId, MembershipId, OrgId};
use crate::page::Page;

pub async fn insert(conn: &mut Conn, org: &Org) -> Result<()> {
    conn.execute(diesel::insert_into(orgs::table).values(org))
        .await
        .map(drop)
}

pub async fn insert_membership(conn: &mut Conn, membership: &Membership) -> Result<()> {
    let insert = diesel::insert_into(org_memberships::table).values(membership);
    conn.execute(insert).await.map(drop)
}

pub async fn by_ids(conn: &mut Conn, ids: &[OrgId]) -> Result<Vec<Org>> {
    conn.load(
        orgs::table
            .filter(orgs::id.any_of(ids))
            .select(Org::columns()),
    )
    .await
}

/// Those that an account belongs to.
pub async fn of_account(conn: &mut Conn, account_id: AccountId, ids: &[OrgId]) -> Result<Vec<Org>> {
    let joined = org_memberships::table
        .filter(org_memberships::account_id.eq(account_id))
        .filter(org_memberships::org_id.any_of(ids))
        .inner_join(orgs::table)
        .select(Org::columns());
    conn.load(joined).await
}

pub async fn memberships_by_ids(
    conn: &mut Conn,
    org_id: OrgId,
    ids: &[MembershipId],
) -> Result<Vec<Membership>> {
    let rows = org_memberships::table
        .filter(org_memberships::org_id.eq(org_id))
        .filter(org_memberships::id.any_of(ids))
        .select(Membership::columns());
    conn.load(rows).await
}

/// The memberships in all organisations, oldest first. No other statement reads an organisation's table without naming
/// the organisation (tests/db/statements.rs).
pub async fn memberships_of(conn: &mut Conn, account_ids: &[AccountId]) -> Result<Vec<Membership>> {
    let of_accounts = org_memberships::table
        .filter(org_memberships::account_id.any_of(account_ids))
        .order((org_memberships::created_at, org_memberships::id))
        .select(Membership::columns());
    conn.load(of_accounts).await
}

pub async fn skills(conn: &mut Conn, org_id: OrgId, limit: i64) -> Result<Vec<(String, String)>> {
    let in_use = user_skills::table
        .filter(user_skills::org_id.eq(org_id))
        .group_by((user_skills::skill_folded, user_skills::skill_same))
        .order((user_skills::skill_folded, user_skills::skill_same))
        .limit(limit)
        .select((
            user_skills::skill_folded,
            diesel::dsl::min(user_skills::skill).assume_not_null(),
        ));
    conn.load(in_use).await
}

pub async fn tags(conn: &mut Conn, org_id: OrgId, limit: i64) -> Result<Vec<(String, String)>> {
    let in_use = user_tags::table
        .filter(user_tags::org_id.eq(org_id))
        .group_by((user_tags::tag_folded, user_tags::tag_same))
        .order((user_tags::tag_folded, user_tags::tag_same))
        .limit(limit)
        .select((
            user_tags::tag_folded,
            diesel::dsl::min(user_tags::tag).assume_not_null(),
        ));
    conn.load(in_use).await
}

pub async fn lock(conn: &mut Conn, id: OrgId) -> Result<Org> {
    conn.one(for_update(orgs::table.find(id).select(Org::columns())))
        .await
}

pub async fn update(conn: &mut Conn, org: &Org) -> Result<()> {
    let changed = (
        orgs::name.eq(&org.name),
        orgs::timezone.eq(&org.timezone),
        orgs::language.eq(org.language),
    );
    conn.execute(diesel::update(orgs::table.find(org.id)).set(changed))
        .await
        .map(drop)
}

/// Oldest first.
pub async fn members(
    conn: &mut Conn,
    org_id: OrgId,
    page: &Page<Membership>,
) -> Result<Vec<Membership>> {
    let rows = org_memberships::table
        .filter(org_memberships::org_id.eq(org_id))
        .filter(page.between())
        .order(page.order())
        .limit(page.limit())
        .select(Membership::columns());
    conn.load(rows).await
}

/// In the order of their ids, which is that of their making.
pub async fn members_after(
    conn: &mut Conn,
    org_id: OrgId,
    after: Option<MembershipId>,
    most: i64,
) -> Result<Vec<Membership>> {
    let rows = org_memberships::table
        .filter(org_memberships::org_id.eq(org_id))
        .filter(org_memberships::id.gt(after.unwrap_or(Id::LEAST)))
        .order(org_memberships::id)
        .limit(most)
        .select(Membership::columns());
    conn.load(rows).await
}

/// Whether the operator disabled an account.
pub async fn is_disabled(conn: &mut Conn, account_id: AccountId) -> Result<bool> {
    let disabled = accounts::table
        .find(account_id)
        .filter(accounts::disabled_at.is_not_null())
        .select(accounts::id);
    Ok(conn.opt::<_, AccountId>(disabled).await?.is_some())
}

pub async fn count_members(conn: &mut Conn, org_id: OrgId) -> Result<i64> {
    conn.one(
        org_memberships::table
            .filter(org_memberships::org_id.eq(org_id))
            .count(),
    )
    .await
}

pub async fn count_owners(conn: &mut Conn, org_id: OrgId) -> Result<i64> {
    let owners = org_memberships::table
        .filter(org_memberships::org_id.eq(org_id))
        .filter(org_memberships::role.eq(Role::Owner));
    conn.one(owners.count()).await
}

pub async fn membership(
    conn: &mut Conn,
    org_id: OrgId,
    id: MembershipId,
) -> Result<Option<Membership>> {
    let row = org_memberships::table.find((org_id, id));
    conn.opt(row.select(Membership::columns())).await
}

pub async fn set_role(conn: &mut Conn, row: &Membership) -> Result<()> {
    let own = org_memberships::table.find((row.org_id, row.id));
    let update = diesel::update(own).set(org_memberships::role.eq(row.role));
    conn.execute(update).await.map(drop)
}

pub async fn delete_membership(conn: &mut Conn, row: &Membership) -> Result<()> {
    let own = org_memberships::table.find((row.org_id, row.id));
    conn.execute(diesel::delete(own)).await.map(drop)
}

pub async fn membership_of(
    conn: &mut Conn,
    org_id: OrgId,
    account_id: AccountId,
) -> Result<Option<Membership>> {
    let row = org_memberships::table
        .filter(org_memberships::org_id.eq(org_id))
        .filter(org_memberships::account_id.eq(account_id));
    conn.opt(row.select(Membership::columns())).await
}

/// Whether the account of an address belongs to the organisation.
pub async fn has_member(conn: &mut Conn, org_id: OrgId, email: &str) -> Result<bool> {
    let account = org_memberships::table
        .inner_join(accounts::table.on(accounts::id.eq(org_memberships::account_id)))
        .filter(org_memberships::org_id.eq(org_id))
        .filter(accounts::email.eq(email))
        .select(org_memberships::id);
    Ok(conn.opt::<_, MembershipId>(account).await?.is_some())
}
