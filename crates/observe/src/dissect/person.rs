//! Names that devices are given, and where they stand, may name people: what is free text is told only where
//! it looks like neither a patient nor anybody else.

/// Titles and words before or about a person's name.
const OF_PERSONS: [&[u8]; 16] = [
    b"mr",
    b"mrs",
    b"ms",
    b"miss",
    b"dr",
    b"prof",
    b"herr",
    b"herrn",
    b"frau",
    b"mme",
    b"mlle",
    b"monsieur",
    b"madame",
    b"mrn",
    b"dob",
    b"geb",
];
/// Words that stand for a person and are not part of what a device is.
const PATIENTS: [&[u8]; 4] = [b"patient", b"patientin", b"paciente", b"paziente"];
/// What follows `patient` in the name of a device.
const PATIENT_DEVICES: [&[u8]; 8] =
    [b"monitor", b"monitors", b"monitoring", b"monitore", b"station", b"data", b"simulator", b"lift"];
/// Words of beds and rooms that are nobody's name.
const PLACES: [&[u8]; 48] = [
    b"bed",
    b"room",
    b"bay",
    b"box",
    b"left",
    b"right",
    b"window",
    b"door",
    b"side",
    b"middle",
    b"wall",
    b"cot",
    b"crib",
    b"chair",
    b"station",
    b"unit",
    b"ward",
    b"zimmer",
    b"bett",
    b"platz",
    b"fenster",
    b"links",
    b"rechts",
    b"mitte",
    b"chambre",
    b"lit",
    b"letto",
    b"cama",
    b"or",
    b"op",
    b"ot",
    b"icu",
    b"nicu",
    b"picu",
    b"ccu",
    b"er",
    b"ed",
    b"mri",
    b"ct",
    b"lab",
    b"theatre",
    b"theater",
    b"isolation",
    b"recovery",
    b"pacu",
    b"holding",
    b"trauma",
    b"saal",
];
/// Digits that make a number of a case or a date.
const NUMBER_DIGITS: usize = 6;

/// Words: letters, of whatever script, and digits.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_of_word(*byte)).filter(|word| !word.is_empty())
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80
}

fn among(word: &[u8], list: &[&[u8]]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(word))
}

/// True when a text may name a person or a case: a comma or a caret between names, an address of mail, a long
/// number, a date, a form of address, whose something is.
pub(crate) fn may_name_someone(text: &[u8]) -> bool {
    let digits = |run: &[u8]| run.iter().filter(|byte| byte.is_ascii_digit()).count();
    let numbered = text.windows(8).any(|run| digits(run) >= NUMBER_DIGITS);
    let owned =
        [&b"'s "[..], "\u{2019}s ".as_bytes()].iter().any(|mark| memchr::memmem::find(text, mark).is_some());
    let addressed = words(text).any(|word| among(word, &OF_PERSONS));
    let mut all = words(text);
    let mut of_patient = false;
    while let Some(word) = all.next() {
        of_patient |= among(word, &PATIENTS) && !all.next().is_some_and(|next| among(next, &PATIENT_DEVICES));
    }
    text.iter().any(|byte| b",^@".contains(byte)) || numbered || owned || addressed || of_patient
}

/// The text, or nothing where it may name somebody.
pub(crate) fn of_nobody(text: &[u8]) -> &[u8] {
    if may_name_someone(text) { b"" } else { text }
}

/// A room or a bed as numbers, letters and the words such places are called by; nothing where anything else is
/// written there, for that may be who lies in it.
pub(crate) fn place_of_nobody(text: &[u8]) -> &[u8] {
    let suits = |word: &[u8]| {
        let letters = word.iter().filter(|byte| !byte.is_ascii_digit()).count();
        (letters <= 1 && word.len() <= 5)
            || among(word, &PLACES)
            || (letters <= 4 && (1..=3).contains(&(word.len() - letters)))
    };
    let fits = text.len() <= 32 && text.is_ascii() && words(text).all(suits);
    if fits { of_nobody(text) } else { b"" }
}

/// What people's own devices are called.
const PRODUCTS: [&[u8]; 14] = [
    b"iphone",
    b"ipad",
    b"ipod",
    b"macbook",
    b"imac",
    b"mac mini",
    b"mac-mini",
    b"apple watch",
    b"apple-watch",
    b"applewatch",
    b"airpods",
    b"homepod",
    b"galaxy",
    b"pixel",
];
/// True for what a product's name begins with; hardly any position of a name does.
fn may_begin(front: &[u8; 3]) -> bool {
    matches!(
        &front.map(|byte| byte | 0x20),
        b"iph" | b"ipa" | b"ipo" | b"mac" | b"ima" | b"app" | b"air" | b"hom" | b"gal" | b"pix"
    )
}

/// What may follow a product's name as a part of it.
const VARIANTS: [&[u8]; 10] =
    [b"pro", b"air", b"mini", b"max", b"plus", b"ultra", b"se", b"fold", b"flip", b"touch"];
/// Between a product and its owner's name.
const OF: [&[u8]; 9] = [b"von", b"de", b"of", b"di", b"da", b"do", b"van", b"du", b"des"];
/// The longest name that is looked at (RFC 1035 2.3.4).
const NAME_BYTES_MAX: usize = 255;

/// A host's name without its owner's.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "it lives on the stack, for as long as a fact is told")]
pub enum HostName<'a> {
    /// The name as it was.
    Whole(&'a [u8]),
    /// A product's name and what followed its owner's.
    Joined([u8; NAME_BYTES_MAX], usize),
}

