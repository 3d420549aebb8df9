//! All keys of one node: made once by `init`, opened by every command.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signer, SigningKey};
use enlace_stix::canonical;
use rustls::sign::CertifiedKey;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::error::KeyError;
use crate::recipient::{Identity, Recipient};
use crate::secret::{self, SecretKey};
use crate::signature::{ALGORITHM, PublicKey, Signature, SignedObject};
use crate::{files, tls, vkey};

/// The files in the `keys` folder of a node.
mod name {
    pub(super) const NODE: &str = "node.key";
    pub(super) const LOG: &str = "log.key";
    /// To be moved to a safe place after `init`; nothing but key rotation needs it.
    pub(super) const RECOVERY: &str = "recovery.key";
    pub(super) const RECOVERY_PUBLIC: &str = "recovery.pub";
    pub(super) const TLS_KEY: &str = "tls.key";
    pub(super) const TLS_CERTIFICATE: &str = "tls.crt";
    pub(super) const MASTER: &str = "master.key";
    pub(super) const TWIN: &str = "twin.key";
    /// An ordinary age identity.
    pub(super) const CARRIAGE: &str = "age.key";
}

/// The keys of a node. `Debug` shows the key id only.
///
/// Key files are protected by their mode (0600 in a folder 0700); wrapping them with a passphrase
/// or a systemd credential is not built yet.
pub struct NodeKeys {
    node: SigningKey,
    log: SigningKey,
    recovery: PublicKey,
    master: SecretKey,
    twin: SecretKey,
    carriage: Identity,
    key_id: String,
    tls: Arc<CertifiedKey>,
    tls_sha256: [u8; 32],
    recovery_key_present: bool,
}

impl NodeKeys {
    /// Makes all keys of a new node in `dir/keys`, durably and all or none, and opens them.
    ///
    /// `now_us` dates the TLS certificate; `host` is one more name or address in it besides
    /// `localhost`, `127.0.0.1` and `::1`. Fails if `dir/keys` exists.
    pub fn create(dir: &Path, now_us: i64, host: Option<&str>) -> Result<Self, KeyError> {
        let recovery_seed = Zeroizing::new(secret::random::<32>()?);
        let recovery_public = SigningKey::from_bytes(&recovery_seed).verifying_key().into();
        let (tls_key, tls_certificate) = tls::self_signed(now_us, host)?;
        files::create(
            dir,
            &[
                (name::NODE, secret_line("ed25519", &*random_seed()?)),
                (name::LOG, secret_line("ed25519", &*random_seed()?)),
                (name::RECOVERY, secret_line("ed25519", &recovery_seed)),
                (name::RECOVERY_PUBLIC, public_line(&recovery_public)),
                (name::TLS_KEY, tls_key),
                (name::TLS_CERTIFICATE, tls_certificate.into()),
                (name::MASTER, secret_line("secret", &*random_seed()?)),
                (name::TWIN, secret_line("secret", &*random_seed()?)),
                (name::CARRIAGE, Identity::generate()),
            ],
        )?;
        Self::open(dir)
    }

    /// Opens the keys of an existing node. Files that others may read are refused. A node that was
    /// made before files could be carried gets its key for them here.
    pub fn open(dir: &Path) -> Result<Self, KeyError> {
        files::check_folder(dir)?;
        let seed = |name, kind| read_seed(dir, name, kind);
        let node = SigningKey::from_bytes(&*seed(name::NODE, "ed25519")?);
        let tls = tls::certified_key(
            (&files::folder(dir).join(name::TLS_KEY), &files::read(dir, name::TLS_KEY)?),
            (
                &files::folder(dir).join(name::TLS_CERTIFICATE),
                &files::read(dir, name::TLS_CERTIFICATE)?,
            ),
        )?;
        let tls_sha256 = tls::own_spki_sha256(&tls)?;
        Ok(Self {
            key_id: PublicKey::from(node.verifying_key()).key_id(),
            node,
            log: SigningKey::from_bytes(&*seed(name::LOG, "ed25519")?),
            recovery: read_recovery_public(dir)?,
            master: SecretKey::new(*seed(name::MASTER, "secret")?),
            twin: SecretKey::new(*seed(name::TWIN, "secret")?),
            carriage: read_carriage(dir)?,
            tls: Arc::new(tls),
            tls_sha256,
            recovery_key_present: files::present(dir, name::RECOVERY)?,
        })
    }

    /// Lower-case hex SHA-256 of the node's public key: the node's name for all partners.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// The node's public key.
    pub fn public_key(&self) -> PublicKey {
        self.node.verifying_key().into()
    }

    /// The public half of the offline recovery key.
    pub fn recovery_public_key(&self) -> PublicKey {
        self.recovery
    }

    /// Whether `keys/recovery.key` still lies on this machine; it should be moved offline.
    pub fn recovery_key_present(&self) -> bool {
        self.recovery_key_present
    }

    /// SHA-256 of the SubjectPublicKeyInfo of the TLS key, as the card states it.
    pub fn tls_sha256(&self) -> [u8; 32] {
        self.tls_sha256
    }

    /// Signs bytes with the node key.
    pub fn sign(&self, bytes: &[u8]) -> Signature {
        Signature {
            key_id: self.key_id.clone(),
            alg: ALGORITHM.to_owned(),
            value: URL_SAFE_NO_PAD.encode(self.node.sign(bytes).to_bytes()),
        }
    }

