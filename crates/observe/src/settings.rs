//! Every limit of the engine in one place; a limit that is hit is counted, never silent.

use crate::users::UserNames;

/// How much the engine may hold and how long it remembers. Times are in seconds of capture time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Conversations remembered at once; the one that would be forgotten next is evicted for a new one.
    pub conversations_max: u32,
    /// Conversations whose content is being read at once; further ones are only counted.
    pub readers_max: u32,
    /// Bytes of streams and fragments held back at once, over all conversations.
    pub held_bytes_max: usize,
    /// Bytes of one side of one stream held back at once.
    pub side_bytes_max: u32,
    /// Packets a conversation waits for a missing piece before it is given up as lost.
    pub hole_packets_max: u8,
    /// Fragmented datagrams being put together at once.
    pub fragmented_max: u32,
    /// Fragments one datagram may arrive in.
    pub fragments_per_datagram_max: u16,
    /// After this time an incomplete datagram is given up (RFC 8200 4.5 names 60 seconds).
    pub fragment_seconds_max: u32,
    /// An open TCP connection ends after this idle time.
    pub tcp_idle_seconds_max: u32,
    /// A TCP connection that never got past its first packet ends after this idle time.
    pub tcp_opening_seconds_max: u32,
    /// A closed TCP connection is remembered this long for late packets.
    pub tcp_closed_seconds_max: u32,
    /// An exchange without connection ends after this idle time.
    pub datagram_idle_seconds_max: u32,
    /// Bindings of IP address to station remembered for noticing conflicts.
    pub bindings_max: u32,
    /// What becomes of the account names that protocols carry.
    pub user_names: UserNames,
}

impl Settings {
    /// What each of so many engines may hold, so that together they hold no more than this.
    #[must_use]
    pub fn share(&self, engines: u32) -> Settings {
        let mut share = self.clone();
        let engines = engines.max(1);
        for limit in [&mut share.conversations_max, &mut share.readers_max, &mut share.fragmented_max] {
            *limit = limit.div_ceil(engines);
        }
        share.held_bytes_max = share.held_bytes_max.div_ceil(engines as usize);
        share
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            conversations_max: 262_144,
            readers_max: 65_536,
            held_bytes_max: 32 << 20,
            side_bytes_max: 128 << 10,
            hole_packets_max: 64,
            fragmented_max: 1_024,
            fragments_per_datagram_max: 1_024,
            fragment_seconds_max: 60,
            tcp_idle_seconds_max: 3_600,
            tcp_opening_seconds_max: 60,
            tcp_closed_seconds_max: 10,
            datagram_idle_seconds_max: 120,
            bindings_max: 32_768,
            user_names: UserNames::default(),
        }
    }
}
