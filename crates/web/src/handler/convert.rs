//! From what the node answers to what pages show.

use std::collections::BTreeMap;

use enlace_node::{self as node, ObjectName, PartyName};
use enlace_stix::Timestamp;
use serde_json::Value;

use crate::marking::Marking;
use crate::page::releases::Receipt;
use crate::value::{Clause, ClauseOrigin, ObjectRef, Origin, PartnerName, Tally, Verdict};

/// Characters of a document's content on a page.
const CONTENT: usize = 40;

/// A time that the node wrote.
pub(crate) fn time(text: &str) -> Timestamp {
    // INVARIANT: the node writes its own times as timestamps.
    text.parse().unwrap_or_else(|_| Timestamp::from_micros(0))
}

pub(crate) fn object(name: &ObjectName) -> ObjectRef {
    ObjectRef {
        id: name.id.clone(),
        kind: name.kind.clone(),
        label: name.label.clone(),
        marking: Marking::from(&name.marking),
    }
}

pub(crate) fn partner(party: &PartyName) -> PartnerName {
    PartnerName { name: party.name.clone(), country: party.country.clone() }
}

pub(crate) fn origin(party: Option<&PartyName>) -> Origin {
    party.map_or(Origin::Own, |party| Origin::Partner(partner(party)))
}

pub(crate) fn verdict(verdict: node::Verdict) -> Verdict {
    match verdict {
        node::Verdict::Kept => Verdict::Kept,
        node::Verdict::Changed => Verdict::Changed,
        node::Verdict::Withheld => Verdict::Withheld,
    }
}

pub(crate) fn clauses<'a>(list: impl IntoIterator<Item = &'a node::Clause>) -> Vec<Clause> {
    let clause = |clause: &node::Clause| Clause {
        id: clause.id.clone(),
        code: clause.code.to_owned(),
        args: clause.args.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        origin: match clause.origin {
            node::Origin::Agreement => ClauseOrigin::Agreement,
            node::Origin::Private => ClauseOrigin::Private,
            node::Origin::Product => ClauseOrigin::Product,
        },
    };
    list.into_iter().map(clause).collect()
}

pub(crate) fn tally(counts: &node::Counts) -> Tally {
    Tally { kept: counts.kept, changed: counts.changed, withheld: counts.withheld }
}

pub(crate) fn receipt(sent: bool, receipt: Option<&str>) -> Receipt {
    match receipt {
        Some(at) => Receipt::Signed { at: time(at) },
        None if sent => Receipt::Awaited,
        None => Receipt::NotSent,
    }
}

/// A value in words: objects by their names, dictionaries as `name: value`.
pub(crate) fn words(value: &Value, names: &BTreeMap<String, ObjectName>) -> String {
    match value {
        Value::String(text) => named(text, names),
        Value::Array(items) => {
            items.iter().map(|item| words(item, names)).collect::<Vec<_>>().join(" · ")
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(name, _)| *name != "extension_type");
            let parts: Vec<String> =
                members.map(|(name, value)| format!("{name}: {}", words(value, names))).collect();
            parts.join(", ")
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Nobody reads a document's bytes: enough of them to see that they are others.
pub(crate) fn content(path: &str, words: String) -> String {
    match words.char_indices().nth(CONTENT) {
        Some((end, _)) if path == "payload_bin" => {
            format!("{}…", words.get(..end).unwrap_or_default())
        }
        _ => words,
    }
}

fn named(text: &str, names: &BTreeMap<String, ObjectName>) -> String {
    if let Some(tlp) = enlace_stix::marking::Tlp::from_marking_id(text) {
        return format!("TLP:{}", tlp.name().to_uppercase());
    }
    names.get(text).map_or_else(|| text.to_owned(), |name| name.label.clone())
}

/// The markings of the objects that a value names.
pub(crate) fn marking_of_named(value: &Value, names: &BTreeMap<String, ObjectName>) -> Marking {
    match value {
        Value::String(text) => {
            names.get(text).map(|name| Marking::from(&name.marking)).unwrap_or_default()
        }
        Value::Array(items) => {
            let all: Vec<Marking> = items.iter().map(|i| marking_of_named(i, names)).collect();
            all.iter().collect()
        }
        Value::Object(members) => {
            let all: Vec<Marking> = members.values().map(|i| marking_of_named(i, names)).collect();
            all.iter().collect()
        }
        _ => Marking::nothing(),
    }
}
