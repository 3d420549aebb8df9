//! Legal holds: what a partner released to us and takes back is kept for proceedings, restricted.
//!
//! Not to be confused with holds (`hold.rs`), which stop releases of our own. A legal hold changes
//! nothing by itself. When the originator recalls the object or its retention ends, the text is not
//! purged but restricted: no search, page, release or list has it; who holds this right sees it in
//! one place, and each look is in the log. The end of the hold purges it (Directive (EU) 2016/680,
//! Article 16(3)).

use enlace_policy::roles::Action;
use enlace_store::{Batch, OWN, ObjectRow, ObjectState, RecordQuery, Write};
use serde::{Deserialize, Serialize};

use crate::expiry::finished;
use crate::facts::{ObjectName, join};
use crate::ledger_log::Act;
use crate::object::ObjectView;
use crate::recall_answer::{Received, Why};
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

const MOST: usize = 10_000;
/// Longest reference in characters.
const LONGEST: usize = 500;

/// Grounds that a legal hold may have; the originator reads the word and nothing else.
pub const LEGAL_GROUNDS: [&str; 4] =
    ["evidence", "accuracy-contested", "proceedings", "court-order"];

#[derive(Debug, Clone, Serialize, Deserialize)]
struct LegalHold {
    by: String,
    at_us: i64,
    ground: String,
    reference: String,
}

/// Something that was restricted: from whom, and what it was that would have purged it.
#[derive(Debug, Serialize, Deserialize)]
struct Restricted {
    agreement: String,
    why: Why,
    at_us: i64,
}

/// A version that is kept for a legal hold alone.
pub(crate) struct RestrictedVersion {
    pub(crate) channel: String,
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) agreement: String,
    pub(crate) why: Why,
}

/// A legal hold for who may place one.
#[derive(Debug, Clone, Serialize)]
pub struct LegalHoldLine {
    /// The hold.
    pub id: String,
    /// What it covers.
    pub object: String,
    /// What the object is called; its id where it is restricted.
    pub label: String,
    /// The same with its marking, where it is not restricted; for pages.
    #[serde(skip)]
    pub name: Option<ObjectName>,
    /// One of [`LEGAL_GROUNDS`].
    pub ground: String,
    /// Which proceedings; never leaves.
    pub reference: String,
    /// Who placed it.
    pub by: String,
    /// When.
    pub since: String,
    /// Since when the object is restricted.
    pub restricted: Option<String>,
    /// What would have purged it.
    pub because: Option<Why>,
}

impl Node {
    /// Places a legal hold on an object that a partner released to us. Answers its id.
    pub async fn legal_hold_place(
        &self,
        actor: &Actor,
        object: &str,
        ground: &str,
        reference: &str,
    ) -> Result<String, NodeError> {
        actor.require(Action::LegalHold)?;
        let id = object.to_lowercase();
        let row = self.visible(&self.view_of(actor).await?.with_overdue(), &id).await;
        let row = match row {
            Err(NodeError::NotFound { .. }) => self.restricted_row(actor, &id).await?,
            row => row?,
        };
        if !LEGAL_GROUNDS.contains(&ground) {
            let expected = LEGAL_GROUNDS.join(", ");
            return Err(NodeError::input("legal-hold.ground", "no such ground", ground, expected));
        }
        let reference = reference.trim();
        if reference.is_empty() || reference.chars().count() > LONGEST {
            let expected = "which proceedings or which decision";
            let problem = "no reference, or too long";
            return Err(NodeError::input("legal-hold.reference", problem, "--reference", expected));
        }
        let versions = self.store.versions(&row.id).await?;
        let kept = |v: &ObjectRow| v.channel != OWN && !v.raw.is_empty();
        if !versions.iter().any(kept) {
            let expected = "an object that a partner released to us and has not taken back";
            return Err(NodeError::state(row.id, "not a partner's", expected));
        }
        let hold = clock::new_uuid()?.to_string();
        let body = LegalHold {
            by: actor.account().to_owned(),
            at_us: self.now_us(),
            ground: ground.to_owned(),
            reference: reference.to_owned(),
        };
        let act = Act::new("legal-hold-placed").by(actor).field("object", row.id.as_str());
        let act = act.field("legal_hold", hold.as_str()).field("ground", ground);
        let mut writes = vec![
            record::put(Bucket::LEGAL_HOLD, &format!("{}/{hold}", row.id), &body, None)?,
            self.node_leaf(act.field("reference", reference))?,
        ];
        let mut guards = Vec::new();
        // What is restricted already is written again: of this and a purge in one instant, one fails.
        for found in self.records_of(Bucket::RESTRICTED, format!("{}/", row.id)).await? {
            let restricted: Restricted = record::read(&found)?;
            writes.push(record::put(Bucket::RESTRICTED, &found.key, &restricted, None)?);
            guards.push(record::unchanged(Bucket::RESTRICTED, &found));
        }
        self.store.commit(Batch { guards, writes }).await?;
        Ok(hold)
    }

