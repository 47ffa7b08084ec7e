//! OPC UA over TCP (OPC 10000-6 clause 7, port 4840): which application answers, what protection it offers, and
//! what is used. Content is read where it is not encrypted: greetings, secure channels, and with the security
//! policy None also discovery and sessions (OPC 10000-4).

use super::super::framed::{Frames, Framing};
use super::super::{Facts, Probe, Side, Starts, Step, StreamDissector};
use cordon_model::observe::{EventKind, Fact};

/// Kind, chunk, length.
const HEAD: usize = 8;
/// So much of a message is read: certificates stand between the endpoints of a list.
const READ_BYTES_MAX: usize = 8 << 10;
/// Longer ones are no message: servers allow 16 MiB.
const MESSAGE_BYTES_MAX: usize = 64 << 20;
/// Endpoints of one list that are read.
const ENDPOINTS_MAX: u32 = 16;
const POLICY_PREFIX: &[u8] = b"http://opcfoundation.org/UA/SecurityPolicy#";

const FRAMING: Framing = Framing { head: HEAD, read_max: READ_BYTES_MAX, length };

// Numbers of encodings (OPC 10000-6 annex A).
const ENDPOINTS_RESPONSE: u32 = 431;
const CREATE_SESSION_REQUEST: u32 = 461;
const CREATE_SESSION_RESPONSE: u32 = 464;
const ACTIVATE_SESSION_REQUEST: u32 = 467;
const SERVICE_FAULT: u32 = 397;
const USER_NAME_TOKEN: u32 = 324;
/// `Bad_IdentityTokenRejected`, `Bad_UserAccessDenied`, `Bad_IdentityTokenInvalid`.
const REFUSED: [u32; 3] = [0x8021_0000, 0x801f_0000, 0x8020_0000];

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Opcua {
    client: Frames,
    server: Frames,
    /// Messages can be read.
    clear: bool,
}

impl StreamDissector for Opcua {
    const STARTS: Starts = Starts::of(b"HAERO");
    const HELD_BYTES_MAX: usize = READ_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        const KINDS: [(&[u8], Side); 4] = [
            (b"HELF", Side::Client),
            (b"ACKF", Side::Server),
            (b"ERRF", Side::Server),
            (b"RHEF", Side::Server),
        ];
        for (kind, side) in KINDS {
            if kind.iter().zip(head).all(|(wanted, byte)| wanted == byte) {
                return match head.get(..HEAD).map(length) {
                    Some(Some(length)) if length < READ_BYTES_MAX => Probe::Certain(side),
                    Some(_) => Probe::No,
                    None => Probe::Unsure,
                };
            }
        }
        Probe::No
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let clear = &mut self.clear;
        let frames = if side == Side::Client { &mut self.client } else { &mut self.server };
        Step::Took(frames.read(&FRAMING, bytes, facts, |message, facts| {
            let body = message.get(HEAD..).unwrap_or_default();
            match message.get(..3) {
                Some(b"HEL") => hello(body, facts),
                Some(b"OPN") => *clear = channel(side, body, facts),
                Some(b"MSG") if *clear => {
                    service(side, body, facts);
                }
                _ => {}
            }
        }))
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let frames = if side == Side::Client { &mut self.client } else { &mut self.server };
        frames.gap(missing);
        Step::Took(0)
    }
}

fn length(head: &[u8]) -> Option<usize> {
    let [a, b, c, chunk, length @ ..] = head else { return None };
    let known = matches!(&[*a, *b, *c], b"HEL" | b"ACK" | b"ERR" | b"RHE" | b"OPN" | b"MSG" | b"CLO");
    let length = usize::try_from(u32::from_le_bytes(*length.first_chunk::<4>()?)).ok()?;
    (known && matches!(chunk, b'F' | b'C' | b'A') && (HEAD..=MESSAGE_BYTES_MAX).contains(&length))
        .then_some(length)
}

