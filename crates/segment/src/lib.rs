//! Zones, policy synthesis, rendering and verification
#![forbid(unsafe_code)]
