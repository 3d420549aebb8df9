//! What makes two texts of an object one: its content, however a server writes it.

use enlace_stix::canonical;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::date;

/// Half of the SHA-256 of an object's canonical form. The content and not the id and version: an
/// object that comes back changed under the same version has to reach whoever judges that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Fingerprint(u128);

impl Fingerprint {
    pub(crate) fn of(object: &RawValue) -> Self {
        let whole: [u8; 32] = match serde_json::from_str::<Value>(object.get()) {
            Ok(value) => canonical::sha256(&value),
            Err(_) => Sha256::digest(object.get().as_bytes()).into(),
        };
        Self::half(whole)
    }

    /// That of a page: of its objects in their order.
    pub(crate) fn of_page(objects: &[Self]) -> Self {
        let mut all = Sha256::new();
        objects.iter().for_each(|one| all.update(one.0.to_be_bytes()));
        Self::half(all.finalize().into())
    }

    fn half(whole: [u8; 32]) -> Self {
        Self(whole.iter().take(16).fold(0, |all, byte| (all << 8) | u128::from(*byte)))
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:032x}", self.0))
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

/// What of an object is read to speak about it with a server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Named {
    #[serde(default)]
    pub(crate) id: String,
    #[serde(default)]
    modified: Option<String>,
    #[serde(default)]
    created: Option<String>,
}

impl Named {
    pub(crate) fn of(object: &RawValue) -> Self {
        serde_json::from_str(object.get()).unwrap_or_default()
    }

    /// Whether both say the same id and version, whatever digits the version is written with.
    pub(crate) fn is_same_version(&self, other: &Self) -> bool {
        let instant = |named: &Self| named.version().and_then(date::read);
        !self.id.is_empty()
            && self.id == other.id
            && instant(self).is_some_and(|at| instant(other) == Some(at))
    }

    /// The version, where the object says one (§3.4).
    pub(crate) fn version(&self) -> Option<&str> {
        self.modified.as_deref().or(self.created.as_deref())
    }
}
