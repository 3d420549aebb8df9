//! After a restore: what was said in requests since the backup comes back from the partner, who holds
//! both sides of every thread. Without it our next step would take the place of one that we forgot.

use std::collections::BTreeMap;

use enlace_keys::{SignedObject, verify_object};
use enlace_policy::AgreementState;
use enlace_release::request_again;
use enlace_stix::Object;
use enlace_store::{OWN, ObjectState, Write};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::kind_of;
use crate::gone::GoneNames;
use crate::party_key::time_of;
use crate::record::{self, Bucket};
use crate::transport::Wire;
use crate::{Node, NodeError, paper};

/// Where a partner asks, with the id behind which it goes on.
pub(crate) const PATH: &str = "held/requests/";
/// Bytes of a page, but for its first object.
const PAGE: usize = 1 << 20;
/// Most pages that are asked for.
const PAGES: usize = 10_000;

/// A page of what was said between two nodes.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Said {
    objects: Vec<SignedObject>,
    more: bool,
}

/// What came back and is missing here.
#[derive(Default)]
pub(crate) struct Lost {
    /// Our own requests and steps, written as they were.
    pub(crate) writes: Vec<Write>,
    /// How many.
    pub(crate) count: usize,
    /// The partner's, to be taken like anything that arrives.
    pub(crate) theirs: Vec<SignedObject>,
}

impl Node {
    /// The write that keeps how a partner signed a request or step: it may ask for its own words.
    pub(crate) fn request_envelope(
        &self,
        object: &Object,
        partner: &str,
        signature: &enlace_keys::Signature,
    ) -> Result<Option<Write>, NodeError> {
        let thread = object.kind() == "request-event" || kind_of(object).is_some();
        if !thread || !matches!(object.kind(), "request" | "request-event") {
            return Ok(None);
        }
        let key = paper::envelope_key(object, partner);
        record::put(Bucket::REQUEST_PAPER, &key, signature, None).map(Some)
    }

    /// The partner's side: what was said between the two of us behind an id, in the order of ids. Its
    /// own words as it signed them, ours while the agreement is in force: it has had both.
    pub(crate) async fn held_requests(
        &self,
        partner: &str,
        after: &str,
    ) -> Result<Vec<u8>, NodeError> {
        let reading = self.request_reading(None).await?;
        let mut all = BTreeMap::new();
        for row in self.every("request").await? {
            let Some(held) = reading.thread(&row).filter(|held| held.partner == partner) else {
                continue;
            };
            let said = std::iter::once(held.object).chain(held.steps.into_iter().map(|(s, _)| s));
            for object in said.filter(|object| object.id().as_str() > after) {
                all.insert(object.id().to_string(), (object, held.standing.clone()));
            }
        }
        let (mut page, mut bytes) = (Said::default(), 0);
        for (object, standing) in all.into_values() {
            let ours = object.text("created_by_ref") == Some(self.me.identity_id.as_str());
            let signature = match ours {
                true if standing.state != AgreementState::Active => None,
                true => Some(self.keys.sign_object(&Value::Object(object.view().clone()))),
                false => {
                    let key = paper::envelope_key(&object, partner);
                    let kept = self.store.record(Bucket::REQUEST_PAPER, &key).await?;
                    kept.as_ref().map(record::read).transpose()?
                }
            };
            let Some(signature) = signature else { continue };
            let Ok(out) = request_again(&object, &standing.agreement, partner) else { continue };
            bytes += out.bytes().len();
            if bytes > PAGE && !page.objects.is_empty() {
                page.more = true;
                break;
            }
            let broken = |_| NodeError::Internal("paper of a request");
            let object = serde_json::from_str(out.bytes()).map_err(broken)?;
            page.objects.push(SignedObject { object, signature });
        }
        let about = |act: crate::ledger_log::Act| act.field("kind", "requests");
        self.log_repeated("log-asked-back", partner, about).await?;
        serde_json::to_vec(&page).map_err(|_| NodeError::Internal("papers of requests"))
    }

