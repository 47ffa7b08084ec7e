#![no_main]

use cordon_observe::dissect::xml::{Element, Reading, Scope, Visitor, Want, Xml};

/// Writes down what is told; wants text or words as the name's length has it.
#[derive(Default, PartialEq, Debug)]
struct Notes(Vec<u8>);

impl Visitor for Notes {
    fn namespace(&mut self, name: &[u8]) -> u8 {
        name.len() as u8
    }

    fn attribute(&mut self, of: &[u8], name: &[u8], value: &[u8]) {
        self.0.extend_from_slice(&[b"@", of, b" ", name, b"=", value, b"\n"].concat());
    }

    fn start(&mut self, element: Element<'_>) -> Want {
        self.0.extend_from_slice(&[b"<", element.name, &[element.depth, element.namespace, b'\n']].concat());
        match element.name.len() % 4 {
            0 => Want::Nothing,
            1 => Want::Text,
            2 => Want::Words,
            _ if element.name == b"end" => Want::Stop,
            _ => Want::Text,
        }
    }

    fn text(&mut self, text: &[u8], scope: &Scope) {
        assert!(!text.is_empty() && text.trim_ascii() == text);
        let (namespace, local) = scope.resolve(text);
        self.0.extend_from_slice(&[b"=", local, &[namespace, b'\n']].concat());
    }

    fn end(&mut self, depth: u8) {
        self.0.extend_from_slice(&[b'>', depth, b'\n']);
    }
}

fn run(data: &[u8], size: usize) -> (Notes, Option<usize>, bool) {
    let (mut xml, mut notes) = (Xml::default(), Notes::default());
    for (index, piece) in data.chunks(size).enumerate() {
        match xml.feed(piece, &mut notes) {
            Reading::On => {}
            Reading::Stopped(count) | Reading::Malformed(count) => {
                return (notes, Some(index * size + count), xml.limited());
            }
        }
    }
    (notes, None, xml.limited())
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let whole = run(data, data.len().max(1));
    assert_eq!(run(data, 1), whole, "byte by byte");
    assert_eq!(run(data, 7), whole, "in pieces of seven");
});
