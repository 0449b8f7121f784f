//! The mail with the link to choose a new password.

use chrono::TimeDelta;
use coulisses_crew::db::schema::accounts;
use coulisses_crew::ids::AccountId;
use diesel::prelude::*;
use serde_json::json;

use crate::support::{Post, REQUEST_RESET, TestApp, World, backends};

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_mailed_in_the_language_of_the_oldest_organisation_of_the_account() {
    for backend in backends() {
        let post = Post::start().await;
        let app = TestApp::with(backend, &[post.setting()]).await;
        let world = World::new(&app, "regie").await;
        for (change, subject, text) in [
            (
                "mutation { updateOrg(input: {language: FR}) { org { id } } }",
                "Choisissez un nouveau mot de passe",
                "dans les 30 minutes\u{a0}:",
            ),
            (
                "mutation { updateOrg(input: {language: EN}) { org { id } } }",
                "Choose a new password",
                "within 30 minutes:",
            ),
            // A second organisation, whose mail is in French, changes nothing.
            (
                "mutation { createOrg(input: {name: \"autre\", language: FR}) { org { id } } }",
                "Choose a new password",
                "within 30 minutes:",
            ),
        ] {
            app.state.clock.advance(TimeDelta::seconds(1));
            world.owner.query(change).await.data();
            let address = json!({"email": "owner@regie.example"});
            let asked = app.client().gql(REQUEST_RESET, address).await;
            let token = asked.str("/data/requestPasswordReset/resetToken");
            let mail = post.next().await;
            assert_eq!(mail.subject, subject);
            assert!(mail.text.contains(text), "{}", mail.text);
            assert_eq!(mail.token(), Some(token));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_mailed_in_french_to_an_account_without_an_organisation() {
    for backend in backends() {
        let post = Post::start().await;
        let app = TestApp::with(backend, &[post.setting()]).await;
        let now = app.state.clock.now();
        let id: AccountId = app.state.random.id(now);
        let account = (
            accounts::id.eq(id),
            accounts::email.eq("ada@example.org"),
            accounts::display_name.eq("Ada"),
            accounts::password_hash.eq("none"),
            accounts::created_at.eq(now),
        );
        let insert = diesel::insert_into(accounts::table).values(account);
        let write = app.state.db.write(async |conn| conn.execute(insert).await);
        write.await.expect("an account");
        let address = json!({"email": "ada@example.org"});
        let asked = app.client().gql(REQUEST_RESET, address).await;
        asked.data();
        assert_eq!(
            post.next().await.subject,
            "Choisissez un nouveau mot de passe"
        );
    }
}
