//! What PostgreSQL has to be like: the server refuses to start on another.

use coulisses_crew::db::{DbUrl, migrate};
use tokio_postgres::NoTls;

use crate::support::{Backend, Database, backends, variable};

#[tokio::test(flavor = "multi_thread")]
async fn the_tests_run_on_the_version_of_postgresql_that_their_script_has_fetched() {
    let Some(expected) = variable("TEST_POSTGRES_VERSION") else {
        return;
    };
    let database = Database::postgres("").await;
    let (client, connection) = tokio_postgres::connect(&database.url_of_tests(), NoTls)
        .await
        .expect("PostgreSQL");
    let connection = tokio::spawn(connection);
    let version = "SELECT (current_setting('server_version_num')::int / 10000)::text";
    let row = client.query_one(version, &[]).await.expect("a version");
    assert_eq!(row.get::<_, String>(0), expected);
    drop(client);
    let _ = connection.await;
}

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

/// Lets the database tell of a division by zero as a French one does, whose messages may not be installed here.
const IN_FRENCH: &str = "
    CREATE FUNCTION divided(integer, integer) RETURNS integer LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'division par zéro' USING ERRCODE = 'division_by_zero'; END $$;
    CREATE OPERATOR / (FUNCTION = divided, LEFTARG = integer, RIGHTARG = integer);
    DO $$ BEGIN
        EXECUTE format('ALTER DATABASE %I SET search_path = public, pg_catalog', current_database());
    END $$";

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_tells_its_errors_in_another_language_is_refused() {
    if backends().contains(&Backend::Postgres) {
        let database = Database::postgres("").await;
        let url = DbUrl::parse(&database.url()).expect("a URL");
        let superuser = database.url_of_tests();
        let (client, connection) = tokio_postgres::connect(&superuser, NoTls)
            .await
            .expect("PostgreSQL");
        tokio::spawn(connection);
        client.batch_execute(IN_FRENCH).await.expect("an operator");
        let refused = migrate::run(&url).await.expect_err("a refusal").to_string();
        assert!(refused.contains("lc_messages"), "{refused}");
        assert!(refused.contains("ALTER ROLE"), "{refused}");
        let back = "DROP OPERATOR public./ (integer, integer)";
        client.batch_execute(back).await.expect("no operator");
        migrate::run(&url).await.expect("migrations");
    }
}
