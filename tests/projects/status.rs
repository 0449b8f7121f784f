//! The status of projects: which steps there are, and what archiving means for the people booked.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::domains::projects::model::ProjectStatus::{self, Active, Archived, Draft};
use coulisses_crew::ids::{AssignmentId, ProjectId};
use serde_json::{Value, json};

use crate::support::{
    Answer, Client, Tables, TestApp, World, accept, assert_invariants, audit, decline, hour, key,
    nobodys, on_each_database, refused, set_status,
};

async fn set(client: &Client, id: &str, status: ProjectStatus, cancel: bool) -> Answer {
    let input = json!({"id": id, "status": status.as_str(), "cancelFuture": cancel});
    let fields = "project { status version }";
    client.mutate("setProjectStatus", fields, input).await
}

async fn statuses(client: &Client, mission: &str) -> Vec<String> {
    let query = "query($id: ID!) { mission(id: $id) { assignments { status } } }";
    let read = client.gql(query, json!({"id": mission})).await;
    let mut found: Vec<String> = read
        .texts("/data/mission/assignments", "/status")
        .into_iter()
        .map(str::to_owned)
        .collect();
    found.sort_unstable();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn each_step_of_a_status_is_allowed_refused_or_for_an_admin() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, _) = world.member(Role::Tech).await;
        let (manager, _) = world.member(Role::Manager).await;
        let (admin, _) = world.member(Role::Admin).await;
        let clients = [&tech, &manager, &admin, &world.owner];
        let steps = [
            (Draft, Active, ["FORBIDDEN", "OK", "OK", "OK"]),
            (Draft, Archived, ["FORBIDDEN", "OK", "OK", "OK"]),
            (Active, Archived, ["FORBIDDEN", "OK", "OK", "OK"]),
            (Archived, Active, ["FORBIDDEN", "FORBIDDEN", "OK", "OK"]),
            (Draft, Draft, ["FORBIDDEN", "SAME", "SAME", "SAME"]),
            (Active, Active, ["FORBIDDEN", "SAME", "SAME", "SAME"]),
            (Archived, Archived, ["FORBIDDEN", "SAME", "SAME", "SAME"]),
            (
                Active,
                Draft,
                [
                    "FORBIDDEN",
                    "INVALID_TRANSITION",
                    "INVALID_TRANSITION",
                    "INVALID_TRANSITION",
                ],
            ),
            (
                Archived,
                Draft,
                [
                    "FORBIDDEN",
                    "INVALID_TRANSITION",
                    "INVALID_TRANSITION",
                    "INVALID_TRANSITION",
                ],
            ),
        ];
        let mut changes = 0;
        for (from, to, expected) in steps {
            for (client, expected) in clients.into_iter().zip(expected) {
                let id = world.project(&nobodys(&app, "project")).await;
                set_status(&app, &id, from).await;
                let answer = set(client, &id, to, false).await;
                let told = format!("{from:?} -> {to:?}: {}", answer.text);
                let (version, status) = match expected {
                    "OK" => (2, to),
                    "SAME" => (1, from),
                    code => {
                        assert_eq!(answer.code(), code, "{told}");
                        continue;
                    }
                };
                let project = &answer.data()["setProjectStatus"]["project"];
                assert_eq!(project["status"], status.as_str(), "{told}");
                assert_eq!(project["version"], version, "{told}");
                changes += version - 1;
            }
        }
        assert_eq!(audit(&app, "setProjectStatus").await.len(), changes);
        let other = World::new(&app, "scene").await;
        let id = world.project("A").await;
        for id in [&id, &nobodys(&app, ProjectId::PREFIX)] {
            refused(
                &set(&other.owner, id, Active, false).await,
                "NOT_FOUND",
                "id",
            );
        }
    })
    .await;
}

