//! Markings, read from the JSON and joined scheme by scheme (docs/stix/markings.md).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::time;
use super::types::HANDLING;

pub type Texts = BTreeSet<String>;

/// Everything that the markings on one value say, joined.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Marking {
    /// Index into [`COLOURS`].
    pub tlp: Option<usize>,
    pub handling: Texts,
    pub caveats: Texts,
    pub to: Option<Texts>,
    pub purposes: Option<Texts>,
    /// No onward sharing at all was asked.
    pub never_onward: bool,
    /// Index into [`PAP`].
    pub pap: Option<usize>,
    /// To whom passing on is consented in advance.
    pub in_advance: Option<Texts>,
    /// First moment at which it must be gone, microseconds.
    pub until: Option<i64>,
    /// Days for which a recipient may keep it.
    pub days: Option<u64>,
    /// When it must be looked at again, microseconds.
    pub review: Option<i64>,
    /// Conditions in words.
    pub conditions: bool,
    /// Something that nobody here can read or act on.
    pub unknown: bool,
}

pub const COLOURS: [&str; 5] = ["clear", "green", "amber", "amber+strict", "red"];
pub const PAP: [&str; 4] = ["clear", "green", "amber", "red"];
const TLP: [(&str, usize); 9] = [
    ("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", 0),
    ("marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", 0),
    ("marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", 1),
    ("marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", 1),
    ("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", 2),
    ("marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", 2),
    ("marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", 3),
    ("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", 4),
    ("marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", 4),
];

/// The marking definition of TLP 2.0 for a colour.
pub fn tlp_id(colour: usize) -> &'static str {
    // In the list, TLP 2.0 stands before TLP 1.
    TLP.iter().find(|(_, c)| *c == colour).unwrap().0
}

type Definitions = BTreeMap<String, Value>;

/// One granular marking that can be placed: what it selects, and what it says.
struct Placed {
    selectors: Vec<Vec<Step>>,
    says: Marking,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Name(String),
    Item(usize),
}

/// The markings of one object.
pub struct Markings {
    pub whole: Marking,
    granular: Vec<Placed>,
}

impl Markings {
    pub fn of(object: &Value, definitions: &Definitions) -> Self {
        let mut whole = Marking::default();
        match object.get("object_marking_refs") {
            None => {}
            Some(Value::Array(ids)) => {
                ids.iter().for_each(|id| whole.join(&read(id, definitions)));
            }
            Some(other) => whole.join(&read(&Value::Array(vec![other.clone()]), definitions)),
        }
        let mut granular = Vec::new();
        match object.get("granular_markings") {
            None => {}
            Some(Value::Array(items)) => {
                for item in items {
                    place(item, object, definitions, &mut whole, &mut granular);
                }
            }
            Some(_) => whole.unknown = true,
        }
        Self { whole, granular }
    }

    /// The join of what covers the value at this place: the object's markings and every granular
    /// one that selects it, something that holds it, or a part of it.
    pub fn at(&self, place: &[Step]) -> Marking {
        let mut all = self.whole.clone();
        for placed in &self.granular {
            let touches = |selector: &Vec<Step>| {
                let shorter = selector.len().min(place.len());
                selector[..shorter] == place[..shorter]
            };
            if placed.selectors.iter().any(touches) {
                all.join(&placed.says);
            }
        }
        all
    }

    /// Whether any granular marking touches the place.
    pub fn touch(&self, place: &[Step]) -> bool {
        self.granular.iter().flat_map(|placed| &placed.selectors).any(|selector| {
            let shorter = selector.len().min(place.len());
            selector[..shorter] == place[..shorter]
        })
    }
}

fn place(
    item: &Value,
    object: &Value,
    definitions: &Definitions,
    whole: &mut Marking,
    granular: &mut Vec<Placed>,
) {
    let id = match (item.get("marking_ref"), item.get("lang")) {
        (Some(id), _) => id,
        // A language says nothing about who may see a text.
        (None, Some(Value::String(_))) => return,
        (None, _) => &Value::Null,
    };
    let says = read(id, definitions);
    let mut selectors = Vec::new();
    let listed = item.get("selectors").and_then(Value::as_array).cloned().unwrap_or_default();
    for selector in &listed {
        let steps = selector.as_str().and_then(steps);
        let steps = steps.filter(|steps| there(object, steps));
        // Without its id or type nothing of an object can be told.
        selectors.extend(steps.filter(|_| selector != "id" && selector != "type"));
    }
    if !id.is_string() || listed.is_empty() || selectors.len() < listed.len() {
        whole.join(&says);
    } else {
        granular.push(Placed { selectors, says });
    }
}

/// The steps of a selector of the right form.
pub fn steps(selector: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for (i, part) in selector.split('.').enumerate() {
        let name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if part.starts_with('[') && part.ends_with(']') && i > 0 {
            let digits = &part[1..part.len() - 1];
            if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
                return None;
            }
            steps.push(Step::Item(digits.parse().unwrap_or(usize::MAX)));
        } else if !part.is_empty() && part.len() <= 250 && part.chars().all(name) {
            steps.push(Step::Name(part.to_owned()));
        } else {
            return None;
        }
    }
    Some(steps)
}

