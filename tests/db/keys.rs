//! The keys of both databases: an organisation's rows could lie together on one of several machines.

use std::collections::BTreeSet;

use super::migrations::{GLOBAL, lines};
use crate::support::{Backend, Database, backends};

/// `table kind columns` of each unique key.
const SQLITE_UNIQUE: &str = "
    SELECT m.name || CASE i.origin WHEN 'pk' THEN ' primary ' ELSE ' unique ' END ||
           (SELECT group_concat(c.name, ',' ORDER BY c.seqno) FROM pragma_index_info(i.name) AS c) AS line
    FROM sqlite_schema AS m JOIN pragma_index_list(m.name) AS i
    WHERE m.type = 'table' AND i.\"unique\" = 1 AND m.name <> '__diesel_schema_migrations'";
const POSTGRES_UNIQUE: &str = "
    SELECT c.relname || CASE WHEN i.indisprimary THEN ' primary ' ELSE ' unique ' END ||
           (SELECT string_agg(a.attname, ',' ORDER BY k.place)
            FROM unnest(i.indkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number) AS line
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE i.indisunique AND c.relnamespace = 'public'::regnamespace AND c.relname <> '__diesel_schema_migrations'";

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_an_organisations_table_hold_the_organisation_and_the_first_begins_with_it() {
    for backend in backends() {
        let database = Database::new(backend).await;
        let keys = lines(&database, SQLITE_UNIQUE, POSTGRES_UNIQUE).await;
        assert!(keys.len() > 20, "{backend:?}: {keys:?}");
        let mut with_primary = BTreeSet::new();
        for key in &keys {
            let parts: Vec<&str> = key.split(' ').collect();
            let [table, kind, columns] = parts[..] else {
                panic!("{key}")
            };
            if kind == "primary" {
                with_primary.insert(table);
            }
            let holds = match kind {
                "primary" => columns.starts_with("org_id,"),
                _ => columns.split(',').any(|column| column == "org_id"),
            };
            assert!(holds || GLOBAL.contains(&table), "{backend:?}: {key}");
        }
        let tables = lines(&database, SQLITE_TABLES, POSTGRES_TABLES).await;
        let tables: BTreeSet<&str> = tables.iter().map(String::as_str).collect();
        assert_eq!(with_primary, tables, "{backend:?}");
    }
}

const SQLITE_TABLES: &str = "
    SELECT name AS line FROM sqlite_schema
    WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '__diesel_schema_migrations'";
const POSTGRES_TABLES: &str = "
    SELECT table_name::text AS line FROM information_schema.tables
    WHERE table_schema = 'public' AND table_name <> '__diesel_schema_migrations'";

/// `table columns table columns, what happens on a delete, and on an update` of each foreign key.
const SQLITE_FOREIGN: &str = "
    SELECT m.name || ' ' || group_concat(f.\"from\", ',' ORDER BY f.seq) || ' ' ||
           f.\"table\" || ' ' || group_concat(f.\"to\", ',' ORDER BY f.seq) || '|' ||
           f.on_delete || '|' || f.on_update AS line
    FROM sqlite_schema AS m JOIN pragma_foreign_key_list(m.name) AS f
    WHERE m.type = 'table' GROUP BY m.name, f.id";
const POSTGRES_FOREIGN: &str = "
    WITH deed (code, name) AS (VALUES ('a', 'NO ACTION'), ('r', 'RESTRICT'), ('c', 'CASCADE'),
                                      ('n', 'SET NULL'), ('d', 'SET DEFAULT'))
    SELECT c.conrelid::regclass || ' ' ||
           (SELECT string_agg(a.attname, ',' ORDER BY k.place)
            FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) || ' ' ||
           c.confrelid::regclass || ' ' ||
           (SELECT string_agg(a.attname, ',' ORDER BY k.place)
            FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.number) || '|' ||
           d.name || '|' || u.name AS line
    FROM pg_constraint c JOIN deed d ON d.code = c.confdeltype::text JOIN deed u ON u.code = c.confupdtype::text
    WHERE c.contype = 'f'";

/// Small tables of no organisation, of which every machine would have a copy. Any table may refer to them.
const COPIED: [&str; 2] = ["accounts", "orgs"];

#[tokio::test(flavor = "multi_thread")]
async fn a_reference_stays_inside_the_organisation() {
    for backend in backends() {
        let database = Database::new(backend).await;
        let keys = lines(&database, SQLITE_FOREIGN, POSTGRES_FOREIGN).await;
        assert!(keys.len() > 15, "{backend:?}: {keys:?}");
        for key in &keys {
            let (reference, deeds) = key.split_once('|').expect("a deed");
            let parts: Vec<&str> = reference.split(' ').collect();
            let [table, from, to_table, to] = parts[..] else {
                panic!("{key}")
            };
            if !GLOBAL.contains(&to_table) {
                let both = from.starts_with("org_id,") && to.starts_with("org_id,");
                assert!(both && !GLOBAL.contains(&table), "{backend:?}: {key}");
            } else if !GLOBAL.contains(&table) {
                assert!(COPIED.contains(&to_table), "{backend:?}: {key}");
            }
            // A row never moves to another organisation.
            let (on_delete, on_update) = deeds.split_once('|').expect("two deeds");
            let keeps = !on_delete.starts_with("SET") || !from.split(',').any(|of| of == "org_id");
            let tenants = !GLOBAL.contains(&table);
            assert!(keeps || !tenants, "{backend:?}: {key}");
            assert!(
                on_update == "NO ACTION" || on_update == "RESTRICT",
                "{backend:?}: {key}"
            );
        }
    }
}

/// `table enabled forced policy condition` of each policy.
const POSTGRES_POLICIES: &str = "
    SELECT c.relname || ' ' || c.relrowsecurity || ' ' || c.relforcerowsecurity || ' ' ||
           COALESCE(p.policyname || ' ' || p.permissive || ' ' || p.cmd, '') || ' ' ||
           COALESCE(p.qual, '') || ' ' || COALESCE(p.with_check, '') AS line
    FROM pg_class c LEFT JOIN pg_policies p ON p.tablename = c.relname AND p.schemaname = 'public'
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
      AND (c.relrowsecurity OR p.policyname IS NOT NULL)";

#[tokio::test(flavor = "multi_thread")]
async fn on_postgresql_policies_hold_the_owner_too_and_three_tables_are_open_without_an_organisation()
 {
    if backends().contains(&Backend::Postgres) {
        let database = Database::new(Backend::Postgres).await;
        let policies = lines(&database, "", POSTGRES_POLICIES).await;
        let tables = lines(&database, "", POSTGRES_TABLES).await;
        let mut expected: BTreeSet<String> = tables
            .iter()
            .filter(|table| !GLOBAL.contains(&table.as_str()))
            .map(|table| {
                format!("{table} true true tenant PERMISSIVE ALL (org_id = app_org_id()) ")
            })
            .collect();
        assert!(expected.len() > 10, "{expected:?}");
        // An account has to find its organisations, and its sign-in is written down.
        expected.insert(
            "org_memberships true true none PERMISSIVE ALL (app_org_id() IS NULL) ".to_owned(),
        );
        expected.insert(
            "org_memberships true true own PERMISSIVE SELECT (account_id = app_account_id()) "
                .to_owned(),
        );
        // The sender of mail finds what is due.
        expected
            .insert("outbox true true none PERMISSIVE SELECT (app_org_id() IS NULL) ".to_owned());
        expected.insert(
            "audit_log true true none PERMISSIVE INSERT  (app_org_id() IS NULL)".to_owned(),
        );
        assert_eq!(
            expected.difference(&policies).collect::<Vec<_>>(),
            policies.difference(&expected).collect::<Vec<_>>(),
            "left: policies that are missing; right: those that nobody expects"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_table_has_a_trigger() {
    let sqlite = "SELECT name AS line FROM sqlite_schema WHERE type = 'trigger'";
    let postgres = "SELECT tgname::text AS line FROM pg_trigger WHERE NOT tgisinternal";
    for backend in backends() {
        let database = Database::new(backend).await;
        assert_eq!(lines(&database, sqlite, postgres).await, BTreeSet::new());
    }
}
