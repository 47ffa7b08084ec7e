//! Messages that speak of devices, in the forms that gateways, pumps, monitors, personal devices and
//! analysers use; all values are ours.

use super::Hl7;
use super::tests::{PATIENT, framed, segment};
use crate::dissect::testing::{Piece, batter, check, client, server};
use insta::assert_snapshot;

const PUMP_HEADER: &str = "MSH|^~\\&|PUMP_GATEWAY^001AFA0000000001^EUI-64|MAKER|ENGINE|CLINIC|20250310||\
                           ORU^R01^ORU_R01|1|P|2.6|||AL|NE||ASCII|en^English^ISO639||\
                           IHE_PCD_001^IHE PCD^1.3.6.1.4.1.19376.1.6.1.1.1^ISO~GATEWAY_V4.1^MAKER";

/// A gateway of infusion pumps: observations, an alarm, a device report.
pub(super) fn pumps() -> Vec<Piece> {
    let alarm = PUMP_HEADER.replace("ORU^R01^ORU_R01|1", "ORU^R40^ORU_R40|2").replace("_001^", "_004^");
    let report = PUMP_HEADER.replace("ORU_R01|1|", "ORU_R01|3|").replace("_001^", "_015^");
    let report = report.replace("1.3.6.1.4.1.19376.1.6.1.1.1", "1.3.6.1.4.1.19376.1.6.1.15.1");
    vec![
        client(framed(&[
            PUMP_HEADER,
            PATIENT,
            "OBR|1|0^PUMP_GATEWAY^001AFA0000000001^EUI-64|0^PUMP_GATEWAY^001AFA0000000001^EUI-64|999999^x",
            // The maker's company identifier alone names no device.
            "OBX|1||70053^MDC_DEV_PUMP_INFUS_SYRINGE_MDS^MDC|1.0.0.0|||||||X|||||||P528^^001AFA0000000000^EUI-64",
            "OBX|2||70054^MDC_DEV_PUMP_INFUS_SYRINGE_VMD^MDC|1.1.0.0|||||||X",
            "OBX|3|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.1.0.8|Acme Syringe 9||||||F",
            "OBX|4|ST|67972^MDC_ATTR_SYS_ID^MDC|1.1.0.9|3107c7c4-59d7||||||F",
            // The place, not the device.
            "OBX|5|ST|0^MDC_ATTR_PILLAR^MDC|1.1.0.24|0^0||||||F|||||||~~WARD 5~HOUSE^^001AFA0000000000^EUI-64",
            "OBX|6|NM|157784^MDC_FLOW_FLUID_PUMP^MDC|1.1.1.2|4.2|265266^MDC_DIM_MILLI_L_PER_HR^MDC|||||R",
        ])),
        server(framed(&["MSH|^~\\&|ENGINE|CLINIC|||2025||ACK^R01^ACK|8|P|2.6", "MSA|CA|1"])),
        client(framed(&[
            &alarm,
            "OBX|1||70053^MDC_DEV_PUMP_INFUS_SYRINGE_MDS^MDC|1.0.0.0|||||||X|||||||P528^^001AFA0000000000^EUI-64",
            "OBX|2|CWE|196616^MDC_EVT_ALARM^MDC|1.1.0.0.1|196940^MDC_EVT_PUMP_DOOR^MDC||||||F",
            "OBX|3|ST|68480^MDC_ATTR_ALERT_SOURCE^MDC|1.1.0.0.2|x||||||F|||||||P528^^001AFA0000000000^EUI-64",
        ])),
        server(framed(&["MSH|^~\\&|ENGINE|CLINIC|||2025||ORA^R41^ORA_R41|9|P|2.6", "MSA|CA|2"])),
        client(framed(&[
            &report,
            "OBX|1|ST|69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X",
            "OBX|2|ST|67880^MDC_ATTR_ID_MODEL^MDC|1.0.0.1|manufacturer=Acme Medical model=Pump 4000||||||R",
            "OBX|3|ST|531976^MDC_ID_PROD_SPEC_FW^MDC|1.0.0.2|6.1.0",
            "OBX|4|ST|67972^MDC_ATTR_SYS_ID^MDC|1.0.0.3|2000101^Pump 4000^00-1A-01-00-00-00-00-07^EUI-64||||||R",
            "OBX|5|ST|69410^MDC_NCC_WIRELESS_DEVICE_IPV4_ADDR^MDC|1.1.1.2|10.20.30.40",
            "OBX|6|ST|69416^MDC_NCC_WIRELESS_MAC^MDC|1.1.1.3|00:1A:01:AA:BB:CC",
            // Another pump in the same message, known by its serial number alone.
            "OBX|7||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|2.0.0.0|||||||X",
            "OBX|8|ST|531970^MDC_ID_MODEL_MANUFACTURER^MDC|2.0.0.1|Acme Medical",
            "OBX|9|ST|531972^MDC_ID_PROD_SPEC_SERIAL^MDC|2.0.0.2|2000102",
            // And one that nothing names: nothing is told of it.
            "OBX|10||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|3.0.0.0|||||||X",
            "OBX|11|ST|531969^MDC_ID_MODEL_NUMBER^MDC|3.0.0.1|Pump 5000",
        ])),
    ]
}

