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

heading "Rendering $rules rules, milliseconds, the least of five"
"$(target_folder)/release/examples/render" "$rules" "$folder/out" | tee "$folder/measured"

heading "What the parsers take, seconds of CPU"
if command -v nft >/dev/null; then
    printf 'nft -c               %s\n' "$(cpu nft -c -f "$folder/out/cordon.nft")"
fi
if command -v iptables-restore >/dev/null; then
    printf 'iptables-restore     %s\n' "$(cpu iptables-restore --test --noflush "$folder/out/cordon.iptables")"
fi

heading "The same policy to nftables, seconds of CPU"
[ -x "$folder/../aerleon/bin/aclgen" ] || {
    python3 -m venv "$folder/../aerleon"
    "$folder/../aerleon/bin/pip" -q install aerleon
}
mkdir -p "$folder/made"
theirs=$(cpu "$folder/../aerleon/bin/aclgen" --base_directory "$folder/out/aerleon/policies" \
    --definitions_directory "$folder/out/aerleon/def" --output_directory "$folder/made" --max_renderers 1)
[ -s "$folder/made/cordon.nft" ] || stop "aerleon wrote nothing: $(tail -n 3 "$folder/said")"
ours=$(awk '$1 == "intent" || $1 == "nftables" { sum += $2 } END { printf "%.3f", sum / 1000 }' "$folder/measured")
printf 'aerleon %s   Cordon (intent and nftables) %s   %s times less\n' "$theirs" "$ours" \
    "$(awk "BEGIN { printf \"%.0f\", $theirs / $ours }")"
