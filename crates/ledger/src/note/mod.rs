//! Signed notes and checkpoints (C2SP signed-note, tlog-checkpoint, tlog-cosignature).
//!
//! A note is a text, an empty line and signature lines `— name base64(key id ‖ signature)`. The
//! log signs its checkpoints with a plain Ed25519 note signature; partners and witnesses add
//! `cosignature/v1`, which also states when they saw the log at that size.

mod checkpoint;
mod key;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey};

pub use checkpoint::Checkpoint;
pub use key::{KeyKind, VerifierKey};

/// Most signature lines a note may have (C2SP signed-note demands at least 16).
const MAX_SIGNATURES: usize = 64;
const LINE_START: &str = "— ";

/// A text with its signatures; reading one proves nothing until [`Note::verify`] has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<SignatureLine>,
}

/// One signature line, not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignatureLine {
    pub(crate) name: String,
    pub(crate) id: [u8; 4],
    signature: Vec<u8>,
}

/// A signature that was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Name of the key.
    pub name: String,
    /// Whether it is the log's signature or a cosignature.
    pub kind: KeyKind,
    /// When a cosigner saw the log at this size, in seconds since the epoch; `None` for the log's
    /// own signature.
    pub time: Option<u64>,
}

/// Why a note, checkpoint or verifier key is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not a text, an empty line and signature lines, each ended by a line feed.
    #[error("line {line} is not the form of a signed note")]
    Form {
        /// Line of the note, from 1.
        line: usize,
    },
    /// The text is no checkpoint: origin, size, root and nothing else.
    #[error("line {line} of the checkpoint is not its {expected}")]
    Checkpoint {
        /// Line of the text, from 1.
        line: usize,
        /// What should stand there.
        expected: &'static str,
    },
    /// A verifier key is not `name+hash+base64(type ‖ key)`, or the hash is not that of name, type
    /// and key.
    #[error("`{0}` is not a verifier key `name+hash+base64(type and key)` with the right hash")]
    Key(String),
    /// Names of keys are not empty and have no spaces, control characters or plus signs.
    #[error("`{0}` is not a name of a key: no spaces, no control characters, no plus sign")]
    Name(String),
    /// A signature of a known key does not verify.
    #[error("signature of `{name}` does not verify")]
    Signature {
        /// Name of the key.
        name: String,
    },
    /// No key given has signed.
    #[error("none of the given keys has signed")]
    Unsigned,
    /// Signatures of one text cannot be added to another.
    #[error("the other note has another text")]
    OtherText,
}

impl NoteError {
    /// Stable code of the rule that was broken.
    pub fn rule(&self) -> &'static str {
        match self {
            Self::Form { .. } => "ledger.note.form",
            Self::Checkpoint { .. } => "ledger.checkpoint.form",
            Self::Key(_) => "ledger.note.verifier-key",
            Self::Name(_) => "ledger.note.key-name",
            Self::Signature { .. } => "ledger.note.signature",
            Self::Unsigned => "ledger.note.unsigned",
            Self::OtherText => "ledger.note.other-text",
        }
    }
}

impl Note {
    /// A note nobody has signed yet. The text ends with a line feed and has no other control
    /// characters.
    pub fn new(text: &str) -> Result<Self, NoteError> {
        check_characters(text)?;
        Ok(Self { text: text.to_owned(), signatures: Vec::new() })
    }

