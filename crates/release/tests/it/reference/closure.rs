//! The whole release: decide, mask, then take out what cannot leave until nothing has to go.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::fields::{Field, Form, Left, Masker, carried, fields, is_replaced, leaving, plain};
use super::marking::{COLOURS, Markings, PAP, tlp_id};
use super::types::{self, EXTENSIONS, HANDLING, Type};
use super::{Consent, Original, Question, Told, list, text, time};

type Clauses = BTreeSet<String>;

/// What the partner has of an original.
#[derive(Debug, Clone, PartialEq)]
pub struct Previous {
    pub twin: String,
    pub created_us: i64,
    pub modified_us: i64,
    pub recalled: bool,
    /// The flattened copy that it has of a document.
    pub copy: Option<Told>,
}

/// Everything beside the set and the question.
pub struct World<'a> {
    pub question: Question<'a>,
    /// The identity of the releasing node.
    pub identity: &'a Value,
    pub previous: &'a BTreeMap<String, Previous>,
    /// What is held beside the set, with whether the partner knows of it.
    pub outside: &'a [(Value, bool)],
    /// Whether an object is valid STIX 2.1.
    pub valid: &'a dyn Fn(&Value) -> bool,
}

impl World<'_> {
    /// What the partner has under this id, whichever of our objects it was made of: since the
    /// first release, in the last version, and not at all if it was ever recalled.
    fn had(&self, twin: &str) -> Option<Previous> {
        let all: Vec<&Previous> = self.previous.values().filter(|p| p.twin == twin).collect();
        let modified_us = all.iter().map(|p| p.modified_us).max()?;
        // In doubt which copy it has, nobody knows of any.
        let mut last = all.iter().filter(|p| p.modified_us == modified_us);
        let copy = last.next()?.copy.clone();
        Some(Previous {
            twin: twin.to_owned(),
            created_us: all.iter().map(|p| p.created_us).min()?,
            modified_us,
            copy: if last.all(|p| p.copy == copy) { copy } else { None },
            recalled: all.iter().any(|p| p.recalled),
        })
    }
}

/// What becomes of an original.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Stays. `decided`: by these clauses; else because of others, by some of these.
    Withheld { clauses: BTreeSet<String>, decided: bool },
    /// Leaves.
    Released(Box<Twin>),
}

/// What leaves of an original. An id that nobody can foretell is that of the original.
#[derive(Debug, Clone, PartialEq)]
pub struct Twin {
    pub id: String,
    /// `object_marking_refs` holds only the colour.
    pub object: Value,
    /// The marking made for the partner, without its id.
    pub marking: Value,
    /// `kept`, `changed` or `withheld` for each path.
    pub fields: BTreeMap<String, &'static str>,
    pub expires_us: i64,
    /// Leaves under its own id.
    pub keeps_id: bool,
}

struct Alive<'a> {
    object: &'a Value,
    kind: &'static Type,
    markings: Markings,
    fields: Vec<Field>,
    twin: String,
    form: Form,
    /// How the originator of a redacted copy is named.
    named_as: Option<String>,
}

type Copies = BTreeMap<String, Option<Told>>;

struct Set<'a> {
    world: &'a World<'a>,
    alive: BTreeMap<String, Alive<'a>>,
    /// What stays, with what of it leaves all the same.
    names_of_dead: BTreeSet<text::Name>,
    withheld: BTreeMap<String, (BTreeSet<String>, bool)>,
    /// What nothing may say that does not say it anyway: names of what the partner knows nothing of.
    unspeakable: BTreeSet<text::Name>,
    /// Of each artifact of the set, what can be told of its copy.
    copies: Copies,
    /// Leaves as the twin of another.
    same: BTreeMap<String, String>,
    judged: RefCell<HashMap<String, bool>>,
}

