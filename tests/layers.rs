//! The layering rule of src/lib.rs, read from the `use` lines.

use std::fs;
use std::path::{Path, PathBuf};

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
        ],
    ),
    (
        "domains",
        "model",
        &["axum", "crate::graphql", "crate::http", "crate::state"],
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
    ("http", "", &["diesel", "crate::db", "::repo", "crate::app"]),
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
