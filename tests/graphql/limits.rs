//! What a document may ask for: each limit at its edge, on each way into the executor.

use async_graphql::Variables;
use axum::body::Body;
use axum::http::Method;
use coulisses_crew::api;
use coulisses_crew::domains::auth::ATTEMPTS;
use coulisses_crew::graphql::request::{Asked, Documents, prepare};
use form_urlencoded::Serializer;
use serde_json::{Value, json};

use super::is_refused;
use crate::support::{Answer, Client, Schema, World, hash, on_each_database};

const TWO_LISTS: &str = "
    query($a: Int!, $b: Int = 89) {
        projects(first: $a) {
            pageInfo { hasNextPage }
            nodes { missions(last: $b) { nodes { id } } }
        }
    }
";

const SPREAD: &str = r#"
    {
        mission(id: "x") { ...F }
    }
    fragment F on Mission {
        assignments { role { ...G } }
    }
    fragment G on MissionRole {
        assignments { mission { roles { assignments { id } } } }
    }
"#;

const SCHEMA: &str = "
    {
        __schema { types { possibleTypes { interfaces { possibleTypes { name } } } } }
    }
";

/// A document and its variables.
type Sent = (String, Value);
/// When a document is held against a limit: when it is read, or each time that it is to run.
#[derive(Clone, Copy, PartialEq)]
enum When {
    Read,
    Run,
}

/// What a refusal says, when, how many are allowed, and a document with so many.
type Limit = (&'static str, When, usize, fn(usize) -> Sent);

const LIMITS: [Limit; 13] = [
    ("longer than 32768 bytes", When::Read, 32_768, |n| {
        let document = "{ me { id } }";
        plain(document.to_owned() + &" ".repeat(n - document.len()))
    }),
    ("more than 2000 tokens", When::Read, 2_000, |n| {
        let list = |n: usize| {
            format!(
                "assignments(filter: {{status: [{}]}}) {{ totalCount }} ",
                "INVITED ".repeat(n)
            )
        };
        let lists: String = ["a", "b", "c"]
            .map(|alias| format!("{alias}: {}", list(483)))
            .concat();
        plain(format!("{{ {lists} d: {} }}", list(n - 2 - 3 * 499 - 16)))
    }),
    ("alias is longer than 100 bytes", When::Run, 100, |n| {
        plain(format!("{{ me {{ {}: id }} }}", "a".repeat(n)))
    }),
    ("more than 64 brackets", When::Read, 64, |n| {
        let (open, close) = ("{ ... ".repeat(n - 2), "}".repeat(n - 2));
        plain(format!("{open} {{ me {{ id }} }} {close}"))
    }),
    ("more than 64 brackets", When::Read, 64, |n| {
        // A fragment nests where it is spread.
        let (open, close) = ("{ ... ".repeat(30), "}".repeat(30));
        let (rest, end) = ("{ ... ".repeat(n - 33), "}".repeat(n - 33));
        plain(format!(
            "{open} {{ ...F }} {close} fragment F on Query {rest} {{ me {{ id }} }} {end}"
        ))
    }),
    ("nests fields deeper than 12", When::Run, 12, |n| {
        plain(nested(n))
    }),
    ("more than 2000 fields", When::Read, 2_000, |n| {
        // Four objects, four spreads and four times 95 fields, five times; the rest below `org`.
        let lists = "sessions { ...S } memberships { ...M org { ...O } }";
        let me = |i: usize| format!("a{i}: me {{ ...A {lists} }} ");
        let fragment =
            |name: &str, on: &str| format!("fragment {name} on {on} {{ {}}} ", "id ".repeat(95));
        let fragments = [
            ("A", "Account"),
            ("S", "Session"),
            ("M", "OrgMembership"),
            ("O", "Org"),
        ];
        let fragments = fragments.map(|(name, on)| fragment(name, on)).concat();
        let rest = "id ".repeat(n - 5 * 388 - 1);
        let all: String = (0..5).map(me).collect();
        plain(format!("{{ {all} org {{ {rest} }} }} {fragments}"))
    }),
    ("one object for more fields than 100", When::Run, 100, |n| {
        let rest = "id ".repeat(n - 50);
        let fragment = format!("fragment F on Account {{ {}}}", "id ".repeat(25));
        plain(format!(
            "{{ me {{ ...F {rest} ... {{ ...F }} }} }} {fragment}"
        ))
    }),
    ("more aliases than 30", When::Run, 30, |n| {
        let aliases: Vec<String> = (0..n).map(|i| format!("a{i}: id")).collect();
        plain(format!("{{ me {{ {} }} }}", aliases.join(" ")))
    }),
    ("more root fields than 10", When::Run, 10, |n| {
        let fields = "myRole ".repeat(n - 6);
        plain(format!(
            "{{ {fields} ...F ...F }} fragment F on Query {{ me {{ id }} org {{ id }} myRole }}"
        ))
    }),
    ("the limit is 5000", When::Run, 50_000, |n| {
        // In tenths of an object: a connection, 50 rows of 10 + 10 + 89 * 11, and the page's information.
        let fields = "hasNextPage ".repeat(n - 10 - 50 * 999 - 10);
        plain(format!(
            "{{ projects(first: 50) {{
                 pageInfo {{ {fields} }} nodes {{ missions(last: 89) {{ nodes {{ id }} }} }}
               }} }}"
        ))
    }),
    ("more than 500 entries", When::Run, 500, |n| {
        let all = "INVITED ".repeat(n);
        plain(format!(
            "{{ assignments(filter: {{status: [{all}]}}) {{ totalCount }} }}"
        ))
    }),
    ("more than 500 entries", When::Run, 500, |n| {
        let document = "query($of: AssignmentFilter) { assignments(filter: $of) { totalCount } }";
        (
            document.to_owned(),
            json!({"of": {"status": vec!["INVITED"; n]}}),
        )
    }),
];

