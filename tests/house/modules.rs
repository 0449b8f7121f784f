//! A test in a file that no module names would never run, and nothing would tell.

use std::fs;
use std::path::Path;

#[test]
fn every_file_of_the_tests_is_named_by_its_module() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let (mut named, mut missing) = (0, Vec::new());
    look(&tests, "main.rs", &mut named, &mut missing);
    // It is a test of its own in Cargo.toml.
    missing.retain(|file| *file != tests.join("left_out").display().to_string());
    assert!(named > 60, "the files are no longer found: {named}");
    let hint = "name them with `mod` in the folder's mod.rs, or in tests/main.rs";
    assert_eq!(missing, Vec::<String>::new(), "{hint}");
}

/// Notes the modules of a folder that its own module does not name.
fn look(folder: &Path, root: &str, named: &mut usize, missing: &mut Vec<String>) {
    let text = fs::read_to_string(folder.join(root)).expect("a module");
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_folder = path.join("mod.rs").exists();
        let is_file = path.extension().is_some_and(|extension| extension == "rs");
        if path.ends_with(root) || !(is_folder || is_file) {
            continue;
        }
        let module = path.file_stem().expect("a name").to_string_lossy();
        match text.lines().any(|line| line == format!("mod {module};")) {
            true => *named += 1,
            false => missing.push(folder.join(&*module).display().to_string()),
        }
        if is_folder {
            look(&path, "mod.rs", named, missing);
        }
    }
}
