//! Lines and columns of a document.
//!
//! The parser counts lines differently: it breaks them at vertical tabs, form feeds and U+2028, but GraphQL does not.

use async_graphql::Pos;

/// The positions where the lines of a document start.
pub struct Lines {
    starts: Vec<usize>,
    /// The text, only if it has characters of more than one byte; otherwise empty.
    text: String,
}

impl Lines {
    /// Finds the line ends: LF, CR LF or CR (GraphQL September 2025, 2.1.2).
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let ends = bytes.iter().enumerate().filter(|&(i, byte)| match byte {
            b'\n' => true,
            b'\r' => bytes.get(i + 1) != Some(&b'\n'),
            _ => false,
        });
        Self {
            starts: std::iter::once(0).chain(ends.map(|(i, _)| i + 1)).collect(),
            text: match text.is_ascii() {
                true => String::new(),
                false => text.to_owned(),
            },
        }
    }

    /// Their size in memory, in bytes.
    pub fn weight(&self) -> usize {
        self.text.len() + self.starts.len() * size_of::<usize>()
    }

    /// The line and column of a byte. Columns count UTF-16 units, as front-end tools do.
    pub fn pos(&self, offset: usize) -> Pos {
        let line = self.starts.partition_point(|start| *start <= offset);
        let start = self.starts[line - 1];
        let before = match self.text.get(start..offset) {
            Some(before) if !self.text.is_empty() => before.encode_utf16().count(),
            _ => offset - start,
        };
        Pos {
            line,
            column: before + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_where_the_specification_says() {
        let text = "a\nb\r\nc\rd\u{2028}\u{b}\u{c}e";
        let lines = Lines::new(text);
        let at = |what: char| {
            let pos = lines.pos(text.find(what).expect("a character"));
            (pos.line, pos.column)
        };
        assert_eq!(
            ['a', 'b', 'c', 'd', 'e'].map(at),
            [(1, 1), (2, 1), (3, 1), (4, 1), (4, 5)]
        );
    }

    #[test]
    fn columns_are_counted_in_utf_16() {
        let text = "é🎭x";
        assert_eq!(Lines::new(text).pos(text.len() - 1).column, 4);
        assert_eq!(Lines::new("").pos(0), Pos { line: 1, column: 1 });
    }
}
