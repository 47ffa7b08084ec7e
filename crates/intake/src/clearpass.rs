//! ClearPass' export of endpoints as XML: an `Endpoint` with the profile it was sorted into. Its tags are what
//! administrators and directories wrote, names of people among them, and are read over.

use crate::observed::station;
use crate::scan;
use crate::tell::{At, Teller};
use crate::xml::{Element, Node, Xml};
use cordon_model::Mac;
use cordon_model::observe::{Damage, Fact};

/// Reads the export.
pub(crate) fn read(xml: &mut Xml<'_>, teller: &mut Teller<'_>) -> Result<(), Damage> {
    let mut row = 0;
    let mut present: Option<Mac> = None;
    while let Some(node) = xml.next()? {
        match node {
            Node::Start(element) if element.name == "Endpoint" => {
                row += 1;
                teller.journal.report.packets += 1;
                present = element.get("macAddress").and_then(|text| text.parse().ok());
                match present {
                    Some(mac) if !mac.is_zero() && !mac.is_group() => {
                        let vendor = element.get("macVendor").unwrap_or_default();
                        let at = At { row, ..At::default() };
                        teller.fact(at, station(mac), Fact::NacManufacturer, vendor);
                        teller.fact(
                            at,
                            station(mac),
                            Fact::NacGroup,
                            element.get("status").unwrap_or_default(),
                        );
                    }
                    _ => {
                        teller.journal.reject(row, false, "no MAC address of a device".to_owned(), Vec::new())
                    }
                }
            }
            Node::Start(element) if element.name == "EndpointProfile" => {
                if let Some(mac) = present {
                    profile(&element, mac, At { row, ..At::default() }, teller);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn profile(element: &Element, mac: Mac, at: At, teller: &mut Teller<'_>) {
    let told = [
        (Fact::DhcpHostname, "hostname"),
        (Fact::NacCategory, "category"),
        (Fact::NacOs, "family"),
        (Fact::NacProfile, "name"),
    ];
    for (fact, attribute) in told {
        teller.fact(at, station(mac), fact, element.get(attribute).unwrap_or_default());
    }
    let address = element.get("ipAddress").or_else(|| element.get("ip"));
    if let Some(ip) = address.and_then(|text| scan::ip(text.as_bytes())) {
        teller.fact(at, station(mac), Fact::ArpAddress, &ip.to_string());
    }
}

#[cfg(test)]
mod tests {
    use crate::format::{Format, recognise};
    use crate::read::read;
    use crate::tell::testing::Told;

    #[test]
    fn endpoints_with_their_profiles() {
        let text = r#"<?xml version="1.0"?><TipsContents xmlns="http://www.avendasys.com/tipsapiDefs/1.0"><TipsHeader exportTime="x" version="6.11"/>
<Endpoints><Endpoint macVendor="Acme" macAddress="001b0d203001" status="Known"><EndpointProfile name="Acme Pump" category="Medical" family="Embedded" hostname="pump-7" ipAddress="10.0.0.5"/><EndpointTags tagName="Owner" tagValue="DOE^JANE"/></Endpoint>
<Endpoint macAddress="x"/></Endpoints></TipsContents>"#;
        assert_eq!(recognise(text.as_bytes(), &[]), Some(Format::ClearPassXml));
        let mut told = Told::default();
        let taken = read(Format::ClearPassXml, "x", &mut text.as_bytes(), &[], &mut told);
        let at = "1: 00:1b:0d:20:30:01 (no IP)";
        assert_eq!(
            told.facts,
            [
                format!("{at} nac.manufacturer=Acme"),
                format!("{at} nac.group=Known"),
                format!("{at} dhcp.hostname=pump-7"),
                format!("{at} nac.category=Medical"),
                format!("{at} nac.os=Embedded"),
                format!("{at} nac.profile=Acme Pump"),
                format!("{at} arp.address=10.0.0.5"),
            ]
        );
        assert_eq!((taken.report.packets, taken.rejected.len()), (2, 1));
    }
}
