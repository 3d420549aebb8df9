//! The checkpoint of an exported log: whose signatures it has, and which line is wrong.

use super::Problem;
use crate::note::{Checkpoint, Note, NoteError, SignatureLine, VerifierKey};

/// The checkpoint, if it is signed by exactly these keys.
pub(super) fn examine(bytes: &[u8], keys: &[VerifierKey]) -> Result<Checkpoint, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::CheckpointForm)?;
    let note = Note::parse(text).map_err(|_| Problem::CheckpointForm)?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(|_| Problem::CheckpointForm)?;
    for line in note.signatures() {
        let key = key_of(line, keys).ok_or(Problem::CheckpointUnknownSigner)?;
        line.verify(note.text(), key).map_err(|_: NoteError| Problem::CheckpointSignature)?;
    }
    let has_signed =
        |key: &VerifierKey| note.signatures().iter().any(|line| line.is_of(key.name(), key.id()));
    let complete = !keys.is_empty() && keys.iter().all(has_signed);
    if complete { Ok(checkpoint) } else { Err(Problem::CheckpointUnsigned) }
}

/// First byte of the line that is wrong in a checkpoint that [`examine`] refused. `expected` is what
/// the rest of the folder says the checkpoint is, if that is known.
pub(super) fn locate(bytes: &[u8], expected: Option<&Checkpoint>, keys: &[VerifierKey]) -> usize {
    let text = match expected {
        Some(checkpoint) => checkpoint.text(),
        None => stated_text(bytes).unwrap_or_default(),
    };
    let head = format!("{text}\n");
    let wrong = head.bytes().zip(bytes.iter().map(Some).chain(std::iter::repeat(None)));
    let wrong = wrong.take_while(|(right, found)| Some(right) == *found).count();
    if wrong < head.len() {
        let before = head.bytes().take(wrong).collect::<Vec<u8>>();
        return before.iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    }
    let mut at = head.len();
    let mut seen: Vec<SignatureLine> = Vec::new();
    for line in bytes.get(at..).unwrap_or_default().split_inclusive(|b| *b == b'\n') {
        let read = std::str::from_utf8(line).ok().and_then(|line| line.strip_suffix('\n'));
        let good = read.and_then(SignatureLine::parse).filter(|line| {
            !seen.iter().any(|other| other.is_of(&line.name, line.id))
                && key_of(line, keys).is_some_and(|key| line.verify(&text, key).is_ok())
        });
        let Some(good) = good else { return at };
        seen.push(good);
        at += line.len();
    }
    at
}

/// The text before the first empty line.
fn stated_text(bytes: &[u8]) -> Option<String> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let text = std::str::from_utf8(bytes.get(..=end)?).ok()?;
    Some(text.to_owned())
}

fn key_of<'a>(line: &SignatureLine, keys: &'a [VerifierKey]) -> Option<&'a VerifierKey> {
    keys.iter().find(|key| line.is_of(key.name(), key.id()))
}
