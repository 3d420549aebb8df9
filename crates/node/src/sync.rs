//! A round with one partner: deliver what waits, pull what it released, exchange the logs.

use std::collections::HashMap;
use std::fmt;

use async_trait::async_trait;
use enlace_keys::{Card, verify_within};
use enlace_policy::roles::Action;
use enlace_policy::{Acceptance, AgreementState};
use enlace_stix::{Object, Timestamp, canonical, validate};
use enlace_store::{Batch, ObjectState, Quarantined, Write};
use enlace_taxii::{Client, ClientError, Pull, Response, Transport, TransportError};
use serde::Serialize;
use serde_json::Value;

use crate::inbox::Arrival;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::transport::Wire;
use crate::{Actor, Node, NodeError};

/// What a round brought.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SyncReport {
    /// Name of the partner.
    pub partner: String,
    /// Messages that the partner took.
    pub delivered: usize,
    /// Messages that still wait.
    pub waiting: usize,
    /// Objects that arrived.
    pub objects: usize,
    /// Release-records that arrived.
    pub releases: usize,
    /// Objects that the partner recalled.
    pub recalled: usize,
    /// Objects that were set aside.
    pub rejected: usize,
    /// Whether both sides signed both halves of the channel log.
    pub logs_signed: bool,
}

impl fmt::Display for SyncReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} objects in {} releases, {} recalled, {} set aside; {} messages delivered, {} \
             waiting; logs {}",
            self.partner,
            self.objects,
            self.releases,
            self.recalled,
            self.rejected,
            self.delivered,
            self.waiting,
            if self.logs_signed { "signed by both" } else { "not signed" }
        )
    }
}

#[async_trait]
impl Transport for Wire {
    async fn get(
        &self,
        path_and_query: &str,
        headers: &[(&str, &str)],
        max_bytes: usize,
    ) -> Result<Response, TransportError> {
        let accept = headers.iter().find(|(n, _)| n.eq_ignore_ascii_case("accept"));
        let answer = Wire::get(self, path_and_query, accept.map(|(_, v)| *v)).await;
        let answer = answer.map_err(|e| TransportError::Unreachable(e.to_string()))?;
        if answer.body.len() > max_bytes {
            return Err(TransportError::TooLarge(max_bytes));
        }
        let (status, headers) = (answer.status.as_u16(), answer.headers);
        Ok(Response { status, headers, body: answer.body })
    }
}

impl Node {
    /// One round with a partner.
    pub async fn sync(&self, actor: &Actor, name: &str) -> Result<SyncReport, NodeError> {
        actor.require(Action::Sync)?;
        let (key_id, partner) = self.partner_named(name).await?;
        if partner.revoked {
            return Err(NodeError::state(partner.name, "cut off", "nothing is exchanged with it"));
        }
        let card = partner.card()?;
        let mut report = SyncReport { partner: partner.name.clone(), ..SyncReport::default() };
        let sent = self.deliver(actor, Some(&key_id)).await?;
        (report.delivered, report.waiting) = (sent.delivered, sent.waiting);
        self.pull(&key_id, &card, self.wire(&partner)?, &mut report).await?;
        // Receipts of accepted releases and answers to recalls go out in the same round.
        let sent = self.deliver(actor, Some(&key_id)).await?;
        report.delivered += sent.delivered;
        report.waiting = sent.waiting;
        self.exchange_logs(&key_id, &card, &self.wire(&partner)?).await?;
        report.logs_signed = true;
        Ok(report)
    }

