"""A pulse oximeter and the hub that collects from it, after the published IEEE 11073-20601 (exchange) and 11073-10404
(pulse oximeter), over TCP; no package that can be installed speaks it.

collect             the hub: serves port 6024, takes an association, a configuration and values, asks who it is
report ADDRESS      the oximeter: associates, describes itself, reports a value, releases
"""

import socket
import sys
from struct import pack, unpack_from

PORT = 6024
SYSTEM = bytes.fromhex("0012210000771234")
HUB = bytes.fromhex("0012210000770001")
CONFIGURATION = 0x4001
REQUEST, ACCEPT, RELEASE, RELEASED, PRESENT = 0xE200, 0xE300, 0xE400, 0xE500, 0xE700
REPORT, GET, REPORT_TAKEN, GET_ANSWER = 0x0101, 0x0103, 0x0201, 0x0203
NOTI_CONFIG, NOTI_SCAN_FIXED = 3356, 3357
ACCEPTED, ACCEPTED_UNKNOWN = 0, 3


def octets(value):
    value += b"\0" * (len(value) % 2)
    return pack(">H", len(value)) + value


def counted(entries):
    body = b"".join(entries)
    return pack(">HH", len(entries), len(body)) + body


def attribute(number, value):
    return pack(">HH", number, len(value)) + value


def apdu(kind, body):
    return pack(">HH", kind, len(body)) + body


def information(system_type, system, configuration, initiated):
    """Who associates: versions, encoding rules (MDER), agent or manager, its identifier, what it offers."""
    head = pack(">IHIII", 0x80000000, 0x8000, 0x80000000, 0, system_type)
    return head + octets(system) + pack(">HHBB", configuration, initiated, initiated, 0) + counted([])


def association():
    offer = information(0x00800000, SYSTEM, CONFIGURATION, 1)
    return apdu(REQUEST, pack(">I", 0x80000000) + counted([pack(">HH", 20601, len(offer)) + offer]))


def acceptance():
    answer = information(0x80000000, HUB, 0, 0)
    return apdu(ACCEPT, pack(">HHH", ACCEPTED_UNKNOWN, 20601, len(answer)) + answer)


def present(number, choice, body):
    return apdu(PRESENT, octets(pack(">HHH", number, choice, len(body)) + body))


def event(number, kind, body):
    return present(number, REPORT, pack(">HIHH", 0, 0xFFFFFFFF, kind, len(body)) + body)


def taken(number, kind, body=b""):
    return present(number, REPORT_TAKEN, pack(">HIHH", 0, 0, kind, len(body)) + body)


def configuration():
    saturation = [
        attribute(0x092F, pack(">HH", 2, 19384)),
        attribute(0x0A46, pack(">H", 0x4040)),
        attribute(0x0996, pack(">H", 544)),
        attribute(0x0A55, counted([pack(">HH", 0x0A4C, 2)])),
    ]
    return pack(">H", CONFIGURATION) + counted([pack(">HH", 6, 1) + counted(saturation)])


def description():
    parts = [(1, b"OX-220915"), (3, b"R2"), (4, b"1.7.0"), (5, b"2.2")]
    revisions = [pack(">HH", kind, 0) + octets(text) for kind, text in parts]
    return pack(">H", 0) + counted([
        attribute(0x0A5A, counted([pack(">HH", 4100, 1)])),
        attribute(0x0928, octets(b"Lab Oximetry") + octets(b"Clip 9")),
        attribute(0x0984, octets(SYSTEM)),
        attribute(0x0A44, pack(">H", CONFIGURATION)),
        attribute(0x092D, counted(revisions)),
    ])


def value():
    return pack(">HH", 0xF000, 0) + counted([pack(">HH", 1, 2) + pack(">H", 97)])


def read(connection, kind):
    stream = connection.recv(4, socket.MSG_WAITALL)
    got, length = unpack_from(">HH", stream)
    assert got == kind, (hex(got), hex(kind))
    return connection.recv(length, socket.MSG_WAITALL)


def collect():
    with socket.create_server(("", PORT)) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                read(connection, REQUEST)
                connection.sendall(acceptance())
                read(connection, PRESENT)
                connection.sendall(taken(1, NOTI_CONFIG, pack(">HH", CONFIGURATION, ACCEPTED)))
                connection.sendall(present(7, GET, pack(">H", 0) + counted([])))
                read(connection, PRESENT)
                read(connection, PRESENT)
                connection.sendall(taken(2, NOTI_SCAN_FIXED))
                read(connection, RELEASE)
                connection.sendall(apdu(RELEASED, pack(">H", 0)))


def report(address):
    with socket.create_connection((address, PORT)) as connection:
        connection.sendall(association())
        read(connection, ACCEPT)
        connection.sendall(event(1, NOTI_CONFIG, configuration()))
        read(connection, PRESENT)
        read(connection, PRESENT)
        connection.sendall(present(7, GET_ANSWER, description()))
        connection.sendall(event(2, NOTI_SCAN_FIXED, value()))
        read(connection, PRESENT)
        connection.sendall(apdu(RELEASE, pack(">H", 0)))
        read(connection, RELEASED)
    print("reported")


VERBS = {"collect": collect, "report": report}
VERBS[sys.argv[1]](*sys.argv[2:])
