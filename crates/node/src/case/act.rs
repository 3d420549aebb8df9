//! What our side does in a joint case: judged as its other sides will judge it, told to each of them
//! through the one exit, one chain for each.

use enlace_case::{Event, Step, case_id};
use enlace_policy::AgreementState;
use enlace_policy::roles::Action;
use enlace_stix::{Object, Timestamp};
use enlace_store::{Batch, OWN, ObjectState, Write};
use serde_json::{Map, Value, json};

use super::Held;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::request::draft::checked;
use crate::standing::Standing;
use crate::{Actor, Node, NodeError, clock};

/// A case that is proposed.
#[derive(Debug, Clone, Default)]
pub struct NewCase {
    /// Agreement: id, lineage or title.
    pub agreement: String,
    /// The other sides; empty: every other party.
    pub partners: Vec<String>,
    /// A purpose of the agreement.
    pub purpose: String,
    /// Number.
    pub number: String,
    /// What it is called.
    pub title: String,
}

/// What our side does.
#[derive(Debug, Clone)]
pub enum CaseAct {
    /// Takes part.
    Accept,
    /// Does not; with words, if any.
    Decline(Option<String>),
    /// Takes part no longer.
    Withdraw(Option<String>),
    /// Names a member as the other sides read it, and says which account it is here.
    Join {
        /// The account.
        account: String,
        /// An office, a number of service or a name.
        member: String,
        /// Role in the case.
        role: String,
    },
    /// A member works on it no longer, and sees it no longer.
    Leave {
        /// The account.
        account: String,
    },
    /// Gives a task.
    Task {
        /// What is to be done.
        title: String,
        /// Name of the partner that is to do it; `None`: we.
        to: Option<String>,
        /// By when: `2027-01-31` or a timestamp.
        due: Option<String>,
    },
    /// Takes up, finishes or drops a task.
    Progress {
        /// The task.
        task: String,
        /// `taken`, `done`, `dropped`.
        state: String,
    },
    /// Says something.
    Say(String),
    /// Names a release of ours that was sent: its objects are shared into the case.
    Share(String),
    /// Names something that was shared as an exhibit.
    Exhibit {
        /// The object, by its id here.
        object: String,
        /// Number of the exhibit.
        number: String,
    },
    /// Closes the case.
    Close(Option<String>),
}

/// What is told, and to whom; `None`: to every other side.
struct Told {
    step: Step,
    says: Map<String, Value>,
    only: Option<String>,
    also: Vec<Write>,
}

impl Told {
    fn new(step: Step) -> Self {
        Self { step, says: Map::new(), only: None, also: Vec::new() }
    }

    fn say(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.says.insert(name.to_owned(), value.into());
        self
    }

    fn words(self, text: Option<&String>) -> Self {
        match text.map(|text| text.trim()).filter(|text| !text.is_empty()) {
            Some(text) => self.say("text", text),
            None => self,
        }
    }
}

impl Node {
    /// Proposes a case to parties of an agreement in force; the actor is its first member here. Its id.
    pub async fn case_open(&self, actor: &Actor, new: &NewCase) -> Result<String, NodeError> {
        actor.require(Action::CaseManage)?;
        let standing = self.agreement_named(&new.agreement).await?;
        in_force(&standing)?;
        let terms = standing.agreement.terms();
        if !terms.purposes.allowed.contains(&new.purpose) {
            let expected = terms.purposes.allowed.join(", ");
            return Err(NodeError::input(
                "case.purpose",
                "no purpose of it",
                "--purpose",
                expected,
            ));
        }
        let mut sides = vec![self.me.identity_id.clone()];
        let mut others = Vec::new();
        let parties = &standing.agreement.draft.parties;
        let mut named = Vec::new();
        for name in &new.partners {
            named.push(self.partner_named(name).await?.0);
        }
        for party in parties.iter().filter(|p| p.key_id != self.key_id()) {
            if named.is_empty() || named.contains(&party.key_id) {
                sides.push(party.identity_ref.clone());
                others.push((party.key_id.clone(), party.identity_ref.clone()));
            }
        }
        if others.is_empty() || (!named.is_empty() && others.len() != named.len()) {
            let expected = "parties of the agreement";
            return Err(NodeError::input("case.sides", "no party", "--partner", expected));
        }
        let act = clock::new_uuid()?.to_string();
        let id = case_id(&self.me.identity_id, &act);
        let told = Told {
            also: vec![record::put(
                Bucket::CASE_MEMBER,
                &format!("{id}/{}", actor.account()),
                &"",
                None,
            )?],
            ..Told::new(Step::Opened)
        };
        let told = told
            .say("side_refs", sides)
            .say("purpose", new.purpose.as_str())
            .say("case_number", new.number.trim())
            .say("title", new.title.trim());
        let case = enlace_case::Case::default();
        let held = Held { id: id.clone(), case, others, standing };
        self.case_told(actor, &held, &act, told).await?;
        Ok(id)
    }

