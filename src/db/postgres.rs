//! Where PostgreSQL is, and how the server connects to it.

use std::fmt;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{TlsMode, TlsSettings};

/// How long PostgreSQL's side may be silent although something was sent. It is longer than a statement may take.
const SILENCE: Duration = Duration::from_secs(15);

/// Settings of each connection: time limits, so that a stuck statement does not block others. Statements are planned
/// once for each connection: PostgreSQL would otherwise plan those with an array anew each time, which costs more than
/// most of them. The tests read these plans. A page of an index is as good as the next one of a table: PostgreSQL would
/// otherwise read all missions where there is a single organisation, to find those to come.
const SETTINGS: &str = "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s \
                        -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1";

/// A database of PostgreSQL. Shown without its password.
#[derive(Clone)]
pub struct Postgres {
    config: Config,
    tls: MakeRustlsConnect,
}

/// Why no connection could be opened.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unconnected {
    #[error(transparent)]
    Refused(#[from] tokio_postgres::Error),
    #[error(transparent)]
    NotPrepared(#[from] ConnectionError),
}

impl Postgres {
    /// Reads a URL. The error does not contain the URL, because that may contain a password.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let (url, tls) = without_tls(url)?;
        let mut config: Config = url
            .parse()
            .map_err(|_| "is not a PostgreSQL URL (postgres://user:password@host:port/name)")?;
        config.ssl_mode(tls.mode.negotiation());
        let options = match config.get_options() {
            Some(own) => format!("{SETTINGS} {own}"),
            None => SETTINGS.to_owned(),
        };
        config.options(options).application_name("coulisses-crew");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(2));
        }
        // If the network swallows what is sent, the connection breaks instead of keeping its place for a quarter of an
        // hour.
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(SILENCE);
        }
        config.keepalives_idle(SILENCE);
        let tls = tls.connector()?;
        Ok(Self { config, tls })
    }

    /// Opens a connection.
    pub(super) async fn connect(&self) -> Result<AsyncPgConnection, Unconnected> {
        let (client, connection) = self.config.connect(self.tls.clone()).await?;
        Ok(AsyncPgConnection::try_from_client_and_connection(client, connection).await?)
    }

    /// Whether PostgreSQL greets who connects. An error of its own, such as that it has no connection left, is a greeting
    /// too.
    pub(super) async fn greets(&self) -> bool {
        match self.config.connect(self.tls.clone()).await {
            Ok(_) => true,
            Err(error) => error.as_db_error().is_some(),
        }
    }

    /// Asks PostgreSQL to end the statement that a connection runs.
    pub(super) async fn cancel(
        &self,
        conn: &AsyncPgConnection,
    ) -> Result<(), tokio_postgres::Error> {
        conn.cancel_token().cancel_query(self.tls.clone()).await
    }
}

/// Takes the parameters about TLS out of a URL, because tokio-postgres does not know all of them.
fn without_tls(url: &str) -> Result<(String, TlsSettings), String> {
    let mut tls = TlsSettings::default();
    // A password may contain a question mark.
    let host = url.find('@').unwrap_or_default();
    let Some(at) = url[host..].find('?') else {
        return Ok((url.to_owned(), tls));
    };
    let (base, parameters) = url.split_at(host + at);
    let mut others = Vec::new();
    for parameter in parameters[1..].split('&') {
        // In a form a plus sign would be a space.
        let plain = parameter.replace('+', "%2B");
        match form_urlencoded::parse(plain.as_bytes()).next() {
            Some((name, mode)) if name == "sslmode" => tls.mode = TlsMode::parse(&mode)?,
            Some((name, path)) if name == "sslrootcert" => tls.root_file = Some(path.into_owned()),
            _ => others.push(parameter),
        }
    }
    Ok((format!("{base}?{}", others.join("&")), tls))
}

impl fmt::Display for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.config.get_user().map(|user| format!("{user}@"));
        let hosts = self.config.get_hosts().iter().map(|host| match host {
            Host::Tcp(name) => name.clone(),
            #[cfg(unix)]
            Host::Unix(folder) => folder.display().to_string(),
        });
        let addresses = self.config.get_hostaddrs().iter().map(ToString::to_string);
        let hosts: Vec<_> = match self.config.get_hosts() {
            [] => addresses.collect(),
            _ => hosts.collect(),
        };
        let ports: Vec<_> = match self.config.get_ports() {
            [] => vec!["5432".to_owned()],
            ports => ports.iter().map(ToString::to_string).collect(),
        };
        let name = self.config.get_dbname().or(self.config.get_user());
        write!(
            f,
            "postgres://{}{}:{}/{}",
            user.unwrap_or_default(),
            hosts.join(","),
            ports.join(","),
            name.unwrap_or_default()
        )
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
