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
    for (i, &c) in characters.iter().enumerate() {
        let problem = match lines {
            Lines::One => {
                let (before, after) = characters.split_at(i);
                not_on_one_line(before, c, after.get(1).copied())
            }
            Lines::Many => unprintable(c),
        };
        if problem.is_some() {
            return problem;
        }
    }
    let shows = characters.iter().any(|&c| is_visible(c));
    (!shows).then(|| "This must contain at least one visible character.".to_owned())
}

fn unprintable(c: char) -> Option<String> {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        .then(|| "This contains control characters. Remove them.".to_owned())
}

fn not_on_one_line(before: &[char], c: char, after: Option<char>) -> Option<String> {
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

/// Characters that show nothing themselves. Most of them only control how others are shown. The range encloses
/// annotations. The Braille pattern without dots is a symbol, but it is blank.
fn is_hidden(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{2800}')
}

/// Whether an invisible character changes how its neighbours look: joiners between letters of scripts that use them and
/// inside emoji, and variation selectors after emoji and ideographs. Between Latin letters such characters change
/// nothing and would only make two names look the same.
fn shapes_its_neighbours(text_before: &[char], c: char, after: Option<char>) -> bool {
    let Some(&before) = text_before.last() else {
        return false;
    };
    // A combining mark belongs to no script. Its letter decides.
    let carrier = text_before.iter().rfind(|&&c| !is_mark(c) && !is_hidden(c));
    let is_joined_before = is_joined(before) && carrier.is_some_and(|&letter| is_joined(letter));
    match c {
        '\u{200c}' | '\u{200d}' => after.is_some_and(|after| {
            (is_joined_before && is_joined(after))
                || (c == '\u{200d}' && is_emoji(before) && is_emoji(after))
        }),
        '\u{fe0e}' | '\u{fe0f}' => is_emoji(before) || after == Some('\u{20e3}'),
        '\u{fe00}'..='\u{fe0d}' | '\u{e0100}'..='\u{e01ef}' => is_joined_before,
        _ => false,
    }
}

fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
        || CodePointSetData::new::<EmojiModifier>().contains(c)
        || c == '\u{fe0f}'
}

fn is_mark(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    matches!(category, EnclosingMark | NonspacingMark | SpacingMark)
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

fn is_visible(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, SpaceSeparator};
    let category = CodePointMapData::<GeneralCategory>::new().get(c);
    !matches!(
        category,
        Control | Format | LineSeparator | ParagraphSeparator | SpaceSeparator
    ) && !is_mark(c)
        && !is_hidden(c)
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
            "क\u{94d}\u{200d}ष\u{93f}\u{200c}क",
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
        for (text, lines) in [
            ("\u{301}", Lines::One),
            ("\u{301}", Lines::Many),
            ("\u{93e}", Lines::One),
            ("\u{93e}", Lines::Many),
            ("\u{2800}", Lines::Many),
            ("\u{2800}\u{301}", Lines::Many),
        ] {
            let problem = problem(text, lines).expect("a problem");
            assert_eq!(problem, "This must contain at least one visible character.");
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
            ("\u{2800}", "U+2800, which is invisible"),
            ("Tournée\u{2800}", "U+2800, which is invisible"),
            ("q\u{301}\u{fe00}", "U+FE00, which is invisible"),
            ("x\u{301}\u{200d}\u{301}", "U+200D, which is invisible"),
            ("x\u{94d}\u{200d}र", "U+200D, which is invisible"),
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
