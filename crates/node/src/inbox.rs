//! What partners send: signed objects by mTLS or as a file, judged object by object.

use enlace_keys::{Signature, SignedObject, verify_object};
use enlace_policy::Said;
use enlace_policy::roles::Action;
use enlace_stix::version::{self, Fault};
use enlace_stix::{Object, validate};
use enlace_store::{
    Batch, Guard, ObjectQuery, ObjectRow, ObjectState, RecordQuery, StoreError, Write,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::agreement_stop::changed;
use crate::key_notice::is_notice;
use crate::ledger_log::Act;
use crate::partner::Partner;
use crate::party_key::{PartyKey, instant};
use crate::record::{self, Bucket};
use crate::release::Release;
use crate::version::{Ahead, PATIENCE};
use crate::{Actor, Node, NodeError, paper};

/// Types that a partner may put into our inbox; released objects are pulled, never pushed.
const TAKEN: &[&str] = &[
    "agreement",
    "agreement-signature",
    "agreement-state",
    "case-event",
    "commitment",
    "danger-notice",
    "danger-to-life",
    "consent",
    "receipt",
    "recall-answer",
    "request",
    "request-event",
];

/// Longest reason of a refusal, in characters.
const LONGEST_GROUND: usize = 500;

/// What became of one object of a message. Depends on nothing but what this partner sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Receipt {
    /// Id of the object, empty where none could be read.
    pub id: String,
    /// Its `modified`.
    pub modified: String,
    /// `taken`, `known` or `refused`.
    pub status: String,
    /// Rule that was broken.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub rule: String,
}

/// A release or message that waits for a verdict.
#[derive(Debug, Clone, Serialize)]
pub struct InboxLine {
    /// Release-record or agreement.
    pub id: String,
    /// `release-record` or `agreement`.
    pub kind: String,
    /// Name of the partner.
    pub partner: String,
    /// `pending`, `held`, `rejected`.
    pub state: ObjectState,
    /// Objects that came with it.
    pub objects: usize,
    /// Arrival.
    pub received: String,
    /// Title, or the purpose.
    pub title: String,
}

#[derive(Deserialize)]
struct Envelope {
    objects: Vec<Value>,
}

impl Node {
    /// Takes the envelope that a partner sent; one receipt an object, in order. Called by the
    /// partners' listener after the certificate proved who sends.
    pub async fn inbox_receive(
        &self,
        partner: &str,
        body: &str,
    ) -> Result<Vec<Receipt>, NodeError> {
        let sender = self.partner(partner).await?.filter(|p| !p.revoked);
        let mut sender = sender.ok_or_else(|| NodeError::not_found("partner", partner))?;
        let envelope: Envelope = serde_json::from_str(body).map_err(|_| {
            let expected = "`{\"objects\": […]}` of signed objects";
            NodeError::input("inbox.not-an-envelope", "no envelope", "body", expected)
        })?;
        let mut receipts = Vec::with_capacity(envelope.objects.len());
        for item in envelope.objects {
            if is_notice(&item) {
                receipts.push(self.take_notice(partner, item).await?);
                // The papers behind it may be signed by the key that it names.
                let renewed = self.partner(partner).await?;
                sender = renewed.ok_or_else(|| NodeError::not_found("partner", partner))?;
                continue;
            }
            receipts.push(self.take(partner, &sender, item).await?);
        }
        self.settle_requests().await;
        Ok(receipts)
    }

    /// Takes a file that was carried over (air gap). Each object is judged as sent by whoever signed
    /// its envelope: a party may carry papers of the others.
    pub async fn inbox_file(&self, actor: &Actor, text: &str) -> Result<Vec<Receipt>, NodeError> {
        actor.require(Action::Sync)?;
        let envelope: Envelope = serde_json::from_str(text).map_err(|_| {
            let expected = "the file that the partner's node wrote";
            NodeError::input("inbox.not-an-envelope", "no envelope", "FILE", expected)
        })?;
        let receipts = self.take_carried(envelope.objects).await?;
        self.settle_consents().await;
        self.settle_requests().await;
        Ok(receipts)
    }

