//! The binary as operators run it.

use coulisses_crew::db::schema::orgs;
use coulisses_crew::ids::OrgId;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::json;
use tempfile::TempDir;

use super::binary::{BINARY, command, output, run, text};

#[tokio::test(flavor = "multi_thread")]
async fn operators_look_after_accounts() {
    let folder = TempDir::new().expect("a folder");
    let create = [
        "account",
        "create",
        "--email",
        "ada@example.org",
        "--name",
        "Ada",
        "--org",
        "Régie",
    ];
    let made = run(&folder, &create, "correct horse battery staple\n").await;
    assert!(made.status.success(), "{}", text(&made));
    assert!(text(&made).starts_with("account_"), "{}", text(&made));
    let again = run(&folder, &create, "correct horse battery staple\n").await;
    assert!(!again.status.success());
    let said = text(&again);
    assert!(
        said.contains("exists") && !said.contains("UNIQUE"),
        "{said}"
    );

    let email = ["--email", "ada@example.org"];
    let of = |verb: &'static str| [&["account", verb], email.as_slice()].concat();
    let weak = run(&folder, &of("set-password"), "short\n").await;
    assert!(
        !weak.status.success() && text(&weak).contains("12 characters"),
        "{}",
        text(&weak)
    );
    let set = run(
        &folder,
        &of("set-password"),
        "another long and winding phrase\r\n",
    )
    .await;
    assert!(set.status.success(), "{}", text(&set));
    let revoked = run(&folder, &of("revoke-sessions"), "").await;
    assert!(
        text(&revoked).contains("Sessions ended: 0"),
        "{}",
        text(&revoked)
    );
    assert!(run(&folder, &of("sessions"), "").await.status.success());
    let nobody = ["account", "sessions", "--email", "bob@example.org"];
    assert!(!run(&folder, &nobody, "").await.status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn operators_see_the_mail_that_was_given_up_and_have_it_tried_again() {
    let folder = TempDir::new().expect("a folder");
    let create = "account create --email a@example.org --name A --org Stage --language EN";
    let create: Vec<&str> = create.split(' ').collect();
    let made = run(&folder, &create, "correct horse battery staple\n").await;
    assert!(made.status.success(), "{}", text(&made));
    let file = folder.path().join("coulisses-crew.db");
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).expect("the database");
    conn.batch_execute(
        "INSERT INTO outbox (org_id, id, kind, letter_id, attempts, unsure, planned_at, problem)
         SELECT id, randomblob(16), 'JOIN', randomblob(16), 10, 0, 0, 'no such person' FROM orgs WHERE language = 'EN'",
    )
    .expect("a mail");
    let failed = run(&folder, &["mail", "failed"], "").await;
    for part in [
        "org_",
        "JOIN",
        "1970-01-01T00:00:00Z",
        "10 times",
        "no such person",
    ] {
        assert!(text(&failed).contains(part), "{}", text(&failed));
    }
    let retried = run(&folder, &["mail", "retry"], "").await;
    assert!(
        text(&retried).contains("Mails to be tried again: 1"),
        "{}",
        text(&retried)
    );
    let failed = run(&folder, &["mail", "failed"], "").await;
    assert!(failed.stdout.is_empty(), "{}", text(&failed));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schema_is_printed_and_the_database_migrated() {
    let folder = TempDir::new().expect("a folder");
    let schema = run(&folder, &["schema"], "").await;
    let is_whole = String::from_utf8_lossy(&schema.stdout) == coulisses_crew::api::sdl();
    assert!(is_whole, "{}", text(&schema));
    let migrated = run(&folder, &["migrate"], "").await;
    assert!(migrated.status.success(), "{}", text(&migrated));
    assert!(folder.path().join("coulisses-crew.db").exists());
    let help = run(&folder, &["--help"], "").await;
    for word in ["serve", "migrate", "schema", "account", "mail", "transfer"] {
        assert!(text(&help).contains(word), "{}", text(&help));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_does_not_fit_refuses_to_start_and_shows_no_secret() {
    let folder = TempDir::new().expect("a folder");
    std::fs::write(folder.path().join(".env"), "PORT=x\n").expect("a file");
    let refused = run(&folder, &["migrate"], "").await;
    assert!(!refused.status.success());
    assert!(
        text(&refused).contains("PORT is not a whole number"),
        "{}",
        text(&refused)
    );
    std::fs::write(
        folder.path().join(".env"),
        "SECRET_KEY=my secret with spaces\n",
    )
    .expect("a file");
    let refused = run(&folder, &["migrate"], "").await;
    assert!(!refused.status.success());
    assert!(
        text(&refused).contains(".env") && !text(&refused).contains("secret"),
        "{}",
        text(&refused)
    );
}

/// An account for each number below 1,200, which is more than are read at once.
const MANY: &str = "
    INSERT INTO accounts (id, email, display_name, password_hash, created_at)
    WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1199)
    SELECT randomblob(16), 'person' || n || '@example.org', 'Person ' || n, 'x', 0 FROM numbers";

#[tokio::test(flavor = "multi_thread")]
async fn operators_list_disable_and_enable_accounts() {
    let folder = TempDir::new().expect("a folder");
    let create = "account create --email a@example.org --name A --org Stage";
    let create: Vec<&str> = create.split(' ').collect();
    let made = run(&folder, &create, "correct horse battery staple\n").await;
    assert!(made.status.success(), "{}", text(&made));
    let file = folder.path().join("coulisses-crew.db");
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).expect("the database");
    conn.batch_execute(MANY).expect("accounts");
    let line = async |arguments: &[&str]| {
        let listed = run(&folder, arguments, "").await;
        assert!(listed.status.success(), "{}", text(&listed));
        let text = text(&listed);
        let own = text.lines().find(|line| line.contains("  a@example.org  "));
        (text.lines().count(), own.expect("a line").to_owned())
    };
    let (count, own) = line(&["account", "list"]).await;
    assert_eq!(count, 1_201);
    assert!(own.contains("  organisations 1  enabled  A"), "{own}");
    let disable = ["account", "disable", "--email", "A@example.org"];
    let disabled = run(&folder, &disable, "").await;
    assert!(
        text(&disabled).contains("sessions ended: 0"),
        "{}",
        text(&disabled)
    );
    let (_, own) = line(&["account", "list"]).await;
    assert!(own.contains("  disabled 2"), "{own}");
    let enable = ["account", "enable", "--email", "a@example.org"];
    assert!(run(&folder, &enable, "").await.status.success());
    let own_org = orgs::table.filter(orgs::name.eq("Stage")).select(orgs::id);
    let org: OrgId = own_org.first(&mut conn).expect("an organisation");
    let (count, own) = line(&["account", "list", "--org", &org.to_string()]).await;
    assert_eq!(count, 1);
    assert!(own.contains("  OWNER  enabled  A"), "{own}");
    let wrong = run(&folder, &["account", "list", "--org", "Stage"], "").await;
    assert_eq!(wrong.status.code(), Some(2), "{}", text(&wrong));
}

#[tokio::test(flavor = "multi_thread")]
async fn trusted_documents_that_cannot_run_are_all_named_before_the_database_is_touched() {
    let folder = TempDir::new().expect("a folder");
    let documents = json!({
        "Whole": "query Whole { me { id } }",
        "Unknown": "{ me { id nickname } }",
        "Cut": "query Cut { me {",
    });
    let path = folder.path().join("documents.json");
    std::fs::write(&path, documents.to_string()).expect("a file");
    let mut serve = command(BINARY, &folder);
    serve.env("TRUSTED_DOCUMENTS", &path).env("PORT", "0");
    let refused = output(serve, "").await;
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused);
    for part in [
        "TRUSTED_DOCUMENTS names documents that cannot run:",
        "the document Unknown: 1:11: Type `Account` does not have a field `nickname`.",
        "the document Cut: 1:17: Syntax error",
    ] {
        assert!(said.contains(part), "{part} is missing in: {said}");
    }
    assert!(!said.contains("Whole"), "{said}");
    assert!(!folder.path().join("coulisses-crew.db").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_says_how_to_sign_in_and_takes_no_address_twice() {
    let folder = TempDir::new().expect("a folder");
    let made = run(&folder, &["seed-demo", "--size", "5"], "").await;
    let said = text(&made);
    assert!(
        said.starts_with("Sign in as demo@example.org with the password "),
        "{said}"
    );
    assert!(said.ends_with("missions 94, assignments 5\n"), "{said}");
    let again = run(&folder, &["seed-demo"], "").await;
    assert!(!again.status.success());
    let said = text(&again);
    assert!(
        said.contains("An account with this e-mail address already exists. (email)"),
        "{said}"
    );
    assert!(!said.contains("Sign in"), "{said}");
    for size in ["0", "10000001", "many"] {
        let refused = run(&folder, &["seed-demo", "--size", size], "").await;
        assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    }
}
