//! One exit: what leaves a node, to whom, and that nothing else does.

mod answers;
pub mod canary;
mod consent;
mod danger;
mod disclosure;
mod documents;
mod flip;
mod held;
mod inbox;
mod keys;
mod offline;
mod recall;
mod red;
mod refusal;
mod routes;
mod shadow;
mod suspension;
mod timing;
mod versions;
mod vetting;
pub mod world;