/// What becomes of every original, by id.
pub fn release(originals: &[Original], world: &World<'_>) -> BTreeMap<String, Outcome> {
    let newest = newest(originals, world);
    let mut set = Set {
        world,
        alive: BTreeMap::new(),
        names_of_dead: BTreeSet::new(),
        withheld: BTreeMap::new(),
        unspeakable: unspeakable(originals, world.outside),
        copies: newest
            .iter()
            .filter(|(_, o)| o.object["type"] == "artifact")
            .map(|(id, o)| (id.clone(), o.copy.as_ref().map(Told::of)))
            .collect(),
        same: BTreeMap::new(),
        judged: RefCell::default(),
    };
    for (id, original) in &newest {
        match permitted(original, world, &set.copies) {
            Ok(alive) => drop(set.alive.insert(id.clone(), alive)),
            Err(clauses) => drop(set.withheld.insert(id.clone(), (clauses, true))),
        }
    }
    set.share_twins();
    let same = &set.same;
    for id in set.withheld.keys().filter(|id| !same.contains_key(*id)) {
        set.names_of_dead.extend(text::names(&newest[id].object, &BTreeSet::new()));
    }
    set.settle();
    set.more_reasons(&newest);
    let mut outcomes = BTreeMap::new();
    let identity = set.valid(&public_identity(world.identity));
    for (id, alive) in &set.alive {
        let outcome = match (set.build(alive), identity) {
            (Ok(twin), true) => Outcome::Released(Box::new(twin)),
            _ => Outcome::Withheld { clauses: ["default.invalid".into()].into(), decided: true },
        };
        outcomes.insert(id.clone(), outcome);
    }
    for (id, (clauses, decided)) in set.withheld {
        outcomes.insert(id, Outcome::Withheld { clauses, decided });
    }
    outcomes
}

/// Words that more objects than this are called by name none of them.
const SHARED: usize = 8;

/// Names of what the partner does not know of.
fn unspeakable(originals: &[Original], outside: &[(Value, bool)]) -> BTreeSet<text::Name> {
    let mut holders: BTreeMap<text::Name, BTreeSet<&str>> = BTreeMap::new();
    let held = originals.iter().map(|o| &o.object).chain(outside.iter().map(|(o, _)| o));
    for object in held {
        for name in text::names(object, &BTreeSet::new()) {
            holders.entry(name).or_default().insert(object["id"].as_str().unwrap());
        }
    }
    let unknown = outside.iter().filter(|(_, knows)| !knows);
    let names = unknown.flat_map(|(object, _)| text::names(object, &BTreeSet::new()));
    let shared =
        |name: &text::Name| matches!(name, text::Name::Word(_)) && holders[name].len() > SHARED;
    names.filter(|name| !shared(name)).collect()
}

/// The identity of the node as partners see it.
pub fn public_identity(identity: &Value) -> Value {
    let mut public = json!({ "spec_version": "2.1" });
    for name in ["type", "id", "created", "modified", "name", "identity_class"] {
        if let Some(value) = identity.get(name) {
            public[name] = value.clone();
        }
    }
    public
}

/// Of several versions the newest counts; but a withdrawal is final.
fn newest(originals: &[Original], world: &World<'_>) -> BTreeMap<String, Original> {
    let instant = |o: &Original| {
        let time = |name: &str| o.object[name].as_str().and_then(time::micros);
        (time("modified").or_else(|| time("created")), o.own)
    };
    let id = |o: &Original| o.object["id"].as_str().unwrap().to_ascii_lowercase();
    let mut newest: BTreeMap<String, Original> = BTreeMap::new();
    for original in originals.iter().filter(|o| o.object["id"] != world.identity["id"]) {
        let held = newest.entry(id(original)).or_insert_with(|| original.clone());
        if instant(original) > instant(held) {
            *held = original.clone();
        }
    }
    for original in originals.iter().filter(|o| o.object["revoked"] == true) {
        if let Some(held) = newest.get_mut(&id(original)).filter(|held| held.own == original.own) {
            held.object["revoked"] = json!(true);
        }
    }
    newest
}

