//! Which column of a list says what, by its heading in the spellings hospitals use.

use cordon_model::observe::Fact;
use cordon_wire::inventory::AS_FOUND;

/// What a column says of a row's device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Column {
    /// A fact.
    Says(Fact),
    /// Its MAC addresses.
    Macs,
    /// Its IP addresses.
    Ips,
    /// Our own id of it.
    Id,
    /// What our own sheet held when it was written.
    AsFound,
    /// One of our own sheet's computed columns.
    Computed,
}

/// Headings in lower case with single blanks, most usual first. German and French stand beside English.
const HEADINGS: &[(Column, &[&str])] = &[
    (
        Column::Says(Fact::AssetTag),
        &[
            "asset tag",
            "tag",
            "asset",
            "asset no",
            "asset number",
            "asset id",
            "asset num",
            "inventory no",
            "inventory number",
            "inventory id",
            "inventory tag",
            "inv no",
            "inv nr",
            "equipment no",
            "equipment number",
            "equipment id",
            "equip no",
            "control number",
            "control no",
            "ecn",
            "cmms id",
            "barcode",
            "device id",
            "inventarnummer",
            "inventar nr",
            "inventarnr",
            "anlagennummer",
            "anlagen nr",
            "equipmentnummer",
            "numero inventaire",
            "numéro d inventaire",
            "n inventaire",
            "etiquette",
        ],
    ),
    (
        Column::Macs,
        &[
            "mac",
            "macs",
            "mac address",
            "mac addresses",
            "mac addr",
            "ethernet mac",
            "wired mac",
            "wireless mac",
            "wifi mac",
            "wlan mac",
            "lan mac",
            "hardware address",
            "physical address",
            "mac adresse",
            "mac adressen",
            "adresse mac",
            "wired mac address",
            "wireless mac address",
            "ethernet address",
            "nic",
        ],
    ),
    (
        Column::Ips,
        &[
            "ip",
            "ips",
            "ip address",
            "ip addresses",
            "ip addr",
            "ipv4",
            "ipv6",
            "ipv4 address",
            "ipv6 address",
            "network address",
            "ip adresse",
            "ip adressen",
            "adresse ip",
            "static ip",
        ],
    ),
    (
        Column::Says(Fact::AssetHostname),
        &[
            "hostname",
            "hostnames",
            "host name",
            "host",
            "computer name",
            "dns name",
            "fqdn",
            "network name",
            "netbios name",
            "rechnername",
            "gerätename",
            "nom d hôte",
            "nom hote",
        ],
    ),
    (
        Column::Says(Fact::AssetManufacturer),
        &[
            "manufacturer",
            "make",
            "vendor",
            "maker",
            "brand",
            "mfr",
            "mfg",
            "oem",
            "manufacturer name",
            "hersteller",
            "fabrikat",
            "fabricant",
            "marque",
        ],
    ),
    (
        Column::Says(Fact::AssetModel),
        &[
            "model",
            "model name",
            "model no",
            "model number",
            "device model",
            "product",
            "product name",
            "model designation",
            "modell",
            "gerätetyp",
            "typ",
            "typenbezeichnung",
            "modèle",
            "modele",
        ],
    ),
    (
        Column::Says(Fact::AssetSerial),
        &[
            "serial",
            "serial no",
            "serial number",
            "serial num",
            "sn",
            "s n",
            "serial nr",
            "seriennummer",
            "serien nr",
            "numéro de série",
            "numero de serie",
            "n de série",
            "fabriknummer",
        ],
    ),
    (
        Column::Says(Fact::AssetFirmware),
        &[
            "firmware",
            "firmware version",
            "fw",
            "fw version",
            "software version",
            "sw version",
            "software",
            "application version",
            "software rev",
            "software revision",
            "firmwareversion",
            "softwareversion",
            "version logicielle",
            "version logiciel",
        ],
    ),
    (
        Column::Says(Fact::AssetOs),
        &["os", "operating system", "os name", "platform", "betriebssystem", "système d exploitation"],
    ),
    (
        Column::Says(Fact::AssetOsVersion),
        &["os version", "operating system version", "os release", "betriebssystemversion", "version os"],
    ),
    (
        Column::Says(Fact::AssetCategory),
        &[
            "category",
            "device category",
            "device type",
            "equipment type",
            "type",
            "class",
            "device class",
            "kategorie",
            "geräteart",
            "catégorie",
            "type d appareil",
        ],
    ),
    (Column::Says(Fact::AssetModality), &["modality", "dicom modality", "modalität", "modalité"]),
    (
        Column::Says(Fact::AssetOwner),
        &[
            "owner",
            "device owner",
            "asset owner",
            "responsible",
            "responsible person",
            "custodian",
            "contact",
            "besitzer",
            "verantwortlich",
            "verantwortlicher",
            "propriétaire",
            "responsable",
        ],
    ),
    (
        Column::Says(Fact::AssetDepartment),
        &[
            "department",
            "dept",
            "unit",
            "ward",
            "clinic",
            "service",
            "abteilung",
            "station",
            "klinik",
            "département",
            "unité",
        ],
    ),
    (
        Column::Says(Fact::AssetSupportContact),
        &[
            "support contact",
            "support",
            "support phone",
            "support provider",
            "service contact",
            "service contract",
            "service provider",
            "service company",
            "service vendor",
            "maintained by",
            "maintenance provider",
            "maintenance contract",
            "wartungsfirma",
            "wartungsvertrag",
            "servicepartner",
            "ansprechpartner",
            "contrat de maintenance",
            "mainteneur",
        ],
    ),
    (
        Column::Says(Fact::AssetCostCentre),
        &[
            "cost centre",
            "cost center",
            "cost center no",
            "cost center number",
            "cost centre number",
            "cost code",
            "cc",
            "gl account",
            "kostenstelle",
            "kostenstellennummer",
            "centre de coût",
            "centre de coûts",
            "centre de cout",
        ],
    ),
    (
        Column::Says(Fact::AssetPurchased),
        &[
            "purchased",
            "purchase date",
            "date of purchase",
            "date purchased",
            "acquired",
            "acquisition date",
            "date acquired",
            "date of acquisition",
            "bought",
            "kaufdatum",
            "anschaffungsdatum",
            "anschaffung",
            "date d achat",
            "date d acquisition",
        ],
    ),
    (
        Column::Says(Fact::AssetCriticality),
        &["criticality", "clinical criticality", "device criticality", "kritikalität", "criticité"],
    ),
    (
        Column::Says(Fact::AssetLocation),
        &[
            "location",
            "room",
            "site",
            "building",
            "floor",
            "place",
            "room number",
            "room no",
            "standort",
            "raum",
            "gebäude",
            "zimmer",
            "emplacement",
            "salle",
            "localisation",
        ],
    ),
    (Column::Says(Fact::AssetUdi), &["udi", "unique device identifier", "udi di", "udi number", "gtin"]),
    (
        Column::Says(Fact::AssetManufactured),
        &[
            "manufactured",
            "manufacture date",
            "date of manufacture",
            "manufacturing date",
            "year of manufacture",
            "year built",
            "baujahr",
            "herstellungsdatum",
            "date de fabrication",
        ],
    ),
    (
        Column::Says(Fact::AssetPatchPossible),
        &["patch possible", "patchable", "can be patched", "can patch", "patch allowed", "patchbar"],
    ),
    (
        Column::Says(Fact::AssetPatchWhyNot),
        &["patch why not", "why not patched", "reason not patched", "not patchable because"],
    ),
    (
        Column::Says(Fact::AssetPatchResponsible),
        &["patch responsible", "patch owner", "patched by", "responsible for patching"],
    ),
    (
        Column::Says(Fact::AssetNotes),
        &[
            "notes",
            "note",
            "comment",
            "comments",
            "remark",
            "remarks",
            "bemerkung",
            "bemerkungen",
            "kommentar",
            "remarque",
            "commentaire",
        ],
    ),
    (Column::Id, &["id"]),
    (
        Column::Computed,
        &[
            "criticality source",
            "fda product code",
            "fda class",
            "life sustaining",
            "distribution",
            "support os",
            "support device",
            "support until",
            "patient data",
            "patient data in clear",
            "internet",
            "affected by",
            "risk score",
            "risk tier",
            "risk reason",
            "vlans",
        ],
    ),
];

