//! Booking people without asking.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::domains::projects::model::ProjectStatus;
use serde_json::{Value, json};

use super::{DAY, code};
use crate::support::{
    Answer, CREATE_AVAILABILITY, Client, NOW, World, archive_user, assert_invariants, audit,
    cancel_mission, instant, on_each_database, set_status,
};

const ASSIGN: &str = "
    mutation($input: AssignToMissionInput!) {
        assignToMission(input: $input) {
            assignment { id status invitedAt respondedAt reason invitation { id } }
            warnings { code assignment { id } }
            warningsTotal
        }
    }
";

async fn assign(client: &Client, role: &str, user: &str) -> Answer {
    let input = json!({"roleId": role, "userId": user});
    client.gql(ASSIGN, json!({"input": input})).await
}

async fn force(client: &Client, role: &str, user: &str, reason: Value) -> Answer {
    let input = json!({"roleId": role, "userId": user, "force": true, "reason": reason});
    client.gql(ASSIGN, json!({"input": input})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn assigning_books_at_once_without_a_link_and_fills_the_places() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (manager, _) = world.member(Role::Manager).await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let zoe = world.user("Zoé", &[]).await;
        let (_, role) = world.place(&world.project("P").await, DAY, 2).await;
        let booked = assign(&manager, &role, &lea).await;
        let row = &booked.data()["assignToMission"]["assignment"];
        let expected = json!({
            "id": row["id"], "status": "ACCEPTED", "invitedAt": NOW, "respondedAt": null,
            "reason": null, "invitation": null,
        });
        assert_eq!(*row, expected);
        assert_eq!(booked.data()["assignToMission"]["warnings"], json!([]));
        let entries = audit(&app, "assignToMission").await;
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].changes["status"], json!([null, "ACCEPTED"]));

        let twice = assign(&manager, &role, &lea).await;
        assert_eq!(twice.error(), ("ALREADY_ASSIGNED", "userId"));
        world.invite(&role, &[&zoe]).await;
        let invited = assign(&manager, &role, &zoe).await;
        assert_eq!(invited.error(), ("ALREADY_ASSIGNED", "userId"));
        assert_eq!(code(&assign(&manager, &role, &max).await), "OK");
        let ada = world.user("Ada", &[]).await;
        assert_eq!(code(&assign(&manager, &role, &ada).await), "ROLE_FULL");
        // A conflict is overridden, a full role is not.
        let forced = force(&manager, &role, &ada, json!("Please.")).await;
        assert_eq!(code(&forced), "ROLE_FULL");
        assert_invariants(&app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn touching_missions_take_the_same_person_and_one_microsecond_does_not() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let project = world.project("P").await;
        let place = async |from: i64, to: i64| {
            let at = |micros| (instant(DAY.0) + TimeDelta::microseconds(micros)).to_rfc3339();
            world.place(&project, (&*at(from), &*at(to)), 1).await.1
        };
        let role = place(0, 1_000).await;
        let first = assign(&world.owner, &role, &lea).await;
        let first = first.str("/data/assignToMission/assignment/id").to_owned();
        for (from, to, expected) in [
            (-1_000, 0, "OK"),
            (1_000, 2_000, "OK"),
            (999, 1_000, "SCHEDULE_CONFLICT"),
            (0, 1, "SCHEDULE_CONFLICT"),
        ] {
            let role = place(from, to).await;
            let answer = assign(&world.owner, &role, &lea).await;
            assert_eq!(code(&answer), expected, "[{from}, {to})");
            if expected != "OK" {
                let conflicts = answer.at("/errors/0/extensions/conflicts");
                assert_eq!(conflicts[0]["assignmentId"], first, "{conflicts}");
            }
        }
        assert_invariants(&app).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_overridden_with_a_reason_which_the_audit_log_keeps() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &["sound"]).await;
        let project = world.project("P").await;
        let (_, first) = world.place(&project, DAY, 1).await;
        let roles = json!([{"name": "Rigger", "skill": "rigging"}]);
        let second = world.mission(&project, DAY, roles).await.1.remove(0);
        let booked = assign(&world.owner, &first, &lea).await;
        let booked = booked.str("/data/assignToMission/assignment/id");
        let slot =
            json!({"userId": lea, "startsAt": DAY.0, "endsAt": DAY.1, "kind": "UNAVAILABLE"});
        let slot = world
            .owner
            .gql(CREATE_AVAILABILITY, json!({"input": slot}))
            .await;
        slot.data();

        let plain = assign(&world.owner, &second, &lea).await;
        assert_eq!(code(&plain), "SCHEDULE_CONFLICT");
        let silent = force(&world.owner, &second, &lea, json!("  ")).await;
        assert_eq!(silent.error(), ("BAD_USER_INPUT", "reason"));
        let forced = force(&world.owner, &second, &lea, json!("Agreed by phone.")).await;
        let payload = &forced.data()["assignToMission"];
        let warnings = json!([
            {"code": "OVERLAP", "assignment": {"id": booked}},
            {"code": "UNAVAILABLE", "assignment": null},
            {"code": "MISSING_SKILL", "assignment": null},
        ]);
        assert_eq!(
            (&payload["warnings"], &payload["warningsTotal"]),
            (&warnings, &json!(3))
        );
        let entries = audit(&app, "assignToMission").await;
        assert_eq!(
            entries[1].changes["forcedBecause"],
            json!([null, "Agreed by phone."])
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_assigned_to_a_closed_mission_and_no_archived_person_to_any() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, gone) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let project = world.project("P").await;
        let (mission, role) = world.place(&project, DAY, 1).await;
        archive_user(&app, &gone).await;
        let archived = assign(&world.owner, &role, &gone).await;
        assert_eq!(archived.error(), ("BAD_USER_INPUT", "userId"));
        set_status(&app, &project, ProjectStatus::Archived).await;
        assert_eq!(
            code(&assign(&world.owner, &role, &lea).await),
            "MISSION_CLOSED"
        );
        set_status(&app, &project, ProjectStatus::Active).await;

        // A mission that ends now has ended; one that ends a microsecond later has not.
        let at = |micros| (instant(NOW) + TimeDelta::microseconds(micros)).to_rfc3339();
        let (_, ended) = world.place(&project, (&*at(-5), &*at(0)), 1).await;
        assert_eq!(
            code(&assign(&world.owner, &ended, &lea).await),
            "MISSION_CLOSED"
        );
        let (_, running) = world.place(&project, (&*at(-5), &*at(1)), 1).await;
        assert_eq!(code(&assign(&world.owner, &running, &lea).await), "OK");
        cancel_mission(&app, &mission).await;
        assert_eq!(
            code(&assign(&world.owner, &role, &lea).await),
            "MISSION_CLOSED"
        );
        assert_eq!(audit(&app, "assignToMission").await.len(), 1);
    })
    .await;
}
