//! How operations slow down as an organisation or the number of organisations grows: `cargo bench --bench growth`, and
//! on PostgreSQL too `tests/with-postgres cargo bench --bench growth`. It needs 2 GB of disk space.
//!
//! Times depend on the machine and on who else uses it. What counts is how they compare from one size to the next.

#[expect(dead_code, reason = "it sends no requests over TCP")]
mod common;
#[expect(
    dead_code,
    unused_imports,
    reason = "the tests use more of it than the benchmarks"
)]
#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use common::median;
use serde_json::{Value, json};
use support::statements::Stock;
use support::{Backend, NOW, TestApp, World, backends};

const PLANNING: &str = include_str!("../tests/contract/operations/planning.graphql");
const CREW: &str = include_str!("../tests/contract/operations/crew.graphql");
const BOOKING: &str = include_str!("../tests/contract/operations/booking.graphql");
/// The newest unanswered assignments of the whole organisation.
const UNANSWERED: &str =
    "query Unanswered { assignments(last: 200, filter: {status: [INVITED]}) { nodes { id } } }";

/// What to ask with: a project, one of its roles, and a person.
const SAMPLE: &str = "
    {
        projects(first: 1) { nodes { id missions(last: 1) { nodes { roles { id } } } } }
        users(first: 1) { nodes { id } }
    }
";

/// One organisation that grows: it gets more history and, more slowly, more people.
const ONE_GROWS: [Stock; 3] = [
    Stock {
        orgs: 0,
        assignments: 10_000,
        missions: 50,
        people: 200,
    },
    Stock {
        orgs: 0,
        assignments: 100_000,
        missions: 50,
        people: 600,
    },
    Stock {
        orgs: 0,
        assignments: 1_000_000,
        missions: 50,
        people: 2_000,
    },
];

/// More and more organisations of one size.
const MORE_COME: [Stock; 3] = [
    Stock {
        orgs: 0,
        assignments: 10_000,
        missions: 50,
        people: 200,
    },
    Stock {
        orgs: 9,
        assignments: 10_000,
        missions: 50,
        people: 200,
    },
    Stock {
        orgs: 99,
        assignments: 10_000,
        missions: 50,
        people: 200,
    },
];

fn main() {
    if !common::wanted() {
        return;
    }
    let runtime = common::runtime();
    for backend in backends() {
        for (name, sizes) in [
            ("one organisation", ONE_GROWS),
            ("more organisations", MORE_COME),
        ] {
            println!("\n=== {backend:?}, {} cores: {name}", common::cores());
            for stock in sizes {
                runtime.block_on(measure(backend, stock));
            }
        }
    }
}

/// Prints the median time and the statements of each operation.
async fn measure(backend: Backend, stock: Stock) {
    let app = TestApp::with(backend, &[]).await;
    let world = World::new(&app, "regie").await;
    stock.fill(&app.database_url()).await;
    print!("{:>9} assignments:", (stock.orgs + 1) * stock.assignments);
    let sample = world.owner.query(SAMPLE).await;
    for (name, document, variables) in operations(&sample.body) {
        let body = json!({"query": document, "operationName": name, "variables": variables});
        let body = body.to_string();
        let mut times: Vec<Duration> = Vec::new();
        let before = app.db.statements();
        for _ in 0..ROUNDS {
            let started = Instant::now();
            let answer = world.owner.post_graphql(&body).await;
            times.push(started.elapsed());
            answer.data();
        }
        let statements = (app.db.statements() - before) / ROUNDS;
        // The first ones fill caches.
        let time = median(&times[times.len() / 5..]);
        print!(" {name} {time:.2?} ({statements})");
    }
    println!();
}

/// How often each operation is asked.
const ROUNDS: u64 = 250;

/// An operation of a file, with the fragment that it needs. The file has operations that are not there yet.
fn only(file: &str, operation: &str, fragment: &str) -> String {
    let starts = ["query ", "mutation ", "fragment ", "# "];
    let (mut kept, mut keeps) = (String::new(), false);
    for line in file.lines() {
        if starts.iter().any(|start| line.starts_with(start)) {
            let named = |start: &str| line.starts_with(start);
            keeps =
                named(&format!("query {operation}(")) || named(&format!("fragment {fragment} "));
        }
        if keeps {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn operations(sample: &Value) -> [(&'static str, String, Value); 6] {
    let project = &sample["data"]["projects"]["nodes"][0];
    let role = &project["missions"]["nodes"][0]["roles"][0]["id"];
    let person = &sample["data"]["users"]["nodes"][0]["id"];
    [
        (
            "Board",
            only(PLANNING, "Board", "ProjectCard"),
            json!({"projectId": project["id"]}),
        ),
        (
            "Agenda",
            only(PLANNING, "Agenda", "-"),
            json!({"filter": {"from": NOW}}),
        ),
        (
            "Crew",
            only(CREW, "Crew", "CrewMember"),
            json!({"filter": {"search": "person 12"}, "first": 50}),
        ),
        (
            "MyAssignments",
            only(BOOKING, "MyAssignments", "Booking"),
            json!({"filter": {"userId": person, "from": NOW}}),
        ),
        (
            "Candidates",
            only(BOOKING, "Candidates", "-"),
            json!({"roleId": role}),
        ),
        ("Unanswered", UNANSWERED.to_owned(), json!({})),
    ]
}
