"""modbus.py serve|read ADDRESS: a ventilation plant, and a controller that reads, sets and identifies it."""

import asyncio
import sys

from pymodbus import ModbusDeviceIdentification
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.datastore import ModbusDeviceContext, ModbusSequentialDataBlock, ModbusServerContext
from pymodbus.server import StartAsyncTcpServer

IDENTITY = {
    "VendorName": "Lab Airworks",
    "ProductCode": "AHU-7",
    "MajorMinorRevision": "3.11",
    "VendorUrl": "https://airworks.example",
    "ProductName": "Air handler 7",
    "ModelName": "AHU-7/OR",
    "UserApplicationName": "Operating room 2",
}


async def serve(address):
    block = ModbusSequentialDataBlock(1, [17] * 200)
    context = ModbusServerContext(devices=ModbusDeviceContext(di=block, co=block, hr=block, ir=block), single=True)
    identity = ModbusDeviceIdentification(info_name=IDENTITY)
    await StartAsyncTcpServer(context, identity=identity, address=(address, 502))


async def read(address):
    async with AsyncModbusTcpClient(address, port=502) as client:
        await client.read_holding_registers(10, count=4, device_id=3)
        await client.read_coils(1, count=8, device_id=3)
        await client.write_register(12, 99, device_id=3)
        await client.write_coils(4, [True, False], device_id=3)
        await client.read_holding_registers(5000, count=4, device_id=3)
        for code in (1, 2, 3):
            print(await client.read_device_information(read_code=code, object_id=0, device_id=3))
    print("read")


asyncio.run({"serve": serve, "read": read}[sys.argv[1]](sys.argv[2]))
