//! One module per page: the view that a handler fills, and `render`.
//!
//! `render(&View, &Chrome) -> Markup` gives the whole document. A view that shows held data
//! implements [`crate::marking::Shows`]; the bands of the page come from there.

pub mod agreement;
pub mod agreement_draft;
pub mod agreements;
pub mod consent;
pub mod desk;
pub mod document;
pub mod dry_run;
pub mod error;
pub mod incoming;
pub mod job;
pub mod keys;
pub mod login;
pub mod object;
pub mod oversight;
pub mod partner;
pub mod partners;
pub mod release_proof;
pub mod releases;
pub mod search;
pub mod updates;
