use diesel::prelude::*;

use super::model::{Membership, Org};
use crate::db::Conn;
use crate::db::dsl::Columns;
use crate::db::schema::{org_memberships, orgs, user_skills, user_tags};
use crate::db::types::Id;
use crate::error::Result;

pub async fn insert(conn: &mut Conn, org: &Org) -> Result<()> {
    conn.execute(diesel::insert_into(orgs::table).values(org))
        .await
        .map(drop)
}

pub async fn insert_membership(conn: &mut Conn, membership: &Membership) -> Result<()> {
    let insert = diesel::insert_into(org_memberships::table).values(membership);
    conn.execute(insert).await.map(drop)
}

pub async fn by_ids(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Org>> {
    conn.load(
        orgs::table
            .filter(orgs::id.eq_any(ids))
            .select(Org::columns()),
    )
    .await
}

/// Oldest first.
pub async fn memberships_of(conn: &mut Conn, account_ids: &[Id]) -> Result<Vec<Membership>> {
    let of_accounts = org_memberships::table
        .filter(org_memberships::account_id.eq_any(account_ids))
        .order((org_memberships::created_at, org_memberships::id))
        .select(Membership::columns());
    conn.load(of_accounts).await
}

pub async fn skills(conn: &mut Conn, org_id: Id) -> Result<Vec<(String, String)>> {
    let in_use = user_skills::table
        .filter(user_skills::org_id.eq(org_id))
        .group_by(user_skills::skill_folded)
        .order(user_skills::skill_folded)
        .select((
            user_skills::skill_folded,
            diesel::dsl::min(user_skills::skill).assume_not_null(),
        ));
    conn.load(in_use).await
}

pub async fn tags(conn: &mut Conn, org_id: Id) -> Result<Vec<(String, String)>> {
    let in_use = user_tags::table
        .filter(user_tags::org_id.eq(org_id))
        .group_by(user_tags::tag_folded)
        .order(user_tags::tag_folded)
        .select((
            user_tags::tag_folded,
            diesel::dsl::min(user_tags::tag).assume_not_null(),
        ));
    conn.load(in_use).await
}