    async fn pull(
        &self,
        key_id: &str,
        card: &Card,
        wire: Wire,
        report: &mut SyncReport,
    ) -> Result<(), NodeError> {
        let fault = |e: ClientError| NodeError::Partner {
            partner: card.name.clone(),
            problem: e.to_string(),
        };
        let authority = card.url.trim_start_matches("https://").to_owned();
        let client = Client::new(wire).with_authority(authority);
        let discovery = client.discover().await.map_err(fault)?;
        let root = client.root_path(&discovery).map_err(fault)?;
        for collection in client.collections(&root).await.map_err(fault)? {
            let cursor = format!("{key_id}/{}", collection.id);
            let kept = self.store.record(Bucket::CURSOR, &cursor).await?;
            let after: Option<String> = kept.as_ref().map(record::read).transpose()?;
            let after: Option<Timestamp> = after.and_then(|t| t.parse().ok());
            let mut pull =
                Pull::new(&client, &root, &collection.id, after, self.config.limits.page);
            let mut waiting = Vec::new();
            while let Some(page) = pull.next_page().await.map_err(fault)? {
                waiting.extend(page.objects.iter().map(|raw| raw.get().to_owned()));
                // A release ends with its record: what came before can be judged and kept.
                if waiting.last().is_some_and(|raw| is_record(raw)) || !page.more {
                    let after = pull.resume_after().map(Timestamp::to_string);
                    let batch = std::mem::take(&mut waiting);
                    self.keep_page(key_id, card, &cursor, after, batch, report).await?;
                }
            }
        }
        Ok(())
    }

