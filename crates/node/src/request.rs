//! Requests between two agencies: written, approved, sent, answered (docs/design/requests.md).
//!
//! - `request/draft.rs`: what has not left: written by one, approved by another, sent
//! - `request/say.rs`: every later step of ours, through the one exit
//! - `request/arrival.rs`: what a partner sends, and what follows by itself: receipts, limits, the
//!   one outward answer at its hour
//! - `request/lines.rs`: lists and threads, for people

mod arrival;
mod draft;
mod lines;
mod say;
#[cfg(test)]
mod tests;

use enlace_policy::Agreement;
use enlace_release::{Released, RequestError, Silence, Wording, in_one, request as let_out, words};
use enlace_request::clock::{Limits, Wanted};
use enlace_request::event::{Event, MOST_EVENTS};
use enlace_request::rule::Rules;
use enlace_request::state::{Kind, Side};
use enlace_request::thread::{Frame, Thread};
use enlace_stix::Object;
use enlace_store::{OWN, ObjectRow, ObjectState, Veil};

use crate::standing::Standing;
use crate::view::View;
use crate::{Node, NodeError};

pub(crate) use arrival::request_refusals;
pub use draft::{NewRequest, RequestDraft};
pub use lines::{RequestLine, RequestView, StepLine};
pub use say::NewStep;

const HOUR_US: i64 = 3_600_000_000;

/// A request with its thread, as this node holds it.
pub(crate) struct Held {
    pub(crate) object: Object,
    /// Which side this node is.
    pub(crate) side: Side,
    /// Key id of the other.
    pub(crate) partner: String,
    pub(crate) standing: Standing,
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
        let missing = || NodeError::not_found("request", id);
        let row = self.store.object(&id.to_lowercase(), None).await?;
        let row = row.filter(|r| r.kind == "request" && r.state == ObjectState::Held);
        self.request_of(row.ok_or_else(missing)?).await?.ok_or_else(missing)
    }

    /// The thread of a request that is held; `None` for one that has none.
    async fn request_of(&self, row: ObjectRow) -> Result<Option<Held>, NodeError> {
        let Ok(object) = Object::parse(&row.raw) else { return Ok(None) };
        let Some(kind) = kind_of(&object) else { return Ok(None) };
        let Some((side, partner)) = self.request_parties(&row.channel, &object).await? else {
            return Ok(None);
        };
        let about = object.text("agreement_ref").unwrap_or_default();
        let Some(standing) = self.agreement_with_id(about).await? else { return Ok(None) };
        let steps = self.request_steps(object.id().as_str(), &partner).await?;
        let thread = woven(&object, kind, &standing.agreement, events_of(&steps));
        let refused = self.steps_refused(object.id().as_str()).await?;
        Ok(Some(Held { side, partner, standing, thread, steps, refused, object }))
    }

    /// Which side this node is, and the key id of the other; `None` where it is not between the two.
    async fn request_parties(
        &self,
        channel: &str,
        request: &Object,
    ) -> Result<Option<(Side, String)>, NodeError> {
        let (by, of) = (request.text("asked_by_ref"), request.text("asked_of_ref"));
        let me = Some(self.me.identity_id.as_str());
        let cards = self.cards().await?;
        let partner = |identity: Option<&str>| {
            let card = cards.iter().find(|(_, _, card)| Some(card.identity_id()) == identity);
            card.map(|(key_id, _, _)| key_id.clone())
        };
        Ok(match channel {
            OWN if by == me => partner(of).map(|key_id| (Side::Asking, key_id)),
            OWN => None,
            channel if of == me && partner(by).as_deref() == Some(channel) => {
                Some((Side::Asked, channel.to_owned()))
            }
            _ => None,
        })
    }

    /// The steps of a thread from the two of us, in the order of their arrival.
    async fn request_steps(
        &self,
        id: &str,
        partner: &str,
    ) -> Result<Vec<(Object, i64)>, NodeError> {
        let most = usize::try_from(MOST_EVENTS).unwrap_or(1_000).saturating_mul(4);
        let mut rows: Vec<ObjectRow> = Vec::new();
        for found in self.store.referring(id, &Veil::default(), most).await? {
            let row = found.object;
            let ours = row.channel == OWN || row.channel == partner;
            if row.kind == "request-event" && ours && rows.iter().all(|r| r.row != row.row) {
                rows.push(row);
            }
        }
        rows.sort_by_key(|row| row.row);
        let read = |row: ObjectRow| Some((Object::parse(&row.raw).ok()?, row.received_us));
        Ok(rows.into_iter().filter_map(read).collect())
    }

    /// Refuses whoever may not see what a request is about: it is as if there were none.
    async fn request_seen(&self, view: &View, held: &Held) -> Result<(), NodeError> {
        let about = held.object.texts("subject_refs").chain(held.object.texts("about_refs"));
        for id in about {
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
