//! What one agency asks another and says on the way: a request and the steps of its thread.
//!
//! Whoever asks tells something: whom he asks about, and why. So these papers pass the exit with
//! their words looked through. A name may stand there that the partner has said itself in the thread,
//! or that the request is about; nobody else held here is named, and nothing that is known only
//! from third parties.

use std::collections::BTreeSet;

use enlace_policy::Agreement;
use enlace_stix::Object;
use serde_json::Value;

use crate::build::valid;
use crate::masker::holds_identifier;
use crate::paper::COMMON;
use crate::seal::{Released, To};
use crate::silence::{Silence, Unspeakable, in_one};

/// Longest text in a request or step, in characters.
const LONGEST: usize = 8_000;

/// Properties of a request beside [`COMMON`]. Its subjects are named by the ids that the partner has.
const REQUEST: &[&str] = &[
    "kind",
    "request_number",
    "asked_by_ref",
    "asked_of_ref",
    "agreement_ref",
    "purpose",
    "legal_basis",
    "urgency",
    "urgency_ground",
    "urgency_reason",
    "deadline_rule",
    "answer_by",
    "case_number",
    "offences",
    "facts",
    "grounds_held",
    "link_to_purpose",
    "subject_refs",
    "subject_values",
    "questions",
    "about_refs",
    "hit_reference",
    "trace",
    "correction",
    "interview",
    "evidence_use",
    "authorisation",
    "use_restrictions",
    "confidential",
    "answer_language",
    "template",
    "attachment_refs",
    "previous_ref",
];

/// Properties of a step beside [`COMMON`]. Who took it inside the agency stays.
const STEP: &[&str] = &[
    "request_ref",
    "state",
    "side",
    "by_ref",
    "occurred_at",
    "received_at",
    "sequence",
    "previous_sha256",
    "seen_sequence",
    "seen_sha256",
    "accessibility",
    "deadline_rule",
    "deadline_at",
    "clock",
    "extension_reason",
    "ground",
    "ground_clause",
    "statement",
    "replies",
    "answer_refs",
    "release_record_ref",
    "attachment_refs",
    "use_conditions",
    "trace_level",
    "untraceable_reason",
    "missing",
    "referred_to",
    "authorisation",
    "feedback",
];

/// Properties of an act in a joint case beside [`COMMON`]. Its objects are named by the ids that the
/// partner has.
const CASE: &[&str] = &[
    "case_ref",
    "agreement_ref",
    "addressed_ref",
    "act",
    "step",
    "by_ref",
    "occurred_at",
    "sequence",
    "previous_sha256",
    "side_refs",
    "purpose",
    "case_number",
    "title",
    "member",
    "member_role",
    "task",
    "assigned_ref",
    "due_at",
    "text",
    "release_record_ref",
    "object_refs",
    "exhibit_number",
];

/// Who may be named in such a paper.
#[derive(Clone, Copy)]
pub struct Wording<'a> {
    /// Names and identifiers of persons held here whom the words name.
    pub people: &'a Silence,
    /// What is known only from third parties; `None` = none of it is named.
    pub unspeakable: Option<Unspeakable<'a>>,
    /// What the partner itself said in this thread.
    pub heard: &'a [String],
}

/// Why a request or a step does not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Neither a request nor a step of one.
    #[error("`{0}` is no paper of a request")]
    NotAPaper(String),
    /// The recipient or somebody named in it is no party.
    #[error("not between parties of the agreement")]
    NotAParty,
    /// A property that such a paper does not have.
    #[error("property `{0}` does not belong on this paper")]
    Property(String),
    /// About another agreement.
    #[error("the request is about another agreement")]
    OtherAgreement,
    /// A text that is too long.
    #[error("a text of more than 8000 characters")]
    Length,
    /// A text holds the id of an object.
    #[error("a text holds the id of an object")]
    HoldsId,
    /// A text names somebody whom the request is not about, or somebody known only from others.
    #[error("a text names somebody who may not be named")]
    Names,
    /// Not valid STIX.
    #[error("the paper is not valid STIX")]
    Invalid,
}

