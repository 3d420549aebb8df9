//! STIX 2.1 objects as received: parsed once, kept byte for byte, checked against the standard.
//!
//! An [`Object`] holds the text that arrived and a read-only view of it. Nothing here changes a
//! received object; what leaves a node is built anew by `enlace-release`.
//!
//! - [`Object`], [`Id`], [`Timestamp`]: one object, its identifier, its instants with their digits
//! - [`read`]: bundles, envelopes, arrays, JSON lines and single objects, split without stopping at
//!   a bad one
//! - [`validate`]: findings with rule code, section of the standard, path, found and expected
//! - [`version`]: what the arrival of a version means beside those that are held
//! - [`marking`]: TLP, handling codes, the effective marking of any property
//! - [`upgrade`]: STIX 2.0 objects in the words of 2.1, STIX 1.x told apart
//! - [`types`]: our own object types and extensions, published in `schemas/`
//! - [`identifier`]: normal forms and check digits of serials, accounts, containers, documents
//! - [`canonical`]: RFC 8785 text, the form that is hashed and signed
//!
//! ```
//! use enlace_stix::Object;
//! let raw = r#"{"type":"ipv4-addr","spec_version":"2.1",
//!   "id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"}"#;
//! let object = Object::parse(raw)?;
//! assert_eq!(object.raw(), raw);
//! assert_eq!(object.expected_sco_id().as_ref(), Some(object.id()));
//! # Ok::<(), enlace_stix::ParseError>(())
//! ```
#![forbid(unsafe_code)]

pub mod canonical;
mod derived;
mod id;
pub mod identifier;
pub mod marking;
mod object;
pub mod read;
mod reference;
mod timestamp;
pub mod types;
pub mod upgrade;
pub mod validate;
pub mod version;

pub use derived::TearLine;
pub use id::{Id, IdError, sco_id};
pub use object::{Limits, Object, ParseError};
pub use reference::Reference;
pub use timestamp::{Timestamp, TimestampError};
