//! What the terms do to each property of an object, value by value.

use std::cell::RefCell;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::marking::{Marking, Markings, Step};
use super::types::{self, ENVELOPE, EXTENSIONS, INSIDE, Record, TEAR_LINE, Type};
use super::{Question, list, text};

/// What is left of a value. Each leaf knows from which places of the original it was made.
#[derive(Debug, Clone, PartialEq)]
pub enum Left {
    Leaf {
        value: Value,
        from: Vec<Vec<Step>>,
    },
    /// A reference to this original.
    Reference {
        to: String,
        from: Vec<Step>,
    },
    List(Vec<Left>, bool),
    /// A dictionary; of which record, if it is one.
    Members(Vec<(String, Left)>, Option<&'static Record>),
}

/// One property of the object, of an extension of it, or of its tear-line.
#[derive(Debug, Clone)]
pub struct Field {
    /// As clauses name it.
    pub path: String,
    /// Short name of the extension that it stands in.
    pub extension: Option<&'static str>,
    pub name: String,
    pub before: Option<Value>,
    pub left: Option<Left>,
    /// Id of the clause that cut it, where nothing is left.
    pub why: String,
    pub is_tear: bool,
    /// What we noted about the record: no part of the matter.
    pub is_bookkeeping: bool,
    /// Says something of a copy that another object brings.
    pub of_copy: bool,
}

/// In which form an object leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// As a copy of ours, whatever is cut.
    Twin,
    /// Ours, under its own id: whole or not at all.
    Whole,
    /// Another's: whole and unchanged or not at all.
    Foreign,
}

/// What a clause says about a path.
enum Rule {
    Keep,
    /// Something below it is named.
    Parts,
    Reduce(String),
    /// By this clause.
    Drop(String),
}

pub struct Masker<'a> {
    pub question: &'a Question<'a>,
    pub object: &'a Value,
    pub kind: &'a Type,
    pub markings: &'a Markings,
    pub form: Form,
    /// The flattened copy of this document.
    pub copy: Option<&'a super::Copy>,
    /// What can be told of it, or of that of the document that this file is.
    pub told: Option<super::Told>,
    /// Why a part of the present property was cut first.
    pub lost: RefCell<Option<String>>,
}

type Result<T> = std::result::Result<T, String>;

const DENY: &str = "default.deny";

/// Every property of a permitted object; an error names the clause that withholds all of it.
pub fn fields(masker: &Masker<'_>) -> Result<Vec<Field>> {
    let mut fields = Vec::new();
    for (name, value) in masker.object.as_object().unwrap() {
        let slot = masker.kind.title == Some(name) || masker.kind.text == Some(name);
        if !ENVELOPE.contains(&name.as_str()) && !slot {
            // The short name of an extension names its properties, never those of the object.
            let named = match EXTENSIONS.iter().any(|(short, ..)| short == name) {
                true => vec![format!("(top) {name}")],
                false => vec![name.clone()],
            };
            let left = masker.mask(&named, &[Step::Name(name.clone())], name, value);
            fields.push(field(name.clone(), None, name, value, left));
        }
    }
    extensions(masker, &mut fields)?;
    documents(masker, &mut fields);
    tear_line(masker, &mut fields);
    fields.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(fields)
}

fn field(
    path: String,
    extension: Option<&'static str>,
    name: &str,
    before: &Value,
    left: Result<Left>,
) -> Field {
    let why = left.as_ref().err().cloned().unwrap_or_default();
    let (before, left) = (Some(before.clone()), left.ok());
    Field {
        path,
        extension,
        name: name.to_owned(),
        before,
        left,
        why,
        is_tear: false,
        is_bookkeeping: false,
        of_copy: false,
    }
}

fn extensions(masker: &Masker<'_>, fields: &mut Vec<Field>) -> Result<()> {
    let unknown = || Err("private.unknown-extension".to_owned());
    let all = match masker.object.get("extensions") {
        None => return Ok(()),
        Some(Value::Object(all)) => all,
        Some(_) => return unknown(),
    };
    for (id, body) in all {
        let known = EXTENSIONS.iter().find(|(_, known, _)| known == id);
        let inside = INSIDE.iter().find(|(known, _)| known == id);
        if Some(id.as_str()) == masker.kind.definition || id == TEAR_LINE {
            continue;
        }
        match (known, inside, body) {
            (Some((short, ..)), _, Value::Object(members)) => {
                for (name, value) in members.iter().filter(|(name, _)| *name != "extension_type") {
                    let place = ["extensions", id, name].map(|n| Step::Name(n.to_owned()));
                    let named = [(*short).to_owned(), name.clone()];
                    let left = masker.mask(&named, &place, name, value);
                    let path = format!("{short}.{name}");
                    fields.push(field(path, Some(*short), name, value, left));
                }
            }
            (_, Some((_, path)), _) => {
                let left = Err(DENY.to_owned());
                let mut field = field((*path).to_owned(), None, path, body, left);
                field.is_bookkeeping = true;
                fields.push(field);
            }
            _ => return unknown(),
        }
    }
    Ok(())
}

