//! Secrets in files: what fits is taken, and an error names the file and not its content.

use coulisses_crew::config::Config;
use tempfile::TempDir;

use super::binary::{BINARY, command, output, text};
use super::config::{LONG, read};

/// The settings that may stand in a file, each with a value.
const SECRETS: [(&str, &str); 4] = [
    ("DATABASE_URL", "postgres://crew:hunter2@localhost/crew"),
    ("SECRET_KEY", LONG),
    ("SECRET_KEY_PREVIOUS", LONG),
    ("SMTP_URL", "smtp://crew:hunter2@localhost:25"),
];

#[test]
fn a_secret_in_a_file_is_taken_without_the_line_break_at_its_end() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("secret").display().to_string();
    for (name, value) in SECRETS {
        let set = |name: &str, value: &str| {
            Config::read(|asked| match asked {
                "SECRET_KEY" if name.starts_with("SECRET_KEY_P") => Some(LONG.to_owned()),
                _ => (asked == name).then(|| value.to_owned()),
            })
        };
        let directly = set(name, value).expect("a setting");
        for end in ["", "\n", "\r\n"] {
            std::fs::write(&path, format!("{value}{end}")).expect("a file");
            let config = set(&format!("{name}_FILE"), &path).expect("a setting");
            assert_eq!(config.smtp_url, directly.smtp_url);
            assert_eq!(config.secret_key_previous, directly.secret_key_previous);
            assert_eq!(config.database.to_string(), directly.database.to_string());
            let keys = (config.secret_key, directly.secret_key.clone());
            assert!(directly.secret_key_is_random || keys.0 == keys.1, "{name}");
        }
    }
    // Only one line break is dropped, and no space.
    std::fs::write(&path, " key \n\n").expect("a file");
    let config = read(&[("SECRET_KEY_FILE", &path)]).expect("a setting");
    assert_eq!(config.secret_key.0, b" key \n");
}

#[test]
fn a_file_that_holds_no_value_that_fits_is_named_and_its_content_is_not() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("secret").display().to_string();
    let long = vec![b'x'; 65 * 1024];
    for (name, value) in SECRETS {
        let (in_file, missing) = (format!("{name}_FILE"), format!("{path}.missing"));
        let refused = |settings: &[(&str, &str)]| {
            let production = [("APP_ENV", "production")];
            let error = read(&[&production, settings].concat()).expect_err("a refusal");
            assert!(error.contains(&in_file), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
            error
        };
        let unread = refused(&[(&in_file, &missing)]);
        assert!(
            unread.contains(&missing) && unread.contains("No such file"),
            "{unread}"
        );
        let twice = refused(&[(&in_file, &path), (name, value)]);
        assert!(twice.contains("are both set"), "{twice}");
        for (content, problem) in [
            ("\n".as_bytes(), "an empty file"),
            (b"postgres://hunter2:x@host:port/\n", "whose content"),
            (b"hunter2\xff", "valid UTF-8"),
            (&long, "more than 64 KiB"),
        ] {
            // Any text of 32 bytes is a key.
            let content = match name.starts_with("SECRET_KEY") && problem == "whose content" {
                true => b"hunter2".as_slice(),
                false => content,
            };
            std::fs::write(&path, content).expect("a file");
            let error = refused(&[(&in_file, &path)]);
            assert!(error.contains(&path) && error.contains(problem), "{error}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_overrides_env_also_where_one_names_a_file() {
    let written = |folder: &TempDir, name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("a file");
    };
    for (in_file, in_environment) in [
        ("DATABASE_URL=one.db", ("DATABASE_URL_FILE", "url")),
        ("DATABASE_URL_FILE=url", ("DATABASE_URL", "two.db")),
    ] {
        let folder = TempDir::new().expect("a folder");
        written(&folder, ".env", in_file);
        let named = if in_file.contains("_FILE") {
            "one.db"
        } else {
            "two.db"
        };
        written(&folder, "url", named);
        let mut migrate = command(BINARY, &folder);
        migrate
            .arg("migrate")
            .env(in_environment.0, in_environment.1);
        let done = output(migrate, "").await;
        assert!(done.status.success(), "{}", text(&done));
        let is_there = |name: &str| folder.path().join(name).exists();
        assert!(is_there("two.db") && !is_there("one.db"), "{in_file}");
    }
}
