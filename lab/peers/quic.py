"""quic.py serve ADDRESS | fetch ADDRESS NAME: one page over HTTP/3, in QUIC version 1 and version 2."""

import asyncio
import ssl
import sys

from aioquic.asyncio import QuicConnectionProtocol, connect, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated
from aioquic.quic.packet import QuicProtocolVersion


class Peer(QuicConnectionProtocol):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.http = None
        self.fetched = asyncio.Event()

    def quic_event_received(self, event):
        if isinstance(event, ProtocolNegotiated) and self.http is None:
            self.http = H3Connection(self._quic)
        for message in self.http.handle_event(event) if self.http else []:
            if isinstance(message, HeadersReceived) and not self._quic.configuration.is_client:
                headers = [(b":status", b"200"), (b"server", b"LabPortal/2.0")]
                self.http.send_headers(message.stream_id, headers)
                self.http.send_data(message.stream_id, b"welcome", end_stream=True)
                self.transmit()
            elif isinstance(message, DataReceived):
                self.fetched.set()


async def serving(address):
    configuration = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    configuration.supported_versions = [QuicProtocolVersion.VERSION_2, QuicProtocolVersion.VERSION_1]
    configuration.load_cert_chain("server.pem", "server.key")
    await serve(address, 443, configuration=configuration, create_protocol=Peer)
    await asyncio.Future()


async def fetch(address, name, version):
    configuration = QuicConfiguration(is_client=True, alpn_protocols=H3_ALPN, server_name=name)
    configuration.verify_mode = ssl.CERT_NONE
    configuration.original_version = version
    configuration.supported_versions = [version]
    async with connect(address, 443, configuration=configuration, create_protocol=Peer) as peer:
        if peer.http is None:
            peer.http = H3Connection(peer._quic)
        headers = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", name.encode()), (b":path", b"/")]
        peer.http.send_headers(peer._quic.get_next_available_stream_id(), headers, end_stream=True)
        peer.transmit()
        await asyncio.wait_for(peer.fetched.wait(), 10)
    print("fetched with", version.name)


async def fetching(address, name):
    await fetch(address, name, QuicProtocolVersion.VERSION_1)
    await fetch(address, name, QuicProtocolVersion.VERSION_2)


verb, *rest = sys.argv[1:]
asyncio.run(serving(*rest) if verb == "serve" else fetching(*rest))
