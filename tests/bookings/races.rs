//! Many who act at once: one of them wins, the others are told, and nothing is half done.

use coulisses_crew::access::Role;
use serde_json::{Value, json};

use super::{DAY, code};
use crate::support::{
    Answer, Request, TestApp, World, all_at_once, assert_invariants, insert_users, on_each_database,
};

/// What the mutations here select of an assignment.
const STATUS: &str = "assignment { status }";

const STATUSES: &str = "
    query($id: ID!) { mission(id: $id) { assignments { status invitation { status } } } }
";

/// Asserts that one request succeeds, and that all others are told the same.
async fn one_wins(app: &TestApp, requests: Vec<Request>, refusal: &str) -> Answer {
    let count = requests.len();
    let mut answers = all_at_once(requests).await;
    let codes: Vec<&str> = answers.iter().map(code).collect();
    let won = codes.iter().filter(|code| **code == "OK").count();
    let refused = codes.iter().filter(|code| **code == refusal).count();
    assert_eq!((won, refused), (1, count - 1), "{codes:?}");
    let winner = codes.iter().position(|code| *code == "OK").expect("one");
    assert_invariants(app).await;
    answers.swap_remove(winner)
}

/// So many people of the organisation.
async fn people(app: &TestApp, world: &World<'_>, count: usize) -> Vec<String> {
    insert_users(app, &world.org_id, (0..count).map(|i| format!("p{i:02}"))).await;
    let query = "{ users(first: 200, filter: {search: \"p\"}) { nodes { id displayName } } }";
    let found = world.owner.query(query).await;
    let nodes = found.data()["users"]["nodes"].as_array().expect("a list");
    let inserted = |row: &&Value| {
        row["displayName"]
            .as_str()
            .is_some_and(|name| name.len() == 3)
    };
    let id = |row: &Value| row["id"].as_str().expect("an id").to_owned();
    nodes.iter().filter(inserted).map(id).collect()
}

fn by_token(app: &TestApp, invited: &[(String, String)]) -> Vec<Request> {
    let request = |(_, token): &(String, String)| {
        let input = json!({"token": token});
        (app.client(), "acceptInvitation", "status", input)
    };
    invited.iter().map(request).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_who_take_the_last_place_by_token_one_gets_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let people = people(&app, &world, 64).await;
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let invited = world.invite(&role, &people).await;
        one_wins(&app, by_token(&app, &invited), "ROLE_FULL").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_who_take_the_last_place_signed_in_one_gets_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let mut requests = Vec::new();
        for _ in 0..64 {
            let (client, user) = world.member(Role::Tech).await;
            let id = world.invite(&role, &[&user]).await.remove(0).0;
            requests.push((client, "acceptAssignment", STATUS, json!({"id": id})));
        }
        one_wins(&app, requests, "ROLE_FULL").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_overlapping_missions_one_person_gets_one() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (client, tech) = world.member(Role::Tech).await;
        let lea = world.user("Léa", &[]).await;
        let project = world.project("P").await;
        let (mut own, mut tokens) = (Vec::new(), Vec::new());
        for _ in 0..64 {
            let (_, role) = world.place(&project, DAY, 2).await;
            let mut invited = world.invite(&role, &[&tech, &lea]).await;
            tokens.push(invited.remove(1));
            let input = json!({"id": invited[0].0});
            own.push((client.clone(), "acceptAssignment", STATUS, input));
        }
        one_wins(&app, by_token(&app, &tokens), "SCHEDULE_CONFLICT").await;
        one_wins(&app, own, "SCHEDULE_CONFLICT").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_two_who_are_assigned_to_the_last_place_at_once_one_gets_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let people = people(&app, &world, 32).await;
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let assign = |user: &String| {
            let input = json!({"roleId": role, "userId": user});
            (world.owner.clone(), "assignToMission", STATUS, input)
        };
        let requests = people.iter().map(assign).collect();
        one_wins(&app, requests, "ROLE_FULL").await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_thirty_two_invitations_of_the_same_person_one_is_made_with_all_its_people() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let people = people(&app, &world, 64).await;
        let lea = world.user("Léa", &[]).await;
        let (mission, role) = world.place(&world.project("P").await, DAY, 1).await;
        // Each also invites two others, in one order and in the other.
        let invite = |(i, others): (usize, &[String])| {
            let users = match i % 2 {
                0 => [&others[0], &lea, &others[1]],
                _ => [&others[1], &lea, &others[0]],
            };
            let input = json!({"roleId": role, "userIds": users});
            let selection = "invitations { token }";
            (world.owner.clone(), "inviteToMission", selection, input)
        };
        let requests = people.chunks(2).enumerate().map(invite).collect();
        one_wins(&app, requests, "ALREADY_ASSIGNED").await;
        let page = world.owner.gql(STATUSES, json!({"id": mission})).await;
        let rows = page.texts("/data/mission/assignments", "/status");
        assert_eq!(rows, ["INVITED"; 3]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acceptance_and_a_cancellation_at_once_end_cancelled_whoever_is_first() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let people = people(&app, &world, 24).await;
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let (mission, role) = world.place(&world.project("P").await, DAY, 24).await;
        let invited = world.invite(&role, &people).await;
        let mut requests = by_token(&app, &invited);
        for (id, _) in &invited {
            let input = json!({"id": id});
            requests.push((world.owner.clone(), "cancelAssignment", STATUS, input));
        }
        // Every other pair the other way round.
        for i in (0..24).step_by(2) {
            requests.swap(i, i + 24);
        }
        let answers = all_at_once(requests).await;
        for answer in &answers {
            let expected = ["OK", "INVALID_TOKEN"];
            assert!(expected.contains(&code(answer)), "{}", answer.text);
        }
        let cancelled = answers
            .iter()
            .filter(|answer| answer.text.contains("CANCELLED"));
        assert_eq!(cancelled.count(), 24);
        assert_invariants(&app).await;
        let page = world.owner.gql(STATUSES, json!({"id": mission})).await;
        let rows = "/data/mission/assignments";
        assert_eq!(page.texts(rows, "/status"), ["CANCELLED"; 24]);
        assert_eq!(page.texts(rows, "/invitation/status"), ["REVOKED"; 24]);
    })
    .await;
}
