#!/bin/sh
# Builds every fuzz target and runs each over its committed corpus for SECONDS (default 30). New inputs go
# to a work corpus outside the repository's files; a crash ends the run with a non-zero code.
set -eu
seconds="${1:-30}"
cd "$(dirname "$0")"
targets=$(sed -n 's/^name = "\(.*\)"$/\1/p' Cargo.toml | tail -n +2)
work="${FUZZ_WORK:-target/corpus}"

# Sanitizer coverage needs the compiler's unstable flags, which the stable toolchain takes when told so.
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="${RUSTFLAGS:-} --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
host=$(rustc -vV | sed -n 's/^host: //p')
target_dir="${CARGO_TARGET_DIR:-target}"
cargo build --release --locked --quiet --target "$host" --bins

failed=0
for target in $targets; do
    mkdir -p "$work/$target" "artifacts/$target"
    printf '%s: ' "$target"
    if "$target_dir/$host/release/$target" "$work/$target" "corpus/$target" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=65536 \
        -artifact_prefix="artifacts/$target/" >"artifacts/$target/log" 2>&1; then
        tail -n 1 "artifacts/$target/log"
    else
        failed=1
        echo "failed"
        tail -n 40 "artifacts/$target/log"
    fi
done
exit "$failed"
