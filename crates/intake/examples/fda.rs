//! Reads files of FDA's device data and says how many records there were: `fda FILE...`. For measuring.

use cordon_intake::fda;
use std::fs::File;
use std::io::{BufRead, BufReader};

#[expect(clippy::print_stdout, reason = "an example shows what it did")]
fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let mut reader = BufReader::with_capacity(1 << 16, File::open(&path)?);
        let format = fda::recognise(reader.fill_buf()?);
        let Some(format) = format else {
            println!("{path}: none of the formats");
            continue;
        };
        let mut named = 0u64;
        let read = fda::read(format, &mut reader, &mut |record| {
            named +=
                u64::from(matches!(record, fda::FdaRecord::Product(product) if !product.brand.is_empty()));
        });
        println!(
            "{path}: {}, {} records, {named} with a brand, {:?}",
            format.name(),
            read.records,
            read.damage
        );
    }
    Ok(())
}
