//! Every real document: none is rejected, and what it says about versions is understood.

use cordon_assess::advisory::{Product, csaf};
use cordon_assess::version::{Condition, Decision, Version, decide, examples};
use cordon_model::Timestamp;

fn now() -> Timestamp {
    Timestamp::from_seconds(1_800_000_000)
}

fn products(medical: bool) -> Option<Vec<Product>> {
    let documents = cordon_testkit::advisories::csaf_documents().or_else(|| {
        println!("skipped: no ../shared/data");
        None
    })?;
    let mut products = Vec::new();
    for (name, bytes) in documents.iter().filter(|(name, _)| name.starts_with("icsma") == medical) {
        match csaf::read(bytes, name, now()) {
            Ok(reading) => products.extend(reading.advisory.products),
            Err(rejected) => panic!("{name}: {rejected}"),
        }
    }
    Some(products)
}

/// Typed conditions but for “all versions” that decide no device inside or none outside.
fn dull(products: &[Product]) -> Vec<String> {
    let told =
        |condition: &Condition| condition.is_all() || matches!(examples(condition), (Some(_), Some(_)));
    let dull = products.iter().filter(|product| product.condition.is_typed() && !told(&product.condition));
    dull.map(|product| format!("{}: {} => {}", product.name, product.version, product.condition)).collect()
}

#[test]
fn medical_advisories_are_understood() {
    let Some(products) = products(true) else { return };
    let open: Vec<_> = products.iter().filter(|product| !product.condition.is_typed()).collect();
    assert!(open.len() * 100 <= products.len() * 5, "{open:#?}");
    for product in open {
        // What is not understood asks.
        assert!(matches!(product.condition.decide_text("1.0"), Decision::Undecidable(_)));
    }
    let dull = dull(&products);
    assert!(dull.is_empty(), "{dull:#?}");
}

#[test]
fn industrial_advisories_are_understood() {
    let Some(products) = products(false) else { return };
    let open = products.iter().filter(|product| !product.condition.is_typed()).count();
    assert!(open * 100 <= products.len() * 5, "{open} of {}", products.len());
    let dull = dull(&products);
    assert!(dull.len() * 200 <= products.len(), "{} {dull:#?}", dull.len());
}

#[test]
fn conditions_read_back_as_they_print() {
    for medical in [true, false] {
        let Some(products) = products(medical) else { return };
        let mut differ = Vec::new();
        for product in &products {
            // Model numbers are told from versions by the product's name, which the text does not have.
            let again = Condition::parse(&product.condition.to_string()).of_product(&product.name);
            if again != product.condition {
                differ.push(format!(
                    "{}: {} => {} => {again}",
                    product.name, product.version, product.condition
                ));
            }
        }
        assert!(differ.is_empty(), "{} {differ:#?}", differ.len());
    }
}

#[test]
fn ends_of_ranges_belong_to_them_as_stated() {
    use cordon_assess::version::Bounds;
    let Some(products) = products(true) else { return };
    for product in &products {
        let Condition::Typed(readings) = &product.condition else { continue };
        for clause in readings.iter().flatten().filter(|clause| clause.requires.is_empty()) {
            let Bounds::Range { low, high } = &clause.bounds else { continue };
            let only = Condition::Typed(vec![vec![clause.clone()]]);
            for bound in [low, high].into_iter().flatten() {
                let expected = if bound.inclusive { Decision::Inside } else { Decision::Outside };
                assert_eq!(only.decide_text(bound.version.text()), expected, "{only}");
            }
        }
    }
}

#[test]
fn reading_is_the_same_every_time() {
    let Some(documents) = cordon_testkit::advisories::csaf_documents() else { return };
    for (name, bytes) in documents.iter().take(50) {
        assert_eq!(csaf::read(bytes, name, now()), csaf::read(bytes, name, now()));
    }
}

#[test]
fn documents_of_the_standard_are_read() {
    let Some(folder) = cordon_testkit::data_dir() else { return };
    let mut folders =
        vec![folder.join("advisories/csaf_spec/test"), folder.join("advisories/csaf_spec/examples")];
    let mut read = 0;
    while let Some(folder) = folders.pop() {
        for path in
            std::fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path())
        {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            if let Ok(reading) = csaf::read(&bytes, "document", now()) {
                read += 1;
                for product in &reading.advisory.products {
                    let _ = decide(&product.condition, &Default::default());
                }
            }
        }
    }
    assert!(read > 50, "{read}");
    assert!(Version::parse("1.0").is_some());
}
