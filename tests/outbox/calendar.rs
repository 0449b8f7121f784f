//! Calendar files, read by another program: the Python package icalendar.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{invite_to, on_stage, write_to};
use crate::support::{Need, has};

/// What the other program finds in a file.
fn read(calendar: &str) -> Value {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/outbox/read_calendar.py");
    let mut reader = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let mut input = reader.stdin.take().expect("its input");
    input
        .write_all(calendar.replace('\n', "\r\n").as_bytes())
        .expect("a file");
    drop(input);
    let output = reader.wait_with_output().expect("an end");
    assert!(output.status.success(), "{calendar}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_reads_the_calendar_file() {
    if !has(Need::Icalendar) {
        return;
    }
    on_stage(&[], async |stage| {
        let title = "Montage, réglages; \"scène\" \\ plateau 🎪🎪🎪🎪🎪🎪🎪🎪🎪🎪🎪🎪🎪";
        let place = "Salle A; 12, rue de l’Odéon, 75006 Paris, entrée des artistes, deuxième étage à gauche";
        let mission = json!({
            "title": title, "location": place, "timezone": "Indian/Reunion", "roles": [{"name": "Régie, lumière"}],
            "startsAt": "2026-10-24T20:00:00Z", "endsAt": "2026-10-25T05:00:00Z",
        });
        let mission = stage.world.create_mission(&stage.project, mission).await;
        let role = mission.str("/data/createMission/mission/roles/0/id");
        let marc = stage.world.user("Marc", &[]).await;
        write_to(stage.app, &marc, "marc@crew.example").await;
        let (assignment, _) = stage.world.invite(role, &[&marc]).await.remove(0);
        let mails = stage.post.deliver(stage.app).await;
        let calendar = mails[0].calendar.as_deref().expect("a file");
        let expected = json!({
            "METHOD": "PUBLISH",
            "VERSION": "2.0",
            "events": [{
                "UID": assignment,
                "SUMMARY": format!("{title} – Régie, lumière"),
                "LOCATION": place,
                "DESCRIPTION": "Poste\u{a0}: Régie, lumière\nOrganisation\u{a0}: regie",
                "STATUS": "TENTATIVE",
                "ORGANIZER": "mailto:crew@coulisses.example",
                "DTSTART": "2026-10-24T20:00:00+00:00",
                "DTEND": "2026-10-25T05:00:00+00:00",
                "DTSTAMP": "2026-09-01T08:00:00+00:00",
                "SEQUENCE": 0,
                "errors": [],
            }],
        });
        assert_eq!(read(calendar), expected, "{calendar}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_program_finds_each_of_several_missions_in_the_file() {
    if !has(Need::Icalendar) {
        return;
    }
    on_stage(&[], async |stage| {
        for day in 11..61 {
            invite_to(&stage, &stage.lea, day).await;
        }
        let mails = stage.post.deliver(stage.app).await;
        assert_eq!(mails.len(), 1);
        let found = read(mails[0].calendar.as_deref().expect("a file"));
        let events = found["events"].as_array().expect("events");
        assert_eq!(events.len(), 50);
        assert!(events.iter().all(|event| event["errors"] == json!([])));
        let uids: BTreeSet<_> = events.iter().map(|event| event["UID"].as_str()).collect();
        assert_eq!(uids.len(), 50);
    })
    .await;
}
