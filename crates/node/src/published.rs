//! Twins as a partner was sent them, planned anew: less leaves than before, never more, and nothing
//! that became of the originals since decides (docs/design/agreements.md, recall.md).

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::{Facts, Policy};
use enlace_release::{Context, Plan, Previous, Published, facts, facts_of, narrowed};
use enlace_stix::marking::of_every_property;
use enlace_stix::{Id, Object};
use enlace_store::{ObjectRow, Twin};

use crate::consent_use::Makers;
use crate::release_set::previous_of;
use crate::{Node, NodeError};

/// What a partner has of a lineage, as far as published forms refer to it.
#[derive(Default)]
pub(crate) struct Had {
    /// By the id that the partner sees.
    pub(crate) previous: BTreeMap<String, Previous>,
    /// Markings made for the partner.
    definitions: BTreeMap<String, Object>,
}

/// Under which policies and for whom published forms are planned.
pub(crate) struct Anew<'a> {
    pub(crate) policy: &'a Policy,
    /// The policy that they left under.
    pub(crate) under: &'a Policy,
    pub(crate) partner: &'a str,
    pub(crate) purpose: &'a str,
    pub(crate) offence: Option<&'a str>,
    pub(crate) reasoned: bool,
    pub(crate) now_us: i64,
}

impl Node {
    /// A published twin with the facts that held when it was sent.
    pub(crate) async fn published(
        &self,
        makers: &Makers,
        twin: &Twin,
        object: Object,
    ) -> Result<Published, NodeError> {
        let original: Id =
            twin.original.parse().map_err(|_| NodeError::Internal("original of a twin"))?;
        let facts = match self.facts_then(makers, twin).await? {
            Some(facts) => facts,
            // Its version is gone: what the partner was shown is what is known of it.
            None => facts(&object, true, self.now_us(), &|_| None),
        };
        Ok(Published { original, object, facts })
    }

    /// The facts about an original when its twin was sent last; `None` = that version is gone.
    async fn facts_then(&self, makers: &Makers, twin: &Twin) -> Result<Option<Facts>, NodeError> {
        let sent = self.sent_object(&twin.partner, &twin.lineage, &twin.original).await?;
        let Some(sent) = sent else { return Ok(None) };
        let at_us = match self.release(&sent.release).await {
            Ok((_, release)) => release.sent.map(|step| step.at_us),
            Err(_) => None,
        };
        let mut rows = self.store.versions(&twin.original).await?;
        rows.retain(|row| !row.raw.is_empty());
        let then = |row: &ObjectRow| match sent.version.is_empty() {
            // Sent before versions were noted: the last one that we had then.
            true => at_us.is_some_and(|at| row.received_us <= at),
            false => row.version == sent.version,
        };
        let Some(row) = rows.into_iter().filter(then).max_by_key(|row| row.row) else {
            return Ok(None);
        };
        let object = Object::parse(&row.raw).map_err(|_| NodeError::Internal("held object"))?;
        let mut candidate = self.candidate(makers, object, &row.channel).await?;
        let definitions = self.definitions(&candidate.object, &row.channel).await?;
        candidate.held_back = false;
        let definition = |id: &str| definitions.iter().find(|d| d.id().as_str() == id);
        let markings = of_every_property(&candidate.object, &definition);
        let then_us = at_us.unwrap_or_else(|| self.now_us());
        let facts = facts_of(&candidate, then_us, &markings);
        // It left: whoever had to consent had consented.
        Ok(Some(Facts { consented: !facts.own, ..facts }))
    }

    /// Looks up what published forms bear and refer to.
    pub(crate) async fn had_of(
        &self,
        had: &mut Had,
        twin: &Twin,
        object: &Object,
    ) -> Result<(), NodeError> {
        had.previous.insert(twin.twin.clone(), without_hash(twin)?);
        for reference in object.references() {
            let id = reference.target.as_str();
            if reference.target.kind() == "marking-definition" {
                if !had.definitions.contains_key(id) {
                    let last = self.members_of(&twin.collection, id).await?.pop();
                    if let Some(last) = last {
                        let (sent, _) = self.opened(&twin.partner, &last.body).await?;
                        let marking = Object::parse(sent.bytes())
                            .map_err(|_| NodeError::Internal("published marking"))?;
                        had.definitions.insert(id.to_owned(), marking);
                    }
                }
                continue;
            }
            if had.previous.contains_key(id) {
                continue;
            }
            for row in self.store.twins_of(id).await? {
                let there = row.partner == twin.partner && row.lineage == twin.lineage;
                if there && row.twin == id && !row.recalled {
                    had.previous.insert(id.to_owned(), without_hash(&row)?);
                }
            }
        }
        Ok(())
    }

    /// Plans published forms anew; `gone`: twins that the partner does not keep.
    pub(crate) fn planned_anew(
        &self,
        anew: &Anew<'_>,
        set: &[Published],
        had: &Had,
        gone: &BTreeSet<String>,
    ) -> Plan {
        let mut previous = had.previous.clone();
        previous.retain(|id, _| !gone.contains(id));
        let set: Vec<Published> =
            set.iter().filter(|p| !gone.contains(p.object.id().as_str())).cloned().collect();
        let key = self.keys.twin_key(anew.partner, &anew.policy.agreement().lineage);
        let definition = |id: &str| had.definitions.get(id);
        let context = Context {
            policy: anew.policy,
            partner: anew.partner,
            purpose: anew.purpose,
            // It was let out; that it may say less asks for nothing.
            active: true,
            vetted: true,
            offence: anew.offence,
            reasoned: anew.reasoned,
            own_identity: &self.identity,
            twin_key: key.expose(),
            now_us: anew.now_us,
            previous: &previous,
            definition: &definition,
            unspeakable: None,
        };
        narrowed(&set, anew.under, &context)
    }
}

/// What the partner has, as if it were to be sent again.
fn without_hash(twin: &Twin) -> Result<Previous, NodeError> {
    Ok(Previous { content_hash: String::new(), ..previous_of(twin)? })
}
