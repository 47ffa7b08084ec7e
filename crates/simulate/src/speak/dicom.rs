//! DICOM: the upper layer (PS3.8), DIMSE messages (PS3.7) and data sets (PS3.5).

/// Transfer syntaxes (PS3.5 annex A).
pub(crate) const IMPLICIT_LE: &str = "1.2.840.10008.1.2";
pub(crate) const EXPLICIT_LE: &str = "1.2.840.10008.1.2.1";
/// SOP classes (PS3.4).
pub(crate) const VERIFICATION: &str = "1.2.840.10008.1.1";
pub(crate) const WORKLIST_FIND: &str = "1.2.840.10008.5.1.4.31";
pub(crate) const PERFORMED_STEP: &str = "1.2.840.10008.3.1.2.3.3";
pub(crate) const STORAGE_COMMITMENT: &str = "1.2.840.10008.1.20.1";
/// The well-known instance all commitments are asked of (PS3.4 J.3.5).
pub(crate) const COMMITMENT_INSTANCE: &str = "1.2.840.10008.1.20.1.1";

const APPLICATION_CONTEXT: &str = "1.2.840.10008.3.1.1.1";
/// The largest P-DATA length both sides accept.
const PDU_BYTES_MAX: u32 = 16_384;

/// The two sides of an association.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peers<'a> {
    pub(crate) called: &'a str,
    pub(crate) calling: &'a str,
}

/// A side's implementation: class UID (0x52) and version name (0x55, at most 16 characters).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Implementation<'a> {
    pub(crate) class_uid: &'a str,
    pub(crate) version: &'a str,
}

/// A-ASSOCIATE-RQ with presentation contexts 1, 3, 5 … of one transfer syntax each.
pub(crate) fn associate_request(
    peers: &Peers<'_>,
    contexts: &[(&str, &str)],
    implementation: &Implementation<'_>,
) -> Vec<u8> {
    let mut items = item(0x10, APPLICATION_CONTEXT.as_bytes());
    for (index, (abstract_syntax, transfer_syntax)) in contexts.iter().enumerate() {
        let mut body = vec![(index * 2 + 1) as u8, 0, 0, 0];
        body.extend_from_slice(&item(0x30, abstract_syntax.as_bytes()));
        body.extend_from_slice(&item(0x40, transfer_syntax.as_bytes()));
        items.extend_from_slice(&item(0x20, &body));
    }
    associate(1, peers, items, implementation)
}

/// A-ASSOCIATE-AC that accepts `contexts` contexts with these transfer syntaxes.
pub(crate) fn associate_accept(
    peers: &Peers<'_>,
    transfer_syntaxes: &[&str],
    implementation: &Implementation<'_>,
) -> Vec<u8> {
    let mut items = item(0x10, APPLICATION_CONTEXT.as_bytes());
    for (index, transfer_syntax) in transfer_syntaxes.iter().enumerate() {
        let mut body = vec![(index * 2 + 1) as u8, 0, 0, 0];
        body.extend_from_slice(&item(0x40, transfer_syntax.as_bytes()));
        items.extend_from_slice(&item(0x21, &body));
    }
    associate(2, peers, items, implementation)
}

fn associate(
    kind: u8,
    peers: &Peers<'_>,
    mut items: Vec<u8>,
    implementation: &Implementation<'_>,
) -> Vec<u8> {
    let mut user = item(0x51, &PDU_BYTES_MAX.to_be_bytes());
    user.extend_from_slice(&item(0x52, implementation.class_uid.as_bytes()));
    if !implementation.version.is_empty() {
        user.extend_from_slice(&item(0x55, implementation.version.as_bytes()));
    }
    items.extend_from_slice(&item(0x50, &user));
    let mut body = vec![0, 1, 0, 0];
    body.extend_from_slice(&padded(peers.called));
    body.extend_from_slice(&padded(peers.calling));
    body.extend_from_slice(&[0; 32]);
    body.extend_from_slice(&items);
    pdu(kind, &body)
}

/// A-ASSOCIATE-RJ: permanent, by the service user, called AE title not recognized.
pub(crate) fn associate_reject() -> Vec<u8> {
    pdu(3, &[0, 1, 1, 7])
}

/// A-RELEASE-RQ.
pub(crate) fn release_request() -> Vec<u8> {
    pdu(5, &[0; 4])
}

