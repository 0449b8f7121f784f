//! Copying a mission: its roles and its length, not its people.

use coulisses_crew::access::Role;
use coulisses_crew::ids::MissionId;
use serde_json::{Value, json};

use super::{accepted, read};
use crate::support::{
    Answer, Client, World, audit, cancel_mission, hour, nobodys, on_each_database, refused,
};

const FIELDS: &str = "
    mission {
        id title description location startsAt endsAt timezone cancelledAt version
        project { id } roles { name skill quantity } assignments { id }
    }
";

async fn copy(client: &Client, input: Value) -> Answer {
    client.mutate("duplicateMission", FIELDS, input).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_has_the_roles_and_the_texts_but_no_people() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let roles = json!([{"name": "Son", "skill": "Façade", "quantity": 2}, {"name": "Rigger"}]);
        let mission = json!({
            "title": "Show", "description": "Tard", "location": "Zénith", "timezone": "UTC",
            "startsAt": hour(24), "endsAt": hour(27), "roles": roles,
        });
        let made = world.create_mission(&project, mission).await;
        let id = made.str("/data/createMission/mission/id");
        let role = made.str("/data/createMission/mission/roles/0/id");
        accepted(&world, role, "Léa").await;
        let before = read(&world.owner, id).await;
        // The copy of a cancelled mission takes place.
        cancel_mission(&app, id).await;
        let answer = copy(&world.owner, json!({"id": id, "startsAt": hour(48)})).await;
        let mut made = answer.data()["duplicateMission"]["mission"].clone();
        let copied = made["id"].take();
        assert_ne!(copied, id);
        assert_eq!(
            made,
            json!({
                "id": null, "title": "Show", "description": "Tard", "location": "Zénith",
                "startsAt": "2026-09-03T08:00:00Z", "endsAt": "2026-09-03T11:00:00Z",
                "timezone": "UTC", "cancelledAt": null, "version": 1, "project": {"id": project},
                "roles": [
                    {"name": "Son", "skill": "Façade", "quantity": 2},
                    {"name": "Rigger", "skill": null, "quantity": 1},
                ],
                "assignments": [],
            })
        );
        assert_eq!(read(&world.owner, id).await["version"], before["version"]);
        let entries = audit(&app, "duplicateMission").await;
        assert_eq!(entries.len(), 3, "the mission and two roles");
        let named = json!({"id": id, "startsAt": hour(48), "title": " Encore "});
        let answer = copy(&world.owner, named).await;
        assert_eq!(
            answer.data()["duplicateMission"]["mission"]["title"],
            "Encore"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_takes_as_many_hours_in_a_night_in_which_the_clocks_change() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        // 22:00 to 06:00 in Paris: eight hours in an ordinary night, nine in October and seven in March.
        for (night, ends) in [
            ("2026-09-12T22:00:00+02:00", "2026-09-13T06:00:00+02:00"),
            ("2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00"),
            ("2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00"),
        ] {
            let (id, _) = world.place(&project, (night, ends), 1).await;
            let hours = |from: &Value, to: &Value| {
                let at = |text: &Value| crate::support::instant(text.as_str().expect("an instant"));
                (at(to) - at(from)).num_hours()
            };
            let of = read(&world.owner, &id).await;
            for starts in ["2026-10-24T22:00:00+02:00", "2027-03-27T22:00:00+01:00"] {
                let answer = copy(&world.owner, json!({"id": id, "startsAt": starts})).await;
                let copied = &answer.data()["duplicateMission"]["mission"];
                assert_eq!(
                    hours(&copied["startsAt"], &copied["endsAt"]),
                    hours(&of["startsAt"], &of["endsAt"]),
                    "{night} copied to {starts}"
                );
            }
        }
        let night = read(
            &world.owner,
            &world
                .place(
                    &project,
                    ("2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00"),
                    1,
                )
                .await
                .0,
        )
        .await;
        assert_eq!(night["startsAt"], "2026-10-24T20:00:00Z");
        assert_eq!(night["endsAt"], "2026-10-25T05:00:00Z");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_of_the_organisation_copies_a_mission() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let project = world.project("Festival").await;
        let (id, _) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let (tech, _) = world.member(Role::Tech).await;
        let input = |id: &str| json!({"id": id, "startsAt": hour(48)});
        assert_eq!(copy(&tech, input(&id)).await.code(), "FORBIDDEN");
        for id in [&id, &nobodys(&app, MissionId::PREFIX)] {
            refused(&copy(&other.owner, input(id)).await, "NOT_FOUND", "id");
        }
        let empty = json!({"id": id, "startsAt": hour(48), "title": " "});
        refused(&copy(&world.owner, empty).await, "BAD_USER_INPUT", "title");
        assert!(audit(&app, "duplicateMission").await.is_empty());
    })
    .await;
}
