//! What an answer says when something is wrong: with the variables, with one field, with the server.

use axum::http::StatusCode;
use coulisses_crew::access::Role;
use serde_json::json;

use crate::support::{Answer, TestApp, World, on_each_database};

const TWO_PROJECTS: &str = r#"
    mutation($input: CreateProjectInput!) {
        a: createProject(input: {name: "written"}) { project { id } }
        b: createProject(input: $input) { project { id } }
    }
"#;

const SKIPPED: &str = "
    query($off: Boolean = true, $on: Boolean = true) {
        myRole @skip(if: $off)
        me { displayName @include(if: $on) email @skip(if: $off) }
    }
";

const OPTIONAL: &str = "
    query($a: Int = 1, $b: Int! = 1, $c: Int) {
        a: projects(first: $a) { totalCount }
        b: projects(first: $b) { totalCount }
        c: projects(first: $c) { totalCount }
    }
";

fn is_refusal(answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
    assert!(answer.body.get("data").is_none(), "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_or_wrong_variable_is_refused_before_anything_runs() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for query in [
            TWO_PROJECTS,
            "query($id: ID!) { project(id: $id) { id } }",
            "query($if: Boolean!) { projects @include(if: $if) { totalCount } }",
        ] {
            let answer = world.owner.query(query).await;
            is_refusal(&answer, StatusCode::BAD_REQUEST);
        }
        for wrong in [
            json!(null),
            json!("x"),
            json!([{"name": "x"}]),
            json!({}),
            json!({"name": null}),
            json!({"name": 1}),
            json!({"name": ["x"]}),
            json!({"name": "x", "more": "y"}),
        ] {
            let answer = world.owner.gql(TWO_PROJECTS, json!({"input": wrong})).await;
            is_refusal(&answer, StatusCode::BAD_REQUEST);
        }
        for (ty, place, wrong) in [
            ("Int", "projects(first: $value)", json!("1")),
            ("Int", "projects(first: $value)", json!(1.5)),
            ("Int", "projects(first: $value)", json!(2_147_483_648_i64)),
            ("ID", "missions(filter: {projectId: $value})", json!(1.5)),
            ("ID!", "missions(filter: {projectId: $value})", json!(null)),
            ("String", "projects(filter: {search: $value})", json!(true)),
            ("Boolean!", "projects @include(if: $value)", json!("true")),
            (
                "DateTime",
                "missions(filter: {from: $value})",
                json!(1_793_000_000),
            ),
            (
                "[AssignmentStatus!]",
                "assignments(filter: {status: $value})",
                json!("MAYBE"),
            ),
            (
                "[AssignmentStatus!]",
                "assignments(filter: {status: $value})",
                json!(["INVITED", null]),
            ),
            (
                "UserFilter",
                "users(filter: $value)",
                json!({"skills": [["x"]]}),
            ),
        ] {
            let query = format!("query($value: {ty}) {{ {place} {{ totalCount }} }}");
            let answer = world.owner.gql(&query, json!({"value": wrong})).await;
            is_refusal(&answer, StatusCode::BAD_REQUEST);
            let message = answer.str("/errors/0/message");
            assert!(message.starts_with("The variable $value"), "{ty} {message}");
            assert_eq!(answer.at("/errors/0/locations/0/column"), 7);
        }
        let projects = world.owner.query("{ projects { totalCount } }").await;
        assert_eq!(projects.at("/data/projects/totalCount"), 0);
        // Defaults hold for what is skipped as well.
        let data = json!({"me": {"displayName": "Olive Owner"}});
        assert_eq!(world.owner.query(SKIPPED).await.data(), &data);
        // One that may be null or has a default may be missing.
        world.owner.query(OPTIONAL).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_fails_is_null_beside_the_others_and_in_its_place() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, _) = world.member(Role::Tech).await;
        let answer = tech
            .query("{ first: myRole user(id: \"none\") { id } rbacDemo { owner any boss: admin } }")
            .await;
        let data = r#"{"data":{"first":"TECH","user":null,"rbacDemo":{"owner":null,"any":"#;
        assert!(answer.text.starts_with(data), "{}", answer.text);
        assert!(
            answer.text.contains(r#","boss":null}},"errors":["#),
            "{}",
            answer.text
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_defect_tells_nothing_but_its_request_id() {
    on_each_database(async |app: TestApp| {
        let world = World::new(&app, "regie").await;
        let break_it = diesel::sql_query("ALTER TABLE users RENAME TO broken");
        app.state
            .db
            .write(async |conn| conn.execute(break_it).await)
            .await
            .expect("broken");
        let answer = world.owner.query("{ users { totalCount } }").await;
        assert_eq!(answer.code(), "INTERNAL");
        let id = answer.str("/errors/0/extensions/requestId");
        assert_eq!(answer.headers["x-request-id"], id);
        assert!(!answer.text.contains("users\""), "{}", answer.text);
        for word in ["table", "relation", "sql", "no such", "does not exist"] {
            assert!(
                !answer.text.to_lowercase().contains(word),
                "{}",
                answer.text
            );
        }
    })
    .await;
}
