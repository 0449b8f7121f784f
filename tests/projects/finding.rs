//! Making projects, finding them, and their staffing.

use coulisses_crew::access::Role;
use coulisses_crew::domains::projects::model::ProjectStatus;
use coulisses_crew::ids::{OrgId, ProjectId};
use serde_json::{Value, json};

use crate::support::{
    Answer, Client, World, accept, audit, cancel_mission, decline, hour, key, nobodys,
    on_each_database, refused, set_status,
};

const CREATE: &str = "
    mutation($input: CreateProjectInput!) {
        createProject(input: $input) {
            project { id name description status createdAt updatedAt version }
        }
    }
";

const SEARCH: &str = "
    query($filter: ProjectFilter) {
        projects(filter: $filter, first: 200) { totalCount nodes { name } }
    }
";

const PROJECT: &str = "
    query($id: ID!) {
        project(id: $id) { id name description status createdAt updatedAt version }
    }
";

const STAFFING: &str = "
    query($id: ID!) {
        project(id: $id) { staffing { needed invited accepted open } }
    }
";

const ALL_STAFFING: &str = "
    {
        projects(first: 9) { nodes { name staffing { needed accepted } } }
    }
";

async fn create(client: &Client, input: Value) -> Answer {
    client.gql(CREATE, json!({"input": input})).await
}

async fn list(client: &Client, filter: Value) -> Answer {
    client.gql(SEARCH, json!({"filter": filter})).await
}

