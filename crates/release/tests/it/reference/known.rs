//! Where the fast path is known to be wrong today, by number of finding: while a constant is true
//! the reference does the same, so that other differences show. None may stay.

/// F1: markings of values that closure dropped stamp the twin.
pub const F1: bool = false;
/// F2: a version after a withdrawal leaves.
pub const F2: bool = false;
/// F3: an evaluation of another form than an object counts as none.
pub const F3: bool = false;
/// F4: a dotted name of a property is read as a path.
pub const F4: bool = false;
/// F5: validity is judged in the order of ids, while references are still being dropped.
pub const F5: bool = false;
