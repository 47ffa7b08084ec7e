//! Makes a conn.log of any size, or takes one in and says how fast: `conn_log make FILE BYTES`,
//! `conn_log read FILE`. The same bytes on every run.
#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a tool for the benchmark: its output is the measurement, its clock the stopwatch"
)]

use cordon_intake::{read, recognise};
use cordon_sensor::{Import, Input, Limits};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

const FIELDS: &str = "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\tip_proto";

/// Numbers that look random and are the same on every run (xorshift, Marsaglia 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}

/// A hospital of ten thousand devices for as long as it takes; most talk to a few servers.
fn make(path: &str, bytes: u64) -> Result<(), Box<dyn Error>> {
    const SERVICES: [(u16, &str, &str); 6] = [
        (443, "tcp", "ssl"),
        (53, "udp", "dns"),
        (104, "tcp", "-"),
        (2575, "tcp", "-"),
        (80, "tcp", "http"),
        (123, "udp", "ntp"),
    ];
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    write!(
        out,
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2026-11-16-07-00-00\n#fields\t{FIELDS}\n#types\tx\n"
    )?;
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut micros = 1_794_812_400_000_000u64;
    let mut written = 0;
    while written < bytes {
        micros += numbers.below(4_000);
        let client = numbers.below(10_000);
        let (port, transport, service) = SERVICES[numbers.below(6) as usize];
        let server = numbers.below(40);
        let (sent, received) = (numbers.below(60) + 1, numbers.below(80));
        let line = format!(
            "{}.{:06}\tC{:017x}\t10.20.{}.{}\t{}\t10.10.0.{}\t{port}\t{transport}\t{service}\t{}.{:06}\t{}\t{}\tSF\tT\tT\t0\tShADadFf\t{sent}\t{}\t{received}\t{}\t-\t{}\n",
            micros / 1_000_000,
            micros % 1_000_000,
            numbers.below(u64::MAX),
            client / 250,
            client % 250 + 1,
            49_152 + numbers.below(16_000),
            server + 1,
            numbers.below(60),
            numbers.below(1_000_000),
            sent * 400,
            received * 700,
            sent * 440,
            received * 740,
            if transport == "tcp" { 6 } else { 17 },
        );
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
    }
    out.flush()?;
    Ok(())
}

fn take_in(path: &str) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let mut input = Input::open(path, true)?;
    let format = recognise(input.head(), &[]).ok_or("no reader knows it")?;
    let mut import = Import::new("bench".to_owned(), path, Limits::default());
    let mut batches = 0;
    let mut out = |_| batches += 1;
    let taken = {
        let mut sink = import.sink(&mut out);
        read(format, path, &mut input, &[], &mut sink)
    };
    let report = taken.report;
    let (bytes, rows) = (report.bytes, report.packets);
    let statistics = import.finish(report, &mut out);
    input.finish();
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{rows} rows, {bytes} bytes, {seconds:.2} s, {:.0} MB/s, {batches} Batches, {} conversations, {} rejected",
        bytes as f64 / 1e6 / seconds,
        statistics.conversations,
        taken.rejected.len()
    );
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["make", path, bytes] => make(path, bytes.parse()?),
        ["read", path] => take_in(path),
        _ => Err("conn_log make FILE BYTES, or conn_log read FILE".into()),
    }
}
