"""Roles DCMTK has no program for, played with pynetdicom:

serve                        an archive that takes commitments and a RIS that takes performed steps, port 11112
commit ADDRESS               an X-ray room asks the archive to commit; the answer comes on port 11113
perform ADDRESS              an X-ray room reports a procedure step: N-CREATE, then N-SET
abort ADDRESS                an X-ray room breaks an association off
sign ADDRESS                 an X-ray room shows a user's name and password, in clear
"""

import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT

from pydicom.dataset import Dataset
from pydicom.uid import ComputedRadiographyImageStorage, generate_uid
from pynetdicom import AE, evt
from pynetdicom.pdu_primitives import UserIdentityNegotiation
from pynetdicom.presentation import build_role
from pynetdicom.sop_class import (
    ModalityPerformedProcedureStep,
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
    Verification,
)

COMMITMENT_REQUEST = 1
COMMITTED = 1
ROOM_PORT = 11113


def committed(event, transaction):
    """Tells the room over an association of its own that its object is safe."""
    room = AE("ARCHIVE")
    room.add_requested_context(StorageCommitmentPushModel)
    # The archive opens this association, and is still the provider of the service.
    role = build_role(StorageCommitmentPushModel, scp_role=True)
    association = room.associate(event.assoc.requestor.address, ROOM_PORT, ae_title="CR_ROOM", ext_neg=[role])
    association.send_n_event_report(
        transaction, COMMITTED, StorageCommitmentPushModel, StorageCommitmentPushModelInstance
    )
    association.release()


def act(event):
    information = event.action_information
    answer = Dataset()
    answer.TransactionUID = information.TransactionUID
    answer.ReferencedSOPSequence = information.ReferencedSOPSequence
    threading.Timer(0.2, committed, (event, answer)).start()
    return 0x0000, None


def create(event):
    return 0x0000, event.attribute_list


def change(event):
    return 0x0000, event.modification_list


def serve():
    archive = AE("ARCHIVE")
    archive.add_supported_context(Verification)
    archive.add_supported_context(StorageCommitmentPushModel)
    archive.add_supported_context(ModalityPerformedProcedureStep)
    handlers = [(evt.EVT_N_ACTION, act), (evt.EVT_N_CREATE, create), (evt.EVT_N_SET, change)]
    archive.start_server(("0.0.0.0", 11112), block=True, evt_handlers=handlers)


def room(address, sop_class, *items):
    entity = AE("CR_ROOM")
    entity.add_requested_context(sop_class)
    return entity, entity.associate(address, 11112, ae_title="ARCHIVE", ext_neg=list(items))


def commit(address):
    told = threading.Event()

    def report(event):
        told.set()
        return 0x0000, None

    listener = AE("CR_ROOM")
    # The room listens here and is the user of the service.
    listener.add_supported_context(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    server = listener.start_server(
        ("0.0.0.0", ROOM_PORT), block=False, evt_handlers=[(evt.EVT_N_EVENT_REPORT, report)]
    )
    _, association = room(address, StorageCommitmentPushModel)
    information = Dataset()
    information.TransactionUID = generate_uid()
    item = Dataset()
    item.ReferencedSOPClassUID = ComputedRadiographyImageStorage
    item.ReferencedSOPInstanceUID = generate_uid()
    information.ReferencedSOPSequence = [item]
    status, _ = association.send_n_action(
        information, COMMITMENT_REQUEST, StorageCommitmentPushModel, StorageCommitmentPushModelInstance
    )
    association.release()
    assert status.Status == 0, status
    assert told.wait(10), "no commitment came"
    print("committed")
    server.shutdown()


def step():
    scheduled = Dataset()
    scheduled.StudyInstanceUID = generate_uid()
    scheduled.AccessionNumber = PATIENT["visit"]
    dataset = Dataset()
    dataset.ScheduledStepAttributesSequence = [scheduled]
    dataset.PatientName = "^".join(PATIENT["name"])
    dataset.PatientID = PATIENT["id"]
    dataset.PatientBirthDate = PATIENT["birth_date"]
    dataset.PatientSex = "M"
    dataset.PerformedProcedureStepID = "PPS1"
    dataset.PerformedStationAETitle = "CR_ROOM"
    dataset.PerformedStationName = "CRROOM2"
    dataset.PerformedProcedureStepStartDate = "20261122"
    dataset.PerformedProcedureStepStartTime = "090000"
    dataset.PerformedProcedureStepStatus = "IN PROGRESS"
    dataset.Modality = "CR"
    dataset.PerformedSeriesSequence = []
    return dataset


def perform(address):
    _, association = room(address, ModalityPerformedProcedureStep)
    instance = generate_uid()
    status, _ = association.send_n_create(step(), ModalityPerformedProcedureStep, instance)
    assert status.Status == 0, status
    done = Dataset()
    done.PerformedProcedureStepStatus = "COMPLETED"
    done.PerformedProcedureStepEndDate = "20261122"
    done.PerformedProcedureStepEndTime = "091000"
    status, _ = association.send_n_set(done, ModalityPerformedProcedureStep, instance)
    assert status.Status == 0, status
    association.release()
    print("performed")


def abort(address):
    _, association = room(address, Verification)
    association.send_c_echo()
    association.abort()
    print("aborted")


def sign(address):
    identity = UserIdentityNegotiation()
    identity.user_identity_type = 2
    identity.primary_field = PATIENT["user"].encode()
    identity.secondary_field = PATIENT["password"].encode()
    _, association = room(address, Verification, identity)
    association.send_c_echo()
    association.release()
    print("signed")


VERBS = {"serve": serve, "commit": commit, "perform": perform, "abort": abort, "sign": sign}
VERBS[sys.argv[1]](*sys.argv[2:])