/// Something of what leaves whole or not at all may not leave: which clause says so first is of no
/// matter here.
pub const NOT_WHOLE: &str = "not whole";

fn one(clause: &str) -> BTreeSet<String> {
    BTreeSet::from([clause.to_owned()])
}

fn permitted<'a>(
    original: &'a Original,
    world: &World<'_>,
    copies: &Copies,
) -> Result<Alive<'a>, BTreeSet<String>> {
    let object = &original.object;
    let name = object["type"].as_str().unwrap();
    let id = object["id"].as_str().unwrap();
    if types::INTERNAL.contains(&name) {
        return Err(one("default.internal"));
    }
    let previous = world.previous.get(id);
    if previous.is_some_and(|p| p.recalled) {
        return Err(one("private.recalled"));
    }
    let forbidden = world.question.forbids(original);
    if !forbidden.is_empty() {
        return Err(forbidden);
    }
    let kind = types::find(name).unwrap();
    if object.get("spec_version").is_some_and(|version| version != "2.1") {
        return Err(one("default.invalid"));
    }
    let markings = Markings::of(object, world.question.definitions);
    let keeps = world.question.lists("ids", "original", name);
    let form = match (original.own, &original.consent) {
        (true, _) if keeps => Form::Whole,
        (false, Consent::Whole) => Form::Foreign,
        _ => Form::Twin,
    };
    let content = object["content_ref"].as_str().map(str::to_ascii_lowercase);
    let told = match (name, &content) {
        ("file", Some(id)) => match copies.get(id) {
            Some(told) => told.clone(),
            None if id.starts_with("artifact--") => {
                let had = world.previous.get(id).and_then(|had| world.had(&had.twin));
                had.and_then(|had| had.copy)
            }
            None => None,
        },
        ("file", None) => None,
        _ => original.copy.as_ref().map(Told::of),
    };
    let masker = Masker {
        form,
        copy: original.copy.as_ref(),
        told,
        question: &world.question,
        object,
        kind,
        markings: &markings,
        lost: RefCell::default(),
    };
    let fields = fields(&masker).map_err(|clause| one(&clause))?;
    let cut = |field: &Field| {
        let left = field.left.as_ref().map(plain);
        !field.is_bookkeeping && left != field.before
    };
    if form != Form::Twin && (fields.iter().any(cut) || is_replaced(&masker)) {
        return Err(one(NOT_WHOLE));
    }
    let twin = match (form, previous) {
        (Form::Twin, Some(previous)) => previous.twin.clone(),
        (Form::Twin, None) => twin_id(object, kind, &fields),
        _ => id.to_owned(),
    };
    if world.had(&twin).is_some_and(|had| had.recalled) {
        return Err(one("private.recalled"));
    }
    let named_as = match &original.consent {
        Consent::Redacted(name) if !original.own => Some(name.clone()),
        _ => None,
    };
    Ok(Alive { object, kind, markings, fields, twin, form, named_as })
}

/// The id of an observable tells its value, so only one whose value leaves has that id; of all
/// others the id cannot be foretold: here it is that of the original.
fn twin_id(object: &Value, kind: &Type, fields: &[Field]) -> String {
    let mut kept = Map::new();
    for field in fields.iter().filter(|f| f.extension.is_none() && !f.name.ends_with("_ref")) {
        if let Some(left) = &field.left {
            kept.insert(field.name.clone(), plain(left));
        }
    }
    let whole = observable_id(kind, object.as_object().unwrap());
    match observable_id(kind, &kept) {
        Some(id) if whole.as_ref() == Some(&id) => id,
        _ => object["id"].as_str().unwrap().to_owned(),
    }
}

