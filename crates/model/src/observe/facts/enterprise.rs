//! What computers of an enterprise speak: file sharing, directories, management, databases.

macro_rules! enterprise_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
            /// `agent` or `manager`: the part this endpoint plays in SNMP.
            SnmpRole: Snmp = "snmp.role";
            /// A version this agent answers in or reports with: `1`, `2c`, `3`.
            SnmpVersion: Snmp = "snmp.version";
            /// The community this agent answers to, where makers set it at the factory (`public`); otherwise
            /// `of the site's own`.
            SnmpCommunity: Snmp = "snmp.community";
            /// How messages of version 3 with this agent are protected: `noAuthNoPriv`, `authNoPriv`, `authPriv` (RFC 3411).
            SnmpSecurity: Snmp = "snmp.security";
            /// A user this manager names in version 3, as the site allows names of users to be told.
            SnmpUser: Snmp = "snmp.user";
            /// sysDescr (RFC 3418).
            SnmpDescription: Snmp = "snmp.description";
            /// sysObjectID (RFC 3418), or the sender's kind in a trap of version 1: who made the agent, and mostly what
            /// model it is.
            SnmpObjectId: Snmp = "snmp.object_id";
            /// sysName (RFC 3418): mostly the host name.
            SnmpName: Snmp = "snmp.name";
            /// sysLocation (RFC 3418).
            SnmpLocation: Snmp = "snmp.location";
            /// `present` where the agent names somebody to turn to (sysContact, RFC 3418).
            SnmpContact: Snmp = "snmp.contact";
            /// The maker, of the chassis (entPhysicalMfgName, RFC 6933) or the UPS (RFC 1628).
            SnmpManufacturer: Snmp = "snmp.manufacturer";
            /// The model, of the chassis (entPhysicalModelName), the UPS or in objects of APC and HP.
            SnmpModel: Snmp = "snmp.model";
            /// The serial number, of the chassis (entPhysicalSerialNum), the printer (RFC 3805) or in objects of APC,
            /// Cisco and HP.
            SnmpSerial: Snmp = "snmp.serial";
            /// Hardware revision of the chassis (entPhysicalHardwareRev).
            SnmpHardware: Snmp = "snmp.hardware_revision";
            /// Firmware revision of the chassis (entPhysicalFirmwareRev) or in objects of APC.
            SnmpFirmware: Snmp = "snmp.firmware_revision";
            /// Software revision of the chassis (entPhysicalSoftwareRev) or the UPS.
            SnmpSoftware: Snmp = "snmp.software_revision";
            /// Software of the card that speaks for the UPS (upsIdentAgentSoftwareVersion, RFC 1628).
            SnmpAgentSoftware: Snmp = "snmp.agent_software";
            /// The first device in hrDeviceTable (hrDeviceDescr, RFC 2790): of a printer its model.
            SnmpDevice: Snmp = "snmp.device";
            /// prtGeneralPrinterName (RFC 3805).
            SnmpPrinterName: Snmp = "snmp.printer_name";
            /// The link-layer address of one of the agent's interfaces (ifPhysAddress, RFC 2863).
            SnmpInterface: Snmp = "snmp.interface_address";
            /// The identifier of the agent's engine in hexadecimal digits (SnmpEngineID, RFC 3411).
            SnmpEngineId: Snmp = "snmp.engine_id";
            /// The IANA enterprise number in that identifier: who made the agent.
            SnmpEngineEnterprise: Snmp = "snmp.engine_enterprise";
            /// The IP or link-layer address in that identifier.
            SnmpEngineAddress: Snmp = "snmp.engine_address";
            /// The text in that identifier, which an administrator set.
            SnmpEngineText: Snmp = "snmp.engine_text";
            /// What the agent notifies of: one of the standard's traps by name, others by object identifier.
            SnmpTrap: Snmp = "snmp.trap";
            /// The version of SMB this endpoint agreed to as a server: `1.0`, `2.0.2`, `2.1`, `3.0`, `3.0.2`, `3.1.1`
            /// (MS-SMB2 2.2.4); `core` or the dialect's name where it is older.
            SmbDialect: Smb = "smb.dialect";
            /// The versions this endpoint offers as a client, in order, comma separated.
            SmbOffers: Smb = "smb.offers";
            /// Whether this endpoint signs messages: `required`, `possible`, `none`.
            SmbSigning: Smb = "smb.signing";
            /// The cipher this server would encrypt with: `AES-128-CCM`, `AES-128-GCM`, `AES-256-CCM`, `AES-256-GCM`.
            SmbEncryption: Smb = "smb.encryption";
            /// `yes` where this endpoint sent encrypted messages.
            SmbEncrypted: Smb = "smb.encrypted";
            /// What a server lets in: `guest` or `anonymous` sessions.
            SmbAccess: Smb = "smb.access";
            /// The identifier a server gives itself (MS-SMB2 2.2.4 ServerGuid).
            SmbServerGuid: Smb = "smb.server_guid";
            /// The operating system this endpoint says it runs (SMB1, MS-CIFS 2.2.4.53).
            SmbNativeOs: Smb = "smb.native_os";
            /// The software that speaks SMB1 at this endpoint (NativeLanMan).
            SmbNativeLanMan: Smb = "smb.native_lanman";
            /// The NetBIOS name of this endpoint, as a session is asked for (RFC 1002 4.3.2) or in SMB1's negotiation.
            SmbNetbiosName: Smb = "smb.netbios_name";
            /// The domain or workgroup of this endpoint in SMB1.
            SmbDomain: Smb = "smb.domain";
            /// The name a client asked this server's shares under.
            SmbAskedName: Smb = "smb.asked_name";
            /// A share that was opened at this server, where its name cannot be a person's: those of the system
            /// (`IPC$`, `ADMIN$`, `C$`, `SYSVOL`), and those named after what they hold.
            SmbShare: Smb = "smb.share";
            /// A named pipe that was opened at this server: `svcctl`, `winreg`, `spoolss`.
            SmbPipe: Smb = "smb.pipe";
            /// An account this client logged in with, as the site allows names of users to be told.
            SmbUser: Smb = "smb.user";
            /// The NetBIOS name of the computer that challenges (MS-NLMP 2.2.2.1).
            NtlmComputer: Ntlm = "ntlm.computer";
            /// The NetBIOS name of the challenger's domain; of a computer in none its own name.
            NtlmDomain: Ntlm = "ntlm.domain";
            /// The full name of the computer that challenges.
            NtlmDnsComputer: Ntlm = "ntlm.dns_computer";
            /// The DNS name of the challenger's domain.
            NtlmDnsDomain: Ntlm = "ntlm.dns_domain";
            /// The DNS name of the challenger's forest.
            NtlmForest: Ntlm = "ntlm.forest";
            /// The operating system's version of this endpoint (MS-NLMP 2.2.2.10): `10.0.19041`. Software other than
            /// Windows mostly says `6.1.0`.
            NtlmOs: Ntlm = "ntlm.os";
            /// The computer an account logs in from, as it calls itself.
            NtlmWorkstation: Ntlm = "ntlm.workstation";
            /// The domain of the account that logs in.
            NtlmUserDomain: Ntlm = "ntlm.user_domain";
            /// The account that logs in, as the site allows names of users to be told.
            NtlmUser: Ntlm = "ntlm.user";
            /// The version of the response an endpoint logs in with: `1`, `2`; the first is broken.
            NtlmVersion: Ntlm = "ntlm.version";
            /// A realm this endpoint logs in to or grants tickets for.
            KerberosRealm: Kerberos = "kerberos.realm";
            /// `client`, or `kdc`: the part this endpoint plays.
            KerberosRole: Kerberos = "kerberos.role";
            /// An account that logs in from this endpoint, as the site allows names of users to be told.
            KerberosUser: Kerberos = "kerberos.user";
            /// The computer whose own account logs in from this endpoint.
            KerberosComputer: Kerberos = "kerberos.computer";
            /// The NetBIOS name a client gives among its addresses (RFC 4120 7.5.3, type 20).
            KerberosNetbiosName: Kerberos = "kerberos.netbios_name";
            /// A service on a host that this endpoint asks tickets for: `cifs/files.clinic.local`.
            KerberosAsks: Kerberos = "kerberos.asks";
            /// The service a client presents a ticket for to this endpoint, and so this host's name.
            KerberosService: Kerberos = "kerberos.service";
            /// The encryption types this endpoint asks for, decimal, in order, comma separated (RFC 3961).
            KerberosEncryptionTypes: Kerberos = "kerberos.encryption_types";
            /// How this client logs in to a directory: `anonymous`, `simple`, or a mechanism such as `GSS-SPNEGO`.
            LdapAuthentication: Ldap = "ldap.authentication";
            /// An account this client logs in to a directory with, as the site allows names of users to be told.
            LdapUser: Ldap = "ldap.user";
            /// The computer that looks for a controller of its domain, or logs in with its own account.
            LdapClientName: Ldap = "ldap.client_name";
            /// The site of the domain that a controller says this client is in.
            LdapClientSite: Ldap = "ldap.client_site";
            /// `domain controller` where this endpoint answers as one.
            LdapRole: Ldap = "ldap.role";
            /// The full name of the directory's server (dnsHostName of its own entry, MS-ADTS 6.3).
            LdapHost: Ldap = "ldap.host";
            /// The domain the directory is of, or that clients ask in.
            LdapDomain: Ldap = "ldap.domain";
            /// The forest the directory is of.
            LdapForest: Ldap = "ldap.forest";
            /// The domain's NetBIOS name.
            LdapNetbiosDomain: Ldap = "ldap.netbios_domain";
            /// The controller's NetBIOS name.
            LdapNetbiosName: Ldap = "ldap.netbios_name";
            /// The site of the domain that the controller is in.
            LdapSite: Ldap = "ldap.site";
            /// domainControllerFunctionality (MS-ADTS 3.1.1.3.2.25), a number that grows with Windows' versions: 7 is 2016.
            LdapLevel: Ldap = "ldap.functional_level";
            /// Who made the directory's software (vendorName, RFC 3045).
            LdapVendor: Ldap = "ldap.vendor";
            /// The version of the directory's software (vendorVersion, RFC 3045).
            LdapVersion: Ldap = "ldap.version";
            /// `StartTLS` where this server went on encrypted.
            LdapEncryption: Ldap = "ldap.encryption";
            /// An account a client names when it asks for a desktop, as the site allows names of users to be told.
            RdpUser: Rdp = "rdp.user";
            /// Protections this client offers: `RDP`, and what it adds (MS-RDPBCGR 2.2.1.1.1), comma separated.
            RdpOffers: Rdp = "rdp.offers";
            /// The protection this server chose: `RDP` (its own), `TLS`, `CredSSP`, `RDSTLS`, `CredSSP-EX`, `AAD`.
            RdpSecurity: Rdp = "rdp.security";
            /// Why this server refused what a client offered: `CredSSP required`.
            RdpRefuses: Rdp = "rdp.refuses";
            /// The version of RDP this server speaks, seen where there is no TLS.
            RdpVersion: Rdp = "rdp.version";
            /// The computer a client runs on, as it calls itself; seen where there is no TLS.
            RdpClientName: Rdp = "rdp.client_name";
            /// The build number of the client's software, of Windows' own that of Windows: `19041`.
            RdpClientBuild: Rdp = "rdp.client_build";
            /// The keyboard's layout at the client, decimal; it tells the language: 1031 is German.
            RdpKeyboard: Rdp = "rdp.keyboard";
            /// The version of this SQL Server: `15.0.2000` is 2019.
            MssqlVersion: Mssql = "mssql.version";
            /// The version of the library this client connects with.
            MssqlClientVersion: Mssql = "mssql.client_version";
            /// How much this server encrypts: `not supported`, `log-in only`, `everything`, `required` (MS-TDS 2.2.6.5).
            MssqlEncryption: Mssql = "mssql.encryption";
            /// An instance of SQL Server at this endpoint.
            MssqlInstance: Mssql = "mssql.instance";
            /// The name of the server's computer.
            MssqlServerName: Mssql = "mssql.server_name";
            /// The name a client asked this server under.
            MssqlAskedName: Mssql = "mssql.asked_name";
            /// The computer a client runs on, as it calls itself.
            MssqlClientHost: Mssql = "mssql.client_host";
            /// The program that connects from this endpoint.
            MssqlApplication: Mssql = "mssql.application";
            /// The database this client asks for.
            MssqlDatabase: Mssql = "mssql.database";
            /// An account this client logs in with, as the site allows names of users to be told.
            MssqlUser: Mssql = "mssql.user";
            /// The version this server greets with; MariaDB's begins with `5.5.5-` for old clients' sake.
            MysqlVersion: Mysql = "mysql.version";
            /// `TLS` or `none`: how a session with this server was protected.
            MysqlEncryption: Mysql = "mysql.encryption";
            /// An account this client logs in with, as the site allows names of users to be told.
            MysqlUser: Mysql = "mysql.user";
            /// The database this client asks for, unless it is named after the account.
            MysqlDatabase: Mysql = "mysql.database";
            /// The library this client connects with: `libmariadb`.
            MysqlClient: Mysql = "mysql.client";
            /// That library's version.
            MysqlClientVersion: Mysql = "mysql.client_version";
            /// The operating system that library is made for: `Linux`, `Win64`.
            MysqlClientOs: Mysql = "mysql.client_os";
            /// The program that connects from this endpoint.
            MysqlApplication: Mysql = "mysql.application";
            /// server_version: `15.4 (Debian 15.4-1)`.
            PostgresVersion: Postgres = "postgres.version";
            /// `TLS`, `GSS`, or `not offered`: how this server answers who wants to encrypt.
            PostgresEncryption: Postgres = "postgres.encryption";
            /// How this server has clients prove who they are: `none`, `password` (in clear), `md5`, `SCRAM-SHA-256`, `GSS`,
            /// `SSPI`.
            PostgresAuthentication: Postgres = "postgres.authentication";
            /// An account this client logs in with, as the site allows names of users to be told.
            PostgresUser: Postgres = "postgres.user";
            /// The database this client asks for, unless it is named after the account.
            PostgresDatabase: Postgres = "postgres.database";
            /// application_name: the program that connects from this endpoint.
            PostgresApplication: Postgres = "postgres.application";
            /// The version of Oracle's database at this endpoint: `19.0.0.0.0`.
            OracleVersion: Oracle = "oracle.version";
            /// The version of the library this client connects with.
            OracleClientVersion: Oracle = "oracle.client_version";
            /// A service (SERVICE_NAME, SID) that clients ask this endpoint for.
            OracleService: Oracle = "oracle.service";
            /// The program that connects from this endpoint, without its path.
            OracleProgram: Oracle = "oracle.program";
            /// The computer a client runs on, as it calls itself.
            OracleClientHost: Oracle = "oracle.client_host";
            /// The account of the operating system a client runs under, as the site allows names of users to be told.
            OracleUser: Oracle = "oracle.user";
            /// An interface that clients bind to at this endpoint, by its usual name (`svcctl`, `winreg`, `drsuapi`) or its
            /// identifier.
            DceRpcInterface: DceRpc = "dcerpc.interface";
            /// `client` (a switch, an access point) or `server`: the part this endpoint plays in RADIUS.
            RadiusRole: Radius = "radius.role";
            /// NAS-Identifier (RFC 2865 5.32): what the asking equipment calls itself.
            RadiusNasIdentifier: Radius = "radius.nas_identifier";
            /// NAS-IP-Address (RFC 2865 5.4).
            RadiusNasAddress: Radius = "radius.nas_address";
            /// How stations prove themselves that this equipment asks for: `PAP`, `CHAP`, `EAP`.
            RadiusMethod: Radius = "radius.method";
            /// An account this equipment asks for, as the site allows names of users to be told.
            RadiusUser: Radius = "radius.user";
            /// The name of the computer a station logs in as with its own account.
            RadiusComputer: Radius = "radius.computer";
            /// Where a station is attached: the equipment's name and port.
            RadiusAttachedTo: Radius = "radius.attached_to";
            /// The wireless network a station joins (RFC 3580 3.20).
            RadiusNetwork: Radius = "radius.network";
            /// `client` or `server`: the part this endpoint plays in TACACS+.
            TacacsRole: Tacacs = "tacacs.role";
        }
    };
}

pub(super) use enterprise_facts;
