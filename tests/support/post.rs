//! Mail as its recipients get it.

use std::sync::Arc;

use coulisses_crew::domains::outbox::service::deliver_due;
use coulisses_crew::state::AppState;
use data_encoding::BASE64;
use tokio_util::sync::CancellationToken;

use super::{SlowMail, TestApp};

/// A mail that arrived.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The address on the envelope.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The attached calendar file.
    pub calendar: Option<String>,
    head: String,
}

impl Sent {
    /// Reads a mail with the commands that brought it.
    fn read(raw: &str) -> Self {
        let commands: Vec<&str> = raw.lines().filter(|line| line.starts_with("> ")).collect();
        let to = commands.iter().find_map(|line| line.split_once("TO:<"));
        let to = to
            .expect("a recipient")
            .1
            .split('>')
            .next()
            .expect("an address");
        let lines = raw.lines().skip_while(|line| line.starts_with("> "));
        let mail = lines.collect::<Vec<_>>().join("\n");
        let (head, body) = mail.split_once("\n\n").expect("a head and a body");
        let mut sent = Self {
            to: to.to_owned(),
            subject: words(&header(head, "subject").unwrap_or_default()),
            text: String::new(),
            html: String::new(),
            calendar: None,
            head: head.to_owned(),
        };
        sent.part(head, body);
        sent
    }

    /// A header, unfolded.
    pub fn header(&self, name: &str) -> Option<String> {
        header(&self.head, name)
    }

    /// The token of the link in it.
    pub fn token(&self) -> Option<&str> {
        let rest = self.text.split_once("?token=")?.1;
        rest.split_whitespace().next()
    }

    /// The tokens of all links in it, in their order.
    pub fn tokens(&self) -> Vec<&str> {
        let links = self.text.split("?token=").skip(1);
        links
            .filter_map(|rest| rest.split_whitespace().next())
            .collect()
    }

    fn part(&mut self, head: &str, body: &str) {
        let kind = header(head, "content-type").unwrap_or_default();
        if let Some((_, boundary)) = kind.split_once("boundary=\"") {
            let boundary = format!("--{}", boundary.split('"').next().expect("a boundary"));
            for part in body.split(&boundary).skip(1) {
                if let Some((head, body)) = part.trim_start().split_once("\n\n") {
                    self.part(head, body);
                }
            }
            return;
        }
        let coding = header(head, "content-transfer-encoding").unwrap_or_default();
        let content = decoded(&coding, body);
        match kind.split(';').next().expect("a type") {
            "text/html" => self.html = content,
            "text/calendar" => {
                assert!(kind.contains("method=PUBLISH"), "{kind}");
                self.calendar = Some(content);
            }
            _ => self.text = content,
        }
    }
}

fn header(head: &str, name: &str) -> Option<String> {
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let line = head.lines().find(|line| {
        let (found, _) = line.split_once(':').unwrap_or_default();
        found.eq_ignore_ascii_case(name)
    })?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn decoded(coding: &str, body: &str) -> String {
    let bytes = match coding {
        "base64" => {
            let letters: String = body.split_whitespace().collect();
            BASE64.decode(letters.as_bytes()).expect("base64")
        }
        "quoted-printable" => quoted(&body.replace("=\n", "")),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes)
        .expect("UTF-8")
        .replace("\r\n", "\n")
}

/// Quoted-printable: `=C3=A9`.
fn quoted(text: &str) -> Vec<u8> {
    let mut parts = text.split('=');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("two digits"));
        bytes.extend(rest.as_bytes());
    }
    bytes
}

/// A header with encoded words (RFC 2047).
fn words(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(' ') {
        let inner = word
            .strip_prefix("=?utf-8?b?")
            .and_then(|word| word.strip_suffix("?="));
        match inner {
            Some(letters) => {
                let bytes = BASE64.decode(letters.as_bytes()).expect("base64");
                out += &String::from_utf8_lossy(&bytes);
            }
            None => out.extend([" ", word, " "]),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A mail server for an application, and what it got.
pub struct Post {
    pub server: Arc<SlowMail>,
    url: String,
}

impl Post {
    /// One that takes mail at once.
    pub async fn start() -> Self {
        let server = SlowMail::start().await;
        server.may_take.add_permits(10_000);
        let url = server.url.clone();
        Self { server, url }
    }

    /// The setting that leads to it.
    pub fn setting(&self) -> (&str, &str) {
        ("SMTP_URL", &self.url)
    }

    /// The next mail that does not come out of the outbox.
    pub async fn next(&self) -> Sent {
        let heard = self.server.heard(1).await;
        Sent::read(heard.last().expect("a mail"))
    }

    /// Sends what is due, and reads it.
    pub async fn deliver(&self, app: &TestApp) -> Vec<Sent> {
        let sent = u32::try_from(deliver(app).await).expect("a few");
        let heard = self.server.heard(sent).await;
        let new = heard.len() - sent as usize;
        heard[new..].iter().map(|raw| Sent::read(raw)).collect()
    }
}

/// The state as the server has it: policies hold its connections to PostgreSQL.
pub fn as_server(app: &TestApp) -> AppState {
    app.state.with_db(app.db.clone())
}

/// Sends what is due, as the server does it in the background.
pub async fn deliver(app: &TestApp) -> usize {
    let sent = deliver_due(&as_server(app), &CancellationToken::new()).await;
    sent.expect("the outbox")
}
