//! IPv6 gives a stranger as many addresses as they like. Whoever attacks from them locks nobody out.

use std::net::IpAddr;

use axum::http::StatusCode;
use chrono::TimeDelta;
use coulisses_crew::address::Address;
use coulisses_crew::crypto::Asker;
use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Answer, LOGIN, PASSWORD, TestApp, World, on_each_database_with};

const ON: [(&str, &str); 2] = [("THROTTLE_ENABLED", "true"), ("TRUSTED_PROXIES", "1")];
const OWNER: &str = "owner@regie.example";
const HOME: &str = "198.51.100.7";

async fn login(app: &TestApp, address: &str, email: &str, password: &str) -> Answer {
    let mut client = app.client();
    client.forwarded = Some(address.to_owned());
    let variables = json!({"email": email, "password": password});
    client.gql(LOGIN, variables).await
}

/// Signs in with a wrong password from networks with these prefixes, and counts how many passwords were compared.
async fn guess(app: &TestApp, prefixes: impl Iterator<Item = String>) -> usize {
    let attempts = prefixes.enumerate().map(async |(i, prefix)| {
        let email = format!("p{i}@x.example");
        let answer = login(app, &format!("{prefix}::1"), &email, "wrong").await;
        match answer.code() {
            "INVALID_CREDENTIALS" => 1,
            code => {
                assert_eq!(code, "RATE_LIMITED");
                0
            }
        }
    });
    let mut compared = 0;
    for attempt in attempts {
        compared += attempt.await;
    }
    compared
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signed_in_before_signs_in_while_48_networks_guess_the_password() {
    on_each_database_with(&ON, async |app| {
        World::new(&app, "regie").await;
        login(&app, HOME, OWNER, PASSWORD).await.data();
        let attack = (0..480).map(|i| {
            let address = format!("2001:db8:0:{:x}::{i:x}", i % 48);
            let app = &app;
            async move { login(app, &address, OWNER, "wrong").await.code().to_owned() }
        });
        let codes = join_all(attack).await;
        let compared = codes.iter().filter(|code| *code == "INVALID_CREDENTIALS");
        assert!(compared.count() <= 10);
        // The tenth is from the first sign-in.
        for _ in 1..10 {
            login(&app, HOME, OWNER, PASSWORD).await.data();
        }
        assert_eq!(
            login(&app, HOME, OWNER, PASSWORD).await.code(),
            "RATE_LIMITED"
        );
        // Somewhere else, the owner is a stranger. That passes.
        let elsewhere = "198.51.100.8";
        assert_eq!(
            login(&app, elsewhere, OWNER, PASSWORD).await.code(),
            "RATE_LIMITED"
        );
        app.state.clock.advance(TimeDelta::seconds(90));
        login(&app, elsewhere, OWNER, PASSWORD).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_networks_around_an_address_have_larger_allowances() {
    on_each_database_with(&ON, async |app| {
        // Networks of 64 bits in one of 56.
        let site = |site: u32| (0..42).map(move |i| format!("2001:db8:0:{:x}", site * 256 + i));
        assert_eq!(guess(&app, site(0)).await, 40);
        // One of 48 bits.
        let company = (1..5).flat_map(site);
        assert_eq!(guess(&app, company).await, 120);
        assert_eq!(
            guess(&app, std::iter::once("2001:db8:1:0".to_owned())).await,
            1
        );
        // One of 64.
        let client = (0..11).map(|_| "2001:db8:2:0".to_owned());
        assert_eq!(guess(&app, client).await, 10);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_before_the_password_is_compared_does_not_count_against_the_account() {
    on_each_database_with(&ON, async |app| {
        World::new(&app, "regie").await;
        login(&app, HOME, OWNER, PASSWORD).await.data();
        app.state.clock.advance(TimeDelta::seconds(90));
        let askers =
            (0..64_u8).map(|i| Asker::at(Address::new(Some(IpAddr::from([192, 0, 2, i])))));
        let full: Vec<_> = askers
            .flat_map(|asker| std::iter::repeat_with(move || asker).take(8))
            .filter_map(|asker| app.state.passwords.queue(asker).ok())
            .collect();
        assert!(full.len() > 8);
        for i in 0..12 {
            let refused = login(&app, &format!("203.0.113.{i}"), OWNER, "wrong").await;
            assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(refused.code(), "UNAVAILABLE");
            assert_eq!(refused.at("/errors/0/extensions/retryAfterSeconds"), 1);
        }
        // A part of the queue is kept for those whom the account knows.
        login(&app, HOME, OWNER, PASSWORD).await.data();
        drop(full);
        for i in 0..10 {
            let wrong = login(&app, &format!("203.0.113.{i}"), OWNER, "wrong").await;
            assert_eq!(wrong.code(), "INVALID_CREDENTIALS");
        }
        let refused = login(&app, "203.0.113.99", OWNER, "wrong").await;
        assert_eq!(refused.code(), "RATE_LIMITED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_knows_an_address_for_thirty_days() {
    on_each_database_with(&ON, async |app| {
        World::new(&app, "regie").await;
        let guesses = async || {
            for i in 0..10 {
                login(&app, &format!("203.0.113.{i}"), OWNER, "wrong").await;
            }
            login(&app, HOME, OWNER, PASSWORD).await
        };
        login(&app, HOME, OWNER, PASSWORD).await.data();
        app.state
            .clock
            .advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        guesses().await.data();
        app.state.clock.advance(TimeDelta::days(30));
        assert_eq!(guesses().await.code(), "RATE_LIMITED");
        // A clock that was ahead does not make an account know an address for longer.
        app.state.clock.advance(TimeDelta::days(100));
        login(&app, HOME, OWNER, PASSWORD).await.data();
        app.state.clock.advance(TimeDelta::days(-50));
        assert_eq!(guesses().await.code(), "RATE_LIMITED");
    })
    .await;
}