    /// Does something in a case, and tells every other side.
    pub async fn case_act(&self, actor: &Actor, id: &str, act: &CaseAct) -> Result<(), NodeError> {
        let manages =
            !matches!(act, CaseAct::Task { .. } | CaseAct::Progress { .. } | CaseAct::Say(_));
        actor.require(if manages { Action::CaseManage } else { Action::CaseWork })?;
        let held = self.case_seen(actor, id).await?;
        if let CaseAct::Leave { account } = act
            && self.case_left_unnamed(actor, &held, account).await?
        {
            return Ok(());
        }
        let told = self.case_wish(actor, &held, act).await?;
        let act = clock::new_uuid()?.to_string();
        self.case_told(actor, &held, &act, told).await
    }

    /// Puts objects of ours into our own file of a case, or takes them out. Nobody else learns of it.
    pub async fn case_file(
        &self,
        actor: &Actor,
        id: &str,
        objects: &[String],
        inside: bool,
    ) -> Result<usize, NodeError> {
        let held = self.case_seen(actor, id).await?;
        let view = self.view_of(actor).await?;
        let mut writes = Vec::new();
        for object in objects {
            let key = format!("{}/{}", held.id, self.visible(&view, object).await?.id);
            writes.push(match inside {
                true => record::put(Bucket::CASE_FILED, &key, &(), None)?,
                false => Write::Delete { bucket: Bucket::CASE_FILED, key },
            });
        }
        let count = writes.len();
        let act = Act::new("case-filed").by(actor).field("case", held.id.as_str());
        writes.push(self.node_leaf(act.field("objects", objects).field("inside", inside))?);
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(count)
    }

    async fn case_wish(
        &self,
        actor: &Actor,
        held: &Held,
        act: &CaseAct,
    ) -> Result<Told, NodeError> {
        let member = |account: &str| format!("{}/{account}", held.id);
        Ok(match act {
            CaseAct::Accept => {
                let mut told = Told::new(Step::Accepted);
                let key = member(actor.account());
                told.also.push(record::put(Bucket::CASE_MEMBER, &key, &"", None)?);
                told
            }
            CaseAct::Decline(text) => Told::new(Step::Declined).words(text.as_ref()),
            CaseAct::Withdraw(text) => Told::new(Step::Withdrawn).words(text.as_ref()),
            CaseAct::Close(text) => Told::new(Step::Closed).words(text.as_ref()),
            CaseAct::Join { account, member: shown, role } => {
                if self.account(account).await?.is_none() {
                    return Err(NodeError::not_found("account", account));
                }
                let mut told = Told::new(Step::Joined);
                told.also.push(record::put(Bucket::CASE_MEMBER, &member(account), shown, None)?);
                told.say("member", shown.trim()).say("member_role", role.as_str())
            }
            CaseAct::Leave { account } => {
                let key = member(account);
                let found = self.store.record(Bucket::CASE_MEMBER, &key).await?;
                let found = found.ok_or_else(|| NodeError::not_found("member", account))?;
                let shown: String = record::read(&found)?;
                let mut told = Told::new(Step::Left);
                told.also.push(Write::Delete { bucket: Bucket::CASE_MEMBER, key });
                told.say("member", shown)
            }
            CaseAct::Task { title, to, due } => {
                let to = match to {
                    Some(name) => {
                        let key = self.partner_named(name).await?.0;
                        let side = held.others.iter().find(|(other, _)| *other == key);
                        let missing = || NodeError::not_found("side of the case", name);
                        side.map(|(_, side)| side.clone()).ok_or_else(missing)?
                    }
                    None => self.me.identity_id.clone(),
                };
                let told = Told::new(Step::TaskGiven).say("title", title.trim());
                let told = told.say("assigned_ref", to);
                match due {
                    Some(due) => told.say("due_at", instant(due)?),
                    None => told,
                }
            }
            CaseAct::Progress { task, state } => {
                let step = match state.as_str() {
                    "taken" => Step::TaskTaken,
                    "done" => Step::TaskDone,
                    "dropped" => Step::TaskDropped,
                    _ => {
                        let expected = "taken, done, dropped";
                        return Err(NodeError::input(
                            "case.task",
                            "no such state",
                            state,
                            expected,
                        ));
                    }
                };
                Told::new(step).say("task", task.as_str())
            }
            CaseAct::Say(text) => Told::new(Step::Said).say("text", text.trim()),
            CaseAct::Share(release) => self.case_share(actor, held, release).await?,
            CaseAct::Exhibit { object, number } => {
                self.case_exhibit(actor, held, object, number).await?
            }
        })
    }

