#!/usr/bin/env bash
# Measures Cordon and prints tables: the packet path against ndpiReader and a bare loop on a mix of recorded
# captures of at least one gigabyte and on simulated hospitals of 1,000, 10,000 and 100,000 devices, tshark on
# the mix, and two assessments. Figures are printed as measured, good or bad.
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

heading "Building what is handed out, and the rest in the same way"
bash scripts/dist.sh
# shellcheck source=/dev/null
source "$(target_folder)/dist/flags.sh"
cargo build --release --locked --package cordon-sensor --example mix --example bare --example pass --example memory
cargo build --release --locked --package cordon-intake --example conn_log
cargo build --release --locked --package cordon-identify --example estate
cargo build --release --locked --package cordon-assess --example advisories
cordon="$(target_folder)/dist/cordon"
bare="$(target_folder)/release/examples/bare"
pass="$(target_folder)/release/examples/pass"

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

# best RUNS COMMAND... measures several times and keeps the run with the least CPU time: cpu, elapsed, peak.
best() {
    local runs=$1 least="" this run
    shift
    for run in $(seq "$runs"); do
        read -r user system wall kilobytes < <(measured "$@")
        this=$(calculate "$user + $system")
        if [ -z "$least" ] || [ "$(calculate "$this < $least")" = 1 ]; then
            least=$this
            cpu=$this
            peak=$kilobytes
        fi
        if [ "$run" = 1 ] || [ "$(calculate "$wall < $elapsed")" = 1 ]; then
            elapsed=$wall
        fi
    done
}

# Simulated hospitals: so many hours that each is a sensible size. The same bytes on every run.
simulated() {
    local devices=$1 hours=$2 folder_of="$folder/${3:-hospital-$1}"
    if [ ! -s "$folder_of/capture.pcap" ]; then
        heading "Simulating $devices devices for $hours hours"
        "$cordon" simulate --devices "$devices" --hours "$hours" --seed 1 --out "$folder_of" --force >/dev/null
    fi
}
simulated 1000 12
simulated 10000 1
simulated 100000 0.1
simulated 1000 0.1 minutes-1000
simulated 10000 0.1 minutes-10000

# packet_path NAME CAPTURE measures one capture and appends its lines to the table.
table="$folder/table"
: >"$table"
packet_path() {
    local name=$1 capture=$2 packets cpu peak elapsed one_cpu one_elapsed one_peak bare_cpu many_elapsed
    heading "$name"
    cat "$capture" >/dev/null
    best 3 "$bare" "$capture"
    bare_cpu=$cpu
    packets=$(awk '{ print $1; exit }' "$folder/out")
    best 3 "$cordon" observe --stats "$capture"
    one_cpu=$cpu one_elapsed=$elapsed one_peak=$peak
    best 3 "$pass" observe threads=2 "$capture"
    many_elapsed=$elapsed
    best 2 ndpiReader -q -i "$capture"
    {
        printf '%s: %s packets, %s bytes\n' "$name" "$packets" "$(stat --format %s "$capture")"
        line "CPU seconds of cordon, ndpiReader, bare loop" "$one_cpu  $cpu  $bare_cpu" "" ""
        line "nanoseconds a packet" "$(calculate "int($one_cpu / $packets * 1e9)")" "" ""
        line "times ndpiReader" "$(calculate "sprintf(\"%.1f\", $cpu / $one_cpu)")" 10 5
        line "of the bare loop" "$(calculate "sprintf(\"%.0f %%\", $bare_cpu / $one_cpu * 100)")" "50 %" "25 %"
        line "two threads, elapsed" "$(calculate "sprintf(\"%.2f x\", $one_elapsed / $many_elapsed)")" "" "1.8 x"
        line "peak MB of cordon, ndpiReader" "$((one_peak / 1024))  $((peak / 1024))" "" 300
    } >>"$table"
    per_packet=$(calculate "$one_cpu / $packets")
}

# line WHAT MEASURED GOAL LEAST
line() {
    printf '  %-46s %22s   %6s %6s\n' "$1" "$2" "$3" "$4" >>"$table"
}

packet_path "Mix of recorded captures" "$mix"
packet_path "1,000 devices, 12 hours" "$folder/hospital-1000/capture.pcap"
small=$per_packet
packet_path "10,000 devices, 1 hour" "$folder/hospital-10000/capture.pcap"
packet_path "100,000 devices, 6 minutes" "$folder/hospital-100000/capture.pcap"
large=$per_packet

# a_packet DEVICES TIMES prints the nanoseconds that a packet of the same six minutes with fewer devices costs. A short
# capture is observed so many times in a row, each by a process of its own.
a_packet() {
    local capture="$folder/minutes-$1/capture.pcap" packets
    "$pass" observe "$capture" >"$folder/out"
    packets=$(awk '{ print $2; exit }' "$folder/out")
    # shellcheck disable=SC2016
    best 5 bash -c 'for run in $(seq "$1"); do "$2" observe --stats "$3"; done' _ "$2" "$cordon" "$capture"
    calculate "int($cpu / $2 / $packets * 1e9)"
}
heading "The same six minutes with fewer devices"
few=$(a_packet 1000 20)
more=$(a_packet 10000 2)
most=$(calculate "int($large * 1e9)")

