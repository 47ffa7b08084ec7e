//! A released quarantine for equipment that holds devices by lists of their own: Cisco ASA, and per device Cisco ISE and
//! controllers of usage descriptions. What cannot end by itself says so, and what to do instead.

use super::write::{absolute, file, heading, is_v4, tag};
use super::{File, Permit, Quarantine};
use crate::intent::{Device, Group, GroupKind, Intent, Stage, Who, Zone, cover};
use crate::render::cisco::{ports, subnet};
use crate::render::target;
use cordon_model::observe::Transport;
use cordon_model::{Category, Cidr};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

/// The port of a DHCP server (RFC 2131, 4.1).
const DHCP_SERVER: u16 = 67;

/// Lines of an access list for the device's interface, inward and outward. Connections that are open already live on
/// when a list changes (Cisco ASA Series Command Reference, "clear conn"), so they are closed by hand.
pub(super) fn asa(quarantine: &Quarantine) -> Vec<File> {
    let name = format!("CORDON-Q-{}", tag(quarantine));
    let mut out = heading(quarantine, "!", true);
    let _ = write!(
        out,
        "! The device's lines count until the time range ends, and up to three minutes longer; the firewall's clock must \
         run in UTC,\n! or change the hour.\n! Put it on the interface of the device's network, in and out; an interface has \
         one list each way:\n!   access-group {name} in interface NAMEIF\n!   access-group {name} out interface NAMEIF\n! \
         Where a list is there already, put these lines before its own instead (access-list LIST line 1 ...): the last\n! \
         line here would open what that list closes.\n! Then close what is open already. What care needs is closed with \
         it, and the device has to open it anew:\n"
    );
    for own in &quarantine.addresses {
        let _ = writeln!(out, "!   clear conn address {own}");
    }
    let _ = write!(
        out,
        "! Roll back at once: quarantine-rollback.asa\nclear configure access-list {name}\nno time-range {name}\ntime-range \
         {name}\n {}\n",
        absolute(quarantine)
    );
    for permit in &quarantine.permits {
        for own in quarantine.addresses.iter().filter(|own| own.is_ipv4() == is_v4(permit.peer)) {
            let _ = writeln!(out, "access-list {name} remark {}", permit.need);
            for line in asa_permits(own, permit) {
                let _ = writeln!(out, "access-list {name} extended permit {line}");
            }
        }
    }
    for own in &quarantine.addresses {
        let any = if own.is_ipv4() { "any4" } else { "any6" };
        let _ = write!(
            out,
            "access-list {name} extended deny ip host {own} {any} time-range {name}\naccess-list {name} extended deny ip {any} \
             host {own} time-range {name}\n"
        );
    }
    let _ = writeln!(out, "access-list {name} extended permit ip any any");
    let back = format!(
        "! Taking the list away takes it off its interface; put the list back that was there before.\nclear configure \
         access-list {name}\nno time-range {name}\n"
    );
    vec![file("quarantine.asa", out), file("quarantine-rollback.asa", back)]
}

/// Requests only: the firewall remembers connections.
fn asa_permits(own: &IpAddr, permit: &Permit) -> Vec<String> {
    let (own, peer) = (format!("host {own}"), subnet(&permit.peer));
    let (client, server) = if permit.asks { (own, peer) } else { (peer, own) };
    let protocol = match permit.transport {
        Transport::Tcp => "tcp".to_owned(),
        Transport::Udp => "udp".to_owned(),
        Transport::Icmp if is_v4(permit.peer) => "icmp".to_owned(),
        Transport::Icmp => "icmp6".to_owned(),
        Transport::Other(number) => number.to_string(),
    };
    let ports = ports(&permit.ports, 1);
    ports.into_iter().map(|port| format!("{protocol} {client} {server}{port}")).collect()
}

/// A downloadable list for the device's switch port.
pub(super) fn ise(quarantine: &Quarantine) -> Vec<File> {
    let mut out = heading(quarantine, "!", false);
    let _ = write!(
        out,
        "! Nothing here ends by itself: a downloadable list has no time, and a quarantine of ISE none either (Cisco ISE\n! \
         Administrator Guide, Adaptive Network Control). Enter {} where such things are kept, or let a job of\n! yours clear \
         the policy then.\n! Load: post the object of the JSON file to /ers/config/downloadableacl, name the list in an \
         authorization profile,\n! and the profile in an exception rule for an ANC policy; then give that policy to the \
         device's MAC address\n! (endpoints file; resource ancendpoint), which authorizes it anew.\n! Roll back: clear the \
         policy of that MAC address.\n! Packets that the device sends are held at its switch port, each by itself, so open \
         connections are cut too. What\n! others send it still arrives, and only what care needs is answered. It may still ask \
         for its address by DHCP, or it\n! would fall off the network when its lease ends.\n",
        quarantine.until
    );
    let intent = intent(quarantine);
    let rendered = target("cisco-ise").map(|target| target.render(&intent)).unwrap_or_default();
    let mut files = Vec::new();
    for rendered in rendered {
        // What stands before the first list is about a plan.
        let lists = rendered.text.find("!\n! CORDON-").and_then(|at| rendered.text.get(at..));
        match (rendered.name.rsplit('.').next(), lists) {
            (Some("txt"), Some(lists)) => {
                files.push(file("quarantine-cisco-ise.txt", format!("{out}{lists}")));
            }
            (Some("json"), _) => files.push(file("quarantine-cisco-ise.json", rendered.text)),
            (Some("csv"), _) => files.push(file("quarantine-cisco-ise-endpoints.csv", rendered.text)),
            _ => {}
        }
    }
    files
}

