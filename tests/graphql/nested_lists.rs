//! Connections below several parents of one query: each parent gets a page of its own.

use serde_json::{Value, json};

use crate::support::{World, accept, cancel_mission, hour, on_each_database};

const MISSIONS: &str = "
    query($first: Int, $after: String, $last: Int, $before: String) {
        projects(first: 9) {
            nodes {
                missions(first: $first, after: $after, last: $last, before: $before) {
                    totalCount
                    nodes { title }
                    pageInfo { hasPreviousPage hasNextPage endCursor startCursor }
                }
            }
        }
    }
";

const TWO_PAGES: &str = r#"
    fragment Some on MissionConnection {
        n: totalCount
        nodes { title }
    }
    query($id: ID) {
        projects(first: 9) {
            nodes {
                built: missions(filter: {search: "montage"}, first: 1) { ...Some }
                shown: missions(
                    filter: {from: "2026-09-01T11:00:00Z", to: "2026-09-01T20:00:00Z"}
                ) { ...Some }
                all: missions(filter: {includeCancelled: true}, last: 2) { ...Some }
                elsewhere: missions(filter: {projectId: $id}) { ...Some }
            }
        }
    }
"#;

const ASSIGNMENTS: &str = "
    query($status: [AssignmentStatus!], $from: DateTime, $to: DateTime, $first: Int, $last: Int) {
        users(first: 9) {
            nodes {
                assignments(status: $status, from: $from, to: $to, first: $first, last: $last) {
                    totalCount
                    nodes { mission { title } }
                    pageInfo { hasPreviousPage hasNextPage }
                }
            }
        }
    }
";

