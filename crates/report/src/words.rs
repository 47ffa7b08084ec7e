//! Words a person reads: labels for names in files, dates, numbers, and texts from the wire made harmless.
//!
//! Whatever came from outside passes through [`clean`]: no control or direction-changing characters, one
//! line, a bounded length.

use cordon_wire::assessment::{Device, Service};

/// What stands where nothing is known.
pub(crate) const NOT_KNOWN: &str = "not known";
/// The tiers, worst first.
pub(crate) const TIERS: [&str; 4] = ["critical", "high", "medium", "low"];

/// Names of the vocabulary whose plain spelling is not the name with blanks.
const LABELS: &[(&str, &str)] = &[
    ("anaesthesia", "anaesthesia machine"),
    ("radiotherapy", "radiotherapy system"),
    ("endoscopy", "endoscopy system"),
    ("point_of_care_analyser", "point-of-care analyser"),
    ("ecg", "electrocardiograph"),
    ("dialysis", "dialysis machine"),
    ("bed", "hospital bed"),
    ("nurse_call", "nurse call system"),
    ("ups", "uninterruptible power supply"),
    ("other", "other device"),
    ("unknown", NOT_KNOWN),
    ("", NOT_KNOWN),
    ("os", "operating system"),
    ("os_version", "operating system version"),
    ("udi", "unique device identifier"),
    ("product_code", "FDA product code"),
    ("device_class", "FDA device class"),
    ("life_sustaining", "life-sustaining"),
    ("distribution", "still sold"),
    ("purchased", "bought"),
    ("cost_centre", "cost centre"),
    ("expected_not_seen", "expected, not seen"),
    ("rejected", "not needed, as somebody decided"),
    ("find_out", "find out"),
    ("vendor_ended", "the maker has ended updates"),
    ("certification", "a change would void its certification"),
    ("no_mechanism", "it has no way to be updated"),
    ("in_use", "it cannot be taken out of care"),
    ("flat_reachability", "open to other devices"),
    ("os_support_ended", "no security updates"),
    ("exploited_vulnerability", "vulnerability attackers use"),
    ("published_exploit", "vulnerability with a known exploit"),
    ("known_vulnerability", "known vulnerability"),
    ("local_vulnerability", "vulnerability at the device"),
    ("undetermined_vulnerability", "perhaps vulnerable"),
    ("device_support_ended", "no support by the maker"),
    ("device_support_limited", "limited support by the maker"),
    ("remote_support", "remote support channel"),
    ("smb1", "SMB version 1"),
    ("rdp_without_nla", "remote desktop open to all"),
    ("vnc_open", "screen shared without password"),
    ("vnc_password", "screen shared for a short password"),
    ("certificate_expired", "expired certificate"),
    ("certificate_weak", "certificate that can be forged"),
    ("os_support_paid", "updates only against payment"),
    ("os_edition_unknown", "edition not known"),
    ("risky_service", "risky service"),
    ("http_in_clear", "pages without encryption"),
    ("clear_credentials", "readable passwords"),
    ("default_credentials", "factory passwords"),
    ("weak_encryption", "weak encryption"),
    ("patient_data_in_clear", "readable patient data"),
    ("internet_contact", "contact with the internet"),
    ("internet_inbound", "reached from the internet"),
    ("internet_attempt", "tries to reach the internet"),
    ("unknown_identity", "kind not known"),
    ("harm_patient_safety", "harm to patients"),
    ("harm_care_delivery", "harm to care"),
    ("harm_patient_data", "harm to patient data"),
    ("harm_foothold", "foothold for attackers"),
];

