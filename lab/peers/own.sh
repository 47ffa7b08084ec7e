#!/bin/sh
# own.sh COMMAND... runs a command on a machine that is its own as far as it can see: /run is empty, and the invented
# user can log in with the invented password. Nothing of this is seen outside, and all of it is gone when it ends.
set -eu
: "${python:?}" "${peers:?}"
if [ "${cordon_lab_own:-}" != "$$" ]; then
    # The same process goes on in a view of the files that is its own.
    exec env cordon_lab_own=$$ unshare --mount --propagation private sh "$0" "$@"
fi
eval "$("$python" "$peers/planted.py")"
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/sshd /run/lldpd /run/vsftpd/empty /run/lock own/home
chmod 755 . own own/home
{ cat /etc/passwd && echo "$user:x:4711:4711::$PWD/own/home:/bin/sh"; } >own/passwd
{ cat /etc/group && echo "$user:x:4711:"; } >own/group
{ cat /etc/shadow && echo "$user:$(openssl passwd -6 "$password"):19000:0:99999:7:::"; } >own/shadow
chmod 644 own/passwd own/group && chmod 600 own/shadow && chown 4711:4711 own/home
for file in passwd group shadow; do mount --bind "own/$file" "/etc/$file"; done
exec "$@"
