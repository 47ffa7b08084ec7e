//! FDA's products in a folder: one line a product, and an index from device identifiers and models to lines.
//! Written as a stream and looked up by place, so that neither needs memory for the whole.

use super::index::{Index, hash};
use super::sort::Sorter;
use cordon_knowledge::fda::Product;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

pub(super) const PRODUCTS: &str = "products.tsv";
pub(super) const COMPANIES: &str = "companies.txt";
pub(super) const INDEX: &str = "index.bin";

/// Labellers kept by number; of more the names stand in the lines. There are about 15,000.
const COMPANIES_MAX: usize = 200_000;
/// A product's line has at most this many bytes: all its fields are cut on the way in.
const LINE_BYTES_MAX: u64 = 64 << 10;
/// Products looked at for one model: a brand may have thousands of sizes.
const FOUND_MAX: usize = 2_000;
/// One more than are looked at tells that there are more.
const LOOKED_AT_MAX: usize = FOUND_MAX + 1;

/// The hash of a key of a kind.
fn key(kind: u8, key: &str) -> u64 {
    hash(std::iter::once(kind).chain(key.bytes()))
}

const BY_IDENTIFIER: u8 = b'i';
const BY_MODEL: u8 = b'm';

/// Writes products.
pub(super) struct Writer {
    lines: BufWriter<File>,
    place: u64,
    count: u64,
    companies: BTreeMap<String, usize>,
    names: BufWriter<File>,
    sorter: Sorter,
}

impl Writer {
    pub(super) fn create(folder: &Path) -> io::Result<Writer> {
        Ok(Writer {
            lines: BufWriter::with_capacity(1 << 20, File::create(folder.join(PRODUCTS))?),
            place: 0,
            count: 0,
            companies: BTreeMap::new(),
            names: BufWriter::new(File::create(folder.join(COMPANIES))?),
            sorter: Sorter::new(folder),
        })
    }

    /// Adds a product; of several with one primary identifier the last stands.
    pub(super) fn add(&mut self, product: &Product) -> io::Result<()> {
        self.count += 1;
        let company = self.company(&product.company)?;
        let (further, codes) = (product.further.join(" "), product.codes.join(" "));
        let record = self.count.to_string();
        let fields = [
            &record,
            &product.device,
            &further,
            &product.brand,
            &product.model,
            &product.catalogue,
            &company,
            &codes,
            &product.distribution,
            &product.distribution_end,
        ];
        let line = fields.map(|field| field.replace(['\t', '\n'], " ")).join("\t") + "\n";
        self.lines.write_all(line.as_bytes())?;
        for identifier in product.identifiers() {
            self.sorter.push((key(BY_IDENTIFIER, identifier), self.place))?;
        }
        for (model, _) in product.model_keys() {
            self.sorter.push((key(BY_MODEL, &model), self.place))?;
        }
        self.place += line.len() as u64;
        Ok(())
    }

    fn company(&mut self, name: &str) -> io::Result<String> {
        let next = self.companies.len();
        if let Some(known) = self.companies.get(name) {
            return Ok(known.to_string());
        }
        if next >= COMPANIES_MAX {
            return Ok(format!("={name}"));
        }
        self.names.write_all(name.replace('\n', " ").as_bytes())?;
        self.names.write_all(b"\n")?;
        self.companies.insert(name.to_owned(), next);
        Ok(next.to_string())
    }

    /// Writes the index; answers how many products there are.
    pub(super) fn finish(mut self, folder: &Path) -> io::Result<u64> {
        self.lines.flush()?;
        self.lines.get_ref().sync_all()?;
        self.names.flush()?;
        self.sorter.finish(&folder.join(INDEX))?;
        Ok(self.count)
    }
}

/// Looks products up.
pub(super) struct Reader {
    lines: BufReader<File>,
    index: Index,
    companies: Vec<String>,
}

impl Reader {
    pub(super) fn open(folder: &Path) -> io::Result<Reader> {
        let index = Index::open(&folder.join(INDEX))?;
        let names = BufReader::new(File::open(folder.join(COMPANIES))?);
        let companies = names.lines().take(COMPANIES_MAX).collect::<io::Result<Vec<String>>>()?;
        Ok(Reader { lines: BufReader::new(File::open(folder.join(PRODUCTS))?), index, companies })
    }

    /// The product with a device identifier; the one that was imported last.
    pub(super) fn by_identifier(&mut self, identifier: &str) -> io::Result<Option<Product>> {
        let places = self.index.places(key(BY_IDENTIFIER, identifier), LOOKED_AT_MAX)?;
        for place in places.into_iter().rev() {
            let product = self.product(place)?;
            if product.identifiers().any(|known| known == identifier) {
                return Ok(Some(product));
            }
        }
        Ok(None)
    }

