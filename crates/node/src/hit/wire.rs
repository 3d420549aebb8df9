//! What two nodes say to each other at `POST /enlace/v1/match`: signed both ways, so that each side
//! can show what was asked and answered.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use enlace_keys::{SignedObject, verify_object};
use enlace_oprf::Class;
use enlace_stix::canonical;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::party_key::PartyKey;

/// Where hit/no-hit is asked.
pub(crate) const PATH: &str = "/enlace/v1/match";

/// What one node asks the other.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Asked {
    /// Evaluate these elements.
    MatchQuery {
        /// Lineage of the agreement.
        agreement: String,
        purpose: String,
        /// Kind of what is asked about; the asked node cannot check it and logs it as said.
        kind: String,
        /// SHA-256 of `enlace-match-case-v1`, an opening and the asker's case number: shown both later, the
        /// number proves itself.
        case: String,
        epoch: u64,
        /// `one` or `block`.
        class: String,
        /// Base64.
        elements: String,
        at: String,
    },
    /// Where the table stands.
    MatchTable { agreement: String, purpose: String, at: String },
}

/// What the other answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type")]
pub(super) enum Answered {
    /// The elements, evaluated.
    #[serde(rename = "match-answer")]
    Elements {
        /// SHA-256 of what was asked.
        asked: String,
        /// Base64.
        answer: String,
        /// Elements that may still be asked today under this agreement.
        left: u64,
    },
    /// Where the table stands.
    #[serde(rename = "match-table")]
    Table {
        asked: String,
        epoch: u64,
        sequence: u64,
        public_key: String,
        sha256: String,
        size: u64,
        /// Changes of the epoch that are still given: sequence and SHA-256.
        changes: Vec<(u64, String)>,
        left: u64,
    },
    /// Why not; depends on what both know and on nothing else.
    #[serde(rename = "match-refused")]
    Refused { asked: String, rule: String },
}

impl Answered {
    pub(super) fn asked(&self) -> &str {
        match self {
            Self::Elements { asked, .. }
            | Self::Table { asked, .. }
            | Self::Refused { asked, .. } => asked,
        }
    }
}

/// The signed object that one of the keys vouches for, and its hash.
pub(super) fn opened(body: &[u8], keys: &[PartyKey]) -> Option<(Value, String)> {
    let signed: SignedObject = serde_json::from_slice(body).ok()?;
    let at = signed.object.get("at").and_then(Value::as_str).and_then(crate::party_key::instant);
    let vouches = |key: &PartyKey| {
        key.signs(at) && verify_object(&key.key, &signed.object, &signed.signature).is_ok()
    };
    let hash = sha256_of(&signed.object);
    keys.iter().any(vouches).then_some((signed.object, hash))
}

/// SHA-256 of an object's RFC 8785 bytes.
pub(super) fn sha256_of(object: &Value) -> String {
    hex::encode(Sha256::digest(canonical::to_string(object)))
}

pub(super) fn class_name(class: Class) -> &'static str {
    match class {
        Class::One => "one",
        Class::Block => "block",
    }
}

pub(super) fn class_from(name: &str) -> Option<Class> {
    [Class::One, Class::Block].into_iter().find(|class| class_name(*class) == name)
}

pub(super) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
