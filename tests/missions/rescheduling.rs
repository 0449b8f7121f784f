//! Moving missions, and what the new time means for the people on them.

use chrono::TimeDelta;
use coulisses_crew::access::Role;
use coulisses_crew::db::schema::users;
use coulisses_crew::domains::projects::model::ProjectStatus;
use coulisses_crew::ids::{AssignmentId, MissionId, OrgId, UserId};
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{Invited, accepted, invited, read, status};
use crate::support::{
    Answer, Client, Tables, TestApp, World, accept, assert_invariants, audit, cancel_mission,
    decline, hour, insert_users, key, nobodys, on_each_database, refused, set_status,
};

const FIELDS: &str = "
    applied
    mission { startsAt endsAt version }
    outcomes { effect assignment { id status respondedAt } conflicts { id } }
";

async fn reschedule(client: &Client, id: &str, (from, to): (&str, &str)) -> Answer {
    let input = json!({"id": id, "startsAt": from, "endsAt": to});
    client.mutate("rescheduleMission", FIELDS, input).await
}

/// What a move would mean.
async fn dry_run(client: &Client, id: &str, (from, to): (&str, &str)) -> Answer {
    let input = json!({"id": id, "startsAt": from, "endsAt": to, "dryRun": true});
    client.mutate("rescheduleMission", FIELDS, input).await
}

/// The effect on a person, their status, and how many conflicts they have.
fn outcome(answer: &Answer, person: &Invited) -> (String, String, usize) {
    let outcomes = answer.data()["rescheduleMission"]["outcomes"].as_array();
    let mut outcomes = outcomes.expect("outcomes").iter();
    let found = outcomes.find(|row| row["assignment"]["id"] == person.assignment);
    let found = found.expect("an outcome");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let conflicts = found["conflicts"].as_array().expect("conflicts");
    (
        text(&found["effect"]),
        text(&found["assignment"]["status"]),
        conflicts.len(),
    )
}

fn is(effect: &str, status: &str, conflicts: usize) -> (String, String, usize) {
    (effect.to_owned(), status.to_owned(), conflicts)
}

/// A mission from hour 24 to 34 with Léa, who has accepted, Max, who is invited, and Zoé, who has declined.
async fn staffed(app: &TestApp, world: &World<'_>) -> (String, String, [Invited; 3]) {
    let project = world.project("Festival").await;
    let (id, role) = world.place(&project, (&hour(24), &hour(34)), 3).await;
    let lea = accepted(world, &role, "Léa").await;
    let (max, zoe) = (
        invited(world, &role, "Max").await,
        invited(world, &role, "Zoé").await,
    );
    decline(&app.client(), &zoe.token).await.data();
    (project, id, [lea, max, zoe])
}