    /// All legal holds, or those of one object, newest first.
    pub async fn legal_hold_list(
        &self,
        actor: &Actor,
        object: Option<&str>,
    ) -> Result<Vec<LegalHoldLine>, NodeError> {
        actor.require(Action::LegalHold)?;
        let view = self.view_of(actor).await?.with_overdue();
        let prefix = object.map_or_else(String::new, |id| format!("{}/", id.to_lowercase()));
        let mut lines = Vec::new();
        for found in self.records_of(Bucket::LEGAL_HOLD, prefix).await? {
            let Some((object, id)) = found.key.rsplit_once('/') else { continue };
            let restricted = self.restricted_of(object).await?;
            if !self.sees(&view, object).await? {
                continue;
            }
            let hold: LegalHold = record::read(&found)?;
            let name = self.named(&view, object).await?.filter(|_| restricted.is_empty());
            lines.push(LegalHoldLine {
                id: id.to_owned(),
                object: object.to_owned(),
                label: name.as_ref().map_or(object, |name| &name.label).to_owned(),
                name,
                ground: hold.ground,
                reference: hold.reference,
                by: hold.by,
                since: clock::text(hold.at_us),
                restricted: restricted.first().map(|r| clock::text(r.at_us)),
                because: restricted.first().map(|r| r.why),
            });
        }
        lines.sort_by(|a, b| b.since.cmp(&a.since));
        let ids: Vec<&str> = lines.iter().map(|line| line.object.as_str()).collect();
        let act = Act::new("consultation").by(actor).field("kind", "legal-holds");
        self.log_act(act.field("objects", ids)).await?;
        Ok(lines)
    }

    /// The restricted versions of an object, oldest first: the only way to see them.
    pub async fn legal_hold_view(
        &self,
        actor: &Actor,
        object: &str,
    ) -> Result<Vec<ObjectRow>, NodeError> {
        actor.require(Action::LegalHold)?;
        let id = object.to_lowercase();
        self.restricted_row(actor, &id).await?;
        let mut versions = self.store.versions(&id).await?;
        versions.retain(|row| row.state == ObjectState::Restricted);
        let act = Act::new("consultation").by(actor).field("kind", "legal-hold");
        self.log_act(act.field("object", id.as_str())).await?;
        Ok(versions)
    }

    /// The page of a restricted object: what [`Node::legal_hold_view`] gives, its latest version
    /// with content first, with the notes that are restricted with it.
    pub async fn legal_hold_page(
        &self,
        actor: &Actor,
        object: &str,
    ) -> Result<ObjectView, NodeError> {
        let versions = self.legal_hold_view(actor, object).await?;
        let last = versions.iter().rev().find(|row| !row.revoked).or(versions.last());
        let missing = || NodeError::not_found("object", object);
        let row = last.ok_or_else(missing)?.clone();
        let view = self.view_of(actor).await?.with_overdue();
        let mut name = self.name_of(&view, &row).await?;
        let mut facts = Vec::new();
        if let Some(marked) = self.marked(&row).await? {
            join(&mut name.marking, &marked.whole());
            facts = self.facts(&view, &marked).await?;
        }
        let originator = self.party(&row.channel).await?;
        let given = self.given_answer(&row.channel, &row.id).await?;
        let mut notes = self.notes_by_key(&row.id).await?;
        notes.retain(|note| note.channel == row.channel);
        Ok(ObjectView {
            answered: given.map(|given| (given.why, clock::text(given.at_us))),
            versions: versions.iter().rev().map(|v| (v.clone(), originator.clone())).collect(),
            row,
            name,
            facts,
            links: Vec::new(),
            links_beyond: 0,
            sent_to: None,
            originator,
            place: None,
            recalled: None,
            notes,
        })
    }