/// STIX 2.1 §2.9.
pub fn observable_id(kind: &Type, properties: &Map<String, Value>) -> Option<String> {
    let mut chosen = BTreeMap::new();
    for name in &kind.contributing {
        match properties.get(*name) {
            None => {}
            Some(hashes) if *name == "hashes" => {
                let hashes = hashes.as_object()?;
                let preferred = ["MD5", "SHA-1", "SHA-256", "SHA-512"];
                let found = preferred.into_iter().find(|name| hashes.contains_key(*name));
                let first = hashes.keys().min()?;
                let name = found.map_or(first.clone(), str::to_owned);
                chosen.insert("hashes", json!({ name.clone(): hashes[&name] }));
            }
            Some(value) => drop(chosen.insert(name, value.clone())),
        }
    }
    if chosen.is_empty() {
        return None;
    }
    let namespace = Uuid::parse_str("00abedb4-aa42-466c-9c01-fed23315a9b7").unwrap();
    let text = sorted(&serde_json::to_value(chosen).unwrap()).to_string();
    Some(format!("{}--{}", kind.name, Uuid::new_v5(&namespace, text.as_bytes())))
}

/// Members in the order of their names, as RFC 8785 has it.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<_, _> =
                members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            members.into_iter().collect::<Map<_, _>>().into()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

impl<'a> Set<'a> {
    /// The same value under two ids leaves once.
    fn share_twins(&mut self) {
        let mut first: BTreeMap<String, String> = BTreeMap::new();
        for (id, alive) in &self.alive {
            if let Some(earlier) = first.get(&alive.twin) {
                self.same.insert(id.clone(), earlier.clone());
            } else {
                first.insert(alive.twin.clone(), id.clone());
            }
        }
        for id in self.same.keys() {
            let gone = self.alive.remove(id).unwrap();
            self.names_of_dead.extend(text::names(gone.object, &BTreeSet::new()));
            self.withheld.insert(id.clone(), (one("default.same-twin"), true));
        }
    }

    /// References first, then texts, then validity: what is no STIX once all that stays is gone.
    fn settle(&mut self) {
        loop {
            if self.drop_those(|set, alive| set.built(alive).map(drop)) {
                continue;
            }
            let texts = self.silence();
            if !texts && !self.drop_those(|set, alive| set.build(alive).map(drop)) {
                return;
            }
        }
    }

