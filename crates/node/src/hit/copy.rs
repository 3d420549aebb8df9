//! The asking node's copy of a partner's table: fetched, followed by its changes, held against what
//! the partner committed to.

use enlace_oprf::{Change, PublicKey, Published};
use enlace_policy::roles::Role;
use enlace_store::Batch;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::round::{pinned, unpinned};
use super::set_key;
use super::wire::{Answered, Asked, PATH, opened, sha256_of};
use crate::ledger_log::Act;
use crate::partner::Partner;
use crate::record::{self, Bucket};
use crate::transport::Wire;
use crate::{Node, NodeError, clock};

/// What is kept of a partner's table.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Copy {
    epoch: u64,
    sequence: u64,
    public: String,
    sha256: String,
}

/// A table that can be asked now.
pub(super) struct Current {
    pub(super) epoch: u64,
    pub(super) public: PublicKey,
    /// After how many slots of the epoch, and its SHA-256: what the partner committed to.
    pub(super) sequence: u64,
    pub(super) sha256: String,
    pub(super) table: Published,
    /// Elements that may be asked today.
    pub(super) left: u64,
}

impl Node {
    /// Sends one signed message and reads the signed answer to it.
    pub(super) async fn match_say(
        &self,
        partner: &Partner,
        wire: &Wire,
        asked: &Asked,
    ) -> Result<Answered, NodeError> {
        let object = serde_json::to_value(asked).map_err(|_| NodeError::Internal("query"))?;
        let hash = sha256_of(&object);
        let body = serde_json::to_vec(&self.keys.envelope(object));
        let body = body.map_err(|_| NodeError::Internal("query"))?;
        let answer = wire.post(PATH, body.into()).await?;
        if !answer.status.is_success() {
            return Err(wire.fault(format!("hit/no-hit answered {}", answer.status)));
        }
        let keys = partner.keys()?;
        let signed = || wire.fault("an answer about hit/no-hit that the partner did not sign");
        let (object, _) = opened(&answer.body, &keys).ok_or_else(signed)?;
        let unread = |_| wire.fault("an answer about hit/no-hit that this version cannot read");
        let answered: Answered = serde_json::from_value(object).map_err(unread)?;
        if answered.asked() != hash {
            return Err(wire.fault("an answer to another question"));
        }
        Ok(answered)
    }

