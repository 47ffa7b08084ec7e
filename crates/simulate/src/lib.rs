//! Synthetic hospitals of any size: captures, asset lists and their truth
#![forbid(unsafe_code)]
