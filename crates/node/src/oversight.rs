//! Oversight: what left, to whom, by which clause, what stayed, who approved, and the proof.
//!
//! Computed from the releases, the signed records and the logs. The auditor reads ids, types and
//! clauses, never labels or values; that he looked is an entry of the log before he is answered.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::roles::Action;
use enlace_policy::{Clause, Origin};
use enlace_release::Verdict;
use enlace_stix::{Object, canonical};
use enlace_store::{ObjectQuery, ObjectRow, SearchQuery};
use serde_json::Value;

use crate::facts::{ObjectName, PartyName};
use crate::leaf::{Leaf, LeafProof};
use crate::ledger_log::{Act, NODE_LOG, ours};
use crate::log_state::{ChannelState, LogState};
use crate::release::{Release, Stage};
use crate::release_view::StoredObject;
use crate::view::View;
use crate::{Actor, Counts, Node, NodeError, clock};

/// Disclosures on one page.
const PAGE: usize = 20;
/// Objects listed for each disclosure of the list.
const LISTED: usize = 12;
/// Most hits of a name that are compared with what left: all that a search counts.
const HITS: usize = 10_000;

/// What the auditor sees.
#[derive(Debug, Clone)]
pub struct OversightView {
    /// Disclosures of this page, newest first.
    pub disclosures: Vec<Disclosure>,
    /// All disclosures that fit.
    pub total: usize,
    /// Whether a further page exists.
    pub more: bool,
    /// The node's own log.
    pub log: LogState,
    /// The logs shared with each partner.
    pub channels: Vec<ChannelState>,
}

/// One release that left.
#[derive(Debug, Clone)]
pub struct Disclosure {
    /// The release.
    pub release: String,
    /// Its entry in the node log.
    pub leaf: u64,
    /// When it left.
    pub at: String,
    /// Recipient.
    pub partner: PartyName,
    /// Title of the agreement.
    pub agreement: String,
    /// Purpose.
    pub purpose: String,
    /// Clauses of the agreement that allowed it.
    pub clauses: Vec<Clause>,
    /// Objects that left, by id and type; the list cuts them off, [`Disclosure::counts`] says how
    /// many there are.
    pub objects: Vec<ObjectName>,
    /// Objects by verdict.
    pub counts: Counts,
    /// Who drafted it.
    pub drafted_by: String,
    /// Who approved it.
    pub approved_by: String,
    /// Who sent it.
    pub sent_by: String,
    /// When the partner's signed receipt came.
    pub receipt: Option<String>,
    /// Objects recalled since.
    pub recalled: usize,
}

/// One release with everything that can be proved about it.
#[derive(Debug, Clone)]
pub struct OversightRelease {
    /// As in the list.
    pub disclosure: Disclosure,
    /// Legal basis as the agreement states it.
    pub legal_basis: String,
    /// SHA-256 of the signed agreement, hex.
    pub agreement_sha256: String,
    /// Every object of the set.
    pub objects: Vec<ObjectOutcome>,
    /// Acts about it, oldest first.
    pub events: Vec<LogEvent>,
    /// Where it stands in the node log.
    pub proof: LeafProof,
    /// The node log.
    pub log: LogState,
    /// Where the log shared with the partner says that the partner fetched it; until then that
    /// log has no entry of it.
    pub channel: Option<(LeafProof, LogState)>,
}

/// What became of one object.
#[derive(Debug, Clone)]
pub struct ObjectOutcome {
    /// Verdicts and clauses; the label is the id.
    pub decided: StoredObject,
    /// Id that the partner knows.
    pub twin: Option<String>,
    /// SHA-256 of the bytes that left, hex, as the signed record lists it.
    pub sha256: Option<String>,
    /// When it was recalled.
    pub recalled: Option<String>,
}

/// An act in the node log.
#[derive(Debug, Clone)]
pub struct LogEvent {
    /// When.
    pub at: String,
    /// Its entry.
    pub leaf: u64,
    /// `release-drafted`, `release-approved`, `release-sent`, `receipt`, `recall`,
    /// `recall-answer`.
    pub kind: &'static str,
    /// Account, or name of the partner.
    pub by: String,
}

