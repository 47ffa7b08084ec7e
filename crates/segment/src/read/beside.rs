//! Addresses and routes of a Linux machine, as `ip addr` and `ip route` show them: rulesets do not hold them.

use super::{Configuration, Interface, Route};
use cordon_model::Cidr;
use std::net::IpAddr;

/// Takes the lines of a text that are of `ip addr` or `ip route`.
pub(super) fn addresses_and_routes(configuration: &mut Configuration, text: &str) {
    let mut name: Option<String> = None;
    for (place, line) in (1u32..).zip(text.lines()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            // `2: eth0: <BROADCAST,UP> …`, and `2: eth0    inet 10.0.0.1/24 …` of `ip -o addr`.
            [index, named, rest @ ..] if is_index(index) => {
                let own = named.trim_end_matches(':');
                let own = own.split('@').next().unwrap_or(own).to_owned();
                if let ["inet" | "inet6", address, ..] = rest {
                    add(configuration, &own, address, place);
                } else if let Some(interface) =
                    configuration.interfaces.iter_mut().find(|one| one.name == own)
                {
                    interface.is_down |= is_down(rest);
                } else if is_down(rest) {
                    name = None;
                    continue;
                }
                name = Some(own);
            }
            ["inet" | "inet6", address, ..] if line.starts_with(' ') => {
                if let Some(name) = &name {
                    add(configuration, &name.clone(), address, place);
                }
            }
            [network, rest @ ..] => route(configuration, network, rest, place),
            [] => {}
        }
    }
}

fn is_index(word: &str) -> bool {
    word.strip_suffix(':').is_some_and(|number| number.parse::<u32>().is_ok())
}

fn is_down(words: &[&str]) -> bool {
    words.first().is_some_and(|flags| {
        flags.starts_with('<') && !flags.trim_matches(['<', '>']).split(',').any(|flag| flag == "UP")
    })
}

fn add(configuration: &mut Configuration, name: &str, address: &str, place: u32) {
    let Some((address, length)) = address.split_once('/') else { return };
    let (Ok(address), Ok(length)) = (address.parse::<IpAddr>(), length.parse::<u8>()) else { return };
    if Cidr::new(address, length).is_none() || address.is_loopback() {
        return;
    }
    match configuration.interfaces.iter_mut().find(|one| one.name == name) {
        Some(interface) => interface.addresses.push((address, length)),
        None => configuration.interfaces.push(Interface {
            name: name.to_owned(),
            place,
            addresses: vec![(address, length)],
            ..Interface::default()
        }),
    }
}

/// `default via 10.0.0.254 dev eth0`, `10.9.0.0/16 via …`, `10.1.0.0/24 dev eth1 …`.
fn route(configuration: &mut Configuration, network: &str, rest: &[&str], place: u32) {
    if !matches!(rest.first(), Some(&("via" | "dev"))) {
        return;
    }
    let behind =
        |word: &str| rest.iter().position(|one| *one == word).and_then(|at| rest.get(at + 1)).copied();
    let next: Option<IpAddr> = behind("via").and_then(|word| word.parse().ok());
    let interface = behind("dev").map(str::to_owned);
    let network = match network.split_once('/') {
        _ if network == "default" => {
            let any = if next.is_some_and(|next| next.is_ipv6()) {
                IpAddr::from([0u16; 8])
            } else {
                IpAddr::from([0u8; 4])
            };
            Cidr::new(any, 0)
        }
        Some((address, length)) => {
            address.parse().ok().zip(length.parse().ok()).and_then(|(a, l)| Cidr::new(a, l))
        }
        None => network
            .parse()
            .ok()
            .and_then(|address: IpAddr| Cidr::new(address, if address.is_ipv4() { 32 } else { 128 })),
    };
    if let Some(network) = network {
        configuration.routes.push(Route { network, interface, next, vrf: None, place });
    }
}
