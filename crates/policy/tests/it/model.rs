//! The model police agreement, and how to make an agreement of a draft.

use enlace_policy::draft::{self, Draft};
use enlace_policy::{Agreement, Ask, Decision, Facts, Party, Policy, PrivateRules, Terms};
use enlace_stix::marking::{Effective, Handling, Tlp};

/// Key ids of the model parties.
pub const EC: &str = "1111111111111111111111111111111111111111111111111111111111111111";
pub const US: &str = "2222222222222222222222222222222222222222222222222222222222222222";
/// Inside the model agreement's dates: 2026-06-01.
pub const NOW: i64 = 1_780_272_000_000_000;

pub fn parties() -> Vec<Party> {
    let party = |key: &str, name: &str, country: &str, unit: &str, digit: &str| Party {
        key_id: key.into(),
        name: name.into(),
        country: country.into(),
        unit: unit.into(),
        identity_ref: format!("identity--{0}{0}-{0}-4{1}-8{1}-{0}{0}{0}", digit, &digit[..3]),
    };
    vec![
        party(EC, "Unidad Nacional de Enlace", "EC", "Coordinación Guayaquil", "1111"),
        party(US, "Interagency Liaison Cell", "US", "Miami desk", "2222"),
    ]
}

pub fn template() -> String {
    draft::template(
        "Police cooperation against transnational organised crime",
        "UNTOC Art. 27; bilateral memorandum of 12 January 2026",
        &parties(),
        "2026-01-01",
        "2029-01-01",
    )
}

/// The template with every term that may be left out.
pub fn whole() -> String {
    template().replace("#: ", "")
}

pub fn draft() -> Draft {
    draft::parse(&template(), "police-cooperation.toml").unwrap()
}

pub fn agreement(draft: &Draft) -> Agreement {
    let created = "2026-01-01T00:00:00.000Z".parse().unwrap();
    let by = draft.parties[0].identity_ref.parse().unwrap();
    let (id, lineage) = (uuid::Uuid::from_u128(4 << 76 | 8 << 60), uuid::Uuid::from_u128(9));
    let object = Agreement::to_object(draft, id, lineage, &created, &by).unwrap();
    Agreement::from_object(&object).unwrap()
}

/// The policy of the template with other terms.
pub fn under(edit: impl FnOnce(&mut Terms)) -> Policy {
    let mut draft = draft();
    edit(&mut draft.terms);
    Policy::compile(&agreement(&draft), &PrivateRules::default()).unwrap()
}

/// A pistol of ours that every clause lets leave.
pub fn pistol() -> Facts {
    let marking = marked(Tlp::Amber);
    Facts { kind: "firearm".into(), marking, own: true, age_days: Some(31), ..Facts::default() }
}

/// A person of these categories, else as the pistol.
pub fn person(categories: &[&str]) -> Facts {
    let categories = categories.iter().map(|c| (*c).to_owned()).collect();
    Facts { kind: "identity".into(), natural_person: true, categories, ..pistol() }
}

/// Numbers of the clauses that decided, behind `+` or `-`.
pub fn ids(decision: &Decision) -> String {
    let ids: Vec<&str> = decision.clauses().iter().map(|c| c.id.as_str()).collect();
    format!("{}{}", if decision.permits() { "+" } else { "-" }, ids.join(" "))
}

/// Codes of the clauses that decided, behind `+` or `-`.
pub fn codes(decision: &Decision) -> String {
    let codes: Vec<&str> = decision.clauses().iter().map(|c| c.code).collect();
    format!("{}{}", if decision.permits() { "+" } else { "-" }, codes.join(" "))
}

pub fn policy() -> Policy {
    Policy::compile(&agreement(&draft()), &PrivateRules::default()).unwrap()
}

pub fn ask() -> Ask {
    let (partner, purpose) = (US.to_owned(), "firearms-tracing".to_owned());
    Ask {
        partner,
        purpose,
        now_us: NOW,
        active: true,
        vetted: true,
        offence: None,
        reasoned: false,
    }
}

pub fn marked(tlp: Tlp) -> Effective {
    Effective { tlp: Some(tlp), handling: vec![Handling::H0], ..Effective::default() }
}
