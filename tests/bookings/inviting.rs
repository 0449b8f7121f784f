//! Inviting people to missions: whom, with what warnings, and how long a token is good.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use coulisses_crew::ids::OrgId;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use super::DAY;
use crate::support::{CREATE_AVAILABILITY, World, accept, audit, decline, key, on_each_database};

const CANDIDATES: &str = "
    query($role: ID!, $first: Int) {
        candidates(roleId: $role, first: $first) {
            hasSkill available availability
            user { id }
            overlaps { id }
        }
    }
";

#[tokio::test(flavor = "multi_thread")]
async fn inviting_is_all_or_none() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let stranger = other.user("Zoé", &[]).await;
        let (mission, role) = world.place(&world.project("P").await, DAY, 1).await;
        world.invite(&role, &[&lea]).await;

        let taken = world.try_invite(&role, &[&max, &lea]).await;
        assert_eq!(taken.error(), ("ALREADY_ASSIGNED", "userIds.1"));
        let foreign = world.try_invite(&role, &[&max, &stranger]).await;
        let random = world
            .try_invite(&role, &[&max, "user_01jdq3m5h2e8wbt4s7yv9n0k6c"])
            .await;
        assert_eq!(foreign.body["errors"], random.body["errors"]);
        assert_eq!(foreign.error(), ("NOT_FOUND", "userIds"));
        let twice = world.try_invite(&role, &[&max, &max]).await;
        assert_eq!(twice.error(), ("BAD_USER_INPUT", "userIds"));
        let none = world.try_invite(&role, &[]).await;
        assert_eq!(none.error(), ("BAD_USER_INPUT", "userIds"));
        let wrong = world.try_invite(&role, &[&max, &role]).await;
        assert_eq!(wrong.error(), ("BAD_USER_INPUT", "userIds.1"));
        let many = vec![max.as_str(); 501];
        assert_eq!(world.try_invite(&role, &many).await.code(), "BAD_REQUEST");

        let page = world
            .owner
            .gql(
                "query($id: ID!) { mission(id: $id) { assignments { id } } }",
                json!({"id": mission}),
            )
            .await;
        assert_eq!(
            page.data()["mission"]["assignments"]
                .as_array()
                .expect("a list")
                .len(),
            1
        );
        assert_eq!(audit(&app, "inviteToMission").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inviting_warns_and_invites_all_the_same() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &["sound"]).await;
        let project = world.project("P").await;
        let (_, other) = world.place(&project, DAY, 1).await;
        let elsewhere = world.invite(&other, &[&lea]).await.remove(0).0;
        let slot =
            json!({"userId": lea, "startsAt": DAY.0, "endsAt": DAY.1, "kind": "UNAVAILABLE"});
        world
            .owner
            .gql(CREATE_AVAILABILITY, json!({"input": slot}))
            .await
            .data();
        let roles = json!([{"name": "Rigger", "skill": "rigging"}]);
        let (_, roles) = world.mission(&project, DAY, roles).await;
        let answer = world.try_invite(&roles[0], &[&lea]).await;
        let warnings = "/data/inviteToMission/warnings";
        let codes = answer.texts(warnings, "/code");
        assert_eq!(codes, ["OVERLAP", "UNAVAILABLE", "MISSING_SKILL"]);
        let overlapping = answer.str(&format!("{warnings}/0/assignment/id"));
        assert_eq!(overlapping, elsewhere);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn candidates_are_ranked_by_skill_word_freedom_and_name() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        let roles = json!([{"name": "Rigger", "skill": "Rigging", "quantity": 2}, {"name": "Any"}]);
        let (_, roles) = world.mission(&project, DAY, roles).await;
        let busy = world.user("A busy", &["rigging"]).await;
        let away = world.user("B away", &["rigging"]).await;
        let free = world.user("C free", &["RIGGING"]).await;
        let said = world.user("D said", &["rigging"]).await;
        let nearly = world.user("E nearly", &["rigging"]).await;
        let unskilled = world.user("A unskilled", &[]).await;
        let asked = world.user("F asked", &["rigging"]).await;
        let (_, elsewhere) = world.place(&project, DAY, 1).await;
        world.invite(&elsewhere, &[&busy]).await;
        world.invite(&roles[0], &[&asked]).await;
        let slot = async |user: &str, kind: &str, from: &str| {
            let input = json!({"userId": user, "startsAt": from, "endsAt": DAY.1, "kind": kind});
            world
                .owner
                .gql(CREATE_AVAILABILITY, json!({"input": input}))
                .await
                .data();
        };
        slot(&said, "AVAILABLE", DAY.0).await;
        // Not all through the mission: one microsecond is missing.
        slot(&nearly, "AVAILABLE", "2026-10-10T08:00:00.000001Z").await;
        slot(&away, "UNAVAILABLE", DAY.0).await;
        let ranked = async |role: &str, first: i32| {
            world
                .owner
                .gql(CANDIDATES, json!({"role": role, "first": first}))
                .await
        };
        let answer = ranked(&roles[0], 20).await;
        let rows = answer.data()["candidates"].as_array().expect("a list");
        let order = answer.texts("/data/candidates", "/user/id");
        assert_eq!(order, [&said, &free, &nearly, &busy, &away, &unskilled]);
        assert_eq!(rows[0]["available"], true);
        assert_eq!(rows[2]["available"], false);
        assert_eq!(rows[3]["overlaps"].as_array().expect("a list").len(), 1);
        assert_eq!(rows[5]["hasSkill"], false);
        let said: Vec<_> = rows.iter().map(|row| &row["availability"]).collect();
        let (yes, no, nothing) = (json!("AVAILABLE"), json!("UNAVAILABLE"), Value::Null);
        assert_eq!(said, [&yes, &nothing, &yes, &nothing, &no, &nothing]);
        let two = ranked(&roles[0], 2).await;
        assert_eq!(
            two.data()["candidates"].as_array().expect("a list").len(),
            2
        );
        // A role without a skill is for everybody.
        let any = ranked(&roles[1], 20).await;
        assert!(
            any.data()["candidates"]
                .as_array()
                .expect("a list")
                .iter()
                .all(|row| row["hasSkill"] == true)
        );
        assert_eq!(
            ranked(&roles[0], 200).await.data()["candidates"]
                .as_array()
                .expect("a list")
                .len(),
            6
        );
        assert_eq!(ranked(&roles[0], 201).await.code(), "BAD_USER_INPUT");
        assert_eq!(ranked(&roles[0], -1).await.field(), "first");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_after_seven_days_and_that_is_no_answer() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let (_, role) = world.place(&world.project("P").await, DAY, 2).await;
        let invited = world.invite(&role, &[&lea, &max]).await;
        let nobody = app.client();
        let status = async |token: &str| {
            let page = "query($token: String!) { invitation(token: $token) { status expiresAt } }";
            let answer = nobody.gql(page, json!({"token": token})).await;
            answer.str("/data/invitation/status").to_owned()
        };
        app.state
            .clock
            .advance(TimeDelta::days(7) - TimeDelta::microseconds(1));
        assert_eq!(status(&invited[0].1).await, "PENDING");
        accept(&nobody, &invited[0].1).await.data();
        app.state.clock.advance(TimeDelta::microseconds(1));
        assert_eq!(status(&invited[1].1).await, "EXPIRED");
        assert_eq!(accept(&nobody, &invited[1].1).await.code(), "INVALID_TOKEN");
        assert_eq!(
            decline(&nobody, &invited[1].1).await.code(),
            "INVALID_TOKEN"
        );
        // Who answered in time may say so again.
        accept(&nobody, &invited[0].1).await.data();
        let owner = world.login("owner@regie.example").await;
        let page = owner
            .gql(
                "query($id: ID!) { assignment(id: $id) { status invitation { status } } }",
                json!({"id": invited[1].0}),
            )
            .await;
        assert_eq!(
            page.data()["assignment"],
            json!({"status": "INVITED", "invitation": {"status": "EXPIRED"}})
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_with_the_missions_start_when_that_is_sooner() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let times = ("2026-09-02T08:00:00Z", "2026-09-02T18:00:00Z");
        let (_, role) = world.place(&world.project("P").await, times, 1).await;
        let answer = world.try_invite(&role, &[&lea]).await;
        let expires = answer.str("/data/inviteToMission/invitations/0/invitation/expiresAt");
        assert_eq!(expires, times.0);
    })
    .await;
}

