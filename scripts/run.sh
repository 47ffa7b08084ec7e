#!/usr/bin/env bash
# Builds Cordon, makes a demonstration hospital, assesses it, and says where the documents are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

bash scripts/install.sh run
need_rust

heading "Building Cordon (the first build takes some minutes; the PDF engine is the largest part)"
cargo build --release --locked --package cordon-cli
cordon="$(target_folder)/release/cordon"

heading "Making a demonstration hospital: 50 devices, two hours of traffic"
rm -rf demo/hospital
mkdir -p demo
"$cordon" simulate --devices 50 --hours 2 --seed 1 --out demo/hospital

heading "Assessing it"
"$cordon" assess demo/hospital/capture.pcap demo/hospital/assets.csv --out demo/assessment --force

heading "Done"
cat <<WORDS

The documents are in demo/assessment:
$(find demo/assessment -maxdepth 1 -type f | sort | sed 's/^/    /')
    demo/assessment/segmentation: the plan's rules in the languages of firewalls, $(find demo/assessment/segmentation -type f | wc -l) files

Open demo/assessment/assessment.pdf first. To assess a capture of your own:
    $cordon assess CAPTURE.pcap --out DIR
WORDS
