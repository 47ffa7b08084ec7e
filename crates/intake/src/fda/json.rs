//! openFDA's answers and downloads: an object whose `results` are records.

use super::{
    FdaFormat, FdaRead, FdaRecord, Leash, RECORD_BYTES_MAX, classification, product, text, yes_or_no,
};
use crate::devices::document;
use cordon_knowledge::fda::{Classification, Product};
use serde_json::Value;
use std::cell::Cell;
use std::io::{BufRead, BufReader};
use std::rc::Rc;

/// Bytes that are read at once: a record's leash is measured in these.
const READ_BYTES: usize = 64 << 10;

pub(super) fn read(format: FdaFormat, reader: &mut dyn BufRead, each: &mut dyn FnMut(FdaRecord)) -> FdaRead {
    let left = Rc::new(Cell::new(RECORD_BYTES_MAX));
    let leash = Leash { inner: reader, left: Rc::clone(&left) };
    let mut read = FdaRead::default();
    let mut take = |value: Value| {
        left.set(RECORD_BYTES_MAX);
        for date in ["publish_date", "public_version_date"] {
            read.date(value.get(date).and_then(Value::as_str).unwrap_or_default());
        }
        let record = match format {
            FdaFormat::ClassificationJson => of_code(&value),
            _ => of_device(&value),
        };
        read.take(record, each);
    };
    let mut buffered = BufReader::with_capacity(READ_BYTES, leash);
    let damage = document(&mut buffered, &["results"], &mut take).err();
    read.damage = damage;
    read
}

fn word(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(value)) => text(value),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    value.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn of_device(value: &Value) -> Option<FdaRecord> {
    let identifiers: Vec<(String, String)> =
        list(value, "identifiers").map(|one| (word(one, "id"), word(one, "type"))).collect();
    let primary = identifiers.iter().find(|(_, kind)| kind == "Primary").or(identifiers.first());
    let units = list(value, "identifiers").map(|one| word(one, "unit_of_use_id"));
    product(Product {
        record: 0,
        device: primary.map(|(id, _)| id.clone()).unwrap_or_default(),
        further: identifiers.iter().map(|(id, _)| id.clone()).chain(units).collect(),
        brand: word(value, "brand_name"),
        model: word(value, "version_or_model_number"),
        catalogue: word(value, "catalog_number"),
        company: word(value, "company_name"),
        codes: list(value, "product_codes").map(|one| word(one, "code")).collect(),
        distribution: word(value, "commercial_distribution_status"),
        distribution_end: word(value, "commercial_distribution_end_date"),
    })
}

fn of_code(value: &Value) -> Option<FdaRecord> {
    classification(Classification {
        code: word(value, "product_code"),
        name: word(value, "device_name"),
        class: word(value, "device_class"),
        regulation: word(value, "regulation_number"),
        life_sustaining: yes_or_no(&word(value, "life_sustain_support_flag")),
        implant: yes_or_no(&word(value, "implant_flag")),
    })
}
