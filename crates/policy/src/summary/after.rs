//! How a release comes about and what follows it.

use super::{Arg, Page, Sentence};
use crate::{Acceptance, Approval, ApprovalWhen, Onward, StandingRule, Terms};

impl Page {
    pub(super) fn after(&mut self, terms: &Terms) {
        self.approval(terms);
        for rule in &terms.standing {
            self.standing(rule, terms);
        }
        let slots = match &terms.slots {
            Some(slots) => Sentence::of(&slots.clause, "slots"),
            None => Sentence::new("slots"),
        };
        self.put(slots.count("minutes", terms.slot_minutes()));

        let retention = &terms.retention;
        self.put(Sentence::of(&retention.clause, "retention").count("days", retention.days));
        if let Some(days) = retention.review_days {
            self.put(Sentence::of(&retention.clause, "review").count("days", days));
        }
        let onward = &terms.onward;
        let code = match onward.rule {
            Onward::None => "onward-none",
            Onward::WithConsent => "onward-with-consent",
            Onward::PartiesOnly => "onward-parties-only",
            Onward::Classes if onward.classes.is_empty() => "onward-with-consent",
            Onward::Classes => "onward-classes",
        };
        self.put(Sentence::of(&onward.clause, code).some("classes", "unit-class", &onward.classes));
        self.questions(terms);
        let acceptance = &terms.acceptance;
        let nothing = Vec::new();
        let (code, types) = match (acceptance.rule, &acceptance.types) {
            (Acceptance::Person, _) => ("acceptance-person", &nothing),
            (Acceptance::Automatic, None) => ("acceptance-automatic", &nothing),
            (Acceptance::Automatic, Some(types)) if types.is_empty() => {
                ("acceptance-person", types)
            }
            (Acceptance::Automatic, Some(types)) => ("acceptance-types", types),
        };
        self.put(Sentence::of(&acceptance.clause, code).some("types", "type", types));
    }

    fn approval(&mut self, terms: &Terms) {
        let term = &terms.approval;
        self.put(Sentence::of(
            &term.clause,
            match term.rule {
                Approval::Automatic => "approval-automatic",
                Approval::OneOfficer => "approval-one-officer",
                Approval::FourEyes => "approval-four-eyes",
            },
        ));
        // A milder condition changes nothing: the strictest rule counts.
        for when in term.when.iter().filter(|when| when.rule > term.rule) {
            let code = match when.rule {
                Approval::FourEyes => "when-four-eyes",
                Approval::Automatic | Approval::OneOfficer => "when-one-officer",
            };
            let conditions = Arg::Sentences(conditions(when));
            self.put(Sentence::of(&term.clause, code).with("conditions", conditions));
        }
    }

    fn standing(&mut self, rule: &StandingRule, terms: &Terms) {
        let has: Vec<Sentence> = rule
            .has
            .iter()
            .map(|(property, values)| {
                let sentence = Sentence::new("condition-property");
                sentence.words("property", "property", [property]).words("values", "value", values)
            })
            .collect();
        let name = rule.name.as_str();
        let code = if has.is_empty() { "standing-all" } else { "standing" };
        let mut sentence = Sentence::of(&rule.clause, code)
            .text("name", name)
            .words("type", "type", [&rule.kind])
            .words("purpose", "purpose", [&rule.purpose]);
        if !has.is_empty() {
            sentence = sentence.with("conditions", Arg::Sentences(has));
        }
        self.put(sentence);
        let read = rule.unreleased(terms);
        if !read.is_empty() {
            let sentence = Sentence::of(&rule.clause, "standing-person").text("name", name);
            self.put(sentence.words("properties", "property", read));
        }
    }

    fn questions(&mut self, terms: &Terms) {
        match &terms.matching {
            Some(term) if !term.kinds.is_empty() => {
                self.put(
                    Sentence::of(&term.clause, "match")
                        .words("kinds", "identifier", &term.kinds)
                        .count("quota", term.daily_quota),
                );
            }
            _ => self.say("match-none"),
        }
        match &terms.deadlines {
            Some(term) => {
                self.put(
                    Sentence::of(&term.clause, "deadlines")
                        .count("direct", term.urgent_direct_hours)
                        .count("indirect", term.urgent_indirect_days)
                        .count("other", term.other_days),
                );
            }
            None => self.say("deadlines-none"),
        }
        match &terms.answer {
            Some(term) => {
                self.put(Sentence::of(&term.clause, "answer").count("hours", term.after_hours));
            }
            None => self.say("answer-none"),
        }
    }
}

/// What an object must meet, each as a sentence of its own.
fn conditions(when: &ApprovalWhen) -> Vec<Sentence> {
    let mut all = Vec::new();
    let mut listed = |code, family, names: &Option<Vec<String>>| {
        if let Some(names) = names {
            all.push(Sentence::new(code).words("names", family, names));
        }
    };
    listed("condition-types", "type", &when.types);
    listed("condition-categories", "category", &when.categories);
    listed("condition-purposes", "purpose", &when.purposes);
    if let Some(tlp) = when.tlp {
        all.push(Sentence::new("condition-tlp").text("tlp", tlp.name().to_uppercase()));
    }
    match when.documents {
        Some(true) => all.push(Sentence::new("condition-documents")),
        Some(false) => all.push(Sentence::new("condition-no-documents")),
        None => {}
    }
    all
}
