//! Changing the texts of projects, and deleting projects.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::AT_ONCE;
use coulisses_crew::db::dsl::Columns;
use coulisses_crew::db::schema::missions;
use coulisses_crew::domains::missions::model::Mission;
use coulisses_crew::domains::projects::model::ProjectStatus;
use coulisses_crew::ids::{MissionId, ProjectId};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{
    Answer, Client, Tables, TestApp, World, accept, all_at_once, audit, decline, hour, key,
    nobodys, on_each_database, outcome, refused, set_status,
};

const FIELDS: &str = "project { id name description status updatedAt version }";

async fn update(client: &Client, input: Value) -> Answer {
    client.mutate("updateProject", FIELDS, input).await
}

async fn delete(client: &Client, id: &str) -> Answer {
    let input = json!({"id": id});
    client.mutate("deleteProject", "projectId", input).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_changes_what_it_names_and_null_removes_the_description() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = world.project("Festival").await;
        app.state.clock.advance(TimeDelta::minutes(10));
        let described = json!({"id": id, "description": " Deux jours "});
        let answer = update(&world.owner, described).await;
        assert_eq!(
            answer.data()["updateProject"]["project"],
            json!({
                "id": id, "name": "Festival", "description": "Deux jours", "status": "DRAFT",
                "updatedAt": "2026-09-01T08:10:00Z", "version": 2,
            })
        );
        app.state.clock.advance(TimeDelta::minutes(1));
        let renamed = update(&world.owner, json!({"id": id, "name": " FESTIVAL "})).await;
        let project = &renamed.data()["updateProject"]["project"];
        assert_eq!(project["name"], "FESTIVAL");
        assert_eq!(project["description"], "Deux jours");
        app.state.clock.advance(TimeDelta::minutes(1));
        let emptied = update(&world.owner, json!({"id": id, "description": null})).await;
        let project = &emptied.data()["updateProject"]["project"];
        assert_eq!(
            (&project["description"], &project["version"]),
            (&json!(null), &json!(4))
        );
        for name in [json!(null), json!(" ")] {
            let answer = update(&world.owner, json!({"id": id, "name": name})).await;
            refused(&answer, "BAD_USER_INPUT", "name");
        }

        let entries = audit(&app, "updateProject").await;
        let changes: Vec<_> = entries.iter().map(|entry| entry.changes.clone()).collect();
        assert_eq!(
            changes,
            [
                json!({"description": [null, "Deux jours"]}),
                json!({"name": ["Festival", "FESTIVAL"]}),
                json!({"description": ["Deux jours", null]}),
            ]
        );
        assert_eq!(entries[0].entity_id, key::<ProjectId>(&id).uuid());
        // The list finds it by its new name.
        let found = world
            .owner
            .query(r#"{ projects(filter: {search: "festival"}) { nodes { name } } }"#)
            .await;
        assert_eq!(found.texts("/data/projects/nodes", "/name"), ["FESTIVAL"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_without_a_difference_writes_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = world.project("Festival").await;
        let tables = Tables::of(&app).await;
        let before = tables.read(&app).await;
        for input in [
            json!({"id": id}),
            json!({"id": id, "name": "Festival", "description": "  ", "expectedVersion": 1}),
        ] {
            let answer = update(&world.owner, input).await;
            assert_eq!(answer.data()["updateProject"]["project"]["version"], 1);
        }
        assert_eq!(tables.read(&app).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_change_the_same_version_of_a_project_one_is_told() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = world.project("Festival").await;
        let request = |name: String| {
            let input = json!({"id": id, "expectedVersion": 1, "name": name});
            (world.owner.clone(), "updateProject", FIELDS, input)
        };
        let requests = (0..8).map(|i| request(format!("P{i}"))).collect();
        let answers = all_at_once(requests).await;
        let mut outcomes: Vec<&str> = answers.iter().map(outcome).collect();
        outcomes.sort_unstable();
        assert_eq!(outcomes[0], "OK", "{outcomes:?}");
        assert_eq!(outcomes[1..], ["VERSION_CONFLICT"; 7], "{outcomes:?}");
        assert_eq!(audit(&app, "updateProject").await.len(), 1);
        let late = update(&world.owner, json!({"id": id, "expectedVersion": 1})).await;
        refused(&late, "VERSION_CONFLICT", "expectedVersion");
        let read = update(&world.owner, json!({"id": id, "expectedVersion": 2})).await;
        assert_eq!(read.data()["updateProject"]["project"]["version"], 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_cannot_take_the_name_of_another_and_an_archived_one_is_read_only() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (first, second) = (world.project("A").await, world.project("B").await);
        let taken = update(&world.owner, json!({"id": second, "name": "a"})).await;
        refused(&taken, "ALREADY_EXISTS", "name");
        set_status(&app, &first, ProjectStatus::Archived).await;
        let closed = update(&world.owner, json!({"id": first, "name": "C"})).await;
        assert_eq!(closed.code(), "MISSION_CLOSED");
        assert!(audit(&app, "updateProject").await.is_empty());
        let (tech, _) = world.member(Role::Tech).await;
        let answer = update(&tech, json!({"id": second, "name": "C"})).await;
        assert_eq!(answer.code(), "FORBIDDEN");
        let other = World::new(&app, "scene").await;
        for id in [&second, &nobodys(&app, ProjectId::PREFIX)] {
            let answer = update(&other.owner, json!({"id": id, "name": "C"})).await;
            refused(&answer, "NOT_FOUND", "id");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_deletes_a_project_with_its_missions_and_roles() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (manager, _) = world.member(Role::Manager).await;
        let (admin, _) = world.member(Role::Admin).await;
        let (project, other) = (world.project("A").await, world.project("B").await);
        let (mission, role) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        world.place(&other, (&hour(24), &hour(26)), 1).await;
        assert_eq!(delete(&manager, &project).await.code(), "FORBIDDEN");
        let answer = delete(&admin, &project).await;
        assert_eq!(answer.data()["deleteProject"]["projectId"], json!(project));
        for id in [&project, &mission, &role] {
            let node = world
                .owner
                .gql(
                    "query($id: ID!) { node(id: $id) { id } }",
                    json!({"id": id}),
                )
                .await;
            assert_eq!(node.data()["node"], json!(null));
        }
        refused(&delete(&admin, &project).await, "NOT_FOUND", "id");
        let entries = audit(&app, "deleteProject").await;
        let kinds: Vec<&str> = entries.iter().map(|entry| &*entry.entity_type).collect();
        assert_eq!(kinds.len(), 3, "{kinds:?}");
        let of_mission = entries.iter().find(|entry| entry.entity_type == "Mission");
        let of_mission = of_mission.expect("an entry of the mission");
        assert_eq!(of_mission.entity_id, key::<MissionId>(&mission).uuid());
        assert_eq!(of_mission.changes["title"], json!(["Load-in", null]));
        let left = world.owner.query("{ missions { totalCount } }").await;
        assert_eq!(left.data()["missions"]["totalCount"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_project_is_deleted_in_parts_and_in_one_transaction() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("A").await;
        let mission = json!({
            "title": "A", "startsAt": hour(24), "endsAt": hour(26), "roles": [{"name": "R"}],
        });
        let input = json!({"projectId": project, "missions": vec![mission; 201]});
        let made = world
            .owner
            .mutate("createMissions", "missions { id }", input)
            .await;
        assert_eq!(
            made.texts("/data/createMissions/missions", "/id").len(),
            201
        );
        delete(&world.owner, &project).await.data();
        assert_eq!(audit(&app, "deleteProject").await.len(), 1 + 2 * 201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_with_more_than_5_000_missions_and_roles_is_not_deleted() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("A").await;
        let times = (&*hour(24), &*hour(26));
        let (mission, role) = world.place(&project, times, 1).await;
        // With the mission and its role these are one too many.
        insert_copies_of_mission(&app, &mission, 4_999).await;
        let before = audit(&app, "deleteProject").await.len();
        refused(
            &delete(&world.owner, &project).await,
            "BAD_USER_INPUT",
            "id",
        );
        assert_eq!(audit(&app, "deleteProject").await.len(), before);

        let input = json!({"id": role});
        let deleted = world.owner.mutate("deleteMissionRole", "roleId", input);
        deleted.await.data();
        delete(&world.owner, &project).await.data();
    })
    .await;
}

/// Inserts so many missions like this one, without roles.
async fn insert_copies_of_mission(app: &TestApp, id: &str, copies: usize) {
    let now = app.state.clock.now();
    let write = app.state.db.write(async |conn| {
        let of_id = missions::table.filter(missions::id.eq(key::<MissionId>(id)));
        let mission: Mission = conn.one(of_id.select(Mission::columns())).await?;
        let copy = |_| {
            let id = app.state.random.id(now);
            let row = Mission {
                id,
                ..mission.clone()
            };
            (row, missions::title_folded.eq("a"))
        };
        let copies: Vec<_> = (0..copies).map(copy).collect();
        for rows in copies.chunks(AT_ONCE) {
            let insert = diesel::insert_into(missions::table).values(rows.to_vec());
            conn.execute(insert).await?;
        }
        Ok(())
    });
    write.await.expect("missions");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_on_which_anybody_was_asked_to_work_is_not_deleted() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("A").await;
        let (_, role) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let people = [world.user("Léa", &[]).await, world.user("Max", &[]).await];
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let invited = world.invite(&role, &people).await;
        decline(&app.client(), &invited[0].1).await.data();
        accept(&app.client(), &invited[1].1).await.data();
        let before = Tables::of(&app).await.read(&app).await;
        let answer = delete(&world.owner, &project).await;
        assert_eq!(answer.code(), "IN_USE");
        assert_eq!(answer.at("/errors/0/extensions/dependents"), 2);
        assert_eq!(Tables::of(&app).await.read(&app).await, before);
    })
    .await;
}
