//! Applications that are not medicine's own: encryption, shells, files, mail, media.

macro_rules! application_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
            /// The name a client asked this endpoint for (SNI, RFC 6066).
            TlsServerName: Tls = "tls.server_name";
            /// The subject of this endpoint's certificate, RFC 4514 style.
            TlsSubject: Tls = "tls.subject";
            /// The issuer of this endpoint's certificate, RFC 4514 style.
            TlsIssuer: Tls = "tls.issuer";
            /// The end of this endpoint's certificate's validity, RFC 3339.
            TlsNotAfter: Tls = "tls.not_after";
            /// The version this endpoint agreed to as a server: `1.0` to `1.3`, `ssl3`, `ssl2`.
            TlsVersion: Tls = "tls.version";
            /// The cipher suite this endpoint chose as a server, by its name in IANA's registry, otherwise its
            /// number in hexadecimal digits.
            TlsCipherSuite: Tls = "tls.cipher_suite";
            /// The application protocol this endpoint chose as a server (ALPN, RFC 7301), such as `h2`.
            TlsAlpn: Tls = "tls.alpn";
            /// An application protocol this endpoint offered as a client (RFC 7301).
            TlsAlpnOffered: Tls = "tls.alpn_offered";
            /// The JA4 fingerprint of this endpoint's software as a client (FoxIO).
            TlsJa4: Tls = "tls.ja4";
            /// A further name or address this endpoint's certificate is for (RFC 5280 4.2.1.6).
            TlsAlternativeName: Tls = "tls.alternative_name";
            /// Where the usage description of this endpoint lies, as its certificate says (RFC 8520 section 11).
            TlsMudUrl: Tls = "tls.mud_url";
            /// `yes` when this endpoint's certificate names itself as its issuer.
            TlsSelfSigned: Tls = "tls.self_signed";
            /// The key of this endpoint's certificate: `RSA 2048`, `P-256`, `Ed25519`.
            TlsPublicKey: Tls = "tls.public_key";
            /// This endpoint's certificate is signed in a way that can be forged: `SHA-1 with RSA`.
            TlsWeakSignature: Tls = "tls.weak_signature";
            /// The name a client asked this endpoint for over QUIC (RFC 9001, RFC 6066).
            QuicServerName: Quic = "quic.server_name";
            /// The version a client began with: `1`, `2`, `draft-29`.
            QuicVersion: Quic = "quic.version";
            /// An application protocol this endpoint offered as a client over QUIC (RFC 7301), such as `h3`.
            QuicAlpnOffered: Quic = "quic.alpn_offered";
            /// The JA4 fingerprint of this endpoint's software as a client over QUIC (FoxIO).
            QuicJa4: Quic = "quic.ja4";
            /// What this endpoint's software calls itself (RFC 4253 4.2): `SSH-2.0-OpenSSH_9.2p1 Debian-2`.
            SshIdentification: Ssh = "ssh.identification";
            /// The key exchange this endpoint agreed to as a server.
            SshKeyExchange: Ssh = "ssh.key_exchange";
            /// The kind of key this endpoint agreed to show as a server.
            SshHostKeyAlgorithm: Ssh = "ssh.host_key_algorithm";
            /// The cipher this endpoint agreed to as a server.
            SshCipher: Ssh = "ssh.cipher";
            /// The integrity check this endpoint agreed to as a server; of no meaning where the cipher has its own.
            SshIntegrity: Ssh = "ssh.integrity";
            /// A weak algorithm this endpoint would take as a server.
            SshWeakOffer: Ssh = "ssh.weak_offer";
            /// The kind of key this endpoint showed as a server.
            SshHostKeyType: Ssh = "ssh.host_key_type";
            /// The fingerprint of that key, as tools write it: `SHA256:` and base64.
            SshHostKeyFingerprint: Ssh = "ssh.host_key_fingerprint";
            /// What this endpoint says as a server before it asks for a name.
            TelnetBanner: Telnet = "telnet.banner";
            /// The options this endpoint asks for first, in order: `do 24,will 1`.
            TelnetOptions: Telnet = "telnet.options";
            /// The kind of terminal this endpoint says it is (RFC 1091).
            TelnetTerminal: Telnet = "telnet.terminal";
            /// An account this endpoint logged in to.
            TelnetUser: Telnet = "telnet.user";
            /// A line this endpoint greets with as a server.
            FtpBanner: Ftp = "ftp.banner";
            /// The operating system this endpoint names as a server (reply 215).
            FtpSystem: Ftp = "ftp.system";
            /// An account this endpoint logged in to.
            FtpUser: Ftp = "ftp.user";
            /// What this endpoint greets with as a server.
            SmtpBanner: Smtp = "smtp.banner";
            /// The name this endpoint gives itself as a client (EHLO, HELO).
            SmtpClientName: Smtp = "smtp.client_name";
            /// What this endpoint greets with as a server.
            Pop3Banner: Pop3 = "pop3.banner";
            /// What this endpoint greets with as a server, without the list of what it can do.
            ImapBanner: Imap = "imap.banner";
            /// What this endpoint's software calls itself as a server (`Server`).
            RtspServer: Rtsp = "rtsp.server";
            /// What this endpoint's software calls itself as a client (`User-Agent`).
            RtspUserAgent: Rtsp = "rtsp.user_agent";
            /// The realm this endpoint asks credentials for; cameras often name their model.
            RtspRealm: Rtsp = "rtsp.realm";
            /// What this endpoint's software calls itself (`User-Agent`, `Server`): often maker and model.
            SipUserAgent: Sip = "sip.user_agent";
            /// The account this endpoint registered.
            SipAccount: Sip = "sip.account";
            /// What tells this telephone from all others (RFC 5626 4.1), often with its MAC address.
            SipInstance: Sip = "sip.instance";
            /// The version this endpoint speaks as a client.
            MqttVersion: Mqtt = "mqtt.version";
            /// The identifier this endpoint connects by, where a device made it.
            MqttClient: Mqtt = "mqtt.client";
            /// An account this endpoint connected with.
            MqttUser: Mqtt = "mqtt.user";
            /// The version this endpoint names: `003.008`.
            VncVersion: Vnc = "vnc.version";
            /// A kind of security this endpoint offers as a server: `none`, `password`, `VeNCrypt`.
            VncSecurity: Vnc = "vnc.security";
            /// The host named with this endpoint's screen.
            VncHost: Vnc = "vnc.host";
            /// A maker or an extension this endpoint names: by name where it is known, otherwise in hexadecimal digits.
            IkeVendor: Ike = "ike.vendor";
            /// The version this endpoint speaks: `1`, `2`.
            IkeVersion: Ike = "ike.version";
        }
    };
}

pub(super) use application_facts;
