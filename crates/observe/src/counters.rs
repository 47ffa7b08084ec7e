//! What the engine counts about itself: fixed arrays, so that counting costs an addition.

use cordon_model::observe::{PatientDataKinds, Protocol};

macro_rules! counters {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        /// Something that is counted; see [`Counter::name`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Counter { $($(#[$doc])* $variant,)* }

        impl Counter {
            /// Every counter, in declaration order.
            pub const ALL: &'static [Counter] = &[$(Counter::$variant),*];

            /// The stable name, `area.what`.
            pub const fn name(self) -> &'static str {
                match self { $(Counter::$variant => $name),* }
            }
        }
    };
}

counters! {
    /// A frame too short for its link layer's header.
    LinkShort = "link.short";
    /// More stacked VLAN tags than are followed.
    LinkTagsTooDeep = "link.tags_too_deep";
    /// A wireless frame whose content is encrypted.
    LinkEncrypted = "link.encrypted";
    /// A wireless frame that carries no data: beacons, acknowledgements and the like.
    LinkWirelessControl = "link.wireless_control";
    /// A frame found inside a tunnel; it is no frame of its own.
    TunnelFrames = "tunnel.frames";
    /// Tunnels within tunnels that are deeper than is followed.
    TunnelsTooDeep = "limit.tunnels";
    /// A frame seen a moment before already, as when two mirrors or both ends of a router copy it.
    DuplicateFrames = "link.duplicates";
    /// A frame of an IEEE 802.2 protocol that is not read.
    LinkLogicalLinkControl = "link.logical_link_control";
    /// A frame of an EtherType that is not read.
    LinkUnread = "link.unread";
    /// A frame cut by the capture's snap length.
    LinkCut = "link.cut";
    /// An IP version that does not exist.
    IpBadVersion = "ip.bad_version";
    /// An IPv4 header that is cut or contradicts itself.
    Ipv4BadHeader = "ipv4.bad_header";
    /// An IPv4 length that is more than the frame holds.
    Ipv4BadLength = "ipv4.bad_length";
    /// An IPv6 header that is cut.
    Ipv6BadHeader = "ipv6.bad_header";
    /// An IPv6 length that is more than the frame holds.
    Ipv6BadLength = "ipv6.bad_length";
    /// A chain of IPv6 extension headers that is cut or too long.
    Ipv6BadExtension = "ipv6.bad_extension";
    /// A TCP header that is cut or contradicts itself.
    TcpBadHeader = "tcp.bad_header";
    /// A UDP header that is cut or contradicts itself.
    UdpBadHeader = "udp.bad_header";
    /// An ICMP message without its header.
    IcmpBadHeader = "icmp.bad_header";
    /// Fragments seen.
    Fragments = "fragments.seen";
    /// Datagrams put together from fragments.
    FragmentsReassembled = "fragments.reassembled";
    /// Fragments that say again what an earlier one said; the earlier one counts.
    FragmentsOverlapping = "fragments.overlapping";
    /// Fragments that contradict their datagram's length or IP's largest size.
    FragmentsMalformed = "fragments.malformed";
    /// Datagrams never completed in time.
    FragmentsExpired = "fragments.expired";
    /// Datagrams given up because too many were incomplete, or one came in too many pieces.
    FragmentsLimit = "limit.fragmented_datagrams";
    /// Conversations ended early to make room for new ones.
    ConversationsEvicted = "limit.conversations_evicted";
    /// Conversations whose content was not read because too many were being read.
    ReadersLimit = "limit.readers";
    /// Pieces not held back because the memory for all of them was used up.
    HeldBytesLimit = "limit.held_bytes";
    /// Streams given up because one message was longer than its dissector or the settings allow to hold.
    SideBytesLimit = "limit.stream_bytes";
    /// Parts of messages that a dissector left out because they are more than it remembers.
    DissectorMemoryLimit = "limit.dissector_memory";
    /// Holes in streams passed over.
    StreamGaps = "tcp.gaps";
    /// TCP segments that arrived before one they follow.
    StreamOutOfOrder = "tcp.out_of_order";
    /// TCP segments with bytes that had been seen before.
    StreamRepeated = "tcp.repeated";
    /// Connections that began anew on the ports of an earlier one.
    PortsReused = "tcp.ports_reused";
    /// Capture time went back by more than packets are usually reordered.
    TimeWentBack = "time.went_back";
    /// EtherTypes not reported because too many different ones were seen.
    EtherTypesLimit = "limit.ether_types";
    /// Names asked for that were not reported because one endpoint asked for too many.
    QueriesLimit = "limit.dns_queries";
    /// Address bindings forgotten to make room for new ones.
    BindingsLimit = "limit.address_bindings";
}

