//! PostgreSQL's row-level security: the second line behind the filters of the queries.

use coulisses_crew::db::Conn;
use coulisses_crew::db::schema::missions;
use coulisses_crew::db::since::since;
use coulisses_crew::domains::missions::model::LONGEST_DAYS;
use coulisses_crew::ids::OrgId;
use diesel::backend::Backend as DieselBackend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Text;

use crate::support::{Backend, NOW, ON_PURPOSE, TestApp, World, backends, instant, key};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

async fn counts(conn: &mut Conn) -> coulisses_crew::error::Result<[i64; 3]> {
    let mut counts = [0; 3];
    for (count, table) in counts.iter_mut().zip(["users", "projects", "missions"]) {
        let query = format!("SELECT count(*) AS rows FROM {table} {ON_PURPOSE}");
        *count = conn.one::<_, Count>(diesel::sql_query(query)).await?.rows;
    }
    Ok(counts)
}

/// The application of the tests connects as a role that cannot bypass the policies.
async fn on_postgres(test: impl AsyncFn(&TestApp, &World, &World)) {
    if backends().contains(&Backend::Postgres) {
        let app = TestApp::with(Backend::Postgres, &[]).await;
        let [one, two] = [World::new(&app, "one").await, World::new(&app, "two").await];
        for world in [&one, &two, &two] {
            let project = world
                .project(&format!("{:?}", std::time::Instant::now()))
                .await;
            let times = ("2027-01-01T08:00:00Z", "2027-01-01T09:00:00Z");
            world.place(&project, times, 1).await;
        }
        test(&app, &one, &two).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_without_the_filter_sees_nothing_of_another_organisation() {
    on_postgres(async |app, one, two| {
        let all = app.state.db.read(counts).await.expect("counts");
        assert_eq!(all[1..], [3, 3], "a superuser sees all rows");
        for (world, expected) in [(one, 1), (two, 2), (one, 1)] {
            let db = app.db.within(key::<OrgId>(&world.org_id));
            let seen = db.read(counts).await.expect("counts");
            assert_eq!(seen[1..], [expected, expected]);
            let seen = db.write(counts).await.expect("counts");
            assert_eq!(seen[1..], [expected, expected]);
            // The next use of the connection begins anew.
            assert_eq!(app.db.read(counts).await.expect("counts"), [0; 3]);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_knows_whether_the_policies_hold_it() {
    on_postgres(async |app, _, _| {
        assert!(app.state.db.bypasses_policies().await.expect("a superuser"));
        assert!(!app.db.bypasses_policies().await.expect("the server's role"));
    })
    .await;
    let app = TestApp::with(Backend::Sqlite, &[]).await;
    assert!(!app.db.bypasses_policies().await.expect("SQLite"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_without_the_filter_writes_nothing_of_another_organisation() {
    on_postgres(async |app, one, two| {
        let db = app.db.within(key::<OrgId>(&one.org_id));
        let rename = format!("UPDATE projects SET description = 'mine' {ON_PURPOSE}");
        let rename = diesel::sql_query(rename);
        let renamed = db.write(async |conn| conn.execute(rename).await).await;
        assert_eq!(renamed.expect("an update"), 1);
        let two = key::<OrgId>(&two.org_id).uuid();
        let give = diesel::sql_query(format!("UPDATE projects SET org_id = '{two}' {ON_PURPOSE}"));
        let refused = db.write(async |conn| conn.execute(give).await).await;
        let cause = format!("{:?}", refused.expect_err("a foreign row").cause);
        assert!(cause.contains("row-level security"), "{cause}");
    })
    .await;
}

/// How PostgreSQL would run a query.
#[derive(QueryId)]
struct Explain<Q>(Q);

impl<Q> Query for Explain<Q> {
    type SqlType = Text;
}

impl<Q, Connection> diesel::RunQueryDsl<Connection> for Explain<Q> {}

impl<DB: DieselBackend, Q: QueryFragment<DB>> QueryFragment<DB> for Explain<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("EXPLAIN ");
        self.0.walk_ast(out)
    }
}

/// Under policies an index is used only for conditions that PostgreSQL knows to give nothing away. The judge of the
/// statements asks without policies, so it would not notice.
#[tokio::test(flavor = "multi_thread")]
async fn an_index_finds_what_still_runs_under_the_policies() {
    on_postgres(async |app, one, _| {
        let org_id = key::<OrgId>(&one.org_id);
        let plan = async |conn: &mut Conn| {
            conn.execute(diesel::sql_query("SET LOCAL enable_seqscan = off"))
                .await?;
            let running = since(missions::starts_at, org_id, instant(NOW), LONGEST_DAYS);
            let rows = missions::table
                .filter(missions::org_id.eq(org_id))
                .filter(running)
                .select(missions::id);
            conn.load::<_, String>(Explain(rows)).await
        };
        let plan = app.db.within(org_id).write(plan).await.expect("a plan");
        let by_index = |line: &String| line.contains("Index Cond") && line.contains("starts_at >=");
        assert!(plan.iter().any(by_index), "{plan:#?}");
    })
    .await;
}
