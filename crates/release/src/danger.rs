//! Danger to life: a warning to one known key, the one exception to default deny
//! (docs/design/danger.md).
//!
//! It passes the same exit as every release, under built-in terms ([`Policy::danger`]) instead of
//! an agreement: no state of an agreement, no vetting, no handling code stops it. What identifies a
//! source stays, also in the text.

use std::collections::{BTreeMap, HashSet};

use enlace_policy::{Clause, Facts, Policy, danger};
use enlace_stix::{Object, types};
use serde_json::{Map, Value, json};

use crate::build::valid;
use crate::closure::Works;
use crate::exit::Exit;
use crate::guards::Guards;
use crate::lines::{self, Lines};
use crate::masker::holds_identifier;
use crate::plan::{Candidate, Context, Plan, Previous};
use crate::seal::{Released, To};
use crate::silence::{Silence, owned_by};
use crate::tearline::Folded;

/// The type of a warning.
const WARNING: &str = "danger-to-life";

/// What a warning may say beside the objects that come with it.
const SAID: &[&str] = &[
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "created_by_ref",
    "extensions",
    "addressee",
    "reason",
    "text",
    "purpose",
    "onward",
    "keep_days",
];

/// Longest text of a warning, in characters.
const LONGEST: usize = 4000;

/// Each warning stands by itself: nothing that the partner has is counted on.
static NOTHING_YET: BTreeMap<String, Previous> = BTreeMap::new();

/// Everything that a danger-to-life release depends on.
#[derive(Clone, Copy)]
pub struct Danger<'a> {
    /// [`Policy::danger`] for this partner.
    pub policy: &'a Policy,
    /// Key id of the recipient.
    pub partner: &'a str,
    /// The identity object of this node.
    pub own_identity: &'a Object,
    /// Secret of this one warning from which its twin ids are made: they link to nothing else that
    /// the partner has.
    pub twin_key: &'a [u8],
    /// Now, microseconds since the epoch.
    pub now_us: i64,
    /// Finds marking definitions by id.
    pub definition: &'a dyn Fn(&str) -> Option<&'a Object>,
    /// Names and identifiers that the words may tell only of what leaves with them: of everything
    /// held that identifies a source, and of whoever else is not to be told apart from one.
    pub sources: &'a Silence,
}

/// A warning, ready to leave.
#[derive(Debug, Clone, PartialEq)]
pub struct Warned {
    /// What becomes of each object of the set.
    pub plan: Plan,
    /// The warning with the twins in it.
    pub warning: Released,
    /// Original and twin of each object that leaves.
    pub twins: Vec<(String, String)>,
}

/// Why no warning leaves.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DangerError {
    /// The policy is that of an agreement.
    #[error("the policy is not the built-in one of a danger to life")]
    OtherPolicy,
    /// Another type, or a property that a warning does not have.
    #[error("`{0}` does not belong in a warning")]
    Property(String),
    /// No text, or one that is too long.
    #[error("a warning has a text of 1 to 4000 characters")]
    Length,
    /// This node's own rules forbid anything to this partner.
    #[error("a rule of this node forbids it")]
    Forbidden(Vec<Clause>),
    /// The text holds an id of an object.
    #[error("the text holds the id of an object")]
    HoldsId,
    /// The text names a source, something that stays, or another person who does not leave with it.
    #[error("the text names somebody who may not be named")]
    Names,
    /// The warning is not valid STIX.
    #[error("the warning is not valid STIX: {0}")]
    Invalid(String),
}

