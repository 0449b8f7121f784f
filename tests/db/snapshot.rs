//! One snapshot for all reads of a request: what it sees, and what it leaves behind.

use std::future::Future;
use std::task::Poll;
use std::time::Duration;

use coulisses_crew::db::schema::projects;
use coulisses_crew::db::{Db, Scope, Share};
use coulisses_crew::error::{ErrorCode, Result};
use coulisses_crew::ids::{AccountId, OrgId};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use serde_json::json;

use crate::support::{
    Backend, Between, Mode, TestApp, World, backends, hour, key, on_each_database,
};

const ME_AND_INVITATION: &str =
    "query($token: String!) { me { id } invitation(token: $token) { orgName } org { name } }";

/// What is inside another organisation is forbidden, and takes the account beside it along.
const GIVES_UP: &str = "
    query($second: ID!) {
        node(id: $second) { ... on OrgMembership { org { skills } account { id } } }
        projects { nodes { missions(first: 1) { nodes { roles { id } project { id } } } } }
    }
";

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    setting: String,
}

async fn scope(world: &World<'_>) -> Scope {
    let me = world.owner.query("{ me { id } }").await;
    Scope {
        org_id: Some(key::<OrgId>(&world.org_id)),
        account_id: Some(key::<AccountId>(me.str("/data/me/id"))),
    }
}

