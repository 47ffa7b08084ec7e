//! Documents in a tar archive (POSIX.1-1988 `ustar`, GNU and POSIX.1-2001 long names), as bytes in memory.
//!
//! Names are words here and no places: nothing is unpacked to a path. Links, folders and devices are passed over.

use super::Rejected;

/// A block of a tar archive.
const BLOCK: usize = 512;
/// The most members of one archive.
const MEMBERS_MAX: usize = 500_000;
/// The longest name that is read.
const NAME_BYTES_MAX: usize = 4_096;

/// True for a tar archive.
pub fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}

/// Hands out each file of an archive with its name, in order. What comes before damage is handed out.
pub fn members<'a>(archive: &'a [u8], take: &mut dyn FnMut(&str, &'a [u8])) -> Result<(), Rejected> {
    let damaged = |name: &str, reason: String| Rejected { path: name.to_owned(), reason };
    let mut rest = archive;
    let mut count = 0;
    // A name too long for its header stands in a member of its own before it.
    let mut long: Option<String> = None;
    while let Some((header, after)) = rest.split_at_checked(BLOCK) {
        if header.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        count += 1;
        let short = short_name(header);
        if count > MEMBERS_MAX {
            return Err(damaged(&short, format!("the archive has more than {MEMBERS_MAX} members")));
        }
        let size = usize::from_str_radix(field(header, 124, 12).trim(), 8).unwrap_or(usize::MAX);
        let (Some(body), Some(padded)) = (after.get(..size), size.checked_next_multiple_of(BLOCK)) else {
            return Err(damaged(&short, format!("the archive ends within its member {short}")));
        };
        match header.get(156) {
            Some(b'L') => long = Some(text(body.get(..size.min(NAME_BYTES_MAX)).unwrap_or_default())),
            Some(b'x') => long = path_of(body),
            Some(b'0' | 0) => take(&long.take().unwrap_or(short), body),
            _ => long = None,
        }
        rest = after.get(padded..).unwrap_or_default();
    }
    if rest.is_empty() { Ok(()) } else { Err(damaged("", "the archive ends within a header".to_owned())) }
}

/// The name of a header, with the part of it that stands before.
fn short_name(header: &[u8]) -> String {
    let (name, before) = (field(header, 0, 100), field(header, 345, 155));
    let is_posix = header.get(257..263) == Some(b"ustar\0");
    if is_posix && !before.is_empty() { format!("{before}/{name}") } else { name }
}

/// A text field of a header.
fn field(header: &[u8], from: usize, len: usize) -> String {
    text(header.get(from..from + len).unwrap_or_default())
}

/// Bytes up to a zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
}

/// `path` among the records of an extended header: length, blank, name, `=`, value, end of line.
fn path_of(body: &[u8]) -> Option<String> {
    let mut rest = body;
    while let Some(blank) = rest.iter().take(20).position(|byte| *byte == b' ') {
        let length: usize = std::str::from_utf8(rest.get(..blank)?).ok()?.parse().ok()?;
        let record = rest.get(blank + 1..length)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            let path = path.strip_suffix(b"\n").unwrap_or(path);
            return Some(text(path.get(..path.len().min(NAME_BYTES_MAX)).unwrap_or_default()));
        }
        rest = rest.get(length..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, kind: u8, body: &[u8]) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{:011o}", body.len()).as_bytes());
        block[156] = kind;
        block[257..263].copy_from_slice(b"ustar\0");
        block.extend(body);
        block.resize(block.len().next_multiple_of(BLOCK), 0);
        block
    }

    fn read(archive: &[u8]) -> (Vec<(String, usize)>, Result<(), Rejected>) {
        let mut found = Vec::new();
        let done = members(archive, &mut |name, body| found.push((name.to_owned(), body.len())));
        (found, done)
    }

    #[test]
    fn files_are_handed_out_under_their_whole_names() {
        let long = "x/".repeat(80);
        let mut archive = member("a.json", b'0', b"{}");
        archive.extend(member("folder", b'5', b""));
        archive.extend(member("././@LongLink", b'L', format!("{long}b.json\0").as_bytes()));
        archive.extend(member("cut", b'0', b"1"));
        archive.extend(member("PaxHeaders/c", b'x', b"13 size=none\n19 path=new/c.json\n"));
        archive.extend(member("c", b'0', b"123"));
        archive.extend([0; 2 * BLOCK]);
        assert!(is_tar(&archive));
        let (found, done) = read(&archive);
        assert_eq!(done, Ok(()));
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[0], "a.json");
        assert_eq!(names[1], format!("{long}b.json"));
        assert_eq!((names[2], found[2].1, found.len()), ("new/c.json", 3, 3));
    }

    #[test]
    fn a_cut_archive_gives_what_came_before() {
        let archive = [member("a.json", b'0', b"{}"), member("b.json", b'0', &[b' '; 700])].concat();
        for end in [archive.len() - 600, archive.len() - 1100] {
            let (found, done) = read(&archive[..end]);
            assert_eq!(found.len(), 1);
            assert!(done.is_err(), "{end}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_damage_is_survived(at in 0usize..3000, byte in 0u8.., end in 0usize..4000) {
            let mut archive = [member("a.json", b'0', b"{}"), member("b", b'x', b"19 path=new/b.json\n"), member("b", b'0', b"1")].concat();
            let length = archive.len();
            archive[at % length] = byte;
            archive.truncate(end.min(length));
            let _ = read(&archive);
        }
    }
}
