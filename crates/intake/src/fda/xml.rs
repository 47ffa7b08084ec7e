//! AccessGUDID's release: `device` elements of the namespace `http://www.fda.gov/cdrh/gudid`.

use super::{FdaRead, FdaRecord, product, text};
use crate::xml::{Node, Xml};
use cordon_knowledge::fda::Product;
use cordon_model::observe::Damage;
use std::io::BufRead;

/// Text of one field before it is cut.
const FIELD_BYTES_MAX: usize = 4_096;

pub(super) fn read(reader: &mut dyn BufRead, each: &mut dyn FnMut(FdaRecord)) -> FdaRead {
    let mut read = FdaRead::default();
    let mut xml = Xml::new(reader);
    loop {
        match xml.next() {
            Ok(Some(Node::Start(element))) if element.name == "device" => match device(&mut xml, &mut read) {
                Ok(found) => read.take(product(found), each),
                Err(damage) => {
                    read.damage = Some(damage);
                    return read;
                }
            },
            Ok(Some(_)) => {}
            Ok(None) => return read,
            Err(damage) => {
                read.damage = Some(damage);
                return read;
            }
        }
    }
}

/// One identifier as it is being read.
#[derive(Default)]
struct Identifier {
    id: String,
    kind: String,
}

/// The element that just began, to its end.
fn device(xml: &mut Xml<'_>, read: &mut FdaRead) -> Result<Product, Damage> {
    let mut found = Product::default();
    let mut identifier = Identifier::default();
    let mut path: Vec<String> = Vec::new();
    let mut field = String::new();
    loop {
        match xml.next()? {
            Some(Node::Start(element)) => {
                path.push(element.name);
                field.clear();
            }
            Some(Node::Text(more)) => {
                if field.len() < FIELD_BYTES_MAX {
                    field.push_str(&more);
                }
            }
            Some(Node::End(name)) => {
                let Some(open) = path.pop() else { return Ok(found) };
                let within = path.last().map_or("", String::as_str);
                if open == "identifier" {
                    take_identifier(std::mem::take(&mut identifier), &mut found);
                } else {
                    take_field(within, &name, &field, (&mut found, &mut identifier), read);
                }
                field.clear();
            }
            None => return Ok(found),
        }
    }
}

fn take_identifier(identifier: Identifier, found: &mut Product) {
    if identifier.kind == "Primary" || found.device.is_empty() {
        let before = std::mem::replace(&mut found.device, identifier.id);
        found.further.push(before);
    } else if found.further.len() < super::LIST_MAX {
        found.further.push(identifier.id);
    }
}

fn take_field(
    within: &str,
    name: &str,
    field: &str,
    (found, identifier): (&mut Product, &mut Identifier),
    read: &mut FdaRead,
) {
    match (within, name) {
        ("identifier", "deviceId") => identifier.id = text(field),
        ("identifier", "deviceIdType") => identifier.kind = text(field),
        ("identifier", "unitOfUseId") if found.further.len() < super::LIST_MAX => {
            found.further.push(text(field));
        }
        ("", "brandName") => found.brand = text(field),
        ("", "versionModelNumber") => found.model = text(field),
        ("", "catalogNumber") => found.catalogue = text(field),
        ("", "companyName") => found.company = text(field),
        ("", "deviceCommDistributionStatus") => found.distribution = text(field),
        ("", "deviceCommDistributionEndDate") => found.distribution_end = text(field),
        ("", "devicePublishDate" | "publicVersionDate") => read.date(field.trim()),
        ("fdaProductCode", "productCode") if found.codes.len() < super::LIST_MAX => {
            found.codes.push(text(field));
        }
        _ => {}
    }
}
