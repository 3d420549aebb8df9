//! Turns a JSON Schema of `schemas/` into the tables of the validator.
//!
//! A schema is written in a small dialect of draft 2020-12, described in `schemas/README.md`; what
//! is outside of it is refused, so that no keyword stands in a schema without being checked here.
//! The tables live as long as the program and are made once, so they are leaked.

use std::fmt;

use serde_json::{Map, Value};

use super::{Compiled, Shape};
use crate::types::schemas::Schema;
use crate::validate::common::COMMON;
use crate::validate::kinds::{Family, HASHES, Kind, Order, Property, Record, SAFE, Targets, Type};
use crate::validate::vocabulary::Vocabulary;
use crate::validate::{syntax, text};
use crate::{identifier, types};

/// Where a schema leaves the dialect, and how.
pub(super) struct Outside {
    at: String,
    says: String,
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at `{}`: {}", self.at, self.says)
    }
}

type Compile<T> = Result<T, Outside>;
type Members = Map<String, Value>;

fn outside<T>(at: &str, says: impl Into<String>) -> Compile<T> {
    Err(Outside { at: at.to_owned(), says: says.into() })
}

/// Keywords at the top of a file.
const TOP: &[&str] = &[
    "$schema",
    "$id",
    "title",
    "description",
    "x-name",
    "x-version",
    "x-minor",
    "x-modified",
    "x-definition-id",
    "x-extension-type",
    "x-carrier",
    "x-order",
    "x-contributing",
    "x-publisher",
    "type",
    "properties",
    "required",
    "allOf",
    "anyOf",
    "$defs",
];

/// The tables of one schema.
pub(super) fn schema(schema: &'static Schema) -> Compile<Compiled> {
    let Some(top) = schema.json().as_object() else { return outside("", "no JSON object") };
    only(top, TOP, "")?;
    head(schema, top)?;
    let compiler = Compiler { top };
    let kind = schema.head().kind;
    let own = match kind {
        types::Kind::Property => compiler.definition(schema.name, "$defs")?,
        _ => top,
    };
    let record = compiler.record(own, "", 0)?;
    let name = |name: &&Property| kind.is_new_type() && COMMON.property(name.name).is_some();
    if let Some(taken) = record.properties.iter().find(name) {
        return outside(taken.name, "the name of a common property (section 7.3.2)");
    }
    compiler.top_lists(kind, &record)?;
    let order = compiler.order(&record)?;
    // Whole times of an object are compared with all others of the standard.
    let (times, dates): (Vec<Order>, Vec<Order>) = order.into_iter().partition(|order| {
        let is_time = |name| record.property(name).is_some_and(|p| matches!(p.kind, Kind::Time));
        kind.is_new_type() && is_time(order.earlier) && is_time(order.later)
    });
    let family = match kind {
        types::Kind::NewSdo => Family::Sdo,
        types::Kind::NewSco => Family::Sco,
        types::Kind::NewSro => Family::Sro,
        types::Kind::Property | types::Kind::Toplevel => {
            return Ok(Compiled { kind, shape: Shape::Properties(record), order: dates.leak() });
        }
    };
    let new = Type { name: schema.name, section: "7.3", family, record, order: times.leak() };
    Ok(Compiled { kind, shape: Shape::New(new), order: dates.leak() })
}

