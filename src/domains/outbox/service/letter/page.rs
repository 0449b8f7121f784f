//! A mail as plain text and as HTML.

use std::fmt::Write;

use askama_escape::{Html, escape};

use super::words::{self, Said};
use crate::domains::orgs::model::Language;

/// What a mail shows, in its order.
pub struct Page {
    pub language: Language,
    /// The name of the organisation.
    pub org: String,
    /// The name of the recipient, if it is known.
    pub name: Option<String>,
    pub said: Said,
    /// Labels and what they are of.
    pub facts: Vec<(&'static str, String)>,
    /// Where the button leads.
    pub link: Option<String>,
}

impl Page {
    /// The plain text.
    pub fn text(&self) -> String {
        let mut text = words::greeting(self.language, self.name.as_deref()) + "\n\n";
        for line in &self.said.intro {
            let _ = write!(text, "{line}\n\n");
        }
        for (label, fact) in &self.facts {
            let _ = writeln!(text, "{label}{}{fact}", words::colon(self.language));
        }
        if !self.facts.is_empty() {
            text.push('\n');
        }
        if let Some(link) = &self.link {
            let _ = write!(
                text,
                "{}{}\n{link}\n\n",
                self.said.button,
                words::colon(self.language).trim_end()
            );
        }
        for note in &self.said.notes {
            let _ = write!(text, "{note}\n\n");
        }
        let _ = writeln!(text, "-- \n{}", words::foot(self.language, &self.org));
        text
    }

    /// The same as HTML. Styles are written at each element, because some mail programs read no others.
    pub fn html(&self) -> String {
        let mut body = paragraph(&words::greeting(self.language, self.name.as_deref()));
        for line in &self.said.intro {
            body += &paragraph(line);
        }
        if !self.facts.is_empty() {
            body +=
                "<table role=\"presentation\" style=\"border-collapse:collapse;margin:0 0 20px\">";
            for (label, fact) in &self.facts {
                let _ = write!(
                    body,
                    "<tr><td style=\"padding:4px 16px 4px 0;color:#595f69;vertical-align:top;white-space:nowrap\">{}</td>\
                     <td style=\"padding:4px 0;font-weight:600\">{}</td></tr>",
                    escape(label, Html),
                    escape(fact, Html)
                );
            }
            body += "</table>";
        }
        if let Some(link) = &self.link {
            let _ = write!(
                body,
                "<p style=\"margin:0 0 20px\"><a href=\"{}\" style=\"display:inline-block;padding:12px 20px;\
                 border-radius:6px;background:#1f3a5f;color:#ffffff;text-decoration:none;font-weight:600\">{}</a></p>",
                escape(link, Html),
                escape(self.said.button, Html)
            );
        }
        for note in &self.said.notes {
            body += &paragraph(note);
        }
        let (language, subject) = (self.language.as_str().to_lowercase(), &self.said.subject);
        format!(
            "<!DOCTYPE html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title></head>\
             <body style=\"margin:0;padding:24px 12px;background:#f2f3f5;color:#1b1e24;\
             font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\
             <div style=\"max-width:560px;margin:0 auto;padding:28px;background:#ffffff;border-radius:8px\">\
             <p style=\"margin:0 0 20px;font-size:14px;color:#595f69\">{}</p>{body}</div>\
             <p style=\"max-width:560px;margin:16px auto 0;padding:0 28px;font-size:13px;color:#595f69\">{}</p>\
             </body></html>\n",
            escape(subject, Html),
            escape(&self.org, Html),
            escape(&words::foot(self.language, &self.org), Html),
        )
    }
}

fn paragraph(text: &str) -> String {
    format!("<p style=\"margin:0 0 20px\">{}</p>", escape(text, Html))
}
