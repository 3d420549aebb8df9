//! What a partner has of an original: under which release it left, and which of its fields.
//!
//! An update that shows a field which nobody decided on, or another tear-line, is no update but a
//! new release (`flow.rs`).

use std::collections::BTreeSet;

use enlace_release::{Outcome, Plan, Verdict};
use enlace_store::Write;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::record::{self, Bucket};
use crate::release::Release;
use crate::release_set::Planned;
use crate::{Node, NodeError};

/// The last publication of one original to one partner under one lineage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SentObject {
    pub(crate) release: String,
    pub(crate) purpose: String,
    /// Whether whoever approved it decided that its updates may follow.
    pub(crate) follow: bool,
    pub(crate) shown: Shown,
    /// Version key of the original that the partner's last version was made of.
    #[serde(default)]
    pub(crate) version: String,
}

/// What of an object is visible: paths that leave, the tear-lines and the document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shown {
    paths: BTreeSet<String>,
    /// SHA-256 of the texts written for release, and of documents.
    tear: String,
}

impl Shown {
    /// What a plan lets out of an original.
    pub(crate) fn of(plan: &Plan, original: &str) -> Self {
        let found = plan.objects.iter().find(|object| object.original.as_str() == original);
        let mut shown = Self::default();
        let mut tear = Sha256::new();
        for line in found.into_iter().flat_map(|object| &object.lines) {
            if line.path.is_empty() || line.verdict == Verdict::Withheld {
                continue;
            }
            shown.paths.insert(line.path.clone());
            // Nobody has looked at another document either.
            if line.clause.code == "clause-tear-line" || line.path == "payload_bin" {
                tear.update(line.after.as_ref().map(ToString::to_string).unwrap_or_default());
                tear.update([0]);
            }
        }
        shown.tear = hex::encode(tear.finalize());
        shown
    }

    /// Whether everything that is shown here was decided on there.
    pub(crate) fn within(&self, decided: &Self) -> bool {
        self.tear == decided.tear && self.paths.is_subset(&decided.paths)
    }
}

/// Key of [`SentObject`].
pub(crate) fn key(partner: &str, lineage: &str, original: &str) -> String {
    format!("{partner}/{lineage}/{original}")
}

impl Node {
    pub(crate) async fn sent_object(
        &self,
        partner: &str,
        lineage: &str,
        original: &str,
    ) -> Result<Option<SentObject>, NodeError> {
        let found = self.store.record(Bucket::SENT, &key(partner, lineage, original)).await?;
        found.as_ref().map(record::read).transpose()
    }

    /// The writes that remember what a release shows of each original.
    pub(crate) async fn sent_writes(
        &self,
        id: &str,
        release: &Release,
        planned: &Planned,
    ) -> Result<Vec<Write>, NodeError> {
        let visible = planned
            .plan
            .objects
            .iter()
            .filter(|object| !matches!(object.outcome, Outcome::Withheld(_)));
        let mut writes = Vec::new();
        for object in visible {
            let original = object.original.as_str();
            let before = self.sent_object(&release.partner, &release.lineage, original).await?;
            let leaves = matches!(object.outcome, Outcome::Released { .. });
            let made_of = planned.original(original).filter(|_| leaves || before.is_none());
            let sent = SentObject {
                release: id.to_owned(),
                purpose: release.purpose.clone(),
                follow: release.follow,
                shown: Shown::of(&planned.plan, original),
                version: match made_of {
                    Some(object) => object.version(),
                    // The same bytes, or made of those that the partner has.
                    None => before.map(|before| before.version).unwrap_or_default(),
                },
            };
            let key = key(&release.partner, &release.lineage, original);
            writes.push(record::put(Bucket::SENT, &key, &sent, None)?);
        }
        Ok(writes)
    }
}
