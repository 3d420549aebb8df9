//! Every page in both languages, and the catalogues of sentences.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test that fails here has found something"
)]

mod pages;
mod sample;
mod texts;
