//! An agreement in a page of sentences: who, what may leave, what never does, how it is approved, how
//! long it is kept.
//!
//! Every sentence is computed from the terms that the policy is compiled of, so it cannot say
//! something else than the policy does. It has a stable code with arguments; the words stand in
//! `locales/` in both languages, under the key `summary-CODE`.

mod after;
mod data;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Agreement, ToReleased};

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// Stable code; one of [`Sentence::CODES`].
    pub code: &'static str,
    /// Number of the clause that says it, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clause: Option<String>,
    /// Arguments by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<&'static str, Arg>,
}

/// An argument of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Arg {
    /// A text in nobody's language: a name, a number of a clause, a grade.
    Text(String),
    /// A count.
    Count(u32),
    /// Names of things, each of which the family (`type`, `purpose`) may have a word for.
    Words {
        /// The family of words; nothing has a word in the family `name`.
        #[serde(skip)]
        family: &'static str,
        /// The names, as they stand in the terms.
        names: Vec<String>,
    },
    /// Sentences inside the sentence, all of which must hold.
    Sentences(Vec<Sentence>),
}

macro_rules! codes {
    ($($code:literal),+ $(,)?) => {
        impl Sentence {
            /// Every code, each with a sentence in both languages.
            pub const CODES: &[&'static str] = &[$($code),+];
        }
    };
}

codes! {
    "parties", "validity",
    "amends-keep",
    "amends-narrow",
    "amends-recall", "purposes", "purposes-none", "recipients", "recipients-none",
    "transfer-adequacy", "transfer-safeguards", "transfer-derogation", "assurances",
    "assurances-none", "assurances-nobody",
    "types", "types-none", "ids-twins", "ids-original", "fields", "fields-none", "fields-reduced",
    "fields-dropped", "fields-missing", "tlp", "tlp-red", "subjects", "subjects-none", "identifiers",
    "identifiers-none", "evaluation", "evaluation-none",
    "evaluation-nothing", "unevaluated-leaves", "unevaluated-stays",
    "age", "age-none", "undated-leaves", "undated-stays", "handling", "handling-none", "stamp",
    "caveats", "caveats-none", "pap", "pap-none", "text-none", "text-tear-line", "documents-none",
    "documents-flattened", "documents-originals", "never", "never-red",
    "approval-automatic", "approval-one-officer", "approval-four-eyes",
    "when-one-officer", "when-four-eyes", "reduced",
    "condition-types", "condition-categories", "condition-purposes", "condition-tlp",
    "condition-documents", "condition-no-documents", "condition-property",
    "standing", "standing-all", "standing-person", "slots",
    "retention", "review", "onward-none", "onward-with-consent", "onward-parties-only",
    "onward-classes", "match", "match-none", "deadlines", "deadlines-none", "answer",
    "answer-none",
    "acceptance-automatic", "acceptance-types", "acceptance-person", "stop",
}

/// The sentences of an agreement in the order in which people ask: who and what for, what may leave,
/// what never does, how a release is approved, what follows it.
pub fn summary(agreement: &Agreement) -> Vec<Sentence> {
    let mut page = Page(Vec::new());
    page.who(agreement);
    page.data(agreement.terms());
    // Where a clause lets red go to named persons, red is not what never leaves.
    page.say(if agreement.terms().tlp.red.is_some() { "never-red" } else { "never" });
    page.after(agreement.terms());
    page.say("stop");
    page.0
}

/// Sentences as they are collected.
struct Page(Vec<Sentence>);

impl Page {
    /// A sentence that holds for every agreement.
    fn say(&mut self, code: &'static str) {
        self.0.push(Sentence::new(code));
    }

    fn put(&mut self, sentence: Sentence) {
        self.0.push(sentence);
    }

    fn who(&mut self, agreement: &Agreement) {
        let (draft, terms) = (&agreement.draft, agreement.terms());
        let party = |party: &crate::Party| match party.unit.is_empty() {
            true => format!("{} ({})", party.name, party.country),
            false => format!("{}, {} ({})", party.name, party.unit, party.country),
        };
        self.put(Sentence::new("parties").words(
            "parties",
            "name",
            draft.parties.iter().map(party),
        ));
        let (from, until) = (draft.valid_from.as_str(), draft.valid_until.as_str());
        self.put(
            Sentence::of(&terms.validity.clause, "validity")
                .text("from", from)
                .text("until", until),
        );

        if let Some(amends) = &draft.amends {
            self.say(match amends.released {
                ToReleased::Keep => "amends-keep",
                ToReleased::Narrow => "amends-narrow",
                ToReleased::Recall => "amends-recall",
            });
        }

        let purposes = &terms.purposes;
        let code = if purposes.allowed.is_empty() { "purposes-none" } else { "purposes" };
        self.put(Sentence::of(&purposes.clause, code).some(
            "purposes",
            "purpose",
            &purposes.allowed,
        ));

        let units = &terms.recipients.units;
        let named = |key: &String| agreement.party(key).map_or_else(|| key.clone(), party);
        let code = if units.is_empty() { "recipients-none" } else { "recipients" };
        let units: Vec<String> = units.iter().map(named).collect();
        self.put(Sentence::of(&terms.recipients.clause, code).some("units", "name", &units));

        let code = match terms.transfer.ground {
            crate::Ground::Adequacy => "transfer-adequacy",
            crate::Ground::Safeguards => "transfer-safeguards",
            crate::Ground::Derogation => "transfer-derogation",
        };
        self.put(Sentence::of(&terms.transfer.clause, code));
        match &terms.assurances {
            // For no purpose: they ask for nothing.
            Some(given) if !given.purposes.is_empty() => {
                let nobody = given.offences.is_empty();
                let code = if nobody { "assurances-nobody" } else { "assurances" };
                self.put(
                    Sentence::of(&given.clause, code)
                        .some("purposes", "purpose", &given.purposes)
                        .some("against", "against", &given.against)
                        .some("offences", "offence", &given.offences),
                );
            }
            _ => self.say("assurances-none"),
        }
    }
}

impl Sentence {
    /// A sentence that no clause says.
    fn new(code: &'static str) -> Self {
        Self { code, clause: None, args: BTreeMap::new() }
    }

    /// A sentence that a clause says.
    fn of(clause: &str, code: &'static str) -> Self {
        Self { clause: Some(clause.to_owned()), ..Self::new(code) }
    }

    fn with(mut self, name: &'static str, arg: Arg) -> Self {
        self.args.insert(name, arg);
        self
    }

    fn text(self, name: &'static str, text: impl Into<String>) -> Self {
        self.with(name, Arg::Text(text.into()))
    }

    fn count(self, name: &'static str, count: u32) -> Self {
        self.with(name, Arg::Count(count))
    }

    fn words<T: Into<String>>(
        self,
        name: &'static str,
        family: &'static str,
        names: impl IntoIterator<Item = T>,
    ) -> Self {
        let names = names.into_iter().map(Into::into).collect();
        self.with(name, Arg::Words { family, names })
    }

    /// Words, if there are any: the sentence for none has no such argument.
    fn some(self, name: &'static str, family: &'static str, names: &[String]) -> Self {
        if names.is_empty() { self } else { self.words(name, family, names) }
    }
}
