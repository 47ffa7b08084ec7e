//! Says of each configuration in a folder what share of its lines that filter is understood, the worst first, and which
//! are not: `understood FOLDER [--lines]`.
#![expect(clippy::print_stdout, reason = "reads and prints")]

use cordon_segment::read::{configuration, decode};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: understood FOLDER [--lines]")?);
    let shows_lines = std::env::args().nth(2).is_some_and(|word| word == "--lines");
    let mut paths = Vec::new();
    files(&folder, &mut paths)?;
    paths.sort();
    let (mut rows, mut refused) = (Vec::new(), 0u64);
    for path in paths {
        let Ok(text) = decode(&fs::read(&path)?) else { continue };
        match configuration(&text, &[]) {
            Ok(found) => rows.push((found.doubtful_lines * 1_000 / found.filter_lines.max(1), path, found)),
            Err(_) => refused += 1,
        }
    }
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let (mut lines, mut doubtful, mut beside) = (0, 0, 0);
    for (_, path, found) in &rows {
        lines += found.filter_lines;
        doubtful += found.doubtful_lines;
        beside += found.passed_over_count - found.doubtful_lines;
        let understood = found.filter_lines - found.doubtful_lines;
        let share = understood as f64 * 100.0 / found.filter_lines.max(1) as f64;
        println!(
            "{share:>6.1} %  {understood} of {} lines that filter, {} others passed over  {} ({})",
            found.filter_lines,
            found.passed_over_count - found.doubtful_lines,
            path.strip_prefix(&folder).unwrap_or(path).display(),
            found.language.name()
        );
        for (place, line) in found.passed_over.iter().filter(|_| shows_lines) {
            println!("           {place}: {line}");
        }
    }
    println!(
        "{} configurations, {lines} lines that filter, {doubtful} not understood, {beside} others passed over; {refused} \
         files are no configuration that is read",
        rows.len()
    );
    Ok(())
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        match entry?.path() {
            path if path.is_dir() => files(&path, found)?,
            path => found.push(path),
        }
    }
    Ok(())
}
