//! Start lines and header fields (RFC 9112 clauses 3 to 5, RFC 9110).

use super::asked::{Asked, Base, asked};
use super::content::{Coding, Content};
use super::log_in::LogIn;
use crate::dissect::enterprise::gss;
use crate::dissect::{Facts, Probe, Side, Starts, person};
use cordon_model::observe::{EventKind, Fact};

/// Methods of RFC 9110, WebDAV (RFC 4918, 3253, 5323) and UPnP eventing.
const METHODS: &[&[u8]] = &[
    b"GET",
    b"POST",
    b"HEAD",
    b"PUT",
    b"DELETE",
    b"OPTIONS",
    b"PATCH",
    b"TRACE",
    b"CONNECT",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"REPORT",
    b"SEARCH",
    b"SUBSCRIBE",
    b"UNSUBSCRIBE",
    b"NOTIFY",
];

/// The longest path of a page on which a device speaks of itself.
const PATH_BYTES_MAX: usize = 80;
/// What the name of a page begins with on which a device says what it is: `/info_configuration.html` (HP),
/// `/general/information.html` (Brother), `/cgi-bin/deviceinfo.html`, `/status.cgi`, `/about.html`.
const STATUS_PAGES: [&[u8]; 10] = [
    b"info",
    b"deviceinfo",
    b"device_info",
    b"device-info",
    b"status",
    b"devicestatus",
    b"sysinfo",
    b"systeminfo",
    b"system_info",
    b"about",
];
/// What the name of a front page begins with.
const FRONT_PAGES: [&[u8]; 8] =
    [b"index", b"default", b"home", b"main", b"login", b"logon", b"start", b"welcome"];

/// What in a path lets fear that the page is about someone.
const OF_PATIENTS: [&[u8]; 18] = [
    b"user",
    b"member",
    b"patient",
    b"stud",
    b"person",
    b"case",
    b"exam",
    b"order",
    b"result",
    b"report",
    b"record",
    b"chart",
    b"encounter",
    b"visit",
    b"view",
    b"worklist",
    b"ward",
    b"bed",
];

/// The longest values that are told: what names products, a realm, a host with its port.
const PRODUCT_BYTES_MAX: usize = 512;
const REALM_BYTES_MAX: usize = 96;
const HOST_BYTES_MAX: usize = 261;

/// What an answer's reading needs to know of its request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Request {
    /// The request was seen at all.
    pub(super) seen: bool,
    pub(super) head: bool,
    pub(super) connect: bool,
    pub(super) page: Page,
    /// It bore something that may stand for a log-in.
    pub(super) credentials: bool,
    /// It bore a name and a password, or their digest.
    pub(super) log_in: LogIn,
    pub(super) asked: Asked,
}

/// What is asked for, as far as it matters who it is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Page {
    /// The path may name a person or a case, or leads elsewhere.
    #[default]
    Unclear,
    /// Nothing in the path names anybody.
    OfNobody,
    /// So, and it is a page on which a device speaks of itself.
    Own,
    /// So, and it is a front page, asked for without credentials.
    Front,
}

/// How the end of a body is told (RFC 9112 clause 6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    None,
    Length(u64),
    Chunked,
    UntilClose,
}

/// What the head read so far says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Head {
    pub(super) request: Request,
    /// The request names its host in its target: it is addressed to a proxy.
    for_proxy: bool,
    pub(super) status: u16,
    length: Option<u64>,
    transfer_coded: bool,
    chunked: bool,
    pub(super) coding: Coding,
    pub(super) content: Content,
    /// The content is the first part of the body.
    pub(super) multipart: bool,
}

impl Request {
    fn brings_credentials(&mut self) {
        self.credentials = true;
        if self.page == Page::Front {
            self.page = Page::Own;
        }
    }
}

