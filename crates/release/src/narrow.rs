//! What was published, published again with less in it: after an amendment that narrows, or
//! without what was recalled.
//!
//! The published form passes the one exit as if it were an original. So nothing can leave but what
//! the partner was sent, and what became of the original since is not looked at: it could show.

use std::collections::HashMap;

use enlace_policy::{Documents, Facts, Mask, Policy};
use enlace_stix::marking::{Effective, of_every_property};
use enlace_stix::{Id, Object};
use serde_json::Value;

use crate::closure::Works;
use crate::exit::Exit;
use crate::lines::{self, Lines};
use crate::plan::{Candidate, Consent, Context, Plan};

/// A twin as it was sent.
#[derive(Debug, Clone)]
pub struct Published {
    /// The original, as [`crate::Released::original`] named it.
    pub original: Id,
    /// The bytes that the partner was sent.
    pub object: Object,
    /// The facts about the original when they were sent: what is true now is no cause.
    pub facts: Facts,
}

/// What an exit knows of published forms.
pub(crate) struct Narrowing<'a> {
    /// The policy that they left under.
    under: &'a Policy,
    facts: HashMap<Id, Facts>,
}

/// Plans published twins anew under `context.policy`: each leaves under its id with less in it, or
/// stays. `under`: the policy that they left under.
///
/// `context.previous` names what the partner has by the id that the partner sees, these twins
/// included; a reference to anything else is dropped, and with it what cannot be without. The plan
/// names originals, as every plan does.
pub fn narrowed<'a>(set: &[Published], under: &'a Policy, context: &Context<'a>) -> Plan {
    let facts =
        set.iter().map(|p| (p.object.id().clone(), facts_then(p, under, context))).collect();
    let mut exit = Exit::new(context);
    exit.narrowing = Some(Narrowing { under, facts });
    let candidates: Vec<Candidate> = set.iter().map(|p| candidate(p, context)).collect();
    let refs: Vec<&Candidate> = candidates.iter().collect();
    let mut plan = lines::plan(&Works::settled(&refs, &exit), Lines::Told);
    let originals: HashMap<&str, &Id> =
        set.iter().map(|p| (p.object.id().as_str(), &p.original)).collect();
    for object in &mut plan.objects {
        if let Some(original) = originals.get(object.original.as_str()) {
            object.original = (*original).clone();
            object.lines.iter_mut().for_each(|line| line.object = original.to_string());
        }
    }
    plan.objects.sort_by(|a, b| a.original.cmp(&b.original));
    for released in &mut plan.released {
        if let Some(original) = originals.get(released.id.as_str()) {
            released.original = Some(original.to_string());
        }
    }
    plan
}

/// The facts then, with the colour and codes that the published form bears of single values.
fn facts_then(published: &Published, under: &Policy, context: &Context<'_>) -> Facts {
    let mut facts = published.facts.clone();
    let markings = of_every_property(&published.object, context.definition);
    let Effective { tlp, handling, caveats, pap, .. } = markings.object().clone();
    let stamped = &under.terms().handling.stamp;
    let handling = handling.into_iter().filter(|code| !stamped.contains(code)).collect();
    facts.marking.unite(&Effective { tlp, handling, caveats, pap, ..Effective::default() });
    facts.flattened |= facts.document && under.terms().documents.leaves == Documents::Flattened;
    facts.held_back = false;
    facts
}

fn candidate(published: &Published, context: &Context<'_>) -> Candidate {
    let own = published.facts.own;
    let consent = match (own, originator(&published.object, context)) {
        (true, _) => Consent::None,
        (false, Some(named_as)) => Consent::Redacted { named_as },
        (false, None) => Consent::Whole,
    };
    Candidate { consent, ..Candidate::new(published.object.clone(), own) }
}

/// How the marking of a published twin names whose information it is.
fn originator(object: &Object, context: &Context<'_>) -> Option<String> {
    let markings = object.get("object_marking_refs").and_then(Value::as_array)?;
    let mut found = markings.iter().filter_map(|id| (context.definition)(id.as_str()?));
    found.find_map(|definition| {
        let named = definition.get("external_references")?.get(0)?.get("source_name")?;
        named.as_str().map(str::to_owned)
    })
}

impl Narrowing<'_> {
    /// The facts about an original when its twin was sent.
    pub(crate) fn facts(&self, twin: &Id) -> Facts {
        self.facts.get(twin).cloned().unwrap_or_default()
    }

    /// Whether the mask that the published value went through left no more than this one does.
    pub(crate) fn is_masked(&self, kind: &str, path: &str, mask: &Mask) -> bool {
        let (before, _) = self.under.mask(kind, path);
        before == mask || (*before == Mask::Country && *mask == Mask::Province)
    }

    /// Whether documents were published in a form in which they may leave still.
    pub(crate) fn documents_fit(&self, leaves: Documents) -> bool {
        match (self.under.terms().documents.leaves, leaves) {
            (_, Documents::None) | (Documents::Originals, Documents::Flattened) => false,
            (_, Documents::Flattened | Documents::Originals) => true,
        }
    }
}
