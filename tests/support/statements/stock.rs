//! Rows for many organisations, made by the database itself in seconds: so many that a plan which reads the rows of all
//! organisations shows.

use coulisses_crew::db::DbUrl;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tokio_postgres::NoTls;

use super::super::database::Backend;

/// An organisation gets so many assignments, and what they need.
#[derive(Clone, Copy, Debug)]
pub struct Stock {
    /// Organisations to make. All that are there already are filled too.
    pub orgs: u64,
    /// Assignments of each. A mission has ten.
    pub assignments: u64,
    /// Missions of a project.
    pub missions: u64,
    /// Crew members of each.
    pub people: u64,
}

impl Stock {
    /// What PostgreSQL's plans are made for: 200,000 assignments.
    pub const FOR_PLANS: Self = Self {
        orgs: 20,
        assignments: 10_000,
        missions: 5,
        people: 500,
    };

    /// Makes the rows. Foreign keys are not checked meanwhile: it would take most of the time.
    pub async fn fill(self, url: &str) {
        match DbUrl::parse(url).expect("a URL") {
            DbUrl::Sqlite(path) => {
                let mut conn =
                    SqliteConnection::establish(&path.to_string_lossy()).expect("SQLite");
                let rows = self.statements(Backend::Sqlite).join(";\n");
                let off = "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; BEGIN";
                conn.batch_execute(&format!(
                    "{off}; {rows}; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"
                ))
                .expect("rows");
            }
            DbUrl::Postgres(_) => {
                let (client, connection) = tokio_postgres::connect(url, NoTls)
                    .await
                    .expect("PostgreSQL");
                tokio::spawn(connection);
                let rows = self.statements(Backend::Postgres).join(";\n");
                // A replica checks no foreign keys.
                let rows = format!("SET session_replication_role = replica; {rows}");
                client.batch_execute(&rows).await.expect("rows");
                client
                    .batch_execute("VACUUM ANALYZE")
                    .await
                    .expect("statistics");
            }
        }
    }

    fn statements(self, on: Backend) -> Vec<String> {
        let sql = Sql(on);
        let (people, missions) = (self.people, self.assignments / 10);
        let mut made = vec![format!(
            "WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < {})
             INSERT INTO orgs (id, name, timezone, language, created_at)
             SELECT {}, 'Org ' || n, 'Europe/Paris', 'FR', {} FROM row",
            self.orgs,
            sql.id("org", "n", "0"),
            sql.instant("-9000"),
        )];
        let mut insert = |count: u64, table: &str, columns: &str, values: String| {
            made.push(format!(
                "WITH RECURSIVE row (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM row WHERE n < {count} - 1),
                 org (k, id) AS (SELECT row_number() OVER (ORDER BY id), id FROM orgs)
                 INSERT INTO {table} ({columns}) SELECT {values} FROM row CROSS JOIN org"
            ));
        };
        let own = |kind: &str, n: &str| sql.id(kind, "org.k", n);
        let old = sql.instant("-9000");
        insert(
            people,
            "accounts",
            "id, email, display_name, password_hash, created_at",
            format!(
                "{}, 'a' || n || '@' || org.k || '.example', 'A', 'x', {old}",
                own("account", "n")
            ),
        );
        insert(
            people,
            "org_memberships",
            "org_id, id, account_id, role, created_at",
            format!(
                "org.id, {}, {}, 'TECH', {}",
                own("membership", "n"),
                own("account", "n"),
                sql.instant("n - 9000"),
            ),
        );
        insert(
            people,
            "users",
            "org_id, id, account_id, display_name, display_name_folded, email, created_at, version",
            format!(
                "org.id, {}, {}, 'Person ' || n, 'person ' || (n * 7919 % 100000), 'a' || n || '@crew.example', {old}, 1",
                own("user", "n"),
                own("account", "n"),
            ),
        );
        for label in ["skill", "tag"] {
            insert(
                people * 3,
                &format!("user_{label}s"),
                &format!("org_id, user_id, {label}, {label}_folded, {label}_same"),
                format!(
                    "org.id, {}, '{label} ' || (n * 7 % 40), '{label} ' || (n * 7 % 40), '{label} ' || (n * 7 % 40)",
                    own("user", "n / 3"),
                ),
            );
        }
        insert(
            people * 10,
            "availability",
            "org_id, id, user_id, starts_at, ends_at, kind, created_at",
            format!(
                "org.id, {}, {}, {}, {}, CASE n % 3 WHEN 0 THEN 'UNAVAILABLE' ELSE 'AVAILABLE' END, {old}",
                own("slot", "n"),
                own("user", "n / 10"),
                sql.instant("n % 10 * 200 - 1500"),
                sql.instant("n % 10 * 200 - 1400"),
            ),
        );
        self.planning(&sql, missions, &mut insert);
        made
    }

