//! Devices: who is signed in where, and how that ends.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::refresh;
use crate::support::{Answer, Client, LOGIN, PASSWORD, TestApp, World, join, on_each_database};

const SESSIONS: &str =
    "{ me { sessions { id createdAt lastUsedAt expiresAt userAgent current } } }";
const NEW: &str = "another long and winding phrase";
const REVOKE: &str = "mutation($id: ID!) { revokeSession(input: {sessionId: $id}) { sessionId } }";

const SWITCH: &str = "
    mutation($id: ID!) {
        switchOrg(input: {orgId: $id}) { accessToken role org { id } account { email } }
    }
";

async fn login_from(app: &TestApp, email: &str, agent: &str) -> Client {
    let mut client = app.client();
    let query = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }";
    let body =
        json!({"query": query, "variables": {"input": {"email": email, "password": PASSWORD}}});
    let request = client
        .request(Method::POST, "/graphql")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, agent)
        .body(Body::from(body.to_string()))
        .expect("a request");
    let answer = client.send(request).await;
    client.sign_in(&answer, "login");
    client
}

fn list(answer: &Answer) -> &Vec<Value> {
    answer.data()["me"]["sessions"].as_array().expect("a list")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_device_shows_up_with_its_user_agent() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        app.state.clock.advance(chrono::TimeDelta::seconds(1));
        let long = "x".repeat(300);
        let phone = login_from(&app, "owner@regie.example", &long).await;
        let answer = phone.query(SESSIONS).await;
        let sessions = list(&answer);
        assert_eq!(sessions.len(), 2);
        assert_eq!(sessions[0]["userAgent"], json!("x".repeat(255)));
        assert_eq!(sessions[0]["current"], true);
        assert_eq!(sessions[0]["createdAt"], "2026-09-01T08:00:01Z");
        assert_eq!(sessions[0]["expiresAt"], "2026-09-15T08:00:01Z");
        assert_eq!(
            (&sessions[1]["userAgent"], &sessions[1]["current"]),
            (&Value::Null, &json!(false))
        );
        let seen_by_first = world.owner.query(SESSIONS).await;
        assert_eq!(list(&seen_by_first)[1]["current"], true);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_session_ends_at_the_next_request() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        app.state.clock.advance(chrono::TimeDelta::seconds(1));
        let phone = login_from(&app, "owner@regie.example", "phone").await;
        let answer = world.owner.query(SESSIONS).await;
        let id = list(&answer)[0]["id"].clone();
        world.owner.gql(REVOKE, json!({"id": id})).await.data();
        assert_eq!(phone.query("{ me { id } }").await.code(), "UNAUTHENTICATED");
        assert_eq!(refresh(&phone).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(list(&world.owner.query(SESSIONS).await).len(), 1);
        assert_eq!(
            world.owner.gql(REVOKE, json!({"id": id})).await.code(),
            "NOT_FOUND"
        );
        // One's own, too.
        let answer = world.owner.query(SESSIONS).await;
        let own = world
            .owner
            .gql(REVOKE, json!({"id": list(&answer)[0]["id"]}))
            .await;
        own.data();
        assert_eq!(own.cookie().as_deref(), Some("refresh_token="));
        assert_eq!(
            world.owner.query("{ me { id } }").await.code(),
            "UNAUTHENTICATED"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_sees_or_ends_the_session_of_another() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let answer = other.owner.query(SESSIONS).await;
        let id = list(&answer)[0]["id"].as_str().expect("an id").to_owned();
        let foreign = world.owner.gql(REVOKE, json!({"id": id})).await;
        let random = world
            .owner
            .gql(REVOKE, json!({"id": "session_01jdq3m5h2e8wbt4s7yv9n0k6c"}))
            .await;
        assert_eq!(foreign.error(), ("NOT_FOUND", "sessionId"));
        assert_eq!(foreign.body, random.body);
        other.owner.query("{ me { id } }").await.data();
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(
            world.owner.gql(node, json!({"id": id})).await.data()["node"],
            Value::Null
        );
        assert_eq!(
            other.owner.gql(node, json!({"id": id})).await.data()["node"]["id"],
            json!(id)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_moves_the_session_and_the_next_login() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let refused = world.owner.gql(SWITCH, json!({"id": other.org_id})).await;
        let random = world
            .owner
            .gql(SWITCH, json!({"id": "org_01jdq3m5h2e8wbt4s7yv9n0k6c"}))
            .await;
        assert_eq!(refused.error(), ("NOT_FOUND", "orgId"));
        assert_eq!(refused.body["errors"], random.body["errors"]);

        join(&app, &other.org_id, &world.owner, Role::Tech).await;
        let mut client = world.owner.clone();
        let answer = client.gql(SWITCH, json!({"id": other.org_id})).await;
        assert_eq!(answer.data()["switchOrg"]["role"], "TECH");
        // A stolen access token must not become a refresh token.
        assert!(answer.headers.get(header::SET_COOKIE).is_none());
        client.token = Some(answer.str("/data/switchOrg/accessToken").to_owned());
        assert_eq!(client.query("{ myRole }").await.data()["myRole"], "TECH");
        // The token made before keeps its organisation.
        assert_eq!(
            world.owner.query("{ myRole }").await.data()["myRole"],
            "OWNER"
        );
        // The cookie follows.
        let renewed = refresh(&client).await;
        client.token = Some(renewed.str("/access_token").to_owned());
        assert_eq!(client.query("{ myRole }").await.data()["myRole"], "TECH");
        // So does the next login.
        let next = world.login("owner@regie.example").await;
        assert_eq!(next.query("{ myRole }").await.data()["myRole"], "TECH");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_make_accounts_and_end_sessions() {
    use coulisses_crew::domains::auth::service::operator;
    use coulisses_crew::domains::orgs::model::Language;
    use coulisses_crew::domains::orgs::service::NewOrg;
    on_each_database(async |app| {
        let state = &app.state;
        let org = NewOrg {
            name: "Régie".into(),
            timezone: "Europe/Paris".into(),
            language: Language::default(),
        };
        let password = PASSWORD.to_owned();
        operator::create_account(state, "Ada@Example.org", "Ada", password.clone(), Some(org))
            .await
            .expect("an account");
        let again = operator::create_account(state, "ada@example.org", "Ada", password, None).await;
        assert_eq!(again.expect_err("taken").code.as_str(), "ALREADY_EXISTS");
        let client = login_from(&app, "ada@example.org", "laptop").await;
        assert_eq!(client.query("{ myRole }").await.data()["myRole"], "OWNER");
        let open = operator::list_sessions(state, "ada@example.org")
            .await
            .expect("sessions");
        assert_eq!(open.len(), 1);
        assert_eq!(open[0].user_agent.as_deref(), Some("laptop"));
        assert_eq!(
            operator::revoke_sessions(state, "ada@example.org")
                .await
                .expect("a count"),
            1
        );
        assert_eq!(
            client.query("{ me { id } }").await.code(),
            "UNAUTHENTICATED"
        );
        operator::set_password(state, "ada@example.org", NEW.to_owned())
            .await
            .expect("a password");
        let old = app
            .client()
            .gql(
                LOGIN,
                json!({"email": "ada@example.org", "password": PASSWORD}),
            )
            .await;
        assert_eq!(old.code(), "INVALID_CREDENTIALS");
        app.client()
            .gql(LOGIN, json!({"email": "ada@example.org", "password": NEW}))
            .await
            .data();
        let nobody = operator::revoke_sessions(state, "nobody@example.org").await;
        assert_eq!(nobody.expect_err("nobody").code.as_str(), "NOT_FOUND");
    })
    .await;
}
