//! The judge of all statements (`tests/support/statements/`): it hears what servers send, and it finds what is wrong.

use std::collections::BTreeSet;

use coulisses_crew::access::Role;

use super::migrations::lines;

use crate::support::{
    Backend, Database, PostgresJudge, Schema, SqliteJudge, TestApp, World, backends,
    heard_until_now, judges_file, judges_url, rows,
};

/// Statements, and what the judge of PostgreSQL says of each.
const ON_POSTGRES: [(&str, &[&str]); 13] = [
    (
        "SELECT name FROM projects WHERE org_id = $1 AND id = $2",
        &[],
    ),
    (
        "SELECT name FROM projects WHERE id = $1",
        &["reads projects without the organisation"],
    ),
    // One organisation, not several, but for the memberships of one account.
    (
        "SELECT name FROM projects WHERE org_id = ANY($1)",
        &["reads projects without the organisation"],
    ),
    (
        "SELECT o.name FROM org_memberships m JOIN orgs o ON o.id = m.org_id \
         WHERE m.account_id = $1 AND m.org_id = ANY($2)",
        &[],
    ),
    // The organisation of the outer row is no value.
    (
        "SELECT id FROM users WHERE org_id = $1 AND EXISTS \
         (SELECT 1 FROM user_skills s \
          WHERE s.org_id = users.org_id AND s.user_id = users.id AND s.skill_same = $2 OFFSET 0)",
        &[
            "reads user_skills without the organisation",
            "reads all users of the organisation",
        ],
    ),
    (
        "SELECT id FROM missions WHERE org_id = $1 ORDER BY missions.starts_at , id LIMIT 50",
        &[],
    ),
    (
        "SELECT entity_id FROM audit_log WHERE org_id = $1 ORDER BY entity_type LIMIT 50",
        &[
            "reads all audit_log of the organisation",
            "sorts 10000 rows",
        ],
    ),
    (
        "SELECT id FROM invitations WHERE org_id = $1 AND role = $2",
        &["reads all invitations of the organisation"],
    ),
    (
        "UPDATE missions SET title = $1 WHERE id = $2",
        &["reads missions without the organisation"],
    ),
    ("DELETE FROM assignments WHERE org_id = $1 AND id = $2", &[]),
    ("INSERT INTO user_tags VALUES ($1, $2, $3, $4, $5)", &[]),
    (
        "SELECT s.id FROM sessions s JOIN org_memberships m USING (account_id) \
         WHERE m.org_id = $1 AND s.id = $2",
        &["reads sessions beside an organisation's"],
    ),
    (
        "SELECT 1 FROM user_tags WHERE 1=0",
        &["inserts an empty list"],
    ),
];

