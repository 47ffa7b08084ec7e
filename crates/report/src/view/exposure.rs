//! Where devices can be attacked from, what is no longer supported, what is recalled, and which questions are open.

use super::{Index, Listed};
use crate::words;
use cordon_wire::assessment::{Device, Exposure};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

const ROWS_MAX: usize = 60;
const NAMES_MAX: usize = 4;
/// Where columns are narrow.
const NAMES_FEW: usize = 2;

/// The chapter.
#[derive(Serialize)]
pub(crate) struct Chapter {
    /// How it is known who can reach whom.
    reach: String,
    configurations: Vec<Configuration>,
    services: Listed<Row>,
    internet: Listed<Contact>,
    /// Channels for remote support and accounts everybody knows, each with its devices.
    ways_in: Listed<Row>,
    idle: Listed<Row>,
    support: Listed<Support>,
    recalls: Listed<Recall>,
    questions: Listed<Row>,
}

/// A configuration that was read.
#[derive(Serialize)]
struct Configuration {
    name: String,
    language: String,
    devices: String,
    not_understood: String,
}

/// Something with the devices it is true of.
#[derive(Serialize)]
struct Row {
    what: String,
    count: String,
    names: String,
}

/// Devices of a kind in contact with outside.
#[derive(Serialize)]
struct Contact {
    kind: String,
    count: String,
    names: String,
    contact: String,
    needed: &'static str,
    why: String,
}

/// A system or model whose support ended, ends or depends on something.
#[derive(Serialize)]
struct Support {
    what: String,
    status: String,
    until: String,
    source: String,
    count: String,
    names: String,
}

/// A recall with the devices it concerns.
#[derive(Serialize)]
struct Recall {
    number: String,
    class: String,
    state: String,
    what: String,
    affected: String,
    open: String,
    source: String,
}

pub(crate) fn chapter(index: &Index<'_>) -> Chapter {
    Chapter {
        reach: reach(index),
        configurations: configurations(index),
        services: listed(services(index)),
        internet: internet(index),
        ways_in: listed(ways_in(index)),
        idle: listed(idle(index)),
        support: support(index),
        recalls: recalls(index),
        questions: questions(index),
    }
}

fn reach(index: &Index<'_>) -> String {
    let Some(barriers) = &index.assessment.barriers else {
        return "Watching sees no barrier between devices, and no configuration of a firewall or switch was given. So today's network \
                is taken as flat: every device with an address can send to every other."
            .to_owned();
    };
    format!(
        "By the configurations below, {} pairs of devices can open a connection from the first to the second today; {} pairs are \
         surely closed. What was not understood, and what no configuration speaks of, counts as open.",
        words::number(barriers.pairs_open),
        words::number(barriers.pairs_closed)
    )
}

fn configurations(index: &Index<'_>) -> Vec<Configuration> {
    let sources = index.assessment.barriers.iter().flat_map(|barriers| &barriers.configurations);
    let row = |source: &cordon_wire::outlook::BarrierSource| Configuration {
        name: words::cell(source.hostname.as_ref().unwrap_or(&source.path), 60),
        language: words::clean(&source.language, 40),
        devices: words::number(source.devices),
        not_understood: words::number(source.not_understood),
    };
    sources.take(ROWS_MAX).map(row).collect()
}

/// Each thing once, with its devices; what is true of most first.
type ByWhat<'a> = BTreeMap<String, Vec<&'a Device>>;

fn listed(by: ByWhat<'_>) -> Listed<Row> {
    let mut all: Vec<(String, Vec<&Device>)> = by.into_iter().collect();
    all.sort_by_key(|(_, devices)| std::cmp::Reverse(devices.len()));
    let total = all.len();
    let row = |(what, devices): (String, Vec<&Device>)| Row {
        what,
        count: words::count(devices.len()),
        names: names(&devices),
    };
    Listed::new(all.into_iter().take(ROWS_MAX).map(row).collect(), total)
}

