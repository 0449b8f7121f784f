//! Days and times as people write them.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;

use crate::db::types::Timestamp;
use crate::domains::orgs::model::{Language, MONTHS_FR};

const DAYS_FR: [&str; 7] = [
    "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche",
];

/// From when to when, with the name of the time zone: "mardi 1er septembre 2026, de 8 h à 18 h (Europe/Paris)".
pub fn span(language: Language, starts_at: Timestamp, ends_at: Timestamp, zone: &str) -> String {
    let (from, to) = (local(starts_at, zone), local(ends_at, zone));
    let (day, start, end) = (
        date(language, from),
        time(language, from),
        time(language, to),
    );
    let text = match (language, from.date_naive() == to.date_naive()) {
        (Language::Fr, true) => format!("{day}, de {start} à {end}"),
        (Language::Fr, false) => {
            format!("du {day}, {start}, au {}, {end}", date(language, to))
        }
        (Language::En, true) => format!("{day}, {start} to {end}"),
        (Language::En, false) => format!("{day}, {start}, to {}, {end}", date(language, to)),
    };
    format!("{text} ({zone})")
}

/// An instant, with the name of the time zone.
pub fn moment(language: Language, at: Timestamp, zone: &str) -> String {
    let at = local(at, zone);
    let (day, time) = (date(language, at), time(language, at));
    match language {
        Language::Fr => format!("{day} à {time} ({zone})"),
        Language::En => format!("{day} at {time} ({zone})"),
    }
}

/// The day alone, for a subject: "1er septembre".
pub fn day(language: Language, at: Timestamp, zone: &str) -> String {
    let at = local(at, zone);
    match language {
        Language::Fr => format!("{} {}", day_of_month(at), MONTHS_FR[at.month0() as usize]),
        Language::En => at.format("%-d %B").to_string(),
    }
}

fn local(at: Timestamp, zone: &str) -> DateTime<Tz> {
    at.utc().with_timezone(&zone.parse().unwrap_or(Tz::UTC))
}

fn date(language: Language, at: DateTime<Tz>) -> String {
    match language {
        Language::Fr => format!(
            "{} {} {} {}",
            DAYS_FR[at.weekday().num_days_from_monday() as usize],
            day_of_month(at),
            MONTHS_FR[at.month0() as usize],
            at.year()
        ),
        Language::En => at.format("%A %-d %B %Y").to_string(),
    }
}

fn day_of_month(at: DateTime<Tz>) -> String {
    match at.day() {
        1 => "1er".to_owned(),
        day => day.to_string(),
    }
}

fn time(language: Language, at: DateTime<Tz>) -> String {
    match (language, at.minute()) {
        (Language::Fr, 0) => format!("{} h", at.hour()),
        (Language::Fr, minute) => format!("{} h {minute:02}", at.hour()),
        (Language::En, _) => at.format("%H:%M").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let at = chrono::DateTime::parse_from_rfc3339(text).expect("an instant");
        Timestamp::new(at.to_utc())
    }

    #[test]
    fn a_span_is_told_in_the_zone_of_the_mission_and_names_it() {
        let one = ("2026-09-01T06:00:00Z", "2026-09-01T16:30:00Z");
        let night = ("2026-10-24T20:00:00Z", "2026-10-25T05:00:00Z");
        for (language, (from, to), zone, told) in [
            (
                Language::Fr,
                one,
                "Europe/Paris",
                "mardi 1er septembre 2026, de 8 h à 18 h 30 (Europe/Paris)",
            ),
            (
                Language::En,
                one,
                "Indian/Reunion",
                "Tuesday 1 September 2026, 10:00 to 20:30 (Indian/Reunion)",
            ),
            // The night in which the clocks go back: nine hours.
            (
                Language::Fr,
                night,
                "Europe/Paris",
                "du samedi 24 octobre 2026, 22 h, au dimanche 25 octobre 2026, 6 h (Europe/Paris)",
            ),
            (
                Language::En,
                night,
                "Europe/Paris",
                "Saturday 24 October 2026, 22:00, to Sunday 25 October 2026, 06:00 (Europe/Paris)",
            ),
        ] {
            assert_eq!(span(language, at(from), at(to), zone), told);
        }
    }

    #[test]
    fn a_moment_and_a_day_are_told_in_either_language() {
        let end = at("2026-08-08T07:05:00Z");
        let zone = "Europe/Paris";
        let french = moment(Language::Fr, end, zone);
        assert_eq!(french, "samedi 8 août 2026 à 9 h 05 (Europe/Paris)");
        let english = moment(Language::En, end, zone);
        assert_eq!(english, "Saturday 8 August 2026 at 09:05 (Europe/Paris)");
        assert_eq!(
            day(Language::Fr, at("2026-02-01T12:00:00Z"), zone),
            "1er février"
        );
        assert_eq!(
            day(Language::En, at("2026-02-01T12:00:00Z"), zone),
            "1 February"
        );
    }
}
