//! Who may be named in the words of a warning: those who leave with it, and nobody else held here.
//!
//! A source is in the register by a sealed link, or by its marking, or in a compartment that the
//! officer does not see. If only sources stopped the words, who tries names would learn who they
//! are. So every person held here does, with one answer (docs/design/danger.md).

use std::collections::BTreeSet;
use std::sync::PoisonError;

use enlace_release::{Silence, facts};
use enlace_stix::Object;
use enlace_store::{ObjectQuery, ObjectState};

use crate::{Node, NodeError};

/// Rows read at once.
const CHUNK: usize = 1000;

/// Persons, and what leads to one.
const PERSONAL: &[&str] =
    &["identity", "phone-number", "email-addr", "user-account", "vehicle", "bank-account"];

/// Names and identifiers of persons held here, whoever gave them and whoever may see them. Follows
/// the rows of the store; what an earlier version bore stays.
#[derive(Debug, Default)]
pub(crate) struct People {
    silence: Silence,
    next: Option<i64>,
}

impl Node {
    /// Adds everybody whom a text names: what leaves with the warning is taken out of it later.
    pub(crate) async fn add_named(
        &self,
        text: &str,
        silence: &mut Silence,
    ) -> Result<(), NodeError> {
        self.meet().await?;
        let named: BTreeSet<String> = self
            .people(|people| people.silence.named(text).into_iter().map(str::to_owned).collect());
        for id in named {
            for row in self.store.versions(&id).await? {
                super::add(silence, &row.raw);
            }
        }
        Ok(())
    }

    /// Reads who came in since this was asked last.
    async fn meet(&self) -> Result<(), NodeError> {
        loop {
            let query = ObjectQuery {
                kinds: PERSONAL.iter().map(|kind| (*kind).to_owned()).collect(),
                after: self.people(|people| people.next),
                limit: CHUNK,
                ..ObjectQuery::default()
            };
            let rows = self.store.objects(query).await?;
            let read = rows.len();
            self.people(|people| {
                for row in rows {
                    people.next = Some(row.row);
                    let object = Object::parse(&row.raw).ok();
                    let kept = object.filter(|o| row.state != ObjectState::Rejected && personal(o));
                    kept.iter().for_each(|object| people.silence.add(object));
                }
            });
            if read < CHUNK {
                return Ok(());
            }
        }
    }

    fn people<T>(&self, act: impl FnOnce(&mut People) -> T) -> T {
        // Whoever panicked while it held the lock left whole entries.
        act(&mut self.memo.people.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Whether an object is about a natural person, or may be: agencies and companies may be named.
fn personal(object: &Object) -> bool {
    object.kind() != "identity" || facts(object, true, 0, &|_| None).natural_person
}
