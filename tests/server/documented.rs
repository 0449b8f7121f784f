//! The commands that docs/operations.md and docs/deployment.md print, run as they stand there.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use coulisses_crew::config::Config;
use tempfile::TempDir;
use tokio::process::Command;

use super::program::Server;
use crate::support::{Backend, Database, Need, has};

const PAGES: &[&str] = &[
    include_str!("../../docs/operations.md"),
    include_str!("../../docs/deployment.md"),
];

/// Blocks that do not run here, by their beginning, with the reason.
const ELSEWHERE: &[(&str, &str)] = &[
    (
        "APP_ENV=production",
        "below: the_server_starts_in_production",
    ),
    (
        "DATABASE_URL=postgres://",
        "needs a host of that name; tests/db/roles.rs connects so",
    ),
    ("SMTP_URL=", "below: the_server_starts_in_production"),
    (
        "cargo install diesel_cli",
        "tests/db/migrations.rs runs and reverts the migrations",
    ),
    (
        "curl ",
        "below: the_probes_answer_what_the_documentation_says",
    ),
    ("pg_dump", "tests/db/roles.rs"),
    (
        "DATABASE_URL='postgres://crew:password@127.0.0.1",
        "below: a_database_moves_to_postgresql_as_it_is_printed",
    ),
    (
        "# in the folder of the database",
        "below: a_backup_is_restored_as_it_is_printed",
    ),
    ("docker ", "needs an engine"),
    (
        "sudo ",
        "needs systemd, or the packages of the proxies, which tests/deploy/run tries",
    ),
];

/// The blocks that the pages mark as commands.
fn blocks() -> Vec<&'static str> {
    let blocks = PAGES.iter().flat_map(|page| page.split("```sh\n").skip(1));
    blocks
        .map(|rest| rest.split_once("```").expect("an end").0)
        .collect()
}

fn block(beginning: &str) -> &'static str {
    let found = blocks()
        .into_iter()
        .find(|block| block.starts_with(beginning));
    found.unwrap_or_else(|| panic!("no page has a block that begins with {beginning}"))
}

/// Runs a script in a folder, in which the program is found by its name.
async fn run(folder: &Path, script: &str) -> String {
    let path = format!(
        "{}:/usr/local/bin:/usr/bin:/bin",
        folder.join("bin").display()
    );
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .env_clear()
        .envs([
            ("PATH", &*path),
            ("BCRYPT_COST", "4"),
            ("LOG_LEVEL", "warn"),
        ])
        .output()
        .await
        .expect("bash");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}\n{said}\n{errors}");
    said
}

fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let programs = folder.path().join("bin");
    std::fs::create_dir(&programs).expect("a folder");
    let program = env!("CARGO_BIN_EXE_coulisses-crew");
    symlink(program, programs.join("coulisses-crew")).expect("a link");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/make-secrets");
    std::fs::create_dir(folder.path().join("deploy")).expect("a folder");
    std::fs::copy(script, folder.path().join("deploy/make-secrets")).expect("a script");
    std::fs::write(
        folder.path().join("password.txt"),
        "seven purple tents at dawn\n",
    )
    .expect("a file");
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_of_the_program_run_as_they_are_printed() {
    let folder = folder();
    let mut ran = 0;
    for block in blocks() {
        let is_elsewhere = |(beginning, _): &(&str, &str)| block.starts_with(beginning);
        if ELSEWHERE.iter().any(is_elsewhere) || block.contains("docker compose") {
            continue;
        }
        ran += 1;
        // A million takes too long, and the organisation has another id here.
        let block = block.replace("--size 1000000", "--size 1000");
        let list = "coulisses-crew account list --org ";
        let org = match block.contains(list) {
            true => {
                let (create, _) = block.split_once('\n').expect("lines");
                run(folder.path(), create).await;
                org_of(folder.path())
            }
            false => String::new(),
        };
        let lines = block
            .lines()
            .filter(|line| !line.contains("account create"));
        let line = |line: &str| match line.split_once(list) {
            Some(_) => format!("{list}{org}\n"),
            None => format!("{line}\n"),
        };
        let script: String = lines.map(line).collect();
        println!("{}", run(folder.path(), &script).await);
    }
    assert!(ran >= 4, "the pages no longer have their commands: {ran}");
    for file in ["coulisses-crew.db", "backup.db", "secrets/secret_key"] {
        assert!(folder.path().join(file).is_file(), "{file}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_as_it_is_printed() {
    let folder = folder();
    let program = async |arguments: &str| {
        let script =
            format!("DATABASE_URL=sqlite:///./crew.db coulisses-crew {arguments} < password.txt");
        run(folder.path(), &script).await
    };
    program("account create --email ada@example.org --name Ada").await;
    program("backup backup.db").await;
    program("account create --email lost@example.org --name Lost").await;
    run(folder.path(), block("# in the folder of the database")).await;
    let accounts = program("account list").await;
    assert!(accounts.contains("ada@example.org"), "{accounts}");
    assert!(!accounts.contains("lost@example.org"), "{accounts}");
    let mode = std::fs::metadata(folder.path().join("crew.db"));
    let mode = mode.expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // What was there before can be looked at still.
    assert!(folder.path().join("before-restore/crew.db").is_file());
}

/// The id of the organisation in the database of a folder.
fn org_of(folder: &Path) -> String {
    use coulisses_crew::db::schema::orgs;
    use coulisses_crew::ids::OrgId;
    use diesel::prelude::*;

    let file = folder.join("coulisses-crew.db");
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).expect("a database");
    let id: OrgId = orgs::table
        .select(orgs::id)
        .first(&mut conn)
        .expect("an organisation");
    id.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_moves_to_postgresql_as_it_is_printed() {
    const PRINTED: &str = "postgres://crew:password@127.0.0.1:5432/crew";
    if !has(Need::Postgres) {
        return;
    }
    let folder = folder();
    let seed = "DATABASE_URL=sqlite:///./crew.db coulisses-crew seed-demo";
    run(folder.path(), seed).await;
    let database = Database::empty(Backend::Postgres).await;
    let block = block("DATABASE_URL='postgres://crew:password@127.0.0.1");
    assert!(block.contains(PRINTED), "{block}");
    let said = run(folder.path(), &block.replace(PRINTED, &database.url())).await;
    // What it prints is on the page, too.
    let last = said.lines().last().expect("a line");
    assert!(PAGES.iter().any(|page| page.contains(last)), "{said}");
    let accounts = format!(
        "DATABASE_URL='{}' coulisses-crew account list",
        database.url()
    );
    assert!(
        run(folder.path(), &accounts)
            .await
            .contains("demo@example.org")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_restored_into_the_volume_as_it_is_printed() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    for (name, text) in [
        ("coulisses-crew.db", "old"),
        ("coulisses-crew.db-wal", "old"),
        ("backup.db", "new"),
    ] {
        std::fs::write(path(name), text).expect("a file");
    }
    // What the container runs, in the folder that is its volume. Only an engine can try the rest.
    let (_, rest) = block("docker stop crew")
        .split_once("--entrypoint sh coulisses-crew -euc '")
        .expect("a script");
    let (script, _) = rest.split_once("' < backup.db\n").expect("an end");
    run(folder.path(), &format!("sh -euc '{script}' < backup.db")).await;
    let restored = std::fs::read_to_string(path("coulisses-crew.db"));
    assert_eq!(restored.expect("a file"), "new");
    assert_eq!(mode(&path("coulisses-crew.db")), 0o600);
    assert!(!path("coulisses-crew.db-wal").exists());
    assert!(path("before-restore/coulisses-crew.db-wal").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_starts_in_production() {
    let folder = TempDir::new().expect("a folder");
    let key = folder.path().join("secret-key");
    std::fs::write(&key, "a secret key of more than 32 bytes, for tests\n").expect("a file");
    let printed = [block("APP_ENV=production"), block("SMTP_URL=")].concat();
    let here = printed
        .replace("/etc/coulisses-crew", &folder.path().display().to_string())
        .replace(
            "/var/lib/coulisses-crew",
            &folder.path().display().to_string(),
        )
        .replace('\'', "");
    let settings = here
        .lines()
        .filter_map(|line| line.trim_end_matches(" \\").split_once('='));
    let mut settings: Vec<(&str, &str)> = settings.collect();
    assert_eq!(settings.len(), 6, "{settings:?}");
    settings.push(("BCRYPT_COST", "10"));
    settings.push(("LOG_FORMAT", "text"));
    let server = Server::start(&folder, &settings).await;
    assert!(!server.address.is_empty());
    assert!(folder.path().join("crew.db").is_file());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probes_answer_what_the_documentation_says() {
    if !has(Need::Curl) {
        return;
    }
    let folder = TempDir::new().expect("a folder");
    let server = Server::start(&folder, &[]).await;
    let block = block("curl ");
    assert_eq!(block.lines().count(), 2);
    for line in block.lines() {
        let (command, answer) = line.split_once("# ").expect("an answer");
        let command = command.replace("127.0.0.1:8000", &server.address);
        let mut shell = Command::new("sh");
        let done = shell
            .args(["-c", &command])
            .output()
            .await
            .expect("a shell");
        assert_eq!(String::from_utf8_lossy(&done.stdout), answer, "{command}");
    }
}

/// What somebody may do with a file or a folder.
fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path).expect("a file");
    metadata.permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread")]
async fn the_secrets_of_compose_are_made_once_and_fit_the_server() {
    let folder = folder();
    run(folder.path(), "umask 077; deploy/make-secrets").await;
    let secrets = folder.path().join("secrets");
    assert_eq!(mode(&secrets), 0o700);
    let read = || {
        ["secret_key", "database_url", "postgres_password"].map(|name| {
            assert_eq!(mode(&secrets.join(name)), 0o444, "{name}");
            std::fs::read_to_string(secrets.join(name)).expect("a secret")
        })
    };
    let made = read();
    let path = |name: &str| secrets.join(name).display().to_string();
    let settings = [
        ("APP_ENV", "production".to_owned()),
        ("SECRET_KEY_FILE", path("secret_key")),
        ("DATABASE_URL_FILE", path("database_url")),
    ];
    let find = |name: &str| settings.iter().find(|(set, _)| *set == name);
    let config = Config::read(|name| find(name).map(|(_, value)| value.clone()));
    assert!(config.is_ok(), "{config:?}");
    // What is missing is made again, and nothing else.
    std::fs::remove_file(secrets.join("postgres_password")).expect("removed");
    run(folder.path(), "deploy/make-secrets").await;
    let again = read();
    assert_eq!(again[..2], made[..2]);
    assert_ne!(again[2], made[2]);
}