impl Head {
    /// Reads `METHOD target HTTP/1.x`; where the target looks medical, also what its service lies under.
    pub(super) fn of_request(line: &[u8]) -> Option<(Head, Option<Base>)> {
        let mut words = line.split(|&b| b == b' ').filter(|word| !word.is_empty());
        let (method, target, version) = (words.next()?, words.next()?, line.rsplit(|&b| b == b' ').next()?);
        if !is_token(method) || !is_version(version) {
            return None;
        }
        let connect = method == b"CONNECT";
        let path = target.split(|&b| b == b'?' || b == b';').next().unwrap_or_default();
        let plain = path.len() == target.len();
        let for_proxy = connect || target.first() != Some(&b'/');
        let of_nobody = plain && !for_proxy && path.len() <= PATH_BYTES_MAX && !may_name_someone(path);
        let page = match method == b"GET" {
            _ if !of_nobody => Page::Unclear,
            true if is_page(path, &FRONT_PAGES) => Page::Front,
            true if is_page(path, &STATUS_PAGES) => Page::Own,
            _ => Page::OfNobody,
        };
        let (asked, base) = asked(method, target);
        let head = method == b"HEAD";
        let request =
            Request { seen: true, head, connect, page, credentials: false, log_in: LogIn::None, asked };
        // What a proxy is asked for lies elsewhere.
        Some((Head { request, for_proxy, ..Head::default() }, base.filter(|_| !for_proxy)))
    }

    /// Reads `HTTP/1.x status reason` as the answer to `request`.
    pub(super) fn of_answer(line: &[u8], request: Request) -> Option<Head> {
        let mut words = line.split(|&b| b == b' ').filter(|word| !word.is_empty());
        let (version, status) = (words.next()?, words.next()?);
        if !is_version(version) || status.len() != 3 {
            return None;
        }
        let status = decimal(status).filter(|status| (100..1000).contains(status))?;
        Some(Head { request, status: u16::try_from(status).ok()?, ..Head::default() })
    }

    /// True for an answer that another answer to the same request follows (RFC 9110 15.2).
    pub(super) fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    /// True for an answer after which the connection speaks something else.
    pub(super) fn leaves_http(&self) -> bool {
        self.status == 101 || (self.request.connect && (200..300).contains(&self.status))
    }

    /// True when this answer is a page whose title tells of the device and of nobody.
    pub(super) fn shows_title(&self) -> bool {
        self.is_own_page() && self.request.page == Page::Front
    }

    /// True when this answer is a page that may say what the device is.
    pub(super) fn is_own_page(&self) -> bool {
        self.status == 200
            && matches!(self.request.page, Page::Own | Page::Front)
            && self.content == Content::Html
    }

    /// True when an XML document in this message may say what its sender is.
    pub(super) fn may_describe(&self, side: Side) -> bool {
        self.request.page != Page::Unclear && (side == Side::Client || self.status == 200)
    }

    /// How long the body is.
    pub(super) fn framing(&self, side: Side) -> Framing {
        let answer = side == Side::Server;
        if answer && (self.request.head || matches!(self.status, 100..=199 | 204 | 304)) {
            return Framing::None;
        }
        match (self.transfer_coded, self.chunked, self.length) {
            (true, true, _) => Framing::Chunked,
            (false, _, Some(count)) => Framing::Length(count),
            _ if answer => Framing::UntilClose,
            _ => Framing::None,
        }
    }

    /// Reads one field line, folds included.
    pub(super) fn field(&mut self, side: Side, line: &[u8], facts: &mut dyn Facts) {
        let Some(colon) = memchr::memchr(b':', line) else { return facts.malformed() };
        let name = line.get(..colon).unwrap_or_default();
        let value = line.get(colon + 1..).unwrap_or_default().trim_ascii();
        if !is_token(name) {
            return facts.malformed();
        }
        if self.framing_field(name, value, facts) {
            return;
        }
        match side {
            Side::Client => self.request_field(name, value, facts),
            Side::Server => self.answer_field(name, value, facts),
        }
    }

