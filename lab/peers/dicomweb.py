"""DICOMweb with the package dicomweb-client: dicomweb.py ADDRESS stores ct.dcm (STOW-RS), searches (QIDO-RS) and
retrieves it (WADO-RS)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT

import pydicom
from dicomweb_client.api import DICOMwebClient

client = DICOMwebClient(url=f"http://{sys.argv[1]}:8042/dicom-web")
image = pydicom.dcmread("ct.dcm")
client.store_instances(datasets=[image])
studies = client.search_for_studies(search_filters={"PatientID": PATIENT["id"]})
assert len(studies) == 1, studies
series = client.search_for_series(image.StudyInstanceUID)
assert series[0]["00080060"]["Value"] == ["CT"]
back = client.retrieve_instance(image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID)
assert back.PatientID == PATIENT["id"]
metadata = client.retrieve_series_metadata(image.StudyInstanceUID, image.SeriesInstanceUID)
assert metadata[0]["00081090"]["Value"] == ["Helix 64"]
print("retrieved")