/// Plans a warning with the objects of `set` and lets it out. `said`: the warning without its
/// objects, as the node made it. The dry run is the same call.
pub fn danger(
    set: &[Candidate],
    said: &Object,
    context: &Danger<'_>,
) -> Result<Warned, DangerError> {
    let text = checked(said, context)?;
    let exit = Exit::new(&Context {
        policy: context.policy,
        partner: context.partner,
        purpose: danger::PURPOSE,
        active: true,
        vetted: false,
        offence: None,
        reasoned: true,
        own_identity: context.own_identity,
        twin_key: context.twin_key,
        now_us: context.now_us,
        previous: &NOTHING_YET,
        definition: context.definition,
        unspeakable: None,
    });
    let message = Facts { kind: WARNING.to_owned(), own: true, ..Facts::default() };
    let decided = exit.policy().decide(&message, &exit.ask);
    if !decided.permits() {
        return Err(DangerError::Forbidden(decided.clauses().to_vec()));
    }
    let set: Vec<&Candidate> = set.iter().collect();
    let works = Works::settled(&set, &exit);
    if names(text, &works, context.sources) {
        return Err(DangerError::Names);
    }
    let plan = lines::plan(&works, Lines::Told);
    let own = context.own_identity.id();
    // Who sends it is on the card that the partner has.
    let leaving: Vec<&Released> = plan.released.iter().filter(|made| made.id() != own).collect();
    let twins = leaving
        .iter()
        .filter(|made| made.kind() != "marking-definition")
        .filter_map(|made| Some((made.original()?.to_owned(), made.id().to_string())))
        .collect();
    let mut view = said.view().clone();
    if !leaving.is_empty() {
        let objects = leaving.iter().map(|made| serde_json::from_str(made.bytes()));
        let objects: Result<Vec<Value>, _> = objects.collect();
        let objects = objects.map_err(|_| DangerError::Invalid("objects".to_owned()))?;
        view.insert("objects".to_owned(), objects.into());
    }
    Ok(Warned { warning: let_out(view, context.partner)?, twins, plan })
}

/// The last version of a warning: withdrawn, without text and objects. `warning`: its id;
/// `created`, `modified`: as STIX writes them; `partner`: the key id it went to.
pub fn withdrawn(
    warning: &str,
    (created, modified): (&str, &str),
    own_identity: &Object,
    partner: &str,
) -> Result<Released, DangerError> {
    let definition = types::definition_id(WARNING);
    let view = json!({
        "type": WARNING,
        "spec_version": "2.1",
        "id": warning,
        "created": created,
        "modified": modified,
        "created_by_ref": own_identity.id().as_str(),
        "revoked": true,
        "addressee": partner,
        "extensions": { definition: { "extension_type": "new-sdo" } },
        "reason": "recalled",
        "text": "recalled",
        "purpose": danger::PURPOSE,
        "onward": "none",
    });
    match view {
        Value::Object(view) => let_out(view, partner),
        _ => Err(DangerError::Invalid(String::new())),
    }
}

fn let_out(view: Map<String, Value>, partner: &str) -> Result<Released, DangerError> {
    let made = valid(view).map_err(|clauses| {
        let args = clauses.first().map(|c| c.args.values().cloned().collect::<Vec<_>>());
        DangerError::Invalid(args.unwrap_or_default().join(" at "))
    })?;
    Ok(Released::wrap(&made, made.id().as_str(), &To::new("", partner), i64::MAX))
}

/// The text of a warning that holds nothing but what a warning has.
fn checked<'s>(said: &'s Object, context: &Danger<'_>) -> Result<&'s str, DangerError> {
    if !context.policy.is_danger() {
        return Err(DangerError::OtherPolicy);
    }
    let strange = said.view().keys().find(|name| !SAID.contains(&name.as_str()));
    let strange = strange.map(String::as_str).or((said.kind() != WARNING).then_some(said.kind()));
    if let Some(name) = strange {
        return Err(DangerError::Property(name.chars().take(100).collect()));
    }
    let text = said.text("text").unwrap_or_default();
    if text.trim().is_empty() || text.chars().count() > LONGEST {
        return Err(DangerError::Length);
    }
    if holds_identifier(text) { Err(DangerError::HoldsId) } else { Ok(text) }
}

/// Whether a text names a source, or something of the set that stays; what an object that leaves
/// tells itself may be told.
fn names(text: &str, works: &Works<'_, '_>, sources: &Silence) -> bool {
    let text = Folded::of(&[text]);
    let mut guards = Guards::<()>::default();
    let (mut shown, mut hidden) = (HashSet::new(), HashSet::new());
    for work in &works.all {
        for (key, stays) in owned_by(work, &mut guards) {
            if stays {
                hidden.insert(key)
            } else {
                shown.insert(key)
            };
        }
    }
    let mut named = false;
    guards.find(&text, &mut |key, _, ()| {
        named |= hidden.contains(&key) && !shown.contains(&key);
    });
    named || sources.hits(&text, &|_| false).iter().any(|key| !shown.contains(key))
}