    /// Fields either side sends; answers `true` when it was one.
    fn framing_field(&mut self, name: &[u8], value: &[u8], facts: &mut dyn Facts) -> bool {
        if is(name, b"content-length") {
            // RFC 9110 8.6: a list of equal lengths is one length.
            let first = value.split(|&b| b == b',').next().unwrap_or_default().trim_ascii();
            match decimal(first) {
                Some(count) if self.length.is_none_or(|known| known == count) => self.length = Some(count),
                _ => facts.malformed(),
            }
        } else if is(name, b"transfer-encoding") {
            let last = value.rsplit(|&b| b == b',').next().unwrap_or_default().trim_ascii();
            self.transfer_coded = !is(value, b"identity");
            self.chunked = is(last, b"chunked");
            self.add_codings(value);
        } else if is(name, b"content-encoding") {
            self.add_codings(value);
        } else if is(name, b"content-type") {
            (self.content, self.multipart) = Content::of(value);
        } else {
            return false;
        }
        true
    }

    fn add_codings(&mut self, names: &[u8]) {
        self.coding =
            names.split(|&b| b == b',').fold(self.coding, |coding, name| coding.and(name.trim_ascii()));
    }

    fn request_field(&mut self, name: &[u8], value: &[u8], facts: &mut dyn Facts) {
        if is(name, b"user-agent") {
            tell(facts, Side::Client, Fact::HttpUserAgent, product(value));
        } else if is(name, b"host") {
            if !self.for_proxy && is_host(value) {
                facts.fact(Side::Server, Fact::HttpHost, value);
            }
        } else if is(name, b"authorization") || is(name, b"proxy-authorization") {
            self.request.brings_credentials();
            self.request.log_in = LogIn::read(value, facts);
            gss::find_in_header(value, facts);
            if starts_with(value, b"basic ") {
                let proxy = is(name, b"proxy-authorization");
                let detail = if proxy { "Basic credentials for a proxy" } else { "Basic credentials" };
                facts.event(Side::Client, EventKind::HttpClearCredentials, detail);
            }
        } else if is(name, b"cookie") {
            // A cookie may stand for a log-in.
            self.request.brings_credentials();
        }
    }

    fn answer_field(&mut self, name: &[u8], value: &[u8], facts: &mut dyn Facts) {
        if is(name, b"server") {
            tell(facts, Side::Server, Fact::HttpServer, product(value));
        } else if is(name, b"x-powered-by") {
            tell(facts, Side::Server, Fact::HttpPoweredBy, product(value));
        } else if is(name, b"www-authenticate") {
            gss::find_in_header(value, facts);
            if let Some(scheme) = scheme(value) {
                facts.fact(Side::Server, Fact::HttpAuthentication, scheme.as_bytes());
            }
            if let Some(realm) = realm(value).filter(|realm| is_realm(realm)) {
                facts.fact(Side::Server, Fact::HttpRealm, realm);
            }
        }
    }
}

/// True for the path of a folder's front page, or of a page named as one of these.
fn is_page(path: &[u8], names: &[&[u8]]) -> bool {
    let Some((folders, page)) =
        path.iter().rposition(|&b| b == b'/').and_then(|at| path.split_at_checked(at + 1))
    else {
        return false;
    };
    let named = |word: &&[u8]| starts_with(page, word);
    (page.is_empty() || names.iter().any(named)) && folders.len() <= 64
}

/// True for a path that may name a person or a case: by a word, or by a number of three digits and more.
pub(super) fn may_name_someone(path: &[u8]) -> bool {
    let of_patients = |word: &&[u8]| path.windows(word.len()).any(|part| is(part, word));
    let numbered = path.windows(3).any(|part| part.iter().all(u8::is_ascii_digit));
    numbered || OF_PATIENTS.iter().any(of_patients)
}

