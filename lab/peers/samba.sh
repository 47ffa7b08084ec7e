#!/bin/sh
# samba.sh prepare|serve|names: a file server that speaks every version of SMB, in the folder it is called in.
set -eu
: "${python:?}" "${peers:?}"
eval "$("$python" "$peers/planted.py")"
mkdir -p /run/samba samba/private samba/state samba/lock samba/share samba/log
chmod 777 samba/share
cat >samba.conf <<END
[global]
workgroup = LABHOSPITAL
netbios name = IMAGESERVER
server string = Lab image store 3.1
interfaces = eth0
bind interfaces only = yes
server min protocol = NT1
ntlm auth = yes
map to guest = never
private dir = $PWD/samba/private
state directory = $PWD/samba/state
cache directory = $PWD/samba/state
lock directory = $PWD/samba/lock
pid directory = $PWD/samba/lock
ncalrpc dir = $PWD/samba/lock/rpc
log file = $PWD/samba/log/%m
passdb backend = tdbsam
disable spoolss = yes
load printers = no
domain master = no
${realm:+realm = $realm
kerberos method = dedicated keytab
dedicated keytab file = $PWD/server.keytab}
[images]
path = $PWD/samba/share
read only = no
END
printf '[global]\nworkgroup = LABHOSPITAL\nnetbios name = READING7\nclient use spnego = yes\nlock directory = %s\nstate directory = %s\ncache directory = %s\nprivate dir = %s\n' \
    "$PWD/client" "$PWD/client" "$PWD/client" "$PWD/client" >client.conf
mkdir -p client
case $1 in
prepare) printf '%s\n%s\n' "$password" "$password" | smbpasswd -c "$PWD/samba.conf" -s -a "$user" ;;
serve) exec smbd --foreground --no-process-group --debug-stdout -s "$PWD/samba.conf" ;;
names) exec nmbd --foreground --no-process-group --debug-stdout -s "$PWD/samba.conf" ;;
esac
