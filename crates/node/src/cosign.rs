//! The channel log of two nodes: each side appends to its own half, mirrors the other's, checks
//! that it only grew and cosigns its checkpoint. Both halves therefore bear both signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use enlace_keys::Card;
use enlace_ledger::note::{Checkpoint, KeyKind, Note, Signed, VerifierKey};
use enlace_ledger::tile::{WIDTH, entries_path};
use enlace_ledger::tree::{Frontier, Hash, leaf_hash};
use enlace_ledger::{entry, export};
use enlace_store::{Batch, Guard, Write};
use serde::{Deserialize, Serialize};

use crate::ledger_log::{Act, ours, theirs};
use crate::record::{self, Bucket};
use crate::transport::Wire;
use crate::{Node, NodeError};

/// Most entries that one round takes from a partner's half.
const MOST_NEW: u64 = 100_000;

/// Entries read at once.
const CHUNK: usize = 4096;

/// `POST /enlace/v1/log/cosign`: our signature under the receiver's half, and our half to sign.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CosignRequest {
    /// The receiver's checkpoint with our cosignature.
    cosigned: Option<String>,
    /// Our half as it stands.
    checkpoint: String,
    /// Index of the first entry that follows.
    from: u64,
    /// Entries, base64.
    entries: Vec<String>,
}

/// The answer: our checkpoint cosigned, or from where the other side needs entries.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct CosignAnswer {
    cosigned: Option<String>,
    /// How many entries the answering side holds of our half.
    held: u64,
}

impl Node {
    /// Origin of our half of the channel log with a partner.
    pub(crate) fn channel_origin(&self, partner: &str) -> String {
        origin(self.key_id(), partner)
    }

    /// A checkpoint of our half as it stands now, signed by us (and by the partner, if it has
    /// signed this size before).
    pub(crate) async fn half_checkpoint(&self, partner: &str) -> Result<Note, NodeError> {
        self.signed_checkpoint(&ours(partner), &self.channel_origin(partner)).await
    }

    /// The newest checkpoint of a log; signed anew only if the log grew since.
    pub(crate) async fn signed_checkpoint(
        &self,
        log: &str,
        origin: &str,
    ) -> Result<Note, NodeError> {
        let state = self.store.log(log).await?;
        if let Some(kept) = self.store.checkpoints(log, 1).await?.into_iter().next()
            && kept.size == state.size
        {
            return Note::parse(&kept.note).map_err(|_| NodeError::Internal("kept checkpoint"));
        }
        let checkpoint =
            Checkpoint { origin: origin.to_owned(), size: state.size, root: state.root };
        let note = checkpoint
            .sign(&self.keys.log_origin(), self.keys.log_key())
            .map_err(|_| NodeError::Internal("checkpoint"))?;
        let write =
            Write::Checkpoint { log: log.to_owned(), size: state.size, note: note.to_string() };
        self.store.commit(Batch { guards: vec![], writes: vec![write] }).await?;
        Ok(note)
    }

    /// A file of our half in tile layout, for the partner that shares it.
    pub async fn log_file(&self, partner: &str, path: &str) -> Result<Option<Vec<u8>>, NodeError> {
        if path == enlace_ledger::tile::CHECKPOINT {
            return Ok(Some(self.half_checkpoint(partner).await?.to_string().into_bytes()));
        }
        if let Some(after) = path.strip_prefix(crate::request::again::PATH) {
            return Ok(Some(self.held_requests(partner, after).await?));
        }
        if let Some(from) = path.strip_prefix("held/") {
            let Ok(from) = from.parse() else { return Ok(None) };
            return Ok(Some(self.held_half(partner, from).await?));
        }
        if !path.starts_with("tile/") {
            return Ok(None);
        }
        // The log of one pair is small; a tile is cut from the whole.
        let log = ours(partner);
        let size = self.store.log(&log).await?.size;
        let entries = self.entries(&log, 0, size).await?;
        let listed = entries.iter().map(|e| (leaf_hash(e), e.as_slice(), None));
        let files = export::files(listed, "").map_err(|_| NodeError::Internal("log file"))?;
        Ok(files.into_iter().find(|(name, _)| name == path).map(|(_, bytes)| bytes))
    }

