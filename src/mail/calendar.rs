//! Calendar files (RFC 5545, published as RFC 5546 says). The crate `icalendar` would do, but it folds the last part of a
//! line at 76 octets, one more than the standard recommends.

use std::fmt::Write;

use crate::db::types::Timestamp;

/// Longest line in octets, without its end.
const LINE: usize = 75;

/// Whether an event takes place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventStatus {
    /// Perhaps: the person has not answered.
    Tentative,
    /// Yes.
    Confirmed,
    /// No. A calendar that has the event removes it or strikes it out.
    Cancelled,
}

/// An event of a calendar file.
#[derive(Clone, Debug)]
pub struct Event {
    /// The same for all versions of an event.
    pub uid: String,
    /// Rises with each version. A calendar keeps the highest.
    pub sequence: i64,
    pub status: EventStatus,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub summary: String,
    pub location: Option<String>,
    pub description: String,
}

/// A calendar file that its organiser, a name and an address, publishes at an instant.
#[must_use]
pub fn calendar(events: &[Event], organiser: (&str, &str), at: Timestamp) -> String {
    let mut file = String::new();
    line(&mut file, "BEGIN:VCALENDAR");
    line(&mut file, "VERSION:2.0");
    line(&mut file, "PRODID:-//Coulisses Crew//Missions//EN");
    line(&mut file, "METHOD:PUBLISH");
    for event in events {
        write_event(&mut file, event, organiser, at);
    }
    line(&mut file, "END:VCALENDAR");
    file
}

fn write_event(file: &mut String, event: &Event, organiser: (&str, &str), at: Timestamp) {
    let status = match event.status {
        EventStatus::Tentative => "TENTATIVE",
        EventStatus::Confirmed => "CONFIRMED",
        EventStatus::Cancelled => "CANCELLED",
    };
    let (name, address) = organiser;
    line(file, "BEGIN:VEVENT");
    line(file, &format!("UID:{}", escaped(&event.uid)));
    line(file, &format!("SEQUENCE:{}", event.sequence));
    line(file, &format!("DTSTAMP:{}", instant(at)));
    line(file, &format!("DTSTART:{}", instant(event.starts_at)));
    line(file, &format!("DTEND:{}", instant(event.ends_at)));
    line(file, &format!("SUMMARY:{}", escaped(&event.summary)));
    if let Some(location) = &event.location {
        line(file, &format!("LOCATION:{}", escaped(location)));
    }
    line(
        file,
        &format!("DESCRIPTION:{}", escaped(&event.description)),
    );
    line(
        file,
        &format!("ORGANIZER;CN=\"{}\":mailto:{address}", quotable(name)),
    );
    line(file, &format!("STATUS:{status}"));
    line(file, "END:VEVENT");
}

/// An instant in UTC: `20260901T080000Z`.
fn instant(at: Timestamp) -> String {
    at.utc().format("%Y%m%dT%H%M%SZ").to_string()
}

/// A text as the value of a property. Control characters, which no value may contain, are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push(c),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A text between quotation marks, which can contain neither these nor control characters.
fn quotable(text: &str) -> String {
    let text = text.chars().filter(|c| !c.is_control());
    text.map(|c| if c == '"' { '\'' } else { c }).collect()
}

/// Writes a line, folded so that no part is too long. A character is never divided.
fn line(file: &mut String, content: &str) {
    let mut room = LINE;
    for c in content.chars() {
        if c.len_utf8() > room {
            file.push_str("\r\n ");
            room = LINE - 1;
        }
        file.push(c);
        room -= c.len_utf8();
    }
    // Writing to a text cannot fail.
    let _ = file.write_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros).expect("an instant")
    }

    fn of(summary: &str) -> String {
        let event = Event {
            uid: "assignment_1".to_owned(),
            sequence: 0,
            status: EventStatus::Tentative,
            starts_at: at(1_788_249_600_000_000),
            ends_at: at(1_788_285_600_000_000),
            summary: summary.to_owned(),
            location: Some("Salle A; 12, rue de l'Odéon".to_owned()),
            description: "Rôle : cintrier\nProjet : C:\\Tour".to_owned(),
        };
        calendar(
            &[event],
            ("Régie \"A\"", "crew@example.org"),
            at(1_788_000_000_000_000),
        )
    }

    #[test]
    fn special_characters_are_escaped_and_times_are_in_utc() {
        let file = of("Montage, réglages; \"scène\"\r\n2");
        for line in [
            "METHOD:PUBLISH\r\n",
            "SUMMARY:Montage\\, réglages\\; \"scène\"\\n2\r\n",
            "LOCATION:Salle A\\; 12\\, rue de l'Odéon\r\n",
            "DESCRIPTION:Rôle : cintrier\\nProjet : C:\\\\Tour\r\n",
            "ORGANIZER;CN=\"Régie 'A'\":mailto:crew@example.org\r\n",
            "DTSTART:20260901T080000Z\r\n",
            "DTEND:20260901T180000Z\r\n",
            "STATUS:TENTATIVE\r\n",
        ] {
            assert!(file.contains(line), "{line} is missing in {file}");
        }
    }

    #[test]
    fn no_line_has_more_than_75_octets_and_no_character_is_divided() {
        for length in 0..160 {
            for end in ["🎪", "é", "x", ",", "\n"] {
                let summary = "a".repeat(length) + &end.repeat(80);
                let file = of(&summary);
                for line in file.split("\r\n") {
                    assert!(line.len() <= LINE, "{} octets: {line}", line.len());
                }
                let unfolded = file.replace("\r\n ", "");
                let expected = format!("SUMMARY:{}\r\n", escaped(&summary));
                assert!(unfolded.contains(&expected), "{file}");
            }
        }
    }

    #[test]
    fn a_line_of_75_octets_is_not_folded_and_one_of_76_is() {
        let line_of = |octets: usize| {
            let mut file = String::new();
            line(&mut file, &"x".repeat(octets));
            file
        };
        assert_eq!(line_of(75), "x".repeat(75) + "\r\n");
        assert_eq!(line_of(76), "x".repeat(75) + "\r\n x\r\n");
        assert_eq!(
            line_of(150),
            "x".repeat(75) + "\r\n " + &"x".repeat(74) + "\r\n x\r\n"
        );
    }
}
