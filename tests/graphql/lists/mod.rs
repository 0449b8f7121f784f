//! Relay connections: every list of the schema is walked the same way, and none loses or repeats a row. A new list is
//! found in the schema; what it holds is made in `rows.rs`.

mod list;
mod rows;

use coulisses_crew::access::Role;
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::support::{Client, Schema, World, insert_users, on_each_database, rows as one_of_each};
use list::List;

const NEXT_TWO: &str = "
    query($after: String) {
        users(first: 2, after: $after) { nodes { displayName } pageInfo { endCursor } }
    }
";

/// Every connection of the schema, over several rows. Another organisation has the same rows.
async fn on_each_list(test: impl AsyncFn(&Client, &[List])) {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let made = rows::make(&app, &world).await;
        rows::make(&app, &other).await;
        let schema = Schema::new();
        let anybody = other.member(Role::Tech).await;
        let one_of_each = one_of_each(&app, &other, &anybody, "scene").await;
        let kinds = schema.kinds(&other.owner, &one_of_each).await;
        let lists = List::all(&schema, &kinds, &made);
        assert!(lists.len() > 7, "the schema has {} lists", lists.len());
        test(&world.owner, &lists).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn walking_forward_or_backward_yields_every_row_once_and_in_order() {
    on_each_list(async |client, lists| {
        for list in lists {
            let count = list.ids.len();
            for size in [1, 2, count - 1, count, count + 1, 200] {
                let (mut seen, mut after) = (Vec::new(), Value::Null);
                loop {
                    let page = list
                        .page(client, json!({"first": size, "after": after}))
                        .await;
                    assert_eq!(page.previous, !seen.is_empty(), "{}", list.name);
                    seen.extend(page.ids);
                    assert_eq!(page.next, seen.len() < count, "{} by {size}", list.name);
                    if !page.next {
                        break;
                    }
                    assert_eq!(seen.len() % size, 0);
                    after = json!(page.cursors.last());
                }
                assert_eq!(seen, list.ids, "{} by {size}", list.name);

                let (mut seen, mut before) = (Vec::new(), Value::Null);
                loop {
                    let page = list
                        .page(client, json!({"last": size, "before": before}))
                        .await;
                    assert_eq!(page.next, !seen.is_empty(), "{}", list.name);
                    seen.splice(0..0, page.ids);
                    assert_eq!(page.previous, seen.len() < count, "{} by {size}", list.name);
                    if !page.previous {
                        break;
                    }
                    before = json!(page.cursors.first());
                }
                assert_eq!(seen, list.ids, "{} by {size}, backward", list.name);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_between_two_cursors_holds_what_lies_between_them() {
    on_each_list(async |client, lists| {
        for list in lists {
            let whole = list.page(client, json!({"first": 200})).await;
            assert_eq!((whole.next, whole.previous), (false, false));
            assert_eq!(whole.ids, list.ids, "{}", list.name);
            let last = list.ids.len() - 1;
            let (after, before) = (&whole.cursors[0], &whole.cursors[last]);
            let inner = list
                .page(
                    client,
                    json!({"first": 200, "after": after, "before": before}),
                )
                .await;
            assert_eq!(inner.ids, list.ids[1..last], "{}", list.name);
            let first = list
                .page(
                    client,
                    json!({"first": 1, "after": after, "before": before}),
                )
                .await;
            assert_eq!(first.ids, list.ids[1..2], "{}", list.name);
            let end = list
                .page(client, json!({"last": 1, "after": after, "before": before}))
                .await;
            assert_eq!(end.ids, list.ids[last - 1..last], "{}", list.name);
            for nothing in [
                json!({"after": before}),
                json!({"before": after}),
                json!({"after": before, "before": after}),
            ] {
                assert!(
                    list.page(client, nothing).await.ids.is_empty(),
                    "{}",
                    list.name
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_0_to_200_rows_and_one_direction() {
    on_each_list(async |client, lists| {
        for list in lists {
            let none = list.page(client, json!({"first": 0})).await;
            assert!(none.ids.is_empty() && none.next, "{}", list.name);
            let none = list.page(client, json!({"last": 0})).await;
            assert!(none.ids.is_empty() && none.previous, "{}", list.name);
            for size in ["first", "last"] {
                let mut page = json!({});
                page[size] = json!(200);
                let ids = list.page(client, page.clone()).await.ids;
                assert_eq!(ids, list.ids, "{}", list.name);
                for wrong in [201, -1, i32::MIN, i32::MAX] {
                    page[size] = json!(wrong);
                    let answer = list.answer(client, page.clone()).await;
                    assert_eq!(
                        answer.error(),
                        ("BAD_USER_INPUT", size),
                        "{}: {wrong}",
                        list.name
                    );
                }
            }
            let both = list.answer(client, json!({"first": 2, "last": 2})).await;
            assert_eq!(both.error(), ("BAD_USER_INPUT", "last"), "{}", list.name);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_cursor_of_the_list_is_refused() {
    on_each_list(async |client, lists| {
        let mut cursors = Vec::new();
        for list in lists {
            let page = list.page(client, json!({"first": 1})).await;
            cursors.push((&list.of, page.cursors[0].clone()));
        }
        for list in lists {
            let own = cursors.iter().find(|(of, _)| **of == list.of);
            let (_, own) = own.expect("its cursor");
            let mut wrong: Vec<String> = ["", "nonsense", "!", "e30", "bnVsbA", "W10"]
                .into_iter()
                .map(str::to_owned)
                .collect();
            wrong.extend([own[1..].to_owned(), format!("{own}="), format!(" {own}")]);
            let foreign = cursors.iter().filter(|(of, _)| **of != list.of);
            wrong.extend(foreign.map(|(_, cursor)| cursor.clone()));
            // Forged ones, with a key that no row can have.
            let text = String::from_utf8(BASE64URL_NOPAD.decode(own.as_bytes()).expect("base64"))
                .expect("text");
            let parts: Vec<Value> = serde_json::from_str(&text).expect("JSON");
            for (i, _) in parts.iter().enumerate() {
                for forged in [
                    json!(i64::MAX),
                    json!(i64::MIN),
                    json!(-8_000_000_000_000_000_000_i64),
                    json!("nul\0"),
                    json!(null),
                ] {
                    if parts[i].is_string() && forged.is_string() && forged != "nul\0" {
                        continue;
                    }
                    let mut parts = parts.clone();
                    parts[i] = forged;
                    wrong.push(BASE64URL_NOPAD.encode(json!(parts).to_string().as_bytes()));
                }
            }
            for cursor in wrong {
                for field in ["after", "before"] {
                    let mut page = json!({"first": 2});
                    page[field] = json!(cursor);
                    let answer = list.answer(client, page).await;
                    let refusal = answer.body.pointer("/errors/0/extensions");
                    let expected = json!({"code": "BAD_USER_INPUT", "field": field});
                    assert_eq!(
                        refusal,
                        Some(&expected),
                        "{} {field} {cursor:?}: {}",
                        list.name,
                        answer.text
                    );
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_has_50_rows_by_default_and_200_at_most() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        insert_users(
            &app,
            &world.org_id,
            (0..201).map(|i| format!("person {i:03}")),
        )
        .await;
        let read = async |args: &str| {
            let query = format!(
                "{{ users{args} {{
                    count: totalCount
                    nodes {{ displayName }}
                    pageInfo {{ hasNextPage hasPreviousPage }}
                }} }}"
            );
            let answer = world.owner.query(&query).await;
            let users = &answer.data()["users"];
            assert_eq!(users["count"], 201);
            let names = users["nodes"].as_array().expect("a list");
            let name = |row: Option<&Value>| {
                let text = row.expect("a row")["displayName"].as_str();
                text.expect("a name")["person ".len()..].to_owned()
            };
            let info = &users["pageInfo"];
            let flags = (info["hasPreviousPage"] == true, info["hasNextPage"] == true);
            (names.len(), name(names.first()), name(names.last()), flags)
        };
        assert_eq!(
            read("").await,
            (50, "000".into(), "049".into(), (false, true))
        );
        assert_eq!(
            read("(first: 200)").await,
            (200, "000".into(), "199".into(), (false, true))
        );
        assert_eq!(
            read("(last: 200)").await,
            (200, "001".into(), "200".into(), (true, false))
        );
        assert_eq!(
            read("(last: 1)").await,
            (1, "200".into(), "200".into(), (true, false))
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_added_while_somebody_walks_neither_repeat_nor_hide_others() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        insert_users(
            &app,
            &world.org_id,
            ["b", "d", "f", "h"].into_iter().map(str::to_owned),
        )
        .await;
        let (mut seen, mut after) = (Vec::new(), Value::Null);
        // One that was passed, one between the pages, one ahead.
        for added in [&["a", "e", "g"][..], &["c", "z"], &[]] {
            let answer = world.owner.gql(NEXT_TWO, json!({"after": after})).await;
            let users = &answer.data()["users"];
            let nodes = users["nodes"].as_array().expect("a list").iter();
            seen.extend(nodes.map(|row| row["displayName"].as_str().expect("text").to_owned()));
            after = users["pageInfo"]["endCursor"].clone();
            insert_users(
                &app,
                &world.org_id,
                added.iter().map(|name| (*name).to_owned()),
            )
            .await;
        }
        assert_eq!(seen, ["b", "d", "e", "f", "g", "h"]);
        let rest = world.owner.gql(NEXT_TWO, json!({"after": after})).await;
        assert_eq!(rest.data()["users"]["nodes"], json!([{"displayName": "z"}]));
    })
    .await;
}
