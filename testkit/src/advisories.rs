//! Real advisories of `../shared/data`, unpacked in memory.

use std::fs;
use std::io::Read;
use std::path::Path;

/// Every JSON document under `advisories/` that is or claims to be CSAF: name and bytes, sorted by name.
///
/// Medical advisories come as files, industrial ones as archives by year. `None` without the sample data.
pub fn csaf_documents() -> Option<Vec<(String, Vec<u8>)>> {
    let folder = crate::data_dir()?.join("advisories");
    let mut out = Vec::new();
    for sub in ["icsma", "icsma_older_revision"] {
        files(&folder.join(sub), &mut out);
    }
    let archives = fs::read_dir(&folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    for path in archives.filter(|path| path.to_string_lossy().ends_with(".tar.gz")) {
        let mut bytes = Vec::new();
        flate2::read::MultiGzDecoder::new(fs::File::open(&path).ok()?).read_to_end(&mut bytes).ok()?;
        members(&bytes, &mut out);
    }
    out.sort();
    Some(out)
}

fn files(folder: &Path, out: &mut Vec<(String, Vec<u8>)>) {
    for path in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == "json")
            && let Ok(bytes) = fs::read(&path)
        {
            out.push((path.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes));
        }
    }
}

/// The JSON files of a tar archive (POSIX.1-1988 ustar: headers of 512 bytes, sizes in octal digits).
fn members(archive: &[u8], out: &mut Vec<(String, Vec<u8>)>) {
    let mut rest = archive;
    while let Some((header, after)) = rest.split_at_checked(512) {
        let text = |from: usize, to: usize| {
            let field = header.get(from..to).unwrap_or_default();
            let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
            String::from_utf8_lossy(field.get(..end).unwrap_or_default()).trim().to_owned()
        };
        let (name, size) = (text(0, 100), usize::from_str_radix(&text(124, 136), 8).unwrap_or(0));
        let Some(body) = after.get(..size) else { return };
        if name.ends_with(".json") {
            out.push((name, body.to_vec()));
        }
        rest = after.get(size.next_multiple_of(512)..).unwrap_or_default();
    }
}