    /// Takes papers that somebody carried over; each proves itself.
    pub(crate) async fn take_carried(&self, items: Vec<Value>) -> Result<Vec<Receipt>, NodeError> {
        let mut receipts = Vec::with_capacity(items.len());
        for item in items {
            let signer = item.pointer("/signature/key_id").and_then(Value::as_str);
            let signer = signer.unwrap_or_default().to_owned();
            let id = item.pointer("/object/id").and_then(Value::as_str).unwrap_or_default();
            let id: String = id.chars().take(200).collect();
            let judged = |status: &str, rule: &str| Receipt {
                id: id.clone(),
                modified: String::new(),
                status: status.to_owned(),
                rule: rule.to_owned(),
            };
            if self.keys_of(self.key_id()).await?.iter().any(|key| key.key.key_id() == signer) {
                // Our own paper came back with those of others.
                receipts.push(judged("known", ""));
                continue;
            }
            // A notice names the party: the key of its envelope may be the one that is replaced.
            let notice = is_notice(&item);
            let named = item.pointer("/object/party").and_then(Value::as_str).map(str::to_owned);
            let party = match (notice, named) {
                (true, Some(party)) => Some(party),
                _ => self.party_of_key(&signer).await?,
            };
            let known = match &party {
                Some(party) => self.partner(party).await?.filter(|p| !p.revoked),
                None => None,
            };
            receipts.push(match (party, known) {
                (Some(party), Some(_)) if notice => self.take_notice(&party, item).await?,
                (Some(party), Some(sender)) => self.take(&party, &sender, item).await?,
                _ => judged("refused", "exchange.unknown-signer"),
            });
        }
        Ok(receipts)
    }

    async fn take(
        &self,
        partner: &str,
        sender: &Partner,
        item: Value,
    ) -> Result<Receipt, NodeError> {
        let (object, signature) = match self.check_signed(sender, item) {
            Ok(checked) => checked,
            Err((id, rule)) => {
                return Ok(Receipt {
                    id,
                    modified: String::new(),
                    status: "refused".to_owned(),
                    rule: rule.to_owned(),
                });
            }
        };
        let (status, rule) = match self.out_of_place(partner, &object).await? {
            Some(rule) => ("refused", rule),
            None => match self.keep_message(partner, sender, &object, &signature).await? {
                Err(rule) => ("refused", rule),
                Ok(version::Arrival::Same) => ("known", ""),
                Ok(arrival) => match arrival.fault() {
                    Some(fault) => ("refused", fault.rule),
                    None => ("taken", ""),
                },
            },
        };
        Ok(Receipt {
            id: object.id().to_string(),
            modified: object.text("modified").unwrap_or_default().to_owned(),
            status: status.to_owned(),
            rule: rule.to_owned(),
        })
    }

    /// The object of a signed item with its signature, or its id and the rule that it breaks.
    fn check_signed(
        &self,
        sender: &Partner,
        item: Value,
    ) -> Result<(Object, Signature), (String, &'static str)> {
        let id = item.pointer("/object/id").and_then(Value::as_str).unwrap_or_default();
        let id: String = id.chars().take(200).collect();
        let refuse = |rule| (id.clone(), rule);
        let signed: SignedObject =
            serde_json::from_value(item).map_err(|_| refuse("exchange.not-signed"))?;
        let card = sender.card().map_err(|_| refuse("exchange.unknown-signer"))?;
        let keys = sender.keys().map_err(|_| refuse("exchange.unknown-signer"))?;
        let at = signed.object.get("modified").and_then(Value::as_str).and_then(instant);
        let holds =
            |key: &PartyKey| verify_object(&key.key, &signed.object, &signed.signature).is_ok();
        if !keys.iter().any(|key| key.signs(at) && holds(key)) {
            return Err(refuse("exchange.bad-signature"));
        }
        let Value::Object(view) = signed.object else {
            return Err(refuse("stix.object.not-an-object"));
        };
        let object = Object::from_view(view).map_err(|e| refuse(e.rule()))?;
        if !TAKEN.contains(&object.kind()) {
            return Err(refuse("exchange.type-not-taken"));
        }
        if object.text("created_by_ref") != Some(card.identity_id()) {
            return Err(refuse("exchange.not-the-originator"));
        }
        match validate::object(&object).into_iter().find(|f| f.level == validate::Level::Must) {
            Some(finding) => Err(refuse(finding.rule)),
            None => Ok((object, signed.signature)),
        }
    }

