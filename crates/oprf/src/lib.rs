//! Does a partner hold this? Asked so that the partner learns neither the value nor the answer, and
//! the asker learns the answer and nothing else.
//!
//! Pure: no clock, no store, randomness comes in as an argument. RFC 9497 in VOPRF mode on
//! ristretto255 with SHA-512.
//!
//! - [`Key`]: of the asked node, one for each asking node, purpose and epoch; [`PublicKey`] is
//!   committed to in advance
//! - [`Set`]: what is held, as the asked node keeps it from slot to slot; [`Published`] is the partner's
//!   copy: entries that nobody can read without an evaluation
//! - [`Query`]: blinded values, always as many elements as its [`Class`] has
//!
//! An evaluation is good for its epoch: whoever had a value evaluated can look it up again in every
//! later state of the table until the epoch ends.
//!
//! ```
//! use enlace_oprf::{Answer, Class, Key, PublicKey, Published, Query, Scope, Set, Value, Verdict};
//! # let mut n = 0_u64;
//! # let mut random = move || { n += 1; let mut b = [7; 64]; b[..8].copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes()); b };
//! let scope = Scope { asked: &[1; 32], asking: &[2; 32], purpose: "firearms-tracing", epoch: 1 };
//! let key = Key::derive(&[3; 32], &scope)?;
//! let held = [(Value::new("firearm-serial", "AB12345")?, Verdict::Hit)];
//! let set = Set::prepare(&key, &held, 0, &mut random);
//!
//! // At the asking node, which fetched the table and knows the key that was committed to:
//! let published = Published::parse(&set.published().to_bytes())?;
//! let committed = PublicKey::parse(&key.public().to_bytes())?;
//! let values = vec![Value::new("firearm-serial", "AB12345")?, Value::new("firearm-serial", "X1")?];
//! let query = Query::new(Class::One, values, &mut random)?;
//! let answer = key.answer(Class::One, &query.bytes(), &mut random)?;
//! let marks = query.finish(&committed, &answer)?;
//! let answers: Vec<Answer> = marks.iter().map(|mark| published.look(mark)).collect();
//! assert_eq!(answers, [Answer::Hit, Answer::NoHit]);
//! # Ok::<(), enlace_oprf::Error>(())
//! ```
#![forbid(unsafe_code)]

mod error;
mod key;
mod proof;
mod query;
mod set;
mod suite;
mod table;
mod value;
#[cfg(test)]
mod vectors;

pub use error::Error;
pub use key::{Key, PublicKey, Scope};
pub use query::{Class, Query};
pub use set::Set;
pub use table::{Answer, Change, ENTRY, Mark, Published, Verdict};
pub use value::Value;
