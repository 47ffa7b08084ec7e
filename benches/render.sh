#!/usr/bin/env bash
# Measures rendering: a plan of 10,000 rules to every target, what the parsers of nftables and iptables take for it, and
# the CPU time of the Python package aerleon for the same policy in the same run.
# Usage: benches/render.sh [RULES]      (as root, for the parsers)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

rules=${1:-10000}
need_rust
folder=${BENCH_FOLDER:-$(target_folder)/bench}/render
rm -rf "$folder"
mkdir -p "$folder"
cargo build --release --locked --package cordon-segment --example render

# cpu COMMAND... prints the seconds of CPU a command takes, whatever it says.
cpu() {
    /usr/bin/time --format '%U %S' --output "$folder/time" "$@" >"$folder/said" 2>&1 || {
        tail -n 5 "$folder/said" >&2
        stop "failed: $*"
    }
    tail -n 1 "$folder/time" | awk '{ printf "%.2f", $1 + $2 }'
}

heading "Rendering $rules rules, the least of five"
"$(target_folder)/release/examples/render" "$rules" "$folder/out"

heading "What the parsers take, seconds of CPU"
if command -v nft >/dev/null; then
    printf 'nft -c               %s\n' "$(cpu nft -c -f "$folder/out/cordon.nft")"
fi
if command -v iptables-restore >/dev/null; then
    printf 'iptables-restore     %s\n' "$(cpu iptables-restore --test --noflush "$folder/out/cordon.iptables")"
fi

heading "The same policy with aerleon to nftables, seconds of CPU (start of Python and Cordon's own check included)"
[ -x "$folder/../aerleon/bin/aclgen" ] || {
    python3 -m venv "$folder/../aerleon"
    "$folder/../aerleon/bin/pip" -q install aerleon
}
theirs=$(cd "$folder/out/aerleon" && mkdir -p made && cpu "$folder/../aerleon/bin/aclgen" --base_directory policies \
    --definitions_directory def --output_directory made --max_renderers 1)
ours=$(cpu "$(target_folder)/release/examples/render" "$rules")
printf 'aerleon %s   Cordon, every target five times %s\n' "$theirs" "$ours"
