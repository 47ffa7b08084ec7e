//! What systems report about themselves and others.

macro_rules! logs_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
            /// HOSTNAME of messages this endpoint sends; several mean that it passes on what others report.
            SyslogHostname: Syslog = "syslog.hostname";
            /// APP-NAME, or the older form's TAG, of messages this endpoint sends.
            SyslogApplication: Syslog = "syslog.application";
            /// The software that messages of this endpoint say they come from (RFC 5424 7.2.3).
            SyslogSoftware: Syslog = "syslog.software";
            /// That software's version.
            SyslogSoftwareVersion: Syslog = "syslog.software_version";
            /// AuditSourceID: what this endpoint calls itself in the audit trail it sends.
            AtnaSource: Atna = "atna.source";
            /// AuditEnterpriseSiteID: the site this endpoint says the events belong to.
            AtnaSite: Atna = "atna.enterprise_site";
            /// A kind of event this endpoint reports, in the words of DICOM's audit codes (PS3.16 CID 400).
            AtnaEvent: Atna = "atna.event";
            /// An application entity title that an audit message says takes part at this address.
            AtnaAeTitle: Atna = "atna.ae_title";
        }
    };
}

pub(super) use logs_facts;
