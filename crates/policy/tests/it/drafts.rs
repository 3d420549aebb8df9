//! Drafts: what people write, and what they are told.

use enlace_policy::{Agreement, AgreementState, draft, state};

use crate::model::{self, EC, NOW, US};

#[test]
fn the_template_is_a_draft_and_survives_the_way_to_the_object_and_back() {
    let draft = model::draft();
    assert_eq!(model::agreement(&draft).draft, draft);
}

#[test]
fn values_of_the_template_are_quoted() {
    let title = "\"]\n[tlp]\nmax = \"red\" {{units}} # é";
    let text = draft::template(title, "x", &model::parties(), "2026-01-01", "2027-01-01");
    assert_eq!(draft::parse(&text, "a").unwrap().title, title);
}

/// Each line: what is put in place of what, then the faults as people see them.
#[test]
fn faults_point_at_the_line_and_say_what_is_allowed() {
    let changes = [
        ("max = \"amber\"", "max = \"red\""),
        ("leaves = \"tear-line\"", "leaves = \"all\""),
        ("days = 1095", "days = 0"),
        ("stamp = [\"H1\", \"H2\"]", "stamp = [\"H1\", \"H9\"]"),
        ("\"suspect\", ", "\"suspect\", \"journalist\", "),
        ("clause = \"2.1\"", "clause = 2.1"),
        ("clause = \"5.2\"", ""),
        ("[retention]", "[retention]\nfor = 1"),
        ("keep = [\"number\"]", "keep = [\"numbers\"]"),
        ("\"report_types\", \"published\"", "\"description\", \"published\""),
        ("\"name\", \"identity_class\"", "\"name\", \"person\", \"x_nick\""),
        ("\"recovered_on\"", "\"serial\""),
        ("\"person.birth_date\" = \"year\"", "\"person.birth_date\" = \"decade\""),
        ("[fields.incident]", "[fields.agreement]"),
        ("\"bank-account\", ", "\"bank-account\", \"release-record\", "),
        ("until = \"2029-01-01\"", "until = \"2025-01-01\""),
        ("from = \"2026-01-01\"", "from = \"yesterday\""),
        ("key_id = \"2222", "key_id = \"1111"),
        ("[tlp]", "[tlp"),
        ("[onward]", "[forward]"),
    ];
    let mut shown = String::new();
    for (old, new) in changes {
        let text = model::template();
        assert!(text.contains(old), "{old}");
        let text = text.replacen(old, new, 1);
        let faults = draft::parse(&text, "a.toml").map(|_| format!("{old} → {new}")).unwrap_err();
        shown.push_str(&format!("{old}  →  {}\n", new.replace('\n', "⏎")));
        for fault in faults {
            let line: String = fault.to_string().chars().take(230).collect();
            shown.push_str(&format!("    {line}\n"));
        }
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn an_agreement_with_a_property_or_term_of_a_later_version_is_refused() {
    let draft = model::draft();
    let created = "2026-01-01T00:00:00.000Z".parse().unwrap();
    let by = draft.parties[0].identity_ref.parse().unwrap();
    let (id, lineage) = (uuid::Uuid::from_u128(4 << 76 | 8 << 60), uuid::Uuid::from_u128(9));
    let object = Agreement::to_object(&draft, id, lineage, &created, &by).unwrap();
    let with = |edit: &dyn Fn(&mut serde_json::Map<String, serde_json::Value>)| {
        let mut view = object.view().clone();
        edit(&mut view);
        Agreement::from_object(&enlace_stix::Object::from_view(view).unwrap())
    };
    assert!(with(&|_| {}).is_ok());
    let later = with(&|v| {
        v.insert("suspended".into(), true.into());
    });
    assert_eq!(later.unwrap_err().code(), "agreement.property");
    let term = with(&|v| v["terms"]["embargo"] = true.into());
    assert_eq!(term.unwrap_err().code(), "agreement.terms");
    let red = with(&|v| v["terms"]["tlp"]["max"] = "red".into());
    assert_eq!(red.unwrap_err().code(), "agreement.terms");
    let purposes = with(&|v| v["purposes"] = serde_json::json!(["cyber"]));
    assert_eq!(purposes.unwrap_err().code(), "agreement.property");
}

#[test]
fn only_valid_signatures_of_all_parties_inside_the_dates_make_it_active() {
    let agreement = model::agreement(&model::draft());
    let at = |signatures: &[(&str, bool)], now| state(&agreement, signatures, now);
    let missing = |keys: &[&str]| AgreementState::AwaitingSignatures {
        missing: keys.iter().map(|k| (*k).to_owned()).collect(),
    };
    assert_eq!(at(&[], NOW), missing(&[EC, US]));
    assert_eq!(at(&[(EC, true), (US, false)], NOW), missing(&[US]));
    assert_eq!(at(&[(EC, true), ("other", true)], NOW), missing(&[US]));
    let both = [(EC, true), (US, true)];
    let (from, until) = agreement.validity_us();
    assert_eq!(at(&both, from - 1), AgreementState::NotYetValid);
    assert_eq!(at(&both, from), AgreementState::Active);
    assert_eq!(at(&both, until - 1), AgreementState::Active);
    assert_eq!(at(&both, until), AgreementState::Expired);
    let revoked = Agreement { revoked: true, ..agreement.clone() };
    assert_eq!(state(&revoked, &both, NOW), AgreementState::Terminated);
}

proptest::proptest! {
    #[test]
    fn no_text_is_too_odd_to_be_answered_with_a_place_in_it(
        cut in 0_usize..6000, drop in 0_usize..40, put in ".{0,12}",
    ) {
        let mut text: Vec<char> = model::template().chars().collect();
        let cut = cut.min(text.len());
        let end = (cut + drop).min(text.len());
        text.splice(cut..end, put.chars());
        let text: String = text.into_iter().collect();
        if let Err(faults) = draft::parse(&text, "a") {
            proptest::prop_assert!(!faults.is_empty());
            let lines = text.matches('\n').count() + 1;
            proptest::prop_assert!(faults.iter().all(|f| (1..=lines).contains(&f.line)));
        }
    }
}
