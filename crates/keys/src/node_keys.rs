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
    /// Id of the first key, once it was replaced.
    pub(super) const PARTY: &str = "party.id";
    /// The TLS key of before a compromise: partners know it until they have read of the new one.
    pub(super) const NOTICE_KEY: &str = "notice.key";
    pub(super) const NOTICE_CERTIFICATE: &str = "notice.crt";
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
    notice: Option<Arc<CertifiedKey>>,
    party_id: String,
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
        files::finish(dir)?;
        files::check_folder(dir)?;
        let seed = |name, kind| read_seed(dir, name, kind);
        let node = SigningKey::from_bytes(&*seed(name::NODE, "ed25519")?);
        let tls = read_pair(dir, name::TLS_KEY, name::TLS_CERTIFICATE)?;
        let tls_sha256 = tls::own_spki_sha256(&tls)?;
        let notice = match files::present(dir, name::NOTICE_KEY)? {
            true => Some(Arc::new(read_pair(dir, name::NOTICE_KEY, name::NOTICE_CERTIFICATE)?)),
            false => None,
        };
        let key_id = PublicKey::from(node.verifying_key()).key_id();
        Ok(Self {
            notice,
            party_id: read_party(dir)?.unwrap_or_else(|| key_id.clone()),
            key_id,
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

    /// Makes the keys that follow these in a folder beside them, durably: a new node key, and where
    /// `all` may be known to others also new keys for TLS and files. The log key stays, so do those
    /// of twins and seals (docs/design/keys.md). Nothing changes before [`NodeKeys::install`].
    pub fn successor(&self, dir: &Path, now_us: i64, all: bool) -> Result<Self, KeyError> {
        let seed = random_seed()?;
        let key_id = PublicKey::from(SigningKey::from_bytes(&seed).verifying_key()).key_id();
        let next = files::next(dir, &key_id);
        let mut made = vec![
            (name::NODE, secret_line("ed25519", &seed)),
            (name::PARTY, Zeroizing::new(format!("enlace-key 1 party {}\n", self.party_id))),
        ];
        let mut kept = vec![name::LOG, name::RECOVERY_PUBLIC, name::MASTER, name::TWIN];
        if all {
            let (tls_key, tls_certificate) = tls::self_signed(now_us, None)?;
            made.push((name::TLS_KEY, tls_key));
            made.push((name::TLS_CERTIFICATE, tls_certificate.into()));
            made.push((name::CARRIAGE, Identity::generate()));
            made.push((name::NOTICE_KEY, files::read(dir, name::TLS_KEY)?));
            made.push((name::NOTICE_CERTIFICATE, files::read(dir, name::TLS_CERTIFICATE)?));
        } else {
            kept.extend([name::TLS_KEY, name::TLS_CERTIFICATE, name::CARRIAGE]);
            kept.extend([name::NOTICE_KEY, name::NOTICE_CERTIFICATE]);
        }
        kept.push(name::RECOVERY);
        for name in kept {
            if files::present(dir, name)? {
                made.push((name, files::read(dir, name)?));
            }
        }
        files::create(&next, &made)?;
        Self::open(&next)
    }

    /// Puts the keys that [`NodeKeys::successor`] made in the place of the present ones, which are
    /// removed, and opens them. Done twice or after a crash it ends the same.
    pub fn install(dir: &Path, key_id: &str) -> Result<Self, KeyError> {
        files::replace(dir, &files::next(dir, key_id))?;
        Self::open(dir)
    }

    /// The offline key, if its file still lies in `dir/keys`.
    pub fn recovery_key(dir: &Path) -> Result<Option<RecoveryKey>, KeyError> {
        match files::present(dir, name::RECOVERY)? {
            true => {
                let seed = read_seed(dir, name::RECOVERY, "ed25519")?;
                Ok(Some(RecoveryKey(SigningKey::from_bytes(&seed))))
            }
            false => Ok(None),
        }
    }

    /// Lower-case hex SHA-256 of the first public key of this node: its name for all partners,
    /// whatever key it signs with today.
    pub fn party_id(&self) -> &str {
        &self.party_id
    }

    /// Lower-case hex SHA-256 of the public key that signs today.
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
        sign(&self.node, bytes)
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
    pub fn sign_within(&self, object: Map<String, Value>) -> Map<String, Value> {
        sign_within(&self.node, object)
    }

    /// The key of the ledger's checkpoints; it signs nothing else.
    pub fn log_key(&self) -> &SigningKey {
        &self.log
    }

    /// The origin line of this node's log: `enlace/` and the first 16 digits of the party id.
    pub fn log_origin(&self) -> String {
        format!("enlace/{}", self.party_id.chars().take(16).collect::<String>())
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

    /// The year in which the TLS certificate ends.
    pub fn certificate_ends(&self) -> Option<i32> {
        let certificate = self.tls.cert.first()?;
        tls::years(certificate).map(|(_, end)| end)
    }

    /// The key of the names in the list of what was erased or recalled.
    pub fn gone_key(&self) -> SecretKey {
        self.master.derive("enlace/v1/gone", &[])
    }

    /// What the keys of hit/no-hit are derived from, one for each partner, purpose and epoch.
    pub fn match_key(&self) -> SecretKey {
        self.master.derive("enlace/v1/match", &[])
    }

    /// The key under which credentials for the servers of others are kept.
    pub fn feed_key(&self) -> SecretKey {
        self.master.derive("enlace/v1/feed", &[])
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

    /// The certificate that partners know who have not read of a compromise yet.
    pub(crate) fn notice_tls(&self) -> &Arc<CertifiedKey> {
        self.notice.as_ref().unwrap_or(&self.tls)
    }
}

/// The offline key of a node: signs what replaces the node's key, and nothing else. `Debug` shows
/// nothing of it.
pub struct RecoveryKey(SigningKey);

impl RecoveryKey {
    /// Reads the text of `recovery.key`; `path` is for the error.
    pub fn read(text: &str, path: &Path) -> Result<Self, KeyError> {
        let seed = line_of(text, "ed25519").and_then(seed_of);
        let seed = seed.ok_or_else(|| KeyError::Malformed {
            path: path.to_owned(),
            expected: "one line `enlace-key 1 ed25519 <43 base64url characters>`",
        })?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    /// The public half, as the card states it.
    pub fn public_key(&self) -> PublicKey {
        self.0.verifying_key().into()
    }

    /// [`NodeKeys::sign_within`] with this key.
    pub fn sign_within(&self, object: Map<String, Value>) -> Map<String, Value> {
        sign_within(&self.0, object)
    }
}

impl std::fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryKey")
    }
}

fn sign(key: &SigningKey, bytes: &[u8]) -> Signature {
    Signature {
        key_id: PublicKey::from(key.verifying_key()).key_id(),
        alg: ALGORITHM.to_owned(),
        value: URL_SAFE_NO_PAD.encode(key.sign(bytes).to_bytes()),
    }
}

fn sign_within(key: &SigningKey, mut object: Map<String, Value>) -> Map<String, Value> {
    object.remove("signature");
    let bare = Value::Object(object);
    let Signature { key_id, alg, value } = sign(key, canonical::to_string(&bare).as_bytes());
    let signature = serde_json::json!({ "key_id": key_id, "alg": alg, "value": value });
    let Value::Object(mut object) = bare else { return Map::new() };
    object.insert("signature".to_owned(), signature);
    object
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
    line_of(&text, kind).and_then(seed_of).ok_or_else(damaged)
}

fn seed_of(body: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut seed = Zeroizing::new([0; 32]);
    match URL_SAFE_NO_PAD.decode_slice(body, seed.as_mut_slice()) {
        Ok(32) => Some(seed),
        _ => None,
    }
}

fn read_pair(dir: &Path, key: &str, certificate: &str) -> Result<CertifiedKey, KeyError> {
    let folder = files::folder(dir);
    tls::certified_key(
        (&folder.join(key), &files::read(dir, key)?),
        (&folder.join(certificate), &files::read(dir, certificate)?),
    )
}

/// The id of the first key, if it was replaced.
fn read_party(dir: &Path) -> Result<Option<String>, KeyError> {
    if !files::present(dir, name::PARTY)? {
        return Ok(None);
    }
    let text = files::read(dir, name::PARTY)?;
    let plain = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    let id = line_of(&text, "party").filter(|id| id.len() == 64 && id.bytes().all(plain));
    let damaged = || KeyError::Malformed {
        path: files::folder(dir).join(name::PARTY),
        expected: "one line `enlace-key 1 party <64 lower-case hex digits>`",
    };
    id.map(|id| Some(id.to_owned())).ok_or_else(damaged)
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