/// An analyser by the laboratory analytical workflow: it asks, is given work, reports.
pub(super) fn laboratory() -> Vec<Piece> {
    vec![
        client(framed(&[
            "MSH|^~\\&|analyser pro||host||20250310||QBP^Q11^QBP_Q11|1|P|2.5.1|||NE|AL||UNICODE UTF-8|||LAB-27R^MAKER",
            "QPD|INISEQ^^99LAB|query1|SAMPLE-1",
        ])),
        server(framed(&[
            "MSH|^~\\&|host||analyser pro||20250310||RSP^K11^RSP_K11|2|P|2.5.1|||||||||LAB-27R^MAKER",
            "MSA|AA|1",
            "QAK|query1|OK",
        ])),
        client(framed(&[
            "MSH|^~\\&|analyser pro||host||20250310||OUL^R22^OUL_R22|3|P|2.5.1|||NE|AL||UNICODE UTF-8|||LAB-29^IHE",
            "PID|||MRN4711||DOE^JANE",
            "SPM|1|SAMPLE-1",
            "OBX|1|NM|2013^2013^99LAB^^^IHELAW|1|18.0|U/L||N|||F|||||ADMIN~BATCH||m303^MAKER~2272-02^MAKER~1^MAKER",
            "OBX|2|NM|2014^2014^99LAB^^^IHELAW|1|18.0|U/L||N|||F|||||ADMIN~BATCH||m801^MAKER~^MAKER~2^MAKER",
        ])),
        server(framed(&["MSH|^~\\&|host||||2025||ACK^R22^ACK|4|P|2.5.1", "MSA|AA|3"])),
    ]
}

