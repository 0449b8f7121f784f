//! The roles of docs/operations.md, made as printed there: for the owner, the server and the backup.

use std::process::{Command, Output};

use chrono::TimeDelta;
use coulisses_crew::clock::{Clock, Random};
use coulisses_crew::config::Config;
use coulisses_crew::db::{DbUrl, open};
use coulisses_crew::domains::auth::service::operator;
use coulisses_crew::domains::orgs::model::Language;
use coulisses_crew::domains::orgs::service::NewOrg;
use coulisses_crew::state::AppState;
use coulisses_crew::workers::Workers;
use tokio_postgres::{Client, NoTls};

use crate::support::{Need, PASSWORD, has, instant, variable};

const DOCUMENT: &str = include_str!("../../docs/operations.md");
/// What the image of PostgreSQL runs: see compose.yaml.
const SCRIPT: &str = include_str!("../../deploy/postgres/roles.sql");

/// The cluster of the tests, in which roles and databases have other names than in the documentation.
struct Cluster {
    /// In the place of `crew`.
    name: String,
    address: String,
    superuser: String,
    parameters: String,
}

impl Cluster {
    /// With roles and a database for one test.
    fn new(test: &str) -> Self {
        let url = variable("TEST_DATABASE_URL").expect("a URL");
        let (base, parameters) = url.split_once('?').expect("parameters");
        let (superuser, rest) = base.split_once('@').expect("a user");
        let (address, _) = rest.split_once('/').expect("a name");
        Self {
            name: format!("roles_{test}_{}", std::process::id()),
            address: address.to_owned(),
            superuser: superuser.to_owned(),
            parameters: parameters.to_owned(),
        }
    }

    /// A text of the documentation with the names of the test.
    fn renamed(&self, text: &str) -> String {
        let text = text.replace("127.0.0.1:5432", &self.address);
        let text = text.replace("postgres://crew", &format!("postgres://{}", self.name));
        let text = text.replace("/crew", &format!("/{}", self.name));
        let words = [" crew;", " crew ", " crew_"];
        words.iter().fold(text, |text, word| {
            text.replace(word, &word.replace("crew", &self.name))
        })
    }

    fn superusers(&self, database: &str) -> String {
        let (login, address, parameters) = (&self.superuser, &self.address, &self.parameters);
        format!("{login}@{address}/{database}?{parameters}")
    }

    /// The URL of a role, whose password the documentation prints.
    fn of(&self, role: &str, password: &str) -> String {
        let (name, address, parameters) = (&self.name, &self.address, &self.parameters);
        let password = password.replace(' ', "%20");
        format!("postgres://{name}{role}:{password}@{address}/{name}?{parameters}")
    }

    /// Runs the block of SQL that contains these words as a superuser.
    async fn run_block(&self, words: &str, database: &str) {
        let blocks = DOCUMENT.split("```sql\n").skip(1);
        let mut blocks = blocks.filter_map(|rest| rest.split_once("```"));
        let block = blocks.find(|(block, _)| block.contains(words));
        let (block, _) = block.expect("a block of SQL");
        self.run(&self.renamed(block), database).await;
    }

    /// Runs statements one after the other, because CREATE DATABASE must stand alone.
    async fn run(&self, statements: &str, database: &str) {
        let client = connect(&self.superusers(database)).await;
        for statement in statements.split_inclusive(';') {
            let done = client.batch_execute(statement).await;
            done.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
        }
    }

    /// Removes the databases and the roles.
    async fn remove(self) {
        let name = &self.name;
        let drop = format!(
            "DROP DATABASE IF EXISTS {name}_restored WITH (FORCE); DROP DATABASE {name} WITH (FORCE);
             DROP ROLE {name}_server; DROP ROLE {name}_backup; DROP ROLE {name}"
        );
        self.run(&drop, "postgres").await;
    }

    async fn count(&self, table: &str, database: &str) -> i64 {
        let client = connect(&self.superusers(database)).await;
        let count = format!("SELECT count(*) FROM {table}");
        client.query_one(&count, &[]).await.expect("a count").get(0)
    }

    /// Runs the script of compose.yaml, which finds its secret in this folder.
    fn run_script(&self, secrets: &std::path::Path) -> Output {
        let script = SCRIPT.replace("/run/secrets", &secrets.display().to_string());
        let file = secrets.join("roles.sql");
        std::fs::write(&file, self.renamed(&script)).expect("a file");
        let programs = variable("TEST_POSTGRES_CLIENTS").expect("a folder");
        // As the image does.
        Command::new(format!("{programs}/psql"))
            .args([
                "-v",
                "ON_ERROR_STOP=1",
                "--no-password",
                "--no-psqlrc",
                "-f",
            ])
            .arg(file)
            .arg(self.superusers("postgres"))
            .output()
            .expect("psql")
    }

    /// Runs the line of the documentation that begins with a program's name.
    fn run_line(&self, program: &str, password: &str, folder: &std::path::Path) -> Output {
        let line = DOCUMENT
            .lines()
            .find(|line| line.starts_with(&format!("{program} --")));
        let line = self.renamed(line.expect("a line"));
        let programs = variable("TEST_POSTGRES_CLIENTS").expect("a folder");
        Command::new("sh")
            .args(["-c", &format!("{programs}/{line}")])
            .current_dir(folder)
            .env("PGPASSWORD", password)
            .output()
            .expect("a shell")
    }
}

