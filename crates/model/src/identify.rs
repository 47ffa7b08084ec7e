//! What a set of facts describes: devices, the claims made about them and the evidence for each.

use crate::address::{Mac, Vlan};
use crate::category::Category;
use crate::observe::{Conversation, Event, Fact, PatientDataKinds, Protocol, Source, Transport};
use crate::time::Timestamp;
use std::fmt;
use std::net::IpAddr;

/// A device's lasting name: a hash of its strongest key (asset tag, else maker and serial, else MAC, else
/// site, VLAN and address), so that it is the same in every run over the same device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeviceId(String);

impl DeviceId {
    /// Wraps an id as `identify` makes it.
    pub fn new(text: impl Into<String>) -> DeviceId {
        DeviceId(text.into())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeviceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! attributes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// What a claim is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Attribute {
            $($(#[$doc])* $variant,)*
        }

        impl Attribute {
            /// Every attribute, in order of presentation.
            pub const ALL: &'static [Attribute] = &[$(Attribute::$variant),*];

            /// The name in files and interfaces.
            pub const fn name(self) -> &'static str {
                match self { $(Attribute::$variant => $name),* }
            }

            /// The attribute with this name.
            pub fn from_name(text: &str) -> Option<Attribute> {
                match text { $($name => Some(Attribute::$variant),)* _ => None }
            }
        }

        impl fmt::Display for Attribute {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

attributes! {
    /// A [`Category`] by name.
    Category = "category";
    /// DICOM modality code (PS3.3 C.7.3.1.1.1), such as `CT`.
    Modality = "modality";
    /// Maker under its present usual name.
    Manufacturer = "manufacturer";
    /// Model as the maker writes it.
    Model = "model";
    /// Operating system family, such as `Windows`.
    Os = "os";
    /// Operating system version, such as `7` or `XP`.
    OsVersion = "os_version";
    /// Firmware or application software version as the device states it.
    Firmware = "firmware";
    /// Serial number.
    Serial = "serial";
    /// Unique device identifier.
    Udi = "udi";
    /// Date of manufacture.
    Manufactured = "manufactured";
    /// Host name.
    Hostname = "hostname";
    /// The hospital's own label.
    AssetTag = "asset_tag";
    /// Who is responsible for it.
    Owner = "owner";
    /// Department that uses it.
    Department = "department";
    /// Where it stands.
    Location = "location";
    /// The switch and port it stands behind: `sw-icu-1 Gi1/0/12`.
    SwitchPort = "switch_port";
    /// Whom to call about it: a maintainer, a service contract.
    SupportContact = "support_contact";
    /// What its costs are booked on.
    CostCentre = "cost_centre";
    /// When it was bought.
    Purchased = "purchased";
    /// How much care depends on it: `high`, `medium` or `low`.
    Criticality = "criticality";
    /// Name it is sold under.
    Brand = "brand";
    /// FDA product code, three characters (21 CFR 862 to 892).
    ProductCode = "product_code";
    /// FDA device class: `1`, `2`, `3`, `U` (unclassified), `N` (not classified) or `F` (humanitarian use).
    DeviceClass = "device_class";
    /// `yes` or `no`: whether FDA's classification calls it life-sustaining or life-supporting.
    LifeSustaining = "life_sustaining";
    /// Whether it is still sold, in FDA's words: `In Commercial Distribution`.
    Distribution = "distribution";
    /// Where its maker's usage description lies (RFC 8520), as the device announces it.
    MudUrl = "mud_url";
    /// `yes` or `no`.
    PatchPossible = "patch_possible";
    /// Why not, in the vocabulary's spelling.
    PatchWhyNot = "patch_why_not";
    /// Who may patch it and is responsible for it.
    PatchResponsible = "patch_responsible";
}

/// How sure a claim is, 0 (no idea) to 1 (certain).
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Confidence(f64);

impl Confidence {
    /// Stated by a person: outranks everything observed.
    pub const CERTAIN: Confidence = Confidence(1.0);

    /// The confidence `value`, held within 0 to 1; not-a-number counts as 0.
    pub fn new(value: f64) -> Confidence {
        Confidence(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }

    /// 0 to 1.
    pub fn value(self) -> f64 {
        self.0
    }
}

/// Why a claim is made: one sighting and the rule that read it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Which protocol or kind of source said so.
    pub protocol: Protocol,
    /// The sighting in words, such as `dhcp.vendor_class = MSFT 5.0`.
    pub fact: String,
    /// The rule that drew the claim from it, such as `dhcp/windows-7`.
    pub rule: String,
    /// Where it was read; `input` points into [`Estate::inputs`].
    pub source: Source,
    /// When that was: the packet's time; `None` where only a list or a whole conversation says it.
    pub at: Option<Timestamp>,
}

/// Attribute = value, with how sure and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What about.
    pub attribute: Attribute,
    /// The value.
    pub value: String,
    /// How sure.
    pub confidence: Confidence,
    /// True when other evidence says otherwise; that claim stands beside this one.
    pub conflict: bool,
    /// Why; never empty.
    pub evidence: Vec<Evidence>,
}

/// How a service became known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceSeen {
    /// Its content was understood.
    Conversation,
    /// It named itself in a banner.
    Banner,
    /// Something answered on the port; what it is, only the port number suggests.
    PortOnly,
}

impl ServiceSeen {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            ServiceSeen::Conversation => "conversation",
            ServiceSeen::Banner => "banner",
            ServiceSeen::PortOnly => "port_only",
        }
    }
}

