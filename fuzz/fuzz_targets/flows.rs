#![no_main]

use cordon_model::Timestamp;
use cordon_sensor::flows::{Collector, Told};
use std::net::{IpAddr, Ipv4Addr};

// Datagrams of one exporter, each with its length before it, so that templates of one are used by the next.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut collector = Collector::new();
    let sender = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let mut take = |datagram: &[u8]| {
        let now = Timestamp::from_seconds(1_800_000_000);
        let Some(recognised) = collector.recognise(sender, now, datagram) else { return };
        let mut told = 0;
        collector.read(recognised, now, datagram, &mut |number, exporter, says| {
            assert!(number == recognised && exporter.sampling > 0);
            told += 1;
            match says {
                Told::Record(record) => assert!(record.first <= record.last && record.last <= now),
                Told::Sample(sample) => assert!(sample.wire_len as usize >= sample.bytes.len()),
            }
        });
        // A record takes at least a byte.
        assert!(told <= datagram.len());
    };
    take(data);
    let mut rest = data;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length)).min(after.len());
        let (datagram, after) = after.split_at(length);
        take(datagram);
        rest = after;
    }
});