/// The categories that diagnose, treat or monitor patients, and the clinical systems they depend on.
const CLINICAL: &[&str] = &[
    "infusion_pump",
    "patient_monitor",
    "central_station",
    "ventilator",
    "anaesthesia",
    "imaging_modality",
    "image_archive",
    "imaging_workstation",
    "radiotherapy",
    "endoscopy",
    "laboratory_analyser",
    "point_of_care_analyser",
    "ecg",
    "defibrillator",
    "dialysis",
    "medication_cabinet",
    "bed",
    "nurse_call",
    "telemetry_gateway",
    "infusion_gateway",
    "integration_engine",
    "implant_programmer",
    "home_monitor",
    "clinical_server",
];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// Protocols whose common spelling is not lower case.
const PROTOCOLS: &[(&str, &str)] = &[
    ("asset_list", "asset list"),
    ("fda", "FDA"),
    ("knowledge", "Cordon's knowledge"),
    ("dicom", "DICOM"),
    ("hl7", "HL7"),
    ("mllp", "HL7 (MLLP)"),
    ("dhcp", "DHCP"),
    ("dhcpv4", "DHCP"),
    ("dhcpv6", "DHCPv6"),
    ("dns", "DNS"),
    ("mdns", "mDNS"),
    ("http", "HTTP"),
    ("https", "HTTPS"),
    ("tls", "TLS"),
    ("ssh", "SSH"),
    ("smb", "SMB"),
    ("rdp", "RDP"),
    ("ftp", "FTP"),
    ("tftp", "TFTP"),
    ("telnet", "Telnet"),
    ("ntp", "NTP"),
    ("snmp", "SNMP"),
    ("ldap", "LDAP"),
    ("arp", "ARP"),
    ("icmp", "ICMP"),
    ("vnc", "VNC"),
    ("syslog", "Syslog"),
    ("modbus", "Modbus"),
    ("s7", "Siemens S7"),
    ("enip", "EtherNet/IP"),
    ("opcua", "OPC UA"),
    ("bacnet", "BACnet"),
    ("kerberos", "Kerberos"),
    ("ipp", "IPP"),
    ("mqtt", "MQTT"),
    ("astm", "ASTM"),
    ("atna", "ATNA audit trail"),
    ("dicomweb", "DICOMweb"),
    ("fhir", "FHIR"),
    ("intellivue", "IntelliVue data export"),
    ("llmnr", "LLMNR"),
    ("phd", "IEEE 11073-20601"),
    ("poct1a", "POCT1-A"),
    ("sdc", "IEEE 11073 SDC"),
    ("ws_discovery", "WS-Discovery"),
];

/// Kinds of events in plain words, gravest first.
const EVENTS: &[(&str, &str)] = &[
    ("alarms.silent", "A sender of alarms fell silent"),
    ("patient_query.sweep", "Asked for patients unusually often or widely"),
    ("dicom.broad_query", "Asked an archive for everything it has"),
    ("dicomweb.broad_query", "Asked an archive's web service for everything"),
    ("fhir.bulk_export", "Exported clinical data in bulk"),
    ("patient_query.new_peer", "Asked for patients for the first time"),
    ("dicom.title_guessing", "Refused by DICOM again and again"),
    ("fhir.unauthenticated", "Read patient resources without log-in"),
    ("sdc.operation", "Operated a medical device remotely"),
    ("dicom.clear_credentials", "Sent a DICOM user name and password readably"),
    ("http.clear_credentials", "Sent a web password readably"),
    ("astm.clear_credentials", "Sent a laboratory system's password readably"),
    ("poct1a.clear_credentials", "Sent an operator's password readably"),
    ("log_in.clear_credentials", "Sent a password readably"),
    ("log_in.default_credentials", "Let in by a name or password known from the factory"),
    ("control.operation", "Stopped, started or restarted a controller"),
    ("firmware.transfer", "Firmware was sent over the network"),
    ("configuration.transfer", "A configuration was sent or changed"),
    ("administration.session", "Somebody worked on a device from afar"),
    ("log_in.failed", "Somebody failed to log in"),
    ("encryption.weak", "Agreed to encryption that can be broken"),
    ("atna.security_alert", "An audit trail reported a security alert"),
    ("arp.address_conflict", "Two stations claimed one address"),
    ("patient_data.in_clear", "Patient data was readable"),
    ("dicom.wrong_ae_title", "Called a DICOM title that is not known there"),
    ("dicom.association_rejected", "DICOM association rejected"),
    ("dicom.association_aborted", "DICOM association aborted"),
    ("dicom.operations_failed", "DICOM operations failed"),
    ("dicom.retrieve", "Retrieved images"),
    ("dicom.query", "Asked a DICOM server for patients or studies"),
    ("dicomweb.query", "Asked a DICOM web service for studies"),
    ("dicomweb.failed", "DICOM web requests failed"),
    ("fhir.patient_search", "Searched for patients"),
    ("fhir.failed", "FHIR requests failed"),
    ("hl7.rejected", "An HL7 message was not accepted"),
    ("atna.authentication_failed", "An audit trail reported a failed log-in"),
    ("tls.alert", "A TLS connection failed"),
];