    /// Takes out all of which this says why they cannot leave; whether there were any.
    fn drop_those(
        &mut self,
        cannot: impl Fn(&Self, &Alive<'_>) -> Result<(), BTreeSet<String>>,
    ) -> bool {
        let dying: Vec<(String, BTreeSet<String>)> = self
            .alive
            .iter()
            .filter_map(|(id, alive)| Some((id.clone(), cannot(self, alive).err()?)))
            .collect();
        let any = !dying.is_empty();
        dying.into_iter().for_each(|(id, clauses)| self.take_out(&id, clauses));
        any
    }

    fn take_out(&mut self, id: &str, clauses: BTreeSet<String>) {
        let gone = self.alive.remove(id).unwrap();
        self.names_of_dead.extend(text::names(gone.object, &BTreeSet::new()));
        self.withheld.insert(id.to_owned(), (clauses, false));
    }

    /// Drops tear-lines that name what stays.
    fn silence(&mut self) -> bool {
        let mut silent = Vec::new();
        for (id, alive) in &self.alive {
            let tears = alive.fields.iter().filter(|f| f.is_tear && f.left.is_some());
            let texts: Vec<String> = tears
                .map(|f| plain(f.left.as_ref().unwrap()).as_str().unwrap().to_owned())
                .collect();
            if texts.is_empty() {
                continue;
            }
            let mut names = self.names_of_dead.clone();
            for (other, of) in &self.alive {
                // A tear-line may well say what the title of its own object says.
                let own_title = other == id && of.kind.title == Some("name");
                if !own_title {
                    names.extend(text::names(of.object, &leaving(&of.fields)));
                }
            }
            let told = |name: &&text::Name| text::says(&texts, name);
            let mut unknown = self.unspeakable.iter().filter(told);
            if names.iter().any(|name| told(&name)) || unknown.any(|name| !self.is_shown(name)) {
                silent.push(id.clone());
            }
        }
        for id in &silent {
            for field in self.alive.get_mut(id).unwrap().fields.iter_mut().filter(|f| f.is_tear) {
                field.left = None;
                field.why = "default.tear-line".to_owned();
            }
        }
        !silent.is_empty()
    }

    /// Whether something that leaves is called this, and says so.
    fn is_shown(&self, name: &text::Name) -> bool {
        self.alive.values().any(|of| {
            text::names(of.object, &BTreeSet::new()).contains(name)
                && !text::names(of.object, &leaving(&of.fields)).contains(name)
        })
    }

    /// Why else what was taken out could not have left: which reason came first depends on the
    /// order in which things are taken out.
    fn more_reasons(&mut self, newest: &'a BTreeMap<String, Original>) {
        let ids: Vec<String> = self.withheld.keys().cloned().collect();
        for id in ids {
            if self.withheld[&id].1 {
                continue;
            }
            let Ok(mut alive) = permitted(&newest[&id], self.world, &self.copies) else { continue };
            for _ in 0..2 {
                if let Err(more) = self.build(&alive) {
                    self.withheld.get_mut(&id).unwrap().0.extend(more);
                }
                for field in alive.fields.iter_mut().filter(|f| f.is_tear) {
                    field.left = None;
                    field.why = "default.tear-line".to_owned();
                }
            }
        }
    }

    /// Whether an original leaves under an id that nobody can foretell.
    fn is_new(&self, reference: &str) -> bool {
        let lower = reference.to_ascii_lowercase();
        let original = self.same.get(&lower).unwrap_or(&lower);
        let alive = self.alive.get(original);
        alive.is_some_and(|alive| alive.form == Form::Twin && alive.twin == *original)
    }

    /// The id under which the partner has an original, if it has it.
    fn target(&self, reference: &str) -> Option<String> {
        let lower = reference.to_ascii_lowercase();
        let original = lower.as_str();
        if self.world.identity["id"] == original {
            return Some(original.to_owned());
        }
        let original = self.same.get(original).map_or(original, String::as_str);
        if let Some(alive) = self.alive.get(original) {
            return Some(alive.twin.clone());
        }
        if self.withheld.contains_key(original) {
            return None;
        }
        let twin = &self.world.previous.get(original)?.twin;
        let had = self.world.had(twin)?;
        (!had.recalled).then(|| twin.clone())
    }

    /// What is left where references to what stays are dropped and others re-pointed; the flag is
    /// set where something was dropped.
    fn close(&self, left: &Left, met: &mut Met) -> Option<(Value, Left)> {
        match left {
            Left::Leaf { value, .. } => Some((value.clone(), left.clone())),
            Left::Reference { to, .. } => {
                let target = self.target(to);
                met.lost |= target.is_none();
                met.repointed |=
                    self.is_new(to) || target.as_ref().is_some_and(|target| target != to);
                Some((json!(target?), left.clone()))
            }
            Left::List(items, references) => {
                let kept: Vec<(Value, Left)> =
                    items.iter().filter_map(|item| self.close(item, met)).collect();
                let (mut values, left): (Vec<Value>, Vec<Left>) = kept.into_iter().unzip();
                if *references && met.sorts {
                    values.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                    values.dedup();
                }
                let value = (!values.is_empty()).then_some(Value::Array(values))?;
                Some((value, Left::List(left, *references)))
            }
            Left::Members(members, record) => {
                let mut values = Map::new();
                let mut kept = Vec::new();
                for (name, left) in members {
                    if let Some((value, left)) = self.close(left, met) {
                        values.insert(name.clone(), value);
                        kept.push((name.clone(), left));
                    }
                }
                // A record without what it must have is none.
                let stands = record.is_none_or(|r| r.stands(|name| values.contains_key(name)));
                (stands && !kept.is_empty())
                    .then_some((Value::Object(values), Left::Members(kept, *record)))
            }
        }
    }

    /// The twin as things stand, if it is valid STIX.
    fn build(&self, alive: &Alive<'_>) -> Result<Twin, BTreeSet<String>> {
        let (twin, late) = self.built(alive)?;
        if let Some(clauses) = late {
            return Err(clauses);
        }
        let mut marking = twin.marking.clone();
        marking["id"] = json!("marking-definition--00000000-0000-4000-8000-00000000aaaa");
        let mut object = twin.object.clone();
        object["object_marking_refs"] = json!([marking["id"], object["object_marking_refs"][0]]);
        match self.valid(&marking) && self.valid(&object) {
            true => Ok(twin),
            false => Err(one("default.invalid")),
        }
    }

    /// The twin as things stand, or the clauses for which there can be none. Beside it what is said
    /// against it when references and texts are settled: it is no longer whole, or its time is over.
    fn built(&self, alive: &Alive<'_>) -> Result<(Twin, Option<Clauses>), Clauses> {
        let closed: Vec<Closed<'_>> = alive
            .fields
            .iter()
            .map(|field| {
                let mut met = Met { sorts: alive.form != Form::Foreign, ..Met::default() };
                if field.of_copy && !self.copy_is_there(alive) {
                    return Closed { field, left: None, lost: true, repointed: false };
                }
                let left = field.left.as_ref().and_then(|left| self.close(left, &mut met));
                Closed { field, left, lost: met.lost, repointed: met.repointed }
            })
            .collect();
        let closed = without_broken_extensions(closed);
        let mut late = None;
        let whole = |c: &&Closed<'_>| c.field.left.is_some() && (c.lost || c.left.is_none());
        if alive.form == Form::Foreign && closed.iter().any(|c| c.repointed)
            || alive.form != Form::Twin && closed.iter().any(|c| whole(&c))
        {
            late.get_or_insert(one(NOT_WHOLE));
        }
        let Times { created, modified } = self.times(alive);
        let left: Vec<&Left> =
            closed.iter().filter_map(|c| c.left.as_ref().map(|(_, left)| left)).collect();
        let marking = carried(&alive.markings, &left);
        let terms = &self.world.question.agreement["terms"]["retention"];
        let later = |days: i64| (time_day(created) + 1).saturating_add(days).min(LAST_DAY);
        let mut end = later(terms["days"].as_i64().unwrap());
        if let Some(days) = marking.days {
            end = end.min(later(days.try_into().unwrap_or(i64::MAX)));
        }
        if let Some(until) = marking.until {
            end = end.min(time_day(until));
        }
        let agreed = terms.get("review_days").map(|days| later(days.as_i64().unwrap()));
        let review = agreed.into_iter().chain(marking.review.map(time_day)).min();
        let review = review.map(|day| day.min(end) * time::DAY);
        let expires_us = end * time::DAY;
        if expires_us <= self.world.question.now_us {
            late = Some(one(terms["clause"].as_str().unwrap()));
        }
        let mut stamp = self.marking(&marking, expires_us, review);
        if let Some(name) = &alive.named_as {
            let said = json!({ "source_name": name, "description": "originator" });
            stamp["external_references"].as_array_mut().unwrap().push(said);
        }
        let object = envelope(alive, created, modified, self.world.identity, marking.tlp, &closed);
        needed(alive, &object, &closed)?;
        let one_of = &alive.kind.one_of;
        if one_of.contains(&"extensions") && !one_of.iter().any(|name| object.get(*name).is_some())
        {
            late = match late {
                Some(clauses) if !clauses.contains(NOT_WHOLE) => Some(clauses),
                _ => Some(one("closure.required")),
            };
        }
        let fields = closed.iter().map(|c| (c.field.path.clone(), c.verdict())).collect();
        let keeps_id = alive.form != Form::Twin;
        let id = alive.twin.clone();
        Ok((Twin { id, object, marking: stamp, fields, expires_us, keeps_id }, late))
    }

    /// Whether the document that this file is leaves with the copy of which the file tells, or
    /// the partner has it already.
    fn copy_is_there(&self, alive: &Alive<'_>) -> bool {
        let content = alive.object["content_ref"].as_str().unwrap().to_ascii_lowercase();
        if !self.copies.contains_key(&content) {
            return self.target(&content).is_some();
        }
        let leaves = self.same.get(&content).unwrap_or(&content);
        self.alive.contains_key(leaves) && self.copies.get(leaves) == self.copies.get(&content)
    }

    fn times(&self, alive: &Alive<'_>) -> Times {
        let now = self.world.question.now_us.div_euclid(1000) * 1000;
        match self.world.had(&alive.twin) {
            None => Times { created: now, modified: now },
            Some(previous) => {
                let later = (previous.modified_us + 1000).div_euclid(1000) * 1000;
                Times { created: previous.created_us, modified: now.max(later) }
            }
        }
    }

    /// The marking made for this partner: it names nobody else.
    fn marking(&self, marking: &super::Marking, expires_us: i64, review: Option<i64>) -> Value {
        let question = &self.world.question;
        let terms = &question.agreement["terms"];
        let mut handling = marking.handling.clone();
        handling.extend(list(&terms["handling"]["stamp"]));
        let mut body = json!({
            "extension_type": "property-extension",
            "tlp": COLOURS[marking.tlp.unwrap_or(3)],
            "releasable_to": [question.partner],
            "purposes": [question.purpose],
            "onward": "with-consent",
            "retention_until": time::day(expires_us),
        });
        if !handling.is_empty() {
            body["handling"] = json!(handling);
        }
        if !marking.caveats.is_empty() {
            body["caveats"] = json!(marking.caveats);
        }
        let mut in_advance: BTreeSet<String> = match terms["onward"]["rule"].as_str() {
            Some("parties-only") => one("parties-of-agreement"),
            Some("classes") => list(&terms["onward"]["classes"]).into_iter().collect(),
            _ => BTreeSet::new(),
        };
        if let Some(demanded) = &marking.in_advance {
            in_advance.retain(|class| demanded.contains(class));
        }
        if marking.never_onward || terms["onward"]["rule"] == "none" {
            body["onward"] = json!("none");
        } else if !in_advance.is_empty() {
            body["onward_recipients"] = json!(in_advance);
        }
        if let Some(review) = review {
            body["review_due"] = json!(time::day(review));
        }
        if let Some(pap) = marking.pap {
            body["pap"] = json!(PAP[pap]);
        }
        let created = time::micros(question.agreement["created"].as_str().unwrap()).unwrap();
        json!({
            "type": "marking-definition",
            "spec_version": "2.1",
            "created": time::millis(created),
            "created_by_ref": self.world.identity["id"],
            "name": question.agreement["title"],
            "external_references":
                [{ "source_name": "enlace", "description": "not for targeting" }],
            "extensions": { HANDLING: body },
        })
    }

    fn valid(&self, object: &Value) -> bool {
        let text = object.to_string();
        if let Some(known) = self.judged.borrow().get(&text) {
            return *known;
        }
        let valid = (self.world.valid)(object);
        self.judged.borrow_mut().insert(text, valid);
        valid
    }
}

/// 9999-12-31, the last day that a date can say.
const LAST_DAY: i64 = 2_932_896;

fn time_day(micros: i64) -> i64 {
    micros.div_euclid(time::DAY)
}

struct Times {
    created: i64,
    modified: i64,
}

struct Closed<'f> {
    field: &'f Field,
    left: Option<(Value, Left)>,
    lost: bool,
    repointed: bool,
}

