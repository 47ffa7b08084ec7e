"""opcua.py serve|read ADDRESS: a steriliser that tells what it is, and a historian that reads it."""

import asyncio
import sys
from datetime import datetime

from asyncua import Client, Server, ua
from asyncua.server.user_managers import User, UserRole
from planted import PATIENT


class Users:
    def get_user(self, iserver, username=None, password=None, certificate=None):
        if username is None or (username, password) == (PATIENT["user"], PATIENT["password"]):
            return User(role=UserRole.User)
        return None


async def serve(address):
    server = Server(user_manager=Users())
    await server.init()
    server.set_endpoint(f"opc.tcp://{address}:4840/steriliser")
    server.set_server_name("Lab Autoclave 900")
    await server.set_application_uri("urn:autoclave.example:900:server")
    build = ("urn:autoclave.example:900", "Lab Autoclaves", "Autoclave 900", "5.2.1", "77", datetime(2026, 1, 5))
    await server.set_build_info(*build)
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    node = await server.nodes.objects.add_variable(2, "chamber", 134.0)
    await node.set_writable()
    async with server:
        await asyncio.Future()


async def read(address):
    for user, password in ((None, None), (PATIENT["user"], PATIENT["password"]), (PATIENT["user"], "Wrong-Password-1")):
        client = Client(f"opc.tcp://{address}:4840/steriliser")
        client.name, client.application_uri = "Lab Historian", "urn:historian.example:client"
        if user:
            client.set_user(user)
            client.set_password(password)
        try:
            async with client:
                for number in (ua.ObjectIds.Server_ServerStatus_BuildInfo, ua.ObjectIds.Server_ServerStatus_State):
                    print(await client.get_node(ua.NodeId(number)).read_value())
                print(await client.nodes.objects.get_children())
        except ua.UaError as error:
            print("refused:", error)
    print(await Client(f"opc.tcp://{address}:4840/steriliser").connect_and_get_server_endpoints())
    print("read")


asyncio.run({"serve": serve, "read": read}[sys.argv[1]](sys.argv[2]))