/// What a connection holds, for comparing: its texts, `hasPreviousPage`, `hasNextPage`, `totalCount`.
fn page<'a>(list: &'a Value, pointer: &str) -> (Vec<&'a str>, bool, bool, i64) {
    let nodes = list["nodes"].as_array().expect("a list").iter();
    let texts = nodes
        .map(|row| row.pointer(pointer).and_then(Value::as_str).expect("text"))
        .collect();
    let flag = |name: &str| list["pageInfo"][name].as_bool().expect("a flag");
    (
        texts,
        flag("hasPreviousPage"),
        flag("hasNextPage"),
        list["totalCount"].as_i64().expect("a count"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn missions_of_several_projects_are_paged_for_each_project() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for (name, titles) in [
            ("empty", &[][..]),
            ("few", &["a"]),
            ("many", &["b", "c", "d", "e", "f"]),
        ] {
            let project = world.project(name).await;
            for (i, title) in (0..).zip(titles) {
                let mission =
                    json!({"title": title, "startsAt": hour(10 * i), "endsAt": hour(10 * i + 2)});
                world.create_mission(&project, mission).await.data();
            }
        }
        let ask = async |args: Value| {
            let answer = world.owner.gql(MISSIONS, args).await;
            answer.data()["projects"]["nodes"].clone()
        };
        let pages = async |args: Value, expected: [(Vec<&str>, bool, bool, i64); 3]| {
            let nodes = ask(args.clone()).await;
            let found = [0, 1, 2].map(|i| page(&nodes[i]["missions"], "/title"));
            assert_eq!(found, expected, "{args}");
            nodes[2]["missions"]["pageInfo"].clone()
        };
        let none = || (vec![], false, false, 0);
        let first = pages(
            json!({"first": 2}),
            [
                none(),
                (vec!["a"], false, false, 1),
                (vec!["b", "c"], false, true, 5),
            ],
        )
        .await;
        let last = pages(
            json!({"last": 2}),
            [
                none(),
                (vec!["a"], false, false, 1),
                (vec!["e", "f"], true, false, 5),
            ],
        )
        .await;
        pages(
            json!({}),
            [
                none(),
                (vec!["a"], false, false, 1),
                (vec!["b", "c", "d", "e", "f"], false, false, 5),
            ],
        )
        .await;
        pages(
            json!({"first": 0}),
            [none(), (vec![], false, true, 1), (vec![], false, true, 5)],
        )
        .await;
        // The cursor of one project is a place in time for the others as well.
        let nodes = ask(json!({"first": 2, "after": first["endCursor"]})).await;
        assert_eq!(page(&nodes[1]["missions"], "/title").0, Vec::<&str>::new());
        assert_eq!(
            page(&nodes[2]["missions"], "/title"),
            (vec!["d", "e"], true, true, 5)
        );
        let nodes = ask(json!({"last": 2, "before": last["startCursor"]})).await;
        assert_eq!(page(&nodes[1]["missions"], "/title").0, ["a"]);
        assert_eq!(
            page(&nodes[2]["missions"], "/title"),
            (vec!["c", "d"], true, true, 5)
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pages_of_missions_under_one_project_keep_their_own_filters() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for name in ["one", "two"] {
            let project = world.project(name).await;
            for (i, title) in (0..).zip(["Montage", "Show", "Démontage"]) {
                let mission = json!({
                    "title": format!("{title} {name}"), "startsAt": hour(10 * i),
                    "endsAt": hour(10 * i + 2),
                });
                let answer = world.create_mission(&project, mission).await;
                if (name, title) == ("two", "Show") {
                    cancel_mission(&app, answer.str("/data/createMission/mission/id")).await;
                }
            }
        }
        let two = world
            .owner
            .query("{ projects(filter: {search: \"two\"}) { nodes { id } } }")
            .await;
        let two = two.data()["projects"]["nodes"][0]["id"].clone();
        let answer = world.owner.gql(TWO_PAGES, json!({"id": two})).await;
        let list = |n: i32, titles: &[&str]| {
            json!({
                "n": n,
                "nodes": titles.iter().map(|title| json!({"title": title})).collect::<Vec<_>>(),
            })
        };
        assert_eq!(
            answer.data()["projects"]["nodes"],
            json!([
                {
                    "built": list(2, &["Montage one"]), "shown": list(1, &["Show one"]),
                    "all": list(3, &["Show one", "Démontage one"]), "elsewhere": list(0, &[]),
                },
                {
                    "built": list(2, &["Montage two"]), "shown": list(0, &[]),
                    "all": list(3, &["Show two", "Démontage two"]),
                    "elsewhere": list(2, &["Montage two", "Démontage two"]),
                },
            ])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn assignments_of_several_people_are_paged_and_filtered_for_each_person() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (ada, bob) = (world.user("Ada", &[]).await, world.user("Bob", &[]).await);
        world.user("Cid", &[]).await;
        for i in 0..4 {
            let (title, from, to) = (format!("m{i}"), hour(10 * i), hour(10 * i + 2));
            let mission =
                json!({"title": title, "startsAt": from, "endsAt": to, "roles": [{"name": "A"}]});
            let answer = world.create_mission(&project, mission).await;
            let role = answer.str("/data/createMission/mission/roles/0/id");
            let people = if i == 2 {
                vec![&*ada, &*bob]
            } else {
                vec![&*ada]
            };
            let invited = world.invite(role, &people).await;
            if i >= 2 {
                accept(&app.client(), &invited[0].1).await.data();
            }
        }
        for (args, of_ada, of_bob) in [
            (
                json!({"first": 2}),
                (vec!["m0", "m1"], false, true, 4),
                (vec!["m2"], false, false, 1),
            ),
            (
                json!({"last": 3}),
                (vec!["m1", "m2", "m3"], true, false, 4),
                (vec!["m2"], false, false, 1),
            ),
            (
                json!({"status": ["INVITED"]}),
                (vec!["m0", "m1"], false, false, 2),
                (vec!["m2"], false, false, 1),
            ),
            (
                json!({"status": ["ACCEPTED", "DECLINED"], "first": 1}),
                (vec!["m2"], false, true, 2),
                (vec![], false, false, 0),
            ),
            (
                json!({"status": []}),
                (vec![], false, false, 0),
                (vec![], false, false, 0),
            ),
            // Half-open: m0 ends at 2, m1 is [10, 12), m2 starts at 20.
            (
                json!({"from": hour(2), "to": hour(20)}),
                (vec!["m1"], false, false, 1),
                (vec![], false, false, 0),
            ),
            (
                json!({"from": hour(21)}),
                (vec!["m2", "m3"], false, false, 2),
                (vec!["m2"], false, false, 1),
            ),
        ] {
            let answer = world.owner.gql(ASSIGNMENTS, args.clone()).await;
            let people = &answer.data()["users"]["nodes"];
            let found = [0, 1, 2].map(|i| page(&people[i]["assignments"], "/mission/title"));
            assert_eq!(found, [of_ada, of_bob, (vec![], false, false, 0)], "{args}");
        }
        let answer = world
            .owner
            .gql(ASSIGNMENTS, json!({"from": hour(2), "to": hour(2)}))
            .await;
        assert_eq!(answer.error(), ("BAD_USER_INPUT", "to"));
    })
    .await;
}