/// Takes values from the front of a message (OPC 10000-6 clause 5.2; little-endian).
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn skip(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.get(count..)?;
        Some(())
    }

    fn u8(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn u32(&mut self) -> Option<u32> {
        let (value, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_le_bytes(*value))
    }

    /// A String or ByteString; without a value it has the length -1.
    fn string(&mut self) -> Option<&'a [u8]> {
        let length = match self.u32()? {
            u32::MAX => 0,
            length => usize::try_from(length).ok()?,
        };
        let (value, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(value)
    }

    /// A NodeId's number; `None` also for those that are not numeric, after passing over them.
    fn node(&mut self) -> Option<u32> {
        let kind = self.u8()?;
        match kind & 0x3f {
            0 => self.u8().map(u32::from),
            1 => {
                self.skip(1)?;
                let (value, rest) = self.0.split_first_chunk::<2>()?;
                self.0 = rest;
                Some(u32::from(u16::from_le_bytes(*value)))
            }
            2 => {
                self.skip(2)?;
                self.u32()
            }
            3 | 5 => {
                self.skip(2)?;
                self.string()?;
                Some(0)
            }
            4 => {
                self.skip(18)?;
                Some(0)
            }
            _ => None,
        }
    }

    /// A LocalizedText's text.
    fn localized(&mut self) -> Option<&'a [u8]> {
        let mask = self.u8()?;
        if mask & 1 != 0 {
            self.string()?;
        }
        if mask & 2 != 0 { self.string() } else { Some(&[]) }
    }

    /// Passes over an ExtensionObject; answers its kind and body.
    fn extension(&mut self) -> Option<(u32, &'a [u8])> {
        let kind = self.node()?;
        Some((kind, if self.u8()? != 0 { self.string()? } else { &[] }))
    }

    fn strings(&mut self) -> Option<()> {
        let count = self.u32()?;
        // Each takes at least the four bytes of its length, so this ends with the message.
        for _ in 0..if count == u32::MAX { 0 } else { count } {
            self.string()?;
        }
        Some(())
    }

    /// The header of a request (OPC 10000-4, 7.33).
    fn request_header(&mut self) -> Option<()> {
        self.node()?;
        self.skip(16)?;
        self.string()?;
        self.skip(4)?;
        self.extension().map(drop)
    }

    /// The header of a response (7.34); its result. Diagnostics are not read.
    fn response_header(&mut self) -> Option<u32> {
        self.skip(12)?;
        let result = self.u32()?;
        if self.u8()? != 0 {
            return None;
        }
        self.strings()?;
        self.extension()?;
        Some(result)
    }
}

/// Versions and sizes, then which endpoint is meant.
fn hello(body: &[u8], facts: &mut dyn Facts) {
    let mut body = Reader(body);
    match body.skip(20).and_then(|()| body.string()) {
        Some(endpoint) => facts.fact(Side::Server, Fact::OpcuaEndpoint, endpoint),
        None => facts.malformed(),
    }
}

/// A policy's name, without the address before it.
fn policy(uri: &[u8]) -> Option<&[u8]> {
    let name = uri.strip_prefix(POLICY_PREFIX)?;
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').then_some(name)
}

/// Policies that the standard has withdrawn (OPC 10000-7): SHA-1, or nothing at all.
fn weak(policy: &[u8]) -> Option<&'static str> {
    match policy {
        b"None" => Some("opcua: security policy None, nothing is encrypted"),
        b"Basic128Rsa15" => Some("opcua: security policy Basic128Rsa15, withdrawn"),
        b"Basic256" => Some("opcua: security policy Basic256, withdrawn"),
        _ => None,
    }
}

/// Opens or renews a secure channel; true when what follows can be read.
fn channel(side: Side, body: &[u8], facts: &mut dyn Facts) -> bool {
    let mut body = Reader(body);
    let Some(name) = body.skip(4).and_then(|()| body.string()).and_then(policy) else {
        facts.malformed();
        return false;
    };
    if side == Side::Client {
        facts.fact(Side::Server, Fact::OpcuaPolicyUsed, name);
        if let Some(detail) = weak(name) {
            facts.event(Side::Client, EventKind::EncryptionWeak, detail);
        }
    }
    name == b"None"
}

