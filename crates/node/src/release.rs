//! Releases: what would leave (dry run), drafted, approved.

use std::collections::{BTreeMap, HashSet};

use enlace_policy::roles::Action;
use enlace_policy::{Approval, Clause, approval_allowed};
use enlace_release::{Line, ObjectPlan, Outcome, Plan, Verdict};
use enlace_stix::marking::Effective;
use enlace_store::{Batch, RecordQuery, Twin};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::document::Document;
use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release_set::Planned;
use crate::view::View;
use crate::{Actor, Node, NodeError, clock};

/// What to release.
#[derive(Debug, Clone, Default)]
pub struct ReleaseRequest {
    /// Id, lineage or title of the agreement.
    pub agreement: String,
    /// Partner, where the agreement has several.
    pub partner: Option<String>,
    /// Purpose; default the agreement's first.
    pub purpose: Option<String>,
    /// Picked objects; what they refer to goes along.
    pub ids: Vec<String>,
    /// Offence that it is about, where the agreement's assurances ask for one.
    pub offence: Option<String>,
    /// Reason of the transfer, where its ground is an exception (derogation).
    pub ground_reason: Option<String>,
    /// Named person of the partner's unit, by name or id: TLP:RED may leave, as a file encrypted to
    /// this person and in no other way.
    pub person: Option<String>,
    /// Only the objects of `ids`; what they refer to does not go along.
    pub exact: bool,
    /// Request of the partner that it answers: sent together with that step.
    pub answers: Option<String>,
}

/// One line of a dry run, as `docs/interfaces.md` fixes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DryLine {
    /// Id of the original.
    pub object: String,
    /// STIX type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Property; empty for the whole object.
    pub path: String,
    /// `kept`, `changed` or `withheld`.
    pub verdict: String,
    /// Numbers of the clauses that decided, first the decisive one.
    pub clause: String,
    /// Stable codes with arguments.
    pub reason: String,
    /// What leaves.
    #[serde(default)]
    pub after: Option<Value>,
}

/// Counts of a dry run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Objects looked at.
    pub objects: usize,
    /// Objects that leave as they are.
    pub kept: usize,
    /// Objects that leave in another form or in part.
    pub changed: usize,
    /// Objects that stay.
    pub withheld: usize,
}

/// What a release would do.
#[derive(Debug, Clone)]
pub struct DryRun {
    /// Title of the agreement.
    pub agreement: String,
    /// Name of the partner.
    pub partner: String,
    /// Country of the partner.
    pub country: String,
    /// Purpose.
    pub purpose: String,
    /// For the command line.
    pub lines: Vec<DryLine>,
    /// Counts of objects.
    pub counts: Counts,
    /// For the page: each object with its fields, as held and as the partner will see it.
    pub objects: Vec<DryObject>,
    /// Names of the objects by the ids that values bear: those of originals and of twins.
    pub names: BTreeMap<String, ObjectName>,
    /// Protected persons among what leaves, with their statuses; empty for who may not know.
    pub protected: BTreeMap<String, Vec<String>>,
    /// What becomes of documents that leave as flattened copies, by the id of their artifact; empty
    /// where the agreement lets none leave, or originals.
    pub documents: BTreeMap<String, Document>,
}

/// One object of a dry run.
#[derive(Debug, Clone)]
pub struct DryObject {
    /// What it is called here, with the marking of the whole object.
    pub name: ObjectName,
    /// Effective marking of each property, by the path that the lines of the plan name.
    pub markings: BTreeMap<String, Effective>,
    /// Path of a reference that leads to it; `None` = picked.
    pub through: Option<String>,
    /// What becomes of it; field lines in `lines`.
    pub plan: ObjectPlan,
}

/// A release as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Release {
    pub(crate) agreement: String,
    pub(crate) lineage: String,
    pub(crate) title: String,
    pub(crate) partner: String,
    pub(crate) purpose: String,
    pub(crate) ids: Vec<String>,
    /// Nothing but `ids`: the set of an update.
    #[serde(default)]
    pub(crate) exact: bool,
    /// Whether updates of what it releases may follow.
    #[serde(default)]
    pub(crate) follow: bool,
    #[serde(default)]
    pub(crate) offence: Option<String>,
    /// Ground of the transfer (LED Art. 35–39), as the agreement states it.
    #[serde(default)]
    pub(crate) ground: String,
    #[serde(default)]
    pub(crate) ground_reason: Option<String>,
    /// Request that it answers, by its id; never leaves by this.
    #[serde(default)]
    pub(crate) answers: Option<String>,
    /// Id of the named person that it is for; `None` = for the unit.
    #[serde(default)]
    pub(crate) person: Option<String>,
    pub(crate) stage: Stage,
    pub(crate) drafted: Step,
    pub(crate) approved: Option<Step>,
    pub(crate) sent: Option<Step>,
    /// What the approver saw; sending something else is refused.
    pub(crate) digest: String,
    pub(crate) counts: Counts,
    /// Lines without content.
    pub(crate) lines: Vec<DryLine>,
    /// Id of the release-record.
    pub(crate) record: Option<String>,
    /// Original and twin of what was sent.
    pub(crate) twins: Vec<(String, String)>,
    pub(crate) receipt: Option<String>,
}

