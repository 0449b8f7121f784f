//! The layering rule of src/lib.rs, read from the `use` lines.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use async_graphql_parser::types::{TypeKind, TypeSystemDefinition};

/// Files below a folder of `src`, whose names end so, may not name any of these.
const RULES: &[(&str, &str, &[&str])] = &[
    (
        "domains",
        "graphql",
        &[
            "diesel",
            "crate::db::schema",
            "crate::db::dsl",
            "::repo",
            "axum",
        ],
    ),
    (
        "domains",
        "service",
        &[
            "async_graphql",
            "axum",
            "diesel",
            "crate::graphql",
            "crate::http",
            "crate::api",
        ],
    ),
    (
        "domains",
        "repo",
        &[
            "async_graphql",
            "axum",
            "crate::db::Db",
            "crate::graphql",
            "crate::state",
            "crate::http",
            "::service",
        ],
    ),
    (
        "domains",
        "model",
        &[
            "axum",
            "crate::graphql",
            "crate::http",
            "crate::state",
            "::service",
            "::repo",
        ],
    ),
    (
        "domains",
        "",
        &["crate::http", "crate::api", "crate::app", "std::env"],
    ),
    (
        "graphql",
        "",
        &[
            "crate::domains",
            "crate::http",
            "crate::api",
            "crate::app",
            "diesel",
        ],
    ),
    (
        "db",
        "",
        &[
            "crate::domains",
            "crate::graphql",
            "crate::http",
            "crate::state",
            "async_graphql",
            "axum",
        ],
    ),
    (
        "text",
        "",
        &[
            "crate::domains",
            "crate::graphql",
            "crate::http",
            "crate::db",
            "crate::error",
            "diesel",
        ],
    ),
    ("http", "", &["diesel", "crate::db", "::repo", "crate::app"]),
    (
        "spans",
        "",
        &["crate::domains", "crate::http", "crate::db", "diesel"],
    ),
    (
        "crypto",
        "",
        &[
            "crate::domains",
            "crate::graphql",
            "crate::http",
            "crate::state",
            "diesel",
        ],
    ),
];

#[test]
fn modules_use_only_what_lies_below_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut broken = Vec::new();
    let mut checked = 0;
    for (folder, layer, forbidden) in RULES {
        for file in files(&src.join(folder)) {
            let shown = file
                .strip_prefix(&src)
                .expect("below src")
                .display()
                .to_string()
                .replace('\\', "/");
            let in_layer = layer.is_empty()
                || shown.contains(&format!("/{layer}/"))
                || shown.ends_with(&format!("/{layer}.rs"));
            if !in_layer {
                continue;
            }
            checked += 1;
            let text = fs::read_to_string(&file).expect("a source file");
            for name in *forbidden {
                if names(&text).any(|line| line.contains(name)) {
                    broken.push(format!("{shown} names {name}"));
                }
            }
        }
    }
    assert!(
        checked > 50,
        "the rules no longer find the files: {checked}"
    );
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn a_domain_never_uses_the_repository_of_another() {
    let domains = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domains");
    for file in files(&domains) {
        let own = file
            .strip_prefix(&domains)
            .expect("below")
            .components()
            .next()
            .expect("a domain");
        let own = own.as_os_str().to_string_lossy().into_owned();
        let text = fs::read_to_string(&file).expect("a source file");
        for line in names(&text).filter(|line| line.contains("::repo")) {
            let inside =
                line.contains("super::") || line.contains(&format!("domains::{own}::repo"));
            assert!(inside, "{}: {line}", file.display());
        }
    }
}

/// Services call those of domains further up in this list only, so that no two of them go round in a circle.
const SERVICES: &[&str] = &[
    "throttle",
    "audit",
    "outbox",
    "invitations",
    "assignments",
    "orgs",
    "crew",
    "auth",
    "projects",
    "missions",
    "availability",
    "bookings",
    "demo",
];

