#!/bin/sh
# kdc.sh: makes the Kerberos realm LAB-HOSPITAL.EXAMPLE in the folder it is called in: krb5.conf, kdc.conf, a database
# with the invented user, and server.keytab for the services at 10.77.0.12.
set -eu
: "${python:?}" "${peers:?}"
eval "$("$python" "$peers/planted.py")"
realm=LAB-HOSPITAL.EXAMPLE
cat >krb5.conf <<END
[libdefaults]
default_realm = $realm
dns_lookup_kdc = false
dns_canonicalize_hostname = false
rdns = false
permitted_enctypes = aes256-cts aes128-cts
[realms]
$realm = {
    kdc = 10.77.0.12
}
[domain_realm]
.lab-hospital.example = $realm
END
cat >kdc.conf <<END
[kdcdefaults]
kdc_ports = 88
kdc_tcp_ports = 88
[realms]
$realm = {
    database_name = $PWD/principal
    key_stash_file = $PWD/stash
    # A file server without a domain cannot use what a domain would add to tickets.
    disable_pac = true
    supported_enctypes = aes256-cts:normal aes128-cts:normal
}
END
export KRB5_CONFIG="$PWD/krb5.conf" KRB5_KDC_PROFILE="$PWD/kdc.conf"
kdb5_util create -s -r "$realm" -P "Master-$password" -W 2>/dev/null || kdb5_util create -s -r "$realm" -P "Master-$password"
kadmin.local -q "addprinc -requires_preauth -pw $password +requires_preauth $user"
for service in cifs/imageserver.lab-hospital.example ldap/imageserver.lab-hospital.example host/imageserver.lab-hospital.example; do
    kadmin.local -q "addprinc -randkey $service"
    kadmin.local -q "ktadd -k $PWD/server.keytab $service"
done
