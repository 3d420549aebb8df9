//! Names and identifiers that are known only from third parties: no text written for a partner may
//! tell them.
//!
//! What partners gave is indexed once in a process and then followed by the order of its rows, so
//! that a dry run reads only what came since. A name that an older version bore stays in the index:
//! too much is withheld then, never too little. Nothing is read where no text would leave.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{PoisonError, RwLock};

use enlace_release::{Candidate, Consent, Silence, Unspeakable};
use enlace_stix::{Object, types};
use enlace_store::{OWN, ObjectQuery, ObjectRow, ObjectState, SearchQuery, Veil};

use crate::{Node, NodeError};

/// Rows read at once.
const CHUNK: usize = 1000;
/// Objects of ours and of the partner with a like name that are compared.
const LIKE_IT: usize = 50;
/// Most objects of a partner that came in by files.
const BY_FILE: usize = 100_000;

/// What partners gave, by its names.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    silence: Silence,
    /// The last row that was read of each partner's channel.
    next: HashMap<String, i64>,
    /// Rows of our own channel that a partner originated.
    by_file: HashSet<i64>,
}

/// What may not be told in one plan.
pub(crate) struct Untold<'n> {
    heard: &'n RwLock<Heard>,
    unknown: BTreeSet<String>,
}

impl Untold<'_> {
    /// Calls `plan` with what may not be told.
    pub(crate) fn with<T>(&self, plan: impl FnOnce(Unspeakable<'_>) -> T) -> T {
        // Whoever panicked while it held the lock left whole entries.
        let heard = self.heard.read().unwrap_or_else(PoisonError::into_inner);
        let knows = |id: &str| !self.unknown.contains(id);
        plan(Unspeakable { silences: &[&heard.silence], knows: &knows })
    }
}

impl Node {
    /// What the texts of a set name and this partner may not hear; `None` where no text would
    /// leave, or none names anything.
    pub(crate) async fn untold(
        &self,
        candidates: &[Candidate],
        partner: &str,
    ) -> Result<Option<Untold<'_>>, NodeError> {
        let texts: Vec<String> = candidates.iter().filter_map(text_of).collect();
        if texts.is_empty() {
            return Ok(None);
        }
        self.hear().await?;
        let heard = &self.memo.heard;
        let named: BTreeSet<String> = {
            let heard = heard.read().unwrap_or_else(PoisonError::into_inner);
            let named = texts.iter().flat_map(|text| heard.silence.named(text));
            named.map(str::to_owned).collect()
        };
        if named.is_empty() {
            return Ok(None);
        }
        let mut known = Silence::default();
        for id in &named {
            self.add_known(id, partner, &mut known).await?;
        }
        let heard_now = heard.read().unwrap_or_else(PoisonError::into_inner);
        let unknown = texts.iter().flat_map(|text| heard_now.silence.named_beyond(text, &known));
        let unknown: BTreeSet<String> = unknown.map(str::to_owned).collect();
        drop(heard_now);
        Ok(Some(Untold { heard, unknown }))
    }

    /// Adds what we know ourselves, or the partner told us, under the names of a third party's
    /// object: that is not known only from third parties.
    async fn add_known(
        &self,
        id: &str,
        partner: &str,
        known: &mut Silence,
    ) -> Result<(), NodeError> {
        let versions = self.store.versions(id).await?;
        let mut labels: Vec<&str> = versions.iter().map(|row| row.label.as_str()).collect();
        labels.sort_unstable();
        labels.dedup();
        let mut like_it: Vec<ObjectRow> = Vec::new();
        for text in labels.into_iter().filter(|label| !label.is_empty()) {
            let query =
                SearchQuery { text: text.to_owned(), limit: LIKE_IT, ..SearchQuery::default() };
            like_it.extend(self.store.search(query).await?.hits);
        }
        like_it.extend(versions.into_iter().filter(|row| row.channel == partner));
        let makers = self.makers().await?;
        for row in like_it {
            let Ok(object) = Object::parse(&row.raw) else { continue };
            let ours =
                row.channel == OWN && self.sources(&makers, &row.id).await?.foreign.is_empty();
            if ours || row.channel == partner {
                known.add(&object);
            }
        }
        Ok(())
    }

    /// Reads what partners gave since this was asked last.
    async fn hear(&self) -> Result<(), NodeError> {
        for (key, partner) in self.partners().await? {
            loop {
                let after = self.heard(|heard| heard.next.get(&key).copied());
                let query = ObjectQuery {
                    channel: Some(key.clone()),
                    after,
                    limit: CHUNK,
                    ..ObjectQuery::default()
                };
                let rows = self.store.objects(query).await?;
                let read = rows.len();
                self.heard(|heard| {
                    for row in &rows {
                        heard.add(row);
                        heard.next.insert(key.clone(), row.row);
                    }
                });
                if read < CHUNK {
                    break;
                }
            }
            let card = partner.card()?;
            let whole = Veil::default();
            for found in self.store.referring(card.identity_id(), &whole, BY_FILE).await? {
                let theirs = found.path == "created_by_ref" && found.object.channel == OWN;
                self.heard(|heard| {
                    if theirs && heard.by_file.insert(found.object.row) {
                        heard.add(&found.object);
                    }
                });
            }
        }
        Ok(())
    }

    fn heard<T>(&self, act: impl FnOnce(&mut Heard) -> T) -> T {
        act(&mut self.memo.heard.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Heard {
    fn add(&mut self, row: &ObjectRow) {
        // Papers are about agreements and name their parties.
        let paper = enlace_policy::kinds::PAPERS.contains(&row.kind.as_str());
        if paper || row.kind == "marking-definition" || row.state == ObjectState::Rejected {
            return;
        }
        if let Ok(object) = Object::parse(&row.raw) {
            self.silence.add(&object);
        }
    }
}

/// The texts of a candidate that could leave, its tear-line and all of what another lets us pass on:
/// one after the other and again, for a name may begin in one and end in the next.
pub(crate) fn text_of(candidate: &Candidate) -> Option<String> {
    let object = &candidate.object;
    let written = object.extension(&types::definition_id("tear-line"));
    let mut texts: Vec<&str> = Vec::new();
    for part in ["title", "text"] {
        texts.extend(written.and_then(|body| body.get(part)?.as_str()));
    }
    if !candidate.own && candidate.consent != Consent::None {
        let slots = ["name", "description", "abstract", "content", "explanation", "obligation"];
        texts.extend(slots.into_iter().filter_map(|slot| object.text(slot)));
    }
    let all = texts.join(" ");
    (!all.is_empty()).then(|| format!("{all} {all}"))
}

#[cfg(test)]
mod tests;
