//! Bundles: what one node carries to another as a file.
//!
//! An age file (X25519, one recipient). Inside, in this order:
//!
//! ```text
//! enlace-bundle 1\n
//! manifest\n          JSON on one line, signed by the sender's node key (`signature` in it)
//! content             JSON of `content_bytes` bytes with SHA-256 `content_sha256`
//! zero bytes          up to [`padded_len`]
//! ```
//!
//! Reading is pure and total: [`Bundle::read`] for the frame, [`Bundle::verify`] for who wrote it,
//! [`Bundle::content`] for what is in it, each object beside the signed record that lists it. The
//! caller decides whether sender and addressee are who they should be.

use std::collections::HashSet;

use enlace_stix::{Object, Timestamp, canonical};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::node_keys::NodeKeys;
use crate::recipient::Recipient;
use crate::signature::{PublicKey, SignatureError, SignedObject, verify_within};

const MAGIC: &[u8] = b"enlace-bundle 1\n";
/// What a text of another version of the format begins with.
const FAMILY: &[u8] = b"enlace-bundle ";
/// A longer manifest is none.
const MANIFEST_BYTES: usize = 64 << 10;
/// The smallest size of a bundle before encryption.
const SMALLEST: usize = 64 << 10;

/// The length to which a bundle is padded: the next power of two, at least 64 KiB. Files of a node
/// therefore have a handful of sizes, and a size tells neither the count of objects nor that
/// something stayed. It costs up to as much again as the content.
pub fn padded_len(len: usize) -> usize {
    len.max(SMALLEST).checked_next_power_of_two().unwrap_or(len)
}

/// What a manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Random UUID of the bundle.
    pub id: String,
    /// Party that wrote it: key id.
    pub from: String,
    /// Party that it is for: key id.
    pub to: String,
    /// When it was made, microseconds since the epoch.
    pub made_us: i64,
    /// Bundles of the addressee that the sender has read.
    pub received: Vec<String>,
}

/// What a bundle brings.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Content {
    /// Released objects and their signed records, the text that a TAXII client gets, in the order
    /// of the collection.
    #[serde(default)]
    pub objects: Vec<Box<RawValue>>,
    /// Papers, signed each: what the inbox takes by mTLS.
    #[serde(default)]
    pub papers: Vec<SignedObject>,
}

/// A bundle whose frame is whole. Who wrote it is not known before [`Bundle::verify`].
#[derive(Debug)]
pub struct Bundle<'a> {
    /// What its manifest says.
    pub manifest: Manifest,
    json: Map<String, Value>,
    content: &'a str,
}

/// Why a file is no bundle to take in. Nothing of it was applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// JSON: the form of before, or somebody's own.
    #[error("it is not encrypted")]
    Plain,
    /// No age file.
    #[error("it is no bundle: it does not begin as an age file")]
    NotAge,
    /// Encrypted to another key; or its first lines were changed.
    #[error("it is not encrypted to this node's present key")]
    NotForUs,
    /// The encryption does not hold.
    #[error("it is damaged: bytes are missing or were changed")]
    Damaged,
    /// Encrypted to us, but no bundle.
    #[error("what it holds is no bundle of an Enlace node ({0})")]
    Frame(&'static str),
    /// A format that this program does not read.
    #[error("its format is newer than this program's")]
    Version,
    /// The manifest is not signed by the party that it names.
    #[error("its manifest is not genuine: {0}")]
    Signature(#[from] SignatureError),
    /// The content is not the shape of a content.
    #[error("its content cannot be read ({0})")]
    Content(String),
    /// A release-record that its signer did not sign.
    #[error("the release-record `{0}` in it is not signed by its sender")]
    Record(String),
    /// An object that no record of the bundle lists with this hash.
    #[error("no signed release-record in it lists the object `{0}` with its hash")]
    Unlisted(String),
}

impl BundleError {
    /// Stable code of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Plain => "bundle.plain",
            Self::NotAge => "bundle.not-age",
            Self::NotForUs => "bundle.not-for-us",
            Self::Damaged => "bundle.damaged",
            Self::Frame(_) => "bundle.frame",
            Self::Version => "bundle.version",
            Self::Signature(_) => "bundle.signature",
            Self::Content(_) => "bundle.content",
            Self::Record(_) => "bundle.record",
            Self::Unlisted(_) => "bundle.unlisted",
        }
    }

    /// What was expected, and what to do.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Plain => {
                "a file that `enlace partner outbox NAME --file FILE` wrote for this node; an \
                 agreement as text is read by `enlace agreement import FILE`"
            }
            Self::NotAge | Self::Frame(_) | Self::Content(_) => {
                "a file that `enlace partner outbox NAME --file FILE` wrote for this node"
            }
            Self::NotForUs => {
                "a file for this node: give the sender the present card (`enlace card`), to be \
                 pinned by `enlace partner add CARD`, and ask for the file again"
            }
            Self::Damaged => "the file as it was written: copy it again, or ask for it again",
            Self::Version => "an upgrade of this program, or a file of the format 1",
            Self::Signature(_) | Self::Record(_) | Self::Unlisted(_) => {
                "what the sender signed: do not use the file, and call them"
            }
        }
    }
}