    /// An account that opened or accepted the case and was never named to the other sides leaves it
    /// without a word to them.
    async fn case_left_unnamed(
        &self,
        actor: &Actor,
        held: &Held,
        account: &str,
    ) -> Result<bool, NodeError> {
        let (bucket, key) = (Bucket::CASE_MEMBER, format!("{}/{account}", held.id));
        let Some(found) = self.store.record(bucket, &key).await? else { return Ok(false) };
        if !record::read::<String>(&found)?.is_empty() {
            return Ok(false);
        }
        let act = Act::new("case-left").by(actor).field("case", held.id.as_str());
        let guards = vec![record::unchanged(bucket, &found)];
        let writes =
            vec![Write::Delete { bucket, key }, self.node_leaf(act.field("account", account))?];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(true)
    }

    /// The objects of a release that was sent to a side of the case under its agreement.
    async fn case_share(
        &self,
        actor: &Actor,
        held: &Held,
        release: &str,
    ) -> Result<Told, NodeError> {
        let all = self.releases_for(actor).await?;
        let lineage = &held.standing.agreement.lineage;
        let found = all.into_iter().find(|(kept, r)| {
            let named = kept == release || r.record.as_deref() == Some(release);
            named && r.lineage == *lineage && held.others.iter().any(|(key, _)| *key == r.partner)
        });
        let missing = || NodeError::not_found("release to a side of the case", release);
        let (_, found) = found.ok_or_else(missing)?;
        let record =
            found.record.clone().filter(|_| found.sent.is_some() && found.person.is_none());
        let Some(record) = record else {
            let expected = "one that was sent: `release send`";
            return Err(NodeError::state("the release", "not sent", expected));
        };
        let twins: Vec<&str> = found.twins.iter().map(|(_, twin)| twin.as_str()).collect();
        let told = Told::new(Step::Shared).say("release_record_ref", record);
        Ok(Told { only: Some(found.partner.clone()), ..told.say("object_refs", twins) })
    }

    /// An exhibit, told to the side that it was shared with.
    async fn case_exhibit(
        &self,
        actor: &Actor,
        held: &Held,
        object: &str,
        number: &str,
    ) -> Result<Told, NodeError> {
        let original = self.visible(&self.view_of(actor).await?, object).await?.id;
        for twin in self.store.twins_of(&original).await? {
            let side = held.others.iter().find(|(key, _)| *key == twin.partner);
            let Some((key, side)) = side else { continue };
            let told = |s: &&enlace_case::Shared| s.to == *side && s.by == self.me.identity_id;
            let shared = held.case.shared().iter().filter(told);
            if shared.flat_map(|s| &s.objects).any(|id| *id == twin.twin) {
                let told = Told::new(Step::Exhibit).say("exhibit_number", number.trim());
                let told = told.say("object_refs", vec![twin.twin.as_str()]);
                return Ok(Told { only: Some(key.clone()), ..told });
            }
        }
        let expected = "an object that was shared into the case: `case share`";
        Err(NodeError::state("the object", "not shared", expected))
    }

