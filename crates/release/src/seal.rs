//! `Released`: bytes that may leave, and their way through the store.

use std::sync::Arc;

use enlace_policy::AgreementState;
use enlace_stix::{Id, Object};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Bytes that may leave to one partner. Only this crate makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Released {
    pub(crate) agreement: Arc<str>,
    pub(crate) partner: Arc<str>,
    pub(crate) original: Option<String>,
    pub(crate) id: Id,
    pub(crate) created: Option<String>,
    pub(crate) modified: Option<String>,
    pub(crate) version: String,
    pub(crate) content_hash: String,
    pub(crate) expires_us: i64,
    pub(crate) revoked: bool,
    pub(crate) bytes: String,
}

/// A sealed row, as the store keeps it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    agreement: String,
    partner: String,
    record: String,
    expires_us: i64,
    bytes: String,
    mac: String,
}

/// What holds now, for [`reopen`].
#[derive(Debug, Clone, Copy)]
pub struct Gate<'a> {
    /// Id of the agreement that the collection belongs to.
    pub agreement: &'a str,
    /// Key id of whoever asks.
    pub partner: &'a str,
    /// Where the agreement stands now.
    pub state: &'a AgreementState,
    /// Whether the twin was recalled: then only its revoked version passes.
    pub recalled: bool,
    /// Now, microseconds since the epoch.
    pub now_us: i64,
}

/// Why a row stays closed. To a partner all of them look like absence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReopenError {
    /// No sealed row.
    #[error("the row is not a sealed object")]
    Malformed,
    /// Changed, or sealed with another key.
    #[error("the seal does not fit the row")]
    BadSeal,
    /// Sealed for another agreement or partner.
    #[error("the row was sealed for another agreement or partner")]
    OtherPartner,
    /// The agreement does not let anything leave now.
    #[error("the agreement is not in force")]
    NotActive,
    /// The object was recalled.
    #[error("the object was recalled")]
    Recalled,
    /// Its retention has ended.
    #[error("the retention of the object has ended")]
    Expired,
}

impl Released {
    /// The object as JSON text (RFC 8785 form).
    pub fn bytes(&self) -> &str {
        &self.bytes
    }

    /// Identifier that the partner sees.
    pub fn id(&self) -> &Id {
        &self.id
    }

    /// STIX type.
    pub fn kind(&self) -> &str {
        self.id.kind()
    }

    /// First release to this partner, as `created` of a twin of ours says it; observables state
    /// none.
    pub fn created(&self) -> Option<&str> {
        self.created.as_deref()
    }

    /// `modified`; observables and marking definitions have none.
    pub fn modified(&self) -> Option<&str> {
        self.modified.as_deref()
    }

    /// Version key (`Object::version`).
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Id of the original, which the store keeps in its mapping and which never leaves. An object
    /// made for the partner is its own original. `None` after [`reopen`].
    pub fn original(&self) -> Option<&str> {
        self.original.as_deref()
    }

    /// SHA-256 of the canonical text without `modified`, lower-case hex: the content hash of the
    /// mapping.
    pub fn content_hash(&self) -> &str {
        &self.content_hash
    }

    /// SHA-256 of the bytes, lower-case hex, as a release-record lists it.
    pub fn sha256(&self) -> String {
        use sha2::Digest;
        hex::encode(Sha256::digest(self.bytes.as_bytes()))
    }

    /// Whether this is the last version of a recalled twin.
    pub fn revoked(&self) -> bool {
        self.revoked
    }

    /// End of the retention that the agreement sets, microseconds since the epoch.
    pub fn expires_us(&self) -> i64 {
        self.expires_us
    }

    /// Key id of the partner it was made for.
    pub fn partner(&self) -> &str {
        &self.partner
    }

    /// Id of the agreement it was made under.
    pub fn agreement(&self) -> &str {
        &self.agreement
    }

    /// The row for the store, sealed with `key` (HMAC-SHA256 over agreement, partner, record,
    /// retention and bytes). `record` is the id of the release-record.
    pub fn seal(&self, record: &str, key: &[u8]) -> String {
        let mut row = Row {
            agreement: self.agreement.to_string(),
            partner: self.partner.to_string(),
            record: record.to_owned(),
            expires_us: self.expires_us,
            bytes: self.bytes.clone(),
            mac: String::new(),
        };
        row.mac =
            mac(&row, key).map(|m| hex::encode(m.finalize().into_bytes())).unwrap_or_default();
        serde_json::to_string(&row).unwrap_or_default()
    }

