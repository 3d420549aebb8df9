//! The state of the logs for people: how long, which root, who signed it, do both sides agree.

use enlace_ledger::note::{Checkpoint, KeyKind, Note, NoteError, VerifierKey};
use enlace_ledger::tree::empty_root;
use sha2::{Digest, Sha256};

use crate::cosign::{cosigner, origin};
use crate::facts::PartyName;
use crate::ledger_log::{NODE_LOG, ours, theirs};
use crate::partner::Partner;
use crate::{Node, NodeError, clock};

/// A log's newest checkpoint.
#[derive(Debug, Clone)]
pub struct LogState {
    /// Name of the log as in its checkpoints.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root, hex.
    pub root: String,
    /// When a cosigner saw it last.
    pub at: Option<String>,
    /// Who signed it.
    pub signatures: Vec<LogSignature>,
}

/// A signature on a checkpoint.
#[derive(Debug, Clone)]
pub struct LogSignature {
    /// Name of the signer.
    pub name: String,
    /// SHA-256 of the public key, hex.
    pub key_id: String,
    /// Whether it holds; checked at every look.
    pub holds: bool,
}

/// The log shared with one partner.
#[derive(Debug, Clone)]
pub struct ChannelState {
    /// With whom.
    pub partner: PartyName,
    /// Our half.
    pub ours: LogState,
    /// The partner's half, as mirrored here.
    pub theirs: LogState,
    /// How both compare.
    pub agreement: ChannelAgreement,
}

/// How our copy and the partner's compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelAgreement {
    /// Both signed the newest checkpoint of both halves.
    Agreed,
    /// A signature of the partner is awaited.
    Waiting,
    /// A half was rewritten or split; that stays so until people settled it.
    Conflict,
}

/// A key and whose it is.
struct Signer {
    name: String,
    key: VerifierKey,
}

impl Node {
    /// The node log as it stands, freshly signed.
    pub(crate) async fn node_log_state(&self) -> Result<(Note, LogState), NodeError> {
        let note = self.signed_checkpoint(NODE_LOG, &self.keys.log_origin()).await?;
        let state = log_state(&note, &[self.own_signer(KeyKind::Note)?])?;
        Ok((note, state))
    }

    /// The logs shared with each partner.
    pub(crate) async fn channel_states(&self) -> Result<Vec<ChannelState>, NodeError> {
        let mut channels = Vec::new();
        for (key_id, partner) in self.partners().await? {
            channels.push(self.channel_state(&key_id, &partner).await?);
        }
        Ok(channels)
    }

    /// Our half of one channel.
    pub(crate) async fn own_half(
        &self,
        key_id: &str,
        partner: &Partner,
    ) -> Result<Option<(Note, LogState)>, NodeError> {
        if self.store.log(&ours(key_id)).await?.size == 0 {
            return Ok(None);
        }
        let mut signers = vec![self.own_signer(KeyKind::Note)?];
        if let Some(key) = cosigner(&partner.card()?) {
            signers.push(Signer { name: partner.name.clone(), key });
        }
        let note = self.half_checkpoint(key_id).await?;
        let state = log_state(&note, &signers)?;
        Ok(Some((note, state)))
    }

    async fn channel_state(
        &self,
        key_id: &str,
        partner: &Partner,
    ) -> Result<ChannelState, NodeError> {
        let half = self.own_half(key_id, partner).await?;
        let ours = half.map_or_else(|| empty(&self.channel_origin(key_id)), |(_, state)| state);
        let (theirs, fits) = self.partners_half(key_id, partner).await?;
        let split = self.leaf_of(NODE_LOG, &format!("split/{key_id}")).await?.is_some();
        let both = |log: &LogState| log.size == 0 || log.signatures.len() == 2;
        let holds = |log: &LogState| log.signatures.iter().all(|s| s.holds);
        let agreement = match () {
            () if split || !fits || !holds(&ours) || !holds(&theirs) => ChannelAgreement::Conflict,
            () if both(&ours) && both(&theirs) => ChannelAgreement::Agreed,
            () => ChannelAgreement::Waiting,
        };
        let party = PartyName { name: partner.name.clone(), country: partner.country.clone() };
        Ok(ChannelState { partner: party, ours, theirs, agreement })
    }

    /// The partner's half, and whether the checkpoint fits the entries that are mirrored.
    async fn partners_half(
        &self,
        key_id: &str,
        partner: &Partner,
    ) -> Result<(LogState, bool), NodeError> {
        let log = theirs(key_id);
        let mirrored = self.store.log(&log).await?;
        let kept = self.store.checkpoints(&log, 1).await?.into_iter().next();
        let Some(kept) = kept else {
            return Ok((empty(&origin(key_id, self.key_id())), mirrored.size == 0));
        };
        let note = Note::parse(&kept.note).map_err(|_| NodeError::Internal("kept checkpoint"))?;
        let key = partner.card()?.log_key.parse();
        let key: VerifierKey = key.map_err(|_| NodeError::Internal("log key of a partner"))?;
        let signers =
            [Signer { name: partner.name.clone(), key }, self.own_signer(KeyKind::Cosignature)?];
        let state = log_state(&note, &signers)?;
        let fits = state.size == mirrored.size && state.root == hex::encode(mirrored.root);
        Ok((state, fits))
    }

    fn own_signer(&self, kind: KeyKind) -> Result<Signer, NodeError> {
        let key = self.own_log_key()?;
        let key = VerifierKey::new(key.name(), kind, *key.key());
        let key = key.map_err(|_| NodeError::Internal("own log key"))?;
        Ok(Signer { name: self.name().to_owned(), key })
    }
}

fn empty(origin: &str) -> LogState {
    LogState {
        origin: origin.to_owned(),
        size: 0,
        root: hex::encode(empty_root()),
        at: None,
        signatures: Vec::new(),
    }
}

fn log_state(note: &Note, signers: &[Signer]) -> Result<LogState, NodeError> {
    let checkpoint = Checkpoint::parse(note.text());
    let checkpoint = checkpoint.map_err(|_| NodeError::Internal("checkpoint"))?;
    let (mut signatures, mut at) = (Vec::new(), None);
    for signer in signers {
        let holds = match note.verify(std::slice::from_ref(&signer.key)) {
            Ok(signed) => {
                at = at.max(signed.iter().filter_map(|s| s.time).max());
                true
            }
            Err(NoteError::Unsigned) => continue,
            Err(_) => false,
        };
        signatures.push(LogSignature {
            name: signer.name.clone(),
            key_id: hex::encode(Sha256::digest(signer.key.key().as_bytes())),
            holds,
        });
    }
    let micros = |seconds: u64| i64::try_from(seconds).ok()?.checked_mul(1_000_000);
    Ok(LogState {
        origin: checkpoint.origin,
        size: checkpoint.size,
        root: hex::encode(checkpoint.root),
        at: at.and_then(micros).map(clock::text),
        signatures,
    })
}
