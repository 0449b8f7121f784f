//! What other domains ask of assignments: to lock, cancel and move many of them at once.

use std::collections::HashMap;

use chrono::TimeDelta;
use coulisses_crew::db::AnyOf as _;
use coulisses_crew::db::schema::{assignments, invitations, missions};
use coulisses_crew::db::types::Timestamp;
use coulisses_crew::domains::assignments::model::{Assignment, AssignmentStatus, OpenOf};
use coulisses_crew::domains::assignments::service::{
    Moved, Step, cancel_within, move_within, open_within, write_within,
};
use coulisses_crew::domains::audit::service::Action;
use coulisses_crew::error::Result;
use coulisses_crew::ids::{AssignmentId, MissionId, OrgId, ProjectId, RoleId, UserId};
use coulisses_crew::interval::Interval;
use diesel::prelude::*;
use serde_json::json;

use crate::support::{
    TestApp, World, accept, audit, decline, hour, instant, key, on_each_database,
};

/// People who are INVITED, ACCEPTED and DECLINED on a mission that starts in so many hours.
struct Crew {
    mission: MissionId,
    role: RoleId,
    users: Vec<UserId>,
    assignments: Vec<AssignmentId>,
    tokens: Vec<String>,
}

async fn crew(app: &TestApp, world: &World<'_>, project: &str, starts_in: i64) -> Crew {
    let mut users = Vec::new();
    for name in ["Ann", "Bob", "Cleo"] {
        users.push(world.user(name, &[]).await);
    }
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    let times = (&*hour(starts_in), &*hour(starts_in + 8));
    let (mission, role) = world.place(project, times, 3).await;
    let (assignments, tokens): (Vec<_>, Vec<_>) =
        world.invite(&role, &users).await.into_iter().unzip();
    accept(&app.client(), &tokens[1]).await.data();
    decline(&app.client(), &tokens[2]).await.data();
    Crew {
        mission: key(&mission),
        role: key(&role),
        users: users.iter().map(|id| key(id)).collect(),
        assignments: assignments.iter().map(|id| key(id)).collect(),
        tokens,
    }
}

async fn open(app: &TestApp, org_id: OrgId, of: OpenOf) -> Vec<AssignmentId> {
    let write = app.db.within(Some(org_id));
    let rows = write.write(async |conn| open_within(conn, org_id, &of).await);
    rows.await.expect("rows").iter().map(|row| row.id).collect()
}

/// The status of the assignments, and those of the invitations of each.
async fn stored(app: &TestApp, ids: &[AssignmentId]) -> Vec<(String, String)> {
    let rows = assignments::table
        .inner_join(
            invitations::table.on(invitations::org_id
                .eq(assignments::org_id)
                .and(invitations::assignment_id.eq(assignments::id.nullable()))),
        )
        .filter(assignments::id.any_of(ids))
        .select((assignments::id, (assignments::status, invitations::status)));
    let read = app.state.db.read(async |conn| conn.load(rows).await);
    let found: Vec<(AssignmentId, (String, String))> = read.await.expect("rows");
    let of = |id: &AssignmentId| {
        let own = found.iter().filter(|row| row.0 == *id).map(|row| &row.1);
        let (status, mut links): (Vec<_>, Vec<_>) = own.cloned().unzip();
        links.sort_unstable();
        (status[0].clone(), links.join("+"))
    };
    ids.iter().map(of).collect()
}

fn texts(pairs: [(&str, &str); 3]) -> Vec<(String, String)> {
    let owned = |(one, other): (&str, &str)| (one.to_owned(), other.to_owned());
    pairs.map(owned).to_vec()
}

fn sorted(ids: &[AssignmentId]) -> Vec<AssignmentId> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}

fn action(app: &TestApp, org_id: OrgId) -> Action<'_> {
    let now = app.state.clock.now();
    Action::new(org_id, None, "testing", now, &app.state.random)
}

