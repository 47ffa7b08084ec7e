"""registrar.py ADDRESS: answers SIP registrations on port 5070 with a digest challenge (RFC 3261 section 22, RFC 2617),
then with 200 or 403 by the invented user's password."""

import hashlib
import re
import socket
import sys

from planted import PATIENT

NONCE = "8f3a77c0d2"


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def verdict(message):
    given = re.search(r"^Authorization: Digest (.*)$", message, re.M)
    if not given:
        return "401 Unauthorized", f'WWW-Authenticate: Digest realm="lab-hospital.example",nonce="{NONCE}",algorithm=MD5\r\n'
    fields = dict(re.findall(r'(\w+)="?([^",\r]+)"?', given[1]))
    one = md5(f"{PATIENT['user']}:lab-hospital.example:{PATIENT['password']}")
    good = md5(f"{one}:{NONCE}:{md5('REGISTER:' + fields['uri'])}")
    return ("200 OK" if fields["response"] == good else "403 Forbidden"), ""


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind((sys.argv[1], 5070))
    while True:
        data, peer = server.recvfrom(4096)
        status, more = verdict(data.decode())
        kept = re.findall(r"^(?:Via|From|To|Call-ID|CSeq): .*$", data.decode(), re.M)
        head = "".join(line.strip() + "\r\n" for line in kept)
        server.sendto(f"SIP/2.0 {status}\r\n{head}{more}Server: Lab Exchange 5.1\r\nContent-Length: 0\r\n\r\n".encode(), peer)
