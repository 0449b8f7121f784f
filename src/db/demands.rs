//! Checks at start-up that the PostgreSQL database is suitable. Otherwise the server would fail later, for some names
//! and in some transactions only.

use diesel::result::Error as DieselError;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

/// Why a database is refused.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// It cannot hold every character.
    #[error(
        "the database's encoding is {0}, and names need UTF8: make it with CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8'"
    )]
    Encoding(String),
    /// The server could not recognise its errors.
    #[error(
        "PostgreSQL writes its errors in another language (lc_messages is {0}), and the server needs them in English: \
         as a superuser, run ALTER ROLE … SET lc_messages = 'C' for the role that this server connects as"
    )]
    Language(String),
    /// It takes no writes.
    #[error("this PostgreSQL is a standby, which takes no writes")]
    Standby,
    /// It does not answer.
    #[error(transparent)]
    Failed(#[from] DieselError),
}

/// Whether a database can be worked on.
pub(super) async fn check(conn: &mut AsyncPgConnection) -> Result<(), Unfit> {
    let is_standby = diesel::dsl::sql::<Bool>("SELECT pg_is_in_recovery()");
    if is_standby.get_result::<bool>(conn).await? {
        return Err(Unfit::Standby);
    }
    let encoding = setting(conn, "server_encoding").await?;
    if encoding != "UTF8" {
        return Err(Unfit::Encoding(encoding));
    }
    // `lc_messages` alone does not show the language. The names of locales differ between machines, and the translation
    // may be missing.
    let provoked = "SELECT 1 / 0 -- coulisses-crew checks the language of error messages";
    let told = conn.batch_execute(provoked).await;
    match told {
        Err(DieselError::DatabaseError(_, info)) if info.message() == "division by zero" => Ok(()),
        Err(DieselError::DatabaseError(..)) => {
            Err(Unfit::Language(setting(conn, "lc_messages").await?))
        }
        other => Ok(other?),
    }
}

async fn setting(conn: &mut AsyncPgConnection, name: &str) -> Result<String, DieselError> {
    let value = diesel::dsl::sql::<Text>("current_setting(")
        .bind::<Text, _>(name)
        .sql(")");
    diesel::select(value).get_result(conn).await
}
