//! Where PostgreSQL is, and how the server connects to it.

use std::fmt;
use std::io;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use futures_util::FutureExt;
use futures_util::future::select_ok;
use tokio::time::{sleep, timeout};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{TlsMode, TlsSettings};

/// How long PostgreSQL may take to admit the server once the network has connected them.
const GREETING: Duration = Duration::from_secs(3);

/// By how much a connection to one host is tried before one to the next. The hosts do not wait for each other any longer,
/// because one that has lost its power or hangs would use up the time that a request has.
const HEAD_START: Duration = Duration::from_millis(200);

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
    /// One for each host that the URL names, in the same order.
    hosts: Vec<Config>,
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
        let urls = for_each_host(&url);
        let hosts: Result<Vec<_>, _> = urls.iter().map(|url| config(url, &tls)).collect();
        let mut hosts = hosts?;
        // Of several hosts, only one is the primary.
        if urls.len() > 1 && !names(&url, "target_session_attrs") {
            for host in &mut hosts {
                host.target_session_attrs(TargetSessionAttrs::ReadWrite);
            }
        }
        let tls = tls.connector()?;
        Ok(Self { hosts, tls })
    }

    /// How many hosts it may be on.
    pub(super) fn hosts(&self) -> usize {
        self.hosts.len()
    }

    /// Opens a connection. Of several hosts, to the first one that answers, and that takes writes unless the URL asks for
    /// something else.
    ///
    /// # Errors
    /// Also if PostgreSQL takes the connection and says nothing: the limit of tokio-postgres is for the network alone.
    pub(super) async fn connect(&self) -> Result<AsyncPgConnection, Unconnected> {
        let attempts = self.hosts.iter().zip(0..).map(|(host, before): (_, u32)| {
            async move {
                sleep(HEAD_START * before).await;
                let opened = timeout(limit(host), self.open(host)).await;
                opened.unwrap_or_else(|_| Err(Unconnected::silent()))
            }
            .boxed()
        });
        let (opened, _others) = select_ok(attempts).await?;
        Ok(opened)
    }

    async fn open(&self, host: &Config) -> Result<AsyncPgConnection, Unconnected> {
        let (client, connection) = host.connect(self.tls.clone()).await?;
        Ok(AsyncPgConnection::try_from_client_and_connection(client, connection).await?)
    }

    /// Whether PostgreSQL greets who connects. An error of its own, such as that it has no connection left, is a greeting
    /// too. A standby among several hosts does not count.
    pub(super) async fn greets(&self) -> bool {
        let greeted = self.hosts.iter().map(|host| {
            async move {
                match host.connect(self.tls.clone()).await {
                    Err(error) if error.as_db_error().is_none() => Err(()),
                    _ => Ok(()),
                }
            }
            .boxed()
        });
        select_ok(greeted).await.is_ok()
    }

    /// Asks PostgreSQL to end the statement that a connection runs.
    pub(super) async fn cancel(
        &self,
        conn: &AsyncPgConnection,
    ) -> Result<(), tokio_postgres::Error> {
        conn.cancel_token().cancel_query(self.tls.clone()).await
    }
}

/// The URL once for each of its hosts, with that one alone.
fn for_each_host(url: &str) -> Vec<String> {
    let scheme = url.find("://").map_or(0, |at| at + 3);
    let begin = url.find('@').map_or(scheme, |at| at + 1);
    let end = url[begin..]
        .find(['/', '?'])
        .map_or(url.len(), |at| begin + at);
    // The addresses of a parameter belong to all hosts of the URL.
    if names(url, "hostaddr") {
        return vec![url.to_owned()];
    }
    let alone = |host| [&url[..begin], host, &url[end..]].concat();
    url[begin..end].split(',').map(alone).collect()
}

/// How to connect to a host.
fn config(url: &str, tls: &TlsSettings) -> Result<Config, String> {
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
    // If the network swallows what is sent, the connection breaks instead of keeping its place for a quarter of an hour.
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(SILENCE);
    }
    if !names(url, "keepalives_idle") {
        config.keepalives_idle(SILENCE);
    }
    Ok(config)
}

/// How long it may take until a host has admitted the server.
fn limit(host: &Config) -> Duration {
    let network = host.get_connect_timeout().copied().unwrap_or_default();
    let addresses = u32::try_from(host.get_hosts().len().max(1)).unwrap_or(u32::MAX);
    network.saturating_mul(addresses).saturating_add(GREETING)
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
        let Some(first) = self.hosts.first() else {
            return f.write_str("postgres://");
        };
        let user = first.get_user().map(|user| format!("{user}@"));
        let hosts: Vec<_> = self.hosts.iter().map(address).collect();
        let name = first.get_dbname().or(first.get_user());
        write!(
            f,
            "postgres://{}{}/{}",
            user.unwrap_or_default(),
            hosts.join(","),
            name.unwrap_or_default()
        )
    }
}

/// `host:port`. Parameters of the URL may name several of both.
fn address(config: &Config) -> String {
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(folder) => folder.display().to_string(),
    });
    let addresses = config.get_hostaddrs().iter().map(ToString::to_string);
    let hosts: Vec<_> = match config.get_hosts() {
        [] => addresses.collect(),
        _ => hosts.collect(),
    };
    let ports: Vec<_> = match config.get_ports() {
        [] => vec!["5432".to_owned()],
        ports => ports.iter().map(ToString::to_string).collect(),
    };
    format!("{}:{}", hosts.join(","), ports.join(","))
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
