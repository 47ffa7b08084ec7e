use super::*;
use proptest::prelude::*;
use std::fmt::Write as _;

/// Writes down what is told; wants words of `W…`, nothing of `n…` and no more after `stop`.
#[derive(Default)]
struct Notes(String);

impl Visitor for Notes {
    fn namespace(&mut self, name: &[u8]) -> u8 {
        match name {
            b"urn:one" => 1,
            b"urn:two" => 2,
            _ => 0,
        }
    }

    fn attribute(&mut self, of: &[u8], name: &[u8], value: &[u8]) {
        let _ = writeln!(self.0, "@{} {}={}", text_of(of), text_of(name), text_of(value));
    }

    fn start(&mut self, element: Element<'_>) -> Want {
        let _ = writeln!(self.0, "<{} {} {}", element.depth, element.namespace, text_of(element.name));
        match element.name {
            [b'W', ..] => Want::Words,
            [b'n', ..] => Want::Nothing,
            b"stop" => Want::Stop,
            _ => Want::Text,
        }
    }

    fn text(&mut self, text: &[u8], scope: &Scope) {
        let (namespace, local) = scope.resolve(text);
        let _ = writeln!(self.0, "{} [{namespace} {}]", text_of(text), text_of(local));
    }

    fn end(&mut self, depth: u8) {
        let _ = writeln!(self.0, ">{depth}");
    }
}

fn text_of(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What is told of a document fed in pieces, and how it ended.
fn told(document: &[u8], mut size: impl FnMut() -> usize) -> String {
    let (mut xml, mut notes) = (Xml::default(), Notes::default());
    let (mut rest, mut taken) = (document, 0);
    while !rest.is_empty() {
        let (front, back) = rest.split_at(size().clamp(1, rest.len()));
        match xml.feed(front, &mut notes) {
            Reading::On => taken += front.len(),
            end => {
                let (what, count) = match end {
                    Reading::Stopped(count) => ("stopped", count),
                    Reading::Malformed(count) => ("malformed", count),
                    Reading::On => unreachable!(),
                };
                let _ = writeln!(notes.0, "{what} at {}", taken + count);
                break;
            }
        }
        rest = back;
    }
    if xml.limited() {
        notes.0.push_str("limited\n");
    }
    notes.0
}

fn check(document: &[u8]) -> String {
    let whole = told(document, || document.len());
    for size in [1, 2, 3, 7] {
        assert_eq!(told(document, || size), whole, "in pieces of {size}");
    }
    whole
}

#[test]
fn elements_attributes_and_text_are_told() {
    let document = br#"<?xml version="1.0" encoding="UTF-8"?>
<!-- a comment --> <!DOCTYPE r [ <!ENTITY x "]>"> ]>
<a:root xmlns:a='urn:one' a:k = "1 &lt; 2" l='"'>
  <a:Wds xmlns:b="urn:two"> b:Device  a:Other
  plain </a:Wds>
  <name xmlns="urn:two">x</name><t> Pump&#32;&#x38;<!-- - --><?pi ?><![CDATA[ <&]] ]]>&unknown; & so </t><e/>
</a:root>"#;
    let expected = "@root k=1 < 2
@root l=\"
<1 1 root
<2 1 Wds
b:Device [2 Device]
a:Other [1 Other]
plain [0 plain]
>2
<2 2 name
>2
<2 0 t
Pump 8 <&]] &unknown; & so [0 Pump 8 <&]] &unknown; & so]
>2
<2 0 e
>2
>1
";
    assert_eq!(check(document), expected);
}

#[test]
fn namespaces_are_in_force_within_their_element() {
    let document =
        br#"<r xmlns="urn:one" xmlns:p="urn:two"><c xmlns="urn:two" xmlns:p=""><p:d/><d/></c><d/><p:d/>
        <c xmlns="urn:other"><d/></c></r><r/>"#;
    let starts: Vec<String> =
        check(document).lines().filter(|line| line.starts_with('<')).map(str::to_owned).collect();
    let expected = ["<1 1 r", "<2 2 c", "<3 0 d", "<3 2 d", "<2 1 d", "<2 2 d", "<2 0 c", "<3 0 d", "<1 0 r"];
    assert_eq!(starts, expected);
}

