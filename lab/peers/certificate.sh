#!/bin/sh
# Makes a certificate authority and one certificate: certificate.sh NAME SUBJECT ADDRESS -> NAME.key NAME.pem ca.pem
set -eu
[ -e ca.key ] || openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 \
    -subj "/O=Lab Hospital/CN=Lab Hospital Device CA" 2>/dev/null
openssl req -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
printf 'subjectAltName=IP:%s\nextendedKeyUsage=serverAuth,clientAuth\n' "$3" >"$1.extensions"
openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -out "$1.pem" \
    -extfile "$1.extensions" 2>/dev/null
