//! Planning missions: their projects, texts and roles.

use coulisses_crew::access::Role;
use coulisses_crew::domains::projects::model::ProjectStatus;
use coulisses_crew::ids::{AnyId, MissionId, ProjectId};
use serde_json::{Value, json};

use super::{total, with};
use crate::support::{
    Answer, Client, World, audit, hour, nobodys, on_each_database, refused, set_status,
};

const FIELDS: &str =
    "id title description location startsAt endsAt timezone cancelledAt createdAt updatedAt version
    project { id } roles { id name skill quantity }";

async fn create(client: &Client, project: &str, mission: Value) -> Answer {
    let create = format!(
        "mutation($input: CreateMissionInput!) {{
            createMission(input: $input) {{ mission {{ {FIELDS} }} }}
        }}"
    );
    client
        .gql(
            &create,
            json!({"input": {"projectId": project, "mission": mission}}),
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mission_is_trimmed_and_keeps_the_order_of_its_roles() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let mission = json!({
            "title": " Montage ", "description": " Tôt ", "location": " Zénith ",
            "timezone": "America/New_York", "startsAt": "2026-10-24T22:00:00+02:00",
            "endsAt": "2026-10-25T06:00:00+01:00",
            "roles": [
                {"name": " Son ", "skill": " Son façade ", "quantity": 2},
                {"name": "Rigger", "skill": " "}, {"name": "Rigger", "quantity": null},
                {"name": "Accueil"},
            ],
        });
        let answer = create(&world.owner, &project, mission).await;
        let id = answer.str("/data/createMission/mission/id").to_owned();
        let mut made = answer.data()["createMission"]["mission"].clone();
        let read = format!("query($id: ID!) {{ mission(id: $id) {{ {FIELDS} }} }}");
        assert_eq!(
            world.owner.gql(&read, json!({"id": id})).await.data()["mission"],
            made
        );
        for role in made["roles"].as_array_mut().expect("roles") {
            let id = role
                .as_object_mut()
                .and_then(|role| role.remove("id"))
                .expect("an id");
            assert!(
                id.as_str().is_some_and(|id| id.starts_with("role_")),
                "{id}"
            );
        }
        assert_eq!(
            made,
            json!({
                "id": id, "title": "Montage", "description": "Tôt", "location": "Zénith",
                "startsAt": "2026-10-24T20:00:00Z", "endsAt": "2026-10-25T05:00:00Z",
                "timezone": "America/New_York", "cancelledAt": null,
                "createdAt": "2026-09-01T08:00:00Z", "updatedAt": "2026-09-01T08:00:00Z",
                "version": 1, "project": {"id": project},
                "roles": [
                    {"name": "Son", "skill": "Son façade", "quantity": 2},
                    {"name": "Rigger", "skill": null, "quantity": 1},
                    {"name": "Rigger", "skill": null, "quantity": 1},
                    {"name": "Accueil", "skill": null, "quantity": 1},
                ],
            })
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_and_roles_of_a_mission_have_limits() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let long = |length: usize| "é".repeat(length);
        let role = |quantity: i32| json!([{"name": "A"}, {"name": "B", "quantity": quantity}]);
        let roles = |count: usize| vec![json!({"name": "A"}); count];
        for (field, value, at) in [
            ("title", json!(" "), "mission.title"),
            ("title", json!(long(201)), "mission.title"),
            ("description", json!(long(10_001)), "mission.description"),
            ("location", json!(long(501)), "mission.location"),
            ("roles", role(0), "mission.roles.1.quantity"),
            ("roles", role(-1), "mission.roles.1.quantity"),
            ("roles", role(1001), "mission.roles.1.quantity"),
            ("roles", json!(roles(101)), "mission.roles"),
            ("roles", json!([{"name": ""}]), "mission.roles.0.name"),
            (
                "roles",
                json!([{"name": long(201)}]),
                "mission.roles.0.name",
            ),
            (
                "roles",
                json!([{"name": "A", "skill": long(101)}]),
                "mission.roles.0.skill",
            ),
        ] {
            refused(
                &create(&world.owner, &project, with(field, value)).await,
                "BAD_USER_INPUT",
                at,
            );
        }
        assert_eq!(total(&world.owner).await, 0);
        assert!(audit(&app, "createMission").await.is_empty());
        for (field, value) in [
            ("title", json!(long(200))),
            ("description", json!(long(10_000))),
            ("location", json!(long(500))),
            ("roles", role(1)),
            ("roles", role(1000)),
            ("roles", json!(roles(100))),
            ("roles", json!([])),
            ("roles", json!([{"name": long(200), "skill": long(100)}])),
        ] {
            let answer = create(&world.owner, &project, with(field, value.clone())).await;
            let made = &answer.data()["createMission"]["mission"][field];
            if let (Some(made), Some(given)) = (made.as_array(), value.as_array()) {
                assert_eq!(made.len(), given.len());
                assert!(made.iter().zip(given).all(|(made, given)| {
                    made["quantity"] == given.get("quantity").cloned().unwrap_or(json!(1))
                }));
            } else {
                assert_eq!(made, &value);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_needs_a_project_of_the_organisation_that_is_not_archived() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let (theirs, own) = (other.project("Theirs").await, world.project("Own").await);
        let foreign = create(&world.owner, &theirs, with("title", "A")).await;
        let missing = create(
            &world.owner,
            &nobodys(&app, ProjectId::PREFIX),
            with("title", "A"),
        )
        .await;
        refused(&foreign, "NOT_FOUND", "projectId");
        assert_eq!(foreign.at("/errors/0/path"), &json!(["createMission"]));
        assert_eq!(
            (foreign.status, &foreign.body),
            (missing.status, &missing.body)
        );
        let user = world.user("Léa", &[]).await;
        for id in [user.as_str(), "nonsense", "", &own.to_uppercase()] {
            refused(
                &create(&world.owner, id, with("title", "A")).await,
                "BAD_USER_INPUT",
                "projectId",
            );
        }
        set_status(&app, &own, ProjectStatus::Archived).await;
        let closed = create(&world.owner, &own, with("title", "A")).await;
        assert_eq!(closed.code(), "MISSION_CLOSED");
        assert_eq!(total(&world.owner).await, 0);
        assert_eq!(total(&other.owner).await, 0);
        assert!(audit(&app, "createMission").await.is_empty());
        for status in [ProjectStatus::Draft, ProjectStatus::Active] {
            set_status(&app, &own, status).await;
            create(&world.owner, &own, with("title", "A")).await.data();
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_of_another_organisation_is_answered_like_none() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let project = world.project("Festival").await;
        let (mission, role) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        for id in [&mission, &nobodys(&app, MissionId::PREFIX)] {
            let both = "query($id: ID!) { mission(id: $id) { id } node(id: $id) { id } }";
            let answer = other.owner.gql(both, json!({"id": id})).await;
            assert_eq!(
                answer.body,
                json!({"data": {"mission": null, "node": null}})
            );
        }
        let node = "query($id: ID!) { node(id: $id) { id } }";
        assert_eq!(
            other.owner.gql(node, json!({"id": role})).await.body,
            json!({"data": {"node": null}})
        );
        assert_eq!(
            world.owner.gql(node, json!({"id": role})).await.data()["node"]["id"],
            json!(role)
        );
        let wrong = world
            .owner
            .gql(
                "query($id: ID!) { mission(id: $id) { id } }",
                json!({"id": role}),
            )
            .await;
        assert_eq!(wrong.error(), ("BAD_USER_INPUT", "id"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mission_leaves_an_audit_entry_for_itself_and_each_role_and_a_forbidden_one_none() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (tech, _) = world.member(Role::Tech).await;
        assert_eq!(
            create(&tech, &project, with("title", "A")).await.code(),
            "FORBIDDEN"
        );
        assert_eq!(
            create(&app.client(), &project, with("title", "A"))
                .await
                .code(),
            "UNAUTHENTICATED"
        );
        assert!(audit(&app, "createMission").await.is_empty());
        assert_eq!(total(&world.owner).await, 0);

        let (manager, _) = world.member(Role::Manager).await;
        let roles = json!([{"name": "Rigger", "skill": "Rigging", "quantity": 2}, {"name": "Son"}]);
        let answer = create(&manager, &project, with("roles", roles)).await;
        let mission = &answer.data()["createMission"]["mission"];
        let id = mission["id"].as_str().expect("an id");
        let entries = audit(&app, "createMission").await;
        let changes = |of: &str, entity: &Value| {
            let id = AnyId::parse(entity.as_str().expect("an id"))
                .expect("an id")
                .uuid();
            let mut found = entries.iter().filter(|entry| entry.entity_id == id);
            let entry = found.next().expect("an entry");
            assert!(found.next().is_none());
            assert_eq!(entry.entity_type, of);
            entry.changes.clone()
        };
        assert_eq!(entries.len(), 3);
        assert_eq!(
            changes("Mission", &mission["id"]),
            json!({
                "project": [null, project], "title": [null, "Load-in"], "startsAt": [null, hour(24)],
                "endsAt": [null, hour(26)], "timezone": [null, "Europe/Paris"],
            })
        );
        assert_eq!(
            changes("MissionRole", &mission["roles"][0]["id"]),
            json!({
                "mission": [null, id], "name": [null, "Rigger"], "skill": [null, "Rigging"],
                "quantity": [null, 2],
            })
        );
        assert_eq!(
            changes("MissionRole", &mission["roles"][1]["id"])["skill"],
            Value::Null
        );
    })
    .await;
}
