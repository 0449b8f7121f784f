//! Transactions: what a client that hangs up leaves behind, and what runs again.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::Poll;

use axum::body::Body;
use axum::http::{Method, Request, header};
use coulisses_crew::db::schema::{audit_log, projects};
use coulisses_crew::error::{AppError, ErrorCode};
use coulisses_crew::ids::OrgId;
use diesel::prelude::*;
use serde_json::json;
use tokio::sync::Notify;
use tower::ServiceExt;

use crate::support::{Client, TestApp, World, key, on_each_database};

async fn count_projects(app: &TestApp) -> i64 {
    let count = projects::table.count();
    app.state
        .db
        .read(async |conn| conn.one(count).await)
        .await
        .expect("a count")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_dropped_midway_leaves_nothing_and_harms_nobody() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let db = app.state.db.clone();
        world.project("Before").await;
        // More often than there are connections: none may be lost, none come back with the transaction open.
        for _ in 0..12 {
            let reached = Notify::new();
            {
                let write = db.write(async |conn| {
                    conn.execute(diesel::delete(projects::table)).await?;
                    reached.notify_one();
                    std::future::pending::<()>().await;
                    Ok(())
                });
                tokio::select! {
                    _ = write => unreachable!("it waits for ever"),
                    () = reached.notified() => {}
                }
            }
            assert_eq!(count_projects(&app).await, 1);
        }
        world.project("After").await;
        assert_eq!(count_projects(&app).await, 2);
    })
    .await;
}

fn create(client: &Client, number: u32) -> Request<Body> {
    let query = format!(
        "mutation {{ createProject(input: {{name: \"P{number}\"}}) {{ project {{ id }} }} }}"
    );
    client
        .request(Method::POST, "/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json!({"query": query}).to_string()))
        .expect("a request")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_hangs_up_leaves_a_whole_write_or_none() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for polls in 1..40 {
            let mut answer = Box::pin(app.router().oneshot(create(&world.owner, polls)));
            // So many steps, then the client is gone: its connection drops the request.
            for _ in 0..polls {
                if matches!(futures_util::poll!(&mut answer), Poll::Ready(_)) {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(answer);
        }
        world.owner.send(create(&world.owner, 40)).await.data();
        app.state.tasks.close();
        app.state.tasks.wait().await;
        let org_id = key::<OrgId>(&world.org_id);
        let made = projects::table.filter(projects::org_id.eq(org_id)).count();
        let told = audit_log::table
            .filter(audit_log::action.eq("createProject"))
            .count();
        let read = async |conn: &mut coulisses_crew::db::Conn| {
            Ok((
                conn.one::<_, i64>(made).await?,
                conn.one::<_, i64>(told).await?,
            ))
        };
        let (made, told) = app.state.db.read(read).await.expect("counts");
        assert_eq!(made, told);
        assert!(made > 0, "nothing was made");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serialisation_failure_runs_the_transaction_again_five_times_at_most() {
    on_each_database(async |app| {
        for (failures, succeeds) in [(1, true), (5, true), (6, false)] {
            let runs = Arc::new(AtomicU32::new(0));
            let result = app
                .state
                .db
                .write(async |_| {
                    if runs.fetch_add(1, Ordering::SeqCst) < failures {
                        let error = AppError::new(ErrorCode::Unavailable, "as if");
                        return Err(AppError {
                            retryable: true,
                            ..error
                        });
                    }
                    Ok(())
                })
                .await;
            assert_eq!(result.is_ok(), succeeds, "{failures}");
            assert_eq!(runs.load(Ordering::SeqCst), failures.min(5) + 1);
        }
        // What is refused for good is not tried again.
        let runs = AtomicU32::new(0);
        let refused = app.state.db.write(async |_| {
            runs.fetch_add(1, Ordering::SeqCst);
            Err::<(), _>(AppError::not_found())
        });
        assert!(refused.await.is_err());
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    })
    .await;
}
