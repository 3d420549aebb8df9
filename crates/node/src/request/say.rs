//! Every step of ours after a request was sent: written by a person, or by the node itself.

use enlace_policy::AgreementState;
use enlace_policy::roles::Action;
use enlace_request::clock::LimitRule;
use enlace_request::next::{Next, NextError};
use enlace_request::state::{Side, Step};
use enlace_stix::Timestamp;
use enlace_store::{Batch, OWN, ObjectState, Write};
use serde_json::{Map, Value, json};

use super::Held;
use super::attach::is_document;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError};

/// What a person wants; which step it is depends on where the thread stands and on the agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// The step that enters this state: `acknowledged`, `accepted`, `needs-clarification`…
    Step(String),
    /// Nothing is held or can be given: *no data*, or the agreement's one outward answer.
    Nothing,
    /// Refused, or the one outward answer; the ground stays in our log then.
    Refuse,
    /// A question back, or the answer to the partner's.
    Clarify,
}

impl Default for Wish {
    fn default() -> Self {
        Self::Step(String::new())
    }
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepSaid {
    /// State that the thread enters.
    pub state: &'static str,
    /// Whether it left; `false` = it will be said at its hour.
    pub left: bool,
}

/// What a person says in a thread.
#[derive(Debug, Clone, Default)]
pub struct NewStep {
    /// Which step: what is wished, or the state that the thread enters.
    pub wish: Wish,
    /// In words.
    pub statement: Option<String>,
    /// Ground of a refusal.
    pub ground: Option<String>,
    /// Clause or article of the ground.
    pub ground_clause: Option<String>,
    /// Questions back or their answers, numbered in this order.
    pub replies: Vec<String>,
    /// Release that carries the answer: by its id here.
    pub release: Option<String>,
    /// `direct` or `indirect`.
    pub accessibility: Option<String>,
    /// Whether the time that the request asks for is agreed to: it binds from this step on.
    pub agree_time: bool,
    /// New end of the limit, for *awaiting authorisation* and *extended*.
    pub until: Option<String>,
    /// Why the limit is exceeded.
    pub reason: Option<String>,
    /// Kind of authority that may have it.
    pub referred_to: Option<String>,
    /// `yes`, `partly`, `no`, `not-yet-known`: what the answer was worth.
    pub useful: Option<String>,
    /// What came of it: `identification`, `arrest`…
    pub outcome: Option<String>,
}

impl Node {
    /// Takes a step in a thread and sends it. Under an agreement with one outward answer, *nothing*
    /// waits for its hour, and why it is nothing stands in our log alone.
    pub async fn request_say(
        &self,
        actor: &Actor,
        id: &str,
        new: &NewStep,
    ) -> Result<StepSaid, NodeError> {
        actor.require(Action::RequestHandle)?;
        let held = self.request_held(id).await?;
        self.request_seen(&self.view_of(actor).await?, &held).await?;
        let step = chosen(&held, &new.wish)?;
        let state = step.name();
        let mut decided = Vec::new();
        let mut said = self.step_said(actor, &held, asked_for(&new.wish, step), new).await?;
        if step == Step::NothingProvided && held.side == Side::Asked {
            if new.wish == Wish::Step(state.to_owned()) && !said.is_empty() {
                let expected = "no words: the one outward answer is the same whatever was decided";
                return Err(NodeError::input("request.words", "words", "--state", expected));
            }
            decided.push(self.decided_leaf(actor, &held, &new.wish, &said)?);
            if new.wish != Wish::Step(state.to_owned()) {
                said.clear();
            }
            if let Some(at_us) = self.hour_of_nothing(&held) {
                self.nothing_later(&held, at_us, decided).await?;
                return Ok(StepSaid { state, left: false });
            }
        }
        self.take_step(Some(actor), &held, step, said, decided).await?;
        Ok(StepSaid { state, left: true })
    }

    /// What was decided where the partner reads one answer whatever it was; for our log alone.
    fn decided_leaf(
        &self,
        actor: &Actor,
        held: &Held,
        wish: &Wish,
        said: &Map<String, Value>,
    ) -> Result<Write, NodeError> {
        let id = held.object.id().as_str();
        let outcome = asked_for(wish, Step::NothingProvided).name();
        let act = Act::new("request-decided").by(actor).field("request", id);
        let mut act = act.field("outcome", outcome);
        for name in ["ground", "ground_clause", "statement"] {
            if let Some(value) = said.get(name) {
                act = act.field(name, value.clone());
            }
        }
        self.node_leaf(act)
    }

