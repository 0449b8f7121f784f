//! Creating many missions at once: all or none.

use coulisses_crew::access::Role;
use coulisses_crew::domains::projects::model::ProjectStatus;
use serde_json::{Value, json};

use super::{total, with};
use crate::support::{
    Answer, Client, Tables, World, audit, hour, on_each_database, refused, set_status,
};

const FIELDS: &str = "missions { title timezone version roles { name } }";

async fn create(client: &Client, project: &str, missions: Vec<Value>) -> Answer {
    let input = json!({"projectId": project, "missions": missions});
    client.mutate("createMissions", FIELDS, input).await
}

#[tokio::test(flavor = "multi_thread")]
async fn missions_are_created_in_the_order_of_the_input_with_an_audit_entry_for_each_row() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let mut second = with("timezone", "UTC");
        second["title"] = json!(" Démontage ");
        second["roles"] = json!([{"name": "Son"}, {"name": "Rigger"}]);
        let missions = vec![with("title", "Montage"), second, with("title", "Montage")];
        let answer = create(&world.owner, &project, missions).await;
        let first =
            json!({"title": "Montage", "timezone": "Europe/Paris", "version": 1, "roles": []});
        assert_eq!(
            answer.data()["createMissions"]["missions"],
            json!([
                first,
                {
                    "title": "Démontage", "timezone": "UTC", "version": 1,
                    "roles": [{"name": "Son"}, {"name": "Rigger"}],
                },
                first,
            ])
        );
        let entries = audit(&app, "createMissions").await;
        let of = |kind: &str| {
            entries
                .iter()
                .filter(|entry| entry.entity_type == kind)
                .count()
        };
        assert_eq!((of("Mission"), of("MissionRole")), (3, 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_wrong_mission_is_named_and_none_is_created() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let before = Tables::of(&app).await.read(&app).await;
        let many: Vec<Value> = (0..101).map(|_| json!({"name": "R"})).collect();
        for (wrong, field) in [
            (with("title", " "), "title"),
            (with("startsAt", "tomorrow"), "startsAt"),
            (with("endsAt", hour(24)), "endsAt"),
            (with("timezone", "Mars/Olympus"), "timezone"),
            (with("location", "é".repeat(501)), "location"),
            (
                with(
                    "roles",
                    json!([{"name": "R"}, {"name": "R", "quantity": 0}]),
                ),
                "roles.1.quantity",
            ),
            (with("roles", many), "roles"),
        ] {
            let missions = vec![with("title", "A"), wrong, with("title", "B")];
            let answer = create(&world.owner, &project, missions).await;
            refused(&answer, "BAD_USER_INPUT", &format!("missions.1.{field}"));
        }
        refused(
            &create(&world.owner, &project, vec![]).await,
            "BAD_USER_INPUT",
            "missions",
        );
        assert_eq!(Tables::of(&app).await.read(&app).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_creates_missions_in_a_project_that_is_theirs_and_not_archived() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let project = world.project("Festival").await;
        let (tech, _) = world.member(Role::Tech).await;
        let one = || vec![with("title", "A")];
        assert_eq!(create(&tech, &project, one()).await.code(), "FORBIDDEN");
        refused(
            &create(&other.owner, &project, one()).await,
            "NOT_FOUND",
            "projectId",
        );
        set_status(&app, &project, ProjectStatus::Archived).await;
        assert_eq!(
            create(&world.owner, &project, one()).await.code(),
            "MISSION_CLOSED"
        );
        assert_eq!(total(&world.owner).await, 0);
        assert!(audit(&app, "createMissions").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_missions_take_as_many_statements_as_two_and_one_more_is_refused() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let mut mission = with("title", "A");
        mission["roles"] = json!([{"name": "R"}]);
        let mut counts = Vec::new();
        for count in [2, 500] {
            let before = app.db.statements();
            let input = json!({"projectId": project, "missions": vec![mission.clone(); count]});
            let answer = world
                .owner
                .mutate("createMissions", "missions { id }", input)
                .await;
            counts.push(app.db.statements() - before);
            let made = answer.texts("/data/createMissions/missions", "/id");
            assert_eq!(made.len(), count);
        }
        println!("statements of createMissions at 2 and at 500 missions: {counts:?}");
        // The session and its account's place; the project, the zone; missions, roles and the audit log.
        assert_eq!(counts, [7, 7]);
        let input = json!({"projectId": project, "missions": vec![mission; 501]});
        let answer = world
            .owner
            .mutate("createMissions", "missions { id }", input)
            .await;
        assert_eq!(answer.code(), "BAD_REQUEST");
        assert_eq!(total(&world.owner).await, 502);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missions_with_more_roles_than_one_statement_takes_are_created() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let roles: Vec<Value> = (0..100).map(|_| json!({"name": "R"})).collect();
        let missions = vec![with("roles", roles); 50];
        let input = json!({"projectId": project, "missions": missions});
        let answer = world
            .owner
            .mutate("createMissions", "missions { staffing { needed } }", input)
            .await;
        let made = answer.data()["createMissions"]["missions"]
            .as_array()
            .expect("missions")
            .clone();
        assert_eq!(made.len(), 50);
        assert!(
            made.iter()
                .all(|mission| mission["staffing"]["needed"] == 100)
        );
        assert_eq!(audit(&app, "createMissions").await.len(), 50 + 5_000);
    })
    .await;
}
