//! Planning and answering at the same time. Whoever comes first, the rules hold afterwards.

use serde_json::{Value, json};

use super::{Invited, accepted, invited, read, status};
use crate::support::{
    Answer, TestApp, World, accept, all_at_once, assert_invariants, hour, on_each_database, outcome,
};

/// How often each race is run: the order differs.
const ROUNDS: usize = 6;

/// How many people are in a race.
const PEOPLE: usize = 8;

/// People who are invited to a role.
async fn people(world: &World<'_>, role: &str) -> Vec<Invited> {
    let mut people = Vec::new();
    for i in 0..PEOPLE {
        people.push(invited(world, role, &format!("P{i}")).await);
    }
    people
}

/// All people accept, and in the midst of it the owner sends a mutation. What the owner is answered, and the others.
async fn against_accepting(
    app: &TestApp,
    world: &World<'_>,
    people: &[Invited],
    (name, selection, input): (&'static str, &'static str, Value),
) -> (Answer, Vec<Answer>) {
    let accept = |person: &Invited| {
        let input = json!({"token": person.token});
        (app.client(), "acceptInvitation", "status", input)
    };
    let mut requests: Vec<_> = people.iter().map(accept).collect();
    let middle = people.len() / 2;
    requests.insert(middle, (world.owner.clone(), name, selection, input));
    let mut answers = all_at_once(requests).await;
    (answers.remove(middle), answers)
}

