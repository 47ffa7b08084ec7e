//! iptables with sets of ipset: the rules of [`super::iptables`], but a group is one set that one lookup answers, however
//! many members it has, and a file of its own that changes without the rules (ipset(8), iptables-extensions(8), "set").
//!
//! Each set is filled beside the one in use and put in its place by `swap`, which the kernel does at once.

use super::flows::{is_host, written};
use super::iptables::{SCRIPT, Tables};
use super::{File, Target, text};
use crate::intent::{Intent, Stage};
use cordon_model::Cidr;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Members that a set can have. A set that is made again must be made alike, so all have the same.
const MEMBERS_MAX: u32 = 1 << 20;

pub(super) struct Ipset;

impl Target for Ipset {
    fn name(&self) -> &'static str {
        "iptables-ipset"
    }

    fn describe(&self) -> &'static str {
        "Linux iptables with groups as sets of ipset; load with cordon-sets-iptables.sh"
    }

    fn stages(&self, intent: &Intent, stages: &[Stage]) -> Vec<File> {
        let [four, six] = [false, true].map(|is_ipv6| Tables::of(intent, is_ipv6, true));
        let mut files = vec![
            File::new("cordon-sets.ipset", sets(intent, [&four, &six])),
            File::new("cordon-sets-iptables.sh", script()),
        ];
        for stage in stages {
            let stem = stem(*stage);
            files.push(File::new(format!("{stem}.iptables"), four.write(intent, *stage)));
            files.push(File::new(format!("{stem}.ip6tables"), six.write(intent, *stage)));
        }
        files
    }
}

/// Names of the files of a stage.
pub(super) fn stem(stage: Stage) -> &'static str {
    match stage {
        Stage::LogOnly => "cordon-sets-log-only",
        Stage::Enforce => "cordon-sets",
    }
}

/// The script of iptables, with the sets before the rules that name them. What no rule names is taken away; the kernel
/// keeps what one does.
fn script() -> String {
    SCRIPT
        .replace("sh cordon-iptables.sh", "sh cordon-sets-iptables.sh")
        .replace("load cordon-log-only mangle", "load cordon-sets-log-only mangle")
        .replace("load cordon filter", "load cordon-sets filter")
        .replace(
            "load() { # FILES TABLE\n",
            "clear_sets() {\n    for set in $(ipset list -n | grep '^CORDON[46]-'); do\n        ipset destroy \"$set\" 2>/dev/null || \
             :\n    done\n}\n\nload() { # FILES TABLE\n    ipset restore <cordon-sets.ipset\n",
        )
        .replace("esac\n", "esac\nclear_sets\n")
}

fn sets(intent: &Intent, tables: [&Tables<'_>; 2]) -> String {
    let mut out = format!(
        "# Cordon segmentation plan for {}: the groups of both stages. Load with cordon-sets-iptables.sh.\n",
        text::plain(&intent.point, 60)
    );
    for (tables, family) in tables.into_iter().zip(["inet", "inet6"]) {
        for (key, members) in &tables.sets {
            let name = tables.set(*key);
            let kind = format!("hash:net family {family} maxelem {MEMBERS_MAX}");
            let label = text::one_line(&key.group.label);
            let _ = writeln!(
                out,
                "# {label}\ncreate {name} {kind} -exist\ncreate {name}-n {kind} -exist\nflush {name}-n"
            );
            for member in members.iter().flat_map(halves) {
                let _ = writeln!(out, "add {name}-n {}", written(&member));
            }
            let _ = writeln!(out, "swap {name}-n {name}\ndestroy {name}-n");
        }
    }
    out
}

/// A set of networks takes none of length 0 (ipset(8), "hash:net"): everything is two halves.
fn halves(network: &Cidr) -> Vec<Cidr> {
    if network.prefix() > 0 || is_host(network) {
        return vec![*network];
    }
    let both: [IpAddr; 2] = match network.base() {
        IpAddr::V4(_) => [Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(128, 0, 0, 0).into()],
        IpAddr::V6(_) => [Ipv6Addr::UNSPECIFIED.into(), Ipv6Addr::new(0x8000, 0, 0, 0, 0, 0, 0, 0).into()],
    };
    both.into_iter().filter_map(|base| Cidr::new(base, 1)).collect()
}
