//! What a request must say before it is sent: by its kind, and by the agreement's template.
//!
//! Directive (EU) 2023/977, Article 4 for what is asked of an authority; ATF F 3312.1 for a trace, where
//! half of all requests fail for want of a maker, model or importer.

use enlace_stix::Object;
use serde_json::Value;

use crate::state::Kind;

/// Something that a request lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Property of the request, or of an object that it is about: `firearm.manufacturer`.
    pub path: String,
    /// Stable code of the reason why it is needed.
    pub rule: &'static str,
}

/// What every request names.
const ALL: &[&str] = &["agreement_ref", "asked_by_ref", "asked_of_ref", "purpose"];

/// What a trace says of the firearm; the importer only where it was not made in the asked country.
const FIREARM: &[&str] =
    &["manufacturer", "model", "firearm_type", "calibre", "country_of_manufacture"];

/// What a request of this kind lacks, in the order of its form; empty = it can be sent. `subjects`:
/// the objects that it is about, as the asked side has or gets them. `template`: properties that the
/// agreement's template asks for besides.
pub fn missing(request: &Object, subjects: &[&Object], template: &[&str]) -> Vec<Missing> {
    let mut found = Vec::new();
    let mut lacks = |path: &str, rule| {
        if found.iter().all(|m: &Missing| m.path != path) {
            found.push(Missing { path: path.to_owned(), rule });
        }
    };
    let kind = request.text("kind").and_then(Kind::from_name);
    let Some(kind) = kind else {
        return vec![Missing { path: "kind".to_owned(), rule: "request.content.kind" }];
    };
    let wanted = ALL.iter().map(|path| (*path, "request.content.always"));
    for (path, rule) in wanted.chain(by_kind(kind).iter().copied()) {
        if !is_said(request, path) {
            lacks(path, rule);
        }
    }
    if request.text("urgency") == Some("urgent") {
        for path in ["urgency_ground", "urgency_reason"] {
            if !is_said(request, path) {
                lacks(path, "request.content.urgent");
            }
        }
    }
    let about = is_said(request, "subject_refs") || is_said(request, "subject_values");
    if asks_an_authority(kind) && about && !is_said(request, "link_to_purpose") {
        lacks("link_to_purpose", "request.content.article-4");
    }
    if kind == Kind::Trace {
        for path in of_the_firearm(request, subjects) {
            lacks(&path, "request.content.trace");
        }
    }
    for path in template.iter().filter(|path| !is_said(request, path)) {
        lacks(path, "request.content.template");
    }
    found
}

fn asks_an_authority(kind: Kind) -> bool {
    matches!(kind, Kind::Information | Kind::MatchFollowup | Kind::Evidence | Kind::Interview)
}

fn by_kind(kind: Kind) -> &'static [(&'static str, &'static str)] {
    const ARTICLE_4: &str = "request.content.article-4";
    match kind {
        Kind::Information => &[
            ("questions", ARTICLE_4),
            ("facts", ARTICLE_4),
            ("grounds_held", ARTICLE_4),
            ("case_number", ARTICLE_4),
        ],
        Kind::MatchFollowup => &[
            ("hit_reference", "request.content.hit"),
            ("questions", ARTICLE_4),
            ("facts", ARTICLE_4),
            ("case_number", ARTICLE_4),
        ],
        Kind::Evidence => &[
            ("questions", ARTICLE_4),
            ("facts", ARTICLE_4),
            ("legal_basis", "request.content.evidence"),
            ("case_number", ARTICLE_4),
            ("evidence_use", "request.content.evidence"),
        ],
        Kind::Interview => &[
            ("facts", ARTICLE_4),
            ("legal_basis", "request.content.evidence"),
            ("case_number", ARTICLE_4),
            ("interview.standing", "request.content.interview"),
            ("interview.mode", "request.content.interview"),
        ],
        Kind::Trace => &[
            ("trace.firearm_ref", "request.content.trace"),
            ("trace.recovered_on", "request.content.trace"),
            ("trace.circumstances", "request.content.trace"),
            ("case_number", "request.content.trace"),
        ],
        Kind::Consent => &[
            ("about_refs", "request.content.about"),
            ("consent_asked.consent_kind", "request.content.consent"),
        ],
        Kind::Recall => {
            &[("about_refs", "request.content.about"), ("facts", "request.content.reason")]
        }
        Kind::Correction => &[
            ("correction.object_ref", "request.content.about"),
            ("correction.path", "request.content.about"),
            ("correction.reason", "request.content.reason"),
        ],
        Kind::Spontaneous => &[("facts", "request.content.article-7")],
    }
}

/// Whether a property, or one inside an object of it, says anything: an empty text says nothing.
fn is_said(object: &Object, path: &str) -> bool {
    let (first, rest) = path.split_once('.').map_or((path, None), |(a, b)| (a, Some(b)));
    let value = match (object.get(first), rest) {
        (Some(value), None) => Some(value),
        (Some(value), Some(rest)) => value.get(rest),
        (None, _) => None,
    };
    value.is_some_and(|value| match value {
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
    })
}

fn of_the_firearm(request: &Object, subjects: &[&Object]) -> Vec<String> {
    let named = request.get("trace").and_then(|t| t.get("firearm_ref")).and_then(Value::as_str);
    let Some(named) = named else { return Vec::new() };
    let Some(gun) = subjects.iter().find(|o| o.id().as_str() == named) else {
        return vec!["trace.firearm_ref".to_owned()];
    };
    let mut lacks: Vec<String> = FIREARM
        .iter()
        .filter(|path| !is_said(gun, path))
        .map(|path| format!("firearm.{path}"))
        .collect();
    // Obliterated is an answer, silence is none.
    let none = gun.text("serial_status").is_some_and(|s| s == "obliterated" || s == "none");
    if !is_said(gun, "serial") && !none {
        lacks.push("firearm.serial".to_owned());
    }
    lacks
}
