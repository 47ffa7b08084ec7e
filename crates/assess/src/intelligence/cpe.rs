//! Names of products as the Common Platform Enumeration writes them (NIST IR 7695), as far as looking them up needs.

/// What products are looked up by: part, vendor and product of a CPE name of version 2.2 or 2.3, in lower case, such
/// as `o:microsoft:windows_10_1809`; `None` for what is no CPE name, or names any vendor or product.
pub fn product_key(cpe: &str) -> Option<String> {
    let parts = parts(cpe);
    let (part, vendor, product) = (parts.first()?, parts.get(1)?, parts.get(2)?);
    let is_name = |text: &str| !text.is_empty() && text != "*" && text != "-" && text.chars().count() <= 200;
    let is_part = matches!(part.as_str(), "a" | "o" | "h");
    (is_part && is_name(vendor) && is_name(product)).then(|| format!("{part}:{vendor}:{product}"))
}

/// The parts of a CPE name behind its prefix, in lower case and without escapes: part, vendor, product, version, update
/// and so on; none for what is no CPE name.
pub(super) fn parts(cpe: &str) -> Vec<String> {
    let cpe = cpe.trim();
    let is =
        |length: usize, prefix: &str| cpe.get(..length).is_some_and(|head| head.eq_ignore_ascii_case(prefix));
    let rest = match () {
        () if is(8, "cpe:2.3:") => cpe.get(8..),
        () if is(5, "cpe:/") => cpe.get(5..),
        () => None,
    };
    let parts = split(rest.unwrap_or_default()).into_iter();
    parts.filter(|_| rest.is_some()).map(|part| part.replace('\\', "").to_lowercase()).collect()
}

/// Parts of a name of version 2.3.
const PARTS_MAX: usize = 11;

/// The parts between colons that no backslash stands before.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut from, mut is_escaped) = (0, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'\\' if !is_escaped => is_escaped = true,
            b':' if !is_escaped => {
                parts.extend(text.get(from..at));
                from = at + 1;
                if parts.len() == PARTS_MAX {
                    return parts;
                }
            }
            _ => is_escaped = false,
        }
    }
    parts.extend(text.get(from..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_of_a_name_lead_to_the_same_product() {
        for cpe in [
            "cpe:2.3:o:Microsoft:windows_10_1809:*:*:*:*:*:*:x64:*",
            "cpe:/o:microsoft:windows_10_1809:-",
            "cpe:/o:microsoft:windows_10_1809",
        ] {
            assert_eq!(product_key(cpe).as_deref(), Some("o:microsoft:windows_10_1809"), "{cpe}");
        }
        assert_eq!(product_key(r"cpe:2.3:a:some\:one:a\+b:1:*").as_deref(), Some("a:some:one:a+b"));
        for cpe in ["", "cpe:2.3:o:*:x:1", "cpe:2.3:x:a:b", "cpe:/o:microsoft", "pkg:npm/x", "cpe:2.3:", "ä"]
        {
            assert_eq!(product_key(cpe), None, "{cpe}");
        }
    }
}
