//! The transaction of a mutation: the first write goes on in the one that has read the session.

use std::time::Duration;

use coulisses_crew::db::schema::projects;
use coulisses_crew::db::{Conn, Db};
use coulisses_crew::error::{AppError, ErrorCode, Result};
use coulisses_crew::ids::OrgId;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::{Value, json};

use crate::support::{
    Backend, Between, Client, Mode, TestApp, World, backends, key, on_each_database,
};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Which transaction of PostgreSQL this is.
async fn transaction(conn: &mut Conn) -> Result<i64> {
    let number = diesel::sql_query("SELECT pg_current_xact_id()::text::bigint AS number");
    Ok(conn.one::<_, Number>(number).await?.number)
}

fn org(world: &World<'_>) -> OrgId {
    key::<OrgId>(&world.org_id)
}

fn held(db: &Db) -> usize {
    db.usage().iter().map(|(_, usage)| usage.held).sum()
}

async fn on_postgres(test: impl AsyncFn(&TestApp, &World)) {
    if backends().contains(&Backend::Postgres) {
        // One connection for requests.
        let app = TestApp::with(Backend::Postgres, &[("DB_POOL_SIZE", "2")]).await;
        let world = World::new(&app, "regie").await;
        test(&app, &world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_write_goes_on_in_the_transaction_that_was_begun_and_the_next_does_not() {
    on_postgres(async |app, world| {
        let org_id = org(world);
        let (db, begun) = app.db.begin(org_id, transaction).await.expect("a begin");
        assert_eq!(held(&db), 1);
        let own = db.within(org_id);
        assert_eq!(own.write(transaction).await.expect("a write"), begun);
        assert_eq!(held(&db), 0);
        assert_ne!(own.write(transaction).await.expect("a write"), begun);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_else_comes_first_ends_the_transaction_that_was_begun() {
    on_postgres(async |app, world| {
        let org_id = org(world);
        let begin = async || app.db.begin(org_id, transaction).await.expect("a begin");
        // A write that sees other rows, and a read.
        let (db, first) = begin().await;
        let elsewhere = db.within(None);
        assert_ne!(elsewhere.write(transaction).await.expect("a write"), first);
        let (db, first) = begin().await;
        let own = db.within(org_id);
        own.read(async |_| Ok(())).await.expect("a read");
        assert_ne!(own.write(transaction).await.expect("a write"), first);
        // Or nothing at all: the last clone ends it.
        let (db, _) = begin().await;
        let other = db.clone();
        drop(db);
        assert_eq!(held(&app.db), 1);
        drop(other);
        assert_eq!(held(&app.db), 0);
        // The connection is as good as new.
        world.project("After").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_runs_again_begins_a_transaction_of_its_own() {
    on_postgres(async |app, world| {
        let org_id = org(world);
        let (db, begun) = app.db.begin(org_id, transaction).await.expect("a begin");
        let seen = std::sync::Mutex::new(Vec::new());
        let own = db.within(org_id);
        let written = own.write(async |conn| {
            let number = transaction(conn).await?;
            seen.lock().expect("no panic").push(number);
            match number == begun {
                true => Err(AppError {
                    retryable: true,
                    ..AppError::new(ErrorCode::Unavailable, "as if")
                }),
                false => Ok(()),
            }
        });
        written.await.expect("the second run");
        let seen = seen.into_inner().expect("no panic");
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[0], begun);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_begin_that_fails_leaves_nothing_behind() {
    on_postgres(async |app, world| {
        for _ in 0..3 {
            let failed = app.db.begin(org(world), async |conn| {
                let fail = "SELECT (1 / (random() * 0)::int)::bigint AS number";
                conn.one::<_, Number>(diesel::sql_query(fail)).await
            });
            assert!(failed.await.is_err());
            assert_eq!(held(&app.db), 0);
        }
        world.project("After").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_begin_reads_on_either_database() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        world.project("One").await;
        let rows = projects::table
            .filter(projects::org_id.eq(key::<OrgId>(&world.org_id)))
            .count();
        let begun = app
            .db
            .begin(org(&world), async |conn| conn.one::<_, i64>(rows).await);
        assert_eq!(begun.await.expect("a begin").1, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_in_between_fails_the_write_and_nothing_else() {
    on_postgres(async |app, world| {
        let between = Between::start(app).await;
        let server = app.beside(&[("DATABASE_URL", &between.url), ("DB_POOL_SIZE", "2")]);
        for writes in [true, false] {
            let begun = server.db.begin(org(world), transaction).await;
            let (db, _) = begun.expect("a begin");
            between.set(Mode::Broken);
            if writes {
                let own = db.within(org(world));
                let failed = own.write(transaction).await.expect_err("it is broken");
                assert_eq!(failed.code, ErrorCode::Unavailable);
            }
            drop(db);
            assert_eq!(held(&server.db), 0, "{writes}");
            between.set(Mode::Passes);
            let own = server.db.within(org(world));
            // The server may not have noticed yet that the connection is closed.
            let works = async { while own.write(transaction).await.is_err() {} };
            let works = tokio::time::timeout(Duration::from_secs(10), works).await;
            assert!(works.is_ok(), "there is no other connection");
        }
    })
    .await;
}

/// How many transactions a server has begun and ended on PostgreSQL.
fn taken(between: &Between) -> (usize, usize) {
    let ended = between.count("COMMIT") + between.count("ROLLBACK");
    (between.count("BEGIN"), ended)
}

/// Sends a mutation to a server with one connection for requests. Returns how many transactions it took.
async fn transactions_of(
    between: &Between,
    server: &TestApp,
    client: &Client,
    (query, variables, code): (&str, Value, Option<&str>),
) -> usize {
    let before = taken(between);
    let answer = client.gql(query, variables).await;
    let refused = answer.body["errors"][0]["extensions"]["code"].as_str();
    assert_eq!(refused, code, "{}", answer.text);
    assert_eq!(held(&server.db), 0, "{query}");
    // The end of what only read is not waited for.
    let all_ended = async {
        while taken(between).1 - before.1 < taken(between).0 - before.0 {
            tokio::task::yield_now().await;
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(10), all_ended).await;
    assert!(ended.is_ok(), "a transaction is left open by {query}");
    taken(between).0 - before.0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_takes_one_transaction_on_postgresql_unless_it_may_be_slow() {
    on_postgres(async |app, world| {
        let project = world.project("Festival").await;
        let between = Between::start(app).await;
        let server = app.beside(&[("DATABASE_URL", &between.url), ("DB_POOL_SIZE", "2")]);
        let mut client = server.client();
        client.token.clone_from(&world.owner.token);
        let rename = "mutation($id: ID!, $name: String!) { updateProject(input: {id: $id, name: $name}) { project { name } } }";
        let named = |name: &str| json!({"id": project, "name": name});
        let gone = json!({"id": "project_00000000000000000000000000", "name": "X"});
        let found = "mutation { createOrg(input: {name: \"second\"}) { org { name } } }";
        let typename = "mutation { __typename }";
        let login = "mutation($email: String!) { login(input: {email: $email, password: \"wrong password\"}) { expiresAt } }";
        // Nobody has such an address, so the database is not asked for it.
        let nobody = json!({"email": "a\u{0}b@regie.example"});
        let steps = [
            ((rename, named("Tour"), None), 1),
            ((rename, named(""), Some("BAD_USER_INPUT")), 1),
            ((rename, gone, Some("NOT_FOUND")), 1),
            ((rename, named("Festival"), None), 1),
            ((typename, json!({}), None), 1),
            // It writes outside of the organisation of the token.
            ((found, json!({}), None), 2),
            ((login, nobody, Some("INVALID_CREDENTIALS")), 1),
        ];
        for (step, expected) in steps {
            let (query, to_write) = (step.0, between.count("BEGIN; "));
            let began = transactions_of(&between, &server, &client, step).await;
            assert_eq!(began, expected, "{query}");
            // Whoever may have to wait for the check of a password holds no transaction that could write.
            let to_write = between.count("BEGIN; ") - to_write;
            assert_eq!(to_write == 0, query == login, "{query}");
        }
    })
    .await;
}
