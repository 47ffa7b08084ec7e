"""Makes the DICOM objects the peers send, in the folder it is called in: ct.dcm, us.dcm, sr.dcm and a
worklist. Equipment attributes are what Cordon must find, the patient is what it must not."""

import sys
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    ExplicitVRLittleEndian,
    generate_uid,
)

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT


def patient(dataset):
    dataset.PatientName = "^".join(PATIENT["name"])
    dataset.PatientID = PATIENT["id"]
    dataset.PatientBirthDate = PATIENT["birth_date"]
    dataset.PatientSex = "M"
    dataset.PatientAddress = PATIENT["street"]
    dataset.AccessionNumber = PATIENT["visit"]
    return dataset


def image(sop_class, modality, equipment):
    dataset = patient(Dataset())
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = generate_uid()
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.StudyInstanceUID = generate_uid()
    dataset.SeriesInstanceUID = generate_uid()
    dataset.StudyDate = "20261121"
    dataset.StudyTime = "080000"
    dataset.StudyID = "1"
    dataset.SeriesNumber = 1
    dataset.InstanceNumber = 1
    dataset.ReferringPhysicianName = "^".join(PATIENT["other_name"])
    dataset.Modality = modality
    for keyword, value in equipment.items():
        setattr(dataset, keyword, value)
    dataset.Rows = dataset.Columns = 64
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = 16
    dataset.BitsStored = 12
    dataset.HighBit = 11
    dataset.PixelRepresentation = 0
    dataset.PixelData = bytes(64 * 64 * 2)
    return dataset


def worklist():
    folder = Path("worklists") / "WORKLIST"
    folder.mkdir(parents=True)
    (folder / "lockfile").touch()
    item = patient(Dataset())
    item.file_meta = FileMetaDataset()
    item.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    item.file_meta.MediaStorageSOPClassUID = "1.2.276.0.7230010.3.1.0.1"
    item.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    item.StudyInstanceUID = generate_uid()
    item.RequestedProcedureID = "RP1"
    item.RequestedProcedureDescription = "CT of the chest"
    scheduled = Dataset()
    scheduled.Modality = "CT"
    scheduled.ScheduledStationAETitle = "CT_ONE"
    scheduled.ScheduledProcedureStepStartDate = "20261122"
    scheduled.ScheduledProcedureStepStartTime = "090000"
    scheduled.ScheduledPerformingPhysicianName = ""
    scheduled.ScheduledProcedureStepDescription = "CT of the chest"
    scheduled.ScheduledProcedureStepID = "SPS1"
    scheduled.ScheduledStationName = "CTSTATION1"
    item.ScheduledProcedureStepSequence = [scheduled]
    item.save_as(folder / "ct.wl", enforce_file_format=True)


CT = {
    "Manufacturer": "Lab Scanners AG",
    "ManufacturerModelName": "Helix 64",
    "StationName": "CTSTATION1",
    "DeviceSerialNumber": "HX-004417",
    "SoftwareVersions": "VB20C",
    "InstitutionName": "Lab Hospital",
}
CR = {
    "Manufacturer": "Lab Radiographs Inc",
    "ManufacturerModelName": "FlatPanel 7",
    "StationName": "CRROOM2",
    "DeviceSerialNumber": "FP7-0021",
    "SoftwareVersions": ["4.1", "firmware 88"],
}

image(CTImageStorage, "CT", CT).save_as("ct.dcm", enforce_file_format=True)
image(ComputedRadiographyImageStorage, "CR", CR).save_as("cr.dcm", enforce_file_format=True)
worklist()
