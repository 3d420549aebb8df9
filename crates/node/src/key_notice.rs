//! What a partner says of its keys: another key from now on, or that others may have one
//! (docs/design/keys.md).

use enlace_keys::{Card, PublicKey, SignedObject, verify_within};
use enlace_stix::{Object, validate};
use enlace_store::{Batch, Guard, ObjectState, Quarantined, RecordQuery, StoreError, Write};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::agreement::party;
use crate::inbox::{Arrival, Receipt};
use crate::key_change::act;
use crate::ledger_log::{Act, NODE_LOG};
use crate::partner::Partner;
use crate::party_key::{FormerKey, instant};
use crate::record::{self, Bucket};
use crate::{Node, NodeError};

/// A partner's clock may be this far ahead.
const AHEAD_US: i64 = 300 * 1_000_000;

/// Whether an item of an envelope is about keys: judged by the signature inside, for the key that
/// signs the envelope may be the one that is replaced.
pub(crate) fn is_notice(item: &Value) -> bool {
    let kind = item.pointer("/object/type").and_then(Value::as_str);
    matches!(kind, Some("key-change" | "key-compromise"))
}

/// A notice that is proved, and what the partner is after it.
struct Told {
    partner: Partner,
    /// What must be looked at again: what this key signed and came since.
    doubt: Option<Doubt>,
}

struct Doubt {
    key: PublicKey,
    since_us: i64,
}

impl Node {
    /// Takes a notice of a partner about its keys. What nobody we know signed is refused, kept for
    /// people to see, and logged.
    pub(crate) async fn take_notice(&self, id: &str, item: Value) -> Result<Receipt, NodeError> {
        let value = item.get("object").cloned().unwrap_or_default();
        let text = value.to_string();
        let object = match Object::parse(&text) {
            Ok(object) => object,
            Err(error) => return Ok(receipt(None, "refused", error.rule())),
        };
        let kept = self.store.record(Bucket::PARTNER, id).await?;
        let kept = kept.ok_or_else(|| NodeError::not_found("partner", id))?;
        let mut partner: Partner = record::read(&kept)?;
        let hash = hex::encode(object.content_hash());
        let same = |row: &enlace_store::ObjectRow| row.content_hash == hash;
        let held = self.store.object(object.id().as_str(), Some(id)).await?;
        if held.as_ref().is_some_and(same) {
            return Ok(receipt(Some(&object), "known", ""));
        }
        let judged = match held {
            Some(_) => Err("stix.version.conflict"),
            None => self.told(id, &mut partner, &object).await?,
        };
        let doubt = match judged {
            Ok(doubt) => doubt,
            Err(rule) => {
                self.refuse_notice(id, &partner, &object, rule).await?;
                return Ok(receipt(Some(&object), "refused", rule));
            }
        };
        let row = self.new_object(&object, id, "inbox", ObjectState::Held);
        let mut writes =
            vec![record::put(Bucket::PARTNER, id, &partner, None)?, Write::Object(Box::new(row))];
        writes.extend(self.channel_leaves(id, act(&object), |a| a)?);
        // What it signed before may count no more.
        writes.push(self.stop_write()?);
        let mut guards = vec![record::unchanged(Bucket::PARTNER, &kept)];
        if object.kind() == "key-compromise" {
            let tokens = self.tokens_of(id).await?.into_iter().map(|(key, _)| key);
            writes.extend(tokens.map(|key| Write::Delete { bucket: Bucket::TOKEN, key }));
        }
        if let Some(doubt) = doubt {
            self.doubt(id, &doubt, &mut guards, &mut writes).await?;
        }
        self.store.commit(Batch { guards, writes }).await?;
        tracing::warn!(partner = id, kind = object.kind(), "a partner's keys");
        Ok(receipt(Some(&object), "taken", ""))
    }

    /// The partner as it will be when it has said what is in these papers; what does not hold
    /// changes nothing.
    pub(crate) async fn foretold(
        &self,
        id: &str,
        partner: &Partner,
        papers: &[SignedObject],
    ) -> Result<Partner, NodeError> {
        let mut told = partner.clone();
        for paper in papers {
            let Ok(object) = Object::parse(&paper.object.to_string()) else { continue };
            if matches!(object.kind(), "key-change" | "key-compromise") {
                let mut next = told.clone();
                if self.told(id, &mut next, &object).await?.is_ok() {
                    told = next;
                }
            }
        }
        Ok(told)
    }