impl Release {
    /// Whether it put something into the collection that a twin is in.
    pub(crate) fn published_beside(&self, twin: &Twin) -> bool {
        self.partner == twin.partner
            && self.lineage == twin.lineage
            && self.person.is_none()
            && self.stage == Stage::Sent
    }
}

/// Who did something and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) by: String,
    pub(crate) at_us: i64,
}

/// Where a release stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Proposed.
    Drafted,
    /// An officer approved it.
    Approved,
    /// Waits for the partner's slot.
    Scheduled {
        /// The slot, microseconds since the epoch.
        slot_us: i64,
    },
    /// Where the partner fetches it.
    Sent,
}

impl Stage {
    /// Name for lists and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Approved => "approved",
            Self::Scheduled { .. } => "scheduled",
            Self::Sent => "sent",
        }
    }
}

impl Node {
    /// What a release would do; writes nothing but that somebody looked.
    pub async fn dry_run(
        &self,
        actor: &Actor,
        request: &ReleaseRequest,
    ) -> Result<DryRun, NodeError> {
        actor.require(Action::DryRun)?;
        let view = self.view_of(actor).await?;
        self.dry_run_in(actor, &view, request).await
    }

    async fn dry_run_in(
        &self,
        actor: &Actor,
        view: &View,
        request: &ReleaseRequest,
    ) -> Result<DryRun, NodeError> {
        let planned = self.planned(view, request).await?;
        let act = Act::new("consultation").by(actor).field("kind", "dry-run");
        let act = act.field("partner", planned.partner.as_str());
        self.log_act(act.field("objects", request.ids.clone())).await?;
        self.shown(actor, planned, &request.ids).await
    }