fn names(devices: &[&Device]) -> String {
    let names: Vec<String> = devices.iter().map(|device| words::device_name(device)).collect();
    words::some_of(&names, NAMES_MAX)
}

fn services<'a>(index: &Index<'a>) -> ByWhat<'a> {
    let mut by = ByWhat::new();
    for device in &index.assessment.devices {
        let named: BTreeSet<String> = device
            .exposure
            .risky_services
            .iter()
            .map(|service| {
                let name = words::factor(&service.name);
                let name = words::capital(name.strip_prefix("risky service ").unwrap_or(&name));
                if service.sure { name } else { format!("{name} (by port number only)") }
            })
            .collect();
        for name in named {
            by.entry(name).or_default().push(device);
        }
    }
    by
}

fn internet(index: &Index<'_>) -> Listed<Contact> {
    // What is not needed comes first, then what is, then what nobody spoke of.
    let order = |needed: Option<bool>| match needed {
        Some(false) => (0, "not needed"),
        Some(true) => (1, "needed"),
        None => (2, "not said"),
    };
    type Key<'a> = ((u8, &'static str), String, &'a str);
    let mut by: BTreeMap<Key<'_>, Vec<&Device>> = BTreeMap::new();
    for device in &index.assessment.devices {
        let exposure: &Exposure = &device.exposure;
        if exposure.internet_asked + exposure.internet_inbound > 0 {
            let why = exposure.internet_needed_why.as_deref().unwrap_or_default();
            let key = (order(exposure.internet_needed), words::label(&device.category), why);
            by.entry(key).or_default().push(device);
        }
    }
    let total = by.len();
    let rows = by.into_iter().take(ROWS_MAX).map(|(((_, needed), kind, why), devices)| {
        let destinations: BTreeSet<String> = devices
            .iter()
            .flat_map(|device| &device.internet.destinations)
            .map(|name| words::cell(name, 60))
            .collect();
        let destinations: Vec<String> = destinations.into_iter().collect();
        let inbound = devices.iter().filter(|device| device.exposure.internet_inbound > 0).count();
        let mut contact = words::some_of(&destinations, 3);
        if inbound > 0 {
            contact.push_str(&format!("; {} asked from outside", words::counted(inbound, "is", "are")));
        }
        Contact {
            kind: words::capital(&kind),
            count: words::count(devices.len()),
            names: names(&devices),
            contact,
            needed,
            why: words::prose(why, 200),
        }
    });
    Listed::new(rows.collect(), total)
}

fn ways_in<'a>(index: &Index<'a>) -> ByWhat<'a> {
    let mut by = ByWhat::new();
    for device in &index.assessment.devices {
        for channel in &device.exposure.remote_support {
            by.entry(format!("Remote support: {}", words::cell(channel, 80))).or_default().push(device);
        }
        for account in &device.exposure.default_accounts {
            let what = words::capital(&words::prose(account, 200));
            by.entry(what).or_default().push(device);
        }
    }
    by
}

fn idle<'a>(index: &Index<'a>) -> ByWhat<'a> {
    let mut by = ByWhat::new();
    for device in &index.assessment.devices {
        if let Some(why) = &device.exposure.can_be_disconnected {
            by.entry(words::capital(&words::prose(why, 240))).or_default().push(device);
        }
    }
    by
}

