//! Latin letters that do not decompose.

/// The plain letters that a folded Latin letter stands for, as CLDR's transform Latin-ASCII has them. Only lower-case
/// letters are listed, because the case is folded before. Most of those that only phoneticians and medievalists use are
/// left out.
pub(super) fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'æ' => "ae",
        'ⱥ' => "a",
        'ƀ' | 'ƃ' | 'ɓ' => "b",
        'ƈ' | 'ȼ' | 'ɕ' => "c",
        'ð' | 'đ' | 'ƌ' | 'ȡ' | 'ɖ' | 'ɗ' => "d",
        'ɇ' | 'ɛ' => "e",
        'ƒ' => "f",
        'ǥ' | 'ɠ' => "g",
        'ħ' | 'ɦ' | 'ⱨ' => "h",
        'ƕ' => "hv",
        'ı' | 'ɨ' | 'ɩ' => "i",
        'ȷ' | 'ɉ' | 'ɟ' => "j",
        'ƙ' | 'ⱪ' | 'ꝁ' => "k",
        'ł' | 'ƚ' | 'ȴ' | 'ɫ' | 'ɬ' | 'ⱡ' => "l",
        'ɱ' => "m",
        'ŋ' | 'ƞ' | 'ȵ' | 'ɲ' | 'ɳ' => "n",
        'ø' => "o",
        'œ' => "oe",
        'ƣ' => "oi",
        'ƥ' | 'ᵽ' => "p",
        'ĸ' => "q",
        'ɍ' | 'ɽ' => "r",
        'ȿ' | 'ʂ' => "s",
        'ŧ' | 'ƫ' | 'ƭ' | 'ȶ' | 'ʈ' | 'ⱦ' => "t",
        'þ' => "th",
        'ʉ' => "u",
        'ʋ' | 'ⱱ' => "v",
        'ⱳ' => "w",
        'ƴ' | 'ɏ' => "y",
        'ƶ' | 'ȥ' | 'ɀ' | 'ⱬ' => "z",
        _ => return None,
    })
}
