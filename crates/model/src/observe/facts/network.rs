//! The link layer, addresses and names.

macro_rules! network_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
            /// The station sent a frame of this EtherType that no layer understands; the value is hexadecimal.
            LinkEtherType: Link = "link.ether_type";
            /// The station announced or answered with this IP address as its own.
            ArpAddress: Arp = "arp.address";
            /// What this end of a tunnel put into it: `ethernet`, `ipv4`, `ipv6` or an EtherType in hexadecimal.
            GreCarries: Gre = "gre.carries";
            /// This endpoint sends copies of others' frames to an analyser: the analyser's address.
            ErspanCollector: Erspan = "erspan.collector";
            /// The number of the session under which it does so.
            ErspanSession: Erspan = "erspan.session";
            /// This endpoint sends copies of others' frames to an analyser: the analyser's address.
            TzspCollector: Tzsp = "tzsp.collector";
            /// This end of a tunnel sends frames of the network with this number.
            VxlanNetwork: Vxlan = "vxlan.network";
            /// This end of a tunnel sends frames of the network with this number.
            GeneveNetwork: Geneve = "geneve.network";
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
            /// Option 82 (RFC 3046) as a relay adds it: on which of its ports the client hangs.
            DhcpCircuitId: Dhcp = "dhcp.circuit_id";
            /// Option 82: what the relay calls itself or the client's line.
            DhcpRemoteId: Dhcp = "dhcp.remote_id";
            /// Option 93 (RFC 4578): the client's architecture as it boots from the network, decimal.
            DhcpArchitecture: Dhcp = "dhcp.architecture";
            /// Options 124 and 125 (RFC 3925): the maker's enterprise number.
            DhcpVendorEnterprise: Dhcp = "dhcp.vendor_enterprise";
            /// Options 124 and 125: what the maker put there, where it is text.
            DhcpVendorText: Dhcp = "dhcp.vendor_text";
            /// Option 43 of a client: how the maker's own options begin, hexadecimal.
            DhcpVendorOptions: Dhcp = "dhcp.vendor_options";
            /// Option 57 (RFC 2132 9.10): the longest message the client takes, in bytes.
            DhcpMessageSize: Dhcp = "dhcp.message_size";
            /// Options 66 and 150 (RFC 5859) handed to this client: where it gets its files from.
            DhcpFileServer: Dhcp = "dhcp.file_server";
            /// Option 67, or the field in its place: which file this client is to boot.
            DhcpBootFile: Dhcp = "dhcp.boot_file";
            /// The client's identifier (RFC 8415 11), hexadecimal.
            Dhcpv6Duid: Dhcpv6 = "dhcpv6.duid";
            /// The station that the client's identifier was made from; it may be another of the same machine.
            Dhcpv6DuidStation: Dhcpv6 = "dhcpv6.duid_station";
            /// The maker's enterprise number in the client's identifier.
            Dhcpv6DuidEnterprise: Dhcpv6 = "dhcpv6.duid_enterprise";
            /// Option 39 (RFC 4704): the client's fully qualified name.
            Dhcpv6Fqdn: Dhcpv6 = "dhcpv6.fqdn";
            /// Option 16: what kind of client this is.
            Dhcpv6VendorClass: Dhcpv6 = "dhcpv6.vendor_class";
            /// Options 16 and 17: the maker's enterprise number.
            Dhcpv6VendorEnterprise: Dhcpv6 = "dhcpv6.vendor_enterprise";
            /// Option 15.
            Dhcpv6UserClass: Dhcpv6 = "dhcpv6.user_class";
            /// Option 6: the requested option codes in order, decimal, comma separated.
            Dhcpv6ParameterList: Dhcpv6 = "dhcpv6.parameter_list";
            /// Option 112 (RFC 8520): where this client's usage description lies.
            Dhcpv6MudUrl: Dhcpv6 = "dhcpv6.mud_url";
            /// An address a server gave this client.
            Dhcpv6Address: Dhcpv6 = "dhcpv6.address";
            /// A prefix a server delegated to this client.
            Dhcpv6Prefix: Dhcpv6 = "dhcpv6.prefix";
            /// Option 24 handed to this client.
            Dhcpv6Domain: Dhcpv6 = "dhcpv6.domain";
            /// Option 18 of a relay: on which of its interfaces the client hangs.
            Dhcpv6Interface: Dhcpv6 = "dhcpv6.interface_id";
            /// Option 37 (RFC 4649) of a relay: the client's line.
            Dhcpv6Remote: Dhcpv6 = "dhcpv6.remote_id";
            /// This endpoint answers as a DHCPv6 server; the value is its identifier, hexadecimal.
            Dhcpv6Server: Dhcpv6 = "dhcpv6.server";
            /// The name a host registered as its own, or that an answer gives to this address.
            NbnsName: Nbns = "nbns.name";
            /// The workgroup or domain the host belongs to.
            NbnsGroup: Nbns = "nbns.group";
            /// `domain_controller`, `domain_master_browser` or `master_browser`, by a name the host holds.
            NbnsRole: Nbns = "nbns.role";
            /// The account at work on the host, by its messenger name.
            NbnsUser: Nbns = "nbns.user";
            /// This endpoint asked for the name; its suffix in hexadecimal follows.
            NbnsQuery: Nbns = "nbns.query";
            /// The station that the host's answer to a status request names.
            NbnsStation: Nbns = "nbns.station";
            /// The name under which the host announces itself.
            BrowserHost: Browser = "browser.host";
            /// The workgroup or domain the host announces itself in.
            BrowserDomain: Browser = "browser.domain";
            /// The version of the host's system, such as `6.1`.
            BrowserVersion: Browser = "browser.version";
            /// What the host serves as, comma separated.
            BrowserRoles: Browser = "browser.roles";
            /// SERVER of announcements: system, UPnP version and product.
            SsdpServer: Ssdp = "ssdp.server";
            /// NT or ST of announcements and answers: a kind of device or service this endpoint has.
            SsdpType: Ssdp = "ssdp.type";
            /// The device's own number.
            SsdpUuid: Ssdp = "ssdp.uuid";
            /// Where the device's description lies.
            SsdpLocation: Ssdp = "ssdp.location";
            /// ST of searches: what this endpoint looks for.
            SsdpSearch: Ssdp = "ssdp.search";
            /// USER-AGENT of searches.
            SsdpUserAgent: Ssdp = "ssdp.user_agent";
            /// How far the server is from a clock: 1 has one itself.
            NtpStratum: Ntp = "ntp.stratum";
            /// What the server has its time from: a kind of clock, or a server's address.
            NtpReference: Ntp = "ntp.reference";
            /// The server's software, as it says when it is asked.
            NtpVersion: Ntp = "ntp.version";
            /// The server's processor, as it says when it is asked.
            NtpProcessor: Ntp = "ntp.processor";
            /// The server's operating system, as it says when it is asked.
            NtpSystem: Ntp = "ntp.system";
            /// A file this endpoint asked for.
            TftpReads: Tftp = "tftp.reads";
            /// A file this endpoint sent.
            TftpWrites: Tftp = "tftp.writes";
            /// The bridge, router or end station itself: a station, an address or a name.
            LldpChassisId: Lldp = "lldp.chassis_id";
            /// The port the frame came out of.
            LldpPortId: Lldp = "lldp.port_id";
            /// What the port is for, in words.
            LldpPortDescription: Lldp = "lldp.port_description";
            /// The device's name.
            LldpSystemName: Lldp = "lldp.system_name";
            /// What the device is, with versions.
            LldpSystemDescription: Lldp = "lldp.system_description";
            /// What the device does (those capabilities that are enabled), comma separated.
            LldpCapabilities: Lldp = "lldp.capabilities";
            /// Where the device is managed.
            LldpManagementAddress: Lldp = "lldp.management_address";
            /// The VLAN of untagged frames on the port.
            LldpPortVlan: Lldp = "lldp.port_vlan";
            /// A VLAN on the port: its number and its name.
            LldpVlanName: Lldp = "lldp.vlan_name";
            /// Power over the cable: `source` or `device`, and its class.
            LldpPower: Lldp = "lldp.power";
            /// The kind of media endpoint.
            LldpMediaClass: Lldp = "lldp.media_class";
            /// The VLAN for voice.
            LldpVoiceVlan: Lldp = "lldp.voice_vlan";
            /// Inventory of a media endpoint: hardware revision.
            LldpHardware: Lldp = "lldp.hardware";
            /// Inventory: firmware revision.
            LldpFirmware: Lldp = "lldp.firmware";
            /// Inventory: software revision.
            LldpSoftware: Lldp = "lldp.software";
            /// Inventory: serial number.
            LldpSerial: Lldp = "lldp.serial";
            /// Inventory: maker.
            LldpManufacturer: Lldp = "lldp.manufacturer";
            /// Inventory: model.
            LldpModel: Lldp = "lldp.model";
            /// Inventory: the owner's label.
            LldpAssetId: Lldp = "lldp.asset_id";
            /// Where the sender's usage description lies (RFC 8520 section 12).
            LldpMudUrl: Lldp = "lldp.mud_url";
            /// The device's name.
            CdpDeviceId: Cdp = "cdp.device_id";
            /// What the device is.
            CdpPlatform: Cdp = "cdp.platform";
            /// The device's software with its version.
            CdpVersion: Cdp = "cdp.version";
            /// The port the frame came out of.
            CdpPort: Cdp = "cdp.port";
            /// What the device does, comma separated.
            CdpCapabilities: Cdp = "cdp.capabilities";
            /// An address of the device.
            CdpAddress: Cdp = "cdp.address";
            /// Where the device is managed.
            CdpManagementAddress: Cdp = "cdp.management_address";
            /// The device's name, as its network management has it.
            CdpSystemName: Cdp = "cdp.system_name";
            /// The VLAN of untagged frames on the port.
            CdpNativeVlan: Cdp = "cdp.native_vlan";
            /// The VLAN for voice.
            CdpVoiceVlan: Cdp = "cdp.voice_vlan";
            /// The device's name.
            FdpDeviceId: Fdp = "fdp.device_id";
            /// What the device is.
            FdpPlatform: Fdp = "fdp.platform";
            /// The device's software with its version.
            FdpVersion: Fdp = "fdp.version";
            /// The port the frame came out of.
            FdpPort: Fdp = "fdp.port";
            /// What the device does, comma separated.
            FdpCapabilities: Fdp = "fdp.capabilities";
            /// An address of the device.
            FdpAddress: Fdp = "fdp.address";
            /// The device's name.
            MndpIdentity: Mndp = "mndp.identity";
            /// Version of the system.
            MndpVersion: Mndp = "mndp.version";
            /// Maker.
            MndpPlatform: Mndp = "mndp.platform";
            /// The licence's number, which is the device's own.
            MndpSoftwareId: Mndp = "mndp.software_id";
            /// Model.
            MndpBoard: Mndp = "mndp.board";
            /// The interface the announcement came out of.
            MndpInterface: Mndp = "mndp.interface";
            /// The device's name.
            UbntHostname: Ubnt = "ubnt.hostname";
            /// Firmware with its version.
            UbntFirmware: Ubnt = "ubnt.firmware";
            /// The model's short name.
            UbntPlatform: Ubnt = "ubnt.platform";
            /// The model.
            UbntModel: Ubnt = "ubnt.model";
            /// This station is a bridge that takes part in a spanning tree: its priority and address.
            StpBridge: Stp = "stp.bridge";
            /// The root of the tree, as this bridge has it.
            StpRoot: Stp = "stp.root";
            /// The computer that asks to be let in, by the name of its account.
            EapolHost: Eapol = "eapol.host";
            /// The account that asks to be let in.
            EapolUser: Eapol = "eapol.user";
            /// How it is proven who asks: the EAP method it answers with.
            EapolMethod: Eapol = "eapol.method";
            /// The station announced or answered with this address as its own.
            NdAddress: Nd = "nd.address";
            /// This endpoint routes IPv6; for how many seconds more, it says.
            NdRouter: Nd = "nd.router";
            /// A prefix that this router announces.
            NdPrefix: Nd = "nd.prefix";
            /// A name server that this router announces.
            NdNameServer: Nd = "nd.name_server";
            /// A search domain that this router announces.
            NdSearchDomain: Nd = "nd.search_domain";
            /// A group this endpoint joined.
            IgmpGroup: Igmp = "igmp.group";
            /// This endpoint asks who is in which group, as routers do: by `igmp` or `mld`.
            IgmpQuerier: Igmp = "igmp.querier";
            /// This router shares an address: the number of the virtual router, and its priority in it.
            VrrpRouter: Vrrp = "vrrp.router";
            /// An address that routers share; told of the router and of the virtual station.
            VrrpAddress: Vrrp = "vrrp.address";
            /// This router shares an address: the number of the group, and its priority in it.
            HsrpRouter: Hsrp = "hsrp.router";
            /// An address that routers share; told of the router and of the virtual station.
            HsrpAddress: Hsrp = "hsrp.address";
            /// UPnP description: maker.
            UpnpManufacturer: Upnp = "upnp.manufacturer";
            /// UPnP description: model.
            UpnpModelName: Upnp = "upnp.model_name";
            /// UPnP description: the model's number.
            UpnpModelNumber: Upnp = "upnp.model_number";
            /// UPnP description: serial number.
            UpnpSerial: Upnp = "upnp.serial";
            /// UPnP description: the device's name for its users.
            UpnpFriendlyName: Upnp = "upnp.friendly_name";
            /// UPnP description: the kind of device.
            UpnpDeviceType: Upnp = "upnp.device_type";
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
