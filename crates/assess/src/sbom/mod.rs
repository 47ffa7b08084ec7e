//! Bills of material: which components a product is made of, whatever format they are written in.
//!
//! CycloneDX (JSON and XML), SPDX 2.2 to 3.0 (JSON) and SPDX tag-value are read to a [`Bill`]. What a document says that is
//! of the wrong type is passed over; what has no name is no component. Matching is not done here.

mod cyclonedx;
mod spdx;
mod xml;

use crate::advisory::{DOCUMENT_BYTES_MAX, Justification, ProductStatus, Rejected};
use serde_json::Value;

/// The most components that are read of one bill; the largest firmware images have a tenth.
pub const COMPONENTS_MAX: usize = 200_000;
/// Characters kept of one text.
const TEXT_CHARACTERS_MAX: usize = 500;

/// A bill of material, or statements about the components of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// Where it was read: the file, as handed in.
    pub source: String,
    /// `CycloneDX` or `SPDX`, with the version it states.
    pub format: String,
    /// Its serial number or namespace, by which other documents refer to it; empty when it has none.
    pub serial: String,
    /// The product that it is a bill of, by its reference.
    pub subject: String,
    /// The components in the document's order.
    pub components: Vec<Component>,
    /// What the document says of vulnerabilities of its own or another bill's components (VEX).
    pub stated: Vec<Stated>,
    /// True when it has more components than are read.
    pub is_cut: bool,
}

/// A component.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Component {
    /// Its reference within the document.
    pub reference: String,
    /// Its name, with the group before it where it has one.
    pub name: String,
    /// Its version; empty when it is not stated.
    pub version: String,
    /// Who supplies it.
    pub supplier: String,
    /// Package URLs.
    pub purls: Vec<String>,
    /// CPE names.
    pub cpes: Vec<String>,
    /// It is an operating system.
    pub is_system: bool,
}

/// What a document says of a vulnerability of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// The serial number of the bill that the component is in; empty for the document's own.
    pub serial: String,
    /// The component's reference.
    pub reference: String,
    /// The vulnerability: a CVE id or another.
    pub vulnerability: String,
    /// What is said.
    pub status: ProductStatus,
    /// Why it is not affected, by CSAF's words.
    pub justification: Option<Justification>,
    /// The document's own words on it.
    pub detail: String,
}

/// Reads a bill; `source` is the file's name.
pub fn read(bytes: &[u8], source: &str) -> Result<Bill, Rejected> {
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(refused("it is larger than 64 MiB"));
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut bill = if text.trim_start().starts_with('{') {
        let value: Value = serde_json::from_str(text).map_err(|error| Rejected {
            path: format!("line {}, column {}", error.line(), error.column()),
            reason: format!("it is no JSON: {error}"),
        })?;
        if is_cyclonedx(&value) {
            cyclonedx::read(&value)
        } else if value.get("spdxVersion").is_some() {
            spdx::read(&value)
        } else if value.get("@graph").is_some() {
            spdx::read_graph(&value)
        } else {
            return Err(refused("it is neither CycloneDX nor SPDX: no bomFormat, spdxVersion or @graph"));
        }
    } else if text.trim_start().starts_with('<') {
        cyclonedx::read(&xml::json(text)?)
    } else if text.lines().take(50).any(|line| line.starts_with("SPDXVersion:")) {
        spdx::read_tags(text)
    } else {
        return Err(refused("it is neither JSON nor XML nor SPDX tag-value"));
    };
    if bill.components.is_empty() && bill.stated.is_empty() {
        return Err(refused("it lists no component and states nothing of vulnerabilities"));
    }
    bill.source = source.to_owned();
    Ok(bill)
}

fn refused(reason: &str) -> Rejected {
    Rejected { path: String::new(), reason: reason.to_owned() }
}

/// Tools leave the format's name out and keep the schema's.
fn is_cyclonedx(value: &Value) -> bool {
    let says = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    says("bomFormat") == "cyclonedx" || says("$schema").contains("cyclonedx")
}

/// A text of an object, trimmed and cut.
fn text(of: &Value, name: &str) -> String {
    kept(of.get(name).and_then(Value::as_str).unwrap_or_default())
}

fn kept(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(TEXT_CHARACTERS_MAX).collect()
}

/// The elements of a list of an object.
fn list<'v>(of: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    of.get(name).and_then(Value::as_array).into_iter().flatten()
}

