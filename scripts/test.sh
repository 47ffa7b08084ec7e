#!/usr/bin/env bash
# Runs every test: unit, property, snapshot, end to end, documentation examples, and each fuzz target for a
# few seconds over its committed corpus. Tests that need ../shared/data say when they skip it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

bash scripts/install.sh test
need_rust
export PATH="$PATH:/usr/sbin:/sbin"
# A snapshot that differs is a failure, never a question.
export INSTA_UPDATE=no
# Property tests start from a fixed seed, so that a change is judged by what it changes. To explore:
# PROPTEST_RNG_SEED=$RANDOM PROPTEST_CASES=5000 make test
export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-20261122}

heading "Documentation examples"
cargo test --workspace --doc --locked --quiet

fuzz_seconds=${FUZZ_SECONDS:-4}
heading "Fuzz targets, $fuzz_seconds s each"
bash fuzz/run.sh "$fuzz_seconds"

# The lab lets the binary that is built with the tests read its captures, too.
CORDON_LAB_BINARY=$(realpath -m "$(target_folder)")/debug/cordon
export CORDON_LAB_BINARY

heading "Unit, property, snapshot and end-to-end tests"
cargo nextest run --workspace --locked --no-fail-fast
