#!/bin/sh
# postgresql.sh prepare|serve: a database in the folder it is called in. It refuses to run as an administrator.
set -eu
programs=$(for folder in /usr/lib/postgresql/*/bin; do echo "$folder"; done | tail -n 1)
as() { setpriv --reuid postgres --regid postgres --clear-groups "$@"; }
case $1 in
prepare)
    eval "$("$python" "$peers/planted.py")"
    chmod 755 .
    mkdir database && cp server.pem server.key database && chown -R postgres database && chmod 600 database/server.key
    cd database
    LC_ALL=C as "$programs/initdb" -D data -A trust -E UTF8 --no-sync >/dev/null
    printf "listen_addresses = '*'\nssl = on\nssl_cert_file = '%s/server.pem'\nssl_key_file = '%s/server.key'\nunix_socket_directories = ''\nfsync = off\n" \
        "$PWD" "$PWD" >>data/postgresql.conf
    printf 'host all clear 0.0.0.0/0 password\nhost all all 0.0.0.0/0 scram-sha-256\n' >data/pg_hba.conf
    for line in "create role $user login password '$password'" "create role clear login password '$password'" "create database images"; do
        echo "$line" | as "$programs/postgres" --single -D data postgres >/dev/null
    done
    ;;
serve) exec setpriv --reuid postgres --regid postgres --clear-groups "$programs/postgres" -D database/data ;;
esac
