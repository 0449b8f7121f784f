//! Invitations into an organisation: made by ADMIN, taken up by token.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::schema::invitations;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{
    Answer, CREATE_USER, Client, PASSWORD, Post, TestApp, World, accept, audit, backends,
    on_each_database,
};

const INVITE: &str = "
    mutation($email: String!, $role: Role!) {
        inviteMember(input: {email: $email, role: $role}) {
            token
            invitation { id status email role expiresAt }
        }
    }
";

const JOIN: &str = "
    mutation($input: JoinOrgInput!) {
        joinOrg(input: $input) {
            accessToken role
            org { id name }
            account { email displayName }
        }
    }
";

const PREVIEW: &str = "
    query($token: String!) {
        invitation(token: $token) { status orgName role inviteeName mission { title } }
    }
";

async fn invite(client: &Client, email: &str, role: Role) -> Answer {
    client
        .gql(INVITE, json!({"email": email, "role": role.as_str()}))
        .await
}

async fn token(client: &Client, email: &str, role: Role) -> String {
    invite(client, email, role)
        .await
        .str("/data/inviteMember/token")
        .to_owned()
}

async fn join(client: &Client, token: &str, more: Value) -> Answer {
    let mut input = more;
    input["token"] = json!(token);
    client.gql(JOIN, json!({"input": input})).await
}

