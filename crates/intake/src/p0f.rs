//! p0f's log (p0f 3, README, "API and log format"): `[2026/11/16 07:00:00] mod=syn|cli=10.0.0.5/4000|srv=…`.

use crate::leases::each_line;
use crate::lines::Lines;
use crate::observed::host;
use crate::scan;
use crate::tell::{At, Teller};
use cordon_model::observe::Fact;
use cordon_model::{Endpoint, Timestamp};
use std::collections::BTreeMap;

/// True for a text whose first line is one of this log.
pub(crate) fn is_log(head: &str) -> bool {
    head.lines()
        .next()
        .is_some_and(|line| line.starts_with('[') && line.contains("] mod=") && line.contains("|subj="))
}

/// Reads the log.
pub(crate) fn read(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    each_line(lines, teller, |text, number, teller| {
        let (time, fields) =
            text.strip_prefix('[').and_then(|rest| rest.split_once("] ")).ok_or("no time")?;
        let time = moment(time).ok_or("the time cannot be read")?;
        let fields: BTreeMap<&str, &str> =
            fields.split('|').filter_map(|field| field.split_once('=')).collect();
        let get = |name: &str| fields.get(name).copied().unwrap_or_default();
        let subject = match get("subj") {
            "cli" => get("cli"),
            "srv" => get("srv"),
            _ => return Err("it does not say whom it is about"),
        };
        let ip = subject.rsplit_once('/').and_then(|(address, _)| scan::ip(address.as_bytes()));
        let whom: Endpoint = host(ip.ok_or("no address of whom it is about")?);
        teller.journal.at(time);
        let at = At { row: number, time };
        for (name, fact) in [("os", Fact::P0fOs), ("app", Fact::P0fApplication), ("link", Fact::P0fLink)] {
            let value = get(name);
            if value != "???" {
                teller.fact(at, whom, fact, value);
            }
        }
        Ok(())
    });
}

/// `2026/11/16 07:00:00`, taken for UTC: the log names no zone.
fn moment(text: &str) -> Option<Timestamp> {
    scan::time(text.replace('/', "-").as_bytes())
}

#[cfg(test)]
mod tests {
    use crate::format::{Format, recognise};
    use crate::read::read;
    use crate::tell::testing::Told;
    use proptest::prelude::*;

    const LOG: &str = "[2026/11/16 07:00:00] mod=syn|cli=10.0.0.5/4000|srv=10.0.0.9/80|subj=cli|os=Windows 7 or 8|dist=0|params=none|raw_sig=4:128+0:0:1460:8192,8:mss\n\
                       [2026/11/16 07:00:00] mod=mtu|cli=10.0.0.5/4000|srv=10.0.0.9/80|subj=srv|link=Ethernet or modem|raw_mtu=1500\n\
                       [2026/11/16 07:00:01] mod=syn+ack|cli=10.0.0.5/4000|srv=10.0.0.9/80|subj=srv|os=???|dist=0|params=none|raw_sig=x\n\
                       [2026/11/16 07:00:01] mod=http request|cli=fe80::5/4000|srv=10.0.0.9/80|subj=cli|app=Chrome 51.x or newer|lang=none|params=none|raw_sig=1:Host\n\
                       [when] mod=syn|cli=x|srv=y|subj=cli\n";

    #[test]
    fn guesses_of_systems_and_programs() {
        assert_eq!(recognise(LOG.as_bytes(), &[]), Some(Format::P0f));
        let mut told = Told::default();
        let taken = read(Format::P0f, "p0f.log", &mut LOG.as_bytes(), &[], &mut told);
        assert_eq!(
            told.facts,
            [
                "1: 10.0.0.5 (no MAC) p0f.os=Windows 7 or 8",
                "2: 10.0.0.9 (no MAC) p0f.link=Ethernet or modem",
                "4: fe80::5 (no MAC) p0f.application=Chrome 51.x or newer",
            ]
        );
        assert_eq!(taken.rejected[0].reason, "the time cannot be read");
        assert_eq!(taken.report.first.unwrap().to_string(), "2026-11-16T07:00:00Z");
    }

    proptest! {
        #[test]
        fn any_log_ends(body in "[\\]\\[0-9/: |=a-z.\n]{0,120}") {
            let text = format!("{LOG}{body}");
            let mut told = Told::default();
            read(Format::P0f, "x", &mut text.as_bytes(), &[], &mut told);
        }
    }
}
