//! Sides that act, and what each holds of it.

use std::collections::BTreeMap;

use enlace_case::{Case, Event, Step, case_id};
use enlace_stix::Object;
use enlace_stix::Timestamp;
use proptest::sample::Index;
use serde_json::{Map, Value, json};

pub const A: &str = "identity--8a4e2f6b-6c3d-4e57-8f0a-7b9d5c1e3a22";
pub const B: &str = "identity--1f7c9b25-3e6a-4d80-b94e-5a2c8d6f0e13";
pub const C: &str = "identity--3c9d5e71-4b2a-4f86-90c3-7e1f6a8d2b54";

/// All sides with everything that was told.
pub struct World {
    sides: Vec<&'static str>,
    told: Vec<Event>,
    count: u64,
}

impl World {
    pub fn new(sides: &[&'static str]) -> Self {
        Self { sides: sides.to_vec(), told: Vec::new(), count: 0 }
    }

    /// What a side holds: what it told and what it was told.
    pub fn held_by(&self, side: &str) -> Vec<Event> {
        self.told.iter().filter(|e| e.by == side || e.to == side).cloned().collect()
    }

    pub fn case(&self, side: &str) -> Case {
        Case::reckon(self.held_by(side))
    }

    fn uuid(&self, more: u64) -> String {
        format!("{:08x}-0000-4000-8000-{:012x}", more, self.count)
    }

    fn event(&self, by: &str, to: &str, step: Step, says: &[(&str, &str)]) -> Event {
        let chain = self.told.iter().filter(|e| e.by == by && e.to == to);
        let last = chain.max_by_key(|e| e.sequence);
        let at = Timestamp::from_micros(1_780_000_000_000_000 + self.count as i64 * 1_000_000);
        let at = at.to_millis().to_string();
        let place = self.sides.iter().position(|side| *side == to).unwrap_or(9) as u64;
        let mut view: Map<String, Value> = json!({
            "type": "case-event", "spec_version": "2.1",
            "id": format!("case-event--{}", self.uuid(place + 1)),
            "created_by_ref": by, "created": at, "modified": at, "case_ref": case_id(A, &format!("{:08x}-0000-4000-8000-{:012x}", 0, 1)),
            "agreement_ref": "agreement--3c9d5e71-4b2a-4f86-90c3-7e1f6a8d2b54",
            "addressed_ref": to, "act": self.uuid(0), "step": step.name(), "by_ref": by,
            "occurred_at": at, "sequence": last.map_or(1, |last| last.sequence + 1),
        })
        .as_object()
        .unwrap()
        .clone();
        if let Some(last) = last {
            view.insert("previous_sha256".to_owned(), json!(last.hash));
        }
        if step == Step::Opened {
            view.insert("side_refs".to_owned(), json!(self.sides));
            for (name, value) in [("purpose", "p"), ("case_number", "1"), ("title", "t")] {
                view.insert(name.to_owned(), json!(value));
            }
        }
        for (name, value) in says {
            let value = if *name == "object_refs" { json!([value]) } else { json!(value) };
            view.insert((*name).to_owned(), value);
        }
        if step == Step::Shared {
            let record = "release-record--3c9d5e71-4b2a-4f86-90c3-7e1f6a8d2b54";
            view.insert("release_record_ref".to_owned(), json!(record));
        }
        Event::read(&Object::parse(&Value::Object(view).to_string()).unwrap()).unwrap()
    }

    /// An act as it would be told to one other side, and is not.
    pub fn draft(&mut self, by: &str, step: Step, says: &[(&str, &str)]) -> Event {
        self.count += 1;
        let to = self.sides.iter().find(|side| **side != by).unwrap();
        self.event(by, to, step, says)
    }

    /// Tells an act to every other side; its id.
    pub fn act(&mut self, by: &str, step: Step, says: &[(&str, &str)]) -> String {
        self.count += 1;
        for to in self.sides.clone().into_iter().filter(|side| *side != by) {
            let event = self.event(by, to, step, says);
            self.told.push(event);
        }
        self.uuid(0)
    }

    /// An act of a side as its node would let it through: none that does not follow there.
    pub fn some_act(&mut self, by: &'static str, step: Step, pick: Index) {
        let case = self.case(by);
        let tasks: Vec<String> = case.tasks().iter().map(|task| task.id.clone()).collect();
        let task = if tasks.is_empty() { String::new() } else { pick.get(&tasks).clone() };
        let to = pick.get(&self.sides).to_string();
        let member = ["Desk 1", "Desk 2"][pick.index(2)];
        let gun = "firearm--f431f809-377b-45e0-aa1c-6a4751cae5ff";
        let says: BTreeMap<Step, Vec<(&str, &str)>> = BTreeMap::from([
            (Step::Joined, vec![("member", member), ("member_role", "analyst")]),
            (Step::Left, vec![("member", member)]),
            (Step::TaskGiven, vec![("title", "t"), ("assigned_ref", to.as_str())]),
            (Step::TaskTaken, vec![("task", task.as_str())]),
            (Step::TaskDone, vec![("task", task.as_str())]),
            (Step::TaskDropped, vec![("task", task.as_str())]),
            (Step::Said, vec![("text", "words")]),
            (Step::Shared, vec![("object_refs", gun)]),
            (Step::Exhibit, vec![("object_refs", gun), ("exhibit_number", "1")]),
        ]);
        let says = says.get(&step).cloned().unwrap_or_default();
        let no_task = says.iter().any(|(name, value)| *name == "task" && value.is_empty());
        if no_task || step == Step::Opened {
            return;
        }
        let event = self.draft(by, step, &says);
        if self.case(by).judge(&event).is_ok() {
            self.act(by, step, &says);
        }
    }
}

/// An order that follows from a number.
pub fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for last in (1..items.len()).rev() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(last, (state >> 33) as usize % (last + 1));
    }
}
