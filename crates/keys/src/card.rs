//! Cards: how a node presents itself to a partner who will pin it.

use std::fmt;

use enlace_stix::{Object, Timestamp};
use serde_json::{Map, Value, json};

use crate::node_keys::NodeKeys;
use crate::recipient::Recipient;
use crate::signature::{PublicKey, SignatureError, verify_within};
use crate::vkey;
use crate::words::Language;

/// The only format of cards so far (`enlace_card`).
const FORMAT: u64 = 1;
/// The protocol versions that this program speaks.
const PROTOCOL: &[u32] = &[1];
/// A longer text is no card.
const MAX_BYTES: usize = 64 << 10;

/// What a node says about itself besides its keys.
#[derive(Debug, Clone)]
pub struct CardInfo {
    /// Name of the agency or unit, as people say it.
    pub name: String,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    /// The unit inside the agency.
    pub unit: Option<String>,
    /// The node's STIX `identity` object, creator of all its twins.
    pub identity: Value,
    /// Base URL of the partners' listener, `https://host:port`.
    pub url: String,
    /// When the card is issued, microseconds since the epoch.
    pub issued_us: i64,
}

/// A checked card: its signature held when it was read. Pinning it is the caller's decision.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Name of the agency or unit.
    pub name: String,
    /// ISO 3166-1 alpha-2, upper case.
    pub country: String,
    /// The unit inside the agency.
    pub unit: Option<String>,
    /// The node's STIX `identity` object.
    pub identity: Value,
    /// Id of the node's first key, where another key followed it.
    pub party: Option<String>,
    /// The key that signs everything the node says.
    pub key: PublicKey,
    /// The offline key that may replace `key`.
    pub recovery_key: PublicKey,
    /// SHA-256 of the SubjectPublicKeyInfo of the node's TLS key.
    pub tls_sha256: [u8; 32],
    /// To whom files for this node are encrypted; a card without it works on the wire only.
    pub age: Option<Recipient>,
    /// Base URL of the partners' listener.
    pub url: String,
    /// Verifier key of the node's log (C2SP signed-note).
    pub log_key: String,
    /// Protocol versions that the node speaks.
    pub protocol: Vec<u32>,
    /// When the card was issued.
    pub issued: Timestamp,
    json: Map<String, Value>,
}

/// Why a text is no card to trust.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// Not a JSON dictionary of at most 64 KiB.
    #[error("not a card: expected the JSON text that `enlace card` prints ({0})")]
    NotJson(String),
    /// A format that this program does not read.
    #[error(
        "card format is {found}: this program reads format 1; ask for an older card or upgrade"
    )]
    Format {
        /// The value of `enlace_card`.
        found: String,
    },
    /// A property is missing or wrong.
    #[error("card property `{property}` is missing or wrong: expected {expected}")]
    Property {
        /// The property.
        property: &'static str,
        /// What it must hold.
        expected: &'static str,
    },
    /// The card is not signed by the key that it names.
    #[error("card is not genuine: {0}; ask the partner for the card again")]
    Signature(#[from] SignatureError),
}

impl CardError {
    /// Stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotJson(_) => "keys.card.not-json",
            Self::Format { .. } => "keys.card.format",
            Self::Property { .. } => "keys.card.property",
            Self::Signature(_) => "keys.card.signature",
        }
    }
}

