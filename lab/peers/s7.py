"""s7.py serve|read ADDRESS: a controller of a lift, and an engineering station."""

import sys
import time

import snap7
from snap7.type import SrvArea


def serve():
    server = snap7.server.Server()
    server.register_area(SrvArea.DB, 1, bytearray(64))
    server.start(tcp_port=102)
    while True:
        time.sleep(60)


def read(address):
    client = snap7.client.Client()
    client.connect(address, 0, 2, 102)
    client.db_read(1, 0, 16)
    client.db_write(1, 4, bytearray(b"\x01\x02"))
    for name in ("get_cpu_info", "get_order_code", "list_blocks", "plc_stop", "plc_hot_start"):
        try:
            print(name, getattr(client, name)())
        except Exception as error:
            print(name, "refused:", error)
    client.disconnect()
    print("read")


serve() if sys.argv[1] == "serve" else read(sys.argv[2])
