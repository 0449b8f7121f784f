//! Resetting and changing passwords.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{
    Answer, CONFIRM_RESET, Client, LOGIN, PASSWORD, REQUEST_RESET, TestApp, World, backends,
    on_each_database, on_each_database_with, smtp_sink,
};

const NEW: &str = "another long and winding phrase";
const OWNER: &str = "owner@regie.example";

const CHANGE: &str = "
    mutation($old: String!, $new: String!) {
        changePassword(input: {currentPassword: $old, newPassword: $new}) { account { id } }
    }
";

async fn token(client: &Client) -> String {
    let answer = client.gql(REQUEST_RESET, json!({"email": OWNER})).await;
    answer
        .str("/data/requestPasswordReset/resetToken")
        .to_owned()
}

async fn confirm(client: &Client, token: &str, new: &str) -> Answer {
    client
        .gql(CONFIRM_RESET, json!({"token": token, "new": new}))
        .await
}

async fn can_login(client: &Client, password: &str) -> bool {
    let answer = client
        .gql(LOGIN, json!({"email": OWNER, "password": password}))
        .await;
    answer.body.get("errors").is_none()
}

async fn is_signed_in(client: &Client) -> bool {
    client
        .query("{ me { id } }")
        .await
        .body
        .get("errors")
        .is_none()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_sets_the_password_once_and_ends_every_session() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let phone = world.login(OWNER).await;
        let nobody = app.client();
        let (first, second) = (token(&nobody).await, token(&nobody).await);
        let weak = confirm(&nobody, &first, "short").await;
        assert_eq!(weak.error(), ("BAD_USER_INPUT", "newPassword"));
        let answer = confirm(&nobody, &first, NEW).await;
        assert_eq!(
            answer.data()["confirmPasswordReset"]["account"]["email"],
            OWNER
        );
        // Nobody is signed in by it, and everybody is signed out.
        assert_eq!(answer.cookie().as_deref(), Some("refresh_token="));
        for client in [&world.owner, &phone] {
            assert!(!is_signed_in(client).await);
            let refused = client.post("/api/v1/auth/refresh", &json!({})).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        }
        assert!(!can_login(&nobody, PASSWORD).await);
        assert!(can_login(&nobody, NEW).await);
        // It works once, and made the other one worthless.
        for used in [&first, &second] {
            let again = confirm(&nobody, used, "yet another long phrase to use").await;
            assert_eq!(again.error(), ("INVALID_TOKEN", "token"));
        }
        assert!(can_login(&nobody, NEW).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_token_is_good_for_thirty_minutes() {
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        let nobody = app.client();
        let (late, in_time) = (token(&nobody).await, token(&nobody).await);
        app.state
            .clock
            .advance(TimeDelta::minutes(30) - TimeDelta::microseconds(1));
        confirm(&nobody, &in_time, NEW).await.data();
        let other = token(&nobody).await;
        app.state.clock.advance(TimeDelta::minutes(30));
        for token in [&late, &other, "", "x", "\u{0}"] {
            assert_eq!(
                confirm(&nobody, token, PASSWORD).await.code(),
                "INVALID_TOKEN"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_redemptions_of_one_token_one_succeeds() {
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        let token = token(&app.client()).await;
        // As many as may wait for the hashing of a password, also where there is only one core.
        let tasks: Vec<_> = (0..8)
            .map(|i| {
                let (client, token) = (app.client(), token.clone());
                tokio::spawn(async move {
                    confirm(&client, &token, &format!("winding phrase of number {i}")).await
                })
            })
            .collect();
        let mut winners = Vec::new();
        for (i, task) in tasks.into_iter().enumerate() {
            let answer = task.await.expect("a task");
            match answer.body.get("errors") {
                None => winners.push(i),
                Some(_) => assert_eq!(answer.code(), "INVALID_TOKEN"),
            }
        }
        assert_eq!(winners.len(), 1);
        let password = format!("winding phrase of number {}", winners[0]);
        assert!(can_login(&app.client(), &password).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_reset_tells_nobody_who_has_an_account() {
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        let unknown = app
            .client()
            .gql(REQUEST_RESET, json!({"email": "nobody@regie.example"}))
            .await;
        let accepted = json!({"requestPasswordReset": {"accepted": true, "resetToken": null}});
        assert_eq!(unknown.data(), &accepted);
        let odd = app
            .client()
            .gql(REQUEST_RESET, json!({"email": "nobody"}))
            .await;
        assert_eq!(odd.error(), ("BAD_USER_INPUT", "email"));
    })
    .await;
    // Without a mail server, production does not pretend.
    let settings = [("APP_ENV", "production"), ("BCRYPT_COST", "10")];
    on_each_database_with(&settings, async |app| {
        for email in ["nobody@regie.example", "x"] {
            let answer = app
                .client()
                .gql(REQUEST_RESET, json!({"email": email}))
                .await;
            assert_eq!(answer.code(), "FORBIDDEN");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_password_ends_all_other_sessions() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let phone = world.login(OWNER).await;
        let change = async |old: &str, new: &str| {
            world
                .owner
                .gql(CHANGE, json!({"old": old, "new": new}))
                .await
        };
        let wrong = change("wrong horse battery staple", NEW).await;
        assert_eq!(wrong.error(), ("INVALID_CREDENTIALS", "currentPassword"));
        let weak = change(PASSWORD, "owner@regie.example").await;
        assert_eq!(weak.error(), ("BAD_USER_INPUT", "newPassword"));
        assert!(is_signed_in(&phone).await);
        change(PASSWORD, NEW).await.data();
        assert!(is_signed_in(&world.owner).await);
        assert!(!is_signed_in(&phone).await);
        assert!(can_login(&app.client(), NEW).await);
        assert!(!can_login(&app.client(), PASSWORD).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_wins_over_what_is_in_flight_with_the_old_one() {
    use coulisses_crew::domains::auth::service::operator;
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        for round in 0..12 {
            let old = if round == 0 {
                PASSWORD.to_owned()
            } else {
                format!("phrase of round {round}")
            };
            let new = format!("phrase of round {}", round + 1);
            let mut changer = app.client();
            let variables = json!({"email": OWNER, "password": old});
            let signed_in = changer.gql(LOGIN, variables.clone()).await;
            changer.sign_in(&signed_in, "login");
            let logins: Vec<_> = (0..4)
                .map(|_| {
                    let (client, variables) = (app.client(), variables.clone());
                    tokio::spawn(async move { client.gql(LOGIN, variables).await })
                })
                .collect();
            let change = {
                let (client, old) = (changer.clone(), old.clone());
                let variables = json!({"old": old, "new": "what the attacker would have chosen"});
                tokio::spawn(async move { client.gql(CHANGE, variables).await })
            };
            operator::set_password(&app.state, OWNER, new.clone())
                .await
                .expect("a new password");
            for login in logins {
                let answer = login.await.expect("a task");
                if answer.body.get("errors").is_none() {
                    let mut client = app.client();
                    client.sign_in(&answer, "login");
                    assert!(
                        !is_signed_in(&client).await,
                        "a session with the old password"
                    );
                }
            }
            change.await.expect("a task");
            assert!(!is_signed_in(&changer).await);
            assert!(
                can_login(&app.client(), &new).await,
                "round {round}: the new password holds"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changing_the_password_makes_reset_tokens_worthless() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let token = token(&app.client()).await;
        world
            .owner
            .gql(CHANGE, json!({"old": PASSWORD, "new": NEW}))
            .await
            .data();
        assert_eq!(
            confirm(&app.client(), &token, PASSWORD).await.code(),
            "INVALID_TOKEN"
        );
        assert!(can_login(&app.client(), NEW).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_in_development_that_others_reach_shows_no_token() {
    on_each_database_with(&[("HOST", "0.0.0.0")], async |app| {
        World::new(&app, "regie").await;
        let answer = app
            .client()
            .gql(REQUEST_RESET, json!({"email": OWNER}))
            .await;
        assert_eq!(
            answer.data()["requestPasswordReset"]["resetToken"],
            Value::Null
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_production_the_token_goes_by_mail_and_never_into_the_answer() {
    for backend in backends() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let settings = [
            ("APP_ENV", "production"),
            ("BCRYPT_COST", "10"),
            ("SMTP_URL", url.as_str()),
            ("MAIL_FROM", "Coulisses <crew@coulisses.example>"),
            ("APP_URL", "https://app.coulisses.example/"),
        ];
        let app = TestApp::with(backend, &settings).await;
        World::new(&app, "regie").await;
        let sink = tokio::spawn(smtp_sink(listener));
        let answer = app
            .client()
            .gql(REQUEST_RESET, json!({"email": OWNER}))
            .await;
        assert_eq!(
            answer.data()["requestPasswordReset"]["resetToken"],
            Value::Null
        );
        let mail = sink.await.expect("a mail");
        assert!(
            mail.contains("> MAIL FROM:<crew@coulisses.example>"),
            "{mail}"
        );
        assert!(mail.contains(&format!("> RCPT TO:<{OWNER}>")), "{mail}");
        let link = "https://app.coulisses.example/reset-password?token=";
        let (_, rest) = mail
            .split_once(link)
            .unwrap_or_else(|| panic!("no link in {mail}"));
        let token = rest.split_whitespace().next().expect("a token");
        confirm(&app.client(), token, NEW).await.data();
        assert!(can_login(&app.client(), NEW).await);
    }
}