impl Bill {
    /// Adds a component, where there is room and it has a name.
    fn add(&mut self, component: Component) {
        if component.name.is_empty() {
            return;
        }
        if self.components.len() >= COMPONENTS_MAX {
            self.is_cut = true;
        } else {
            self.components.push(component);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cyclonedx_gives_components_in_components_and_what_it_states() {
        let text = r##"{ "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": "urn:uuid:a-b", "version": 1,
          "metadata": { "component": { "bom-ref": "pump", "name": "Pump", "version": "2.0" } },
          "components": [
            { "bom-ref": "1", "type": "library", "group": "org.apache", "name": "log4j-core", "version": "2.14.1",
              "purl": "pkg:maven/org.apache/log4j-core@2.14.1", "supplier": { "name": "Apache" },
              "components": [ { "bom-ref": "2", "name": "inner", "version": 7 } ] },
            { "type": "operating-system", "name": "Windows 10", "version": "10.0.17763.1", "cpe": "cpe:2.3:o:microsoft:windows_10_1809:-" },
            { "version": "1" }, "text" ],
          "vulnerabilities": [
            { "id": "CVE-2021-44228", "analysis": { "state": "not_affected", "justification": "code_not_reachable", "detail": "no lookups" },
              "affects": [ { "ref": "1" }, { "ref": "urn:cdx:x-y/1#z" } ] },
            { "id": "CVE-1", "affects": [ { "ref": "1" } ] } ] }"##;
        let bill = read(text.as_bytes(), "pump.json").unwrap();
        let names: Vec<&str> = bill.components.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["log4j-core", "inner", "Windows 10"]);
        assert_eq!((bill.serial.as_str(), bill.subject.as_str()), ("a-b", "pump"));
        assert_eq!(bill.components[1].version, "7");
        assert!(bill.components[2].is_system && bill.components[2].cpes.len() == 1);
        let stated: Vec<_> =
            bill.stated.iter().map(|one| (one.serial.as_str(), one.reference.as_str())).collect();
        assert_eq!(stated, [("", "1"), ("x-y", "z")]);
        assert_eq!(bill.stated[0].justification, Some(Justification::CodeNotInExecutePath));
    }

    const XML: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
      <!DOCTYPE bom [<!ENTITY file SYSTEM "file:///etc/hostname">]>
      <c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.6" serialNumber="urn:uuid:A-B" version="1">
        <c:metadata><c:tools><c:tool><c:name>writer</c:name></c:tool></c:tools>
          <c:component type="device" bom-ref="pump"><c:name>Pump</c:name><c:version>2.0</c:version></c:component></c:metadata>
        <c:components>
          <c:component type="library" bom-ref="1"><c:supplier><c:name>Apache &amp; friends</c:name></c:supplier>
            <c:group>org.apache</c:group><c:name><![CDATA[log4j-core]]></c:name><c:version>2.14&#46;1</c:version>
            <c:licenses><c:license><c:id>Apache-2.0</c:id><c:name>Apache License</c:name></c:license></c:licenses>
            <c:purl>pkg:maven/org.apache/log4j-core@2.14.1?a=b&amp;c=d</c:purl>
            <c:components><c:component type="library" bom-ref="2"><c:name>inner</c:name><c:version>7</c:version></c:component></c:components>
            <c:pedigree><c:ancestors><c:component type="library"><c:name>elder</c:name></c:component></c:ancestors></c:pedigree>
          </c:component>
          <c:component type="operating-system"><c:name>Windows 10&file;</c:name><c:version>10.0.17763.1</c:version>
            <c:cpe>cpe:2.3:o:microsoft:windows_10_1809:-</c:cpe></c:component>
          <c:component type="library"><c:version>1</c:version></c:component>
        </c:components>
        <c:vulnerabilities>
          <c:vulnerability bom-ref="v"><c:id>CVE-2021-44228</c:id><c:source><c:name>NVD</c:name></c:source>
            <c:analysis><c:state>not_affected</c:state><c:justification>code_not_reachable</c:justification>
              <c:responses><c:response>will_not_fix</c:response></c:responses><c:detail>no lookups</c:detail></c:analysis>
            <c:affects><c:target><c:ref>1</c:ref><c:versions><c:version><c:version>9</c:version></c:version></c:versions></c:target>
              <c:target><c:ref>urn:cdx:x-y/1#z</c:ref></c:target></c:affects></c:vulnerability>
        </c:vulnerabilities>
      </c:bom>"##;

