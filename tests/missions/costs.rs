//! How many statements each mutation of the planning takes, without those that find out who asks.

use serde_json::{Value, json};

use super::{accepted, invited};
use crate::support::{World, hour, on_each_database};

/// The session and its account's place.
const WHO: u64 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_mutation_of_the_planning_takes_few_statements() {
    on_each_database(async |app| {
        let world = World::new(&app, "regie").await;
        let project = world.project("P").await;
        let (id, role) = world.place(&project, (&hour(24), &hour(34)), 9).await;
        for name in ["Léa", "Max"] {
            accepted(&world, &role, name).await;
            invited(&world, &role, &format!("{name} B")).await;
        }
        let (_, unused) = world.place(&project, (&hour(24), &hour(34)), 9).await;
        let empty = world.project("Q").await;
        world.place(&empty, (&hour(24), &hour(34)), 9).await;
        let new = json!({"title": "A", "startsAt": hour(24), "endsAt": hour(34), "roles": [{"name": "R"}]});
        let to = |from: i64, to: i64, dry: bool| {
            json!({"id": id, "startsAt": hour(from), "endsAt": hour(to), "dryRun": dry})
        };
        let archive = json!({"id": project, "status": "ARCHIVED", "cancelFuture": true});
        let steps: [(&str, &str, Value, u64); 15] = [
            // The project, the zone; the mission, its roles, the audit log.
            ("createMission", "mission { id }", json!({"projectId": project, "mission": new}), 5),
            ("createMissions", "missions { id }", json!({"projectId": project, "missions": [new, new]}), 5),
            // The project, the mission; the mission, the audit log.
            ("updateMission", "mission { id }", json!({"id": id, "title": "B"}), 4),
            // The project, the mission, its roles; the mission, its roles, the audit log.
            ("duplicateMission", "mission { id }", json!({"id": id, "startsAt": hour(48)}), 6),
            // The project, the mission, its assignments; who is archived, what overlaps, and whose it is.
            ("rescheduleMission", "applied", to(25, 35, true), 6),
            // The same but for overlaps; the mission, its assignments, the audit log, the mail.
            ("rescheduleMission", "applied", to(24, 33, false), 8),
            // Both; the status of the assignments, their invitations, the new ones, and the audit log again.
            ("rescheduleMission", "applied", to(25, 35, false), 14),
            // The project, the mission, its roles; the role, the mission, the audit log.
            ("addMissionRole", "role { id }", json!({"missionId": id, "role": {"name": "S"}}), 6),
            // The role twice, the project, the mission, who has accepted; the role, the mission, the audit log.
            ("updateMissionRole", "role { id }", json!({"id": role, "quantity": 8}), 8),
            ("deleteMissionRole", "roleId", json!({"id": unused}), 8),
            // The project; the project, the audit log.
            ("updateProject", "project { id }", json!({"id": project, "name": "R"}), 3),
            ("setProjectStatus", "project { id }", json!({"id": project, "status": "ACTIVE"}), 3),
            // The project, the mission, its assignments; the mission, the assignments, the invitations, twice the log, the
            // mail.
            ("cancelMission", "mission { id }", json!({"id": id}), 9),
            // The project, assignments; the project, the audit log.
            ("setProjectStatus", "project { id }", archive, 4),
            // The project, assignments, how many missions and roles; missions, roles, missions, the log; missions; the project,
            // the log.
            ("deleteProject", "projectId", json!({"id": empty}), 11),
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