/// The outcomes of those who accepted, which are these and no others.
fn only(answers: &[Answer], allowed: &[&str]) {
    for answer in answers {
        assert!(allowed.contains(&outcome(answer)), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_against_cancelling_the_mission_leaves_nobody_on_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        for _ in 0..ROUNDS {
            let (id, role) = world.place(&project, (&hour(24), &hour(26)), 100).await;
            let people = people(&world, &role).await;
            let cancel = ("cancelMission", "mission { id }", json!({"id": id}));
            let (cancelled, answers) = against_accepting(&app, &world, &people, cancel).await;
            assert_eq!(outcome(&cancelled), "OK");
            only(&answers, &["OK", "INVALID_TOKEN"]);
            for person in &people {
                assert_eq!(status(&world.owner, &person.assignment).await, "CANCELLED");
            }
            assert_invariants(&app).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_against_moving_the_mission_accepts_no_time_that_was_not_asked_for() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        for _ in 0..ROUNDS {
            let (id, role) = world.place(&project, (&hour(24), &hour(26)), 100).await;
            let people = people(&world, &role).await;
            let input = json!({"id": id, "startsAt": hour(48), "endsAt": hour(50)});
            let selection = "outcomes { effect assignment { id status } }";
            let moving = ("rescheduleMission", selection, input);
            let (moved, answers) = against_accepting(&app, &world, &people, moving).await;
            let told = moved.texts("/data/rescheduleMission/outcomes", "/effect");
            assert_eq!(told, ["RECONFIRM"; PEOPLE]);
            only(&answers, &["OK", "INVALID_TOKEN"]);
            // Those who were earlier are asked anew, and the others had an old link.
            for person in &people {
                assert_eq!(status(&world.owner, &person.assignment).await, "INVITED");
            }
            assert_invariants(&app).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_against_archiving_the_project_leaves_nobody_booked_ahead() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for round in 0..ROUNDS {
            let project = world.project(&format!("P{round}")).await;
            let (_, role) = world.place(&project, (&hour(24), &hour(26)), 100).await;
            let people = people(&world, &role).await;
            let cancel = round % 2 == 0;
            let input = json!({"id": project, "status": "ARCHIVED", "cancelFuture": cancel});
            let archive = ("setProjectStatus", "project { status }", input);
            let (archived, answers) = against_accepting(&app, &world, &people, archive).await;
            assert_eq!(outcome(&archived), if cancel { "OK" } else { "IN_USE" });
            only(&answers, &["OK", "INVALID_TOKEN"]);
            let expected = if cancel { "CANCELLED" } else { "ACCEPTED" };
            for person in &people {
                assert_eq!(status(&world.owner, &person.assignment).await, expected);
            }
            assert_invariants(&app).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accepting_against_lowering_the_quantity_never_fills_more_places_than_there_are() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        for _ in 0..ROUNDS {
            let (_, role) = world.place(&project, (&hour(24), &hour(26)), 6).await;
            let people = people(&world, &role).await;
            let input = json!({"id": role, "quantity": 3});
            let lower = ("updateMissionRole", "role { quantity }", input);
            let (lowered, answers) = against_accepting(&app, &world, &people, lower).await;
            only(
                std::slice::from_ref(&lowered),
                &["OK", "QUANTITY_BELOW_ACCEPTED"],
            );
            only(&answers, &["OK", "ROLE_FULL"]);
            let places = if outcome(&lowered) == "OK" { 3 } else { 6 };
            let came = answers
                .iter()
                .filter(|answer| outcome(answer) == "OK")
                .count();
            assert_eq!(came, places);
            assert_invariants(&app).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn inviting_against_deleting_the_role_invites_nobody_to_a_deleted_role() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        let mut users = Vec::new();
        for i in 0..PEOPLE {
            users.push(world.user(&format!("P{i}"), &[]).await);
        }
        for _ in 0..ROUNDS {
            let (_, role) = world.place(&project, (&hour(24), &hour(26)), 6).await;
            let invite = |user: &String| {
                let input = json!({"roleId": role, "userIds": [user]});
                (
                    world.owner.clone(),
                    "inviteToMission",
                    "invitations { token }",
                    input,
                )
            };
            let mut requests: Vec<_> = users.iter().map(invite).collect();
            let input = json!({"id": role});
            requests.insert(
                1,
                (world.owner.clone(), "deleteMissionRole", "roleId", input),
            );
            let mut answers = all_at_once(requests).await;
            let deleted = answers.remove(1);
            let expected = match outcome(&deleted) {
                "OK" => "NOT_FOUND",
                _ => "OK",
            };
            assert!(
                ["OK", "IN_USE"].contains(&outcome(&deleted)),
                "{}",
                deleted.text
            );
            only(&answers, &[expected]);
            assert_invariants(&app).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_managers_who_move_two_missions_of_one_person_onto_each_other_book_nobody_twice() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        for round in 0..ROUNDS {
            let (first, role) = world.place(&project, (&hour(24), &hour(26)), 1).await;
            let lea = accepted(&world, &role, &format!("L{round}")).await;
            let (second, role) = world.place(&project, (&hour(48), &hour(50)), 1).await;
            let (assignment, token) = world.invite(&role, &[&lea.user]).await.remove(0);
            accept(&app.client(), &token).await.data();
            let to = |id: &str, (from, to): (i64, i64)| {
                let input = json!({"id": id, "startsAt": hour(from), "endsAt": hour(to)});
                (
                    world.owner.clone(),
                    "rescheduleMission",
                    "outcomes { effect }",
                    input,
                )
            };
            // Each moves to where the other one was, and somebody accepts for her meanwhile.
            let yes = |id: &str| {
                let input = json!({"id": id});
                (
                    world.owner.clone(),
                    "acceptAssignment",
                    "assignment { status }",
                    input,
                )
            };
            let answers = all_at_once(vec![
                to(&first, (47, 49)),
                to(&second, (46, 51)),
                yes(&lea.assignment),
                yes(&assignment),
            ])
            .await;
            only(&answers[..2], &["OK"]);
            only(&answers[2..], &["OK", "SCHEDULE_CONFLICT"]);
            assert_invariants(&app).await;
            for id in [&first, &second] {
                assert_eq!(read(&world.owner, id).await["version"], 2);
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once_on_one_project_ends_without_a_broken_rule() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        for round in 0..ROUNDS {
            let project = world.project(&format!("P{round}")).await;
            let (id, role) = world.place(&project, (&hour(24), &hour(26)), 4).await;
            let people = people(&world, &role).await;
            let owner = || world.owner.clone();
            let mut requests: Vec<_> = people
                .iter()
                .map(|person| {
                    let input = json!({"token": person.token});
                    (app.client(), "acceptInvitation", "status", input)
                })
                .collect();
            let time = json!({"id": id, "startsAt": hour(25), "endsAt": hour(27)});
            let archive = json!({"id": project, "status": "ARCHIVED", "cancelFuture": true});
            let new = json!({"missionId": id, "role": {"name": "Son"}});
            requests.extend([
                (owner(), "rescheduleMission", "applied", time),
                (
                    owner(),
                    "updateMissionRole",
                    "role { id }",
                    json!({"id": role, "quantity": 2}),
                ),
                (owner(), "addMissionRole", "role { id }", new),
                (
                    owner(),
                    "updateProject",
                    "project { id }",
                    json!({"id": project, "name": format!("Q{round}")}),
                ),
                (owner(), "setProjectStatus", "project { id }", archive),
                (
                    owner(),
                    "deleteProject",
                    "projectId",
                    json!({"id": project}),
                ),
            ]);
            let by_round = round % requests.len();
            requests.rotate_left(by_round);
            for answer in all_at_once(requests).await {
                assert!(
                    !["INTERNAL", "UNAVAILABLE"].contains(&outcome(&answer)),
                    "{}",
                    answer.text
                );
            }
            assert_invariants(&app).await;
        }
    })
    .await;
}
