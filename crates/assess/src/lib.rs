//! Support status, exposure and risk of each device
#![forbid(unsafe_code)]