/// Lets a request of ours, or a step of ours in the thread of one, out to `partner` (key id).
pub fn request(
    object: &Object,
    agreement: &Agreement,
    partner: &str,
    wording: Wording<'_>,
) -> Result<Released, RequestError> {
    let own = match object.kind() {
        "request" => REQUEST,
        "request-event" => STEP,
        "case-event" => CASE,
        other => return Err(RequestError::NotAPaper(other.to_owned())),
    };
    if agreement.party(partner).is_none() {
        return Err(RequestError::NotAParty);
    }
    let known = |name: &str| COMMON.contains(&name) || own.contains(&name);
    if let Some(name) = object.view().keys().find(|name| !known(name)) {
        return Err(RequestError::Property(name.chars().take(100).collect()));
    }
    if object.text("agreement_ref").is_some_and(|id| id != agreement.id.as_str()) {
        return Err(RequestError::OtherAgreement);
    }
    let one = ["asked_by_ref", "asked_of_ref", "by_ref", "addressed_ref", "assigned_ref"];
    let one = one.into_iter().filter_map(|name| object.text(name));
    for id in one.chain(object.texts("side_refs")) {
        if !agreement.draft.parties.iter().any(|party| party.identity_ref == id) {
            return Err(RequestError::NotAParty);
        }
    }
    check_words(object, wording)?;
    let made = valid(object.view().clone()).map_err(|_| RequestError::Invalid)?;
    let to = To::new(agreement.id.as_str(), partner);
    Ok(Released::wrap(&made, object.id().as_str(), &to, i64::MAX))
}

/// Gives a paper of a thread to one of its two sides once more, as it was: a node that was restored
/// asks for what was said before. Each side has had all of it, and nobody else is a party of it.
pub fn request_again(
    object: &Object,
    agreement: &Agreement,
    partner: &str,
) -> Result<Released, RequestError> {
    if !matches!(object.kind(), "request" | "request-event") {
        return Err(RequestError::NotAPaper(object.kind().to_owned()));
    }
    let party = agreement.party(partner).map(|party| party.identity_ref.as_str());
    let named = ["asked_by_ref", "asked_of_ref"].map(|name| object.text(name));
    let is_request = object.kind() == "request";
    if party.is_none() || (is_request && !named.contains(&party)) {
        return Err(RequestError::NotAParty);
    }
    let made = valid(object.view().clone()).map_err(|_| RequestError::Invalid)?;
    let to = To::new(agreement.id.as_str(), partner);
    Ok(Released::wrap(&made, object.id().as_str(), &to, i64::MAX))
}

/// Every text of a request or step that people wrote: those about its subjects, and the others.
pub fn words(object: &Object) -> (Vec<String>, Vec<String>) {
    let (mut subjects, mut others) = (Vec::new(), Vec::new());
    for (name, value) in object.view() {
        let into = if name == "subject_values" { &mut subjects } else { &mut others };
        // What a program writes is of fixed form: ids of the other side, hashes, names of states.
        if !COMMON.contains(&name.as_str()) && !FIXED.contains(&name.as_str()) {
            gather(value, into);
        }
    }
    (subjects, others)
}

/// Properties that hold ids, hashes, times and names of lists.
const FIXED: &[&str] = &[
    "kind",
    "asked_by_ref",
    "asked_of_ref",
    "agreement_ref",
    "urgency",
    "deadline_rule",
    "answer_by",
    "subject_refs",
    "about_refs",
    "attachment_refs",
    "previous_ref",
    "request_ref",
    "state",
    "side",
    "by_ref",
    "occurred_at",
    "received_at",
    "previous_sha256",
    "seen_sha256",
    "accessibility",
    "deadline_at",
    "clock",
    "answer_refs",
    "release_record_ref",
    "case_ref",
    "addressed_ref",
    "act",
    "step",
    "side_refs",
    "task",
    "assigned_ref",
    "due_at",
    "object_refs",
];

fn gather(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, into)),
        Value::Object(members) => {
            let free = members.iter().filter(|(name, _)| !name.ends_with("_ref"));
            free.filter(|(name, _)| !name.ends_with("_refs")).for_each(|(_, v)| gather(v, into));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn check_words(object: &Object, wording: Wording<'_>) -> Result<(), RequestError> {
    let (subjects, others) = words(object);
    let all = || subjects.iter().chain(&others);
    if all().any(|text| text.chars().count() > LONGEST) {
        return Err(RequestError::Length);
    }
    if all().any(|text| holds_identifier(text)) {
        return Err(RequestError::HoldsId);
    }
    let meant = |silence: &Silence, texts: &[String]| -> BTreeSet<String> {
        texts.iter().flat_map(|text| silence.named(text)).map(str::to_owned).collect()
    };
    // Whom the partner named may be named, and whom the request is about.
    let mut allowed = meant(wording.people, wording.heard);
    allowed.extend(meant(wording.people, &subjects));
    if wording.people.is_named(&in_one(&others), &|id| allowed.contains(id)) {
        return Err(RequestError::Names);
    }
    let Some(third) = wording.unspeakable else { return Ok(()) };
    let said = in_one(all());
    for silence in third.silences {
        let heard = meant(silence, wording.heard);
        let knows = |id: &str| heard.contains(id) || (third.knows)(id);
        if silence.is_named(&said, &knows) {
            return Err(RequestError::Names);
        }
    }
    Ok(())
}