    /// Signs the RFC 8785 bytes of a value.
    pub fn sign_object(&self, object: &Value) -> Signature {
        self.sign(canonical::to_string(object).as_bytes())
    }

    /// The envelope entry of an object that goes to a partner.
    pub fn envelope(&self, object: Value) -> SignedObject {
        let signature = self.sign_object(&object);
        SignedObject { object, signature }
    }

    /// Adds the property `signature`, made over all other properties (release-records); an older
    /// `signature` is replaced.
    pub fn sign_within(&self, mut object: Map<String, Value>) -> Map<String, Value> {
        object.remove("signature");
        let bare = Value::Object(object);
        let Signature { key_id, alg, value } = self.sign_object(&bare);
        let signature = serde_json::json!({ "key_id": key_id, "alg": alg, "value": value });
        let Value::Object(mut object) = bare else { return Map::new() };
        object.insert("signature".to_owned(), signature);
        object
    }

    /// The key of the ledger's checkpoints; it signs nothing else.
    pub fn log_key(&self) -> &SigningKey {
        &self.log
    }

    /// The origin line of this node's log: `enlace/` and the first 16 digits of the key id.
    pub fn log_origin(&self) -> String {
        format!("enlace/{}", self.key_id.chars().take(16).collect::<String>())
    }

    /// The log's verifier key in the form of C2SP signed notes, as the card states it.
    pub fn log_verifier_key(&self) -> String {
        vkey::to_text(&self.log_origin(), &self.log.verifying_key().into())
    }

    /// The key of twin ids for one partner under one agreement lineage: stable for both, useless
    /// for linking twins of two partners. Never rotated while twins live.
    pub fn twin_key(&self, partner_key_id: &str, lineage: &str) -> SecretKey {
        self.twin.derive("enlace/v1/twin", &[partner_key_id, lineage])
    }

    /// The key that seals released rows in the store (`release::reopen`).
    pub fn seal_key(&self) -> SecretKey {
        self.master.derive("enlace/v1/seal", &[])
    }

    /// The key that authenticates paging cursors.
    pub fn cursor_key(&self) -> SecretKey {
        self.master.derive("enlace/v1/cursor", &[])
    }

    /// The key of identifier hashes in the store and the ledger.
    pub fn identifier_key(&self) -> SecretKey {
        self.master.derive("enlace/v1/identifier", &[])
    }

    /// To whom others encrypt the files that they carry to this node, as the card states it.
    pub fn recipient(&self) -> Recipient {
        self.carriage.recipient()
    }

    pub(crate) fn carriage(&self) -> &Identity {
        &self.carriage
    }

    /// The key by which the running node knows the objects that are linked to sources, without being
    /// able to read who the sources are.
    pub fn source_lookup_key(&self) -> SecretKey {
        self.master.derive("enlace/v1/source-lookup", &[])
    }

    /// The key under which the running node writes down what the handler of a source is told.
    pub fn source_alert_key(&self) -> SecretKey {
        self.master.derive("enlace/v1/source-alert", &[])
    }

    pub(crate) fn tls(&self) -> &Arc<CertifiedKey> {
        &self.tls
    }
}

impl std::fmt::Debug for NodeKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeKeys").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

fn random_seed() -> Result<Zeroizing<[u8; 32]>, KeyError> {
    Ok(Zeroizing::new(secret::random()?))
}

/// `enlace-key 1 <kind> <base64url>`: one line, so that a paper copy can be typed in again.
fn secret_line(kind: &str, seed: &[u8; 32]) -> Zeroizing<String> {
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(seed));
    Zeroizing::new(format!("enlace-key 1 {kind} {}\n", *encoded))
}

fn public_line(key: &PublicKey) -> Zeroizing<String> {
    Zeroizing::new(format!("enlace-key 1 ed25519-public {key}\n"))
}

fn read_seed(dir: &Path, name: &str, kind: &str) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let damaged = || KeyError::Malformed {
        path: files::folder(dir).join(name),
        expected: "one line `enlace-key 1 <kind> <43 base64url characters>`",
    };
    let text = files::read(dir, name)?;
    let body = line_of(&text, kind).ok_or_else(damaged)?;
    let mut seed = Zeroizing::new([0; 32]);
    match URL_SAFE_NO_PAD.decode_slice(body, seed.as_mut_slice()) {
        Ok(32) => Ok(seed),
        _ => Err(damaged()),
    }
}

fn read_carriage(dir: &Path) -> Result<Identity, KeyError> {
    if !files::present(dir, name::CARRIAGE)? {
        files::add(dir, name::CARRIAGE, &Identity::generate())?;
    }
    Identity::read(&files::read(dir, name::CARRIAGE)?).ok_or_else(|| KeyError::Malformed {
        path: files::folder(dir).join(name::CARRIAGE),
        expected: "one line `AGE-SECRET-KEY-1…`, an age identity",
    })
}

fn read_recovery_public(dir: &Path) -> Result<PublicKey, KeyError> {
    let text = files::read(dir, name::RECOVERY_PUBLIC)?;
    line_of(&text, "ed25519-public").and_then(|key| key.parse().ok()).ok_or_else(|| {
        KeyError::Malformed {
            path: files::folder(dir).join(name::RECOVERY_PUBLIC),
            expected: "one line `enlace-key 1 ed25519-public <43 base64url characters>`",
        }
    })
}

fn line_of<'a>(text: &'a str, kind: &str) -> Option<&'a str> {
    text.trim_end().strip_prefix("enlace-key 1 ")?.strip_prefix(kind)?.strip_prefix(' ')
}
