//! What takes the place of a field that failed (GraphQL 6.4.4), the order in which fields come, and that fields of one
//! name are one (6.3.2).

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Client, World, insert_users, on_each_database};

const FAILING_LIST: &str = r#"
    {
        myRole
        users { nodes { displayName availability(from: "x", to: "y") { id } } }
    }
"#;

const FAILING_USERS: &str = r#"
    {
        users(first: 200) { nodes { availability(from: "x", to: "y") { id } } }
    }
"#;

const TWICE: &str = r#"
    mutation {
        createUser(input: {displayName: "Léa"}) { user { id } }
        createUser(input: {displayName: "Léa"}) { ...F }
    }
    fragment F on UserPayload {
        user { displayName }
    }
"#;

const SKIPPED: &str = "
    {
        org { id @skip(if: true) }
        ...F
        me { id @include(if: false) }
    }
    fragment F on Query {
        org { name }
    }
";

const OUT_OF_ORDER: &str = "
    {
        users { nodes { skills ...F id @skip(if: true) version } totalCount }
        __typename
        __schema { queryType { name } }
        users { pageInfo { hasNextPage } nodes { displayName } }
    }
    fragment F on User {
        displayName id
    }
";

/// Sends an operation that wants all that can be had.
async fn partial(client: &Client, query: &str) -> Answer {
    let body = json!({"query": query, "onError": "NULL"});
    client.post_graphql(&body.to_string()).await
}

