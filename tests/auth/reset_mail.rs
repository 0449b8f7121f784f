//! The mail with the link to choose a new password.

use chrono::TimeDelta;
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