    /// Wraps a finished object; private to the crate.
    pub(crate) fn wrap(made: &Object, original: &str, to: &To, expires_us: i64) -> Self {
        let text = |name: &str| made.text(name).map(str::to_owned);
        Self {
            agreement: Arc::clone(&to.agreement),
            partner: Arc::clone(&to.partner),
            original: Some(original.to_owned()),
            id: made.id().clone(),
            created: text("created"),
            modified: text("modified"),
            version: made.version(),
            content_hash: content_hash(made),
            expires_us,
            revoked: made.revoked(),
            bytes: made.raw().to_owned(),
        }
    }
}

/// Whom and under what.
#[derive(Debug, Clone)]
pub(crate) struct To {
    pub(crate) agreement: Arc<str>,
    pub(crate) partner: Arc<str>,
}

impl To {
    /// Under the agreement of this id, to the partner with this key id.
    pub(crate) fn new(agreement: &str, partner: &str) -> Self {
        Self { agreement: agreement.into(), partner: partner.into() }
    }
}

/// SHA-256 of the canonical text without `modified`. The text of `made` is canonical.
fn content_hash(made: &Object) -> String {
    use sha2::Digest;
    let text = made.raw();
    let Some(modified) = made.get("modified") else {
        return hex::encode(Sha256::digest(text.as_bytes()));
    };
    let member = format!(",\"modified\":{}", enlace_stix::canonical::to_string(modified));
    let mut found = text.match_indices(&member);
    if let (Some((at, _)), None) = (found.next(), found.next()) {
        let mut hash = Sha256::new();
        hash.update(text.get(..at).unwrap_or_default());
        hash.update(text.get(at + member.len()..).unwrap_or_default());
        return hex::encode(hash.finalize());
    }
    // The same member stands inside another: only the tree tells which is the object's own.
    let mut view = made.view().clone();
    view.remove("modified");
    hex::encode(enlace_stix::canonical::sha256(&serde_json::Value::Object(view)))
}

/// The agreement that a row says it was sealed under. Proves nothing: it tells which [`Gate`] to
/// hold up to [`reopen`].
pub fn sealed_under(row: &str) -> Option<String> {
    serde_json::from_str::<Row>(row).ok().map(|row| row.agreement)
}

/// Opens a sealed row, if it is whole and what holds now still lets it leave.
pub fn reopen(row: &str, key: &[u8], gate: &Gate<'_>) -> Result<Released, ReopenError> {
    let row: Row = serde_json::from_str(row).map_err(|_| ReopenError::Malformed)?;
    let expected = hex::decode(&row.mac).map_err(|_| ReopenError::Malformed)?;
    let mac = mac(&row, key).ok_or(ReopenError::BadSeal)?;
    mac.verify_slice(&expected).map_err(|_| ReopenError::BadSeal)?;
    if row.agreement != gate.agreement || row.partner != gate.partner {
        return Err(ReopenError::OtherPartner);
    }
    let made = Object::parse(&row.bytes).map_err(|_| ReopenError::Malformed)?;
    // Stopping is always possible: a recall passes under an agreement that has ended or rests.
    let over = matches!(
        gate.state,
        AgreementState::Expired | AgreementState::Terminated | AgreementState::Suspended { .. }
    );
    if *gate.state != AgreementState::Active && !(withdraws(&made) && over) {
        return Err(ReopenError::NotActive);
    }
    if gate.recalled && !made.revoked() {
        return Err(ReopenError::Recalled);
    }
    if gate.now_us >= row.expires_us && !made.revoked() {
        return Err(ReopenError::Expired);
    }
    let to = To::new(&row.agreement, &row.partner);
    let mut released = Released::wrap(&made, "", &to, row.expires_us);
    released.original = None;
    Ok(released)
}

/// Whether an object only takes back what was sent: a revoked twin, or a record that lists nothing
/// but recalls.
fn withdraws(made: &Object) -> bool {
    let listed = made.get("released").and_then(serde_json::Value::as_array);
    let recalled = |entry: &serde_json::Value| entry.get("recalled") == Some(&true.into());
    let record = made.kind() == "release-record";
    made.revoked() || (record && listed.is_some_and(|all| all.iter().all(recalled)))
}

/// HMAC over every field with its length in front, so that no two rows have the same input.
fn mac(row: &Row, key: &[u8]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(b"enlace released row 1\0");
    let expires = row.expires_us.to_string();
    for part in [&row.agreement, &row.partner, &row.record, &expires, &row.bytes] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Some(mac)
}