/// What one protocol contributed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProtocolStatistics {
    /// Packets whose content was given to the protocol's dissector.
    pub packets: u64,
    /// Conversations found to speak it.
    pub conversations: u64,
    /// Facts stated.
    pub facts: u64,
    /// Events stated.
    pub events: u64,
    /// Messages that contradict the protocol.
    pub malformed: u64,
    /// Things left out because a limit was reached.
    pub limited: u64,
    /// Kinds of patient data that were readable.
    pub patient_data: PatientDataKinds,
    /// Time its packets took, in nanoseconds, all that followed from them included; estimated from a sample,
    /// and 0 without a clock.
    pub nanoseconds: u64,
}

impl ProtocolStatistics {
    /// Adds what another engine counted.
    pub fn add(&mut self, other: &ProtocolStatistics) {
        self.packets += other.packets;
        self.conversations += other.conversations;
        self.facts += other.facts;
        self.events += other.events;
        self.malformed += other.malformed;
        self.limited += other.limited;
        self.patient_data = self.patient_data.union(other.patient_data);
        self.nanoseconds += other.nanoseconds;
    }
}

/// The engine's counters since its start.
#[derive(Clone, Debug)]
pub struct Counters {
    /// Frames taken in.
    pub packets: u64,
    /// Bytes on the wire taken in.
    pub bytes: u64,
    /// Time taken by packets whose content nobody read, in nanoseconds; as [`ProtocolStatistics`] says.
    pub unread_nanoseconds: u64,
    values: [u64; Counter::ALL.len()],
    protocols: [ProtocolStatistics; Protocol::ALL.len()],
    /// Whose dissector the present packet was given to.
    present: Option<Protocol>,
}

impl Counters {
    pub(crate) fn new() -> Self {
        Counters {
            packets: 0,
            bytes: 0,
            unread_nanoseconds: 0,
            present: None,
            values: [0; Counter::ALL.len()],
            protocols: [ProtocolStatistics::default(); Protocol::ALL.len()],
        }
    }

    /// One counter.
    pub fn get(&self, counter: Counter) -> u64 {
        self.values.get(counter as usize).copied().unwrap_or(0)
    }

    /// The counters that are not zero, by name, in declaration order; those of malformed messages of each
    /// protocol (`dicom.malformed`) last.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let own = Counter::ALL.iter().map(|counter| (counter.name(), self.get(*counter)));
        let malformed = self.protocols().map(|(protocol, of)| (protocol.malformed(), of.malformed));
        own.chain(malformed).filter(|(_, count)| *count != 0)
    }

    /// What each protocol contributed, in declaration order.
    pub fn protocols(&self) -> impl Iterator<Item = (Protocol, ProtocolStatistics)> + '_ {
        Protocol::ALL.iter().copied().zip(self.protocols.iter().copied())
    }

    pub(crate) fn count(&mut self, counter: Counter) {
        self.add(counter, 1);
    }

    pub(crate) fn add(&mut self, counter: Counter, more: u64) {
        if let Some(value) = self.values.get_mut(counter as usize) {
            *value = value.saturating_add(more);
        }
    }

    pub(crate) fn protocol(&mut self, protocol: Protocol) -> Option<&mut ProtocolStatistics> {
        self.protocols.get_mut(protocol as usize)
    }

    /// A packet goes to this protocol's dissector.
    pub(crate) fn given_to(&mut self, protocol: Protocol) {
        self.present = Some(protocol);
        if let Some(statistics) = self.protocol(protocol) {
            statistics.packets += 1;
        }
    }

    /// A packet comes of which nothing is known yet.
    pub(crate) fn next_packet(&mut self) {
        self.present = None;
    }

    /// The present packet, standing for others, took so long.
    pub(crate) fn took(&mut self, nanoseconds: u64) {
        match self.present.and_then(|protocol| self.protocol(protocol)) {
            Some(statistics) => statistics.nanoseconds += nanoseconds,
            None => self.unread_nanoseconds += nanoseconds,
        }
    }

    pub(crate) fn malformed(&mut self, protocol: Protocol) {
        if let Some(statistics) = self.protocol(protocol) {
            statistics.malformed += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_counter_has_its_own_place_and_name() {
        let mut counters = Counters::new();
        for counter in Counter::ALL {
            counters.count(*counter);
        }
        assert_eq!(counters.iter().count(), Counter::ALL.len());
        assert_eq!(counters.iter().map(|(name, _)| name).collect::<BTreeSet<_>>().len(), Counter::ALL.len());
        for protocol in Protocol::ALL {
            assert!(counters.protocol(*protocol).is_some());
        }
    }
}
