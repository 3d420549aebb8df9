//! The agreement object: a read-only view and its making.

use enlace_stix::{Id, Object, ParseError, Timestamp, types};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Amends, Problem, Terms, check};

/// A party: one unit with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// SHA-256 of its Ed25519 public key, lower-case hex.
    pub key_id: String,
    /// Name of the agency.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// The unit that receives.
    pub unit: String,
    /// Its identity object.
    pub identity_ref: String,
}

/// What people agreed on, before it becomes an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Title.
    pub title: String,
    /// Treaty, law or memorandum that it rests on.
    pub legal_basis: String,
    /// The parties.
    pub parties: Vec<Party>,
    /// First instant of validity.
    pub valid_from: Timestamp,
    /// First instant that is no longer valid.
    pub valid_until: Timestamp,
    /// SHA-256 of the signed text on paper, lower-case hex.
    pub text_sha256: Option<String>,
    /// That it amends the earlier versions of its lineage.
    pub amends: Option<Amends>,
    /// The terms.
    pub terms: Terms,
}

/// An `agreement` object as the policy reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Identifier of the object.
    pub id: Id,
    /// `created` of this object.
    pub created: Timestamp,
    /// `modified` of this version.
    pub modified: Timestamp,
    /// UUID that all amendments and renewals share.
    pub lineage: String,
    /// Withdrawn by its drafter.
    pub revoked: bool,
    /// What it says.
    pub draft: Draft,
}

/// Why an object is no agreement that this version can apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AgreementError {
    /// Another type.
    #[error("expected an `agreement`, found `{0}`")]
    NotAnAgreement(String),
    /// A property is missing or has the wrong form.
    #[error("agreement property `{path}`: found {found}, expected {expected}")]
    Property {
        /// The property.
        path: String,
        /// What stands there.
        found: String,
        /// What should.
        expected: String,
    },
    /// Terms that no policy can be made of.
    #[error("{} term(s) cannot be applied; first: `{}`: found {}, allowed: {}", .0.len(),
        .0.first().map_or("", |p| p.path.as_str()), .0.first().map_or("", |p| p.found.as_str()),
        .0.first().map_or("", |p| p.allowed.as_str()))]
    Terms(Vec<Problem>),
    /// The object could not be made.
    #[error("the agreement is no STIX object: {0}")]
    Object(#[from] ParseError),
}

impl AgreementError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAnAgreement(_) => "agreement.other-type",
            Self::Property { .. } => "agreement.property",
            Self::Terms(_) => "agreement.terms",
            Self::Object(_) => "agreement.object",
        }
    }
}

/// Properties of an agreement; one that is not known might narrow it, so it is refused.
const KNOWN: &[&str] = &[
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "created_by_ref",
    "revoked",
    "extensions",
    "object_marking_refs",
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
];

impl Agreement {
    /// Reads an `agreement` object; whatever cannot be applied in full is an error.
    pub fn from_object(object: &Object) -> Result<Self, AgreementError> {
        if object.kind() != "agreement" {
            return Err(AgreementError::NotAnAgreement(object.kind().to_owned()));
        }
        if let Some(name) = object.view().keys().find(|name| !KNOWN.contains(&name.as_str())) {
            return Err(wrong(name, "a property that this version does not know", "none"));
        }
        let draft = draft_of(object)?;
        let agreement = Self {
            id: object.id().clone(),
            created: time(object, "created")?,
            modified: time(object, "modified")?,
            lineage: text(object, "lineage")?,
            revoked: object.revoked(),
            draft,
        };
        Ok(agreement)
    }

    /// Makes the object of a draft. `id` and `lineage` are random UUIDs (the same lineage for an
    /// amendment), `created` is now, `created_by_ref` the drafting node's identity.
    pub fn to_object(
        draft: &Draft,
        id: uuid::Uuid,
        lineage: uuid::Uuid,
        created: &Timestamp,
        created_by_ref: &Id,
    ) -> Result<Object, AgreementError> {
        let created = created.to_millis();
        let definition = types::definition_id("agreement");
        let mut view = Map::new();
        let mut set = |name: &str, value: Value| view.insert(name.to_owned(), value);
        set("type", json!("agreement"));
        set("spec_version", json!("2.1"));
        set("id", json!(Id::new("agreement", id).as_str()));
        set("created", json!(created.as_str()));
        set("modified", json!(created.as_str()));
        set("created_by_ref", json!(created_by_ref.as_str()));
        set("extensions", json!({ definition: { "extension_type": "new-sdo" } }));
        set("lineage", json!(lineage.to_string()));
        set("title", json!(draft.title));
        set("legal_basis", json!(draft.legal_basis));
        set("parties", json!(draft.parties));
        set("valid_from", json!(draft.valid_from.as_str()));
        set("valid_until", json!(draft.valid_until.as_str()));
        set("purposes", json!(draft.terms.purposes.allowed));
        set("terms", json!(draft.terms));
        if let Some(hash) = &draft.text_sha256 {
            set("text_sha256", json!(hash));
        }
        if let Some(amends) = &draft.amends {
            set("amends", json!(amends));
        }
        Ok(Object::from_view(view)?)
    }

    /// First instant of validity and first instant after it, microseconds since the epoch.
    pub fn validity_us(&self) -> (i64, i64) {
        (self.draft.valid_from.micros(), self.draft.valid_until.micros())
    }

