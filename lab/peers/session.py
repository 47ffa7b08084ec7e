"""Sessions that stay open and say a line for each exchange:
session.py hl7 HOST FILE       one MLLP connection of the package hl7: a message, its acknowledgement, and again
session.py tls HOST PORT CA    one TLS connection to a server that sends back what it gets: a line, its answer, and again
session.py echo PORT CERT KEY  that server
Each says "exchange N", and "broken" where the connection ends; it never opens a second one."""

import asyncio
import socket
import ssl
import sys
import time

from hl7.client import MLLPClient

PAUSE_S = 0.2


def exchanges(exchange):
    number = 0
    try:
        while exchange():
            number += 1
            print(f"exchange {number}", flush=True)
            time.sleep(PAUSE_S)
    except OSError as error:
        print(f"broken: {error}", flush=True)
        return
    print("broken: the other side closed it", flush=True)


def hl7(host, path):
    with open(path, "rb") as file:
        message = file.read().strip(b"\x0b\x1c\r") + b"\r"
    with MLLPClient(host, 2575) as client:
        exchanges(lambda: b"MSA|AA|" in client.send_message(message))


def tls(host, port, authority):
    context = ssl.create_default_context(cafile=authority)
    with socket.create_connection((host, int(port)), timeout=30) as plain:
        with context.wrap_socket(plain, server_hostname=host) as session:

            def exchange():
                session.sendall(b"still here\n")
                return bool(session.recv(1024))

            exchanges(exchange)


def echo(port, certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    async def answer(reader, writer):
        try:
            while line := await reader.readline():
                writer.write(line)
                await writer.drain()
        finally:
            writer.close()

    async def serve():
        async with await asyncio.start_server(answer, port=int(port), family=socket.AF_INET, ssl=context) as server:
            await server.serve_forever()

    asyncio.run(serve())


{"hl7": hl7, "tls": tls, "echo": echo}[sys.argv[1]](*sys.argv[2:])
