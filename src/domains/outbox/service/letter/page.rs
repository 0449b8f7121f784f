//! A mail as plain text and as HTML.

use std::fmt::Write;

use askama_escape::{Html, escape};

use super::Section;
use super::words::{self, Said};
use crate::domains::orgs::model::Language;

/// What a mail shows, in its order.
pub struct Page<'a> {
    pub language: Language,
    /// The name of the organisation.
    pub org: &'a str,
    /// The name of the recipient, if it is known.
    pub name: Option<&'a str>,
    /// What stands above several sections. Each of them then has a number and its own subject as a heading.
    pub summary: Option<&'a Said>,
    /// At least one.
    pub sections: &'a [Section],
}

impl Page<'_> {
    /// The subject of the mail.
    pub fn subject(&self) -> &str {
        let first = self.sections.first().map(|section| &section.said);
        let said = self.summary.or(first);
        said.map(|said| &*said.subject).unwrap_or_default()
    }

    /// The plain text.
    pub fn text(&self) -> String {
        let mut text = words::greeting(self.language, self.name) + "\n\n";
        for line in self.summary.iter().flat_map(|said| &said.intro) {
            let _ = write!(text, "{line}\n\n");
        }
        for (i, section) in self.sections.iter().enumerate() {
            if self.summary.is_some() {
                let _ = write!(text, "{}. {}\n\n", i + 1, section.said.subject);
            }
            self.write_text(&mut text, section, self.link(i));
        }
        let _ = writeln!(text, "-- \n{}", words::foot(self.language, self.org));
        text
    }

    fn write_text(&self, text: &mut String, section: &Section, link: Option<&str>) {
        let (said, colon) = (&section.said, words::colon(self.language));
        for line in &said.intro {
            let _ = write!(text, "{line}\n\n");
        }
        for (label, fact) in &section.facts {
            let _ = writeln!(text, "{label}{colon}{fact}");
        }
        if !section.facts.is_empty() {
            text.push('\n');
        }
        if let Some(link) = link {
            let _ = write!(text, "{}{}\n{link}\n\n", said.button, colon.trim_end());
        }
        for note in &said.notes {
            let _ = write!(text, "{note}\n\n");
        }
    }

    /// The same as HTML. Styles are written at each element, because some mail programs read no others.
    pub fn html(&self) -> String {
        let mut body = paragraph(&words::greeting(self.language, self.name));
        for line in self.summary.iter().flat_map(|said| &said.intro) {
            body += &paragraph(line);
        }
        for (i, section) in self.sections.iter().enumerate() {
            if self.summary.is_some() {
                let _ = write!(
                    body,
                    "<h2 style=\"margin:28px 0 16px;padding-top:24px;border-top:1px solid #d5d8de;font-size:18px;\
                     line-height:1.35\">{}. {}</h2>",
                    i + 1,
                    escape(&section.said.subject, Html)
                );
            }
            write_html(&mut body, section, self.link(i));
        }
        let language = self.language.as_str().to_lowercase();
        format!(
            "<!DOCTYPE html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{}</title></head>\
             <body style=\"margin:0;padding:24px 12px;background:#f2f3f5;color:#1b1e24;\
             font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\
             <div style=\"max-width:560px;margin:0 auto;padding:28px;background:#ffffff;border-radius:8px\">\
             <p style=\"margin:0 0 20px;font-size:14px;color:#595f69\">{}</p>{body}</div>\
             <p style=\"max-width:560px;margin:16px auto 0;padding:0 28px;font-size:13px;color:#595f69\">{}</p>\
             </body></html>\n",
            escape(self.subject(), Html),
            escape(self.org, Html),
            escape(&words::foot(self.language, self.org), Html),
        )
    }

    /// The link of a section. Sections with the same link show it once, in the last of them.
    fn link(&self, i: usize) -> Option<&str> {
        let link = self.sections[i].link.as_deref()?;
        let next = self.sections.get(i + 1);
        let is_repeated = next.is_some_and(|next| next.link.as_deref() == Some(link));
        (!is_repeated).then_some(link)
    }
}

fn write_html(body: &mut String, section: &Section, link: Option<&str>) {
    let said = &section.said;
    for line in &said.intro {
        *body += &paragraph(line);
    }
    if !section.facts.is_empty() {
        *body += "<table role=\"presentation\" style=\"border-collapse:collapse;margin:0 0 20px\">";
        for (label, fact) in &section.facts {
            let _ = write!(
                body,
                "<tr><td style=\"padding:4px 16px 4px 0;color:#595f69;vertical-align:top;white-space:nowrap\">{}</td>\
                 <td style=\"padding:4px 0;font-weight:600\">{}</td></tr>",
                escape(label, Html),
                escape(fact, Html)
            );
        }
        *body += "</table>";
    }
    if let Some(link) = link {
        let _ = write!(
            body,
            "<p style=\"margin:0 0 20px\"><a href=\"{}\" style=\"display:inline-block;padding:12px 20px;\
             border-radius:6px;background:#1f3a5f;color:#ffffff;text-decoration:none;font-weight:600\">{}</a></p>",
            escape(link, Html),
            escape(said.button, Html)
        );
    }
    for note in &said.notes {
        *body += &paragraph(note);
    }
}

fn paragraph(text: &str) -> String {
    format!("<p style=\"margin:0 0 20px\">{}</p>", escape(text, Html))
}
