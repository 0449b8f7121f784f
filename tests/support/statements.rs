//! Every statement that a server of the tests sends to PostgreSQL, judged by its plan: whatever reads an organisation's
//! table names the organisation as a value. A statement that breaks this cannot be sent to one machine of several.
//!
//! diesel reports each statement before it runs. Each is judged once, when the next database of a test goes away, so a
//! test fails for a statement that it or a test beside it ran.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use serde_json::Value;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The functions whose statement may lack the organisation, and how that statement ends.
const WITHOUT_ORGANISATION: [(&str, &str); 1] = [(
    "memberships_of",
    "FROM \"org_memberships\" WHERE (\"org_memberships\".\"account_id\" = ANY($1)) \
     ORDER BY \"org_memberships\".\"created_at\", \"org_memberships\".\"id\"",
)];

/// Tables of no organisation that are read for themselves only. orgs and accounts may be joined: they are small, and
/// every machine would have them.
const ALONE: [&str; 3] = ["sessions", "password_resets", "throttles"];

/// Stands in a statement of a test that leaves the organisation out on purpose.
pub const ON_PURPOSE: &str = "/* without the organisation on purpose */";

#[derive(Default)]
struct Heard {
    all: BTreeSet<String>,
    unjudged: BTreeSet<String>,
}

fn heard() -> MutexGuard<'static, Heard> {
    static HEARD: LazyLock<Mutex<Heard>> = LazyLock::new(Mutex::default);
    HEARD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listens on one connection.
#[derive(Default)]
struct Listener {
    /// The tests look at all rows through connections of their own, which are never set to an organisation.
    is_servers: bool,
    /// What was heard before it was known whose the connection is.
    waiting: BTreeSet<String>,
}

impl Instrumentation for Listener {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let InstrumentationEvent::StartQuery { query, .. } = event else {
            return;
        };
        let text = query.to_string();
        if let Some((_, org)) = text.split_once("SET LOCAL app.org_id = '") {
            self.is_servers |= !org.starts_with('\'');
        } else {
            let sql = text.split(" -- binds: ").next().unwrap_or_default();
            self.waiting.insert(sql.to_owned());
        }
        if self.is_servers {
            let mut heard = heard();
            let judged = std::mem::take(&mut self.waiting).into_iter();
            for sql in judged.filter(|sql| is_judged(sql)) {
                if heard.all.insert(sql.clone()) {
                    heard.unjudged.insert(sql);
                }
            }
        }
    }
}

fn is_judged(sql: &str) -> bool {
    let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH"];
    verbs.iter().any(|verb| sql.starts_with(verb)) && !sql.contains(ON_PURPOSE)
}

/// Listens on all connections from now on.
pub fn listen() {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| {
        set_default_instrumentation(|| Some(Box::new(Listener::default())))
            .expect("nothing else listens");
    });
}

/// The statements that servers sent until now.
pub fn heard_until_now() -> BTreeSet<String> {
    heard().all.clone()
}

/// What is wrong with the statements that were heard since the last time, one line for each.
pub async fn judge(superuser_url: &str) -> String {
    let new = std::mem::take(&mut heard().unjudged);
    let mut wrong = String::new();
    if !new.is_empty() {
        let judge = Judge::new(superuser_url).await;
        for sql in new {
            if WITHOUT_ORGANISATION
                .iter()
                .any(|(_, end)| sql.trim_end().ends_with(end))
            {
                continue;
            }
            for what in judge.findings(&sql).await {
                writeln!(wrong, "{what}: {sql}").expect("text");
            }
        }
    }
    wrong
}

/// Looks at plans, as somebody whom policies do not hold: they would add the organisation to each statement.
pub struct Judge {
    client: Client,
    /// The tables that belong to organisations.
    pub tenants: BTreeSet<String>,
}

impl Judge {
    pub async fn new(superuser_url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(superuser_url, NoTls)
            .await
            .expect("PostgreSQL");
        tokio::spawn(connection);
        let settings = "SET plan_cache_mode = force_generic_plan";
        client.batch_execute(settings).await.expect("a setting");
        let tables = "SELECT table_name::text FROM information_schema.columns
            WHERE table_schema = 'public' AND column_name = 'org_id' AND is_nullable = 'NO'";
        let rows = client.query(tables, &[]).await.expect("the catalogue");
        let tenants: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(tenants.len() > 10, "{tenants:?}");
        Self { client, tenants }
    }

    /// What is wrong with a statement.
    pub async fn findings(&self, sql: &str) -> Vec<String> {
        let plan = match self.plan(sql).await {
            Ok(plan) => plan,
            Err(error) => return vec![format!("has no plan ({error:?})")],
        };
        let mut scans = Vec::new();
        collect(&plan, &mut scans);
        let is_tenants = |scan: &Scan| self.tenants.contains(&scan.table);
        let mut findings: Vec<String> = scans
            .iter()
            .filter(|scan| is_tenants(scan) && !scan.has_organisation())
            .map(|scan| format!("reads {} without the organisation", scan.table))
            .collect();
        let alone = scans.iter().find(|scan| ALONE.contains(&&*scan.table));
        if let Some(scan) = alone.filter(|_| scans.iter().any(is_tenants)) {
            findings.push(format!("reads {} beside an organisation's", scan.table));
        }
        if sql.trim_end().ends_with("WHERE 1=0") {
            findings.push("inserts an empty list".to_owned());
        }
        findings
    }

    /// The plan that PostgreSQL makes without knowing the values.
    async fn plan(&self, sql: &str) -> Result<Value, tokio_postgres::Error> {
        let parameters = self.client.prepare(sql).await?.params().len();
        let nulls = match vec!["NULL"; parameters].join(", ") {
            none if none.is_empty() => none,
            nulls => format!("({nulls})"),
        };
        let explain = format!(
            "PREPARE judged AS {sql}; EXPLAIN (FORMAT JSON, COSTS OFF) EXECUTE judged{nulls}; DEALLOCATE judged"
        );
        let answers = self.client.simple_query(&explain).await?;
        let text = answers.iter().find_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        });
        Ok(serde_json::from_str(text.expect("a plan")).expect("JSON"))
    }
}

/// A place of a plan that reads or writes a table.
struct Scan {
    table: String,
    reads: bool,
    conditions: String,
}

impl Scan {
    /// Whether the rows are those of an organisation that the statement names. Memberships are read for a list of them,
    /// too: those of one account.
    fn has_organisation(&self) -> bool {
        let one = ["(org_id = $", ".org_id = $"];
        let list = ["(org_id = ANY ($", ".org_id = ANY ($"];
        let named = |words: [&str; 2]| words.iter().any(|words| self.conditions.contains(words));
        !self.reads || named(one) || (self.table == "org_memberships" && named(list))
    }
}

fn collect(plan: &Value, scans: &mut Vec<Scan>) {
    match plan {
        Value::Array(plans) => plans.iter().for_each(|plan| collect(plan, scans)),
        Value::Object(node) => {
            let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default();
            if let Some(table) = node.get("Relation Name").and_then(Value::as_str) {
                scans.push(Scan {
                    table: table.to_owned(),
                    reads: text("Node Type") != "ModifyTable",
                    conditions: ["Index Cond", "Recheck Cond", "Filter"].map(text).concat(),
                });
            }
            for below in ["Plan", "Plans"] {
                collect(node.get(below).unwrap_or(&Value::Null), scans);
            }
        }
        _ => {}
    }
}