fn plain(document: String) -> Sent {
    (document, json!({}))
}

/// Fields nested so deep, a page of one row at each list.
fn nested(depth: usize) -> String {
    let fields = ["missions(first: 1)", "nodes", "project"];
    let below = fields.iter().cycle().take(depth - 3);
    let path: Vec<&str> = ["projects(first: 1)", "nodes"]
        .iter()
        .chain(below)
        .copied()
        .collect();
    let open = path.join(" { ");
    format!("{{ {open} {{ __typename }} {}", "}".repeat(path.len()))
}

/// Sends a document on each way: its text by POST and by GET, its text with its hash, its hash alone.
async fn on_each_way(client: &Client, (document, variables): &Sent) -> [Answer; 4] {
    let persisted = json!({"persistedQuery": {"version": 1, "sha256Hash": hash(document)}});
    let query = Serializer::new(String::new())
        .append_pair("query", document)
        .append_pair("variables", &variables.to_string())
        .finish();
    let get = client
        .request(Method::GET, &format!("/graphql?{query}"))
        .body(Body::empty())
        .expect("a request");
    let post = async |body: Value| client.post_graphql(&body.to_string()).await;
    [
        post(json!({"query": document, "variables": variables})).await,
        client.send(get).await,
        post(json!({"query": document, "variables": variables, "extensions": persisted})).await,
        post(json!({"variables": variables, "extensions": persisted})).await,
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_limit_holds_at_its_edge_on_each_way() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for (because, when, most, document) in LIMITS {
            for answer in on_each_way(&world.owner, &document(most)).await {
                answer.data();
            }
            let beyond = document(most + 1);
            let [post, get, registered, known] = on_each_way(&world.owner, &beyond).await;
            for answer in [post, get, registered] {
                is_refused(&answer, because);
            }
            // A document that is not even read is not kept.
            match when {
                When::Read => assert_eq!(known.code(), "PERSISTED_QUERY_NOT_FOUND", "{because}"),
                When::Run => is_refused(&known, because),
            }
        }
    })
    .await;
}

