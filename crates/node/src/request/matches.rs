//! An answer that is prepared: what is held here of what a partner asks about, and what of that could
//! leave. Nothing outward changes by looking: no step is taken, no row of the channel is written.
//!
//! Found is what the request names by an id of ours that the partner has, what bears an identifier of
//! the request in its normal form, and what says exactly a value of it. What the account does not see
//! does not exist; what the agreement withholds is not offered.

use std::collections::{BTreeMap, HashSet};

use enlace_policy::kinds;
use enlace_policy::roles::Action;
use enlace_release::Outcome;
use enlace_request::state::{Side, Step};
use enlace_stix::Object;
use enlace_stix::identifier::{Context, Kind, firearm_keys, normalise};
use enlace_store::text::tokens;
use enlace_store::{ObjectRow, ObjectState, SearchQuery};
use serde_json::Value;

use super::{Held, NewStep, StepSaid, Wish};
use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::release::{Stage, lines_of};
use crate::view::View;
use crate::{Actor, Node, NodeError, ReleaseLine, ReleaseRequest, SendWhen};

/// Most values of a request that are looked for.
const MOST_ASKED: usize = 100;
/// Most objects that are offered.
const MOST: usize = 100;
/// Hits of a search that are compared word by word.
const HITS: usize = 200;

/// A held object that a request may be about and that could leave.
#[derive(Debug, Clone)]
pub struct RequestMatch {
    /// What it is called here.
    pub name: ObjectName,
    /// What it was found by: `object`, `identifier` or `words`.
    pub by: &'static str,
    /// What the request says: the value, or the id.
    pub asked: String,
    /// What would leave: `kept`, `changed`, or `had` where the partner has exactly this already.
    pub verdict: &'static str,
    /// Clauses that decided.
    pub clause: String,
}

/// What is held of what a request is about.
#[derive(Debug, Clone, Default)]
pub struct RequestMatches {
    /// Those that could leave, in the order of the request.
    pub matches: Vec<RequestMatch>,
    /// Whether more was asked or found than was looked at.
    pub beyond: bool,
}

/// Something to look for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    /// Id of an object held here.
    Object(String, String),
    /// Kind and normal form of an identifier.
    Key(String, String, String),
    /// Words that stand somewhere as a whole.
    Words(String),
}

impl Node {
    /// What is held here of what an open request of a partner is about, as far as the actor sees it
    /// and the agreement could let it leave; the look is logged.
    pub async fn request_matches(
        &self,
        actor: &Actor,
        id: &str,
    ) -> Result<RequestMatches, NodeError> {
        actor.require(Action::RequestHandle)?;
        actor.require(Action::Search)?;
        actor.require(Action::DryRun)?;
        let view = self.view_of(actor).await?;
        let held = self.request_held(id).await?;
        self.request_seen(&view, &held).await?;
        let found = match open_for_us(&held) {
            true => self.matched(&view, &held).await?,
            false => RequestMatches::default(),
        };
        let ids: Vec<String> = found.matches.iter().map(|one| one.name.id.clone()).collect();
        let act = Act::new("consultation").by(actor).field("kind", "request-matches");
        let act = act.field("request", held.object.id().as_str());
        self.log_act(act.field("objects", ids)).await?;
        Ok(found)
    }

    /// Drafts the release that answers a request: what the officer picked, under its agreement and
    /// for its purpose.
    pub async fn request_answer_draft(
        &self,
        actor: &Actor,
        id: &str,
        picked: &[String],
    ) -> Result<ReleaseLine, NodeError> {
        actor.require(Action::RequestHandle)?;
        let held = self.request_held(id).await?;
        self.request_seen(&self.view_of(actor).await?, &held).await?;
        if !open_for_us(&held) {
            let expected = "a request of a partner that waits for an answer";
            return Err(NodeError::state("the request", "not to be answered", expected));
        }
        let request = ReleaseRequest {
            answers: Some(held.object.id().to_string()),
            ..release_for(&held, picked.to_vec())
        };
        self.release_draft(actor, &request).await
    }

