"""The invented patients, read from the file that the lab judges by."""

import json
from pathlib import Path

PATIENT = json.loads((Path(__file__).parent.parent / "patients.json").read_text())