#[test]
fn each_limit_holds_for_trusted_documents() {
    let trust = |text: &str| {
        let list = [("one".to_owned(), text.to_owned())].into();
        Documents::new(api::rules(), true, Some(&list))
    };
    for (because, _, most, document) in LIMITS {
        let fits = trust(&document(most).0);
        assert!(fits.is_ok(), "{because}");
        let (text, variables) = document(most + 1);
        let asked = |documents: &Documents| {
            prepare(
                documents,
                &Asked {
                    query: None,
                    id: Some("one"),
                    operation_name: None,
                    variables: &Variables::from_json(variables.clone()),
                },
            )
        };
        // What depends on variables is refused when they are there; all else at the start.
        let refused = match trust(&text) {
            Ok(documents) => asked(&documents).expect_err("refused").errors[0].to_string(),
            Err(error) => {
                assert_eq!(variables, json!({}));
                error.message.into_owned()
            }
        };
        assert!(refused.contains(because), "{refused}");
    }
}

#[test]
fn what_counts_as_an_authentication_mutation_is_one() {
    let schema = Schema::new();
    let fields = schema.fields("Mutation");
    for name in ATTEMPTS {
        assert!(fields.iter().any(|field| field.name.node == name), "{name}");
    }
}

#[test]
fn a_place_has_two_directives_and_no_more() {
    let documents = Documents::new(api::rules(), true, None).expect("documents");
    let find = |directives: &str| {
        let text = format!("{{ myRole {directives} }}");
        documents.find(Some(&text), None).map(drop)
    };
    assert!(find("@skip(if: false) @include(if: true)").is_ok());
    for more in ["@skip(if: false)", "@include(if: true)", "@deprecated"] {
        assert!(find(&format!("@skip(if: false) @include(if: true) {more}")).is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_counts_as_long_as_its_variable_says() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let with = |variables: Value| (TWO_LISTS.to_owned(), variables);
        for small in [
            json!({"a": 50}),
            json!({"a": 50, "b": 89}),
            json!({"a": 200, "b": 1}),
        ] {
            for answer in on_each_way(&world.owner, &with(small)).await {
                answer.data();
            }
        }
        for large in [
            json!({"a": 51}),
            json!({"a": 50, "b": 90}),
            json!({"a": 200, "b": null}),
        ] {
            for answer in on_each_way(&world.owner, &with(large)).await {
                is_refused(&answer, "the limit is 5000");
            }
        }
        // Fragments and inline fragments of a connection stand for its page too.
        for rows in [
            "...F",
            "... { ...F }",
            "... on ProjectConnection { edges { node { ...G } } }",
        ] {
            let spread = format!(
                "{{ projects(first: 200) {{ {rows} ...F }} }}
                 fragment F on ProjectConnection {{ nodes {{ ...G }} }}
                 fragment G on Project {{ missions(first: 25) {{ nodes {{ id }} }} }}"
            );
            is_refused(&world.owner.query(&spread).await, "the limit is 5000");
        }
        // Without a size a page has 50 rows; too large a size is the list's to refuse.
        let nested = "{ projects(first: 87) { nodes { missions { nodes { id } } } } }";
        world.owner.query(nested).await.data();
        is_refused(
            &world.owner.query(&nested.replace("87", "88")).await,
            "the limit is 5000",
        );
        let page = world
            .owner
            .query("{ projects(first: 2147483647) { nodes { id } } }")
            .await;
        assert_eq!(page.error(), ("BAD_USER_INPUT", "first"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_without_pages_does_not_nest_in_itself() {
    on_each_database(async |app| {
        let client = app.client();
        let mission = "{ mission(id: \"x\") { assignments { mission { assignments { id } } } } }";
        is_refused(
            &client.query(mission).await,
            "the list Mission.assignments inside itself",
        );
        is_refused(
            &client.query(SPREAD).await,
            "the list MissionRole.assignments inside itself",
        );
        is_refused(
            &client.query(SCHEMA).await,
            "the list __Type.possibleTypes inside itself",
        );
    })
    .await;
}
