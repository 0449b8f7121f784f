//! What an answer may hold, whatever was reckoned before.

use coulisses_crew::access::Role;
use serde_json::json;

use super::is_refused;
use crate::support::{
    Backend, CREATE_PROJECT, ON_PURPOSE, TestApp, World, backends, heard_until_now, hour,
    insert_users, on_each_database, rows,
};

const ASSIGNMENTS_AGAIN: &str = "
    query($id: ID!) {
        mission(id: $id) { assignments { role { assignments { id } } } }
    }
";

const WITHOUT_PAGES: &str = "
    query($mission: ID!, $user: ID!, $from: DateTime!, $to: DateTime!) {
        mission(id: $mission) { assignments { id } roles { assignments { id } } }
        user(id: $user) { availability(from: $from, to: $to) { id } }
    }
";

const ACCEPT: &str = "
    mutation($input: AcceptAssignmentInput!) {
        acceptAssignment(input: $input) {
            assignment { status mission { assignments { role { assignments { id } } } } }
        }
    }
";

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_holds_so_much_text_and_no_more() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        // 40,000 bytes each.
        let description = "🎪".repeat(10_000);
        for i in 0..14 {
            let input = json!({"name": format!("Tour {i}"), "description": description});
            world
                .owner
                .gql(CREATE_PROJECT, json!({"input": input}))
                .await
                .data();
        }
        // 16 MiB are 419 of them.
        let ask = async |aliases: usize| {
            let aliases: Vec<String> = (0..aliases).map(|i| format!("a{i}: description")).collect();
            world
                .owner
                .query(&format!(
                    "{{ projects {{ nodes {{ {} }} }} }}",
                    aliases.join(" ")
                ))
                .await
        };
        ask(29).await.data();
        is_refused(&ask(30).await, "16777216 bytes");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_holds_so_many_rows_and_no_more() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Tour").await;
        let (mission, role) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        insert_users(
            &app,
            &world.org_id,
            (0..173).map(|i| format!("person {i:03}")),
        )
        .await;
        let people = world
            .owner
            .query("{ a: users(first: 150) { nodes { id } } b: users(last: 23) { nodes { id } } }")
            .await;
        let people =
            ["/data/a/nodes", "/data/b/nodes"].map(|at| people.at(at).as_array().expect("people"));
        let people: Vec<&str> = people
            .iter()
            .flat_map(|page| page.iter().map(|user| user["id"].as_str().expect("an id")))
            .collect();
        world.invite(&role, &people[..172]).await;
        let ask = async || {
            world
                .owner
                .gql(ASSIGNMENTS_AGAIN, json!({"id": mission}))
                .await
        };
        // The root, the mission, 172 assignments with a role each, and 172 times 172 assignments of the role.
        let whole = ask().await;
        assert_eq!(whole.text.matches("\"id\"").count(), 172 * 172);
        world.invite(&role, &people[172..]).await;
        is_refused(&ask().await, "more than 30000 objects");
        // A mutation has happened all the same. Its answer is null around what is too much, unless the client asks for
        // the rest.
        let assignment = world
            .owner
            .gql(
                "query($id: ID!) { mission(id: $id) { assignments { id } } }",
                json!({"id": mission}),
            )
            .await;
        let input = json!({"id": assignment.str("/data/mission/assignments/0/id")});
        let accepted = world.owner.gql(ACCEPT, json!({"input": input})).await;
        assert_eq!(accepted.body["data"], json!(null));
        assert_eq!(accepted.code(), "BAD_REQUEST");
        let again = json!({"query": ACCEPT, "variables": {"input": input}, "onError": "NULL"});
        let accepted = world.owner.post_graphql(&again.to_string()).await;
        assert_eq!(
            accepted.str("/data/acceptAssignment/assignment/status"),
            "ACCEPTED"
        );
        assert_eq!(accepted.code(), "BAD_REQUEST");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_pages_is_read_as_far_as_there_is_room() {
    for backend in backends() {
        let app = TestApp::with(backend, &[]).await;
        let world = World::new(&app, "regie").await;
        let owner = world.member(Role::Owner).await;
        let rows = rows(&app, &world, &owner, "mine").await;
        let ids = json!({"mission": rows["mission"], "user": rows["user"], "from": hour(0), "to": hour(5_000)});
        world.owner.gql(WITHOUT_PAGES, ids).await.data();
        let heard = heard_until_now(backend);
        for (list, parent) in [
            ("assignments", "mission_id"),
            ("assignments", "role_id"),
            ("mission_roles", "mission_id"),
            ("availability", "user_id"),
        ] {
            let of_parents = |sql: &String| {
                let plain = sql.replace(['"', '`'], "");
                let any = [" IN (", " = ANY ("].map(|any| format!("{list}.{parent}{any}"));
                any.iter().any(|any| plain.contains(any)) && plain.contains(" LIMIT ")
            };
            assert!(
                heard.iter().any(of_parents),
                "{backend:?}: {list} by {parent}"
            );
        }
    }
}

