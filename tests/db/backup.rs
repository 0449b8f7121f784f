//! `coulisses-crew backup`: copies of a SQLite file.

use std::fs;
use std::path::{Path, PathBuf};

use coulisses_crew::db::{DbUrl, NoBackup, backup};
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query, sql_types};
use tempfile::TempDir;

use crate::support::{Backend, TestApp, World};

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

fn file_of(app: &TestApp) -> PathBuf {
    match &app.state.config.database {
        DbUrl::Sqlite(path) => path.clone(),
        DbUrl::Postgres(_) => unreachable!("SQLite"),
    }
}

/// The names of the projects in a copy.
fn projects(file: &Path) -> Vec<String> {
    let mut conn = SqliteConnection::establish(&file.to_string_lossy()).expect("a database");
    let rows: Vec<Name> = sql_query("SELECT name FROM projects ORDER BY name")
        .load(&mut conn)
        .expect("projects");
    rows.into_iter().map(|row| row.name).collect()
}

/// How many projects the server has.
async fn count(world: &World<'_>) -> i64 {
    let answer = world.owner.query("{ projects { totalCount } }").await;
    answer.data()["projects"]["totalCount"]
        .as_i64()
        .expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_has_what_was_acknowledged_before_it_began_while_others_write() {
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let world = World::new(&app, "regie").await;
    for name in ["A", "B"] {
        world.project(name).await;
    }
    let folder = TempDir::new().expect("a folder");
    let (from, to) = (file_of(&app), folder.path().join("backup.db"));
    // One that was killed left this.
    fs::write(folder.path().join("backup.db.partial"), "half of it").expect("a file");
    let copied = {
        let (from, to) = (from.clone(), to.clone());
        tokio::task::spawn_blocking(move || backup(&from, &to))
    };
    for number in 0..20 {
        world.project(&format!("later {number:02}")).await;
    }
    let size = copied.await.expect("no panic").expect("a backup");
    assert_eq!(fs::metadata(&to).expect("a file").len(), size);
    let names = projects(&to);
    assert_eq!(names[..2], ["A", "B"]);
    // As it was at one moment: without gaps.
    let later: Vec<String> = (0..names.len() - 2)
        .map(|i| format!("later {i:02}"))
        .collect();
    assert_eq!(names[2..], later);
    assert_eq!(count(&world).await, 22);
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_overwrites_nothing_and_needs_a_database() {
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let world = World::new(&app, "regie").await;
    world.project("A").await;
    let folder = TempDir::new().expect("a folder");
    let (from, other) = (file_of(&app), folder.path().join("other.db"));
    fs::write(&other, "a text").expect("a file");
    for to in [&from, &other] {
        let refused = backup(&from, to).expect_err("a refusal");
        assert!(matches!(refused, NoBackup::Exists(_)), "{refused}");
    }
    assert_eq!(count(&world).await, 1);
    assert_eq!(fs::read_to_string(&other).expect("a file"), "a text");

    let new = folder.path().join("new.db");
    let nothing = folder.path().join("nothing.db");
    let refused = backup(&nothing, &new).expect_err("a refusal");
    assert!(matches!(refused, NoBackup::NoDatabase(_)), "{refused}");
    let refused = backup(&other, &new).expect_err("a refusal");
    assert!(matches!(refused, NoBackup::NotCopied(_)), "{refused}");
    let no_folder = folder.path().join("missing").join("new.db");
    backup(&from, &no_folder).expect_err("a refusal");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_backup_onto_the_database_itself_is_refused_however_its_name_is_written() {
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let world = World::new(&app, "regie").await;
    world.project("A").await;
    let from = file_of(&app);
    let folder = from.parent().expect("a folder").to_owned();
    fs::create_dir(folder.join("below")).expect("a folder");
    std::os::unix::fs::symlink(&from, folder.join("link.db")).expect("a link");
    fs::hard_link(&from, folder.join("hard.db")).expect("a link");
    for name in ["./crew.db", "below/../crew.db", "link.db", "hard.db"] {
        let refused = backup(&from, &folder.join(name)).expect_err("a refusal");
        assert!(matches!(refused, NoBackup::Exists(_)), "{name}: {refused}");
    }
    // The files that SQLite keeps beside it, whether or not they are there.
    for name in ["crew.db-journal", "below/../crew.db-journal"] {
        let refused = backup(&from, &folder.join(name)).expect_err("a refusal");
        assert!(matches!(refused, NoBackup::OwnFile(_)), "{name}: {refused}");
    }
    // The copy is made under this name first.
    let other = folder.join("other.db.partial");
    backup(&from, &other).expect("a backup");
    let linked = folder.join("below").join("..").join("other.db");
    let refused = backup(&other, &linked).expect_err("a refusal");
    assert!(matches!(refused, NoBackup::OwnFile(_)), "{refused}");
    assert_eq!(projects(&other), ["A"]);
    assert_eq!(count(&world).await, 1);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn whoever_may_not_read_the_database_may_not_read_its_backup() {
    use std::os::unix::fs::PermissionsExt as _;
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    let folder = TempDir::new().expect("a folder");
    let (from, to) = (file_of(&app), folder.path().join("backup.db"));
    fs::set_permissions(&from, fs::Permissions::from_mode(0o600)).expect("an owner");
    backup(&from, &to).expect("a backup");
    let mode = fs::metadata(&to).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