/// A port on which a device answers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Service {
    /// Transport protocol.
    pub transport: Transport,
    /// Port.
    pub port: u16,
    /// What is spoken there, or what the port number suggests (see `seen`); `None` when neither says.
    pub application: Option<String>,
    /// How that is known.
    pub seen: ServiceSeen,
}

/// Why something is part of a device, or was not made part of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// True when it was joined; false when it was looked at and kept apart.
    pub joined: bool,
    /// What was joined or kept apart, in words: `station 00:1b:0d:20:30:01`, `row 7 of assets.csv`.
    pub with: String,
    /// The reason, in words.
    pub why: String,
    /// The facts it rests on.
    pub evidence: Vec<Evidence>,
}

/// When and under which addresses a device was on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Presence {
    /// The earliest time; the epoch when no source gives one.
    pub first: Timestamp,
    /// The latest time.
    pub last: Timestamp,
    /// Its interfaces that were seen, in order.
    pub macs: Vec<Mac>,
    /// Its addresses that were seen, in order.
    pub ips: Vec<IpAddr>,
}

/// A row of a list that describes a device.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listing {
    /// The list (an input) and the row.
    pub source: Source,
    /// Interfaces the row names.
    pub macs: Vec<Mac>,
    /// Addresses the row names.
    pub ips: Vec<IpAddr>,
}

/// How a device protects what it offers, as it said itself: a fact that bears on its exposure.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Protection {
    /// Which fact; one of [`Protection::FACTS`].
    pub fact: Fact,
    /// Its value, such as `1.0` of `smb.dialect`.
    pub value: String,
    /// Where it was read.
    pub source: Source,
}

impl Protection {
    /// The facts that are kept for a later judgement of exposure.
    pub const FACTS: &'static [Fact] = &[
        Fact::TlsVersion,
        Fact::TlsNotAfter,
        Fact::TlsSelfSigned,
        Fact::TlsWeakSignature,
        Fact::VncSecurity,
        Fact::SnmpVersion,
        Fact::SnmpCommunity,
        Fact::SmbDialect,
        Fact::RdpSecurity,
    ];

    /// The most that are kept of one device; a server of many certificates has hundreds.
    pub const MAX: usize = 64;
}

/// What software of the device calls itself: a fact that names products and versions, as it was said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Banner {
    /// Which fact; one of [`Banner::FACTS`].
    pub fact: Fact,
    /// Its value, such as `SSH-2.0-OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.13`.
    pub value: String,
    /// Where it was read first.
    pub source: Source,
}

impl Banner {
    /// The facts in which software names itself.
    pub const FACTS: &'static [Fact] = &[
        Fact::HttpServer,
        Fact::HttpPoweredBy,
        Fact::SshIdentification,
        Fact::FtpBanner,
        Fact::SmtpBanner,
        Fact::SmbNativeLanMan,
        Fact::DicomImplementationVersion,
    ];

    /// The most that are kept of one device; a proxy passes on what others say of themselves.
    pub const MAX: usize = 32;
}