#[test]
fn services_call_each_other_in_one_direction() {
    let domains = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domains");
    let place = |domain: &str| {
        let found = SERVICES.iter().position(|name| *name == domain);
        found.unwrap_or_else(|| {
            panic!("put {domain} into SERVICES in tests/house/layers.rs, behind those that its service calls")
        })
    };
    let (mut calls, mut other_way) = (0, Vec::new());
    for domain in fs::read_dir(&domains).expect("the domains") {
        let path = domain.expect("a domain").path();
        if !path.is_dir() {
            continue;
        }
        let own = path.file_name().expect("a name").to_string_lossy();
        for file in files(&path) {
            if !file.display().to_string().contains("service") {
                continue;
            }
            let text = fs::read_to_string(&file).expect("a source file");
            let called = SERVICES.iter().filter(|name| {
                let path = format!("{name}::service");
                names(&text).any(|line| line.contains(&path))
            });
            for called in called.filter(|name| **name != own) {
                calls += 1;
                if place(called) > place(&own) {
                    other_way.push(format!("{own} calls {called}"));
                }
            }
        }
    }
    assert!(calls > 20, "the rule no longer finds the calls: {calls}");
    assert_eq!(other_way, Vec::<String>::new());
}

/// Whoever reads a call sees whether it runs in the caller's transaction.
#[test]
fn a_service_function_that_takes_a_connection_says_so() {
    let domains = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/domains");
    let mut checked = 0;
    for file in files(&domains) {
        let shown = file.display().to_string().replace('\\', "/");
        // The audit log is written in the caller's transaction and nowhere else.
        if !shown.contains("/service") || shown.contains("/audit/") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("a source file");
        for function in text.split("\npub async fn ").skip(1) {
            checked += 1;
            let (name, rest) = function.split_once('(').expect("a function");
            let parameters = rest.split(") ->").next().expect("parameters");
            let takes = parameters.contains("conn: &mut Conn");
            assert_eq!(takes, name.ends_with("_within"), "{shown}: {name}");
        }
    }
    assert!(checked > 50, "the rule no longer finds them: {checked}");
}

/// An object that a resolver returns as it is, the library's own executor would run: by other rules for null, order and
/// limits.
#[test]
fn every_object_that_a_resolver_returns_goes_through_the_executor() {
    let schema = async_graphql_parser::parse_schema(coulisses_crew::api::sdl()).expect("SDL");
    let objects: HashSet<String> = schema
        .definitions
        .iter()
        .filter_map(|definition| match definition {
            TypeSystemDefinition::Type(of) if matches!(of.node.kind, TypeKind::Object(_)) => {
                Some(of.node.name.node.to_string())
            }
            _ => None,
        })
        .collect();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut checked = 0;
    let kit = [src.join("api.rs"), src.join("graphql/connection.rs")];
    for file in files(&src.join("domains")).into_iter().chain(kit) {
        let text = fs::read_to_string(&file).expect("a source file");
        for returned in resolved(&text) {
            let mut words = returned.split(|c: char| !c.is_alphanumeric());
            if words.any(|word| objects.contains(word)) {
                checked += 1;
                let wrapped = returned.contains("One<") || returned.contains("Many<");
                // The library's list would not wake what waits in it.
                let in_list = returned.contains("Vec<One<") || returned.contains("Vec<Option<");
                assert!(wrapped && !in_list, "{}: {returned}", file.display());
            }
        }
    }
    assert!(
        checked > 60,
        "the rule no longer finds the resolvers: {checked}"
    );
}

/// What the resolvers of a file return, and the types of the fields of its simple objects.
fn resolved(text: &str) -> Vec<&str> {
    let resolvers = text.split("#[Object").skip(1);
    let methods = resolvers.flat_map(|of| {
        let end = of.find("\n}").unwrap_or(of.len());
        of[..end].split("async fn ").skip(1)
    });
    let returned = methods.filter_map(|method| {
        let signature = method.split(" {\n").next()?;
        Some(signature.rsplit_once("-> ")?.1)
    });
    let simple = text.split("SimpleObject)]").skip(1);
    let fields = simple.flat_map(|of| {
        let end = of.find("\n}").unwrap_or(of.len());
        of[..end].lines().filter(|line| line.ends_with(','))
    });
    let types = fields.filter_map(|field| Some(field.split_once(": ")?.1));
    returned.chain(types).collect()
}

/// The lines that are code.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("//"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