/// Tokens that are almost `token`, which is of the organisation `own`.
fn forgeries(token: &str, own: OrgId, other: OrgId) -> Vec<String> {
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).expect("base64url");
    let (org, secret) = bytes.split_at(16);
    assert_eq!((token.len(), org), (64, own.uuid().as_bytes().as_slice()));
    let made = |org: &[u8], secret: &[u8]| BASE64URL_NOPAD.encode(&[org, secret].concat());
    let mut other_secret = secret.to_vec();
    other_secret[31] ^= 1;
    vec![
        made(other.uuid().as_bytes(), secret),
        made(&[0; 16], secret),
        made(org, &other_secret),
        made(org, &secret[..31]),
        made(org, &[]),
        made(&[], secret),
        format!("{token}A"),
        token.to_lowercase(),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_token_is_null_to_read_and_invalid_to_answer() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let lea = world.user("Léa", &[]).await;
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let token = &world.invite(&role, &[&lea]).await[0].1;
        let [own, others] = [&world, &other].map(|world| key::<OrgId>(&world.org_id));

        let nobody = app.client();
        let mut tokens = forgeries(token, own, others);
        tokens.extend(["", "x", "\u{0}", &"A".repeat(43), "é"].map(str::to_owned));
        let mut statements = BTreeSet::new();
        for token in tokens {
            let before = app.db.statements();
            let page = "query($token: String!) { invitation(token: $token) { status } }";
            let page = nobody.gql(page, json!({"token": token})).await;
            assert_eq!(page.data()["invitation"], Value::Null);
            let join =
                "mutation($token: String!) { joinOrg(input: {token: $token}) { accessToken } }";
            for answer in [
                accept(&nobody, &token).await,
                decline(&nobody, &token).await,
                nobody.gql(join, json!({"token": token})).await,
            ] {
                assert_eq!(
                    (answer.code(), answer.field()),
                    ("INVALID_TOKEN", "token"),
                    "{token}"
                );
            }
            statements.insert(app.db.statements() - before);
        }
        assert_eq!(statements.len(), 1, "no token takes a way of its own");
        let answer = accept(&nobody, token).await;
        assert_eq!(answer.data()["acceptInvitation"]["status"], "ACCEPTED");
    })
    .await;
}
