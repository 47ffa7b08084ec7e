"""upnp.py serve|find ADDRESS: a bedside media player that announces itself, and one who looks for it."""

import asyncio
import sys
import xml.etree.ElementTree as xml

from async_upnp_client.aiohttp import AiohttpRequester
from async_upnp_client.client_factory import UpnpFactory
from async_upnp_client.const import DeviceInfo, ServiceInfo
from async_upnp_client.search import async_search
from async_upnp_client.server import UpnpServer, UpnpServerDevice, UpnpServerService


class Service(UpnpServerService):
    SERVICE_DEFINITION = ServiceInfo(
        service_id="urn:upnp-org:serviceId:RenderingControl",
        service_type="urn:schemas-upnp-org:service:RenderingControl:1",
        control_url="/control",
        event_sub_url="/events",
        scpd_url="/scpd.xml",
        xml=xml.Element("scpd"),
    )
    STATE_VARIABLE_DEFINITIONS = {}


class Player(UpnpServerDevice):
    DEVICE_DEFINITION = DeviceInfo(
        device_type="urn:schemas-upnp-org:device:MediaRenderer:1",
        friendly_name="Bedside player 12",
        manufacturer="Lab Media",
        manufacturer_url=None,
        model_description="Bedside entertainment",
        model_name="BP-12",
        model_number="12.3",
        model_url=None,
        serial_number="BP12-7788",
        udn="uuid:6f1c0f52-7a77-4d2b-9e11-000df0100011",
        upc=None,
        presentation_url=None,
        url="/device.xml",
        icons=[],
        xml=xml.Element("device"),
    )
    EMBEDDED_DEVICES = []
    SERVICES = [Service]


async def serve(address):
    server = UpnpServer(Player, source=(address, 0), target=("239.255.255.250", 1900), http_port=8008)
    await server.async_start()
    print("serving")
    await asyncio.Future()


async def find(address):
    places = set()

    async def heard(headers):
        places.add(headers["location"])

    await async_search(heard, timeout=2, search_target="ssdp:all", source=(address, 0))
    for place in sorted(places):
        device = await UpnpFactory(AiohttpRequester(), non_strict=True).async_create_device(place)
        print("found", device.friendly_name, device.model_name, device.serial_number)


asyncio.run({"serve": serve, "find": find}[sys.argv[1]](sys.argv[2]))
