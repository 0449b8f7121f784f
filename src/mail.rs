//! Sending mail. Mail goes over SMTP if `SMTP_URL` is set. Otherwise development writes it to the log, and production
//! sends none.

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::Config;
use crate::error::{AppError, Result};

/// Sends mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

#[derive(Clone)]
enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Log,
    None,
}

impl Mailer {
    /// The mailer of the configuration.
    ///
    /// # Errors
    /// `INTERNAL` for an `SMTP_URL` that the configuration should have refused.
    pub fn new(config: &Config) -> Result<Self> {
        let way = match &config.smtp_url {
            Some(url) => {
                let url = String::from_utf8_lossy(&url.0);
                let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&url)
                    .map_err(AppError::internal)?
                    .timeout(Some(std::time::Duration::from_secs(10)));
                Way::Smtp(transport.build())
            }
            None if config.is_production() => Way::None,
            None => Way::Log,
        };
        Ok(Self {
            from: config.mail_from.clone(),
            way,
        })
    }

    /// Whether this server sends mail or at least logs it.
    #[must_use]
    pub fn sends(&self) -> bool {
        !matches!(self.way, Way::None)
    }

    /// Sends a plain text.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the mail server does not take it.
    pub async fn send(&self, to: &str, subject: &str, text: String) -> Result<()> {
        match &self.way {
            Way::None => Ok(()),
            Way::Log => {
                tracing::info!(to, subject, "mail (SMTP_URL is not set):\n{text}");
                Ok(())
            }
            Way::Smtp(transport) => {
                let message = Message::builder()
                    .from(self.from.clone())
                    .to(to.parse().map_err(AppError::internal)?)
                    .subject(subject)
                    .header(ContentType::TEXT_PLAIN)
                    .body(text)
                    .map_err(AppError::internal)?;
                transport
                    .send(message)
                    .await
                    .map(drop)
                    .map_err(AppError::unavailable)
            }
        }
    }
}