impl Node {
    /// What left, newest first. `about` limits it to an object id, the words of a name, a partner,
    /// a purpose or an account; `page` counts from 0.
    pub async fn oversight(
        &self,
        actor: &Actor,
        about: &str,
        page: usize,
    ) -> Result<OversightView, NodeError> {
        actor.require(Action::Oversight)?;
        let act = Act::new("consultation").by(actor).field("kind", "oversight");
        self.log_act(act.field("text", about)).await?;
        self.index_leaves(NODE_LOG).await?;
        let mut sent = self.releases().await?;
        sent.retain(|(_, r)| r.stage == Stage::Sent);
        sent.sort_by_key(|(_, r)| std::cmp::Reverse(r.sent.as_ref().map(|s| s.at_us)));
        let about = about.trim().to_lowercase();
        if !about.is_empty() {
            let named = self.named_like(&about).await?;
            let mut fitting = Vec::new();
            for (id, release) in sent {
                let partner = self.channel_name(&release.partner).await?;
                if fits(&id, &release, &partner, &about, &named) {
                    fitting.push((id, release));
                }
            }
            sent = fitting;
        }
        let total = sent.len();
        let mut disclosures = Vec::new();
        for (id, release) in sent.iter().skip(page.saturating_mul(PAGE)).take(PAGE) {
            disclosures.push(self.disclosure(id, release, LISTED).await?);
        }
        let (_, log) = self.node_log_state().await?;
        let channels = self.channel_states().await?;
        let more = total > page.saturating_add(1).saturating_mul(PAGE);
        Ok(OversightView { disclosures, total, more, log, channels })
    }

