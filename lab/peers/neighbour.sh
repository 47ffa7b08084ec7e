#!/bin/sh
# neighbour.sh switch|pump: a neighbour that announces itself with lldpd, over LLDP with LLDP-MED, and CDP.
set -eu
case $1 in
switch)
    platform="Lab Networks X48"
    hostname=core-switch-1
    description="Lab Networks X48 version 17.3.4"
    options="-l -c -c -c -c -c"
    ;;
pump)
    platform="Infusor IV"
    hostname=pump-0417
    description="Infusor IV software 4.2.1"
    # A device end point of class 1, which tells what it is made of.
    options="-l -c -c -M 1"
    ;;
esac
cat >"$1.conf" <<END
configure system hostname $hostname
configure system description "$description"
configure system platform "$platform"
configure lldp tx-interval 1
configure lldp portidsubtype ifname
END
[ "$1" = switch ] || cat >>"$1.conf" <<END
configure inventory hardware-revision "rev B"
configure inventory software-revision "4.2.1"
configure inventory firmware-revision "1.9"
configure inventory serial-number "INF-20417"
configure inventory manufacturer "Labmed Infusion"
configure inventory model "Infusor IV"
configure inventory asset "CE-0099812"
configure med location address country CH city "Zurich" street "Ramistrasse" building "OPS" room "12"
configure med policy application guest-voice unknown priority voice
END
# shellcheck disable=SC2086
lldpd -d $options -I eth0 -O "$PWD/$1.conf" -u /run/lldpd.socket &
while ! [ -S /run/lldpd.socket ]; do sleep 0.05; done
echo announced
wait
