//! Connections that are open when a quarantine begins: what care needs goes on in the same connection, everything else
//! of the device ends with it, though the plan's rules let through whatever goes on with an open connection.

use super::{COMPROMISED, Clinic};
use crate::process::Running;
use crate::scenario::Step;
use crate::{Failure, wait};
use std::time::Duration;

/// How many exchanges must be seen before, and are waited for afterwards.
const EXCHANGES: u64 = 8;
/// How long that many may take on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// Two open connections of the compromised station.
pub(super) struct Sessions {
    /// Its alarms, which care needs: HL7.
    kept: Running,
    /// Nothing that care needs at once: TLS.
    cut: Running,
    /// How much was said in the second one when the quarantine was in force.
    cut_at: u64,
}

impl Sessions {
    /// Opens both, and waits until both are used.
    pub(super) fn open(clinic: &Clinic<'_>, number: usize) -> Result<Sessions, Failure> {
        let start = |number: usize, line: &str| {
            let step = Step {
                on: COMPROMISED.to_owned(),
                serve: Some(format!("$python $peers/session.py {line}")),
                run: None,
                opens: None,
                says: Some(format!("exchange {EXCHANGES}\n")),
                exit: 0,
                limit_s: LIMIT.as_secs(),
            };
            let running = clinic.shell.step(number, &step, &clinic.network)?;
            running.ok_or_else(|| Failure::Capture(format!("nothing runs: {line}")))
        };
        let kept = start(number, "hl7 $emr alarm.hl7")?;
        let cut = start(number + 1, "tls $infra 8443 ca.pem")?;
        Ok(Sessions { kept, cut, cut_at: 0 })
    }

    /// The quarantine is in force from here on.
    pub(super) fn held(&mut self) {
        self.cut_at = exchanges(&self.cut);
    }

    /// What is wrong, in sentences: care's connection must have gone on since, and the other one not.
    pub(super) fn judge(&self) -> Vec<String> {
        let before = exchanges(&self.kept);
        let goes_on = wait::until(LIMIT, || {
            let is_over = is_broken(&self.kept);
            (is_over || exchanges(&self.kept) >= before + EXCHANGES).then_some(!is_over)
        });
        let mut wrong = Vec::new();
        if goes_on != Some(true) {
            wrong.push(format!("the open connection that care needs does not go on: {}", last(&self.kept)));
        }
        // An answer may have been on its way.
        if exchanges(&self.cut) > self.cut_at + 1 {
            wrong.push(format!("an open connection that care does not need goes on: {}", last(&self.cut)));
        }
        wrong
    }
}

fn exchanges(running: &Running) -> u64 {
    running.said().lines().filter(|line| line.starts_with("exchange ")).count() as u64
}

fn is_broken(running: &Running) -> bool {
    running.said().lines().any(|line| line.starts_with("broken"))
}

fn last(running: &Running) -> String {
    running.said().lines().last().unwrap_or("it said nothing").to_owned()
}
