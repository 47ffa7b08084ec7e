//! The rules that Cordon writes, loaded by a real kernel between real peers.

use cordon_lab::{binary, enforce, is_root};

#[test]
fn care_goes_on_and_a_compromised_pump_reaches_what_the_rules_permit() {
    if !is_root() {
        eprintln!("skipped: the lab needs network namespaces; run it as an administrator: sudo make lab");
        return;
    }
    let Some(binary) = binary() else {
        eprintln!("skipped: `make test` builds the binary, and names it in CORDON_LAB_BINARY");
        return;
    };
    let wrong = enforce(&binary).unwrap_or_else(|failure| panic!("{failure}"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
