//! One exit: what leaves a node, to whom, and that nothing else does.

mod canary;
mod disclosure;
mod inbox;
mod offline;
mod recall;
mod refusal;
mod routes;
mod versions;
mod vetting;
mod world;
