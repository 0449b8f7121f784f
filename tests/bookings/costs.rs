//! How many statements each mutation of a booking takes, without those that find out who asks.

use serde_json::{Value, json};

use super::DAY;
use crate::support::{World, on_each_database};

/// The session and its account's place.
const WHO: u64 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_of_a_booking_takes_few_statements() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let (zoe, ada) = (world.user("Zoé", &[]).await, world.user("Ada", &[]).await);
        let (_, role) = world.place(&world.project("P").await, DAY, 9).await;
        let invited = world.invite(&role, &[&lea, &max]).await;
        let id = |i: usize| json!({"id": invited[i].0});
        let (cancel, status) = ("cancelAssignment", "assignment { status }");
        let steps: [(&str, &str, Value, u64); 8] = [
            // The role twice, the project, the person, the mission, who is booked; what overlaps and who is away; the
            // assignment, its invitation, the audit log, the mail.
            (
                "inviteToMission",
                "warningsTotal",
                json!({"roleId": role, "userIds": [zoe]}),
                12,
            ),
            // The same until who is away, the places and what else was accepted; the assignment and the audit log.
            (
                "assignToMission",
                status,
                json!({"roleId": role, "userId": ada}),
                13,
            ),
            // The assignment twice, the project, the person, the mission, the invitation; it is revoked, the new one, the
            // audit log, the mail that waits twice, the new one.
            (
                "resendInvitation",
                "token",
                json!({"assignmentId": invited[0].0}),
                12,
            ),
            // The same without the invitation; the places, what else was accepted; the assignment, the invitation, the
            // audit log, the mail.
            ("acceptAssignment", status, id(0), 11),
            ("declineAssignment", status, id(1), 8),
            (cancel, status, id(0), 9),
            // What repeats an answer writes nothing.
            (cancel, status, id(0), 5),
            ("declineAssignment", status, id(1), 5),
        ];
        let (mut taken, mut expected) = (Vec::new(), Vec::new());
        for (name, selection, input, statements) in steps {
            let before = app.db.statements();
            world.owner.mutate(name, selection, input).await.data();
            taken.push((name, app.db.statements() - before - WHO));
            expected.push((name, statements));
        }
        assert_eq!(taken, expected);
    })
    .await;
}