heading "Memory of one of many"
memory="$(target_folder)/release/examples/memory"
each() {
    "$memory" "$1" | awk 'NR == 1 { print $1 }'
}
read_bytes=$(each read) ignored_bytes=$(each ignored) endpoint_bytes=$(each endpoints)

heading "tshark -q -z io,phs"
best 1 tshark -q -z io,phs -r "$mix"
cpu_tshark=$cpu
best 1 "$cordon" observe --stats "$mix"
times_tshark=$(calculate "sprintf(\"%.0f\", $cpu_tshark / $cpu)")

heading "cordon observe of a Zeek conn.log of one gigabyte"
log="$folder/conn.log"
if [ ! -s "$log" ]; then
    "$(target_folder)/release/examples/conn_log" make "$log.part" 1000000000
    mv "$log.part" "$log"
fi
cat "$log" >/dev/null
best 3 "$cordon" observe --stats "$log"
log_speed=$(calculate "int($(stat --format %s "$log") / 1e6 / $elapsed)")
log_peak=$peak

heading "Resolving and identifying 100,000 endpoints with 3 million sightings"
"$(target_folder)/release/examples/advisories" time >"$folder/advisories"
estates="$folder/estates"
"$(target_folder)/release/examples/estate" 100000 3000000 windows estate >"$estates"
"$(target_folder)/release/examples/estate" 100000 3000000 distinct >>"$estates"

heading "cordon assess of a hospital with 9,800 devices"
many="$data/big/many_devices.pcap.zst"
if [ -f "$many" ]; then
    read -r _ _ many_seconds many_peak < <(measured "$cordon" assess "$many" --out "$folder/many" --force)
fi

heading "cordon assess of a hospital with 50 devices"
"$cordon" simulate --devices 50 --hours 2 --seed 1 --out "$folder/fifty" --force >/dev/null
read -r _ _ fifty_seconds fifty_peak < <(measured "$cordon" assess "$folder/fifty/capture.pcap" \
    "$folder/fifty/assets.csv" --out "$folder/fifty-assessment" --force)

heading "cordon assess of simulated hospitals with 3,000 and 10,000 devices, every document included"
"$cordon" simulate --devices 3000 --hours 1 --seed 1 --out "$folder/hospital-3000" --force >/dev/null
large_lines="$folder/large-assessments"
: >"$large_lines"
for devices in 3000 10000; do
    read -r user system wall kilobytes < <(measured "$cordon" assess "$folder/hospital-$devices/capture.pcap" \
        "$folder/hospital-$devices/assets.csv" --advisories "$data/advisories/icsma" --out "$folder/large" --force)
    printf '%-34s %10.2f %14s   %s s of CPU\n' "$devices devices, PDF included" "$wall" \
        "$((kilobytes / 1024)) MB" "$(calculate "$user + $system")" >>"$large_lines"
done

printf '\nPacket path. CPU time is user + system, all from the page cache, the best of three; ndpiReader the best of two.\n'
printf '  %-46s %22s   %6s %6s\n' "" measured goal least
cat "$table"
printf '  %-46s %22s   %6s %6s\n' "a packet, 100,000 devices against 1,000, 12 hours" \
    "$(calculate "sprintf(\"%.2f x\", $large / $small)")" "" "1.3 x"
printf '  %-46s %22s   %6s %6s\n' "ns a packet, six minutes, 1,000 10,000 100,000" "$few  $more  $most" "" ""
printf '  %-46s %22s   %6s %6s\n' "a packet of these, 100,000 against 1,000" \
    "$(calculate "sprintf(\"%.2f x\", $most / $few)")" "" "1.3 x"
printf '  %-46s %22s   %6s %6s\n' "times tshark on the mix" "$times_tshark" "" 40
printf '  %-46s %22s   %6s %6s\n' "bytes a live conversation: read, ignored" "$read_bytes  $ignored_bytes" "" 4096
printf '  %-46s %22s   %6s %6s\n\n' "bytes an endpoint" "$endpoint_bytes" "" 2048

printf '%-34s %7s MB/s %14s   to reach: 100 MB/s\n\n' "Zeek conn.log of one gigabyte" "$log_speed" "$((log_peak / 1024)) MB"

printf 'Resolving and identifying, facts told again in windows of time, then each told once. To reach: 10 s, 1 GB, 20 ms.\n'
sed 's/^/  /' "$estates"
printf '\nReading advisories. To reach: no more than untyped JSON.\n'
sed 's/^/  /' "$folder/advisories"
printf '\n%-34s %10s %14s\n' "assessment" "elapsed s" "peak"
if [ -n "${many_seconds:-}" ]; then
    printf '%-34s %10.2f %14s   to reach: 10 s, 500 MB\n' "9,800 devices" "$many_seconds" "$((many_peak / 1024)) MB"
fi
cat "$large_lines"
printf '%-34s %10.2f %14s   to reach: 1 s\n' "50 devices, PDF included" "$fifty_seconds" "$((fifty_peak / 1024)) MB"