    /// Title.
    pub fn title(&self) -> &str {
        &self.draft.title
    }

    /// The terms.
    pub fn terms(&self) -> &Terms {
        &self.draft.terms
    }

    /// The party with this key.
    pub fn party(&self, key_id: &str) -> Option<&Party> {
        self.draft.parties.iter().find(|p| p.key_id == key_id)
    }
}

fn draft_of(object: &Object) -> Result<Draft, AgreementError> {
    let parties: Vec<Party> = match object.get("parties") {
        Some(value) => serde_json::from_value(value.clone())
            .map_err(|e| wrong("parties", &e.to_string(), "a list of parties"))?,
        None => return Err(wrong("parties", "nothing", "a list of parties")),
    };
    if let Some(problem) = parties_fault(&parties) {
        return Err(wrong("parties", &problem, PARTIES));
    }
    let value = object.get("terms").ok_or_else(|| wrong("terms", "nothing", "the terms"))?;
    let keys: Vec<String> = parties.iter().map(|p| p.key_id.clone()).collect();
    let problems = check::terms(value, &keys);
    if !problems.is_empty() {
        return Err(AgreementError::Terms(problems));
    }
    let terms = Terms::from_value(value).map_err(|e| wrong("terms", &e, "terms"))?;
    let listed: Vec<&str> = object.texts("purposes").collect();
    if listed != terms.purposes.allowed {
        return Err(wrong("purposes", "another list", "the list of `terms.purposes.allowed`"));
    }
    let amends = match object.get("amends") {
        Some(value) => Some(
            serde_json::from_value(value.clone())
                .map_err(|e| wrong("amends", &e.to_string(), AMENDS))?,
        ),
        None => None,
    };
    let draft = Draft {
        title: text(object, "title")?,
        legal_basis: object.text("legal_basis").unwrap_or_default().to_owned(),
        parties,
        valid_from: time(object, "valid_from")?,
        valid_until: time(object, "valid_until")?,
        text_sha256: object.text("text_sha256").map(str::to_owned),
        amends,
        terms,
    };
    if draft.valid_from >= draft.valid_until {
        return Err(wrong("valid_until", draft.valid_until.as_str(), "a time after `valid_from`"));
    }
    Ok(draft)
}

/// What a draft bears where the parties have still to write something.
pub const BLANK: &str = "…";

/// What is to stand in the head of a draft, by name.
pub(crate) const HEAD: &[(&str, &str)] = &[
    ("title", "the title of the agreement"),
    ("legal_basis", "the treaty, law or memorandum that it rests on"),
];

/// Whether a text is still to be written, whole or in part: nothing, `…`, `...`, `___`, `[ ]`.
pub(crate) fn blank(text: &str) -> bool {
    let gap = |word: &str| {
        let word = word.trim_matches(|c: char| "[](){}<>«»“”\"',;:".contains(c));
        matches!(word, "…" | "TODO" | "TBD" | "XXX")
            || word.len() > 2 && word.chars().all(|c| c == '.')
            || word.len() > 1 && word.chars().all(|c| c == '_')
    };
    !text.chars().any(char::is_alphabetic) || text.split_whitespace().any(gap)
}

impl Draft {
    /// Parts of the head that are still to be written, each with what is expected there.
    pub fn blanks(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let texts = [&self.title, &self.legal_basis];
        HEAD.iter().zip(texts).filter(|(_, text)| blank(text)).map(|(head, _)| *head)
    }
}

/// Most parties of one agreement.
const MOST_PARTIES: usize = 32;

pub(crate) const AMENDS: &str = "`{ released = \"keep\" }`, `\"narrow\"` or `\"recall\"`";

pub(crate) const PARTIES: &str =
    "2 to 32 parties with different keys (64 lower-case hex digits) and an `identity` each";

/// What is wrong with a list of parties, if anything.
pub(crate) fn parties_fault(parties: &[Party]) -> Option<String> {
    if !(2..=MOST_PARTIES).contains(&parties.len()) {
        return Some(format!("{} parties", parties.len()));
    }
    for (i, party) in parties.iter().enumerate() {
        let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        let id: Result<Id, _> = party.identity_ref.parse();
        if party.key_id.len() != 64 || !party.key_id.bytes().all(hex) {
            return Some(format!("key id of party {}", i + 1));
        }
        if !id.is_ok_and(|id| id.kind() == "identity") {
            return Some(format!("identity_ref of party {}", i + 1));
        }
        if parties.iter().take(i).any(|other| other.key_id == party.key_id) {
            return Some(format!("the key of party {} twice", i + 1));
        }
    }
    None
}

fn text(object: &Object, name: &str) -> Result<String, AgreementError> {
    object.text(name).map(str::to_owned).ok_or_else(|| wrong(name, "nothing", "a text"))
}

fn time(object: &Object, name: &str) -> Result<Timestamp, AgreementError> {
    object.time(name).ok_or_else(|| wrong(name, "no timestamp", "a STIX timestamp"))
}

fn wrong(path: &str, found: &str, expected: &str) -> AgreementError {
    let found = found.chars().take(200).collect();
    AgreementError::Property { path: path.to_owned(), found, expected: expected.to_owned() }
}