impl NodeKeys {
    /// The node's own card, signed. Fails on the properties that [`Card::parse`] would refuse.
    pub fn card(&self, info: &CardInfo) -> Result<Card, CardError> {
        let mut json = Map::from_iter([
            ("enlace_card".to_owned(), json!(FORMAT)),
            ("name".to_owned(), json!(info.name)),
            ("country".to_owned(), json!(info.country)),
            ("identity".to_owned(), info.identity.clone()),
            ("key".to_owned(), json!(self.public_key().to_string())),
            ("recovery_key".to_owned(), json!(self.recovery_public_key().to_string())),
            ("tls_sha256".to_owned(), json!(hex::encode(self.tls_sha256()))),
            ("age".to_owned(), json!(self.recipient().to_string())),
            ("url".to_owned(), json!(info.url)),
            ("log_key".to_owned(), json!(self.log_verifier_key())),
            ("protocol".to_owned(), json!(PROTOCOL)),
            (
                "issued".to_owned(),
                json!(Timestamp::from_micros(info.issued_us).to_millis().as_str()),
            ),
        ]);
        if self.party_id() != self.key_id() {
            json.insert("party".to_owned(), json!(self.party_id()));
        }
        if let Some(unit) = &info.unit {
            json.insert("unit".to_owned(), json!(unit));
        }
        Card::from_json(self.sign_within(json))
    }
}

impl Card {
    /// Reads a card and checks its signature by the key in it, its identity object and its form.
    ///
    /// This proves that the holder of the key wrote the card, not who the holder is: for that the
    /// [`Card::words`] are compared over another channel before pinning.
    pub fn parse(text: &str) -> Result<Self, CardError> {
        if text.len() > MAX_BYTES {
            return Err(CardError::NotJson(format!("{} bytes, at most {MAX_BYTES}", text.len())));
        }
        let json = serde_json::from_str(text).map_err(|e| CardError::NotJson(e.to_string()))?;
        Self::from_json(json)
    }

    /// [`Card::parse`] of JSON already read.
    pub fn from_json(json: Map<String, Value>) -> Result<Self, CardError> {
        match json.get("enlace_card") {
            Some(format) if format.as_u64() == Some(FORMAT) => {}
            None => return Err(wrong("enlace_card", "1")),
            Some(other) => {
                let found = other.to_string().chars().take(40).collect();
                return Err(CardError::Format { found });
            }
        }
        let read = Properties(&json);
        let key = read.key("key")?;
        verify_within(&key, &json)?;
        let recovery_key = read.key("recovery_key")?;
        if recovery_key == key {
            return Err(wrong("recovery_key", "another key than `key`"));
        }
        Ok(Self {
            name: read.label("name")?,
            country: read.country()?,
            unit: json.contains_key("unit").then(|| read.label("unit")).transpose()?,
            identity: read.identity()?,
            party: json.contains_key("party").then(|| read.party()).transpose()?,
            key,
            recovery_key,
            tls_sha256: read.tls_sha256()?,
            age: json.contains_key("age").then(|| read.age()).transpose()?,
            url: read.url()?,
            log_key: read.log_key()?,
            protocol: read.protocol()?,
            issued: read.issued()?,
            json,
        })
    }

    /// Lower-case hex SHA-256 of the party's first key: the partner's name in this node. A card
    /// that states one proves nothing of it: it is believed as the rest of a card is, by phone.
    pub fn party_id(&self) -> String {
        self.party.clone().unwrap_or_else(|| self.key_id())
    }

    /// Lower-case hex SHA-256 of the key on the card.
    pub fn key_id(&self) -> String {
        self.key.key_id()
    }

    /// The fingerprint of the key as twelve words to compare over the phone.
    pub fn words(&self, language: Language) -> Vec<&'static str> {
        self.key.words(language)
    }

    /// The STIX id of the node's identity object.
    pub fn identity_id(&self) -> &str {
        self.identity.get("id").and_then(Value::as_str).unwrap_or_default()
    }

    /// The key that the node's checkpoints are signed with, and the origin of its log.
    pub fn log(&self) -> Option<(&str, PublicKey)> {
        vkey::parse(&self.log_key)
    }

    /// The whole card with its signature, unknown newer properties included.
    pub fn json(&self) -> &Map<String, Value> {
        &self.json
    }
}

impl fmt::Display for Card {
    /// The card as JSON on several lines, the form that people send each other.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string_pretty(&self.json).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

fn wrong(property: &'static str, expected: &'static str) -> CardError {
    CardError::Property { property, expected }
}

/// The properties of a card, each with its check.
struct Properties<'a>(&'a Map<String, Value>);

