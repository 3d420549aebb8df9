//! Data markings (§7.2): what each scheme says, what covers a property, how markings are edited.
//!
//! - [`Selector`]: the part of an object that a granular marking covers
//! - [`Tlp`], [`Handling`], [`acs`], [`iep`]: the schemes; statements are carried, never a control
//! - [`Effective`]: the join of every marking on a value; [`of_object`], [`of_property`] and, for
//!   many values of one object, [`of_every_property`] find it
//! - [`granular`]: add, remove, set, clear, compress, expand
//! - [`redaction`]: take values out of an object without a selector that dangles or shifts
//!
//! The standard "does not define rules for how multiple markings … should be interpreted" (§7.2);
//! ours stand in `docs/stix/markings.md`. They can be said in one line: the stricter marking wins,
//! and a marking that cannot be read or placed closes.

pub mod acs;
mod body;
mod coverage;
mod definition;
mod effective;
pub mod granular;
mod handling;
pub mod iep;
mod lattice;
pub mod redaction;
mod selector;
mod tlp;

pub use coverage::{Markings, of_every_property, of_object, of_property};
pub use effective::Effective;
pub use handling::{Handling, Onward, Pap};
pub use selector::{Relation, Selector, SelectorError, Step};
pub use tlp::{Tlp, Version};
