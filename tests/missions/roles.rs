//! Adding, changing and deleting the roles of a mission.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::ids::{MissionId, RoleId};
use serde_json::{Value, json};

use super::{accepted, invited, read};
use crate::support::{
    Answer, Client, Tables, TestApp, World, assert_invariants, audit, decline, hour, key, nobodys,
    on_each_database, refused,
};

const FIELDS: &str = "role { id name skill quantity mission { version } }";

const HISTORY: &str = r#"
    query($id: ID!, $mission: ID!) {
        assignment(id: $id) { status role { name staffing { needed } } }
        mission(id: $mission) { staffing { needed } project { staffing { needed } } }
        missions(filter: {understaffed: true, from: "2026-09-03T00:00:00Z"}) { totalCount }
    }
"#;

async fn add(client: &Client, mission: &str, role: Value) -> Answer {
    let input = json!({"missionId": mission, "role": role});
    client.mutate("addMissionRole", FIELDS, input).await
}

async fn update(client: &Client, input: Value) -> Answer {
    client.mutate("updateMissionRole", FIELDS, input).await
}

async fn delete(client: &Client, id: &str) -> Answer {
    let input = json!({"id": id});
    client.mutate("deleteMissionRole", "roleId", input).await
}

/// A mission with one role for so many people.
async fn place(world: &World<'_>, quantity: i32) -> (String, String) {
    let project = world.project("Festival").await;
    world
        .place(&project, (&hour(24), &hour(26)), quantity)
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_added_behind_the_others_and_raises_the_version_of_its_mission() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (mission, first) = place(&world, 1).await;
        let answer = add(
            &world.owner,
            &mission,
            json!({"name": " Son ", "skill": " Façade "}),
        )
        .await;
        let mut role = answer.data()["addMissionRole"]["role"].clone();
        let id = role["id"].take();
        assert_eq!(
            role,
            json!({
                "id": null, "name": "Son", "skill": "Façade", "quantity": 1,
                "mission": {"version": 2},
            })
        );
        delete(&world.owner, &first).await.data();
        add(
            &world.owner,
            &mission,
            json!({"name": "Rigger", "quantity": 3}),
        )
        .await
        .data();
        let now = read(&world.owner, &mission).await;
        let (son, rigger) = (("Son", 1), ("Rigger", 3));
        let role = |(name, quantity): (&str, i32)| json!({"name": name, "quantity": quantity});
        assert_eq!(now["roles"], json!([role(son), role(rigger)]));
        assert_eq!(now["version"], 4);
        let entries = audit(&app, "addMissionRole").await;
        assert_eq!(entries.len(), 2);
        let id = key::<RoleId>(id.as_str().expect("an id")).uuid();
        let entry = entries.iter().find(|entry| entry.entity_id == id);
        let changes = &entry.expect("an entry of the role").changes;
        assert_eq!(changes["mission"], json!([null, mission]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_has_at_most_100_roles_without_those_that_are_deleted() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let roles: Vec<Value> = (0..99).map(|i| json!({"name": format!("R{i}")})).collect();
        let times = (&*hour(24), &*hour(26));
        let (mission, roles) = world.mission(&project, times, json!(roles)).await;
        add(&world.owner, &mission, json!({"name": "R99"}))
            .await
            .data();
        let more = add(&world.owner, &mission, json!({"name": "R100"})).await;
        refused(&more, "BAD_USER_INPUT", "role");
        delete(&world.owner, &roles[50]).await.data();
        add(&world.owner, &mission, json!({"name": "R100"}))
            .await
            .data();
        for (role, field) in [
            (json!({"name": " "}), "role.name"),
            (json!({"name": "R", "skill": "é".repeat(101)}), "role.skill"),
            (json!({"name": "R", "quantity": 0}), "role.quantity"),
            (json!({"name": "R", "quantity": 1_001}), "role.quantity"),
        ] {
            refused(
                &add(&world.owner, &mission, role).await,
                "BAD_USER_INPUT",
                field,
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_of_a_role_changes_what_it_names_and_null_removes_the_skill() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (mission, role) = place(&world, 1).await;
        let input = json!({"id": role, "skill": "Rigging", "quantity": 1_000});
        let answer = update(&world.owner, input).await;
        assert_eq!(
            answer.data()["updateMissionRole"]["role"],
            json!({
                "id": role, "name": "Rigger", "skill": "Rigging", "quantity": 1_000,
                "mission": {"version": 2},
            })
        );
        app.state.clock.advance(TimeDelta::minutes(1));
        let answer = update(
            &world.owner,
            json!({"id": role, "skill": null, "name": "Cintrier"}),
        )
        .await;
        let now = &answer.data()["updateMissionRole"]["role"];
        assert_eq!(
            (&now["skill"], &now["name"]),
            (&json!(null), &json!("Cintrier"))
        );
        let before = Tables::of(&app).await.read(&app).await;
        for (field, value) in [
            ("name", json!(null)),
            ("name", json!("")),
            ("quantity", json!(null)),
            ("quantity", json!(0)),
            ("quantity", json!(1_001)),
        ] {
            let mut input = json!({"id": role});
            input[field] = value;
            refused(&update(&world.owner, input).await, "BAD_USER_INPUT", field);
        }
        update(
            &world.owner,
            json!({"id": role, "name": "Cintrier ", "skill": ""}),
        )
        .await
        .data();
        assert_eq!(Tables::of(&app).await.read(&app).await, before);
        let entries = audit(&app, "updateMissionRole").await;
        let changes: Vec<_> = entries.iter().map(|entry| entry.changes.clone()).collect();
        assert_eq!(
            changes,
            [
                json!({"skill": [null, "Rigging"], "quantity": [1, 1_000]}),
                json!({"skill": ["Rigging", null], "name": ["Rigger", "Cintrier"]}),
            ]
        );
        assert_eq!(read(&world.owner, &mission).await["version"], 3);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quantity_may_fall_to_the_number_of_those_who_accepted_and_not_below() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, role) = place(&world, 4).await;
        for name in ["Léa", "Max"] {
            accepted(&world, &role, name).await;
        }
        for name in ["Zoé", "Tom"] {
            invited(&world, &role, name).await;
        }
        let set = async |quantity: i32| {
            let input = json!({"id": role, "quantity": quantity});
            update(&world.owner, input).await
        };
        let refused = set(1).await;
        assert_eq!(refused.error(), ("QUANTITY_BELOW_ACCEPTED", "quantity"));
        set(2).await.data();
        set(3).await.data();
        assert_eq!(audit(&app, "updateMissionRole").await.len(), 2);
    })
    .await;
}

/// A role for which somebody has declined.
async fn declined(app: &TestApp, world: &World<'_>) -> (String, String, String) {
    let (mission, role) = place(world, 1).await;
    let lea = invited(world, &role, "Léa").await;
    decline(&app.client(), &lea.token).await.data();
    (mission, role, lea.assignment)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_deleted_when_nobody_is_invited_or_has_accepted_and_its_history_stays() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, role, _) = declined(&app, &world).await;
        invited(&world, &role, "Max").await;
        accepted(&world, &role, "Zoé").await;
        let used = delete(&world.owner, &role).await;
        assert_eq!(used.code(), "IN_USE");
        assert_eq!(used.at("/errors/0/extensions/dependents"), 2);
        assert!(audit(&app, "deleteMissionRole").await.is_empty());

        let project = world.project("Second").await;
        let (mission, role) = world.place(&project, (&hour(48), &hour(50)), 2).await;
        let eva = invited(&world, &role, "Eva").await;
        decline(&app.client(), &eva.token).await.data();
        let answer = delete(&world.owner, &role).await;
        assert_eq!(answer.data()["deleteMissionRole"]["roleId"], json!(role));
        let now = read(&world.owner, &mission).await;
        assert_eq!((&now["roles"], &now["version"]), (&json!([]), &json!(2)));
        let ids = json!({"id": eva.assignment, "mission": mission});
        let read = world.owner.gql(HISTORY, ids).await;
        assert_eq!(
            read.data(),
            &json!({
                "assignment": {
                    "status": "DECLINED", "role": {"name": "Rigger", "staffing": {"needed": 0}},
                },
                "mission": {"staffing": {"needed": 0}, "project": {"staffing": {"needed": 0}}},
                "missions": {"totalCount": 0},
            })
        );
        let entries = audit(&app, "deleteMissionRole").await;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].changes["name"], json!(["Rigger", null]));
        assert_invariants(&app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_role_is_answered_like_none() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, role, _) = declined(&app, &world).await;
        let tom = world.user("Tom", &[]).await;
        delete(&world.owner, &role).await.data();
        refused(&delete(&world.owner, &role).await, "NOT_FOUND", "id");
        let input = json!({"id": role, "quantity": 2});
        refused(&update(&world.owner, input).await, "NOT_FOUND", "id");
        refused(
            &world.try_invite(&role, &[&tom]).await,
            "NOT_FOUND",
            "roleId",
        );
        let candidates = "query($id: ID!) { candidates(roleId: $id) { user { id } } }";
        let answer = world.owner.gql(candidates, json!({"id": role})).await;
        assert_eq!(answer.error(), ("NOT_FOUND", "roleId"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_of_the_organisation_changes_roles() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let (mission, role) = place(&world, 1).await;
        let (tech, _) = world.member(Role::Tech).await;
        let new = || json!({"name": "Son"});
        assert_eq!(add(&tech, &mission, new()).await.code(), "FORBIDDEN");
        assert_eq!(update(&tech, json!({"id": role})).await.code(), "FORBIDDEN");
        assert_eq!(delete(&tech, &role).await.code(), "FORBIDDEN");
        for mission in [&mission, &nobodys(&app, MissionId::PREFIX)] {
            refused(
                &add(&other.owner, mission, new()).await,
                "NOT_FOUND",
                "missionId",
            );
        }
        for role in [&role, &nobodys(&app, RoleId::PREFIX)] {
            refused(
                &update(&other.owner, json!({"id": role})).await,
                "NOT_FOUND",
                "id",
            );
            refused(&delete(&other.owner, role).await, "NOT_FOUND", "id");
        }
        assert_eq!(read(&world.owner, &mission).await["version"], 1);
    })
    .await;
}
