//! HTML: values beside the labels of a device's own page.
//!
//! A page is read as texts between tags, whatever the tags are: a text that is a known label, then the next text, or
//! both in one with a colon between. What a row, a list or an empty cell separates is no pair. Scripts, styles and
//! comments are passed over. It is no parser of HTML: what it does not understand tells nothing.

use crate::dissect::particulars::{Item, LABEL_BYTES_MAX, Particulars, VALUE_BYTES_MAX};

/// The longest text that is looked at: a label, a colon and a value.
const TEXT_BYTES_MAX: usize = LABEL_BYTES_MAX + VALUE_BYTES_MAX + 2;
/// The longest tag name that is told apart.
const NAME_BYTES_MAX: usize = 8;
/// The longest reference to a character that is undone: `&nbsp;`, `&#xa0;`.
const REFERENCE_BYTES_MAX: usize = 6;

/// Reads a page in any pieces.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pairs {
    place: Place,
    text: [u8; TEXT_BYTES_MAX],
    length: u8,
    too_long: bool,
    name: [u8; NAME_BYTES_MAX],
    name_length: u8,
    closing: bool,
    /// The last byte within a tag that is no blank: quotes begin behind `=` only, `/` closes an empty element.
    last: u8,
    /// Within `script` or `style`.
    raw: bool,
    in_heading: bool,
    label: Option<Label>,
}

/// A label that waits for its value.
#[derive(Clone, Copy, Debug)]
struct Label {
    item: Item,
    /// It stands in a heading cell: so may a whole row of headings.
    in_heading: bool,
    /// Elements that opened since.
    opened: u8,
    /// The innermost of them holds something.
    filled: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Text,
    /// After `<`.
    Markup,
    /// In a tag's name.
    Name,
    /// Behind it.
    Tag,
    Quoted(u8),
    /// After `<!` with this many hyphens.
    Declaration(u8),
    /// In a comment, after this many hyphens.
    Comment(u8),
}

impl Default for Pairs {
    fn default() -> Self {
        Pairs {
            place: Place::Text,
            text: [0; TEXT_BYTES_MAX],
            length: 0,
            too_long: false,
            name: [0; NAME_BYTES_MAX],
            name_length: 0,
            closing: false,
            last: 0,
            raw: false,
            in_heading: false,
            label: None,
        }
    }
}

