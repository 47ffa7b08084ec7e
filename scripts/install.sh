#!/usr/bin/env bash
# Installs what is missing for one purpose: `run`, `test`, `soak`, `lab`, `check` or `bench`.
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

# Independent judges of what Cordon writes: tshark reads simulated captures, nft the rendered rules,
# pdftotext the documents.
for_test() {
    for_soak
    need_packages git=git tshark=tshark nft=nftables pdftotext=poppler-utils
    need_cargo_tool cargo-nextest
    # Without root nothing of the lab runs, and so nothing of it is needed.
    [ "$(id -u)" -ne 0 ] || for_lab
}

# Real peers in network namespaces. The packages of Python go into the target folder, as pinned, once.
for_lab() {
    for_run
    need_packages ip=iproute2 ethtool=ethtool tcpdump=tcpdump setpriv=util-linux logger=bsdutils \
        openssl=openssl storescp=dcmtk tcpreplay=tcpreplay
    need_without_service rsyslog rsyslogd=rsyslog
    need_without_service orthanc Orthanc=orthanc libOrthancDicomWeb=orthanc-dicomweb
    need_python_folder "$(target_folder)/lab-python" lab/requirements.txt
}

for_check() {
    for_run
    need_packages git=git
    need_cargo_tool cargo-deny
    need_cargo_tool mdbook --no-default-features
}

for_bench() {
    for_run
    need_packages ndpiReader=libndpi-bin tshark=tshark zstd=zstd
    # The shell's own `time` word does not tell peak memory.
    [ -x /usr/bin/time ] || need_packages gnu-time=time
}

case "${1:-run}" in
run) for_run ;;
test) for_test ;;
soak) for_soak ;;
lab) for_lab ;;
check) for_check ;;
bench) for_bench ;;
*) stop "usage: scripts/install.sh [run|test|soak|lab|check|bench]" ;;
esac
