//! One exit: what leaves a node, to whom, and that nothing else does.

pub mod canary;
mod disclosure;
mod inbox;
mod offline;
mod recall;
mod refusal;
mod routes;
mod shadow;
mod versions;
pub mod world;
