//! Where PostgreSQL is, and how the server connects to it.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::AsyncPgConnection;
use futures_util::StreamExt;
use futures_util::future::select_ok;
use futures_util::stream::FuturesUnordered;
use tokio::time::{sleep, timeout};
use tokio_postgres::config::{Host, TargetSessionAttrs};
use tokio_postgres::{Client, Config};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::drive::drive;
use super::parameters::{for_each_host, names, refuse_plain_at, without_tls};
use super::tls::TlsSettings;
use crate::error::chain;

/// How long PostgreSQL may take to admit the server once the network has connected them.
const GREETING: Duration = Duration::from_secs(3);

/// How long a host has to answer before the next one is asked too. One that has lost its power or hangs would otherwise
/// use up the time that a request has.
const HEAD_START: Duration = Duration::from_millis(200);

/// How long PostgreSQL's side may be silent although something was sent. It is longer than a statement may take.
const SILENCE: Duration = Duration::from_secs(15);

/// How often PostgreSQL's side is asked for a sign of life when the connection has been idle for that long.
const PULSE: Duration = Duration::from_secs(5);

/// Settings of each connection: time limits, so that a stuck statement does not block others. Statements are planned
/// once for each connection: PostgreSQL would otherwise plan those with an array anew each time, which costs more than
/// most of them. The tests read these plans. A page of an index is as good as the next one of a table: PostgreSQL would
/// otherwise read all missions where there is a single organisation, to find those to come.
const SETTINGS: &str = "-c statement_timeout=10s -c lock_timeout=3s -c idle_in_transaction_session_timeout=10s \
                        -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1";

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

    /// How much it tells the operator: most if PostgreSQL has said it, and least if the host is a standby, as all but one
    /// of several hosts should be.
    fn tells(&self) -> u8 {
        match self {
            Self::Refused(error) if error.as_db_error().is_some() => 2,
            Self::Refused(error) if is_standby(error) => 0,
            _ => 1,
        }
    }
}

/// Whether tokio-postgres found a standby where it looked for a server that takes writes.
pub(super) fn is_standby(error: &tokio_postgres::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref());
    source.is_some_and(|source: &io::Error| {
        source.kind() == io::ErrorKind::PermissionDenied
            && source.to_string().contains("does not allow writes")
    })
}