/// The names that a filter finds.
async fn names(client: &Client, filter: Value) -> Vec<String> {
    let found = list(client, filter).await;
    let texts = found.texts("/data/projects/nodes", "/name");
    assert_eq!(found.at("/data/projects/totalCount"), texts.len());
    texts.into_iter().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_project_is_a_draft_and_leaves_one_audit_entry() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let input = json!({"name": "  Festival d'été ", "description": " Deux jours\n "});
        let answer = create(&world.owner, input).await;
        let id = answer.str("/data/createProject/project/id").to_owned();
        let project = &answer.data()["createProject"]["project"];
        assert_eq!(
            project,
            &json!({
                "id": id, "name": "Festival d'été", "description": "Deux jours", "status": "DRAFT",
                "createdAt": "2026-09-01T08:00:00Z", "updatedAt": "2026-09-01T08:00:00Z",
                "version": 1,
            })
        );
        let read = world.owner.gql(PROJECT, json!({"id": id})).await;
        assert_eq!(&read.data()["project"], project);

        let entries = audit(&app, "createProject").await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        assert_eq!(entries[0].org_id, key::<OrgId>(&world.org_id));
        assert_eq!(entries[0].entity_type, "Project");
        assert_eq!(entries[0].entity_id, key::<ProjectId>(&id).uuid());
        assert_eq!(
            entries[0].changes,
            json!({
                "name": [null, "Festival d'été"], "description": [null, "Deux jours"],
                "status": [null, "DRAFT"],
            })
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_name_has_1_to_200_characters_and_a_description_at_most_10000() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for name in ["", " \n", &"é".repeat(201)] {
            refused(
                &create(&world.owner, json!({"name": name})).await,
                "BAD_USER_INPUT",
                "name",
            );
        }
        let text = |length: usize| json!({"name": "A", "description": "é".repeat(length)});
        refused(
            &create(&world.owner, text(10_001)).await,
            "BAD_USER_INPUT",
            "description",
        );
        assert!(names(&world.owner, json!({})).await.is_empty());
        create(&world.owner, text(10_000)).await.data();
        let answer = create(
            &world.owner,
            json!({"name": "é".repeat(200), "description": "  "}),
        )
        .await;
        assert_eq!(
            answer.data()["createProject"]["project"]["description"],
            json!(null)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_project_name_is_refused_in_any_case_and_within_the_organisation_only() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        create(&world.owner, json!({"name": "Régie"})).await.data();
        for name in ["Régie", "régie", " RÉGIE ", "Re\u{301}gie"] {
            let answer = create(&world.owner, json!({"name": name})).await;
            refused(&answer, "ALREADY_EXISTS", "name");
        }
        assert_eq!(names(&world.owner, json!({})).await, ["Régie"]);
        assert_eq!(audit(&app, "createProject").await.len(), 1);
        let other = World::new(&app, "scene").await;
        create(&other.owner, json!({"name": "regie"})).await.data();
        assert_eq!(names(&other.owner, json!({})).await, ["regie"]);
        assert_eq!(names(&world.owner, json!({})).await, ["Régie"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_differ_in_more_than_case_are_names_of_two_projects() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let all = ["Cote", "Côté", "L'Été", "L’Été", "ハハ", "パパ"];
        for name in all {
            create(&world.owner, json!({"name": name})).await.data();
        }
        assert_eq!(names(&world.owner, json!({})).await.len(), all.len());
        assert_eq!(
            names(&world.owner, json!({"search": "ハハ"})).await,
            ["ハハ"]
        );
        let hidden = create(&world.owner, json!({"name": "Co\u{200b}te"})).await;
        refused(&hidden, "BAD_USER_INPUT", "name");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_manager_or_above_makes_projects() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, _) = world.member(Role::Tech).await;
        let (manager, _) = world.member(Role::Manager).await;
        assert_eq!(
            create(&tech, json!({"name": "A"})).await.code(),
            "FORBIDDEN"
        );
        assert_eq!(
            create(&app.client(), json!({"name": "A"})).await.code(),
            "UNAUTHENTICATED"
        );
        assert!(audit(&app, "createProject").await.is_empty());
        create(&manager, json!({"name": "A"})).await.data();
        assert_eq!(names(&tech, json!({})).await, ["A"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_of_another_organisation_is_answered_like_none() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let project = world.project("Festival").await;
        let missing = nobodys(&app, ProjectId::PREFIX);
        for id in [&project, &missing] {
            let both = "query($id: ID!) { project(id: $id) { id } node(id: $id) { id } }";
            let answer = other.owner.gql(both, json!({"id": id})).await;
            assert_eq!(
                answer.body,
                json!({"data": {"project": null, "node": null}})
            );
        }
        let user = world.user("Léa", &[]).await;
        for id in [user.as_str(), "project_", "nonsense"] {
            let answer = world
                .owner
                .gql(
                    "query($id: ID!) { project(id: $id) { id } }",
                    json!({"id": id}),
                )
                .await;
            assert_eq!(answer.error(), ("BAD_USER_INPUT", "id"), "{id}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_found_by_status_and_by_name() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for (name, status) in [
            ("Été 2026", ProjectStatus::Draft),
            ("Tournée d'été", ProjectStatus::Active),
            ("50% Hiver", ProjectStatus::Archived),
        ] {
            let id = world.project(name).await;
            set_status(&app, &id, status).await;
        }
        let find = async |filter: Value| names(&world.owner, filter).await;
        let all = ["50% Hiver", "Été 2026", "Tournée d'été"];
        assert_eq!(find(json!(null)).await, all);
        assert_eq!(find(json!({"status": null, "search": " "})).await, all);
        assert_eq!(
            find(json!({"status": ["DRAFT", "ACTIVE", "ARCHIVED"]})).await,
            all
        );
        assert_eq!(find(json!({"status": ["DRAFT"]})).await, ["Été 2026"]);
        assert_eq!(
            find(json!({"status": ["ARCHIVED", "ACTIVE"]})).await,
            ["50% Hiver", "Tournée d'été"]
        );
        assert!(find(json!({"status": []})).await.is_empty());
        assert_eq!(
            find(json!({"search": "ETE"})).await,
            ["Été 2026", "Tournée d'été"]
        );
        assert_eq!(
            find(json!({"search": "été", "status": ["ACTIVE"]})).await,
            ["Tournée d'été"]
        );
        assert_eq!(find(json!({"search": "%"})).await, ["50% Hiver"]);
        assert!(find(json!({"search": "_"})).await.is_empty());
        let answer = list(&world.owner, json!({"search": "x".repeat(201)})).await;
        refused(&answer, "BAD_USER_INPUT", "filter.search");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn staffing_of_a_project_sums_its_live_missions() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let zoe = world.user("Zoé", &[]).await;
        let project = world.project("Festival").await;
        let empty = world.project("Vide").await;
        let roles = json!([{"name": "Rigger", "quantity": 2}, {"name": "Sound", "quantity": 3}]);
        let (first, roles) = world.mission(&project, (&hour(24), &hour(30)), roles).await;
        let (_, second) = world.place(&project, (&hour(48), &hour(50)), 4).await;
        let client = app.client();
        let invited = world.invite(&roles[0], &[&lea, &max]).await;
        accept(&client, &invited[0].1).await.data();
        let invited = world.invite(&second, &[&lea, &max, &zoe]).await;
        accept(&client, &invited[0].1).await.data();
        accept(&client, &invited[1].1).await.data();
        decline(&client, &invited[2].1).await.data();

        let staffing = async |id: &str| {
            let answer = world.owner.gql(STAFFING, json!({"id": id})).await;
            answer.data()["project"]["staffing"].clone()
        };
        let row = |counts: [i32; 4]| {
            let [needed, invited, accepted, open] = counts;
            json!({"needed": needed, "invited": invited, "accepted": accepted, "open": open})
        };
        assert_eq!(staffing(&project).await, row([9, 1, 3, 6]));
        assert_eq!(staffing(&empty).await, row([0, 0, 0, 0]));
        cancel_mission(&app, &first).await;
        assert_eq!(staffing(&project).await, row([4, 0, 2, 2]));

        // Several at once do not mix.
        let all = world.owner.query(ALL_STAFFING).await;
        assert_eq!(
            all.data()["projects"]["nodes"],
            json!([
                {"name": "Festival", "staffing": {"needed": 4, "accepted": 2}},
                {"name": "Vide", "staffing": {"needed": 0, "accepted": 0}},
            ])
        );
    })
    .await;
}
