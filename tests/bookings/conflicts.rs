//! Who is booked twice at the same time.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::{DAY, code};
use crate::support::{Answer, Client, World, cancel_mission, instant, on_each_database};

const CONFLICTS: &str = "
    query($user: ID!, $from: DateTime, $to: DateTime) {
        conflicts(userId: $user, from: $from, to: $to) {
            first { id } second { id } startsAt endsAt
        }
    }
";

const FORCE: &str = r#"
    mutation($role: ID!, $user: ID!) {
        assignToMission(input: {roleId: $role, userId: $user, force: true, reason: "Agreed."}) {
            assignment { id }
        }
    }
"#;

/// So many minutes after the start of the day.
fn at(minutes: i64) -> String {
    (instant(DAY.0) + TimeDelta::minutes(minutes)).to_rfc3339()
}

/// Books a person from one minute of the day to another, whatever they are booked for: the mission and the assignment.
async fn book(
    world: &World<'_>,
    project: &str,
    user: &str,
    (from, to): (i64, i64),
) -> (String, String) {
    let (mission, role) = world.place(project, (&at(from), &at(to)), 1).await;
    let booked = world
        .owner
        .gql(FORCE, json!({"role": role, "user": user}))
        .await;
    (
        mission,
        booked.str("/data/assignToMission/assignment/id").to_owned(),
    )
}

async fn conflicts(client: &Client, user: &str, from: Option<i64>, to: Option<i64>) -> Answer {
    let variables = json!({"user": user, "from": from.map(at), "to": to.map(at)});
    client.gql(CONFLICTS, variables).await
}

fn pair(first: &str, second: &str, (from, to): (i64, i64)) -> Value {
    json!({"first": {"id": first}, "second": {"id": second}, "startsAt": at(from), "endsAt": at(to)})
}

#[tokio::test(flavor = "multi_thread")]
async fn pairs_that_overlap_are_told_by_start_with_the_time_that_both_take() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let project = world.project("P").await;
        let (_, long) = book(&world, &project, &lea, (0, 100)).await;
        let (_, inside) = book(&world, &project, &lea, (10, 20)).await;
        let (_, across) = book(&world, &project, &lea, (90, 110)).await;
        // It only touches.
        book(&world, &project, &lea, (110, 120)).await;
        let (gone, _) = book(&world, &project, &lea, (30, 40)).await;
        cancel_mission(&app, &gone).await;
        // Somebody else, and somebody who is only invited.
        book(&world, &project, &max, (0, 100)).await;
        let (_, role) = world.place(&project, (&at(50), &at(60)), 1).await;
        world.invite(&role, &[&lea]).await;

        let first = pair(&long, &inside, (10, 20));
        let second = pair(&long, &across, (90, 100));
        for (from, to, expected) in [
            (None, None, vec![&first, &second]),
            (Some(19), None, vec![&first, &second]),
            (Some(20), None, vec![&second]),
            (Some(100), None, vec![]),
            (None, Some(11), vec![&first]),
            (None, Some(10), vec![]),
            (Some(20), Some(90), vec![]),
        ] {
            let before = app.db.statements();
            let answer = conflicts(&world.owner, &lea, from, to).await;
            let statements = app.db.statements() - before;
            let found: Vec<_> = answer
                .at("/data/conflicts")
                .as_array()
                .into_iter()
                .flatten()
                .collect();
            assert_eq!(found, expected, "[{from:?}, {to:?})");
            assert_eq!(statements, 3, "the session, its place, and the conflicts");
        }
        let nothing = conflicts(&world.owner, &lea, Some(5), Some(5)).await;
        assert_eq!(nothing.error(), ("BAD_USER_INPUT", "to"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_ones_own_conflicts_and_a_manager_everybodys() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, user) = world.member(Role::Tech).await;
        let (other, _) = world.member(Role::Tech).await;
        let (manager, _) = world.member(Role::Manager).await;
        let project = world.project("P").await;
        let (_, first) = book(&world, &project, &user, (0, 10)).await;
        let (_, second) = book(&world, &project, &user, (0, 5)).await;
        let expected = json!([pair(&first, &second, (0, 5))]);
        for client in [&tech, &manager] {
            let found = conflicts(client, &user, None, None).await;
            assert_eq!(found.data()["conflicts"], expected);
        }
        assert_eq!(
            code(&conflicts(&other, &user, None, None).await),
            "FORBIDDEN"
        );
        let stranger = World::new(&app, "autre").await;
        let found = conflicts(&stranger.owner, &user, None, None).await;
        assert_eq!(found.data()["conflicts"], json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_two_hundred_conflicts_are_shown() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let project = world.project("P").await;
        // 21 at the same time are 210 pairs.
        for i in 0..21 {
            book(&world, &project, &lea, (i, 100)).await;
        }
        let all = conflicts(&world.owner, &lea, None, None).await;
        let all = all.data()["conflicts"].as_array().expect("a list");
        assert_eq!(all.len(), 200);
        assert!(all.iter().all(|row| row["endsAt"] == json!(at(100))));
    })
    .await;
}
