//! The hospital as it stands: every device with its place on the network, and who serves whom.

use crate::frames::Stack;
use crate::random::Random;
use crate::roles::{ESSENTIAL, NOBODY, PER_THOUSAND, PROFILES, Profile, Role};
use cordon_model::{Mac, Vlan};
use std::net::Ipv4Addr;

/// The DNS domain of every simulated hospital.
pub(crate) const DOMAIN: &str = "hospital.example";

/// What a device has stated on the wire so far; only that goes into the truth.
pub(crate) mod stated {
    pub(crate) const CATEGORY: u16 = 1;
    pub(crate) const MODALITY: u16 = 2;
    pub(crate) const MAKER: u16 = 4;
    pub(crate) const MODEL: u16 = 8;
    pub(crate) const FIRMWARE: u16 = 16;
    pub(crate) const SERIAL: u16 = 32;
    pub(crate) const HOSTNAME: u16 = 64;
    /// The operating system's family.
    pub(crate) const OS: u16 = 128;
    /// Its version, too.
    pub(crate) const OS_VERSION: u16 = 256;
    pub(crate) const PRODUCT: u16 = CATEGORY | MAKER | MODEL;
}

/// A device; some 60 bytes, so that a hundred thousand are no burden. Its texts are made when needed.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) index: u32,
    /// Its number among those of its role, from 0.
    pub(crate) nth: u32,
    pub(crate) profile: &'static Profile,
    pub(crate) mac: Mac,
    pub(crate) ip: Ipv4Addr,
    pub(crate) zone: u8,
    /// The last ephemeral port it used.
    pub(crate) port: u16,
    pub(crate) ip_id: u16,
    /// Bits of [`stated`].
    pub(crate) stated: u16,
}

impl Device {
    pub(crate) fn role(&self) -> Role {
        self.profile.role
    }

    /// Eight digits, no two devices alike.
    pub(crate) fn serial(&self) -> String {
        (20_000_017 + u64::from(self.index) * 83).to_string()
    }

    pub(crate) fn hostname(&self) -> String {
        self.fill(self.profile.hostname)
    }

    /// How its web server or client names itself.
    pub(crate) fn banner(&self) -> String {
        self.fill(self.profile.banner)
    }

    /// The DICOM application entity title.
    pub(crate) fn ae_title(&self) -> String {
        match self.role() {
            Role::Modality => format!("{}{:02}", self.profile.modality, self.nth + 1),
            Role::Pacs => format!("PACS{:02}", self.nth + 1),
            Role::Ris => format!("RISWL{:02}", self.nth + 1),
            _ => format!("READ{:02}", self.nth + 1),
        }
    }

    /// The EUI-64 made from its MAC, in hexadecimal.
    pub(crate) fn eui64(&self) -> String {
        let [a, b, c, d, e, f] = self.mac.0;
        format!("{a:02X}{b:02X}{c:02X}FFFE{d:02X}{e:02X}{f:02X}")
    }

    /// True for devices with an address of their own choosing; others ask by DHCP.
    pub(crate) fn is_static(&self) -> bool {
        let asks_unnamed = matches!(self.role(), Role::Monitor | Role::LabAnalyser);
        self.profile.hostname.is_empty() && !asks_unnamed
    }

    pub(crate) fn stack(&self) -> Stack {
        match self.role() {
            Role::Router | Role::Switch => Stack::Router,
            _ => self.profile.os.stack(),
        }
    }

    fn fill(&self, pattern: &str) -> String {
        let [a, b, c, d, e, f] = self.mac.0;
        pattern
            .replace("{n}", &format!("{:02}", self.nth + 1))
            .replace("{m}", &format!("{d:02X}{e:02X}{f:02X}"))
            .replace("{M}", &format!("{a:02X}{b:02X}{c:02X}{d:02X}{e:02X}{f:02X}"))
            .replace("{s}", &self.serial())
    }
}

/// All devices, those of one role side by side.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) devices: Vec<Device>,
    pub(crate) vlans: bool,
    pub(crate) seed: u64,
    /// How many patients lie in the hospital.
    pub(crate) patients: u64,
    groups: Vec<(Role, u32, u32)>,
}

/// Beyond this many patients a larger hospital has the same ones, so that the truth stays readable.
const PATIENTS_MAX: u64 = 2_000;

impl Site {
    /// A hospital of `count` devices.
    pub(crate) fn new(count: u32, vlans: bool, seed: u64) -> Site {
        let mut roles = roles(count);
        roles.sort_by_key(|role| place(*role));
        let mut site = Site {
            devices: Vec::with_capacity(roles.len()),
            vlans,
            seed,
            patients: (u64::from(count) / 4).clamp(6, PATIENTS_MAX),
            groups: Vec::new(),
        };
        let mut next_host = [9u32; 5];
        let offset = Random::of(seed, &[0x6d61_6373]).next() as u32;
        for (index, role) in (0u32..).zip(roles) {
            let first = match site.groups.last_mut() {
                Some((last, first, number)) if *last == role => {
                    *number += 1;
                    *first
                }
                _ => {
                    site.groups.push((role, index, 1));
                    index
                }
            };
            let nth = index - first;
            let zone = if vlans { role.zone() } else { 0 };
            let host = if role == Role::Router {
                0
            } else {
                let next = next_host.get_mut(usize::from(zone)).map(|next| {
                    *next += 1;
                    *next
                });
                next.unwrap_or(9)
            };
            site.devices.push(Device {
                index,
                nth,
                profile: product(role, nth),
                mac: mac(product(role, nth).oui, index, offset),
                ip: address(zone, host),
                zone,
                port: 49_152 + (index.wrapping_mul(7_919) % 12_000) as u16,
                ip_id: index.wrapping_mul(24_593) as u16,
                stated: 0,
            });
        }
        site
    }

