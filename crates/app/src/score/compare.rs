//! When a stated value is the true one: case, spacing and punctuation never count, the rest depends on the
//! attribute.

use cordon_wire::truth::TruthDevice;

/// What comparing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Right,
    Missed,
    Wrong,
}

pub(super) fn verdict(
    attribute: &str,
    expected: &str,
    stated: &[String],
    device: &TruthDevice,
    alias: &dyn Fn(&str) -> String,
) -> Verdict {
    let Some(first) = stated.first() else { return Verdict::Missed };
    let right = |yes: bool| if yes { Verdict::Right } else { Verdict::Wrong };
    match attribute {
        "manufacturer" => right(maker(&alias(expected)) == maker(&alias(first))),
        "model" => models(expected, first, device.manufacturer.as_deref().unwrap_or_default()),
        "os" => systems(expected, &stated.join(" ")),
        "firmware" => right(version(expected) == version(first)),
        "serial" => right(serial(expected) == serial(first)),
        "hostname" => right(stated.iter().any(|name| host(name) == host(expected))),
        _ => right(plain(expected) == plain(first)),
    }
}

/// Letters and digits in lower case: case, spacing and punctuation do not count.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).map(plain).filter(|word| !word.is_empty()).collect()
}

/// A maker's name without the words that name its legal form or trade.
fn maker(text: &str) -> String {
    const GENERIC: [&str; 22] = [
        "inc",
        "corp",
        "corporation",
        "co",
        "company",
        "ltd",
        "limited",
        "llc",
        "gmbh",
        "ag",
        "kg",
        "se",
        "sa",
        "nv",
        "bv",
        "medical",
        "healthcare",
        "health",
        "diagnostics",
        "systems",
        "technologies",
        "group",
    ];
    let all = words(text);
    let kept: String = all.iter().filter(|word| !GENERIC.contains(&word.as_str())).cloned().collect();
    if kept.is_empty() { all.concat() } else { kept }
}

/// Models are equal when their words are, the maker's name aside; a series or family name beside the
/// distinguishing number makes no difference, but without that number the statement is too general.
fn models(expected: &str, stated: &str, manufacturer: &str) -> Verdict {
    let brand = words(manufacturer);
    let strip = |text: &str| -> Vec<String> {
        let all = words(text);
        let kept: Vec<String> = all.iter().filter(|word| !brand.contains(word)).cloned().collect();
        if kept.is_empty() { all } else { kept }
    };
    let (expected, stated) = (strip(expected), strip(stated));
    if expected.concat() == stated.concat() {
        return Verdict::Right;
    }
    let has_number = |list: &[String]| list.iter().any(|word| word.chars().any(|c| c.is_ascii_digit()));
    let within = |few: &[String], many: &[String]| few.iter().all(|word| many.contains(word));
    if within(&stated, &expected) {
        let numbers_left = expected.iter().filter(|word| !stated.contains(word)).cloned().collect::<Vec<_>>();
        return if has_number(&stated) && !has_number(&numbers_left) {
            Verdict::Right
        } else {
            Verdict::Missed
        };
    }
    if within(&expected, &stated) { Verdict::Right } else { Verdict::Wrong }
}

/// Operating systems: everything truth says must be said; saying more is allowed, saying only the family is
/// too general.
fn systems(expected: &str, stated: &str) -> Verdict {
    const LINUX: [&str; 9] =
        ["debian", "ubuntu", "fedora", "centos", "alpine", "redhat", "suse", "buildroot", "yocto"];
    let (expected, stated) = (words(expected), words(stated));
    let says = |word: &String| stated.contains(word);
    if expected.iter().all(says) {
        // A server edition is another product than the client of the same family.
        let server = |list: &[String]| list.iter().any(|word| word == "server");
        let more_exact = expected.len() > 1 && server(&stated) && !server(&expected);
        return if more_exact { Verdict::Wrong } else { Verdict::Right };
    }
    let is_linux =
        |list: &[String]| list.iter().any(|word| word == "linux" || LINUX.contains(&word.as_str()));
    let bare_linux = stated.iter().all(|word| word == "linux");
    let same_family = expected.first().is_some_and(says) && stated.iter().all(|word| expected.contains(word));
    let named_linux = is_linux(&stated) && expected.iter().all(|word| word == "linux");
    if named_linux {
        Verdict::Right
    } else if same_family || (bare_linux && is_linux(&expected)) {
        Verdict::Missed
    } else {
        Verdict::Wrong
    }
}

/// A version's parts in lower case, without a leading `v`.
fn version(text: &str) -> String {
    let text = text.trim().to_lowercase();
    let text = text.strip_prefix("version").unwrap_or(&text).trim();
    let text = match text.strip_prefix('v') {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_digit()) => rest,
        _ => text,
    };
    words(text).join(".")
}

