//! A folder is written into as capture programs do.

use super::*;
use cordon_model::observe::Health;
use cordon_testkit::capture::{ByteOrder, Pcap, Resolution};
use std::sync::atomic::AtomicUsize;

static NUMBER: AtomicUsize = AtomicUsize::new(0);

struct Place(PathBuf);

impl Place {
    fn new() -> Place {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("cordon-folder-{}-{number}", std::process::id()));
        fs::create_dir_all(path.join("captures")).unwrap();
        Place(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.0.join("captures").join(name), bytes).unwrap();
    }

    /// Reads what is there; answers packets read and the Batches' sequences.
    fn read(&self) -> (u64, Vec<u64>) {
        let mut settings = Settings::named("folder");
        settings.limits.window_micros = 60_000_000;
        settings.limits.window_packets_min = 0;
        let watched =
            Watched { folder: self.0.join("captures"), memory: self.0.join("memory"), until_read: true };
        let mut sequences = Vec::new();
        let mut packets = 0;
        let mut out = |batch: Batch| {
            sequences.push(batch.sequence);
            packets += batch.health.packets;
        };
        let stop = Arc::new(AtomicBool::new(false));
        let statistics = watch(&settings, &watched, 100, &stop, &mut out, &mut |_| {}).unwrap();
        assert_eq!(statistics.packets, packets);
        (packets, sequences)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// ARP questions, one a second.
fn capture(from: i64, count: i64) -> Vec<u8> {
    let arp = |second: i64| {
        let [.., a, b] = second.to_be_bytes();
        let mut frame = vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, a, b, 8, 6];
        frame.extend([0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, a, b, 10, 0, a, b, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1]);
        frame
    };
    let seconds = from..from + count;
    let empty = Pcap::new(ByteOrder::Little, Resolution::Micro, 1);
    seconds.fold(empty, |pcap, second| pcap.frame(Timestamp::from_seconds(second), &arp(second))).bytes()
}

#[test]
fn each_packet_is_read_once_however_often_the_folder_is_looked_at() {
    let place = Place::new();
    place.write("ring_00002.pcap", &capture(1_100, 50));
    place.write("ring_00001.pcap", &capture(1_000, 100));
    place.write("notes.txt", b"these are not packets");
    place.write(".hidden.pcap", &capture(5, 5));
    place.write("next.pcap.part", &capture(6, 6));
    let (packets, sequences) = place.read();
    assert_eq!(packets, 150);
    assert_eq!(sequences, (100..100 + sequences.len() as u64).collect::<Vec<_>>());
    assert_eq!(place.read().0, 0);
    // The last one grows, and a new one follows.
    place.write("ring_00002.pcap", &capture(1_100, 80));
    place.write("ring_00003.pcap", &capture(1_180, 10));
    assert_eq!(place.read().0, 40);
    // Compressed, taken away, and a name used anew.
    fs::rename(place.0.join("captures/ring_00001.pcap"), place.0.join("captures/other")).unwrap();
    fs::remove_file(place.0.join("captures/other")).unwrap();
    place.write("ring_00003.pcap", &capture(2_000, 7));
    assert_eq!(place.read().0, 7);
    assert_eq!(place.read().0, 0);
}

#[test]
fn a_file_that_was_compressed_is_the_same_file() {
    let place = Place::new();
    let bytes = capture(1_000, 30);
    place.write("a.pcap", &bytes);
    assert_eq!(place.read().0, 30);
    fs::remove_file(place.0.join("captures/a.pcap")).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    io::Write::write_all(&mut packed, &bytes).unwrap();
    place.write("a.pcap.gz", &packed.finish().unwrap());
    assert_eq!(place.read().0, 0);
}

#[test]
fn what_is_cut_or_empty_is_read_when_it_is_whole() {
    let place = Place::new();
    let whole = capture(1_000, 10);
    place.write("a.pcap", &whole[..24]);
    assert_eq!(place.read().0, 0);
    place.write("a.pcap", &whole[..whole.len() - 9]);
    assert_eq!(place.read().0, 9);
    place.write("a.pcap", &whole);
    assert_eq!(place.read().0, 1);
}

#[test]
fn windows_go_across_files() {
    let place = Place::new();
    // 60 seconds in two files, all within one window.
    place.write("a.pcap", &capture(1_020, 30));
    place.write("b.pcap", &capture(1_050, 30));
    let (packets, sequences) = place.read();
    assert_eq!((packets, sequences.len()), (60, 1));
}

#[test]
fn a_file_is_followed_as_it_grows_until_the_watching_ends() {
    let place = Place::new();
    // The first 4 KB are needed to recognise a file.
    let whole = capture(1_000, 400);
    place.write("a.pcap", &whole[..whole.len() / 2 + 5]);
    let stop = Arc::new(AtomicBool::new(false));
    let watched =
        Watched { folder: place.0.join("captures"), memory: place.0.join("memory"), until_read: false };
    let (path, flag) = (place.0.join("captures/a.pcap"), Arc::clone(&stop));
    let mut settings = Settings::named("folder");
    settings.limits.window_packets_min = 0;
    settings.limits.window_micros = 10_000_000;
    let mut health = Health::default();
    let grown = AtomicBool::new(false);
    let mut out = |batch: Batch| {
        health.packets += batch.health.packets;
        health.inputs.extend(batch.health.inputs);
        // The first windows are out, so the first half is being followed: now it grows, and ends.
        if !grown.swap(true, Ordering::Relaxed) {
            let mut file = File::options().append(true).open(&path).unwrap();
            io::Write::write_all(&mut file, &whole[whole.len() / 2 + 5..]).unwrap();
        }
        if health.packets >= 390 {
            flag.store(true, Ordering::Relaxed);
        }
    };
    let statistics = watch(&settings, &watched, 0, &stop, &mut out, &mut |_| {}).unwrap();
    assert_eq!(statistics.packets, 400);
    assert!(health.inputs.iter().all(|input| input.damaged.is_empty()), "{:?}", health.inputs);
}
