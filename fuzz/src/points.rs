//! Configurations of enforcement points: whatever was read can be reasoned about within the room that is given.

use cordon_model::Timestamp;
use cordon_model::observe::Transport;
use cordon_segment::packets::Packets;
use cordon_segment::point::{Flow, check, difference};
use cordon_segment::read::Configuration;

/// Checks a configuration against flows, and against itself.
pub fn checked(configuration: &Configuration) {
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
        flow([10, 1, 0, 5], [255, 255, 255, 255], Transport::Udp, Some(67)),
        flow([10, 1, 0, 5], [239, 255, 255, 250], Transport::Udp, Some(3702)),
        flow([0, 0, 0, 0], [10, 1, 0, 255], Transport::Udp, Some(67)),
    ];
    if let Ok(report) = check(configuration, &flows, &mut Packets::new(100_000)) {
        let told = report.no_way.len() + report.on_link.len();
        assert_eq!(report.passing + report.elsewhere + told as u64, flows.len() as u64);
    }
    // The last day of November 2026, and long before and after.
    for seconds in [1_796_000_000, i64::MIN, 4_000_000_000] {
        let then = configuration.clone().at(Timestamp::from_seconds(seconds));
        assert!(then.doubtful_lines <= configuration.doubtful_lines);
        assert!(then.timely.iter().all(|line| line.until.is_none_or(|until| until > Timestamp::from_seconds(seconds))));
    }
    if let Ok(changes) = difference(configuration, configuration, &mut Packets::new(100_000)) {
        assert!(changes.is_empty(), "{changes:?}");
    }
    assert!(configuration.doubtful_lines <= configuration.filter_lines);
}