/// What happened, in plain words.
pub(crate) fn event(kind: &str) -> String {
    match EVENTS.iter().find(|(from, _)| *from == kind) {
        Some((_, to)) => (*to).to_owned(),
        None => {
            let (protocol_name, what) = kind.split_once('.').unwrap_or(("", kind));
            clean(&format!("{} {}", protocol(protocol_name), what.replace('_', " ")), 80)
        }
    }
}

/// Place of a kind of event in the order of gravity.
pub(crate) fn event_place(kind: &str) -> usize {
    EVENTS.iter().position(|(known, _)| *known == kind).unwrap_or(EVENTS.len())
}

/// The plain spelling of a name of the vocabulary (`infusion_pump` → `infusion pump`).
pub(crate) fn label(name: &str) -> String {
    match LABELS.iter().find(|(from, _)| *from == name) {
        Some((_, to)) => (*to).to_owned(),
        None => clean(&name.split('_').map(spelled).collect::<Vec<_>>().join(" "), 60),
    }
}

/// What a factor of a score is called, in few words.
pub(crate) fn factor(name: &str) -> String {
    let service = name.strip_prefix("service_").and_then(|rest| {
        let mut parts = rest.splitn(3, '_');
        Some((parts.next()?, parts.next()?, parts.next()?))
    });
    match service {
        Some((transport, port, slug)) => {
            let slug = slug.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
            clean(&format!("risky service {slug} ({transport}/{port})"), 60)
        }
        None => label(name),
    }
}

/// A word of a name; abbreviations in capitals.
fn spelled(word: &str) -> &str {
    const ABBREVIATIONS: [(&str, &str); 8] = [
        ("os", "OS"),
        ("ip", "IP"),
        ("mac", "MAC"),
        ("dns", "DNS"),
        ("dhcp", "DHCP"),
        ("dicom", "DICOM"),
        ("hl7", "HL7"),
        ("tls", "TLS"),
    ];
    ABBREVIATIONS.iter().find(|(from, _)| *from == word).map_or(word, |(_, to)| to)
}

/// The same with a capital first letter.
pub(crate) fn title(name: &str) -> String {
    capital(&label(name))
}

/// With a capital first letter.
pub(crate) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// With a small first letter, unless it begins with an abbreviation.
pub(crate) fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    match (characters.next(), characters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => {
            first.to_lowercase().chain(characters).collect()
        }
        _ => text.to_owned(),
    }
}

/// True for the categories of devices and systems that care depends on.
pub(crate) fn is_clinical(category: &str) -> bool {
    CLINICAL.contains(&category)
}

/// The tier as one of [`TIERS`]; `None` for anything else.
pub(crate) fn tier(name: &str) -> Option<&'static str> {
    TIERS.into_iter().find(|tier| *tier == name)
}

/// A protocol as people write it.
pub(crate) fn protocol(name: &str) -> String {
    match PROTOCOLS.iter().find(|(from, _)| *from == name) {
        Some((_, to)) => (*to).to_owned(),
        None => clean(name, 40),
    }
}

/// Text from outside, made fit to print: control characters, direction overrides and zero-width characters
/// out (they can make a name look like another), blanks collapsed, at most `length_max` characters.
pub(crate) fn clean(text: &str, length_max: usize) -> String {
    if is_clean(text, length_max) { text.to_owned() } else { cleaned(text, length_max) }
}

fn cleaned(text: &str, length_max: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    let mut blank = false;
    for character in text.chars() {
        if character.is_whitespace() || character.is_control() {
            blank = !out.is_empty();
            continue;
        }
        if is_invisible(character) {
            continue;
        }
        if length + usize::from(blank) >= length_max {
            out.push('…');
            return out;
        }
        if blank {
            out.push(' ');
            length += 1;
            blank = false;
        }
        out.push(character);
        length += 1;
    }
    out
}

