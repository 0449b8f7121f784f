//! No organisation keeps the connections of the database to itself.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use coulisses_crew::db::{Db, Scope, Share};
use coulisses_crew::error::Result;
use coulisses_crew::ids::OrgId;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join, join_all, try_join_all};
use serde_json::json;
use tokio::sync::Semaphore;

use crate::support::{CREATE_PROJECT, TestApp, World, hour, key, on_each_database_with};

/// Eight places for reads on either database, of which an organisation may hold two while others use them too.
/// PostgreSQL keeps one more for second reads.
const EIGHT: [(&str, &str); 2] = [("DB_POOL_SIZE", "9"), ("SQLITE_READERS", "8")];
const SHARE: usize = 2;
/// As many as while nobody else does.
const ALONE: usize = 6;
/// How many of one organisation may wait.
const QUEUE: usize = 512;

/// How many of one organisation ask at once. A slow machine answers them within the time that each of them waits.
const FLOOD: usize = 40;

const PROJECTS: &str = "{ projects { totalCount } }";

/// A read that holds its connection until the result is dropped, as that of a slow request does.
async fn hold(db: &Db, share: Share) -> Result<Db> {
    let org_id = match share {
        Share::Org(org_id) => Some(org_id),
        _ => None,
    };
    let scope = Scope {
        org_id,
        account_id: None,
    };
    let db = db.clone().charged_to(share);
    Ok(db.snapshot(scope, async |_| Ok(())).await?.0)
}

async fn holds(app: &TestApp, share: Share, many: usize) -> Vec<Db> {
    let held = try_join_all((0..many).map(|_| hold(&app.db, share))).await;
    held.expect("there is room")
}

/// PostgreSQL opens the connections now that both may use. Both get a place again when these are free.
async fn open_connections(app: &TestApp, [one, other]: [Share; 2]) {
    let held = (holds(app, one, 1).await, holds(app, other, 1).await);
    let shares = [one, other].map(|share| holds(app, share, SHARE - 1));
    drop((held, join_all(shares).await));
}

