//! A round with one partner: deliver what waits, pull what it released, exchange the logs.

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use async_trait::async_trait;
use enlace_keys::{Card, verify_within};
use enlace_policy::kinds;
use enlace_policy::roles::Action;
use enlace_policy::{Acceptance, Agreement, AgreementState};
use enlace_stix::{Object, Timestamp, canonical, validate};
use enlace_store::{Batch, Guard, ObjectState, Quarantined, Write};
use enlace_taxii::{Client, ClientError, Pull, Response, Transport, TransportError};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::inbox::Arrival;
use crate::ledger_log::Act;
use crate::partner::Partner;
use crate::party_key::{PartyKey, time_of};
use crate::recall_answer::{Received, Why};
use crate::record::{self, Bucket};
use crate::transport::Wire;
use crate::version::Ahead;
use crate::{Actor, Node, NodeError};

/// Versions of one record that contradict what came before and have a leaf each; the others are
/// counted in one.
const NAMED: usize = 20;

/// What a round brought.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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
        let answer = self.ask(path_and_query, accept.map(|(_, v)| *v)).await;
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
        self.check_not_resting(&key_id, &partner.name)?;
        let done = self.round(actor, &key_id, &partner).await;
        self.note_round(&key_id, &done).await?;
        done
    }

    async fn round(
        &self,
        actor: &Actor,
        key_id: &str,
        partner: &Partner,
    ) -> Result<SyncReport, NodeError> {
        let card = partner.card()?;
        let mut report = SyncReport { partner: partner.name.clone(), ..SyncReport::default() };
        self.retention_round().await?;
        let sent = self.deliver(actor, Some(key_id)).await?;
        (report.delivered, report.waiting) = (sent.delivered, sent.waiting);
        self.pull(key_id, &card, self.wire(partner)?, &mut report).await?;
        self.settle_consents().await;
        // Receipts of accepted releases and answers to recalls go out in the same round.
        let sent = self.deliver(actor, Some(key_id)).await?;
        report.delivered += sent.delivered;
        report.waiting = sent.waiting;
        self.exchange_logs(key_id, &card, &self.wire(partner)?).await?;
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
        let fault = |e: ClientError| {
            let partner = card.name.clone();
            match e {
                ClientError::Busy { retry_after_s } => NodeError::Busy { partner, retry_after_s },
                other => NodeError::Partner { partner, problem: other.to_string() },
            }
        };
        let authority = card.url.trim_start_matches("https://").to_owned();
        let client = Client::new(wire).with_authority(authority);
        let discovery = client.discover().await.map_err(fault)?;
        let root = client.root_path(&discovery).map_err(fault)?;
        for collection in client.collections(&root).await.map_err(fault)? {
            let cursor = format!("{key_id}/collection/{}", collection.id);
            let kept = self.store.record(Bucket::CURSOR, &cursor).await?;
            let after: Option<String> = kept.as_ref().map(record::read).transpose()?;
            let after: Option<Timestamp> = after.and_then(|t| t.parse().ok());
            let mut pull =
                Pull::new(&client, &root, &collection.id, after, self.config.limits.page);
            let keys = self.keys_of(key_id).await?;
            let mut delivery = Delivery::new(key_id, card, keys);
            while let Some(page) = pull.next_page().await.map_err(fault)? {
                for raw in &page.objects {
                    self.take_in(&mut delivery, raw.get(), report).await?;
                }
                if delivery.bytes > self.config.limits.body_bytes {
                    return Err(delivery.endless());
                }
                // Where no object waits for its record, what came can be kept with the cursor.
                if delivery.pending.is_empty() {
                    self.keep_delivery(&mut delivery, &cursor, pull.resume_after()).await?;
                }
            }
            self.refuse_unlisted(&mut delivery, report);
            self.keep_delivery(&mut delivery, &cursor, pull.resume_after()).await?;
        }
        Ok(())
    }

    /// Sorts one arrived text: waiting for its record, a record, or set aside.
    pub(crate) async fn take_in(
        &self,
        delivery: &mut Delivery<'_>,
        raw: &str,
        report: &mut SyncReport,
    ) -> Result<(), NodeError> {
        match self.read_arrival(delivery, raw) {
            Ok(record) if record.kind() == "release-record" => {
                self.take_release(delivery, &record, report).await?;
            }
            Ok(object) => {
                delivery.bytes += raw.len();
                let hash = hex::encode(canonical::sha256(&Value::Object(object.view().clone())));
                delivery.pending.insert((object.id().to_string(), hash), object);
            }
            Err(bad) => self.set_aside(delivery, raw, &bad, report),
        }
        Ok(())
    }

    /// Keeps what was taken in, with the cursor behind it, in one transaction.
    async fn keep_delivery(
        &self,
        delivery: &mut Delivery<'_>,
        cursor: &str,
        after: Option<&Timestamp>,
    ) -> Result<(), NodeError> {
        let mut writes = std::mem::take(&mut delivery.writes);
        let guards = std::mem::take(&mut delivery.guards);
        delivery.bytes = 0;
        if writes.is_empty() {
            return Ok(());
        }
        if let Some(after) = after {
            writes.push(record::put(Bucket::CURSOR, cursor, &after.to_string(), None)?);
        }
        self.store.commit(Batch { guards, writes }).await?;
        delivery.ahead.clear();
        Ok(())
    }

    /// Sets aside what no record listed; the partner's own identity needs none.
    pub(crate) fn refuse_unlisted(&self, delivery: &mut Delivery<'_>, report: &mut SyncReport) {
        let identity = delivery.card.identity_id();
        for ((id, _), object) in std::mem::take(&mut delivery.pending) {
            if id != identity {
                let bad = Bad { rule: "exchange.not-in-record", path: "", expected: NOT_LISTED };
                self.set_aside(delivery, object.raw(), &bad, report);
            }
        }
    }

    fn set_aside(
        &self,
        delivery: &mut Delivery<'_>,
        raw: &str,
        bad: &Bad,
        report: &mut SyncReport,
    ) {
        report.rejected += 1;
        let refused = self.refused(delivery.card, raw, bad);
        delivery.writes.push(Write::Quarantine(Box::new(refused)));
    }

    async fn take_release(
        &self,
        delivery: &mut Delivery<'_>,
        record: &Object,
        report: &mut SyncReport,
    ) -> Result<(), NodeError> {
        let id = record.id().to_string();
        let listed = record.get("released").and_then(Value::as_array).cloned().unwrap_or_default();
        if self.store.record(Bucket::ARRIVAL, &id).await?.is_some() {
            // Served again: what came with it was kept and judged then.
            for entry in &listed {
                delivery.listed(entry);
            }
            return Ok(());
        }
        if !signer(&delivery.keys, record).is_some_and(|key| key.signs(time_of(record))) {
            let (rule, expected) = ("exchange.former-key", "a record that the present key signed");
            let bad = Bad { rule, path: "signature", expected };
            self.set_aside(delivery, record.raw(), &bad, report);
            return Ok(());
        }
        let name = record.text("agreement_ref").unwrap_or_default().to_owned();
        let standing = self.agreement_named(&name).await.ok();
        let partner = delivery.partner;
        let Some(standing) = standing.filter(|s| s.agreement.party(partner).is_some()) else {
            let rule = "exchange.unknown-agreement";
            let bad = Bad { rule, path: "agreement_ref", expected: "an agreement with us" };
            self.set_aside(delivery, record.raw(), &bad, report);
            return Ok(());
        };
        let agreement = &standing.agreement;
        let acceptance = &agreement.terms().acceptance;
        let sender = agreement.party(partner).map(|party| party.identity_ref.as_str());
        let by_rule = acceptance.rule == Acceptance::Automatic
            && listed.iter().all(|entry| {
                let id = entry.get("id").and_then(Value::as_str).unwrap_or_default();
                let kind = id.split("--").next().unwrap_or_default();
                // What comes with every delivery: markings and the sender itself.
                let with_all = kind == "marking-definition" || Some(id) == sender;
                with_all || acceptance.of(kind) == Acceptance::Automatic
            });
        let state = match (by_rule, &standing.agreed) {
            (true, AgreementState::Active) => ObjectState::Held,
            _ => ObjectState::Pending,
        };
        let mut arrival = Arrival {
            partner: partner.to_owned(),
            record: id.clone(),
            agreement: name,
            objects: Vec::new(),
            received: Value::Array(Vec::new()),
            verdict: (state == ObjectState::Held).then_some(state),
        };
        let mut received = Vec::new();
        for entry in &listed {
            let found = delivery.listed(entry);
            let recalled = entry.get("recalled") == Some(&Value::Bool(true));
            if recalled || found.as_ref().is_some_and(Object::revoked) {
                report.recalled += 1;
                if let Some(last) = found.filter(Object::revoked) {
                    // Revoked is final: nothing later is taken. Its text goes with the others.
                    let state = ObjectState::Recalled;
                    self.take_object(delivery, &last, record, state, report).await?;
                }
                let twin = entry.get("id").and_then(Value::as_str).unwrap_or_default();
                self.apply_recall(partner, agreement, twin, &mut delivery.writes).await?;
                continue;
            }
            let Some(object) = found else { continue };
            let state = match self.is_kept_for_hold(partner, object.id().as_str()).await? {
                true => ObjectState::Restricted,
                false => state,
            };
            let corrected = entry.get("corrected") == Some(&Value::Bool(true));
            if corrected && self.is_known(partner, &object).await? {
                // It came before and was judged then; only the earlier ones go.
                let of = Received { partner, agreement, id: object.id().as_str() };
                self.withdraw_received(&of, Why::Correction, &mut delivery.writes).await?;
                continue;
            }
            if self.take_object(delivery, &object, record, state, report).await? {
                let of = Received { partner, agreement, id: object.id().as_str() };
                let kept = self.keeping_writes(&of, &object, &delivery.definitions).await?;
                delivery.writes.extend(kept);
                if object.kind() == "marking-definition" {
                    delivery.definitions.insert(object.id().to_string(), object.clone());
                }
                delivery.writes.extend(self.overtaken(partner, &object).await?);
                if corrected {
                    let of = Received { partner, agreement, id: object.id().as_str() };
                    self.withdraw_received(&of, Why::Correction, &mut delivery.writes).await?;
                }
                report.objects += 1;
                arrival.objects.push((object.id().to_string(), object.version()));
                received.push(entry.clone());
            }
        }
        arrival.received = Value::Array(received);
        report.releases += 1;
        self.keep_arrival(delivery, record, &standing.agreement, arrival, state)
    }

    async fn is_known(&self, partner: &str, object: &Object) -> Result<bool, NodeError> {
        let (versions, this) = (self.store.versions(object.id().as_str()).await?, object.version());
        Ok(versions.iter().any(|row| row.channel == partner && row.version == this))
    }

    /// Whether an object of a release can be kept; what contradicts an earlier one cannot, and is
    /// told to the partner by the log of the channel (docs/attacks.md).
    async fn take_object(
        &self,
        delivery: &mut Delivery<'_>,
        object: &Object,
        record: &Object,
        state: ObjectState,
        report: &mut SyncReport,
    ) -> Result<bool, NodeError> {
        let partner = delivery.partner;
        let arrival = self.foresee(&mut delivery.ahead, partner, object).await?;
        if let Some(fault) = arrival.fault() {
            report.rejected += 1;
            let row = self.aside(delivery.card.name.clone(), object, fault);
            delivery.writes.push(Write::Quarantine(Box::new(row)));
            delivery.contradicted += 1;
            if delivery.contradicted <= NAMED {
                let act = Act::new("integrity").field("object", object.id().as_str());
                let act = act.field("record", record.id().as_str()).field("rule", fault.rule);
                delivery.writes.extend(self.channel_leaves(partner, act, |a| a)?);
            }
            return Ok(false);
        }
        let mut row = self.new_object(object, partner, &delivery.card.name, state);
        row.foreseen = Some(arrival);
        delivery.writes.push(Write::Object(Box::new(row)));
        Ok(true)
    }

    fn keep_arrival(
        &self,
        delivery: &mut Delivery<'_>,
        record: &Object,
        agreement: &Agreement,
        mut arrival: Arrival,
        state: ObjectState,
    ) -> Result<(), NodeError> {
        let (partner, id) = (delivery.partner, arrival.record.clone());
        let unnamed = std::mem::take(&mut delivery.contradicted).saturating_sub(NAMED);
        if unnamed > 0 {
            let act = Act::new("integrity").field("record", id.as_str()).field("more", unnamed);
            delivery.writes.extend(self.channel_leaves(partner, act, |a| a)?);
        }
        // A record of recalls alone brings nothing to judge and asks for no receipt.
        let nothing_to_judge = arrival.objects.is_empty();
        let state = if nothing_to_judge { ObjectState::Held } else { state };
        arrival.verdict = (state == ObjectState::Held).then_some(state);
        let row = self.new_object(record, partner, &delivery.card.name, state);
        delivery.writes.push(Write::Object(Box::new(row)));
        let act = Act::new("collection").field("record", id.as_str());
        let act = act.field("sha256", hex::encode(record.content_hash()));
        let act = act.field("objects", arrival.objects.len());
        let ids = arrival.ids();
        delivery.writes.extend(self.channel_leaves(partner, act, |a| a.field("ids", ids))?);
        if state == ObjectState::Held && !nothing_to_judge {
            let receipt = self.receipt(&arrival)?;
            delivery.writes.extend(self.own_message(partner, agreement, &receipt)?);
        }
        delivery.guards.push(Guard::Absent { bucket: Bucket::ARRIVAL, key: id.clone() });
        delivery.writes.push(record::put(Bucket::ARRIVAL, &id, &arrival, None)?);
        Ok(())
    }

    /// An object that may be kept: valid STIX, from the partner itself, records signed.
    fn read_arrival(&self, delivery: &Delivery<'_>, raw: &str) -> Result<Object, Bad> {
        let card = delivery.card;
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
        // What another originated comes whole, under that one's name; of papers and markings only
        // the partner's own count, and nobody hands us our own.
        let passed_on =
            |id: &str| id != self.me.identity_id && kinds::kind(object.kind()).is_some();
        if creator.is_some_and(|id| id != card.identity_id() && !passed_on(id)) {
            return Err(Bad {
                rule: "exchange.not-the-originator",
                path: "created_by_ref",
                expected: "an object that the partner originated",
            });
        }
        if object.kind() == "release-record" && signer(&delivery.keys, &object).is_none() {
            return Err(Bad {
                rule: "exchange.bad-signature",
                path: "signature",
                expected: "the signature of the partner's pinned key",
            });
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

/// The key of a partner that signed a record, whatever it is good for today.
fn signer<'a>(keys: &'a [PartyKey], record: &Object) -> Option<&'a PartyKey> {
    keys.iter().find(|key| verify_within(&key.key, record.view()).is_ok())
}