/// A-RELEASE-RP.
pub(crate) fn release_answer() -> Vec<u8> {
    pdu(6, &[0; 4])
}

/// A command (group 0000, always implicit little endian) and its data set as P-DATA-TF PDUs.
pub(crate) fn data(context: u8, command: &[u8], dataset: Option<&[u8]>) -> Vec<u8> {
    let mut bytes = fragments(context, 0x01, command);
    if let Some(dataset) = dataset {
        bytes.extend_from_slice(&fragments(context, 0x00, dataset));
    }
    bytes
}

fn fragments(context: u8, control: u8, message: &[u8]) -> Vec<u8> {
    let size = PDU_BYTES_MAX as usize - 6;
    let count = message.len().div_ceil(size);
    let mut bytes = Vec::with_capacity(message.len() + count * 12);
    for (index, piece) in message.chunks(size).enumerate() {
        let last = if index + 1 == count { 0x02 } else { 0 };
        let mut value = (piece.len() as u32 + 2).to_be_bytes().to_vec();
        value.extend_from_slice(&[context, control | last]);
        value.extend_from_slice(piece);
        bytes.extend_from_slice(&pdu(4, &value));
    }
    bytes
}

/// A DIMSE command: its fields and whether a data set follows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command<'a> {
    pub(crate) field: u16,
    pub(crate) class: &'a str,
    pub(crate) message: u16,
    pub(crate) dataset: bool,
    /// Answers only.
    pub(crate) status: Option<u16>,
    /// C-STORE only.
    pub(crate) instance: &'a str,
}

pub(crate) const C_STORE: u16 = 0x0001;
pub(crate) const C_FIND: u16 = 0x0020;
pub(crate) const C_ECHO: u16 = 0x0030;
/// Added to a request's field for its answer.
pub(crate) const ANSWER: u16 = 0x8000;
/// More answers to a C-FIND follow.
pub(crate) const PENDING: u16 = 0xff00;

/// The bytes of a command set (PS3.7 annex E), group length first.
pub(crate) fn command(command: &Command<'_>) -> Vec<u8> {
    let mut set = Dataset::implicit();
    set.text(0x0000, 0x0002, "UI", command.class);
    set.u16(0x0000, 0x0100, command.field);
    let id_element = if command.status.is_some() { 0x0120 } else { 0x0110 };
    set.u16(0x0000, id_element, command.message);
    if command.status.is_none() && command.field != C_ECHO {
        set.u16(0x0000, 0x0700, 0);
    }
    set.u16(0x0000, 0x0800, if command.dataset { 0x0000 } else { 0x0101 });
    if let Some(status) = command.status {
        set.u16(0x0000, 0x0900, status);
    }
    if !command.instance.is_empty() {
        set.text(0x0000, 0x1000, "UI", command.instance);
    }
    with_length(&set)
}

/// A normalized service (PS3.7 clause 10): its request, or with a status its answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Normalized<'a> {
    pub(crate) field: u16,
    pub(crate) class: &'a str,
    pub(crate) instance: &'a str,
    pub(crate) message: u16,
    pub(crate) dataset: bool,
    /// Action or event type, where there is one.
    pub(crate) kind: Option<u16>,
    pub(crate) status: Option<u16>,
}

pub(crate) const N_EVENT_REPORT: u16 = 0x0100;
pub(crate) const N_SET: u16 = 0x0120;
pub(crate) const N_ACTION: u16 = 0x0130;
pub(crate) const N_CREATE: u16 = 0x0140;

/// The bytes of a normalized command. N-SET and N-ACTION requests name what is requested, all others what is
/// affected.
pub(crate) fn normalized(command: &Normalized<'_>) -> Vec<u8> {
    let requested = command.status.is_none() && matches!(command.field, N_SET | N_ACTION);
    let mut set = Dataset::implicit();
    set.text(0x0000, if requested { 0x0003 } else { 0x0002 }, "UI", command.class);
    set.u16(0x0000, 0x0100, command.field | if command.status.is_some() { ANSWER } else { 0 });
    set.u16(0x0000, if command.status.is_some() { 0x0120 } else { 0x0110 }, command.message);
    set.u16(0x0000, 0x0800, if command.dataset { 0x0000 } else { 0x0101 });
    if let Some(status) = command.status {
        set.u16(0x0000, 0x0900, status);
    }
    set.text(0x0000, if requested { 0x1001 } else { 0x1000 }, "UI", command.instance);
    if let Some(kind) = command.kind {
        set.u16(0x0000, if command.field == N_ACTION { 0x1008 } else { 0x1002 }, kind);
    }
    with_length(&set)
}