fn share_of(world: &World<'_>) -> Share {
    Share::Org(key::<OrgId>(&world.org_id))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_reads_with_its_share_of_the_connections_and_no_more() {
    on_each_database_with(&EIGHT, async |app| {
        let [one, other] = [
            World::new(&app, "regie").await,
            World::new(&app, "scene").await,
        ];
        let _others = holds(&app, share_of(&other), 1).await;
        let mut held = holds(&app, share_of(&one), SHARE - 1).await;
        one.owner.query(PROJECTS).await.data();
        held.extend(holds(&app, share_of(&one), 1).await);
        let mut waits = Box::pin(one.owner.query(PROJECTS));
        for name in ["Festival", "Tour"] {
            assert!((&mut waits).now_or_never().is_none());
            other.owner.query(PROJECTS).await.data();
            other.project(name).await;
        }
        drop(held.pop());
        waits.await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_does_not_yield_to_strangers() {
    on_each_database_with(&EIGHT, async |app| {
        let world = World::new(&app, "regie").await;
        let _strangers = holds(&app, Share::Anonymous, 1).await;
        let _held = holds(&app, share_of(&world), ALONE).await;
        let mut beyond = hold(&app.db, share_of(&world)).boxed();
        assert!((&mut beyond).now_or_never().is_none());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_its_queue_an_organisation_is_told_when_to_try_again() {
    on_each_database_with(&EIGHT, async |app| {
        let [one, other] = [
            World::new(&app, "regie").await,
            World::new(&app, "scene").await,
        ];
        let _others = holds(&app, share_of(&other), 1).await;
        let held = holds(&app, share_of(&one), SHARE).await;
        let mut queue: Vec<BoxFuture<_>> = (0..QUEUE)
            .map(|_| hold(&app.db, share_of(&one)).boxed())
            .collect();
        for waiting in &mut queue {
            assert!(waiting.now_or_never().is_none());
        }
        let refused = one.owner.query(PROJECTS).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refused.code(), "UNAVAILABLE");
        assert_eq!(refused.headers["retry-after"], "1");
        assert_eq!(
            refused.at("/errors/0/extensions/retryAfterSeconds"),
            &json!(1)
        );
        let mutation = one
            .owner
            .gql(CREATE_PROJECT, json!({"input": {"name": "Tour"}}))
            .await;
        assert_eq!(mutation.code(), "UNAVAILABLE");
        other.owner.query(PROJECTS).await.data();
        other.project("Festival").await;
        assert!(app.client().query(PROJECTS).await.code() == "UNAUTHENTICATED");
        // A client that hangs up makes room.
        queue.pop();
        let mut waits = Box::pin(one.owner.query(PROJECTS));
        assert!((&mut waits).now_or_never().is_none());
        drop((held, queue));
        waits.await.data();
    })
    .await;
}

/// A token names its organisation, and anybody can write one.
#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_with_a_token_takes_the_share_of_strangers() {
    const PREVIEW: &str = "query($token: String!) { invitation(token: $token) { orgName } }";
    on_each_database_with(&EIGHT, async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Tour").await;
        let (_, role) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let lea = world.user("Léa", &[]).await;
        let (_, token) = world.invite(&role, &[&lea]).await.remove(0);
        let stranger = app.client();
        let preview = || stranger.gql(PREVIEW, json!({"token": token}));
        let held = holds(&app, share_of(&world), SHARE).await;
        assert_eq!(preview().await.data()["invitation"]["orgName"], "regie");
        drop(held);
        let _others = holds(&app, share_of(&world), 1).await;
        let held = holds(&app, Share::Anonymous, SHARE).await;
        let mut waits = Box::pin(preview());
        assert!((&mut waits).now_or_never().is_none());
        world.owner.query(PROJECTS).await.data();
        drop(held);
        waits.await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn organisations_take_turns_at_writing() {
    on_each_database_with(&EIGHT, async |app| {
        let [one, other] = [
            World::new(&app, "regie").await,
            World::new(&app, "scene").await,
        ];
        let (go_on, begun) = (Semaphore::new(0), Semaphore::new(0));
        let order = Mutex::new(Vec::new());
        let write = async |share| {
            let db = app.db.clone().charged_to(share);
            let written = db.write(async |_| {
                begun.add_permits(1);
                go_on.acquire().await.expect("it stays open").forget();
                order.lock().expect("nobody panicked").push(share);
                Ok(())
            });
            written.await.expect("a write");
        };
        let (one, other) = (share_of(&one), share_of(&other));
        open_connections(&app, [one, other]).await;
        // As many as the organisation may run at the same time, on either database.
        let held = join_all((0..SHARE).map(|_| write(one)));
        let behind = async {
            begun.acquire().await.expect("it stays open").forget();
            let mut flood = Box::pin(join_all((0..40).map(|_| write(one))));
            let mut single = Box::pin(write(other));
            assert!((&mut flood).now_or_never().is_none());
            assert!((&mut single).now_or_never().is_none());
            go_on.add_permits(SHARE + 41);
            join(flood, single).await;
        };
        join(held, behind).await;
        let order = order.into_inner().expect("nobody panicked");
        let place = order.iter().position(|share| *share == other);
        let place = place.expect("it was written");
        // In the order of arrival it would be the last. How many are ahead depends on the machine's load.
        assert!(place <= 30, "it was the {place}th of 43");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_one_organisation_refuses_nobody_and_another_is_answered_at_once() {
    on_each_database_with(&EIGHT, async |app| {
        let [one, other] = [
            World::new(&app, "regie").await,
            World::new(&app, "scene").await,
        ];
        for i in 0..20 {
            one.project(&format!("Tour {i}")).await;
        }
        let board =
            "{ projects { totalCount nodes { name missions { totalCount nodes { id } } } } }";
        let shares = [share_of(&one), share_of(&other)];
        open_connections(&app, shares).await;
        // The flood begins when all of it waits.
        let others = holds(&app, shares[1], 1).await;
        let held = holds(&app, shares[0], SHARE).await;
        let done = Arc::new(AtomicUsize::new(0));
        let flood = (0..FLOOD).map(|_| {
            let (owner, done) = (one.owner.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                owner.query(board).await.data();
                done.fetch_add(1, Ordering::SeqCst);
            })
        });
        let flood: Vec<_> = flood.collect();
        let waiting = || -> usize { app.db.usage().iter().map(|(_, usage)| usage.waiting).sum() };
        while waiting() < FLOOD {
            tokio::task::yield_now().await;
        }
        let (owner, count) = (other.owner.clone(), Arc::clone(&done));
        let single = tokio::spawn(async move {
            let before = count.load(Ordering::SeqCst);
            owner.query(board).await.data();
            count.load(Ordering::SeqCst) - before
        });
        drop((held, others));
        let meanwhile = single.await.expect("an answer");
        try_join_all(flood).await.expect("answers");
        // In the order of arrival it would be all of them.
        assert!(
            meanwhile <= FLOOD / 2,
            "{meanwhile} of {FLOOD} requests of another organisation came first"
        );
    })
    .await;
}

/// The queue of strangers may be as long as it will: the server knows whether its database answers.
#[tokio::test(flavor = "multi_thread")]
async fn readiness_does_not_wait_behind_strangers() {
    on_each_database_with(&EIGHT, async |app| {
        let world = World::new(&app, "regie").await;
        let _others = holds(&app, share_of(&world), 1).await;
        let held = holds(&app, Share::Anonymous, SHARE).await;
        let mut waits = hold(&app.db, Share::Anonymous).boxed();
        assert!((&mut waits).now_or_never().is_none());
        let ready = app.client().request(axum::http::Method::GET, "/readyz");
        let ready = ready.body(axum::body::Body::empty()).expect("a request");
        assert_eq!(app.client().send(ready).await.status, StatusCode::OK);
        drop((held, waits));
    })
    .await;
}
