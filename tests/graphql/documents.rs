//! Documents that the server knows: persisted queries and trusted documents.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::support::{Answer, Client, World, hash, on_each_database};

const WHO: &str = "
    query Who($skip: Boolean = false) {
        me { displayName email @skip(if: $skip) }
    }
";

const WITH_VARIABLES: &str = "
    query($id: ID!, $filter: AssignmentFilter, $first: Int = 1, $all: Boolean!) {
        project(id: $id) { id }
        assignments(filter: $filter, first: $first) { totalCount @include(if: $all) }
    }
";

async fn post(client: &Client, body: &Value) -> Answer {
    client.post_graphql(&body.to_string()).await
}

fn persisted(hash: &str) -> Value {
    json!({"persistedQuery": {"version": 1, "sha256Hash": hash}})
}

fn is_unknown(answer: &Answer) {
    // Apollo's clients look for this status, message and code.
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.str("/errors/0/message"), "PersistedQueryNotFound");
    assert_eq!(answer.code(), "PERSISTED_QUERY_NOT_FOUND");
    assert!(answer.body.get("data").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_runs_by_its_hash_once_it_was_sent_with_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let who = json!({"me": {"displayName": "Olive Owner", "email": "owner@regie.example"}});
        let only_name = json!({"me": {"displayName": "Olive Owner"}});
        let by_hash = json!({"extensions": persisted(&hash(WHO))});
        is_unknown(&post(&world.owner, &by_hash).await);
        let both = json!({"query": WHO, "extensions": persisted(&hash(WHO))});
        assert_eq!(post(&world.owner, &both).await.data(), &who);
        assert_eq!(post(&world.owner, &by_hash).await.data(), &who);
        // With other variables, as somebody else, by GET, and by the draft's parameter.
        let skipped = json!({"variables": {"skip": true}, "extensions": persisted(&hash(WHO))});
        assert_eq!(post(&world.owner, &skipped).await.data(), &only_name);
        assert_eq!(
            post(&app.client(), &by_hash).await.code(),
            "UNAUTHENTICATED"
        );
        let id = json!({"documentId": format!("sha256:{}", hash(WHO))});
        assert_eq!(post(&world.owner, &id).await.data(), &who);
        let query = Serializer::new(String::new())
            .append_pair("extensions", &persisted(&hash(WHO)).to_string())
            .finish();
        let get = world
            .owner
            .request(Method::GET, &format!("/graphql?{query}"));
        let get = world
            .owner
            .send(get.body(Body::empty()).expect("a request"))
            .await;
        assert_eq!(get.data(), &who);
        assert_eq!(get.headers[header::CACHE_CONTROL], "no-store");
        // Another server does not know it, and is told.
        let beside = app.beside(&[]);
        let elsewhere = Client {
            router: beside.router(),
            ..world.owner.clone()
        };
        is_unknown(&post(&elsewhere, &by_hash).await);
        assert_eq!(post(&elsewhere, &both).await.data(), &who);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hash_is_that_of_its_document() {
    on_each_database(async |app| {
        let client = app.client();
        let other = hash("{ myRole }");
        for wrong in [other.as_str(), "", "x", &hash(WHO).to_uppercase()] {
            let body = json!({"query": WHO, "extensions": persisted(wrong)});
            assert_eq!(post(&client, &body).await.code(), "BAD_REQUEST", "{wrong}");
            is_unknown(&post(&client, &json!({"extensions": persisted(wrong)})).await);
        }
        for wrong in [
            json!({"persistedQuery": 1}),
            json!({"persistedQuery": {}}),
            json!({"persistedQuery": {"version": 2, "sha256Hash": hash(WHO)}}),
            json!({"persistedQuery": {"version": 1, "sha256Hash": 1}}),
        ] {
            let body = json!({"query": WHO, "extensions": wrong});
            let answer = post(&client, &body).await;
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::BAD_REQUEST, "BAD_REQUEST")
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_by_its_hash_is_still_no_get() {
    on_each_database(async |app| {
        let client = app.client();
        let document = "mutation { logout { loggedOut } }";
        let both = json!({"query": document, "extensions": persisted(&hash(document))});
        post(&client, &both).await;
        let query = Serializer::new(String::new())
            .append_pair("documentId", &format!("sha256:{}", hash(document)))
            .finish();
        let get = client.request(Method::GET, &format!("/graphql?{query}"));
        let get = client
            .send(get.body(Body::empty()).expect("a request"))
            .await;
        assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_ran_before_answers_as_a_new_one() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let id = world.project("Tour").await;
        let right = json!({"id": id, "filter": {"status": ["INVITED"]}, "all": true});
        world.owner.gql(WITH_VARIABLES, right.clone()).await.data();
        for (name, value) in [
            ("all", json!(true)),
            ("all", json!("true")),
            ("id", json!(null)),
            ("id", json!("none")),
            ("id", json!(7)),
            ("first", json!(null)),
            ("first", json!(0.5)),
            ("first", json!(201)),
            ("filter", json!(null)),
            ("filter", json!({"status": "ACCEPTED"})),
            ("filter", json!({"status": ["MAYBE"]})),
            ("filter", json!({"status": [null]})),
            ("filter", json!({"unknown": 1})),
            ("unknown", json!(1)),
        ] {
            let mut variables = right.clone();
            variables[name] = value;
            let known = world.owner.gql(WITH_VARIABLES, variables.clone()).await;
            let new = world
                .owner
                .gql(&format!("{WITH_VARIABLES} # {variables}"), variables)
                .await;
            assert_eq!((known.status, &known.text), (new.status, &new.text));
        }
        let invalid = "{ me { id } nothing }";
        let first = world.owner.query(invalid).await;
        let again = world.owner.query(invalid).await;
        assert_eq!(first.code(), "BAD_REQUEST");
        assert_eq!((first.status, &first.text), (again.status, &again.text));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_large_documents_neither_fill_the_memory_nor_drive_out_what_is_used() {
    on_each_database(async |app| {
        let client = app.client();
        let is_known = async |document: &str| {
            let id = json!({"documentId": format!("sha256:{}", hash(document))});
            post(&client, &id).await.code() != "PERSISTED_QUERY_NOT_FOUND"
        };
        let list = format!(
            "assignments(filter: {{status: [{}]}}) {{ totalCount }}",
            "INVITED ".repeat(480)
        );
        let tokens = |i: usize| format!("{{ a: {list} b: {list} c: {list} d: {list} }} #{i}");
        for _ in 0..3 {
            post(&client, &json!({"query": WHO})).await;
        }
        for i in 0..90 {
            post(&client, &json!({"query": tokens(i)})).await;
        }
        assert!(is_known(WHO).await);
        // In 32 MiB there is room for 65.
        let mut known = 0;
        for i in 0..90 {
            known += usize::from(is_known(&tokens(i)).await);
        }
        assert!((40..=65).contains(&known), "{known}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_documents_run_where_there_is_a_list() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        // As graphql-codegen 5 with its client preset 4, and relay-compiler 21, have written them.
        for list in [
            "tests/trusted/graphql-codegen.json",
            "tests/trusted/relay.json",
        ] {
            let trusting = app.beside(&[("TRUSTED_DOCUMENTS", list)]);
            let owner = Client {
                router: trusting.router(),
                ..world.owner.clone()
            };
            let file = std::fs::read_to_string(list).expect("the list");
            let listed: BTreeMap<String, String> = serde_json::from_str(&file).expect("JSON");
            let (id, text) = listed
                .iter()
                .find(|(_, text)| text.contains("myRole"))
                .expect("one");
            runs_only_what_is_listed(&owner, id, text).await;
            let sdl = owner
                .request(Method::GET, "/graphiql/schema.graphql")
                .body(Body::empty());
            let sdl = owner.send(sdl.expect("a request")).await;
            assert_eq!(sdl.status, StatusCode::NOT_FOUND, "the schema is not told");
        }
    })
    .await;
}

async fn runs_only_what_is_listed(owner: &Client, id: &str, text: &str) {
    for listed in [
        json!({"query": text}),
        json!({"documentId": id}),
        json!({"extensions": persisted(id)}),
        json!({"query": text, "extensions": persisted(id)}),
        json!({"documentId": format!("sha256:{}", hash(text))}),
    ] {
        let answer = post(owner, &listed).await;
        assert_eq!(answer.data()["myRole"], "OWNER", "{listed}");
    }
    // The text of one document and the id of none, or two ids, fit nothing.
    for mixed in [
        json!({"query": text, "documentId": "another"}),
        json!({"query": text, "documentId": id, "extensions": persisted(id)}),
    ] {
        assert_eq!(post(owner, &mixed).await.code(), "BAD_REQUEST", "{mixed}");
    }
    // One character more is another document.
    for other in [
        format!("{text} "),
        "{ myRole }".into(),
        "{ __typename }".into(),
    ] {
        for body in [
            json!({"query": other}),
            json!({"query": other, "extensions": persisted(&hash(&other))}),
            json!({"query": other, "documentId": id}),
        ] {
            let answer = post(owner, &body).await;
            assert_eq!(
                (answer.status, answer.code()),
                (StatusCode::BAD_REQUEST, "BAD_REQUEST")
            );
        }
        is_unknown(&post(owner, &json!({"extensions": persisted(&hash(&other))})).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_document_beyond_a_limit_is_named_at_the_start() {
    on_each_database(async |app| {
        let mut state = app.state.clone();
        let mut config = (*state.config).clone();
        let aliases: Vec<String> = (0..31).map(|i| format!("a{i}: id")).collect();
        let large = format!("{{ me {{ {} }} }}", aliases.join(" "));
        config.trusted_documents = Some([("large".to_owned(), large)].into());
        state.config = config.into();
        let error = coulisses_crew::app::build(state).expect_err("refused");
        assert!(
            error.message.starts_with(
                "TRUSTED_DOCUMENTS names documents that cannot run:\n  the document large: "
            ),
            "{error}"
        );
    })
    .await;
}
