//! The conversation with the mail server (RFC 5321).

use std::io;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use percent_encoding::percent_decode_str;
use tokio::time::{Instant, timeout, timeout_at};
use url::Url;

use super::{Refusal, Unsent};
use crate::error::{AppError, Result};

/// How long connecting may take, up to the sign-in.
const CONNECTING: Duration = Duration::from_secs(10);
/// How long connecting to one of its addresses may take. If it has another one, there is time to try that.
const ADDRESS: Duration = Duration::from_secs(4);
/// How long a whole mail may take.
const WHOLE: Duration = Duration::from_secs(30);
/// How long saying goodbye may take. The mail is then sent.
const GOODBYE: Duration = Duration::from_secs(1);

/// A mail server.
#[derive(Clone)]
pub struct Server {
    host: String,
    port: u16,
    tls: Tls,
    hello: ClientId,
    credentials: Option<Credentials>,
}

impl Server {
    /// The server of an `SMTP_URL`, which the configuration has checked.
    ///
    /// # Errors
    /// `INTERNAL` for a URL that the configuration should have refused.
    pub fn at(url: &str) -> Result<Self> {
        let url: Url = url.parse().map_err(AppError::internal)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let parameters = || TlsParameters::new(host.clone()).map_err(AppError::internal);
        let way = url.query_pairs().find(|(name, _)| name == "tls");
        let (port, tls) = match (url.scheme(), way.as_ref().map(|(_, way)| &**way)) {
            ("smtps", _) => (465, Tls::Wrapper(parameters()?)),
            (_, Some("required")) => (587, Tls::Required(parameters()?)),
            (_, Some("opportunistic")) => (587, Tls::Opportunistic(parameters()?)),
            _ => (25, Tls::None),
        };
        let hello = match url.path().trim_matches('/') {
            "" => ClientId::default(),
            name => ClientId::Domain(name.to_owned()),
        };
        let decoded = |text: &str| {
            let text = percent_decode_str(text).decode_utf8();
            text.map(String::from).map_err(AppError::internal)
        };
        let credentials = match url.password() {
            Some(password) => Some(Credentials::new(
                decoded(url.username())?,
                decoded(password)?,
            )),
            None => None,
        };
        Ok(Self {
            port: url.port().unwrap_or(port),
            host,
            tls,
            hello,
            credentials,
        })
    }

    /// Sends a mail over a connection of its own.
    ///
    /// # Errors
    /// [`Unsent`]
    pub async fn send(&self, message: &Message) -> Result<(), Unsent> {
        let end = Instant::now() + WHOLE;
        let mut connection = match timeout(CONNECTING, self.connect()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return Err(away(AppError::unavailable(error))),
            Err(late) => return Err(away(AppError::unavailable(late))),
        };
        let mut has_begun = false;
        let talk = talk(&mut connection, message, &mut has_begun);
        // Dropping the future leaves the connection in the middle of the mail. It is closed when it is dropped.
        let ended = match timeout_at(end, talk).await {
            Ok(ended) => ended,
            Err(late) => {
                return Err(Unsent {
                    may_have_arrived: has_begun,
                    ..away(AppError::unavailable(late))
                });
            }
        };
        let _ = timeout(GOODBYE, connection.abort()).await;
        ended.map_err(|unsent| Unsent {
            may_have_arrived: unsent.may_have_arrived && has_begun,
            ..unsent
        })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let wrapper = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let server = (&*self.host, self.port);
        let connecting =
            AsyncSmtpConnection::connect_tokio1(server, Some(ADDRESS), &self.hello, wrapper, None);
        let mut connection = connecting.await?;
        match &self.tls {
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.hello).await?;
            }
            Tls::Required(parameters) => {
                connection.starttls(parameters.clone(), &self.hello).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

/// Hands a mail over. `has_begun` says whether the mail server had some of it: before, the mail cannot have arrived.
async fn talk(
    connection: &mut AsyncSmtpConnection,
    message: &Message,
    has_begun: &mut bool,
) -> Result<(), Unsent> {
    let (envelope, mail) = (message.envelope(), message.formatted());
    let from = envelope.from();
    let is_ascii = |text: &str| text.is_ascii();
    let mut addresses = from.into_iter().chain(envelope.to()).map(AsRef::as_ref);
    let mut options = Vec::new();
    if !addresses.all(is_ascii) {
        let info = connection.server_info();
        if !info.supports_feature(Extension::SmtpUtfEight) {
            let missing = "the mail server takes ASCII addresses only: it has no SMTPUTF8";
            let missing = io::Error::other(missing);
            return Err(Unsent {
                is_away: false,
                ..away(AppError::unavailable(missing))
            });
        }
        options.push(MailParameter::SmtpUtfEight);
    }
    let hello = Mail::new(from.cloned(), options);
    connection.command(hello).await.map_err(unsent)?;
    for to in envelope.to() {
        let to = Rcpt::new(to.clone(), Vec::new());
        connection.command(to).await.map_err(unsent)?;
    }
    connection.command(Data).await.map_err(unsent)?;
    *has_begun = true;
    connection.message(&mail).await.map(drop).map_err(unsent)
}

/// Nothing was sent.
fn away(error: AppError) -> Unsent {
    Unsent {
        is_away: true,
        may_have_arrived: false,
        refusal: None,
        error,
    }
}

/// What the mail server answered to a step. Without an answer, nobody knows what became of the step.
fn unsent(error: Error) -> Unsent {
    let refusal = match (error.is_permanent(), error.is_transient()) {
        (true, _) => Some(Refusal::ForGood),
        (_, true) => Some(Refusal::ForNow),
        _ => None,
    };
    Unsent {
        is_away: refusal.is_none(),
        may_have_arrived: refusal.is_none(),
        refusal,
        error: AppError::unavailable(error),
    }
}