fn support(index: &Index<'_>) -> Listed<Support> {
    type Key = (u8, String, String, String, String);
    let mut by: BTreeMap<Key, Vec<&Device>> = BTreeMap::new();
    let gravity = |status: &str| match status {
        "ended" => Some(0),
        "extended" => Some(1),
        "limited" => Some(2),
        _ => None,
    };
    let day = |day: &Option<String>| day.as_deref().map(words::date).unwrap_or_default();
    for device in &index.assessment.devices {
        let support = &device.support;
        let system = words::operating_system(device);
        let unsure = support.source.as_deref().is_some_and(|source| source.contains("edition"));
        let rank = gravity(&support.os).or((support.os == "unknown" && unsure).then_some(3));
        if let (Some(rank), Some(system)) = (rank, system) {
            let status =
                if rank == 3 { "depends on the edition".to_owned() } else { words::label(&support.os) };
            // The first of several sources; all stand in assessment.json.
            let source = support.source.as_deref().unwrap_or_default();
            let source = source.split([';', ':']).next().unwrap_or_default();
            let source = words::prose(source, 100);
            by.entry((rank, system, status, day(&support.until), source)).or_default().push(device);
        }
        if let Some(rank) = gravity(&support.device) {
            let model = words::maker_model(device).unwrap_or_else(|| words::device_name(device));
            let source = words::prose(support.device_source.as_deref().unwrap_or_default(), 120);
            let key = (rank, model, words::label(&support.device), day(&support.device_until), source);
            by.entry(key).or_default().push(device);
        }
    }
    let total = by.len();
    let rows = by.into_iter().take(ROWS_MAX).map(|((_, what, status, until, source), devices)| Support {
        what: words::cell(&what, 80),
        status,
        until,
        source,
        count: words::count(devices.len()),
        names: names(&devices),
    });
    Listed::new(rows.collect(), total)
}

fn recalls(index: &Index<'_>) -> Listed<Recall> {
    type Found<'a> = Vec<(&'a Device, &'a cordon_wire::assessment::Recall)>;
    let mut by: BTreeMap<(bool, &str), Found<'_>> = BTreeMap::new();
    for device in &index.assessment.devices {
        for recall in device.recalls.iter().filter(|recall| recall.status != "not_affected") {
            by.entry((!recall.open, &recall.number)).or_default().push((device, recall));
        }
    }
    let total = by.len();
    let rows = by.into_iter().take(ROWS_MAX).filter_map(|((_, number), found)| {
        let (_, first) = found.first()?;
        let of = |status: &str| -> Vec<&Device> {
            let of_status = found.iter().filter(|(_, recall)| recall.status == status);
            of_status.map(|(device, _)| *device).collect()
        };
        let words_of = |devices: Vec<&Device>| match devices.len() {
            0 => "–".to_owned(),
            count => {
                let named: Vec<String> = devices.iter().map(|device| words::device_name(device)).collect();
                format!("{}: {}", words::count(count), words::some_of(&named, NAMES_FEW))
            }
        };
        let begun = first.begun.as_deref().map(|day| format!(", since {}", words::date(day)));
        Some(Recall {
            number: words::cell(number, 40),
            class: first.class.as_ref().map(|class| words::clean(class, 20)).unwrap_or_default(),
            state: format!("{}{}", words::clean(&first.state, 40), begun.unwrap_or_default()),
            what: words::prose(&format!("{}: {} {}", first.firm, first.product, first.reason), 300),
            affected: words_of(of("affected")),
            open: words_of(of("undetermined")),
            source: words::prose(&first.source, 100),
        })
    });
    Listed::new(rows.collect(), total)
}

/// Everything that somebody must find out, besides what advisories ask; in the assessment's order.
fn questions(index: &Index<'_>) -> Listed<Row> {
    let of_advisories = |id: &str| {
        let mark = id.strip_prefix("act-find-out-").unwrap_or_default();
        mark.len() == 8 && mark.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let asked = index.assessment.actions.iter();
    let asked: Vec<_> =
        asked.filter(|action| action.kind == "find_out" && !of_advisories(&action.id)).collect();
    let rows = asked.iter().take(ROWS_MAX).map(|action| Row {
        what: words::prose(&action.why, 400),
        count: words::count(action.devices.len()),
        names: words::some_of(&index.names(&action.devices), NAMES_MAX),
    });
    Listed::new(rows.collect(), asked.len())
}
