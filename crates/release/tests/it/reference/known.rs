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
/// F6: a private rule that names a type or a category beside a caveat forgets both for the marking
/// of a single property.
pub const F6: bool = false;
/// F8: lists of references of another originator's object are sorted and lose what is twice there.
pub const F8: bool = true;
/// F7: the same value under a second id is sent again.
pub const F7: bool = true;
