#!/usr/bin/env bash
# Fuzzes every target for an hour in total (SOAK_SECONDS), at least 30 seconds each, as many side by side as
# there are processors, and prints executions and coverage of each. Fails when an input breaks one; the input
# is kept and named.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

bash scripts/install.sh soak
need_rust
total=${SOAK_SECONDS:-3600}
targets=$(grep -c '^\[\[bin\]\]' fuzz/Cargo.toml)
seconds=$((total / targets))
[ "$seconds" -ge 30 ] || seconds=30
heading "Fuzzing $targets targets, $seconds s each"
bash fuzz/run.sh "$seconds"
heading "Done"
