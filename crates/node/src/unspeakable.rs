//! Names and identifiers that are known only from third parties: no text written for a partner may
//! tell them.
//!
//! What partners gave is indexed once in a process and then followed by the order of its rows, so
//! that a dry run reads only what came since. A name that an older version bore stays in the index:
//! too much is withheld then, never too little. Nothing is read where no text would leave.

use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use enlace_release::{Candidate, Consent, Silence, Unspeakable, in_one};
use enlace_stix::{Object, types};
use enlace_store::{OWN, ObjectQuery, ObjectRow, ObjectState, SearchQuery};

use crate::origin::Origins;
use crate::{Node, NodeError};

/// Rows read at once.
const CHUNK: usize = 1000;
/// Objects of ours and of the partner with a like name that are compared.
const LIKE_IT: usize = 50;
/// Objects of third parties, and names, that are looked for at once.
const NAMED: usize = 200;

/// What partners gave, by its names.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    silence: Silence,
    /// The last row that was read of each partner's channel.
    next: HashMap<String, i64>,
    /// The last row that was read of what names each partner as its creator: in our own channel it
    /// is the partner's by whatever way it came.
    by_file: HashMap<String, i64>,
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
        self.untold_in(&texts, partner).await
    }

    /// The same of texts that people wrote for a partner.
    pub(crate) async fn untold_in(
        &self,
        texts: &[String],
        partner: &str,
    ) -> Result<Option<Untold<'_>>, NodeError> {
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
        let known = self.known_beside(named, partner).await?;
        let heard_now = heard.read().unwrap_or_else(PoisonError::into_inner);
        let unknown = texts.iter().flat_map(|text| heard_now.silence.named_beyond(text, &known));
        let unknown: BTreeSet<String> = unknown.map(str::to_owned).collect();
        drop(heard_now);
        Ok(Some(Untold { heard, unknown }))
    }

    /// What we know ourselves, or the partner told us, under the names of third parties' objects:
    /// that is not known only from third parties.
    async fn known_beside(
        &self,
        named: BTreeSet<String>,
        partner: &str,
    ) -> Result<Silence, NodeError> {
        let (mut known, mut labels) = (Silence::default(), BTreeSet::new());
        let named = Vec::from_iter(named);
        for ids in named.chunks(NAMED) {
            for row in self.store.versions_each(ids).await?.into_iter().flatten() {
                if row.channel == partner
                    && let Ok(object) = Object::parse(&row.raw)
                {
                    known.add(&object);
                }
                labels.insert(row.label);
            }
        }
        labels.remove("");
        let makers = self.makers().await?;
        let mut origins = Origins::new(&makers);
        let labels = Vec::from_iter(labels);
        for texts in labels.chunks(NAMED) {
            let queries: Vec<SearchQuery> = texts.iter().map(|text| like(text)).collect();
            let (mut like_it, mut own) = (Vec::new(), Vec::new());
            for row in self.store.search_each(queries).await?.into_iter().flat_map(|p| p.hits) {
                if row.channel == OWN {
                    own.push(row.id.clone());
                }
                if row.channel == OWN || row.channel == partner {
                    like_it.push(row);
                }
            }
            self.read_ahead(&mut origins, own).await?;
            for row in like_it {
                let ours = row.channel == partner
                    || self.sources_in(&mut origins, &row.id).await?.foreign.is_empty();
                if let Ok(object) = Object::parse(&row.raw)
                    && ours
                {
                    known.add(&object);
                }
            }
        }
        Ok(known)
    }

    /// Reads what partners gave since this was asked last.
    async fn hear(&self) -> Result<(), NodeError> {
        for (key, _, card) in self.cards().await? {
            loop {
                let after = self.heard(|heard| heard.next.get(&key).copied());
                let query = ObjectQuery {
                    channel: Some(key.clone()),
                    after,
                    limit: CHUNK,
                    ..ObjectQuery::default()
                };
                let rows = self.store.objects(query).await?;
                self.heard(|heard| {
                    for row in &rows {
                        heard.add(row);
                        heard.next.insert(key.clone(), row.row);
                    }
                });
                if rows.len() < CHUNK {
                    break;
                }
            }
            loop {
                let after = self.heard(|heard| heard.by_file.get(&key).copied());
                let rows = self.store.created_by(card.identity_id(), after, CHUNK).await?;
                self.heard(|heard| {
                    for row in &rows {
                        if row.channel == OWN {
                            heard.add(row);
                        }
                        heard.by_file.insert(key.clone(), row.row);
                    }
                });
                if rows.len() < CHUNK {
                    break;
                }
            }
        }
        Ok(())
    }

    fn heard<T>(&self, act: impl FnOnce(&mut Heard) -> T) -> T {
        act(&mut self.memo.heard.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The search for objects of a like name.
fn like(text: &str) -> SearchQuery {
    SearchQuery { text: text.to_owned(), limit: LIKE_IT, ..SearchQuery::default() }
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
    texts.iter().any(|text| !text.is_empty()).then(|| in_one(texts))
}

#[cfg(test)]
mod tests;
