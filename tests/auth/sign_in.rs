//! Signing up, in and out.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{me, refresh};
use crate::support::{PASSWORD, World, on_each_database, on_each_database_with};

const LOGIN: &str = "
    mutation($input: LoginInput!) {
        login(input: $input) {
            accessToken expiresAt role
            account { email memberships { role } }
            org { id name }
        }
    }
";

const SIGN_UP: &str = "
    mutation($input: SignUpInput!) {
        signUp(input: $input) {
            accessToken role
            org { name timezone }
            account { email displayName }
        }
    }
";

fn person(changes: &Value) -> Value {
    let mut input = json!({
        "email": "ada@example.org",
        "password": PASSWORD,
        "displayName": "Ada",
        "orgName": "Régie",
    });
    for (name, value) in changes.as_object().expect("an object") {
        input[name] = value.clone();
    }
    json!({"input": input})
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_up_makes_an_account_that_owns_an_organisation() {
    on_each_database(async |app| {
        let mut client = app.client();
        let answer = client
            .gql(SIGN_UP, person(&json!({"email": " Ada@Example.ORG "})))
            .await;
        let payload = &answer.data()["signUp"];
        assert_eq!(payload["role"], "OWNER");
        assert_eq!(
            payload["org"],
            json!({"name": "Régie", "timezone": "Europe/Paris"})
        );
        assert_eq!(
            payload["account"],
            json!({"email": "ada@example.org", "displayName": "Ada"})
        );
        client.sign_in(&answer, "signUp");
        assert_eq!(
            me(&client).await.data(),
            &json!({"me": {"email": "ada@example.org"}, "myRole": "OWNER"})
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_names_its_field_and_writes_nothing() {
    on_each_database(async |app| {
        let client = app.client();
        for (field, value) in [
            ("email", "ada"),
            ("email", ""),
            ("password", "short"),
            ("password", "aaaaaaaaaaaa"),
            ("password", "ada@example.org"),
            ("displayName", "   "),
            ("orgName", ""),
            ("displayName", "Ada,\n\nyour account is blocked"),
            ("orgName", "a\tb"),
            ("timezone", "Europe/Nowhere"),
        ] {
            let answer = client.gql(SIGN_UP, person(&json!({field: value}))).await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", field), "{value:?}");
        }
        let login = client
            .gql(
                LOGIN,
                json!({"input": {"email": "ada@example.org", "password": PASSWORD}}),
            )
            .await;
        assert_eq!(login.code(), "INVALID_CREDENTIALS");
        client.gql(SIGN_UP, person(&json!({}))).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_refused_at_their_limits_and_never_cut() {
    on_each_database(async |app| {
        let client = app.client();
        let phrase =
            "zebra quilt marble lantern orchid velvet compass thunder meadow jasmine lemon";
        for (password, fits) in [
            (phrase[..71].to_owned(), true),
            (phrase[..72].to_owned(), false),
            (phrase[..73].to_owned(), false),
            (format!("{}é", &phrase[..69]), true),
            (format!("{}é", &phrase[..70]), false),
            ("kq7-vRx2_mZ".to_owned(), false),
            ("kq7-vRx2_mZp".to_owned(), true),
            ("zebra quilt\0marble lantern".to_owned(), false),
        ] {
            let name = format!("o{}", password.len() + password.chars().count() * 1000);
            let email = format!("{name}@example.org");
            let changes = json!({"password": password, "email": email, "orgName": name});
            let answer = client.gql(SIGN_UP, person(&changes)).await;
            assert_eq!(
                answer.body.get("errors").is_none(),
                fits,
                "{password:?}: {}",
                answer.text
            );
        }
        // One byte more than what was hashed is another password.
        let longer = json!({"input": {"email": "o71071@example.org", "password": &phrase[..72]}});
        assert_eq!(
            client.gql(LOGIN, longer).await.code(),
            "INVALID_CREDENTIALS"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_is_told_at_its_field_and_an_organisation_may_share_its_name() {
    on_each_database(async |app| {
        let client = app.client();
        client.gql(SIGN_UP, person(&json!({}))).await.data();
        let again = client
            .gql(
                SIGN_UP,
                person(&json!({"email": "ADA@example.org", "orgName": "Other"})),
            )
            .await;
        assert_eq!(again.error(), ("ALREADY_EXISTS", "email"));
        // Two theatres may have one name, and whoever signs up does not learn which names there are.
        for (email, name) in [("b@example.org", "Régie"), ("c@example.org", "REGIE")] {
            let same_name = person(&json!({"email": email, "orgName": name}));
            client.gql(SIGN_UP, same_name).await.data();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_up_can_be_switched_off() {
    on_each_database_with(&[("SIGNUP_ENABLED", "false")], async |app| {
        let answer = app.client().gql(SIGN_UP, person(&json!({}))).await;
        assert_eq!(answer.code(), "FORBIDDEN");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_and_a_wrong_password_answer_the_same() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let login = async |email: &str, password: &str| {
            world
                .owner
                .gql(
                    LOGIN,
                    json!({"input": {"email": email, "password": password}}),
                )
                .await
        };
        let unknown = login("nobody@regie.example", PASSWORD).await;
        let wrong = login("owner@regie.example", "wrong horse battery staple").await;
        assert_eq!(unknown.code(), "INVALID_CREDENTIALS");
        assert_eq!(unknown.body, wrong.body);
        for odd in ["", "\u{0}", &"x".repeat(10_000)] {
            assert_eq!(login(odd, PASSWORD).await.body, wrong.body);
            assert_eq!(login("owner@regie.example", odd).await.body, wrong.body);
        }
        assert_eq!(
            login(" OWNER@regie.example ", PASSWORD).await.data()["login"]["role"],
            "OWNER"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn login_leads_to_an_organisation_of_ones_own_only() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let login = async |org: &str| {
            let input = json!({"email": "owner@regie.example", "password": PASSWORD, "orgId": org});
            world.owner.gql(LOGIN, json!({"input": input})).await
        };
        assert_eq!(
            login(&world.org_id).await.data()["login"]["org"]["id"],
            json!(world.org_id)
        );
        let foreign = login(&other.org_id).await;
        let random = login("org_01jdq3m5h2e8wbt4s7yv9n0k6c").await;
        assert_eq!(foreign.body["errors"], random.body["errors"]);
        assert_eq!(foreign.error(), ("NOT_FOUND", "orgId"));
        assert_eq!(
            login("user_01jdq3m5h2e8wbt4s7yv9n0k6c").await.code(),
            "BAD_USER_INPUT"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_both_tokens_at_once() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        me(&world.owner).await.data();
        let answer = world.owner.query("mutation { logout { loggedOut } }").await;
        assert_eq!(answer.data()["logout"]["loggedOut"], true);
        assert_eq!(answer.cookie().as_deref(), Some("refresh_token="));
        assert_eq!(me(&world.owner).await.code(), "UNAUTHENTICATED");
        let refused = refresh(&world.owner).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert_eq!(refused.str("/error/code"), "INVALID_TOKEN");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_ends_after_its_minutes() {
    on_each_database_with(&[("ACCESS_TOKEN_MINUTES", "15")], async |app| {
        let world = World::new(&app, "regie").await;
        // A leeway of 5 s, for clocks that differ.
        app.state
            .clock
            .advance(TimeDelta::minutes(15) + TimeDelta::seconds(4));
        me(&world.owner).await.data();
        app.state.clock.advance(TimeDelta::seconds(1));
        assert_eq!(me(&world.owner).await.code(), "UNAUTHENTICATED");
    })
    .await;
}
