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
//!
//! ```
//! use enlace_stix::Object;
//! use enlace_stix::marking::{Tlp, granular, of_property, redaction};
//! let seen = r#"{"type":"identity","id":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
//!   "name":"Los Calamares del Sur","labels":["gang","informed-by-7","port"],
//!   "object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]}"#;
//! let seen = Object::parse(seen)?;
//! let red = granular::Mark::Ref(Tlp::Red.marking_id());
//! let marked = granular::add(seen.view(), &[red], &["labels.[1]", "labels.[2]"])?;
//! let marked = Object::from_view(marked)?;
//! assert_eq!(of_property(&marked, "labels", &|_| None).tlp, Some(Tlp::Red));
//! assert_eq!(of_property(&marked, "name", &|_| None).tlp, Some(Tlp::Green));
//! let left = redaction::redact(marked.view(), &["labels.[1]"])?;
//! assert_eq!(left["granular_markings"][0]["selectors"][0], "labels.[1]");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

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
pub(crate) use selector::is_name;
pub use selector::{Relation, Selector, SelectorError, Step};
pub use tlp::{Tlp, Version};