#[test]
fn a_gateway_speaks_for_its_pumps() {
    assert_snapshot!(check::<Hl7>(&pumps()), @r"
    Client hl7.application PUMP_GATEWAY
    Client hl7.facility MAKER
    Server hl7.receiving_application ENGINE
    Server hl7.receiving_facility CLINIC
    Client hl7.device_identifier 001AFA0000000001
    Client hl7.message_type ORU^R01
    Client hl7.version 2.6
    Client hl7.message_profile IHE_PCD_001
    Client hl7.message_profile GATEWAY_V4.1
    Client hl7.profile DEC
    Client hl7.character_set ASCII
    Client hl7.acknowledgement_mode enhanced
    Client for [P528^^001AFA0000000000^EUI-64] hl7.device_identifier P528
    Client for [P528^^001AFA0000000000^EUI-64] hl7.device_type MDC_DEV_PUMP_INFUS_SYRINGE_MDS
    Client for [P528^^001AFA0000000000^EUI-64] hl7.device_model Acme Syringe 9
    Client for [P528^^001AFA0000000000^EUI-64] hl7.device_identifier 3107c7c4-59d7
    Server hl7.application ENGINE
    Server hl7.facility CLINIC
    Server hl7.message_type ACK^R01
    Server hl7.version 2.6
    Client hl7.application PUMP_GATEWAY
    Client hl7.facility MAKER
    Server hl7.receiving_application ENGINE
    Server hl7.receiving_facility CLINIC
    Client hl7.device_identifier 001AFA0000000001
    Client hl7.message_type ORU^R40
    Client hl7.alarms ORU^R40
    Client hl7.version 2.6
    Client hl7.message_profile IHE_PCD_004
    Client hl7.message_profile GATEWAY_V4.1
    Client hl7.profile ACM
    Client hl7.character_set ASCII
    Client hl7.acknowledgement_mode enhanced
    Client for [P528^^001AFA0000000000^EUI-64] hl7.device_identifier P528
    Client for [P528^^001AFA0000000000^EUI-64] hl7.alarms ORU^R40
    Client for [P528^^001AFA0000000000^EUI-64] hl7.device_type MDC_DEV_PUMP_INFUS_SYRINGE_MDS
    Client for [P528^^001AFA0000000000^EUI-64] hl7.device_identifier P528
    Server hl7.application ENGINE
    Server hl7.facility CLINIC
    Server hl7.message_type ORA^R41
    Server hl7.version 2.6
    Server hl7.profile ACM
    Client hl7.application PUMP_GATEWAY
    Client hl7.facility MAKER
    Server hl7.receiving_application ENGINE
    Server hl7.receiving_facility CLINIC
    Client hl7.device_identifier 001AFA0000000001
    Client hl7.message_type ORU^R01
    Client hl7.version 2.6
    Client hl7.message_profile IHE_PCD_015
    Client hl7.message_profile GATEWAY_V4.1
    Client hl7.profile MEMDMC
    Client hl7.character_set ASCII
    Client hl7.acknowledgement_mode enhanced
    Client for [2000101^Pump 4000^00-1A-01-00-00-00-00-07^EUI-64] hl7.device_identifier 2000101
    Client for [2000101^Pump 4000^00-1A-01-00-00-00-00-07^EUI-64] hl7.device_identifier 00-1A-01-00-00-00-00-07
    Client for [2000101^Pump 4000^00-1A-01-00-00-00-00-07^EUI-64] hl7.device_type MDC_DEV_PUMP_INFUS_MDS
    Client for [2000101^Pump 4000^00-1A-01-00-00-00-00-07^EUI-64] hl7.device_manufacturer Acme Medical
    Client for [2000101^Pump 4000^00-1A-01-00-00-00-00-07^EUI-64] hl7.device_model Pump 4000
    Client for [2000101^Pump 4000^00-1A-01-00-00-00-00-07^EUI-64] hl7.device_firmware 6.1.0
    Client for [2000101^Pump 4000^00-1A-01-00-00-00-00-07^EUI-64] hl7.device_address 10.20.30.40
    Client for [2000101^Pump 4000^00-1A-01-00-00-00-00-07^EUI-64] hl7.device_mac 00:1A:01:AA:BB:CC
    Client for [2000102] hl7.device_type MDC_DEV_PUMP_INFUS_MDS
    Client for [2000102] hl7.device_manufacturer Acme Medical
    Client for [2000102] hl7.device_serial 2000102
    Server hl7.unanswered ORU^R01
    patient data: name identifier birth_date address result order
    ");
    batter::<Hl7>(&pumps());
}

#[test]
fn an_analyser_reports_its_modules() {
    assert_snapshot!(check::<Hl7>(&laboratory()), @r"
    Client hl7.application analyser pro
    Server hl7.receiving_application host
    Client hl7.message_type QBP^Q11
    Client hl7.version 2.5.1
    Client hl7.message_profile LAB-27R
    Client hl7.profile LAW
    Client hl7.character_set UNICODE UTF-8
    Client hl7.acknowledgement_mode enhanced
    Server hl7.application host
    Client hl7.receiving_application analyser pro
    Server hl7.message_type RSP^K11
    Server hl7.version 2.5.1
    Server hl7.message_profile LAB-27R
    Server hl7.profile LAW
    Client hl7.application analyser pro
    Server hl7.receiving_application host
    Client hl7.message_type OUL^R22
    Client hl7.version 2.5.1
    Client hl7.message_profile LAB-29
    Client hl7.profile LAW
    Client hl7.character_set UNICODE UTF-8
    Client hl7.acknowledgement_mode enhanced
    Client for [2272-02^MAKER] hl7.device_model m303
    Client for [2272-02^MAKER] hl7.device_manufacturer MAKER
    Client for [2272-02^MAKER] hl7.device_serial 2272-02
    Client for [m801^MAKER~^MAKER~2^MAKER] hl7.device_model m801
    Client for [m801^MAKER~^MAKER~2^MAKER] hl7.device_manufacturer MAKER
    Server hl7.application host
    Server hl7.message_type ACK^R22
    Server hl7.version 2.5.1
    patient data: name identifier result
    ");
    batter::<Hl7>(&laboratory());
}

#[test]
fn personal_devices_state_their_production() {
    let told = check::<Hl7>(&[client(framed(&[
        "MSH|^~\\&|AcmeHub^ACDE48234567ABCD^EUI-64||||2025||ORU^R01^ORU_R01|1|P|2.6|||NE|AL|||||IHE PCD ORU-R01 2006^HL7^1.3.6.1.4.1.19376.1.6.1.1.1^ISO",
        "OBX|1||528391^MDC_DEV_SPEC_PROFILE_BP^MDC|1|||||||X|||||||0123456789ABCDEF^EUI-64",
        "OBX|2|ST|531970^MDC_ID_MODEL_MANUFACTURER^MDC|1.0.0.1|Acme||||||R",
        "OBX|3|ST|531969^MDC_ID_MODEL_NUMBER^MDC|1.0.0.2|Cuff \\T\\ Go||||||R",
        "OBX|4|ST|531972^MDC_ID_PROD_SPEC_SERIAL^MDC|1.0.0.3|SN-77||||||R",
        "OBX|5|ST|531974^MDC_ID_PROD_SPEC_HW^MDC|1.0.0.4|B||||||R",
        "OBX|6|ST|531975^MDC_ID_PROD_SPEC_SW^MDC|1.0.0.5|1.4||||||R",
        "OBX|7|CWE|68218^MDC_REG_CERT_DATA_AUTH_BODY^MDC|1.0.0.6|2^auth-body-continua||||||R",
        "OBX|8|NM|150021^MDC_PRESS_BLD_NONINV_SYS^MDC|1.0.1.1|120|266016^MDC_DIM_MMHG^MDC|||||R",
    ]))]);
    assert_snapshot!(told, @r"
    Client hl7.application AcmeHub
    Client hl7.device_identifier ACDE48234567ABCD
    Client hl7.message_type ORU^R01
    Client hl7.version 2.6
    Client hl7.message_profile IHE PCD ORU-R01 2006
    Client hl7.profile DEC
    Client hl7.acknowledgement_mode enhanced
    Client for [0123456789ABCDEF^EUI-64] hl7.device_identifier 0123456789ABCDEF
    Client for [0123456789ABCDEF^EUI-64] hl7.device_type MDC_DEV_SPEC_PROFILE_BP
    Client for [0123456789ABCDEF^EUI-64] hl7.device_manufacturer Acme
    Client for [0123456789ABCDEF^EUI-64] hl7.device_model Cuff & Go
    Client for [0123456789ABCDEF^EUI-64] hl7.device_serial SN-77
    Client for [0123456789ABCDEF^EUI-64] hl7.device_hardware B
    Client for [0123456789ABCDEF^EUI-64] hl7.device_software 1.4
    Client for [0123456789ABCDEF^EUI-64] hl7.device_certification auth-body-continua
    Server hl7.unanswered ORU^R01
    patient data: result
    ");
}

#[test]
fn a_monitor_names_itself_and_its_modules() {
    let wave =
        format!("OBX|4|NA|131329^MDC_ECG^MDC|1.1.1.2|{}||||||R|||||||CABLE-3^ECG", "-10^".repeat(3000));
    let told = check::<Hl7>(&[client(framed(&[
        "MSH|^~\\&|Monitor^080019FFFE0B4020^EUI-64||||2025||ORU^R01^ORU_R01|1|P|2.6|||NE|NE",
        "OBX|1||69965^MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS^MDC|1.0.0.0|||||||X",
        "OBX|2||70666^MDC_DEV_ECG_RESP_VMD^MDC|1.2.0.0|||||||X|||||||XW25",
        "OBX|3|NM|147842^MDC_ECG_HEART_RATE^MDC|1.2.1.1|80||||||R|||||||MON-4^Acme^080019FFFE0B4020^EUI-64",
        &wave,
        &segment(
            "PRT",
            &[
                (4, "EQUIP"),
                (16, "Monitor 9^^080019FFFE0B4020^EUI-64"),
                (17, "20240101"),
                (18, "20300101"),
                (19, "LOT-1"),
                (20, "SN-4"),
                (22, "^Monitor 9"),
            ],
        ),
    ]))]);
    assert_snapshot!(told, @r"
    Client hl7.application Monitor
    Client hl7.device_identifier 080019FFFE0B4020
    Client hl7.message_type ORU^R01
    Client hl7.version 2.6
    Client hl7.acknowledgement_mode enhanced
    Client for [XW25] hl7.device_identifier XW25
    Client for [XW25] hl7.device_type MDC_DEV_ECG_RESP_VMD
    Client hl7.device_identifier MON-4
    Client hl7.device_identifier 080019FFFE0B4020
    Client hl7.device_type MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS
    Client for [CABLE-3^ECG] hl7.device_identifier CABLE-3
    Client hl7.device_identifier Monitor 9
    Client hl7.device_manufactured 20240101
    Client hl7.device_expiry 20300101
    Client hl7.device_lot LOT-1
    Client hl7.device_serial SN-4
    Client hl7.device_type Monitor 9
    patient data: result waveform
    ");
}

#[test]
fn an_identifier_after_many_entities_is_who_named_them() {
    let observation = |entity: &str| segment("OBX", &[(5, "1"), (18, entity)]);
    let told = check::<Hl7>(&[client(framed(&[
        "MSH|^~\\&|Pumps^001A010000000001^EUI-64||||2025||ORU^R01|1|P|2.6|||NE|NE",
        &observation("GW^Hub^001A010000000001^EUI-64"),
        &observation("2000101^Pump^001A010000000001^EUI-64"),
        &observation("2000102^Pump^001A010000000001^EUI-64"),
        &observation("GW^Hub^001A010000000001^EUI-64"),
        &observation("Pumps"),
    ]))]);
    assert_snapshot!(told, @r"
    Client hl7.application Pumps
    Client hl7.device_identifier 001A010000000001
    Client hl7.message_type ORU^R01
    Client hl7.version 2.6
    Client hl7.acknowledgement_mode enhanced
    Client hl7.device_identifier GW
    Client hl7.device_identifier 001A010000000001
    Client for [2000101^Pump^001A010000000001^EUI-64] hl7.device_identifier 2000101
    Client for [2000101^Pump^001A010000000001^EUI-64] hl7.device_identifier 001A010000000001
    Client for [2000102^Pump^001A010000000001^EUI-64] hl7.device_identifier 2000102
    Client for [2000102^Pump^001A010000000001^EUI-64] hl7.device_identifier 001A010000000001
    Client hl7.device_identifier GW
    Client hl7.device_identifier 001A010000000001
    Client hl7.device_identifier Pumps
    patient data: result
    ");
}

#[test]
fn equipment_and_device_segments_are_read() {
    let implant = segment("DEV", &[(2, "IMPLANT-1"), (11, "SN-IMPLANT"), (17, "I")]);
    let told = check::<Hl7>(&[client(framed(&[
        "MSH|^~\\&|LAS||||2025||ESU^U01|1|P|2.9|||NE|NE||||||||^00:1A:01:00:00:09^MAC",
        "EQU|AN-7^LAB^AABBCCDDEEFF0011^EUI-64|2025|OP",
        &segment(
            "DEV",
            &[
                (1, "A"),
                (2, "D-1"),
                (3, "5^Ventilator"),
                (5, "Acme^L"),
                (7, "Breeze 2"),
                (8, "CAT-9"),
                (9, "00889876543210"),
                (10, "LOT-2"),
                (11, "SN-12"),
                (12, "20240101"),
                (13, "20300101"),
                (16, "3.2"),
            ],
        ),
        &implant,
    ]))]);
    assert_snapshot!(told, @r"
    Client hl7.application LAS
    Client hl7.network_address 00:1A:01:00:00:09
    Client hl7.message_type ESU^U01
    Client hl7.version 2.9
    Client hl7.acknowledgement_mode enhanced
    Client for [AN-7^LAB^AABBCCDDEEFF0011^EUI-64] hl7.device_identifier AN-7
    Client for [AN-7^LAB^AABBCCDDEEFF0011^EUI-64] hl7.device_identifier AABBCCDDEEFF0011
    Client for [SN-12] hl7.device_identifier D-1
    Client for [SN-12] hl7.device_type Ventilator
    Client for [SN-12] hl7.device_manufacturer Acme
    Client for [SN-12] hl7.device_model Breeze 2
    Client for [SN-12] hl7.device_part CAT-9
    Client for [SN-12] hl7.device_udi 00889876543210
    Client for [SN-12] hl7.device_lot LOT-2
    Client for [SN-12] hl7.device_serial SN-12
    Client for [SN-12] hl7.device_manufactured 20240101
    Client for [SN-12] hl7.device_expiry 20300101
    Client for [SN-12] hl7.device_software 3.2
    ");
}

#[test]
fn alarms_are_told_once_a_message() {
    let told = check::<Hl7>(&pumps());
    assert_eq!(told.matches("hl7.alarms ORU^R40").count(), 2);
}

#[test]
fn too_much_before_a_name_is_counted() {
    let long = "x".repeat(70);
    let model = format!("OBX|2|ST|531969^MDC_ID_MODEL_NUMBER^MDC|1.0.0.1|{long}");
    let told = check::<Hl7>(&[client(framed(&[
        "MSH|^~\\&|||||||ORU^R01|1|P|2.6|||NE|NE",
        "OBX|1||69985^MDC_DEV_PUMP_INFUS_MDS^MDC|1.0.0.0|||||||X",
        &model,
        &model,
        &model,
        &model,
        "OBX|9|ST|67972^MDC_ATTR_SYS_ID^MDC|1.0.0.3|PUMP-9",
    ]))]);
    assert_eq!(told.matches("for [PUMP-9] hl7.device_model").count(), 2);
    assert!(told.contains("limits: 2"), "{told}");
}

/// An implant by its own identifiers, as PRT and as DEV, after these segments.
fn implant_after(header: &str, segments: &[&str]) -> String {
    let part = segment("PRT", &[(4, "EQUIP"), (10, "UDI-IMPLANT"), (16, "ID-IMPLANT"), (20, "SN-IMPLANT")]);
    let device = segment("DEV", &[(2, "ID-IMPLANT"), (9, "UDI-IMPLANT"), (11, "SN-IMPLANT")]);
    check::<Hl7>(&[client(framed(&[&[header], segments, &[&part, &device]].concat()))])
}

#[test]
fn a_patient_s_implant_is_nobody_s_equipment() {
    let plain = "MSH|^~\\&|EHR||||2025||ORU^R01^ORU_R01|1|P|2.9|||NE|NE";
    let result = segment("OBX", &[(2, "ST"), (3, "74711-3^UDI^LN"), (5, "x"), (11, "F")]);
    let cardiac =
        segment("OBX", &[(3, "720897^MDC_IDC_DEV_TYPE^MDC"), (5, "ICD"), (11, "F"), (18, "SN-IMPLANT")]);
    for (header, segments) in [
        (plain, &[PATIENT][..]),
        (plain, &[PATIENT, "OBR|1"]),
        (plain, &[PATIENT, "OBR|1", &result]),
        (plain, &[PATIENT, "OBR|1", &cardiac]),
        (plain, &[]),
        (PUMP_HEADER, &[PATIENT]),
        (PUMP_HEADER, &["EQU|AN-7^LAB", PATIENT]),
    ] {
        let told = implant_after(header, segments);
        assert!(told.contains("hl7.application") && !told.contains("IMPLANT"), "{told}");
    }
    let used = segment("OBX", &[(3, "1^MDC_DEV_PUMP_INFUS_MDS^MDC"), (11, "X"), (18, "PUMP-1")]);
    for (header, segments) in [
        (plain, &[PATIENT, "OBR|1", &used][..]),
        (PUMP_HEADER, &[PATIENT, "OBR|1", &result]),
        (plain, &["EQU|AN-7^LAB"]),
    ] {
        // Equipment in use has its own.
        let told = implant_after(header, segments);
        assert!(told.contains("[SN-IMPLANT] hl7.device_udi UDI-IMPLANT"), "{told}");
    }
}

#[test]
fn who_takes_part_is_no_device() {
    let of = |fields: &[(usize, &str)]| {
        let part = segment("PRT", &[fields, &[(16, "5550199")]].concat());
        let used = segment("OBX", &[(3, "1^MDC_DEV_PUMP_INFUS_MDS^MDC"), (11, "X"), (18, "PUMP-1")]);
        check::<Hl7>(&[client(framed(&[PUMP_HEADER, &used, &part]))])
    };
    assert!(!of(&[(4, "AP^Provider"), (5, "9^DOE^JANE")]).contains("5550199"));
    // A separator too many, and a telephone number stands where a device's identifier belongs.
    assert!(!of(&[(3, "AD"), (5, "AP^Provider"), (15, "12 ELM STREET")]).contains("5550199"));
    assert!(!of(&[(15, "12 ELM STREET")]).contains("5550199"));
}

#[test]
fn an_observation_that_shifted_names_no_equipment() {
    for observation in [
        // Who observed, where the equipment belongs.
        "OBX|1|ST|x||1||||||F|||20250310|||LAB|9^DOE^JANE",
        "OBX|1|ST|x||1||||||||F|||20250310||JANE",
        "OBX|1|ST|x||1||||||F|||LAB||||JANE",
        "OBX|1|ST|x||1||||||F||||||20250310|JANE",
        "OBX|1|ST|x||1||||||F|||||||JANE||PUMP^X^AABBCCDDEEFF0011^EUI-64",
        "OBX|1|ST|x||1||||||FNTE|1||words||||JANE",
        "OBX|1|ST|x||1||||||F|\u{0}||||||JANE",
    ] {
        let told = check::<Hl7>(&[client(framed(&["MSH|^~\\&|A||||2025||ORU^R01|1|P|2.6", observation]))]);
        assert!(told.contains("hl7.application A") && !told.contains("device"), "{observation}: {told}");
        // Of one that is too long what follows the equipment is not read.
        let long = observation.replace("|x||1|", &format!("|x||{}|", "1".repeat(5_000)));
        if !observation.ends_with("EUI-64") {
            let told = check::<Hl7>(&[client(framed(&["MSH|^~\\&|A||||2025||ORU^R01|1|P|2.6", &long]))]);
            assert!(told.contains("hl7.application A") && !told.contains("device"), "{observation}: {told}");
        }
    }
}

#[test]
fn a_header_that_breaks_off_names_nobody() {
    for header in [
        "MSH|^~\\&|A|B|C",
        "MSH|^~\\&|ABPID|1||MRN4711^^^X||DOE^JANE||19440229|F",
        "MSH|^~\\&|A|BMRG|MRN4711||DOE^JANE",
        "MSH|^~\\&||DOE^JANE|A|B|C|2025||ORU^R01|1|P|2.6",
        "MSH|^~\\&|A|DOE|MRN4711||LEE^ANN|x||1|P|2.6",
    ] {
        let told = check::<Hl7>(&[client(framed(&[header, PATIENT]))]);
        assert!(!told.contains("hl7."), "{told}");
        assert!(told.contains("patient data: name identifier"), "{told}");
    }
}