/// A serial number without a leading `SN`.
fn serial(text: &str) -> String {
    let text = plain(text);
    match text.strip_prefix("sn") {
        Some(rest) if !rest.is_empty() => rest.to_owned(),
        _ => text,
    }
}

/// True when both name one host, whatever the domain.
pub(super) fn is_same_host(one: &str, other: &str) -> bool {
    host(one) == host(other)
}

/// True when truth says no more of an operating system than the family that is stated.
pub(super) fn system_is_family(expected: &str, family: Option<&String>) -> bool {
    family.is_some_and(|family| plain(expected) == plain(family))
}

/// A host name's first label.
fn host(text: &str) -> String {
    text.split('.').next().unwrap_or_default().trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(text: &str) -> String {
        text.to_owned()
    }

    fn check(attribute: &str, expected: &str, stated: &[&str]) -> Verdict {
        let device = TruthDevice { manufacturer: Some("Philips".into()), ..TruthDevice::default() };
        let stated: Vec<String> = stated.iter().map(|text| (*text).to_owned()).collect();
        verdict(attribute, expected, &stated, &device, &same)
    }

    #[test]
    fn nothing_stated_is_missed_and_categories_compare_by_name() {
        assert_eq!(check("category", "infusion_pump", &[]), Verdict::Missed);
        assert_eq!(check("category", "infusion_pump", &["infusion pump"]), Verdict::Right);
        assert_eq!(check("category", "infusion_pump", &["patient_monitor"]), Verdict::Wrong);
        assert_eq!(check("modality", "CT", &["ct"]), Verdict::Right);
    }

    #[test]
    fn makers_compare_without_legal_form_and_through_aliases() {
        assert_eq!(check("manufacturer", "Philips", &["PHILIPS Medical Systems"]), Verdict::Right);
        assert_eq!(check("manufacturer", "Philips", &["Siemens"]), Verdict::Wrong);
        let device = TruthDevice::default();
        let alias = |text: &str| text.replace("Toshiba", "Canon");
        let verdict = verdict("manufacturer", "Toshiba", &["Canon Medical Systems".into()], &device, &alias);
        assert_eq!(verdict, Verdict::Right);
        assert_eq!(maker("Medical Systems Inc."), "medicalsystemsinc");
    }

    #[test]
    fn models_need_their_number() {
        assert_eq!(check("model", "IntelliVue MX800", &["Philips INTELLIVUE MX-800"]), Verdict::Right);
        assert_eq!(check("model", "IntelliVue MX800", &["MX800"]), Verdict::Right);
        assert_eq!(check("model", "MX800", &["IntelliVue MX800"]), Verdict::Right);
        assert_eq!(check("model", "IntelliVue MX800", &["IntelliVue"]), Verdict::Missed);
        assert_eq!(check("model", "cobas 8000 c 702", &["cobas 8000"]), Verdict::Missed);
        assert_eq!(check("model", "IntelliVue MX800", &["IntelliVue MX450"]), Verdict::Wrong);
    }

    #[test]
    fn systems_compare_family_then_version() {
        assert_eq!(check("os", "Windows 10", &["Windows", "10"]), Verdict::Right);
        assert_eq!(check("os", "Windows 10", &["Windows"]), Verdict::Missed);
        assert_eq!(check("os", "Windows", &["Windows", "7"]), Verdict::Right);
        assert_eq!(check("os", "Windows 7", &["Windows", "10"]), Verdict::Wrong);
        assert_eq!(check("os", "Windows Server 2019", &["Windows", "10"]), Verdict::Wrong);
        assert_eq!(check("os", "Windows 10", &["Windows Server", "10"]), Verdict::Wrong);
        assert_eq!(check("os", "Debian", &["Linux"]), Verdict::Missed);
        assert_eq!(check("os", "Debian", &["Linux", "Debian 12"]), Verdict::Right);
        assert_eq!(check("os", "Linux", &["Debian", "12"]), Verdict::Right);
        assert_eq!(check("os", "Linux", &["Windows"]), Verdict::Wrong);
    }

    #[test]
    fn versions_serials_and_names_ignore_how_they_are_written() {
        assert_eq!(check("firmware", "v6.8.2", &["6.8.2"]), Verdict::Right);
        assert_eq!(check("firmware", "1.11", &["11.1"]), Verdict::Wrong);
        assert_eq!(check("firmware", "VG7.1.1", &["VG7.1.1"]), Verdict::Right);
        assert_eq!(check("serial", "SN20134455", &["20134455"]), Verdict::Right);
        assert_eq!(check("serial", "SN20134455", &["20134456"]), Verdict::Wrong);
        assert_eq!(check("hostname", "GECT01", &["other", "gect01.hospital.example"]), Verdict::Right);
        assert_eq!(check("hostname", "GECT01", &["gect02"]), Verdict::Wrong);
    }
}
