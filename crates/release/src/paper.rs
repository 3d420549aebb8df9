//! Papers that the parties of an agreement exchange: made by this node, about the agreement only.

use enlace_policy::Agreement;
use enlace_stix::Object;

use crate::build::valid;
use crate::seal::{Released, To};

/// Properties that every paper bears.
pub(crate) const COMMON: &[&str] =
    &["type", "spec_version", "id", "created", "modified", "created_by_ref", "extensions"];

/// Papers and their own properties.
const PAPERS: &[(&str, &[&str])] = &[
    (
        "agreement",
        &[
            "revoked",
            "lineage",
            "title",
            "legal_basis",
            "parties",
            "valid_from",
            "valid_until",
            "purposes",
            "terms",
            "text_sha256",
            "amends",
        ],
    ),
    ("agreement-signature", &["agreement_ref", "agreement_modified", "sha256", "key_id", "value"]),
    ("agreement-state", &["agreement_ref", "agreement_modified", "state", "effective", "note"]),
    // Evidence, notes on the way and meetings name objects of ours, so they stay.
    (
        "commitment",
        &[
            "agreement_ref",
            "obligation",
            "commitment_kind",
            "clause",
            "owed_by_ref",
            "owed_to_refs",
            "made_on",
            "due_on",
            "repeats",
            "state",
            "state_since",
            "measure",
        ],
    ),
    (
        "consent",
        &[
            "addressee",
            "agreement_ref",
            "consent_kind",
            "decision",
            "request_ref",
            "covered_refs",
            "covered_class",
            "recipient_key_ids",
            "recipient_class",
            "purposes",
            "proceedings",
            "valid_until",
            "redaction_allowed",
            "originator_named_as",
            "ground",
            "replaces_ref",
        ],
    ),
    ("receipt", &["agreement_ref", "received", "record_ref"]),
    // A question about what this party released to us; other questions name other properties.
    (
        "request",
        &[
            "agreement_ref",
            "kind",
            "asked_by_ref",
            "asked_of_ref",
            "purpose",
            "about_refs",
            "consent_asked",
        ],
    ),
    ("recall-answer", &["agreement_ref", "object_ref", "outcome", "ground", "reason", "covered"]),
];

/// Notices of a node that belong to no agreement: about its own keys, about a danger to life.
const NOTICES: &[(&str, &[&str])] = &[
    ("key-change", &["party", "old_key_id", "new_key_id", "card", "signature"]),
    ("key-compromise", &["party", "key_id", "since", "signature"]),
    (
        "danger-notice",
        &[
            "addressee",
            "notice",
            "reason",
            "warning_ref",
            "object_refs",
            "recipient",
            "recipient_unit",
            "recipient_country",
            "role",
        ],
    ),
];

/// Why an object is no paper for this party.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PaperError {
    /// Another kind of object: it leaves by a release or not at all.
    #[error("`{0}` is no paper of an agreement")]
    NotAPaper(String),
    /// The recipient is no party.
    #[error("the recipient is not a party of the agreement")]
    NotAParty,
    /// A property that this paper does not have.
    #[error("property `{0}` does not belong on this paper")]
    Property(String),
    /// About another agreement.
    #[error("the paper is about another agreement")]
    OtherAgreement,
    /// Names somebody who is no party.
    #[error("the paper names `{0}`, which is no party of the agreement")]
    Stranger(String),
    /// Not valid STIX.
    #[error("the paper is not valid STIX")]
    Invalid,
}

/// Lets a paper out to `partner` (key id): an agreement to its parties, or a signature, statement,
/// commitment, receipt or answer about it. No signature of the agreement is needed: signing is what papers are for.
pub fn paper(
    object: &Object,
    agreement: &Agreement,
    partner: &str,
) -> Result<Released, PaperError> {
    let (_, own) = PAPERS
        .iter()
        .find(|(kind, _)| *kind == object.kind())
        .ok_or_else(|| PaperError::NotAPaper(object.kind().to_owned()))?;
    if agreement.party(partner).is_none() {
        return Err(PaperError::NotAParty);
    }
    let known = |name: &str| COMMON.contains(&name) || own.contains(&name);
    if let Some(name) = object.view().keys().find(|name| !known(name)) {
        return Err(PaperError::Property(name.chars().take(100).collect()));
    }
    let about = object.text("agreement_ref").unwrap_or(object.id().as_str());
    if about != agreement.id.as_str() && object.kind() != "recall-answer" {
        return Err(PaperError::OtherAgreement);
    }
    let one = ["owed_by_ref", "asked_by_ref", "asked_of_ref"];
    let identities =
        object.texts("owed_to_refs").chain(one.into_iter().filter_map(|name| object.text(name)));
    for id in identities {
        if !agreement.draft.parties.iter().any(|party| party.identity_ref == id) {
            return Err(PaperError::Stranger(id.chars().take(100).collect()));
        }
    }
    let made = valid(object.view().clone()).map_err(|_| PaperError::Invalid)?;
    let to = To::new(agreement.id.as_str(), partner);
    Ok(Released::wrap(&made, object.id().as_str(), &to, i64::MAX))
}

/// Lets a notice out to a partner that belongs to no agreement: about this node's own keys, which
/// holds nothing but keys and what every partner has on our card, or about a danger to life, which
/// names objects by the ids that this partner gave them or got.
pub fn notice(object: &Object, partner: &str) -> Result<Released, PaperError> {
    let (_, own) = NOTICES
        .iter()
        .find(|(kind, _)| *kind == object.kind())
        .ok_or_else(|| PaperError::NotAPaper(object.kind().to_owned()))?;
    let known = |name: &str| COMMON.contains(&name) || own.contains(&name);
    if let Some(name) = object.view().keys().find(|name| !known(name)) {
        return Err(PaperError::Property(name.chars().take(100).collect()));
    }
    let made = valid(object.view().clone()).map_err(|_| PaperError::Invalid)?;
    let to = To { agreement: "".into(), partner: partner.into() };
    Ok(Released::wrap(&made, object.id().as_str(), &to, i64::MAX))
}