pub(super) async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("PostgreSQL");
    tokio::spawn(connection);
    client
}

/// Makes an account with an organisation, as the role of a URL.
async fn create_account(url: &str) {
    let settings = [("DATABASE_URL", url), ("BCRYPT_COST", "4")];
    let find = |name: &str| settings.iter().find(|(set, _)| *set == name);
    let config = Config::read(|name| find(name).map(|(_, value)| (*value).to_owned()));
    let clock = Clock::manual(instant("2026-09-01T08:00:00Z"));
    clock.advance(TimeDelta::seconds(1));
    let state = AppState::new(
        config.expect("settings"),
        clock,
        Random::Os,
        &Workers::default(),
    )
    .expect("a state");
    assert!(!state.db.bypasses_policies().await.expect("an answer"));
    let org = NewOrg {
        name: "Stage".into(),
        timezone: "Europe/Paris".into(),
        language: Language::default(),
    };
    operator::create_account(&state, "ada@example.org", "Ada", PASSWORD.into(), Some(org))
        .await
        .expect("an account");
}

/// Makes the roles as the documentation prints them, before or after the first migration, and checks that the owner
/// migrates and the server serves. Returns the URL of the role for backups.
async fn make_roles(cluster: &Cluster, is_before: bool) -> String {
    let name = &cluster.name;
    cluster.run_block("CREATE DATABASE crew", "postgres").await;
    let grant = async || {
        cluster.run_block("CREATE ROLE crew_server", name).await;
        cluster.run_block("CREATE ROLE crew_backup", name).await;
    };
    if is_before {
        grant().await;
    }
    let migrate = async |url: &str| {
        let url = DbUrl::parse(url).expect("a URL");
        let opened = open(&url, std::time::Duration::ZERO).await;
        opened.expect("a database").len()
    };
    assert!(migrate(&cluster.of("", "password")).await > 0);
    if !is_before {
        grant().await;
    }
    let server = cluster.of("_server", "another password");
    assert_eq!(migrate(&server).await, 0);
    create_account(&server).await;
    cluster.of("_backup", "a third password")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roles_of_the_documentation_serve_and_migrate_and_the_one_for_backups_only_reads() {
    if !has(Need::Postgres) {
        return;
    }
    for (name, is_before) in [("before", true), ("after", false)] {
        let cluster = Cluster::new(name);
        let backup = make_roles(&cluster, is_before).await;
        let reading = connect(&backup).await;
        let count = "SELECT count(*) FROM org_memberships";
        let row = reading.query_one(count, &[]).await;
        assert_eq!(row.expect("a count").get::<_, i64>(0), 1, "{name}");
        let write = reading.batch_execute("DELETE FROM org_memberships").await;
        let refused = format!("{:?}", write.expect_err("a refusal"));
        assert!(refused.contains("permission denied"), "{name}: {refused}");
        cluster.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_for_backups_dumps_what_the_owner_restores() {
    if !has(Need::PostgresClients) {
        return;
    }
    let cluster = Cluster::new("dump");
    make_roles(&cluster, true).await;
    let folder = tempfile::TempDir::new().expect("a folder");
    let dumped = cluster.run_line("pg_dump", "a third password", folder.path());
    assert!(dumped.status.success(), "{dumped:?}");
    let name = &cluster.name;
    let restored = format!("{name}_restored");
    let create = format!("CREATE DATABASE {restored} OWNER {name}");
    cluster.run(&create, "postgres").await;
    let done = cluster.run_line("pg_restore", "password", folder.path());
    assert!(done.status.success(), "{done:?}");
    assert_eq!(cluster.count("org_memberships", &restored).await, 1);
    cluster.remove().await;
}

#[test]
fn compose_makes_the_role_of_the_documentation() {
    let statements: Vec<&str> = SCRIPT
        .lines()
        .filter(|line| line.starts_with("CREATE ") || line.starts_with("ALTER "))
        .collect();
    let block = format!("```sql\n{}\n```", statements.join("\n"));
    let block = block.replace(":'password'", "'password'");
    assert!(DOCUMENT.contains(&block), "{block}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_of_compose_owns_its_database_and_the_policies_hold_for_it() {
    if !has(Need::PostgresClients) {
        return;
    }
    let cluster = Cluster::new("compose");
    let folder = tempfile::TempDir::new().expect("a folder");
    let without = cluster.run_script(folder.path());
    assert!(!without.status.success(), "{without:?}");
    let said = String::from_utf8_lossy(&without.stderr).into_owned();
    assert!(said.contains("has no password"), "{said}");
    let url = cluster.of("", "a1b2");
    std::fs::write(folder.path().join("database_url"), format!("{url}\n")).expect("a file");
    let done = cluster.run_script(folder.path());
    assert!(done.status.success(), "{done:?}");
    let url_of = DbUrl::parse(&url).expect("a URL");
    let opened = open(&url_of, std::time::Duration::ZERO).await;
    assert!(!opened.expect("a database").is_empty());
    create_account(&url).await;
    let client = connect(&url).await;
    let row = client.query_one("SHOW lc_messages", &[]).await;
    assert_eq!(row.expect("a setting").get::<_, &str>(0), "C");
    let name = &cluster.name;
    let drop = format!("DROP DATABASE {name} WITH (FORCE); DROP ROLE {name}");
    cluster.run(&drop, "postgres").await;
}