/// The scheme of a challenge (RFC 9110 11.3), if it is one of those in use.
pub(in crate::dissect) fn scheme(value: &[u8]) -> Option<&'static str> {
    const SCHEMES: [&str; 5] = ["Basic", "Digest", "NTLM", "Negotiate", "Bearer"];
    let word = value.split(|&b| b == b' ' || b == b',').next().unwrap_or_default();
    SCHEMES.into_iter().find(|scheme| word.eq_ignore_ascii_case(scheme.as_bytes()))
}

/// The realm of a challenge, quoted or a token (RFC 9110 11.5).
pub(in crate::dissect) fn realm(value: &[u8]) -> Option<&[u8]> {
    let at = value.windows(6).position(|window| is(window, b"realm="))?;
    let rest = value.get(at + 6..)?;
    match rest.split_first() {
        Some((b'"', quoted)) => {
            let mut escaped = false;
            let end = quoted.iter().position(|&byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            })?;
            quoted.get(..end)
        }
        _ => rest.split(|&b| b == b',' || b == b' ').next().filter(|word| is_token(word)),
    }
}

/// A realm is a short name of nobody.
fn is_realm(realm: &[u8]) -> bool {
    realm.len() <= REALM_BYTES_MAX
        && !realm.iter().any(u8::is_ascii_control)
        && !person::may_name_someone(realm)
}

fn tell(facts: &mut dyn Facts, about: Side, fact: Fact, value: &[u8]) {
    if !value.is_empty() {
        facts.fact(about, fact, value);
    }
}

/// What names products (RFC 9110 10.1.5): nothing where it is endless, or another field has run into it.
fn product(value: &[u8]) -> &[u8] {
    let damaged = value.iter().any(u8::is_ascii_control) || holds_field(value);
    if damaged || value.len() > PRODUCT_BYTES_MAX { b"" } else { value }
}

/// True when the name of a field stands in a value: the end of its line was lost.
fn holds_field(value: &[u8]) -> bool {
    const SECRET: [&[u8]; 4] = [b"authorization", b"cookie", b"referer", b"location"];
    // Printers name their serial number so; no field is called by either word.
    const NO_FIELDS: [&[u8]; 2] = [b"serial number", b"firmware version"];
    memchr::memchr_iter(b':', value).any(|colon| {
        let before = value.get(..colon).unwrap_or_default();
        let suits = |byte: &&u8| byte.is_ascii_alphabetic() || **byte == b'-';
        let length = before.iter().rev().take_while(suits).count();
        let secret = |name: &&[u8]| {
            before.len() >= name.len()
                && is(before.get(before.len() - name.len()..).unwrap_or_default(), name)
        };
        let named = |words: &&[u8]| {
            before.len() >= words.len()
                && is(before.get(before.len() - words.len()..).unwrap_or_default(), words)
        };
        let field = length >= 3 && value.get(colon + 1) == Some(&b' ') && !NO_FIELDS.iter().any(named);
        field || SECRET.iter().any(secret)
    })
}

/// RFC 9110 7.2: a name or an address, and perhaps a port.
fn is_host(value: &[u8]) -> bool {
    let bracket = memchr::memrchr(b']', value).map_or(0, |at| at + 1);
    let after = value.get(bracket..).unwrap_or_default();
    let (host, port) = match memchr::memrchr(b':', after) {
        Some(at) => value.split_at(bracket + at),
        None => (value, &b""[..]),
    };
    let port = port.strip_prefix(b":").unwrap_or(port);
    let inner = host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]"));
    let suits = match inner {
        Some(address) => address.iter().all(|b| b.is_ascii_alphanumeric() || b":.%".contains(b)),
        None => host.iter().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(b) || *b >= 0x80),
    };
    suits && value.len() <= HOST_BYTES_MAX && port.len() <= 5 && port.iter().all(u8::is_ascii_digit)
}

/// What the first bytes of one side are.
/// What requests and answers begin with.
pub(super) const STARTS: Starts = Starts::of_words(METHODS).or(Starts::of(b"H"));

