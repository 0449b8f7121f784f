//! Documents that are small and cost much: refused before they do, and the server stays up.

use std::collections::BTreeSet;

use serde_json::json;

use super::is_refused;
use crate::support::{Answer, World, on_each_database, prepared};

/// At most 50 errors, none of them told twice.
fn is_bounded(answer: &Answer) {
    let errors = answer.at("/errors").as_array().expect("errors");
    assert!(errors.len() <= 50, "{}", errors.len());
    let different: BTreeSet<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(different.len(), errors.len());
    for error in errors {
        assert!(
            error["message"].as_str().is_some_and(|it| it.len() <= 300),
            "{error}"
        );
        assert!(error["locations"][0]["line"].is_u64(), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_that_is_written_several_times_counts_each_time_and_runs_once() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let create = |spreads: usize| {
            format!(
                "mutation {{ {} }} fragment F on Mutation {{
                   createUser(input: {{displayName: \"Léa\"}}) {{ user {{ id }} }}
                 }}",
                "...F ".repeat(spreads)
            )
        };
        is_refused(
            &world.owner.query(&create(11)).await,
            "more root fields than 10",
        );
        let people = async || {
            world
                .owner
                .query("{ users { totalCount } }")
                .await
                .data()
                .clone()
        };
        assert_eq!(people().await, json!({"users": {"totalCount": 0}}));
        world.owner.query(&create(10)).await.data();
        assert_eq!(people().await, json!({"users": {"totalCount": 1}}));
        let logout = "mutation { ...F ...F } fragment F on Mutation { logout { loggedOut } }";
        is_refused(
            &world.owner.query(logout).await,
            "more authentication mutations than 1",
        );
        world.owner.query("{ me { id } }").await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_organisation_has_in_use_is_read_once_however_often_it_is_asked_for() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        world.user("Léa", &["sound", "rigging"]).await;
        let statements = async |query: &str| {
            let before = app.db.statements();
            world.owner.query(query).await.data();
            app.db.statements() - before
        };
        let once = statements("{ org { skills tags } }").await;
        let often = format!(
            "{{ a: org {{ {0} b: skills }} c: org {{ {0} }} }}",
            "skills tags ".repeat(40)
        );
        assert_eq!(statements(&often).await, once);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hangs_on_the_same_row_is_read_once_however_often_it_is_shown() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for number in 0..20 {
            world.user(&format!("P{number}"), &[]).await;
        }
        let statements = async |rows: u32| {
            let before = app.db.statements();
            let query = format!(
                "{{ auditLog(first: {rows}) {{ nodes {{ actor {{ sessions {{ id }} memberships {{
                    org {{ members(first: 1) {{ totalCount nodes {{ id }} }} }}
                }} }} }} }} }}"
            );
            let answer = world.owner.query(&query).await;
            let shown = answer.data()["auditLog"]["nodes"].as_array().map(Vec::len);
            assert_eq!(shown, usize::try_from(rows).ok());
            app.db.statements() - before
        };
        assert_eq!(statements(1).await, statements(20).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_would_overflow_the_parser_is_refused_before_it() {
    on_each_database(async |app| {
        let client = app.client();
        for depth in [65, 500, 2_000, 5_000, 10_000] {
            for (open, close) in [("[", "]"), ("{a:", "}")] {
                let value = format!("{}1{}", open.repeat(depth), close.repeat(depth));
                let query = format!("{{ users(filter: {value}) {{ totalCount }} }}");
                let body = json!({"query": query}).to_string();
                is_refused(&client.post_graphql(&body).await, "");
            }
            // An open block string, which the parser reads as an empty one and a string behind it.
            let behind = format!(
                "{{a(b:[\"\"\"\" {}{}]])}}",
                "[".repeat(depth),
                "]".repeat(depth)
            );
            is_refused(&client.query(&behind).await, "");
            let nested = format!("{}a{}", "{a".repeat(depth), "}".repeat(depth));
            let body = json!({"query": nested}).to_string();
            is_refused(&client.post_graphql(&body).await, "");
        }
        assert_eq!(
            client.query("{ __typename }").await.data(),
            &json!({"__typename": "Query"})
        );
    })
    .await;
}

#[test]
fn no_place_of_a_document_nests_so_deeply_that_the_stack_overflows() {
    let within = |before: &str, open: &str, close: &str, after: &str, depth: usize| {
        let (opened, closed) = (open.repeat(depth), close.repeat(depth));
        [
            format!("{before}{opened}{closed}{after}"),
            // Never closed.
            format!("{before}{opened}"),
        ]
    };
    for depth in [65, 300, 660, 1_900, 10_000] {
        let texts = [
            within("", "{me", "}", "", depth),
            within("", "{...", "}", "", depth),
            within("", "{... on Query @include(if: true) ", "}", "", depth),
            within("{users(filter:", "[", "]", "){totalCount}}", depth),
            within("{users(filter:", "{skills:", "}", "){totalCount}}", depth),
            within("{me @skip(if:", "[", "]", "){id}}", depth),
            within("{me @skip(if:", "{a:", "}", "){id}}", depth),
            within("query($v:", "[", "]", "){me{id}}", depth),
            within("query($v:Int=", "[", "]", "){me{id}}", depth),
            within("query($v:Int=", "{a:", "}", "){me{id}}", depth),
            within("query @a(b:", "[", "]", "){me{id}}", depth),
            within("fragment F on Query ", "{...", "}", "", depth),
            within("type A @a(b:", "[", "]", ")", depth),
            within("type A {a:", "[", "]", "}", depth),
        ];
        for text in texts.as_flattened() {
            prepared(text, &json!(null)).expect_err("too deep, or too long");
        }
    }
}

#[test]
fn fragments_nest_only_as_deeply_as_brackets_may() {
    // As deep as 2,000 tokens can be: each fragment as deep as the parser lets it be, and all in a chain.
    let chain = |fragments: usize, depth: usize, last: &str| {
        let fragment = |i: usize| {
            let (open, close) = ("{...".repeat(depth), "}".repeat(depth));
            format!("fragment F{i} on Query {open} {{...F{}}} {close} ", i + 1)
        };
        let all: String = (0..fragments).map(fragment).collect();
        format!("{{...F0}} {all} fragment F{fragments} on Query {last}")
    };
    for (fragments, depth) in [(10, 60), (100, 3), (180, 0)] {
        for last in ["{myRole}", "{...F0}"] {
            prepared(&chain(fragments, depth, last), &json!(null)).expect_err("too deep");
        }
    }
    prepared(&chain(60, 0, "{myRole}"), &json!(null)).expect("deep enough");
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_that_multiply_are_refused_before_they_run() {
    on_each_database(async |app| {
        let client = app.client();
        let schema = "possibleTypes{interfaces{".repeat(6) + "name" + &"}}".repeat(6);
        let bomb = format!("{{__type(name:\"Node\"){{{schema}}}}}");
        let doubled = |i: usize| format!("fragment F{i} on Query {{...F{0} ...F{0}}} ", i + 1);
        let fragments: String = (0..24).map(doubled).collect();
        let fragments = format!("{{...F0}} {fragments} fragment F24 on Query {{__typename}}");
        for query in [bomb, fragments] {
            let body = json!({"query": query}).to_string();
            is_refused(&client.post_graphql(&body).await, "");
        }
        // Each conflict of names would be told, again for each fragment around it.
        let conflicts = format!("a: id {}", "a: email ".repeat(90));
        let chain = |i: usize| format!("fragment F{i} on Account {{ ...F{} }} ", i + 1);
        let chain: String = (0..50).map(chain).collect();
        let chain =
            format!("{{ me {{ ...F0 }} }} {chain} fragment F50 on Account {{ {conflicts} }}");
        let nested = format!(
            "{{ me {} {conflicts} {} }}",
            "{ ...".repeat(50) + "{",
            "}".repeat(51)
        );
        for query in [chain, nested] {
            let answer = client.query(&query).await;
            is_refused(&answer, "the same name `a`");
            is_bounded(&answer);
        }
        // Operations that do not run, with as many mistakes again each.
        let undefined: Vec<_> = (0..490).map(|i| format!("$v{i}")).collect();
        let operation = |i: usize| format!("query Q{i} {{ ...F }} ");
        let operations: String = (0..110).map(operation).collect();
        let many = format!(
            "{operations} fragment F on Query {{
                assignments(filter: {{status: [{}]}}) {{ totalCount }}
            }}",
            undefined.join(" ")
        );
        let body = json!({"query": many, "operationName": "Q0"});
        let answer = client.post_graphql(&body.to_string()).await;
        is_refused(&answer, "Variable `$v0` is not defined.");
        is_bounded(&answer);
        let skipped = client.query("{ __typename @skip(if: true) }").await;
        assert_eq!(skipped.data(), &json!({}));
    })
    .await;
}
