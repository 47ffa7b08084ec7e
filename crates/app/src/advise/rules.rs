//! What numbers about a capture mean. Each rule says what it saw, why that matters, and what to do.

use super::Answer::{No, Partly};
use super::Question::{Identity, Inventory, PatientData, Rules, Usage};
use super::{Answer, Finding, Observed, Question};
use cordon_sensor::survey::Survey;

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;
const WEEK: u64 = 7 * DAY;

/// Below so many frames nothing can be said about proportions.
const FRAMES_MIN: u64 = 50;
/// Connections below which their directions prove nothing.
const CONNECTIONS_MIN: u64 = 5;

/// Time from the first to the last frame.
pub(super) fn seconds(survey: &Survey) -> u64 {
    let micros = survey.first.zip(survey.last).map_or(0, |(first, last)| last.micros_since(first));
    u64::try_from(micros / 1_000_000).unwrap_or(0)
}

fn percent(part: u64, whole: u64) -> u64 {
    (part.saturating_mul(100)).checked_div(whole).unwrap_or(0)
}

/// All that is found.
pub(super) fn findings(survey: &Survey, observed: &Observed) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |id, applies: bool, what: String, (why, how), affects: &[(Question, Answer)]| {
        if applies {
            findings.push(Finding { id, what, why, how, affects: affects.to_vec() });
        }
    };
    place(survey, &mut add);
    tags(survey, &mut add);
    directions(survey, &mut add);
    way(survey, observed, &mut add);
    time(survey, &mut add);
    content(survey, observed, &mut add);
    findings
}

type Words = (&'static str, &'static str);
type Add<'a> = dyn FnMut(&'static str, bool, String, Words, &[(Question, Answer)]) + 'a;

/// Where it was taken.
fn place(survey: &Survey, add: &mut Add<'_>) {
    let enough = survey.frames >= FRAMES_MIN;
    let busiest = percent(survey.busiest, survey.unicast);
    let one_host = enough && survey.unicast >= FRAMES_MIN && busiest >= 98;
    add(
        "one_host",
        one_host && survey.stations <= 50,
        format!("{busiest} % of what passes between two stations is to or from one of them"),
        (
            "A switch sends a computer only its own traffic: this was recorded on a PC, and other devices show \
             themselves in broadcasts only.",
            "Record at a mirror port of the switch; it copies what passes other ports.",
        ),
        &[(Inventory, No), (Identity, No), (Usage, No), (Rules, No), (PatientData, No)],
    );
    let routed = enough && survey.without_stations == 0;
    add(
        "no_broadcasts",
        routed && survey.broadcasts == 0 && survey.arp == 0,
        "not a single broadcast, no ARP".to_owned(),
        (
            "Broadcasts stay within their network. Without them this is a link between routers or a tap behind \
             one: stations' own addresses are not seen, and makers cannot be told by them.",
            "Mirror the VLANs in which the devices are, not the link to the router or firewall.",
        ),
        &[(Inventory, Partly), (Identity, No), (Usage, Partly), (Rules, Partly)],
    );
    add(
        "no_dhcp",
        enough && survey.dhcp == 0 && survey.broadcasts + survey.arp > 0,
        "no DHCP message".to_owned(),
        (
            "When a device asks for its address it says its name and what system it runs; that tells more than \
             most of its other traffic.",
            "Record longer than the lease lasts (a day is usually enough), on the side of the devices.",
        ),
        &[(Identity, Partly)],
    );
}

/// Which VLANs it shows.
fn tags(survey: &Survey, add: &mut Add<'_>) {
    let enough = survey.frames >= FRAMES_MIN;
    add(
        "no_vlan_tags",
        enough && survey.tagged == 0,
        "no frame carries a VLAN tag".to_owned(),
        (
            "Where several VLANs are mirrored, two devices with the same address in two of them look like one, \
             and which zone a device is in cannot be seen. If it is one VLAN only, all is well.",
            "Have the mirror keep tags (often \"encapsulation replicate\"), and keep them on the recording \
             computer: some adapters take them away.",
        ),
        &[(Usage, Partly), (Rules, Partly)],
    );
    let vlan = survey.vlans.first().copied().unwrap_or(0);
    add(
        "one_vlan",
        enough && survey.vlans.len() == 1,
        format!("all tagged frames are of VLAN {vlan}"),
        (
            "What is in other VLANs, and what passes between those, is not in this capture.",
            "Mirror all clinical VLANs, or record at each in turn and give all captures to one assessment.",
        ),
        &[(Inventory, Partly), (Rules, Partly)],
    );
    add(
        "no_stations",
        survey.without_stations * 2 > survey.frames,
        "most frames name no stations: it was recorded on \"any\" interface, a tunnel, or without link headers"
            .to_owned(),
        (
            "A device's hardware address tells its maker, and stays when its IP address changes.",
            "Record at one interface by its name, such as eth1.",
        ),
        &[(Inventory, Partly), (Identity, No)],
    );
}

/// Whether both sides are heard.
fn directions(survey: &Survey, add: &mut Add<'_>) {
    let one_sided = percent(survey.one_sided, survey.connections);
    add(
        "one_direction",
        survey.connections >= CONNECTIONS_MIN && one_sided >= 50,
        format!("of {one_sided} % of connections only one side is heard"),
        (
            "Most dialogues cannot be understood from one side: who asked, whether it was allowed, what the other \
             is.",
            "Mirror both directions (\"both\", \"rx tx\"), and the ports of both sides where routes differ.",
        ),
        &[(Identity, No), (Usage, No), (Rules, No), (PatientData, Partly)],
    );
    add(
        "some_one_direction",
        survey.connections >= CONNECTIONS_MIN && (10..50).contains(&one_sided),
        format!("of {one_sided} % of connections only one side is heard"),
        (
            "Those dialogues cannot be understood well: replies take another way, past the mirror.",
            "Mirror both directions, and the second link of a pair or the second switch of a stack too.",
        ),
        &[(Identity, Partly), (Usage, Partly), (Rules, Partly), (PatientData, Partly)],
    );
}

