//! JSON (RFC 8259) as it passes: a few hundred bytes of state, whatever the document's size.
//!
//! It reads what parsers accept and does not judge the rest: where commas stand does not matter here.

/// A name's or value's bytes that are kept; what is longer is cut.
pub(super) const TOKEN_BYTES_MAX: usize = 96;
/// Arrays and objects within one another that are followed.
const DEPTH_MAX: u8 = 64;

/// Who is told what stands in a document, in order.
pub(super) trait Tree {
    /// The name of the member that comes next.
    fn name(&mut self, name: &[u8]);
    /// An object or array begins, as the value of the member named last, or within an array.
    fn open(&mut self, array: bool);
    /// The innermost object or array ends.
    fn close(&mut self);
    /// A text, at most [`TOKEN_BYTES_MAX`] bytes of it.
    fn text(&mut self, text: &[u8]);
    /// A number, or `true`, `false`, `null`.
    fn literal(&mut self, word: &[u8]);
}

/// A reader of one document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json {
    state: State,
    /// The next text in an object is a member's value, no name.
    value_follows: bool,
    depth: u8,
    /// Which of the open ones are arrays; the innermost is the lowest bit.
    arrays: u64,
    token: [u8; TOKEN_BYTES_MAX],
    length: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between texts.
    Between,
    Text,
    /// After a backslash.
    Escape,
    /// Within `\uXXXX`: digits read and their value.
    Unicode(u8, u16),
    Literal,
    /// The document ended.
    Ended,
    /// This is no JSON, or nested too deeply.
    Broken,
}

impl Default for Json {
    fn default() -> Self {
        Json {
            state: State::Between,
            value_follows: false,
            depth: 0,
            arrays: 0,
            token: [0; TOKEN_BYTES_MAX],
            length: 0,
        }
    }
}

impl Json {
    /// Reads on. Answers `false` when this is no JSON that can be followed; nothing more will be told then.
    pub(super) fn read(&mut self, bytes: &[u8], tree: &mut impl Tree) -> bool {
        let mut rest = bytes;
        while !rest.is_empty() {
            let count = match self.state {
                State::Between => self.between(rest, tree),
                State::Text => self.text(rest, tree),
                State::Escape => self.escape(rest),
                State::Unicode(digits, value) => self.unicode(rest, digits, value),
                State::Literal => self.literal(rest, tree),
                State::Ended => return true,
                State::Broken => return false,
            };
            rest = rest.get(count..).unwrap_or_default();
        }
        self.state != State::Broken
    }

    fn in_object(&self) -> bool {
        self.depth > 0 && self.arrays & 1 == 0
    }

