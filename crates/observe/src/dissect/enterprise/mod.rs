//! What computers of an enterprise speak: management, file sharing, directories, log-ins, databases.

mod ber;
pub mod dcerpc;
mod framed;
pub(super) mod gss;
pub mod kerberos;
pub mod ldap;
pub mod mssql;
pub mod mysql;
mod ntlm;
pub mod oracle;
pub mod postgres;
pub mod radius;
pub mod rdp;
pub mod smb;
pub mod snmp;
pub mod tacacs;
#[cfg(test)]
pub(super) mod tests;
mod words;
