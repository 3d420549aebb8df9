//! Drafts: what people write, and what they are told.

use enlace_policy::{Acceptance, Agreement, AgreementState, draft, state};

use crate::model::{self, EC, NOW, US};

#[test]
fn the_template_is_a_draft_and_survives_the_way_to_the_object_and_back() {
    let draft = model::draft();
    assert_eq!(model::agreement(&draft).draft, draft);
}

#[test]
fn the_example_of_the_type_has_terms_that_can_be_applied() {
    let schema = include_str!("../../../../schemas/agreement.json");
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap();
    let mut example = schema["examples"][0].as_object().unwrap().clone();
    // A name is for people: an agreement in force has none.
    example.remove("name");
    let object = enlace_stix::Object::from_view(example).unwrap();
    assert_eq!(Agreement::from_object(&object).map(|_| ()), Ok(()));
}

#[test]
fn values_of_the_template_are_quoted() {
    let title = "\"]\n[tlp]\nmax = \"red\" {{units}} # é";
    let text = draft::template(title, "x", &model::parties(), "2026-01-01", "2027-01-01");
    assert_eq!(draft::parse(&text, "a").unwrap().title, title);
}

#[test]
fn a_blank_in_the_head_is_a_fault_at_its_line_and_nothing_else_is() {
    let faults = |title: &str, basis: &str| {
        let text = draft::template(title, basis, &model::parties(), "2026-01-01", "2027-01-01");
        let faults = draft::parse(&text, "a.toml").err().unwrap_or_default();
        let line = |key: &str| 1 + text.lines().position(|line| line.starts_with(key)).unwrap();
        assert!(faults.iter().all(|f| f.line == line(f.key.trim_start_matches("agreement."))));
        faults.into_iter().map(|fault| fault.key).collect::<Vec<_>>()
    };
    for blank in ["…", "...", "", " ", "___", "[…]", "TBD", "12", "Treaty of ___, Article 3"] {
        assert_eq!(faults("A – B", blank), ["agreement.legal_basis"], "{blank}");
        assert_eq!(faults(blank, "Act No. 3"), ["agreement.title"], "{blank}");
    }
    for written in ["UNTOC Art. 27", "Ley 12.345 – art. 3…", "A_B", "協定"] {
        assert_eq!(faults(written, written), Vec::<String>::new(), "{written}");
    }
}

#[test]
fn every_term_that_may_be_left_out_is_shown_in_the_template_as_it_is_written() {
    let whole = draft::parse(&model::whole(), "whole.toml").unwrap();
    assert_eq!(model::agreement(&whole).draft, whole, "and survives the way to the object");
    let terms = serde_json::to_value(&whole.terms).unwrap();
    let less = serde_json::to_value(model::draft().terms).unwrap();
    let names = |terms: &serde_json::Value| terms.as_object().unwrap().len();
    assert_eq!((names(&terms), names(&less)), (25, 18));
    assert!(whole.terms.handling.pap.len() == 3 && whole.terms.retention.review_days.is_some());
    assert!(whole.terms.tlp.red.is_some() && !whole.terms.handling.caveats.is_empty());
    let drops = |fields: &enlace_policy::TypeFields| !fields.drop.is_empty();
    assert!(whole.terms.fields.values().any(drops));
    assert!(whole.terms.standing.len() == 1 && whole.terms.approval.when.len() == 2);
}

#[test]
fn a_term_that_is_left_out_has_the_meaning_that_is_said_of_it() {
    let draft = model::draft();
    assert_eq!(draft.terms.slot_minutes(), 60);
    let mut whole = draft::parse(&model::whole(), "whole.toml").unwrap().terms;
    whole.slots.as_mut().unwrap().minutes = 15;
    assert_eq!(whole.slot_minutes(), 15);
}

#[test]
fn automatic_acceptance_of_some_types_leaves_the_rest_to_a_person() {
    let mut term = model::draft().terms.acceptance;
    assert_eq!(term.of("firearm"), Acceptance::Person);
    term.rule = Acceptance::Automatic;
    assert_eq!(term.of("firearm"), Acceptance::Automatic);
    term.types = Some(vec!["report".into()]);
    assert_eq!(term.of("firearm"), Acceptance::Person);
    assert_eq!(term.of("report"), Acceptance::Automatic);
    term.rule = Acceptance::Person;
    assert_eq!(term.of("report"), Acceptance::Person);
}

