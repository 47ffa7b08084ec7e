"""Asks the kernel of a network namespace which packets its output chain lets out.

Each line of standard input is a packet: source, destination, protocol, source port, destination port. Each line of the
answer is 1 (let out), 0 (stopped by a rule) or ? (the kernel would not send it at all).
"""
import errno
import ipaddress
import socket
import struct
import sys

four = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
six = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
six.setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL


def body(protocol, source_port, destination_port):
    if protocol == 6:  # the first packet of a connection
        return struct.pack(">HHIIBBHHH", source_port, destination_port, 1, 0, 0x50, 2, 1024, 0, 0)
    if protocol == 17:
        return struct.pack(">HHHH", source_port, destination_port, 8, 0)
    if protocol == 1:  # echo request
        return struct.pack(">BBHHH", 8, 0, 0, source_port, 1)
    if protocol == 58:
        return struct.pack(">BBHHH", 128, 0, 0, source_port, 1)
    return bytes(8)


for line in sys.stdin:
    source, destination, protocol, source_port, destination_port = line.split()
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    protocol = int(protocol)
    load = body(protocol, int(source_port), int(destination_port))
    if source.version == 4:
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(load), 1, 0, 64, protocol, 0)
        packet, sender, to = head + source.packed + destination.packed + load, four, (str(destination), 0)
    else:
        head = struct.pack(">IHBB", 0x60000000, len(load), protocol, 64)
        packet, sender, to = head + source.packed + destination.packed + load, six, (str(destination), 0, 0, 0)
    try:
        sender.sendto(packet, to)
        print(1)
    except OSError as error:
        print(0 if error.errno == errno.EPERM else "?")
