//! Files that a partner's people carried over: judged as a whole first, then taken in as what comes
//! over the wire, once (docs/design/offline.md).

use enlace_keys::{Bundle, BundleError, Content, SignatureError, verify_within};
use enlace_policy::roles::Action;
use enlace_stix::Object;
use enlace_store::{Batch, Guard, ObjectState, Write};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::carry_out::Carried;
use crate::inbox::Receipt;
use crate::ledger_log::Act;
use crate::partner::Partner;
use crate::record::{self, Bucket};
use crate::sync::Delivery;
use crate::{Actor, Node, NodeError, SyncReport, clock, recall};

/// What a file brought.
#[derive(Debug, Serialize)]
pub struct CarriedIn {
    /// Name of the partner.
    pub partner: String,
    /// The bundle.
    pub bundle: String,
    /// Objects that arrived.
    pub objects: usize,
    /// Release-records that arrived.
    pub releases: usize,
    /// Objects that the partner recalled.
    pub recalled: usize,
    /// Objects that were set aside.
    pub rejected: usize,
    /// What became of each paper.
    pub papers: Vec<Receipt>,
    /// Files of ours that the partner has read.
    pub acknowledged: usize,
}

impl Node {
    /// Takes in a file that a partner's node wrote for this one. `file` is its name, for messages.
    /// What fails before the first object is taken changes nothing.
    pub async fn inbox_bundle(
        &self,
        actor: &Actor,
        file: &str,
        bytes: &[u8],
    ) -> Result<CarriedIn, NodeError> {
        actor.require(Action::Sync)?;
        let bad = |error: BundleError| refused(file, &error);
        let plain = self.keys.open_bundle(bytes).map_err(bad)?;
        let bundle = Bundle::read(&plain).map_err(bad)?;
        let judged = self.judge_bundle(file, &bundle).await;
        let (partner, content) = match judged {
            Ok(judged) => judged,
            Err(error) => {
                let act = Act::new("carried-refused").by(actor).field("code", error.code());
                let act = act.field("from", bundle.manifest.from.as_str());
                let act = act.field("bundle", bundle.manifest.id.as_str());
                self.log_act(act.field("file_sha256", hex::encode(Sha256::digest(bytes)))).await?;
                return Err(error);
            }
        };
        self.apply_bundle(actor, &bundle, &partner, content, bytes).await
    }

    /// Who wrote it, whether it is for us, and whether all of it may be taken.
    async fn judge_bundle(
        &self,
        file: &str,
        bundle: &Bundle<'_>,
    ) -> Result<(Partner, Content), NodeError> {
        let manifest = &bundle.manifest;
        let from = manifest.from.as_str();
        let short: String = from.chars().take(16).collect();
        let Some(partner) = self.partner(from).await? else {
            let problem = format!("it says that key {short}… wrote it, which is no partner");
            let expected = "a file of a partner: pin its card by `enlace partner add CARD`";
            return Err(NodeError::input("bundle.unknown-sender", problem, file, expected));
        };
        let card = partner.card()?;
        // The key that signed the manifest may be named by a notice inside.
        let keys = self.foretold(from, &partner, &bundle.papers()).await?.keys()?;
        let made = Some(manifest.made_us);
        if !keys.iter().any(|key| key.signs(made) && bundle.verify(&key.key).is_ok()) {
            let error = bundle.verify(&card.key).err().unwrap_or(SignatureError::Wrong);
            return Err(refused(file, &BundleError::Signature(error)));
        }
        if manifest.to != self.key_id() {
            let expected = "a file for this node: do not pass it on, tell both partners";
            let problem = "its sender wrote it for another node";
            return Err(NodeError::input("bundle.other-addressee", problem, file, expected));
        }
        if partner.revoked {
            return Err(NodeError::state(partner.name, "cut off", "nothing is taken from it"));
        }
        let key = key(from, &manifest.id);
        if let Some(read) = self.store.record(Bucket::BUNDLE, &key).await? {
            let at: i64 = record::read(&read)?;
            let found = format!("read already, on {}", clock::text(at));
            return Err(NodeError::state(format!("`{file}`"), found, "nothing to do"));
        }
        let holds = |view: &serde_json::Map<_, _>| {
            keys.iter().any(|key| verify_within(&key.key, view).is_ok())
        };
        let content = bundle.content(card.identity_id(), holds).map_err(|e| refused(file, &e))?;
        self.refuse_recalled(file, from, &content).await?;
        Ok((partner, content))
    }