impl NodeKeys {
    /// The bytes of a bundle: signed by this node, padded, encrypted to one recipient.
    pub fn seal_bundle(
        &self,
        manifest: &Manifest,
        content: &Content,
        to: &Recipient,
    ) -> Result<Vec<u8>, KeyError> {
        let content = serde_json::to_string(content).map(Zeroizing::new);
        let content = content.map_err(|e| KeyError::Random(e.to_string()))?;
        to.encrypt(&self.frame(manifest, &content))
    }

    /// The bundle before encryption.
    fn frame(&self, manifest: &Manifest, content: &str) -> Zeroizing<Vec<u8>> {
        let made = Timestamp::from_micros(manifest.made_us).to_millis();
        let json = Map::from_iter([
            ("enlace_bundle".to_owned(), json!(1)),
            ("id".to_owned(), json!(manifest.id)),
            ("from".to_owned(), json!(manifest.from)),
            ("to".to_owned(), json!(manifest.to)),
            ("made".to_owned(), json!(made.as_str())),
            ("received".to_owned(), json!(manifest.received)),
            ("content_bytes".to_owned(), json!(content.len())),
            ("content_sha256".to_owned(), json!(hex::encode(Sha256::digest(content)))),
        ]);
        let manifest = canonical::to_string(&Value::Object(self.sign_within(json)));
        let len = MAGIC.len() + manifest.len() + 1 + content.len();
        let mut plain = Zeroizing::new(Vec::with_capacity(padded_len(len)));
        plain.extend_from_slice(MAGIC);
        plain.extend_from_slice(manifest.as_bytes());
        plain.push(b'\n');
        plain.extend_from_slice(content.as_bytes());
        plain.resize(padded_len(len), 0);
        plain
    }

    /// What a file holds that was encrypted to this node.
    pub fn open_bundle(&self, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, BundleError> {
        self.carriage().decrypt(file)
    }
}

impl<'a> Bundle<'a> {
    /// Reads the frame of a decrypted bundle: its form, the hash of its content, its padding.
    pub fn read(plain: &'a [u8]) -> Result<Self, BundleError> {
        let Some(rest) = plain.strip_prefix(MAGIC) else {
            let other = plain.starts_with(FAMILY);
            return Err(if other { BundleError::Version } else { frame("first line") });
        };
        let end = rest.iter().take(MANIFEST_BYTES).position(|b| *b == b'\n');
        let (line, rest) =
            end.and_then(|end| rest.split_at_checked(end)).ok_or(frame("manifest"))?;
        let json: Map<String, Value> =
            serde_json::from_slice(line).map_err(|_| frame("manifest"))?;
        let len = json.get("content_bytes").and_then(Value::as_u64);
        let len = len.and_then(|len| usize::try_from(len).ok()).ok_or(frame("content_bytes"))?;
        // Behind the line feed that ends the manifest.
        let (content, padding) = rest
            .get(1..)
            .and_then(|rest| rest.split_at_checked(len))
            .ok_or(frame("content_bytes"))?;
        let whole = padded_len(plain.len() - padding.len()) == plain.len();
        if !whole || padding.iter().any(|b| *b != 0) {
            return Err(frame("padding"));
        }
        let hash = hex::encode(Sha256::digest(content));
        if json.get("content_sha256").and_then(Value::as_str) != Some(hash.as_str()) {
            return Err(frame("content_sha256"));
        }
        let content = std::str::from_utf8(content).map_err(|_| frame("content"))?;
        let manifest = Manifest::from_json(&json)?;
        Ok(Self { manifest, json, content })
    }

