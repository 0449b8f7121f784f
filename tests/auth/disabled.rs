//! Accounts that the operator disables, enables and lists.

use axum::http::StatusCode;
use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::domains::auth::model::Account;
use coulisses_crew::domains::auth::service::operator;
use coulisses_crew::domains::orgs::model::Membership;
use coulisses_crew::ids::OrgId;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use serde_json::json;

use super::{me, refresh};
use crate::support::{
    Answer, CONFIRM_RESET, Client, LOGIN, PASSWORD, REQUEST_RESET, TestApp, World, key,
    on_each_database,
};

const OWNER: &str = "owner@regie.example";

const INVITE: &str = r#"
    mutation { inviteMember(input: {email: "ada@example.org", role: TECH}) { token } }
"#;

const JOIN: &str = r#"
    mutation($token: String!) {
        joinOrg(input: {token: $token, password: "correct horse battery staple", displayName: "Ada"}) {
            role
        }
    }
"#;

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    let variables = json!({"email": email, "password": password});
    client.gql(LOGIN, variables).await
}

async fn reset_token(client: &Client) -> Option<String> {
    let answer = client.gql(REQUEST_RESET, json!({"email": OWNER})).await;
    let payload = &answer.data()["requestPasswordReset"];
    assert_eq!(payload["accepted"], true);
    payload["resetToken"].as_str().map(str::to_owned)
}

/// How many sign-ins were refused, by the reason that the operator is told.
fn counted(app: &TestApp) -> Vec<(String, u32)> {
    let (mut registry, mut text) = (Registry::default(), String::new());
    app.state.metrics.register(&mut registry);
    encode(&mut text, &registry).expect("the metrics");
    let samples = text
        .lines()
        .filter_map(|line| line.strip_prefix("sign_ins_refused_total{reason=\""));
    let mut counts: Vec<_> = samples
        .filter_map(|sample| sample.split_once("\"} "))
        .map(|(reason, count)| (reason.to_owned(), count.parse().expect("a count")))
        .collect();
    counts.sort_unstable();
    counts
}

async fn disable(app: &TestApp) -> usize {
    let ended = operator::disable_account(&app.state, OWNER).await;
    ended.expect("a disabled account")
}

async fn enable(app: &TestApp) {
    let enabled = operator::enable_account(&app.state, OWNER).await;
    enabled.expect("an enabled account");
}