    /// What a step says beside its links; refused is what does not belong to it.
    async fn step_said(
        &self,
        actor: &Actor,
        held: &Held,
        step: Step,
        new: &NewStep,
    ) -> Result<Map<String, Value>, NodeError> {
        let mut said = Map::new();
        let mut put = |name: &str, value: Value| drop(said.insert(name.to_owned(), value));
        let filled = |text: &Option<String>| {
            text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned)
        };
        let need = |what: Option<String>, code, place: &str, expected: &str| {
            what.ok_or_else(|| NodeError::input(code, "nothing", place, expected))
        };
        if let Some(text) = filled(&new.statement) {
            put("statement", json!(text));
        }
        if let Some(text) = filled(&new.accessibility) {
            put("accessibility", json!(text));
        }
        if new.agree_time {
            if held.side != Side::Asked || held.object.text("answer_by").is_none() {
                let expected = "a request of a partner that says by when it wants its answer";
                return Err(NodeError::input("request.time", "none", "answer_by", expected));
            }
            put("deadline_rule", json!(LimitRule::Agreed.name()));
        }
        match step {
            Step::Refused => {
                let expected = "the ground: `--ground ongoing-investigation`…";
                let ground = need(filled(&new.ground), "request.ground", "--ground", expected)?;
                put("ground", json!(ground));
                if let Some(clause) = filled(&new.ground_clause) {
                    put("ground_clause", json!(clause));
                }
            }
            Step::Referred => {
                let expected = "the kind of authority, never another partner";
                let to = need(filled(&new.referred_to), "request.referred", "--to", expected)?;
                put("referred_to", json!(to));
            }
            Step::AwaitingAuthorisation | Step::Extended => {
                let expected = "why the limit is exceeded";
                let why = need(filled(&new.reason), "request.reason", "--reason", expected)?;
                put("extension_reason", json!(why));
                let expected = "until when: `2027-01-31T12:00:00Z`";
                let until = need(filled(&new.until), "request.until", "--until", expected)?;
                let time: Option<Timestamp> = until.parse().ok();
                let Some(time) = time.filter(|time| time.micros() > self.now_us()) else {
                    return Err(NodeError::input("request.until", until, "--until", expected));
                };
                put("deadline_at", json!(time.to_millis().as_str()));
            }
            Step::Feedback | Step::Closed => {
                if let Some(useful) = filled(&new.useful) {
                    let mut feedback = Map::from_iter([("useful".to_owned(), json!(useful))]);
                    if let Some(outcome) = filled(&new.outcome) {
                        feedback.insert("outcome".to_owned(), json!(outcome));
                    }
                    put("feedback", Value::Object(feedback));
                } else if step == Step::Feedback {
                    let expected = "`--useful yes`, `partly`, `no` or `not-yet-known`";
                    return Err(NodeError::input(
                        "request.feedback",
                        "nothing",
                        "--useful",
                        expected,
                    ));
                }
            }
            _ => {}
        }
        if !new.replies.is_empty() {
            let kind = match step {
                Step::NeedsClarification => "clarification-asked",
                Step::Clarified => "clarification-given",
                _ => "answer",
            };
            let reply = |(at, text): (usize, &String)| json!({ "number": at + 1, "text": text.trim(), "kind": kind });
            put("replies", new.replies.iter().enumerate().map(reply).collect());
        } else if matches!(step, Step::NeedsClarification | Step::Clarified) {
            let expected = "what is unclear, or the answer: `--text`";
            return Err(NodeError::input("request.replies", "nothing", "--text", expected));
        }
        if let Some(release) = filled(&new.release) {
            said.extend(self.answer_of(actor, held, step, &release).await?);
        }
        Ok(said)
    }

    /// The release that carries an answer, or documents that go along with a step, by the ids that the
    /// partner reads.
    async fn answer_of(
        &self,
        actor: &Actor,
        held: &Held,
        step: Step,
        release: &str,
    ) -> Result<Map<String, Value>, NodeError> {
        let all = self.releases_for(actor).await?;
        let found = all.into_iter().find(|(kept, r)| {
            let named = kept == release || r.record.as_deref() == Some(release);
            named && r.partner == held.partner
        });
        let (_, found) =
            found.ok_or_else(|| NodeError::not_found("release to this partner", release))?;
        let record = found.record.as_deref().filter(|_| found.sent.is_some());
        let Some(record) = record else {
            let expected = "one that was sent: `release send`";
            return Err(NodeError::state("the release", "not sent", expected));
        };
        // What the officer picked; what went along stands in the record.
        let picked = found.twins.iter().filter(|(original, _)| found.ids.contains(original));
        let mut twins: Vec<&str> = picked.map(|(_, twin)| twin.as_str()).collect();
        let name = match step {
            Step::NeedsClarification | Step::Clarified => {
                twins.retain(|twin| is_document(twin));
                "attachment_refs"
            }
            _ => "answer_refs",
        };
        let mut said = Map::new();
        said.insert("release_record_ref".to_owned(), json!(record));
        if !twins.is_empty() {
            said.insert(name.to_owned(), json!(twins));
        }
        Ok(said)
    }

