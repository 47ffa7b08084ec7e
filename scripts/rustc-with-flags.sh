#!/bin/sh
# Cargo's RUSTC_WORKSPACE_WRAPPER of scripts/dist.sh: flags for our own crates alone, so that compiled
# dependencies stay what they are.
# shellcheck disable=SC2086 # several flags, none with blanks
exec "$@" $CORDON_RUSTC_FLAGS