    /// Asks a partner for its half, checks and cosigns it, and has ours cosigned.
    pub(crate) async fn exchange_logs(
        &self,
        partner: &str,
        card: &Card,
        wire: &Wire,
    ) -> Result<(), NodeError> {
        let answer = wire.get("/enlace/v1/log/checkpoint", None).await?;
        if !answer.status.is_success() {
            return Err(wire.fault(format!("log answered {}", answer.status)));
        }
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let theirs_now = self.read_checkpoint(partner, card, &text).await?;
        let held = self.store.log(&theirs(partner)).await?.size;
        let fetched = fetch(wire, held, theirs_now.size).await?;
        let cosigned = self.mirror(partner, &text, &theirs_now, held, fetched).await?;
        let mut from = 0;
        if let Some(kept) = self.store.record(Bucket::CURSOR, &acked(partner)).await? {
            from = record::read(&kept)?;
        }
        for _ in 0..2 {
            let request = self.cosign_request(partner, Some(cosigned.to_string()), from).await?;
            let body = serde_json::to_vec(&request).map_err(|_| NodeError::Internal("cosign"))?;
            let answer = wire.post("/enlace/v1/log/cosign", Bytes::from(body)).await?;
            if !answer.status.is_success() {
                return Err(wire.fault(format!("log/cosign answered {}", answer.status)));
            }
            let answer: CosignAnswer = serde_json::from_slice(&answer.body)
                .map_err(|_| wire.fault("log/cosign gave no JSON"))?;
            if let Some(note) = answer.cosigned {
                return self.keep_cosigned(partner, card, &note).await;
            }
            from = answer.held;
        }
        Err(wire.fault("does not sign our half of the channel log: run `enlace ledger verify`"))
    }

    /// The partner's side of [`Node::exchange_logs`].
    pub async fn cosign(&self, partner: &str, body: &[u8]) -> Result<Vec<u8>, NodeError> {
        let request: CosignRequest = serde_json::from_slice(body).map_err(|_| {
            let expected = "a cosign request of protocol 1";
            NodeError::input("log.cosign", "unreadable", "body", expected)
        })?;
        let sender = self.partner(partner).await?;
        let card = sender.ok_or_else(|| NodeError::not_found("partner", partner))?.card()?;
        if let Some(note) = &request.cosigned {
            self.keep_cosigned(partner, &card, note).await?;
        }
        let checkpoint = self.read_checkpoint(partner, &card, &request.checkpoint).await?;
        let held = self.store.log(&theirs(partner)).await?.size;
        if checkpoint.size < held {
            return self.alarm(partner, &checkpoint, checkpoint.root).await.map(|_| Vec::new());
        }
        if request.from != held || request.from + request.entries.len() as u64 != checkpoint.size {
            return to_bytes(&CosignAnswer { cosigned: None, held });
        }
        let entries: Result<Vec<_>, _> =
            request.entries.iter().map(|e| STANDARD.decode(e)).collect();
        let entries = entries
            .map_err(|_| NodeError::input("log.cosign", "no base64", "entries", "base64"))?;
        let cosigned =
            self.mirror(partner, &request.checkpoint, &checkpoint, held, entries).await?;
        let held = checkpoint.size;
        to_bytes(&CosignAnswer { cosigned: Some(cosigned.to_string()), held })
    }

