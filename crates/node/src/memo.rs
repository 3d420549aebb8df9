//! What was read and verified once: functions of bytes alone, so nothing here is ever out of date.
//!
//! A request of a partner looks at every agreement, signature and statement anew, which is how a
//! suspension takes effect at once. What it does not do again is to parse the same text and to
//! verify the same signature.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use enlace_keys::{Card, PublicKey, Signature, verify};
use enlace_policy::{Agreement, AgreementError};
use enlace_stix::{Object, canonical};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::danger::People;
use crate::unspeakable::Heard;

/// Entries of a kind that are kept; then all of that kind are forgotten.
const MOST: usize = 10_000;

/// An object that was read, with the text that is signed.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) object: Arc<Object>,
    /// RFC 8785.
    pub(crate) canonical: String,
    /// SHA-256 of `canonical`.
    pub(crate) sha256: [u8; 32],
}

/// An `agreement` object, or what this version cannot apply of it.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) read: Arc<Read>,
    pub(crate) agreement: Result<Arc<Agreement>, AgreementError>,
}

type Kept<T> = Mutex<HashMap<[u8; 32], T>>;

/// The memory of a node's process.
#[derive(Default)]
pub(crate) struct Memo {
    objects: Kept<Option<Arc<Read>>>,
    agreements: Kept<Option<Arc<Text>>>,
    cards: Kept<Arc<Card>>,
    verdicts: Kept<bool>,
    verified: AtomicUsize,
    /// Names of what partners gave. Follows the store, and never tells less than it.
    pub(crate) heard: RwLock<Heard>,
    /// Names of the persons held here, for the words of warnings.
    pub(crate) people: Mutex<People>,
}

impl Memo {
    /// The object of a stored text; `None` if it is none.
    pub(crate) fn object(&self, raw: &str) -> Option<Arc<Read>> {
        remember(&self.objects, key(&[raw.as_bytes()]), || {
            let object = Object::parse(raw).ok()?;
            let canonical = canonical::to_string(&Value::Object(object.view().clone()));
            let sha256 = Sha256::digest(canonical.as_bytes()).into();
            Some(Arc::new(Read { object: Arc::new(object), canonical, sha256 }))
        })
    }

    /// The agreement of a stored text; `None` if it is no object.
    pub(crate) fn agreement(&self, raw: &str) -> Option<Arc<Text>> {
        remember(&self.agreements, key(&[raw.as_bytes()]), || {
            let read = self.object(raw)?;
            let agreement = Agreement::from_object(&read.object).map(Arc::new);
            Some(Arc::new(Text { read, agreement }))
        })
    }

    /// The card of a stored partner, as `read` makes it of the text of its record.
    pub(crate) fn card<E>(
        &self,
        body: &str,
        read: impl FnOnce() -> Result<Card, E>,
    ) -> Result<Arc<Card>, E> {
        let key = key(&[body.as_bytes()]);
        if let Some(card) = lock(&self.cards).get(&key) {
            return Ok(Arc::clone(card));
        }
        self.verified.fetch_add(1, Ordering::Relaxed);
        let card = Arc::new(read()?);
        keep(&self.cards, key, Arc::clone(&card));
        Ok(card)
    }

    /// Whether `signature` (base64url) is the key's signature over the text of `read`.
    pub(crate) fn holds(&self, by: &PublicKey, read: &Read, signature: &str) -> bool {
        let key = key(&[by.as_bytes(), &read.sha256, signature.as_bytes()]);
        remember(&self.verdicts, key, || {
            self.verified.fetch_add(1, Ordering::Relaxed);
            let signature = Signature {
                key_id: by.key_id(),
                alg: enlace_keys::ALGORITHM.to_owned(),
                value: signature.to_owned(),
            };
            verify(by, read.canonical.as_bytes(), &signature).is_ok()
        })
    }

    /// Signatures verified so far.
    #[cfg(test)]
    pub(crate) fn verified(&self) -> usize {
        self.verified.load(Ordering::Relaxed)
    }
}

/// SHA-256 over parts, each with its length in front.
fn key(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn remember<T: Clone>(kept: &Kept<T>, key: [u8; 32], make: impl FnOnce() -> T) -> T {
    if let Some(found) = lock(kept).get(&key) {
        return found.clone();
    }
    let made = make();
    keep(kept, key, made.clone());
    made
}

fn keep<T>(kept: &Kept<T>, key: [u8; 32], value: T) {
    let mut kept = lock(kept);
    if kept.len() >= MOST {
        kept.clear();
    }
    kept.insert(key, value);
}

fn lock<T>(kept: &Kept<T>) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], T>> {
    // Whoever panicked while it held the lock left whole entries.
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
