//! Every page in both languages, and the catalogues of sentences.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    reason = "a test that fails here has found something"
)]

mod agreement;
mod answer;
mod carried;
mod consent;
mod danger;
mod document;
mod entry;
mod feeds;
mod home;
mod inside;
mod jobs;
mod overdue;
mod pages;
mod placing;
mod recall;
mod release;
mod requests;
mod sample;
mod site;
mod steps;
mod summary;
mod texts;
mod tools;
mod tools_model;
mod verbs;
mod walk;
