//! SPDX 2.2 and 2.3 in JSON and as tag-value, and the packages of SPDX 3.0.

use super::{Bill, Component, kept, list, text};
use serde_json::Value;
use std::collections::BTreeMap;

/// SPDX 2 in JSON.
pub(super) fn read(document: &Value) -> Bill {
    let mut bill = Bill {
        format: text(document, "spdxVersion").replacen("SPDX-", "SPDX ", 1),
        serial: text(document, "documentNamespace"),
        subject: list(document, "documentDescribes").find_map(Value::as_str).map(kept).unwrap_or_default(),
        ..Bill::default()
    };
    for package in list(document, "packages") {
        let mut component = Component {
            reference: text(package, "SPDXID"),
            name: text(package, "name"),
            version: stated(&text(package, "versionInfo")),
            supplier: party(&text(package, "supplier")),
            is_system: text(package, "primaryPackagePurpose") == "OPERATING-SYSTEM",
            ..Component::default()
        };
        for reference in list(package, "externalRefs") {
            refer(&mut component, &text(reference, "referenceType"), &text(reference, "referenceLocator"));
        }
        bill.add(component);
    }
    bill
}

/// SPDX 3.0 in JSON-LD: a list of elements.
pub(super) fn read_graph(document: &Value) -> Bill {
    let is = |element: &Value, kind: &str| {
        [text(element, "type"), text(element, "@type")].iter().any(|own| own == kind)
    };
    let mut bill = Bill { format: "SPDX 3".to_owned(), ..Bill::default() };
    let named: BTreeMap<String, String> = list(document, "@graph")
        .filter(|element| is(element, "Organization") || is(element, "Person"))
        .map(|element| (text(element, "spdxId"), text(element, "name")))
        .collect();
    for element in list(document, "@graph") {
        if is(element, "SpdxDocument") {
            bill.serial = text(element, "spdxId");
            bill.subject = list(element, "rootElement").find_map(Value::as_str).map(kept).unwrap_or_default();
        }
        if !is(element, "software_Package") {
            continue;
        }
        let mut component = Component {
            reference: text(element, "spdxId"),
            name: text(element, "name"),
            version: stated(&text(element, "software_packageVersion")),
            supplier: named.get(&text(element, "suppliedBy")).cloned().unwrap_or_default(),
            is_system: text(element, "software_primaryPurpose") == "operatingSystem",
            ..Component::default()
        };
        refer(&mut component, "purl", &text(element, "software_packageUrl"));
        for identifier in list(element, "externalIdentifier") {
            refer(
                &mut component,
                &text(identifier, "externalIdentifierType"),
                &text(identifier, "identifier"),
            );
        }
        bill.add(component);
    }
    bill
}

/// SPDX 2 as tag-value: a tag, a colon and a value on each line; texts may go over several.
pub(super) fn read_tags(document: &str) -> Bill {
    let mut bill = Bill::default();
    let mut current: Option<Component> = None;
    let mut is_in_text = false;
    for line in document.lines() {
        if is_in_text {
            is_in_text = !line.contains("</text>");
            continue;
        }
        let Some((tag, value)) = line.split_once(':') else { continue };
        let value = kept(value);
        is_in_text = value.starts_with("<text>") && !line.contains("</text>");
        match (tag.trim(), &mut current) {
            ("SPDXVersion", _) => bill.format = value.replacen("SPDX-", "SPDX ", 1),
            ("DocumentNamespace", _) => bill.serial = value,
            ("Relationship", _) => {
                if let Some(subject) = value.strip_prefix("SPDXRef-DOCUMENT DESCRIBES ") {
                    bill.subject = kept(subject);
                }
            }
            ("PackageName", current) => {
                if let Some(done) = current.replace(Component { name: value, ..Component::default() }) {
                    bill.add(done);
                }
            }
            // A file or a snippet begins: what follows is not of the package.
            ("FileName" | "SnippetSPDXID", current) => {
                if let Some(done) = current.take() {
                    bill.add(done);
                }
            }
            ("SPDXID", Some(package)) => package.reference = value,
            ("PackageVersion", Some(package)) => package.version = stated(&value),
            ("PackageSupplier", Some(package)) => package.supplier = party(&value),
            ("PrimaryPackagePurpose", Some(package)) => package.is_system = value == "OPERATING-SYSTEM",
            ("ExternalRef", Some(package)) => {
                let mut parts = value.split_whitespace().skip(1);
                let (kind, locator) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
                refer(package, kind, locator);
            }
            _ => {}
        }
    }
    if let Some(done) = current {
        bill.add(done);
    }
    bill
}

/// `NOASSERTION` and `NONE` say nothing.
fn stated(text: &str) -> String {
    if matches!(text, "NOASSERTION" | "NONE") { String::new() } else { text.to_owned() }
}

/// `Organization: Acme (mail@acme.example)`.
fn party(text: &str) -> String {
    let name = text.split_once(':').map_or(text, |(_, name)| name);
    stated(name.split('(').next().unwrap_or_default().trim())
}

fn refer(component: &mut Component, kind: &str, locator: &str) {
    let known = match kind {
        "purl" | "packageUrl" | "packageURL" => &mut component.purls,
        "cpe22Type" | "cpe23Type" | "cpe22" | "cpe23" => &mut component.cpes,
        kind if kind.ends_with("/purl") => &mut component.purls,
        kind if kind.ends_with("/cpe23Type") || kind.ends_with("/cpe22Type") => &mut component.cpes,
        _ => return,
    };
    if !locator.is_empty() && !known.iter().any(|own| own == locator) {
        known.push(locator.to_owned());
    }
}
