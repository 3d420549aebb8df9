//! Danger to life: the one release without an agreement (docs/design/danger.md).
//!
//! What may leave is fixed here for every node and every partner: few types, of each the fields by
//! which a person is found and warned. The terms look like those of an agreement, so that the one
//! exit applies them as it applies any; nobody signs them and nobody can change them.

use enlace_stix::{Id, Timestamp};
use serde_json::{Value, json};

use crate::cedar::danger::rules;
use crate::{Agreement, CompileError, Draft, Policy, PrivateRules, Terms};

/// The only purpose, also of what the recipient does with it.
pub const PURPOSE: &str = "protection-of-life";

/// Why a warning goes out; which of them is logged, the officer's own words are not.
pub const REASONS: [&str; 6] =
    ["threat-to-life", "hostage-taking", "kidnapping", "armed-attack", "explosives", "poisoning"];

/// Days that the recipient may keep what came with a warning.
pub const RETENTION_DAYS: u32 = 30;

/// Id of the built-in terms, version 1. It stands in no object that leaves.
const TERMS: &str = "agreement--9f6b2d14-7c0e-4a35-8d51-3e20c7a4b816";
const WRITTEN: &str = "2026-11-22T00:00:00.000Z";

impl Policy {
    /// The policy of a danger-to-life release to the one partner with this key id. Past handling
    /// codes, never past what identifies a source, an officer's hold or `private`.
    pub fn danger(partner: &str, private: &PrivateRules) -> Result<Self, CompileError> {
        let failed = |reason: String| CompileError::Cedar { rule: "danger".to_owned(), reason };
        let terms = built_in().map_err(failed)?;
        let rules = rules(&terms, partner, private);
        Self::of_rules(&terms, private, rules)
    }

    /// Whether these are the built-in terms.
    pub fn is_danger(&self) -> bool {
        self.agreement().id.as_str() == TERMS
    }
}

fn built_in() -> Result<Agreement, String> {
    let written: Timestamp = WRITTEN.parse().map_err(|_| "date".to_owned())?;
    let never: Timestamp = "9999-12-31T00:00:00.000Z".parse().map_err(|_| "date".to_owned())?;
    let terms = Terms::from_value(&terms())?;
    let id: Id = TERMS.parse().map_err(|_| "id".to_owned())?;
    Ok(Agreement {
        id,
        created: written.clone(),
        modified: written.clone(),
        lineage: "danger-to-life".to_owned(),
        revoked: false,
        draft: Draft {
            title: "Danger to life".to_owned(),
            legal_basis: String::new(),
            parties: Vec::new(),
            valid_from: written,
            valid_until: never,
            text_sha256: None,
            amends: None,
            terms,
        },
    })
}

/// Person: who is in danger, or from whom it comes. Place, vehicle, vessel, aircraft and telephone:
/// where to look and whom to call. Nothing that tells how we know.
fn terms() -> Value {
    json!({
        "validity": { "clause": "D.0" },
        "purposes": { "clause": "D.1", "allowed": [PURPOSE] },
        "recipients": { "clause": "D.2", "units": [] },
        "transfer": { "clause": "D.1", "ground": "derogation" },
        "types": { "clause": "D.3", "allowed": [
            "aircraft", "danger-to-life", "identity", "location", "phone-number", "vehicle", "vessel",
        ] },
        "tlp": { "clause": "D.3", "max": "red" },
        "subjects": { "clause": "D.3", "allowed": [] },
        "identifiers": { "clause": "D.4", "allowed": [
            "phone", "imo-ship", "mmsi", "call-sign", "plate", "aircraft-registration",
        ] },
        "handling": { "clause": "D.5", "allowed": [], "stamp": ["H2"] },
        "text": { "clause": "D.6", "leaves": "none" },
        "documents": { "clause": "D.6", "leaves": "none" },
        "fields": {
            "identity": { "clause": "D.4", "keep": [
                "name", "identity_class", "person.names.full", "person.birth_date", "person.minor",
            ] },
            "location": { "clause": "D.4", "keep": [
                "name", "country", "region", "administrative_area", "city", "street_address",
                "latitude", "longitude", "precision",
            ] },
            "phone-number": { "clause": "D.4", "keep": ["number", "value", "country"] },
            "vehicle": { "clause": "D.4", "keep": [
                "plates.number", "plates.country", "vehicle_type", "make", "model", "colour",
            ] },
            "vessel": { "clause": "D.4", "keep": [
                "names.full", "imo", "mmsi_numbers.number", "call_signs.value", "vessel_type",
                "hull_colour",
            ] },
            "aircraft": { "clause": "D.4", "keep": [
                "registrations.mark", "aircraft_type", "model", "colour",
            ] },
        },
        "onward": { "clause": "D.5", "rule": "none" },
        "retention": { "clause": "D.5", "days": RETENTION_DAYS },
        "approval": { "clause": "D.7", "rule": "one-officer" },
        "acceptance": { "clause": "D.7", "rule": "automatic" },
    })
}