    /// Judges what came, by the records in it, and keeps it with the new cursor at once.
    async fn keep_page(
        &self,
        key_id: &str,
        card: &Card,
        cursor: &str,
        after: Option<String>,
        raws: Vec<String>,
        report: &mut SyncReport,
    ) -> Result<(), NodeError> {
        if raws.is_empty() {
            return Ok(());
        }
        let mut writes = Vec::new();
        if let Some(after) = after {
            writes.push(record::put(Bucket::CURSOR, cursor, &after, None)?);
        }
        let mut objects = Vec::new();
        let mut records = Vec::new();
        for raw in &raws {
            match self.read_arrival(card, raw) {
                Ok(object) if object.kind() == "release-record" => records.push(object),
                Ok(object) => objects.push(object),
                Err(bad) => {
                    report.rejected += 1;
                    writes.push(Write::Quarantine(Box::new(self.refused(card, raw, &bad))));
                }
            }
        }
        let mut by_id: HashMap<String, Object> =
            objects.into_iter().map(|o| (o.id().to_string(), o)).collect();
        for record in &records {
            self.keep_release(key_id, card, record, &mut by_id, &mut writes, report).await?;
        }
        for object in by_id.into_values() {
            if Some(object.id().as_str()) == Some(card.identity_id()) {
                continue;
            }
            report.rejected += 1;
            let bad = Bad { rule: "exchange.not-in-record", path: "", expected: NOT_LISTED };
            writes.push(Write::Quarantine(Box::new(self.refused(card, object.raw(), &bad))));
        }
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    async fn keep_release(
        &self,
        key_id: &str,
        card: &Card,
        record: &Object,
        by_id: &mut HashMap<String, Object>,
        writes: &mut Vec<Write>,
        report: &mut SyncReport,
    ) -> Result<(), NodeError> {
        let name = record.text("agreement_ref").unwrap_or_default().to_owned();
        let standing = self.agreement_named(&name).await?;
        let agreement = &standing.agreement;
        let state = match (agreement.terms().acceptance.rule, &standing.state) {
            (Acceptance::Automatic, AgreementState::Active) => ObjectState::Held,
            _ => ObjectState::Pending,
        };
        let mut ids = Vec::new();
        for listed in record.get("released").and_then(Value::as_array).into_iter().flatten() {
            let Some(id) = listed.get("id").and_then(Value::as_str) else { continue };
            let Some(object) = by_id.remove(id) else { continue };
            let hash = hex::encode(canonical::sha256(&Value::Object(object.view().clone())));
            if listed.get("sha256").and_then(Value::as_str) != Some(hash.as_str()) {
                report.rejected += 1;
                let bad = Bad { rule: "exchange.hash", path: "", expected: "the listed SHA-256" };
                writes.push(Write::Quarantine(Box::new(self.refused(card, object.raw(), &bad))));
                continue;
            }
            if object.revoked() {
                report.recalled += 1;
                self.apply_recall(key_id, agreement, &object, writes)?;
                continue;
            }
            if self.conflicts(key_id, &object).await? {
                report.rejected += 1;
                let bad = Bad { rule: "stix.version.conflict", path: "", expected: SAME_CONTENT };
                writes.push(Write::Quarantine(Box::new(self.refused(card, object.raw(), &bad))));
                let act =
                    Act::new("integrity").field("object", id).field("record", record.id().as_str());
                writes.extend(self.channel_leaves(key_id, act, |a| a)?);
                continue;
            }
            report.objects += 1;
            ids.push(id.to_owned());
            let row = self.new_object(&object, key_id, &card.name, state);
            writes.push(Write::Object(Box::new(row)));
        }
        report.releases += 1;
        let row = self.new_object(record, key_id, &card.name, state);
        writes.push(Write::Object(Box::new(row)));
        let mut act = Act::new("collection").field("record", record.id().as_str());
        act = act.field("sha256", hex::encode(record.content_hash())).field("objects", ids.len());
        writes.extend(self.channel_leaves(key_id, act, |a| a.field("ids", ids.clone()))?);
        let arrival = Arrival {
            partner: key_id.to_owned(),
            record: record.id().to_string(),
            agreement: name,
            objects: ids,
            received: record.get("released").cloned().unwrap_or(Value::Null),
            verdict: (state == ObjectState::Held).then_some(state),
        };
        if state == ObjectState::Held {
            let receipt = self.receipt(&arrival)?;
            writes.extend(self.own_message(key_id, agreement, &receipt)?);
        }
        writes.push(record::put(Bucket::ARRIVAL, record.id().as_str(), &arrival, None)?);
        Ok(())
    }

    /// Whether this partner sent other content under the same id and version before: the first
    /// stays (data-model.md, Objects).
    async fn conflicts(&self, key_id: &str, object: &Object) -> Result<bool, NodeError> {
        let (version, hash) = (object.version(), hex::encode(object.content_hash()));
        let held = self.store.versions(object.id().as_str()).await?;
        Ok(held
            .iter()
            .any(|r| r.channel == key_id && r.version == version && r.content_hash != hash))
    }

    /// An object that may be kept: valid STIX, from the partner itself, records signed.
    fn read_arrival(&self, card: &Card, raw: &str) -> Result<Object, Bad> {
        let object = Object::parse(raw).map_err(|e| Bad {
            rule: e.rule(),
            path: e.path(),
            expected: "a STIX object",
        })?;
        if let Some(f) =
            validate::object(&object).into_iter().find(|f| f.level == validate::Level::Must)
        {
            return Err(Bad { rule: f.rule, path: "", expected: "valid STIX 2.1" });
        }
        let creator = object.text("created_by_ref");
        if creator.is_some_and(|id| id != card.identity_id()) {
            return Err(Bad {
                rule: "exchange.not-the-originator",
                path: "created_by_ref",
                expected: "an object that the partner originated",
            });
        }
        if object.kind() == "release-record" {
            verify_within(&card.key, object.view()).map_err(|_| Bad {
                rule: "exchange.bad-signature",
                path: "signature",
                expected: "the signature of the partner's pinned key",
            })?;
        }
        Ok(object)
    }

    fn refused(&self, card: &Card, raw: &str, bad: &Bad) -> Quarantined {
        let id = Object::parse(raw).ok().map(|o| o.id().to_string());
        Quarantined {
            number: 0,
            source: card.name.clone(),
            object_id: id,
            path: bad.path.to_owned(),
            rule: bad.rule.to_owned(),
            expected: bad.expected.to_owned(),
            found: "see the text".to_owned(),
            raw: raw.to_owned(),
            at_us: self.now_us(),
        }
    }
}

const NOT_LISTED: &str = "an object that a signed release-record of the same delivery lists";

const SAME_CONTENT: &str = "the content that this partner sent under this version before";

/// Why an arrived object is set aside.
struct Bad {
    rule: &'static str,
    path: &'static str,
    expected: &'static str,
}

fn is_record(raw: &str) -> bool {
    Object::parse(raw).is_ok_and(|o| o.kind() == "release-record")
}