    async fn cosign_request(
        &self,
        partner: &str,
        cosigned: Option<String>,
        from: u64,
    ) -> Result<CosignRequest, NodeError> {
        let note = self.half_checkpoint(partner).await?;
        let size = Checkpoint::parse(note.text()).map_err(|_| NodeError::Internal("note"))?.size;
        let entries = self.entries(&ours(partner), from, size).await?;
        let entries = entries.iter().map(|e| STANDARD.encode(e)).collect();
        Ok(CosignRequest { cosigned, checkpoint: note.to_string(), from, entries })
    }

    /// Appends what is new of the partner's half if root and signature fit, and cosigns.
    async fn mirror(
        &self,
        partner: &str,
        note: &str,
        checkpoint: &Checkpoint,
        held: u64,
        fresh: Vec<Vec<u8>>,
    ) -> Result<Note, NodeError> {
        let log = theirs(partner);
        let readable =
            |entry: &Vec<u8>| entry.len() <= entry::MAX_BYTES && entry::open(entry, None).is_ok();
        if checkpoint.size < held || !fresh.iter().all(readable) {
            return self.alarm(partner, checkpoint, checkpoint.root).await;
        }
        let mut frontier = Frontier::new();
        for entry in self.entries(&log, 0, held).await? {
            frontier.push(leaf_hash(&entry));
        }
        for entry in &fresh {
            frontier.push(leaf_hash(entry));
        }
        if frontier.size() != checkpoint.size || frontier.root() != checkpoint.root {
            return self.alarm(partner, checkpoint, frontier.root()).await;
        }
        let mut signed = Note::parse(note).map_err(|_| NodeError::Internal("note"))?;
        let seconds = u64::try_from(self.now_us() / 1_000_000).unwrap_or(0);
        signed
            .cosign(&self.keys.log_origin(), self.keys.log_key(), seconds)
            .map_err(|_| NodeError::Internal("cosignature"))?;
        let append = |entry| Write::Leaf { log: log.clone(), entry, record: None };
        let mut writes: Vec<Write> = fresh.into_iter().map(append).collect();
        let (log, size) = (log.clone(), checkpoint.size);
        writes.push(Write::Checkpoint { log: log.clone(), size, note: signed.to_string() });
        let guards = vec![Guard::LogSize { log, size: held }];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(signed)
    }

    /// The partner's log is not the one it showed before: said loudly, never signed.
    async fn alarm(
        &self,
        partner: &str,
        shown: &Checkpoint,
        computed: Hash,
    ) -> Result<Note, NodeError> {
        let about = |act: Act| {
            let act = act.field("size", shown.size).field("shown_root", hex::encode(shown.root));
            act.field("computed_root", hex::encode(computed))
        };
        if self.log_repeated("log-split", partner, about).await? {
            tracing::error!(partner, "the partner's half of the channel log was rewritten");
        }
        Err(NodeError::Partner {
            partner: partner.to_owned(),
            problem: "its half of the channel log was rewritten or does not fit its checkpoint: \
                      stop sharing and call them"
                .to_owned(),
        })
    }

    /// Reads a checkpoint of the partner's half and checks its signature and origin.
    async fn read_checkpoint(
        &self,
        partner: &str,
        card: &Card,
        note: &str,
    ) -> Result<Checkpoint, NodeError> {
        let bad = || NodeError::Partner {
            partner: card.name.clone(),
            problem: "checkpoint of the channel log has no valid signature of its log key".into(),
        };
        let key: VerifierKey = card.log_key.parse().map_err(|_| bad())?;
        let (checkpoint, _) = Checkpoint::open(note, &[key]).map_err(|_| bad())?;
        if checkpoint.origin == origin(partner, self.key_id()) {
            Ok(checkpoint)
        } else {
            Err(bad())
        }
    }

