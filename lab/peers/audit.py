"""Writes audit.xml: an audit message (DICOM PS3.15 A.5, RFC 3881) about a patient's images that were looked at, on
one line, as syslog carries it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from planted import PATIENT

MESSAGE = f"""<?xml version="1.0" encoding="UTF-8"?>
<AuditMessage>
<EventIdentification EventActionCode="R" EventDateTime="2026-11-22T09:00:00Z" EventOutcomeIndicator="0">
<EventID csd-code="110103" codeSystemName="DCM" originalText="DICOM Instances Accessed"/>
</EventIdentification>
<ActiveParticipant UserID="NURSE7" UserIsRequestor="true" NetworkAccessPointID="10.77.0.14" NetworkAccessPointTypeCode="2"/>
<AuditSourceIdentification AuditEnterpriseSiteID="LAB_HOSPITAL" AuditSourceID="WORKSTATION">
<AuditSourceTypeCode csd-code="1"/>
</AuditSourceIdentification>
<ParticipantObjectIdentification ParticipantObjectID="{PATIENT['id']}" ParticipantObjectTypeCode="1"
 ParticipantObjectTypeCodeRole="1">
<ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881" originalText="Patient Number"/>
<ParticipantObjectName>{' '.join(PATIENT['name'])}</ParticipantObjectName>
</ParticipantObjectIdentification>
</AuditMessage>"""

Path("audit.xml").write_text(MESSAGE.replace("\n", ""))
