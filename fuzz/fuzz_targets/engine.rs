#![no_main]

use cordon_fuzz::chunks;
use cordon_model::Timestamp;
use cordon_observe::{Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink};
use std::cell::RefCell;

/// Checks what every receiver relies on.
struct Checks;

impl Sink for Checks {
    fn fact(&mut self, seen: Seen<'_>) {
        assert!(seen.value.len() <= cordon_model::observe::FACT_BYTES_MAX);
        assert!(!seen.value.chars().any(char::is_control) && seen.value.trim() == seen.value);
    }

    fn flow(&mut self, flow: &Flow) {
        assert!(flow.first <= flow.last);
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        assert!(!event.detail.chars().any(char::is_control));
    }
}

thread_local! {
    /// Making an engine costs more than most inputs; small limits are met more often.
    static ENGINE: RefCell<Engine> = RefCell::new(Engine::new(Settings {
        conversations_max: 64,
        readers_max: 16,
        held_bytes_max: 64 << 10,
        fragmented_max: 8,
        bindings_max: 16,
        ..Settings::default()
    }));
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    const LINKS: [LinkType; 14] = [
        LinkType::Ethernet,
        LinkType::RawIp,
        LinkType::LinuxCooked,
        LinkType::Loopback,
        LinkType::LinuxCookedV2,
        LinkType::Ppp,
        LinkType::CiscoHdlc,
        LinkType::PppoeSession,
        LinkType::Wireless,
        LinkType::Radiotap,
        LinkType::Prism,
        LinkType::Ppi,
        LinkType::PacketFilterLog,
        LinkType::PacketTap,
    ];
    let Some((&kind, rest)) = data.split_first() else { return };
    let link = LINKS[usize::from(kind) % LINKS.len()];
    ENGINE.with_borrow_mut(|engine| {
        for (number, chunk) in chunks(rest).iter().enumerate() {
            let at = Timestamp::from_micros(1_700_000_000_000_000 + number as i64 * 1_000);
            let missing = if chunk.lost { 40 } else { 0 };
            engine.frame(
                link,
                at,
                number as u64 + 1,
                chunk.bytes.len() as u32 + missing,
                chunk.bytes,
                &mut Checks,
            );
        }
        engine.finish(&mut Checks);
        assert_eq!(engine.conversations(), 0);
    });
});