impl Properties<'_> {
    fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn key(&self, name: &'static str) -> Result<PublicKey, CardError> {
        let key = self.text(name).and_then(|text| text.parse().ok());
        key.ok_or(wrong(name, "an Ed25519 key, base64url without padding"))
    }

    /// A name for people: nothing that hides or turns round letters.
    fn label(&self, name: &'static str) -> Result<String, CardError> {
        let hides = |c: char| match c {
            // Zero-width characters and marks, line separators and the bidirectional controls.
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => true,
            c => c.is_control(),
        };
        self.text(name)
            .filter(|t| !t.trim().is_empty() && t.chars().count() <= 200 && !t.chars().any(hides))
            .map(str::to_owned)
            .ok_or(wrong(name, "a text of 1 to 200 visible characters"))
    }

    fn country(&self) -> Result<String, CardError> {
        self.text("country")
            .filter(|t| t.len() == 2 && t.bytes().all(|c| c.is_ascii_uppercase()))
            .map(str::to_owned)
            .ok_or(wrong("country", "two upper-case letters (ISO 3166-1 alpha-2)"))
    }

    fn identity(&self) -> Result<Value, CardError> {
        let fault = wrong("identity", "a STIX 2.1 `identity` with name, created and modified");
        let value = self.0.get("identity").ok_or(fault.clone())?;
        let object = Object::parse(&value.to_string()).map_err(|_| fault.clone())?;
        let valid = object.kind() == "identity"
            && object.text("spec_version") == Some("2.1")
            && object.text("name").is_some_and(|name| !name.trim().is_empty())
            && object.time("created").is_some()
            && object.time("modified") >= object.time("created")
            && !object.revoked();
        if valid { Ok(value.clone()) } else { Err(fault) }
    }

    fn tls_sha256(&self) -> Result<[u8; 32], CardError> {
        let text = self.text("tls_sha256").filter(|t| !t.bytes().any(|c| c.is_ascii_uppercase()));
        let bytes = text.and_then(|t| hex::decode(t).ok()).and_then(|b| b.try_into().ok());
        bytes.ok_or(wrong("tls_sha256", "64 lower-case hex digits"))
    }

    fn party(&self) -> Result<String, CardError> {
        let plain = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        self.text("party")
            .filter(|t| t.len() == 64 && t.bytes().all(plain))
            .map(str::to_owned)
            .ok_or(wrong("party", "a key id: 64 lower-case hex digits"))
    }

    fn age(&self) -> Result<Recipient, CardError> {
        let recipient = self.text("age").and_then(|text| text.parse().ok());
        recipient.ok_or(wrong("age", "an age recipient `age1…`"))
    }

    /// `https://host[:port][/path]`, no user, query or fragment.
    fn url(&self) -> Result<String, CardError> {
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '@' | '?' | '#' | '\\' | '"');
        self.text("url")
            .filter(|t| {
                t.len() <= 500
                    && t.chars().all(plain)
                    && t.strip_prefix("https://")
                        .is_some_and(|r| !r.is_empty() && !r.starts_with('/'))
            })
            .map(str::to_owned)
            .ok_or(wrong("url", "`https://host:port` without user, query or fragment"))
    }

    fn log_key(&self) -> Result<String, CardError> {
        let text = self.text("log_key").filter(|t| t.len() <= 300 && vkey::parse(t).is_some());
        text.map(str::to_owned).ok_or(wrong("log_key", "a C2SP signed-note verifier key (Ed25519)"))
    }

    fn protocol(&self) -> Result<Vec<u32>, CardError> {
        let list = self.0.get("protocol").cloned().and_then(|v| serde_json::from_value(v).ok());
        list.filter(|l: &Vec<u32>| !l.is_empty())
            .ok_or(wrong("protocol", "a list of protocol version numbers"))
    }

    fn issued(&self) -> Result<Timestamp, CardError> {
        let time = self.text("issued").and_then(|t| t.parse().ok());
        time.ok_or(wrong("issued", "a timestamp in UTC"))
    }
}
