//! How long a mission can be, and in which years: the same for all mutations that give it a time.

use chrono::TimeDelta;
use coulisses_crew::db::Conn;
use coulisses_crew::db::schema::missions;
use coulisses_crew::ids::MissionId;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{total, with};
use crate::support::{Answer, World, hour, instant, key, on_each_database, refused};

/// Times, and the field that is refused.
const WRONG: [(&str, &str, &str); 5] = [
    // A microsecond longer than 31 days.
    (
        "2026-10-01T08:00:00Z",
        "2026-11-01T08:00:00.000001Z",
        "endsAt",
    ),
    (
        "1969-12-31T23:59:59.999999Z",
        "1970-01-01T01:00:00Z",
        "startsAt",
    ),
    (
        "2199-12-31T23:00:00Z",
        "2200-01-01T00:00:00.000001Z",
        "endsAt",
    ),
    (
        "2200-01-01T00:00:00Z",
        "2200-01-01T00:00:00.000001Z",
        "startsAt",
    ),
    ("9999-12-31T22:00:00Z", "9999-12-31T23:00:00Z", "startsAt"),
];

/// The longest and the outermost times.
const RIGHT: [(&str, &str); 3] = [
    ("2026-10-01T08:00:00Z", "2026-11-01T08:00:00Z"),
    ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000001Z"),
    ("2199-12-31T23:59:59.999999Z", "2200-01-01T00:00:00Z"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_new_mission_lasts_31_days_at_most_and_is_between_1970_and_2200() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let create = async |(from, to): (&str, &str)| {
            let mission = json!({"title": "A", "startsAt": from, "endsAt": to});
            world.create_mission(&project, mission).await
        };
        for (from, to, field) in WRONG {
            let field = format!("mission.{field}");
            refused(&create((from, to)).await, "BAD_USER_INPUT", &field);
        }
        assert_eq!(total(&world.owner).await, 0);
        for time in RIGHT {
            create(time).await.data();
        }
    })
    .await;
}

/// Whoever looks for the missions of a time relies on it.
#[tokio::test(flavor = "multi_thread")]
async fn the_database_takes_no_longer_mission() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (mission, _) = world.place(&project, RIGHT[0], 1).await;
        let end = instant(RIGHT[0].1);
        let ends = async |at| {
            let own = missions::table.filter(missions::id.eq(key::<MissionId>(&mission)));
            let update = diesel::update(own).set(missions::ends_at.eq(at));
            let write = async |conn: &mut Conn| conn.execute(update).await;
            app.state.db.write(write).await
        };
        assert!(ends(end - TimeDelta::microseconds(1)).await.is_ok());
        assert!(ends(end).await.is_ok());
        assert!(ends(end + TimeDelta::microseconds(1)).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_longest_mission_overlaps_until_its_end() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let lea = world.user("Léa", &[]).await;
        let (_, role) = world.place(&project, RIGHT[0], 1).await;
        world.invite(&role, &[&lea]).await;
        let end = instant(RIGHT[0].1);
        let overlaps = async |micros| {
            let from = (end + TimeDelta::microseconds(micros)).to_rfc3339();
            let to = (end + TimeDelta::hours(1)).to_rfc3339();
            let (_, role) = world.place(&project, (&from, &to), 1).await;
            let query = "query($role: ID!) { candidates(roleId: $role) { overlapsTotal } }";
            let answer = world.owner.gql(query, json!({"role": role})).await;
            let total = answer.at("/data/candidates/0/overlapsTotal").clone();
            let answer = world.try_invite(&role, &[&lea]).await;
            let warnings = answer.data()["inviteToMission"]["warnings"].as_array();
            (total, warnings.expect("a list").len())
        };
        assert_eq!(overlaps(0).await, (json!(0), 0));
        // And with the one that was made just now.
        assert_eq!(overlaps(-1).await, (json!(2), 2));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_is_moved_within_the_same_limits() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let reschedule = async |(from, to): (&str, &str)| -> Answer {
            let (id, _) = world.place(&project, (&hour(24), &hour(26)), 1).await;
            let input = json!({"id": id, "startsAt": from, "endsAt": to});
            world
                .owner
                .mutate("rescheduleMission", "applied", input)
                .await
        };
        for (from, to, field) in WRONG {
            refused(&reschedule((from, to)).await, "BAD_USER_INPUT", field);
        }
        reschedule(RIGHT[0]).await.data();
        reschedule(RIGHT[2]).await.data();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_whose_end_is_out_of_bounds_is_refused_at_its_start() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let (id, _) = world.place(&project, (&hour(24), &hour(26)), 1).await;
        let copy = async |from: &str| -> Answer {
            let input = json!({"id": id, "startsAt": from});
            world
                .owner
                .mutate("duplicateMission", "mission { endsAt }", input)
                .await
        };
        for from in ["1969-12-31T23:59:59.999999Z", "2199-12-31T22:00:00.000001Z"] {
            refused(&copy(from).await, "BAD_USER_INPUT", "startsAt");
        }
        let last = copy("2199-12-31T22:00:00Z").await;
        let end: &Value = &last.data()["duplicateMission"]["mission"]["endsAt"];
        assert_eq!(end, "2200-01-01T00:00:00Z");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mission_may_be_in_the_past() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("Festival").await;
        let mut past = with("startsAt", hour(-48));
        past["endsAt"] = json!(hour(-24));
        world.create_mission(&project, past).await.data();
    })
    .await;
}
