//! Documents that the server knows: persisted queries and trusted documents.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp, World, hash, on_each_database};

const DOCUMENT: &str =
    "query Who($skip: Boolean = false) { me { displayName email @skip(if: $skip) } }";

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
        let by_hash = json!({"extensions": persisted(&hash(DOCUMENT))});
        is_unknown(&post(&world.owner, &by_hash).await);
        let both = json!({"query": DOCUMENT, "extensions": persisted(&hash(DOCUMENT))});
        assert_eq!(post(&world.owner, &both).await.data(), &who);
        assert_eq!(post(&world.owner, &by_hash).await.data(), &who);
        // With other variables, as somebody else, by GET, and by the draft's parameter.
        let skipped =
            json!({"variables": {"skip": true}, "extensions": persisted(&hash(DOCUMENT))});
        assert_eq!(post(&world.owner, &skipped).await.data(), &only_name);
        assert_eq!(
            post(&app.client(), &by_hash).await.code(),
            "UNAUTHENTICATED"
        );
        let id = json!({"documentId": format!("sha256:{}", hash(DOCUMENT))});
        assert_eq!(post(&world.owner, &id).await.data(), &who);
        let query = Serializer::new(String::new())
            .append_pair("extensions", &persisted(&hash(DOCUMENT)).to_string())
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
        for wrong in [other.as_str(), "", "x", &hash(DOCUMENT).to_uppercase()] {
            let body = json!({"query": DOCUMENT, "extensions": persisted(wrong)});
            assert_eq!(post(&client, &body).await.code(), "BAD_REQUEST", "{wrong}");
            is_unknown(&post(&client, &json!({"extensions": persisted(wrong)})).await);
        }
        for wrong in [
            json!({"persistedQuery": 1}),
            json!({"persistedQuery": {}}),
            json!({"persistedQuery": {"version": 2, "sha256Hash": hash(DOCUMENT)}}),
            json!({"persistedQuery": {"version": 1, "sha256Hash": 1}}),
        ] {
            let body = json!({"query": DOCUMENT, "extensions": wrong});
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
async fn many_large_documents_neither_fill_the_memory_nor_drive_out_what_is_used() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let used = json!({"documentId": format!("sha256:{}", hash(DOCUMENT))});
        for _ in 0..3 {
            post(&world.owner, &json!({"query": DOCUMENT})).await.data();
        }
        let large = |i: usize| format!("{{ me {{ {}}} }} #{i}", "id ".repeat(1_990));
        for i in 0..150 {
            post(&world.owner, &json!({"query": large(i)})).await.data();
        }
        post(&world.owner, &used).await.data();
        let mut known = 0;
        for i in 0..150 {
            let id = json!({"documentId": format!("sha256:{}", hash(&large(i)))});
            known += usize::from(post(&world.owner, &id).await.body.get("data").is_some());
        }
        // 32 MiB, at half a megabyte each.
        assert!((1..=65).contains(&known), "{known}");
    })
    .await;
}

/// An application that trusts the documents of a file.
async fn trusting(app: &TestApp, manifest: &Value) -> (TestApp, tempfile::NamedTempFile) {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), manifest.to_string()).expect("written");
    let path = file.path().to_str().expect("a path").to_owned();
    (app.beside(&[("TRUSTED_DOCUMENTS", &path)]), file)
}

#[tokio::test(flavor = "multi_thread")]
async fn only_trusted_documents_run_where_there_is_a_list() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        // graphql-codegen names documents by SHA-1 or SHA-256, Relay by MD5 or a name of one's own.
        let manifest =
            json!({"8c2d91": DOCUMENT, "Mutation.logout": "mutation { logout { loggedOut } }"});
        let (trusting, _file) = trusting(&app, &manifest).await;
        let owner = Client {
            router: trusting.router(),
            ..world.owner.clone()
        };
        let who = json!({"me": {"displayName": "Olive Owner", "email": "owner@regie.example"}});
        for listed in [
            json!({"query": DOCUMENT}),
            json!({"documentId": "8c2d91"}),
            json!({"extensions": persisted("8c2d91")}),
            json!({"query": DOCUMENT, "extensions": persisted("8c2d91")}),
            json!({"documentId": format!("sha256:{}", hash(DOCUMENT))}),
        ] {
            assert_eq!(post(&owner, &listed).await.data(), &who, "{listed}");
        }
        // One character more is another document.
        for text in [
            format!("{DOCUMENT} "),
            "{ myRole }".into(),
            "{ __typename }".into(),
        ] {
            for body in [
                json!({"query": text}),
                json!({"query": text, "extensions": persisted(&hash(&text))}),
                json!({"query": text, "documentId": "8c2d91"}),
            ] {
                let answer = post(&owner, &body).await;
                assert_eq!(
                    (answer.status, answer.code()),
                    (StatusCode::BAD_REQUEST, "BAD_REQUEST")
                );
            }
            is_unknown(&post(&owner, &json!({"extensions": persisted(&hash(&text))})).await);
        }
        let left = post(&owner, &json!({"documentId": "Mutation.logout"})).await;
        assert_eq!(left.data(), &json!({"logout": {"loggedOut": true}}));
    })
    .await;
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
            error.message.starts_with("the trusted document large: "),
            "{error}"
        );
    })
    .await;
}
