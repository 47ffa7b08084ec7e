"""mail.py ADDRESS: a mail server that knows the invented user. mail.py ADDRESS send: sends one mail over STARTTLS."""

import smtplib
import ssl
import sys
import time

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from planted import PATIENT

address, *verb = sys.argv[1:]


class Handler:
    async def handle_DATA(self, server, session, envelope):
        return "250 Message accepted for delivery"


def check(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (PATIENT["user"].encode(), PATIENT["password"].encode())
    return AuthResult(success=good, handled=False)


if verb:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    # The last version in which the server's certificate passes in clear.
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with smtplib.SMTP(address, 25, local_hostname="pump-0417.lab-hospital.example") as client:
        client.starttls(context=context)
        client.login(PATIENT["user"], PATIENT["password"])
        client.sendmail("pump@lab-hospital.example", "ward@lab-hospital.example", f"Subject: {PATIENT['id']}\r\n\r\nx")
else:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain("server.pem", "server.key")
    options = {"authenticator": check, "auth_require_tls": False, "tls_context": context, "ident": "Lab Mail 1.4"}
    Controller(Handler(), address, 25, server_hostname="mail.lab-hospital.example", server_kwargs=options).start()
    while True:
        time.sleep(60)