#[cfg(test)]
mod tests {
    use enlace_stix::marking::Effective;

    use super::*;
    use crate::{Ask, Decision, Facts, Mask, kinds};

    fn policy() -> Policy {
        Policy::danger("ab", &PrivateRules::default()).unwrap()
    }

    fn ask(partner: &str) -> Ask {
        Ask {
            partner: partner.to_owned(),
            purpose: PURPOSE.to_owned(),
            now_us: 1,
            active: false,
            vetted: false,
            offence: None,
            reasoned: true,
        }
    }

    fn person(marking: Effective) -> Facts {
        let kind = "identity".to_owned();
        Facts { kind, natural_person: true, marking, ..Facts::default() }
    }

    #[test]
    fn the_terms_name_only_types_and_fields_that_exist_and_no_free_text() {
        let policy = policy();
        for (kind, fields) in &policy.terms().fields {
            let of = kinds::kind(kind).unwrap();
            for path in &fields.keep {
                assert!(of.knows(path), "{kind}.{path}");
                assert!(!of.is_free_text(path), "{kind}.{path}");
                let (mask, clause) = policy.mask(kind, path);
                assert_eq!(
                    (mask, clause.code),
                    (&Mask::Keep, "clause-field-kept"),
                    "{kind}.{path}"
                );
            }
        }
        for hidden in ["person.identity_documents.number", "person.marks", "person.photo_refs"] {
            assert_ne!(policy.mask("identity", hidden).0, &Mask::Keep, "{hidden}");
        }
    }

    #[test]
    fn no_agreement_vetting_or_handling_code_stops_a_warning_to_the_one_key() {
        let policy = policy();
        let marking = Effective {
            tlp: Some(enlace_stix::marking::Tlp::Red),
            handling: vec![enlace_stix::marking::Handling::H3],
            caveats: vec!["eyes-only".to_owned()],
            ..Effective::default()
        };
        assert!(policy.decide(&person(marking.clone()), &ask("ab")).permits());
        let other = policy.decide(&person(marking), &ask("cd"));
        assert_eq!(other.clauses().first().map(|c| c.code), Some("clause-recipient"));
    }

    #[test]
    fn what_identifies_a_source_or_is_held_stays_also_in_danger() {
        let policy = policy();
        let source =
            Effective { caveats: vec!["source-identity".to_owned()], ..Effective::default() };
        let code = |decision: &Decision| decision.clauses().first().map(|c| c.code);
        let decided = policy.decide(&person(source), &ask("ab"));
        assert_eq!((decided.permits(), code(&decided)), (false, Some("private-source-identity")));
        let held = Facts { held_back: true, ..person(Effective::default()) };
        let decided = policy.decide(&held, &ask("ab"));
        assert_eq!((decided.permits(), code(&decided)), (false, Some("private-held-back")));
        let paper = Facts { kind: "report".to_owned(), ..Facts::default() };
        assert!(!policy.decide(&paper, &ask("ab")).permits());
    }
}
