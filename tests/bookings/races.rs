//! Many who answer at once: one of them wins, and the others are told.

use super::{DAY, code};
use crate::support::{Answer, TestApp, World, accept, on_each_database};

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_who_take_the_last_place_at_once_one_gets_it() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let mut people = Vec::new();
        for i in 0..64 {
            people.push(world.user(&format!("P{i}"), &[]).await);
        }
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let answers = all_accept(&app, &world.invite(&role, &people).await).await;
        let codes: Vec<&str> = answers.iter().map(code).collect();
        assert_eq!(
            codes.iter().filter(|code| **code == "OK").count(),
            1,
            "{codes:?}"
        );
        assert_eq!(
            codes.iter().filter(|code| **code == "ROLE_FULL").count(),
            63,
            "{codes:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_four_overlapping_missions_one_person_gets_one() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let project = world.project("P").await;
        let mut invited = Vec::new();
        for _ in 0..64 {
            let (_, role) = world.place(&project, DAY, 1).await;
            invited.extend(world.invite(&role, &[&lea]).await);
        }
        let answers = all_accept(&app, &invited).await;
        let codes: Vec<&str> = answers.iter().map(code).collect();
        assert_eq!(
            codes.iter().filter(|code| **code == "OK").count(),
            1,
            "{codes:?}"
        );
        assert_eq!(
            codes
                .iter()
                .filter(|code| **code == "SCHEDULE_CONFLICT")
                .count(),
            63,
            "{codes:?}"
        );
    })
    .await;
}

/// All accept at once. The pool is small and a wait for it is bounded, so who is told to come back does.
async fn all_accept(app: &TestApp, invited: &[(String, String)]) -> Vec<Answer> {
    let tasks: Vec<_> = invited
        .iter()
        .map(|(_, token)| {
            let (client, token) = (app.client(), token.clone());
            tokio::spawn(async move {
                loop {
                    let answer = accept(&client, &token).await;
                    if code(&answer) != "UNAVAILABLE" {
                        return answer;
                    }
                }
            })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("a task"));
    }
    answers
}
