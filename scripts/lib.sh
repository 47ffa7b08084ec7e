# Shared by the scripts of this folder: headings with times, and installing what is missing.
# Sourced, never run.
# shellcheck shell=bash

# Prints a heading, so that a long log can be read from afar.
heading() {
    printf '\n== %s (%s s since the start)\n' "$1" "$SECONDS" >&2
}

# Says what went wrong and stops.
stop() {
    printf '%s\n' "$*" >&2
    exit 1
}

# Runs a command as root: as it is, or through sudo where that asks no password.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

# Whether a program, or a plugin of Orthanc, is there; some programs lie where no search path leads.
have() {
    local folder
    command -v "$1" >/dev/null && return 0
    for folder in /usr/sbin /sbin /usr/lib/ipsec /usr/lib/dovecot /usr/lib/postgresql/*/bin; do
        [ ! -x "$folder/$1" ] || return 0
    done
    [ -e "/usr/share/orthanc/plugins/$1.so" ]
}

# need_packages PROGRAM=PACKAGE... installs the Debian packages of the programs that are missing.
need_packages() {
    local pair missing=()
    for pair in "$@"; do
        have "${pair%%=*}" || missing+=("${pair#*=}")
    done
    [ "${#missing[@]}" -eq 0 ] && return 0
    if ! may_install; then
        stop "Missing: ${missing[*]}. As an administrator run:
    apt-get install ${missing[*]}
(on another system: the packages that hold the same programs), then start again."
    fi
    heading "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get update -qq >/dev/null
    as_root apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# need_without_service SERVICE:PROGRAM=PACKAGE... installs programs whose packages bring a service, and keeps
# those that are new here from running: they would only be wanted for as long as a test lasts.
need_without_service() {
    local triple missing=() services=()
    for triple in "$@"; do
        have "$(cut -d= -f1 <<<"${triple#*:}")" || {
            missing+=("${triple#*:}")
            services+=("${triple%%:*}")
        }
    done
    [ "${#missing[@]}" -eq 0 ] && return 0
    need_packages "${missing[@]}"
    command -v systemctl >/dev/null || return 0
    as_root systemctl --quiet disable --now "${services[@]}" 2>/dev/null || true
}

# need_beside FOLDER PROGRAM=PACKAGE unpacks a program's package into a folder and links the program there: for
# one whose package would take the place of something the system needs.
need_beside() {
    local folder=$1 program=${2%%=*} package=${2#*=}
    [ -e "$folder/$program" ] && return 0
    if command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ]; then
        ln -sf "$(PATH=$PATH:/usr/sbin command -v "$program")" "$folder/$program"
        return 0
    fi
    may_install || stop "Missing: $package. Put its program $program into $folder, then start again."
    heading "Unpacking $package"
    as_root apt-get update -qq >/dev/null
    (cd "$folder" && apt-get download -qq "$package" && dpkg-deb -x "$package"_*.deb "$package.unpacked")
    ln -sf "$(find "$folder/$package.unpacked" -type f -name "$program")" "$folder/$program"
}

# need_python_folder FOLDER REQUIREMENTS makes a virtual environment with exactly these packages, unless it is
# there already.
need_python_folder() {
    local folder=$1 requirements=$2
    cmp -s "$requirements" "$folder/made-of.txt" && return 0
    need_packages python3=python3
    python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages "ensurepip of python3=python3-venv"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        stop "The lab's peers need Python 3.11 or newer; this is $(python3 --version)."
    heading "Making $folder"
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$folder/bin/python3" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        -r "$requirements"
    cp "$requirements" "$folder/made-of.txt"
}

# need_rust stops with instructions when there is no Rust, or one older than the workspace needs.
need_rust() {
    [ -n "${HOME:-}" ] && PATH="$HOME/.cargo/bin:$PATH"
    command -v cargo >/dev/null || stop "Rust is missing. Install it from https://rustup.rs, then start again."
    local wanted have_version
    wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    have_version=$(rustc --version | cut -d' ' -f2)
    if [ "$(printf '%s\n%s\n' "$wanted" "${have_version%%-*}" | sort -V | head -n 1)" != "$wanted" ]; then
        stop "Rust $have_version is too old: $wanted or newer is needed (rustup update)."
    fi
}

# need_cargo_tool NAME [OPTION...] installs a cargo subcommand once. Unoptimised: they are started seldom,
# and building them fast matters more than running them fast.
need_cargo_tool() {
    local name=$1
    shift
    command -v "$name" >/dev/null && return 0
    heading "Installing $name"
    CARGO_PROFILE_DEV_DEBUG=0 CARGO_TARGET_DIR="$(target_folder)/tools" \
        cargo install --locked --debug --quiet "$@" "$name" >&2
}

# The program that merges what trained programs note: of the compiler's own LLVM, or as new.
profile_merger() {
    local version tool
    version=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
    for tool in "$(rustc --print sysroot)/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/llvm-profdata" \
        "/usr/lib/llvm-$version/bin/llvm-profdata" "llvm-profdata-$version"; do
        command -v "$tool" && return 0
    done
    return 1
}

# The folder cargo builds into.
target_folder() {
    printf '%s\n' "${CARGO_TARGET_DIR:-target}"
}