/// The words at the top: who the schema is, and that it says it in one voice.
fn head(schema: &Schema, top: &Members) -> Compile<()> {
    let text = |key: &str| top.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("x-name") != schema.name {
        return outside("x-name", format!("`{}` in the file of `{}`", text("x-name"), schema.name));
    }
    for key in ["title", "description"] {
        if text(key).is_empty() {
            return outside(key, "missing");
        }
    }
    if text("x-publisher").is_empty() != schema.is_ours() {
        return outside("x-publisher", "must be there for a public extension, and only there");
    }
    if top.get("x-version").and_then(Value::as_u64).is_none_or(|version| version == 0) {
        return outside("x-version", "no version");
    }
    let definition = text("x-definition-id");
    let uuid = definition.strip_prefix("extension-definition--").unwrap_or_default();
    if text("$id") != format!("urn:uuid:{uuid}") {
        return outside("$id", format!("is not `urn:uuid:` and the UUID of `{definition}`"));
    }
    if schema.is_ours() && definition != types::definition_id(schema.name) {
        return outside("x-definition-id", format!("not {}", types::definition_id(schema.name)));
    }
    let common = match types::Kind::from_name(text("x-extension-type")) {
        Some(types::Kind::NewSdo | types::Kind::NewSro) => "#/$defs/common",
        Some(types::Kind::NewSco) => "#/$defs/common-observable",
        Some(types::Kind::Property | types::Kind::Toplevel) => return Ok(()),
        None => return outside("x-extension-type", "none of the five"),
    };
    // §7.3: all common properties are part of the schema of a new type.
    let all = top.get("allOf").and_then(Value::as_array);
    if !all.is_some_and(|all| all.iter().any(|one| one.get("$ref") == Some(&common.into()))) {
        return outside("allOf", format!("no `{{\"$ref\": \"{common}\"}}`"));
    }
    Ok(())
}

/// Nothing but these keywords, and those that only describe.
fn only(form: &Members, allowed: &[&str], at: &str) -> Compile<()> {
    let known = |key: &str| allowed.contains(&key) || matches!(key, "description" | "$comment");
    match form.keys().find(|key| !known(key)) {
        Some(key) => outside(at, format!("the keyword `{key}` is not of the dialect")),
        None => Ok(()),
    }
}

