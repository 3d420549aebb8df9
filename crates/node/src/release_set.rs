//! The set of a release: what was picked and everything it refers to, with what the plan needs to
//! know (docs/design/release-sets.md).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use enlace_policy::{AgreementState, Policy};
use enlace_release::{Candidate, Context, Plan, Previous, plan};
use enlace_stix::{Object, Timestamp};
use enlace_store::{OWN, ObjectRow, ObjectState, Twin};

use crate::record::{self, Bucket};
use crate::release::ReleaseRequest;
use crate::standing::Standing;
use crate::view::View;
use crate::{Node, NodeError};

/// Most objects of one release; a larger set is refused, not cut.
const MOST: usize = 10_000;

/// A set, planned.
pub(crate) struct Planned {
    pub(crate) standing: Standing,
    pub(crate) partner: String,
    pub(crate) purpose: String,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) definitions: BTreeMap<String, Object>,
    pub(crate) plan: Plan,
    pub(crate) previous: BTreeMap<String, Previous>,
}

/// What planning depends on beside the set.
struct Asked<'a> {
    policy: &'a Policy,
    partner: &'a str,
    purpose: &'a str,
    active: bool,
    twin_key: &'a [u8],
    now_us: i64,
}

impl Node {
    /// Gathers the set of a request, as far as the view goes, and plans it.
    pub(crate) async fn planned(
        &self,
        view: &View,
        request: &ReleaseRequest,
    ) -> Result<Planned, NodeError> {
        let standing = self.agreement_named(&request.agreement).await?;
        let partner = self.recipient(&standing, request.partner.as_deref()).await?;
        let terms = standing.agreement.terms();
        let purpose = match &request.purpose {
            Some(purpose) => purpose.clone(),
            None => terms.purposes.allowed.first().cloned().unwrap_or_default(),
        };
        let mut candidates = self.gather(&view.clone().without_overdue(), &request.ids).await?;
        let held = self.held_back(&candidates).await?;
        for candidate in &mut candidates {
            // Until the plan itself takes a hold: what is another's stays, with everything about it.
            candidate.own &= !held.contains(candidate.object.id().as_str());
        }
        let definitions = self.definitions_of(&candidates).await?;
        let policy = self.policy(&standing.agreement)?;
        let lineage = standing.agreement.lineage.clone();
        let mut previous = BTreeMap::new();
        for candidate in &candidates {
            self.add_previous(&partner, &lineage, candidate.object.id().as_str(), &mut previous)
                .await?;
        }
        let twin_key = self.keys.twin_key(&partner, &lineage);
        let ask = Asked {
            policy: &policy,
            partner: &partner,
            purpose: &purpose,
            active: standing.state == AgreementState::Active,
            twin_key: twin_key.expose(),
            now_us: self.now_us(),
        };
        let mut made = self.plan_once(&candidates, &definitions, &previous, &ask);
        // What is made for the partner (markings, our identity) is known only after planning.
        let mut again = false;
        for released in &made.released {
            let original = released.original().unwrap_or_default();
            again |= !previous.contains_key(original)
                && self.add_previous(&partner, &lineage, original, &mut previous).await?;
        }
        if again {
            made = self.plan_once(&candidates, &definitions, &previous, &ask);
        }
        crate::hold::say_held(&mut made, &held);
        Ok(Planned { standing, partner, purpose, candidates, definitions, plan: made, previous })
    }

    fn plan_once(
        &self,
        candidates: &[Candidate],
        definitions: &BTreeMap<String, Object>,
        previous: &BTreeMap<String, Previous>,
        ask: &Asked<'_>,
    ) -> Plan {
        let definition = |id: &str| definitions.get(id);
        plan(
            candidates,
            &Context {
                policy: ask.policy,
                partner: ask.partner,
                purpose: ask.purpose,
                active: ask.active,
                own_identity: &self.identity,
                twin_key: ask.twin_key,
                now_us: ask.now_us,
                previous,
                definition: &definition,
            },
        )
    }

    async fn add_previous(
        &self,
        partner: &str,
        lineage: &str,
        original: &str,
        previous: &mut BTreeMap<String, Previous>,
    ) -> Result<bool, NodeError> {
        let Some(twin) = self.store.twin(partner, lineage, original).await? else {
            return Ok(false);
        };
        previous.insert(original.to_owned(), previous_of(&twin)?);
        Ok(true)
    }

