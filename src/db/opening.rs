//! Opens the database when the program starts. Waits for it, or says what is wrong with it and what to do.

use std::error::Error as StdError;
use std::fs::OpenOptions;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use diesel::ConnectionError;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use tokio_postgres::error::SqlState;

use super::demands::Unfit;
use super::migrate;
use super::postgres::{Unconnected, is_standby};
use super::sqlite::NO_FOLDER;
use super::url::DbUrl;
use crate::error::chain;

/// The first pause before another attempt. Each pause is twice as long as the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How often the log says that the program still waits.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// Why the database cannot be used. Says which database, without its password, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("cannot use the database {database}: {cause}{}{advice}", if advice.is_empty() { "" } else { "\n" })]
pub struct Unusable {
    database: String,
    cause: String,
    advice: String,
}

impl Unusable {
    /// The same, where the database is named by something else than `DATABASE_URL`.
    pub(super) fn of(mut self, setting: &str) -> Self {
        self.advice = self.advice.replace("DATABASE_URL", setting);
        self
    }
}

/// What an error means to the operator.
#[derive(Default)]
struct Meaning {
    advice: &'static str,
    /// Whether it may pass by itself, because PostgreSQL or the network is only about to start.
    may_pass: bool,
}

/// Opens the database, runs the pending migrations and returns their names. While PostgreSQL cannot be reached, tries
/// again until `wait` is over.
///
/// # Errors
/// A sentence for the operator.
pub async fn open(url: &DbUrl, wait: Duration) -> Result<Vec<String>, Unusable> {
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut said: Option<Instant> = None;
    loop {
        let error = match migrate::run(url).await {
            Ok(ran) => return Ok(ran),
            Err(error) => error,
        };
        let (unusable, may_pass) = explain(url, &*error);
        let left = wait.saturating_sub(begun.elapsed());
        if !may_pass || left.is_zero() {
            return Err(unusable);
        }
        if said.is_none_or(|said| said.elapsed() >= SAID_EVERY) {
            said = Some(Instant::now());
            let (database, cause) = (&unusable.database, &unusable.cause);
            let seconds_left = left.as_secs();
            tracing::warn!(%database, %cause, seconds_left, "the database cannot be used yet; waiting");
        }
        tokio::time::sleep(pause.min(left)).await;
        pause = LONGEST_PAUSE.min(2 * pause);
    }
}

