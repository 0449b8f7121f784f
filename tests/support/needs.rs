//! What some tests need and a machine may lack. Such a test is left out, and `tests/left_out.rs` says so at the end.

use std::fmt;
use std::path::Path;
use std::process::Command;

/// Something outside this repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// A PostgreSQL server.
    Postgres,
    /// One with certificates for TLS.
    Tls,
    /// The programs that dump and restore a PostgreSQL database, in the version of the server.
    PostgresClients,
    /// A Python that runs the scripts.
    Python,
    /// The command line's HTTP client.
    Curl,
    /// A Python with the package icalendar.
    Icalendar,
    /// The Node packages of a folder.
    Packages(&'static str),
}

/// All of them.
pub const NEEDS: [Need; 8] = [
    Need::Postgres,
    Need::Tls,
    Need::PostgresClients,
    Need::Python,
    Need::Curl,
    Need::Icalendar,
    Need::Packages("examples/web"),
    Need::Packages("tests/front_end"),
];

impl Need {
    /// Whether it is there.
    pub fn is_there(self) -> bool {
        match self {
            Self::Postgres => variable("TEST_DATABASE_URL").is_some(),
            Self::Tls => variable("TEST_DATABASE_TLS").is_some(),
            Self::PostgresClients => variable("TEST_POSTGRES_CLIENTS").is_some(),
            Self::Python => runs_python("--version"),
            Self::Curl => Command::new("curl").arg("--version").output().is_ok(),
            Self::Icalendar => runs_python("-cimport icalendar"),
            Self::Packages(folder) => Path::new(env!("CARGO_MANIFEST_DIR"))
                .join(folder)
                .join("node_modules")
                .is_dir(),
        }
    }
}

/// Why a test is left out.
impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Postgres => write!(
                f,
                "PostgreSQL is not tested; run: tests/with-postgres cargo test"
            ),
            Self::Tls => write!(
                f,
                "TLS to PostgreSQL is not tested; install openssl and run: tests/with-postgres cargo test"
            ),
            Self::PostgresClients => write!(
                f,
                "dumping PostgreSQL is not tested; there is no pg_dump of the version of the server"
            ),
            Self::Python => write!(f, "tests of scripts do not run; there is no python3"),
            Self::Curl => write!(
                f,
                "commands of the documentation do not run; there is no curl"
            ),
            Self::Icalendar => write!(
                f,
                "calendar files are not read by another program; run: pip install -r tests/outbox/requirements.txt"
            ),
            Self::Packages(folder) => write!(
                f,
                "tests of {folder} do not run; in that folder, run: npm ci"
            ),
        }
    }
}

fn runs_python(argument: &str) -> bool {
    let output = Command::new("python3").arg(argument).output();
    output.is_ok_and(|output| output.status.success())
}

/// A variable of the environment that is not empty.
#[expect(
    clippy::disallowed_methods,
    reason = "a choice of whoever runs the tests"
)]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
