//! The server and the bare handler must give the same answers, refuse the same, and write the same rows, or the figures
//! say nothing.

use serde_json::Value;

use crate::common::Http;
use crate::processes::{Postgres, Server};
use crate::works::{TITLE, Work};

/// What a new mission and its audit entry hold, but for ids and instants of their own.
const WRITTEN: &str = "SELECT to_jsonb(mission) - ARRAY['id', 'created_at', 'updated_at'] AS mission, \
    to_jsonb(entry) - ARRAY['id', 'at', 'entity_id'] AS entry, \
    entry.at = mission.created_at AND entry.at = mission.updated_at AS at_once \
    FROM missions AS mission LEFT JOIN audit_log AS entry \
    ON entry.org_id = mission.org_id AND entry.entity_id = mission.id";

/// Asks both for everything once, and for what they must refuse. Then lets each write a mission.
pub async fn compare(ours: &Server, bare: &Server, works: &[Work], postgres: &Postgres) {
    let (mut ours, mut bare) = (Http::connect(ours.address), Http::connect(bare.address));
    for work in works.iter().filter(|work| !work.writes()) {
        let requests = work.ours();
        for (to_ours, to_bare) in requests.iter().zip(&work.bare()) {
            let answer = ours.send(to_ours);
            assert!(answer.1.starts_with("{\"data\":{"), "{}", answer.1);
            assert_eq!(answer, bare.send(to_bare), "{}: they differ", work.name);
        }
        println!("{}: {} answers are the same", work.name, requests.len());
    }
    // A row of another organisation is not there.
    for work in works.iter().filter(|work| work.names_a_row()) {
        for (to_ours, to_bare) in work.refused() {
            for (status, body) in [ours.send(&to_ours), bare.send(&to_bare)] {
                let refused = !body.contains("\"id\":");
                assert!(refused, "{}: {status} {body}", work.name);
            }
        }
    }
    let work = works.iter().find(|work| work.writes()).expect("a write");
    assert!(written(postgres).await.is_empty(), "a refused write wrote");
    let mut both = Vec::new();
    for (http, requests) in [(&mut ours, work.ours()), (&mut bare, work.bare())] {
        let (status, body) = http.send(&requests[0]);
        assert_eq!(status, 200, "{body}");
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        let mission = &answer["data"]["created"]["mission"];
        assert!(
            mission["id"]
                .as_str()
                .is_some_and(|id| id.starts_with("mission_")),
            "{body}"
        );
        assert_eq!(mission["title"], TITLE);
        both.push(written(postgres).await);
        postgres.tidy().await;
    }
    assert_eq!(both[0].len(), 1, "one mission with one entry");
    assert_eq!(both[0], both[1], "the rows differ");
    println!("{}: the rows are the same", work.name);
}

/// The missions that the benchmark made, each with its audit entry.
async fn written(postgres: &Postgres) -> Vec<(Value, Value)> {
    let sql = format!("{WRITTEN} WHERE mission.title = '{TITLE}'");
    let rows = postgres.rows(&sql).await;
    rows.iter()
        .map(|row| {
            assert!(row.get::<_, bool>("at_once"), "one instant for all");
            (row.get("mission"), row.get("entry"))
        })
        .collect()
}
