//! Refresh tokens: rotation, the grace of ten seconds, replay, and how long a session lasts.

use axum::http::StatusCode;
use chrono::TimeDelta;

use super::{me, refresh};
use crate::support::{TestApp, World, on_each_database, on_each_database_with};

/// A row of the session as the database has it.
async fn sessions(app: &TestApp) -> Vec<(i32, bool)> {
    use coulisses_crew::db::schema::sessions;
    use diesel::prelude::*;
    let rows = sessions::table
        .order(sessions::id)
        .select((sessions::generation, sessions::revoked_at.is_not_null()));
    app.state
        .db
        .read(async |conn| conn.load(rows).await)
        .await
        .expect("rows")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_works_once_and_its_replay_ends_the_session() {
    on_each_database(async |app| {
        let mut client = World::new(&app, "regie").await.owner;
        let first = client.clone();
        for _ in 0..2 {
            app.state.clock.advance(TimeDelta::seconds(11));
            client.cookie = refresh(&client).await.cookie();
        }
        assert_eq!(sessions(&app).await, [(2, false)]);
        assert_eq!(refresh(&first).await.status, StatusCode::UNAUTHORIZED);
        // The end of the session is kept although the answer was an error.
        assert_eq!(sessions(&app).await, [(2, true)]);
        assert_eq!(refresh(&client).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(me(&client).await.code(), "UNAUTHENTICATED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn for_ten_seconds_the_predecessor_gets_the_same_successor() {
    on_each_database(async |app| {
        let client = World::new(&app, "regie").await.owner;
        let successor = refresh(&client).await.cookie();
        app.state.clock.advance(TimeDelta::seconds(10));
        assert_eq!(refresh(&client).await.cookie(), successor);
        assert_eq!(sessions(&app).await, [(1, false)]);
        app.state.clock.advance(TimeDelta::microseconds(1));
        assert_eq!(refresh(&client).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(sessions(&app).await, [(1, true)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grandparent_never_gets_a_token_even_at_once() {
    on_each_database(async |app| {
        let mut client = World::new(&app, "regie").await.owner;
        let grandparent = client.clone();
        client.cookie = refresh(&client).await.cookie();
        client.cookie = refresh(&client).await.cookie();
        assert_eq!(refresh(&grandparent).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(sessions(&app).await, [(2, true)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_refreshes_at_once_give_one_successor() {
    on_each_database(async |app| {
        let client = World::new(&app, "regie").await.owner;
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let client = client.clone();
                tokio::spawn(async move { refresh(&client).await })
            })
            .collect();
        let mut cookies = std::collections::BTreeSet::new();
        for task in tasks {
            let answer = task.await.expect("a task");
            assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
            cookies.insert(answer.cookie().expect("a cookie"));
        }
        assert_eq!(cookies.len(), 1);
        assert_eq!(sessions(&app).await, [(1, false)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_when_it_is_idle_and_after_ninety_days_in_any_case() {
    on_each_database_with(&[("REFRESH_TOKEN_DAYS", "14")], async |app| {
        let world = World::new(&app, "regie").await;
        let mut used = world.login("owner@regie.example").await;
        let idle = world.login("owner@regie.example").await;
        for day in 1..=6 {
            app.state
                .clock
                .advance(TimeDelta::days(14) - TimeDelta::microseconds(1));
            let answer = refresh(&used).await;
            assert_eq!(
                answer.status,
                StatusCode::OK,
                "round {day}: {}",
                answer.text
            );
            used.cookie = answer.cookie();
        }
        assert_eq!(refresh(&idle).await.status, StatusCode::UNAUTHORIZED);
        // 84 days less 6 µs have passed; the session ends after 90.
        app.state
            .clock
            .advance(TimeDelta::days(6) + TimeDelta::microseconds(5));
        used.cookie = refresh(&used).await.cookie();
        app.state.clock.advance(TimeDelta::microseconds(1));
        assert_eq!(refresh(&used).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forged_refresh_token_ends_nothing() {
    on_each_database(async |app| {
        let client = World::new(&app, "regie").await.owner;
        let cookie = client.cookie.clone().expect("a cookie");
        let mut forged = client.clone();
        let flipped = if cookie.ends_with('A') { 'B' } else { 'A' };
        for value in [
            format!("{}{flipped}", &cookie[..cookie.len() - 1]),
            "refresh_token=".to_owned(),
            "refresh_token=x".to_owned(),
            format!("refresh_token={}", client.token.clone().expect("a token")),
        ] {
            forged.cookie = Some(value);
            assert_eq!(refresh(&forged).await.status, StatusCode::UNAUTHORIZED);
        }
        assert_eq!(refresh(&client).await.status, StatusCode::OK);
    })
    .await;
}
