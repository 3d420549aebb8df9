//! The release-record: a signed list of what was sent, without which nothing counts as sent.

use enlace_policy::Agreement;
use enlace_stix::{Id, Object, Timestamp, canonical, types};
use serde_json::{Map, Value, json};

use crate::seal::{Released, To};

/// An unsigned `release-record`.
#[derive(Debug, Clone)]
pub struct Record {
    view: Map<String, Value>,
    to: To,
}

/// Why there is no record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Nothing to list.
    #[error("a release-record lists at least one object")]
    Empty,
    /// Objects of several releases in one list.
    #[error("`{0}` was made for another partner or agreement")]
    Mixed(String),
    /// The record is no valid object.
    #[error("the release-record is not valid STIX: {0}")]
    Invalid(String),
}

impl Record {
    /// The record of `released`, all made for one partner under `agreement`. `id`: a random UUID;
    /// `purpose` as in the plan; `now`: the slot time; `created_by_ref`: this node's identity.
    pub fn new(
        id: uuid::Uuid,
        agreement: &Agreement,
        purpose: &str,
        released: &[Released],
        created_by_ref: &Id,
        now: &Timestamp,
    ) -> Result<Self, RecordError> {
        let first = released.first().ok_or(RecordError::Empty)?;
        let fits =
            |r: &Released| r.partner == first.partner && *r.agreement == *agreement.id.as_str();
        if let Some(other) = released.iter().find(|r| !fits(r)) {
            return Err(RecordError::Mixed(other.id.to_string()));
        }
        let mut listed: Vec<&Released> = released.iter().collect();
        listed.sort_by(|a, b| (&a.id, &a.version).cmp(&(&b.id, &b.version)));
        let entries: Vec<Value> = listed.into_iter().map(entry).collect();
        let now = now.to_millis();
        let definition = types::definition_id("release-record");
        let view = Map::from_iter([
            ("type".to_owned(), json!("release-record")),
            ("spec_version".to_owned(), json!("2.1")),
            ("id".to_owned(), json!(Id::new("release-record", id).as_str())),
            ("created".to_owned(), json!(now.as_str())),
            ("modified".to_owned(), json!(now.as_str())),
            ("created_by_ref".to_owned(), json!(created_by_ref.as_str())),
            ("extensions".to_owned(), json!({ definition: { "extension_type": "new-sdo" } })),
            ("agreement_ref".to_owned(), json!(agreement.id.as_str())),
            ("purpose".to_owned(), json!(purpose)),
            ("released".to_owned(), Value::Array(entries)),
        ]);
        let to = To { agreement: first.agreement.clone(), partner: first.partner.clone() };
        Ok(Self { view, to })
    }

    /// The record that withdraws a twin whose type has no revoked form (observables): it lists the
    /// version that was sent with `recalled: true`. `published` is that version as it was sent;
    /// the other arguments are those of [`Record::new`].
    pub fn of_recall(
        id: uuid::Uuid,
        agreement: &Agreement,
        published: &Released,
        created_by_ref: &Id,
        now: &Timestamp,
    ) -> Result<Self, RecordError> {
        let sent = std::slice::from_ref(published);
        let record = Self::new(id, agreement, "recall", sent, created_by_ref, now)?;
        Ok(record.saying("recalled", published))
    }

    /// The record that says of a twin that its last version corrects the earlier ones, which the
    /// recipient then erases. `published` is that version; the other arguments are those of
    /// [`Record::new`].
    pub fn of_correction(
        id: uuid::Uuid,
        agreement: &Agreement,
        published: &Released,
        created_by_ref: &Id,
        now: &Timestamp,
    ) -> Result<Self, RecordError> {
        let sent = std::slice::from_ref(published);
        let record = Self::new(id, agreement, "correction", sent, created_by_ref, now)?;
        Ok(record.saying("corrected", published))
    }

    /// As a record of this twin alone, with what it says of it.
    fn saying(mut self, what: &str, published: &Released) -> Self {
        let mut listed = entry(published);
        if let Some(listed) = listed.as_object_mut() {
            listed.insert(what.to_owned(), json!(true));
        }
        self.view.insert("released".to_owned(), json!([listed]));
        self
    }

    /// The same list under a new id, to be signed anew: for a record that was published and never
    /// fetched, and whose key may be known to others since. `published` is the record as sent.
    pub fn again(
        published: &Released,
        id: uuid::Uuid,
        now: &Timestamp,
    ) -> Result<Self, RecordError> {
        let invalid = || RecordError::Invalid("the published record".to_owned());
        let object = Object::parse(published.bytes()).map_err(|_| invalid())?;
        if object.kind() != "release-record" {
            return Err(invalid());
        }
        let (mut view, now) = (object.view().clone(), now.to_millis());
        view.remove("signature");
        view.insert("id".to_owned(), json!(Id::new("release-record", id).as_str()));
        view.insert("created".to_owned(), json!(now.as_str()));
        view.insert("modified".to_owned(), json!(now.as_str()));
        let to = To { agreement: published.agreement.clone(), partner: published.partner.clone() };
        Ok(Self { view, to })
    }

    /// Identifier.
    pub fn id(&self) -> &str {
        self.view.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    /// The unsigned object.
    pub fn view(&self) -> &Map<String, Value> {
        &self.view
    }

    /// The canonical text whose bytes the node signs (Ed25519).
    pub fn to_sign(&self) -> String {
        canonical::to_string(&Value::Object(self.view.clone()))
    }

    /// The signed record, ready to leave. `key_id`: SHA-256 of the node's public key in hex;
    /// `value`: the signature over [`Record::to_sign`], base64url without padding.
    pub fn signed(self, key_id: &str, value: &str) -> Result<Released, RecordError> {
        let mut view = self.view;
        let signature = json!({ "key_id": key_id, "alg": "Ed25519", "value": value });
        view.insert("signature".to_owned(), signature);
        let object = crate::build::valid(view).map_err(|clauses| {
            let args = clauses.first().map(|c| c.args.values().cloned().collect::<Vec<_>>());
            RecordError::Invalid(args.unwrap_or_default().join(" at "))
        })?;
        Ok(Released::wrap(&object, object.id().as_str(), &self.to, i64::MAX))
    }

    /// The record as it was signed, from its signed object: what to verify the signature over.
    pub fn signed_text(object: &Object) -> String {
        let mut view = object.view().clone();
        view.remove("signature");
        canonical::to_string(&Value::Object(view))
    }
}

fn entry(released: &Released) -> Value {
    let mut entry = Map::from_iter([
        ("id".to_owned(), json!(released.id().as_str())),
        ("sha256".to_owned(), json!(released.sha256())),
    ]);
    if let Some(modified) = released.modified() {
        entry.insert("modified".to_owned(), json!(modified));
    }
    Value::Object(entry)
}
