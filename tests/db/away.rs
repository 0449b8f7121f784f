//! PostgreSQL goes away and comes back.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use coulisses_crew::db::{Conn, DbUrl, open};
use diesel::sql_query;
use futures_util::future::join_all;
use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    Answer, Backend, Between, Client, LOGIN, Mode, TestApp, WAITS_AS_IN_PRODUCTION, World, backends,
};

/// No request takes longer, and half of those at the same time take no longer than `USUAL`. On a busy machine some may.
const BOUND: Duration = Duration::from_secs(5);
const USUAL: Duration = Duration::from_secs(3);
const MANY: usize = 12;

const READ: &str = "{ projects { totalCount } }";
const WRITE: &str = "mutation { createUser(input: {displayName: \"Ada\"}) { user { id } } }";

/// Sends a request, which must be answered in time.
async fn in_time(request: impl Future<Output = Answer>) -> Answer {
    let begin = Instant::now();
    let answer = request.await;
    let taken = begin.elapsed();
    assert!(taken < BOUND, "{taken:?}: {}", answer.text);
    answer
}

async fn ready(client: &Client) -> Answer {
    in_time(client.ready()).await
}

/// Reads, writes and sign-ins at the same time, all of which fail in time.
async fn all_fail(client: &Client) {
    let nobody = &json!({"email": "owner@regie.example", "password": "a wrong password"});
    let begun = Instant::now();
    let send = |number: usize| async move {
        let answer = match number % 3 {
            0 => in_time(client.query(READ)).await,
            1 => in_time(client.query(WRITE)).await,
            _ => in_time(client.gql(LOGIN, nobody.clone())).await,
        };
        (begun.elapsed(), answer)
    };
    let mut all = join_all((0..MANY).map(send)).await;
    all.sort_by_key(|(taken, _)| *taken);
    assert!(all[MANY / 2].0 < USUAL, "{:?}", all[MANY / 2].0);
    for (_, answer) in all {
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.code(), "UNAVAILABLE", "{}", answer.text);
        assert!(answer.headers.contains_key("retry-after"));
    }
}

/// Waits until the server works again, without a restart.
async fn recovers(client: &Client) {
    let deadline = Instant::now() + 2 * BOUND;
    while in_time(client.query(READ)).await.status != StatusCode::OK {
        assert!(Instant::now() < deadline, "it does not recover");
    }
    in_time(client.query(WRITE)).await.data();
    while ready(client).await.status != StatusCode::OK {
        assert!(Instant::now() < deadline, "it does not become ready");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_is_away_each_request_is_refused_in_time_and_none_later() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let world = World::new(&app, "regie").await;
    let between = Between::start(&app).await;
    let server = app.beside(&[("DATABASE_URL", &between.url), WAITS_AS_IN_PRODUCTION]);
    let mut client = server.client();
    client.token.clone_from(&world.owner.token);
    for mode in [Mode::Broken, Mode::Silent, Mode::Broken, Mode::Silent] {
        recovers(&client).await;
        between.set(mode);
        all_fail(&client).await;
        let mut answer = ready(&client).await;
        // The last answer of the database counts for a second.
        while answer.status == StatusCode::OK {
            answer = ready(&client).await;
        }
        let reason = match mode {
            Mode::Silent => "The database does not answer.",
            _ => "The database cannot be reached.",
        };
        assert_eq!(answer.str("/error/message"), reason);
        // Those who come later do not wait for it again.
        all_fail(&client).await;
        between.set(Mode::Passes);
    }
    recovers(&client).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_long_goes_on_while_the_database_answers() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let sleep = diesel::sql_query("SELECT pg_sleep(2.5)");
    let slept = app.db.write(async |conn| conn.execute(sleep).await);
    slept.await.expect("it took 2.5 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_on_a_postgresql_that_says_nothing_gives_up_in_time() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let between = Between::start(&app).await;
    let url = DbUrl::parse(&between.url).expect("a URL");
    between.set(Mode::Silent);
    let opened = timeout(Duration::from_secs(10), open(&url, Duration::ZERO)).await;
    let silent = opened.expect("it gives up").expect_err("silence");
    let silent = silent.to_string();
    for words in ["timed out", "Nothing answers there."] {
        assert!(silent.contains(words), "{silent}");
    }
    between.set(Mode::Passes);
    open(&url, Duration::ZERO).await.expect("a database");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_goes_on_while_somebody_locks_the_table_of_migrations() {
    if !backends().contains(&Backend::Postgres) {
        return;
    }
    let app = TestApp::with(Backend::Postgres, &[]).await;
    let world = World::new(&app, "regie").await;
    let lock = "LOCK TABLE __diesel_schema_migrations IN ACCESS EXCLUSIVE MODE";
    let while_locked = async |conn: &mut Conn| {
        conn.execute(sql_query(lock)).await?;
        let sleep = sql_query("SELECT pg_sleep(2.5)");
        let slept = app.db.write(async |conn| conn.execute(sleep).await);
        slept.await.expect("it took 2.5 s");
        let answer = ready(&world.owner).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        let reason = "The database answers too slowly.";
        assert_eq!(answer.str("/error/message"), reason);
        in_time(world.owner.query(READ)).await.data();
        Ok(())
    };
    let unlocked = app.state.db.write(while_locked).await;
    unlocked.expect("the table was locked");
}
