#!/usr/bin/env bash
# Identifies every source of truth (simulated hospitals, recorded and labelled captures) and says how right it was:
# by attribute and category, with the reliability curve. Arguments go to the program: --only WORD, --brief.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

bash scripts/install.sh run
need_rust

heading "Building"
# With the whole workspace's features, so that what the tests compiled serves here too.
cargo build --workspace --locked --example score
"$(target_folder)/debug/examples/score" "$@"