    /// The rule that a paper breaks because of what went between the two of us before: about an
    /// agreement, release or recall that this partner has no part in. Depends on nothing else.
    async fn out_of_place(
        &self,
        partner: &str,
        object: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        // A party may carry what others wrote: what speaks to one of them alone says to whom.
        let to_one = ["consent", "danger-notice", "danger-to-life"].contains(&object.kind());
        if to_one && object.text("addressee") != Some(self.key_id()) {
            return Ok(Some("exchange.other-addressee"));
        }
        let fits = match object.kind() {
            "agreement" => return self.agreement_out_of_place(partner, object).await,
            "agreement-signature" | "agreement-state" | "commitment" => {
                return self.paper_out_of_place(partner, object).await;
            }
            "danger-notice" | "danger-to-life" => {
                return self.danger_out_of_place(partner, object).await;
            }
            "request" if object.text("kind") != Some("consent") => {
                return self.request_out_of_place(partner, object).await;
            }
            "request-event" => return self.step_out_of_place(partner, object).await,
            "case-event" => return self.case_out_of_place(partner, object).await,
            "consent" | "request" => return self.consent_out_of_place(partner, object).await,
            "receipt" => {
                let record = object.text("record_ref").unwrap_or_default();
                let all = self.releases().await?;
                let named = |r: &Release| r.record.as_deref() == Some(record);
                all.iter().any(|(_, r)| r.partner == partner && named(r))
                    || self.told_of_correction(partner, record).await?
            }
            _ => self.answer_in_place(partner, object).await?,
        };
        Ok(if fits { None } else { Some("exchange.out-of-place") })
    }

