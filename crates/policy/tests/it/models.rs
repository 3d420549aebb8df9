//! The model agreements: they parse, text and terms say the same articles, and nothing in them is
//! without effect.

use std::collections::BTreeSet;

use enlace_policy::models::{self, Head, MODELS, Written, text_faults};
use enlace_policy::{
    Agreement, Arg, BLANK, Draft, Policy, PrivateRules, Sentence, Text, draft, kinds, summary,
};

use crate::model;

fn written(name: &str) -> Written {
    let model = models::named(name).unwrap();
    let head = Head {
        title: "Cooperación \"Río\" {{units}}",
        legal_basis: model.legal_basis,
        parties: &model::parties(),
        valid_from: "2026-01-01",
        valid_until: "2029-01-01",
    };
    models::write(model.terms, model.text, &head)
}

fn drafted(name: &str) -> Draft {
    draft::parse(&written(name).terms, name).unwrap_or_else(|faults| panic!("{faults:#?}"))
}

fn agreement(name: &str) -> Agreement {
    model::agreement(&drafted(name))
}

/// Numbers of the headings of one language: `#### 4.1 Persons`.
fn articles(text: &str) -> BTreeSet<&str> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let words = headings.filter_map(|line| line.trim_start_matches('#').split_whitespace().next());
    words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).collect()
}

fn clauses(value: &serde_json::Value, into: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::Object(members) => {
            into.extend(members.get("clause").and_then(|c| c.as_str()).map(str::to_owned));
            members.values().for_each(|value| clauses(value, into));
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| clauses(item, into)),
        _ => {}
    }
}

#[test]
fn every_model_parses_compiles_and_has_the_text_whose_digest_it_carries() {
    assert_eq!(MODELS.len(), 5);
    for model in MODELS {
        let pair = written(model.name);
        let draft = drafted(model.name);
        assert_eq!(draft.title, "Cooperación \"Río\" {{units}}");
        assert_eq!(draft.text_sha256, Some(models::sha256(&pair.text)), "{}", model.name);
        assert_eq!(text_faults(&pair.terms, "a.toml", &pair.text), [], "{}", model.name);
        assert!(!pair.text.contains("{{valid") && !pair.text.contains("{{parties"));
        let agreement = agreement(model.name);
        assert_eq!(agreement.draft, draft);
        Policy::compile(&agreement, &PrivateRules::default()).unwrap();
    }
}

#[test]
fn each_clause_is_an_article_in_both_languages_and_each_article_is_a_clause() {
    for model in MODELS {
        let terms = serde_json::to_value(drafted(model.name).terms).unwrap();
        let mut numbers = BTreeSet::new();
        clauses(&terms, &mut numbers);
        let numbers: BTreeSet<&str> = numbers.iter().map(String::as_str).collect();
        let (english, spanish) = model.text.split_once("\n## Español\n").unwrap();
        assert_eq!(articles(english), numbers, "{} in English", model.name);
        assert_eq!(articles(spanish), numbers, "{} in Spanish", model.name);
    }
}

#[test]
fn no_model_allows_a_type_that_cannot_leave_or_a_field_of_a_type_that_may_not() {
    for model in MODELS {
        let agreement = agreement(model.name);
        let terms = agreement.terms();
        let missing = summary(&agreement).into_iter().find(|s| s.code == "fields-missing");
        assert_eq!(missing, None, "{}", model.name);
        for name in terms.fields.keys() {
            assert!(terms.types.allowed.contains(name), "{} {name}", model.name);
        }
        for name in &terms.types.allowed {
            assert!(terms.fields.contains_key(name), "{} {name}", model.name);
        }
    }
}

#[test]
fn the_identifiers_of_a_model_are_those_of_the_fields_that_it_keeps() {
    for model in MODELS {
        let terms = drafted(model.name).terms;
        let allowed: BTreeSet<&str> = terms.identifiers.allowed.iter().map(|k| &**k).collect();
        let mut kept = BTreeSet::new();
        for (kind, fields) in &terms.fields {
            for (path, identifier) in kinds::identifier_paths(kind) {
                let below = |whole: &String| {
                    path.strip_prefix(whole.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                };
                if fields.keep.iter().any(below) && !fields.drop.iter().any(below) {
                    kept.insert(identifier);
                }
            }
        }
        assert_eq!(kept, allowed, "{}", model.name);
    }
}

#[test]
fn the_models_are_as_careful_as_their_field_asks() {
    let terms = |name| drafted(name).terms;
    let financial = terms("financial-intelligence");
    let payment = &financial.fields["payment"].keep;
    for path in ["debtor_agent_ref", "creditor_agent_ref", "statement_ref", "transaction_number"] {
        assert!(!payment.iter().any(|kept| kept == path), "{path}");
    }
    assert!(!financial.subjects.allowed.iter().any(|c| c == "other" || c == "witness"));
    assert_eq!(financial.approval.rule, enlace_policy::Approval::FourEyes);
    assert_eq!(financial.evaluation.unwrap().unevaluated, enlace_policy::Otherwise::Stays);
    let arms = terms("arms-traceability");
    assert!(arms.ids.is_none() && arms.fields["firearm"].keep.iter().any(|p| p == "serial"));
    let cyber = terms("cyber");
    assert_eq!(cyber.approval.rule, enlace_policy::Approval::Automatic);
    assert!(cyber.subjects.allowed.is_empty() && !cyber.fields.contains_key("identity"));
    assert_eq!(terms("multi-party").onward.rule, enlace_policy::Onward::PartiesOnly);
}

#[test]
fn a_text_that_is_not_the_one_of_the_terms_is_told_with_its_line() {
    let Written { terms, text } = written("police-cooperation");
    let faults = |terms: &str, text: &str| -> Vec<(usize, String, String)> {
        let faults = text_faults(terms, "a.toml", text);
        faults.into_iter().map(|f| (f.line, f.key, f.found)).collect()
    };
    let line =
        |terms: &str, part: &str| 1 + terms.lines().position(|line| line.contains(part)).unwrap();
    let changed = text.replacen("three years", "thirty years", 1);
    let found = faults(&terms, &changed);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, &*found[0].1), (line(&terms, "text_sha256"), "agreement.text_sha256"));

    let without = text.replace("#### 5.2 ", "#### 5.12 ");
    let stated = terms.replace(&models::sha256(&text), &models::sha256(&without));
    let expected = (line(&stated, "clause = \"5.2\""), "clause".to_owned(), "`5.2`".to_owned());
    assert_eq!(faults(&stated, &without), [expected]);

    let silent = terms.replace(&format!("text_sha256 = \"{}\"", models::sha256(&text)), "");
    let found = faults(&silent, &text);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].0, &*found[0].2), (line(&silent, "[agreement]"), "nothing"));
}