/// Gives each assignment so many copies, which are declined.
async fn insert_copies_of_assignments(app: &TestApp, backend: Backend, copies: u32) {
    let id = match backend {
        Backend::Sqlite => "randomblob(16)",
        Backend::Postgres => "gen_random_uuid()",
    };
    let columns = "org_id, mission_id, role_id, user_id, starts_at, ends_at, invited_at, created_at, updated_at";
    let insert = format!(
        "INSERT INTO assignments (id, status, {columns})
        WITH RECURSIVE numbers (number) AS
            (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {copies})
        SELECT {id}, 'DECLINED', {columns} FROM assignments CROSS JOIN numbers {ON_PURPOSE}"
    );
    let write = app.state.db.write(async |conn| {
        let insert = diesel::sql_query(insert.clone());
        conn.execute(insert).await
    });
    write.await.expect("rows");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_below_a_list_without_pages_are_read_as_far_as_there_is_room() {
    for backend in backends() {
        let app = TestApp::with(backend, &[]).await;
        let world = World::new(&app, "regie").await;
        let project = world.project("Tour").await;
        let (mission, role) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let names = (0..101).map(|i| format!("person {i:03}"));
        insert_users(&app, &world.org_id, names).await;
        let people = world
            .owner
            .query("{ users(first: 101) { nodes { id } } }")
            .await;
        let people: Vec<&str> = (0..101)
            .map(|i| people.str(&format!("/data/users/nodes/{i}/id")))
            .collect();
        world.invite(&role, &people[..100]).await;
        insert_copies_of_assignments(&app, backend, 198).await;
        let query = "query($id: ID!) {
            mission(id: $id) {
                assignments(status: [INVITED]) { user { assignments(first: 200) { nodes { id } } } }
            }
        }";
        let ask = async || world.owner.gql(query, json!({"id": mission})).await;
        // 100 assignments, and 199 of each of their people.
        let shown = ask().await;
        assert_eq!(shown.text.matches("\"id\"").count(), 100 * 199);
        let heard = heard_until_now(backend);
        let is_limited = |sql: &String| {
            sql.contains("PARTITION BY") && sql.contains("number <= ") && sql.ends_with("LIMIT ?")
                || sql.contains("PARTITION BY")
                    && sql
                        .rsplit(')')
                        .next()
                        .is_some_and(|end| end.contains(" LIMIT $"))
        };
        assert!(heard.iter().any(is_limited), "{backend:?}");
        world.invite(&role, &people[100..]).await;
        is_refused(&ask().await, "20000 rows");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_texts_are_read_if_the_document_shows_them_and_the_answer_has_room() {
    for backend in backends() {
        let app = TestApp::with(backend, &[]).await;
        let world = World::new(&app, "regie").await;
        let user = world.user("Léa", &[]).await;
        // 40,000 bytes, of which 419 fit into 16 MiB.
        let slot = json!({
            "userId": user, "startsAt": hour(24), "endsAt": hour(25), "kind": "AVAILABLE", "note": "🎪".repeat(10_000),
        });
        let created = world
            .owner
            .mutate("createAvailability", "availability { id }", slot);
        created.await.data();
        let id = match backend {
            Backend::Sqlite => "randomblob(16)",
            Backend::Postgres => "gen_random_uuid()",
        };
        let copy = async |copies: u32| {
            let columns = "org_id, user_id, starts_at, ends_at, kind, note, created_at";
            let insert = format!(
                "INSERT INTO availability (id, {columns})
                WITH RECURSIVE numbers (number) AS
                    (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < {copies})
                SELECT {id}, {columns} FROM (SELECT {columns} FROM availability LIMIT 1) AS slot CROSS JOIN numbers {ON_PURPOSE}"
            );
            let write = app
                .state
                .db
                .write(async |conn| conn.execute(diesel::sql_query(insert.clone())).await);
            write.await.expect("rows");
        };
        let ask = async |field: &str| {
            let query = format!(
                "query($id: ID!, $from: DateTime!, $to: DateTime!) {{
                    user(id: $id) {{ availability(from: $from, to: $to) {{ {field} }} }}
                }}"
            );
            let variables = json!({"id": user, "from": hour(24), "to": hour(25)});
            world.owner.gql(&query, variables).await
        };
        copy(418).await;
        ask("note").await.data();
        copy(1).await;
        let refused = ask("note").await;
        assert_eq!(refused.code(), "BAD_REQUEST");
        let message = refused.str("/errors/0/message");
        assert!(message.contains("texts of these rows"), "{message}");
        let brief = ask("id").await;
        assert_eq!(brief.text.matches("\"id\"").count(), 420);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_names_that_a_client_gives_to_fields_count_too() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Tour").await;
        let (mission, role) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        insert_users(&app, &world.org_id, (0..71).map(|i| format!("person {i}"))).await;
        let people = world
            .owner
            .query("{ users(first: 71) { nodes { id } } }")
            .await;
        let people: Vec<&str> = (0..71)
            .map(|i| people.str(&format!("/data/users/nodes/{i}/id")))
            .collect();
        // 114 bytes each: a name of 100, four around it, and ten.
        let names: Vec<String> = (0..30).map(|i| format!("{i:a>100}: __typename")).collect();
        let document = format!(
            "query($id: ID!) {{
                mission(id: $id) {{ assignments {{ role {{ assignments {{ {} }} }} }} }}
            }}",
            names.join(" ")
        );
        let ask = async || world.owner.gql(&document, json!({"id": mission})).await;
        // 16 MiB are 147,168 of them: 30 in each of 70 times 70 objects are fewer, and 71 times 71 are more.
        world.invite(&role, &people[..70]).await;
        ask().await.data();
        world.invite(&role, &people[70..]).await;
        is_refused(&ask().await, "16777216 bytes");
    })
    .await;
}