    /// Writes a step of ours: the object, its message, both leaves, under a guard that no other step
    /// of ours takes its place. `by`: `None` = the node itself. `also` is written with it.
    pub(super) async fn take_step(
        &self,
        by: Option<&Actor>,
        held: &Held,
        step: Step,
        said: Map<String, Value>,
        also: Vec<Write>,
    ) -> Result<(), NodeError> {
        self.refuse_cut_off(&held.partner).await?;
        if self.resting.has(&held.partner) {
            // What we said after the backup is not known here: a step would take its place.
            let expected = "what was said since the backup, first: `partner resume`";
            return Err(NodeError::state("the channel", "resting since a restore", expected));
        }
        let stops = matches!(step, Step::Delivered | Step::Withdrawn | Step::Closed)
            || (step.is_outcome() && step != Step::Answered);
        if held.standing.state != AgreementState::Active && !(stops && is_wordless(&said)) {
            let expected = "an agreement in force; without words a request can still be ended";
            return Err(NodeError::state("the agreement", held.standing.state.name(), expected));
        }
        let id = held.object.id().as_str();
        let next = Next {
            side: held.side,
            step,
            now_us: self.now_us(),
            received_us: held
                .thread
                .chain(held.side.other())
                .last()
                .and_then(|event| held.at_us(&event.id)),
        };
        let links = held.thread.next(&next).map_err(|error| impossible(&error, held, step))?;
        let object = self.step_object(links, said)?;
        let agreement = &held.standing.agreement;
        let paper = self.request_paper(&object, agreement, &held.partner, &held.heard()).await?;
        let kept = self.store.record(Bucket::REQUEST_OWN, id).await?;
        let count: u64 = kept.as_ref().map(record::read).transpose()?.unwrap_or(0);
        if count != held.thread.chain(held.side).len() as u64 {
            return Err(NodeError::Changed { what: "the request went on meanwhile".to_owned() });
        }
        let act = Act::new("request-step").field("request", id).field("state", step.name());
        let act = act.field("object", object.id().as_str());
        let act = act.field("sha256", hex::encode(object.content_hash()));
        let row = self.new_object(&object, OWN, "this node", ObjectState::Held);
        let mut writes = vec![
            Write::Object(Box::new(row)),
            self.message(&held.partner, &[paper])?,
            record::put(Bucket::REQUEST_OWN, id, &(count + 1), None)?,
            self.request_news_of(id)?,
        ];
        if step != Step::Delivered {
            // What was decided before is out of date with any other word of ours.
            writes.push(Write::Delete { bucket: Bucket::REQUEST_NOTHING, key: id.to_owned() });
        }
        let inside = |act: Act| match by {
            Some(actor) => act.by(actor),
            None => act.field("actor", crate::flow::NODE),
        };
        writes.extend(self.channel_leaves(&held.partner, act, inside)?);
        writes.extend(also);
        let guards = vec![record::as_read(Bucket::REQUEST_OWN, id, kept.as_ref())];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }
}

/// The step that is wished, from where the thread stands.
fn chosen(held: &Held, wish: &Wish) -> Result<Step, NodeError> {
    let one_answer = held.thread.rules().one_answer;
    Ok(match wish {
        Wish::Nothing | Wish::Refuse if one_answer => Step::NothingProvided,
        Wish::Nothing => Step::NoData,
        Wish::Refuse => Step::Refused,
        Wish::Clarify if held.thread.possible(held.side).contains(&Step::Clarified) => {
            Step::Clarified
        }
        Wish::Clarify => Step::NeedsClarification,
        Wish::Step(name) => {
            let step = Step::from_name(name).filter(|step| *step != Step::Delivered);
            return step.ok_or_else(|| {
                let expected = names(&held.thread.possible(held.side));
                NodeError::input("request.step", "no such step", name, expected)
            });
        }
    })
}

/// What a person asked for, of which the partner may read less.
fn asked_for(wish: &Wish, step: Step) -> Step {
    match wish {
        Wish::Refuse => Step::Refused,
        Wish::Nothing => Step::NoData,
        Wish::Clarify | Wish::Step(_) => step,
    }
}

/// Whether a step says nothing in words.
fn is_wordless(said: &Map<String, Value>) -> bool {
    said.keys().all(|name| matches!(name.as_str(), "accessibility" | "ground"))
}

fn names(steps: &[Step]) -> String {
    let names: Vec<&str> = steps.iter().map(|step| step.name()).collect();
    match names.is_empty() {
        true => "nothing more: the thread is over".to_owned(),
        false => names.join(", "),
    }
}

fn impossible(error: &NextError, held: &Held, step: Step) -> NodeError {
    let expected = format!("one of: {}", names(&held.thread.possible(held.side)));
    NodeError::input(error.rule(), error.to_string(), step.name(), expected)
}