/// True for what [`clean`] would leave as it is, by a quick look: most texts are short, plain and of one line.
fn is_clean(text: &str, length_max: usize) -> bool {
    let bytes = text.as_bytes();
    bytes.len() <= length_max
        && bytes.iter().all(|byte| (b' '..=b'~').contains(byte))
        && bytes.first() != Some(&b' ')
        && bytes.last() != Some(&b' ')
        && !bytes.windows(2).any(|two| two == b"  ")
}

/// Direction marks and overrides, joiners, fillers, variation selectors, tags, private use, noncharacters.
fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}')
}

/// Text for a narrow column: [`clean`], and words longer than a MAC address get places to break.
pub(crate) fn cell(text: &str, length_max: usize) -> String {
    breakable(text, length_max, 17)
}

/// Text for a wide column or a paragraph, where only very long words need places to break.
pub(crate) fn prose(text: &str, length_max: usize) -> String {
    breakable(text, length_max, 44)
}

fn breakable(text: &str, length_max: usize, word_max: usize) -> String {
    const RUN_MAX: usize = 10;
    let text = clean(text, length_max);
    let mut out = String::with_capacity(text.len());
    for word in text.split(' ') {
        if !out.is_empty() {
            out.push(' ');
        }
        if word.chars().nth(word_max).is_none() {
            out.push_str(word);
            continue;
        }
        let mut run = 0;
        for character in word.chars() {
            if run >= RUN_MAX {
                out.push('\u{200b}');
                run = 0;
            }
            out.push(character);
            run += 1;
            if matches!(character, '.' | ':' | '/' | '_' | '-' | ',' | ';' | '@' | '=' | '\\') && run > 3 {
                out.push('\u{200b}');
                run = 0;
            }
        }
    }
    out
}

