//! The head of a syslog message, in the standard's form (RFC 5424 6.2) or the older one (RFC 3164 4.1).

/// The greatest priority: facility 23, severity 7.
const PRIORITY_MAX: u16 = 191;
/// The longest host name (RFC 5424 6.2.4).
const HOSTNAME_BYTES_MAX: usize = 255;
/// The longest application name (RFC 5424 6.2.5).
const APPLICATION_BYTES_MAX: usize = 48;
/// The longest tag (RFC 3164 4.1.3).
const TAG_BYTES_MAX: usize = 32;

/// What stands before a message's text; what is absent is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub(super) hostname: &'a [u8],
    pub(super) application: &'a [u8],
    /// `software` of the element `origin` (RFC 5424 7.2.3).
    pub(super) software: &'a [u8],
    /// `swVersion` of the same.
    pub(super) software_version: &'a [u8],
    /// How many bytes come before the text.
    pub(super) length: usize,
}

/// Takes the priority in angle brackets from the front; answers what follows.
pub(super) fn priority(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(b"<")?;
    let digits = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = rest.split_at_checked(digits).filter(|(digits, _)| !digits.is_empty())?;
    let number = digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
    // Leading zeros are not written, but for the kernel's own emergencies.
    let plain = digits.len() == 1 || digits.first() != Some(&b'0');
    if number <= PRIORITY_MAX && plain { rest.strip_prefix(b">") } else { None }
}

/// What follows the priority, as far as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// RFC 5424: a version and a time.
    Standard,
    /// RFC 3164: a time.
    Older,
    /// Neither.
    Bare,
    /// More bytes would tell.
    Unsure,
}

/// Tells the form by the bytes after the priority.
pub(super) fn form(rest: &[u8]) -> Form {
    const STANDARD: &[&[u8]] = &[b"1 dddd-dd-dd", b"1 - "];
    const OLDER: &[&[u8]] = &[b"Aaa dd dd:dd:dd", b"Aaa _d dd:dd:dd", b"dddd-dd-ddT"];
    let fits = |patterns: &[&[u8]], whole| patterns.iter().any(|pattern| matches(rest, pattern) == whole);
    if fits(STANDARD, Match::Whole) {
        Form::Standard
    } else if fits(OLDER, Match::Whole) {
        Form::Older
    } else if fits(STANDARD, Match::Begun) || fits(OLDER, Match::Begun) {
        Form::Unsure
    } else {
        Form::Bare
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Match {
    No,
    Begun,
    Whole,
}

/// Compares with a pattern: `d` is a digit, `A` and `a` are letters, `_` is a blank.
fn matches(bytes: &[u8], pattern: &[u8]) -> Match {
    let fits = bytes.iter().zip(pattern).all(|(byte, wanted)| match wanted {
        b'd' => byte.is_ascii_digit(),
        b'A' => byte.is_ascii_uppercase(),
        b'a' => byte.is_ascii_lowercase(),
        b'_' => *byte == b' ',
        _ => byte == wanted,
    });
    match (fits, bytes.len() >= pattern.len()) {
        (false, _) => Match::No,
        (true, true) => Match::Whole,
        (true, false) => Match::Begun,
    }
}

/// Reads the head of a message that begins with its priority.
pub(super) fn read(message: &[u8]) -> Option<Header<'_>> {
    let rest = priority(message)?;
    let start = message.len() - rest.len();
    let header = match form(rest) {
        Form::Standard => standard(rest),
        Form::Older => older(rest),
        Form::Bare | Form::Unsure => Header::default(),
    };
    Some(Header { length: start + header.length, ..header })
}

/// Words between single blanks.
struct Words<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Words<'a> {
    fn rest(&self) -> &'a [u8] {
        self.all.get(self.at..).unwrap_or_default()
    }

    fn next(&mut self) -> &'a [u8] {
        let rest = self.rest();
        let end = memchr::memchr(b' ', rest).unwrap_or(rest.len());
        self.at = (self.at + end + 1).min(self.all.len());
        match rest.get(..end) {
            // The nil value: nothing is stated.
            Some(b"-") | None => b"",
            Some(word) => word,
        }
    }
}