/// Each line: what is put in place of what, then the faults as people see them.
fn faults(text: &str, changes: &[(&str, &str)]) -> String {
    let mut shown = String::new();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        let text = text.replacen(old, new, 1);
        let faults = draft::parse(&text, "a.toml").map(|_| format!("{old} → {new}")).unwrap_err();
        let line = |text: &str| text.replace('\n', "⏎");
        shown.push_str(&format!("{}  →  {}\n", line(old), line(new)));
        for fault in faults {
            let line: String = fault.to_string().chars().take(230).collect();
            shown.push_str(&format!("    {line}\n"));
        }
    }
    shown
}

#[test]
fn faults_point_at_the_line_and_say_what_is_allowed() {
    let changes = [
        ("max = \"amber\"", "max = \"red\""),
        ("leaves = \"tear-line\"", "leaves = \"all\""),
        ("leaves = \"none\"", "leaves = \"flat\""),
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
        ("ground = \"safeguards\"", "ground = \"trust\""),
        ("\"iban\", ", "\"iban\", \"shoe-size\", "),
        ("unevaluated = \"leaves\"", "unevaluated = \"sometimes\""),
        ("admiralty = \"D4\"", "admiralty = \"F6\""),
        ("4x4 = \"C3\"", "4x4 = 3, 6x6 = \"A1\""),
        ("floor = {", "floor = 7 # {"),
        ("days = 3650\nundated = \"leaves\"", "days = -1\nundated = true"),
        ("rule = \"with-consent\"", "rule = \"classes\""),
        ("rule = \"with-consent\"", "rule = \"none\"\nclasses = [\"customs\"]"),
        ("rule = \"with-consent\"", "rule = \"classes\"\nclasses = [\"Customs!\"]"),
        ("categories = [\"contact\"]", ""),
        ("categories = [\"contact\"]", "categories = []"),
        ("categories = [\"contact\"]", "category = \"contact\""),
        ("[[approval.when]]\n", "[approval.when]\n"),
        ("[tlp]", "[tlp"),
        ("[onward]", "[forward]"),
        ("[transfer]\nclause = \"2.3\"\nground = \"safeguards\"", ""),
    ];
    insta::assert_snapshot!(faults(&model::template(), &changes));
}

#[test]
fn faults_of_terms_that_may_be_left_out_point_at_the_line_too() {
    let changes = [
        ("against = [\"death-penalty\", ", "against = [\"bad-luck\", "),
        ("against = [\"death-penalty\", \"torture\"]", "against = []"),
        ("purposes = [\"prosecution\"]", "purposes = [\"revenge\"]"),
        ("offences = [\"drug-trafficking\"", "offences = [\"Drug Trafficking\""),
        ("original = [\"indicator\"]", "original = [\"indicators\"]"),
        ("pap = [\"clear\"", "pap = [\"white\""),
        ("caveats = [\"no-press\"]", "caveats = [\"source-identity\"]"),
        ("kinds = [\"firearm-serial\"", "kinds = [\"name\""),
        ("daily_quota = 1600", "daily_quota = 0"),
        ("urgent_direct_hours = 8", "urgent_direct_hours = 0.5"),
        ("other_days = 7", ""),
        ("review_days = 365", "review_days = 2000"),
        ("types = [\"report\"]", "types = [\"reports\"]"),
        ("tlp = \"amber\"", "tlp = \"red\""),
        ("documents = true\n", "documents = false\n"),
        ("name = \"recovered-pistols\"", "name = \"Recovered pistols\""),
        ("type = \"firearm\"", "type = \"note\""),
        ("where = { firearm_type = [\"pistol\"] }", "where = { description = [\"x\"] }"),
        ("where = { firearm_type = [\"pistol\"] }", "where = { firearm_type = [] }"),
        ("where = { firearm_type = [\"pistol\"] }", "where = { firearm_type = \"pistol\" }"),
        ("where = { firearm_type = [\"pistol\"] }", "where = [\"pistol\"]"),
        (
            "purpose = \"firearms-tracing\"",
            "purpose = \"cyber\"\n[[standing]]\nclause = \"1\"\nname = \"recovered-pistols\"\n\
             type = \"firearm\"\npurpose = \"firearms-tracing\"",
        ),
        ("[[standing]]", "[standing]"),
        ("nothing = \"nothing can be provided\"", "nothing = \"no\""),
        ("after_hours = 72", "after_hours = \"72\""),
        ("minutes = 60", "minutes = 100000"),
        ("rule = \"person\"", "rule = \"person\"\ntypes = [\"report\"]"),
        ("rule = \"person\"", "rule = \"automatic\"\ntypes = [\"paper\"]"),
        ("drop = [\"person.names.used_from\", ", "drop = [\"person.names\", "),
        (
            "drop = [\"person.names.used_from\", ",
            "drop = [\"person.sex\", \"person.names..x\", \"person.names.used_form\", ",
        ),
    ];
    insta::assert_snapshot!(faults(&model::whole(), &changes));
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
