//! What Cisco ASA lets through where no access list says otherwise: from a higher security level to a lower one
//! (Cisco ASA Series Firewall CLI Configuration Guide, "Access Rules: Implicit Permits").

use super::Configuration;
use super::asa::Level;
use crate::lists::{Action, Line, List, Match, Name, Verdict};

/// Gives every interface the list that its level, its own list and the list for all make together.
pub(super) fn apply(
    configuration: &mut Configuration,
    levels: &[Level],
    everywhere: Option<&(String, u32)>,
    between_equals: bool,
) {
    let names: Vec<(String, Level)> =
        configuration.interfaces.iter().map(|one| one.name.clone()).zip(levels.iter().cloned()).collect();
    let mut made = Vec::new();
    for (at, interface) in configuration.interfaces.iter_mut().enumerate() {
        let Some((_, own)) = names.get(at).filter(|(_, own)| !own.is_elsewhere) else { continue };
        let others = |keep: &dyn Fn(&Level) -> bool| -> Vec<Name> {
            let others = names
                .iter()
                .enumerate()
                .filter(|(other, (_, level))| *other != at && !level.is_elsewhere && keep(level));
            others.map(|(_, (name, _))| Name::exactly(name)).collect()
        };
        let equal = others(&|level| level.level == own.level);
        let lower = others(&|level| level.level < own.level);
        let line = |verdict: Verdict, outward: Vec<Name>, text: String| Line {
            place: own.place,
            text,
            verdict,
            matches: Match { outward, ..Match::default() },
            not_understood: None,
        };
        let mut lines = Vec::new();
        if !between_equals && !equal.is_empty() {
            let text =
                format!("no same-security-traffic permit inter-interface (security-level {})", own.level);
            lines.push(line(Verdict::Deny, equal, text));
        } else if between_equals && interface.inward.is_none() && everywhere.is_none() && !equal.is_empty() {
            let text = format!("same-security-traffic permit inter-interface (security-level {})", own.level);
            lines.push(line(Verdict::Permit, equal, text));
        }
        let asked: Vec<(String, u32)> = interface.inward.iter().chain(everywhere).cloned().collect();
        if let ([(only, place)], []) = (asked.as_slice(), lines.as_slice()) {
            interface.inward = Some((only.clone(), *place));
            continue;
        }
        for (name, place) in &asked {
            let mut jump = line(Verdict::Jump(name.clone()), Vec::new(), format!("access-group {name}"));
            jump.place = *place;
            lines.push(jump);
        }
        if asked.is_empty() && !lower.is_empty() {
            let text = format!("implicit permit to lower levels (security-level {})", own.level);
            lines.push(line(Verdict::Permit, lower, text));
        }
        let name = format!("{} (implicit rules)", interface.name);
        interface.inward = Some((name.clone(), own.place));
        made.push(List { name, lines, otherwise: Action::Deny });
    }
    configuration.lists.extend(made.into_iter().map(|list| (list.name.clone(), list)));
}