    /// Applies a notice to a partner, or says which rule it breaks.
    async fn told(
        &self,
        id: &str,
        partner: &mut Partner,
        object: &Object,
    ) -> Result<Result<Option<Doubt>, &'static str>, NodeError> {
        let mut must =
            validate::object(object).into_iter().filter(|f| f.level == validate::Level::Must);
        if let Some(finding) = must.next() {
            return Ok(Err(finding.rule));
        }
        let judged = apply(id, partner, object, self.now_us());
        let told = match judged {
            Ok(told) => told,
            Err(rule) => return Ok(Err(rule)),
        };
        let card = told.partner.card()?;
        for (other, known) in self.partners().await? {
            let others = other != id && known.keys()?.iter().any(|key| key.key == card.key);
            if others || (other != id && known.card()?.tls_sha256 == card.tls_sha256) {
                return Ok(Err("exchange.key-taken"));
            }
        }
        if card.key == self.keys.public_key() {
            return Ok(Err("exchange.key-taken"));
        }
        *partner = told.partner;
        Ok(Ok(told.doubt))
    }

    /// Releases that a key signed and that came since a time are put back before people: whoever
    /// has the key may have written them.
    async fn doubt(
        &self,
        partner: &str,
        doubt: &Doubt,
        guards: &mut Vec<Guard>,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        self.index_leaves(NODE_LOG).await?;
        let query =
            RecordQuery { bucket: Bucket::ARRIVAL, limit: 1_000_000, ..RecordQuery::default() };
        for found in self.store.records(query).await? {
            let mut arrival: Arrival = record::read(&found)?;
            if arrival.partner != partner || arrival.verdict != Some(ObjectState::Held) {
                continue;
            }
            let leaf = self.leaf_of(NODE_LOG, &format!("received/{}", found.key)).await?;
            let seen_us = leaf.and_then(|leaf| instant(&leaf.at));
            let row = self.store.object(&found.key, Some(partner)).await?;
            let record = row.and_then(|row| Object::parse(&row.raw).ok());
            let by_another = record.is_some_and(|r| verify_within(&doubt.key, r.view()).is_err());
            if by_another || seen_us.is_some_and(|at| at < doubt.since_us) {
                continue;
            }
            for (id, version) in &arrival.objects {
                writes.push(Write::State {
                    channel: partner.to_owned(),
                    id: id.clone(),
                    version: Some(version.clone()),
                    state: ObjectState::Pending,
                });
            }
            let (channel, id) = (partner.to_owned(), found.key.clone());
            writes.push(Write::State { channel, id, version: None, state: ObjectState::Pending });
            arrival.verdict = None;
            guards.push(record::unchanged(Bucket::ARRIVAL, &found));
            writes.push(record::put(Bucket::ARRIVAL, &found.key, &arrival, None)?);
            let act = Act::new("doubted").field("record", found.key.as_str());
            writes.push(self.node_leaf(act.field("partner", partner))?);
        }
        Ok(())
    }

    /// Keeps a refused notice where people see it; the same again is no new act. More than a day may
    /// bring of what is set aside are counted, and not kept.
    async fn refuse_notice(
        &self,
        id: &str,
        partner: &Partner,
        object: &Object,
        rule: &'static str,
    ) -> Result<(), NodeError> {
        tracing::error!(partner = id, rule, "a change of a partner's keys was refused: call them");
        let key = hex::encode(Sha256::digest(format!("{id}\0{}", object.raw())));
        let refused = Quarantined {
            number: 0,
            source: partner.name.clone(),
            object_id: Some(object.id().to_string()),
            path: "signature".to_owned(),
            rule: rule.to_owned(),
            expected:
                "the signature of the partner's present key or of its recovery key; call the \
                       partner"
                    .to_owned(),
            found: "see the text".to_owned(),
            raw: object.raw().to_owned(),
            at_us: self.now_us(),
        };
        let Ok((mut guards, counts)) = self.count_paper(id, object, true).await? else {
            let about = |act: Act| act.field("rule", "exchange.too-many-today");
            self.log_repeated("key-change-refused", id, about).await?;
            return Ok(());
        };
        let act = Act::new("key-change-refused").field("partner", id).field("rule", rule);
        let mut writes = vec![
            record::put(Bucket::INTEGRITY, &key, &rule, None)?,
            Write::Quarantine(Box::new(refused)),
            self.node_leaf(act.field("object", object.id().as_str()))?,
        ];
        writes.extend(counts);
        guards.push(Guard::Absent { bucket: Bucket::INTEGRITY, key });
        match self.store.commit(Batch { guards, writes }).await {
            Ok(_) | Err(StoreError::Guard { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// What a notice makes of a partner: pure, so that a file can be judged before it is taken.
fn apply(id: &str, partner: &Partner, notice: &Object, now: i64) -> Result<Told, &'static str> {
    let card = partner.card().map_err(|_| "exchange.unknown-signer")?;
    if notice.text("created_by_ref") != Some(card.identity_id()) {
        return Err("exchange.not-the-originator");
    }
    if notice.text("party") != Some(id) {
        return Err("exchange.other-party");
    }
    let by_recovery = verify_within(&card.recovery_key, notice.view()).is_ok();
    match notice.kind() {
        "key-change" => {
            let present = verify_within(&card.key, notice.view()).is_ok();
            if !by_recovery && (!present || partner.compromised_us.is_some()) {
                return Err("exchange.unknown-key");
            }
            changed(partner, &card, notice, by_recovery, now)
        }
        _ if by_recovery => compromised(partner, &card, notice, now),
        _ => Err("exchange.unknown-key"),
    }
}

fn changed(
    partner: &Partner,
    card: &Card,
    notice: &Object,
    by_recovery: bool,
    now: i64,
) -> Result<Told, &'static str> {
    let next = notice.get("card").and_then(Value::as_object).cloned();
    let next = next.and_then(|json| Card::from_json(json).ok()).ok_or("exchange.key-card")?;
    let fits = party(&next) == party(card)
        && next.recovery_key == card.recovery_key
        && next.log_key == card.log_key
        && Some(next.key_id().as_str()) == notice.text("new_key_id");
    if !fits {
        return Err("exchange.key-card");
    }
    let known = partner.keys().map_err(|_| "exchange.unknown-signer")?;
    if known.iter().any(|key| key.key == next.key) {
        return Err("exchange.key-known");
    }
    // By the key itself only its own successor; the recovery key also takes back what a thief of
    // the key did.
    let old = notice.text("old_key_id").unwrap_or_default();
    if !by_recovery && old != card.key_id() {
        return Err("exchange.key-order");
    }
    // A key that the party itself does not count among its own was never its: nothing of it counts.
    let foreign = if old == card.key_id() { None } else { Some(i64::MIN) };
    let mut told = partner.clone();
    told.former.push(FormerKey {
        key: card.key.to_string(),
        until_us: now,
        compromised_us: foreign.or(partner.compromised_us),
    });
    told.compromised_us = None;
    told.card = next.json().clone();
    Ok(Told { partner: told, doubt: None })
}

fn compromised(
    partner: &Partner,
    card: &Card,
    notice: &Object,
    now: i64,
) -> Result<Told, &'static str> {
    let since = notice.text("since").and_then(instant).filter(|since| *since <= now + AHEAD_US);
    let since = since.ok_or("exchange.key-since")?;
    let earlier = |known: Option<i64>| Some(known.map_or(since, |known| known.min(since)));
    let key_id = notice.text("key_id").unwrap_or_default();
    let mut told = partner.clone();
    if key_id == card.key_id() {
        told.compromised_us = earlier(told.compromised_us);
        let doubt = Some(Doubt { key: card.key, since_us: since });
        return Ok(Told { partner: told, doubt });
    }
    for former in &mut told.former {
        let key: PublicKey = former.key.parse().map_err(|_| "exchange.unknown-key")?;
        if key.key_id() == key_id {
            former.compromised_us = earlier(former.compromised_us);
            let doubt = Some(Doubt { key, since_us: since });
            return Ok(Told { partner: told, doubt });
        }
    }
    Err("exchange.unknown-key")
}

fn receipt(object: Option<&Object>, status: &str, rule: &str) -> Receipt {
    let text = |name: &str| object.and_then(|o| o.text(name)).unwrap_or_default().to_owned();
    Receipt {
        id: text("id"),
        modified: text("modified"),
        status: status.to_owned(),
        rule: rule.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use enlace_keys::{CardInfo, NodeKeys, RecoveryKey};
    use serde_json::{Map, json};

    use super::*;

    const NOW: i64 = 1_790_000_000_000_000;
    const IDENTITY: &str = "identity--3a0bd2b9-0b0e-4ef5-a1f5-5ae4c1ed8ba5";

    struct Party {
        _dir: tempfile::TempDir,
        keys: NodeKeys,
        next: NodeKeys,
        recovery: RecoveryKey,
    }

    fn card(keys: &NodeKeys) -> Map<String, Value> {
        let info = CardInfo {
            name: "UNE".to_owned(),
            country: "EC".to_owned(),
            unit: None,
            identity: json!({
                "type": "identity", "spec_version": "2.1", "name": "UNE", "id": IDENTITY,
                "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            }),
            url: "https://une.example:7201".to_owned(),
            issued_us: NOW,
        };
        keys.card(&info).unwrap().json().clone()
    }

    impl Party {
        fn new() -> (Self, Partner) {
            let dir = tempfile::tempdir().unwrap();
            let keys = NodeKeys::create(dir.path(), NOW, None).unwrap();
            let next = keys.successor(dir.path(), NOW, false).unwrap();
            let recovery = NodeKeys::recovery_key(dir.path()).unwrap().unwrap();
            let partner = Partner {
                name: "UNE".to_owned(),
                country: "EC".to_owned(),
                card: card(&keys),
                added_us: NOW,
                revoked: false,
                former: Vec::new(),
                compromised_us: None,
            };
            (Self { _dir: dir, keys, next, recovery }, partner)
        }

        fn notice(&self, kind: &str, values: Value) -> Map<String, Value> {
            let Value::Object(mut view) = json!({
                "type": kind, "id": format!("{kind}--6f5e4d3c-2b1a-4098-8f7e-6d5c4b3a2918"),
                "created_by_ref": IDENTITY, "party": self.keys.party_id(),
            }) else {
                panic!("a dictionary")
            };
            let Value::Object(values) = values else { panic!("a dictionary") };
            view.extend(values);
            view
        }

        fn change(&self) -> Map<String, Value> {
            let (old, new) = (self.keys.key_id(), self.next.key_id());
            let values = json!({ "old_key_id": old, "new_key_id": new, "card": card(&self.next) });
            self.notice("key-change", values)
        }

        fn compromise(&self, key_id: &str, since: &str) -> Map<String, Value> {
            self.notice("key-compromise", json!({ "key_id": key_id, "since": since }))
        }

        fn judge(&self, partner: &Partner, view: Map<String, Value>) -> Result<Told, &'static str> {
            apply(self.keys.party_id(), partner, &Object::from_view(view).unwrap(), NOW)
        }
    }

    #[test]
    fn a_change_is_believed_by_the_present_key_and_by_the_recovery_key() {
        let (party, partner) = Party::new();
        for signed in
            [party.keys.sign_within(party.change()), party.recovery.sign_within(party.change())]
        {
            let told = party.judge(&partner, signed).unwrap().partner;
            assert_eq!(told.card().unwrap().key, party.next.public_key());
            assert_eq!(told.former.len(), 1);
            let again = party.judge(&told, party.keys.sign_within(party.change()));
            assert_eq!(again.err(), Some("exchange.unknown-key"), "a former key says nothing");
            let back = party.judge(&told, party.recovery.sign_within(party.change()));
            assert_eq!(back.err(), Some("exchange.key-known"), "a replay changes nothing");
        }
        let mut other = party.change();
        other.insert("party".to_owned(), json!("0".repeat(64)));
        let other = party.judge(&partner, party.keys.sign_within(other));
        assert_eq!(other.err(), Some("exchange.other-party"));
        let mut unsigned = party.keys.sign_within(party.change());
        unsigned.insert("new_key_id".to_owned(), json!("0".repeat(64)));
        assert_eq!(party.judge(&partner, unsigned).err(), Some("exchange.unknown-key"));
    }

    #[test]
    fn a_compromise_is_believed_by_the_recovery_key_alone_and_ends_the_key() {
        let (party, partner) = Party::new();
        let (since, key) = ("2026-03-01T00:00:00.000Z", party.keys.key_id().to_owned());
        let by_itself = party.keys.sign_within(party.compromise(&key, since));
        assert_eq!(party.judge(&partner, by_itself).err(), Some("exchange.unknown-key"));
        let future = party.recovery.sign_within(party.compromise(&key, "2036-01-01T00:00:00Z"));
        assert_eq!(party.judge(&partner, future).err(), Some("exchange.key-since"));
        let stated = party.recovery.sign_within(party.compromise(&key, since));
        let told = party.judge(&partner, stated).unwrap();
        assert!(told.doubt.is_some());
        let told = told.partner;
        assert!(told.keys().unwrap().iter().all(|key| !key.signs(Some(0))), "nothing new counts");
        let late = party.judge(&told, party.keys.sign_within(party.change()));
        assert_eq!(late.err(), Some("exchange.unknown-key"), "a thief names no successor");
        let told = party.judge(&told, party.recovery.sign_within(party.change())).unwrap().partner;
        assert_eq!(told.former.first().and_then(|f| f.compromised_us), instant(since));
        // The earlier time wins, whichever comes last.
        for (since, kept) in [("2026-02-01T00:00:00Z", "2026-02-01T00:00:00Z"), (since, since)] {
            let stated = party.recovery.sign_within(party.compromise(&key, since));
            let again = party.judge(&told, stated).unwrap().partner;
            assert_eq!(again.former.first().and_then(|f| f.compromised_us), instant(kept));
        }
        let unknown = party.recovery.sign_within(party.compromise(&"0".repeat(64), since));
        assert_eq!(party.judge(&told, unknown).err(), Some("exchange.unknown-key"));
    }
}