#[tokio::test(flavor = "multi_thread")]
async fn open_assignments_are_found_by_mission_role_person_and_project() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let org_id: OrgId = key(&world.org_id);
        let (first, second) = (world.project("P").await, world.project("Q").await);
        let near = crew(&app, &world, &first, 24).await;
        let far = crew(&app, &world, &second, 48).await;
        let [ann, bob, _] = near.assignments[..] else {
            unreachable!("three people")
        };
        let two = sorted(&near.assignments[..2]);
        assert_eq!(open(&app, org_id, OpenOf::Mission(near.mission)).await, two);
        assert_eq!(open(&app, org_id, OpenOf::Role(near.role)).await, two);
        let start = instant(&hour(24));
        let before = start - TimeDelta::microseconds(1);
        let of_project = async |id: &str, now: Timestamp| {
            open(
                &app,
                org_id,
                OpenOf::FutureOfProject(key::<ProjectId>(id), now),
            )
            .await
        };
        assert_eq!(of_project(&first, before).await, two);
        assert_eq!(of_project(&first, start).await, []);
        assert_eq!(
            of_project(&second, start).await,
            sorted(&far.assignments[..2])
        );
        let of_user = async |i: usize, now: Timestamp| {
            open(&app, org_id, OpenOf::FutureOfUser(near.users[i], now)).await
        };
        assert_eq!(of_user(0, before).await, [ann]);
        assert_eq!(of_user(1, before).await, [bob]);
        assert_eq!(of_user(2, before).await, []);
        assert_eq!(of_user(1, start).await, []);
        let other = World::new(&app, "autre").await;
        let others: OrgId = key(&other.org_id);
        assert_eq!(open(&app, others, OpenOf::Mission(near.mission)).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_keeps_who_declined_withdraws_the_links_and_writes_one_entry_a_row() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let org_id: OrgId = key(&world.org_id);
        let made = crew(&app, &world, &world.project("P").await, 24).await;
        let write = app.db.within(Some(org_id));
        let cancelled = write.write(async |conn| {
            let rows = open_within(conn, org_id, &OpenOf::Mission(made.mission)).await?;
            cancel_within(conn, action(&app, org_id), rows, Some("Rain.")).await
        });
        let cancelled = cancelled.await.expect("cancelled");
        let ids: Vec<AssignmentId> = cancelled.iter().map(|row| row.id).collect();
        assert_eq!(ids, sorted(&made.assignments[..2]));
        assert!(
            cancelled
                .iter()
                .all(|row| row.reason.as_deref() == Some("Rain."))
        );
        let expected = [
            ("CANCELLED", "REVOKED"),
            ("CANCELLED", "REVOKED"),
            ("DECLINED", "DECLINED"),
        ];
        assert_eq!(stored(&app, &made.assignments).await, texts(expected));
        let mut changes = HashMap::new();
        for entry in audit(&app, "testing").await {
            changes.insert(entry.entity_id, entry.changes["status"].clone());
        }
        let was = |status: &str| json!([status, "CANCELLED"]);
        let [ann, bob, _] = made.assignments[..] else {
            unreachable!("three people")
        };
        let expected = [(ann.uuid(), was("INVITED")), (bob.uuid(), was("ACCEPTED"))];
        assert_eq!(changes, HashMap::from(expected));
        for token in &made.tokens[..2] {
            assert_eq!(accept(&app.client(), token).await.code(), "INVALID_TOKEN");
            assert_eq!(decline(&app.client(), token).await.code(), "INVALID_TOKEN");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_gives_all_the_new_time_and_makes_old_links_worthless() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let org_id: OrgId = key(&world.org_id);
        let made = crew(&app, &world, &world.project("P").await, 24).await;
        let interval = Interval {
            starts_at: instant(&hour(72)),
            ends_at: instant(&hour(80)),
        };
        let write = app.db.within(Some(org_id));
        let moved = write.write(async |conn| {
            let rows = open_within(conn, org_id, &OpenOf::Mission(made.mission)).await?;
            let row = missions::table.find((org_id, made.mission));
            let times = (
                missions::starts_at.eq(interval.starts_at),
                missions::ends_at.eq(interval.ends_at),
            );
            conn.execute(diesel::update(row).set(times)).await?;
            let action = action(&app, org_id);
            let again = |row: Assignment| {
                let mut step = Step::to(AssignmentStatus::Invited, row, action.at);
                step.after.responded_at = None;
                step
            };
            let steps = rows.into_iter().map(again).collect();
            let moved = Moved {
                mission_id: made.mission,
                from: Interval {
                    starts_at: instant(&hour(24)),
                    ends_at: instant(&hour(32)),
                },
                to: interval,
            };
            move_within(conn, &app.state, action, moved, steps, &[]).await
        });
        moved.await.expect("moved");
        let expected = [
            ("INVITED", "PENDING+REVOKED"),
            ("INVITED", "PENDING+REVOKED"),
            ("DECLINED", "DECLINED"),
        ];
        assert_eq!(stored(&app, &made.assignments).await, texts(expected));
        for token in &made.tokens[..2] {
            assert_eq!(accept(&app.client(), token).await.code(), "INVALID_TOKEN");
        }
        let agenda = "{ assignments { nodes { id mission { startsAt } } } }";
        let agenda = world.owner.query(agenda).await;
        let starts = agenda.texts("/data/assignments/nodes", "/mission/startsAt");
        assert_eq!(starts, vec![hour(72); 3]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_rows_than_one_statement_takes_are_all_cancelled() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let org_id: OrgId = key(&world.org_id);
        let made = crew(&app, &world, &world.project("P").await, 24).await;
        let write = app.db.within(Some(org_id));
        let count: Result<usize> = write
            .write(async |conn| {
                let rows = open_within(conn, org_id, &OpenOf::Mission(made.mission)).await?;
                let step = Step::to(
                    AssignmentStatus::Cancelled,
                    rows[0].clone(),
                    app.state.clock.now(),
                );
                // The same step many times: what counts is that no statement gets more values than it takes.
                let steps = vec![step; 5_000];
                write_within(conn, action(&app, org_id), steps).await?;
                Ok(5_000)
            })
            .await;
        assert_eq!(count.expect("written"), 5_000);
        assert_eq!(audit(&app, "testing").await.len(), 5_000);
    })
    .await;
}
