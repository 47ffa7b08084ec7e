//! The logs that say something, with the fields that do.

use super::{Tell, conn, hosts, sessions};

/// One kind of log.
pub(super) struct Kind {
    /// Zeek's name of it (`#path`, `_path`).
    pub(super) path: &'static str,
    /// The fields that are read, by place.
    pub(super) fields: &'static [&'static str],
    /// Fields that only this kind has; one of them tells it where it is not named.
    marks: &'static [&'static str],
    /// True when a broken record may be given back as it stands: it can name no person.
    pub(super) repeats: bool,
    pub(super) tell: Tell,
}

const KINDS: &[Kind] = &[
    Kind {
        path: "conn",
        fields: conn::FIELDS,
        marks: &["conn_state", "orig_ip_bytes"],
        repeats: true,
        tell: conn::tell,
    },
    Kind {
        path: "dns",
        fields: hosts::DNS,
        marks: &["qtype_name", "rcode_name", "trans_id"],
        repeats: false,
        tell: hosts::dns,
    },
    Kind {
        path: "dhcp",
        fields: hosts::DHCP,
        marks: &["msg_types", "assigned_addr"],
        repeats: true,
        tell: hosts::dhcp,
    },
    Kind { path: "http", fields: hosts::HTTP, marks: &["trans_depth"], repeats: false, tell: hosts::http },
    Kind {
        path: "ssl",
        fields: hosts::SSL,
        marks: &["ssl_history", "cert_chain_fps", "established"],
        repeats: false,
        tell: hosts::ssl,
    },
    Kind {
        path: "software",
        fields: hosts::SOFTWARE,
        marks: &["software_type"],
        repeats: true,
        tell: hosts::software,
    },
    Kind {
        path: "known_services",
        fields: hosts::KNOWN_SERVICES,
        marks: &["port_num"],
        repeats: true,
        tell: hosts::known_services,
    },
    Kind { path: "notice", fields: hosts::NOTICE, marks: &["note"], repeats: false, tell: hosts::notice },
    Kind {
        path: "ssh",
        fields: sessions::SSH,
        marks: &["auth_success", "auth_attempts", "host_key_alg"],
        repeats: false,
        tell: sessions::ssh,
    },
    Kind {
        path: "ntlm",
        fields: sessions::NTLM,
        marks: &["server_nb_computer_name", "domainname"],
        repeats: false,
        tell: sessions::ntlm,
    },
    Kind {
        path: "kerberos",
        fields: sessions::KERBEROS,
        marks: &["request_type"],
        repeats: false,
        tell: sessions::kerberos,
    },
    Kind {
        path: "snmp",
        fields: sessions::SNMP,
        marks: &["community", "get_requests"],
        repeats: false,
        tell: sessions::snmp,
    },
    Kind {
        path: "rdp",
        fields: sessions::RDP,
        marks: &["security_protocol", "client_build"],
        repeats: false,
        tell: sessions::rdp,
    },
    Kind {
        path: "ftp",
        fields: sessions::FTP,
        marks: &["passive", "reply_code"],
        repeats: false,
        tell: sessions::ftp,
    },
    Kind {
        path: "smb_mapping",
        fields: sessions::SMB,
        marks: &["share_type"],
        repeats: false,
        tell: sessions::smb,
    },
    Kind {
        path: "smb_files",
        fields: sessions::SMB,
        marks: &["times.modified"],
        repeats: false,
        tell: sessions::smb,
    },
    Kind {
        path: "known_hosts",
        fields: hosts::KNOWN_HOSTS,
        marks: &[],
        repeats: true,
        tell: hosts::known_hosts,
    },
];

/// The kind with this name.
pub(super) fn named(path: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.path == path)
}

/// The kind whose fields these are.
pub(super) fn of_fields(names: &[String]) -> Option<&'static Kind> {
    let has = |field: &str| names.iter().any(|name| name == field);
    if !has("ts") {
        return None;
    }
    if has("_path") {
        // Which one it is stands in the record.
        return KINDS.first();
    }
    let marked = KINDS.iter().find(|kind| kind.marks.iter().any(|mark| has(mark)));
    marked.or_else(|| named("known_hosts").filter(|_| names.len() == 2 && has("host")))
}
