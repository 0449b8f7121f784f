//! Call sheets.

use serde_json::json;

use super::with_the_roster_script;
use crate::support::{accept, cancel_mission};

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

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_names_both_offsets_of_a_night_on_which_the_clocks_change() {
    with_the_roster_script(async |_, world, desk| {
        let project = world.project("Nuits").await;
        for (title, from, to) in [
            ("Spring", "2031-03-29T22:00:00Z", "2031-03-30T04:00:00Z"),
            ("Autumn", "2031-10-25T22:00:00Z", "2031-10-26T05:00:00Z"),
            ("Hour twice", "2031-10-26T00:30:00Z", "2031-10-26T01:30:00Z"),
            (
                "Second hour",
                "2031-10-26T01:00:00Z",
                "2031-10-26T01:45:00Z",
            ),
        ] {
            let mission =
                json!({"title": title, "startsAt": from, "endsAt": to, "timezone": "Europe/Paris"});
            world.create_mission(&project, mission).await.data();
        }
        let sheet = desk.printed(&["sheet", "nuits"]).await;
        assert_eq!(sheet, NIGHTS);
    })
    .await;
}

const NIGHTS: &str = "\
Nuits

Sat 29 Mar 2031 23:00 CET to Sun 30 Mar 06:00 CEST
  Spring

Sun 26 Oct 2031 00:00 CEST to 06:00 CET
  Autumn

Sun 26 Oct 2031 02:30 CEST to 02:30 CET
  Hour twice

Sun 26 Oct 2031 02:00 to 02:45 CET
  Second hour
";

#[tokio::test(flavor = "multi_thread")]
async fn the_roster_script_finds_a_project_by_any_spelling_of_its_name_or_a_part() {
    with_the_roster_script(async |_, world, desk| {
        for name in ["Tournée d'été", "Tournée d'été 2", "Festival des Lumières"] {
            world.project(name).await;
        }
        for (typed, found) in [
            ("Tournée d'été", "Tournée d'été"),
            ("TOURNEE D'ETE", "Tournée d'été"),
            ("tournee d'ete 2", "Tournée d'été 2"),
            ("lumiere", "Festival des Lumières"),
        ] {
            assert_eq!(desk.printed(&["sheet", typed]).await, format!("{found}\n"));
        }
        for (typed, complaint) in [
            (
                "tournee",
                "several projects fit “tournee”; which of them is meant?\n  \
                 Tournée d'été\n  Tournée d'été 2",
            ),
            ("Hiver", "there is no project with “Hiver” in its name"),
        ] {
            let (status, printed, told) = desk.roster(&["sheet", typed]).await;
            assert_eq!((status, printed.as_str()), (1, ""));
            assert_eq!(told, format!("roster.py: {complaint}\n"));
        }
    })
    .await;
}