/// `1 TIME HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG`.
fn standard(rest: &[u8]) -> Header<'_> {
    let mut words = Words { all: rest, at: 0 };
    let (_version, _time) = (words.next(), words.next());
    let (hostname, application) = (words.next(), words.next());
    let (_process, _kind) = (words.next(), words.next());
    let mut header = Header {
        hostname: if is_hostname(hostname) { hostname } else { b"" },
        application: if is_application(application) { application } else { b"" },
        ..Header::default()
    };
    let data = words.rest();
    let length = structured_data(data, &mut header);
    let text = data.get(length..).unwrap_or_default();
    header.length = rest.len() - text.strip_prefix(b" ").unwrap_or(text).len();
    header
}

/// Reads structured data (RFC 5424 6.3), of which only the origin's software is told; answers its length.
fn structured_data<'a>(data: &'a [u8], header: &mut Header<'a>) -> usize {
    if data.first() != Some(&b'[') {
        return data.len().min(usize::from(data.first() == Some(&b'-')));
    }
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, &byte) in data.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted => {
                origin(data.get(start + 1..at).unwrap_or_default(), header);
                start = at + 1;
                if data.get(start) != Some(&b'[') {
                    return start;
                }
            }
            _ => {}
        }
    }
    data.len()
}

/// One element of structured data without its brackets.
fn origin<'a>(element: &'a [u8], header: &mut Header<'a>) {
    let Some(parameters) = element.strip_prefix(b"origin ") else { return };
    // Values with escapes in them hold quotes; they are no names and are left out.
    let mut parts = parameters.split(|&byte| byte == b'"');
    while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
        match name.trim_ascii() {
            b"software=" => header.software = value,
            b"swVersion=" => header.software_version = value,
            _ => {}
        }
        if value.contains(&b'\\') {
            return;
        }
    }
}

/// `TIME HOSTNAME TAG[PROCESS]: MSG`; some senders leave out the host's name, some the tag.
fn older(rest: &[u8]) -> Header<'_> {
    let mut words = Words { all: rest, at: 0 };
    if rest.first().is_some_and(u8::is_ascii_digit) {
        words.next();
    } else {
        // Month, day and time take fifteen characters, then comes a blank.
        words.at = rest.len().min(16);
    }
    let mut header = Header { length: words.at, ..Header::default() };
    // Where the host's name or the tag is left out, free text follows, and its first words may be anybody's:
    // a name counts only before a tag, a tag only after a name or with its process.
    let begin = words.at;
    let hostname = words.next();
    let named = is_hostname(hostname) && !hostname.iter().all(u8::is_ascii_digit);
    let after = words.rest();
    // A word that may be anybody's name is a host's where what follows is a process beyond doubt.
    let known = |name: &[u8]| !is_name(hostname) || after.get(name.len()) == Some(&b'[');
    if let (true, Some((name, length))) = (named, tag(after).filter(|(name, _)| known(name))) {
        (header.hostname, header.application) = (hostname, name);
        header.length = words.at + length;
    } else if let Some((name, length)) = rest.get(begin..).and_then(tag)
        && rest.get(begin + name.len()) == Some(&b'[')
    {
        header.application = name;
        header.length = begin + length;
    } else if is_address(hostname) {
        header.hostname = hostname;
        header.length = (begin + hostname.len() + 1).min(rest.len());
    }
    header
}

/// `Doe`, as names of people are written and names of hosts seldom.
fn is_name(text: &[u8]) -> bool {
    let (first, rest) = text.split_first().unzip();
    first.is_some_and(u8::is_ascii_uppercase)
        && rest.is_some_and(|rest| rest.iter().all(u8::is_ascii_lowercase))
}

fn is_address(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| text.parse::<std::net::IpAddr>().is_ok())
}

/// A tag with its process and colon: its name and how long it is altogether.
fn tag(text: &[u8]) -> Option<(&[u8], usize)> {
    let suits = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./".contains(byte);
    let length = text.iter().take(TAG_BYTES_MAX + 1).take_while(|byte| suits(byte)).count();
    let (name, rest) = text.split_at_checked(length).filter(|_| (1..=TAG_BYTES_MAX).contains(&length))?;
    let after = match rest.strip_prefix(b"[") {
        Some(process) => {
            let end = process.iter().take(16).position(|&byte| byte == b']')?;
            process.get(end + 1..)?
        }
        None => rest,
    };
    let after = after.strip_prefix(b":")?;
    let after = after.strip_prefix(b" ").unwrap_or(after);
    // Times and addresses have colons too, but no letter before the first.
    name.iter().any(u8::is_ascii_alphabetic).then_some((name, text.len() - after.len()))
}

