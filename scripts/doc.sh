#!/usr/bin/env bash
# Builds the API documentation, warnings as errors, and the book.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib.sh
source scripts/lib.sh

bash scripts/install.sh check
need_rust

heading "API documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked --quiet

heading "The book"
book="$(realpath -m "$(target_folder)")/book"
mdbook build docs --dest-dir "$book"
printf 'API: %s/doc/cordon_model/index.html\nbook: %s/index.html\n' "$(target_folder)" "$book" >&2
