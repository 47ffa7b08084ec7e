//! The link layer, addresses and names.

macro_rules! network_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
            /// The station sent a frame of this EtherType that no layer understands; the value is hexadecimal.
            LinkEtherType: Link = "link.ether_type";
            /// The station announced or answered with this IP address as its own.
            ArpAddress: Arp = "arp.address";
            /// Option 12: the host name the client gives itself, without the owner's name of people's own devices.
            DhcpHostname: Dhcp = "dhcp.hostname";
            /// Option 81 (RFC 4702): the client's fully qualified name.
            DhcpFqdn: Dhcp = "dhcp.fqdn";
            /// Option 60: what kind of client this is.
            DhcpVendorClass: Dhcp = "dhcp.vendor_class";
            /// Option 77 (RFC 3004).
            DhcpUserClass: Dhcp = "dhcp.user_class";
            /// Option 55: the requested option codes in order, decimal, comma separated.
            DhcpParameterList: Dhcp = "dhcp.parameter_list";
            /// Option 61 as hexadecimal, or text after a leading type 0 when printable.
            DhcpClientIdentifier: Dhcp = "dhcp.client_identifier";
            /// The address a server acknowledged for this client.
            DhcpAddress: Dhcp = "dhcp.address";
            /// Option 15 handed to this client.
            DhcpDomain: Dhcp = "dhcp.domain";
            /// Option 3 handed to this client: its router's address.
            DhcpRouter: Dhcp = "dhcp.router";
            /// Option 161 (RFC 8520): where this client's usage description lies.
            DhcpMudUrl: Dhcp = "dhcp.mud_url";
            /// This endpoint answers as a DHCP server; the value is its server identifier.
            DhcpServer: Dhcp = "dhcp.server";
            /// An answer said that this address bears the name.
            DnsName: Dns = "dns.name";
            /// A reverse lookup's answer for this address.
            DnsReverseName: Dns = "dns.reverse_name";
            /// This endpoint asked for the name.
            DnsQuery: Dns = "dns.query";
            /// This endpoint answers questions; the value is empty.
            DnsServer: Dns = "dns.server";
            /// The host name this endpoint announces, without the owner's name of people's own devices.
            MdnsName: Mdns = "mdns.name";
            /// A service this endpoint announces, `instance._type._tcp.local`.
            MdnsService: Mdns = "mdns.service";
            /// One `key=value` of a service's TXT record.
            MdnsText: Mdns = "mdns.text";
        }
    };
}

pub(super) use network_facts;