    /// The other party, where there is one; else the one that is named.
    async fn recipient(
        &self,
        standing: &Standing,
        name: Option<&str>,
    ) -> Result<String, NodeError> {
        let parties = &standing.agreement.draft.parties;
        let others: Vec<&str> =
            parties.iter().map(|p| p.key_id.as_str()).filter(|k| *k != self.key_id()).collect();
        match (name, others.as_slice()) {
            (Some(name), others) => {
                let (key_id, _) = self.partner_named(name).await?;
                let expected = "a party of the agreement";
                match others.contains(&key_id.as_str()) {
                    true => Ok(key_id),
                    false => {
                        Err(NodeError::input("release.partner", "not a party", name, expected))
                    }
                }
            }
            (None, [one]) => Ok((*one).to_owned()),
            (None, _) => {
                let expected = "`--partner` with one of them";
                Err(NodeError::input("release.partner", "several parties", "--partner", expected))
            }
        }
    }

    /// The picked objects and everything that they refer to (docs/design/release-sets.md). What the
    /// view does not see is like what is not held.
    pub(crate) async fn gather(
        &self,
        view: &View,
        ids: &[String],
    ) -> Result<Vec<Candidate>, NodeError> {
        let hidden = self.hidden(view).await?;
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut queue: VecDeque<(String, bool)> =
            ids.iter().map(|id| (id.to_lowercase(), true)).collect();
        let mut set = Vec::new();
        while let Some((id, picked)) = queue.pop_front() {
            if !seen.insert(id.clone()) {
                continue;
            }
            let row = self.store.object(&id, None).await?;
            let held = |r: &ObjectRow| r.state == ObjectState::Held && !hidden.contains(&id);
            let Some(row) = row.filter(held) else {
                if picked {
                    return Err(NodeError::not_found("object", &id));
                }
                continue;
            };
            let object = Object::parse(&row.raw).map_err(|_| NodeError::Internal("held object"))?;
            for reference in object.references() {
                let follows = reference.path != "created_by_ref"
                    && reference.target.kind() != "marking-definition";
                if follows {
                    queue.push_back((reference.target.to_string(), false));
                }
            }
            let own = row.channel == OWN && !self.is_foreign(&object).await?;
            let object = self.with_inherited(object).await?;
            set.push(Candidate { object, own });
            if set.len() > MOST {
                let expected = format!("at most {MOST} objects in one release: pick fewer");
                return Err(NodeError::input("release.too-large", "too many", "ID", expected));
            }
        }
        Ok(set)
    }

    /// Whether a partner originated an object, by whatever way it came in: a partner's object in
    /// a file stays a partner's object.
    async fn is_foreign(&self, object: &Object) -> Result<bool, NodeError> {
        let versions = self.store.versions(object.id().as_str()).await?;
        if versions.iter().any(|row| row.channel != OWN) {
            return Ok(true);
        }
        let Some(creator) = object.text("created_by_ref") else { return Ok(false) };
        for (_, partner) in self.partners().await? {
            if partner.card()?.identity_id() == creator {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The object with the markings that it inherits, if it has none of its own.
    pub(crate) async fn with_inherited(&self, object: Object) -> Result<Object, NodeError> {
        if object.get("object_marking_refs").is_some() {
            return Ok(object);
        }
        let kept = self.store.record(Bucket::INHERITED, object.id().as_str()).await?;
        let Some(kept) = kept else { return Ok(object) };
        let markings: Vec<String> = record::read(&kept)?;
        let mut view = object.view().clone();
        view.insert("object_marking_refs".to_owned(), markings.into());
        Object::from_view(view).map_err(|_| NodeError::Internal("inherited marking"))
    }

    async fn definitions_of(
        &self,
        candidates: &[Candidate],
    ) -> Result<BTreeMap<String, Object>, NodeError> {
        let mut found = BTreeMap::new();
        for candidate in candidates {
            for definition in self.definitions(&candidate.object, OWN).await? {
                found.insert(definition.id().to_string(), definition);
            }
        }
        Ok(found)
    }
}

pub(crate) fn previous_of(twin: &Twin) -> Result<Previous, NodeError> {
    let time = |text: &str| -> Result<Timestamp, NodeError> {
        text.parse().map_err(|_| NodeError::Internal("time of a twin"))
    };
    Ok(Previous {
        twin: twin.twin.parse().map_err(|_| NodeError::Internal("id of a twin"))?,
        created: time(&twin.created)?,
        modified: time(&twin.modified)?,
        content_hash: twin.content_hash.clone(),
        recalled: twin.recalled,
    })
}
