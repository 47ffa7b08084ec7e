"""An MLLP server on the package hl7: hl7_server.py APPLICATION CODE answers every message on port 2575 with
this acknowledgement code (AA, AE, AR)."""

import asyncio
import sys

from hl7.mllp import start_hl7_server

APPLICATION, CODE = sys.argv[1:]


async def answer(reader, writer):
    try:
        while not writer.is_closing():
            message = await reader.readmessage()
            writer.writemessage(message.create_ack(CODE, application=APPLICATION, facility="LAB_HOSPITAL"))
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


async def serve():
    async with await start_hl7_server(answer, host="0.0.0.0", port=2575, encoding="utf-8") as server:
        await server.serve_forever()


asyncio.run(serve())