    /// Ends a legal hold. If it was the last one and the object is restricted, the text is purged
    /// now and its originator reads that.
    pub async fn legal_hold_lift(&self, actor: &Actor, hold: &str) -> Result<(), NodeError> {
        actor.require(Action::LegalHold)?;
        let missing = || NodeError::not_found("legal hold", hold);
        let all = self.records_of(Bucket::LEGAL_HOLD, String::new()).await?;
        let mine = |key: &str| key.rsplit_once('/').is_some_and(|(_, id)| id == hold);
        let found = all.into_iter().find(|r| mine(&r.key)).ok_or_else(missing)?;
        let (object, _) = found.key.rsplit_once('/').ok_or_else(missing)?;
        let act = Act::new("legal-hold-lifted").by(actor).field("object", object);
        let writes = vec![
            Write::Delete { bucket: Bucket::LEGAL_HOLD, key: found.key.clone() },
            self.node_leaf(act.field("legal_hold", hold))?,
        ];
        let guards = vec![record::unchanged(Bucket::LEGAL_HOLD, &found)];
        self.store.commit(Batch { guards, writes }).await?;
        self.purge_unheld().await?;
        Ok(())
    }

    /// Purges what is restricted and no longer held; also after a crash between the two.
    pub(crate) async fn purge_unheld(&self) -> Result<usize, NodeError> {
        let mut purged = 0;
        for found in self.records_of(Bucket::RESTRICTED, String::new()).await? {
            let Some((id, partner)) = found.key.rsplit_once('/') else { continue };
            if self.legal_ground(id).await?.is_some() {
                continue;
            }
            let restricted: Restricted = record::read(&found)?;
            let standing = self.agreement_named(&restricted.agreement).await?;
            let of = Received { partner, agreement: &standing.agreement, id };
            let writes = self.purge_restricted(&of, restricted.why).await?;
            let guards = vec![record::unchanged(Bucket::RESTRICTED, &found)];
            // What changed meanwhile, the next round judges.
            purged += usize::from(finished(self.store.commit(Batch { guards, writes }).await)?);
        }
        Ok(purged)
    }

    /// The ground of the oldest legal hold on an object.
    pub(crate) async fn legal_ground(&self, id: &str) -> Result<Option<String>, NodeError> {
        let mut holds = Vec::new();
        for found in self.records_of(Bucket::LEGAL_HOLD, format!("{id}/")).await? {
            holds.push(record::read::<LegalHold>(&found)?);
        }
        holds.sort_by_key(|hold| hold.at_us);
        Ok(holds.into_iter().next().map(|hold| hold.ground))
    }

    pub(crate) fn restricted_write(&self, of: &Received<'_>, why: Why) -> Result<Write, NodeError> {
        let agreement = of.agreement.id.to_string();
        let body = Restricted { agreement, why, at_us: self.now_us() };
        record::put(Bucket::RESTRICTED, &restricted_key(of), &body, None)
    }

    /// Every legal hold: object, hold and ground.
    pub(crate) async fn legal_holds(&self) -> Result<Vec<(String, String, String)>, NodeError> {
        let mut holds = Vec::new();
        for found in self.all_of(Bucket::LEGAL_HOLD).await? {
            let Some((object, id)) = found.key.rsplit_once('/') else { continue };
            let hold: LegalHold = record::read(&found)?;
            holds.push((object.to_owned(), id.to_owned(), hold.ground));
        }
        Ok(holds)
    }

    /// Every version that is kept for a legal hold alone.
    pub(crate) async fn restricted_versions(&self) -> Result<Vec<RestrictedVersion>, NodeError> {
        let mut found = Vec::new();
        for kept in self.all_of(Bucket::RESTRICTED).await? {
            let Some((id, channel)) = kept.key.rsplit_once('/') else { continue };
            let Restricted { agreement, why, .. } = record::read(&kept)?;
            let mut versions = self.store.versions(id).await?;
            versions.retain(|v| v.channel == channel && v.state == ObjectState::Restricted);
            found.extend(versions.into_iter().map(|row| RestrictedVersion {
                channel: row.channel,
                id: row.id,
                version: row.version,
                agreement: agreement.clone(),
                why,
            }));
        }
        Ok(found)
    }

