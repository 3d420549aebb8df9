//! Summaries of the model agreements as people read them, in both languages.

use std::collections::BTreeSet;

use enlace_node::Sentence;
use enlace_policy::models::{Head, MODELS, write};
use enlace_policy::{Agreement, Party, draft, summary};
use enlace_web::summary::sentence;
use enlace_web::text::{Lang, Texts};

fn agreement(name: &str) -> Agreement {
    let model = enlace_policy::models::named(name).unwrap();
    let party = |digit: &str, name: &str, country: &str, unit: &str| Party {
        key_id: digit.repeat(64),
        name: name.into(),
        country: country.into(),
        unit: unit.into(),
        identity_ref: format!("identity--{}-0000-4000-8000-000000000000", digit.repeat(8)),
    };
    let parties = [
        party("1", "Unidad Nacional de Enlace", "EC", "Coordinación Guayaquil"),
        party("2", "Interagency Liaison Cell", "US", "Miami desk"),
    ];
    let (valid_from, valid_until) = ("2026-01-01", "2029-01-01");
    let legal_basis = model.legal_basis;
    let head = Head { title: name, legal_basis, parties: &parties, valid_from, valid_until };
    let draft = draft::parse(&write(model.terms, model.text, &head).terms, name).unwrap();
    let by = parties[0].identity_ref.parse().unwrap();
    let at = "2026-01-01T00:00:00.000Z".parse().unwrap();
    let (id, lineage) =
        ("5a6b0f3e-1111-4111-8111-111111111111", "5a6b0f3e-2222-4222-8222-222222222222");
    let object =
        Agreement::to_object(&draft, id.parse().unwrap(), lineage.parse().unwrap(), &at, &by);
    Agreement::from_object(&object.unwrap()).unwrap()
}

#[test]
fn the_summaries_of_the_models_are_the_reviewed_ones() {
    let texts = Texts::new();
    for model in MODELS {
        let sentences = summary(&agreement(model.name));
        let mut page = String::new();
        for lang in Lang::ALL {
            page.push_str(&format!("[{lang}]\n"));
            for line in &sentences {
                let line = sentence(&texts, lang, line);
                assert!(!line.contains("{$"), "{line}");
                page.push_str(&line);
                page.push('\n');
            }
        }
        insta::assert_snapshot!(model.name, page);
    }
}

#[test]
fn every_code_of_a_summary_has_its_sentence_and_every_sentence_its_code() {
    let texts = Texts::new();
    for code in Sentence::CODES {
        assert!(texts.knows("summary", code), "{code}");
    }
    let english = include_str!("../../../../locales/en.ftl");
    let keys = english.lines().filter_map(|line| line.strip_prefix("summary-")?.split(" =").next());
    let codes: BTreeSet<&str> = Sentence::CODES.iter().copied().collect();
    assert_eq!(keys.collect::<BTreeSet<_>>(), codes);
}

#[test]
fn every_kind_of_identifier_and_every_type_that_can_be_released_has_a_word() {
    let texts = Texts::new();
    for kind in enlace_policy::kinds::IDENTIFIERS {
        assert!(texts.knows("identifier", kind), "{kind}");
    }
    for kind in enlace_policy::kinds::all() {
        assert!(texts.knows("type", kind.name), "{}", kind.name);
    }
}
