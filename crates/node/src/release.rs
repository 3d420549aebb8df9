//! Releases: what would leave (dry run), drafted, approved.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use enlace_policy::roles::Action;
use enlace_policy::{AgreementState, Clause, Policy, approval_allowed};
use enlace_release::{
    Candidate, Context, Line, ObjectPlan, Outcome, Plan, Previous, Verdict, plan,
};
use enlace_stix::marking::Effective;
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, OWN, ObjectState, RecordQuery, Twin};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::agreement::Standing;
use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Most objects of one release; a larger set is refused, not cut.
const MOST: usize = 10_000;

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
}

/// One line of a dry run, as `interfaces.md` fixes it.
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
    /// Where the partner fetches it.
    Sent,
}

impl Stage {
    /// Name for lists and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Drafted => "drafted",
            Self::Approved => "approved",
            Self::Sent => "sent",
        }
    }
}

/// A set, planned.
pub(crate) struct Planned {
    pub(crate) standing: Standing,
    pub(crate) partner: String,
    pub(crate) purpose: String,
    pub(crate) candidates: Vec<Candidate>,
    pub(crate) definitions: BTreeMap<String, Object>,
    pub(crate) plan: Plan,
    pub(crate) previous: BTreeMap<String, Previous>,
}

impl Node {
    /// What a release would do; writes nothing but that somebody looked.
    pub async fn dry_run(
        &self,
        actor: &Actor,
        request: &ReleaseRequest,
    ) -> Result<DryRun, NodeError> {
        actor.require(Action::DryRun)?;
        let planned = self.planned(request).await?;
        let act = Act::new("consultation").by(actor).field("kind", "dry-run");
        let act = act.field("partner", planned.partner.as_str());
        self.log_act(act.field("objects", request.ids.clone())).await?;
        self.shown(planned, &request.ids).await
    }

    /// Proposes a release.
    pub async fn release_draft(
        &self,
        actor: &Actor,
        request: &ReleaseRequest,
    ) -> Result<crate::ReleaseLine, NodeError> {
        actor.require(Action::ReleaseDraft)?;
        let planned = self.planned(request).await?;
        if planned.plan.released.is_empty() {
            let expected = "something that a clause permits: look at `release --dry-run`";
            return Err(NodeError::state("the release", "empty", expected));
        }
        let id = clock::new_uuid()?.to_string();
        let lines = lines_of(&planned.plan);
        let agreement = &planned.standing.agreement;
        let release = Release {
            agreement: agreement.id.to_string(),
            lineage: agreement.lineage.clone(),
            title: agreement.title().to_owned(),
            partner: planned.partner.clone(),
            purpose: planned.purpose.clone(),
            ids: request.ids.clone(),
            stage: Stage::Drafted,
            drafted: self.step(actor),
            approved: None,
            sent: None,
            digest: digest(&planned.plan),
            counts: counts(&planned.plan),
            lines: lines.into_iter().map(|l| DryLine { after: None, ..l }).collect(),
            record: None,
            twins: Vec::new(),
            receipt: None,
        };
        let act = Act::new("release-drafted").by(actor).field("release", id.as_str());
        let act = act.field("partner", release.partner.as_str());
        let writes = vec![
            record::put(Bucket::RELEASE, &id, &release, None)?,
            self.node_leaf(act.field("objects", release.ids.clone()))?,
        ];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        self.release_line(&id, &release).await
    }

