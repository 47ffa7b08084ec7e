"""A bedside monitor and a collector of vital signs, after the published IntelliVue Data Export Interface
Programming Guide (4535 642 59271); no package that can be installed speaks it.

announce MAC ADDRESS BROADCAST   a monitor: announces itself to port 24005, serves its data on port 24105
collect                          waits for an announcement, associates, polls patient, values and alarms, releases
"""

import socket
import sys
import threading
import time
from pathlib import Path
from struct import pack, unpack_from

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT

ANNOUNCE, DATA = 24005, 24105
MDS, NUMERIC, PATIENT_OBJECT, ALARMS = 33, 6, 42, 54
CONNECT_INDICATION, MDS_CREATE, POLL = 0x0D17, 0x0D06, 0x0C16
INVOKE, RESULT = 1, 2
EVENT, CONFIRMED_EVENT, CONFIRMED_ACTION = 0, 1, 7
SESSION = bytes.fromhex("e1000002")


def counted(entries):
    body = b"".join(entries)
    return pack(">HH", len(entries), len(body)) + body


def attribute(number, value):
    return pack(">HH", number, len(value)) + value


def label(text):
    value = text.encode() + b"\0"
    value += b"\0" * (len(value) % 2)
    return pack(">H", len(value)) + value


def wide(text):
    value = (text + "\0").encode("utf-16-be")
    return pack(">H", len(value)) + value


def specification(kind, text):
    return pack(">HH", kind, 8) + label(text)


def operation(kind, number, command, body):
    inner = pack(">HHH", number, command, len(body)) + body
    return pack(">HH", kind, len(inner)) + inner


def managed(of=MDS):
    return pack(">HHH", of, 0, 0)


def identity(mac, address):
    """What a monitor says of itself, in its announcement and again to who has associated."""
    network = bytes.fromhex(mac.replace(":", "")) + socket.inet_aton(address) + socket.inet_aton("255.255.255.0")
    ports = [pack(">HHHH", 1, 1, DATA, 0), pack(">HHHH", 5, 1, DATA, 0)]
    revisions = [(1, "DE33018842"), (2, "M8007A"), (3, "B.00.05"), (4, "L.01.18"), (5, "--------")]
    return [
        attribute(0x0986, pack(">HH", 1, 4429)),
        attribute(0x0928, label("Philips") + label("M8007A")),
        attribute(0x092D, counted([specification(*each) for each in revisions])),
        attribute(0xF100, network),
        attribute(0xF101, counted(ports)),
        attribute(0x091E, wide(f"BED7 {PATIENT['name'][0]}")),
    ]


def announcement(mac, address):
    attributes = counted(identity(mac, address))
    report = managed(35) + pack(">IHH", 1000, CONNECT_INDICATION, len(attributes)) + attributes
    return bytes.fromhex("00000100") + operation(INVOKE, 0, EVENT, report)


def user_information(system):
    options = pack(">HH", 1, 12) + attribute(0xF001, pack(">IHH", 0x80000000, 0, 0))
    profile = pack(">IIIIII", 0x80000000, 8000, 4096, 4096, 0xFFFFFFFF, 0x60000000) + options
    profiles = counted([attribute(1, profile)])
    return pack(">IIIII", 0x80000000, 0x40000000, 0, system, 0x20000000) + pack(">HH", 0, 0) + profiles


def session(kind, before, after, information):
    user = bytes.fromhex(before) + pack(">B", len(information)) + information + bytes.fromhex(after)
    body = bytes.fromhex("0508130100160102800014020002") + b"\xc1" + pack(">B", len(user)) + user
    return pack(">BB", kind, len(body)) + body


# Session, presentation and association control as the guide prints them; the user information stands between.
ASK = (
    "3180a0808001010000a280a003000001a480308002010106045201000130800602510100000000308002010206"
    "0c2a8648ce14020100000001013080060c2a8648ce1402010000000201000000000000618030800201 01a0806080a180060c"
    "2a8648ce1402010000000301 0000be8028 80060c2a8648ce140201000000010102010281"
)
GRANT = (
    "3180a0808001010000a280a003000001a5803080800100810251010000308080 0100810c2a8648ce140201000000020100000000"
    "618030800201 01a0806180a180060c2a8648ce14020100000003010000a203020100a305a103020100be80288002010281"
)
TRAILER = "00000000000000000000000000000000"
RELEASE = bytes.fromhex("0918c1166180308002010 1a0806280800100000000000000000 0".replace(" ", ""))
RELEASED = bytes.fromhex("0a18c1166180308002010 1a0806380800100000000000000000 0".replace(" ", ""))


