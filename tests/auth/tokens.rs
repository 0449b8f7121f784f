//! Access tokens: every forgery is nobody; keys can be rotated; nothing in the database opens anything.

use base64ish::encode;
use chrono::TimeDelta;
use coulisses_crew::db::DbUrl;
use diesel::prelude::*;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::{Sha256, Sha512};

use crate::support::{
    Client, PASSWORD, REQUEST_RESET, SECRET, World, on_each_database, on_each_database_with,
};

/// Base64url, as JWTs are written.
mod base64ish {
    pub fn encode(bytes: &[u8]) -> String {
        data_encoding::BASE64URL_NOPAD.encode(bytes)
    }

    pub fn decode(text: &str) -> Vec<u8> {
        data_encoding::BASE64URL_NOPAD
            .decode(text.as_bytes())
            .expect("base64url")
    }
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).expect("three parts");
    serde_json::from_slice(&base64ish::decode(part)).expect("JSON")
}

/// What is signed of a token.
fn message(header: &Value, claims: &Value) -> String {
    let (header, claims) = (header.to_string(), claims.to_string());
    format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(claims.as_bytes())
    )
}

fn signed(header: &Value, claims: &Value, secret: &str) -> String {
    let message = message(header, claims);
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    let signature = encode(&mac.chain_update(&message).finalize().into_bytes());
    format!("{message}.{signature}")
}

/// Signed by an algorithm that the server does not use.
fn signed_with_sha512(header: &Value, claims: &Value) -> String {
    let message = message(&with(header, "alg", json!("HS512")), claims);
    let mac = Hmac::<Sha512>::new_from_slice(SECRET.as_bytes()).expect("any length");
    let signature = encode(&mac.chain_update(&message).finalize().into_bytes());
    format!("{message}.{signature}")
}

fn with(value: &Value, name: &str, new: Value) -> Value {
    let mut value = value.clone();
    value[name] = new;
    value
}

fn without(value: &Value, name: &str) -> Value {
    let mut value = value.clone();
    value.as_object_mut().expect("an object").remove(name);
    value
}

/// Why a token stands for nobody, if it does.
async fn reason(client: &Client, token: &str) -> Option<String> {
    let client = Client {
        token: Some(token.to_owned()),
        ..client.clone()
    };
    let answer = client.query("{ me { id } }").await;
    let refused = answer.body.get("errors").is_some();
    refused.then(|| answer.reason().to_owned())
}

async fn is_somebody(client: &Client, token: &str) -> bool {
    reason(client, token).await.is_none()
}

/// Tokens with another header, each with its name.
fn forged_headers(header: &Value, claims: &Value) -> Vec<(&'static str, String)> {
    let sign = |header: &Value| signed(header, claims, SECRET);
    let unsigned = |header: &Value| format!("{}.", message(header, claims));
    let changed = |name: &str, new: &str| with(header, name, json!(new));
    vec![
        ("alg none, unsigned", unsigned(&changed("alg", "none"))),
        ("alg none, signed", sign(&changed("alg", "none"))),
        ("alg None", unsigned(&changed("alg", "None"))),
        ("another algorithm named", sign(&changed("alg", "RS256"))),
        (
            "another algorithm, rightly signed",
            signed_with_sha512(header, claims),
        ),
        ("another kid", sign(&changed("kid", "0000000000000000"))),
        ("no kid", sign(&without(header, "kid"))),
        ("another typ", sign(&changed("typ", "JWT"))),
        ("no typ", sign(&without(header, "typ"))),
        (
            "crit of the unknown",
            sign(&with(header, "crit", json!(["x"]))),
        ),
        (
            "crit of what is known",
            sign(&with(header, "crit", json!(["b64"]))),
        ),
        ("crit of nothing", sign(&with(header, "crit", json!([])))),
        (
            "crit that is no list",
            sign(&with(header, "crit", json!("x"))),
        ),
    ]
}

