#!/bin/sh
# networkd.sh HOSTNAME: systemd-networkd asks for an address, in a network namespace.
set -eu
ip address flush dev eth0
# It waits for udev unless it takes itself for a container, where /sys cannot be written.
mount -o remount,ro,bind /sys
mkdir -p /run/systemd/network /run/systemd/netif
printf '[Match]\nName=eth0\n[Network]\nDHCP=yes\n[DHCPv4]\nHostname=%s\nVendorClassIdentifier=%s\nClientIdentifier=mac\n' \
    "$1" "Viewer 9" >/run/systemd/network/10-lab.network
SYSTEMD_LOG_LEVEL=debug exec /lib/systemd/systemd-networkd