/// What a column with this heading says; `None` when it is not known.
pub(crate) fn column(heading: &str) -> Option<Column> {
    if heading.trim() == AS_FOUND {
        return Some(Column::AsFound);
    }
    let heading = normalise(heading);
    let find = |text: &str| {
        let known = HEADINGS.iter().find(|(_, headings)| headings.contains(&text));
        known.map(|(column, _)| *column)
    };
    // `MAC 2`, `IP address 1`: several columns of one kind are numbered.
    find(&heading).or_else(|| find(heading.trim_end_matches(|c: char| c.is_ascii_digit() || c == ' ')))
}

/// Lower case, and one blank for whatever stands between words.
pub(crate) fn normalise(heading: &str) -> String {
    let mut words = String::new();
    for word in heading.split(|character: char| !character.is_alphanumeric()).filter(|word| !word.is_empty())
    {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().flat_map(char::to_lowercase));
    }
    words
}

/// The column of our own sheet that a fact stands in, such as `os_version`.
pub(crate) fn own_name(fact: Fact) -> &'static str {
    match fact {
        Fact::AssetHostname => "hostnames",
        fact => fact.name().split_once('.').map_or(fact.name(), |(_, name)| name),
    }
}

/// The column with this name of our own sheet (`asset_tag`, `macs`), of those that say something.
pub(crate) fn by_own_name(name: &str) -> Option<Column> {
    let says = |column: &Column| matches!(column, Column::Says(_) | Column::Macs | Column::Ips);
    own_names().find(|(known, _)| *known == name).map(|(_, column)| column).filter(says)
}

