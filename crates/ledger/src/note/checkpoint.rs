//! Checkpoints: a log's size and root, as the text of a signed note.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;

use super::{Note, NoteError, Signed, VerifierKey};
use crate::tree::Hash;

/// A log at one size (C2SP tlog-checkpoint). Extension lines are refused: nothing audits them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log: its name for ever, on one line and not empty.
    pub origin: String,
    /// Number of leaves.
    pub size: u64,
    /// Root of the tree of that size.
    pub root: Hash,
}

impl Checkpoint {
    /// The three lines that are signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// Reads the three lines; one checkpoint has one text.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let wrong = |line, expected| NoteError::Checkpoint { line, expected };
        let mut lines = text.split('\n');
        let origin = lines.next().filter(|l| !l.is_empty() && !l.contains(char::is_control));
        let origin = origin.ok_or(wrong(1, "origin"))?.to_owned();
        let size = lines.next().and_then(|line| {
            let size: u64 = line.parse().ok()?;
            (size.to_string() == line).then_some(size)
        });
        let size = size.ok_or(wrong(2, "size"))?;
        let root = lines.next().and_then(|line| STANDARD.decode(line).ok()?.try_into().ok());
        let root = root.ok_or(wrong(3, "root hash"))?;
        if lines.next() != Some("") || lines.next().is_some() {
            return Err(wrong(4, "end"));
        }
        Ok(Self { origin, size, root })
    }

    /// The checkpoint as a note with the log's signature; `name` should be the origin.
    pub fn sign(&self, name: &str, key: &SigningKey) -> Result<Note, NoteError> {
        let text = self.text();
        Self::parse(&text)?;
        let mut note = Note::new(&text)?;
        note.sign(name, key)?;
        Ok(note)
    }

    /// Reads a note and verifies it: the checkpoint and which of `keys` have signed. Whose
    /// signatures are needed, and that the origin is the log expected, is the caller's to decide.
    pub fn open(note: &str, keys: &[VerifierKey]) -> Result<(Self, Vec<Signed>), NoteError> {
        let note = Note::parse(note)?;
        let signed = note.verify(keys)?;
        Ok((Self::parse(note.text())?, signed))
    }
}
