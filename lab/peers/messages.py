"""Makes HL7 messages, framed for MLLP, in the folder it is called in: admit.hl7 for a patient who is admitted,
observe.hl7 for what two bedside devices behind a gateway measured (IHE PCD-01), alarm.hl7 for an alarm
of one of them (IHE PCD-04)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT

NAME = "^".join(PATIENT["name"])
PATIENT_SEGMENT = (
    f"PID|1||{PATIENT['id']}^^^LAB^PI||{NAME}||{PATIENT['birth_date']}|M|||{PATIENT['street']}||{PATIENT['telephone']}"
)
VISIT_SEGMENT = f"PV1|1|I|ICU^^BED7||||||||||||||||{PATIENT['visit']}"
GATEWAY = "LABGATEWAY^0012210000009999^EUI-64"

ADMIT = [
    r"MSH|^~\&|LABADT|LAB_HOSPITAL|LABEMR|LAB_HOSPITAL|20261122090000+0000||ADT^A01^ADT_A01|A1|P|2.5.1",
    "EVN||20261122090000+0000",
    PATIENT_SEGMENT,
    f"NK1|1|{'^'.join(PATIENT['other_name'])}|SPO",
    VISIT_SEGMENT,
]

OBSERVE = [
    rf"MSH|^~\&|{GATEWAY}|LAB_HOSPITAL|LABEMR|LAB_HOSPITAL|20261122090100+0000||ORU^R01^ORU_R01|O1|P|2.6|||NE|AL"
    "|||||IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
    PATIENT_SEGMENT,
    VISIT_SEGMENT,
    "OBR|1|O1^LABGATEWAY|O1^LABGATEWAY|182777000^monitoring of patient^SCT|||20261122090100+0000",
    "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X|||||||MON88123^^0012210000001234^EUI-64",
    "OBX|2|NM|147842^MDC_ECG_HEART_RATE^MDC|1.7.4.147842|82|264864^MDC_DIM_BEAT_PER_MIN^MDC|||||R"
    "|||20261122090100+0000||||MON88123^^0012210000001234^EUI-64",
    "OBX|3||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|2.0.0.0|||||||X|||||||PMP55017^^0012210000005678^EUI-64",
    "OBX|4|NM|157784^MDC_FLOW_FLUID_PUMP^MDC|2.1.2.157784|12.5|265266^MDC_DIM_MILLI_L_PER_HR^MDC|||||R"
    "|||20261122090100+0000||||PMP55017^^0012210000005678^EUI-64",
]

ALARM = [
    rf"MSH|^~\&|{GATEWAY}|LAB_HOSPITAL|LABALARMS|LAB_HOSPITAL|20261122090200+0000||ORU^R40^ORU_R40|L1|P|2.6|||NE|AL"
    "|||||IHE_PCD_ACM_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.4.1^ISO",
    PATIENT_SEGMENT,
    VISIT_SEGMENT,
    "OBR|1|L1^LABGATEWAY|L1^LABGATEWAY|196616^MDC_EVT_ALARM^MDC|||20261122090200+0000",
    "OBX|1|CWE|196616^MDC_EVT_ALARM^MDC|1.0.0.0.1|196670^MDC_EVT_LO^MDC||||||F"
    "|||20261122090200+0000||||MON88123^^0012210000001234^EUI-64",
    "OBX|2|NM|150456^MDC_PULS_OXIM_SAT_O2^MDC|1.0.0.0.2|79|262688^MDC_DIM_PERCENT^MDC|90-96|L~PM~SP|||F",
    "OBX|3|ST|68481^MDC_ATTR_EVENT_PHASE^MDC|1.0.0.0.3|start||||||F",
    "OBX|4|ST|68482^MDC_ATTR_ALARM_STATE^MDC|1.0.0.0.4|active||||||F",
]

for name, segments in {"admit": ADMIT, "observe": OBSERVE, "alarm": ALARM}.items():
    message = "".join(segment + "\r" for segment in segments)
    Path(f"{name}.hl7").write_bytes(b"\x0b" + message.encode() + b"\x1c\r")
