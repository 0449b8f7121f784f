//! The status machine of assignments, and its guards at their edges.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::schema::{assignments, missions, projects};
use coulisses_crew::domains::assignments::model::Assignment;
use coulisses_crew::ids::{MissionId, OrgId, ProjectId, RoleId, UserId};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{DAY, code};
use crate::support::{
    Answer, Client, World, accept, audit, decline, instant, key, on_each_database,
};

const ACCEPT: &str = "
    mutation($input: AcceptAssignmentInput!) {
        acceptAssignment(input: $input) {
            assignment { id status }
            warnings { code assignment { id } }
        }
    }
";

const DECLINE: &str = r#"
    mutation($id: ID!) {
        declineAssignment(input: {id: $id, reason: "busy"}) { assignment { status reason } }
    }
"#;

const STANDING: &str = "
    query($id: ID!) {
        mission(id: $id) {
            staffing { needed invited accepted open }
            assignments { status }
        }
    }
";

const INVITE: &str = "
    mutation($role: ID!, $user: ID!) {
        inviteToMission(input: {roleId: $role, userIds: [$user]}) { warnings { code } }
    }
";

async fn accept_assignment(client: &Client, input: Value) -> Answer {
    client.gql(ACCEPT, json!({"input": input})).await
}

async fn decline_assignment(client: &Client, id: &str) -> Answer {
    client.gql(DECLINE, json!({"id": id})).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_answer_twice_succeeds_and_writes_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let (_, role) = world.place(&world.project("P").await, DAY, 2).await;
        let invited = world.invite(&role, &[&lea, &max]).await;
        let nobody = app.client();
        for _ in 0..2 {
            let yes = accept(&nobody, &invited[0].1).await;
            assert_eq!(yes.data()["acceptInvitation"]["status"], "ACCEPTED");
            let no = decline(&nobody, &invited[1].1).await;
            assert_eq!(no.data()["declineInvitation"]["status"], "DECLINED");
            let yes = accept_assignment(&world.owner, json!({"id": invited[0].0})).await;
            assert_eq!(
                yes.data()["acceptAssignment"]["assignment"]["status"],
                "ACCEPTED"
            );
            let no = decline_assignment(&world.owner, &invited[1].0).await;
            assert_eq!(
                no.data()["declineAssignment"]["assignment"]["reason"],
                "busy"
            );
        }
        assert_eq!(audit(&app, "acceptInvitation").await.len(), 1);
        assert_eq!(audit(&app, "declineInvitation").await.len(), 1);
        assert_eq!(audit(&app, "acceptAssignment").await.len(), 0);
        assert_eq!(audit(&app, "declineAssignment").await.len(), 0);

        // The other answer is no step of the machine, by whatever way.
        assert_eq!(
            decline(&nobody, &invited[0].1).await.code(),
            "INVALID_TRANSITION"
        );
        assert_eq!(
            accept(&nobody, &invited[1].1).await.code(),
            "INVALID_TRANSITION"
        );
        assert_eq!(
            decline_assignment(&world.owner, &invited[0].0).await.code(),
            "INVALID_TRANSITION"
        );
        let yes = accept_assignment(&world.owner, json!({"id": invited[1].0})).await;
        assert_eq!(yes.code(), "INVALID_TRANSITION");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_takes_as_many_as_it_has_places() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let people = [
            world.user("A", &[]).await,
            world.user("B", &[]).await,
            world.user("C", &[]).await,
        ];
        let people: Vec<&str> = people.iter().map(String::as_str).collect();
        let (mission, role) = world.place(&world.project("P").await, DAY, 2).await;
        let invited = world.invite(&role, &people).await;
        let nobody = app.client();
        accept(&nobody, &invited[0].1).await.data();
        accept(&nobody, &invited[1].1).await.data();
        assert_eq!(accept(&nobody, &invited[2].1).await.code(), "ROLE_FULL");
        let page = world.owner.gql(STANDING, json!({"id": mission})).await;
        let staffing = json!({"needed": 2, "invited": 1, "accepted": 2, "open": 0});
        assert_eq!(page.data()["mission"]["staffing"], staffing);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn back_to_back_is_no_overlap_and_one_microsecond_is() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let lea = world.user("Léa", &[]).await;
        let project = world.project("P").await;
        let nobody = app.client();
        let (_, first) = world.place(&project, DAY, 1).await;
        let booked = world.invite(&first, &[&lea]).await;
        accept(&nobody, &booked[0].1).await.data();
        for (from, to, expected) in [
            ("2026-10-10T18:00:00Z", "2026-10-10T20:00:00Z", "OK"),
            ("2026-10-10T06:00:00Z", "2026-10-10T08:00:00Z", "OK"),
            (
                "2026-10-10T17:59:59.999999Z",
                "2026-10-10T18:00:00Z",
                "SCHEDULE_CONFLICT",
            ),
            (
                "2026-10-10T07:00:00Z",
                "2026-10-10T08:00:00.000001Z",
                "SCHEDULE_CONFLICT",
            ),
        ] {
            let (_, role) = world.place(&project, (from, to), 1).await;
            let invited = world.invite(&role, &[&lea]).await;
            let answer = accept(&nobody, &invited[0].1).await;
            assert_eq!(code(&answer), expected, "{from} - {to}");
            if expected == "SCHEDULE_CONFLICT" {
                let conflict = answer.at("/errors/0/extensions/conflicts/0");
                let known = [
                    "2026-10-10T08:00:00Z",
                    "2026-10-10T18:00:00Z",
                    "2026-10-10T06:00:00Z",
                ];
                assert!(
                    known.contains(&conflict["startsAt"].as_str().expect("text")),
                    "{conflict}"
                );
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_forces_an_overlap_with_a_reason_and_nobody_else_does() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (tech, lea) = world.member(Role::Tech).await;
        let (manager, _) = world.member(Role::Manager).await;
        let project = world.project("P").await;
        let (_, first) = world.place(&project, DAY, 1).await;
        let (_, second) = world.place(&project, DAY, 1).await;
        let booked = world.invite(&first, &[&lea]).await.remove(0).0;
        let wanted = world.invite(&second, &[&lea]).await.remove(0).0;
        let own = accept_assignment(&tech, json!({"id": booked})).await;
        assert_eq!(
            own.data()["acceptAssignment"]["assignment"]["status"],
            "ACCEPTED"
        );

        let plain = accept_assignment(&manager, json!({"id": wanted})).await;
        assert_eq!(plain.code(), "SCHEDULE_CONFLICT");
        assert_eq!(
            plain.str("/errors/0/extensions/conflicts/0/assignmentId"),
            booked
        );
        let own =
            accept_assignment(&tech, json!({"id": wanted, "force": true, "reason": "x"})).await;
        assert_eq!(own.code(), "FORBIDDEN");
        let silent = accept_assignment(&manager, json!({"id": wanted, "force": true})).await;
        assert_eq!(silent.error(), ("BAD_USER_INPUT", "reason"));
        let forced = accept_assignment(
            &manager,
            json!({"id": wanted, "force": true, "reason": "agreed"}),
        )
        .await;
        let warnings = json!([{"code": "OVERLAP", "assignment": {"id": booked}}]);
        assert_eq!(forced.data()["acceptAssignment"]["warnings"], warnings);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_neither_manager_nor_the_person_cannot_answer() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let (tech, _) = world.member(Role::Tech).await;
        let lea = world.user("Léa", &[]).await;
        let (_, role) = world.place(&world.project("P").await, DAY, 1).await;
        let (assignment, _) = world.invite(&role, &[&lea]).await.remove(0);
        assert_eq!(
            accept_assignment(&tech, json!({"id": assignment}))
                .await
                .code(),
            "FORBIDDEN"
        );
        assert_eq!(
            decline_assignment(&tech, &assignment).await.code(),
            "FORBIDDEN"
        );
        let foreign = accept_assignment(&other.owner, json!({"id": assignment})).await;
        let random = "assignment_01jdq3m5h2e8wbt4s7yv9n0k6c";
        let missing = accept_assignment(&other.owner, json!({"id": random})).await;
        assert_eq!(foreign.body["errors"], missing.body["errors"]);
        assert_eq!(foreign.code(), "NOT_FOUND");
        let nobody = accept_assignment(&app.client(), json!({"id": assignment})).await;
        assert_eq!(nobody.code(), "UNAUTHENTICATED");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_mission_takes_nobody() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (lea, max) = (world.user("Léa", &[]).await, world.user("Max", &[]).await);
        let project = world.project("P").await;
        let (mission, role) = world.place(&project, DAY, 2).await;
        let (assignment, token) = world.invite(&role, &[&lea]).await.remove(0);
        let db = &app.state.db;

        let archived = projects::table.filter(projects::id.eq(key::<ProjectId>(&project)));
        let set =
            |status: &str| diesel::update(archived).set(projects::status.eq(status.to_owned()));
        db.write(async |conn| conn.execute(set("ARCHIVED")).await)
            .await
            .expect("archived");
        assert_eq!(accept(&app.client(), &token).await.code(), "MISSION_CLOSED");
        assert_eq!(
            world.try_invite(&role, &[&max]).await.code(),
            "MISSION_CLOSED"
        );
        db.write(async |conn| conn.execute(set("ACTIVE")).await)
            .await
            .expect("active");

        let row = missions::table.filter(missions::id.eq(key::<MissionId>(&mission)));
        let cancelled = |at| diesel::update(row).set(missions::cancelled_at.eq(at));
        let now = app.state.clock.now();
        db.write(async |conn| conn.execute(cancelled(Some(now))).await)
            .await
            .expect("cancelled");
        assert_eq!(accept(&app.client(), &token).await.code(), "MISSION_CLOSED");
        assert_eq!(
            world.try_invite(&role, &[&max]).await.code(),
            "MISSION_CLOSED"
        );
        db.write(async |conn| conn.execute(cancelled(None)).await)
            .await
            .expect("live");

        // It ends at 18:00: a microsecond before, a manager can still book; at the instant itself, no more.
        app.state
            .clock
            .advance(instant(DAY.1) - now - TimeDelta::microseconds(1));
        let owner = world.login("owner@regie.example").await;
        let late = accept_assignment(&owner, json!({"id": assignment})).await;
        assert_eq!(
            late.data()["acceptAssignment"]["assignment"]["status"],
            "ACCEPTED"
        );
        app.state.clock.advance(TimeDelta::microseconds(1));
        let answer = owner.gql(INVITE, json!({"role": role, "user": max})).await;
        assert_eq!(answer.code(), "MISSION_CLOSED");
        // The same answer still succeeds.
        let again = accept_assignment(&owner, json!({"id": assignment})).await;
        assert_eq!(
            again.data()["acceptAssignment"]["assignment"]["status"],
            "ACCEPTED"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_what_mixes_two_organisations_or_two_times() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "autre").await;
        let lea = world.user("Léa", &[]).await;
        let stranger = other.user("Zoé", &[]).await;
        let (mission, role) = world.place(&world.project("P").await, DAY, 1).await;
        let now = app.state.clock.now();
        let insert = async |user: &str, starts_at: &str| {
            let row = (
                assignments::id.eq(app.state.random.id::<Assignment>(now)),
                assignments::org_id.eq(key::<OrgId>(&world.org_id)),
                assignments::mission_id.eq(key::<MissionId>(&mission)),
                assignments::role_id.eq(key::<RoleId>(&role)),
                assignments::user_id.eq(key::<UserId>(user)),
                assignments::starts_at.eq(instant(starts_at)),
                assignments::ends_at.eq(instant(DAY.1)),
                assignments::status.eq("INVITED"),
                assignments::invited_at.eq(now),
                assignments::created_at.eq(now),
                assignments::updated_at.eq(now),
            );
            let insert = diesel::insert_into(assignments::table).values(row);
            let write = app.state.db.write(async |conn| conn.execute(insert).await);
            write.await
        };
        for (user, starts_at) in [(&stranger, DAY.0), (&lea, "2026-10-10T08:00:01Z")] {
            let refused = insert(user, starts_at).await.expect_err("a mixture");
            let cause = format!("{:?}", refused.cause);
            assert!(cause.contains("ForeignKeyViolation"), "{cause}");
        }
        insert(&lea, DAY.0).await.expect("an assignment");
    })
    .await;
}
