"""bacnet.py serve ADDRESS | read ADDRESS PLANT: an air handler, and a controller that finds it and reads what it is."""

import asyncio
import sys

from bacpypes3.apdu import ErrorRejectAbortNack
from bacpypes3.app import Application
from bacpypes3.local.analog import AnalogValueObject
from bacpypes3.local.device import DeviceObject
from bacpypes3.local.networkport import NetworkPortObject
from bacpypes3.pdu import Address
from bacpypes3.primitivedata import ObjectIdentifier


def application(address, number, name):
    device = DeviceObject(
        objectIdentifier=("device", number),
        objectName=name,
        vendorIdentifier=999,
        vendorName="Lab Airworks",
        modelName="AHU-7",
        firmwareRevision="3.11",
        applicationSoftwareVersion="7.4.2",
        description="Air handler, operating room 2",
        location="Roof, plant room",
        serialNumber="AHU7-00231",
    )
    port = NetworkPortObject(f"{address}/24", objectIdentifier=("network-port", 1), objectName="port")
    value = AnalogValueObject(objectIdentifier=("analog-value", 1), objectName="setpoint", presentValue=21.5)
    return Application.from_object_list([device, port, value])


async def serve(address):
    application(address, 7001, "AHU-7-OR2")
    await asyncio.Future()


async def read(address, plant):
    app = application(address, 9001, "controller")
    await app.who_is()
    app.i_am()
    await asyncio.sleep(0.5)
    wanted = ["object-name", "vendor-name", "vendor-identifier", "model-name", "firmware-revision"]
    wanted += ["application-software-version", "description", "location", "serial-number"]
    for what in wanted:
        try:
            print(what, await app.read_property(Address(plant), ObjectIdentifier("device,7001"), what))
        except ErrorRejectAbortNack as error:
            print(what, "refused:", error)
    value = ObjectIdentifier("analog-value,1")
    print(await app.read_property_multiple(Address(plant), [value, ["present-value", "object-name"]]))
    try:
        await app.write_property(Address(plant), value, "present-value", 20.0)
    except ErrorRejectAbortNack as error:
        print("refused:", error)
    app.close()
    print("read")


asyncio.run({"serve": serve, "read": read}[sys.argv[1]](*sys.argv[2:]))