fn texts(list: &'static Value, at: &str) -> Compile<Vec<&'static str>> {
    let items = list.as_array().filter(|items| !items.is_empty());
    let texts: Option<Vec<_>> = items.and_then(|items| items.iter().map(Value::as_str).collect());
    texts.map_or_else(|| outside(at, "not a list of strings"), Ok)
}

/// One schema file.
struct Compiler {
    top: &'static Members,
}

/// Records inside records end somewhere.
const DEEPEST: usize = 6;

impl Compiler {
    fn definition(&self, name: &str, at: &str) -> Compile<&'static Members> {
        let definition = self.top.get("$defs").and_then(|defs| defs.get(name));
        let definition = definition.and_then(Value::as_object);
        definition.map_or_else(|| outside(at, format!("no `$defs/{name}`")), Ok)
    }

    /// Named properties: a record, the own part of an extension, or the top of a new type.
    fn record(&self, form: &'static Members, at: &str, depth: usize) -> Compile<Record> {
        if depth > DEEPEST {
            return outside(at, "records inside records without end");
        }
        let Some(listed) = form.get("properties").and_then(Value::as_object) else {
            return outside(at, "no `properties`");
        };
        let required = match form.get("required") {
            Some(Value::Array(none)) if none.is_empty() => Vec::new(),
            Some(list) => texts(list, &format!("{at}/required"))?,
            None => Vec::new(),
        };
        if let Some(name) = required.iter().find(|name| !listed.contains_key(**name)) {
            return outside(at, format!("`{name}` is required and not described"));
        }
        let mut properties = Vec::new();
        for (name, form) in listed {
            // These three are what makes the object one of this extension.
            if matches!(name.as_str(), "type" | "extensions" | "extension_type") && depth == 0 {
                continue;
            }
            let at = format!("{at}/{name}");
            let Some(form) = form.as_object() else { return outside(&at, "not an object") };
            if form.get("description").and_then(Value::as_str).is_none_or(str::is_empty) {
                return outside(&at, "no description");
            }
            let kind = self.kind(form, &at, depth)?;
            properties.push(Property { name, kind, required: required.contains(&name.as_str()) });
        }
        let any_of = self.any_of(form, at)?.leak();
        Ok(Record { properties: properties.leak(), any_of, section: None })
    }

    /// `"anyOf": [{"required": ["a"]}, {"required": ["b"]}]`.
    fn any_of(&self, form: &'static Members, at: &str) -> Compile<Vec<&'static str>> {
        let Some(choices) = form.get("anyOf") else { return Ok(Vec::new()) };
        let at = format!("{at}/anyOf");
        let mut names = Vec::new();
        for choice in choices.as_array().into_iter().flatten() {
            match choice.get("required").map(|list| texts(list, &at)).transpose()?.as_deref() {
                Some([name]) => names.push(*name),
                _ => return outside(&at, "each choice requires one property"),
            }
        }
        if names.is_empty() { outside(&at, "no choice") } else { Ok(names) }
    }

    fn kind(&self, form: &'static Members, at: &str, depth: usize) -> Compile<Kind> {
        if let Some(reference) = form.get("$ref") {
            return self.reference(reference, form, at, depth);
        }
        if let Some(list) = form.get("enum") {
            only(form, &["enum", "type"], at)?;
            return Ok(Kind::Enum(texts(list, at)?.leak()));
        }
        if let Some(value) = form.get("const") {
            only(form, &["const", "type"], at)?;
            let Some(text) = value.as_str() else { return outside(at, "`const` of a string only") };
            return Ok(Kind::Enum(vec![text].leak()));
        }
        match form.get("type").and_then(Value::as_str) {
            Some("string") => string(form, at),
            Some("boolean") => only(form, &["type"], at).map(|()| Kind::Boolean),
            Some("integer") => {
                only(form, &["type", "minimum", "maximum"], at)?;
                let limit = |key, none| form.get(key).map_or(Some(none), Value::as_i64);
                match (limit("minimum", -SAFE), limit("maximum", SAFE)) {
                    (Some(least), Some(most)) => Ok(Kind::Integer(least, most)),
                    _ => outside(at, "limits that are no integers"),
                }
            }
            Some("number") => {
                only(form, &["type", "minimum", "maximum"], at)?;
                let limit = |key, none| form.get(key).and_then(Value::as_f64).unwrap_or(none);
                Ok(Kind::Number(limit("minimum", f64::MIN), limit("maximum", f64::MAX)))
            }
            Some("array") => {
                only(form, &["type", "minItems", "items"], at)?;
                if form.get("minItems").and_then(Value::as_u64) != Some(1) {
                    return outside(at, "`minItems` is 1: no list is empty");
                }
                let items = form.get("items").and_then(Value::as_object);
                let Some(items) = items else { return outside(at, "no `items`") };
                let item = self.kind(items, &format!("{at}[]"), depth)?;
                Ok(Kind::List(Box::leak(Box::new(item))))
            }
            Some("object") => self.object(form, at, depth),
            _ => outside(at, "no form of the dialect"),
        }
    }

    fn object(&self, form: &'static Members, at: &str, depth: usize) -> Compile<Kind> {
        if form.contains_key("properties") {
            only(form, &["type", "properties", "required", "anyOf"], at)?;
            let record = self.record(form, at, depth + 1)?;
            return Ok(Kind::Record(Box::leak(Box::new(record))));
        }
        only(form, &["type", "minProperties", "x-content"], at)?;
        let is_content = form.get("x-content") == Some(&Value::Bool(true));
        Ok(if is_content { Kind::Content } else { Kind::Dictionary })
    }

    fn reference(
        &self,
        reference: &'static Value,
        form: &'static Members,
        at: &str,
        depth: usize,
    ) -> Compile<Kind> {
        let name = reference.as_str().and_then(|r| r.strip_prefix("#/$defs/"));
        let Some(name) = name else { return outside(at, "`$ref` is to `#/$defs/` only") };
        let definition = self.definition(name, at)?;
        if name == "identifier" {
            only(form, &["$ref", "pattern"], at)?;
            return targets(form.get("pattern"), at).map(Kind::Ref);
        }
        only(form, &["$ref"], at)?;
        Ok(match name {
            "timestamp" => Kind::Time,
            "date" => Kind::Date,
            "language" => Kind::Language,
            "country" => Kind::Form(&syntax::COUNTRY_CODE),
            "currency" => Kind::Form(&syntax::CURRENCY_CODE),
            "sha256" => Kind::Sha256,
            "hex" => Kind::Hex,
            "base64" => Kind::Binary,
            "base64url" => Kind::Form(&syntax::BASE64URL),
            "uuid" => Kind::Form(&syntax::UUID),
            "hashes" => HASHES,
            _ => return self.object(definition, at, depth),
        })
    }

    /// `x-carrier` and `x-contributing` where they mean something.
    fn top_lists(&self, kind: types::Kind, record: &Record) -> Compile<()> {
        if let Some(carrier) = self.top.get("x-carrier") {
            let types = texts(carrier, "x-carrier")?;
            if kind.is_new_type() || !types.iter().all(|name| text::is_type_name(name)) {
                return outside("x-carrier", "types that carry a property extension");
            }
        }
        if let Some(contributing) = self.top.get("x-contributing") {
            let names = texts(contributing, "x-contributing")?;
            let known = names.iter().all(|name| record.property(name).is_some());
            if kind != types::Kind::NewSco || !known {
                return outside("x-contributing", "properties of a new cyber-observable");
            }
        }
        Ok(())
    }

    /// `"x-order": [["from", "to", "not-after"]]`.
    fn order(&self, record: &Record) -> Compile<Vec<Order>> {
        let at = "x-order";
        let Some(list) = self.top.get(at) else { return Ok(Vec::new()) };
        let mut order = Vec::new();
        for item in list.as_array().into_iter().flatten() {
            let words = texts(item, at)?;
            let [earlier, later, how @ ("before" | "not-after")] = words.as_slice() else {
                return outside(at, "not `[earlier, later, before or not-after]`");
            };
            for name in [earlier, later] {
                let kind = record.property(name).map(|property| property.kind);
                if !matches!(kind, Some(Kind::Time | Kind::Date)) {
                    return outside(at, format!("`{name}` is no date and no time"));
                }
            }
            order.push(Order { earlier, later, strict: *how == "before" });
        }
        Ok(order)
    }
}

fn string(form: &'static Members, at: &str) -> Compile<Kind> {
    only(form, &["type", "x-identifier", "x-vocabulary"], at)?;
    if let Some(list) = form.get("x-vocabulary") {
        let vocabulary = Vocabulary::of_schema(texts(list, at)?.leak());
        return Ok(Kind::Term(Box::leak(Box::new(vocabulary))));
    }
    let Some(name) = form.get("x-identifier") else { return Ok(Kind::Text) };
    let name = name.as_str().unwrap_or_default();
    let kind = identifier::Kind::from_name(name).map(Kind::Identifier);
    kind.map_or_else(|| outside(at, format!("no kind of identifier is called `{name}`")), Ok)
}

/// `^identity--` or `^(identity|location)--`; nothing = any object.
fn targets(pattern: Option<&'static Value>, at: &str) -> Compile<Targets> {
    let Some(pattern) = pattern else { return Ok(Targets::Any) };
    let names =
        pattern.as_str().and_then(|p| p.strip_prefix('^')).and_then(|p| p.strip_suffix("--"));
    let Some(names) = names else { return outside(at, "a pattern that is not `^type--`") };
    let names = names.strip_prefix('(').and_then(|n| n.strip_suffix(')')).unwrap_or(names);
    let types: Vec<&'static str> = names.split('|').collect();
    match types.iter().find(|name| !text::is_type_name(name)) {
        Some(name) => outside(at, format!("`{name}` is no type")),
        None => Ok(Targets::Only(types.leak())),
    }
}

#[cfg(test)]
mod tests;
