#!/usr/bin/env bash
# Builds the binary to hand out. It is compiled twice: the first observes and assesses simulated hospitals and
# notes which ways the packets take, the second is laid out for these (profile-guided optimisation), which makes
# the packet path 5 to 15 per cent faster. Dependencies are compiled once, as for any release build.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

bash scripts/install.sh dist
need_rust
target=$(realpath -m "$(target_folder)")
folder=$target/dist
raw=$folder/raw
mkdir -p "$folder"
rm -rf "$raw"

# Cargo does not see that the flags change; without their fingerprints our crates are compiled again.
build_ours() {
    rm -rf "$target"/release/.fingerprint/cordon-*
    RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/rustc-with-flags.sh CORDON_RUSTC_FLAGS=$1 \
        cargo build --release --locked "${@:2}"
}

heading "Building a Cordon that notes what it does"
build_ours "-Cprofile-generate=$raw" --package cordon-cli

heading "Training it on simulated hospitals"
cordon=$target/release/cordon
training=$folder/training
# Traffic of the simulation's first day, other seeds than any benchmark uses.
"$cordon" simulate --devices 400 --hours 4 --seed 77 --out "$training/flat" --force >/dev/null
"$cordon" simulate --devices 3000 --hours 1 --seed 78 --vlans --out "$training/divided" --force >/dev/null
for hospital in flat divided; do
    for threads in 1 2; do
        "$cordon" observe --threads "$threads" "$training/$hospital/capture.pcap" >/dev/null
    done
done
"$cordon" assess "$training/flat/capture.pcap" "$training/flat/assets.csv" --out "$training/assessment" --force
rm -rf "$training"
"$(profile_merger)" merge --output "$folder/profile" "$raw"
rm -rf "$raw"

heading "Building the binary"
cat >"$folder/flags.sh" <<WORDS
# Made by scripts/dist.sh: what makes cargo build as it did.
export RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/rustc-with-flags.sh
export CORDON_RUSTC_FLAGS=-Cprofile-use=$folder/profile
WORDS
build_ours "-Cprofile-use=$folder/profile" --package cordon-cli
cp "$cordon" "$folder/cordon"
printf '%s\n' "$folder/cordon"
