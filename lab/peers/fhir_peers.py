"""FHIR: serve (package fhirstarter, port 8080) keeps what clients post; ask ADDRESS (package fhirpy) posts an
infusion pump and a patient, reads them back, searches, and asks for what is not there."""

import sys
from pathlib import Path
from uuid import uuid4

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT

PUMP = {
    "resourceType": "Device",
    "status": "active",
    "manufacturer": "Lab Pumps Ltd",
    "modelNumber": "Drip 8",
    "serialNumber": "DR8-00192",
    "manufactureDate": "2023-02-01",
    "udiCarrier": [{"deviceIdentifier": "05012345000023", "carrierHRF": "(01)05012345000023(21)DR8-00192", "issuer": "https://www.gs1.org"}],
}


def serve():
    import uvicorn
    from fhir.resources.bundle import Bundle, BundleEntry
    from fhir.resources.device import Device
    from fhir.resources.patient import Patient
    from fhirstarter import FHIRProvider, FHIRStarter, InteractionContext
    from fhirstarter.exceptions import FHIRResourceNotFoundError

    provider = FHIRProvider()
    kept = {}

    def keep(resource):
        resource.id = str(uuid4())
        kept[resource.id] = resource
        return resource

    def find(id_):
        if id_ not in kept:
            raise FHIRResourceNotFoundError
        return kept[id_]

    # The handlers' signatures are the framework's way to learn what is served.
    @provider.create(Device)
    async def create_device(context: InteractionContext, resource: Device) -> Device:
        return keep(resource)

    @provider.read(Device)
    async def read_device(context: InteractionContext, id_: str) -> Device:
        return find(id_)

    @provider.create(Patient)
    async def create_patient(context: InteractionContext, resource: Patient) -> Patient:
        return keep(resource)

    @provider.read(Patient)
    async def read_patient(context: InteractionContext, id_: str) -> Patient:
        return find(id_)

    @provider.search_type(Patient)
    async def search_patients(context: InteractionContext, family: str | None) -> Bundle:
        found = [each for each in kept.values() if isinstance(each, Patient) and each.name[0].family == family]
        return Bundle(type="searchset", total=len(found), entry=[BundleEntry(resource=each) for each in found])

    app = FHIRStarter(title="Lab Hospital Records")
    app.add_providers(provider)
    uvicorn.run(app, host="0.0.0.0", port=8080, log_level="warning")


def ask(address):
    from fhirpy import SyncFHIRClient
    from fhirpy.base.exceptions import ResourceNotFound

    client = SyncFHIRClient(f"http://{address}:8080")
    client.execute("metadata", method="GET")
    pump = client.resource(PUMP.pop("resourceType"), **PUMP)
    pump.save()
    patient = client.resource(
        "Patient",
        name=[{"family": PATIENT["name"][0], "given": [PATIENT["name"][1]]}],
        identifier=[{"system": "urn:lab:patients", "value": PATIENT["id"]}],
        birthDate="1962-03-14",
        address=[{"line": [PATIENT["street"]]}],
    )
    patient.save()
    assert client.get("Patient", patient.id)["birthDate"] is not None
    assert client.get("Device", pump.id)["serialNumber"] == "DR8-00192"
    found = client.resources("Patient").search(family=PATIENT["name"][0]).fetch()
    assert [each.id for each in found] == [patient.id]
    try:
        client.get("Patient", "unknown")
    except ResourceNotFound:
        print("asked")


VERBS = {"serve": serve, "ask": ask}
VERBS[sys.argv[1]](*sys.argv[2:])
