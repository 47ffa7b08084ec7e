//! `foiclass.txt`: FDA's table of product codes, columns apart by `|`, in the code page of Windows.

use super::{FdaRead, FdaRecord, classification, text, yes_or_no};
use cordon_knowledge::fda::Classification;
use cordon_model::observe::Damage;
use std::io::{BufRead, Read};

/// A line is one product code with its definition.
const LINE_BYTES_MAX: u64 = 64 << 10;

/// True for the heading of such a table.
pub(super) fn is_heading(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line).to_uppercase();
    let names: Vec<&str> = line.split('|').map(str::trim).collect();
    ["PRODUCTCODE", "DEVICENAME", "DEVICECLASS"].iter().all(|name| names.contains(name))
}

pub(super) fn read(reader: &mut dyn BufRead, each: &mut dyn FnMut(FdaRecord)) -> FdaRead {
    let mut read = FdaRead::default();
    let mut heading: Vec<String> = Vec::new();
    let mut offset = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        match Read::take(&mut *reader, LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) => return read,
            Ok(count) if count as u64 == LINE_BYTES_MAX => {
                let reason = format!("a line has more than {LINE_BYTES_MAX} bytes");
                read.damage = Some(Damage { offset, reason });
                return read;
            }
            Ok(count) => offset += count as u64,
            Err(error) => {
                read.damage = Some(Damage { offset, reason: error.to_string() });
                return read;
            }
        }
        let row = String::from_utf8_lossy(&line);
        let cells: Vec<&str> = row.trim_end_matches(['\r', '\n']).split('|').collect();
        if heading.is_empty() {
            heading = cells.iter().map(|name| name.trim().to_uppercase()).collect();
        } else if cells.iter().any(|cell| !cell.trim().is_empty()) {
            read.take(of_row(&heading, &cells), each);
        }
    }
}

fn of_row(heading: &[String], cells: &[&str]) -> Option<FdaRecord> {
    let cell = |name: &str| {
        let at = heading.iter().position(|known| known == name);
        text(at.and_then(|at| cells.get(at)).copied().unwrap_or_default())
    };
    classification(Classification {
        code: cell("PRODUCTCODE"),
        name: cell("DEVICENAME"),
        class: cell("DEVICECLASS"),
        regulation: cell("REGULATIONNUMBER"),
        life_sustaining: yes_or_no(&cell("LIFE_SUSTAIN_SUPPORT_FLAG")),
        implant: yes_or_no(&cell("IMPLANT_FLAG")),
    })
}