impl Postgres {
    /// Reads a URL. The error does not contain the URL, because that may contain a password.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        refuse_plain_at(url)?;
        let (url, tls) = without_tls(url)?;
        let urls = for_each_host(&url);
        let hosts: Result<Vec<_>, _> = urls.iter().map(|url| config(url, &tls)).collect();
        let mut hosts = hosts?;
        if urls.len() > 1 && names(&url, "hostaddr") {
            return Err(
                "names several hosts and one hostaddr: leave hostaddr out, or name a single host"
                    .to_owned(),
            );
        }
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
        self.first(|host| self.open(host)).await
    }

    /// Opens a connection without diesel, for `COPY`. It ends with the client.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub(super) async fn client(&self) -> Result<Client, Unconnected> {
        let connect = |host: &Config| {
            let (host, tls) = (host.clone(), self.tls.clone());
            async move { Ok(host.connect(tls).await?) }
        };
        let (client, connection) = self.first(connect).await?;
        drive(connection);
        Ok(client)
    }

    /// What the first host gives that gives something in time. The next one is asked when another has failed, or has taken
    /// a while. If all fail, returns the error that tells most; the log has each of them.
    async fn first<'a, T, F>(&'a self, open: impl Fn(&'a Config) -> F) -> Result<T, Unconnected>
    where
        F: Future<Output = Result<T, Unconnected>>,
    {
        let attempt = async |host| {
            let opened = timeout(limit(host), open(host)).await;
            let opened = opened.unwrap_or_else(|_| Err(Unconnected::silent()));
            opened.inspect_err(|error| {
                let (host, cause) = (address(host), chain(error));
                tracing::debug!(host, cause, "no connection to PostgreSQL");
            })
        };
        let mut hosts = self.hosts.iter();
        let mut attempts = FuturesUnordered::new();
        let mut told: Option<Unconnected> = None;
        loop {
            attempts.extend(hosts.next().map(&attempt));
            tokio::select! {
                biased;
                opened = attempts.next() => match opened {
                    Some(Ok(opened)) => return Ok(opened),
                    Some(Err(error)) if told.as_ref().is_none_or(|told| told.tells() < error.tells()) => {
                        told = Some(error);
                    }
                    Some(Err(_)) => {}
                    None => return Err(told.unwrap_or_else(Unconnected::silent)),
                },
                () = sleep(HEAD_START), if hosts.len() > 0 => {}
            }
        }
    }

    async fn open(&self, host: &Config) -> Result<AsyncPgConnection, Unconnected> {
        let (client, connection) = host.connect(self.tls.clone()).await?;
        // diesel-async could drive it as well, but would have each statement subscribe to the errors of the connection. A
        // statement on a connection that breaks fails anyway.
        drive(connection);
        Ok(AsyncPgConnection::try_from(client).await?)
    }

    /// Whether PostgreSQL greets who connects. An error of its own, such as that it has no connection left, is a greeting
    /// too. A standby among several hosts does not count.
    pub(super) async fn greets(&self) -> bool {
        let greeted = self.hosts.iter().map(|host| {
            Box::pin(async move {
                match host.connect(self.tls.clone()).await {
                    Err(error) if error.as_db_error().is_none() => Err(()),
                    _ => Ok(()),
                }
            })
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

/// How to connect to a host.
fn config(url: &str, tls: &TlsSettings) -> Result<Config, String> {
    let mut config: Config = url
        .parse()
        .map_err(|_| "is not a PostgreSQL URL (postgres://user:password@host:port/name)")?;
    // tokio-postgres would ask several of them one after the other, and might stay with one that takes no writes.
    let is_list = |host: &Host| matches!(host, Host::Tcp(names) if names.contains(','));
    let hosts = config.get_hosts();
    if hosts.len().max(config.get_hostaddrs().len()) > 1 || hosts.iter().any(is_list) {
        return Err(
            "names several hosts in its parameters: name them before the name of the database \
             (postgres://user:password@host1:5432,host2:5432/name)"
                .to_owned(),
        );
    }
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
    if config.get_keepalives_interval().is_none() {
        config.keepalives_interval(PULSE);
    }
    Ok(config)
}

/// How long it may take until a host has admitted the server.
fn limit(host: &Config) -> Duration {
    let network = host.get_connect_timeout().copied().unwrap_or_default();
    network.saturating_add(GREETING)
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

/// `host:port`.
fn address(config: &Config) -> String {
    let host = match (config.get_hosts(), config.get_hostaddrs()) {
        ([Host::Tcp(name), ..], _) => name.clone(),
        #[cfg(unix)]
        ([Host::Unix(folder), ..], _) => folder.display().to_string(),
        ([], [address, ..]) => address.to_string(),
        ([], []) => String::new(),
    };
    let port = config.get_ports().first().unwrap_or(&5432);
    format!("{host}:{port}")
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_connection_is_asked_for_signs_of_life_as_the_url_says_or_every_5_s() {
        for (parameters, idle, interval) in [
            ("", 15, 5),
            ("?keepalives_idle=9&keepalives_interval=3", 9, 3),
        ] {
            let url = format!("postgres://crew@db1.example,db2.example/crew{parameters}");
            for host in Postgres::parse(&url).expect("a URL").hosts {
                assert_eq!(host.get_keepalives_idle().as_secs(), idle);
                let set = host.get_keepalives_interval().map(|set| set.as_secs());
                assert_eq!(set, Some(interval));
            }
        }
    }
}