/// Whether something else stands in for the document that this is, or that this file tells of.
pub fn is_replaced(masker: &Masker<'_>) -> bool {
    let leaves = &masker.question.agreement["terms"]["documents"]["leaves"];
    match masker.kind.name {
        "artifact" => masker.copy.is_some() && leaves != "none",
        "file" => {
            let is_document = masker.object["content_ref"].is_string();
            is_document && (masker.told.is_some() || leaves != "originals")
        }
        _ => false,
    }
}

/// The copy stands in for the document: what it has itself is said of it, and nothing else that
/// tells of the document. A file tells of it only where documents leave as they are.
fn documents(masker: &Masker<'_>, fields: &mut Vec<Field>) {
    if !is_replaced(masker) {
        return;
    }
    let term = &masker.question.agreement["terms"]["documents"];
    let clause = term["clause"].as_str().unwrap();
    let mut said: Vec<(&str, Value)> = Vec::new();
    let is_file = masker.kind.name == "file";
    if let Some(told) = masker.told.as_ref().filter(|_| term["leaves"] != "none") {
        said.push(("mime_type", json!(told.mime)));
        said.push(("hashes", json!({ "SHA-256": told.sha256 })));
        match masker.copy {
            Some(copy) if !is_file => {
                said.push(("payload_bin", json!(STANDARD.encode(&copy.bytes))));
            }
            _ => said.push(("size", json!(told.size))),
        }
    }
    let tells = if is_file { types::OF_FILE } else { types::OF_ARTIFACT };
    let mask = |name: &str, value: &Value| {
        masker.mask(&[name.to_owned()], &[Step::Name(name.to_owned())], name, value)
    };
    for field in fields.iter_mut() {
        let Some(of) = field.left.clone() else { continue };
        let instead = said.iter().find(|(name, _)| *name == field.name);
        if let (None, Some((name, value))) = (field.extension, instead) {
            match mask(name, value) {
                Ok(left) => {
                    let mut made_of = Vec::new();
                    places(&of, &mut made_of);
                    field.left = Some(left.made_of(&made_of));
                    field.of_copy = is_file;
                }
                Err(why) => (field.left, field.why) = (None, why),
            }
        } else if field.extension.is_some() || tells.contains(&field.name.as_str()) {
            (field.left, field.why) = (None, clause.to_owned());
        }
    }
    let content = said.iter().find(|(name, _)| *name == "payload_bin");
    if let (Some((name, value)), None) = (content, masker.object.get("payload_bin")) {
        let mut added = field((*name).to_owned(), None, name, value, mask(name, value));
        added.before = None;
        fields.push(added);
    }
}

/// Free text leaves only as it was written for release; what another originator lets us pass on is
/// written for release as it stands.
fn tear_line(masker: &Masker<'_>, fields: &mut Vec<Field>) {
    let term = &masker.question.agreement["terms"]["text"];
    let clause = term["clause"].as_str().unwrap().to_owned();
    for (slot, part) in [(masker.kind.title, "title"), (masker.kind.text, "text")] {
        let Some(slot) = slot else { continue };
        let before = masker.object.get(slot).cloned();
        let mut place =
            Vec::from(["extensions", TEAR_LINE, part].map(|n| Step::Name(n.to_owned())));
        let mut written =
            masker.object["extensions"].get(TEAR_LINE).and_then(|body| body.get(part));
        if masker.form == Form::Foreign {
            place = vec![Step::Name(slot.to_owned())];
            written = before.as_ref();
        }
        let left = match (term["leaves"].as_str(), written.and_then(Value::as_str)) {
            (Some("tear-line"), Some(text)) if holds_id(text) => Err("default.identifier".into()),
            (Some("tear-line"), Some(text)) => masker
                .marked(&place)
                .map(|()| Left::Leaf { value: json!(text), from: vec![place.to_vec()] }),
            _ => Err(clause.clone()),
        };
        if before.is_none() && left.is_err() {
            continue;
        }
        let mut field = field(slot.to_owned(), None, slot, &Value::Null, left);
        (field.before, field.is_tear) = (before, true);
        fields.push(field);
    }
}