/// Tokens with other claims, each with its name.
fn forged_claims(header: &Value, claims: &Value, other: &Value) -> Vec<(&'static str, String)> {
    let sign = |name: &str, new: Value| signed(header, &with(claims, name, new), SECRET);
    let mut forgeries = vec![
        ("exp in the past", sign("exp", json!(1_000))),
        ("exp as a text", sign("exp", json!("9999999999"))),
        ("exp as a fraction", sign("exp", json!(9_999_999_999.5))),
        ("exp huge", sign("exp", json!(u64::MAX))),
        ("another iss", sign("iss", json!("x"))),
        ("another aud", sign("aud", json!("x"))),
        ("sub of another", sign("sub", other["sub"].clone())),
        ("sub of another kind", sign("sub", claims["sid"].clone())),
        ("sid of another", sign("sid", other["sid"].clone())),
        ("org that is none", sign("org", json!("x"))),
    ];
    for name in ["exp", "iss", "aud", "sub", "sid"] {
        forgeries.push((name, signed(header, &without(claims, name), SECRET)));
    }
    forgeries
}

#[tokio::test(flavor = "multi_thread")]
async fn every_forgery_is_nobody() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let client = app.client();
        let token = world.owner.token.clone().expect("a token");
        let (header, claims) = (part(&token, 0), part(&token, 1));
        // The forger's tools work: what is signed with the secret is a token.
        assert!(is_somebody(&client, &signed(&header, &claims, SECRET)).await);

        let other_claims = part(&other.owner.token.clone().expect("a token"), 1);
        let mut forgeries = forged_headers(&header, &claims);
        forgeries.extend(forged_claims(&header, &claims, &other_claims));
        let (start, signature) = token.rsplit_once('.').expect("a signature");
        let swapped = format!("{}.{signature}", message(&header, &other_claims));
        let other_secret = "a secret of somebody else, long enough for all";
        let refresh = world.owner.cookie.clone().expect("a cookie");
        let refresh = refresh.split_once('=').expect("a value").1;
        let reset = client
            .gql(REQUEST_RESET, json!({"email": "owner@regie.example"}))
            .await;
        let reset = reset.str("/data/requestPasswordReset/resetToken");
        forgeries.extend([
            ("no signature", format!("{start}.")),
            ("another secret", signed(&header, &claims, other_secret)),
            ("another payload", swapped),
            ("nothing", String::new()),
            ("nonsense", "a.b.c".to_owned()),
            ("a refresh token", refresh.to_owned()),
            ("a reset token", reset.to_owned()),
        ]);
        for (name, forgery) in forgeries {
            // Only what was signed here can have expired.
            let expected = if name == "exp in the past" {
                "EXPIRED"
            } else {
                "INVALID"
            };
            assert_eq!(
                reason(&client, &forgery).await.as_deref(),
                Some(expected),
                "{name}"
            );
        }
        // An organisation that the account does not belong to opens nothing of it.
        let foreign = with(&claims, "org", json!(other.org_id));
        let org = signed(&header, &foreign, SECRET);
        let stranger = Client {
            token: Some(org),
            ..client.clone()
        };
        assert_eq!(stranger.query("{ org { name } }").await.code(), "FORBIDDEN");
        assert!(is_somebody(&client, &token).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secret_is_rotated_without_signing_anybody_out() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let new = (
            "SECRET_KEY",
            "the next secret of the tests, long enough as well",
        );
        let rotated = app.beside(&[new, ("SECRET_KEY_PREVIOUS", SECRET)]);
        let token = world.owner.token.clone().expect("a token");
        assert!(is_somebody(&rotated.client(), &token).await);
        let mut client = Client {
            cookie: world.owner.cookie.clone(),
            ..rotated.client()
        };
        let renewed = client.post("/api/v1/auth/refresh", &json!({})).await;
        client.cookie = renewed.cookie();
        let token = renewed.str("/access_token").to_owned();
        // The old one has done its duty.
        let done = app.beside(&[new]);
        assert!(is_somebody(&done.client(), &token).await);
        let after = Client {
            cookie: client.cookie.clone(),
            ..done.client()
        };
        assert_eq!(
            after.post("/api/v1/auth/refresh", &json!({})).await.status,
            200
        );
        // Who was away so long signs in again; another secret alone opens nothing.
        let old = Client {
            cookie: world.owner.cookie.clone(),
            ..done.client()
        };
        assert_eq!(
            old.post("/api/v1/auth/refresh", &json!({})).await.status,
            401
        );
        assert!(!is_somebody(&done.client(), &world.owner.token.clone().expect("a token")).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_algorithm_signs_and_verifies() {
    for algorithm in ["HS256", "HS384", "HS512"] {
        on_each_database_with(&[("JWT_ALG", algorithm)], async |app| {
            let world = World::new(&app, "regie").await;
            let token = world.owner.token.clone().expect("a token");
            assert_eq!(part(&token, 0)["alg"], algorithm);
            assert!(is_somebody(&app.client(), &token).await);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dump_of_the_database_holds_nothing_that_works() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let times = ("2026-10-10T08:00:00Z", "2026-10-10T18:00:00Z");
        let (_, role) = world.place(&world.project("P").await, times, 1).await;
        let invited = world.invite(&role, &[&lea]).await;
        let reset = app
            .client()
            .gql(REQUEST_RESET, json!({"email": "owner@regie.example"}))
            .await;
        app.state.clock.advance(TimeDelta::seconds(1));
        let refresh = world
            .owner
            .cookie
            .clone()
            .expect("a cookie")
            .replace("refresh_token=", "");
        let access = world.owner.token.clone().expect("a token");
        let secrets = [
            PASSWORD,
            &invited[0].1,
            reset.str("/data/requestPasswordReset/resetToken"),
            &refresh,
            access.rsplit_once('.').expect("a signature").1,
        ];
        let dump = dump(&app.database_url()).await;
        assert!(
            dump.len() > 2_000 && find(&dump, b"owner@regie.example"),
            "the dump is empty"
        );
        for secret in secrets {
            assert!(!find(&dump, secret.as_bytes()), "{secret}");
            // Nor as the bytes behind its letters.
            if let Ok(bytes) = data_encoding::BASE64URL_NOPAD.decode(secret.as_bytes()) {
                assert!(
                    !find(&dump, &bytes[bytes.len().saturating_sub(32)..]),
                    "bytes of {secret}"
                );
            }
        }
    })
    .await;
}

fn find(dump: &[u8], needle: &[u8]) -> bool {
    dump.windows(needle.len()).any(|window| window == needle)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

/// All that the database holds: the file itself, or every row as text with its bytes in the clear.
async fn dump(url: &str) -> Vec<u8> {
    match DbUrl::parse(url).expect("a URL") {
        DbUrl::Sqlite(path) => {
            let mut bytes = std::fs::read(&path).expect("the file");
            let mut wal = path.into_os_string();
            wal.push("-wal");
            bytes.extend(std::fs::read(wal).unwrap_or_default());
            bytes
        }
        DbUrl::Postgres(_) => {
            use diesel_async::RunQueryDsl as Async;
            use diesel_async::{AsyncConnection, AsyncPgConnection};
            let mut conn = AsyncPgConnection::establish(url).await.expect("PostgreSQL");
            let tables = "SELECT table_name::text AS line FROM information_schema.tables
                WHERE table_schema = 'public'";
            let tables: Vec<Row> = Async::load(diesel::sql_query(tables), &mut conn)
                .await
                .expect("tables");
            let mut bytes = Vec::new();
            for table in tables {
                let rows = format!("SELECT t::text AS line FROM {} AS t", table.line);
                let rows: Vec<Row> = Async::load(diesel::sql_query(rows), &mut conn)
                    .await
                    .expect("rows");
                for row in rows {
                    bytes.extend(row.line.as_bytes());
                    // Binary columns are printed as \\x and hexadecimal digits.
                    for hex in row.line.split("\\x").skip(1) {
                        let digits: String =
                            hex.chars().take_while(char::is_ascii_hexdigit).collect();
                        bytes.extend(
                            data_encoding::HEXLOWER
                                .decode(digits.as_bytes())
                                .unwrap_or_default(),
                        );
                    }
                }
            }
            bytes
        }
    }
}