#[tokio::test(flavor = "multi_thread")]
async fn within_the_old_time_everybody_stays_as_they_are() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, id, [lea, max, zoe]) = staffed(&app, &world).await;
        let answer = reschedule(&world.owner, &id, (&hour(24), &hour(30))).await;
        assert_eq!(outcome(&answer, &lea), is("KEPT", "ACCEPTED", 0));
        assert_eq!(outcome(&answer, &max), is("KEPT", "INVITED", 0));
        let moved = &answer.data()["rescheduleMission"];
        assert_eq!(moved["outcomes"].as_array().expect("outcomes").len(), 2);
        assert_eq!(
            (&moved["applied"], &moved["mission"]),
            (
                &json!(true),
                &json!({
                    "startsAt": "2026-09-02T08:00:00Z", "endsAt": "2026-09-02T14:00:00Z",
                    "version": 2,
                })
            )
        );
        assert_eq!(status(&world.owner, &zoe.assignment).await, "DECLINED");
        assert_invariants(&app).await;
        let entries = audit(&app, "rescheduleMission").await;
        assert_eq!(entries.len(), 1, "only the mission has changed");
        assert_eq!(
            entries[0].changes,
            json!({"endsAt": ["2026-09-02T18:00:00Z", "2026-09-02T14:00:00Z"]})
        );
        // The link still works.
        accept(&app.client(), &max.token).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_old_time_everybody_is_asked_anew_and_the_old_links_are_stale() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, id, [lea, max, zoe]) = staffed(&app, &world).await;
        app.state.clock.advance(TimeDelta::seconds(1));
        // A microsecond is enough.
        let late = "2026-09-02T18:00:00.000001Z";
        let answer = reschedule(&world.owner, &id, (&hour(24), late)).await;
        assert_eq!(outcome(&answer, &lea), is("RECONFIRM", "INVITED", 0));
        assert_eq!(outcome(&answer, &max), is("RECONFIRM", "INVITED", 0));
        for row in answer.data()["rescheduleMission"]["outcomes"]
            .as_array()
            .expect("rows")
        {
            assert_eq!(row["assignment"]["respondedAt"], json!(null));
        }
        for person in [&lea, &max] {
            assert_eq!(status(&world.owner, &person.assignment).await, "INVITED");
            let answer = accept(&app.client(), &person.token).await;
            assert_eq!(answer.code(), "INVALID_TOKEN");
        }
        assert_eq!(status(&world.owner, &zoe.assignment).await, "DECLINED");
        assert_invariants(&app).await;
        let entries = audit(&app, "rescheduleMission").await;
        let of = |kind: &str| {
            entries
                .iter()
                .filter(|entry| entry.entity_type == kind)
                .count()
        };
        assert_eq!((of("Mission"), of("Assignment")), (1, 2));
        // Max was INVITED before, too, but he is asked anew.
        let asked = json!(["2026-09-01T08:00:00Z", "2026-09-01T08:00:01Z"]);
        for (person, changes) in [
            (
                &lea,
                json!({"status": ["ACCEPTED", "INVITED"], "invitedAt": asked}),
            ),
            (&max, json!({"invitedAt": asked})),
        ] {
            let id = key::<AssignmentId>(&person.assignment).uuid();
            let entry = entries.iter().find(|entry| entry.entity_id == id);
            assert_eq!(entry.expect("an entry").changes, changes);
        }
        // A MANAGER can still say yes for them.
        let accept =
            "mutation($id: ID!) { acceptAssignment(input: {id: $id}) { assignment { status } } }";
        world
            .owner
            .gql(accept, json!({"id": lea.assignment}))
            .await
            .data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_another_accepted_assignment_at_the_new_time_to_the_microsecond() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (project, id, [lea, max, _]) = staffed(&app, &world).await;
        let (other, role) = world.place(&project, (&hour(40), &hour(44)), 2).await;
        let mut others = Vec::new();
        for person in [&lea, &max] {
            let (assignment, token) = world.invite(&role, &[&person.user]).await.remove(0);
            accept(&app.client(), &token).await.data();
            others.push(assignment);
        }
        // Back to back is no overlap.
        for time in [(hour(44), hour(50)), (hour(36), hour(40))] {
            let answer = dry_run(&world.owner, &id, (&time.0, &time.1)).await;
            assert_eq!(outcome(&answer, &lea), is("RECONFIRM", "ACCEPTED", 0));
            assert_eq!(outcome(&answer, &max), is("RECONFIRM", "INVITED", 0));
        }
        // One microsecond is. The old time counts as free, though Léa has accepted it.
        let end = "2026-09-03T00:00:00.000001Z";
        let answer = reschedule(&world.owner, &id, (&hour(30), end)).await;
        assert_eq!(outcome(&answer, &lea), is("CONFLICT", "INVITED", 1));
        assert_eq!(outcome(&answer, &max), is("CONFLICT", "INVITED", 1));
        let rows = answer.data()["rescheduleMission"]["outcomes"].as_array();
        let conflict = |row: &Value| {
            row["conflicts"][0]["id"]
                .as_str()
                .expect("an id")
                .to_owned()
        };
        let mut found: Vec<String> = rows.expect("outcomes").iter().map(conflict).collect();
        found.sort_unstable();
        others.sort_unstable();
        assert_eq!(found, others);
        assert_invariants(&app).await;
        // A cancelled mission is no conflict.
        cancel_mission(&app, &other).await;
        let answer = reschedule(&world.owner, &id, (&hour(40), &hour(44))).await;
        assert_eq!(outcome(&answer, &lea), is("RECONFIRM", "INVITED", 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_tells_the_same_and_writes_nothing() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, id, [lea, max, _]) = staffed(&app, &world).await;
        let tables = Tables::of(&app).await;
        let before = tables.read(&app).await;
        for (time, effect) in [
            ((hour(25), hour(33)), "KEPT"),
            ((hour(23), hour(33)), "RECONFIRM"),
            ((hour(24), hour(34)), "KEPT"),
        ] {
            let answer = dry_run(&world.owner, &id, (&time.0, &time.1)).await;
            assert_eq!(outcome(&answer, &lea), is(effect, "ACCEPTED", 0));
            assert_eq!(outcome(&answer, &max), is(effect, "INVITED", 0));
            let told = &answer.data()["rescheduleMission"];
            assert_eq!(told["applied"], json!(false));
            assert_eq!(told["mission"]["startsAt"], "2026-09-02T08:00:00Z");
            assert_eq!(told["mission"]["version"], 1);
        }
        // The time that it has: not even the version changes.
        let answer = reschedule(&world.owner, &id, (&hour(24), &hour(34))).await;
        assert_eq!(answer.data()["rescheduleMission"]["mission"]["version"], 1);
        assert_eq!(tables.read(&app).await, before);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_can_be_moved_until_the_microsecond_before_it_ends() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, id, [lea, ..]) = staffed(&app, &world).await;
        app.state
            .clock
            .advance(TimeDelta::hours(34) - TimeDelta::microseconds(1));
        let owner = world.owner_again().await;
        // It takes longer than planned.
        let answer = dry_run(&owner, &id, (&hour(24), &hour(36))).await;
        assert_eq!(outcome(&answer, &lea), is("RECONFIRM", "ACCEPTED", 0));
        // It was over earlier.
        let answer = reschedule(&owner, &id, (&hour(24), &hour(33))).await;
        assert_eq!(outcome(&answer, &lea), is("KEPT", "ACCEPTED", 0));
        for answer in [
            reschedule(&owner, &id, (&hour(24), &hour(36))).await,
            dry_run(&owner, &id, (&hour(24), &hour(36))).await,
        ] {
            assert_eq!(answer.code(), "MISSION_CLOSED");
        }
        assert_eq!(read(&owner, &id).await["version"], 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_archived_while_a_mission_ran_is_not_asked_again() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, id, [lea, ..]) = staffed(&app, &world).await;
        app.state.clock.advance(TimeDelta::hours(24));
        let owner = world.owner_again().await;
        let input = json!({"id": lea.user});
        owner
            .mutate("archiveUser", "user { id }", input)
            .await
            .data();
        let micro = |hours: i64, micros: i64| {
            let at = app.state.clock.now() + TimeDelta::hours(hours);
            (at + TimeDelta::microseconds(micros)).to_rfc3339()
        };
        // The mission has started. It may end earlier, but neither later nor begin again.
        let later = (hour(24), micro(10, 1));
        let again = (micro(0, 1), hour(34));
        for (from, to) in [&later, &again] {
            for answer in [
                dry_run(&owner, &id, (from, to)).await,
                reschedule(&owner, &id, (from, to)).await,
            ] {
                assert_eq!(answer.code(), "IN_USE");
                assert_eq!(answer.body["errors"][0]["extensions"]["dependents"], 1);
            }
        }
        let answer = reschedule(&owner, &id, (&hour(24), &micro(10, -1))).await;
        assert_eq!(outcome(&answer, &lea), is("KEPT", "ACCEPTED", 0));

        let input = json!({"id": lea.assignment, "reason": "left"});
        let cancelled = owner.mutate("cancelAssignment", "assignment { status }", input);
        cancelled.await.data();
        let answer = reschedule(&owner, &id, (&hour(48), &hour(50))).await;
        let moved = &answer.data()["rescheduleMission"]["outcomes"];
        assert_eq!(moved.as_array().expect("outcomes").len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_is_not_moved_to_a_time_that_nobody_could_accept_any_more() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, id, _) = staffed(&app, &world).await;
        let now = app.state.clock.now();
        let ends = |micros: i64| (now + TimeDelta::microseconds(micros)).to_rfc3339();
        let over = reschedule(&world.owner, &id, (&hour(-2), &ends(0))).await;
        refused(&over, "BAD_USER_INPUT", "endsAt");
        reschedule(&world.owner, &id, (&hour(-2), &ends(1)))
            .await
            .data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_is_moved_by_a_manager_who_knows_its_version_while_it_is_open() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let other = World::new(&app, "scene").await;
        let (project, id, _) = staffed(&app, &world).await;
        let (tech, _) = world.member(Role::Tech).await;
        let time = (&*hour(48), &*hour(50));
        assert_eq!(reschedule(&tech, &id, time).await.code(), "FORBIDDEN");
        assert_eq!(dry_run(&tech, &id, time).await.code(), "FORBIDDEN");
        for id in [&id, &nobodys(&app, MissionId::PREFIX)] {
            refused(&reschedule(&other.owner, id, time).await, "NOT_FOUND", "id");
        }
        let empty = reschedule(&world.owner, &id, (time.0, time.0)).await;
        refused(&empty, "BAD_USER_INPUT", "endsAt");
        for expected in [0, 2] {
            let input = json!({
                "id": id, "expectedVersion": expected, "startsAt": time.0, "endsAt": time.1,
            });
            let answer = world.owner.mutate("rescheduleMission", FIELDS, input).await;
            refused(&answer, "VERSION_CONFLICT", "expectedVersion");
        }
        set_status(&app, &project, ProjectStatus::Archived).await;
        assert_eq!(
            reschedule(&world.owner, &id, time).await.code(),
            "MISSION_CLOSED"
        );
        set_status(&app, &project, ProjectStatus::Active).await;
        cancel_mission(&app, &id).await;
        assert_eq!(
            reschedule(&world.owner, &id, time).await.code(),
            "MISSION_CLOSED"
        );
        assert!(audit(&app, "rescheduleMission").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_assignments_follow_a_mission_that_moves() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let (_, id, _) = staffed(&app, &world).await;
        reschedule(&world.owner, &id, (&hour(240), &hour(242)))
            .await
            .data();
        let query = r#"{
            assignments(filter: {from: "2026-09-11T00:00:00Z"}) { nodes { status } }
        }"#;
        let found = world.owner.query(query).await;
        let mut statuses = found.texts("/data/assignments/nodes", "/status");
        statuses.sort_unstable();
        assert_eq!(statuses, ["DECLINED", "INVITED", "INVITED"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_a_mission_takes_as_many_statements_for_forty_people_as_for_two() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let mut counts = Vec::new();
        for people in [2, 40] {
            let (id, role) = world.place(&project, (&hour(24), &hour(34)), 1).await;
            accepted(&world, &role, "Léa").await;
            for i in 1..people {
                invited(&world, &role, &format!("P{i}")).await;
            }
            let input = json!({"id": id, "startsAt": hour(48), "endsAt": hour(50)});
            let before = app.db.statements();
            world
                .owner
                .mutate("rescheduleMission", "applied", input)
                .await
                .data();
            counts.push(app.db.statements() - before);
        }
        println!("statements of rescheduleMission with 2 and with 40 people: {counts:?}");
        assert_eq!(counts[0], counts[1]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_with_more_people_than_a_statement_takes_can_be_moved() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Stade").await;
        let (id, role) = world.place(&project, (&hour(24), &hour(34)), 1).await;
        // SQLite takes 32,766 values in a statement: 3,276 invitations.
        for part in 0..7 {
            let names = (0..500).map(|i| format!("P{part}-{i}"));
            insert_users(&app, &world.org_id, names).await;
        }
        let ids = users::table
            .filter(users::org_id.eq(key::<OrgId>(&world.org_id)))
            .filter(users::display_name.like("P%"))
            .select(users::id);
        let read = app.state.db.read(async |conn| conn.load(ids).await);
        let ids: Vec<UserId> = read.await.expect("people");
        assert_eq!(ids.len(), 3_500);
        for people in ids.chunks(500) {
            let people: Vec<String> = people.iter().map(ToString::to_string).collect();
            let input = json!({"roleId": role, "userIds": people});
            let invited = world
                .owner
                .mutate("inviteToMission", "warningsTotal", input);
            invited.await.data();
        }
        let input = json!({"id": id, "startsAt": hour(48), "endsAt": hour(50)});
        let moved = world
            .owner
            .mutate("rescheduleMission", "applied", input)
            .await;
        assert_eq!(moved.at("/data/rescheduleMission/applied"), true);
    })
    .await;
}
