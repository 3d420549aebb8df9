//! One exit: what leaves a node, to whom, and that nothing else does.

mod answers;
pub mod canary;
mod consent;
mod danger;
mod disclosure;
mod documents;
mod eyes;
mod filing;
mod flip;
mod held;
mod hostile;
mod inbox;
mod keys;
mod naming;
mod offline;
mod own_rules;
mod quota;
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
