//! Requests between two agencies: written, approved, sent, answered (docs/design/requests.md).
//!
//! - `request/draft.rs`: what has not left: written by one, approved by another, sent
//! - `request/attach.rs`: documents that go along with a request
//! - `request/template.rs`: what is the same in every request of a kind
//! - `request/say.rs`: every later step of ours, through the one exit
//! - `request/arrival.rs`: what a partner sends, and what follows by itself: receipts, limits, the
//!   one outward answer at its hour
//! - `request/reading.rs`: what is read for one thread or for all
//! - `request/again.rs`: what comes back after a restore
//! - `request/alert.rs`: what the desk is told
//! - `request/matches.rs`: an answer that is prepared
//! - `request/owner.rs`: what the owner of a restricted record is told of it
//! - `request/lines.rs`: lists and threads, for people

pub(crate) mod again;
mod alert;
mod arrival;
mod attach;
pub(crate) mod draft;
mod lines;
mod matches;
mod owner;
mod reading;
mod say;
mod template;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::sync::Arc;

use enlace_policy::Agreement;
use enlace_release::{Released, RequestError, Silence, Wording, in_one, request as let_out, words};
use enlace_request::clock::{Limits, Wanted};
use enlace_request::event::Event;
use enlace_request::rule::Rules;
use enlace_request::state::{Kind, Side};
use enlace_request::thread::{Frame, Thread};
use enlace_stix::Object;
use enlace_store::{OWN, ObjectRow, ObjectState};
use serde_json::{Map, Value};

use crate::standing::Standing;
use crate::view::View;
use crate::{Node, NodeError};

pub use alert::RequestAlert;
pub(crate) use arrival::{AHEAD_US, request_refusals};
pub use attach::{Attached, RequestObject};
pub use draft::{NewRequest, RequestDraft};
pub use lines::{RequestLine, RequestView, StepLine};
pub use matches::{RequestMatch, RequestMatches};
pub use owner::RestrictedMatch;
use reading::Reading;
pub use say::{NewStep, StepSaid, Wish};
pub use template::RequestTemplate;

const HOUR_US: i64 = 3_600_000_000;

/// A request with its thread, as this node holds it.
pub(crate) struct Held {
    pub(crate) object: Object,
    /// Which side this node is.
    pub(crate) side: Side,
    /// Key id of the other.
    pub(crate) partner: String,
    pub(crate) standing: Arc<Standing>,
    pub(crate) thread: Thread,
    /// The steps with when each arrived or was written here.
    pub(crate) steps: Vec<(Object, i64)>,
    /// Steps of ours that the partner refused, each with the rule.
    pub(crate) refused: Vec<(String, String)>,
}

impl Held {
    /// When the step with this id arrived or was written here.
    pub(crate) fn at_us(&self, id: &str) -> Option<i64> {
        self.steps.iter().find(|(step, _)| step.id().as_str() == id).map(|(_, at)| *at)
    }

    /// The thread as it would be with one step more.
    fn with(&self, event: Event) -> Thread {
        let kind = self.thread.rules().kind;
        let events = events_of(&self.steps).chain([event]);
        woven(&self.object, kind, &self.standing.agreement, events)
    }

    /// The objects that the request or a step names, as it names them: whoever may not see one of them
    /// sees none of the thread.
    fn subjects(&self) -> Vec<String> {
        let named_by = ["answer_refs", "attachment_refs"];
        let steps = self.steps.iter().map(|(step, _)| step);
        let steps = steps.flat_map(|step| named_by.iter().flat_map(|name| step.texts(name)));
        let mut named: Vec<String> = steps.map(str::to_owned).collect();
        named.extend(named_in(self.object.view()));
        named.sort_unstable();
        named.dedup();
        named
    }

    /// What the partner said in the thread: it knows what it said.
    fn heard(&self) -> Vec<String> {
        let partner = self.side.other();
        let theirs = |object: &&Object| object.text("side") == Some(partner.name());
        let request = (self.side == Side::Asked).then_some(&self.object);
        let said = self.steps.iter().map(|(object, _)| object).filter(theirs).chain(request);
        said.flat_map(|object| {
            let (subjects, others) = words(object);
            subjects.into_iter().chain(others)
        })
        .collect()
    }
}

/// Where a request names objects.
const SUBJECTS: &[&str] = &[
    "/subject_refs",
    "/about_refs",
    "/attachment_refs",
    "/trace/firearm_ref",
    "/trace/recovered_place_ref",
    "/trace/possessor_ref",
    "/trace/associate_refs",
    "/trace/photo_refs",
    "/correction/object_ref",
    "/interview/person_ref",
];

