//! `coulisses-crew seed-demo` on a disk that becomes full.

use tempfile::TempDir;
use tokio_postgres::NoTls;

use super::binary::{BINARY, command, output, text};
use crate::support::{Backend, Database, Need, has};

/// From the second season on, PostgreSQL says what it says on a full disk.
const FULL_DISK: &str = "
    CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF EXISTS (SELECT FROM assignments) THEN
            RAISE EXCEPTION 'could not extend file \"base/16384/16385\": No space left on device'
                USING ERRCODE = 'disk_full', HINT = 'Check free disk space.';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER full_disk BEFORE INSERT ON projects FOR EACH ROW EXECUTE FUNCTION full_disk()";

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_fills_the_disk_says_so_and_leaves_whole_seasons() {
    if !has(Need::Postgres) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let database = Database::new(Backend::Postgres).await;
    let url = database.url_of_tests();
    let (client, connection) = tokio_postgres::connect(&url, NoTls)
        .await
        .expect("PostgreSQL");
    tokio::spawn(connection);
    client.batch_execute(FULL_DISK).await.expect("a trigger");
    let mut seed = command(BINARY, &folder);
    seed.args(["seed-demo", "--size", "5000"])
        .env("DATABASE_URL", database.url());
    let done = output(seed, "").await;
    let said = text(&done);
    assert_eq!(done.status.code(), Some(1), "{said}");
    let count = "SELECT count(*) FROM assignments";
    let made: i64 = client.query_one(count, &[]).await.expect("a count").get(0);
    assert!(made > 0 && made < 5000, "{made}");
    let whole = format!("whole, and stays: {made} assignments");
    for part in ["No space left on device", &whole, "Make room"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}
