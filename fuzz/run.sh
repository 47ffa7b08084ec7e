#!/usr/bin/env bash
# Builds every fuzz target and runs each over its committed corpus for SECONDS (default 30), as many at a time
# as there are processors (FUZZ_JOBS), then prints what each did. New inputs go to a work corpus outside the
# repository's files. An input that crashes a target, takes it longer than ten seconds or more than 2 GiB is
# kept; the summary says where, and the exit code is 1.
set -euo pipefail
seconds=${1:-30}
cd "$(dirname "${BASH_SOURCE[0]}")"
mapfile -t targets < <(awk '/^\[\[bin\]\]/ { bin = 1 } bin && /^name = / { gsub(/name = |"/, ""); print; bin = 0 }' Cargo.toml)
jobs=${FUZZ_JOBS:-$(nproc)}
work=${FUZZ_WORK:-target/corpus}

# Sanitizer coverage needs the compiler's unstable flags, which the stable toolchain takes when told so.
export RUSTC_BOOTSTRAP=1
export RUSTFLAGS="${RUSTFLAGS:-} --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
host=$(rustc -vV | sed -n 's/^host: //p')
binaries=${CARGO_TARGET_DIR:-target}/$host/release
cargo build --release --locked --quiet --target "$host" --bins

# Runs one target; leaves its log and exit code in its folder of artifacts.
run_target() {
    local target=$1 code=0
    mkdir -p "$work/$target" "artifacts/$target"
    "$binaries/$target" "$work/$target" "corpus/$target" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1 -artifact_prefix="artifacts/$target/" \
        >"artifacts/$target/log" 2>&1 || code=$?
    echo "$code" >"artifacts/$target/code"
}

# The last number after a word in a target's log.
figure() {
    grep -aoE "$2 *[0-9]+" "artifacts/$1/log" | tail -n 1 | grep -oE '[0-9]+$' || echo 0
}

# One line of the table.
report() {
    local target=$1 result=ok
    case $(cat "artifacts/$target/code") in
    0) ;;
    70) result=TIMEOUT ;;
    71) result="TOO MUCH MEMORY" ;;
    *) result=CRASH ;;
    esac
    printf '%-20s %12s %10s %8s %9s %8s %8s  %s\n' "$target" "$(figure "$target" number_of_executed_units:)" \
        "$(figure "$target" average_exec_per_sec:)" "$(figure "$target" ' cov:')" "$(figure "$target" ' ft:')" \
        "$(figure "$target" ' corp:')" "$(figure "$target" peak_rss_mb:)" "$result"
}

for target in "${targets[@]}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do wait -n; done
    run_target "$target" &
done
wait

printf '%-20s %12s %10s %8s %9s %8s %8s  %s\n' target executions per_second edges features inputs peak_MB result
executions=0
failed=()
for target in "${targets[@]}"; do
    report "$target"
    executions=$((executions + $(figure "$target" number_of_executed_units:)))
    [ "$(cat "artifacts/$target/code")" -eq 0 ] || failed+=("$target")
done
printf '%s targets, %s executions, %s failed\n' "${#targets[@]}" "$executions" "${#failed[@]}"

for target in "${failed[@]}"; do
    printf '\n%s failed; the end of its log:\n' "$target"
    tail -n 40 "artifacts/$target/log" | cut -c 1-400
    kept=$(sed -n 's/.*Test unit written to \(.*\)$/\1/p' "artifacts/$target/log" | tail -n 1)
    if [ -n "$kept" ]; then
        printf 'The input is kept in fuzz/%s. Again, in fuzz/:\n    %s %s\n' "$kept" "$binaries/$target" "$kept"
    fi
done
[ "${#failed[@]}" -eq 0 ]
