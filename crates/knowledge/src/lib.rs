//! Reference data as readable TOML and its typed, validated loaders
#![forbid(unsafe_code)]
