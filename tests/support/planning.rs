//! What the tests of the planning share: rows changed behind the API's back, and the audit log.

use chrono::TimeDelta;
use coulisses_crew::db::schema::{audit_log, missions, projects, users};
use coulisses_crew::db::types::{Id, Json};
use coulisses_crew::domains::audit::model::Changed;
use coulisses_crew::domains::crew::model::User;
use coulisses_crew::domains::projects::model::ProjectStatus;
use coulisses_crew::ids::{AccountId, MissionId, OrgId, ProjectId, UserId};
use diesel::prelude::*;
use serde_json::Value;
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

use super::{Answer, NOW, TestApp, instant, key};

/// Asserts that an answer is a refusal with this code, at this input field.
#[track_caller]
pub fn refused(answer: &Answer, code: &str, field: &str) {
    assert_eq!(answer.error(), (code, field), "{}", answer.text);
    assert!(answer.body["data"].is_null(), "{}", answer.text);
}

/// An instant of the tests: so many hours after [`NOW`], in RFC 3339.
pub fn hour(hours: i64) -> String {
    (instant(NOW) + TimeDelta::hours(hours)).to_rfc3339()
}

/// An id with this prefix that no row has.
pub fn nobodys(app: &TestApp, prefix: &str) -> String {
    let key: OrgId = app.state.random.id(app.state.clock.now());
    let prefix = DynamicType::new(prefix).expect("a prefix");
    TypeSafeId::from_type_and_uuid(prefix, key.uuid()).to_string()
}

/// People without anything, inserted at once.
pub async fn insert_users(app: &TestApp, org_id: &str, names: impl Iterator<Item = String>) {
    let now = app.state.clock.now();
    let rows: Vec<User> = names
        .map(|name| User {
            id: app.state.random.id(now),
            org_id: key::<OrgId>(org_id),
            account_id: None,
            display_name_folded: name.clone(),
            display_name: name,
            email: None,
            phone: None,
            archived_at: None,
            created_at: now,
            version: 1,
        })
        .collect();
    let write = app.state.db.write(async |conn| {
        conn.execute(diesel::insert_into(users::table).values(rows))
            .await
    });
    write.await.expect("people");
}

/// Archives a crew member.
pub async fn archive_user(app: &TestApp, id: &str) {
    let now = app.state.clock.now();
    let row = users::table.filter(users::id.eq(key::<UserId>(id)));
    let write = app.state.db.write(async |conn| {
        conn.execute(diesel::update(row).set(users::archived_at.eq(now)))
            .await
    });
    assert_eq!(write.await.expect("an update"), 1);
}

/// Cancels a mission.
pub async fn cancel_mission(app: &TestApp, id: &str) {
    let now = app.state.clock.now();
    let row = missions::table.filter(missions::id.eq(key::<MissionId>(id)));
    let write = app.state.db.write(async |conn| {
        conn.execute(diesel::update(row).set(missions::cancelled_at.eq(now)))
            .await
    });
    assert_eq!(write.await.expect("an update"), 1);
}

/// Moves a project to another status.
pub async fn set_status(app: &TestApp, id: &str, status: ProjectStatus) {
    let row = projects::table.filter(projects::id.eq(key::<ProjectId>(id)));
    let write = app.state.db.write(async |conn| {
        conn.execute(diesel::update(row).set(projects::status.eq(status)))
            .await
    });
    assert_eq!(write.await.expect("an update"), 1);
}

/// An entry of the audit log.
#[derive(Debug, PartialEq)]
pub struct Entry {
    pub org_id: OrgId,
    pub actor_id: Option<AccountId>,
    pub entity_type: String,
    pub entity_id: Uuid,
    pub changes: Value,
}

type Row = (OrgId, Option<AccountId>, String, Id<Changed>, Json);

/// The entries that a mutation wrote, oldest first.
pub async fn audit(app: &TestApp, action: &str) -> Vec<Entry> {
    let rows = audit_log::table
        .filter(audit_log::action.eq(action.to_owned()))
        .order((audit_log::at, audit_log::id))
        .select((
            audit_log::org_id,
            audit_log::actor_id,
            audit_log::entity_type,
            audit_log::entity_id,
            audit_log::changes,
        ));
    let read = app.state.db.read(async |conn| conn.load(rows).await);
    let rows: Vec<Row> = read.await.expect("the audit log");
    rows.into_iter()
        .map(
            |(org_id, actor_id, entity_type, entity_id, changes)| Entry {
                org_id,
                actor_id,
                entity_type,
                entity_id: entity_id.uuid(),
                changes: changes.0,
            },
        )
        .collect()
}