fn person() -> Value {
    json!({"password": PASSWORD, "displayName": "Ada"})
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_joins_with_an_account_and_their_crew_profile() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let profile = json!({"displayName": "Ada", "email": "ada@example.org"});
        let profile = world
            .owner
            .gql(CREATE_USER, json!({"input": profile}))
            .await;
        let answer = invite(&world.owner, " Ada@Example.org ", Role::Manager).await;
        let made = &answer.data()["inviteMember"]["invitation"];
        assert_eq!(
            (&made["status"], &made["email"], &made["role"]),
            (
                &json!("PENDING"),
                &json!("ada@example.org"),
                &json!("MANAGER")
            )
        );
        assert_eq!(made["expiresAt"], "2026-09-08T08:00:00Z");
        let token = answer.str("/data/inviteMember/token");

        let mut ada = app.client();
        let preview = ada.gql(PREVIEW, json!({"token": token})).await;
        assert_eq!(
            preview.data()["invitation"],
            json!({
                "status": "PENDING", "orgName": "regie", "role": "MANAGER", "inviteeName": null,
                "mission": null,
            })
        );
        for (missing, field) in [("password", "password"), ("displayName", "displayName")] {
            let mut input = person();
            input.as_object_mut().expect("an object").remove(missing);
            let answer = join(&ada, token, input).await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", field));
        }
        // Another kind of invitation is not answered with it.
        assert_eq!(accept(&ada, token).await.code(), "INVALID_TOKEN");
        let joined = join(&ada, token, person()).await;
        let payload = &joined.data()["joinOrg"];
        assert_eq!(
            (&payload["role"], &payload["org"]["id"]),
            (&json!("MANAGER"), &json!(world.org_id))
        );
        ada.sign_in(&joined, "joinOrg");
        assert!(ada.cookie.is_some());
        let own = ada
            .query("{ myRole myProfile { id version account { email } } }")
            .await;
        assert_eq!(
            own.data()["myProfile"]["id"],
            *profile.at("/data/createUser/user/id")
        );
        assert_eq!(own.data()["myProfile"]["version"], 2);
        let again = join(&app.client(), token, person()).await;
        assert_eq!(again.error(), ("INVALID_TOKEN", "token"));
        let member = invite(&world.owner, "ada@example.org", Role::Tech).await;
        assert_eq!(member.error(), ("ALREADY_EXISTS", "email"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_to_join_goes_by_mail() {
    for backend in backends() {
        let post = Post::start().await;
        let settings = [post.setting(), ("APP_URL", "https://app.coulisses.example")];
        let app = TestApp::with(backend, &settings).await;
        let world = World::new(&app, "regie").await;
        let token = token(&world.owner, "ada@example.org", Role::Tech).await;
        let mails = post.deliver(&app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, "ada@example.org");
        assert_eq!(mails[0].subject, "Invitation à rejoindre regie");
        let link = format!("https://app.coulisses.example/join?token={token}");
        assert!(mails[0].text.contains(&link), "{}", mails[0].text);
        assert!(mails[0].html.contains(&link), "{}", mails[0].html);
        // It is sent once.
        assert!(post.deliver(&app).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_account_joins_signed_in_as_that_address() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let third = World::new(&app, "tiers").await;
        let token = token(&world.owner, "owner@autre.example", Role::Tech).await;
        for client in [&app.client(), &third.owner, &world.owner] {
            assert_eq!(
                join(client, &token, person()).await.code(),
                "UNAUTHENTICATED"
            );
        }
        let joined = join(&other.owner, &token, json!({})).await;
        assert_eq!(joined.data()["joinOrg"]["org"]["name"], "regie");
        // No refresh token for an access token.
        assert!(joined.cookie().is_none());
        let client = Client {
            token: Some(joined.str("/data/joinOrg/accessToken").to_owned()),
            ..other.owner.clone()
        };
        assert_eq!(client.query("{ myRole }").await.data()["myRole"], "TECH");
        let renewed = other.owner.post("/api/v1/auth/refresh", &json!({})).await;
        let client = Client {
            token: Some(renewed.str("/access_token").to_owned()),
            ..other.owner.clone()
        };
        assert_eq!(
            client.query("{ org { name } }").await.data()["org"]["name"],
            "regie"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_invites_above_their_own_role() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (manager, _) = world.member(Role::Manager).await;
        let (admin, _) = world.member(Role::Admin).await;
        for (client, role, expected) in [
            (&manager, Role::Tech, Some("FORBIDDEN")),
            (&admin, Role::Owner, Some("FORBIDDEN")),
            (&admin, Role::Admin, None),
            (&world.owner, Role::Owner, None),
        ] {
            let answer = invite(client, "ada@example.org", role).await;
            match expected {
                Some(code) => assert_eq!(answer.code(), code, "{role:?}"),
                None => assert!(answer.data().is_object()),
            }
        }
        // Inviting again withdraws what is open, and nobody withdraws an invitation above their own role.
        let again = invite(&admin, "ada@example.org", Role::Tech).await;
        assert_eq!(again.code(), "FORBIDDEN");
        // One that nobody can use any more protects nothing.
        let over = invitations::expires_at.eq(app.state.clock.now());
        let end = diesel::update(invitations::table).set(over);
        let ended = app.state.db.write(async |conn| conn.execute(end).await);
        assert!(ended.await.expect("an update") > 0);
        let again = invite(&admin, "ada@example.org", Role::Tech).await;
        assert!(again.data().is_object());
        let odd = invite(&admin, "ada", Role::Tech).await;
        assert_eq!(odd.error(), ("BAD_USER_INPUT", "email"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_ends_after_seven_days_or_with_a_newer_one() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let old = token(&world.owner, "ada@example.org", Role::Owner).await;
        let late = token(&world.owner, "bob@example.org", Role::Tech).await;
        let new = token(&world.owner, "ada@example.org", Role::Tech).await;
        let entries = audit(&app, "inviteMember").await;
        let withdrawn = entries.iter().map(|entry| &entry.changes["status"]);
        let withdrawn: Vec<_> = withdrawn.filter(|status| !status.is_null()).collect();
        assert_eq!(withdrawn, [&json!(["PENDING", "REVOKED"])]);
        assert_eq!(entries.len(), 4, "three were made, one withdrawn");
        assert_eq!(
            join(&app.client(), &old, person()).await.code(),
            "INVALID_TOKEN"
        );
        app.state
            .clock
            .advance(TimeDelta::days(7) - TimeDelta::microseconds(1));
        assert_eq!(
            join(&app.client(), &new, person()).await.data()["joinOrg"]["role"],
            "TECH"
        );
        app.state.clock.advance(TimeDelta::microseconds(1));
        assert_eq!(
            join(&app.client(), &late, person()).await.code(),
            "INVALID_TOKEN"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_who_take_up_one_invitation_one_joins() {
    on_each_database(async |app: TestApp| {
        let world = World::new(&app, "regie").await;
        let token = token(&world.owner, "ada@example.org", Role::Tech).await;
        let tasks: Vec<_> = (0..10)
            .map(|_| {
                let (client, token) = (app.client(), token.clone());
                tokio::spawn(async move { join(&client, &token, person()).await })
            })
            .collect();
        let mut joined = 0;
        for task in tasks {
            let answer = task.await.expect("a task");
            if answer.body.get("errors").is_none() {
                joined += 1;
                continue;
            }
            let known = ["INVALID_TOKEN", "ALREADY_EXISTS", "UNAUTHENTICATED"];
            assert!(known.contains(&answer.code()), "{}", answer.text);
        }
        assert_eq!(joined, 1);
        let members = world
            .owner
            .query("{ org { members { totalCount } } }")
            .await;
        assert_eq!(members.data()["org"]["members"]["totalCount"], 2);
    })
    .await;
}