impl Pairs {
    /// Reads bytes in order and remembers what they say.
    pub(super) fn read(&mut self, bytes: &[u8], found: &mut Particulars) {
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            // Long texts and scripts are passed over in one step.
            if self.place == Place::Text && (self.raw || self.too_long) && byte != b'<' {
                rest = memchr::memchr(b'<', rest).and_then(|at| rest.get(at..)).unwrap_or_default();
                continue;
            }
            self.byte(byte, found);
            rest = after;
        }
    }

    fn byte(&mut self, byte: u8, found: &mut Particulars) {
        match self.place {
            Place::Text if byte == b'<' => self.place = Place::Markup,
            Place::Text => self.push(byte),
            Place::Markup => self.markup(byte, found),
            Place::Name if byte.is_ascii_alphanumeric() => self.push_name(byte),
            Place::Name | Place::Tag => self.tag(byte),
            Place::Quoted(quote) if byte == quote => {
                (self.place, self.last) = (Place::Tag, byte);
            }
            Place::Quoted(_) => {}
            Place::Declaration(1) if byte == b'-' => self.place = Place::Comment(0),
            Place::Declaration(0) if byte == b'-' => self.place = Place::Declaration(1),
            Place::Declaration(_) => {
                self.place = if byte == b'>' { Place::Text } else { Place::Declaration(2) };
            }
            Place::Comment(2..) if byte == b'>' => self.place = Place::Text,
            Place::Comment(hyphens) => {
                self.place = Place::Comment(if byte == b'-' { hyphens.saturating_add(1) } else { 0 });
            }
        }
    }

    fn push(&mut self, byte: u8) {
        let byte = if byte.is_ascii_whitespace() { b' ' } else { byte };
        let last = usize::from(self.length).checked_sub(1).and_then(|at| self.text.get(at)).copied();
        if byte == b' ' && last.is_none_or(|last| last == b' ') {
            return;
        }
        self.put(byte);
        match byte {
            b';' => self.refer(),
            // U+00A0.
            0xa0 if last == Some(0xc2) => self.blank(2),
            _ => {}
        }
    }

    fn put(&mut self, byte: u8) {
        match self.text.get_mut(usize::from(self.length)) {
            Some(slot) => {
                *slot = byte;
                self.length += 1;
            }
            None => self.too_long = true,
        }
    }

    /// Undoes a reference to a blank, a colon or a hyphen that just ended.
    fn refer(&mut self) {
        let text = self.text.get(..usize::from(self.length)).unwrap_or_default();
        let last = text.get(text.len().saturating_sub(REFERENCE_BYTES_MAX)..).unwrap_or_default();
        let Some(at) = last.iter().rposition(|byte| *byte == b'&') else { return };
        let reference = last.get(at..).unwrap_or_default();
        let count = reference.len() as u8;
        match reference {
            b"&nbsp;" | b"&#160;" | b"&#xa0;" | b"&#xA0;" | b"&#32;" | b"&#x20;" => self.blank(count),
            b"&#58;" => self.replace(count, b':'),
            b"&#45;" => self.replace(count, b'-'),
            b"&amp;" | b"&#38;" => self.replace(count, b'&'),
            _ => {}
        }
    }

    fn replace(&mut self, count: u8, byte: u8) {
        self.length = self.length.saturating_sub(count);
        self.put(byte);
    }

    fn blank(&mut self, count: u8) {
        self.length = self.length.saturating_sub(count);
        let last = usize::from(self.length).checked_sub(1).and_then(|at| self.text.get(at)).copied();
        if last.is_some_and(|last| last != b' ') {
            self.put(b' ');
        }
    }

    fn markup(&mut self, byte: u8, found: &mut Particulars) {
        (self.name_length, self.closing, self.last) = (0, false, 0);
        match byte {
            _ if self.raw && byte != b'/' => self.place = Place::Text,
            b'!' | b'?' => {
                self.end_text(found);
                self.place = Place::Declaration(if byte == b'!' { 0 } else { 2 });
            }
            b'/' => {
                self.end_text(found);
                (self.place, self.closing) = (Place::Name, true);
            }
            _ if byte.is_ascii_alphabetic() => {
                self.end_text(found);
                self.place = Place::Name;
                self.push_name(byte);
            }
            // A bare less-than sign.
            _ => {
                self.place = Place::Text;
                self.push(b'<');
                self.push(byte);
            }
        }
    }

    fn push_name(&mut self, byte: u8) {
        match self.name.get_mut(usize::from(self.name_length)) {
            Some(slot) => {
                *slot = byte.to_ascii_lowercase();
                self.name_length += 1;
            }
            // No name that matters is so long.
            None => self.name = [b'x'; NAME_BYTES_MAX],
        }
    }

    fn tag(&mut self, byte: u8) {
        self.place = Place::Tag;
        match byte {
            b'>' => {
                self.place = Place::Text;
                self.end_tag();
            }
            b'"' | b'\'' if self.last == b'=' => self.place = Place::Quoted(byte),
            _ if byte.is_ascii_whitespace() => {}
            _ => self.last = byte,
        }
    }

    fn end_tag(&mut self) {
        let (name, length) = (self.name, usize::from(self.name_length));
        let name = name.get(..length).unwrap_or_default();
        match name {
            b"script" | b"style" => self.raw = !self.closing && self.last != b'/',
            _ if self.raw => {}
            b"th" => self.in_heading = !self.closing,
            b"td" => self.in_heading = false,
            // What stands in another row, list or form belongs to something else.
            b"tr" | b"table" | b"dl" | b"ul" | b"ol" | b"form" | b"fieldset" | b"body" | b"select"
            | b"h1" | b"h2" | b"h3" | b"h4" => self.label = None,
            _ => {}
        }
        let empty = self.last == b'/'
            || matches!(
                name,
                b"br" | b"hr" | b"img" | b"input" | b"wbr" | b"meta" | b"link" | b"col" | b"area" | b"base"
            );
        let Some(label) = self.label.as_mut().filter(|_| !empty) else { return };
        if !self.closing {
            (label.opened, label.filled) = (label.opened.saturating_add(1), false);
        } else if label.opened > 0 {
            // A cell that closes with nothing in it is the label's, and says that there is no value.
            if !label.filled {
                self.label = None;
            } else {
                label.opened -= 1;
            }
        }
    }

    /// A text ended.
    fn end_text(&mut self, found: &mut Particulars) {
        let (bytes, length, too_long) = (self.text, usize::from(self.length), self.too_long);
        (self.length, self.too_long) = (0, false);
        let text = bytes.get(..length).unwrap_or_default().trim_ascii();
        if self.raw || text.is_empty() {
            return;
        }
        if too_long {
            self.label = None;
            return;
        }
        if matches!(text, b":" | b"=" | b"-") {
            if let Some(label) = &mut self.label {
                label.filled = true;
            }
            return;
        }
        let waiting = self.label.take();
        let bare = text.strip_suffix(b":").or(text.strip_suffix(b"=")).unwrap_or(text).trim_ascii_end();
        if let Some(item) = Item::labelled(bare) {
            let in_heading = self.in_heading;
            self.label = Some(Label { item, in_heading, opened: 0, filled: false });
            return;
        }
        if let Some((item, value)) = inline(text) {
            found.put(item, value);
            return;
        }
        if let Some(label) = waiting.filter(|label| !(label.in_heading && self.in_heading)) {
            let value =
                text.strip_prefix(b":").or(text.strip_prefix(b"=")).unwrap_or(text).trim_ascii_start();
            found.put(label.item, value);
        }
    }
}

