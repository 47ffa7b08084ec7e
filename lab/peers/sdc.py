"""IEEE 11073 SDC with the package sdc11073:

provide ADDRESS HOW   a ventilator that announces itself, and serves until it is ended
consume ADDRESS HOW   a central station that finds it, reads it, subscribes, and says goodbye

HOW is plain; or compressed, as the package does by itself; or the name of a certificate: then both speak TLS,
with NAME.key, NAME.pem and ca.pem in this folder.
"""

import sys
import time
import uuid
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT

from sdc11073.certloader import mk_ssl_contexts
from sdc11073.consumer.consumerimpl import SdcConsumer
from sdc11073.location import SdcLocation
from sdc11073.mdib import ConsumerMdib, ProviderMdib
from sdc11073.provider import SdcProvider
from sdc11073.wsdiscovery import WSDiscovery
from sdc11073.xml_types import pm_types
from sdc11073.xml_types.dpws_types import ThisDeviceType, ThisModelType

MODEL = ThisModelType(
    manufacturer="Lab Ventilators GmbH",
    manufacturer_url="http://ventilators.lab.example",
    model_name="Breeze 500",
    model_number="BR500-2",
    model_url="http://ventilators.lab.example/breeze",
    presentation_url="http://ventilators.lab.example/breeze/500",
)
DEVICE = ThisDeviceType(friendly_name="Breeze in ICU 7", firmware_version="3.14.1", serial_number="VT-330071")


def secured(how):
    if how in ("plain", "compressed"):
        return None
    return mk_ssl_contexts(Path(f"{how}.key"), Path(f"{how}.pem"), Path("ca.pem"))


def connect_patient(mdib):
    with mdib.context_state_transaction() as change:
        state = change.mk_context_state("patient")
        state.CoreData.Familyname, state.CoreData.Givenname = PATIENT["name"]
        state.CoreData.set_birthdate("1962-03-14")
        state.Identification = [pm_types.InstanceIdentifier("urn:lab:patients", extension_string=PATIENT["id"])]
        state.ContextAssociation = pm_types.ContextAssociation.ASSOCIATED


def measure(mdib, value):
    with mdib.metric_state_transaction() as change:
        state = change.get_state("rate")
        if state.MetricValue is None:
            state.mk_metric_value()
        state.MetricValue.Value = Decimal(value)
    with mdib.alert_state_transaction() as change:
        change.get_state("leak").Presence = value % 2 == 0


def provide(address, how):
    discovery = WSDiscovery(address)
    discovery.start()
    mdib = ProviderMdib.from_mdib_file(Path(__file__).parent / "ventilator.xml")
    ventilator = SdcProvider(
        discovery,
        MODEL,
        DEVICE,
        mdib,
        epr=uuid.UUID("5c1a8f10-7f0e-4d57-8a55-330071330071"),
        ssl_context_container=secured(how),
    )
    if how == "plain":
        ventilator.set_used_compression()
    ventilator.start_all(start_rtsample_loop=False)
    connect_patient(mdib)
    ventilator.set_location(SdcLocation(fac="LAB", poc="ICU", bed="BED7"))
    print("announced")
    for value in range(12, 1000):
        time.sleep(0.3)
        measure(mdib, value)


def consume(address, how):
    with WSDiscovery(address) as discovery:
        services = []
        while not services:
            services = discovery.search_sdc_services(timeout=2)
        central = SdcConsumer.from_wsd_service(services[0], secured(how))
        central.start_all()
        mdib = ConsumerMdib(central)
        mdib.init_mdib()
        time.sleep(1)
        print("patients", len(mdib.entities.by_node_type(mdib.data_model.pm_names.PatientContextDescriptor)))
        central.stop_all()
    print("goodbye")


VERBS = {"provide": provide, "consume": consume}
VERBS[sys.argv[1]](*sys.argv[2:])