/// The error for the operator, and whether it may pass by itself.
fn explain(url: &DbUrl, error: &(dyn StdError + 'static)) -> (Unusable, bool) {
    let mut cause = chain(error);
    let meaning = match url {
        DbUrl::Postgres(_) => of_postgres(error, &cause),
        DbUrl::Sqlite(path) => {
            // SQLite's own text does not say why it cannot open or make a file.
            let mut open = OpenOptions::new();
            let open = open.read(true).write(true).create(true).truncate(false);
            let opened = open.open(path);
            if let Err(error) = &opened
                && !cause.contains(NO_FOLDER)
            {
                cause = format!("{cause}: {error}");
            }
            of_sqlite(path, opened.is_ok(), &cause)
        }
    };
    let unusable = Unusable {
        database: url.to_string(),
        cause,
        advice: meaning.advice.to_owned(),
    };
    (unusable, meaning.may_pass)
}

fn of_postgres(error: &(dyn StdError + 'static), cause: &str) -> Meaning {
    let refused = match error.downcast_ref() {
        Some(Unconnected::Silent(_)) => return of_io(Some(io::ErrorKind::TimedOut), cause),
        Some(Unconnected::Refused(refused)) => refused,
        _ if matches!(error.downcast_ref::<Unfit>(), Some(Unfit::Standby)) => return standby(),
        // The connection works, and something else failed.
        _ if is_closed(error) => return broken(),
        _ => {
            let advice = match cause.contains("permission denied") {
                true => {
                    "The role lacks a right. docs/operations.md says under \"Roles\" which rights it needs."
                }
                false => "",
            };
            return Meaning {
                advice,
                may_pass: false,
            };
        }
    };
    match refused.code() {
        Some(state) => of_state(state),
        None if refused.is_closed() => broken(),
        None => of_network(refused, cause),
    }
}

/// Whether a statement failed because PostgreSQL or the network has closed the connection.
fn is_closed(error: &(dyn StdError + 'static)) -> bool {
    use ConnectionError::CouldntSetupConfiguration;
    use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
    let failed = match (error.downcast_ref(), error.downcast_ref()) {
        (Some(Unfit::Failed(failed)), _)
        | (_, Some(Unconnected::NotPrepared(CouldntSetupConfiguration(failed)))) => Some(failed),
        _ => error.downcast_ref(),
    };
    match failed {
        // diesel-async has the second one for each error that PostgreSQL has not sent.
        Some(DieselError::DatabaseError(ClosedConnection | UnableToSendCommand, _)) => true,
        // diesel has no kind for it.
        Some(DieselError::DatabaseError(_, info)) => {
            info.message().starts_with("terminating connection")
        }
        _ => false,
    }
}

/// The connection was closed while it was used, as by a PostgreSQL that restarts.
fn broken() -> Meaning {
    Meaning {
        advice: "PostgreSQL, or a proxy before it, has closed the connection. Look into its log, and start the server again \
                 when PostgreSQL runs, or raise DATABASE_WAIT_SECONDS.",
        may_pass: true,
    }
}

/// It takes no writes, and may be about to be promoted.
fn standby() -> Meaning {
    Meaning {
        advice: "The server needs the primary. Name it in DATABASE_URL, or name all hosts of PostgreSQL, separated by \
                 commas: the server finds the one that takes writes.",
        may_pass: true,
    }
}

/// What PostgreSQL says when it refuses a connection.
fn of_state(state: &SqlState) -> Meaning {
    let is_stopping = matches!(*state, SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN);
    // The class of errors of the connection.
    if is_stopping || state.code().starts_with("08") {
        return broken();
    }
    let advice = match *state {
        SqlState::INVALID_PASSWORD => {
            "The password is wrong, or there is no such role. Correct the user and the password in DATABASE_URL. Special \
             characters must be percent-encoded."
        }
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "PostgreSQL does not admit this role from here. Correct the user in DATABASE_URL, or allow the connection in \
             PostgreSQL's pg_hba.conf."
        }
        SqlState::INVALID_CATALOG_NAME => {
            "Make the database with CREATE DATABASE, or correct its name in DATABASE_URL."
        }
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "The role lacks a right. docs/operations.md says under \"Roles\" which rights it needs."
        }
        SqlState::CANNOT_CONNECT_NOW => {
            "PostgreSQL is starting or stopping. Start the server again when PostgreSQL accepts connections, or raise \
             DATABASE_WAIT_SECONDS."
        }
        SqlState::TOO_MANY_CONNECTIONS => {
            "All connections of PostgreSQL are taken. Raise max_connections in PostgreSQL, or lower DB_POOL_SIZE of the \
             servers."
        }
        _ => "",
    };
    Meaning {
        advice,
        may_pass: matches!(
            *state,
            SqlState::CANNOT_CONNECT_NOW | SqlState::TOO_MANY_CONNECTIONS
        ),
    }
}

/// What it means that PostgreSQL has said nothing.
fn of_network(error: &tokio_postgres::Error, cause: &str) -> Meaning {
    if cause.contains("password missing") {
        let advice = "PostgreSQL asks for a password. Write it into DATABASE_URL.";
        return Meaning {
            advice,
            may_pass: false,
        };
    }
    let failed = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    if cause.contains("TLS handshake") {
        let advice = "The connection could not be encrypted as sslmode in DATABASE_URL asks for. Check the certificate of \
             PostgreSQL, its ssl settings, and sslrootcert in DATABASE_URL (docs/configuration.md, TLS to PostgreSQL).";
        return Meaning {
            advice,
            may_pass: false,
        };
    }
    match failed.map(io::Error::kind) {
        _ if is_standby(error) => standby(),
        kind => of_io(kind, cause),
    }
}

/// What an error of the network means.
fn of_io(kind: Option<io::ErrorKind>, cause: &str) -> Meaning {
    let advice = match kind {
        None | Some(io::ErrorKind::PermissionDenied) => return Meaning::default(),
        Some(io::ErrorKind::ConnectionRefused) => {
            "Nothing listens there. Check that PostgreSQL runs and listens on this address, and correct the host and the \
             port in DATABASE_URL."
        }
        Some(io::ErrorKind::TimedOut) => {
            "Nothing answers there. Correct the host and the port in DATABASE_URL, or open the port in the \
             firewall."
        }
        _ if cause.contains("lookup") => {
            "No name server knows this host. Correct the host in DATABASE_URL."
        }
        _ => "Check that PostgreSQL runs there, and correct the host and the port in DATABASE_URL.",
    };
    Meaning {
        advice,
        may_pass: true,
    }
}

/// What an error of SQLite means, given whether the file can be opened.
fn of_sqlite(path: &Path, can_be_opened: bool, cause: &str) -> Meaning {
    let advice = match can_be_opened {
        _ if cause.contains(NO_FOLDER) => {
            "The folder of the file does not exist. Make it and let the user that runs the server write to it, or correct \
             DATABASE_URL."
        }
        _ if path.is_dir() => "This is a folder. Name a file in it in DATABASE_URL.",
        true if cause.contains("not a database") => {
            "The file is not a SQLite database, or it is damaged. Correct DATABASE_URL, or restore a backup."
        }
        true if cause.contains("locked") => {
            "Another program holds the file locked. End it, and run one server only on a file."
        }
        true if cause.contains("full") => "Make room on the disk.",
        true if !cause.contains("readonly") && !cause.contains("unable to open") => "",
        _ => {
            "The user that runs the server must be allowed to read and write the file and its folder, where SQLite keeps \
             two more files beside it."
        }
    };
    Meaning {
        advice,
        may_pass: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: DatabaseErrorKind, message: &str) -> DieselError {
        DieselError::DatabaseError(kind, Box::new(message.to_owned()))
    }

    #[test]
    fn a_connection_that_breaks_under_a_statement_is_waited_for() {
        let url = DbUrl::parse("postgres://crew@localhost/crew").expect("a URL");
        let closed = || failed(DatabaseErrorKind::UnableToSendCommand, "connection closed");
        let given_up = failed(DatabaseErrorKind::ClosedConnection, "no answer any more");
        let message = "terminating connection due to administrator command";
        let ended = failed(DatabaseErrorKind::Unknown, message);
        let not_prepared = ConnectionError::CouldntSetupConfiguration(closed());
        let errors: [Box<dyn StdError>; 5] = [
            Box::new(closed()),
            Box::new(given_up),
            Box::new(Unfit::Failed(closed())),
            Box::new(Unconnected::NotPrepared(not_prepared)),
            Box::new(ended),
        ];
        for error in errors {
            let (unusable, may_pass) = explain(&url, &*error);
            assert!(may_pass, "{unusable}");
            assert!(unusable.advice.contains("has closed the connection"));
        }
        let other = failed(DatabaseErrorKind::Unknown, "division by zero");
        assert!(!explain(&url, &other).1);
    }
}
