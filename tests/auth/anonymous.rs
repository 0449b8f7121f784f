//! What `UNAUTHENTICATED` tells: MISSING, EXPIRED or INVALID, and nothing more.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use chrono::TimeDelta;
use coulisses_crew::access::Role;
use serde_json::json;

use crate::support::{Answer, Client, PASSWORD, World, on_each_database, on_each_database_with};

const ME: &str = "{ me { id } }";

async fn me(client: &Client) -> Answer {
    client.query(ME).await
}

/// Asks for `me` with just this `Authorization` header.
async fn authorized(client: &Client, value: &[u8]) -> Answer {
    let request = client
        .request(Method::POST, "/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, value)
        .body(Body::from(json!({"query": ME}).to_string()))
        .expect("a request");
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_token_is_told_that_it_is_missing() {
    on_each_database(async |app| {
        let nobody = app.client();
        assert_eq!(me(&nobody).await.reason(), "MISSING");
        for other in [&b"Basic YTpi"[..], b"Bearer", b"", b"\xe9"] {
            assert_eq!(authorized(&nobody, other).await.reason(), "MISSING");
        }
        for nonsense in [&b"Bearer x"[..], b"bearer  a.b.c", b"Bearer \xe9"] {
            assert_eq!(authorized(&nobody, nonsense).await.reason(), "INVALID");
        }
        let refused = nobody.post("/api/v1/auth/refresh", &json!({})).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.str("/error/code"), "UNAUTHENTICATED");
        assert_eq!(refused.str("/error/reason"), "MISSING");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_expired_from_the_second_in_which_it_stops_working() {
    on_each_database_with(&[("ACCESS_TOKEN_MINUTES", "15")], async |app| {
        let world = World::new(&app, "regie").await;
        let clock = &app.state.clock;
        // The leeway is 5 s.
        clock.advance(TimeDelta::minutes(15) + TimeDelta::seconds(4));
        me(&world.owner).await.data();
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(me(&world.owner).await.reason(), "EXPIRED");
        // The session has ended too by now, of which the token does not tell.
        clock.advance(TimeDelta::days(400));
        assert_eq!(me(&world.owner).await.reason(), "EXPIRED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_an_ended_session_looks_like_a_forged_one() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let token = world.owner.token.clone().expect("a token");
        let (message, _) = token.rsplit_once('.').expect("a signature");
        let forged = Client {
            token: Some(format!("{message}.{}", "A".repeat(43))),
            ..app.client()
        };
        let of_the_forged = me(&forged).await;
        assert_eq!(of_the_forged.reason(), "INVALID");
        world
            .owner
            .query("mutation { logout { loggedOut } }")
            .await
            .data();
        let of_the_ended = me(&world.owner).await;
        assert_eq!(of_the_ended.body, of_the_forged.body);
        // Once the time of both is over, only the one that was made here has expired.
        app.state.clock.advance(TimeDelta::days(1));
        assert_eq!(me(&world.owner).await.reason(), "EXPIRED");
        assert_eq!(me(&forged).await.reason(), "INVALID");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_logout_the_rest_of_the_request_has_an_invalid_token() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let answer = world
            .owner
            .query(
                "mutation { logout { loggedOut } updateOrg(input: {name: \"x\"}) { org { id } } }",
            )
            .await;
        assert_eq!(answer.at("/errors/0/path"), &json!(["updateOrg"]));
        assert_eq!(answer.reason(), "INVALID");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_outlives_its_session_is_invalid() {
    let settings = [
        ("ACCESS_TOKEN_MINUTES", "1440"),
        ("REFRESH_TOKEN_DAYS", "1"),
    ];
    on_each_database_with(&settings, async |app| {
        let world = World::new(&app, "regie").await;
        app.state
            .clock
            .advance(TimeDelta::days(1) - TimeDelta::seconds(1));
        me(&world.owner).await.data();
        app.state.clock.advance(TimeDelta::seconds(1));
        assert_eq!(me(&world.owner).await.reason(), "INVALID");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_to_all_takes_an_expired_and_an_invalid_token() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        app.state.clock.advance(TimeDelta::days(1));
        let expired = world.owner.clone();
        let invalid = Client {
            token: Some("a.b.c".to_owned()),
            ..app.client()
        };
        for client in [&app.client(), &expired, &invalid] {
            let answer = client
                .query("{ invitation(token: \"none\") { status } }")
                .await;
            assert_eq!(answer.data(), &json!({"invitation": null}));
            let input = json!({"email": "owner@regie.example", "password": PASSWORD});
            let login =
                "mutation($input: LoginInput!) { login(input: $input) { role account { email } } }";
            let answer = client.gql(login, json!({"input": input})).await;
            assert_eq!(answer.data()["login"]["role"], "OWNER");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn joining_says_why_nobody_fitting_is_signed_in() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let invited = World::new(&app, "autre").await;
        let (tech, _) = world.member(Role::Tech).await;
        let invite = "mutation { inviteMember(input: {email: \"owner@autre.example\", role: TECH}) { token } }";
        let invite = world.owner.query(invite).await;
        let token = invite.str("/data/inviteMember/token");
        let join = format!("mutation {{ joinOrg(input: {{token: \"{token}\"}}) {{ role }} }}");
        for client in [&app.client(), &tech] {
            assert_eq!(client.query(&join).await.reason(), "MISSING");
        }
        app.state.clock.advance(TimeDelta::hours(1));
        assert_eq!(invited.owner.query(&join).await.reason(), "EXPIRED");
    })
    .await;
}