fn there(object: &Value, steps: &[Step]) -> bool {
    let mut value = object;
    for step in steps {
        let below = match (value, step) {
            (Value::Object(members), Step::Name(name)) => members.get(name),
            (Value::Array(items), Step::Item(index)) => items.get(*index),
            _ => None,
        };
        let Some(below) = below else { return false };
        value = below;
    }
    true
}

fn read(id: &Value, definitions: &Definitions) -> Marking {
    let unknown = Marking { unknown: true, ..Marking::default() };
    let Some(id) = id.as_str() else { return unknown };
    if let Some((_, colour)) = TLP.iter().find(|(tlp, _)| tlp.eq_ignore_ascii_case(id)) {
        return Marking { tlp: Some(*colour), ..Marking::default() };
    }
    let Some(definition) = definitions.get(id) else { return unknown };
    if !definition["id"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(id)) {
        return unknown;
    }
    let mut says = Marking::default();
    let (mut parts, mut foreign) = (0, false);
    if let Some(kind) = definition.get("definition_type") {
        parts += 1;
        foreign |= kind != "statement";
    }
    if let Some(extensions) = definition.get("extensions") {
        parts += 1;
        let empty = Map::new();
        let extensions = extensions.as_object().unwrap_or(&empty);
        foreign |= extensions.is_empty();
        for (extension, body) in extensions {
            match body.as_object() {
                Some(body) if extension == HANDLING => says.join(&handling(body)),
                // ACS, IEP, CUI and the rest: nothing here acts on them.
                _ => foreign = true,
            }
        }
    }
    says.unknown |= foreign || parts == 0;
    says
}

fn handling(body: &Map<String, Value>) -> Marking {
    let mut says = Marking::default();
    let colour = |list: &[&str], value: &Value| {
        let name = if value == "white" { "clear" } else { value.as_str()? };
        list.iter().position(|known| *known == name)
    };
    // What cannot be read is the strictest.
    says.tlp = body.get("tlp").and_then(|value| colour(&COLOURS, value)).or(Some(4));
    let (mut unread, mut listed) = (false, None);
    for (name, value) in body {
        let items = value.as_array().cloned().unwrap_or_default();
        let texts: Texts = items.iter().filter_map(|i| i.as_str().map(str::to_owned)).collect();
        let is_list_of_texts = value.is_array() && items.iter().all(Value::is_string);
        match name.as_str() {
            "extension_type" | "tlp" => {}
            "handling" => {
                let known = |code: String| match code.as_str() {
                    "H0" | "H1" | "H2" => code,
                    _ => "H3".to_owned(),
                };
                says.handling = texts.into_iter().map(known).collect();
                unread |= !is_list_of_texts;
            }
            "caveats" => {
                says.caveats = texts;
                unread |= !is_list_of_texts;
            }
            "releasable_to" => {
                says.to = Some(texts);
                unread |= !is_list_of_texts;
            }
            "purposes" => {
                says.purposes = Some(texts);
                unread |= !is_list_of_texts;
            }
            "onward" => {
                says.never_onward = value != "with-consent";
                unread |= value != "none" && value != "with-consent";
            }
            "pap" => {
                says.pap = colour(&PAP, value).or(Some(3));
                unread |= colour(&PAP, value).is_none();
            }
            "onward_recipients" => {
                listed = Some(texts);
                unread |= !is_list_of_texts;
            }
            "retention_days" => {
                says.days = value.as_u64().filter(|days| *days > 0);
                unread |= says.days.is_none();
            }
            "review_due" => {
                says.review = value.as_str().and_then(time::first_moment);
                unread |= says.review.is_none();
            }
            "conditions" => {
                says.conditions = value.is_string();
                unread |= !value.is_string();
            }
            // Says by which clause it was stamped, and asks for nothing.
            "clause" => {}
            "retention_until" => {
                says.until = value.as_str().and_then(time::first_moment);
                unread |= says.until.is_none();
            }
            _ => unread = true,
        }
    }
    says.in_advance = match body.contains_key("onward") {
        true if says.never_onward => Some(Texts::new()),
        // A rule without a list consents to nobody.
        true => Some(listed.unwrap_or_default()),
        false => listed,
    };
    says.unknown |= unread;
    says
}

impl Marking {
    pub fn join(&mut self, more: &Self) {
        self.carry(more);
        self.to = cut(&self.to, &more.to);
        self.purposes = cut(&self.purposes, &more.purposes);
        self.unknown |= more.unknown;
    }

    /// Joins what travels with the value: who may have it is decided where it applies.
    pub fn carry(&mut self, more: &Self) {
        self.tlp = self.tlp.max(more.tlp);
        self.pap = self.pap.max(more.pap);
        self.handling.extend(more.handling.clone());
        self.caveats.extend(more.caveats.clone());
        self.never_onward |= more.never_onward;
        self.conditions |= more.conditions;
        self.in_advance = cut(&self.in_advance, &more.in_advance);
        self.until = least(self.until, more.until);
        self.days = least(self.days, more.days);
        self.review = least(self.review, more.review);
    }
}

fn least<T: Ord>(held: Option<T>, more: Option<T>) -> Option<T> {
    held.into_iter().chain(more).min()
}

/// What both allow; `None` allows everything.
fn cut(held: &Option<Texts>, more: &Option<Texts>) -> Option<Texts> {
    match (held, more) {
        (Some(a), Some(b)) => Some(a.intersection(b).cloned().collect()),
        (a, b) => a.clone().or_else(|| b.clone()),
    }
}
