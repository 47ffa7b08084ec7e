//! Delimited text: its encoding, its delimiter, its rows.

/// Rows that are read, the heading included.
pub(crate) const ROWS_MAX: usize = 1_000_000;
/// What divides cells.
pub(crate) const DELIMITERS: [char; 4] = [',', ';', '\t', '|'];
/// Cells of a row that are read.
const CELLS_MAX: usize = 1_024;

/// The characters Windows-1252 has where Latin-1 has control codes (0x80 to 0x9f).
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of a file: UTF-8 with or without its mark, UTF-16 with its mark, otherwise Windows-1252.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| pair.first_chunk().copied()).map(unit);
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => return utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => return utf16(rest, u16::from_be_bytes),
        _ => {}
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // The head of a longer file may end inside a character.
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default()).into_owned()
        }
        Err(_) => {
            let character = |byte: &u8| match byte {
                0x80..=0x9f => WINDOWS_1252.get(usize::from(byte - 0x80)).copied().unwrap_or(' '),
                other => char::from(*other),
            };
            bytes.iter().map(character).collect()
        }
    }
}

/// Reads rows of cells (RFC 4180, with any delimiter and line end). Blank lines are rows without cells, so
/// that rows are numbered as a spreadsheet shows them.
pub(crate) struct Rows<'a> {
    rest: &'a str,
    delimiter: char,
    /// True once a quoted cell was found that never ends.
    pub(crate) unclosed: bool,
    count: usize,
}

impl<'a> Rows<'a> {
    pub(crate) fn new(text: &'a str, delimiter: char) -> Rows<'a> {
        Rows { rest: text, delimiter, unclosed: false, count: 0 }
    }

    /// One cell, and whether it ends its row.
    fn cell(&mut self) -> (String, bool) {
        match self.rest.strip_prefix('"') {
            Some(quoted) => self.quoted(quoted),
            None => self.plain(),
        }
    }

    fn plain(&mut self) -> (String, bool) {
        let delimiter = self.delimiter;
        let ends = |character: char| character == delimiter || character == '\n' || character == '\r';
        let at = self.rest.find(ends).unwrap_or(self.rest.len());
        let (cell, rest) = self.rest.split_at(at);
        self.rest = rest;
        (cell.to_owned(), self.pass_delimiter())
    }

    fn quoted(&mut self, quoted: &'a str) -> (String, bool) {
        let mut cell = String::new();
        let mut rest = quoted;
        loop {
            let Some((before, after)) = rest.split_once('"') else {
                // Without its end everything to the end of the file would be one cell: take the line.
                self.unclosed = true;
                self.rest = quoted;
                return self.plain();
            };
            cell.push_str(before);
            match after.strip_prefix('"') {
                Some(more) => {
                    cell.push('"');
                    rest = more;
                }
                None => {
                    self.rest = after;
                    break;
                }
            }
        }
        // Stray characters behind the closing quote belong to the cell as they stand.
        let (stray, ends) = self.plain();
        cell.push_str(&stray);
        (cell, ends)
    }

    /// Passes the delimiter or line end that follows a cell; true for a line end.
    fn pass_delimiter(&mut self) -> bool {
        let mut characters = self.rest.chars();
        let next = characters.next();
        if next == Some('\r') && self.rest.starts_with("\r\n") {
            characters.next();
        }
        self.rest = characters.as_str();
        next != Some(self.delimiter)
    }
}

impl Iterator for Rows<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        if self.rest.is_empty() || self.count >= ROWS_MAX {
            return None;
        }
        self.count += 1;
        let mut cells = Vec::new();
        loop {
            let (cell, ends) = self.cell();
            if cells.len() < CELLS_MAX {
                cells.push(cell);
            }
            if ends {
                break;
            }
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            cells.clear();
        }
        Some(cells)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        Rows::new(text, ';').collect()
    }

    #[test]
    fn quotes_line_ends_and_blank_lines() {
        assert_eq!(
            rows("a;\"b;\"\"c\"\"\nd\";e\r\n\r\n;\n1;2\r3"),
            [vec!["a", "b;\"c\"\nd", "e"], vec![], vec![], vec!["1", "2"], vec!["3"]]
        );
        assert_eq!(rows("\"a\"b;c"), [["ab", "c"]]);
        assert_eq!(rows("a;"), [["a", ""]]);
    }

    #[test]
    fn a_quote_that_never_closes_costs_one_line() {
        let mut unclosed = Rows::new("a;\"b\nc;d\n", ';');
        assert_eq!(unclosed.by_ref().collect::<Vec<_>>(), [["a", "b"], ["c", "d"]]);
        assert!(unclosed.unclosed);
    }

    #[test]
    fn encodings_are_told_apart() {
        assert_eq!(decode("Gerät".as_bytes()), "Gerät");
        assert_eq!(decode(b"\xef\xbb\xbfa"), "a");
        assert_eq!(decode(b"Ger\xe4t \x80"), "Gerät €");
        assert_eq!(decode(b"\xff\xfeG\0\xe4\0"), "Gä");
        assert_eq!(decode(b"\xfe\xff\0G"), "G");
        // A head that ends inside a character is still UTF-8.
        assert_eq!(decode(b"Ger\xc3\xa4t\xc3"), "Gerät");
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(table in proptest::collection::vec(proptest::collection::vec("[a\";\n\r ü]{0,6}", 1..5), 1..6)) {
            let quote = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let text: Vec<String> = table.iter().map(|row| row.iter().map(quote).collect::<Vec<_>>().join(";")).collect();
            let blank = |row: Vec<String>| if row.iter().all(|cell| cell.trim().is_empty()) { Vec::new() } else { row };
            let table: Vec<_> = table.into_iter().map(blank).collect();
            prop_assert_eq!(rows(&text.join("\r\n")), table);
        }

        #[test]
        fn any_text_ends(text in any::<String>(), bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            rows(&text);
            rows(&decode(&bytes));
        }
    }
}
