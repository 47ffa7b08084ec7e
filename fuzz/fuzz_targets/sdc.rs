#![no_main]

use cordon_fuzz::{Recorder, chunks};
use cordon_observe::dissect::Side;
use cordon_observe::dissect::sdc::Soap;

/// What is told of one message in pieces of at most `size`.
fn run(side: Side, bytes: &[u8], size: usize) -> Recorder {
    let (mut soap, mut facts) = (Soap::default(), Recorder::default());
    for piece in bytes.chunks(size) {
        soap.read(side, piece, &mut facts);
    }
    soap.finish(side, &mut facts);
    facts
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    for chunk in chunks(data) {
        let whole = run(chunk.side, chunk.bytes, usize::MAX);
        assert_eq!(run(chunk.side, chunk.bytes, 1), whole, "byte by byte");
        assert_eq!(run(chunk.side, chunk.bytes, 61), whole, "in pieces of 61");
    }
});