impl<'a> HostName<'a> {
    /// The name of a host or of a service on it. A name belongs to the device and is told; but people's own
    /// devices are called after their owners, staff and visitors who are nobody's business here: of
    /// `Annas-iPhone.local` and `iPad von Anna` the product is left.
    pub fn of(name: &'a [u8]) -> HostName<'a> {
        match product(name) {
            Some((product, rest)) => HostName::joined(product, rest),
            None => HostName::Whole(name.get(..NAME_BYTES_MAX).unwrap_or(name)),
        }
    }

    #[cold]
    fn joined(product: &[u8], rest: &[u8]) -> HostName<'a> {
        let (mut bytes, mut length) = ([0; NAME_BYTES_MAX], 0);
        for (room, byte) in bytes.iter_mut().zip(product.iter().chain(rest)) {
            *room = *byte;
            length += 1;
        }
        HostName::Joined(bytes, length)
    }

    /// What is left of the name.
    pub fn text(&self) -> &[u8] {
        match self {
            HostName::Whole(name) => name,
            HostName::Joined(bytes, length) => bytes.get(..*length).unwrap_or_default(),
        }
    }
}

/// `2`, `15`, `S21`: at most one letter before a number.
fn is_version(word: &[u8]) -> bool {
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    word.len() <= 3 && word.len() - digits <= 1 && word.last().is_some_and(u8::is_ascii_digit)
}

/// The product in a name that holds its owner's, and what follows the name itself.
fn product(name: &[u8]) -> Option<(&[u8], &[u8])> {
    let label_end = memchr::memchr(b'.', name).unwrap_or(name.len());
    let (label, rest) = name.split_at_checked(label_end)?;
    let starts = |at: usize, word: &[u8]| {
        label.get(at..at + word.len()).is_some_and(|part| part.eq_ignore_ascii_case(word))
    };
    let may_start = |at: &usize| label.get(*at..).and_then(<[u8]>::first_chunk).is_some_and(may_begin);
    let (at, word) = (0..label.len())
        .filter(may_start)
        .find_map(|at| Some((at, *PRODUCTS.iter().find(|word| starts(at, word))?)))?;
    let front = label.get(..at)?;
    let mut end = at + word.len();
    while let Some(next) = words(label.get(end..)?).next()
        && (among(next, &VARIANTS) || is_version(next))
    {
        end += label.get(end..)?.iter().take_while(|byte| !is_of_word(**byte)).count() + next.len();
    }
    let after = label.get(end..)?;
    let of_someone = words(after).next().is_some_and(|word| among(word, &OF));
    let whose = front.strip_suffix(b"-").or(front.strip_suffix(b" ")).unwrap_or_default();
    let owned = whose.ends_with(b"s") || whose.ends_with(b"S");
    // An inventory numbers what it names.
    let numbered = label.iter().any(u8::is_ascii_digit);
    let alone = front.is_empty() && after.is_empty();
    let personal = of_someone || owned || !(numbered || alone);
    personal.then_some((label.get(at..end)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_about_people_are_known() {
        for text in [
            "Doe, Jane",
            "DOE^JANE",
            "Case 19440229",
            "1944-02-29",
            "Mr. Doe",
            "Monitor of Dr Doe",
            "Jane's pump",
            "Jane\u{2019}s pump",
            "Patient 7",
            "Patient: Doe",
            "jane@clinic",
        ] {
            assert!(may_name_someone(text.as_bytes()), "{text}");
        }
        for text in
            ["Vent in ICU 7", "Patient Monitor 4", "Infinity M540 BED7", "Dr\u{e4}ger V500", "Pump 8", ""]
        {
            assert!(!may_name_someone(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn every_product_may_begin_so() {
        for product in PRODUCTS {
            assert!(may_begin(product.first_chunk().unwrap()), "{}", product.escape_ascii());
            assert!(may_begin(product.to_ascii_uppercase().first_chunk().unwrap()));
        }
        assert!(!may_begin(b"mon"));
    }

    #[test]
    fn rooms_and_beds_are_numbers() {
        for text in ["BED7", "7", "B", "Bed 12 left", "R12/3", "ICU 3/W"] {
            assert_eq!(place_of_nobody(text.as_bytes()), text.as_bytes());
        }
        for text in ["Doe", "7 Doe", "Bed of Jane", "M\u{fc}ller", "JANE1944", "19440229"] {
            assert_eq!(place_of_nobody(text.as_bytes()), b"", "{text}");
        }
    }

    #[test]
    fn own_devices_lose_their_owner_s_name() {
        for (name, expected) in [
            ("Annas-iPhone.local", "iPhone.local"),
            ("iPhone-von-Anna.fritz.box", "iPhone.fritz.box"),
            ("Anna's MacBook Pro._airplay._tcp.local", "MacBook Pro._airplay._tcp.local"),
            ("Galaxy-S21-von-Anna", "Galaxy-S21"),
            ("Annas-iPad-2", "iPad-2"),
            ("anna-ipad", "ipad"),
            ("iPhone", "iPhone"),
            ("iPad-Pro.local", "iPad-Pro.local"),
            ("ward3-ipad-07", "ward3-ipad-07"),
            ("PUMP-7", "PUMP-7"),
            ("", ""),
        ] {
            assert_eq!(String::from_utf8_lossy(HostName::of(name.as_bytes()).text()), expected, "{name}");
        }
        assert_eq!(HostName::of(&[b'a'; 400]).text().len(), NAME_BYTES_MAX);
    }
}