    /// The write of a legal hold (`object/hold`) that a backup does not have: which proceedings it
    /// was for is lost.
    pub(crate) fn legal_hold_of(&self, key: &str, ground: &str) -> Result<Write, NodeError> {
        let body = LegalHold {
            by: Actor::console().account().to_owned(),
            at_us: self.now_us(),
            ground: ground.to_owned(),
            reference: "lost with a restore: see the file of the case".to_owned(),
        };
        record::put(Bucket::LEGAL_HOLD, key, &body, None)
    }

    /// The write that says why something of a partner is restricted.
    pub(crate) fn restriction_of(
        &self,
        partner: &str,
        id: &str,
        agreement: &str,
        why: Why,
    ) -> Result<Write, NodeError> {
        let body = Restricted { agreement: agreement.to_owned(), why, at_us: self.now_us() };
        record::put(Bucket::RESTRICTED, &format!("{id}/{partner}"), &body, None)
    }

    pub(crate) fn unrestricted_write(&self, of: &Received<'_>) -> Write {
        Write::Delete { bucket: Bucket::RESTRICTED, key: restricted_key(of) }
    }

    /// The writes that restrict the versions before the one that corrects them; `ahead` may hold
    /// that one, to be kept in the same transaction.
    pub(crate) async fn restrict_earlier(
        &self,
        of: &Received<'_>,
        ahead: &[Write],
    ) -> Result<Vec<Write>, NodeError> {
        let current = self.corrected_version(of, ahead).await?;
        let mut versions = self.store.versions(of.id).await?;
        versions.retain(|v| v.channel == of.partner && Some(&v.version) != current.as_ref());
        let restrict = |v: ObjectRow| Write::State {
            channel: v.channel,
            id: v.id,
            version: Some(v.version),
            state: ObjectState::Restricted,
        };
        Ok(versions.into_iter().map(restrict).collect())
    }

    /// Whether a partner's object is restricted as a whole: then later versions are too.
    pub(crate) async fn is_kept_for_hold(
        &self,
        partner: &str,
        id: &str,
    ) -> Result<bool, NodeError> {
        let found = self.store.record(Bucket::RESTRICTED, &format!("{id}/{partner}")).await?;
        let found: Option<Restricted> = found.as_ref().map(record::read).transpose()?;
        Ok(found.is_some_and(|restricted| restricted.why != Why::Correction))
    }

    /// The version that corrects those before it: the one that `ahead` will keep, else the current.
    pub(crate) async fn corrected_version(
        &self,
        of: &Received<'_>,
        ahead: &[Write],
    ) -> Result<Option<String>, NodeError> {
        let coming = ahead.iter().rev().find_map(|write| match write {
            Write::Object(new) if new.id == of.id && new.channel == of.partner => {
                Some(new.version.clone())
            }
            _ => None,
        });
        match coming {
            Some(version) => Ok(Some(version)),
            None => {
                let row = self.store.object(of.id, Some(of.partner)).await?;
                Ok(row.map(|row| row.version))
            }
        }
    }

    /// What is restricted of an object, by partner.
    async fn restricted_of(&self, id: &str) -> Result<Vec<Restricted>, NodeError> {
        let found = self.records_of(Bucket::RESTRICTED, format!("{id}/")).await?;
        found.iter().map(record::read).collect()
    }

    /// A restricted version, unless a compartment hides the object from the actor.
    async fn restricted_row(&self, actor: &Actor, id: &str) -> Result<ObjectRow, NodeError> {
        let view = self.view_of(actor).await?.with_overdue();
        let asked = if self.sees(&view, id).await? { id.to_owned() } else { format!("{id}!") };
        let versions = self.store.versions(&asked).await?;
        let found = versions.into_iter().find(|row| row.state == ObjectState::Restricted);
        found.ok_or_else(|| NodeError::not_found("object", id))
    }

    pub(crate) async fn records_of(
        &self,
        bucket: &'static str,
        prefix: String,
    ) -> Result<Vec<enlace_store::Record>, NodeError> {
        let query = RecordQuery { bucket, prefix, limit: MOST, ..RecordQuery::default() };
        Ok(self.store.records(query).await?)
    }
}

fn restricted_key(of: &Received<'_>) -> String {
    format!("{}/{}", of.id, of.partner)
}
