//! The transaction of a mutation: the first write goes on in the one that has read the session.

use coulisses_crew::db::schema::projects;
use coulisses_crew::db::{Conn, Db, Scope};
use coulisses_crew::error::{AppError, ErrorCode, Result};
use coulisses_crew::ids::OrgId;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::json;

use crate::support::{Backend, Between, TestApp, World, backends, key, on_each_database};

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

fn within(world: &World<'_>) -> Scope {
    Scope {
        org_id: Some(key::<OrgId>(&world.org_id)),
        account_id: None,
    }
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
        let scope = within(world);
        let (db, begun) = app.db.begin(scope, transaction).await.expect("a begin");
        assert_eq!(held(&db), 1);
        let own = db.within(scope.org_id);
        assert_eq!(own.write(transaction).await.expect("a write"), begun);
        assert_eq!(held(&db), 0);
        assert_ne!(own.write(transaction).await.expect("a write"), begun);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_else_comes_first_ends_the_transaction_that_was_begun() {
    on_postgres(async |app, world| {
        let scope = within(world);
        let begin = async || app.db.begin(scope, transaction).await.expect("a begin");
        // A write that sees other rows, and a read.
        let (db, begun) = begin().await;
        let elsewhere = db.within(None);
        assert_ne!(elsewhere.write(transaction).await.expect("a write"), begun);
        let (db, begun) = begin().await;
        let own = db.within(scope.org_id);
        own.read(async |_| Ok(())).await.expect("a read");
        assert_ne!(own.write(transaction).await.expect("a write"), begun);
        // Nothing at all, and whoever expects to wait.
        let (db, _) = begin().await;
        let other = db.clone();
        drop(db);
        assert_eq!(held(&app.db), 1);
        other.let_go();
        assert_eq!(held(&app.db), 0);
        drop(begin().await);
        assert_eq!(held(&app.db), 0);
        // The connection is as good as new.
        world.project("After").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_runs_again_begins_a_transaction_of_its_own() {
    on_postgres(async |app, world| {
        let scope = within(world);
        let (db, begun) = app.db.begin(scope, transaction).await.expect("a begin");
        let seen = std::sync::Mutex::new(Vec::new());
        let own = db.within(scope.org_id);
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
            let failed = app.db.begin(within(world), async |conn| {
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
            .begin(within(&world), async |conn| conn.one::<_, i64>(rows).await);
        assert_eq!(begun.await.expect("a begin").1, 1);
    })
    .await;
}

/// As the server sees it from outside: one transaction for a mutation that is done or refused, and no connection that is
/// held afterwards.
#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_takes_one_transaction_on_postgresql() {
    on_postgres(async |app, world| {
        let project = world.project("Festival").await;
        let between = Between::start(app).await;
        let server = app.beside(&[("DATABASE_URL", &between.url)]);
        let mut client = server.client();
        client.token.clone_from(&world.owner.token);
        let rename = "mutation($id: ID!, $name: String!) { updateProject(input: {id: $id, name: $name}) { project { name } } }";
        let taken = || (between.count("BEGIN"), between.count("COMMIT") + between.count("ROLLBACK"));
        for (id, name, code) in [
            (&project, "Tournée", None),
            (&project, "", Some("BAD_USER_INPUT")),
            (&"project_00000000000000000000000000".to_owned(), "X", Some("NOT_FOUND")),
            (&project, "Festival", None),
        ] {
            let before = taken();
            let answer = client.gql(rename, json!({"id": id, "name": name})).await;
            let refused = answer.body["errors"][0]["extensions"]["code"].as_str();
            assert_eq!(refused, code, "{}", answer.text);
            assert_eq!(held(&server.db), 0, "{name}");
            // The end of what only read is not waited for.
            while taken().1 == before.1 {
                tokio::task::yield_now().await;
            }
            assert_eq!(taken(), (before.0 + 1, before.1 + 1), "{name}");
        }
    })
    .await;
}
