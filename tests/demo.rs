//! The demo organisations of `coulisses-crew seed-demo`.

use coulisses_crew::db::schema::{assignments, audit_log, missions, org_memberships, outbox};
use coulisses_crew::domains::assignments::model::AssignmentStatus;
use coulisses_crew::domains::auth::service::operator;
use coulisses_crew::domains::demo::service::{SeedDemo, Seeded, seed_demo};
use coulisses_crew::error::Result;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::{TestApp, assert_invariants, backends, on_each_database};

const PASSWORD: &str = "seven purple tents at dawn";

const BOARD: &str = "{
    org { name skills }
    users(first: 200) { totalCount nodes { displayName skills tags } }
    projects(first: 10) { nodes { name status staffing { needed accepted invited } } }
    missions(last: 200) { totalCount nodes { title startsAt endsAt cancelledAt roles { name quantity assignments {
        status user { displayName } } } } }
}";

async fn seed(app: &TestApp, email: &str, size: Option<usize>) -> Result<(Seeded, Vec<usize>)> {
    let password = PASSWORD.to_owned();
    let owner = operator::create_account(&app.state, email, "Démo", password, None).await?;
    let input = SeedDemo {
        owner_id: owner.id,
        seed: 7,
        size,
    };
    let mut told = Vec::new();
    // As the command does, in the role that the policies hold for.
    let state = app.state.with_db(app.db.clone());
    let made = seed_demo(&state, input, |assignments| told.push(assignments)).await?;
    Ok((made, told))
}

/// What the owner sees.
async fn board(app: &TestApp, email: &str) -> Value {
    let mut client = app.client();
    let login = "mutation($email: String!, $password: String!) {
        login(input: {email: $email, password: $password}) { accessToken }
    }";
    let answer = client
        .gql(login, json!({"email": email, "password": PASSWORD}))
        .await;
    client.sign_in(&answer, "login");
    client.query(BOARD).await.data().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_is_a_company_with_a_crew_and_three_months_of_work_and_breaks_no_rule() {
    on_each_database(async |app| {
        let (made, told) = seed(&app, "demo@example.org", None).await.expect("a demo");
        assert_eq!((made.orgs, made.people), (1, 60));
        assert!(made.missions > 80 && made.assignments > 900, "{made:?}");
        assert_eq!(told, [made.assignments]);
        assert_invariants(&app).await;

        let of_status = async |status: AssignmentStatus| {
            let rows = assignments::table.filter(assignments::status.eq(status));
            let read = app.state.db.read(async |conn| conn.one(rows.count()).await);
            read.await.expect("a count")
        };
        for status in [
            AssignmentStatus::Invited,
            AssignmentStatus::Accepted,
            AssignmentStatus::Declined,
            AssignmentStatus::Cancelled,
        ] {
            let count: i64 = of_status(status).await;
            assert!(count > 5, "{status:?}: {count}");
        }
        // Only who has accepted for the past worked, and nobody is told.
        let now = app.state.clock.now();
        let late = assignments::table
            .filter(assignments::starts_at.le(now))
            .filter(assignments::status.eq(AssignmentStatus::Invited));
        let counts = app.state.db.read(async |conn| {
            let late: i64 = conn.one(late.count()).await?;
            let mails: i64 = conn.one(outbox::table.count()).await?;
            let entries: i64 = conn.one(audit_log::table.count()).await?;
            Ok((late, mails, entries))
        });
        assert_eq!(counts.await.expect("counts"), (0, 0, 0));

        let shown = board(&app, "demo@example.org").await;
        assert_eq!(shown["users"]["totalCount"], 60);
        assert_eq!(
            shown["projects"]["nodes"]
                .as_array()
                .expect("projects")
                .len(),
            2
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_seed_makes_the_same_demo_on_both_databases() {
    let mut shown: Vec<Value> = Vec::new();
    for backend in backends() {
        for email in ["demo@example.org", "other@example.org"] {
            let app = TestApp::with(backend, &[]).await;
            seed(&app, email, None).await.expect("a demo");
            shown.push(board(&app, email).await);
        }
    }
    let missions = shown[0]["missions"]["nodes"].as_array().expect("missions");
    assert!(missions.len() > 80);
    assert!(shown.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_has_as_many_assignments_as_asked_for_and_beyond_20_000_another_organisation() {
    on_each_database(async |app| {
        for (size, orgs) in [(1, 1), (20_000, 1), (20_001, 2)] {
            let email = format!("demo{size}@example.org");
            let (made, told) = seed(&app, &email, Some(size)).await.expect("a demo");
            assert_eq!((made.assignments, made.orgs), (size, orgs));
            assert_eq!(told.last(), Some(&size));
            assert!(told.is_sorted());
        }
        let counts = app.state.db.read(async |conn| {
            let members: i64 = conn.one(org_memberships::table.count()).await?;
            let booked: i64 = conn.one(assignments::table.count()).await?;
            let empty: i64 = conn
                .one(missions::table.filter(missions::title.eq("")).count())
                .await?;
            Ok((members, booked, empty))
        });
        assert_eq!(counts.await.expect("counts"), (4, 40_002, 0));
    })
    .await;
}
