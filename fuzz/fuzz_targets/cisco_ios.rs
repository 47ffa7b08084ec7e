#![no_main]

use cordon_model::observe::Transport;
use cordon_segment::packets::Packets;
use cordon_segment::point::{Flow, check};
use cordon_segment::read::cisco_ios;

// Whatever a configuration says is read, and checked within the room that is given; what was not understood
// never counts as permitted for sure.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let Ok(configuration) = cisco_ios(&text) else { return };
    let flow = |from: [u8; 4], to: [u8; 4], transport, port| Flow {
        need: "need".into(),
        from_name: "from".into(),
        from: from.into(),
        to_name: "to".into(),
        to: to.into(),
        transport,
        port,
        purpose: "care".into(),
    };
    let flows = [
        flow([10, 1, 0, 5], [10, 2, 0, 9], Transport::Tcp, Some(104)),
        flow([10, 2, 0, 9], [10, 1, 0, 5], Transport::Udp, Some(123)),
        flow([10, 1, 0, 5], [192, 0, 2, 7], Transport::Icmp, None),
    ];
    if let Ok(report) = check(&configuration, &flows, &mut Packets::new(100_000)) {
        assert_eq!(report.passing + report.elsewhere + report.no_way.len() as u64, flows.len() as u64);
    }
});
