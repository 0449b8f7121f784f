//! What the busiest page costs.

use serde_json::json;

use super::main_job::board;
use crate::support::{World, on_each_database};

const STARTS: &str = "
    {
        projects {
            nodes {
                name
                missions(first: 2) { nodes { startsAt } pageInfo { hasNextPage } }
            }
        }
    }
";

const STAFFING: &str = "
    query($id: ID!) {
        project(id: $id) {
            staffing { open needed }
            name
            missions {
                totalCount
                nodes { staffing { open } title assignments { id } roles { name id } }
            }
        }
    }
";

#[tokio::test(flavor = "multi_thread")]
async fn the_board_takes_as_many_statements_for_fifty_missions_as_for_five() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let people = [world.user("Léa", &[]).await, world.user("Max", &[]).await];
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let mut counts = Vec::new();
        for (name, missions) in [("Small", 5), ("Large", 50)] {
            let project = world.project(name).await;
            for day in 0..missions {
                let starts_at = format!("2027-{:02}-{:02}T08:00:00Z", day / 28 + 1, day % 28 + 1);
                let ends_at = starts_at.replace("T08", "T18");
                let (_, role) = world.place(&project, (&starts_at, &ends_at), 2).await;
                world.invite(&role, &people).await;
            }
            let body = board(&project);
            let before = app.db.statements();
            let board = world.owner.post_graphql(&body.to_string()).await;
            counts.push(app.db.statements() - before);
            let nodes = board.data()["project"]["missions"]["nodes"]
                .as_array()
                .expect("missions");
            assert_eq!(nodes.len(), missions);
            for node in nodes {
                assert_eq!(node["assignments"].as_array().expect("a list").len(), 2);
            }
        }
        println!("statements of the Board at 5 and at 50 missions: {counts:?}");
        assert_eq!(counts[0], counts[1]);
        // The session and its account's place; the project; its missions; needed and booked places of the project; roles, counts and
        // assignments of the missions; roles and people of the assignments.
        assert_eq!(counts[0], 11);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missions_of_several_projects_are_one_statement() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for (name, missions) in [("A", 1), ("B", 3), ("C", 0)] {
            let project = world.project(name).await;
            for day in 1..=missions {
                let times = (
                    format!("2027-01-0{day}T08:00:00Z"),
                    format!("2027-01-0{day}T09:00:00Z"),
                );
                world.place(&project, (&times.0, &times.1), 1).await;
            }
        }
        let before = app.db.statements();
        let answer = world.owner.query(STARTS).await;
        assert_eq!(
            app.db.statements() - before,
            4,
            "session, place, projects, missions"
        );
        let nodes = answer.data()["projects"]["nodes"]
            .as_array()
            .expect("projects");
        let sizes: Vec<_> = nodes
            .iter()
            .map(|node| {
                let missions = &node["missions"];
                let size = missions["nodes"].as_array().expect("missions").len();
                (
                    size,
                    missions["pageInfo"]["hasNextPage"]
                        .as_bool()
                        .expect("a flag"),
                )
            })
            .collect();
        assert_eq!(sizes, [(1, false), (2, true), (0, false)]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_come_in_the_order_of_the_document() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        world
            .place(
                &project,
                ("2027-01-01T08:00:00Z", "2027-01-01T09:00:00Z"),
                1,
            )
            .await;
        let answer = world.owner.gql(STAFFING, json!({"id": project})).await;
        let words = [
            "\"staffing\"",
            "\"open\"",
            "\"needed\"",
            "\"name\"",
            "\"missions\"",
            "\"totalCount\"",
            "\"nodes\"",
            "\"title\"",
            "\"assignments\"",
            "\"roles\"",
        ];
        let places: Vec<_> = words.iter().map(|word| answer.text.find(word)).collect();
        assert!(places.is_sorted() && places[0].is_some(), "{}", answer.text);
    })
    .await;
}
