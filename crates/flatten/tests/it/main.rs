//! What a flattened copy must not say, format by format.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, clippy::string_slice)]

mod canary;
mod made;
mod office;
mod pdf;
mod picture;
mod seeds;
mod text;
mod total;
