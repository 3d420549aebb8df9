//! One object: whether policy lets it leave, and what of it.

use std::borrow::Cow;
use std::rc::Rc;

use enlace_policy::{Clause, Decision};
use enlace_stix::marking::of_every_property;
use enlace_stix::{Id, sco_id};
use serde_json::{Map, Value};

use crate::closure::{Alive, State, Work};
use crate::document::{self, Copies, Replaced};
use crate::draft::{Draft, What, draft, is_reference};
use crate::exit::{Exit, Type};
use crate::plan::{Candidate, Consent};
use crate::subject::facts_of;
use crate::twin::Times;

/// Papers of the node itself and what is made anew for each partner.
const INTERNAL: &[&str] = &[
    "agreement",
    "agreement-signature",
    "agreement-state",
    "bundle",
    "case-event",
    "danger-notice",
    "danger-to-life",
    "extension-definition",
    "language-content",
    "marking-definition",
    "receipt",
    "recall-answer",
    "key-change",
    "key-compromise",
    "release-record",
];

/// In which form an object leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As a twin of ours, whatever is cut.
    Twin,
    /// Under its own id, nothing cut; references lead to twins.
    Whole,
    /// Another originator's object under its own id, nothing cut and nothing changed.
    Foreign,
}

impl Form {
    /// Whether it leaves whole or not at all.
    pub(crate) fn is_whole(self) -> bool {
        self != Self::Twin
    }
}

/// Decides one object and masks its fields.
///
/// `withdrawn`: another version of it says that it was, which is final (§3.6).
pub(crate) fn judge<'x>(
    candidate: &'x Candidate,
    withdrawn: bool,
    copies: &Copies<'x>,
    exit: &'x Exit<'_>,
) -> Work<'x> {
    let state = match permitted(candidate, withdrawn, copies, exit) {
        Ok(alive) => State::Alive(Box::new(alive)),
        Err(clauses) => State::Dead(clauses),
    };
    Work::new(&candidate.object, state)
}

fn permitted<'x>(
    candidate: &'x Candidate,
    withdrawn: bool,
    copies: &Copies<'x>,
    exit: &'x Exit<'_>,
) -> Result<Alive<'x>, Vec<Clause>> {
    let object = &candidate.object;
    if INTERNAL.contains(&object.kind()) {
        return Err(vec![Clause::product("default.internal", "default-internal")]);
    }
    let previous = exit.context.previous.get(object.id().as_str());
    if previous.is_some_and(|p| p.recalled) {
        return Err(vec![Clause::private("recalled", "private-recalled")]);
    }
    let markings = of_every_property(object, exit.context.definition);
    let mut facts = match &exit.narrowing {
        Some(narrowing) => narrowing.facts(object.id()),
        None => facts_of(candidate, exit.context.now_us, &markings),
    };
    facts.revoked |= withdrawn;
    let permitted = match &*exit.policy().decide(&facts, &exit.ask) {
        Decision::Permit { clauses } => clauses.clone(),
        Decision::Withhold { clauses } => return Err(clauses.clone()),
    };
    let (of, rulings) = exit.type_of(object.kind()).ok_or_else(|| vec![Clause::deny()])?;
    if object.get("spec_version").is_some_and(|v| v != "2.1") {
        let clause = Clause::product("default.invalid", "invalid-stix");
        return Err(vec![clause.with("rule", "stix.spec-version").with("path", "spec_version")]);
    }
    let form = if exit.danger { Form::Twin } else { form(candidate, &of) };
    let replaced = document::replaced(candidate, copies, exit);
    let draft = draft(object, (&of, &rulings), (&markings, &facts), (form, &replaced), exit)
        .map_err(|c| vec![c])?;
    if form.is_whole() {
        whole(&draft, &replaced, form, &of)?;
    }
    let twin = match (form, previous) {
        (Form::Twin, Some(previous)) => previous.twin.clone(),
        (Form::Twin, None) => new_twin(candidate, &draft, exit),
        (Form::Whole | Form::Foreign, _) => object.id().clone(),
    };
    let had = exit.had(&twin);
    if had.is_some_and(|had| had.recalled) {
        return Err(vec![Clause::private("recalled", "private-recalled")]);
    }
    let times = Times::of(exit, object, form, had);
    let named_as = match &candidate.consent {
        Consent::Redacted { named_as } if !candidate.own => Some(Rc::from(named_as.as_str())),
        _ => None,
    };
    let tells = replaced.tells;
    Ok(Alive { of, form, draft, tells, twin, times, permitted, named_as, made: None })
}

fn form(candidate: &Candidate, of: &Type) -> Form {
    match (candidate.own, &candidate.consent) {
        (true, _) if of.keeps_id.is_some() => Form::Whole,
        (true, _) | (false, Consent::Redacted { .. }) => Form::Twin,
        (false, _) => Form::Foreign,
    }
}

/// Whether everything of the object leaves; else the clause that keeps the first part back.
fn whole(draft: &Draft<'_>, replaced: &Replaced, form: Form, of: &Type) -> Result<(), Vec<Clause>> {
    let cut = |field: &&crate::draft::Field<'_>| {
        let held = field.before.is_some() || field.kept.is_some();
        field.what != What::Bookkeeping && held && field.kept.as_ref() != field.before
    };
    if let Some(field) = draft.fields.iter().find(cut) {
        let clause = not_whole(form, of).with("path", &*field.path);
        return Err(vec![clause, field.clause.clone().into_owned()]);
    }
    if replaced.is_any() { Err(vec![not_whole(form, of)]) } else { Ok(()) }
}

/// The clause by which an object leaves whole or not at all.
pub(crate) fn not_whole(form: Form, of: &Type) -> Clause {
    match (form, &of.keeps_id) {
        (Form::Whole, Some(number)) => Clause::agreement(number, "clause-ids-whole"),
        _ => Clause::private("third-agency", "private-third-agency-whole"),
    }
}

/// The deterministic id of an observable whose identifying value leaves in full; else one made
/// with the twin key.
fn new_twin(candidate: &Candidate, draft: &Draft<'_>, exit: &Exit<'_>) -> Id {
    let object = &candidate.object;
    if let Some(expected) = object.expected_sco_id() {
        let fields = draft.fields.iter().filter(|f| f.extension.is_none() && !is_reference(f.name));
        let kept: Map<String, Value> =
            fields.filter_map(|f| Some((f.name.to_owned(), f.kept.clone()?))).collect();
        if sco_id(object.kind(), &kept).as_ref() == Some(&expected) {
            return expected;
        }
    }
    exit.twin_id(object.id())
}

/// A clause that many objects bear, made once.
pub(crate) fn borrowed(clause: &'static std::sync::LazyLock<Clause>) -> Cow<'static, Clause> {
    Cow::Borrowed(clause)
}