/// A usage description in the place of the device's own.
pub(super) fn mud(quarantine: &Quarantine) -> Vec<File> {
    let mut out = heading(quarantine, "#", false);
    let _ = write!(
        out,
        "# Nothing here ends by itself: a usage description has no end (RFC 8520).\n# Publish quarantine-mud.json at the URL of \
         the device's own description, in its place, and let the controller\n# fetch it now: it need not ask again before the \
         cache-validity of what it has is over. This one asks for an\n# hour, the shortest there is (RFC 8520, 3.5).\n# Take it \
         back at {}: publish the device's own description there again, with a newer last-update.\n# Whether open \
         connections are cut is the controller's matter; it is not known. The device may still ask for\n# its address by \
         DHCP.\n",
        quarantine.until
    );
    for permit in &quarantine.permits {
        let ports: Vec<String> = permit.ports.iter().map(u16::to_string).collect();
        let who = if permit.asks { "asks" } else { "is asked by" };
        let _ = writeln!(
            out,
            "# The device {who} {}: {} {} ({})",
            permit.peer,
            permit.transport,
            ports.join(" "),
            permit.need
        );
    }
    let intent = intent(quarantine);
    let rendered = target("mud").map(|target| target.render(&intent)).unwrap_or_default();
    let description = rendered.into_iter().next().map(|one| {
        let text = one.text.replacen("\"cache-validity\": 48", "\"cache-validity\": 1", 1);
        file("quarantine-mud.json", text)
    });
    std::iter::once(file("quarantine-mud.txt", out)).chain(description).collect()
}

/// What stays open as the intent of a point that knows the device alone.
fn intent(quarantine: &Quarantine) -> Intent {
    let zone = "zone-quarantine";
    let host = |ip: &IpAddr| Cidr::new(*ip, if ip.is_ipv4() { 32 } else { 128 });
    let own = cover(quarantine.addresses.iter().filter_map(host));
    let group = |kind, label: &str, members| Group { kind, label: label.to_owned(), members };
    let mut groups = BTreeMap::from([(
        "device".to_owned(),
        group(GroupKind::Device(quarantine.device.clone()), &quarantine.label, own.clone()),
    )]);
    let who = |key: &str| Who::Group(key.to_owned());
    let mut permits = Vec::new();
    for permit in &quarantine.permits {
        let key = format!("peer:{}", permit.peer);
        let is_group = permit.peer.base().is_multicast();
        let kind = if is_group { GroupKind::Multicast } else { GroupKind::Outside };
        groups.entry(key.clone()).or_insert_with(|| group(kind, &key, vec![permit.peer]));
        let (from, to) = if permit.asks { (who("device"), who(&key)) } else { (who(&key), who("device")) };
        permits.push(stays(&permit.need, from, to, permit.transport, permit.ports.clone()));
    }
    // Without an address nothing that care needs goes on.
    if quarantine.addresses.iter().any(IpAddr::is_ipv4) {
        let everybody = host(&IpAddr::V4(Ipv4Addr::BROADCAST)).into_iter().collect();
        groups.insert("dhcp".to_owned(), group(GroupKind::Multicast, "DHCP servers", everybody));
        permits.push(stays("dhcp", who("device"), who("dhcp"), Transport::Udp, vec![DHCP_SERVER]));
    }
    permits.sort_by(|a, b| a.id.cmp(&b.id));
    Intent {
        point: "a quarantine".to_owned(),
        stage: Stage::Enforce,
        zones: vec![Zone {
            id: zone.to_owned(),
            name: "quarantine".to_owned(),
            interface: None,
            vlan: None,
            networks: own,
        }],
        devices: vec![Device {
            id: quarantine.device.clone(),
            name: quarantine.label.clone(),
            zone: zone.to_owned(),
            category: Category::Unknown,
            manufacturer: None,
            model: None,
            macs: quarantine.macs.clone(),
            addresses: quarantine.addresses.clone(),
            vlans: Vec::new(),
        }],
        groups,
        permits,
        not_enforceable: Vec::new(),
        // A name that never resolves (RFC 2606): where the device's own description is published is not known here.
        published_at: "https://cordon.invalid/mud".to_owned(),
        made: quarantine.from,
    }
}

fn stays(id: &str, from: Who, to: Who, transport: Transport, ports: Vec<u16>) -> crate::intent::Permit {
    crate::intent::Permit {
        id: id.to_owned(),
        from,
        to,
        transport,
        ports,
        application: None,
        needs: vec![id.to_owned()],
        why: String::new(),
        expires: None,
        care_critical: true,
    }
}