    #[test]
    fn cyclonedx_in_xml_says_what_it_says_in_json() {
        let bill = read(XML.as_bytes(), "pump.xml").unwrap();
        assert_eq!(
            (bill.format.as_str(), bill.serial.as_str(), bill.subject.as_str()),
            ("CycloneDX 1.6", "a-b", "pump")
        );
        let names: Vec<&str> = bill.components.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["log4j-core", "inner", "Windows 10"]);
        let first = &bill.components[0];
        assert_eq!((first.version.as_str(), first.supplier.as_str()), ("2.14.1", "Apache & friends"));
        assert_eq!(first.purls, ["pkg:maven/org.apache/log4j-core@2.14.1?a=b&c=d"]);
        assert!(bill.components[2].is_system && bill.components[2].cpes.len() == 1);
        let stated: Vec<_> = bill
            .stated
            .iter()
            .map(|one| (one.serial.as_str(), one.reference.as_str(), one.detail.as_str()))
            .collect();
        let detail = "code not reachable: no lookups";
        assert_eq!(stated, [("", "1", detail), ("x-y", "z", detail)]);
    }

    #[test]
    fn components_deeper_than_are_read_are_told() {
        let nested = |depth: usize| {
            let begin = "<components><component><name>x</name>".repeat(depth);
            let end = "</component></components>".repeat(depth);
            let text = format!("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\">{begin}{end}</bom>");
            let bill = read(text.as_bytes(), "x").unwrap();
            (bill.components.len(), bill.is_cut)
        };
        assert_eq!(nested(30), (30, false));
        assert_eq!(nested(31), (30, true));
        assert_eq!(nested(5_000), (30, true));
    }

    #[test]
    fn real_bills_say_the_same_in_xml_and_json() {
        let Some(data) = cordon_testkit::data_dir() else {
            eprintln!("skipped: no ../shared/data");
            return;
        };
        let folder = data.join("sbom/cyclonedx-bom-examples/SBOM");
        let of = |name: &str| read(&std::fs::read(folder.join(name)).unwrap(), name).unwrap();
        for (one, other) in [
            ("laravel-7.12.0/bom.1.2.xml", "laravel-7.12.0/bom.1.2.json"),
            ("dropwizard-1.3.15/bom.xml", "dropwizard-1.3.15/bom.json"),
        ] {
            let (one, other) = (of(one), of(other));
            assert!(one.components.len() > 50, "{}", one.source);
            assert_eq!(one.components, other.components, "{}", one.source);
            assert_eq!(one.format, other.format);
        }
        for name in [
            "laravel-7.12.0/bom.1.4.xml",
            "proton-bridge/proton-bridge-v1.6.3.bom.xml",
            "cern-lhc-vdm-editor-e564943/bom.xml",
        ] {
            assert!(of(name).components.len() > 20, "{name}");
        }
    }

    #[test]
    fn spdx_is_read_in_all_its_forms() {
        let json = r#"{ "spdxVersion": "SPDX-2.3", "documentNamespace": "urn:x", "documentDescribes": ["SPDXRef-a"],
          "packages": [ { "SPDXID": "SPDXRef-a", "name": "openssl", "versionInfo": "1.1.1k", "supplier": "Organization: OpenSSL",
            "externalRefs": [ { "referenceType": "purl", "referenceLocator": "pkg:generic/openssl@1.1.1k" },
                              { "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:openssl:openssl:1.1.1k" } ] } ] }"#;
        let tags = "SPDXVersion: SPDX-2.3\nDocumentNamespace: urn:x\nPackageName: openssl\nSPDXID: SPDXRef-a\n\
          PackageVersion: 1.1.1k\nPackageSupplier: Organization: OpenSSL\n\
          PackageComment: <text>PackageName: not one\nPackageName: nor this</text>\n\
          ExternalRef: PACKAGE-MANAGER purl pkg:generic/openssl@1.1.1k\n\
          ExternalRef: SECURITY cpe23Type cpe:2.3:a:openssl:openssl:1.1.1k\n\
          Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a\n";
        let graph = r#"{ "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [
          { "type": "SpdxDocument", "spdxId": "urn:x", "rootElement": ["SPDXRef-a"] },
          { "type": "Organization", "spdxId": "urn:o", "name": "OpenSSL" },
          { "type": "software_Package", "spdxId": "SPDXRef-a", "name": "openssl", "software_packageVersion": "1.1.1k",
            "suppliedBy": "urn:o", "software_packageUrl": "pkg:generic/openssl@1.1.1k",
            "externalIdentifier": [ { "externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:openssl:openssl:1.1.1k" } ] } ] }"#;
        for text in [json, tags, graph] {
            let bill = read(text.as_bytes(), "x").unwrap();
            let component = Component {
                reference: "SPDXRef-a".to_owned(),
                name: "openssl".to_owned(),
                version: "1.1.1k".to_owned(),
                supplier: "OpenSSL".to_owned(),
                purls: vec!["pkg:generic/openssl@1.1.1k".to_owned()],
                cpes: vec!["cpe:2.3:a:openssl:openssl:1.1.1k".to_owned()],
                is_system: false,
            };
            assert_eq!(bill.components, [component], "{text}");
            assert_eq!((bill.serial.as_str(), bill.subject.as_str()), ("urn:x", "SPDXRef-a"));
        }
    }

    #[test]
    fn what_is_no_bill_is_refused_with_the_reason() {
        for (text, wanted) in [
            ("{", "no JSON"),
            ("{}", "neither CycloneDX nor SPDX"),
            ("<bom/>", "no CycloneDX"),
            ("<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"/>", "SPDX in RDF"),
            ("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"><components>", "middle of an element"),
            ("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"></components></bom>", "no well-formed XML"),
            ("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"/>", "no component"),
            ("PackageName: x", "neither JSON nor XML"),
            (r#"{"bomFormat":"CycloneDX"}"#, "no component"),
        ] {
            let refused = read(text.as_bytes(), "x").unwrap_err();
            assert!(refused.reason.contains(wanted), "{refused}");
        }
    }
}