#[test]
fn other_encodings_are_undone() {
    let document = "\u{feff}<r k='ü'>Gerät \u{1d11e}</r>";
    let expected = check(document.as_bytes());
    assert!(expected.contains("Gerät \u{1d11e}"), "{expected}");
    let little: Vec<u8> = document.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = document.encode_utf16().flat_map(u16::to_be_bytes).collect();
    for bytes in [&little, &big] {
        assert_eq!(check(bytes), expected);
        assert_eq!(check(&bytes[2..]), expected, "without a mark");
    }
}

#[test]
fn what_is_no_xml_ends_the_reading() {
    for (document, at) in [
        (&b"GET / HTTP/1.1"[..], 2),
        (b"<a><1></a>", 5),
        (b"<a b=1>", 6),
        (b"<a b='1' c></a>", 11),
        (b"</a>", 2),
        (b"<a/ >", 4),
        (b"<a/>text", 5),
        (b"<![CDATA[x]]>", 9),
        (b"<a></a<", 7),
        (b"<!ELEMENT", 3),
    ] {
        let told = check(document);
        let place = format!("malformed at {at}\n");
        assert!(told.ends_with(&place), "{:?}: {told}", text_of(document));
    }
}

#[test]
fn a_visitor_may_stop() {
    assert_eq!(check(b"<a><stop k='v'>text</stop></a>"), "<1 0 a\n@stop k=v\n<2 0 stop\nstopped at 15\n");
    assert_eq!(check(b"<stop/>x"), "<1 0 stop\nstopped at 7\n");
}

#[test]
fn what_is_too_much_is_cut_or_counted() {
    let long = "x".repeat(1000);
    let told = check(format!("<{long} {long}='v'/>").as_bytes());
    assert_eq!(told, format!("@ =v\n<1 0 \n>1\n"));
    let told = check(format!("<a k='{long}'>{long}</a>").as_bytes());
    let cut = &long[..VALUE_BYTES_MAX];
    assert_eq!(told, format!("@a k={cut}\n<1 0 a\n{cut} [0 {cut}]\n>1\n"));

    let deep = format!("{}{}<b/>", "<a c='d'>".repeat(100), "</a>".repeat(100));
    let told = check(deep.as_bytes());
    assert!(told.contains("<64 0 a\n>64\n") && told.ends_with("<1 0 b\n>1\nlimited\n"), "{told}");
    assert!(check(&b"<a>".repeat(70_000)).ends_with("malformed at 196605\nlimited\n"));

    let one: String = (0..40).map(|index| format!(" xmlns:p{index}='urn:{index}'")).collect();
    assert!(!check(format!("<a{one}/>").as_bytes()).contains("limited"));
    let many: String = (0..21).map(|index| format!(" xmlns:p{index}='urn:one'")).collect();
    assert!(check(format!("<a{many}/>").as_bytes()).contains("limited"));
}

/// A tree that can be written in many ways.
#[derive(Clone, Debug)]
struct Tree {
    name: String,
    prefix: bool,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Tree>,
}

fn tree() -> impl Strategy<Value = Tree> {
    let text = "[a-z0-9<>&\"'\\]ü\u{1d11e} ]{0,12}";
    let leaf =
        ("[Wna-m][a-z]{0,8}", any::<bool>(), proptest::collection::vec(("[a-z]{1,6}", text), 0..3), text)
            .prop_filter("names that mean something to the visitor", |(name, _, attributes, _)| {
                name != "stop" && attributes.iter().all(|(name, _)| name != "xmlns")
            })
            .prop_map(|(name, prefix, attributes, text)| Tree {
                name,
                prefix,
                attributes,
                text,
                children: vec![],
            });
    leaf.prop_recursive(4, 24, 4, |inner| {
        (inner.clone(), proptest::collection::vec(inner, 0..4))
            .prop_map(|(tree, children)| Tree { children, ..tree })
    })
}

