//! Keys of a node: who it is, what it signs, how it proves itself on the wire.
//!
//! A party is named by its first Ed25519 node key: the key id (SHA-256 of the public key) stays its
//! name everywhere, whatever key follows ([`NodeKeys::successor`]).
//! This crate does file I/O for key files only.
//!
//! - [`NodeKeys`]: made once in `DIR/keys` (mode 0600), opened by every command; signs, derives
//!   twin, seal and cursor keys
//! - [`Card`]: how a node presents itself; checked, compared by [`Card::words`], then pinned
//! - [`Signature`], [`SignedObject`], [`verify`]: what crosses the border is signed over its RFC
//!   8785 bytes
//! - [`partner_server_config`], [`partner_client_config`]: TLS 1.3 by pinned public keys, no CA
//! - [`Bundle`], [`Recipient`]: files for partners, signed and encrypted, to be carried by hand
//! - [`ArchiveLock`], [`ArchiveKey`]: backups, encrypted to a passphrase or a recipient
//! - [`RegisterKey`]: the register of sources, opened by a passphrase of its own
//! - [`Token`]: opaque bearer tokens, stored as SHA-256
//!
//! Key files are not yet wrapped by a passphrase; their mode protects them, encryption of the disk
//! is the operator's. `recovery.key` is to be moved offline after `init`: it alone can replace a
//! lost node key, and nothing in daily work needs it.
//!
//! ```
//! use enlace_keys::{NodeKeys, verify_object};
//! # let folder = std::env::temp_dir().join(format!("enlace-doc-{}", std::process::id()));
//! # let dir = folder.as_path();
//! let keys = NodeKeys::create(dir, 1_790_000_000_000_000, None)?;
//! let object = serde_json::json!({ "type": "identity", "name": "UNE" });
//! let signature = keys.sign_object(&object);
//! assert_eq!(verify_object(&keys.public_key(), &object, &signature), Ok(()));
//! # std::fs::remove_dir_all(dir).ok();
//! # Ok::<(), enlace_keys::KeyError>(())
//! ```
#![forbid(unsafe_code)]

mod archive;
mod bundle;
mod card;
mod error;
mod files;
mod node_keys;
mod recipient;
mod register;
mod secret;
mod signature;
mod tls;
mod token;
mod vkey;
mod words;

pub use archive::{
    ArchiveError, ArchiveIdentity, ArchiveKey, ArchiveLock, LockedReader, LockedWriter,
};
pub use bundle::{Bundle, BundleError, Content, Manifest, padded_len};
pub use card::{Card, CardError, CardInfo};
pub use error::KeyError;
pub use files::{all as key_files, put_back as restore_key_files};
pub use node_keys::{NodeKeys, RecoveryKey};
pub use recipient::{Recipient, RecipientError};
pub use register::{RegisterKey, seal, unseal};
pub use secret::SecretKey;
pub use signature::{
    ALGORITHM, PublicKey, PublicKeyError, Signature, SignatureError, SignedObject, verify,
    verify_object, verify_within,
};
pub use tls::{
    notice_client_config, pages_server_config, partner_client_config, partner_server_config,
    spki_sha256,
};
pub use token::{Token, TokenError};
pub use words::Language;