def created(mac, address):
    body = managed() + counted(identity(mac, address))
    return SESSION + operation(INVOKE, 1, CONFIRMED_EVENT, managed() + pack(">IHH", 2000, MDS_CREATE, len(body)) + body)


def held(kind):
    """The attributes of the monitor's one object of this kind."""
    if kind == PATIENT_OBJECT:
        birth = bytes.fromhex(PATIENT["birth_date"] + "00000000")
        return [
            attribute(0x0957, pack(">H", 2)),
            attribute(0x095D, wide(PATIENT["name"][1])),
            attribute(0x095C, wide(PATIENT["name"][0])),
            attribute(0x095A, wide(PATIENT["id"])),
            attribute(0x0958, birth),
        ]
    if kind == NUMERIC:
        return [attribute(0x0950, pack(">HHHI", 0x4182, 0, 0x0AA0, 82))]
    alarm = pack(">HHHH", 0x4182, 10, 2, 1) + managed(NUMERIC) + pack(">HH", 0, 0)
    return [attribute(0x0902, counted([alarm]))]


def answer(request):
    number, poll = unpack_from(">H", request, 8)[0], request[14:]
    count, partition, kind, group = unpack_from(">HHHH", poll, 14)
    observation = pack(">H", 1) + counted(held(kind))
    polls = counted([pack(">H", 0) + counted([observation])])
    stamps = pack(">I", 3000) + bytes.fromhex("2026112209000000")
    reply = pack(">H", count) + stamps + pack(">HHH", partition, kind, group) + polls
    return SESSION + operation(RESULT, number, CONFIRMED_ACTION, managed() + pack(">HH", POLL, len(reply)) + reply)


def announce(mac, address, broadcast):
    def call():
        caller = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        caller.bind((address, DATA + 1))
        while True:
            caller.sendto(announcement(mac, address), (broadcast, ANNOUNCE))
            time.sleep(0.5)

    monitor = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    monitor.bind((address, DATA))
    threading.Thread(target=call, daemon=True).start()
    while True:
        request, collector = monitor.recvfrom(4096)
        if request[0] == 0x0D:
            monitor.sendto(session(0x0E, GRANT, TRAILER, user_information(0x00800000)), collector)
            monitor.sendto(created(mac, address), collector)
        elif request[0] == 0x09:
            monitor.sendto(RELEASED, collector)
        elif request.startswith(SESSION) and unpack_from(">H", request, 4)[0] == INVOKE:
            monitor.sendto(answer(request), collector)


def collect():
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind(("", ANNOUNCE))
    _, (address, _) = listener.recvfrom(4096)
    collector = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    collector.settimeout(5)
    collector.connect((address, DATA))
    collector.send(session(0x0D, ASK, TRAILER, user_information(0x80000000)))
    assert collector.recv(4096)[0] == 0x0E
    number = unpack_from(">H", collector.recv(4096), 8)[0]
    taken = managed() + pack(">IHH", 2000, MDS_CREATE, 0)
    collector.send(SESSION + operation(RESULT, number, CONFIRMED_EVENT, taken))
    for number, kind in enumerate([PATIENT_OBJECT, NUMERIC, ALARMS], 2):
        poll = pack(">HHHH", number, 1, kind, 0)
        body = managed() + pack(">IHH", 0, POLL, len(poll)) + poll
        collector.send(SESSION + operation(INVOKE, number, CONFIRMED_ACTION, body))
        assert unpack_from(">HHH", collector.recv(4096), 4)[0] == RESULT
    collector.send(RELEASE)
    assert collector.recv(4096) == RELEASED
    print("collected")


VERBS = {"announce": announce, "collect": collect}
VERBS[sys.argv[1]](*sys.argv[2:])