    /// Proposes a release.
    pub async fn release_draft(
        &self,
        actor: &Actor,
        request: &ReleaseRequest,
    ) -> Result<crate::ReleaseLine, NodeError> {
        actor.require(Action::ReleaseDraft)?;
        let planned = self.planned(&self.view_of(actor).await?, request).await?;
        if planned.plan.released.is_empty() {
            let expected = "something that a clause permits: look at `release --dry-run`";
            return Err(NodeError::state("the release", "empty", expected));
        }
        let id = clock::new_uuid()?.to_string();
        let mut release = self.release_of(request, &planned, actor.account());
        if planned.approval(self.now_us()).0 == Approval::Automatic {
            // The agreement approves: who drafted it sends it.
            release.stage = Stage::Approved;
            release.approved = Some(Step { by: "agreement".to_owned(), at_us: self.now_us() });
        }
        let act = Act::new("release-drafted").by(actor).field("release", id.as_str());
        let act = act.field("partner", release.partner.as_str());
        let writes = vec![
            record::put(Bucket::RELEASE, &id, &release, None)?,
            self.node_leaf(act.field("objects", release.ids.clone()))?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        self.release_line(&id, &release).await
    }

    /// Approves a draft, as the agreement's approval clause allows. One by which a protected person
    /// leaves is refused: [`Node::release_approve_protected`]. What the node drafted under four eyes
    /// is still a draft after the first officer, whose it is then.
    ///
    /// `follow`: what changes in these objects later is published without asking again, as long as
    /// it shows no other field and no other tear-line (docs/design/slots.md).
    pub async fn release_approve(
        &self,
        actor: &Actor,
        id: &str,
        follow: bool,
    ) -> Result<crate::ReleaseLine, NodeError> {
        self.approve(actor, id, follow, false).await
    }

    /// As [`Node::release_approve`], by an officer who confirms that protected persons leave.
    pub async fn release_approve_protected(
        &self,
        actor: &Actor,
        id: &str,
        follow: bool,
    ) -> Result<crate::ReleaseLine, NodeError> {
        actor.require(Action::ProtectedView)?;
        self.approve(actor, id, follow, true).await
    }

    async fn approve(
        &self,
        actor: &Actor,
        id: &str,
        follow: bool,
        confirmed: bool,
    ) -> Result<crate::ReleaseLine, NodeError> {
        actor.require(Action::ReleaseApprove)?;
        let (kept, mut release, view) = self.release_for(actor, id).await?;
        if release.stage != Stage::Drafted {
            let found = release.stage.name();
            return Err(NodeError::state("the release", found, "only a draft is approved"));
        }
        let planned = self.planned(&view, &release.request()).await?;
        let (rule, _) = planned.approval(self.now_us());
        if !approval_allowed(rule, &release.drafted.by, actor.account()) {
            let expected = "another account than the one that drafted it (four eyes)";
            return Err(NodeError::state("the approval", "by the drafter", expected));
        }
        if digest(&planned) != release.digest {
            let expected = "drafted again: what would leave is no longer what was drafted";
            return Err(NodeError::state("the release", "changed since it was drafted", expected));
        }
        if rule == Approval::FourEyes && release.drafted.by == crate::flow::NODE {
            return self.adopt(actor, &kept, release).await;
        }
        let protected = self.protected_in(actor, &planned.plan).await?;
        if !protected.is_empty() && !confirmed {
            let found = format!("about {} protected person(s)", protected.len());
            let expected = "a named officer's confirmation: `--confirm-protected`";
            return Err(NodeError::state("the release", found, expected));
        }
        if follow && release.person.is_some() {
            let expected = "a new release for each change: no update follows to a person";
            return Err(NodeError::state("the release", "for a named person", expected));
        }
        release.stage = Stage::Approved;
        release.approved = Some(self.step(actor));
        release.follow = follow;
        let mut act = Act::new("release-approved").by(actor).field("release", id);
        act = act.field("follow", follow);
        if !protected.is_empty() {
            act = act.field("protected", Vec::from_iter(protected.into_keys()));
        }
        let writes = vec![
            record::put(Bucket::RELEASE, id, &release, None)?,
            self.node_leaf(act.field("digest", release.digest.as_str()))?,
        ];
        let mut guards = vec![record::unchanged(Bucket::RELEASE, &kept)];
        guards.extend(planned.guards);
        self.store.commit(Batch { guards, writes }).await?;
        self.release_line(id, &release).await
    }

    /// What the node drafted, nobody looked at: who approves it first under four eyes drafts it, and
    /// somebody else approves.
    async fn adopt(
        &self,
        actor: &Actor,
        kept: &enlace_store::Record,
        mut release: Release,
    ) -> Result<crate::ReleaseLine, NodeError> {
        let id = kept.key.as_str();
        release.drafted = self.step(actor);
        let act = Act::new("release-drafted").by(actor).field("release", id);
        let act = act.field("partner", release.partner.as_str());
        let writes = vec![
            record::put(Bucket::RELEASE, id, &release, None)?,
            self.node_leaf(act.field("objects", release.ids.clone()))?,
        ];
        let guards = vec![record::unchanged(Bucket::RELEASE, kept)];
        self.store.commit(Batch { guards, writes }).await?;
        self.release_line(id, &release).await
    }

    /// A release as it would leave now.
    pub async fn release_show(&self, actor: &Actor, id: &str) -> Result<DryRun, NodeError> {
        actor.require(Action::ReleaseView)?;
        let (_, release, view) = self.release_for(actor, id).await?;
        actor.require(Action::DryRun)?;
        self.dry_run_in(actor, &view, &release.request()).await
    }

    /// A release that the actor sees everything of, and the view that it is planned in: what its
    /// drafter and the actor both see. One that holds anything hidden from the actor does not exist
    /// for him: who cannot see what leaves cannot approve it.
    pub(crate) async fn release_for(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<(enlace_store::Record, Release, View), NodeError> {
        let (record, release) = self.release(id).await?;
        let view = self.view_of(actor).await?;
        if release.touches(&self.hidden(&view.clone().with_overdue()).await?) {
            return Err(NodeError::not_found("release", id));
        }
        let view = match release.drafted.by.as_str() {
            crate::flow::NODE => view,
            drafter => view.shared(&self.view_of_account(drafter).await?),
        };
        Ok((record, release, view))
    }

    /// The releases that an actor sees everything of.
    pub(crate) async fn releases_for(
        &self,
        actor: &Actor,
    ) -> Result<Vec<(String, Release)>, NodeError> {
        let view = self.view_of(actor).await?.with_overdue();
        let hidden = self.hidden(&view).await?;
        let mut all = self.releases().await?;
        all.retain(|(_, release)| !release.touches(&hidden));
        Ok(all)
    }

    pub(crate) async fn release(
        &self,
        id: &str,
    ) -> Result<(enlace_store::Record, Release), NodeError> {
        let found = self.store.record(Bucket::RELEASE, id).await?;
        let found = found.ok_or_else(|| NodeError::not_found("release", id))?;
        let release = record::read(&found)?;
        Ok((found, release))
    }

    /// All releases, in the order of their ids.
    pub(crate) async fn releases(&self) -> Result<Vec<(String, Release)>, NodeError> {
        let query =
            RecordQuery { bucket: Bucket::RELEASE, limit: 100_000, ..RecordQuery::default() };
        let found = self.store.records(query).await?;
        found.into_iter().map(|r| Ok((r.key.clone(), record::read(&r)?))).collect()
    }

    pub(crate) fn step(&self, actor: &Actor) -> Step {
        Step { by: actor.account().to_owned(), at_us: self.now_us() }
    }
}

impl Release {
    /// Whether any of these ids is part of it.
    pub(crate) fn touches(&self, ids: &HashSet<String>) -> bool {
        let lines = self.lines.iter().map(|line| line.object.as_str());
        let picked = self.ids.iter().map(String::as_str);
        let sent = self.twins.iter().map(|(original, _)| original.as_str());
        let mut all = lines.chain(picked).chain(sent);
        !ids.is_empty() && all.any(|id| ids.contains(id) || ids.contains(&id.to_lowercase()))
    }

    pub(crate) fn request(&self) -> ReleaseRequest {
        ReleaseRequest {
            agreement: self.agreement.clone(),
            partner: Some(self.partner.clone()),
            purpose: Some(self.purpose.clone()),
            ids: self.ids.clone(),
            offence: self.offence.clone(),
            ground_reason: self.ground_reason.clone(),
            person: self.person.clone(),
            exact: self.exact,
            answers: self.answers.clone(),
        }
    }
}

pub(crate) fn lines_of(plan: &Plan) -> Vec<DryLine> {
    plan.lines().map(line_of).collect()
}

fn line_of(line: &Line) -> DryLine {
    let clauses: Vec<&Clause> = std::iter::once(&line.clause).chain(&line.others).collect();
    let numbers: Vec<&str> = clauses.iter().map(|c| c.id.as_str()).collect();
    let reasons: Vec<String> = clauses.iter().map(|c| reason(c)).collect();
    DryLine {
        object: line.object.clone(),
        kind: line.kind.clone(),
        path: line.path.clone(),
        verdict: verdict_name(line.verdict).to_owned(),
        clause: numbers.join(", "),
        reason: reasons.join("; "),
        after: line.after.clone(),
    }
}

/// Code of a clause with its arguments: `clause-tlp-max max=amber`.
fn reason(clause: &Clause) -> String {
    let mut text = clause.code.to_owned();
    for (name, value) in &clause.args {
        text.push_str(&format!(" {name}={value}"));
    }
    text
}

pub(crate) fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Kept => "kept",
        Verdict::Changed => "changed",
        Verdict::Withheld => "withheld",
    }
}

