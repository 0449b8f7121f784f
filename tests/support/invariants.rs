//! What must hold whatever happens at the same time, read with plain SQL.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use serde_json::Value;

use super::{Answer, Client, TestApp};

/// A rule, and how many rows break it.
#[derive(QueryableByName)]
struct Broken {
    #[diesel(sql_type = Text)]
    rule: String,
    #[diesel(sql_type = BigInt)]
    broken: i64,
}

/// Rules, and a query for the rows that break each of them.
const RULES: [(&str, &str); 8] = [
    (
        "no role has more ACCEPTED people than places",
        "SELECT r.id FROM mission_roles r
         JOIN assignments a ON a.org_id = r.org_id AND a.role_id = r.id AND a.status = 'ACCEPTED'
         GROUP BY r.org_id, r.id, r.quantity HAVING count(*) > r.quantity",
    ),
    (
        "nobody is ACCEPTED twice at the same time",
        "SELECT a.id FROM assignments a
         JOIN missions m ON m.org_id = a.org_id AND m.id = a.mission_id AND m.cancelled_at IS NULL
         JOIN assignments b ON b.org_id = a.org_id AND b.user_id = a.user_id AND b.id > a.id
         JOIN missions n ON n.org_id = b.org_id AND n.id = b.mission_id AND n.cancelled_at IS NULL
         WHERE a.status = 'ACCEPTED' AND b.status = 'ACCEPTED'
         AND m.starts_at < n.ends_at AND n.starts_at < m.ends_at",
    ),
    (
        "nobody has two open assignments on one mission",
        "SELECT user_id FROM assignments WHERE status IN ('INVITED', 'ACCEPTED')
         GROUP BY org_id, mission_id, user_id HAVING count(*) > 1",
    ),
    (
        "an assignment takes the time of its mission",
        "SELECT a.id FROM assignments a JOIN missions m ON m.org_id = a.org_id AND m.id = a.mission_id
         WHERE a.starts_at <> m.starts_at OR a.ends_at <> m.ends_at",
    ),
    (
        "a cancelled mission has no open assignment",
        "SELECT a.id FROM assignments a JOIN missions m ON m.org_id = a.org_id AND m.id = a.mission_id
         WHERE m.cancelled_at IS NOT NULL AND a.status IN ('INVITED', 'ACCEPTED')",
    ),
    (
        "an archived project has no open assignment on a mission that it cancelled",
        "SELECT a.id FROM assignments a JOIN missions m ON m.org_id = a.org_id AND m.id = a.mission_id
         JOIN projects p ON p.org_id = m.org_id AND p.id = m.project_id
         WHERE p.status = 'ARCHIVED' AND m.starts_at > p.updated_at
         AND a.status IN ('INVITED', 'ACCEPTED')",
    ),
    (
        "a deleted role has no open assignment",
        "SELECT a.id FROM assignments a JOIN mission_roles r ON r.org_id = a.org_id AND r.id = a.role_id
         WHERE r.deleted_at IS NOT NULL AND a.status IN ('INVITED', 'ACCEPTED')",
    ),
    (
        "only an INVITED assignment has a pending invitation",
        "SELECT i.id FROM invitations i JOIN assignments a ON a.org_id = i.org_id AND a.id = i.assignment_id
         WHERE i.status = 'PENDING' AND a.status <> 'INVITED'",
    ),
];

/// Asserts that no row breaks a rule. Nobody was booked with `force`, and the clock stood still.
pub async fn assert_invariants(app: &TestApp) {
    let count = |(rule, rows): &(&str, &str)| {
        format!("SELECT '{rule}' AS rule, (SELECT count(*) FROM ({rows}) found) AS broken")
    };
    let sql: Vec<String> = RULES.iter().map(count).collect();
    let query = diesel::sql_query(sql.join(" UNION ALL "));
    let read = app.state.db.read(async |conn| conn.load(query).await);
    let found: Vec<Broken> = read.await.expect("the rules");
    assert_eq!(found.len(), RULES.len());
    for rule in found {
        assert_eq!(rule.broken, 0, "{}", rule.rule);
    }
}

/// A mutation to send: by whom, its name, what it selects, and its input.
pub type Request = (Client, &'static str, &'static str, Value);

/// What the mutations are answered that are sent at once. The pool is small and a wait for it is bounded, so who is told
/// to come back does.
pub async fn all_at_once(requests: Vec<Request>) -> Vec<Answer> {
    let send = |(client, name, selection, input): Request| {
        tokio::spawn(async move {
            loop {
                let answer = client.mutate(name, selection, input.clone()).await;
                if outcome(&answer) != "UNAVAILABLE" {
                    return answer;
                }
            }
        })
    };
    let tasks: Vec<_> = requests.into_iter().map(send).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("a task"));
    }
    answers
}

/// The code of what was refused, or OK.
pub fn outcome(answer: &Answer) -> &str {
    match answer.body.get("errors") {
        Some(_) => answer.code(),
        None => "OK",
    }
}