/// In which way it was taken.
fn way(survey: &Survey, observed: &Observed, add: &mut Add<'_>) {
    let cut = percent(survey.cut, survey.frames);
    add(
        "cut",
        survey.cut > 0,
        format!("{cut} % of packets were cut, to {} bytes at most", survey.snap),
        (
            "What a device says of itself often stands behind the first few hundred bytes, and a stream with \
             holes cannot be read on.",
            "Record whole packets: \"tcpdump -s 0\", \"dumpcap\" without -s.",
        ),
        match (survey.snap, cut) {
            (0..200, _) => &[(Identity, No), (PatientData, No)],
            (_, 1..) => &[(Identity, Partly), (PatientData, Partly)],
            _ => &[],
        },
    );
    let copies = percent(survey.copies, survey.frames);
    add(
        "copies",
        survey.frames >= FRAMES_MIN && copies >= 5,
        format!("{copies} % of packets are copies of one just before"),
        (
            "What passes two mirrored ports is recorded twice, and so is what a router hands from one mirrored \
             VLAN to the next. Counts of packets are too high; all else is not harmed.",
            "Mirror VLANs as they enter only (\"rx\"), or ports in both directions, not both.",
        ),
        &[],
    );
    let lost = percent(observed.gaps, observed.tcp_packets);
    add(
        "lost",
        observed.tcp_packets >= FRAMES_MIN && observed.gaps * 200 >= observed.tcp_packets,
        format!("{} holes in TCP streams ({lost} in 100 packets)", observed.gaps),
        (
            "Packets that were sent are not in the capture: the mirror or the recording computer could not keep \
             up. What stood in them cannot be read.",
            "Mirror fewer ports at once, do not mirror more than the mirror port's speed, record to a fast disk; \
             \"cordon observe --interface\" says what it lost.",
        ),
        &[(Identity, Partly), (PatientData, Partly)],
    );
    add(
        "clock",
        survey.went_back > 0 || survey.timeless > 0,
        format!("time goes back {} times; {} packets have no time", survey.went_back, survey.timeless),
        (
            "When things happened, and how often, cannot be told well where the recording clock was set \
             meanwhile, or captures were put together out of order.",
            "Have the recording computer's clock set by NTP before it begins; give captures in the order in \
             which they were taken.",
        ),
        &[(Usage, Partly)],
    );
}

/// How long it is.
fn time(survey: &Survey, add: &mut Add<'_>) {
    let seconds = seconds(survey);
    let long = match seconds {
        0..120 => format!("{seconds} seconds"),
        120..7_200 => format!("{} minutes", seconds / 60),
        _ => format!("{} hours", seconds / HOUR),
    };
    let affects: &[(Question, Answer)] = match seconds {
        0..HOUR => &[(Inventory, Partly), (Identity, Partly), (Usage, No), (Rules, No)],
        HOUR..DAY => &[(Inventory, Partly), (Usage, Partly), (Rules, No)],
        DAY..WEEK => &[(Usage, Partly), (Rules, Partly)],
        _ => &[(Rules, Partly)],
    };
    let why = match seconds {
        0..DAY => {
            "No night, and no full day: what is switched on for a list, backups, and everything that happens \
             once a day is missing. Many devices speak a few times a day only."
        }
        DAY..WEEK => "No weekend: stand-in staff, weekly jobs and maintenance are missing.",
        _ => {
            "Rules that one dares to enforce need what happens rarely: a quarterly calibration, a failover, a \
             visit of service."
        }
    };
    add(
        "short",
        seconds < 4 * WEEK,
        format!("it covers {long}"),
        (
            why,
            "Record a working day for what is there, a week for what it usually does, four weeks for rules; \
             rotating files keep the disk from filling.",
        ),
        affects,
    );
    add(
        "pauses",
        survey.pauses > 0,
        format!("{} pauses of more than ten minutes", survey.pauses),
        (
            "What happened meanwhile is not known; a network is never silent for that long.",
            "Let the recording run without a break, with rotating files.",
        ),
        &[(Usage, Partly)],
    );
}

/// What is in it.
fn content(survey: &Survey, observed: &Observed, add: &mut Add<'_>) {
    add(
        "no_clinical_protocols",
        survey.frames >= FRAMES_MIN && observed.clinical.is_empty(),
        "no clinical protocol was recognised (DICOM, HL7, IEEE 11073 and the like)".to_owned(),
        (
            "Either no medical device passes here, or its traffic is encrypted or elsewhere.",
            "Mirror where modalities reach their archive and monitors their central station: the switch before \
             those servers sees all of them.",
        ),
        &[(Identity, Partly), (PatientData, Partly)],
    );
    let encrypted = percent(observed.encrypted, observed.bytes);
    add(
        "encrypted",
        encrypted >= 50,
        format!("{encrypted} % of bytes are encrypted"),
        (
            "Who talks to whom is seen all the same, and who each side says it is when it begins; what they say is \
             not. For patients that is good news.",
            "Nothing to do at the mirror; asset lists, DHCP and names fill what content does not tell.",
        ),
        &[(Identity, Partly)],
    );
}