/// The code and the path of each error.
fn errors(answer: &Answer) -> Vec<(&str, &Value)> {
    let errors = answer.at("/errors").as_array().expect("errors");
    let told = errors.iter().map(|error| {
        let code = error["extensions"]["code"].as_str().expect("a code");
        (code, &error["path"])
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_field_is_null_where_its_type_allows_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, _) = world.member(Role::Tech).await;
        let refused = tech
            .query("{ org { name members(first: 5) { totalCount } } }")
            .await;
        assert_eq!(
            refused.body["data"],
            json!({"org": {"name": "regie", "members": null}})
        );
        let path = json!(["org", "members"]);
        assert_eq!(errors(&refused), [("FORBIDDEN", &path)]);
        let demo = tech.query("{ rbacDemo { any manager admin owner } }").await;
        let any = demo.str("/data/rbacDemo/any");
        assert_eq!(
            demo.body["data"]["rbacDemo"],
            json!({"any": any, "manager": null, "admin": null, "owner": null})
        );
        assert_eq!(errors(&demo).len(), 3);
        let wrong = tech.query("{ user(id: \"user_x\") { id } myRole }").await;
        assert_eq!(wrong.body["data"], json!({"user": null, "myRole": "TECH"}));
        assert_eq!(errors(&wrong), [("BAD_USER_INPUT", &json!(["user"]))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn null_moves_up_to_the_nearest_field_that_may_be_null() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let project = world.project("Tour").await;
        let slots = "availability(from: \"x\", to: \"y\") { id }";
        // The slots, the list of people and the connection are never null, nor is the root's field.
        let list = format!("{{ myRole users {{ nodes {{ id {slots} }} }} }}");
        let whole = world.owner.query(&list).await;
        assert_eq!(whole.body["data"], json!(null));
        let path = json!(["users", "nodes", 0, "availability"]);
        assert_eq!(errors(&whole), [("BAD_USER_INPUT", &path)]);
        // One person may be null, and so may the client of it.
        let one = format!("{{ a: user(id: \"{lea}\") {{ id {slots} }} myRole }}");
        let answer = world.owner.query(&one).await;
        assert_eq!(answer.body["data"], json!({"a": null, "myRole": "OWNER"}));
        assert_eq!(
            errors(&answer),
            [("BAD_USER_INPUT", &json!(["a", "availability"]))]
        );
        let page =
            format!("{{ project(id: \"{project}\") {{ missions(first: 201) {{ totalCount }} }} }}");
        let answer = world.owner.query(&page).await;
        assert_eq!(answer.body["data"], json!({"project": null}));
        // Nobody has an account.
        let nobody = app.client().query("{ __typename me { id } }").await;
        assert_eq!(nobody.body["data"], json!(null));
        assert_eq!(errors(&nobody), [("UNAUTHENTICATED", &json!(["me"]))]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_may_ask_for_null_at_the_field_itself() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        world.user("Léa", &[]).await;
        let answer = partial(&world.owner, FAILING_LIST).await;
        let nodes = json!([{"displayName": "Léa", "availability": null}]);
        assert_eq!(
            answer.body["data"],
            json!({"myRole": "OWNER", "users": {"nodes": nodes}})
        );
        assert_eq!(errors(&answer).len(), 1);
        for (on_error, code) in [
            (json!("PROPAGATE"), None),
            (json!(null), None),
            (json!("HALT"), Some("BAD_REQUEST")),
            (json!("null"), Some("BAD_REQUEST")),
            (json!(1), Some("BAD_REQUEST")),
        ] {
            let body = json!({"query": "{ __typename }", "onError": on_error});
            let answer = app.client().post_graphql(&body.to_string()).await;
            match code {
                None => assert_eq!(answer.data(), &json!({"__typename": "Query"})),
                Some(code) => assert_eq!(answer.code(), code),
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_tells_fifty_errors_and_no_more() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let people = |range: std::ops::Range<i32>| range.map(|i| format!("person {i}"));
        insert_users(&app, &world.org_id, people(0..50)).await;
        assert_eq!(
            errors(&partial(&world.owner, FAILING_USERS).await).len(),
            50
        );
        insert_users(&app, &world.org_id, people(50..51)).await;
        let answer = partial(&world.owner, FAILING_USERS).await;
        assert_eq!(errors(&answer).len(), 50);
        let nodes = answer.at("/data/users/nodes").as_array().expect("people");
        assert_eq!(nodes.len(), 51);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_of_one_response_key_are_one() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let made = world.owner.query(TWICE).await;
        let id = made.str("/data/createUser/user/id");
        assert_eq!(
            made.data(),
            &json!({"createUser": {"user": {"id": id, "displayName": "Léa"}}})
        );
        let people = world.owner.query("{ users { totalCount } }").await;
        assert_eq!(people.data(), &json!({"users": {"totalCount": 1}}));
        // One that fails is told once, however often it is selected.
        let failed = "{ user(id: \"user_x\") { id } ... { user(id: \"user_x\") { version } } }";
        assert_eq!(errors(&world.owner.query(failed).await).len(), 1);
        // A skipped one takes nothing with it.
        assert_eq!(
            world.owner.query(SKIPPED).await.data(),
            &json!({"org": {"name": "regie"}, "me": {}})
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_is_null_is_refused_before_anything_runs() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for directive in ["@skip", "@include"] {
            let create = format!(
                "mutation($if: Boolean = true) {{
                   createProject(input: {{name: \"Tour\"}}) {{
                     project {{ id @skip(if: false) name {directive}(if: $if) }}
                   }}
                 }}"
            );
            let answer = world.owner.gql(&create, json!({"if": null})).await;
            assert_eq!(answer.code(), "BAD_REQUEST", "{}", answer.text);
            assert!(answer.body.get("data").is_none(), "{}", answer.text);
        }
        let projects = world.owner.query("{ projects { totalCount } }").await;
        assert_eq!(projects.data(), &json!({"projects": {"totalCount": 0}}));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_of_the_schema_has_its_nulls_and_errors_too() {
    on_each_database(async |app| {
        let client = app.client();
        // Null is the default of what has one.
        let kinds = "{ __type(name: \"Role\") { enumValues(includeDeprecated: null) { name } } }";
        let answer = client.query(kinds).await;
        assert_eq!(answer.str("/data/__type/enumValues/0/name"), "TECH");
        let named = "query($name: String = \"Role\") { __typename __type(name: $name) { kind } }";
        let answer = client.gql(named, json!({"name": null})).await;
        assert_eq!(
            answer.body["data"],
            json!({"__typename": "Query", "__type": null})
        );
        assert_eq!(errors(&answer), [("BAD_USER_INPUT", &json!(["__type"]))]);
        let skipped = "{ __schema { queryType { name @skip(if: true) } } }";
        assert_eq!(
            client.query(skipped).await.data(),
            &json!({"__schema": {"queryType": {}}})
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_come_in_the_order_in_which_they_are_collected() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        world.user("Léa", &["sound"]).await;
        // Those that wait stand before those that do not.
        let answer = world.owner.query(OUT_OF_ORDER).await;
        let id = answer.str("/data/users/nodes/0/id");
        let expected = format!(
            "{{\"data\":{{\"users\":{{\"nodes\":[{{\"skills\":[\"sound\"],\"displayName\":\"Léa\",\
             \"id\":\"{id}\",\"version\":1}}],\"totalCount\":1,\
             \"pageInfo\":{{\"hasNextPage\":false}}}},\"__typename\":\"Query\",\
             \"__schema\":{{\"queryType\":{{\"name\":\"Query\"}}}}}}}}"
        );
        assert_eq!(answer.text, expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mutations_run_one_after_the_other_and_those_before_a_failed_one_hold() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let create = |alias: &str, name: &str| {
            format!("{alias}: createProject(input: {{name: \"{name}\"}}) {{ project {{ name }} }} ")
        };
        let all = format!(
            "mutation {{ {}{}{} }}",
            create("a", "Tour"),
            create("b", "Tour"),
            create("c", "Gala")
        );
        // The second one finds what the first one made, and ends the operation.
        let answer = world.owner.query(&all).await;
        assert_eq!(answer.body["data"], json!(null));
        assert_eq!(errors(&answer), [("ALREADY_EXISTS", &json!(["b"]))]);
        let projects = "{ projects { nodes { name } } }";
        let made = world.owner.query(projects).await;
        assert_eq!(
            made.data(),
            &json!({"projects": {"nodes": [{"name": "Tour"}]}})
        );
        let answer = partial(&world.owner, &all).await;
        assert_eq!(
            answer.body["data"],
            json!({"a": null, "b": null, "c": {"project": {"name": "Gala"}}})
        );
    })
    .await;
}
