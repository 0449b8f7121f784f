//! Signing up, in and out, and the cookie's routes.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::{Answer, Client, PASSWORD, World, on_each_database, on_each_database_with};

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

async fn refresh(client: &Client) -> Answer {
    client.post("/api/v1/auth/refresh", &json!({})).await
}

async fn me(client: &Client) -> Answer {
    client.query("{ me { email } myRole }").await
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

#[tokio::test(flavor = "multi_thread")]
async fn the_rest_routes_sign_in_renew_and_sign_out() {
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        let mut client = app.client();
        let body = json!({"email": "owner@regie.example", "password": PASSWORD});
        let answer = client.post("/api/v1/auth/login", &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        let cookie = answer.headers[header::SET_COOKIE]
            .to_str()
            .expect("text")
            .to_owned();
        assert!(cookie.starts_with("refresh_token="), "{cookie}");
        for attribute in [
            "HttpOnly",
            "SameSite=Lax",
            "Path=/api/v1/auth",
            "Max-Age=1209600",
        ] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "{cookie}");
        client.cookie = answer.cookie();
        client.token = Some(answer.str("/access_token").to_owned());
        me(&client).await.data();

        let renewed = refresh(&client).await;
        assert_eq!(renewed.status, StatusCode::OK, "{}", renewed.text);
        assert_ne!(renewed.cookie(), client.cookie);
        client.cookie = renewed.cookie();
        client.token = Some(renewed.str("/access_token").to_owned());
        me(&client).await.data();

        let out = client.post("/api/v1/auth/logout", &json!({})).await;
        assert_eq!(out.body, json!({"logged_out": true}));
        assert!(
            out.headers[header::SET_COOKIE]
                .to_str()
                .expect("text")
                .contains("Max-Age=0")
        );
        assert_eq!(me(&client).await.code(), "UNAUTHENTICATED");
        assert_eq!(refresh(&client).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_production_the_cookie_is_for_this_host_over_tls() {
    on_each_database_with(
        &[("APP_ENV", "production"), ("BCRYPT_COST", "10")],
        async |app| {
            World::new(&app, "regie").await;
            let body = json!({"email": "owner@regie.example", "password": PASSWORD});
            let answer = app.client().post("/api/v1/auth/login", &body).await;
            let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text");
            assert!(cookie.starts_with("__Host-refresh_token="), "{cookie}");
            for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/;"] {
                assert!(format!("{cookie};").contains(attribute), "{cookie}");
            }
            assert!(!cookie.contains("Domain"), "{cookie}");
            let out = app.client().post("/api/v1/auth/logout", &json!({})).await;
            let cleared = out.headers[header::SET_COOKIE].to_str().expect("text");
            for attribute in [
                "__Host-refresh_token=;",
                "HttpOnly",
                "Secure",
                "Path=/;",
                "Max-Age=0",
            ] {
                assert!(format!("{cleared};").contains(attribute), "{cleared}");
            }
            assert_eq!(out.headers[header::CACHE_CONTROL], "no-store");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_does_not_open_the_graphql_endpoint() {
    on_each_database(async |app| {
        let mut client = World::new(&app, "regie").await.owner;
        client.token = None;
        assert_eq!(me(&client).await.code(), "UNAUTHENTICATED");
        client.token = client
            .cookie
            .as_deref()
            .and_then(|cookie| cookie.split_once('='))
            .map(|(_, token)| token.to_owned());
        assert_eq!(me(&client).await.code(), "UNAUTHENTICATED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_origins_cannot_use_the_cookie() {
    on_each_database_with(
        &[("CORS_ALLOW_ORIGINS", "https://app.example.org")],
        async |app| {
            let world = World::new(&app, "regie").await;
            for (name, value, status) in [
                ("origin", "https://evil.example", StatusCode::FORBIDDEN),
                ("origin", "null", StatusCode::FORBIDDEN),
                (
                    "origin",
                    "https://app.example.org.evil.example",
                    StatusCode::FORBIDDEN,
                ),
                ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
                ("origin", "http://localhost:8000", StatusCode::OK),
                ("sec-fetch-site", "same-origin", StatusCode::OK),
                ("origin", "https://app.example.org", StatusCode::OK),
            ] {
                for path in ["/api/v1/auth/refresh", "/api/v1/auth/logout"] {
                    let client = world.login("owner@regie.example").await;
                    let request = client.request(Method::POST, path).header(name, value);
                    let answer = client
                        .send(request.body(Body::empty()).expect("a request"))
                        .await;
                    assert_eq!(answer.status, status, "{path} {name}: {value}");
                    // What was refused did nothing.
                    let renewed = refresh(&client).await.status == StatusCode::OK;
                    let still_there = status == StatusCode::FORBIDDEN || path.ends_with("refresh");
                    assert_eq!(renewed, still_there, "{path} {name}: {value}");
                }
            }
        },
    )
    .await;
}