/// The same of SQLite, which says no more than which steps it would take.
const ON_SQLITE: [(&str, &[&str]); 10] = [
    ("SELECT name FROM projects WHERE org_id = ? AND id = ?", &[]),
    (
        "SELECT name FROM projects WHERE id = ?",
        &["SEARCH projects USING INDEX sqlite_autoindex_projects_1 (ANY(org_id) AND id=?)"],
    ),
    (
        "SELECT id FROM users WHERE org_id = ? AND EXISTS \
         (SELECT 1 FROM user_skills s WHERE s.user_id = users.id AND s.skill_same = ?)",
        &[
            "SEARCH users USING COVERING INDEX sqlite_autoindex_users_1 (org_id=?)",
            "SEARCH s EXISTS USING AUTOMATIC PARTIAL COVERING INDEX (user_id=?)",
        ],
    ),
    (
        "SELECT a.id FROM users u JOIN assignments a ON a.user_id = u.id WHERE u.org_id = ?",
        &[
            "SEARCH u USING COVERING INDEX sqlite_autoindex_users_1 (org_id=?)",
            "SEARCH a USING COVERING INDEX assignments_org_id_user_id_idx (ANY(org_id) AND user_id=?)",
        ],
    ),
    // An index of the table, but the wrong one.
    (
        "SELECT id FROM org_memberships WHERE account_id = ?",
        &["SEARCH org_memberships USING INDEX sqlite_autoindex_org_memberships_2 (account_id=?)"],
    ),
    (
        "SELECT id FROM missions WHERE org_id = ? ORDER BY missions.starts_at , id LIMIT 50",
        &[],
    ),
    (
        "SELECT id FROM missions WHERE org_id = ? ORDER BY title, id LIMIT 50",
        &[
            "SEARCH missions USING INDEX missions_org_id_ends_at_idx (org_id=?)",
            "USE TEMP B-TREE FOR ORDER BY",
        ],
    ),
    (
        "SELECT id FROM invitations WHERE org_id = ? AND role = ?",
        &["SEARCH invitations USING INDEX sqlite_autoindex_invitations_2 (org_id=?)"],
    ),
    ("DELETE FROM assignments WHERE org_id = ? AND id = ?", &[]),
    (
        "SELECT email FROM accounts WHERE display_name = ?",
        &["SCAN accounts"],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_judge_of_sqlite_finds_what_reads_other_organisations_rows_or_sorts() {
    let mut judge = SqliteJudge::new(judges_file().await);
    for (sql, expected) in ON_SQLITE {
        assert_eq!(judge.findings(sql), expected, "{sql}");
    }
    let broken = judge.findings("SELECT no_such_column FROM projects");
    assert!(broken[0].starts_with("has no plan"), "{broken:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn sqlite_has_statistics_of_every_index() {
    let without = "
        SELECT name AS line FROM sqlite_schema WHERE type = 'index' AND tbl_name NOT LIKE '\\_\\_%' ESCAPE '\\'
        AND name NOT IN (SELECT idx FROM sqlite_stat1)
        UNION ALL SELECT idx FROM sqlite_stat1 WHERE idx NOT IN (SELECT name FROM sqlite_schema)";
    let database = Database::new(Backend::Sqlite).await;
    assert_eq!(lines(&database, without, "").await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_judge_finds_what_does_not_name_the_organisation() {
    if backends().contains(&Backend::Postgres) {
        let judge = PostgresJudge::new(&judges_url().await).await;
        for (sql, expected) in ON_POSTGRES {
            assert_eq!(judge.findings(sql).await, expected, "{sql}");
        }
        let broken = judge.findings("SELECT no_such_column FROM projects").await;
        assert!(broken[0].starts_with("has no plan"), "{broken:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_judge_hears_what_the_queries_of_the_schema_ask() {
    for backend in backends() {
        let app = TestApp::with(backend, &[]).await;
        let world = World::new(&app, "regie").await;
        let owner = world.member(Role::Owner).await;
        let rows = rows(&app, &world, &owner, "mine").await;
        let schema = Schema::new();
        let kinds = schema.kinds(&owner.0, &rows).await;
        for operation in schema.operations() {
            if operation.kind == "query" {
                let ids = |place: &str| rows.get(kinds.get(place)?).cloned();
                let (query, variables) = operation.build(true, &ids);
                owner.0.gql(&query, variables).await;
            }
        }
        let heard = heard_until_now(backend);
        println!("{} statements", heard.len());
        assert!(heard.len() > 60, "{backend:?}: {heard:#?}");
        for table in SqliteJudge::new(judges_file().await).tenants {
            let heard_of = |sql: &String| sql.replace('`', "\"").contains(&format!("\"{table}\""));
            assert!(
                heard.iter().any(heard_of),
                "{backend:?}: nothing about {table}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_memberships_of_an_account_are_the_one_exception() {
    if backends().contains(&Backend::Postgres) {
        let app = TestApp::with(Backend::Postgres, &[]).await;
        let world = World::new(&app, "regie").await;
        // Which organisations an account has is asked before one of them is chosen.
        world.login("owner@regie.example").await;
        let judge = PostgresJudge::new(&judges_url().await).await;
        let mut needed = Vec::new();
        for sql in heard_until_now(Backend::Postgres) {
            if sql.contains("\"org_memberships\"") && !judge.names_organisation(&sql).await {
                needed.push(sql);
            }
        }
        assert_eq!(needed.len(), 1, "{needed:#?}");
    }
}
