//! A row of every kind, and a dump of all rows.

use std::collections::BTreeMap;

use coulisses_crew::db::schema::{accounts, audit_log, users};
use coulisses_crew::ids::{AccountId, AuditEntryId, OrgId, UserId};
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::json;

use super::{CREATE_AVAILABILITY, Client, Schema, TestApp, World, key};

/// An id of each kind, by its prefix.
pub type Rows = BTreeMap<String, String>;

/// A row of every kind in the organisation, those of people being this person's. All are called `name`. A kind that the
/// schema has and that is not made here fails every test that asks for rows.
pub async fn rows(
    app: &TestApp,
    world: &World<'_>,
    (client, user): &(Client, String),
    name: &str,
) -> Rows {
    let project = world.project(name).await;
    let mission = json!({
        "title": name, "location": name, "description": name, "roles": [{"name": name}],
        "startsAt": "2026-10-10T08:00:00Z", "endsAt": "2026-10-10T18:00:00Z",
    });
    let mission = world.create_mission(&project, mission).await;
    let role = mission.str("/data/createMission/mission/roles/0/id");
    let invited = world.try_invite(role, &[user]).await;
    let slot = json!({
        "userId": user, "kind": "AVAILABLE", "note": name,
        "startsAt": "2026-10-10T08:00:00Z", "endsAt": "2026-11-12T18:00:00Z",
    });
    let slot = world
        .owner
        .gql(CREATE_AVAILABILITY, json!({"input": slot}))
        .await;
    let me = client
        .query("{ me { id memberships { id } sessions { id } } }")
        .await;

    let org_id = key::<OrgId>(&world.org_id);
    let profile = users::table.filter(users::id.eq(key::<UserId>(user)));
    let account_id = key::<AccountId>(me.str("/data/me/id"));
    let account = accounts::table.find(account_id);
    let named = (
        users::display_name.eq(name),
        users::display_name_folded.eq(name),
        users::email.eq(format!("{user}@{name}.example")),
        users::phone.eq(name),
    );
    let entry = audit_log::table
        .filter(audit_log::org_id.eq(org_id))
        .filter(audit_log::actor_id.eq(account_id))
        .select(audit_log::id)
        .limit(1);
    let write = app.state.db.write(async |conn| {
        conn.execute(diesel::update(profile).set(named)).await?;
        conn.execute(diesel::update(account).set(accounts::display_name.eq(name)))
            .await?;
        conn.one(entry).await
    });
    let entry: AuditEntryId = write.await.expect("a name, and an entry of the audit log");

    let invitation = "/data/inviteToMission/invitations/0";
    let ids = [
        world.org_id.clone(),
        user.clone(),
        project,
        mission.str("/data/createMission/mission/id").to_owned(),
        role.to_owned(),
        invited
            .str(&format!("{invitation}/assignment/id"))
            .to_owned(),
        invited
            .str(&format!("{invitation}/invitation/id"))
            .to_owned(),
        slot.str("/data/createAvailability/availability/id")
            .to_owned(),
        me.str("/data/me/id").to_owned(),
        me.str("/data/me/memberships/0/id").to_owned(),
        me.str("/data/me/sessions/0/id").to_owned(),
        entry.to_string(),
    ];
    let rows: Rows = ids
        .into_iter()
        .map(|id| (prefix_of(&id).to_owned(), id))
        .collect();
    let schema = Schema::new();
    for (prefix, of) in schema.prefixes() {
        assert!(
            rows.contains_key(prefix),
            "make a row of {of} in tests/support/rows.rs: its id begins with {prefix}_"
        );
    }
    rows
}

/// What an id begins with.
pub fn prefix_of(id: &str) -> &str {
    id.split_once('_').expect("an id").0
}

#[derive(QueryableByName)]
struct Table {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    text: String,
}

/// All tables of a database, to tell whether anything was written.
pub struct Tables {
    dump: String,
}

impl Tables {
    /// Finds the tables in the catalogue.
    pub async fn of(app: &TestApp) -> Self {
        let (catalogue, all, row) = if app.database_url().starts_with("sqlite") {
            (
                "SELECT m.name, group_concat('quote(\"' || p.name || '\")', '||') AS text
                 FROM sqlite_master m, pragma_table_info(m.name) p
                 WHERE m.type = 'table' GROUP BY m.name",
                "group_concat(line, char(10))",
                None,
            )
        } else {
            (
                "SELECT table_name::text AS name, '' AS text
                 FROM information_schema.tables WHERE table_schema = 'public'",
                "string_agg(line, E'\\n')",
                Some("t::text"),
            )
        };
        let select = |table: &Table| {
            let (name, line) = (&table.name, row.unwrap_or(&table.text));
            format!(
                "SELECT '{name}' AS name, (SELECT COALESCE({all}, '')
                 FROM (SELECT {line} AS line FROM \"{name}\" t ORDER BY 1) rows) AS text"
            )
        };
        let found = load(app, catalogue).await;
        assert!(
            found.len() > 15,
            "the catalogue tells {} tables",
            found.len()
        );
        let dump = found
            .iter()
            .map(select)
            .collect::<Vec<_>>()
            .join(" UNION ALL ");
        Self { dump }
    }

    /// What each table holds.
    pub async fn read(&self, app: &TestApp) -> BTreeMap<String, String> {
        let tables = load(app, &self.dump).await.into_iter();
        tables.map(|table| (table.name, table.text)).collect()
    }
}

async fn load(app: &TestApp, sql: &str) -> Vec<Table> {
    let query = diesel::sql_query(sql);
    let read = app.state.db.read(async |conn| conn.load(query).await);
    read.await.expect("the tables")
}