    /// One release that left, with its proofs.
    pub async fn oversight_release(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<OversightRelease, NodeError> {
        actor.require(Action::Oversight)?;
        let (_, release) = self.release(id).await?;
        if release.stage != Stage::Sent {
            return Err(NodeError::not_found("release", id));
        }
        let act = Act::new("consultation").by(actor).field("kind", "oversight");
        self.log_act(act.field("release", id)).await?;
        self.index_leaves(NODE_LOG).await?;
        let disclosure = self.disclosure(id, &release, usize::MAX).await?;
        let (note, log) = self.node_log_state().await?;
        let key = self.own_log_key()?;
        let proof = self.inclusion(NODE_LOG, disclosure.leaf, &note, &key).await?;
        let (legal_basis, agreement_sha256) = self.basis(&release).await?;
        Ok(OversightRelease {
            objects: self.outcomes(&release).await?,
            events: self.events(id, &release).await?,
            channel: self.channel_proof(&release).await?,
            disclosure,
            legal_basis,
            agreement_sha256,
            proof,
            log,
        })
    }

    async fn disclosure(
        &self,
        id: &str,
        release: &Release,
        most: usize,
    ) -> Result<Disclosure, NodeError> {
        let leaf = self.leaf_of(NODE_LOG, &format!("release/{id}/disclosure")).await?;
        let leaf = leaf.ok_or(NodeError::Internal("a release that left without its log entry"))?;
        let party = self.party(&release.partner).await?;
        let mut recalled = 0;
        for (_, twin) in &release.twins {
            recalled += usize::from(self.recall_from(release, twin).await?.is_some());
        }
        let left = release.lines.iter().filter(|l| l.path.is_empty() && l.verdict != "withheld");
        let mut objects = Vec::new();
        for line in left.take(most) {
            objects.push(self.unlabelled(&line.object, &line.kind).await?);
        }
        let by = |step: &Option<crate::release::Step>| {
            step.as_ref().map(|s| s.by.clone()).unwrap_or_default()
        };
        let sent_us = release.sent.as_ref().map_or(0, |s| s.at_us);
        Ok(Disclosure {
            release: id.to_owned(),
            leaf: leaf.index,
            at: clock::text(sent_us),
            partner: party.ok_or(NodeError::Internal("partner of a release"))?,
            agreement: release.title.clone(),
            purpose: release.purpose.clone(),
            clauses: permitting(release),
            objects,
            counts: release.counts.clone(),
            drafted_by: release.drafted.by.clone(),
            approved_by: by(&release.approved),
            sent_by: by(&release.sent),
            receipt: release.receipt.clone(),
            recalled,
        })
    }

    /// An object by its id only, with its marking.
    async fn unlabelled(&self, id: &str, kind: &str) -> Result<ObjectName, NodeError> {
        let marking =
            self.named(&View::whole(), id).await?.map(|name| name.marking).unwrap_or_default();
        let (id, label) = (id.to_owned(), id.to_owned());
        Ok(ObjectName { id, kind: kind.to_owned(), label, marking })
    }

    /// Ids of held objects that a name leads to.
    async fn named_like(&self, about: &str) -> Result<BTreeSet<String>, NodeError> {
        let query = SearchQuery { text: about.to_owned(), limit: HITS, ..SearchQuery::default() };
        let found = self.store.search(query).await?;
        Ok(found.hits.into_iter().map(|row| row.id).collect())
    }

    async fn basis(&self, release: &Release) -> Result<(String, String), NodeError> {
        let standing = self.agreement_named(&release.agreement).await?;
        let value = Value::Object(standing.object.view().clone());
        let sha256 = hex::encode(canonical::sha256(&value));
        Ok((standing.agreement.draft.legal_basis.clone(), sha256))
    }

    async fn outcomes(&self, release: &Release) -> Result<Vec<ObjectOutcome>, NodeError> {
        let sums = self.listed_sums(release).await?;
        let twins: BTreeMap<&str, &str> =
            release.twins.iter().map(|(o, t)| (o.as_str(), t.as_str())).collect();
        let mut outcomes = Vec::new();
        for mut decided in self.stored(&View::whole(), release).await? {
            decided.name.label.clone_from(&decided.name.id);
            decided.fields.retain(|f| f.verdict != Verdict::Kept);
            let mut twin = twins.get(decided.name.id.as_str()).map(|t| (*t).to_owned());
            if twin.is_none() && decided.verdict != Verdict::Withheld {
                // Sent before; this release found it unchanged.
                let (partner, lineage) = (&release.partner, &release.lineage);
                let kept = self.store.twin(partner, lineage, &decided.name.id).await?;
                twin = kept.map(|t| t.twin);
            }
            let recall = match &twin {
                Some(twin) => self.recall_from(release, twin).await?,
                None => None,
            };
            outcomes.push(ObjectOutcome {
                sha256: twin.as_ref().and_then(|t| sums.get(t).cloned()),
                recalled: recall.map(|r| clock::text(r.at_us)),
                decided,
                twin,
            });
        }
        Ok(outcomes)
    }

    /// SHA-256 by twin, as the signed release-record lists them.
    pub(crate) async fn listed_sums(
        &self,
        release: &Release,
    ) -> Result<BTreeMap<String, String>, NodeError> {
        let Some(record) = &release.record else { return Ok(BTreeMap::new()) };
        let row = self.store.object(record, Some(enlace_store::OWN)).await?;
        let object = row.and_then(|row| Object::parse(&row.raw).ok());
        let listed = object.as_ref().and_then(|o| o.get("released")).and_then(Value::as_array);
        let text = |entry: &Value, name| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let entries = listed.into_iter().flatten();
        Ok(entries.filter_map(|e| Some((text(e, "id")?, text(e, "sha256")?))).collect())
    }

    async fn events(&self, id: &str, release: &Release) -> Result<Vec<LogEvent>, NodeError> {
        let partner = self.channel_name(&release.partner).await?;
        let mut wanted = vec![
            ("release-drafted", format!("release/{id}/release-drafted")),
            ("release-approved", format!("release/{id}/release-approved")),
            ("release-sent", format!("release/{id}/disclosure")),
        ];
        let receipts = self.papers_of(release, "receipt").await?;
        for receipt in receipts {
            if receipt.text("record_ref").is_some_and(|r| release.record.as_deref() == Some(r)) {
                wanted.push(("receipt", format!("received/{}", receipt.id())));
            }
        }
        for (_, twin) in &release.twins {
            wanted.push(("recall", format!("recall/{}/{twin}", release.partner)));
        }
        for answer in self.papers_of(release, "recall-answer").await? {
            if release.twins.iter().any(|(_, twin)| answer.text("object_ref") == Some(twin)) {
                wanted.push(("recall-answer", format!("received/{}", answer.id())));
            }
        }
        let mut events = Vec::new();
        for (kind, act) in wanted {
            let Some(Leaf { index, by, at }) = self.leaf_of(NODE_LOG, &act).await? else {
                continue;
            };
            let by = if by.is_empty() { partner.clone() } else { by };
            events.push(LogEvent { at, leaf: index, kind, by });
        }
        events.sort_by_key(|e| e.leaf);
        Ok(events)
    }

    /// Objects of a type that the release's partner sent us.
    async fn papers_of(&self, release: &Release, kind: &str) -> Result<Vec<Object>, NodeError> {
        let query = ObjectQuery {
            kinds: vec![kind.to_owned()],
            channel: Some(release.partner.clone()),
            limit: 10_000,
            ..ObjectQuery::default()
        };
        let rows: Vec<ObjectRow> = self.store.objects(query).await?;
        Ok(rows.iter().filter_map(|row| Object::parse(&row.raw).ok()).collect())
    }

    async fn channel_proof(
        &self,
        release: &Release,
    ) -> Result<Option<(LeafProof, LogState)>, NodeError> {
        let Some(record) = &release.record else { return Ok(None) };
        let Some(partner) = self.partner(&release.partner).await? else { return Ok(None) };
        let log = ours(&release.partner);
        self.index_leaves(&log).await?;
        let leaf = self.leaf_of(&log, &format!("fetched/{record}")).await?;
        let half = self.own_half(&release.partner, &partner).await?;
        let (Some(leaf), Some((note, state))) = (leaf, half) else { return Ok(None) };
        let proof = self.inclusion(&log, leaf.index, &note, &self.own_log_key()?).await?;
        Ok(Some((proof, state)))
    }
}

/// Whether a release is about what was asked for. What was withheld counts for nothing: it did
/// not leave.
fn fits(id: &str, release: &Release, partner: &str, about: &str, named: &BTreeSet<String>) -> bool {
    let steps = [Some(&release.drafted), release.approved.as_ref(), release.sent.as_ref()];
    let mut words = vec![id, partner, &release.title, &release.purpose];
    words.extend(steps.into_iter().flatten().map(|s| s.by.as_str()));
    words.extend(release.record.as_deref());
    let left = release.lines.iter().filter(|l| l.path.is_empty() && l.verdict != "withheld");
    words.iter().any(|word| word.to_lowercase().contains(about))
        || release.twins.iter().any(|(_, twin)| twin.contains(about))
        || left.into_iter().any(|l| l.object.contains(about) || named.contains(&l.object))
}

/// The clauses of the agreement under which anything left, each once with all it was applied to.
fn permitting(release: &Release) -> Vec<Clause> {
    const LISTS: [&str; 4] = ["type", "category", "purpose", "caveat"];
    let mut found: Vec<Clause> = Vec::new();
    for line in release.lines.iter().filter(|l| l.verdict != "withheld") {
        for clause in line.clauses().into_iter().filter(|c| c.origin == Origin::Agreement) {
            let fixed = |c: &Clause| -> Vec<(String, String)> {
                let args = c.args.iter().filter(|(name, _)| !LISTS.contains(&name.as_str()));
                args.map(|(name, value)| (name.clone(), value.clone())).collect()
            };
            let same = found
                .iter_mut()
                .find(|c| c.id == clause.id && c.code == clause.code && fixed(c) == fixed(&clause));
            match same {
                None => found.push(clause),
                Some(kept) => {
                    for (name, value) in clause.args {
                        let held = kept.args.entry(name).or_default();
                        if !held.split(',').any(|item| item == value) {
                            held.push(',');
                            held.push_str(&value);
                        }
                    }
                }
            }
        }
    }
    found.sort_by(|a, b| (&a.id, a.code).cmp(&(&b.id, b.code)));
    found
}
