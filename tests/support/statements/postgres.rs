//! Plans of PostgreSQL, made without knowing the values, on a database that is full of other organisations' rows.

use std::collections::BTreeSet;

use serde_json::Value;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use super::exceptions::{SORTING, WHOLE_ORGANISATION, WITHOUT_ORGANISATION, is_excused};

/// Tables of no organisation that are read for themselves only. orgs and accounts may be joined: they are small, and
/// every machine would have them.
const ALONE: [&str; 3] = ["sessions", "password_resets", "throttles"];

/// Rows of a page, and the one that tells whether there are more.
const PAGE: f64 = 201.0;

/// Looks at plans, as somebody whom policies do not hold: they would add the organisation to each statement.
pub struct Judge {
    client: Client,
    /// The tables that belong to organisations.
    tenants: BTreeSet<String>,
}

impl Judge {
    pub async fn new(superuser_url: &str) -> Self {
        let (client, connection) = tokio_postgres::connect(superuser_url, NoTls)
            .await
            .expect("PostgreSQL");
        tokio::spawn(connection);
        let settings = "SET plan_cache_mode = force_generic_plan; SET random_page_cost = 1.1";
        client.batch_execute(settings).await.expect("a setting");
        let tables = "SELECT table_name::text FROM information_schema.columns
            WHERE table_schema = 'public' AND column_name = 'org_id' AND is_nullable = 'NO'";
        let rows = client.query(tables, &[]).await.expect("the catalogue");
        let tenants: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
        assert!(tenants.len() > 10, "{tenants:?}");
        Self { client, tenants }
    }

    /// What is wrong with statements.
    pub async fn all(&self, statements: &BTreeSet<String>) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        for sql in statements {
            let findings = self.findings(sql).await;
            wrong.extend(findings.into_iter().map(|what| (sql.clone(), what)));
        }
        wrong
    }

    /// What is wrong with a statement.
    pub async fn findings(&self, sql: &str) -> Vec<String> {
        let plan = match self.plan(sql).await {
            Ok(plan) => plan,
            Err(error) => return vec![format!("has no plan ({error:?})")],
        };
        let (mut scans, mut sorts) = (Vec::new(), Vec::new());
        collect(&plan, &mut scans, &mut sorts);
        let is_tenants = |scan: &Scan| self.tenants.contains(&scan.table);
        let mut findings: Vec<String> = scans
            .iter()
            .filter(|scan| is_tenants(scan) && !is_excused(&WITHOUT_ORGANISATION, sql))
            .filter_map(Scan::finding)
            .collect();
        let whole = scans
            .iter()
            .find(|scan| is_tenants(scan) && scan.is_whole());
        if let Some(scan) = whole.filter(|_| !is_excused(&WHOLE_ORGANISATION, sql)) {
            findings.push(format!("reads all {} of the organisation", scan.table));
        }
        let most = sorts.into_iter().fold(0.0, f64::max);
        if most > PAGE && !is_excused(&SORTING, sql) {
            findings.push(format!("sorts {most} rows"));
        }
        let alone = scans.iter().find(|scan| ALONE.contains(&&*scan.table));
        if let Some(scan) = alone.filter(|_| scans.iter().any(is_tenants)) {
            findings.push(format!("reads {} beside an organisation's", scan.table));
        }
        if sql.trim_end().ends_with("WHERE 1=0") {
            findings.push("inserts an empty list".to_owned());
        }
        findings
    }

    /// Whether all that a statement reads of organisations' tables names the organisation, whoever is excused.
    pub async fn names_organisation(&self, sql: &str) -> bool {
        let (mut scans, mut sorts) = (Vec::new(), Vec::new());
        collect(
            &self.plan(sql).await.expect("a plan"),
            &mut scans,
            &mut sorts,
        );
        let mut tenants = scans
            .iter()
            .filter(|scan| self.tenants.contains(&scan.table));
        tenants.find_map(Scan::finding).is_none()
    }

    /// What the indexes of a statement's plan find the rows by.
    pub async fn index_conditions(&self, sql: &str) -> String {
        let (mut scans, mut sorts) = (Vec::new(), Vec::new());
        let plan = self.plan(sql).await.expect("a plan");
        collect(&plan, &mut scans, &mut sorts);
        scans.into_iter().map(|scan| scan.by_index).collect()
    }

    /// The plan that PostgreSQL makes without knowing the values.
    async fn plan(&self, sql: &str) -> Result<Value, tokio_postgres::Error> {
        let parameters = self.client.prepare(sql).await?.params().len();
        let nulls = match vec!["NULL"; parameters].join(", ") {
            none if none.is_empty() => none,
            nulls => format!("({nulls})"),
        };
        let explain = format!(
            "PREPARE judged AS {sql}; EXPLAIN (FORMAT JSON) EXECUTE judged{nulls}; DEALLOCATE judged"
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
    node: String,
    /// What the index finds the rows by.
    by_index: String,
    filter: String,
}

impl Scan {
    /// What is wrong if the rows are not those of an organisation that the statement names, found by an index.
    fn finding(&self) -> Option<String> {
        let table = &self.table;
        if self.node == "ModifyTable" {
            None
        } else if !self.names_organisation(&[&*self.by_index, &self.filter].concat()) {
            Some(format!("reads {table} without the organisation"))
        } else if !self.names_organisation(&self.by_index) && !self.is_of_account() {
            Some(format!(
                "reads {table} by {}, not by the organisation",
                self.node
            ))
        } else {
            None
        }
    }

    /// Whether nothing but the organisation finds the rows.
    fn is_whole(&self) -> bool {
        let condition = self.by_index.trim_matches(['(', ')']);
        condition.starts_with("org_id = $") && !condition.contains(" AND ")
    }

    /// Memberships are found by their account, too, and then compared by their organisation.
    fn is_of_account(&self) -> bool {
        self.table == "org_memberships" && self.by_index.contains("(account_id = $")
    }

    /// Memberships are read for a list of organisations, too: those of one account.
    fn names_organisation(&self, conditions: &str) -> bool {
        let one = ["(org_id = $", ".org_id = $"];
        let list = ["(org_id = ANY ($", ".org_id = ANY ($"];
        let named = |words: [&str; 2]| words.iter().any(|words| conditions.contains(words));
        named(one) || (self.table == "org_memberships" && named(list))
    }
}

/// Finds the places that read or write a table, and how many rows are sorted at once.
fn collect(plan: &Value, scans: &mut Vec<Scan>, sorts: &mut Vec<f64>) {
    match plan {
        Value::Array(plans) => plans.iter().for_each(|plan| collect(plan, scans, sorts)),
        Value::Object(node) => {
            let text = |name: &str| node.get(name).and_then(Value::as_str).unwrap_or_default();
            if let Some(table) = node.get("Relation Name").and_then(Value::as_str) {
                scans.push(Scan {
                    table: table.to_owned(),
                    node: text("Node Type").to_owned(),
                    by_index: ["Index Cond", "Recheck Cond"].map(text).concat(),
                    filter: text("Filter").to_owned(),
                });
            }
            // An incremental sort has only rows of one key at a time.
            if text("Node Type") == "Sort" {
                sorts.extend(plan.pointer("/Plans/0/Plan Rows").and_then(Value::as_f64));
            }
            for below in ["Plan", "Plans"] {
                collect(node.get(below).unwrap_or(&Value::Null), scans, sorts);
            }
        }
        _ => {}
    }
}
