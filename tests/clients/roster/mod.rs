//! `examples/roster/roster.py` against a running server.

mod import;
mod refusals;
mod sheet;

use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::support::{Live, Need, PASSWORD, TestApp, World, backends, has, insert_users, run};

/// The owner of the organisation "regie" at a desk of their own, with `examples/roster/roster.py`.
struct Desk<'a> {
    url: String,
    folder: &'a Path,
}

impl Desk<'_> {
    /// Runs the script as somebody; its exit status, what it printed and what it complained about.
    async fn roster_as(
        &self,
        (email, password): (&str, &str),
        arguments: &[&str],
    ) -> (i32, String, String) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/roster/roster.py");
        let arguments = [&[script], arguments].concat();
        let environment = [
            ("COULISSES_URL", self.url.as_str()),
            ("COULISSES_EMAIL", email),
            ("COULISSES_PASSWORD", password),
            ("NO_PROXY", "*"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ];
        let output = run("python3", &arguments, self.folder, &environment).await;
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let status = output.status.code().expect("an exit status");
        (status, text(output.stdout), text(output.stderr))
    }

    /// Runs the script as the owner.
    async fn roster(&self, arguments: &[&str]) -> (i32, String, String) {
        self.roster_as(("owner@regie.example", PASSWORD), arguments)
            .await
    }

    /// What a run printed that has to go well.
    async fn printed(&self, arguments: &[&str]) -> String {
        let (status, printed, complaints) = self.roster(arguments).await;
        assert_eq!((status, complaints.as_str()), (0, ""), "{printed}");
        printed
    }

    /// Writes people.csv.
    fn write(&self, content: impl AsRef<[u8]>) {
        std::fs::write(self.folder.join("people.csv"), content).expect("a file");
    }

    /// Imports people.csv: the exit status, the summary, and the complaints without the name of the file.
    async fn import(&self, content: impl AsRef<[u8]>) -> (i32, String, Vec<String>) {
        self.write(content);
        let (status, printed, complaints) = self.roster(&["import", "people.csv"]).await;
        let summary = printed.lines().last().unwrap_or_default().to_owned();
        let complaints = complaints.lines().map(|line| {
            let complaint = line.strip_prefix("people.csv, ");
            complaint.expect("the name of the file").to_owned()
        });
        (status, summary, complaints.collect())
    }
}

/// Runs a test of the script on each database, where there is a Python.
async fn with_the_roster_script(test: impl AsyncFn(&TestApp, World<'_>, Desk<'_>)) {
    if !has(Need::Python) {
        return;
    }
    for backend in backends() {
        println!("--- on {backend:?}");
        let app = TestApp::with(backend, &[]).await;
        let server = Live::start(&app).await;
        let folder = TempDir::new().expect("a temporary folder");
        let desk = Desk {
            url: server.url(),
            folder: folder.path(),
        };
        test(&app, World::new(&app, "regie").await, desk).await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_prints_all_people_as_a_file_that_it_can_import() {
    with_the_roster_script(async |app, world, desk| {
        let lines = "name,email,phone,skills,tags\n\
            Åsa,,,,\n\
            Léa,lea@example.org,+33 6 12 34 56 78,,\n\
            \"Petit, Noé \"\"Nono\"\"\",noe@example.org,,rigging; sound,CDI\n";
        let (status, summary, complaints) = desk.import(lines).await;
        assert_eq!(summary, "3 imported, 0 already there, 0 left out");
        assert_eq!((status, complaints.len()), (0, 0), "{complaints:?}");

        // Three pages of them: all of them once, by name.
        let more: Vec<String> = (0..450).map(|n| format!("extra {n:03}")).collect();
        insert_users(app, &world.org_id, more.iter().cloned()).await;
        let people = desk.printed(&["people"]).await;
        let mut expected: Vec<String> = lines.lines().map(str::to_owned).collect();
        expected.splice(2..2, more.iter().map(|name| format!("{name},,,,")));
        assert!(people.lines().eq(expected), "{people}");

        desk.write(people);
        let (status, printed, _) = desk.roster(&["import", "people.csv"]).await;
        assert!(
            printed.ends_with("\n0 imported, 453 already there, 0 left out\n"),
            "{printed}"
        );
        assert_eq!(status, 0);

        // It has signed out each time: only the owner's own session is open.
        let sessions = world.owner.query("{ me { sessions { current } } }").await;
        assert_eq!(
            sessions.data()["me"]["sessions"],
            json!([{"current": true}])
        );
    })
    .await;
}
