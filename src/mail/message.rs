//! A mail as it goes to the mail server (RFC 5322, MIME).

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use uuid::Uuid;

use crate::db::types::Timestamp;
use crate::error::{AppError, Result};

/// A mail to one person.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What its `Message-ID` is made of. A mail that is sent twice has the same one both times, so that mail programs
    /// can show it once.
    pub id: Uuid,
    /// When it is sent.
    pub at: Timestamp,
    /// The address of the person.
    pub to: String,
    /// The subject, on one line.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// The same as a page of HTML.
    pub html: Option<String>,
    /// An attached calendar file.
    pub calendar: Option<String>,
}

impl Letter {
    /// The message that the mail server gets.
    ///
    /// # Errors
    /// `INTERNAL` if the recipient's address is not one that the library can use.
    pub(super) fn message(&self, from: &Mailbox) -> Result<Message> {
        let id = format!("<{}@{}>", self.id.simple(), from.email.domain());
        // Programs that answer mail by themselves, such as notices of absence, do not answer these (RFC 3834).
        let automatic = HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        );
        let message = Message::builder()
            .message_id(Some(id))
            .date(self.at.utc().into())
            .from(from.clone())
            .to(self.to.parse().map_err(AppError::internal)?)
            .subject(&*self.subject)
            .raw_header(automatic);
        let text = self.text.clone();
        let Some(html) = self.html.clone() else {
            let message = message.singlepart(SinglePart::plain(text));
            return message.map_err(AppError::internal);
        };
        let both = MultiPart::alternative_plain_html(text, html);
        let message = match self.calendar.clone() {
            None => message.multipart(both),
            Some(calendar) => {
                let kind = ContentType::parse("text/calendar; charset=utf-8; method=PUBLISH");
                let kind = kind.map_err(AppError::internal)?;
                let file = Attachment::new("mission.ics".to_owned()).body(calendar, kind);
                message.multipart(MultiPart::mixed().multipart(both).singlepart(file))
            }
        };
        message.map_err(AppError::internal)
    }
}