    /// Asks a partner for all that was said between the two of us. A node of before has no answer.
    pub(crate) async fn said_before(&self, wire: &Wire) -> Result<Vec<SignedObject>, NodeError> {
        let (mut said, mut after) = (Vec::new(), "0".to_owned());
        for _ in 0..PAGES {
            let answer = wire.get(&format!("/enlace/v1/log/{PATH}{after}"), None).await?;
            if answer.status.as_u16() == 404 {
                break;
            }
            if !answer.status.is_success() {
                return Err(wire.fault(format!("{PATH} answered {}", answer.status)));
            }
            let page: Said = serde_json::from_slice(&answer.body)
                .map_err(|_| wire.fault(format!("{PATH} gave no JSON")))?;
            let last = page.objects.last().and_then(|one| one.object.get("id")?.as_str());
            let last = last.map(str::to_owned).filter(|last| *last > after);
            said.extend(page.objects);
            match (page.more, last) {
                (true, Some(last)) => after = last,
                _ => break,
            }
        }
        Ok(said)
    }

    /// What of it is missing here. Ours is what bears our signature, and comes back as it was; what was
    /// erased since does not.
    pub(crate) async fn lost_requests(
        &self,
        partner: &str,
        said: Vec<SignedObject>,
    ) -> Result<Lost, NodeError> {
        let keys = self.keys_of(self.key_id()).await?;
        let names = GoneNames::of(&self.keys);
        let (mut lost, mut steps) = (Lost::default(), BTreeMap::<String, u64>::new());
        for one in said {
            let Value::Object(view) = one.object.clone() else { continue };
            let Ok(object) = Object::from_view(view) else { continue };
            if object.text("created_by_ref") != Some(self.me.identity_id.as_str()) {
                lost.theirs.push(one);
                continue;
            }
            let at = time_of(&object);
            let by_us = keys.iter().any(|key| {
                key.signs(at) && verify_object(&key.key, &one.object, &one.signature).is_ok()
            });
            let id = object.id().as_str();
            let line = names.version(OWN, id, &object.version().to_string());
            let gone = self.store.record(Bucket::GONE, &line).await?.is_some();
            let held = self.store.object(id, Some(OWN)).await?.is_some();
            if !by_us || gone || held || !self.is_between(partner, &object).await? {
                continue;
            }
            let about = object.text("request_ref").unwrap_or(id).to_owned();
            if object.kind() == "request" {
                // It was written before the backup and sent after it.
                let key = id.to_owned();
                lost.writes.push(Write::Delete { bucket: Bucket::REQUEST, key });
            } else {
                *steps.entry(about.clone()).or_default() += 1;
            }
            lost.writes.push(self.request_news_of(&about)?);
            let row = self.new_object(&object, OWN, "this node", ObjectState::Held);
            lost.writes.push(Write::Object(Box::new(row)));
            lost.count += 1;
        }
        for (request, more) in steps {
            let kept = self.store.record(Bucket::REQUEST_OWN, &request).await?;
            let count: u64 = kept.as_ref().map(record::read).transpose()?.unwrap_or(0);
            lost.writes.push(record::put(Bucket::REQUEST_OWN, &request, &(count + more), None)?);
        }
        Ok(lost)
    }

    /// Takes what the partner said since the backup, as if it had just arrived.
    pub(crate) async fn hear_again(
        &self,
        partner: &str,
        theirs: &[SignedObject],
    ) -> Result<(), NodeError> {
        for some in theirs.chunks(100) {
            let body = serde_json::json!({ "objects": some }).to_string();
            self.inbox_receive(partner, &body).await?;
        }
        Ok(())
    }

    /// Whether a paper with our signature is of a request between this partner and us.
    async fn is_between(&self, partner: &str, paper: &Object) -> Result<bool, NodeError> {
        let cards = self.cards().await?;
        let card = cards.iter().find(|(key_id, ..)| key_id == partner);
        Ok(match paper.kind() {
            "request" => {
                let to = paper.text("asked_of_ref");
                kind_of(paper).is_some() && card.is_some_and(|(.., c)| to == Some(c.identity_id()))
            }
            "request-event" => paper.text("request_ref").is_some(),
            _ => false,
        })
    }
}