    fn planning(self, sql: &Sql, missions: u64, insert: &mut impl FnMut(u64, &str, &str, String)) {
        let own = |kind: &str, n: &str| sql.id(kind, "org.k", n);
        let old = sql.instant("-9000");
        let projects = missions / self.missions;
        insert(
            projects,
            "projects",
            "org_id, id, name, name_folded, name_same, status, created_at, updated_at, version",
            format!(
                "org.id, {}, 'Project ' || n, 'project ' || n, 'project ' || n,
                 CASE n % 3 WHEN 0 THEN 'ARCHIVED' ELSE 'ACTIVE' END, {old}, {old}, 1",
                own("project", "n"),
            ),
        );
        // Twenty a day. The last 600 are still to come.
        let time = |n: &str| {
            let starts = format!("({n} - {missions} + 600) * 6 / 5");
            let ends = sql.instant(&format!("{starts} + 10"));
            format!("{}, {ends}", sql.instant(&starts))
        };
        insert(
            missions,
            "missions",
            "org_id, id, project_id, title, title_folded, starts_at, ends_at, timezone, created_at, updated_at, version",
            format!(
                "org.id, {}, {}, 'Mission ' || n, 'mission ' || n, {}, 'Europe/Paris', {old}, {old}, 1",
                own("mission", "n"),
                own("project", &format!("n % {projects}")),
                time("n"),
            ),
        );
        insert(
            missions * 2,
            "mission_roles",
            "org_id, id, mission_id, name, skill, skill_same, quantity, position",
            format!(
                "org.id, {}, {}, 'Role', 'skill ' || (n % 40), 'skill ' || (n % 40), 5, n % 2",
                own("role", "n"),
                own("mission", "n / 2"),
            ),
        );
        let person = format!("(n / 10 + n % 10 * {}) % {}", self.people / 10, self.people);
        insert(
            self.assignments,
            "assignments",
            "org_id, id, mission_id, role_id, user_id, starts_at, ends_at, status, invited_at, created_at, updated_at",
            format!(
                "org.id, {}, {}, {}, {}, {}, CASE WHEN n % 10 < 7 THEN 'ACCEPTED' WHEN n % 10 < 9 THEN 'DECLINED' ELSE 'INVITED' END,
                 {old}, {old}, {old}",
                own("assignment", "n"),
                own("mission", "n / 10"),
                own("role", "n / 5"),
                own("user", &person),
                time("(n / 10)"),
            ),
        );
        insert(
            self.assignments,
            "invitations",
            "org_id, id, assignment_id, token_hash, status, expires_at, created_at",
            format!(
                "org.id, {}, {}, {}, 'PENDING', {}, {old}",
                own("invitation", "n"),
                own("assignment", "n"),
                sql.hash("n"),
                sql.instant("100"),
            ),
        );
        insert(
            self.assignments,
            "audit_log",
            "org_id, id, at, actor_id, action, entity_type, entity_id, changes",
            format!(
                "org.id, {}, {}, {}, 'action ' || (n % 40), 'Assignment', {}, '{{}}'",
                own("entry", "n"),
                sql.instant("n / 20 - 9000"),
                own("account", &format!("n % {}", self.people)),
                own("assignment", "n / 3"),
            ),
        );
        insert(
            self.assignments / 10,
            "outbox",
            "org_id, id, kind, assignment_id, mission_id, recipient_id, attempts, unsure, planned_at, due_at",
            format!(
                "org.id, {}, 'CHANGED', {}, {}, {}, 0, 0, {due}, CASE WHEN n % 10 < 9 THEN {due} END",
                own("mail", "n"),
                own("assignment", "(n * 10)"),
                own("mission", "n"),
                own("user", &format!("n % {}", self.people)),
                due = sql.instant("n"),
            ),
        );
    }
}

/// Values as a database writes them.
struct Sql(Backend);

impl Sql {
    /// A key out of what it is the key of, the organisation's number and its own.
    fn id(&self, kind: &str, org: &str, n: &str) -> String {
        let kind: u32 = kind
            .bytes()
            .fold(0, |hash, byte| hash * 31 % 65_521 + u32::from(byte));
        match self.0 {
            Backend::Sqlite => format!("unhex(printf('%08x%08x%016x', {kind}, {org}, {n}))"),
            Backend::Postgres => format!(
                "(lpad(to_hex({kind}), 8, '0') || lpad(to_hex({org}), 8, '0') || lpad(to_hex({n}), 16, '0'))::uuid"
            ),
        }
    }

    /// So many hours after the beginning of the tests.
    fn instant(&self, hours: &str) -> String {
        match self.0 {
            Backend::Sqlite => format!("(1788249600000000 + ({hours}) * 3600000000)"),
            Backend::Postgres => {
                format!("(to_timestamp(1788249600) + ({hours}) * interval '1 hour')")
            }
        }
    }

    fn hash(&self, n: &str) -> String {
        match self.0 {
            Backend::Sqlite => format!("unhex(printf('%064x', {n}))"),
            Backend::Postgres => format!("decode(lpad(to_hex({n}), 64, '0'), 'hex')"),
        }
    }
}
