//! No secret ever comes into the log.

use std::collections::BTreeSet;

use coulisses_crew::access::Role;
use coulisses_crew::db::schema::{accounts, audit_log, invitations, password_resets};
use coulisses_crew::db::types::Json;
use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{
    Answer, CONFIRM_RESET, Client, LOGIN, PASSWORD, REQUEST_RESET, Schema, TestApp, World,
    on_each_database, rows,
};

const NEW: &str = "another horse battery staple";

const CHANGE_PASSWORD: &str = "
    mutation($old: String!, $new: String!) {
        changePassword(input: {currentPassword: $old, newPassword: $new}) { account { id } }
    }
";

const INVITE_MEMBER: &str = r#"
    mutation { inviteMember(input: {email: "ada@crew.example", role: TECH}) { token } }
"#;

const JOIN: &str = "
    mutation($token: String!, $password: String!) {
        joinOrg(input: {token: $token, password: $password, displayName: \"Ada\"}) { accessToken }
    }
";

/// Notes the texts of an answer that are called a token, and its cookie.
fn note(answer: &Answer, secrets: &mut BTreeSet<String>) {
    fn look(value: &Value, secrets: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| look(item, secrets)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    if let (true, Some(text)) =
                        (name.to_lowercase().ends_with("token"), value.as_str())
                    {
                        secrets.insert(text.to_owned());
                    }
                    look(value, secrets);
                }
            }
            _ => {}
        }
    }
    look(&answer.body, secrets);
    let cookie = answer.cookie();
    let token = cookie.as_deref().and_then(|cookie| cookie.split_once('='));
    // Signing out sets an empty one.
    let token = token.filter(|(_, token)| !token.is_empty());
    secrets.extend(token.map(|(_, token)| token.to_owned()));
}

/// The mutations that take or give secrets, as they are meant to be used.
async fn use_secrets(app: &TestApp, world: &mut World<'_>) -> BTreeSet<String> {
    let mut secrets = BTreeSet::from([PASSWORD, NEW].map(str::to_owned));
    let client = app.client();
    let email = "owner@regie.example";
    let invited = world.owner.query(INVITE_MEMBER).await;
    let token = invited.str("/data/inviteMember/token");
    let joining = json!({"token": token, "password": PASSWORD});
    let reset = client.gql(REQUEST_RESET, json!({"email": email})).await;
    let confirm = json!({"token": reset.str("/data/requestPasswordReset/resetToken"), "new": NEW});
    for answer in [
        client.gql(JOIN, joining).await,
        client.gql(CONFIRM_RESET, confirm).await,
        invited,
        reset,
    ] {
        answer.data();
        note(&answer, &mut secrets);
    }
    let mut owner = client;
    let login = owner
        .gql(LOGIN, json!({"email": email, "password": NEW}))
        .await;
    owner.sign_in(&login, "login");
    note(&login, &mut secrets);
    let back = json!({"old": NEW, "new": PASSWORD});
    owner.gql(CHANGE_PASSWORD, back).await.data();
    // The reset has ended all sessions.
    world.owner = owner;
    secrets
}

/// Every mutation of the schema, with rows of the organisation, by somebody who may do everything.
async fn run_all(app: &TestApp, world: &World<'_>, secrets: &mut BTreeSet<String>) {
    let schema = Schema::new();
    let member = world.member(Role::Owner).await;
    let known = rows(app, world, &member, "known").await;
    let kinds = schema.kinds(&member.0, &known).await;
    for operation in schema.operations() {
        if !operation.name().starts_with("Mutation.") {
            continue;
        }
        // Others, because a mutation may end their session or delete their rows.
        let member: (Client, String) = world.member(Role::Owner).await;
        let rows = rows(app, world, &member, &operation.name()).await;
        let ids = |place: &str| rows.get(&kinds[place]).cloned();
        let (query, variables) = operation.build(true, &ids);
        note(&member.0.gql(&query, variables).await, secrets);
    }
}

/// What the log says, and what the tables hold of secrets.
async fn stored(app: &TestApp) -> (Vec<(String, String)>, Vec<String>) {
    let read = app.state.db.read(async |conn| {
        let entries: Vec<(String, Json)> = conn
            .load(audit_log::table.select((audit_log::action, audit_log::changes)))
            .await?;
        let mut secrets: Vec<String> = conn
            .load(accounts::table.select(accounts::password_hash))
            .await?;
        let mut hashes: Vec<Vec<u8>> = conn
            .load(invitations::table.select(invitations::token_hash))
            .await?;
        let resets = password_resets::table.select(password_resets::token_hash);
        hashes.extend(conn.load::<_, Vec<u8>>(resets).await?);
        for hash in hashes {
            secrets.extend([HEXLOWER, BASE64, BASE64URL_NOPAD].map(|base| base.encode(&hash)));
        }
        Ok((entries, secrets))
    });
    let (entries, secrets) = read.await.expect("the tables");
    let text = |(action, changes): (String, Json)| (action, changes.0.to_string());
    (entries.into_iter().map(text).collect(), secrets)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_mutation_writes_a_secret_into_the_log() {
    on_each_database(async |app| {
        let mut world = World::new(&app, "regie").await;
        let mut secrets = use_secrets(&app, &mut world).await;
        run_all(&app, &world, &mut secrets).await;
        let (entries, hashes) = stored(&app).await;
        secrets.extend(hashes);
        assert!(secrets.len() > 50, "{} secrets", secrets.len());
        let actions: BTreeSet<&str> = entries.iter().map(|(action, _)| &**action).collect();
        println!(
            "{} secrets, {} entries of {actions:?}",
            secrets.len(),
            entries.len()
        );
        assert!(actions.len() >= 20, "{actions:?}");
        for (action, changes) in &entries {
            for secret in &secrets {
                assert!(!changes.contains(secret.as_str()), "{action}: {changes}");
            }
        }
    })
    .await;
}