impl Masker<'_> {
    fn rule(&self, named: &[String]) -> Rule {
        let terms = &self.question.agreement["terms"];
        let fields = &terms["fields"][self.kind.name];
        let clause = || fields["clause"].as_str().unwrap().to_owned();
        // The path is what is named, or lies above or below it.
        let is = |path: &str| path.split('.').eq(named.iter().map(String::as_str));
        let begins = |path: &str| path.split('.').zip(named).all(|(a, b)| a == b);
        let steps = |path: &str| path.split('.').count();
        let holds = |path: &str| begins(path) && steps(path) <= named.len();
        let below = |path: &str| begins(path) && steps(path) > named.len();
        let (keep, drop) = (list(&fields["keep"]), list(&fields["drop"]));
        let reduced = fields["generalise"].as_object().cloned().unwrap_or_default();
        if drop.iter().any(|path| holds(path)) {
            return Rule::Drop(clause());
        }
        if let Some((_, mask)) = reduced.iter().find(|(path, _)| is(path)) {
            return Rule::Reduce(mask.as_str().unwrap().to_owned());
        }
        let mut closed = types::IDENTIFIERS.iter().filter(|(kind, _, identifier)| {
            (*kind == self.kind.name || *kind == "*")
                && !self.question.lists("identifiers", "allowed", identifier)
        });
        let kept = keep.iter().any(|path| holds(path));
        if kept && closed.clone().any(|(_, path, _)| holds(path)) {
            return Rule::Drop(terms["identifiers"]["clause"].as_str().unwrap().to_owned());
        }
        // What is kept but for a part of it is looked through like what is kept in part.
        let split = drop.iter().any(|path| below(path)) || closed.any(|(_, path, _)| below(path));
        if kept && !split {
            return Rule::Keep;
        }
        match kept || keep.iter().chain(reduced.keys()).any(|path| below(path)) {
            true => Rule::Parts,
            false => Rule::Drop(DENY.to_owned()),
        }
    }

    /// `named`: the path as a clause would name it; `place`: where the value stands.
    fn mask(&self, named: &[String], place: &[Step], name: &str, value: &Value) -> Result<Left> {
        // A dot in a name would make it look like a path.
        if named.iter().any(|name| name.contains('.')) {
            return Err(DENY.to_owned());
        }
        if types::is_free_text(self.kind, named) {
            return Err("default.free-text".to_owned());
        }
        match self.rule(named) {
            Rule::Drop(clause) => Err(clause),
            Rule::Keep => self.whole(named, place, name, value),
            Rule::Parts => self.parts(named, place, value),
            Rule::Reduce(mask) => {
                self.lost.take();
                let left = self.whole(named, place, name, value)?;
                let mut from = Vec::new();
                places(&left, &mut from);
                // Reduced from all of it, or not at all.
                let reduced = reduce(&mask, value).filter(|_| plain(&left) == *value);
                let clause = &self.question.agreement["terms"]["fields"][self.kind.name]["clause"];
                let why = self.lost.take().unwrap_or_else(|| clause.as_str().unwrap().to_owned());
                let value = reduced.ok_or(why)?;
                Ok(Left::Leaf { value, from })
            }
        }
    }

    /// Only the members that a clause names; lists are looked through.
    fn parts(&self, named: &[String], place: &[Step], value: &Value) -> Result<Left> {
        let left = match value {
            Value::Object(members) => {
                let mut kept = Vec::new();
                for (name, value) in members.iter() {
                    if name.contains('.') || holds_id(name) {
                        continue;
                    }
                    let named = [named, std::slice::from_ref(name)].concat();
                    let place = [place, &steps_of(name)[..]].concat();
                    if let Ok(left) = self.mask(&named, &place, name, value) {
                        kept.push((name.clone(), left));
                    }
                }
                members_left(kept, named, None)?
            }
            Value::Array(items) => {
                let (mut kept, mut why) = (Vec::new(), None);
                for (i, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                    let place = [place, &[Step::Item(i)]].concat();
                    match self.parts(named, &place, item) {
                        Ok(left) => kept.push(left),
                        Err(reason) => drop(why.get_or_insert(reason)),
                    }
                }
                if kept.is_empty() {
                    return Err(why.unwrap_or(DENY.to_owned()));
                }
                Left::List(kept, false)
            }
            _ => return Err(DENY.to_owned()),
        };
        Ok(left)
    }

    /// A kept value without what is marked stricter, free text, and identifiers of ours.
    fn whole(&self, named: &[String], place: &[Step], name: &str, value: &Value) -> Result<Left> {
        let mut why = None;
        let left = match value {
            Value::Object(members) => {
                let mut kept = Vec::new();
                for (name, value) in members {
                    let named = [named, std::slice::from_ref(name)].concat();
                    let place = [place, &steps_of(name)[..]].concat();
                    let left = if types::is_free_text(self.kind, &named) {
                        Err("default.free-text".to_owned())
                    } else if holds_id(name) {
                        Err("default.identifier".to_owned())
                    } else {
                        self.whole(&named, &place, name, value)
                    };
                    match left {
                        Ok(left) => kept.push((name.clone(), left)),
                        Err(reason) => {
                            self.lost.borrow_mut().get_or_insert(reason.clone());
                            why.get_or_insert(reason);
                        }
                    }
                }
                members_left(kept, named, why.clone())?
            }
            Value::Array(items) => {
                let mut kept = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    let place = [place, &[Step::Item(i)]].concat();
                    match self.whole(named, &place, name, item) {
                        Ok(left) => kept.push(left),
                        Err(reason) => {
                            self.lost.borrow_mut().get_or_insert(reason.clone());
                            why.get_or_insert(reason);
                        }
                    }
                }
                Left::List(kept, is_reference(name))
            }
            Value::String(text) if is_reference(name) => {
                self.marked(place)?;
                let to = text.to_ascii_lowercase();
                let Some((_, uuid)) = to.rsplit_once("--") else { return Err(DENY.to_owned()) };
                if uuid::Uuid::parse_str(uuid).is_err() {
                    return Err(DENY.to_owned());
                }
                Left::Reference { to: text.clone(), from: place.to_vec() }
            }
            Value::String(text) if holds_id(text) => {
                self.marked(place)?;
                return Err("default.identifier".to_owned());
            }
            leaf => {
                self.marked(place)?;
                Left::Leaf { value: leaf.clone(), from: vec![place.to_vec()] }
            }
        };
        if left.is_empty() { Err(why.unwrap_or(DENY.to_owned())) } else { Ok(left) }
    }

    /// Whether what the markings say of this place lets it leave.
    fn marked(&self, place: &[Step]) -> Result<()> {
        if !self.markings.touch(place) {
            return Ok(());
        }
        let forbidden = self.question.forbids_marking(self.object, &self.markings.at(place), false);
        // Of several clauses a dry run shows the first by id.
        forbidden.into_iter().next().map_or(Ok(()), Err)
    }
}

