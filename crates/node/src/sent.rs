//! What a partner has of an original: under which release it left, and which of its fields.
//!
//! An update that shows a field which nobody decided on, or another tear-line, or that asks for more
//! approval than was given, is no update but a new release (`flow.rs`).

use std::collections::BTreeSet;

use enlace_policy::Approval;
use enlace_release::{Flattened, Imprint, Outcome, Verdict};
use enlace_store::{Twin, Veil, Write};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::record::{self, Bucket};
use crate::release::Release;
use crate::release_set::Planned;
use crate::update::minutes_of;
use crate::{Node, NodeError};

/// The last publication of one original to one partner under one lineage.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SentObject {
    pub(crate) release: String,
    pub(crate) purpose: String,
    /// Whether whoever approved it decided that its updates may follow.
    pub(crate) follow: bool,
    /// The approval that the object asked for then; `None` in records of earlier versions.
    #[serde(default)]
    pub(crate) asked: Option<Approval>,
    pub(crate) shown: Shown,
    /// Version key of the original that the partner's last version was made of.
    #[serde(default)]
    pub(crate) version: String,
    /// Hash of the content that took the place of what the partner had, when an amendment narrowed
    /// it: it says nothing that the partner does not have.
    #[serde(default)]
    pub(crate) in_place: Option<String>,
    /// Of an artifact: the flattened copy that left. A `file` tells of it that changes alone.
    #[serde(default)]
    pub(crate) copy: Option<Imprint>,
}

impl SentObject {
    /// Whether what was decided then covers an update that shows `shown` and asks for `asks`, under
    /// an agreement with this rule.
    pub(crate) fn covers(&self, shown: &Shown, asks: Approval, rule: Approval) -> bool {
        self.follow && shown.within(&self.shown) && asks <= self.asked.unwrap_or(rule)
    }
}

/// What of an object is visible: paths that leave, the tear-lines and the document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Shown {
    paths: BTreeSet<String>,
    /// SHA-256 of the texts written for release, and of documents.
    tear: String,
    /// SHA-256 of how it is marked; older records have none.
    #[serde(default)]
    marked: String,
}

impl Shown {
    /// What a plan lets out of an original.
    pub(crate) fn of(planned: &Planned, original: &str) -> Self {
        let found = planned.plan.objects.iter().find(|object| object.original.as_str() == original);
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
        let marked = format!("{:?}", found.and_then(|object| object.marking.as_ref()));
        shown.marked = hex::encode(Sha256::digest(marked));
        shown
    }

    /// Whether everything that is shown here was decided on there.
    pub(crate) fn within(&self, decided: &Self) -> bool {
        self.tear == decided.tear
            && self.marked == decided.marked
            && self.paths.is_subset(&decided.paths)
    }
}

/// The copy with which an artifact is in a plan.
fn copy_of(planned: &Planned, original: &str) -> Option<Imprint> {
    let mut candidates = planned.candidates.iter();
    let found = candidates.find(|candidate| candidate.object.id().as_str() == original)?;
    found.flattened.as_ref().map(Flattened::imprint)
}

/// Most files that one artifact is the content of.
const FILES: usize = 1_000;

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

    /// Whether content of a twin took the place of what the partner had.
    pub(crate) async fn is_in_place(&self, twin: &Twin, hash: &str) -> Result<bool, NodeError> {
        let sent = self.sent_object(&twin.partner, &twin.lineage, &twin.original).await?;
        Ok(sent.is_some_and(|sent| sent.in_place.as_deref() == Some(hash)))
    }

    /// The writes that remember what a release shows of each original.
    pub(crate) async fn sent_writes(
        &self,
        id: &str,
        release: &Release,
        planned: &Planned,
        in_place: &BTreeSet<String>,
    ) -> Result<Vec<Write>, NodeError> {
        let asked = planned.approvals(self.now_us());
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
            let form = || planned.plan.released.iter().find(|r| r.original() == Some(original));
            let sent = SentObject {
                in_place: match in_place.contains(original) {
                    true => form().map(|form| form.content_hash().to_owned()),
                    false => before.as_ref().and_then(|before| before.in_place.clone()),
                },
                release: id.to_owned(),
                purpose: release.purpose.clone(),
                follow: release.follow,
                asked: asked.get(original).copied(),
                shown: Shown::of(planned, original),
                copy: match planned.original(original) {
                    Some(_) => copy_of(planned, original),
                    // Made of what the partner has, as it has it.
                    None => before.as_ref().and_then(|before| before.copy.clone()),
                },
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

    /// The updates of files that told of another copy of a document that leaves now: they wait for
    /// the next slot, as if they had changed.
    pub(crate) async fn files_of_copies(
        &self,
        release: &Release,
        planned: &Planned,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let (partner, lineage) = (release.partner.as_str(), release.lineage.as_str());
        let inside = |id: &str| planned.plan.objects.iter().any(|o| o.original.as_str() == id);
        for released in &planned.plan.released {
            let original = released.original().unwrap_or_default();
            let made_anew = planned.original(original).is_none();
            if !original.starts_with("artifact--") || made_anew {
                continue;
            }
            let before = self.sent_object(partner, lineage, original).await?;
            if before.is_none_or(|sent| sent.copy == copy_of(planned, original)) {
                continue;
            }
            for row in self.store.referring(original, &Veil::default(), FILES).await? {
                let names = row.path == "content_ref" && !inside(&row.object.id);
                let twin = self.store.twin(partner, lineage, &row.object.id).await?;
                if names && twin.is_some_and(|twin| !twin.recalled) {
                    let minutes = minutes_of(&planned.standing);
                    self.wait(partner, lineage, &row.object.id, None, minutes, writes).await?;
                }
            }
        }
        Ok(())
    }
}
