//! What a `DATABASE_URL` may contain, and that no error shows a part of a password.

use coulisses_crew::db::DbUrl;

/// Why a URL is refused. Its password is made of these words.
fn problem(url: &str) -> String {
    let parsed = DbUrl::parse(url);
    let problem = parsed.map(|_| ()).expect_err("a refusal");
    for word in ["hunter", "secret"] {
        assert!(!problem.contains(word), "{problem}");
    }
    problem
}

#[test]
fn a_password_with_an_at_that_is_not_encoded_is_refused_and_not_shown() {
    for url in [
        "postgres://crew:hunter@secret@db.example/crew",
        "postgresql://crew:hunter@secret@db.example:5432/crew?sslmode=require",
        "postgres://crew:hunter@secret/hunter@db.example/crew",
        "postgres://crew:hunter@secret?secret=hunter@db.example/crew",
        "postgres://crew:hunter@secret?secret@db.example/crew",
        "postgres://db.example/crew?user=crew&password=hunter@secret",
        "postgres://crew@db.example/crew?password=hunter@secret",
        "postgres://db1.example,db2.example/crew?user=hunter@secret",
        "postgres://db.example?user=hunter@secret",
        "postgres://crew:hunter/secret@db.example/crew",
        "postgres://crew:hunter?secret@db.example/crew",
    ] {
        let problem = problem(url);
        assert!(problem.contains("not percent-encoded (%40)"), "{problem}");
    }
    let encoded = DbUrl::parse("postgres://crew%40one:hunter%40secret@db.example/crew");
    let shown = encoded.expect("a URL").to_string();
    assert_eq!(shown, "postgres://crew@one@db.example:5432/crew");
}

#[test]
fn a_parameter_that_is_not_known_is_named_without_its_value() {
    let of = |parameters| problem(&format!("postgres://crew@db.example/crew?{parameters}"));
    for parameters in ["schema=secret", "connect_timeout=2&schema=secret", "schema"] {
        let problem = of(parameters);
        assert!(problem.contains("the parameter schema"), "{problem}");
    }
    assert!(of("Secret%20hunter=1").contains("a parameter that"));
    let known =
        DbUrl::parse("postgres://crew@db.example/crew?connect_timeout=2&keepalives_idle=9&");
    known.expect("known parameters");
}

#[test]
fn a_url_of_postgresql_without_its_slashes_is_no_file() {
    for url in [
        "postgres:/crew:secret@host/db",
        "postgresql:crew:secret@host/db",
    ] {
        assert!(problem(url).contains("two slashes"));
    }
}

#[test]
fn several_hosts_are_shown_with_their_ports_and_without_the_password() {
    for (hosts, expected) in [
        (
            "db1.example,db2.example",
            "db1.example:5432,db2.example:5432",
        ),
        ("db1.example:6432,[::1]:5433", "db1.example:6432,::1:5433"),
    ] {
        for parameters in ["", "?connect_timeout=1", "?target_session_attrs=any"] {
            let url = format!("postgres://crew:hunter%40secret@{hosts}/crew{parameters}");
            let shown = DbUrl::parse(&url).expect("a URL").to_string();
            assert_eq!(shown, format!("postgres://crew@{expected}/crew"));
        }
    }
}

#[test]
fn several_hosts_stand_before_the_name_and_not_among_the_parameters() {
    for hosts in [
        "/crew?host=db1.example,db2.example",
        "/crew?host=db1.example&host=db2.example",
        "db1.example/crew?host=db2.example",
        "db.example/crew?hostaddr=127.0.0.1,127.0.0.2",
        "/crew?hostaddr=127.0.0.1,127.0.0.2",
    ] {
        let problem = problem(&format!("postgres://crew:secret@{hosts}"));
        for words in ["several hosts", "before the name of the database"] {
            assert!(problem.contains(words), "{hosts}: {problem}");
        }
    }
    for addresses in ["127.0.0.1", "127.0.0.1,127.0.0.2"] {
        let both = "postgres://crew:secret@db1.example,db2.example/crew?hostaddr=";
        let problem = problem(&format!("{both}{addresses}"));
        assert!(problem.contains("several hosts"), "{problem}");
    }
    for (one, expected) in [
        ("/crew?host=/var/run/postgresql", "/var/run/postgresql:5432"),
        ("db.example:6432/crew?hostaddr=127.0.0.1", "db.example:6432"),
        ("/crew?hostaddr=127.0.0.1", "127.0.0.1:5432"),
    ] {
        let shown = DbUrl::parse(&format!("postgres://crew@{one}")).expect("a URL");
        assert_eq!(
            shown.to_string(),
            format!("postgres://crew@{expected}/crew")
        );
    }
}