/// Label and value in one text: `Serial number: 4711`.
fn inline(text: &[u8]) -> Option<(Item, &[u8])> {
    let at = text.iter().position(|byte| b":=".contains(byte))?;
    let (label, value) = text.split_at_checked(at)?;
    Some((Item::labelled(label.trim_ascii_end())?, value.get(1..)?.trim_ascii_start()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::Side;
    use crate::dissect::particulars::Place;
    use crate::dissect::testing::Recorder;

    fn told(page: &str) -> String {
        let read = |size: usize| {
            let (mut pairs, mut found, mut facts) =
                (Pairs::default(), Particulars::default(), Recorder::default());
            for piece in page.as_bytes().chunks(size) {
                pairs.read(piece, &mut found);
            }
            found.tell(Place::Page, Side::Server, &mut facts);
            facts.finish().replace("Server http.page_", "").replace('\n', "; ")
        };
        let whole = read(page.len().max(1));
        for size in [1, 2, 3, 7] {
            assert_eq!(read(size), whole, "{page} in pieces of {size}");
        }
        whole
    }

    #[test]
    fn values_stand_beside_their_labels_in_many_ways() {
        for (page, expected) in [
            ("<tr><td>Serial Number:</td><td>CNJBK03456</td></tr>", "serial CNJBK03456; "),
            ("<tr><th>Serial Number</th><td>CNJBK03456</td></tr>", "serial CNJBK03456; "),
            ("<TD CLASS=\"a>b\"><B>S/N</B></TD><TD><FONT><B>AB1234</B></FONT></TD>", "serial AB1234; "),
            ("<dt>Serial&#32;no.</dt><dd>E78283F1N254602</dd>", "serial E78283F1N254602; "),
            ("<li>Firmware Version: 1.32</li>", "firmware 1.32; "),
            (
                "<p><b>Model Name: </b>QL-820NWB<br><b>Firmware: </b>2.0</p>",
                "model QL-820NWB; firmware 2.0; ",
            ),
            ("<div><span>Model</span><span>:</span><span>AXIS M3045</span></div>", "model AXIS M3045; "),
            (
                "<td>Firmware Datecode:</td>\n<!-- > -->\r\n<td>20110201&nbsp;04.100.4</td>",
                "firmware 20110201 04.100.4; ",
            ),
            ("<td>Software\u{a0}version</td><td>7.1</td>", "software 7.1; "),
            ("<td>Serial Number</td><td><img src=x><br/>AB1234</td>", "serial AB1234; "),
        ] {
            assert_eq!(told(page), expected, "{page}");
        }
    }

    #[test]
    fn what_is_no_pair_tells_nothing() {
        for page in [
            "",
            "Serial Number",
            "<td>Serial Number</td><td></td><td>AB1234</td>",
            "<td>Serial Number</td><td><span></span></td><td>AB1234</td>",
            "<tr><td>Serial Number</td></tr><tr><td>AB1234</td></tr>",
            "<tr><th>Model</th><th>Series 5</th></tr>",
            "<td>Serial Number</td><td>Model</td></tr><tr><td>AB1234</td>",
            "<script>x='<td>Serial Number</td><td>AB1234</td>'</script>",
            "<!-- <td>Serial Number</td><td>AB1234</td> -->",
            "<td>Serial Number</td><td>{{ serial1234 }}</td>",
            "<td>Model</td><td>Doe, Jane</td>",
            // Two devices.
            "<p>Serial: AB1234</p><p>Model: X1</p><p>Serial: AB1235</p>",
        ] {
            assert_eq!(told(page), "", "{page}");
        }
        assert_eq!(told("<p>Serial: AB1234</p><p>Serial: AB1234</p>"), "serial AB1234; ");
    }

    #[test]
    fn long_and_broken_pages_are_read_to_their_end() {
        let page = format!("<p>{}<p>Serial: AB1234<p>", "x".repeat(9_000));
        assert_eq!(told(&page), "serial AB1234; ");
        for page in
            ["<", "</", "<!", "<!-", "<!--", "<a b=\"", "<a b='>", "&", "&#", "<td>Model</td>< <td>X1</td>"]
        {
            told(page);
        }
        told(&"<div>".repeat(600));
        told(&format!("<td>Model</td>{}{}", "<div>".repeat(600), "</div>".repeat(600)));
    }
}