async fn count(db: &Db, org_id: OrgId) -> i64 {
    let rows = projects::table.filter(projects::org_id.eq(org_id)).count();
    let counted = db.read(async |conn| conn.one(rows).await).await;
    counted.expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn all_reads_of_a_snapshot_see_the_moment_of_its_first() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let scope = scope(&world).await;
        let org_id = key::<OrgId>(&world.org_id);
        world.project("Before").await;
        let rows = projects::table.filter(projects::org_id.eq(org_id)).count();
        let begun = app
            .db
            .snapshot(scope, async |conn| conn.one::<_, i64>(rows).await)
            .await;
        let (snapshot, first) = begun.expect("a snapshot");
        assert_eq!(first, 1);
        world.project("Meanwhile").await;
        assert_eq!(count(&snapshot, org_id).await, 1);
        assert_eq!(count(&snapshot.within(org_id), org_id).await, 1);
        // Somebody else's share: on SQLite there is one reader for each.
        let elsewhere = app.db.within(org_id).charged_to(Share::Org(org_id));
        assert_eq!(count(&elsewhere, org_id).await, 2);
        drop(snapshot);
        let begun = app.db.snapshot(scope, async |_| Ok(())).await;
        assert_eq!(count(&begun.expect("a snapshot").0, org_id).await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_snapshot_stays_on_its_connection() {
    for backend in backends() {
        // One connection for snapshots, and one for the rest.
        let settings = [("DB_POOL_SIZE", "2"), ("SQLITE_READERS", "1")];
        let app = TestApp::with(backend, &settings).await;
        let world = World::new(&app, "regie").await;
        world.project("Festival").await;
        for _ in 0..5 {
            let answer = world
                .owner
                .query("{ projects { totalCount nodes { name missions { nodes { id } } } } }")
                .await;
            assert_eq!(answer.data()["projects"]["totalCount"], 1);
        }
        if backend == Backend::Postgres {
            let query = "SELECT COALESCE(current_setting('app.org_id', true), '') AS setting";
            // The rest of a read begins with a setting of its own: nothing of the organisation's.
            let seen = app
                .db
                .read(async |conn| conn.one::<_, Setting>(diesel::sql_query(query)).await)
                .await;
            assert_eq!(seen.expect("a setting").setting, "");
        }
        // A write, and then another snapshot: neither waits for ever.
        world.project("Tournée").await;
        let answer = world.owner.query("{ projects { totalCount } }").await;
        assert_eq!(answer.data()["projects"]["totalCount"], 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_read_another_organisation_too_never_wait_for_each_other() {
    for backend in backends() {
        let settings = [("DB_POOL_SIZE", "2"), ("SQLITE_READERS", "1")];
        let app = TestApp::with(backend, &settings).await;
        let [one, other] = [
            World::new(&app, "regie").await,
            World::new(&app, "scene").await,
        ];
        let project = other.project("Festival").await;
        let (_, role) = other.place(&project, (&hour(24), &hour(26)), 1).await;
        let lea = other.user("Léa", &[]).await;
        let (_, token) = other.invite(&role, &[&lea]).await.remove(0);
        let asks = (0..20).map(|_| one.owner.gql(ME_AND_INVITATION, json!({"token": token})));
        for answer in futures_util::future::join_all(asks).await {
            let data = answer.data();
            assert_eq!(data["invitation"]["orgName"], "scene", "{backend:?}");
            assert_eq!(data["org"]["name"], "regie");
        }
    }
}

/// How many statements sleep on PostgreSQL.
async fn asleep(app: &TestApp) -> i64 {
    let query = "SELECT count(*) AS number FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND query LIKE 'SELECT 1% AS number, pg_sleep%'";
    let read = app
        .state
        .db
        .read(async |conn| conn.one::<_, Number>(diesel::sql_query(query)).await);
    read.await.expect("the activity").number
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_on_postgresql_ends_with_the_request_that_ran_it() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[("DB_POOL_SIZE", "2")]).await;
    let world = World::new(&app, "regie").await;
    let scope = scope(&world).await;
    for _ in 0..3 {
        let begun = app.db.snapshot(scope, async |_| Ok(())).await;
        let (snapshot, ()) = begun.expect("a snapshot");
        let sleep = async |conn: &mut coulisses_crew::db::Conn| -> Result<i64> {
            let sleep = "SELECT 1 AS number, pg_sleep(60)::text";
            Ok(conn
                .one::<_, Number>(diesel::sql_query(sleep))
                .await?
                .number)
        };
        {
            let mut read = Box::pin(snapshot.read(sleep));
            while asleep(&app).await == 0 {
                let poll = std::future::poll_fn(|wake| Poll::Ready(read.as_mut().poll(wake)));
                assert!(poll.await.is_pending());
            }
        }
        drop(snapshot);
        while asleep(&app).await > 0 {
            tokio::task::yield_now().await;
        }
        // The next request finds a connection that works.
        let answer = world.owner.query("{ projects { totalCount } }").await;
        assert_eq!(answer.data()["projects"]["totalCount"], 0);
    }
}

/// A cancellation takes a connection of its own, so it may come when its statement has ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_that_comes_late_hits_nobody_else() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let world = World::new(&app, "regie").await;
    let scope = scope(&world).await;
    let between = Between::start(&app).await;
    // Otherwise the server would wait for an answer before it sends the cancellation.
    let url = format!("{}&sslmode=disable", between.url);
    let server = app.beside(&[("DATABASE_URL", &url), ("DB_POOL_SIZE", "2")]);
    let sleep = async |db: &Db, seconds: &str| {
        let query = format!("SELECT 1::bigint AS number, pg_sleep({seconds})::text AS slept");
        db.read(async |conn| conn.one::<_, Number>(diesel::sql_query(query)).await)
            .await
    };
    let begun = server.db.snapshot(scope, async |_| Ok(())).await;
    let (snapshot, ()) = begun.expect("a snapshot");
    // Opens the connection that asks, so that the answer comes while the statement sleeps.
    assert_eq!(asleep(&app).await, 0);
    {
        let mut read = Box::pin(sleep(&snapshot, "1.5"));
        while asleep(&app).await == 0 {
            let poll = std::future::poll_fn(|wake| Poll::Ready(read.as_mut().poll(wake)));
            assert!(poll.await.is_pending());
        }
    }
    // The statement ends by itself, and is cancelled before that: but that arrives only later.
    between.set(Mode::HoldsNew);
    drop(snapshot);
    let held = || -> usize {
        let usage = server.db.usage();
        usage.iter().map(|(_, usage)| usage.held).sum()
    };
    while held() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(asleep(&app).await, 0, "it has ended by itself");
    let next = async {
        let begun = server.db.snapshot(scope, async |_| Ok(())).await;
        let (snapshot, ()) = begun.expect("a snapshot");
        sleep(&snapshot, "0.5").await
    };
    let arrives = async {
        // On the same connection it would begin at once. A new one is still held.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        between.set(Mode::Passes);
    };
    let (slept, ()) = tokio::join!(next, arrives);
    assert!(slept.is_ok(), "{:?}", slept.err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_hangs_keeps_no_connection_of_a_request_that_has_gone() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let world = World::new(&app, "regie").await;
    let scope = scope(&world).await;
    let between = Between::start(&app).await;
    let server = app.beside(&[("DATABASE_URL", &between.url), ("DB_POOL_SIZE", "2")]);
    let held = || -> usize {
        let usage = server.db.usage();
        usage.iter().map(|(_, usage)| usage.held).sum()
    };
    // One that has sent a statement, and one that has sent none.
    for is_reading in [true, false] {
        let begun = server.db.snapshot(scope, async |_| Ok(())).await;
        let (snapshot, ()) = begun.expect("a snapshot");
        between.set(Mode::Silent);
        if is_reading {
            let one = diesel::sql_query("SELECT 1::bigint AS number");
            let read = snapshot.read(async |conn| conn.one::<_, Number>(one).await);
            let mut read = Box::pin(read);
            let poll = std::future::poll_fn(|wake| Poll::Ready(read.as_mut().poll(wake)));
            assert!(poll.await.is_pending());
        }
        assert_eq!(held(), 1);
        drop(snapshot);
        let is_free = async {
            while held() > 0 {
                tokio::task::yield_now().await;
            }
        };
        let freed = tokio::time::timeout(Duration::from_secs(5), is_free).await;
        assert!(freed.is_ok(), "it keeps its place, reading: {is_reading}");
        between.set(Mode::Passes);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_failed_statement_the_rest_of_a_snapshot_is_unavailable() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let world = World::new(&app, "regie").await;
    let org_id = key::<OrgId>(&world.org_id);
    let begun = app.db.snapshot(scope(&world).await, async |_| Ok(())).await;
    let (snapshot, ()) = begun.expect("a snapshot");
    let fail = diesel::sql_query("SELECT (1 / (random() * 0)::int)::bigint AS number");
    let failed = snapshot
        .read(async |conn| conn.one::<_, Number>(fail).await)
        .await;
    assert_eq!(failed.err().expect("an error").code, ErrorCode::Internal);
    let rows = projects::table.filter(projects::org_id.eq(org_id)).count();
    let rest = snapshot
        .read(async |conn| conn.one::<_, i64>(rows).await)
        .await;
    assert_eq!(rest.expect_err("an error").code, ErrorCode::Unavailable);
}

/// What waits for a row in vain gives up: null takes its object away. Its statement must not hold up the others.
#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_gives_up_does_not_hold_up_the_rest_of_its_request() {
    for backend in backends() {
        let settings = [("DB_POOL_SIZE", "2"), ("SQLITE_READERS", "1")];
        let app = TestApp::with(backend, &settings).await;
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        world.place(&project, (&hour(24), &hour(26)), 1).await;
        let create = "mutation { createOrg(input: {name: \"second\"}) { org { id } } }";
        world.owner.query(create).await.data();
        let me = world
            .owner
            .query("{ me { memberships { id org { name } } } }")
            .await;
        let second = me.data()["me"]["memberships"]
            .as_array()
            .and_then(|all| all.iter().find(|one| one["org"]["name"] == "second"))
            .expect("the other membership")["id"]
            .clone();
        // Servers that have prepared nothing yet.
        for _ in 0..8 {
            let fresh = app.beside(&settings);
            let mut client = fresh.client();
            client.token.clone_from(&world.owner.token);
            let answer = client.gql(GIVES_UP, json!({"second": second})).await;
            assert_eq!(answer.body["data"]["node"], json!(null), "{}", answer.text);
            let missions = "/data/projects/nodes/0/missions/nodes/0/roles";
            assert_eq!(answer.at(missions).as_array().map(Vec::len), Some(1));
        }
    }
}
