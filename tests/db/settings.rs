//! What PostgreSQL has to be like: the server refuses to start on another.

use coulisses_crew::db::{DbUrl, migrate};

use crate::support::{Backend, Database, backends};

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_hold_every_character_is_refused() {
    if backends().contains(&Backend::Postgres) {
        for encoding in ["LATIN1", "SQL_ASCII"] {
            let database = Database::postgres(&format!(
                "ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
            ))
            .await;
            let url = DbUrl::parse(&database.url()).expect("a URL");
            let refused = migrate::run(&url).await.expect_err("a refusal").to_string();
            assert!(refused.contains(encoding), "{refused}");
            assert!(refused.contains("UTF8"), "{refused}");
        }
    }
}
