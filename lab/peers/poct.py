"""A blood gas analyser at the bedside and its observation reviewer, after the published POCT1-A device messaging
layer; no package that can be installed speaks it.

review              serves port 3001: takes what analysers say and asks for their observations
report ADDRESS      says hello and how it is, sends a patient's result, says that there are no more
"""

import socket
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT

PORT = 3001
NOW = "2026-11-22T09:00:00+00:00"


def header(number):
    return f'<HDR><HDR.control_id V="{number}"/><HDR.version_id V="POCT1"/><HDR.creation_dttm V="{NOW}"/></HDR>'


def message(kind, number, body=""):
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind}>{header(number)}{body}</{kind}>\n'.encode()


HELLO = message(
    "HEL.R01",
    1,
    '<DEV><DEV.device_id V="00-12-21-00-88-17"/><DEV.vendor_id V="Lab Gases"/><DEV.model_id V="GasPoint 3"/>'
    '<DEV.serial_id V="GP3-008817"/><DEV.manufacturer_name V="Lab Gases Oy"/><DEV.hw_version V="C"/>'
    '<DEV.sw_version V="5.02"/><DEV.device_name V="ICU bedside"/>'
    '<DCP><DCP.application_timeout V="60"/></DCP>'
    '<DSC><DSC.connection_profile_cd V="SA"/><DSC.topics_supported_cd V="D_EV"/><DSC.max_message_sz V="4000"/></DSC></DEV>',
)
STATUS = message(
    "DST.R01",
    2,
    f'<DST><DST.status_dttm V="{NOW}"/><DST.new_observations_qty V="1"/><DST.condition_cd V="R"/></DST>',
)
OBSERVATION = message(
    "OBS.R01",
    4,
    f'<SVC><SVC.role_cd V="OBS"/><SVC.observation_dttm V="{NOW}"/>'
    f'<PT><PT.patient_id V="{PATIENT["id"]}"/><PT.name V="{" ".join(PATIENT["name"])}"/>'
    f'<PT.birth_date V="1962-03-14"/>'
    '<OBS><OBS.observation_id V="pH"/><OBS.value V="7.38"/><OBS.method_cd V="M"/></OBS></PT>'
    f'<OPR><OPR.operator_id V="NURSE7"/></OPR></SVC>',
)


def acknowledge(number, of):
    return message("ACK.R01", number, f'<ACK><ACK.type_cd V="AA"/><ACK.ack_control_id V="{of}"/></ACK>')


def read(connection, kind):
    """Reads one message, which must be of this kind."""
    text = b""
    end = f"</{kind}>".encode()
    while end not in text:
        piece = connection.recv(4096)
        assert piece, (kind, text)
        text += piece


def review():
    with socket.create_server(("", PORT)) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                read(connection, "HEL.R01")
                connection.sendall(acknowledge(1, 1))
                read(connection, "DST.R01")
                connection.sendall(acknowledge(2, 2))
                connection.sendall(message("REQ.R01", 3, '<REQ><REQ.request_cd V="ROBS"/></REQ>'))
                read(connection, "OBS.R01")
                connection.sendall(acknowledge(4, 4))
                read(connection, "EOT.R01")
                connection.sendall(message("END.R01", 5, '<TRM><TRM.reason_cd V="NRM"/></TRM>'))
                read(connection, "ACK.R01")


def report(address):
    with socket.create_connection((address, PORT)) as connection:
        connection.sendall(HELLO)
        read(connection, "ACK.R01")
        connection.sendall(STATUS)
        read(connection, "REQ.R01")
        connection.sendall(OBSERVATION)
        read(connection, "ACK.R01")
        connection.sendall(message("EOT.R01", 5, '<EOT><EOT.topic_cd V="OBS"/></EOT>'))
        read(connection, "END.R01")
        connection.sendall(acknowledge(6, 5))
    print("reported")


VERBS = {"review": review, "report": report}
VERBS[sys.argv[1]](*sys.argv[2:])