    /// Keeps our checkpoint with the partner's cosignature, after checking both.
    async fn keep_cosigned(&self, partner: &str, card: &Card, note: &str) -> Result<(), NodeError> {
        let bad = |problem: &str| NodeError::Partner {
            partner: card.name.clone(),
            problem: problem.to_owned(),
        };
        let own: VerifierKey =
            self.keys.log_verifier_key().parse().map_err(|_| NodeError::Internal("own log key"))?;
        let cosigner = cosigner(card).ok_or_else(|| bad("no log key on the card"))?;
        let (checkpoint, signed) = Checkpoint::open(note, &[own, cosigner])
            .map_err(|_| bad("cosigned note is not valid"))?;
        let kinds: Vec<KeyKind> = signed.iter().map(|s: &Signed| s.kind).collect();
        if !kinds.contains(&KeyKind::Note) || !kinds.contains(&KeyKind::Cosignature) {
            return Err(bad("cosigned note lacks a signature"));
        }
        if checkpoint.origin != self.channel_origin(partner) {
            return Err(bad("cosigned note is of another log"));
        }
        let log = ours(partner);
        let size = checkpoint.size;
        let writes = vec![
            Write::Checkpoint { log, size, note: note.to_owned() },
            record::put(Bucket::CURSOR, &acked(partner), &size, None)?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// Entries `from..to` of a log.
    pub(crate) async fn entries(
        &self,
        log: &str,
        from: u64,
        to: u64,
    ) -> Result<Vec<Vec<u8>>, NodeError> {
        let mut entries = Vec::new();
        let mut next = from;
        while next < to {
            let limit = CHUNK.min(usize::try_from(to - next).unwrap_or(CHUNK));
            let chunk = self.store.log_entries(log, next, limit).await?;
            if chunk.is_empty() {
                break;
            }
            next += chunk.len() as u64;
            entries.extend(chunk.into_iter().map(|e| e.entry));
        }
        Ok(entries)
    }
}

/// Origin of the half that `owner` appends to, in the channel with `other`.
pub(crate) fn origin(owner: &str, other: &str) -> String {
    let short = |key: &str| key.chars().take(16).collect::<String>();
    format!("enlace/{}/with/{}", short(owner), short(other))
}

/// The key with which a partner cosigns.
pub(crate) fn cosigner(card: &Card) -> Option<VerifierKey> {
    let key: VerifierKey = card.log_key.parse().ok()?;
    VerifierKey::new(key.name(), KeyKind::Cosignature, *key.key()).ok()
}

fn acked(partner: &str) -> String {
    format!("{partner}/log-acknowledged")
}

fn to_bytes(answer: &CosignAnswer) -> Result<Vec<u8>, NodeError> {
    serde_json::to_vec(answer).map_err(|_| NodeError::Internal("cosign answer"))
}

/// Entries `held..size` of the partner's half, bundle by bundle.
async fn fetch(wire: &Wire, held: u64, size: u64) -> Result<Vec<Vec<u8>>, NodeError> {
    if size > held.saturating_add(MOST_NEW) {
        let problem = format!("its log grew by more than {MOST_NEW} entries since the last round");
        return Err(wire.fault(problem));
    }
    let mut entries = Vec::new();
    let mut index = held / WIDTH;
    while index * WIDTH < size && held < size {
        let width = (size - index * WIDTH).min(WIDTH);
        let path = format!("/enlace/v1/log/{}", entries_path(index, width));
        let answer = wire.get(&path, None).await?;
        if !answer.status.is_success() {
            return Err(wire.fault(format!("{path} answered {}", answer.status)));
        }
        let bundle = unbundle(&answer.body).filter(|b| b.len() as u64 == width);
        let bundle = bundle.ok_or_else(|| wire.fault("broken entry bundle"))?;
        let skip = held.saturating_sub(index * WIDTH);
        entries.extend(bundle.into_iter().skip(usize::try_from(skip).unwrap_or(usize::MAX)));
        index += 1;
    }
    Ok(entries)
}

/// The entries of a bundle, each behind its length in two bytes (C2SP tlog-tiles).
fn unbundle(mut bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        entries.push(rest.get(..length)?.to_vec());
        bytes = rest.get(length..)?;
    }
    Some(entries)
}