    /// Approves a draft, as the agreement's approval clause allows.
    pub async fn release_approve(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<crate::ReleaseLine, NodeError> {
        actor.require(Action::ReleaseApprove)?;
        let (kept, mut release) = self.release(id).await?;
        if release.stage != Stage::Drafted {
            let found = release.stage.name();
            return Err(NodeError::state("the release", found, "only a draft is approved"));
        }
        let standing = self.agreement_named(&release.agreement).await?;
        let rule = standing.agreement.terms().approval.rule;
        if !approval_allowed(rule, &release.drafted.by, actor.account()) {
            let expected = "another account than the one that drafted it (four eyes)";
            return Err(NodeError::state("the approval", "by the drafter", expected));
        }
        if digest(&self.planned(&release.request()).await?.plan) != release.digest {
            let expected = "drafted again: what would leave is no longer what was drafted";
            return Err(NodeError::state("the release", "changed since it was drafted", expected));
        }
        release.stage = Stage::Approved;
        release.approved = Some(self.step(actor));
        let act = Act::new("release-approved").by(actor).field("release", id);
        let writes = vec![
            record::put(Bucket::RELEASE, id, &release, None)?,
            self.node_leaf(act.field("digest", release.digest.as_str()))?,
        ];
        let guards = vec![record::unchanged(Bucket::RELEASE, &kept)];
        self.store.commit(Batch { guards, writes }).await?;
        self.release_line(id, &release).await
    }

    /// A release as it would leave now.
    pub async fn release_show(&self, actor: &Actor, id: &str) -> Result<DryRun, NodeError> {
        actor.require(Action::ReleaseView)?;
        let (_, release) = self.release(id).await?;
        self.dry_run(actor, &release.request()).await
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

    /// Gathers the set of a request and plans it.
    pub(crate) async fn planned(&self, request: &ReleaseRequest) -> Result<Planned, NodeError> {
        let standing = self.agreement_named(&request.agreement).await?;
        let partner = self.recipient(&standing, request.partner.as_deref()).await?;
        let terms = standing.agreement.terms();
        let purpose = match &request.purpose {
            Some(purpose) => purpose.clone(),
            None => terms.purposes.allowed.first().cloned().unwrap_or_default(),
        };
        let candidates = self.gather(&request.ids).await?;
        let definitions = self.definitions_of(&candidates).await?;
        let policy = self.policy(&standing.agreement)?;
        let lineage = standing.agreement.lineage.clone();
        let mut previous = BTreeMap::new();
        for candidate in &candidates {
            self.add_previous(&partner, &lineage, candidate.object.id().as_str(), &mut previous)
                .await?;
        }
        let twin_key = self.keys.twin_key(&partner, &lineage);
        let ask = Asked {
            policy: &policy,
            partner: &partner,
            purpose: &purpose,
            active: standing.state == AgreementState::Active,
            twin_key: twin_key.expose(),
            now_us: self.now_us(),
        };
        let mut made = self.plan_once(&candidates, &definitions, &previous, &ask);
        // What is made for the partner (markings, our identity) is known only after planning.
        let mut again = false;
        for released in &made.released {
            let original = released.original().unwrap_or_default();
            again |= !previous.contains_key(original)
                && self.add_previous(&partner, &lineage, original, &mut previous).await?;
        }
        if again {
            made = self.plan_once(&candidates, &definitions, &previous, &ask);
        }
        Ok(Planned { standing, partner, purpose, candidates, definitions, plan: made, previous })
    }

    fn plan_once(
        &self,
        candidates: &[Candidate],
        definitions: &BTreeMap<String, Object>,
        previous: &BTreeMap<String, Previous>,
        ask: &Asked<'_>,
    ) -> Plan {
        let definition = |id: &str| definitions.get(id);
        plan(
            candidates,
            &Context {
                policy: ask.policy,
                partner: ask.partner,
                purpose: ask.purpose,
                active: ask.active,
                own_identity: &self.identity,
                twin_key: ask.twin_key,
                now_us: ask.now_us,
                previous,
                definition: &definition,
            },
        )
    }

    async fn add_previous(
        &self,
        partner: &str,
        lineage: &str,
        original: &str,
        previous: &mut BTreeMap<String, Previous>,
    ) -> Result<bool, NodeError> {
        let Some(twin) = self.store.twin(partner, lineage, original).await? else {
            return Ok(false);
        };
        previous.insert(original.to_owned(), previous_of(&twin)?);
        Ok(true)
    }

    /// The other party, where there is one; else the one that is named.
    async fn recipient(
        &self,
        standing: &Standing,
        name: Option<&str>,
    ) -> Result<String, NodeError> {
        let parties = &standing.agreement.draft.parties;
        let others: Vec<&str> =
            parties.iter().map(|p| p.key_id.as_str()).filter(|k| *k != self.key_id()).collect();
        match (name, others.as_slice()) {
            (Some(name), others) => {
                let (key_id, _) = self.partner_named(name).await?;
                let expected = "a party of the agreement";
                match others.contains(&key_id.as_str()) {
                    true => Ok(key_id),
                    false => {
                        Err(NodeError::input("release.partner", "not a party", name, expected))
                    }
                }
            }
            (None, [one]) => Ok((*one).to_owned()),
            (None, _) => {
                let expected = "`--partner` with one of them";
                Err(NodeError::input("release.partner", "several parties", "--partner", expected))
            }
        }
    }

    /// The picked objects and everything that they refer to (docs/design/release-sets.md).
    async fn gather(&self, ids: &[String]) -> Result<Vec<Candidate>, NodeError> {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut queue: VecDeque<(String, bool)> =
            ids.iter().map(|id| (id.to_lowercase(), true)).collect();
        let mut set = Vec::new();
        while let Some((id, picked)) = queue.pop_front() {
            if !seen.insert(id.clone()) {
                continue;
            }
            let row = self.store.object(&id, None).await?;
            let Some(row) = row.filter(|r| r.state == ObjectState::Held) else {
                if picked {
                    return Err(NodeError::not_found("object", &id));
                }
                continue;
            };
            let object = Object::parse(&row.raw).map_err(|_| NodeError::Internal("held object"))?;
            for reference in object.references() {
                let follows = reference.path != "created_by_ref"
                    && reference.target.kind() != "marking-definition";
                if follows {
                    queue.push_back((reference.target.to_string(), false));
                }
            }
            let own = row.channel == OWN && !self.is_foreign(&object).await?;
            let object = self.with_inherited(object).await?;
            set.push(Candidate { object, own });
            if set.len() > MOST {
                let expected = format!("at most {MOST} objects in one release: pick fewer");
                return Err(NodeError::input("release.too-large", "too many", "ID", expected));
            }
        }
        Ok(set)
    }

    /// Whether a partner originated an object, by whatever way it came in: a partner's object in
    /// a file stays a partner's object.
    async fn is_foreign(&self, object: &Object) -> Result<bool, NodeError> {
        let versions = self.store.versions(object.id().as_str()).await?;
        if versions.iter().any(|row| row.channel != OWN) {
            return Ok(true);
        }
        let Some(creator) = object.text("created_by_ref") else { return Ok(false) };
        for (_, partner) in self.partners().await? {
            if partner.card()?.identity_id() == creator {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The object with the markings that it inherits, if it has none of its own.
    pub(crate) async fn with_inherited(&self, object: Object) -> Result<Object, NodeError> {
        if object.get("object_marking_refs").is_some() {
            return Ok(object);
        }
        let kept = self.store.record(Bucket::INHERITED, object.id().as_str()).await?;
        let Some(kept) = kept else { return Ok(object) };
        let markings: Vec<String> = record::read(&kept)?;
        let mut view = object.view().clone();
        view.insert("object_marking_refs".to_owned(), markings.into());
        Object::from_view(view).map_err(|_| NodeError::Internal("inherited marking"))
    }

    async fn definitions_of(
        &self,
        candidates: &[Candidate],
    ) -> Result<BTreeMap<String, Object>, NodeError> {
        let mut found = BTreeMap::new();
        for candidate in candidates {
            for definition in self.definitions(&candidate.object, OWN).await? {
                found.insert(definition.id().to_string(), definition);
            }
        }
        Ok(found)
    }
}

/// What planning depends on beside the set.
struct Asked<'a> {
    policy: &'a Policy,
    partner: &'a str,
    purpose: &'a str,
    active: bool,
    twin_key: &'a [u8],
    now_us: i64,
}

impl Release {
    pub(crate) fn request(&self) -> ReleaseRequest {
        ReleaseRequest {
            agreement: self.agreement.clone(),
            partner: Some(self.partner.clone()),
            purpose: Some(self.purpose.clone()),
            ids: self.ids.clone(),
        }
    }
}

pub(crate) fn previous_of(twin: &Twin) -> Result<Previous, NodeError> {
    let time = |text: &str| -> Result<Timestamp, NodeError> {
        text.parse().map_err(|_| NodeError::Internal("time of a twin"))
    };
    Ok(Previous {
        twin: twin.twin.parse().map_err(|_| NodeError::Internal("id of a twin"))?,
        created: time(&twin.created)?,
        modified: time(&twin.modified)?,
        content_hash: twin.content_hash.clone(),
        recalled: twin.recalled,
    })
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

/// SHA-256 over what a plan says of content; times of twins and the day in the ids of their
/// markings are not part of it.
pub(crate) fn digest(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    let made_anew = ["twin-envelope", "clause-stamped"];
    for line in plan.lines().filter(|l| !made_anew.contains(&l.clause.code)) {
        let line = line_of(line);
        hash.update(serde_json::to_string(&line).unwrap_or_default());
        hash.update(b"\n");
    }
    hex::encode(hash.finalize())
}