/// A command set with its group length in front (PS3.7 annex E.1).
fn with_length(set: &Dataset) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0, 0, 4, 0, 0, 0];
    bytes.extend_from_slice(&(set.bytes.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&set.bytes);
    bytes
}

/// Data elements in little endian; append in ascending order of tags.
#[derive(Clone, Debug)]
pub(crate) struct Dataset {
    explicit: bool,
    bytes: Vec<u8>,
}

impl Dataset {
    pub(crate) fn new(transfer_syntax: &str) -> Dataset {
        Dataset { explicit: transfer_syntax == EXPLICIT_LE, bytes: Vec::new() }
    }

    fn implicit() -> Dataset {
        Dataset { explicit: false, bytes: Vec::new() }
    }

    /// A text value, padded to even length with a space, or a zero byte for UIDs.
    pub(crate) fn text(&mut self, group: u16, element: u16, representation: &str, value: &str) {
        let mut bytes = value.as_bytes().to_vec();
        if bytes.len() % 2 == 1 {
            bytes.push(if representation == "UI" { 0 } else { b' ' });
        }
        self.element(group, element, representation, &bytes);
    }

    /// An unsigned short.
    pub(crate) fn u16(&mut self, group: u16, element: u16, value: u16) {
        self.element(group, element, "US", &value.to_le_bytes());
    }

    /// A sequence of one item of defined length.
    pub(crate) fn sequence(&mut self, group: u16, element: u16, item: Dataset) {
        let mut value = vec![0xfe, 0xff, 0x00, 0xe0];
        value.extend_from_slice(&(item.bytes.len() as u32).to_le_bytes());
        value.extend_from_slice(&item.bytes);
        self.element(group, element, "SQ", &value);
    }

    /// Any value of even length.
    pub(crate) fn element(&mut self, group: u16, element: u16, representation: &str, value: &[u8]) {
        self.bytes.extend_from_slice(&group.to_le_bytes());
        self.bytes.extend_from_slice(&element.to_le_bytes());
        let long = matches!(representation, "OB" | "OW" | "SQ" | "UN" | "UT");
        if self.explicit {
            self.bytes.extend_from_slice(representation.as_bytes());
        }
        if self.explicit && !long {
            self.bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
        } else {
            if self.explicit {
                self.bytes.extend_from_slice(&[0, 0]);
            }
            self.bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        }
        self.bytes.extend_from_slice(value);
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

fn item(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, 0];
    bytes.extend_from_slice(&(body.len() as u16).to_be_bytes());
    bytes.extend_from_slice(body);
    bytes
}

fn pdu(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, 0];
    bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
    bytes.extend_from_slice(body);
    bytes
}

fn padded(title: &str) -> [u8; 16] {
    let mut bytes = [b' '; 16];
    for (place, byte) in bytes.iter_mut().zip(title.bytes()) {
        *place = byte;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_are_fragmented_and_the_last_is_marked() {
        let bytes = data(1, &[1, 2], Some(&[7; 20_000]));
        // Command, first fragment of 16,378 bytes, last fragment of 3,622 bytes.
        assert_eq!(&bytes[..14], &[4, 0, 0, 0, 0, 8, 0, 0, 0, 4, 1, 3, 1, 2]);
        assert_eq!(&bytes[14..26], &[4, 0, 0, 0, 0x40, 0, 0, 0, 0x3f, 0xfc, 1, 0]);
        let last = 26 + 16_378;
        assert_eq!(bytes[last + 11], 2);
        assert_eq!(bytes.len(), last + 12 + 3_622);
    }

    #[test]
    fn elements_differ_by_transfer_syntax() {
        let mut explicit = Dataset::new(EXPLICIT_LE);
        explicit.text(0x0008, 0x0060, "CS", "CT");
        assert_eq!(explicit.bytes(), [8, 0, 0x60, 0, b'C', b'S', 2, 0, b'C', b'T']);
        let mut implicit = Dataset::new(IMPLICIT_LE);
        implicit.text(0x0008, 0x0060, "CS", "CT");
        assert_eq!(implicit.bytes(), [8, 0, 0x60, 0, 2, 0, 0, 0, b'C', b'T']);
    }
}