    /// The products of a model, and whether there are more than are looked at.
    pub(super) fn by_model(&mut self, model: &str) -> io::Result<(Vec<Product>, bool)> {
        let places = self.index.places(key(BY_MODEL, model), LOOKED_AT_MAX)?;
        let is_cut = places.len() > FOUND_MAX;
        let mut found = Vec::new();
        for place in places.into_iter().take(FOUND_MAX) {
            let product = self.product(place)?;
            let is_it = product.model_keys().iter().any(|(known, _)| known == model);
            // A later import of the same product stands in its place.
            let last = self.index.places(key(BY_IDENTIFIER, &product.device), LOOKED_AT_MAX)?.last().copied();
            if is_it && last.is_none_or(|last| last == place || !self.is(last, &product.device)) {
                found.push(product);
            }
        }
        Ok((found, is_cut))
    }

    fn is(&mut self, place: u64, device: &str) -> bool {
        self.product(place).is_ok_and(|product| product.device == device)
    }

    /// Every product in order, superseded ones included.
    pub(super) fn all(&mut self, each: &mut dyn FnMut(&Product) -> io::Result<()>) -> io::Result<()> {
        self.lines.seek(SeekFrom::Start(0))?;
        while let Some(product) = self.next()? {
            each(&product)?;
        }
        Ok(())
    }

    fn product(&mut self, place: u64) -> io::Result<Product> {
        self.lines.seek(SeekFrom::Start(place))?;
        self.next()?
            .ok_or_else(|| io::Error::other("the index points behind the products; import them again"))
    }

    fn next(&mut self) -> io::Result<Option<Product>> {
        let mut line = String::new();
        if self.lines.by_ref().take(LINE_BYTES_MAX).read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut fields = line.trim_end_matches('\n').split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let words = |text: &str| text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect();
        let record = field().parse().unwrap_or_default();
        let device = field().to_owned();
        let further = words(field());
        let [brand, model, catalogue, company] = [field(), field(), field(), field()].map(str::to_owned);
        let company = match company.strip_prefix('=') {
            Some(name) => name.to_owned(),
            None => {
                let at = company.parse::<usize>().ok();
                at.and_then(|at| self.companies.get(at)).cloned().unwrap_or_default()
            }
        };
        let codes = words(field());
        let [distribution, distribution_end] = [field(), field()].map(str::to_owned);
        let product = Product {
            record,
            device,
            further,
            brand,
            model,
            catalogue,
            company,
            codes,
            distribution,
            distribution_end,
        };
        Ok(Some(product))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(at: u64, distribution: &str) -> Product {
        Product {
            record: at,
            device: format!("{at:014}"),
            further: vec![format!("9{at:013}")],
            brand: "Infusomat Space".into(),
            model: format!("871{at:04}"),
            catalogue: String::new(),
            company: format!("Maker {}, Inc.", at % 3),
            codes: vec!["FRN".into(), "MEA".into()],
            distribution: distribution.into(),
            distribution_end: String::new(),
        }
    }

    #[test]
    fn products_are_found_by_every_identifier_and_by_model() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = Writer::create(folder.path()).unwrap();
        for at in 1..=3_000 {
            writer.add(&product(at, "sold")).unwrap();
        }
        writer.add(&Product { record: 3_001, ..product(7, "ended") }).unwrap();
        assert_eq!(writer.finish(folder.path()).unwrap(), 3_001);
        let mut reader = Reader::open(folder.path()).unwrap();
        assert_eq!(reader.by_identifier("00000000000042").unwrap(), Some(product(42, "sold")));
        assert_eq!(reader.by_identifier("90000000000042").unwrap(), Some(product(42, "sold")));
        assert_eq!(reader.by_identifier("x").unwrap(), None);
        // What was imported later stands, and the earlier one is gone from its model too.
        let ended = Product { record: 3_001, ..product(7, "ended") };
        assert_eq!(reader.by_identifier("00000000000007").unwrap(), Some(ended.clone()));
        assert_eq!(reader.by_model("8710007").unwrap(), (vec![ended], false));
        let (many, is_cut) = reader.by_model("infusomatspace").unwrap();
        assert_eq!((many.len(), is_cut), (FOUND_MAX - 1, true));
        let mut count = 0;
        reader
            .all(&mut |_| {
                count += 1;
                Ok(())
            })
            .unwrap();
        assert_eq!(count, 3_001);
    }
}
