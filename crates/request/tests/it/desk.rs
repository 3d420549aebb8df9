//! A side of a request as tests play it: invented units, events with ids by number.

use enlace_request::clock::{Limits, Wanted};
use enlace_request::event::Event;
use enlace_request::next::{Next, NextError};
use enlace_request::rule::Rules;
use enlace_request::state::{Kind, Side, Step};
use enlace_request::thread::{Frame, Thread};
use enlace_stix::Object;
use serde_json::{Map, Value, json};

pub const ASKING: &str = "identity--8a4e2f6b-6c3d-4e57-8f0a-7b9d5c1e3a22";
pub const ASKED: &str = "identity--6ffb4f3c-3b7a-4a0d-8c1b-52a07f0f7d11";
pub const MINUTE: i64 = 60_000_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub const INFORMATION: Rules = Rules { kind: Kind::Information, one_answer: false };
pub const URGENT: Wanted = Wanted {
    is_urgent: true,
    answer_by_us: None,
    limits: Some(Limits::DIRECTIVE),
    nothing_after_us: None,
};
pub const NORMAL: Wanted = Wanted { is_urgent: false, ..URGENT };

/// The request by its number.
pub fn request(number: u64) -> Object {
    Object::from_view(
        json!({
            "type": "request",
            "id": format!("request--00000000-0000-4000-8000-{number:012}"),
            "asked_by_ref": ASKING, "asked_of_ref": ASKED,
        })
        .as_object()
        .unwrap()
        .clone(),
    )
    .unwrap()
}

pub fn maker(side: Side) -> &'static str {
    if side == Side::Asking { ASKING } else { ASKED }
}

/// Properties that make an event of the links of a step.
pub fn object(mut view: Map<String, Value>, number: u64, by: &str) -> Object {
    view.insert("type".into(), "request-event".into());
    view.insert("id".into(), format!("request-event--00000000-0000-4000-8000-{number:012}").into());
    view.insert("created_by_ref".into(), by.into());
    Object::from_view(view).unwrap()
}

/// Both sides on one desk: every step arrives at once.
pub struct Desk {
    pub request: Object,
    pub rules: Rules,
    pub wanted: Wanted,
    pub events: Vec<Event>,
}

impl Desk {
    pub fn new(rules: Rules, wanted: Wanted) -> Self {
        Self { request: request(1), rules, wanted, events: Vec::new() }
    }

    pub fn frame(&self) -> Frame<'_> {
        Frame { request: &self.request, rules: self.rules, wanted: self.wanted }
    }

    pub fn thread(&self) -> Thread {
        Thread::weave(&self.frame(), self.events.clone())
    }

    /// A step, with more properties beside its links.
    pub fn try_say(
        &mut self,
        side: Side,
        step: Step,
        now_us: i64,
        more: Value,
    ) -> Result<Event, NextError> {
        let mut view = self.thread().next(&Next { side, step, now_us, received_us: None })?;
        view.extend(more.as_object().unwrap().clone());
        let number = self.events.len() as u64 + 1;
        let event = Event::read(&object(view, number, maker(side))).unwrap();
        self.events.push(event.clone());
        Ok(event)
    }

    pub fn asking(&mut self, step: Step, now_us: i64) -> Event {
        self.try_say(Side::Asking, step, now_us, json!({})).unwrap()
    }

    pub fn asked(&mut self, step: Step, now_us: i64) -> Event {
        self.try_say(Side::Asked, step, now_us, json!({})).unwrap()
    }
}