/// A project with a mission that has just started, and one that starts a microsecond later: Léa has accepted, Max is
/// invited, Zoé has declined.
async fn started_and_coming(app: &TestApp, world: &World<'_>) -> (String, String, String) {
    let project = world.project("A").await;
    let at = |micros: i64| {
        let start =
            app.state.clock.now() + TimeDelta::minutes(10) + TimeDelta::microseconds(micros);
        (
            start.to_rfc3339(),
            (start + TimeDelta::minutes(30)).to_rfc3339(),
        )
    };
    let mut missions = Vec::new();
    for (micros, names) in [(0, ["Léa", "Max", "Zoé"]), (1, ["Lia", "Tom", "Eva"])] {
        let (from, to) = at(micros);
        let (mission, role) = world.place(&project, (&from, &to), 3).await;
        let mut people = Vec::new();
        for name in names {
            people.push(world.user(name, &[]).await);
        }
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let invited = world.invite(&role, &people).await;
        accept(&app.client(), &invited[0].1).await.data();
        decline(&app.client(), &invited[2].1).await.data();
        missions.push(mission);
    }
    app.state.clock.advance(TimeDelta::minutes(10));
    let coming = missions.remove(1);
    (project, missions.remove(0), coming)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_with_people_booked_on_what_has_not_started_is_in_use() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (project, started, coming) = started_and_coming(&app, &world).await;
        let refused = set(&world.owner, &project, Archived, false).await;
        assert_eq!(refused.error(), ("IN_USE", "cancelFuture"));
        assert_eq!(refused.at("/errors/0/extensions/dependents"), 2);
        let all = ["ACCEPTED", "DECLINED", "INVITED"];
        assert_eq!(statuses(&world.owner, &coming).await, all);
        assert!(audit(&app, "setProjectStatus").await.is_empty());

        set(&world.owner, &project, Archived, true).await.data();
        assert_eq!(
            statuses(&world.owner, &coming).await,
            ["CANCELLED", "CANCELLED", "DECLINED"]
        );
        assert_eq!(statuses(&world.owner, &started).await, all);
        assert_invariants(&app).await;
        let entries = audit(&app, "setProjectStatus").await;
        let of: Vec<&Value> = entries
            .iter()
            .map(|entry| &entry.changes["status"])
            .collect();
        assert_eq!(of.len(), 3);
        for change in [
            json!(["DRAFT", "ARCHIVED"]),
            json!(["ACCEPTED", "CANCELLED"]),
            json!(["INVITED", "CANCELLED"]),
        ] {
            assert!(of.contains(&&change), "{change} in {of:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_without_anybody_booked_ahead_is_archived_without_asking() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (project, started, coming) = started_and_coming(&app, &world).await;
        // A microsecond later the other one has started too.
        app.state.clock.advance(TimeDelta::microseconds(1));
        set(&world.owner, &project, Archived, false).await.data();
        for mission in [started, coming] {
            let all = ["ACCEPTED", "DECLINED", "INVITED"];
            assert_eq!(statuses(&world.owner, &mission).await, all);
        }
        // Back again, by an ADMIN.
        set(&world.owner, &project, Active, false).await.data();
        assert_eq!(audit(&app, "setProjectStatus").await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_in_an_archived_project_can_be_planned() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("A").await;
        let (mission, role) = world.place(&project, (&hour(24), &hour(26)), 2).await;
        set(&world.owner, &project, Archived, false).await.data();
        let before = Tables::of(&app).await.read(&app).await;
        let new = json!({"title": "B", "startsAt": hour(24), "endsAt": hour(26)});
        let time = json!({"id": mission, "startsAt": hour(48), "endsAt": hour(49)});
        for (name, selection, input) in [
            (
                "createMission",
                "mission { id }",
                json!({"projectId": project, "mission": new}),
            ),
            (
                "createMissions",
                "missions { id }",
                json!({"projectId": project, "missions": [new]}),
            ),
            (
                "updateMission",
                "mission { id }",
                json!({"id": mission, "title": "B"}),
            ),
            ("rescheduleMission", "applied", time),
            (
                "duplicateMission",
                "mission { id }",
                json!({"id": mission, "startsAt": hour(48)}),
            ),
            ("cancelMission", "mission { id }", json!({"id": mission})),
            (
                "addMissionRole",
                "role { id }",
                json!({"missionId": mission, "role": {"name": "B"}}),
            ),
            (
                "updateMissionRole",
                "role { id }",
                json!({"id": role, "quantity": 1}),
            ),
            ("deleteMissionRole", "roleId", json!({"id": role})),
            (
                "updateProject",
                "project { id }",
                json!({"id": project, "name": "B"}),
            ),
        ] {
            let answer = world.owner.mutate(name, selection, input).await;
            assert_eq!(answer.code(), "MISSION_CLOSED", "{name}: {}", answer.text);
        }
        assert_eq!(Tables::of(&app).await.read(&app).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn archiving_takes_the_links_of_those_whom_it_cancels() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("A").await;
        let (_, role) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let lea = world.user("Léa", &[]).await;
        let (assignment, token) = world.invite(&role, &[&lea]).await.remove(0);
        set(&world.owner, &project, Archived, true).await.data();
        set(&world.owner, &project, Active, false).await.data();
        assert_eq!(accept(&app.client(), &token).await.code(), "INVALID_TOKEN");
        let query = "query($id: ID!) { assignment(id: $id) { status invitation { status } } }";
        let read = world.owner.gql(query, json!({"id": assignment})).await;
        assert_eq!(
            read.data()["assignment"],
            json!({"status": "CANCELLED", "invitation": {"status": "REVOKED"}})
        );
        let entries = audit(&app, "setProjectStatus").await;
        let id = key::<AssignmentId>(&assignment).uuid();
        assert!(entries.iter().any(|entry| entry.entity_id == id));
    })
    .await;
}