/// Escapes each character in one of several ways; a blank stays one, for a reference would not part words.
fn escaped(text: &str, ways: &mut dyn FnMut() -> u8, quote: Option<char>) -> String {
    let mut out = String::new();
    for character in text.chars() {
        let code = u32::from(character);
        let must = matches!(character, '<' | '&') || Some(character) == quote;
        let _ = match ways() % 8 {
            0 if character != ' ' => write!(out, "&#{code};"),
            1 if character != ' ' => write!(out, "&#x{code:x};"),
            2 if quote.is_none() => {
                write!(out, "<!-- -- - -->{}", escaped(&character.to_string(), &mut || 0, None))
            }
            3 if quote.is_none() => write!(out, "<![CDATA[{character}]]>"),
            _ if must => write!(out, "&#{code};"),
            _ => write!(out, "{character}"),
        };
    }
    out
}

fn write_tree(tree: &Tree, root: bool, ways: &mut dyn FnMut() -> u8, out: &mut String) {
    let name = if tree.prefix { format!("p:{}", tree.name) } else { tree.name.clone() };
    let _ = write!(out, "<{name}");
    for (attribute, value) in &tree.attributes {
        let quote = if ways().is_multiple_of(2) { '"' } else { '\'' };
        let _ = write!(out, "\n {attribute}={quote}{}{quote}", escaped(value, ways, Some(quote)));
    }
    if root {
        out.push_str(" xmlns:p='urn:one'");
    }
    if tree.text.is_empty() && tree.children.is_empty() && ways().is_multiple_of(2) {
        return out.push_str("/>");
    }
    out.push('>');
    out.push_str(&escaped(&tree.text, ways, None));
    for child in &tree.children {
        write_tree(child, false, ways, out);
    }
    let _ = write!(out, "</{name} >");
}

fn expect_tree(tree: &Tree, depth: u8, out: &mut String) {
    for (attribute, value) in &tree.attributes {
        let _ = writeln!(out, "@{} {attribute}={}", tree.name, value.trim());
    }
    let _ = writeln!(out, "<{depth} {} {}", u8::from(tree.prefix), tree.name);
    let words: Vec<&str> = match tree.name.as_bytes() {
        [b'n', ..] => vec![],
        [b'W', ..] => tree.text.split_whitespace().collect(),
        _ => vec![tree.text.trim()],
    };
    for word in words.into_iter().filter(|word| !word.is_empty()) {
        let _ = writeln!(out, "{word} [0 {word}]");
    }
    for child in &tree.children {
        expect_tree(child, depth + 1, out);
    }
    let _ = writeln!(out, ">{depth}");
}

proptest! {
    #[test]
    fn a_tree_is_told_however_it_is_written(
        tree in tree(),
        ways in proptest::collection::vec(any::<u8>(), 1..64),
        sizes in proptest::collection::vec(1usize..40, 1..8),
        wide in any::<bool>(),
    ) {
        let mut way = ways.iter().cycle();
        let mut document = String::from("<?xml version='1.0'?>\n");
        write_tree(&tree, true, &mut || *way.next().unwrap(), &mut document);
        let mut expected = String::new();
        expect_tree(&tree, 1, &mut expected);
        let bytes = match wide {
            true => document.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            false => document.into_bytes(),
        };
        let mut size = sizes.iter().cycle();
        prop_assert_eq!(told(&bytes, || *size.next().unwrap()), expected);
    }

    #[test]
    fn any_bytes_in_any_pieces_tell_the_same(
        parts in proptest::collection::vec(prop_oneof![
            Just("<a>"), Just("</a>"), Just("<W k='"), Just("'"), Just("\""), Just("/>"), Just(">"), Just("&"),
            Just(";"), Just("#x41"), Just("amp"), Just("<![CDATA["), Just("]]"), Just("<!--"), Just("--"),
            Just("<?"), Just("?>"), Just("xmlns:a='urn:one' "), Just("a:b c"), Just("<!DOCTYPE"), Just("["), Just("]"),
            Just("<"), Just("\0"), Just("ü"), Just(" "),
        ], 0..40),
        noise in proptest::collection::vec(any::<u8>(), 0..4),
        start in prop_oneof![Just(&b""[..]), Just(&b"<a>"[..]), Just(&b"\xff\xfe"[..]), Just(&b"\xfe\xff"[..])],
        sizes in proptest::collection::vec(1usize..20, 1..8),
    ) {
        let document = [start, parts.concat().as_bytes(), &noise].concat();
        let mut size = sizes.iter().cycle();
        prop_assert_eq!(told(&document, || *size.next().unwrap()), told(&document, || document.len()));
    }
}