/// What is left of a dictionary; of a record nothing, if a member is gone that it must have.
fn members_left(kept: Vec<(String, Left)>, named: &[String], why: Option<String>) -> Result<Left> {
    if kept.is_empty() {
        return Err(why.unwrap_or(DENY.to_owned()));
    }
    let record = types::record_at(named);
    let has = |name: &str| kept.iter().any(|(kept, _)| kept == name);
    if record.is_some_and(|record| !record.stands(has)) {
        return Err(why.unwrap_or("closure.required".to_owned()));
    }
    Ok(Left::Members(kept, record))
}

/// A name as a selector would lead to it: a dot in it looks like two steps, which covers more.
fn steps_of(name: &str) -> Vec<Step> {
    name.split('.').map(|part| Step::Name(part.to_owned())).collect()
}

impl Left {
    /// The same, made of what stood at these places too.
    fn made_of(self, more: &[Vec<Step>]) -> Self {
        let all = |lefts: Vec<Self>| lefts.into_iter().map(|left| left.made_of(more)).collect();
        match self {
            Self::Leaf { value, mut from } => {
                from.extend(more.iter().cloned());
                Self::Leaf { value, from }
            }
            Self::List(items, references) => Self::List(all(items), references),
            Self::Members(members, record) => {
                let members = members.into_iter();
                Self::Members(members.map(|(n, left)| (n, left.made_of(more))).collect(), record)
            }
            reference => reference,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::List(items, _) => items.is_empty(),
            Self::Members(members, _) => members.is_empty(),
            _ => false,
        }
    }
}

/// The value again, references as they stand in the original.
pub fn plain(left: &Left) -> Value {
    match left {
        Left::Leaf { value, .. } => value.clone(),
        Left::Reference { to, .. } => json!(to),
        Left::List(items, _) => items.iter().map(plain).collect(),
        Left::Members(members, _) => {
            let members = members.iter().map(|(name, left)| (name.clone(), plain(left)));
            Value::Object(members.collect::<Map<_, _>>())
        }
    }
}