pub(crate) fn counts(plan: &Plan) -> Counts {
    let mut counts = Counts { objects: plan.objects.len(), ..Counts::default() };
    for object in &plan.objects {
        let whole = object.lines.first().map(|l| l.verdict);
        match (&object.outcome, whole) {
            (Outcome::Withheld(_), _) => counts.withheld += 1,
            (_, Some(Verdict::Changed)) => counts.changed += 1,
            _ => counts.kept += 1,
        }
    }
    counts
}

/// SHA-256 over what a plan says of content, how what leaves is marked and who has to approve it;
/// times of twins and the day in the ids of their markings are not part of it.
pub(crate) fn digest(planned: &Planned) -> String {
    let mut hash = Sha256::new();
    let made_anew = ["twin-envelope", "clause-stamped"];
    for line in planned.plan.lines().filter(|l| !made_anew.contains(&l.clause.code)) {
        let line = line_of(line);
        hash.update(serde_json::to_string(&line).unwrap_or_default());
        hash.update(b"\n");
    }
    for object in &planned.plan.objects {
        if let Some(marking) = &object.marking {
            hash.update(format!("{} {marking:?}\n", object.original));
        }
    }
    // It depends on no time: an age is no condition of an approval.
    hash.update(planned.approval(0).0.name());
    hex::encode(hash.finalize())
}