    /// Checks that the holder of this key signed the manifest, and with it the whole content.
    pub fn verify(&self, key: &PublicKey) -> Result<(), SignatureError> {
        verify_within(key, &self.json)
    }

    /// The papers in the bundle, whatever else is wrong with it: among them may be the one that says
    /// which key signed the manifest.
    pub fn papers(&self) -> Vec<SignedObject> {
        #[derive(Deserialize)]
        struct Papers {
            #[serde(default)]
            papers: Vec<SignedObject>,
        }
        serde_json::from_str(self.content).map_or_else(|_| Vec::new(), |p: Papers| p.papers)
    }

    /// What the bundle brings. Every released object is listed, with its hash, by a release-record
    /// in the same bundle that `record_holds` accepts; but for the sender's own identity object.
    pub fn content(
        &self,
        sender: &str,
        record_holds: impl Fn(&Map<String, Value>) -> bool,
    ) -> Result<Content, BundleError> {
        Content::parse(self.content, sender, record_holds)
    }
}

impl Content {
    /// [`Bundle::content`] of a text; `sender` is the id of the sender's identity object.
    pub fn parse(
        text: &str,
        sender: &str,
        record_holds: impl Fn(&Map<String, Value>) -> bool,
    ) -> Result<Self, BundleError> {
        let content: Self =
            serde_json::from_str(text).map_err(|e| BundleError::Content(e.to_string()))?;
        let (mut objects, mut listed) = (Vec::new(), HashSet::new());
        for raw in &content.objects {
            let object = Object::parse(raw.get())
                .map_err(|e| BundleError::Content(format!("{} at `{}`", e.rule(), e.path())))?;
            if object.kind() != "release-record" {
                objects.push(object);
                continue;
            }
            if !record_holds(object.view()) {
                return Err(BundleError::Record(object.id().to_string()));
            }
            listed.extend(entries(&object));
        }
        for object in objects {
            let hash = hex::encode(canonical::sha256(&Value::Object(object.view().clone())));
            let id = object.id().to_string();
            if id != sender && !listed.contains(&(id.clone(), hash)) {
                return Err(BundleError::Unlisted(id));
            }
        }
        Ok(content)
    }
}

/// Id and hash of everything that a release-record lists.
fn entries(record: &Object) -> Vec<(String, String)> {
    let listed = record.get("released").and_then(Value::as_array);
    let text = |entry: &Value, name: &str| entry.get(name)?.as_str().map(str::to_owned);
    let entry = |e: &Value| Some((text(e, "id")?, text(e, "sha256")?));
    listed.into_iter().flatten().filter_map(entry).collect()
}

impl Manifest {
    fn from_json(json: &Map<String, Value>) -> Result<Self, BundleError> {
        let text = |name: &'static str| {
            let text = json.get(name).and_then(Value::as_str).map(str::to_owned);
            text.ok_or(frame(name))
        };
        let key_id = |name: &'static str| {
            let plain = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
            text(name).and_then(|t| match t.len() == 64 && t.bytes().all(plain) {
                true => Ok(t),
                false => Err(frame(name)),
            })
        };
        let uuid = |text: &str| {
            text.len() == 36 && text.bytes().all(|c| c.is_ascii_hexdigit() || c == b'-')
        };
        let id = text("id")?;
        let received = json.get("received").cloned().unwrap_or_else(|| json!([]));
        let received: Vec<String> =
            serde_json::from_value(received).map_err(|_| frame("received"))?;
        if !uuid(&id) || !received.iter().all(|id| uuid(id)) {
            return Err(frame("id"));
        }
        if json.get("enlace_bundle") != Some(&json!(1)) {
            return Err(frame("enlace_bundle"));
        }
        let made: Timestamp = text("made")?.parse().map_err(|_| frame("made"))?;
        let (from, to) = (key_id("from")?, key_id("to")?);
        Ok(Self { id, from, to, made_us: made.micros(), received })
    }
}

fn frame(part: &'static str) -> BundleError {
    BundleError::Frame(part)
}
