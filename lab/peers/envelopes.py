"""envelopes.py: puts one DHCP renewal of each station, wrapped as a mirror port or a tunnel would wrap it, on the wire.
The frames are made with Scapy: not every kernel has devices for these, and none has one for ERSPAN's third type. Each
argument is NAME=ADDRESS of a station; the name says how its frame is wrapped."""

import sys

from scapy.all import Raw, conf, sendp
from scapy.contrib.erspan import ERSPAN_II, ERSPAN_III
from scapy.contrib.geneve import GENEVE
from scapy.contrib.mpls import MPLS
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import GRE, LLC, SNAP, Dot1AD, Dot1Q, Ether
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.utils import mac2str

conf.verb = 0
SERVER, SERVER_MAC = "10.77.0.1", "00:25:90:10:00:01"
# Where tunnels begin and end.
OUTSIDE = Ether(src="00:1b:21:10:00:01", dst="00:1b:21:10:00:02")
TUNNEL = OUTSIDE / IP(src="10.9.0.1", dst="10.9.0.2")


def packet(name, address, mac):
    """What the station says: a renewal with its name."""
    options = [("message-type", "request"), ("hostname", f"behind-{name}"), ("vendor_class_id", "Infusor IV"), "end"]
    bootp = BOOTP(chaddr=mac2str(mac), ciaddr=address, xid=int(address.split(".")[-1]))
    return IP(src=address, dst=SERVER) / UDP(sport=68, dport=67) / bootp / DHCP(options=options)


def wrapped(name, address, mac):
    ip = packet(name, address, mac)
    head = Ether(src=mac, dst=SERVER_MAC)
    frame = head / ip
    match name:
        case "vlan":
            return head / Dot1Q(vlan=210) / ip
        case "qinq":
            return head / Dot1AD(vlan=30) / Dot1Q(vlan=211) / ip
        case "snap":
            from scapy.layers.l2 import Dot3

            return Dot3(src=mac, dst=SERVER_MAC) / LLC(dsap=0xAA, ssap=0xAA, ctrl=3) / SNAP(code=0x0800) / ip
        case "mpls":
            return OUTSIDE / MPLS(label=17, s=0, ttl=60) / MPLS(label=18, s=1, ttl=60) / ip
        case "pppoe":
            return Ether(src=mac, dst=SERVER_MAC, type=0x8864) / PPPoE(sessionid=7) / PPP(proto=0x0021) / ip
        case "gre":
            return TUNNEL / GRE(proto=0x0800) / ip
        case "vxlan":
            return TUNNEL / UDP(sport=40001, dport=4789) / VXLAN(vni=5010, flags=8) / frame
        case "geneve":
            return TUNNEL / UDP(sport=40002, dport=6081) / GENEVE(vni=5011, proto=0x6558) / frame
        case "erspani":
            return TUNNEL / GRE(proto=0x88BE) / frame
        case "erspanii":
            return TUNNEL / GRE(proto=0x88BE, seqnum_present=1, sequence_number=1) / ERSPAN_II(session_id=9, vlan=212) / frame
        case "erspaniii":
            return TUNNEL / GRE(proto=0x22EB, seqnum_present=1, sequence_number=1) / ERSPAN_III(session_id=9, vlan=213) / frame
        case "nested":
            inner = Ether(src=mac, dst=SERVER_MAC) / Dot1Q(vlan=214) / ip
            return TUNNEL / UDP(sport=40003, dport=4789) / VXLAN(vni=5012, flags=8) / inner
    raise ValueError(name)


for argument in sys.argv[1:]:
    name, address = argument.split("=")
    mac = f"00:0d:f0:11:00:{int(address.split('.')[-1]):02x}"
    sendp(Ether(bytes(wrapped(name, address, mac))), iface="eth0")
print("sent")