const NOT_LISTED: &str = "an object that a signed release-record of the same delivery lists";

/// Why an arrived object is set aside.
struct Bad {
    rule: &'static str,
    path: &'static str,
    expected: &'static str,
}

/// What came of a partner's collection and is not kept yet.
pub(crate) struct Delivery<'a> {
    partner: &'a str,
    card: &'a Card,
    /// Keys with which the partner signs and signed.
    keys: Vec<PartyKey>,
    /// Objects whose record has not come, by id and SHA-256.
    pending: HashMap<(String, String), Object>,
    /// Bytes taken in since the last transaction.
    bytes: usize,
    /// Versions that `writes` will keep.
    ahead: Ahead,
    /// Versions of the record at hand that contradict what came before.
    contradicted: usize,
    pub(crate) guards: Vec<Guard>,
    pub(crate) writes: Vec<Write>,
    /// Markings that came with it: they say when what bears them is due for review.
    pub(crate) definitions: BTreeMap<String, Object>,
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(partner: &'a str, card: &'a Card, keys: Vec<PartyKey>) -> Self {
        let (pending, guards, writes) = (HashMap::new(), Vec::new(), Vec::new());
        let (ahead, definitions) = (Ahead::default(), BTreeMap::new());
        let (bytes, contradicted) = (0, 0);
        Self {
            partner,
            card,
            keys,
            pending,
            bytes,
            ahead,
            contradicted,
            guards,
            writes,
            definitions,
        }
    }

    /// The waiting object that an entry of a record lists: by id and hash, so that another
    /// version never stands in for it.
    fn listed(&mut self, entry: &Value) -> Option<Object> {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        self.pending.remove(&(text("id")?, text("sha256")?))
    }

    fn endless(&self) -> NodeError {
        NodeError::Partner {
            partner: self.card.name.clone(),
            problem: "more objects without a release-record than one delivery may have \
                      (`limits.body_bytes`): nothing of it was kept"
                .to_owned(),
        }
    }
}