    pub(crate) fn get(&self, index: u32) -> Option<&Device> {
        self.devices.get(index as usize)
    }

    /// The device of `role` that serves device `index`, when the hospital has one.
    pub(crate) fn serving(&self, role: Role, index: u32) -> Option<u32> {
        let (_, first, count) = self.groups.iter().find(|(group, ..)| *group == role)?;
        Some(first + index % count)
    }

    /// The router's address in a zone.
    pub(crate) fn gateway(&self, zone: u8) -> Ipv4Addr {
        address(zone, 0)
    }

    /// The core server's address in a zone other than its own.
    pub(crate) fn leg(&self, zone: u8) -> Ipv4Addr {
        address(zone, 4)
    }

    /// The mask of a zone's subnet, a /14.
    pub(crate) fn mask(&self) -> Ipv4Addr {
        Ipv4Addr::new(255, 252, 0, 0)
    }

    /// The tag of a zone's frames.
    pub(crate) fn vlan(&self, zone: u8) -> Option<Vlan> {
        if self.vlans { Vlan::new(10 * (u16::from(zone) + 1)) } else { None }
    }
}

/// The roles of `count` devices: the essential ones in their order, then shares, then workstations.
fn roles(count: u32) -> Vec<Role> {
    let mut roles: Vec<Role> = ESSENTIAL.iter().copied().take(count as usize).collect();
    let rest = u64::from(count).saturating_sub(roles.len() as u64);
    for (role, share) in PER_THOUSAND {
        let number = rest * u64::from(*share) / 1000;
        roles.extend(std::iter::repeat_n(*role, number as usize));
    }
    roles.resize(count as usize, Role::Workstation);
    roles
}

fn place(role: Role) -> usize {
    PROFILES.iter().position(|profile| profile.role == role).unwrap_or(0)
}

/// The product of the `nth` device of a role: all in turn.
fn product(role: Role, nth: u32) -> &'static Profile {
    let first = place(role);
    let count = PROFILES.iter().filter(|profile| profile.role == role).count().max(1);
    PROFILES.get(first + nth as usize % count).unwrap_or(&NOBODY)
}

/// A MAC address in the block; multiplication by an odd number keeps 2^24 indices apart.
fn mac(oui: [u8; 3], index: u32, offset: u32) -> Mac {
    let number = index.wrapping_mul(0x009e_3779 | 1).wrapping_add(offset) & 0x00ff_ffff;
    let [_, d, e, f] = number.to_be_bytes();
    let [a, b, c] = oui;
    Mac([a, b, c, d, e, f])
}

/// Host `number` of a zone's /14, leaving out last octets 0 and 255; number 0 is the router.
fn address(zone: u8, number: u32) -> Ipv4Addr {
    let (block, last) = (number / 254, number % 254 + 1);
    Ipv4Addr::new(10, 20 + 4 * zone + (block >> 8) as u8, (block & 0xff) as u8, last as u8)
}

/// What the operating system is, as far as the device has said.
pub(crate) fn os_truth(device: &Device) -> Option<&'static str> {
    let os = device.profile.os;
    if device.stated & stated::OS_VERSION != 0 {
        return os.platform().map(|(_, words)| words);
    }
    (device.stated & stated::OS != 0 && os.is_windows()).then_some("Windows")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn addresses_and_names_are_unique_at_every_size() {
        for (count, vlans) in [(1, false), (5, true), (50, false), (100_000, true), (200_000, false)] {
            let site = Site::new(count, vlans, 7);
            assert_eq!(site.devices.len(), count as usize);
            assert_eq!(site.devices.iter().map(|d| d.mac).collect::<BTreeSet<_>>().len(), count as usize);
            assert_eq!(site.devices.iter().map(|d| d.ip).collect::<BTreeSet<_>>().len(), count as usize);
            for device in &site.devices {
                let octets = device.ip.octets();
                assert_eq!((octets[1] - 20) / 4, device.zone, "{}", device.ip);
                assert!(device.ae_title().len() <= 16);
            }
        }
    }

    #[test]
    fn everyone_is_served_by_someone_of_the_role_asked_for() {
        let site = Site::new(3_000, false, 1);
        for index in [0, 17, 2_999] {
            let server = site.serving(Role::Pacs, index).unwrap();
            assert_eq!(site.get(server).unwrap().role(), Role::Pacs);
        }
        assert_ne!(site.serving(Role::Pacs, 0), site.serving(Role::Pacs, 1));
        assert_eq!(Site::new(2, false, 1).serving(Role::Pacs, 0), None);
    }
}