/// The objects that a request names.
fn named_in(request: &Map<String, Value>) -> Vec<String> {
    let mut named = Vec::new();
    for place in SUBJECTS {
        let mut steps = place.split('/').skip(1);
        let first = steps.next().and_then(|name| request.get(name));
        match steps.fold(first, |found, name| found.and_then(|value| value.get(name))) {
            Some(Value::String(id)) => named.push(id.clone()),
            Some(Value::Array(ids)) => {
                named.extend(ids.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            _ => {}
        }
    }
    named
}

/// Of requests with one id ours, else the one that came first: whoever learned the id of another's
/// request does not take its thread over.
fn first_of(mut rows: Vec<ObjectRow>) -> Vec<ObjectRow> {
    let mut met = HashSet::new();
    rows.sort_by_key(|row| (row.channel != OWN, row.row));
    rows.retain(|row| met.insert(row.id.clone()));
    rows.sort_by_key(|row| row.row);
    rows
}

/// The thread of a request under an agreement.
fn woven(
    request: &Object,
    kind: Kind,
    agreement: &Agreement,
    events: impl IntoIterator<Item = Event>,
) -> Thread {
    let rules = Rules { kind, one_answer: agreement.terms().answer.is_some() };
    let frame = Frame { request, rules, wanted: wanted(request, kind, agreement) };
    Thread::weave(&frame, events)
}

fn events_of(steps: &[(Object, i64)]) -> impl Iterator<Item = Event> {
    steps.iter().filter_map(|(step, _)| Event::read(step).ok())
}

/// How long after its receipt *nothing can be provided* is said, where an agreement has one answer.
fn nothing_after_us(agreement: &Agreement) -> Option<i64> {
    let term = agreement.terms().answer.as_ref()?;
    Some(i64::from(term.after_hours).saturating_mul(HOUR_US))
}

/// What a request says about time, and what its agreement promises.
fn wanted(request: &Object, kind: Kind, agreement: &Agreement) -> Wanted {
    let term = agreement.terms().deadlines.as_ref();
    let limits = term.filter(|_| kind != Kind::Spontaneous).map(|term| {
        Limits::of_term(term.urgent_direct_hours, term.urgent_indirect_days, term.other_days)
    });
    Wanted {
        is_urgent: request.text("urgency") == Some("urgent"),
        answer_by_us: request.time("answer_by").map(|time| time.micros()),
        limits,
        nothing_after_us: nothing_after_us(agreement),
    }
}

/// The kind of a request that has a thread; asks for consent have a way of their own.
fn kind_of(request: &Object) -> Option<Kind> {
    request.text("kind").and_then(Kind::from_name).filter(|kind| *kind != Kind::Consent)
}

impl Node {
    /// The request with its thread; not found where it is not between this node and one partner.
    pub(crate) async fn request_held(&self, id: &str) -> Result<Held, NodeError> {
        Ok(self.request_read(id).await?.1)
    }

    /// The same with what was read for it.
    async fn request_read(&self, id: &str) -> Result<(Reading, Held), NodeError> {
        let missing = || NodeError::not_found("request", id);
        let id = id.to_lowercase();
        let mut rows = self.store.versions(&id).await?;
        rows.retain(|r| r.kind == "request" && r.state == ObjectState::Held);
        let row = first_of(rows).into_iter().next().ok_or_else(missing)?;
        let reading = self.request_reading(Some(&id)).await?;
        let held = reading.thread(&row).ok_or_else(missing)?;
        Ok((reading, held))
    }

    /// Refuses whoever may not see what a request is about: it is as if there were none.
    async fn request_seen(&self, view: &View, held: &Held) -> Result<(), NodeError> {
        for id in &held.subjects() {
            let twin = self.twin_ever_known_to(&held.partner, id).await?;
            let here = twin.map_or_else(|| id.to_lowercase(), |twin| twin.original);
            if !self.sees(view, &here).await? {
                return Err(NodeError::not_found("request", held.object.id().as_str()));
            }
        }
        Ok(())
    }

    /// Lets a request or a step out through the one exit, its words looked through.
    pub(crate) async fn request_paper(
        &self,
        object: &Object,
        agreement: &Agreement,
        partner: &str,
        heard: &[String],
    ) -> Result<Released, NodeError> {
        let (subjects, others) = words(object);
        let texts = [in_one(subjects.iter().chain(&others))];
        let mut people = Silence::default();
        for text in texts.iter().chain(heard) {
            self.add_named(text, &mut people).await?;
        }
        let untold = self.untold_in(&texts, partner).await?;
        let made = match &untold {
            None => {
                let wording = Wording { people: &people, unspeakable: None, heard };
                let_out(object, agreement, partner, wording)
            }
            Some(untold) => untold.with(|unspeakable| {
                let unspeakable = Some(unspeakable);
                let_out(object, agreement, partner, Wording { people: &people, unspeakable, heard })
            }),
        };
        made.map_err(|error| refused(&error))
    }
}

fn refused(error: &RequestError) -> NodeError {
    let (code, expected) = match error {
        RequestError::Names => (
            "request.names",
            "texts that name nobody held here but whom the request is about (`subject_values`) or \
             the partner named, and nothing known only from others",
        ),
        RequestError::HoldsId => ("request.holds-id", "texts without ids of objects"),
        RequestError::Length => ("request.text", "texts of at most 8000 characters"),
        RequestError::Property(_) => ("request.property", "properties of a request only"),
        RequestError::NotAPaper(_)
        | RequestError::NotAParty
        | RequestError::OtherAgreement
        | RequestError::Invalid => ("request.invalid", "a valid request between the parties"),
    };
    NodeError::input(code, error.to_string(), "request", expected)
}
