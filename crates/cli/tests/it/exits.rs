//! One exit: what leaves a node, to whom, and that nothing else does.

pub mod canary;
mod disclosure;
mod documents;
mod flip;
mod inbox;
mod keys;
mod offline;
mod recall;
mod refusal;
mod routes;
mod shadow;
mod suspension;
mod timing;
mod versions;
mod vetting;
pub mod world;
