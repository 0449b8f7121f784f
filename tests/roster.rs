//! `examples/roster/roster.py` against a running server.

use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use crate::support::{
    Live, Need, PASSWORD, TestApp, World, accept, backends, cancel_mission, has, insert_users, run,
};

/// The owner of the organisation "regie" at a desk of their own, with `examples/roster/roster.py`.
struct Desk<'a> {
    server: &'a Live,
    folder: &'a Path,
}

impl Desk<'_> {
    /// Runs the script; its exit status, what it printed and what it complained about.
    async fn roster(&self, arguments: &[&str], password: &str) -> (i32, String, String) {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/roster/roster.py");
        let arguments = [&[script], arguments].concat();
        let url = self.server.url();
        let environment = [
            ("COULISSES_URL", url.as_str()),
            ("COULISSES_EMAIL", "owner@regie.example"),
            ("COULISSES_PASSWORD", password),
            ("NO_PROXY", "*"),
        ];
        let output = run("python3", &arguments, self.folder, &environment).await;
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let status = output.status.code().expect("an exit status");
        (status, text(output.stdout), text(output.stderr))
    }

    /// What a run printed that has to go well.
    async fn printed(&self, arguments: &[&str]) -> String {
        let (status, printed, complaints) = self.roster(arguments, PASSWORD).await;
        assert_eq!((status, complaints.as_str()), (0, ""), "{printed}");
        printed
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
            server: &server,
            folder: folder.path(),
        };
        test(&app, World::new(&app, "regie").await, desk).await;
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_imports_good_lines_and_tells_the_bad_ones_by_number() {
    with_the_roster_script(async |app, world, desk| {
        let lines = "\u{feff}name,email,skills\n\
            \"Petit, Noé \"\"Nono\"\"\",noe@example.org,sound; rigging;\n\
            Zoë,not an address,\n\
            Léa,lea@example.org\n\
            \n\
            Léa again,LEA@example.org,sound\n\
            Sam,sam@example.org,sound,rigging\n\
            Åsa,,\n";
        std::fs::write(desk.folder.join("people.csv"), lines).expect("a file");
        let (status, printed, complaints) = desk.roster(&["import", "people.csv"], PASSWORD).await;
        assert_eq!(printed, "3 imported, 1 already there, 2 refused\n");
        let complaints: Vec<&str> = complaints.lines().collect();
        let [invalid, duplicate, too_long] = complaints[..] else {
            panic!("{complaints:?}");
        };
        assert!(
            invalid.starts_with("people.csv, line 3: email: "),
            "{invalid}"
        );
        assert!(invalid.ends_with(" (BAD_USER_INPUT)"), "{invalid}");
        assert!(
            duplicate.starts_with("people.csv, line 6: email: "),
            "{duplicate}"
        );
        assert!(duplicate.ends_with(" (ALREADY_EXISTS)"), "{duplicate}");
        assert!(
            too_long.starts_with("people.csv, line 7: more values than columns"),
            "{too_long}"
        );
        assert_eq!(status, 1);

        // Three pages of them: all of them once, by name.
        let more: Vec<String> = (0..450).map(|n| format!("extra {n:03}")).collect();
        insert_users(app, &world.org_id, more.iter().cloned()).await;
        let people = desk.printed(&["people"]).await;
        let mut expected = vec!["Åsa\t\t".to_owned()];
        expected.extend(more.iter().map(|name| format!("{name}\t\t")));
        expected.push("Léa\tlea@example.org\t".into());
        expected.push("Petit, Noé \"Nono\"\tnoe@example.org\trigging;sound".into());
        assert!(people.lines().eq(expected), "{people}");

        let (status, printed, complaint) = desk.roster(&["people"], "a wrong one").await;
        assert_eq!((status, printed.as_str()), (1, ""));
        assert!(
            complaint.ends_with(" (INVALID_CREDENTIALS)\n"),
            "{complaint}"
        );
        // It has signed out each time: only the owner's own session is open.
        let sessions = world.owner.query("{ me { sessions { current } } }").await;
        assert_eq!(
            sessions.data()["me"]["sessions"],
            json!([{"current": true}])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_prints_a_call_sheet_in_the_time_zones_of_the_missions() {
    with_the_roster_script(async |app, world, desk| {
        let (lea, sam) = (world.user("Léa", &[]).await, world.user("Sam", &[]).await);
        let project = world.project("Tournée d'été").await;
        // The name of the other one holds this name.
        world.project("Tournée d'été 2").await;
        let mission = |title, from, to, zone| {
            json!({"title": title, "startsAt": from, "endsAt": to, "timezone": zone,
                   "roles": [{"name": "Rigger", "quantity": 3}, {"name": "Runner"}]})
        };
        let paris = mission(
            "Load-in",
            "2031-07-14T18:00:00Z",
            "2031-07-15T00:30:00Z",
            "Europe/Paris",
        );
        let made = world.create_mission(&project, paris).await;
        let role = made.str("/data/createMission/mission/roles/0/id");
        let invited = world.invite(role, &[&lea, &sam]).await;
        accept(&world.owner, &invited[0].1).await.data();
        let mut kolkata = mission(
            "Show",
            "2031-12-01T04:00:00Z",
            "2031-12-01T12:15:00Z",
            "Asia/Kolkata",
        );
        kolkata["location"] = json!("Quai 3");
        world.create_mission(&project, kolkata).await.data();
        let cancelled = mission(
            "Off",
            "2031-07-14T18:00:00Z",
            "2031-07-14T19:00:00Z",
            "Europe/Paris",
        );
        let cancelled = world.create_mission(&project, cancelled).await;
        cancel_mission(app, cancelled.str("/data/createMission/mission/id")).await;

        let sheet = desk.printed(&["sheet", "Tournée d'été"]).await;
        assert_eq!(sheet, SHEET);
        let (status, printed, complaint) = desk.roster(&["sheet", "Tournée"], PASSWORD).await;
        assert_eq!((status, printed.as_str()), (1, ""));
        assert_eq!(complaint, "roster.py: there is no project called Tournée\n");
    })
    .await;
}

const SHEET: &str = "\
Tournée d'été

Mon 14 Jul 2031 20:00 to Tue 15 Jul 02:30 CEST
  Load-in
    Rigger: 1 of 3, 2 open
      Léa
      Sam (asked)
    Runner: 0 of 1, 1 open

Mon 01 Dec 2031 09:30 to 17:45 IST, Quai 3
  Show
    Rigger: 0 of 3, 3 open
    Runner: 0 of 1, 1 open
";