/// The places of which a value was made.
pub fn places(left: &Left, into: &mut Vec<Vec<Step>>) {
    match left {
        Left::Leaf { from, .. } => into.extend(from.clone()),
        Left::Reference { from, .. } => into.push(from.clone()),
        Left::List(items, _) => items.iter().for_each(|item| places(item, into)),
        Left::Members(members, _) => members.iter().for_each(|(_, left)| places(left, into)),
    }
}

/// What the fields that are left say of the markings they bear, joined to the object's own.
pub fn carried(markings: &Markings, left: &[&Left]) -> Marking {
    let mut all = markings.whole.clone();
    let mut from = Vec::new();
    left.iter().for_each(|left| places(left, &mut from));
    from.iter().for_each(|place| all.carry(&markings.at(place)));
    all
}

/// Every string of the original that leaves as it is, whatever becomes of other objects.
pub fn leaving(fields: &[Field]) -> std::collections::BTreeSet<String> {
    let mut found = Vec::new();
    for field in fields.iter().filter(|field| !field.is_tear && !field.of_copy) {
        if let Some(left) = &field.left {
            text::strings(&plain(left), &mut found);
        }
    }
    found.into_iter().collect()
}

pub fn is_reference(name: &str) -> bool {
    name.ends_with("_ref") || name.ends_with("_refs")
}

/// Whether a text holds something of the form `--UUID`: it would tell which original it is from.
pub fn holds_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    (0..bytes.len()).any(|at| {
        bytes[at..].starts_with(b"--")
            && text.get(at + 2..at + 38).is_some_and(|uuid| uuid::Uuid::try_parse(uuid).is_ok())
    })
}

/// The reduced form of a value, if it has one.
fn reduce(mask: &str, value: &Value) -> Option<Value> {
    match mask {
        "year" => year(value.as_str()?).map(Value::String),
        "province" => place(value, 2, &["administrative_area", "province", "country"]),
        "country" => place(value, 1, &["country"]),
        "initials" => initials(value),
        "band" => band(value.as_i64()?).map(Value::String),
        fixed => Some(json!(fixed.strip_prefix("fixed:").unwrap())),
    }
}

/// The year of a date; of an instant its first moment, for it must stay an instant.
fn year(text: &str) -> Option<String> {
    let year = text.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()))?;
    match &text[4..] {
        "" => Some(year.to_owned()),
        rest if !rest.starts_with('-') => None,
        rest if rest.contains('T') && rest.ends_with('Z') => {
            Some(format!("{year}-01-01T00:00:00Z"))
        }
        _ => Some(year.to_owned()),
    }
}

/// The last parts of `town, province, country`; a text of no more parts may be a town.
fn place(value: &Value, parts: usize, members: &[&str]) -> Option<Value> {
    if let Value::Object(all) = value {
        let mut kept = Map::new();
        for (name, value) in all {
            if members.contains(&name.as_str()) && value.is_string() {
                kept.insert(name.clone(), value.clone());
            }
        }
        return (!kept.is_empty()).then_some(Value::Object(kept));
    }
    let mut named: Vec<&str> = value.as_str()?.split(',').map(str::trim).collect();
    named.retain(|part| !part.is_empty());
    (named.len() > parts).then(|| json!(named[named.len() - parts..].join(", ")))
}

fn initials(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => {
            let mut letters = Vec::new();
            for word in text.split(|c: char| !c.is_alphanumeric()) {
                letters.extend(word.chars().next().map(|c| format!("{}.", c.to_uppercase())));
            }
            (!letters.is_empty()).then(|| json!(letters.join(" ")))
        }
        Value::Array(items) => {
            let kept: Vec<Value> = items.iter().filter_map(initials).collect();
            (!kept.is_empty()).then_some(Value::Array(kept))
        }
        Value::Object(name) => {
            let mut kept = json!({ "full": initials(name.get("full")?)? });
            let kind = name.get("kind").and_then(Value::as_str);
            if let Some(kind @ ("primary" | "alias" | "maiden" | "transliteration")) = kind {
                kept["kind"] = json!(kind);
            }
            Some(kept)
        }
        _ => None,
    }
}

/// The power of ten that holds a number: `1000-9999`.
fn band(number: i64) -> Option<String> {
    let sign = if number < 0 { "-" } else { "" };
    let (mut low, mut high) = (0_u128, 9_u128);
    while u128::from(number.unsigned_abs()) > high {
        low = high + 1;
        high = high * 10 + 9;
    }
    Some(format!("{sign}{low}-{sign}{high}"))
}
