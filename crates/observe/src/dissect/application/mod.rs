//! What people and programs use everywhere: sessions on other machines, files, mail, calls, logs, messages.

pub(crate) mod file_names;
pub mod ftp;
pub mod mailboxes;
pub mod mqtt;
pub mod rtsp;
pub mod sip;
pub mod smtp;
pub mod ssh;
pub mod syslog;
pub mod talk;
pub mod telnet;
pub mod tftp;
pub mod vnc;
