//! Checks that a text is visible and hides nothing.

use icu_properties::props::{
    BidiControl, DefaultIgnorableCodePoint, EmojiModifier, ExtendedPictographic, GeneralCategory,
    Script,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// How many lines a text may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// A name, a title or a skill. Hidden characters are refused, because they could make two different texts look the
    /// same.
    One,
    /// A description or a note. It may contain line breaks and invisible characters for layout.
    Many,
}

/// The problem with a text, as a sentence for the person who typed it.
#[must_use]
pub fn problem(text: &str, lines: Lines) -> Option<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut before = None;
    for (i, &c) in characters.iter().enumerate() {
        let after = characters.get(i + 1).copied();
        let problem = match lines {
            Lines::One => not_on_one_line(before, c, after),
            Lines::Many => unprintable(c),
        };
        if problem.is_some() {
            return problem;
        }
        before = Some(c);
    }
    let shows = characters.iter().any(|&c| is_visible(c));
    (!shows).then(|| "This must contain at least one visible character.".to_owned())
}

fn unprintable(c: char) -> Option<String> {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        .then(|| "This contains control characters. Remove them.".to_owned())
}

fn not_on_one_line(before: Option<char>, c: char, after: Option<char>) -> Option<String> {
    let code = u32::from(c);
    if matches!(c, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}') {
        Some("Write this on one line.".to_owned())
    } else if c.is_control() {
        Some("This contains control characters. Remove them.".to_owned())
    } else if CodePointSetData::new::<BidiControl>().contains(c) {
        Some(format!(
            "This contains U+{code:04X}, which changes the direction of the text around it. Remove it."
        ))
    } else if is_hidden(c) && !shapes_its_neighbours(before, c, after) {
        Some(format!(
            "This contains U+{code:04X}, which is invisible. Remove it."
        ))
    } else {
        None
    }
}

/// Characters that only control how others are shown. The last three enclose annotations.
fn is_hidden(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || matches!(c, '\u{fff9}'..='\u{fffb}')
}

/// Whether an invisible character changes how its neighbours look: joiners between letters of scripts that use them and
/// inside emoji, and variation selectors after emoji and ideographs. Between Latin letters such characters change
/// nothing and would only make two names look the same.
fn shapes_its_neighbours(before: Option<char>, c: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    match c {
        '\u{200c}' | '\u{200d}' => after.is_some_and(|after| {
            (is_joined(before) && is_joined(after))
                || (c == '\u{200d}' && is_emoji(before) && is_emoji(after))
        }),
        '\u{fe0e}' | '\u{fe0f}' => is_emoji(before) || after == Some('\u{20e3}'),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => is_joined(before),
        _ => false,
    }
}

fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
        || CodePointSetData::new::<EmojiModifier>().contains(c)
        || c == '\u{fe0f}'
}

/// Letters and marks of scripts in which neighbours can change their shape.
fn is_joined(c: char) -> bool {
    use GeneralCategory::{NonspacingMark, OtherLetter, SpacingMark};
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, OtherLetter | NonspacingMark | SpacingMark)
        && !is_hidden(c)
        && !matches!(
            CodePointMapData::<Script>::new().get(c),
            Script::Latin | Script::Greek | Script::Cyrillic
        )
}

/// Whether a character is visible. The Braille pattern without dots is a symbol, but it is blank.
fn is_visible(c: char) -> bool {
    use GeneralCategory::{
        Control, EnclosingMark, Format, LineSeparator, NonspacingMark, ParagraphSeparator,
        SpaceSeparator, SpacingMark,
    };
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    !matches!(
        category,
        Control
            | EnclosingMark
            | Format
            | LineSeparator
            | NonspacingMark
            | ParagraphSeparator
            | SpaceSeparator
            | SpacingMark
    ) && !is_hidden(c)
        && c != '\u{2800}'
}

#[cfg(test)]
mod tests {
    use super::{Lines, problem};

    #[test]
    fn names_of_people_and_shows_are_fine() {
        for text in [
            "Léa",
            "Jean‑Noël L’Hermitte",
            "Tour 1️⃣",
            "👩🏽‍🔧 Montage ❤️‍🔥",
            "🏳️‍🌈",
            "می\u{200c}خواهم",
            "श\u{94d}\u{200d}री",
            "葛\u{e0100}城",
            "한국",
            "1",
            "?",
        ] {
            assert_eq!(problem(text, Lines::One), None, "{text}");
        }
    }

    #[test]
    fn what_shows_nothing_is_no_text() {
        for text in ["\u{301}", "\u{2800}", "\u{2800}\u{301}", "\u{93e}"] {
            for lines in [Lines::One, Lines::Many] {
                let problem = problem(text, lines).expect("a problem");
                assert_eq!(problem, "This must contain at least one visible character.");
            }
        }
    }

    #[test]
    fn what_hides_in_one_line_is_refused_by_its_code_point() {
        for (text, found) in [
            ("Tour\u{200b}née", "U+200B, which is invisible"),
            ("Tour\u{200d}née", "U+200D, which is invisible"),
            ("Tournée\u{200c}", "U+200C, which is invisible"),
            ("\u{200d}👩", "U+200D, which is invisible"),
            ("Tour\u{ad}née", "U+00AD, which is invisible"),
            ("Tour\u{fe0f}née", "U+FE0F, which is invisible"),
            ("\u{feff}Tournée", "U+FEFF, which is invisible"),
            ("\u{3164}", "U+3164, which is invisible"),
            ("Tour\u{e0041}", "U+E0041, which is invisible"),
            ("\u{202e}eénruoT", "U+202E, which changes"),
            ("\u{200f}Tournée", "U+200F, which changes"),
            ("Tour\u{2028}née", "one line"),
            ("Tour\u{2029}née", "one line"),
            ("Tour\u{85}née", "one line"),
            ("Tour\nnée", "one line"),
            ("Tour\u{7}née", "control characters"),
        ] {
            let problem = problem(text, Lines::One).expect("a problem");
            assert!(problem.contains(found), "{text:?}: {problem}");
        }
    }

    #[test]
    fn a_long_text_may_be_laid_out_but_holds_no_control_characters() {
        assert_eq!(
            problem("א\u{200f}\n\tDo\u{ad}c\u{2028}ks", Lines::Many),
            None
        );
        assert!(problem("nul\u{0}", Lines::Many).is_some());
    }
}