    /// Reads a note with at least one signature; one text has one reading.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        check_characters(note)?;
        let (text, lines) = note.rsplit_once("\n\n").ok_or(NoteError::Form { line: 1 })?;
        let text = format!("{text}\n");
        let first = text.lines().count() + 2;
        let mut signatures: Vec<SignatureLine> = Vec::new();
        for (i, line) in lines.split_terminator('\n').enumerate() {
            let form = NoteError::Form { line: first + i };
            let read = SignatureLine::parse(line).ok_or(form.clone())?;
            if i == MAX_SIGNATURES || signatures.iter().any(|s| s.is_of(&read.name, read.id)) {
                return Err(form);
            }
            signatures.push(read);
        }
        if signatures.is_empty() {
            return Err(NoteError::Form { line: first });
        }
        Ok(Self { text, signatures })
    }

    /// The signed text, ending with a line feed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds the Ed25519 signature of `key` under `name` (for a log: its origin), replacing an
    /// earlier one.
    pub fn sign(&mut self, name: &str, key: &SigningKey) -> Result<(), NoteError> {
        let public = VerifierKey::new(name, KeyKind::Note, key.verifying_key())?;
        let signature = key.sign(self.text.as_bytes()).to_bytes().to_vec();
        self.put(SignatureLine { name: name.to_owned(), id: public.id(), signature });
        Ok(())
    }

    /// Adds the `cosignature/v1` of `key` under `name`, replacing an earlier one; `time` in seconds
    /// since the epoch says when the signer saw the log at this size. Verify consistency first.
    pub fn cosign(&mut self, name: &str, key: &SigningKey, time: u64) -> Result<(), NoteError> {
        let public = VerifierKey::new(name, KeyKind::Cosignature, key.verifying_key())?;
        let signed = key.sign(cosigned(&self.text, time).as_bytes());
        let signature = [time.to_be_bytes().as_slice(), &signed.to_bytes()].concat();
        self.put(SignatureLine { name: name.to_owned(), id: public.id(), signature });
        Ok(())
    }

    /// Adds the signatures that `other` has and this note lacks. Both must have the same text.
    pub fn merge(&mut self, other: &Note) -> Result<(), NoteError> {
        if self.text != other.text {
            return Err(NoteError::OtherText);
        }
        for line in &other.signatures {
            if !self.signatures.iter().any(|mine| mine.is_of(&line.name, line.id)) {
                self.signatures.push(line.clone());
            }
        }
        Ok(())
    }

    /// Which of `keys` have signed, in the order of the lines. Signatures of other keys are passed
    /// over, as C2SP signed-note demands; a wrong signature of one of `keys`, or none at all, is an
    /// error.
    pub fn verify(&self, keys: &[VerifierKey]) -> Result<Vec<Signed>, NoteError> {
        let mut signed = Vec::new();
        for line in &self.signatures {
            if let Some(key) = keys.iter().find(|key| line.is_of(key.name(), key.id())) {
                signed.push(line.verify(&self.text, key)?);
            }
        }
        if signed.is_empty() { Err(NoteError::Unsigned) } else { Ok(signed) }
    }

    pub(crate) fn signatures(&self) -> &[SignatureLine] {
        &self.signatures
    }

    fn put(&mut self, line: SignatureLine) {
        self.signatures.retain(|old| !old.is_of(&line.name, line.id));
        self.signatures.push(line);
    }
}

/// The note as bytes to keep and to send.
impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.signatures {
            let blob = STANDARD.encode([line.id.as_slice(), &line.signature].concat());
            writeln!(f, "{LINE_START}{} {blob}", line.name)?;
        }
        Ok(())
    }
}

impl SignatureLine {
    /// Reads one line, without its line feed.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (name, blob) = line.strip_prefix(LINE_START)?.split_once(' ')?;
        let blob = STANDARD.decode(blob).ok()?;
        let (id, signature) = blob.split_first_chunk::<4>()?;
        let whole = key::is_name(name) && !signature.is_empty();
        whole.then(|| Self { name: name.to_owned(), id: *id, signature: signature.to_vec() })
    }

    pub(crate) fn is_of(&self, name: &str, id: [u8; 4]) -> bool {
        self.name == name && self.id == id
    }

    /// Verifies this line under a key of its name and id.
    pub(crate) fn verify(&self, text: &str, key: &VerifierKey) -> Result<Signed, NoteError> {
        let wrong = || NoteError::Signature { name: self.name.clone() };
        let (time, message, signature) = match key.kind() {
            KeyKind::Note => (None, text.to_owned(), self.signature.as_slice()),
            KeyKind::Cosignature => {
                let (time, rest) = self.signature.split_first_chunk::<8>().ok_or_else(wrong)?;
                let time = u64::from_be_bytes(*time);
                if i64::try_from(time).is_err() {
                    return Err(wrong());
                }
                (Some(time), cosigned(text, time), rest)
            }
        };
        let signature = Signature::from_slice(signature).map_err(|_| wrong())?;
        // Strict: one signature has one encoding, and weak keys are refused.
        key.key().verify_strict(message.as_bytes(), &signature).map_err(|_| wrong())?;
        Ok(Signed { name: self.name.clone(), kind: key.kind(), time })
    }
}

/// The message of `cosignature/v1` (C2SP tlog-cosignature).
fn cosigned(text: &str, time: u64) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// A line feed at the end and no other control characters.
fn check_characters(text: &str) -> Result<(), NoteError> {
    let bad = text.find(|c: char| c < ' ' && c != '\n');
    let end = if text.ends_with('\n') { bad } else { bad.or(Some(text.len())) };
    match end {
        Some(at) => {
            let line = 1 + text.bytes().take(at).filter(|b| *b == b'\n').count();
            Err(NoteError::Form { line })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
