#!/usr/bin/env bash
# Plays the lab's scenarios and judges what Cordon makes of them, or records them:
#   make lab                      all
#   make lab ONLY="hl7-mllp ..."  some
#   make lab RECORD=DIR           into DIR/NAME.pcap
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

[ "$(id -u)" -eq 0 ] || stop "The lab makes network namespaces, which needs an administrator: sudo -E make lab"
bash scripts/install.sh lab
need_rust
read -r -a only <<<"${ONLY:-}"
if [ -z "${RECORD:-}" ]; then
    exec cargo run --quiet --locked -p cordon-lab -- run "${only[@]}"
fi
mkdir -p "$RECORD"
[ "${#only[@]}" -gt 0 ] || exec cargo run --quiet --locked -p cordon-lab -- record --all --out "$RECORD"
for name in "${only[@]}"; do
    cargo run --quiet --locked -p cordon-lab -- record "$name" --out "$RECORD/$name.pcap"
done