#[test]
fn a_text_with_a_blank_is_told_though_its_digest_is_right() {
    let model = models::named("cyber").unwrap();
    let (parties, legal_basis) = (&model::parties()[..], BLANK);
    let (valid_from, valid_until) = ("2026-01-01", "2029-01-01");
    let head = Head { title: "Río", legal_basis, parties, valid_from, valid_until };
    let Written { terms, text } = models::write(model.terms, model.text, &head);
    let faults = text_faults(&terms, "a.toml", &text);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!(faults[0].found, "a blank in line 5 of the text beside it");
}

#[test]
fn a_summary_promises_nothing_that_no_clause_says() {
    let said = |name: &str, edit: &dyn Fn(&mut Draft)| {
        let mut draft = drafted(name);
        edit(&mut draft);
        summary(&model::agreement(&draft))
    };
    let police = said("police-cooperation", &|_| {});
    let codes = |sentences: &[Sentence]| sentences.iter().map(|s| s.code).collect::<Vec<_>>();
    assert!(codes(&police).contains(&"deadlines-none") && codes(&police).contains(&"never"));
    let red = |draft: &mut Draft| draft.terms.tlp.red = whole().terms.tlp.red;
    let red = codes(&said("police-cooperation", &red));
    assert!(red.contains(&"never-red") && red.contains(&"tlp-red") && !red.contains(&"never"));
}

fn whole() -> Draft {
    draft::parse(&model::whole(), "whole.toml").unwrap()
}

#[test]
fn the_template_is_the_police_model() {
    let template = model::template();
    let pair = models::named("police-cooperation").unwrap();
    assert_eq!(draft::parse(&template, "a").unwrap().terms, drafted(pair.name).terms);
}

#[test]
fn a_summary_follows_the_terms() {
    let codes = |draft: &Draft| -> Vec<&str> {
        let sentences = summary(&model::agreement(draft));
        let known = |s: &enlace_policy::Sentence| Sentence::CODES.contains(&s.code);
        assert!(sentences.iter().all(known));
        sentences.iter().map(|s| s.code).collect()
    };
    for model in MODELS {
        assert!(codes(&drafted(model.name)).len() > 30, "{}", model.name);
    }
    let mut draft = drafted("police-cooperation");
    assert!(codes(&draft).contains(&"text-tear-line"));
    // An incident leaves by its tear-line alone: without one it lacks its name.
    draft.terms.text.leaves = Text::None;
    let sentences = summary(&model::agreement(&draft));
    let missing = sentences.iter().filter(|s| s.code == "fields-missing");
    let names = |s: &Sentence| s.args["type"].clone();
    let of = |name: &str| Arg::Words { family: "type", names: vec![name.into()] };
    assert_eq!(missing.map(names).collect::<Vec<_>>(), [of("incident"), of("report")]);

    // A pattern that may not leave takes the indicator with it.
    let mut draft = drafted("police-cooperation");
    draft.terms.identifiers.allowed.retain(|kind| kind != "pattern");
    let sentences = summary(&model::agreement(&draft));
    assert!(sentences.iter().any(|s| s.code == "fields-missing" && names(s) == of("indicator")));

    let mut draft = drafted("police-cooperation");
    draft.terms.purposes.allowed.clear();
    draft.terms.subjects.allowed.clear();
    draft.terms.recipients.units.clear();
    let found = codes(&draft);
    for code in ["purposes-none", "subjects-none", "recipients-none"] {
        assert!(found.contains(&code), "{code}");
    }
}

#[test]
fn a_standing_rule_that_reads_what_does_not_leave_is_said_to_need_a_person() {
    let mut draft = drafted("arms-traceability");
    let needs_person = |draft: &Draft| {
        summary(&model::agreement(draft)).iter().any(|s| s.code == "standing-person")
    };
    assert!(!needs_person(&draft));
    draft.terms.fields.get_mut("firearm").unwrap().keep.retain(|path| path != "status");
    assert!(needs_person(&draft));
}