/// A number with thousands apart: `9,800`.
pub(crate) fn number(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count of a list.
pub(crate) fn count(value: usize) -> String {
    number(value as u64)
}

/// A count with its noun: `1 device`, `9,800 devices`.
pub(crate) fn counted(value: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// A score or share with at most one decimal; what is no number is a dash.
pub(crate) fn points(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value.abs() >= 1e9 {
        return format!("{value:.1e}");
    }
    let rounded = (value * 10.0).round() / 10.0;
    // Minus zero would read as a mistake.
    if rounded == 0.0 {
        return "0".to_owned();
    }
    if rounded.fract() == 0.0 { format!("{rounded:.0}") } else { format!("{rounded:.1}") }
}

/// Confidence 0 to 1 in words and per cent.
pub(crate) fn confidence(value: f64) -> String {
    if !value.is_finite() {
        return NOT_KNOWN.to_owned();
    }
    let percent = (value.clamp(0.0, 1.0) * 100.0).round();
    let word = match percent {
        p if p >= 90.0 => "very likely",
        p if p >= 70.0 => "likely",
        p if p >= 40.0 => "possible",
        _ => "weak",
    };
    format!("{word} ({percent:.0} %)")
}

/// Bytes as a person reads them.
pub(crate) fn bytes(value: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    let mut amount = value as f64;
    let mut unit = "bytes";
    for next in UNITS {
        if amount < 1000.0 {
            break;
        }
        amount /= 1000.0;
        unit = next;
    }
    format!("{} {unit}", points(amount))
}

/// `22 November 2026` of an RFC 3339 time or date; the text itself when it is neither.
pub(crate) fn date(text: &str) -> String {
    match parts(text) {
        Some((year, month, day)) => {
            let name = MONTHS.get(usize::from(month).saturating_sub(1)).copied().unwrap_or_default();
            format!("{day} {name} {year}")
        }
        None => clean(text, 40),
    }
}

/// `22 November 2026, 05:00 UTC` of an RFC 3339 time in UTC.
pub(crate) fn date_time(text: &str) -> String {
    match (parts(text), text.get(11..16), text.ends_with('Z')) {
        (Some(_), Some(time), true) => format!("{}, {time} UTC", date(text)),
        _ => date(text),
    }
}

/// Year, month 1–12, day 1–31.
pub(crate) fn parts(text: &str) -> Option<(u16, u8, u8)> {
    let (year, month, day) = (text.get(..4)?, text.get(5..7)?, text.get(8..10)?);
    let separated = text.get(4..5)? == "-" && text.get(7..8)? == "-";
    let date: (u16, u8, u8) = (year.parse().ok()?, month.parse().ok()?, day.parse().ok()?);
    (separated && (1..=12).contains(&date.1) && (1..=31).contains(&date.2)).then_some(date)
}

/// Hour, minute, second of an RFC 3339 time in UTC; midnight when it names none.
pub(crate) fn time_of_day(text: &str) -> (u8, u8, u8) {
    let part = |range| text.get(range).and_then(|part: &str| part.parse().ok());
    let time = (part(11..13), part(14..16), part(17..19));
    match time {
        (Some(hour @ 0..=23), Some(minute @ 0..=59), Some(second @ 0..=59)) => (hour, minute, second),
        _ => (0, 0, 0),
    }
}

/// Kinds that people know by their host name rather than by what was bought.
const KNOWN_BY_HOST_NAME: &[&str] =
    &["workstation", "imaging_workstation", "server", "clinical_server", "tablet"];

/// What a person calls a device: maker and model, for computers the host name; an address where nothing
/// better is known.
pub(crate) fn device_title(device: &Device) -> String {
    let host = device.hostnames.first().map(|name| clean(name, 60));
    let bought = device.model.as_ref().and_then(|_| maker_model(device)).map(|name| clean(&name, 60));
    let by_host = KNOWN_BY_HOST_NAME.contains(&device.category.as_str());
    let named = if by_host { [host, bought] } else { [bought, host] };
    let numbered = [device.asset_tag.as_ref(), device.ips.first(), device.macs.first(), Some(&device.id)];
    let numbered = numbered.into_iter().flatten().map(|name| clean(name, 60));
    let mut names = named.into_iter().flatten().chain(numbered).filter(|name| !name.is_empty());
    names.next().unwrap_or_else(|| "device without a name".to_owned())
}

/// What stands beside the title: asset tag, host name, first address, as far as they say more.
pub(crate) fn device_marks(device: &Device) -> Vec<String> {
    let title = device_title(device);
    let address = device.ips.first().or(device.macs.first());
    let marks = [device.asset_tag.as_ref(), device.hostnames.first(), address];
    let marks = marks.into_iter().flatten().map(|mark| clean(mark, 60));
    marks.filter(|mark| !mark.is_empty() && *mark != title).collect()
}

/// The shortest name that tells a device from the others: its title, and for what there may be several of,
/// the hospital's label, host name or address.
pub fn device_name(device: &Device) -> String {
    let title = device_title(device);
    let unique =
        device.hostnames.first().is_some_and(|host| clean(host, 60) == title) || device.model.is_none();
    match device_marks(device).into_iter().next() {
        Some(mark) if !unique => format!("{title} ({mark})"),
        _ => title,
    }
}

/// Maker and model in one phrase; `None` when neither is known.
pub(crate) fn maker_model(device: &Device) -> Option<String> {
    match (&device.manufacturer, &device.model) {
        (Some(maker), Some(model)) if model.starts_with(maker.as_str()) => Some(clean(model, 120)),
        (Some(maker), Some(model)) => Some(clean(&format!("{maker} {model}"), 120)),
        (Some(one), None) | (None, Some(one)) => Some(clean(one, 120)),
        (None, None) => None,
    }
}

/// Operating system and version in one phrase; `None` when not known.
pub(crate) fn operating_system(device: &Device) -> Option<String> {
    let os = device.os.as_ref()?;
    Some(match &device.os_version {
        Some(version) if version.starts_with(os.as_str()) => clean(version, 80),
        Some(version) => clean(&format!("{os} {version}"), 80),
        None => clean(os, 80),
    })
}

/// `tcp/104` or `icmp`.
pub(crate) fn transport_port(transport: &str, port: u16) -> String {
    match transport {
        "tcp" | "udp" | "sctp" => format!("{transport}/{port}"),
        other => clean(other, 20),
    }
}

/// How a service is known, worded no stronger than it was seen.
pub(crate) fn service(service: &Service) -> String {
    let at = transport_port(&service.transport, service.port);
    let application = service.application.as_deref().map(protocol);
    match (service.seen.as_str(), application) {
        ("conversation", Some(name)) => format!("{name} on {at}; seen in use"),
        ("banner", Some(name)) => format!("{name} on {at}; it said so itself"),
        ("port_only", Some(name)) => format!("answers on {at}; the port number suggests {name}"),
        (_, Some(name)) => format!("{name} on {at}"),
        (_, None) => format!("answers on {at}; what it speaks is not known"),
    }
}

/// The first `shown` of a list, with the number of the others.
pub(crate) fn some_of(names: &[String], shown: usize) -> String {
    let mut out = names.iter().take(shown).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > shown {
        out.push_str(&format!(" and {} more", count(names.len() - shown)));
    }
    out
}

/// `Tuesday 03:00`, of the hour of the week counted from Monday.
pub(crate) fn hour_of_week(hour: u8) -> String {
    const DAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let day = DAYS.get(usize::from(hour / 24)).copied().unwrap_or("not known");
    format!("{day} {:02}:00", hour % 24)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_text_becomes_one_quiet_line() {
        assert_eq!(clean("a\u{0}b\nc\t\t d  ", 99), "a b c d");
        assert_eq!(clean("exe.\u{202e}fdp", 99), "exe.fdp");
        assert_eq!(clean("#eval(\"x\") $x$ *b*", 99), "#eval(\"x\") $x$ *b*");
        assert_eq!(clean("abcdef", 3), "abc…");
        assert_eq!(clean("ab cdef", 3), "ab…");
        assert_eq!(cell("abcdefghijklmnopqrstuvwxyz", 99), "abcdefghij\u{200b}klmnopqrst\u{200b}uvwxyz");
        assert_eq!(cell("00:1b:0d:20:30:01 stays", 99), "00:1b:0d:20:30:01 stays");
    }

    #[test]
    fn dates_numbers_and_scores_read_well() {
        assert_eq!(date_time("2026-11-22T05:00:00Z"), "22 November 2026, 05:00 UTC");
        assert_eq!(date("2026-13-01"), "2026-13-01");
        assert_eq!(date("yesterday"), "yesterday");
        assert_eq!(number(1_234_567), "1,234,567");
        assert_eq!(counted(1, "device", "devices"), "1 device");
        assert_eq!(points(-0.01), "0");
        assert_eq!(points(12.34), "12.3");
        assert_eq!(points(f64::NAN), "–");
        assert_eq!(points(1e300), "1.0e300");
        assert_eq!(bytes(1_500_000), "1.5 MB");
        assert_eq!(bytes(12), "12 bytes");
        assert_eq!(confidence(0.85), "likely (85 %)");
    }

    #[test]
    fn a_port_is_never_worded_as_seen() {
        let telnet = |seen: &str| {
            service(&Service {
                transport: "tcp".into(),
                port: 23,
                application: Some("telnet".into()),
                seen: seen.into(),
            })
        };
        assert_eq!(telnet("port_only"), "answers on tcp/23; the port number suggests Telnet");
        assert_eq!(telnet("conversation"), "Telnet on tcp/23; seen in use");
        assert_eq!(factor("os_support_ended"), "no security updates");
        assert_eq!(
            factor("service_tcp_139_netbios_session__smb_"),
            "risky service netbios session smb (tcp/139)"
        );
    }

    proptest! {
        #[test]
        fn what_looks_clean_is_left_as_it_is(text in "[ a~\t]{0,8}|[ -~]{0,12}|\\PC{0,8}", length_max in 0usize..14) {
            prop_assert_eq!(clean(&text, length_max), cleaned(&text, length_max));
        }
    }

    proptest! {
        #[test]
        fn cleaning_is_bounded_and_stable(text in any::<String>(), length_max in 1usize..80) {
            let once = clean(&text, length_max);
            prop_assert!(once.chars().count() <= length_max + 1);
            prop_assert!(!once.chars().any(|c| c.is_control() || is_invisible(c)));
            prop_assert_eq!(clean(&once, length_max + 1), once);
        }

        #[test]
        fn breaking_changes_no_visible_character(text in "[ -~]{0,80}") {
            prop_assert_eq!(cell(&text, 200).replace('\u{200b}', ""), clean(&text, 200));
        }
    }
}