    /// The request that a release was drafted to answer, while it waits for that and the actor may
    /// answer it.
    pub async fn release_answers(
        &self,
        actor: &Actor,
        release: &str,
    ) -> Result<Option<String>, NodeError> {
        if !actor.may(Action::RequestHandle) {
            return Ok(None);
        }
        let (_, release, _) = self.release_for(actor, release).await?;
        let Some(request) = release.answers else { return Ok(None) };
        let held = match self.request_held(&request).await {
            Ok(held) => held,
            Err(NodeError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        match self.request_seen(&self.view_of(actor).await?, &held).await {
            Ok(()) => Ok(Some(request).filter(|_| open_for_us(&held))),
            Err(NodeError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Sends an approved release and answers its request with it. Called again after a crash between
    /// the two, it answers with what was sent.
    pub async fn request_answer_send(
        &self,
        actor: &Actor,
        release: &str,
    ) -> Result<(String, StepSaid), NodeError> {
        actor.require(Action::RequestHandle)?;
        let missing = || NodeError::not_found("request that this release answers", release);
        let request = self.release_answers(actor, release).await?.ok_or_else(missing)?;
        let (_, found, _) = self.release_for(actor, release).await?;
        if found.stage != Stage::Sent {
            self.release_send(actor, release, SendWhen::Now).await?;
        }
        let answer = NewStep {
            wish: Wish::Step(Step::Answered.name().to_owned()),
            release: Some(release.to_owned()),
            ..NewStep::default()
        };
        let said = self.request_say(actor, &request, &answer).await?;
        Ok((request, said))
    }

    /// Everything held here that a request may be about, whoever sees it.
    pub(super) async fn all_about(&self, held: &Held) -> Result<Vec<String>, NodeError> {
        let whole = View::whole();
        let asked = self.asked_about(&whole, held).await?;
        Ok(self.found_of(&whole, held, &asked).await?.0.into_iter().map(|one| one.0.id).collect())
    }

    async fn matched(&self, view: &View, held: &Held) -> Result<RequestMatches, NodeError> {
        let asked = self.asked_about(view, held).await?;
        let view = view.clone().without_overdue();
        let (found, beyond) = self.found_of(&view, held, &asked).await?;
        let ids: Vec<String> = found.iter().map(|(row, ..)| row.id.clone()).collect();
        let verdicts = match ids.is_empty() {
            true => BTreeMap::new(),
            false => self.prepared_verdicts(&view, &release_for(held, ids)).await?,
        };
        let mut matches = Vec::new();
        for (row, by, asked) in found {
            let Some((verdict, clause)) = verdicts.get(&row.id) else { continue };
            let name = self.name_of(&view, &row).await?;
            matches.push(RequestMatch { name, by, asked, verdict, clause: clause.clone() });
        }
        Ok(RequestMatches { matches, beyond })
    }

    /// Objects that are, bear or say what is asked, in its order, each once with what it was found by;
    /// and whether more was asked or found than was looked at.
    async fn found_of(
        &self,
        view: &View,
        held: &Held,
        asked: &[Asked],
    ) -> Result<(Vec<(ObjectRow, &'static str, String)>, bool), NodeError> {
        let mut beyond = asked.len() > MOST_ASKED;
        let mut met: HashSet<String> = HashSet::new();
        let mut found = Vec::new();
        for one in asked.iter().take(MOST_ASKED) {
            let (by, said) = one.told();
            for row in self.holding(view, one).await? {
                let paper = kinds::PAPERS.contains(&row.kind.as_str());
                if paper || row.channel == held.partner || met.contains(&row.id) {
                    continue;
                }
                if found.len() >= MOST {
                    beyond = true;
                    break;
                }
                met.insert(row.id.clone());
                found.push((row, by, said.to_owned()));
            }
        }
        Ok((found, beyond))
    }

    /// What could leave of these objects, and by which clauses; nothing where nothing could.
    async fn prepared_verdicts(
        &self,
        view: &View,
        request: &ReleaseRequest,
    ) -> Result<BTreeMap<String, (&'static str, String)>, NodeError> {
        let verdicts = match self.verdicts(view, request).await {
            Ok(verdicts) => verdicts,
            // No longer in force, the partner cut off: nothing could leave.
            Err(NodeError::State { .. } | NodeError::Input { .. }) => return Ok(BTreeMap::new()),
            Err(error) => return Err(error),
        };
        Ok(verdicts.into_iter().filter(|(_, (verdict, _))| *verdict != "withheld").collect())
    }

    /// What becomes of the objects of a release, by their ids: `kept`, `changed`, `withheld`, or `had`
    /// where the partner has exactly this already; and the clauses that decide.
    pub(super) async fn verdicts(
        &self,
        view: &View,
        request: &ReleaseRequest,
    ) -> Result<BTreeMap<String, (&'static str, String)>, NodeError> {
        let planned = self.planned(view, request).await?;
        let lines = lines_of(&planned.plan).into_iter().filter(|line| line.path.is_empty());
        let clauses: BTreeMap<String, (String, String)> =
            lines.map(|line| (line.object, (line.verdict, line.clause))).collect();
        let verdicts = planned.plan.objects.iter().filter_map(|object| {
            let id = object.original.to_string();
            let (verdict, clause) = clauses.get(&id)?;
            let verdict = match object.outcome {
                Outcome::Withheld(_) => "withheld",
                Outcome::Unchanged { .. } => "had",
                Outcome::Released { .. } if verdict == "changed" => "changed",
                Outcome::Released { .. } => "kept",
            };
            Some((id, (verdict, clause.clone())))
        });
        Ok(verdicts.collect())
    }

    /// Held objects that are, bear or say this.
    async fn holding(&self, view: &View, asked: &Asked) -> Result<Vec<ObjectRow>, NodeError> {
        match asked {
            Asked::Object(id, _) => match self.visible(view, id).await {
                Ok(row) => {
                    Ok(Some(row).filter(|r| r.state == ObjectState::Held).into_iter().collect())
                }
                Err(NodeError::NotFound { .. }) => Ok(Vec::new()),
                Err(error) => Err(error),
            },
            Asked::Key(kind, value, _) => {
                Ok(self.store.bearing(kind, value, &view.veil(), HITS).await?)
            }
            Asked::Words(text) => {
                let wanted = tokens(text);
                if wanted.is_empty() {
                    return Ok(Vec::new());
                }
                let veil = view.veil();
                let query =
                    SearchQuery { text: text.clone(), veil, limit: HITS, ..SearchQuery::default() };
                let mut hits = self.store.search(query).await?.hits;
                hits.retain(|row| says(row, &wanted));
                Ok(hits)
            }
        }
    }

    /// What the request is about, as it can be looked for here.
    async fn asked_about(&self, view: &View, held: &Held) -> Result<Vec<Asked>, NodeError> {
        let request = &held.object;
        let mut asked = Vec::new();
        let mut add = |one: Asked| {
            if !asked.contains(&one) {
                asked.push(one);
            }
        };
        for id in super::named_in(request.view()).into_iter().take(MOST_ASKED) {
            if let Some(twin) = self.twin_ever_known_to(&held.partner, &id).await? {
                add(Asked::Object(twin.original, id));
                continue;
            }
            let theirs = self.store.object(&id.to_lowercase(), Some(&held.partner)).await?;
            let theirs = theirs.filter(|row| row.state == ObjectState::Held);
            let Some(object) = theirs.and_then(|row| Object::parse(&row.raw).ok()) else {
                continue;
            };
            if !self.sees(view, &id.to_lowercase()).await? {
                continue;
            }
            for (kind, value) in object.identifier_keys() {
                add(Asked::Key(kind.to_owned(), value, id.clone()));
            }
            object.text("name").into_iter().for_each(|name| add(Asked::Words(name.to_owned())));
        }
        let values = request.get("subject_values").and_then(Value::as_array);
        for value in values.into_iter().flatten().take(MOST_ASKED) {
            let text = |name: &str| value.get(name).and_then(Value::as_str);
            let Some(said) = text("value") else { continue };
            let kind = text("kind").and_then(Kind::from_name);
            if let Some((kind, key)) = kind.and_then(|kind| key_of(kind, said, text("country"))) {
                add(Asked::Key(kind, key, said.to_owned()));
            }
            add(Asked::Words(said.to_owned()));
        }
        Ok(asked)
    }
}

impl Asked {
    /// What it is found by, and what the request says.
    fn told(&self) -> (&'static str, &str) {
        match self {
            Self::Object(_, said) => ("object", said),
            Self::Key(_, _, said) => ("identifier", said),
            Self::Words(said) => ("words", said),
        }
    }
}

/// Whether we are asked and an answer with content is possible.
fn open_for_us(held: &Held) -> bool {
    held.side == Side::Asked && held.thread.possible(Side::Asked).contains(&Step::Answered)
}

fn release_for(held: &Held, ids: Vec<String>) -> ReleaseRequest {
    ReleaseRequest {
        agreement: held.standing.agreement.id.to_string(),
        partner: Some(held.partner.clone()),
        purpose: held.object.text("purpose").map(str::to_owned),
        ids,
        ..ReleaseRequest::default()
    }
}

/// The key of an identifier as the store keeps it.
fn key_of(kind: Kind, said: &str, country: Option<&str>) -> Option<(String, String)> {
    let key = match kind {
        Kind::FirearmSerial => firearm_keys(said, "readable")?.k1,
        _ => normalise(kind, said, Context { country, scheme: None }).key,
    };
    Some((kind.name().to_owned(), key)).filter(|(_, key)| !key.is_empty())
}

/// Whether one value of the object says exactly these words.
fn says(row: &ObjectRow, wanted: &[String]) -> bool {
    let Ok(object) = Object::parse(&row.raw) else { return false };
    object.search_text().lines().any(|line| tokens(line) == wanted)
}
