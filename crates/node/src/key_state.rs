//! Where our own keys stand, for administrators. Changing them is done at the console: it ends the
//! running node, and the recovery key belongs in no browser (docs/design/keys.md).

use enlace_keys::Language;
use enlace_policy::roles::Action;
use serde::Serialize;

use crate::key_change::OwnKeys;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Our own keys.
#[derive(Debug, Clone, Serialize)]
pub struct KeyState {
    /// Name of this node in agreements: id of its first key.
    pub party: String,
    /// Id of the key that signs.
    pub key_id: String,
    /// Its fingerprint in words, to read over the phone.
    pub words: String,
    /// Whether the recovery key still lies in the node's folder; it belongs elsewhere.
    pub recovery_here: bool,
    /// Keys that others followed, oldest first.
    pub former: Vec<FormerKeyLine>,
}

/// A key of ours that another followed.
#[derive(Debug, Clone, Serialize)]
pub struct FormerKeyLine {
    /// The public key.
    pub key: String,
    /// When the next one followed.
    pub until: String,
    /// Since when others may have it.
    pub compromised: Option<String>,
}

impl Node {
    /// Where our own keys stand.
    pub async fn key_state(&self, actor: &Actor) -> Result<KeyState, NodeError> {
        actor.require(Action::PartnerManage)?;
        let kept = self.store.record(Bucket::NODE, "keys").await?;
        let own: Option<OwnKeys> = kept.as_ref().map(record::read).transpose()?;
        let former = own.unwrap_or_default().former.into_iter().map(|former| FormerKeyLine {
            key: former.key,
            until: clock::text(former.until_us),
            compromised: former.compromised_us.map(clock::text),
        });
        Ok(KeyState {
            party: self.key_id().to_owned(),
            key_id: self.keys.key_id().to_owned(),
            words: self.card()?.words(Language::English).join(" "),
            // Where it cannot be told, it is there.
            recovery_here: self.dir.join("keys/recovery.key").try_exists().unwrap_or(true),
            former: former.collect(),
        })
    }
}
