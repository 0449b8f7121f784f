//! The two keys of a text: a wide one for searching and sorting, and a narrow one for sameness.

use icu_casemap::CaseMapper;
use icu_properties::props::{Dash, DefaultIgnorableCodePoint, Script};
use icu_properties::{CodePointMapData, CodePointSetData};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::latin::plain;
use super::single_spaced;

/// Longest key for searching, in characters. Folding turns some characters into eighteen, and PostgreSQL refuses index
/// entries of more than 2,704 bytes.
const LONGEST: usize = 500;

/// Folds a text for searching and sorting: `L’Hermitte` and `Lebœuf` become `l hermitte` and `leboeuf`.
///
/// Case is folded. Latin, Greek and Cyrillic letters lose their marks, and Latin letters that do not decompose become
/// plain letters. Apostrophes, hyphens and white space become one space. Other scripts keep their marks, because
/// without them `ば` would be `は`.
#[must_use]
pub fn fold(text: &str) -> String {
    // The acute accent decomposes into a space and a mark, so gaps must be replaced first.
    let gapped: String = text
        .chars()
        .map(|c| if is_gap(c) { ' ' } else { c })
        .nfkd()
        .collect();
    // Folding the case may compose letters again, so the text must be decomposed again.
    let cased = CaseMapper::new().fold_string(&gapped);
    let mut folded = String::with_capacity(cased.len());
    let mut drops_marks = false;
    for c in cased.nfkd() {
        if is_combining_mark(c) {
            if !drops_marks {
                folded.push(c);
            }
        } else if is_gap(c) {
            drops_marks = false;
            if !folded.ends_with(' ') {
                folded.push(' ');
            }
        } else if !CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c) {
            drops_marks = loses_marks(c);
            match plain(c) {
                Some(letters) => folded.push_str(letters),
                None => folded.push(c),
            }
        }
    }
    // The result is composed again, so that a search for a letter does not find the letter with a mark of another
    // script.
    folded.nfc().take(LONGEST).collect()
}

/// Folds a text for comparing: two texts with the same key are the same name, skill or tag. The key ignores only case,
/// white space and the form of composed letters, so `Cote` and `Côté` differ.
#[must_use]
pub fn same(text: &str) -> String {
    let decomposed: String = text.nfd().collect();
    let cased: String = CaseMapper::new().fold_string(&decomposed).nfc().collect();
    single_spaced(&cased)
}

/// The `LIKE` pattern (escape character `\`) that finds folded texts which contain this text; `None` if nothing is left
/// after folding.
#[must_use]
pub fn containing(text: &str) -> Option<String> {
    let folded = fold(text);
    if folded.is_empty() {
        return None;
    }
    let mut pattern = String::from("%");
    for c in folded.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    Some(pattern)
}

fn is_gap(c: char) -> bool {
    c.is_whitespace() || CodePointSetData::new::<Dash>().contains(c) || is_apostrophe(c)
}

/// The characters that people and programs use as an apostrophe.
fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '\'' | '`' | '\u{b4}' | '\u{2b9}' | '\u{2bb}'
            ..='\u{2bf}'
                | '\u{2018}'
                | '\u{2019}'
                | '\u{201b}'
                | '\u{2032}'
                | '\u{ff07}'
                | '\u{ff40}'
    )
}

/// Whether the marks on a letter are accents that people leave out when they search.
fn loses_marks(c: char) -> bool {
    matches!(
        CodePointMapData::<Script>::new().get(c),
        Script::Latin | Script::Greek | Script::Cyrillic
    )
}

#[cfg(test)]
mod tests {
    use super::{fold, same};

    #[test]
    fn searching_ignores_case_accents_apostrophes_hyphens_and_white_space() {
        for (text, key) in [
            ("Régie", "regie"),
            ("Re\u{301}gie", "regie"),
            ("Lebœuf", "leboeuf"),
            ("Søren Kjær", "soren kjaer"),
            ("Łukasz Đorđe", "lukasz dorde"),
            ("Þór Guðrún", "thor gudrun"),
            ("IŞIK ışık", "isik isik"),
            ("İstanbul", "istanbul"),
            ("Straße STRASSE", "strasse strasse"),
            ("ΟΔΟΣ οδός", "οδοσ οδοσ"),
            ("Чайко́вский", "чаиковскии"),
            (
                "L’Hermitte l'hermitte l´hermitte",
                "l hermitte l hermitte l hermitte",
            ),
            (
                "Jean\u{2011}Noël  –  Aix\u{a0}en\u{2009}Provence",
                "jean noel aix en provence",
            ),
            ("ﬁlm Ⅻ", "film xii"),
            ("می\u{200c}خواهم", "میخواهم"),
        ] {
            assert_eq!(fold(text), key, "{text}");
        }
    }

    #[test]
    fn marks_of_other_scripts_are_kept() {
        for (one, other) in [
            ("ハハ", "パパ"),
            ("はり", "ばり"),
            ("कि", "का"),
            ("กา", "กี"),
            ("각", "가"),
        ] {
            assert_ne!(fold(one), fold(other));
            assert!(
                !fold(other).contains(&fold(one)),
                "{one} is found in {other}"
            );
        }
        assert_eq!(fold("ハ\u{309a}"), fold("パ"));
        assert_eq!(fold("ﾊﾟ"), fold("パ"));
    }

    #[test]
    fn a_key_is_folded_already_and_has_a_bounded_size() {
        for text in [
            "Lebœuf",
            "L’Hermitte",
            "Straße",
            "ΐ",
            "ᾳ",
            "パパ",
            "한국",
            "ﷺ",
        ] {
            assert_eq!(fold(&fold(text)), fold(text), "{text}");
            assert_eq!(same(&same(text)), same(text), "{text}");
        }
        assert!(fold(&"ﷺ".repeat(200)).len() <= 2_000);
        assert!(same(&"ΐ".repeat(200)).len() <= 2_000);
    }

    #[test]
    fn sameness_ignores_case_composition_and_white_space_only() {
        for (one, other) in [
            ("Régie", "re\u{301}GIE"),
            ("Straße", "STRASSE"),
            ("ΟΔΟΣ", "οδος"),
            ("Light  desk", " light\u{a0}desk"),
        ] {
            assert_eq!(same(one), same(other));
        }
        for (one, other) in [
            ("Cote", "Côté"),
            ("ハハ", "パパ"),
            ("はり", "ばり"),
            ("Lebœuf", "Leboeuf"),
            ("L'Hermitte", "L’Hermitte"),
            ("Jean-Noël", "Jean Noël"),
        ] {
            assert_ne!(same(one), same(other));
        }
    }
}
