//! Where PostgreSQL is, and how the server connects to it.

use std::fmt;
use std::io;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use tokio::time::timeout;
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{TlsMode, TlsSettings};

/// How long PostgreSQL may take to admit the server once the network has connected them.
const GREETING: Duration = Duration::from_secs(3);

/// How long PostgreSQL's side may be silent although something was sent. It is longer than a statement may take.
const SILENCE: Duration = Duration::from_secs(15);

/// Settings of each connection: time limits, so that a stuck statement does not block others. Statements are planned
/// once for each connection: PostgreSQL would otherwise plan those with an array anew each time, which costs more than
/// most of them. The tests read these plans. A page of an index is as good as the next one of a table: PostgreSQL would
/// otherwise read all missions where there is a single organisation, to find those to come.
const SETTINGS: &str = "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s \
                        -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1";

/// The parameters of a URL that tokio-postgres knows.
const KNOWN: [&str; 18] = [
    "application_name",
    "channel_binding",
    "connect_timeout",
    "dbname",
    "host",
    "hostaddr",
    "keepalives",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_retries",
    "load_balance_hosts",
    "options",
    "password",
    "port",
    "sslnegotiation",
    "target_session_attrs",
    "tcp_user_timeout",
    "user",
];

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
    /// It takes the connection, and then says nothing in time.
    #[error("error connecting to server: {0}")]
    Silent(io::Error),
}

impl Unconnected {
    pub(super) fn silent() -> Self {
        Self::Silent(io::ErrorKind::TimedOut.into())
    }
}

impl Postgres {
    /// Reads a URL. The error does not contain the URL, because that may contain a password.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        refuse_plain_at(url)?;
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
        if !names(&url, "keepalives_idle") {
            config.keepalives_idle(SILENCE);
        }
        let tls = tls.connector()?;
        Ok(Self { config, tls })
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// Also if PostgreSQL takes the connection and says nothing: the limit of tokio-postgres is for the network alone.
    pub(super) async fn connect(&self) -> Result<AsyncPgConnection, Unconnected> {
        self.in_time(self.open()).await
    }

    /// Opens a connection without diesel, for `COPY`. It ends with the client.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub(super) async fn client(&self) -> Result<Client, Unconnected> {
        let connect = async { Ok(self.config.connect(self.tls.clone()).await?) };
        let (client, connection) = self.in_time(connect).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to PostgreSQL broke");
            }
        });
        Ok(client)
    }

    async fn in_time<T>(
        &self,
        opening: impl Future<Output = Result<T, Unconnected>>,
    ) -> Result<T, Unconnected> {
        let network = self.config.get_connect_timeout().copied();
        let addresses = self.config.get_hosts().len().max(1);
        let addresses = u32::try_from(addresses).unwrap_or(u32::MAX);
        let limit = network.unwrap_or_default().saturating_mul(addresses);
        let opened = timeout(limit.saturating_add(GREETING), opening).await;
        opened.unwrap_or_else(|_| Err(Unconnected::silent()))
    }

    async fn open(&self) -> Result<AsyncPgConnection, Unconnected> {
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

/// Refuses an `@` that is not the end of the user and the password: tokio-postgres would take what follows it for the
/// host, and the rest of a password would be shown and sent to a name server.
fn refuse_plain_at(url: &str) -> Result<(), String> {
    let Some((login, rest)) = url.split_once('@') else {
        return Ok(());
    };
    // A password may be a parameter, in a URL without a login.
    if rest.contains('@') || login.contains("password=") {
        return Err("contains an @ that is not percent-encoded (%40)".to_owned());
    }
    Ok(())
}

/// Where the parameters of a URL begin, with their question mark. A password may contain a question mark too.
fn parameters(url: &str) -> Option<usize> {
    let host = url.find('@').unwrap_or_default();
    url[host..].find('?').map(|at| host + at)
}

/// Whether a URL has this parameter.
fn names(url: &str, name: &str) -> bool {
    let parameters = parameters(url).map_or("", |at| &url[at + 1..]);
    form_urlencoded::parse(parameters.as_bytes()).any(|(found, _)| found == name)
}

/// Takes the parameters about TLS out of a URL, because tokio-postgres does not know all of them.
fn without_tls(url: &str) -> Result<(String, TlsSettings), String> {
    let mut tls = TlsSettings::default();
    let Some(at) = parameters(url) else {
        return Ok((url.to_owned(), tls));
    };
    let (base, parameters) = url.split_at(at);
    let mut others = Vec::new();
    for parameter in parameters[1..].split('&') {
        // In a form a plus sign would be a space.
        let plain = parameter.replace('+', "%2B");
        match form_urlencoded::parse(plain.as_bytes()).next() {
            Some((name, mode)) if name == "sslmode" => tls.mode = TlsMode::parse(&mode)?,
            Some((name, path)) if name == "sslrootcert" => tls.root_file = Some(path.into_owned()),
            Some((name, _)) if !KNOWN.contains(&&*name) => return Err(unknown(&name)),
            _ => others.push(parameter),
        }
    }
    Ok((format!("{base}?{}", others.join("&")), tls))
}

/// The error for a parameter that nobody knows. It shows the name only if it can be one.
fn unknown(name: &str) -> String {
    let is_name = name.len() <= 40
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    match is_name {
        true => format!("has the parameter {name}, which this server does not know"),
        false => "has a parameter that this server does not know".to_owned(),
    }
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
