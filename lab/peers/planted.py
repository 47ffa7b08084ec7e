"""The invented patients and user, read from the file that the lab judges by. Called by itself it prints the user's name
and password for a shell, and the patient's, to be read with eval."""

import json
import shlex
from pathlib import Path

PATIENT = json.loads((Path(__file__).parent.parent / "patients.json").read_text())

if __name__ == "__main__":
    for name in ("user", "password", "id"):
        print(f"{name}={shlex.quote(PATIENT[name])}")
    print(f"patient={'_'.join(PATIENT['name'])}")
