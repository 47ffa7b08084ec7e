//! Logs of log-ins and of what servers say of themselves: SSH, NTLM, Kerberos, SNMP, RDP, FTP.
//!
//! Names of users, passwords and communities are looked at, never told.

use super::Rejection;
use super::hosts::{Talk, talk};
use crate::fields::Row;
use crate::observed::{Session, clear_credentials, community, log_in_failed};
use crate::tell::Teller;
use cordon_model::observe::Fact;

type Told = Result<(), Rejection>;

pub(super) const SSH: &[&str] = &["ts", "id.orig_h", "id.resp_h", "client", "server", "auth_success"];

pub(super) fn ssh(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let Talk { at, client, server } = talk(row, number, teller)?;
    for (whom, place) in [(client, 3), (server, 4)] {
        if let Some(software) = row.text(place) {
            teller.fact(at, whom, Fact::SshIdentification, &software);
        }
    }
    if row.flag(5) == Some(false) {
        log_in_failed(teller, Session { at, client, server }, "SSH");
    }
    Ok(())
}

pub(super) const NTLM: &[&str] = &[
    "ts",
    "id.orig_h",
    "id.resp_h",
    "hostname",
    "domainname",
    "server_nb_computer_name",
    "server_dns_computer_name",
    "server_tree_name",
    "success",
];

pub(super) fn ntlm(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let Talk { at, client, server } = talk(row, number, teller)?;
    let told = [
        (client, 3, Fact::NtlmWorkstation),
        (client, 4, Fact::NtlmUserDomain),
        (server, 5, Fact::NtlmComputer),
        (server, 6, Fact::NtlmDnsComputer),
        (server, 7, Fact::NtlmForest),
    ];
    for (whom, place, fact) in told {
        if let Some(value) = row.text(place) {
            teller.fact(at, whom, fact, &value);
        }
    }
    if row.flag(8) == Some(false) {
        log_in_failed(teller, Session { at, client, server }, "NTLM");
    }
    Ok(())
}

pub(super) const KERBEROS: &[&str] =
    &["ts", "id.orig_h", "id.resp_h", "request_type", "client", "service", "success", "error_msg"];

pub(super) fn kerberos(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let Talk { at, client, server } = talk(row, number, teller)?;
    // `PACS01$/CLINIC.EXAMPLE`: only the accounts of computers end so; all others may be people's.
    if let Some(principal) = row.text(4)
        && let Some((account, realm)) = principal.rsplit_once('/')
    {
        teller.fact(at, client, Fact::KerberosRealm, realm);
        if account.ends_with('$') {
            teller.fact(at, client, Fact::KerberosComputer, account);
        }
    }
    if let Some(service) = row.text(5)
        && let Some(realm) = service.strip_prefix("krbtgt/")
    {
        teller.fact(at, server, Fact::KerberosRealm, realm);
        teller.fact(at, server, Fact::KerberosRole, "kdc");
    }
    // Without a proof that the password is known the first request always fails (RFC 4120 5.2.7).
    let reason = row.text(7).unwrap_or_default();
    if row.flag(6) == Some(false) && !reason.is_empty() && reason != "KDC_ERR_PREAUTH_REQUIRED" {
        let reason: String = reason.chars().filter(|c| c.is_ascii_uppercase() || *c == '_').collect();
        log_in_failed(teller, Session { at, client, server }, format!("Kerberos {reason}").trim());
    }
    Ok(())
}

pub(super) const SNMP: &[&str] =
    &["ts", "id.orig_h", "id.resp_h", "version", "community", "get_responses", "display_string"];

pub(super) fn snmp(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let Talk { at, client, server } = talk(row, number, teller)?;
    let answered = row.number(5).unwrap_or(0) > 0;
    if answered {
        teller.fact(at, server, Fact::SnmpRole, "agent");
        if let Some(version) = row.text(3) {
            teller.fact(at, server, Fact::SnmpVersion, &version);
        }
    }
    if let Some(description) = row.text(6) {
        teller.fact(at, server, Fact::SnmpDescription, &description);
    }
    if let Some(word) = row.text(4).filter(|_| answered) {
        community(teller, Session { at, client, server }, &word);
    }
    Ok(())
}

pub(super) const RDP: &[&str] =
    &["ts", "id.orig_h", "id.resp_h", "security_protocol", "client_build", "client_name", "keyboard_layout"];

pub(super) fn rdp(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let Talk { at, client, server } = talk(row, number, teller)?;
    let told = [(server, 3, Fact::RdpSecurity), (client, 5, Fact::RdpClientName)];
    for (whom, place, fact) in told {
        if let Some(value) = row.text(place) {
            teller.fact(at, whom, fact, &value);
        }
    }
    Ok(())
}

pub(super) const FTP: &[&str] = &["ts", "id.orig_h", "id.resp_h", "user", "command"];

pub(super) fn ftp(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    let Talk { at, client, server } = talk(row, number, teller)?;
    let is_account =
        row.text(3).is_some_and(|user| !matches!(user.as_str(), "anonymous" | "ftp" | "<unknown>"));
    if is_account {
        clear_credentials(teller, Session { at, client, server }, "FTP");
    }
    Ok(())
}

pub(super) const SMB: &[&str] = &["ts", "id.orig_h", "id.resp_h", "share_type"];

/// Names of shares and files may be, or name, patients; that they were used is all there is to say.
pub(super) fn smb(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Told {
    talk(row, number, teller)?;
    teller.journal.skip("names of shares and files, which were not read", 1);
    Ok(())
}