fn is_hostname(text: &[u8]) -> bool {
    let suits = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:".contains(byte);
    (1..=HOSTNAME_BYTES_MAX).contains(&text.len()) && text.iter().all(suits) && text.last() != Some(&b':')
}

fn is_application(text: &[u8]) -> bool {
    (1..=APPLICATION_BYTES_MAX).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Host name, application, software, version, and the text that follows.
    fn parts(message: &str) -> [String; 5] {
        let header = read(message.as_bytes()).unwrap();
        let text = &message.as_bytes()[header.length..];
        [header.hostname, header.application, header.software, header.software_version, text]
            .map(|part| String::from_utf8_lossy(part).into_owned())
    }

    #[test]
    fn free_text_is_taken_for_no_name() {
        for message in [
            "<13>Jan  1 12:00:00 MRN4711 updated",
            "<13>Jan  1 12:00:00 Doe: leads off",
            "<13>Jan  1 12:00:00 4711 Doe: leads off",
        ] {
            let [hostname, application, ..] = parts(message);
            assert_eq!((hostname.as_str(), application.as_str()), ("", ""), "{message}");
        }
        assert_eq!(parts("<13>Jan  1 12:00:00 su[9]: x")[1], "su");
    }

    #[test]
    fn the_standards_own_examples_are_read() {
        // RFC 5424 6.5.
        for (message, expected) in [
            (
                "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - 'su root' failed",
                ["mymachine.example.com", "su", "", "", "'su root' failed"],
            ),
            (
                "<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time",
                ["192.0.2.1", "myproc", "", "", "%% It's time"],
            ),
            (
                "<165>1 2003-10-11T22:14:15.003Z h evntslog - ID47 [exampleSDID@32473 iut=\"3\" eventSource=\"A]\\\"b\"][examplePriority@32473 class=\"high\"] text",
                ["h", "evntslog", "", "", "text"],
            ),
            (
                "<165>1 2003-10-11T22:14:15.003Z h e - ID47 [origin ip=\"192.0.2.1\" software=\"collector 9\" swVersion=\"4.2\"]",
                ["h", "e", "collector 9", "4.2", ""],
            ),
            ("<0>1 - - - - - -", ["", "", "", "", ""]),
            // RFC 3164 5.4.
            (
                "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick",
                ["mymachine", "su", "", "", "'su root' failed for lonvick"],
            ),
            ("<13>Feb  5 17:32:18 10.0.0.99 Use the BFG!", ["10.0.0.99", "", "", "", "Use the BFG!"]),
            ("<30>Feb  5 17:32:18 pump-7 dropbear[231]: child", ["pump-7", "dropbear", "", "", "child"]),
            ("<30>Feb  5 17:32:18 dropbear[231]: child", ["", "dropbear", "", "", "child"]),
            ("<13>2025-03-10T08:00:00+01:00 host app: x", ["host", "app", "", "", "x"]),
            (
                "<189>123: *Mar  1 18:46:11: %SYS-5-CONFIG",
                ["", "", "", "", "123: *Mar  1 18:46:11: %SYS-5-CONFIG"],
            ),
        ] {
            assert_eq!(parts(message), expected.map(str::to_owned), "{message}");
        }
    }

    #[test]
    fn priorities_have_their_bounds() {
        for good in ["<0>x", "<9>x", "<191>x"] {
            assert_eq!(priority(good.as_bytes()), Some(&b"x"[..]), "{good}");
        }
        for bad in ["<192>x", "<01>x", "<>x", "<1", "<1234>x", "<?xml", "x<1>"] {
            assert_eq!(priority(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn every_prefix_is_read() {
        let message =
            b"<165>1 2003-10-11T22:14:15.003Z h e - ID [origin software=\"a\" swVersion=\"\\\"\"] text";
        for length in 5..message.len() {
            assert!(read(&message[..length]).unwrap().length <= length);
        }
    }
}
