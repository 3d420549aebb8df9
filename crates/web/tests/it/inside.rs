//! People inside the node: who sees what, and what a status or a source must not change.

mod compartment;
mod keeping;
mod pages;
mod protected;
mod source;