/// A service's message: channel, token, sequence number, request, then what it is.
fn service(side: Side, body: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let mut body = Reader(body);
    body.skip(16)?;
    let kind = body.node()?;
    match (side, kind) {
        (Side::Server, ENDPOINTS_RESPONSE) => {
            body.response_header()?;
            endpoints(&mut body, facts)
        }
        (Side::Client, CREATE_SESSION_REQUEST) => {
            body.request_header()?;
            let client = Application::of(&mut body)?;
            facts.fact(Side::Client, Fact::OpcuaApplication, client.name);
            facts.fact(Side::Client, Fact::OpcuaProduct, client.product);
            Some(())
        }
        (Side::Server, CREATE_SESSION_RESPONSE) => {
            body.response_header()?;
            // Session, its token, its timeout, nonce, certificate; then all endpoints once more.
            body.node()?;
            body.node()?;
            body.skip(8)?;
            body.string()?;
            body.string()?;
            endpoints(&mut body, facts)
        }
        (Side::Client, ACTIVATE_SESSION_REQUEST) => activated(&mut body, facts),
        (Side::Server, SERVICE_FAULT) => {
            if REFUSED.contains(&body.response_header()?) {
                facts.event(Side::Client, EventKind::LogInFailed, "opcua: refused by the server");
            }
            Some(())
        }
        _ => Some(()),
    }
}

/// Who uses the session: signature, certificates, locales, then the identity.
fn activated(body: &mut Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
    body.request_header()?;
    body.string()?;
    body.string()?;
    let count = body.u32()?;
    for _ in 0..if count == u32::MAX { 0 } else { count } {
        body.string()?;
        body.string()?;
    }
    body.strings()?;
    let (kind, token) = body.extension()?;
    if kind != USER_NAME_TOKEN {
        return Some(());
    }
    let mut token = Reader(token);
    let (_policy, name, _password, algorithm) =
        (token.string()?, token.string()?, token.string()?, token.string()?);
    facts.user(Side::Client, Fact::OpcuaUser, name);
    if algorithm.is_empty() {
        facts.event(Side::Client, EventKind::LogInClearCredentials, "opcua: user name and password");
    }
    Some(())
}

/// What an application says it is (OPC 10000-4, 7.2).
struct Application<'a> {
    uri: &'a [u8],
    product: &'a [u8],
    name: &'a [u8],
}

impl<'a> Application<'a> {
    fn of(body: &mut Reader<'a>) -> Option<Application<'a>> {
        let (uri, product, name) = (body.string()?, body.string()?, body.localized()?);
        // Its kind, the gateway before it, its profile, its addresses.
        body.skip(4)?;
        body.string()?;
        body.string()?;
        body.strings()?;
        Some(Application { uri, product, name })
    }
}

/// A list of endpoints (7.14), as far as it was kept.
fn endpoints(body: &mut Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
    let count = body.u32()?.min(ENDPOINTS_MAX);
    for _ in 0..count {
        let address = body.string()?;
        let application = Application::of(body)?;
        body.string()?;
        let mode = body.u32()?;
        let policy = body.string().and_then(policy)?;
        let tokens = body.u32()?;
        for _ in 0..if tokens == u32::MAX { 0 } else { tokens } {
            body.string()?;
            body.skip(4)?;
            for _ in 0..3 {
                body.string()?;
            }
        }
        // Transport profile and the server's own measure of protection.
        body.string()?;
        body.skip(1)?;
        facts.fact(Side::Server, Fact::OpcuaEndpoint, address);
        facts.fact(Side::Server, Fact::OpcuaApplicationUri, application.uri);
        facts.fact(Side::Server, Fact::OpcuaProduct, application.product);
        facts.fact(Side::Server, Fact::OpcuaApplication, application.name);
        let offered = [&b"none "[..], b"sign ", b"sign_and_encrypt "];
        let mode = offered.get(usize::try_from(mode).ok()?.checked_sub(1)?).copied()?;
        let mut text = [0; 64];
        let (front, back) = text.split_at_mut_checked(mode.len())?;
        front.copy_from_slice(mode);
        back.get_mut(..policy.len())?.copy_from_slice(policy);
        facts.fact(Side::Server, Fact::OpcuaOffers, text.get(..mode.len() + policy.len())?);
    }
    Some(())
}