/// The names of all columns that say something, in the order of our own sheet.
pub(crate) fn own_names() -> impl Iterator<Item = (&'static str, Column)> {
    let all = cordon_wire::inventory::COLUMNS.iter();
    all.filter_map(|name| column(name).map(|column| (*name, column)))
        .filter(|(_, column)| matches!(column, Column::Says(_) | Column::Macs | Column::Ips))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_wire::inventory::{COLUMNS, EDITABLE};

    #[test]
    fn headings_are_known_in_many_spellings() {
        for (heading, wanted) in [
            ("asset_tag", Column::Says(Fact::AssetTag)),
            ("Asset Tag", Column::Says(Fact::AssetTag)),
            (" Inventory No. ", Column::Says(Fact::AssetTag)),
            ("MAC-Address", Column::Macs),
            ("MAC 2", Column::Macs),
            ("IP Address", Column::Ips),
            ("Make", Column::Says(Fact::AssetManufacturer)),
            ("S/N", Column::Says(Fact::AssetSerial)),
            ("Gerätetyp", Column::Says(Fact::AssetModel)),
            ("OS-Version", Column::Says(Fact::AssetOsVersion)),
        ] {
            assert_eq!(column(heading), Some(wanted), "{heading}");
        }
        assert_eq!(column("Purchase price"), None);
        assert_eq!(column(""), None);
        assert_eq!(column("2"), None);
    }

    #[test]
    fn no_heading_has_two_meanings() {
        let mut all: Vec<&str> = HEADINGS.iter().flat_map(|(_, headings)| headings.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|heading| normalise(heading) == *heading));
    }

    #[test]
    fn our_own_sheet_is_known_whole() {
        for name in COLUMNS {
            let known = column(name).unwrap();
            match known {
                Column::Says(fact) => {
                    assert_eq!(own_name(fact), *name);
                    assert!(EDITABLE.contains(name));
                }
                _ => assert!(!EDITABLE.contains(name), "{name}"),
            }
        }
    }
}