    /// Judges an act as every side will, and tells it: objects, messages, leaves, in one transaction,
    /// under a guard that no other act of ours takes its place.
    async fn case_told(
        &self,
        actor: &Actor,
        held: &Held,
        act: &str,
        told: Told,
    ) -> Result<(), NodeError> {
        in_force(&held.standing)?;
        let (mut guards, mut writes) = (Vec::new(), told.also.clone());
        writes.push(self.case_news(&held.id)?);
        let known = match told.step {
            Step::Opened => Vec::new(),
            _ => self.case_events(&held.id).await?,
        };
        let mut heard = Vec::new();
        for (event, channel, _) in &known {
            if channel != OWN {
                heard.extend(["text", "title", "member"].map(|name| event.text(name).to_owned()));
            }
        }
        for (key, side) in &held.others {
            if told.only.as_ref().is_some_and(|only| only != key) {
                continue;
            }
            self.refuse_cut_off(key).await?;
            let name = self.channel_name(key).await?;
            self.check_not_resting(key, &name)?;
            let ours = known.iter().map(|(event, ..)| event);
            let ours = ours.filter(|e| e.by == self.me.identity_id && e.to == *side);
            let last = ours.max_by_key(|event| event.sequence);
            let object = self.case_object(held, act, &told, side, last)?;
            let event = Event::read(&object).map_err(|error| {
                NodeError::input("case.act", error.expected, error.path, "what this act says")
            })?;
            held.case.judge(&event).map_err(|void| {
                let expected = "an act that follows: `case show`";
                NodeError::State {
                    what: format!("the case ({})", void.rule()),
                    found: told.step.name().to_owned(),
                    expected: expected.to_owned(),
                }
            })?;
            let agreement = &held.standing.agreement;
            let paper = self.request_paper(&object, agreement, key, &heard).await?;
            let count_key = format!("{}/{key}", held.id);
            let kept = self.store.record(Bucket::CASE_OWN, &count_key).await?;
            let count: u64 = kept.as_ref().map(record::read).transpose()?.unwrap_or(0);
            if count + 1 != event.sequence {
                return Err(NodeError::Changed { what: "the case went on meanwhile".to_owned() });
            }
            guards.push(record::as_read(Bucket::CASE_OWN, &count_key, kept.as_ref()));
            writes.push(record::put(Bucket::CASE_OWN, &count_key, &event.sequence, None)?);
            let row = self.new_object(&object, OWN, "this node", ObjectState::Held);
            writes.push(Write::Object(Box::new(row)));
            writes.push(self.message(key, &[paper])?);
            let leaf = Act::new("case-act").field("case", held.id.as_str());
            let leaf = leaf.field("step", told.step.name()).field("object", object.id().as_str());
            let leaf = leaf.field("sha256", hex::encode(object.content_hash()));
            writes.extend(self.channel_leaves(key, leaf, |leaf| leaf.by(actor))?);
        }
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    fn case_object(
        &self,
        held: &Held,
        act: &str,
        told: &Told,
        side: &str,
        last: Option<&Event>,
    ) -> Result<Object, NodeError> {
        let mut view = self.own_object("case-event")?;
        // Never before our act before, whatever the clock does.
        let at = last.map_or(0, |last| last.at_us).max(self.now_us());
        let at = Timestamp::from_micros(at).to_millis();
        let links = json!({
            "case_ref": held.id,
            "agreement_ref": held.standing.agreement.id.to_string(),
            "addressed_ref": side,
            "act": act,
            "step": told.step.name(),
            "by_ref": self.me.identity_id,
            "occurred_at": at.as_str(),
            "sequence": last.map_or(1, |last| last.sequence + 1),
        });
        if let Value::Object(links) = links {
            view.extend(links);
        }
        if let Some(last) = last {
            view.insert("previous_sha256".to_owned(), json!(last.hash));
        }
        view.extend(told.says.clone());
        checked(view)
    }
}

fn in_force(standing: &Standing) -> Result<(), NodeError> {
    if standing.state == AgreementState::Active {
        return Ok(());
    }
    let expected = "an agreement in force";
    Err(NodeError::state("the agreement", standing.state.name(), expected))
}

/// A day or an instant as a timestamp.
fn instant(text: &str) -> Result<String, NodeError> {
    let whole = if text.len() == 10 { format!("{text}T00:00:00.000Z") } else { text.to_owned() };
    let time: Option<Timestamp> = whole.parse().ok();
    let expected = "`2027-01-31` or `2027-01-31T12:00:00Z`";
    let wrong = || NodeError::input("case.due", text, "--due", expected);
    Ok(time.ok_or_else(wrong)?.to_millis().to_string())
}
