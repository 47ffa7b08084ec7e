#!/usr/bin/env bash
# Measures Cordon and prints a table: the packet path against ndpiReader and tshark on a mix of recorded
# captures of at least one gigabyte, and two assessments. Figures are printed as measured, good or bad.
# Usage: benches/bench.sh [FOLDER WITH CAPTURES]      (default ../shared/data)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

data=${1:-../shared/data}
[ -d "$data/captures" ] || stop "There are no recorded captures at $data; name their folder: benches/bench.sh FOLDER"
bash scripts/install.sh bench
need_rust

folder=${BENCH_FOLDER:-$(target_folder)/bench}
mix_bytes_min=1000000000
mkdir -p "$folder"

heading "Building"
cargo build --release --locked --package cordon-cli
cargo build --release --locked --package cordon-sensor --example mix
cordon="$(target_folder)/release/cordon"

# The mix: recorded captures multiplied with distinct addresses, the same bytes on every run.
mix="$folder/mix.pcap"
if [ ! -s "$mix" ]; then
    heading "Making a mix of at least $mix_bytes_min bytes from $data"
    "$(target_folder)/release/examples/mix" "$data/captures" "$mix.part" "$mix_bytes_min"
    mv "$mix.part" "$mix"
fi

# measured COMMAND... runs it and prints: user seconds, system seconds, elapsed seconds, peak kilobytes.
measured() {
    /usr/bin/time --format '%U %S %e %M' --output "$folder/time" "$@" >"$folder/out" 2>"$folder/err" || {
        tail -n 5 "$folder/err" >&2
        stop "failed: $*"
    }
    tail -n 1 "$folder/time"
}

calculate() {
    awk "BEGIN { printf \"%s\", $1 }"
}

# row NAME CPU_SECONDS PEAK_KB REFERENCE prints one line of the table.
row() {
    printf '%-34s %10.2f %14s %10s %12s\n' "$1" "$2" "$(calculate "int($packets / $2)")" \
        "$(calculate "int($3 / 1024)") MB" "$4"
}

heading "Reading the mix into the page cache"
cat "$mix" >/dev/null
bytes=$(stat --format %s "$mix")

heading "cordon observe --stats"
cpu_cordon=
peak_cordon=
for _ in 1 2 3; do
    read -r user system _ peak < <(measured "$cordon" observe --stats "$mix")
    cpu=$(calculate "$user + $system")
    if [ -z "$cpu_cordon" ] || [ "$(calculate "$cpu < $cpu_cordon")" = 1 ]; then
        cpu_cordon=$cpu
        peak_cordon=$peak
    fi
done

heading "ndpiReader"
read -r user system _ peak_ndpi < <(measured ndpiReader -q -i "$mix")
cpu_ndpi=$(calculate "$user + $system")

heading "tshark -q -z io,phs"
read -r user system _ peak_tshark < <(measured tshark -q -z io,phs -r "$mix")
cpu_tshark=$(calculate "$user + $system")
packets=$(awk '/^(frame|eth) / { sub("frames:", "", $2); print $2; exit }' "$folder/out")

heading "cordon assess of a hospital with 9,800 devices"
many="$data/big/many_devices.pcap.zst"
if [ -f "$many" ]; then
    read -r _ _ many_seconds many_peak < <(measured "$cordon" assess "$many" --out "$folder/many" --force)
fi

heading "cordon assess of a hospital with 50 devices"
"$cordon" simulate --devices 50 --hours 2 --seed 1 --out "$folder/fifty" --force >/dev/null
read -r _ _ fifty_seconds fifty_peak < <(measured "$cordon" assess "$folder/fifty/capture.pcap" \
    "$folder/fifty/assets.csv" --out "$folder/fifty-assessment" --force)

printf '\nMix: %s packets, %s bytes. CPU time is user + system; the best of three for Cordon.\n' "$packets" "$bytes"
printf '%-34s %10s %14s %10s %12s\n' "packet path" "CPU s" "packets/s" "peak" "Cordon is"
row "cordon observe --stats" "$cpu_cordon" "$peak_cordon" ""
row "ndpiReader -q" "$cpu_ndpi" "$peak_ndpi" "$(calculate "sprintf(\"%.1f x\", $cpu_ndpi / $cpu_cordon)")"
row "tshark -q -z io,phs" "$cpu_tshark" "$peak_tshark" "$(calculate "sprintf(\"%.1f x\", $cpu_tshark / $cpu_cordon)")"
printf 'to reach: 5 x ndpiReader, 40 x tshark, peak under 300 MB\n\n'

printf '%-34s %10s %14s\n' "assessment" "elapsed s" "peak"
if [ -n "${many_seconds:-}" ]; then
    printf '%-34s %10.2f %14s   to reach: 10 s, 500 MB\n' "9,800 devices" "$many_seconds" "$((many_peak / 1024)) MB"
fi
printf '%-34s %10.2f %14s   to reach: 1 s\n' "50 devices, PDF included" "$fifty_seconds" "$((fifty_peak / 1024)) MB"
