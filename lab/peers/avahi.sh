#!/bin/sh
# avahi.sh NAME SERVICE PORT TEXT...: announces itself and one service over mDNS.
set -eu
name=$1 service=$2 port=$3
shift 3
folder=$PWD/avahi-$name
mkdir -p "$folder/services" /run/avahi-daemon
printf '[server]\nhost-name=%s\nuse-ipv6=no\nenable-dbus=no\nallow-interfaces=eth0\n[publish]\npublish-hinfo=yes\npublish-workstation=yes\n' \
    "$name" >"$folder/avahi-daemon.conf"
{
    echo "<?xml version=\"1.0\" standalone='no'?><!DOCTYPE service-group SYSTEM \"avahi-service.dtd\">"
    echo "<service-group><name>$name</name><service><type>$service</type><port>$port</port>"
    for text in "$@"; do echo "<txt-record>$text</txt-record>"; done
    echo "</service></service-group>"
} >"$folder/services/lab.service"
mkdir -p /run/etc-avahi
cp -r /etc/avahi/. /run/etc-avahi
rm -f /run/etc-avahi/services/*
cp "$folder/services/lab.service" /run/etc-avahi/services/
mount --bind /run/etc-avahi /etc/avahi
exec avahi-daemon --no-drop-root --no-chroot --debug -f "$folder/avahi-daemon.conf"
