//! Which crate may use which: the table of ARCHITECTURE.md, kept by a machine.
//!
//! An arrow that is only drawn gets crossed; this check reads what the manifests say.

use crate::house::{House, Member};

/// What one crate may use.
struct Allowed {
    name: &'static str,
    may_use: MayUse,
    /// Pure: no I/O, async, ambient clock or randomness.
    pure: bool,
}

enum MayUse {
    Only(&'static [&'static str]),
    Everything,
}

const fn pure(name: &'static str, may_use: &'static [&'static str]) -> Allowed {
    Allowed { name, may_use: MayUse::Only(may_use), pure: true }
}

const fn doing(name: &'static str, may_use: &'static [&'static str]) -> Allowed {
    Allowed { name, may_use: MayUse::Only(may_use), pure: false }
}

/// The table. A crate that is not in it may not exist: adding a row is the decision to have it.
const TABLE: &[Allowed] = &[
    pure("model", &[]),
    pure("knowledge", &["model"]),
    pure("observe", &["model"]),
    pure("identify", &["model", "knowledge"]),
    pure("assess", &["model", "knowledge"]),
    pure("segment", &["model", "knowledge"]),
    pure("monitor", &["model", "knowledge"]),
    pure("govern", &["model", "knowledge"]),
    doing("sensor", &["observe", "model", "wire", "link"]),
    doing("intake", &["model", "knowledge", "wire"]),
    doing("simulate", &["model"]),
    pure("wire", &["model"]),
    doing("link", &["model", "wire"]),
    doing("report", &["wire"]),
    doing("store", &["model"]),
    doing(
        "app",
        &[
            "model",
            "knowledge",
            "observe",
            "identify",
            "assess",
            "segment",
            "monitor",
            "govern",
            "sensor",
            "intake",
            "simulate",
            "wire",
            "link",
            "report",
            "store",
        ],
    ),
    doing("web", &["app", "wire", "model"]),
    Allowed { name: "cli", may_use: MayUse::Everything, pure: false },
    doing("testkit", &["model", "wire", "simulate"]),
    doing("lab", &["model", "sensor", "wire", "segment"]),
    doing("xtask", &[]),
];

/// Tests may also read captures, make hospitals and build packets. `knowledge` is not here on purpose: a
/// simulator that shares our fingerprints, even in its tests, proves nothing.
const TESTS_MAY_USE: &[&str] = &["model", "wire", "sensor", "simulate", "testkit"];

/// What no pure crate may list: it would bring I/O, async, an ambient clock or randomness.
const IMPURE: &[&str] = &[
    "actix-web",
    "async-std",
    "axum",
    "chrono",
    "clap",
    "fastrand",
    "fs-err",
    "futures",
    "getrandom",
    "hyper",
    "indicatif",
    "memmap2",
    "mio",
    "nix",
    "notify",
    "oorandom",
    "quanta",
    "rand",
    "rand_chacha",
    "rand_core",
    "rayon",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "sqlx",
    "tempfile",
    "time",
    "tokio",
    "tracing-subscriber",
    "ureq",
    "uuid",
    "walkdir",
    "web-time",
];

/// Packet content is read by hand-written state machines: a pattern engine has no fixed cost a packet.
const NOT_IN_OBSERVE: &[&str] = &["regex", "regex-lite", "fancy-regex", "bytes"];

/// Every arrow between members that the table does not allow, and every member it does not hold.
pub(crate) fn crates(house: &House) -> Vec<String> {
    house.members.iter().flat_map(crates_of).collect()
}

fn crates_of(member: &Member) -> Vec<String> {
    let Some(row) = row(&member.name) else {
        return vec![format!(
            "{} is not in the table: add a row to ARCHITECTURE.md and to xtask/src/arrows.rs",
            member.name
        )];
    };
    let MayUse::Only(may_use) = row.may_use else { return Vec::new() };
    member
        .arrows
        .iter()
        .filter(|arrow| arrow.inner && !may_use.contains(&arrow.to.as_str()))
        .filter(|arrow| !(arrow.tests_only && TESTS_MAY_USE.contains(&arrow.to.as_str())))
        .map(|arrow| {
            let section = if arrow.tests_only { "dev-dependencies" } else { "dependencies" };
            let allowed = if may_use.is_empty() { "nothing".to_owned() } else { may_use.join(", ") };
            format!(
                "{}/Cargo.toml [{section}]: {} may not use {}; it may use {allowed}",
                member.folder, member.name, arrow.to
            )
        })
        .collect()
}

/// Every dependency of a pure crate that does what a pure crate must not.
pub(crate) fn pure_dependencies(house: &House) -> Vec<String> {
    let mut breaches = Vec::new();
    for member in house.members.iter().filter(|member| is_pure(&member.name)) {
        for arrow in member.arrows.iter().filter(|arrow| !arrow.inner && !arrow.tests_only) {
            let name = arrow.to.as_str();
            if IMPURE.contains(&name) || (member.name == "observe" && NOT_IN_OBSERVE.contains(&name)) {
                breaches.push(format!(
                    "{}/Cargo.toml: {} is pure and may not use {name}; take what it gives as an argument",
                    member.folder, member.name
                ));
            }
        }
    }
    breaches
}

/// Every member whose row in the code map of ARCHITECTURE.md is missing or says something else than the table.
pub(crate) fn code_map(house: &House) -> Vec<String> {
    let architecture = house.text("ARCHITECTURE.md").unwrap_or_default();
    let mut breaches = Vec::new();
    for member in &house.members {
        let Some(Allowed { may_use: MayUse::Only(may_use), .. }) = row(&member.name) else { continue };
        let Some(drawn) = drawn(architecture, &member.name) else {
            breaches.push(format!("ARCHITECTURE.md: the code map has no row for `{}`", member.name));
            continue;
        };
        let mut wanted = may_use.to_vec();
        wanted.sort_unstable();
        if drawn != ["all above"] && drawn != wanted {
            let (drawn, wanted) = (drawn.join(", "), wanted.join(", "));
            breaches
                .push(format!("ARCHITECTURE.md: `{}` may use {drawn}; the check says {wanted}", member.name));
        }
    }
    breaches
}

/// The sorted *may use* column of a crate's row: the third of four, `–` for nothing.
fn drawn<'a>(architecture: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let start = format!("| `{name}`");
    architecture.lines().filter(|line| line.starts_with(&start)).find_map(|line| {
        let columns: Vec<&str> = line.trim().trim_matches('|').split(" | ").collect();
        let [_, _, may_use, _] = columns.as_slice() else { return None };
        let mut names: Vec<&str> = may_use.split(", ").map(str::trim).filter(|name| *name != "–").collect();
        names.sort_unstable();
        Some(names)
    })
}

/// Whether a crate holds rules only.
pub(crate) fn is_pure(name: &str) -> bool {
    row(name).is_some_and(|row| row.pure)
}

fn row(name: &str) -> Option<&'static Allowed> {
    TABLE.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::{Arrow, members};
    use cargo_metadata::MetadataCommand;

    fn house(name: &str, to: &str, inner: bool, tests_only: bool) -> House {
        let arrow = Arrow { to: to.into(), inner, tests_only };
        let member = Member {
            name: name.into(),
            folder: format!("crates/{name}"),
            manifest: String::new(),
            roots: Vec::new(),
            arrows: vec![arrow],
        };
        House { members: vec![member], ..House::default() }
    }

    /// A real workspace on disk whose `observe` uses `knowledge`, read through `cargo metadata`.
    #[test]
    fn a_forbidden_arrow_in_a_real_workspace_is_found() {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/forbidden_arrow/Cargo.toml");
        let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
        let house = House { members: members(&metadata).unwrap(), ..House::default() };
        assert_eq!(
            crates(&house),
            ["crates/observe/Cargo.toml [dependencies]: observe may not use knowledge; it may use model"]
        );
    }

    #[test]
    fn stages_never_use_one_another() {
        let stages = ["observe", "identify", "assess", "segment", "monitor", "govern"];
        for from in stages {
            for to in stages {
                assert_eq!(crates(&house(from, to, true, false)).len(), 1, "{from} -> {to}");
            }
        }
    }

    #[test]
    fn tests_may_read_captures_but_never_share_knowledge_with_the_simulator() {
        assert!(crates(&house("identify", "sensor", true, true)).is_empty());
        assert_eq!(crates(&house("identify", "sensor", true, false)).len(), 1);
        assert_eq!(crates(&house("simulate", "knowledge", true, true)).len(), 1);
        assert_eq!(crates(&house("identify", "observe", true, true)).len(), 1);
    }

    #[test]
    fn report_reads_only_wire() {
        assert!(crates(&house("report", "wire", true, false)).is_empty());
        assert_eq!(crates(&house("report", "model", true, false)).len(), 1);
    }

    #[test]
    fn the_drawn_arrows_are_the_checked_ones() {
        let mut house = house("assess", "model", true, false);
        house
            .texts
            .insert("ARCHITECTURE.md".into(), "| `assess` | says how bad | model, knowledge | x |\n".into());
        assert!(code_map(&house).is_empty());
        house.texts.insert("ARCHITECTURE.md".into(), "| `assess` | says how bad | model | x |\n".into());
        assert_eq!(code_map(&house).len(), 1);
        house.texts.clear();
        assert_eq!(code_map(&house).len(), 1);
    }

    #[test]
    fn an_unknown_member_is_a_breach() {
        assert_eq!(crates(&house("helpers", "model", true, false)).len(), 1);
    }

    #[test]
    fn a_pure_crate_with_io_is_found() {
        assert_eq!(pure_dependencies(&house("assess", "tokio", false, false)).len(), 1);
        assert_eq!(pure_dependencies(&house("observe", "regex", false, false)).len(), 1);
        assert!(pure_dependencies(&house("assess", "proptest", false, true)).is_empty());
        assert!(pure_dependencies(&house("cli", "clap", false, false)).is_empty());
    }

    #[test]
    fn the_table_names_only_its_own_rows() {
        for row in TABLE {
            let MayUse::Only(may_use) = row.may_use else { continue };
            assert!(may_use.iter().all(|name| super::row(name).is_some()), "{}", row.name);
        }
    }
}