    /// Refuses a file that was written before a recall that came by another way.
    async fn refuse_recalled(
        &self,
        file: &str,
        from: &str,
        content: &Content,
    ) -> Result<(), NodeError> {
        for raw in &content.objects {
            let Ok(object) = Object::parse(raw.get()) else { continue };
            let id = object.id().as_str();
            if object.revoked() || object.kind() == "release-record" {
                continue;
            }
            let gone = self.store.record(Bucket::WITHDRAWN, &recall::key(from, id)).await?;
            let held = self.store.object(id, Some(from)).await?;
            if gone.is_some() || held.is_some_and(|row| row.state == ObjectState::Recalled) {
                let problem = format!("it is older than the recall of `{id}`");
                let expected = "a newer file: destroy this one and ask the partner for \
                                `enlace partner outbox NAME --file FILE`";
                return Err(NodeError::input("bundle.recalled", problem, file, expected));
            }
        }
        Ok(())
    }

    async fn apply_bundle(
        &self,
        actor: &Actor,
        bundle: &Bundle<'_>,
        partner: &Partner,
        content: Content,
        bytes: &[u8],
    ) -> Result<CarriedIn, NodeError> {
        let from = bundle.manifest.from.as_str();
        // Papers first: the signature that puts an agreement in force may lie beside its releases.
        let papers = match content.papers.is_empty() {
            true => Vec::new(),
            false => {
                let papers = serde_json::to_value(&content.papers);
                let papers = papers.ok().and_then(|p| p.as_array().cloned());
                self.take_carried(papers.unwrap_or_default()).await?
            }
        };
        let card = partner.card()?;
        let mut delivery = Delivery::new(from, &card, self.keys_of(from).await?);
        let mut report = SyncReport::default();
        for raw in &content.objects {
            self.take_in(&mut delivery, raw.get(), &mut report).await?;
        }
        self.refuse_unlisted(&mut delivery, &mut report);
        let mut writes = std::mem::take(&mut delivery.writes);
        let mut guards = std::mem::take(&mut delivery.guards);
        let acknowledged = self.acknowledge(bundle, &mut writes).await?;
        let act = Act::new("carried-in").by(actor).field("partner", from);
        let act = act.field("bundle", bundle.manifest.id.as_str());
        let act = act.field("file_sha256", hex::encode(Sha256::digest(bytes)));
        writes.push(self.node_leaf(act)?);
        let read = key(from, &bundle.manifest.id);
        writes.push(record::put(Bucket::BUNDLE, &read, &self.now_us(), None)?);
        guards.push(Guard::Absent { bucket: Bucket::BUNDLE, key: read });
        self.store.commit(Batch { guards, writes }).await?;
        self.settle_consents().await;
        self.settle_requests().await;
        let SyncReport { objects, releases, recalled, rejected, .. } = report;
        Ok(CarriedIn {
            partner: partner.name.clone(),
            bundle: bundle.manifest.id.clone(),
            objects,
            releases,
            recalled,
            rejected,
            papers,
            acknowledged,
        })
    }

    /// Forgets files of ours that the partner has read, and the messages that they took along.
    async fn acknowledge(
        &self,
        bundle: &Bundle<'_>,
        writes: &mut Vec<Write>,
    ) -> Result<usize, NodeError> {
        let mut acknowledged = 0;
        for id in &bundle.manifest.received {
            let key = key(&bundle.manifest.from, id);
            let Some(found) = self.store.record(Bucket::CARRIED, &key).await? else { continue };
            let carried: Carried = record::read(&found)?;
            let gone = |key| Write::Delete { bucket: Bucket::OUTBOX, key };
            writes.extend(carried.messages.into_iter().map(gone));
            writes.push(Write::Delete { bucket: Bucket::CARRIED, key });
            acknowledged += 1;
        }
        Ok(acknowledged)
    }
}

fn key(partner: &str, bundle: &str) -> String {
    format!("{partner}/{bundle}")
}

fn refused(file: &str, error: &BundleError) -> NodeError {
    NodeError::input(error.code(), error.to_string(), format!("`{file}`"), error.advice())
}