    fn between(&mut self, bytes: &[u8], tree: &mut impl Tree) -> usize {
        let Some(at) = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b','))
        else {
            return bytes.len();
        };
        let byte = bytes.get(at).copied().unwrap_or_default();
        match byte {
            // A byte order mark, which parsers may ignore (RFC 8259 8.1).
            0xef | 0xbb | 0xbf if self.depth == 0 => {}
            b'"' => {
                self.length = 0;
                self.state = State::Text;
            }
            b':' if self.in_object() => self.value_follows = true,
            b'{' | b'[' => self.open(byte == b'[', tree),
            b'}' | b']' => self.close(byte == b']', tree),
            b'-' | b'0'..=b'9' | b'a'..=b'z' => {
                self.length = 0;
                self.push(byte);
                self.state = State::Literal;
            }
            _ => self.state = State::Broken,
        }
        at + 1
    }

    fn open(&mut self, array: bool, tree: &mut impl Tree) {
        if self.depth == DEPTH_MAX {
            self.state = State::Broken;
            return;
        }
        self.depth += 1;
        self.arrays = self.arrays << 1 | u64::from(array);
        self.value_follows = false;
        tree.open(array);
    }

    fn close(&mut self, array: bool, tree: &mut impl Tree) {
        if self.depth == 0 || (self.arrays & 1 == 1) != array {
            self.state = State::Broken;
            return;
        }
        self.depth -= 1;
        self.arrays >>= 1;
        self.value_follows = false;
        tree.close();
        if self.depth == 0 {
            self.state = State::Ended;
        }
    }

    fn text(&mut self, bytes: &[u8], tree: &mut impl Tree) -> usize {
        let end = memchr::memchr2(b'"', b'\\', bytes);
        for byte in bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default() {
            if !self.push(*byte) {
                break;
            }
        }
        let Some(end) = end else { return bytes.len() };
        if bytes.get(end) == Some(&b'\\') {
            self.state = State::Escape;
            return end + 1;
        }
        self.state = State::Between;
        let token = self.token.get(..usize::from(self.length)).unwrap_or_default();
        if self.depth > 0 && self.arrays & 1 == 0 && !self.value_follows {
            tree.name(token);
        } else {
            tree.text(token);
        }
        self.value_ended();
        end + 1
    }

    fn value_ended(&mut self) {
        self.value_follows = false;
        if self.depth == 0 {
            self.state = State::Ended;
        }
    }

    fn escape(&mut self, bytes: &[u8]) -> usize {
        self.state = State::Text;
        match bytes.first() {
            Some(b'u') => self.state = State::Unicode(0, 0),
            Some(byte @ (b'"' | b'\\' | b'/')) => {
                self.push(*byte);
            }
            Some(b'b' | b'f' | b'n' | b'r' | b't') => {
                self.push(b' ');
            }
            _ => self.state = State::Broken,
        }
        1
    }

    fn unicode(&mut self, bytes: &[u8], digits: u8, value: u16) -> usize {
        let digit = bytes.first().and_then(|byte| char::from(*byte).to_digit(16));
        let Some(digit) = digit.and_then(|digit| u16::try_from(digit).ok()) else {
            self.state = State::Broken;
            return 1;
        };
        let value = value << 4 | digit;
        self.state = State::Unicode(digits + 1, value);
        if digits == 3 {
            self.state = State::Text;
            // Half of a pair beyond the basic plane: of no use in a name of equipment.
            let character = char::from_u32(u32::from(value)).unwrap_or(char::REPLACEMENT_CHARACTER);
            let mut buffer = [0; 4];
            for byte in character.encode_utf8(&mut buffer).bytes() {
                self.push(byte);
            }
        }
        1
    }

    fn literal(&mut self, bytes: &[u8], tree: &mut impl Tree) -> usize {
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'+' | b'-');
        let end = bytes.iter().position(|byte| !is_part(byte));
        for byte in bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default() {
            self.push(*byte);
        }
        let Some(end) = end else { return bytes.len() };
        self.state = State::Between;
        tree.literal(self.token.get(..usize::from(self.length)).unwrap_or_default());
        self.value_ended();
        end
    }

    /// Keeps a byte of the token; `false` when there is no room for more.
    fn push(&mut self, byte: u8) -> bool {
        match self.token.get_mut(usize::from(self.length)) {
            Some(slot) => {
                *slot = byte;
                self.length += 1;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;
    use proptest::prelude::*;
    use std::fmt::Write as _;

    /// Writes the document down as it is told.
    #[derive(Default)]
    struct Told(String);

    impl Tree for Told {
        fn name(&mut self, name: &[u8]) {
            let _ = write!(self.0, " {}=", String::from_utf8_lossy(name));
        }

        fn open(&mut self, array: bool) {
            self.0.push_str(if array { "[" } else { "{" });
        }

        fn close(&mut self) {
            self.0.push('.');
        }

        fn text(&mut self, text: &[u8]) {
            let _ = write!(self.0, "'{}'", String::from_utf8_lossy(text));
        }

        fn literal(&mut self, word: &[u8]) {
            let _ = write!(self.0, "<{}>", String::from_utf8_lossy(word));
        }
    }

    fn told(document: &[u8]) -> String {
        let (mut json, mut whole) = (Json::default(), Told::default());
        let fine = json.read(document, &mut whole);
        for size in [1, 2, 7] {
            let (mut json, mut pieces) = (Json::default(), Told::default());
            let again = document.chunks(size).fold(true, |_, piece| json.read(piece, &mut pieces));
            assert_eq!((&pieces.0, again), (&whole.0, fine), "in pieces of {size}");
        }
        if !fine {
            whole.0.push_str(" broken");
        }
        whole.0
    }

    #[test]
    fn documents_are_told_in_order() {
        assert_snapshot!(
            told(br#" {"a" : [1, -2.5e+3, true , null, "x\"\\\u00e4\n"], "b":{"c":"d"}, "":"" } "#),
            @r#"{ a=[<1><-2.5e+3><true><null>'x"\ä '. b={ c='d'. =''."#
        );
        assert_snapshot!(told(b"\xef\xbb\xbf[{},[]]"), @"[{.[..");
        assert_snapshot!(told(br#""alone" "#), @"'alone'");
        assert_snapshot!(told(br#"{"a":1}{"b":2}"#), @"{ a=<1>.");
    }

    #[test]
    fn long_texts_are_cut() {
        let document = format!("[\"{}\",1]", "x".repeat(500));
        assert_eq!(told(document.as_bytes()), format!("['{}'<1>.", "x".repeat(TOKEN_BYTES_MAX)));
    }

    #[test]
    fn what_is_no_json_is_left() {
        assert_snapshot!(told(b"<html>"), @" broken");
        assert_snapshot!(told(b"{]"), @"{ broken");
        assert_snapshot!(told(br#"["\x"]"#), @"[ broken");
        assert_snapshot!(told(br#"["\u00g0"]"#), @"[ broken");
        assert!(told(&[b'['; 100]).ends_with("[ broken"));
    }

    proptest! {
        /// Documents written by an encoder are told as an independent decoder understands them.
        #[test]
        fn any_document_is_told_whole(value in documents()) {
            fn tell(value: &serde_json::Value, out: &mut Told) {
                match value {
                    serde_json::Value::Array(values) => {
                        out.open(true);
                        values.iter().for_each(|value| tell(value, out));
                        out.close();
                    }
                    serde_json::Value::Object(members) => {
                        out.open(false);
                        for (name, value) in members {
                            out.name(name.as_bytes());
                            tell(value, out);
                        }
                        out.close();
                    }
                    serde_json::Value::String(text) => out.text(text.as_bytes()),
                    other => out.literal(other.to_string().as_bytes()),
                }
            }
            let mut expected = Told::default();
            tell(&value, &mut expected);
            prop_assert_eq!(told(value.to_string().as_bytes()), expected.0.clone());
            prop_assert_eq!(told(serde_json::to_string_pretty(&value).unwrap().as_bytes()), expected.0);
        }

        #[test]
        fn any_bytes_are_safe(bytes in prop::collection::vec(prop::sample::select(
            br#"{}[]":,\u01aetnf "#.to_vec()), 0..200)) {
            told(&bytes);
        }
    }

    fn documents() -> impl Strategy<Value = serde_json::Value> {
        // What an encoder escapes is told as a space; that is tested above.
        let text = "[ -~äß°]{0,20}";
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            text.prop_map(Into::into),
        ];
        let nested = leaf.prop_recursive(5, 60, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
                prop::collection::btree_map(text, inner, 0..6)
                    .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
            ]
        });
        // A document that is a number alone has no end to be told by.
        prop::collection::vec(nested, 0..4).prop_map(Into::into)
    }
}
