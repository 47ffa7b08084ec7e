"""A laboratory analyser and its host, after the published ASTM E1381 (frames) and E1394 (records); no package
that can be installed speaks them without breaking.

host                serves port 15200: takes results, answers a query with an order
report ADDRESS      asks what to do with a sample, and reports its results, in small frames; one is sent twice
"""

import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT

PORT = 15200
STX, ETX, EOT, ENQ, ACK, NAK, ETB = b"\x02", b"\x03", b"\x04", b"\x05", b"\x06", b"\x15", b"\x17"
TEXT_MAX = 64

PATIENT_RECORD = f"P|1|{PATIENT['id']}|||{'^'.join(PATIENT['name'])}||{PATIENT['birth_date']}|M||{PATIENT['street']}"
ANALYSER = r"H|\^&|||LABCELL^LC-40017^2.3.1|||||LABLIS||P|E 1394-97|20261122090000"
LIS = r"H|\^&|||LABLIS^^7.0|||||LABCELL||P|E 1394-97|20261122090001"
ORDER_RECORD = f"O|1|{PATIENT['visit']}||^^^CBC|R|20261122090000"
QUERY = [ANALYSER, f"Q|1|^{PATIENT['visit']}||ALL||||||||O", "L|1|N"]
ORDER = [LIS, PATIENT_RECORD, ORDER_RECORD, "L|1|F"]
RESULTS = [
    ANALYSER,
    PATIENT_RECORD,
    ORDER_RECORD,
    "R|1|^^^WBC|6.4|10*9/L||N||F||||20261122090500|LC-40017",
    "R|2|^^^HGB|8.1|mmol/L||L||F||||20261122090500|LC-40017",
    "L|1|N",
]


def frames(records):
    """Records as E1381 frames: STX, number modulo 8, text, ETB or for the last ETX, checksum, CR LF."""
    number = 1
    for record in records:
        text = record.encode() + b"\r"
        pieces = [text[at : at + TEXT_MAX] for at in range(0, len(text), TEXT_MAX)]
        for piece in pieces:
            body = str(number % 8).encode() + piece + (ETX if piece is pieces[-1] else ETB)
            yield STX + body + b"%02X\r\n" % (sum(body) % 256)
            number += 1


def expect(connection, byte):
    got = connection.recv(1)
    assert got == byte, (got, byte)


def send(connection, records, again=None):
    """Sends a message. The frame of this number is sent twice: the other side is to refuse it once."""
    connection.sendall(ENQ)
    expect(connection, ACK)
    for number, frame in enumerate(frames(records), 1):
        connection.sendall(frame)
        if number == again:
            expect(connection, NAK)
            connection.sendall(frame)
        expect(connection, ACK)
    connection.sendall(EOT)


def receive(connection, refuse=None):
    """Takes a message; refuses the frame of this number once. None when the other side has closed."""
    if connection.recv(1) != ENQ:
        return None
    connection.sendall(ACK)
    text, number, stream = b"", 0, connection.makefile("rb")
    while (first := stream.read(1)) == STX:
        frame = stream.readline()
        number += 1
        if number == refuse:
            refuse, number = None, number - 1
            connection.sendall(NAK)
            continue
        text += frame[1:-5]
        connection.sendall(ACK)
    assert first == EOT, first
    return text.decode().split("\r")


def host():
    with socket.create_server(("", PORT)) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                assert receive(connection)[1].startswith("Q")
                send(connection, ORDER)
                assert any(record.startswith("R|2") for record in receive(connection, refuse=3))


def report(address):
    with socket.create_connection((address, PORT)) as connection:
        send(connection, QUERY)
        assert receive(connection)[2].startswith("O")
        send(connection, RESULTS, again=3)
    print("reported")


VERBS = {"host": host, "report": report}
VERBS[sys.argv[1]](*sys.argv[2:])
