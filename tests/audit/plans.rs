//! Each filter of the log has an index.

use serde_json::json;

use super::log;
use crate::support::{
    Backend, PostgresJudge, SqliteJudge, TestApp, World, backends, heard_until_now, judges_file,
    judges_url, nobodys,
};

const LAST: &str = "
    query($filter: AuditFilter) {
        auditLog(filter: $filter, last: 2) { nodes { id } }
    }
";

/// What a statement says of a column, and what the index that it is to use says: on PostgreSQL and on SQLite.
const BY: [(&str, [&str; 2]); 4] = [
    ("entity_id =", ["entity_id = $", "entity_id=?"]),
    ("actor_id =", ["actor_id = $", "actor_id=?"]),
    ("action =", ["action = $", "action=?"]),
    ("at >=", ["at >= $", "at>?"]),
];

/// What the plan of a statement finds its rows by.
async fn found_by(backend: Backend, sql: &str) -> String {
    match backend {
        Backend::Postgres => {
            let judge = PostgresJudge::new(&judges_url().await).await;
            judge.index_conditions(sql).await
        }
        Backend::Sqlite => {
            let mut judge = SqliteJudge::new(judges_file().await);
            judge.steps(sql).expect("a plan").join("; ")
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_filter_finds_its_entries_by_an_index_in_both_directions() {
    for backend in backends() {
        let app = TestApp::with(backend, &[]).await;
        let world = World::new(&app, "regie").await;
        for filter in [
            json!({"entityId": nobodys(&app, "user")}),
            json!({"actorId": nobodys(&app, "account")}),
            json!({"action": ["createUser"]}),
            json!({"from": "2026-09-01T08:00:00Z"}),
        ] {
            log(&world.owner, filter.clone()).await.data();
            world
                .owner
                .gql(LAST, json!({"filter": filter}))
                .await
                .data();
        }
        let plain = |sql: &String| sql.replace(['"', '`'], "").replace("audit_log.", "");
        for (condition, by) in BY {
            let is_only = |sql: &String| {
                let conditions = BY.iter().filter(|(other, _)| plain(sql).contains(other));
                plain(sql).contains(condition) && conditions.count() == 1
            };
            for order in ["ORDER BY at ASC", "ORDER BY at DESC"] {
                let heard = heard_until_now(backend);
                let asked: Vec<_> = heard
                    .iter()
                    .filter(|sql| is_only(sql) && plain(sql).contains(order))
                    .filter(|sql| !plain(sql).contains("= ANY") && !plain(sql).contains(" IN ("))
                    .collect();
                assert!(
                    !asked.is_empty(),
                    "{backend:?}: nobody asked {condition} {order}"
                );
                for sql in asked {
                    let found = found_by(backend, sql).await;
                    let expected = by[usize::from(backend == Backend::Sqlite)];
                    assert!(found.contains(expected), "{backend:?}: {found}: {sql}");
                }
            }
        }
    }
}
