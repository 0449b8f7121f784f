//! E-mail addresses in one form each, so that a mailbox is one account.

use std::borrow::Cow;

use super::nfc;

/// Longest address that is looked at, in bytes: encoding a domain takes more than linear time. One of 254 bytes in
/// ASCII has fewer in Unicode.
const LONGEST: usize = 1_000;

/// The form in which an address is kept: trimmed, in lower case and NFC, with the domain in ASCII (UTS 46), as mail
/// servers know it. `None` for a domain that cannot exist.
#[must_use]
pub fn mailbox(address: &str) -> Option<String> {
    let address = address.trim();
    if address.len() > LONGEST {
        return None;
    }
    let lower = address.to_lowercase();
    let Some((local, domain)) = lower.rsplit_once('@') else {
        return Some(nfc(&lower).into_owned());
    };
    let domain = idna::domain_to_ascii(domain).ok()?;
    Some(format!("{}@{domain}", nfc(local)))
}

/// An address as people read it: with the domain in Unicode.
#[must_use]
pub fn shown_mailbox(address: &str) -> Cow<'_, str> {
    match address.rsplit_once('@') {
        Some((local, domain)) if domain.contains("xn--") => match idna::domain_to_unicode(domain) {
            (domain, Ok(())) => Cow::Owned(format!("{local}@{domain}")),
            _ => Cow::Borrowed(address),
        },
        _ => Cow::Borrowed(address),
    }
}

/// A text for the log in which `ada@crew.example` is `…@crew.example`: the domain is of use, and the person is not named.
#[must_use]
pub fn without_names_of_mailboxes(text: &str) -> String {
    let ends = |c: char| c.is_whitespace() || "<>()[]{},;:\"'=/".contains(c);
    let mut shown = String::with_capacity(text.len());
    for part in text.split_inclusive('@') {
        let Some(before) = part.strip_suffix('@') else {
            shown.push_str(part);
            continue;
        };
        let name = before
            .rfind(ends)
            .map_or(0, |at| before.ceil_char_boundary(at + 1));
        shown.extend([&before[..name], "…@"]);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::{mailbox, shown_mailbox, without_names_of_mailboxes};

    #[test]
    fn an_answer_of_a_mail_server_names_nobody() {
        for (told, logged) in [
            (
                "550 <ada@crew.example>: unknown",
                "550 <…@crew.example>: unknown",
            ),
            ("ada.l+x@a.example, é@b.example", "…@a.example, …@b.example"),
            ("to=ada@crew.example\u{a0}é@", "to=…@crew.example\u{a0}…@"),
            ("a@b@c", "…@…@c"),
            ("421 try later", "421 try later"),
        ] {
            assert_eq!(without_names_of_mailboxes(told), logged);
        }
    }

    #[test]
    fn a_mailbox_has_one_form() {
        for typed in [
            "léa@bücher.example",
            " LE\u{301}A@BÜCHER.example\n",
            "Léa@xn--bcher-kva.example",
            "léa@bu\u{308}cher。example",
        ] {
            let kept = mailbox(typed);
            assert_eq!(
                kept.as_deref(),
                Some("léa@xn--bcher-kva.example"),
                "{typed}"
            );
        }
        assert_eq!(mailbox("a@xn--a"), None);
        assert_eq!(mailbox("A").as_deref(), Some("a"));
    }

    #[test]
    fn a_mailbox_is_shown_as_people_write_it() {
        assert_eq!(shown_mailbox("a@xn--bcher-kva.example"), "a@bücher.example");
        assert_eq!(shown_mailbox("a@crew.example"), "a@crew.example");
    }
}
