//! What two nodes must agree on about a request.

mod clock;
mod content;
mod desk;
mod simulation;
mod table;
mod thread;
