#!/usr/bin/env bash
# Measures live observation: frames of 512 bytes over a pair of veth interfaces in a network namespace, the
# sender on one processor, Cordon on the other, at rising rates up to what the sender sustains. Prints packets a
# second as received, and what was lost. As root.
# Usage: benches/live.sh [SECONDS A RATE]      (default 10)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

seconds=${1:-10}
[ "$(id -u)" -eq 0 ] || stop "network namespaces need root"
bash scripts/install.sh bench
need_rust

heading "Building"
cargo build --release --locked --package cordon-sensor --example frames --example live
live="$(target_folder)/release/examples/live"
folder=${BENCH_FOLDER:-$(target_folder)/bench}
mkdir -p "$folder"
# UDP of 1,000 pairs, 512 bytes each without the checksum.
"$(target_folder)/release/examples/frames" "$folder/512.pcap" 20000 512

namespace=cordon-bench-$$
trap 'ip netns del "$namespace" 2>/dev/null || true' EXIT
ip netns add "$namespace"
ip -n "$namespace" link add near type veth peer name far
for end in near far; do
    ip netns exec "$namespace" sysctl -qw "net.ipv6.conf.$end.disable_ipv6=1"
    ip -n "$namespace" link set "$end" up
done

# rate MEGABITS: 0 is as fast as the sender can.
rate() {
    local speed="--mbps=$1" words
    [ "$1" != 0 ] || speed=--topspeed
    : >"$folder/live"
    # Ends by itself, a little after the sender.
    ip netns exec "$namespace" taskset -c 1 "$live" far 1 "$((seconds + 3))" >"$folder/live" 2>&1 &
    local observer=$!
    until grep -q observing "$folder/live"; do
        kill -0 "$observer" || stop "$(cat "$folder/live")"
        sleep 0.1
    done
    ip netns exec "$namespace" taskset -c 0 tcpreplay --quiet --preload-pcap --loop=0 --duration="$seconds" \
        "$speed" -i near "$folder/512.pcap" >"$folder/sent"
    wait "$observer"
    words=$(grep -E '^Actual|^Rated' "$folder/sent" | tr '\n' ' ')
    printf '%-6s %s\n       received: %s\n' "$1" "$words" "$(grep packets "$folder/live")"
}

heading "Megabits a second asked for, as sent, as observed"
for megabits in 100 250 500 750 1000 0; do
    rate "$megabits"
done
