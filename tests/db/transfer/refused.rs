//! When nothing is transferred, the target stays empty.

use coulisses_crew::db::NoTransfer;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::{Pair, connect, run, write};
use crate::support::{Backend, Database, Need, TestApp, has};

/// Transfers, and returns the error after a look at the target.
async fn refused(pair: &Pair) -> String {
    let refused = pair.transfer().await.expect_err("a refusal").to_string();
    assert_eq!(pair.full().await, Vec::<String>::new(), "{refused}");
    refused
}

fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_a_trigger_alters_or_swallows_is_noticed_by_its_checksum() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    let client = pair.superuser().await;
    for (table, body) in [
        (
            "users",
            "NEW.created_at := NEW.created_at + interval '1 microsecond'; RETURN NEW;",
        ),
        (
            "projects",
            "NEW.description := NEW.description || ' '; RETURN NEW;",
        ),
        ("throttles", "RETURN NULL;"),
    ] {
        let make = format!(
            "CREATE FUNCTION alters() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
             CREATE TRIGGER alters BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION alters()"
        );
        client.batch_execute(&make).await.expect("a trigger");
        says(&refused(&pair).await, &[table, "not the same"]);
        let drop = "DROP FUNCTION alters CASCADE";
        client.batch_execute(drop).await.expect("no trigger");
    }
    pair.transfer().await.expect("a transfer");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_postgresql_cannot_store_is_named_with_its_table_row_and_column() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    for (spoil, mend, parts) in [
        (
            "UPDATE projects SET description = 'a' || char(0) || 'b'",
            "UPDATE projects SET description = NULL",
            ["projects", "description", "NUL"],
        ),
        (
            "UPDATE users SET phone = CAST(x'ff' AS TEXT)",
            "UPDATE users SET phone = NULL",
            ["users", "phone", "UTF-8"],
        ),
        (
            r#"UPDATE audit_log SET changes = '["\u0000"]'"#,
            "UPDATE audit_log SET changes = '[]'",
            ["audit_log", "changes", "NUL"],
        ),
        (
            "UPDATE throttles SET ready_at = -9223372036854775808",
            "UPDATE throttles SET ready_at = 0",
            ["throttles", "ready_at", "calendar"],
        ),
        (
            "UPDATE sessions SET generation = 2147483648",
            "UPDATE sessions SET generation = 1",
            ["sessions", "generation", "32 bits"],
        ),
    ] {
        pair.write(spoil);
        let said = refused(&pair).await;
        says(&said, &parts);
        says(&said, &["of the row"]);
        pair.write(mend);
    }
    // PostgreSQL itself refuses a key that is too long for its index.
    pair.write("UPDATE projects SET name_same = hex(randomblob(5000))");
    let said = refused(&pair).await;
    says(&said, &["projects", "the row org_id", ", id ", "index row"]);
    pair.write("UPDATE projects SET name_same = name_folded");
    // It refuses a person without an organisation; the row is not shown.
    pair.write("PRAGMA foreign_keys = OFF; UPDATE users SET org_id = zeroblob(16)");
    says(&refused(&pair).await, &["users", "foreign key"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_written_meanwhile_is_refused() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    let mut is_written = false;
    let told = |_: coulisses_crew::db::Progress<'_>| {
        if !is_written {
            is_written = true;
            pair.write("UPDATE users SET phone = 'later'");
        }
    };
    let done = pair.transfer_told(told).await;
    assert!(matches!(done, Err(NoTransfer::Written)), "{done:?}");
    assert_eq!(pair.full().await, Vec::<String>::new());
    pair.transfer().await.expect("a transfer");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_can_write_to_the_target_meanwhile() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    let other = pair.superuser().await;
    let mut refused = 0;
    let told = |_: coulisses_crew::db::Progress<'_>| {
        let insert = "SET lock_timeout = '10ms';
            INSERT INTO throttles VALUES (decode(repeat('11', 32), 'hex'), now())";
        let done = block_in_place(|| Handle::current().block_on(other.batch_execute(insert)));
        let error = done.expect_err("a lock");
        assert_eq!(
            error.code().map(tokio_postgres::error::SqlState::code),
            Some("55P03")
        );
        refused += 1;
    };
    pair.transfer_told(told).await.expect("a transfer");
    assert!(refused > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_does_not_own_the_tables_is_refused() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    let client = pair.superuser().await;
    let role = format!("transfer_stranger_{}", std::process::id());
    let make = format!(
        "CREATE ROLE {role}; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}"
    );
    client.batch_execute(&make).await.expect("a role");
    let to = pair
        .target
        .url_of_server()
        .replace("crew_test_server", &role);
    let done = run(&pair.source.database_url(), &to, |_| {}).await;
    assert!(matches!(done, Err(NoTransfer::NotOwner(_))), "{done:?}");
    let drop = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    client.batch_execute(&drop).await.expect("no role");
    assert_eq!(pair.full().await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_another_version_or_without_a_database_is_refused_before_the_target_is_asked() {
    // Nothing listens there.
    let nowhere = "postgres://crew:hush@127.0.0.1:1/crew";
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let from = app.database_url();
    let refused = async |from: &str| {
        let done = run(from, nowhere, |_| {}).await;
        done.expect_err("a refusal")
    };
    let is_unreachable = |error: &NoTransfer| matches!(error, NoTransfer::Unusable(_));
    let unreachable = refused(&from).await;
    assert!(is_unreachable(&unreachable), "{unreachable}");
    says(
        &unreachable.to_string(),
        &["crew@127.0.0.1:1/crew", "in --to"],
    );
    assert!(!unreachable.to_string().contains("hush"), "{unreachable}");

    write(
        &from,
        "INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')",
    );
    let newer = refused(&from).await;
    assert!(matches!(newer, NoTransfer::Newer { .. }), "{newer}");
    says(&newer.to_string(), &["29990101000000", "newer version"]);
    write(
        &from,
        "DELETE FROM __diesel_schema_migrations WHERE version > '20261122000006'",
    );
    let older = refused(&from).await;
    says(
        &older.to_string(),
        &["run coulisses-crew migrate on it first"],
    );
    write(&from, "DROP TABLE __diesel_schema_migrations");
    let other = refused(&from).await;
    says(
        &other.to_string(),
        &["cannot be read as a database of this program"],
    );

    let folder = tempfile::TempDir::new().expect("a folder");
    let file = |name: &str| format!("sqlite:///{}", folder.path().join(name).display());
    std::fs::write(folder.path().join("text"), "no database ".repeat(100)).expect("a file");
    says(
        &refused(&file("text")).await.to_string(),
        &["cannot be read"],
    );
    says(
        &refused(&file("missing.db")).await.to_string(),
        &["there is no database at"],
    );
    assert!(!folder.path().join("missing.db").exists());
    assert!(matches!(refused(nowhere).await, NoTransfer::NotSqlite));
    let both = run(&from, &from, |_| {}).await;
    assert!(matches!(both, Err(NoTransfer::NotPostgres)), "{both:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_of_a_newer_version_with_another_column_or_another_encoding_is_refused() {
    let Some(pair) = Pair::new().await else {
        return;
    };
    let client = pair.superuser().await;
    let run_there = async |sql: &str| client.batch_execute(sql).await.expect("a change");
    run_there("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')").await;
    says(&refused(&pair).await, &["29990101000000", "newer version"]);
    run_there("DELETE FROM __diesel_schema_migrations WHERE version = '29990101000000'").await;
    run_there("ALTER TABLE users ADD COLUMN shoe_size integer").await;
    says(&refused(&pair).await, &["users", "shoe_size"]);
    run_there("ALTER TABLE users DROP COLUMN shoe_size; ALTER TABLE users ALTER COLUMN phone TYPE varchar(10)").await;
    says(
        &refused(&pair).await,
        &["users", "phone", "character varying"],
    );
    drop(client);

    let latin = Database::postgres("ENCODING 'LATIN1' LOCALE 'C'").await;
    let done = run(&pair.source.database_url(), &latin.url(), |_| {}).await;
    says(
        &done.expect_err("a refusal").to_string(),
        &["LATIN1", "UTF8"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_target_is_migrated_first() {
    if !has(Need::Postgres) {
        return;
    }
    let source = TestApp::with(Backend::Sqlite, &[]).await;
    super::fill(&source).await;
    let target = Database::empty(Backend::Postgres).await;
    let done = run(&source.database_url(), &target.url(), |_| {}).await;
    done.expect("a transfer");
    let client = connect(&target.url_of_tests()).await;
    let people = client.query_one("SELECT count(*) FROM users", &[]).await;
    assert!(people.expect("a count").get::<_, i64>(0) > 0);
}
