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
            /// The version this endpoint agreed to as a server: `1.0` to `1.3`, `ssl3`.
            TlsVersion: Tls = "tls.version";
        }
    };
}

pub(super) use application_facts;