/// What closing a value met.
#[derive(Default)]
struct Met {
    /// A reference to what the partner does not receive.
    lost: bool,
    /// One to something that has another id there.
    repointed: bool,
    /// Neither order nor repetition may tell how the original was listed.
    sorts: bool,
}

impl Closed<'_> {
    fn verdict(&self) -> &'static str {
        match (&self.left, &self.field.before) {
            (None, _) => "withheld",
            (Some((value, left)), Some(before)) if !self.lost => {
                // The ids of twins are new, and a list of references tells no order.
                let same_number = match (value, before) {
                    (Value::Array(after), Value::Array(before)) => after.len() == before.len(),
                    _ => true,
                };
                if same_number && plain(left) == *before { "kept" } else { "changed" }
            }
            _ => "changed",
        }
    }
}

/// An extension that lost what every instance needs is left out.
fn without_broken_extensions(mut closed: Vec<Closed<'_>>) -> Vec<Closed<'_>> {
    for (short, _, required) in EXTENSIONS {
        let of = |c: &&Closed<'_>| c.field.extension == Some(*short) && c.left.is_some();
        let whole =
            required.iter().all(|name| closed.iter().filter(of).any(|c| c.field.name == *name));
        if !whole {
            closed
                .iter_mut()
                .filter(|c| c.field.extension == Some(*short))
                .for_each(|c| c.left = None);
        }
    }
    closed
}

fn envelope(
    alive: &Alive<'_>,
    created: i64,
    modified: i64,
    identity: &Value,
    tlp: Option<usize>,
    closed: &[Closed<'_>],
) -> Value {
    let mut object = json!({
        "type": alive.kind.name,
        "spec_version": "2.1",
        "id": alive.twin,
        "object_marking_refs": [tlp_id(tlp.unwrap_or(3))],
    });
    if alive.kind.family != 'o' {
        object["created"] = json!(time::millis(created));
        object["modified"] = json!(time::millis(modified));
        object["created_by_ref"] = identity["id"].clone();
        if alive.form == Form::Foreign {
            for name in ["created", "modified", "created_by_ref"] {
                object[name] = alive.object[name].clone();
            }
        }
    }
    if let Some(definition) = alive.kind.definition {
        let kind = if alive.kind.family == 'o' { "new-sco" } else { "new-sdo" };
        object["extensions"][definition] = json!({ "extension_type": kind });
    }
    for Closed { field, left, .. } in closed {
        let Some((value, _)) = left else { continue };
        match field.extension.and_then(|short| EXTENSIONS.iter().find(|(s, ..)| *s == short)) {
            None => object[&field.name] = value.clone(),
            Some((_, id, _)) => {
                object["extensions"][*id]["extension_type"] = json!("property-extension");
                object["extensions"][*id][&field.name] = value.clone();
            }
        }
    }
    object
}

/// Whether everything that the type needs is there.
fn needed(
    alive: &Alive<'_>,
    object: &Value,
    closed: &[Closed<'_>],
) -> Result<(), BTreeSet<String>> {
    let one_of = &alive.kind.one_of;
    let seen_late = one_of.contains(&"extensions");
    if !one_of.is_empty() && !seen_late && !one_of.iter().any(|name| object.get(*name).is_some()) {
        return Err(one("closure.required"));
    }
    let Some(missing) = alive.kind.required.iter().find(|name| object.get(**name).is_none()) else {
        return Ok(());
    };
    let found = closed.iter().find(|c| c.field.extension.is_none() && c.field.name == **missing);
    Err(match found {
        None => one("closure.required"),
        Some(Closed { field: Field { left: None, why, .. }, .. }) => {
            BTreeSet::from(["closure.required".to_owned(), why.clone()])
        }
        Some(Closed { field: Field { left: Some(Left::List(..)), .. }, .. }) => {
            one("closure.list-empty")
        }
        Some(_) => one("closure.end-withheld"),
    })
}
