#!/usr/bin/env bash
# Installs what is missing for one purpose: `run`, `test`, `soak`, `lab`, `check`, `dist` or `bench`.
# With apt where it may; otherwise it says exactly which packages to install, and stops.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

# A C compiler builds the zstd library and links everything.
for_run() {
    need_rust
    need_packages cc=build-essential
}

# The fuzzer's runtime is C++.
for_soak() {
    for_run
    need_packages c++=build-essential
}

# Independent judges of what Cordon writes: tshark reads simulated captures, nft and iptables the rendered rules,
# pdftotext the documents.
for_test() {
    for_soak
    need_packages git=git tshark=tshark nft=nftables iptables-restore=iptables pdftotext=poppler-utils
    need_cargo_tool cargo-nextest
    # Without root nothing of the lab runs, and so nothing of it is needed.
    [ "$(id -u)" -ne 0 ] || for_lab
}

# Real peers in network namespaces. The packages of Python go into the target folder, as pinned, once.
for_lab() {
    for_run
    need_packages ip=iproute2 ethtool=ethtool tcpdump=tcpdump setpriv=util-linux logger=bsdutils unshare=util-linux \
        openssl=openssl storescp=dcmtk tcpreplay=tcpreplay curl=curl busybox=busybox expect=expect sshpass=sshpass nmap=nmap \
        snmpget=snmp smbclient=smbclient dnsmasq=dnsmasq-base dhclient=isc-dhcp-client dhcpcd=dhcpcd-base \
        networkctl=systemd inetutils-telnet=inetutils-telnet telnetd=inetutils-telnetd \
        mosquitto_pub=mosquitto-clients kinit=krb5-user ldapsearch=ldap-utils mariadb=mariadb-client tftp=tftp-hpa \
        sipp=sip-tester swaks=swaks nghttp=nghttp2-client nghttpd=nghttp2-server xfreerdp=freerdp2-x11 Xvfb=xvfb \
        Xtigervnc=tigervnc-standalone-server vncsnapshot=vncsnapshot x11vnc=x11vnc psql=postgresql-client \
        ssh-keygen=openssh-client radclient=freeradius-utils
    need_without_service rsyslog:rsyslogd=rsyslog orthanc:Orthanc=orthanc orthanc:libOrthancDicomWeb=orthanc-dicomweb \
        snmpd:snmpd=snmpd lldpd:lldpd=lldpd avahi-daemon.socket:avahi-daemon=avahi-daemon smbd:smbd=samba nmbd:nmbd=samba \
        ssh:sshd=openssh-server vsftpd:vsftpd=vsftpd inetutils-inetd:inetutils-inetd=inetutils-inetd nginx:nginx=nginx-light \
        mosquitto:mosquitto=mosquitto krb5-kdc:krb5kdc=krb5-kdc krb5-admin-server:kadmin.local=krb5-admin-server \
        slapd:slapd=slapd mariadb:mariadbd=mariadb-server postgresql:postgres=postgresql tftpd-hpa:in.tftpd=tftpd-hpa \
        wide-dhcpv6-client:dhcp6c=wide-dhcpv6-client xrdp:xrdp=xrdp llmnrd:llmnrd=llmnrd wsdd:wsdd=wsdd \
        freeradius:freeradius=freeradius hostapd:hostapd=hostapd wpa_supplicant:wpa_supplicant=wpasupplicant \
        keepalived:keepalived=keepalived dovecot:dovecot=dovecot-imapd dovecot:pop3-login=dovecot-pop3d \
        strongswan:swanctl=strongswan-swanctl strongswan:charon=strongswan-charon \
        softflowd:softflowd=softflowd
    # A camera: GStreamer's server has no program of its own, only Debian's Python can start it.
    /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' 2>/dev/null ||
        need_packages "the RTSP server of GStreamer=gir1.2-gst-rtsp-server-1.0" "its Python=python3-gi" \
            "its sources=gstreamer1.0-plugins-base" "its pictures=gstreamer1.0-plugins-good"
    need_python_folder "$(target_folder)/lab-python" lab/requirements.txt
    # Installed, it would take over the machine's clock.
    need_beside "$(realpath "$(target_folder)")/lab-python/bin" chronyd=chrony
}

for_check() {
    for_run
    need_packages git=git
    need_cargo_tool cargo-deny
    need_cargo_tool mdbook --no-default-features
}

# The training of a build is merged by a tool of the compiler's LLVM, which rustup has, and some systems too.
for_dist() {
    for_run
    profile_merger >/dev/null && return 0
    local package
    package=llvm-$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    rustup component add llvm-tools >/dev/null 2>&1 || need_packages "llvm-profdata-${package#llvm-}=$package"
    profile_merger >/dev/null ||
        stop "Missing: llvm-profdata. Run: rustup component add llvm-tools (or install $package), then start again."
}

for_bench() {
    for_dist
    need_packages ndpiReader=libndpi-bin tshark=tshark zstd=zstd tcpreplay=tcpreplay ip=iproute2
    # The shell's own `time` word does not tell peak memory.
    [ -x /usr/bin/time ] || need_packages gnu-time=time
}

case "${1:-run}" in
run) for_run ;;
test) for_test ;;
soak) for_soak ;;
lab) for_lab ;;
check) for_check ;;
dist) for_dist ;;
bench) for_bench ;;
*) stop "usage: scripts/install.sh [run|test|soak|lab|check|dist|bench]" ;;
esac