#[tokio::test(flavor = "multi_thread")]
async fn disabling_an_account_ends_its_sessions_and_nobody_can_sign_in_to_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let phone = world.login(OWNER).await;
        let token = reset_token(&app.client()).await.expect("a token");
        assert_eq!(disable(&app).await, 2);
        for client in [&world.owner, &phone] {
            assert_eq!(me(client).await.reason(), "INVALID");
            let renewed = refresh(client).await;
            assert_eq!(renewed.status, StatusCode::UNAUTHORIZED);
            assert_eq!(renewed.str("/error/code"), "INVALID_TOKEN");
        }
        let refused = login(&app.client(), OWNER, PASSWORD).await;
        assert_eq!(counted(&app), [("disabled account".to_owned(), 1)]);
        let wrong = login(&app.client(), OWNER, "wrong").await;
        let both = ["disabled account", "wrong password"].map(|reason| (reason.to_owned(), 1));
        assert_eq!(counted(&app), both);
        assert_eq!(refused.code(), "INVALID_CREDENTIALS");
        assert_eq!(refused.body["errors"], wrong.body["errors"]);
        // Neither a token that was sent before nor a new one helps.
        let reset = json!({"token": token, "new": "another long and winding phrase"});
        let confirmed = app.client().gql(CONFIRM_RESET, reset).await;
        assert_eq!(confirmed.code(), "INVALID_TOKEN");
        assert_eq!(reset_token(&app.client()).await, None);
        // Disabling it again changes nothing.
        assert_eq!(disable(&app).await, 0);

        enable(&app).await;
        enable(&app).await;
        assert_eq!(
            me(&phone).await.reason(),
            "INVALID",
            "a session stays ended"
        );
        login(&app.client(), OWNER, PASSWORD).await.data();
        let owner = world.owner_again().await;
        let log = owner.query("{ auditLog { nodes { action } } }").await;
        let actions = log.texts("/data/auditLog/nodes", "/action");
        for action in ["disableAccount", "enableAccount"] {
            let times = actions.iter().filter(|told| **told == action).count();
            assert_eq!(times, 1, "{action}: {}", log.text);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_to_a_disabled_account_does_the_work_of_a_wrong_password() {
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        let client = app.client();
        let statements = async |password| {
            let before = app.db.statements();
            let refused = login(&client, OWNER, password).await;
            assert_eq!(refused.code(), "INVALID_CREDENTIALS");
            app.db.statements() - before
        };
        let wrong = statements("wrong").await;
        disable(&app).await;
        assert_eq!(statements(PASSWORD).await, wrong);
        assert_eq!(statements("wrong").await, wrong);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_session_outlives_the_disabling_of_its_account() {
    on_each_database(async |app| {
        World::new(&app, "regie").await;
        for round in 0..8 {
            let token = reset_token(&app.client()).await.expect("a token");
            let logins: Vec<_> = (0..4)
                .map(|_| {
                    let client = app.client();
                    tokio::spawn(async move { login(&client, OWNER, PASSWORD).await })
                })
                .collect();
            let reset = {
                let client = app.client();
                let reset = json!({"token": token, "new": PASSWORD});
                tokio::spawn(async move { client.gql(CONFIRM_RESET, reset).await })
            };
            let renewed = {
                let mut client = app.client();
                let signed_in = login(&client, OWNER, PASSWORD).await;
                if signed_in.body.get("errors").is_none() {
                    client.sign_in(&signed_in, "login");
                }
                tokio::spawn(async move { (refresh(&client).await, client) })
            };
            disable(&app).await;
            for task in logins {
                let answer = task.await.expect("a task");
                if answer.body.get("errors").is_none() {
                    let mut client = app.client();
                    client.sign_in(&answer, "login");
                    assert_eq!(me(&client).await.code(), "UNAUTHENTICATED", "round {round}");
                }
            }
            reset.await.expect("a task");
            let (_, client) = renewed.await.expect("a task");
            assert_eq!(me(&client).await.code(), "UNAUTHENTICATED", "round {round}");
            let open = operator::list_sessions(&app.state, OWNER).await;
            assert_eq!(open.expect("sessions").len(), 0, "round {round}");
            enable(&app).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_to_join_is_worth_nothing_while_its_maker_is_disabled() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let invited = world.owner.query(INVITE).await;
        let token = json!({"token": invited.str("/data/inviteMember/token")});
        disable(&app).await;
        let refused = app.client().gql(JOIN, token.clone()).await;
        assert_eq!(refused.code(), "INVALID_TOKEN");
        enable(&app).await;
        let joined = app.client().gql(JOIN, token).await;
        assert_eq!(joined.data()["joinOrg"]["role"], "TECH");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_list_accounts_and_the_members_of_an_organisation() {
    on_each_database(async |app| {
        // Ids of one instant have no order.
        let later = || app.state.clock.advance(TimeDelta::seconds(1));
        let one = World::new(&app, "regie").await;
        later();
        let two = World::new(&app, "two").await;
        later();
        one.member(Role::Manager).await;
        disable(&app).await;
        // As the operator's commands connect, and not as the tests do.
        let state = app.state.with_db(app.db.clone());
        let mut all = operator::list_accounts(&state, None).await.expect("all");
        assert_eq!(all.len(), 3);
        assert!(all[0].0.disabled_at.is_some() && all[1].0.is_enabled());
        assert!(all.iter().all(|(_, memberships)| memberships.len() == 1));
        let first = all.remove(0).0;
        let rest = operator::list_accounts(&state, Some(first.id)).await;
        let ids = |list: &[(Account, Vec<Membership>)]| -> Vec<_> {
            list.iter().map(|(account, _)| account.id).collect()
        };
        assert_eq!(ids(&rest.expect("the rest")), ids(&all));
        let of = async |world: &World<'_>, after| {
            let org_id = key::<OrgId>(&world.org_id);
            operator::list_members(&state, org_id, after).await
        };
        let members = of(&one, None).await.expect("members");
        let roles: Vec<_> = members.iter().map(|(_, row)| row.role).collect();
        assert_eq!(roles, [Role::Owner, Role::Manager]);
        let rest = of(&one, Some(members[0].1.id)).await.expect("the rest");
        assert_eq!(rest[0].0.id, members[1].0.id);
        assert_eq!(of(&two, None).await.expect("members").len(), 1);
        let nobody = app.state.random.id(app.state.clock.now());
        let missing = operator::list_members(&state, nobody, None).await;
        assert_eq!(missing.expect_err("none").code.as_str(), "NOT_FOUND");
    })
    .await;
}