    /// Brings the copy of a partner's table up to date.
    pub(super) async fn match_current(
        &self,
        (key_id, partner): (&str, &Partner),
        wire: &Wire,
        lineage: &str,
        purpose: &str,
    ) -> Result<Current, NodeError> {
        let asked = Asked::MatchTable {
            agreement: lineage.to_owned(),
            purpose: purpose.to_owned(),
            at: clock::text(self.now_us()),
        };
        let answered = self.match_say(partner, wire, &asked).await?;
        let (epoch, sequence, public_key, sha256, size, changes, left) = match answered {
            Answered::Table {
                epoch, sequence, public_key, sha256, size, changes, left, ..
            } => (epoch, sequence, public_key, sha256, size, changes, left),
            Answered::Refused { rule, .. } => return Err(refusal(partner, &rule)),
            Answered::Elements { .. } => return Err(wire.fault("an answer to another question")),
        };
        let bad = || wire.fault("a public key for hit/no-hit that is none");
        let public = hex::decode(&public_key).ok().and_then(|b| PublicKey::parse(&b).ok());
        let public = public.ok_or_else(bad)?;
        let key = set_key(key_id, lineage, purpose);
        let found = self.store.record(Bucket::MATCH_COPY, &key).await?;
        let known: Option<Copy> = found.as_ref().map(record::read).transpose()?;
        if let Some(known) = &known {
            let same = known.epoch == epoch;
            let other_key = same && known.public != public_key;
            // At one place of an epoch there is one table.
            let other_table = sequence == known.sequence && sha256 != known.sha256;
            let turned = same && (sequence < known.sequence || other_table);
            if epoch < known.epoch || other_key || turned {
                return Err(self
                    .match_broken(key_id, partner, lineage, purpose, known, epoch)
                    .await);
            }
        }
        let before = known.as_ref().filter(|known| known.epoch == epoch);
        let bytes = match before {
            Some(before) if before.sha256 == sha256 => self.store.blobs().get(&sha256).await?,
            Some(before) => self.match_followed(wire, before, (sequence, &changes)).await?,
            None => None,
        };
        let fits = |bytes: &bytes::Bytes| hex::encode(Sha256::digest(bytes)) == sha256;
        let bytes = match bytes.filter(fits) {
            Some(bytes) => bytes,
            None => {
                let bytes = fetched(wire, &sha256).await?;
                if bytes.len() as u64 != size || !fits(&bytes) {
                    return Err(wire.fault("a table that is not the one it named"));
                }
                bytes
            }
        };
        let broken = |_| wire.fault("a table for hit/no-hit that cannot be read");
        let table = Published::parse(&bytes).map_err(broken)?;
        if known.as_ref().is_none_or(|known| known.sha256 != sha256 || known.epoch != epoch) {
            let name = self.match_blob(&key, bytes.to_vec()).await?;
            let copy = Copy { epoch, sequence, public: public_key, sha256: name };
            let mut writes = vec![record::put(Bucket::MATCH_COPY, &key, &copy, None)?];
            writes.push(pinned(&key, &copy.sha256, None)?);
            if let Some(old) = known.filter(|known| known.sha256 != copy.sha256) {
                writes.extend(unpinned(&key, &old.sha256)?);
            }
            let guards = vec![record::as_read(Bucket::MATCH_COPY, &key, found.as_ref())];
            // Another query of ours brought it here at the same time: the same bytes.
            match self.store.commit(Batch { guards, writes }).await {
                Ok(_) | Err(enlace_store::StoreError::Guard { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Current { epoch, public, sequence, sha256, table, left })
    }

    /// The copy of before with every change since, if all of them are still given.
    async fn match_followed(
        &self,
        wire: &Wire,
        before: &Copy,
        (sequence, changes): (u64, &[(u64, String)]),
    ) -> Result<Option<bytes::Bytes>, NodeError> {
        let since: Vec<_> = changes.iter().filter(|(at, _)| *at > before.sequence).collect();
        let whole = since.len() as u64 == sequence.saturating_sub(before.sequence);
        let Some(bytes) = self.store.blobs().get(&before.sha256).await?.filter(|_| whole) else {
            return Ok(None);
        };
        let Ok(mut table) = Published::parse(&bytes) else { return Ok(None) };
        for (_, sha256) in since {
            let list = fetched(wire, sha256).await?;
            let is_it = hex::encode(Sha256::digest(&list)) == *sha256;
            let Some(list) = Some(list).filter(|_| is_it) else { return Ok(None) };
            let Ok(list) = Change::parse_list(&list) else { return Ok(None) };
            if table.apply(&list).is_err() {
                return Ok(None);
            }
        }
        Ok(Some(table.to_bytes().into()))
    }

    /// The partner shows another key, or an older table, than it committed to: nothing is asked, and
    /// the log says so.
    async fn match_broken(
        &self,
        key_id: &str,
        partner: &Partner,
        lineage: &str,
        purpose: &str,
        known: &Copy,
        epoch: u64,
    ) -> NodeError {
        let act = Act::new("match-key-broken").field("role", Role::Console.name());
        let act = act.field("partner", key_id).field("lineage", lineage).field("purpose", purpose);
        let act = act.field("known_epoch", known.epoch).field("epoch", epoch);
        if let Err(error) = self.log_act(act).await {
            return error;
        }
        refusal(partner, "match.other-key")
    }
}

/// Why a partner does not answer, or is not asked.
pub(super) fn refusal(partner: &Partner, rule: &str) -> NodeError {
    let (code, problem, expected) = match rule {
        "match.quota" => ("match.quota", "the quota of the day is used up", "to ask tomorrow"),
        "match.not-open" => (
            "match.not-open",
            "hit/no-hit is not open for this purpose",
            "an agreement in force that opens it, with a purpose of it",
        ),
        "match.kind-not-open" => (
            "match.kind-not-open",
            "the agreement does not open this kind",
            "a kind of its clause on hit/no-hit",
        ),
        "match.not-ready" => {
            ("match.not-ready", "its table is not made yet", "to ask again in a minute")
        }
        "match.other-epoch" => {
            ("match.other-epoch", "its table was made anew meanwhile", "to ask again")
        }
        "match.cut-off" => ("match.cut-off", "the partner is cut off", "a partner that is not"),
        "match.other-key" => (
            "match.other-key",
            "its key or table is not the one that it committed to: nothing of it counts",
            "that somebody calls the partner",
        ),
        _ => ("match.refused", "it did not take the query", "a node that speaks this version"),
    };
    NodeError::input(code, problem, partner.name.clone(), expected)
}

async fn fetched(wire: &Wire, sha256: &str) -> Result<bytes::Bytes, NodeError> {
    let path = format!("{PATH}/{sha256}");
    if sha256.len() != 64 || !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wire.fault("a table without a name"));
    }
    let answer = wire.get(&path, None).await?;
    match answer.status.is_success() {
        true => Ok(answer.body),
        false => Err(wire.fault(format!("a table answered {}", answer.status))),
    }
}