pub(super) fn probe(head: &[u8]) -> Probe {
    const ANSWER: &[u8] = b"HTTP/1.";
    if head.starts_with(ANSWER) {
        return Probe::Certain(Side::Server);
    }
    if ANSWER.starts_with(head) {
        return Probe::Unsure;
    }
    let Some(space) = head.iter().take(16).position(|&b| b == b' ') else {
        let prefix = METHODS.iter().any(|method| method.starts_with(head));
        return if prefix { Probe::Unsure } else { Probe::No };
    };
    if !METHODS.contains(&head.get(..space).unwrap_or_default()) {
        return Probe::No;
    }
    let rest = head.get(space + 1..).unwrap_or_default();
    if let Some(end) = memchr::memchr(b'\n', rest) {
        let line = without_line_end(rest.get(..=end).unwrap_or_default());
        let version = line.rsplit(|&b| b == b' ').next().unwrap_or_default();
        return if is_version(version) { Probe::Certain(Side::Client) } else { Probe::No };
    }
    // The version is out of sight: the form of the target tells HTTP from its relatives RTSP, SIP and ICAP.
    let long = head.len() >= 32;
    match rest.first() {
        Some(b'/') if long => Probe::Certain(Side::Client),
        Some(b'/' | b'*') if !long => Probe::Unsure,
        Some(_) if starts_with(rest, b"http://") || starts_with(rest, b"https://") => {
            Probe::Certain(Side::Client)
        }
        Some(_) if head.starts_with(b"CONNECT ") && !long => Probe::Unsure,
        Some(_) if head.starts_with(b"CONNECT ") => Probe::Certain(Side::Client),
        Some(_) if b"https://".starts_with(rest) || b"http://".starts_with(rest) => Probe::Unsure,
        Some(_) => Probe::No,
        None => Probe::Unsure,
    }
}

/// The extent of the first line of some bytes.
pub(super) enum Line {
    /// This many bytes, line end included.
    Length(usize),
    /// More bytes are needed to tell.
    Incomplete,
    /// Longer than allowed; these many bytes of it may be passed over now.
    TooLong(usize),
}

/// Finds the end of the first line; a `foldable` one goes on while the next starts with white space
/// (obsolete folding, RFC 9112 5.2), so that one byte more is needed to know its end.
pub(super) fn line_length(bytes: &[u8], foldable: bool, length_max: usize) -> Line {
    let mut from = 0;
    loop {
        let window = bytes.get(from..bytes.len().min(length_max)).unwrap_or_default();
        let Some(end) = memchr::memchr(b'\n', window).map(|at| from + at + 1) else {
            return if bytes.len() >= length_max { Line::TooLong(from.max(1)) } else { Line::Incomplete };
        };
        let empty = without_line_end(bytes.get(..end).unwrap_or_default()).is_empty();
        if !foldable || empty {
            return Line::Length(end);
        }
        match bytes.get(end) {
            Some(b' ' | b'\t') => from = end,
            Some(_) => return Line::Length(end),
            None => return Line::Incomplete,
        }
    }
}

/// The line without its CR LF or LF.
pub(super) fn without_line_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The same letters, whichever their case; `lower` is in lower case.
pub(super) fn is(text: &[u8], lower: &[u8]) -> bool {
    text.eq_ignore_ascii_case(lower)
}

pub(super) fn starts_with(text: &[u8], lower: &[u8]) -> bool {
    text.get(..lower.len()).is_some_and(|front| is(front, lower))
}

fn is_version(word: &[u8]) -> bool {
    matches!(word, b"HTTP/1.0" | b"HTTP/1.1")
}

/// RFC 9110 5.6.2.
fn is_token(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(b))
}

fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    text.iter().try_fold(0u64, |sum, digit| sum.checked_mul(10)?.checked_add(u64::from(digit - b'0')))
}