/// What one person points at.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Lasting name.
    pub id: DeviceId,
    /// Its interfaces, in order.
    pub macs: Vec<Mac>,
    /// Its addresses, in order.
    pub ips: Vec<IpAddr>,
    /// The VLANs it was seen in, in order.
    pub vlans: Vec<Vlan>,
    /// Names it gave itself or was given, in order.
    pub hostnames: Vec<String>,
    /// Claims, by attribute and then by falling confidence: the first of an attribute leads.
    pub claims: Vec<Claim>,
    /// Ports it answers on, in order.
    pub services: Vec<Service>,
    /// What it does on the network in words: `DICOM storage SCU`, `HL7 sender`, `DNS server`; in order.
    pub roles: Vec<String>,
    /// Kinds of patient data readable in its conversations.
    pub patient_data: PatientDataKinds,
    /// The device that speaks for it, when it was never on the wire itself.
    pub parent: Option<DeviceId>,
    /// Why it is made of what it is, and what was kept apart from it; in order.
    pub links: Vec<Link>,
    /// When it was on the network, itself or spoken for by another; `None` for one that only lists know.
    pub presence: Option<Presence>,
    /// The rows of lists that describe it, in order.
    pub listings: Vec<Listing>,
    /// How it protects what it offers, in order; at most [`Protection::MAX`].
    pub protections: Vec<Protection>,
    /// What its software calls itself, in order; at most [`Banner::MAX`].
    pub banners: Vec<Banner>,
}

impl Device {
    /// The least confidence at which a claim is worth showing as the value.
    pub const SHOWN_FROM: f64 = 0.5;

    /// The leading claim about `attribute`, however weak.
    pub fn claim(&self, attribute: Attribute) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.attribute == attribute)
    }

    /// Adds what another source concludes: to the claim of the same value, else beside the others, with which it
    /// is in conflict then. Claims stay in order.
    pub fn add_claim(&mut self, claim: Claim) {
        let mut others = self.claims.iter_mut().filter(|other| other.attribute == claim.attribute);
        if let Some(same) = others.find(|other| other.value == claim.value) {
            let better = claim.confidence.value() > same.confidence.value();
            same.confidence = if better { claim.confidence } else { same.confidence };
            same.conflict |= claim.conflict;
            same.evidence.extend(claim.evidence);
        } else {
            self.claims.push(claim.clone());
            let mine = self.claims.iter_mut().filter(|other| other.attribute == claim.attribute);
            let mut mine: Vec<&mut Claim> = mine.collect();
            if mine.len() > 1 {
                mine.iter_mut().for_each(|claim| claim.conflict = true);
            }
        }
        self.claims.sort_by(|one, other| {
            let sure = other.confidence.value().total_cmp(&one.confidence.value());
            one.attribute.cmp(&other.attribute).then(sure).then_with(|| one.value.cmp(&other.value))
        });
    }

    /// The value to show for `attribute`: the leading claim's, when it is more likely than not.
    pub fn value(&self, attribute: Attribute) -> Option<&str> {
        let claim = self.claim(attribute)?;
        (claim.confidence.value() >= Self::SHOWN_FROM).then_some(claim.value.as_str())
    }

    /// The category to show; [`Category::Unknown`] when nothing says.
    pub fn category(&self) -> Category {
        self.value(Attribute::Category).and_then(|name| name.parse().ok()).unwrap_or(Category::Unknown)
    }

    /// What to call it in a sentence: its host name, else maker and model, else an address, else its id.
    pub fn label(&self) -> String {
        if let Some(name) = self.value(Attribute::Hostname).or(self.hostnames.first().map(String::as_str)) {
            return name.to_string();
        }
        let place = self.ips.first().map(IpAddr::to_string).or(self.macs.first().map(Mac::to_string));
        let kind = match (self.value(Attribute::Manufacturer), self.value(Attribute::Model)) {
            (Some(maker), Some(model)) => Some(format!("{maker} {model}")),
            (None, Some(model)) => Some(model.to_string()),
            _ => None,
        };
        match (kind, place) {
            (Some(kind), Some(place)) => format!("{kind} at {place}"),
            (Some(kind), None) => kind,
            (None, Some(place)) => place,
            (None, None) => self.id.to_string(),
        }
    }
}

/// A conversation and the devices it was between.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceConversation {
    /// What was exchanged.
    pub conversation: Conversation,
    /// The client's device; `None` when it is outside, or an address no device owns.
    pub client_device: Option<DeviceId>,
    /// The server's device; `None` when it is outside, or a multicast or broadcast address.
    pub server_device: Option<DeviceId>,
    /// True when one end is outside the site.
    pub outside: bool,
}

/// Everything identified from one or more sensors: what the later stages reason about.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Estate {
    /// Names of the inputs that [`Source::input`] points into.
    pub inputs: Vec<String>,
    /// Devices, ordered by id.
    pub devices: Vec<Device>,
    /// Conversations, in order.
    pub conversations: Vec<DeviceConversation>,
    /// Events, in order of time.
    pub events: Vec<Event>,
    /// Stations that are no devices here: each only sent, nothing answered it, its address is no maker's, and there
    /// are too many of them to be anything but a flood of made-up addresses.
    pub flood_stations: u64,
}
