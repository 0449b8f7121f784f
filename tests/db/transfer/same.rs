//! What arrives is the same.

use std::collections::BTreeSet;

use coulisses_crew::db::Doing;
use serde_json::{Value, json};

use super::{Pair, connect, run};
use crate::support::{LOGIN, PASSWORD, Tables, TestApp};

const BOARD: &str = "{
    me { id email displayName }
    org { id name timezone language skills tags }
    users(first: 200) { totalCount nodes { id displayName email phone skills tags version } }
    projects(first: 10) { nodes { id name description status staffing { needed accepted invited } } }
    missions(first: 50) { nodes { id title location startsAt endsAt roles { name quantity assignments { id status
        user { displayName } } } } }
}";

/// What somebody who signs in sees. Not the audit log, in which signing in leaves an entry.
async fn board(app: &TestApp) -> Value {
    let mut client = app.client();
    let variables = json!({"email": "owner@regie.example", "password": PASSWORD});
    let answer = client.gql(LOGIN, variables).await;
    client.sign_in(&answer, "login");
    client.query(BOARD).await.data().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_arrives_and_its_people_sign_in_and_see_the_same() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    let shown = board(&pair.source).await;
    let mut doing = Vec::new();
    let counts = pair.transfer_told(|progress| {
        assert!(progress.done <= progress.all);
        doing.push((progress.doing, progress.done == progress.all));
    });
    let counts = counts.await.expect("a transfer");
    assert!(doing.contains(&(Doing::Copying, true)));
    assert_eq!(doing.last(), Some(&(Doing::Checking, true)));
    // The tables are those of the catalogue, and none of them is empty.
    let names: BTreeSet<String> = counts.iter().map(|(name, _)| name.clone()).collect();
    let full: BTreeSet<String> = pair.full().await.into_iter().collect();
    assert_eq!(names, full);
    assert!(counts.iter().all(|(_, rows)| *rows > 0), "{counts:?}");
    assert_eq!(board(&pair.target).await, shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_instants_and_json_are_the_same_to_the_last_character_and_microsecond() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    pair.transfer().await.expect("a transfer");
    for (what, found) in [
        ("throttles WHERE ready_at = '0001-12-31 23:59:59.999999+00 BC'", 1),
        ("throttles WHERE ready_at = '9999-12-31 23:59:59.999999+00'", 1),
        ("password_resets WHERE created_at = '1969-12-31 23:59:59.999999+00'", 2),
        ("outbox WHERE planned_at = '1970-01-01 00:00:00.123456+00' AND problem = E'no \"such\" \\\\person'", 1),
        ("missions WHERE starts_at = '2026-10-10 08:00:00.123456+00' AND location = '' AND description = E'\\\\'", 1),
        (
            "projects WHERE description = E'\\U0001F600 e\\u0301 \\\\N \\\\. \\' \"\\t\\n\\x0b\\f\\r\\x1b\\x7f\\u0085\\u2028\\uFEFF\\U0010FFFD'",
            1,
        ),
        (
            "audit_log WHERE changes = jsonb_build_object('a', E'\\u00e9\\n\\t\"\\\\\\U0001F600\\u0001\\u20ac', 'b c', '{}'::jsonb,
             'b', '[1, 100, 100, -0.5, null, true]'::jsonb)",
            1,
        ),
        ("users WHERE display_name = 'Zoë “Z” O''Neil' AND version = 1", 1),
    ] {
        assert_eq!(pair.asks(&format!("SELECT count(*) FROM {what}")).await, found, "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policies_hold_for_the_owner_again() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    let forced = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND relforcerowsecurity";
    let before = pair.asks(forced).await;
    assert!(before >= 12, "{before}");
    pair.transfer().await.expect("a transfer");
    assert_eq!(pair.asks(forced).await, before);
    let owner = connect(&pair.target.url_of_server()).await;
    let seen = owner.query_one("SELECT count(*) FROM users", &[]).await;
    assert_eq!(seen.expect("a count").get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_superuser_may_transfer_too_and_leaves_the_policies_as_they_were() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    let to = pair.target.database_url();
    let done = run(&pair.source.database_url(), &to, |_| {}).await;
    done.expect("a transfer");
    let forced = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relrowsecurity AND NOT relforcerowsecurity";
    assert_eq!(pair.asks(forced).await, 0);
    assert!(!pair.full().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_transfer_is_refused_and_changes_nothing() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    pair.transfer().await.expect("a transfer");
    let tables = Tables::of(&pair.target).await;
    let before = tables.read(&pair.target).await;
    let refused = pair.transfer().await.expect_err("a refusal").to_string();
    for part in ["not empty", "accounts", "throttles", "audit_log"] {
        assert!(refused.contains(part), "{refused}");
    }
    assert!(tables.read(&pair.target).await == before);
    // One row of one table is enough.
    let names = before
        .keys()
        .filter(|name| *name != "__diesel_schema_migrations");
    let names: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    let client = pair.superuser().await;
    let empty = format!(
        "TRUNCATE {}; INSERT INTO throttles VALUES (decode(repeat('00', 32), 'hex'), now())",
        names.join(", ")
    );
    client.batch_execute(&empty).await.expect("a row");
    let refused = pair.transfer().await.expect_err("a refusal").to_string();
    assert!(
        refused.contains("these tables have rows: throttles."),
        "{refused}"
    );
    assert_eq!(pair.full().await, ["throttles"]);
}
