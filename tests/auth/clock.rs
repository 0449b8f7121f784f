//! A clock that was wrong and is set right: what was written meanwhile does not outlive what it may.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use serde_json::json;

use super::{me, refresh};
use crate::support::{
    Answer, CONFIRM_RESET, Client, LOGIN, PASSWORD, REQUEST_RESET, TestApp, World, accept,
    on_each_database, on_each_database_with,
};

const ON: [(&str, &str); 1] = [("THROTTLE_ENABLED", "true")];
const OWNER: &str = "owner@regie.example";

async fn login(client: &Client, password: &str) -> Answer {
    let variables = json!({"email": OWNER, "password": password});
    client.gql(LOGIN, variables).await
}

/// Runs `work` while the clock is this far ahead.
async fn ahead<T>(app: &TestApp, by: TimeDelta, work: impl Future<Output = T>) -> T {
    app.state.clock.advance(by);
    let done = work.await;
    app.state.clock.advance(-by);
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_of_a_clock_that_was_ahead_refuse_nobody() {
    on_each_database_with(&ON, async |app| {
        World::new(&app, "regie").await;
        let client = app.client();
        for by in [TimeDelta::hours(5), TimeDelta::days(365 * 9)] {
            let wrong = async {
                for _ in 0..3 {
                    let answer = login(&client, "wrong").await;
                    assert_eq!(answer.code(), "INVALID_CREDENTIALS");
                }
            };
            ahead(&app, by, wrong).await;
            login(&client, PASSWORD).await.data();
            // It is no new allowance: the next ones count.
            let refused = login(&client, PASSWORD).await;
            assert_eq!(refused.code(), "RATE_LIMITED");
            let wait = refused.at("/errors/0/extensions/retryAfterSeconds");
            // What counts the address is full again first.
            assert_eq!(wait, 20);
            app.state.clock.advance(TimeDelta::minutes(15));
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_a_clock_that_was_years_ahead_has_ended() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let years = TimeDelta::days(365 * 3);
        let client = ahead(&app, years, world.login(OWNER)).await;
        // Renewing is what a client tries, and it says what is the matter.
        assert_eq!(me(&client).await.reason(), "EXPIRED");
        let sessions = "{ me { sessions { id } } }";
        let open = world.owner.query(sessions).await;
        let listed = open.data()["me"]["sessions"].as_array().expect("a list");
        assert_eq!(listed.len(), 1, "{}", open.text);
        let renewed = refresh(&client).await;
        assert_eq!(renewed.status, StatusCode::UNAUTHORIZED, "{}", renewed.text);
        assert_eq!(renewed.str("/error/code"), "INVALID_TOKEN");
        // Nor does it come back with the time that it is from.
        app.state.clock.advance(years);
        assert_eq!(me(&client).await.reason(), "INVALID");
        assert_eq!(refresh(&client).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_a_clock_that_was_hours_ahead_goes_on_and_ends_in_time() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let mut client = ahead(&app, TimeDelta::hours(5), world.login(OWNER)).await;
        assert_eq!(me(&client).await.reason(), "EXPIRED");
        let used = client.clone();
        let renewed = refresh(&client).await;
        assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);
        let cookie = renewed.headers[header::SET_COOKIE].to_str().expect("text");
        assert!(cookie.contains("Max-Age=1209600"), "{cookie}");
        client.token = Some(renewed.str("/access_token").to_owned());
        client.cookie = renewed.cookie();
        me(&client).await.data();
        app.state.clock.advance(TimeDelta::days(14));
        assert_eq!(refresh(&client).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refresh(&used).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_refresh_token_has_its_ten_seconds_and_no_hours_of_a_wrong_clock() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let first = world.login(OWNER).await;
        let renew = async { refresh(&first).await.status };
        let renewed = ahead(&app, TimeDelta::hours(5), renew).await;
        assert_eq!(renewed, StatusCode::OK);
        let replayed = refresh(&first).await;
        assert_eq!(replayed.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_time_tokens_of_a_clock_that_was_ahead_are_worth_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let nobody = app.client();
        let lea = world.user("Léa", &[]).await;
        let times = ("2036-10-10T08:00:00Z", "2036-10-10T18:00:00Z");
        let (_, role) = world.place(&world.project("P").await, times, 1).await;
        let owner = ahead(&app, TimeDelta::days(365), world.login(OWNER)).await;
        let made = async {
            let reset = nobody.gql(REQUEST_RESET, json!({"email": OWNER})).await;
            let reset = reset.str("/data/requestPasswordReset/resetToken").to_owned();
            let invite = "mutation { inviteMember(input: {email: \"ada@example.org\", role: TECH}) { token } }";
            let join = owner.query(invite).await;
            let join = join.str("/data/inviteMember/token").to_owned();
            let mission = "mutation($input: InviteToMissionInput!) { inviteToMission(input: $input) { invitations { token } } }";
            let input = json!({"input": {"roleId": role, "userIds": [lea]}});
            let mission = owner.gql(mission, input).await;
            let mission = mission.str("/data/inviteToMission/invitations/0/token").to_owned();
            (reset, join, mission)
        };
        let (reset, join, mission) = ahead(&app, TimeDelta::days(365), made).await;

        let new = json!({"token": reset, "new": "another long and winding phrase"});
        assert_eq!(nobody.gql(CONFIRM_RESET, new).await.code(), "INVALID_TOKEN");
        let joined = "mutation($input: JoinOrgInput!) { joinOrg(input: $input) { role } }";
        let input = json!({"token": join, "password": PASSWORD, "displayName": "Ada"});
        let joined = nobody.gql(joined, json!({"input": input})).await;
        assert_eq!(joined.code(), "INVALID_TOKEN");
        assert_eq!(accept(&nobody, &mission).await.code(), "INVALID_TOKEN");
        for token in [&join, &mission] {
            let page = "query($token: String!) { invitation(token: $token) { status } }";
            let page = nobody.gql(page, json!({"token": token})).await;
            assert_eq!(page.data()["invitation"]["status"], "EXPIRED");
        }
    })
    .await;
}
