//! What a feed brings is another's: held in a channel of its own, marked, and never what a partner
//! or this node itself made.

use std::collections::{BTreeMap, BTreeSet};

use enlace_import::{Marking, MarkingError, Outcome, Rejected};
use enlace_stix::Object;
use enlace_stix::marking::Tlp;

use super::CHANNEL;
use crate::inherited::bears_markings;
use crate::{Node, NodeError};

/// Where the objects of one feed go.
#[derive(Debug, Clone)]
pub(crate) struct Brought {
    pub(crate) channel: String,
    /// Marking of objects that bear none.
    pub(crate) marking: String,
    pub(crate) parties: Parties,
}

/// Identities of this node and of its partners' nodes.
#[derive(Debug, Clone)]
pub(crate) struct Parties(BTreeSet<String>);

/// The rule that such objects break.
pub(crate) const OF_A_PARTY: &str = "feed.of-a-party";
const EXPECTED: &str = "nothing that a partner's node or this one made: what a partner releases \
                        comes by `enlace partner sync`";

impl Parties {
    /// Whether a party of ours made this, or is it.
    pub(crate) fn made(&self, object: &Object) -> bool {
        let by = object.text("created_by_ref");
        self.0.contains(object.id().as_str()) || by.is_some_and(|by| self.0.contains(by))
    }
}

impl Brought {
    /// Sets aside what a party of ours made: it would be held past its agreement and its recalls.
    pub(crate) fn refuse_parties(&self, outcome: &mut Outcome) {
        let all = std::mem::take(&mut outcome.objects);
        let (refused, kept): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|imported| self.parties.made(&imported.object));
        outcome.objects = kept;
        outcome.rejected.extend(refused.into_iter().map(|imported| Rejected {
            object_id: Some(imported.object.id().to_string()),
            position: imported.position,
            path: "created_by_ref".to_owned(),
            rule: OF_A_PARTY.to_owned(),
            section: String::new(),
            expected: EXPECTED.to_owned(),
            found: imported.object.text("created_by_ref").unwrap_or_default().to_owned(),
            more: Vec::new(),
            raw: imported.object.raw().to_owned(),
        }));
    }

    /// What bears no marking, also none of a container, has that of the feed.
    pub(crate) fn mark_the_rest(
        &self,
        outcome: &Outcome,
        inherits: &mut BTreeMap<String, BTreeSet<String>>,
    ) {
        for object in outcome.objects.iter().map(|imported| &imported.object) {
            if object.kind() != "marking-definition" && !bears_markings(object) {
                let markings = inherits.entry(object.id().to_string()).or_default();
                if markings.is_empty() {
                    markings.insert(self.marking.clone());
                }
            }
        }
    }
}

impl Node {
    pub(crate) async fn parties(&self) -> Result<Parties, NodeError> {
        let mut ids = BTreeSet::from([self.me.identity_id.clone()]);
        ids.extend(self.cards().await?.iter().map(|(_, _, card)| card.identity_id().to_owned()));
        Ok(Parties(ids))
    }

    pub(crate) async fn feed_way(&self, name: &str, marking: &str) -> Result<Brought, NodeError> {
        let (channel, marking) = (format!("{CHANNEL}{name}"), marking.to_owned());
        Ok(Brought { channel, marking, parties: self.parties().await? })
    }
}

/// The id of a marking by its name; amber where there is none.
pub(super) fn marking(text: Option<&str>) -> Result<String, NodeError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    let Some(text) = text else { return Ok(Tlp::Amber.marking_id().to_owned()) };
    let marking = Marking::parse(text).map_err(|e: MarkingError| {
        let expected = "a TLP colour, such as `amber`";
        NodeError::input("import.marking", e.to_string(), "--marking", expected)
    })?;
    // What another marking means its own channel would have to say.
    if Tlp::ALL.iter().any(|tlp| tlp.marking_id() == marking.id().as_str()) {
        return Ok(marking.id().to_string());
    }
    let expected = "a TLP colour, such as `amber`";
    Err(NodeError::input("import.marking", "no TLP colour", "--marking", expected))
}
