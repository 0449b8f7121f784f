//! Texts that are documents, nearly, or not at all. None knows the schema.

use super::tape::Tape;

/// What a document may consist of, and what looks like it.
const TOKENS: [&str; 56] = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "!",
    "$",
    ":",
    "=",
    "@",
    "|",
    "&",
    "...",
    "a",
    "b",
    "Query",
    "on",
    "query",
    "mutation",
    "subscription",
    "fragment",
    "true",
    "null",
    "__typename",
    "__schema",
    "__type",
    "@skip(if: true)",
    "@include(if: false)",
    "0",
    "-1",
    "1.5",
    "1e9",
    "00",
    "1a",
    "\"\"",
    "\"a\"",
    "\"[{(\"",
    "\"\\\"[\"",
    "\"\\u005B\"",
    "\"",
    "\\",
    "\\\"",
    "\"\"\"",
    "\"\"\"[\"\"\"",
    "\"\"\"\\\"\"\"[\"\"\"",
    "# [{(\n",
    "#",
    "\n",
    "\r",
    ",",
    "\u{feff}",
    "é",
    "\u{1f3aa}",
    "\0",
    "\u{2028}",
];

/// What may stand between two values. In GraphQL that can be nothing.
const GLUE: [&str; 8] = [
    " ",
    "",
    ",",
    "\n",
    "\u{feff}",
    "#]})\"\"\"\n",
    "\r",
    "#\"\r",
];

/// Tokens in any order; most of the time with brackets that close.
pub fn soup(tape: &mut Tape) -> String {
    let closes = !tape.once_in(4);
    let mut open = Vec::new();
    let mut text = String::new();
    for _ in 0..tape.pick(120) {
        let token = tape.one(&TOKENS);
        if closes {
            match token {
                "{" => open.push("}"),
                "(" => open.push(")"),
                "[" => open.push("]"),
                "}" | ")" | "]" => {
                    text += open.pop().unwrap_or(" ");
                    continue;
                }
                _ => {}
            }
        }
        // Very deep, now and then.
        text += &token.repeat(if tape.once_in(40) { 70 } else { 1 });
        text += tape.one(&GLUE);
    }
    open.into_iter().rev().for_each(|bracket| text += bracket);
    text
}

/// A document with values wherever one may stand, written in every way there is.
pub fn values(tape: &mut Tape) -> String {
    let mut text = String::new();
    if tape.once_in(3) {
        text += "query Q($v: [[Int!]!] = ";
        value(tape, 4, &mut text);
        text += ") ";
        directive(tape, &mut text);
    }
    text += "{ a(b: ";
    value(tape, 6, &mut text);
    text += ") ";
    if tape.once_in(3) {
        text += "... on A ";
        directive(tape, &mut text);
        text += "{ c(d: ";
        value(tape, 4, &mut text);
        text += ") { e ...F } }";
    }
    text += "}";
    if tape.once_in(3) {
        text += " fragment F on A ";
        directive(tape, &mut text);
        text += "{ f }";
    }
    text
}

fn directive(tape: &mut Tape, text: &mut String) {
    if tape.once_in(2) {
        *text += "@d(x: ";
        value(tape, 3, text);
        *text += ") ";
    }
}

fn value(tape: &mut Tape, depth: usize, text: &mut String) {
    const SIMPLE: [&str; 14] = [
        "1",
        "\"\"",
        "\"[\"",
        "\"\\\"[\"",
        "\"\\\\\"",
        "\"\"\"[\"\"\"",
        "\"\"\"\\\"\"\"[\"\"\"",
        "\"\"\"\"\"\"",
        "A",
        "true",
        "null",
        "-0.5e-3",
        "$v",
        "\"\"\"\\\\\"\"\"",
    ];
    match tape.pick(4) {
        _ if depth == 0 => *text += tape.one(&SIMPLE),
        0 | 1 => {
            *text += "[";
            for _ in 0..tape.pick(6) {
                value(tape, depth - 1, text);
                *text += tape.one(&GLUE);
            }
            *text += "]";
        }
        2 => {
            *text += "{";
            for _ in 0..tape.pick(3) {
                *text += "k:";
                value(tape, depth - 1, text);
                *text += tape.one(&GLUE);
            }
            *text += "}";
        }
        _ => *text += tape.one(&SIMPLE),
    }
}

/// One of the front ends' documents, spoilt.
pub fn spoilt(tape: &mut Tape) -> String {
    const DOCUMENTS: [&str; 5] = [
        include_str!("../contract/operations/booking.graphql"),
        include_str!("../contract/operations/crew.graphql"),
        include_str!("../contract/operations/org.graphql"),
        include_str!("../contract/operations/planning.graphql"),
        include_str!("../contract/operations/session.graphql"),
    ];
    let mut text: Vec<char> = tape.one(&DOCUMENTS).chars().collect();
    for _ in 0..=tape.pick(3) {
        let from = tape.pick(text.len());
        let most = if tape.once_in(4) { 200 } else { 3 };
        let to = text.len().min(from + 1 + tape.pick(most));
        match tape.pick(4) {
            0 => text.insert_str(from, tape.one(&TOKENS)),
            1 => drop(text.drain(from..to)),
            2 => text.extend_from_within(from..to),
            _ => text[from..to].reverse(),
        }
    }
    text.into_iter().collect()
}

/// `Vec<char>` as a text that can be cut anywhere.
trait Insert {
    fn insert_str(&mut self, at: usize, token: &str);
}

impl Insert for Vec<char> {
    fn insert_str(&mut self, at: usize, token: &str) {
        self.splice(at..at, token.chars());
    }
}