    /// Keeps a message, unless this partner has sent enough: the rule then.
    async fn keep_message(
        &self,
        partner: &str,
        sender: &Partner,
        object: &Object,
        signature: &Signature,
    ) -> Result<Result<version::Arrival, &'static str>, NodeError> {
        let mut attempts = 0;
        loop {
            let arrival = self.foresee(&mut Ahead::default(), partner, object).await?;
            if arrival == version::Arrival::Same {
                return Ok(Ok(arrival));
            }
            let fault = arrival.fault();
            let (guards, counts) = match self.count_paper(partner, object, fault.is_some()).await? {
                Ok(counted) => counted,
                Err(rule) => return Ok(Err(rule)),
            };
            if let Some(fault) = fault {
                self.refuse_version(partner, sender, (object, fault), counts).await?;
                return Ok(Ok(arrival));
            }
            // Once more, now that the count guards it: beside another message of this partner that
            // was kept meanwhile it may stand at a place that is taken.
            if matches!(object.kind(), "case-event" | "request" | "request-event")
                && let Some(rule) = self.out_of_place(partner, object).await?
            {
                return Ok(Err(rule));
            }
            let mut writes = self.message_writes(partner, object, arrival).await?;
            if paper::ABOUT.contains(&object.kind()) {
                writes.push(self.envelope_write(object, partner, signature)?);
            }
            writes.extend(self.request_envelope(object, partner, signature)?);
            writes.extend(counts);
            attempts += 1;
            match self.store.commit(Batch { guards, writes }).await {
                Ok(_) => return Ok(Ok(arrival)),
                // Another message of this partner was kept meanwhile.
                Err(StoreError::Guard { .. }) if attempts < PATIENCE => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Sets a version aside that breaks a rule beside those that this partner sent before. The
    /// same again is no new act.
    async fn refuse_version(
        &self,
        partner: &str,
        sender: &Partner,
        (object, fault): (&Object, &Fault),
        counts: Vec<Write>,
    ) -> Result<(), NodeError> {
        let key = hex::encode(Sha256::digest(format!("{partner}\0{}", object.raw())));
        let act = Act::new("integrity").field("object", object.id().as_str());
        let act = act.field("rule", fault.rule);
        let [channel, node] = self.channel_leaves(partner, act, |a| a)?;
        let row = self.aside(sender.name.clone(), object, fault);
        let mut writes = vec![
            record::put(Bucket::INTEGRITY, &key, &fault.rule, None)?,
            Write::Quarantine(Box::new(row)),
            channel,
            node,
        ];
        writes.extend(counts);
        let guards = vec![Guard::Absent { bucket: Bucket::INTEGRITY, key }];
        match self.store.commit(Batch { guards, writes }).await {
            Ok(_) | Err(StoreError::Guard { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What keeps a message and what follows from it.
    async fn message_writes(
        &self,
        partner: &str,
        object: &Object,
        arrival: version::Arrival,
    ) -> Result<Vec<Write>, NodeError> {
        let state = match object.kind() {
            "agreement" => ObjectState::Pending,
            "danger-to-life" if object.revoked() => ObjectState::Recalled,
            _ => ObjectState::Held,
        };
        let mut row = self.new_object(object, partner, "inbox", state);
        row.foreseen = Some(arrival);
        let statement = match object.kind() {
            "agreement-state" => object.text("state").and_then(Said::from_name),
            _ => None,
        };
        let act = match statement {
            Some(said) => changed(object, said).field("by", partner),
            None => Act::new("received")
                .field("kind", object.kind())
                .field("object", object.id().as_str())
                .field("sha256", hex::encode(object.content_hash())),
        };
        let [channel, node] = self.channel_leaves(partner, act, |a| a)?;
        let mut writes = vec![Write::Object(Box::new(row)), channel, node];
        match object.kind() {
            "agreement-signature" => {
                writes.extend(self.activation(partner, object).await?);
                // It may put an amendment in force: what was planned before is looked at again.
                writes.push(self.stop_write()?);
            }
            "consent" => self.consent_arrived(partner, object, &mut writes)?,
            "receipt" => self.note_receipt(partner, object, &mut writes).await?,
            "recall-answer" => self.note_answer(partner, object, &mut writes).await?,
            "agreement-state" => writes.push(self.stop_write()?),
            "request" | "request-event" => writes.extend(self.request_news(object)?),
            "case-event" => {
                writes.push(self.case_news(object.text("case_ref").unwrap_or_default())?);
            }
            "danger-notice" | "danger-to-life" => {
                writes.extend(self.danger_writes(partner, object, arrival).await?);
            }
            _ => {}
        }
        Ok(writes)
    }

    /// What waits for a verdict and what was judged, newest last.
    pub async fn inbox_list(&self, actor: &Actor) -> Result<Vec<InboxLine>, NodeError> {
        actor.require(Action::InboxView)?;
        let mut lines = Vec::new();
        for (key_id, partner) in self.partners().await? {
            let query = ObjectQuery {
                kinds: vec!["release-record".to_owned(), "agreement".to_owned()],
                channel: Some(key_id),
                limit: 10_000,
                ..ObjectQuery::default()
            };
            for row in self.store.objects(query).await? {
                let Ok(object) = Object::parse(&row.raw) else { continue };
                let listed = object.get("released").and_then(Value::as_array);
                lines.push(InboxLine {
                    objects: listed.map_or(1, Vec::len),
                    id: row.id,
                    kind: row.kind,
                    partner: partner.name.clone(),
                    state: row.state,
                    received: crate::clock::text(row.received_us),
                    title: object
                        .text("title")
                        .or_else(|| object.text("purpose"))
                        .unwrap_or_default()
                        .to_owned(),
                });
            }
        }
        Ok(lines)
    }

    /// Holds what came with a release-record and sends the signed receipt.
    pub async fn inbox_accept(&self, actor: &Actor, record_id: &str) -> Result<usize, NodeError> {
        actor.require(Action::InboxJudge)?;
        self.judge(actor, record_id, ObjectState::Held, None).await
    }

    /// What came with a release-record.
    pub async fn inbox_show(
        &self,
        actor: &Actor,
        record_id: &str,
    ) -> Result<Vec<ObjectRow>, NodeError> {
        actor.require(Action::InboxView)?;
        let missing = || NodeError::not_found("release-record", record_id);
        let arrival = self.store.record(Bucket::ARRIVAL, record_id).await?.ok_or_else(missing)?;
        let arrival: Arrival = record::read(&arrival)?;
        let hidden = self.hidden(&self.view_of(actor).await?).await?;
        let mut rows = Vec::with_capacity(arrival.objects.len());
        for (id, version) in &arrival.objects {
            let versions = self.store.versions(id).await?;
            let mine = |r: &ObjectRow| {
                let (here, that) = (r.channel == arrival.partner, r.version == *version);
                here && that && r.state != ObjectState::Restricted
            };
            // What waits for a verdict is shown as it came: that one is missing would tell the
            // officer that we hold it in a compartment.
            let shown = |r: &ObjectRow| r.state == ObjectState::Pending || !hidden.contains(&r.id);
            rows.extend(versions.into_iter().find(mine).filter(shown));
        }
        let act = Act::new("consultation").by(actor).field("kind", "inbox");
        self.log_act(act.field("objects", arrival.ids())).await?;
        Ok(rows)
    }

    /// Release-records that wait for a verdict.
    pub async fn inbox_pending(&self, actor: &Actor) -> Result<Vec<String>, NodeError> {
        actor.require(Action::InboxView)?;
        let query =
            RecordQuery { bucket: Bucket::ARRIVAL, limit: 10_000, ..RecordQuery::default() };
        let mut pending = Vec::new();
        for found in self.store.records(query).await? {
            let arrival: Arrival = record::read(&found)?;
            if arrival.verdict.is_none() {
                pending.push(found.key);
            }
        }
        Ok(pending)
    }

    /// Refuses what came with a release-record; nothing of it is shown or found. `ground`: the
    /// reason, at most 500 characters, for this node's log only.
    pub async fn inbox_reject(
        &self,
        actor: &Actor,
        record_id: &str,
        ground: Option<&str>,
    ) -> Result<usize, NodeError> {
        actor.require(Action::InboxJudge)?;
        if ground.is_some_and(|ground| ground.chars().count() > LONGEST_GROUND) {
            let expected = format!("at most {LONGEST_GROUND} characters");
            return Err(NodeError::input("inbox.ground", "too long", "ground", expected));
        }
        self.judge(actor, record_id, ObjectState::Rejected, ground).await
    }

    async fn judge(
        &self,
        actor: &Actor,
        record_id: &str,
        verdict: ObjectState,
        ground: Option<&str>,
    ) -> Result<usize, NodeError> {
        let missing = || NodeError::not_found("release-record", record_id);
        let arrival = self.store.record(Bucket::ARRIVAL, record_id).await?.ok_or_else(missing)?;
        let mut body: Arrival = record::read(&arrival)?;
        if body.verdict.is_some() {
            return Err(NodeError::state("the release", "judged already", "nothing to do"));
        }
        body.verdict = Some(verdict);
        let partner = body.partner.clone();
        let mut writes = vec![record::put(Bucket::ARRIVAL, record_id, &body, None)?];
        // Exactly the versions of this delivery: others of the same objects are judged apart.
        for (id, version) in &body.objects {
            writes.push(Write::State {
                channel: partner.clone(),
                id: id.clone(),
                version: Some(version.clone()),
                state: verdict,
            });
        }
        let (channel, id) = (partner.clone(), record_id.to_owned());
        writes.push(Write::State { channel, id, version: None, state: verdict });
        let accepted = verdict == ObjectState::Held;
        let mut act = Act::new(if accepted { "accepted" } else { "rejected" });
        act = act.field("record", record_id).field("objects", body.ids());
        if accepted {
            let standing = self.agreement_named(&body.agreement).await?;
            let receipt = self.receipt(&body)?;
            writes.extend(self.own_message(&partner, &standing.agreement, &receipt)?);
        }
        let inside = |act: Act| match ground {
            Some(ground) => act.by(actor).field("ground", ground),
            None => act.by(actor),
        };
        writes.extend(self.channel_leaves(&partner, act, inside)?);
        let guards = vec![record::unchanged(Bucket::ARRIVAL, &arrival)];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(body.objects.len())
    }

    pub(crate) fn receipt(&self, arrival: &Arrival) -> Result<Object, NodeError> {
        let mut view = self.own_object("receipt")?;
        view.insert("agreement_ref".to_owned(), arrival.agreement.as_str().into());
        view.insert("record_ref".to_owned(), arrival.record.as_str().into());
        view.insert("received".to_owned(), arrival.received.clone());
        Object::from_view(view).map_err(|_| NodeError::Internal("receipt"))
    }
}

/// A release that arrived, by its release-record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Arrival {
    pub(crate) partner: String,
    pub(crate) record: String,
    pub(crate) agreement: String,
    /// Id and version of what came with it.
    pub(crate) objects: Vec<(String, String)>,
    /// What of `released` was kept, for the receipt.
    pub(crate) received: Value,
    pub(crate) verdict: Option<ObjectState>,
}

impl Arrival {
    /// Ids of what came with it.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.objects.iter().map(|(id, _)| id.clone()).collect()
    }
}
