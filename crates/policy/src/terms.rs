//! The terms of an agreement, each with the number of its clause.
//!
//! One struct a section; a section that the parties may leave out is an `Option`, and its comment
//! says what holds then. What an agreement says of people and of what follows a release
//! ([`crate::Approval`], standing rules) has files of its own.

use std::collections::BTreeMap;

use enlace_stix::marking::{Handling, Pap, Tlp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::approval::ApprovalTerm;
use crate::mask::Mask;
use crate::standing::StandingRule;

/// Purposes that an agreement may name.
pub(crate) const PURPOSES: &[&str] = &[
    "drug-trafficking",
    "firearms-tracing",
    "money-laundering",
    "organised-crime",
    "trafficking-in-persons",
    "migrant-smuggling",
    "kidnapping",
    "extortion",
    "corruption",
    "cyber",
    "port-security",
    "prison-security",
    "prosecution",
];

/// Categories of data subjects (LED Art. 6, and *not established*).
pub const CATEGORIES: &[&str] =
    &["suspect", "convicted", "victim", "witness", "contact", "other", "not-established"];

/// Everything that the parties agreed on release; the same shape in TOML and in the object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Dates of validity; the dates themselves stand in the agreement.
    pub validity: Numbered,
    /// What the data may be used for.
    pub purposes: Listed<String>,
    /// Units (key ids) that may receive.
    pub recipients: Recipients,
    /// On what ground data leaves the legal area of the releasing party.
    pub transfer: Transfer,
    /// What the recipient promised to those whom a release may lead to. Absent: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurances: Option<Assurances>,
    /// Object types that may leave.
    pub types: Listed<String>,
    /// Types that keep their original id. Absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ids: Option<Originals>,
    /// Strictest TLP that may leave.
    pub tlp: TlpMax,
    /// Categories of natural persons that may leave.
    pub subjects: Listed<String>,
    /// Kinds of identifier that may leave ([`crate::kinds`]).
    pub identifiers: Listed<String>,
    /// How well sourced something must be. Absent: no floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<EvaluationFloor>,
    /// How old something may be. Absent: of any age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<AgeLimit>,
    /// Handling codes, caveats and permissible actions.
    pub handling: HandlingTerm,
    /// Free text.
    pub text: Leaves<Text>,
    /// Files and pictures.
    pub documents: Leaves<Documents>,
    /// Fields by object type.
    #[serde(default)]
    pub fields: BTreeMap<String, TypeFields>,
    /// Passing on to others.
    pub onward: OnwardTerm,
    /// Hit/no-hit queries. Absent: none is answered.
    #[serde(default, rename = "match", skip_serializing_if = "Option::is_none")]
    pub matching: Option<MatchTerm>,
    /// How soon requests are answered. Absent: nothing is promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadlines: Option<Deadlines>,
    /// How long the recipient may keep it.
    pub retention: Retention,
    /// Who approves a release.
    pub approval: ApprovalTerm,
    /// Rules that select objects for release without a pick.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub standing: Vec<StandingRule>,
    /// One outward answer for *no data* and for a refusal. Absent: each as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
    /// When updates are published. Absent: in slots of an hour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slots: Option<Slots>,
    /// How the recipient takes objects in.
    pub acceptance: AcceptanceTerm,
}

/// A term that is only a clause number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbered {
    /// Clause number.
    pub clause: String,
}

/// A term that lists what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed<T> {
    /// Clause number.
    pub clause: String,
    /// What is allowed; empty allows nothing.
    pub allowed: Vec<T>,
}

/// Who may receive. A unit also needs a valid vetting record at the releasing node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// Clause number.
    pub clause: String,
    /// Key ids of parties; empty means nobody.
    pub units: Vec<String>,
}

/// The ground of a transfer (Directive (EU) 2016/680, Articles 35–39); recorded with each release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    /// Clause number.
    pub clause: String,
    /// The ground.
    pub ground: Ground,
}

/// Grounds of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// A decision that the recipient's protection is adequate, or the same legal area (Art. 36).
    Adequacy,
    /// Safeguards in a binding instrument or by assessment (Art. 37).
    Safeguards,
    /// An exception (Art. 38): each release names its reason.
    Derogation,
}

impl Ground {
    /// Name in terms, records and the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Adequacy => "adequacy",
            Self::Safeguards => "safeguards",
            Self::Derogation => "derogation",
        }
    }
}

/// Assurances that a recipient gave by signing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assurances {
    /// Clause number.
    pub clause: String,
    /// For these purposes a natural person leaves only with a named offence.
    pub purposes: Vec<String>,
    /// What the recipient promised not to do: `death-penalty`, `torture`.
    pub against: Vec<String>,
    /// Offences for which it promised; empty: no person leaves for these purposes.
    pub offences: Vec<String>,
}

/// Types that leave under the id that they have here: whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Originals {
    /// Clause number.
    pub clause: String,
    /// Object types.
    pub original: Vec<String>,
}

/// The ceiling of the Traffic Light Protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlpMax {
    /// Clause number.
    pub clause: String,
    /// Strictest colour that may leave; never red.
    pub max: Tlp,
    /// Whether red leaves, encrypted to a person that is named for each release
    /// ([`crate::Policy::to_named_person`]). Absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub red: Option<RedTo>,
}

/// To whom TLP:RED leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RedTo {
    /// To persons of the recipient unit that the releasing node knows by name and key.
    NamedPersons,
}

/// The floor of evaluation, each scheme in its own grades.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationFloor {
    /// Clause number.
    pub clause: String,
    /// What nobody has evaluated.
    pub unevaluated: Otherwise,
    /// Lowest grades of source and information that leave, by scheme: `admiralty = "C3"`. What is
    /// evaluated by a scheme that is not named stays.
    pub floor: BTreeMap<String, String>,
}

/// What happens to something of which an attribute is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Otherwise {
    /// It leaves, if nothing else forbids it.
    Leaves,
    /// It stays.
    #[default]
    Stays,
}

/// The limit of age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgeLimit {
    /// Clause number.
    pub clause: String,
    /// Whole days ([`crate::age_days`]).
    pub days: u32,
    /// Objects without a date, such as observables. Absent: they stay.
    #[serde(default, skip_serializing_if = "is_stays")]
    pub undated: Otherwise,
}

fn is_stays(otherwise: &Otherwise) -> bool {
    *otherwise == Otherwise::Stays
}

/// Handling codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandlingTerm {
    /// Clause number.
    pub clause: String,
    /// Codes that an object may bear and still leave.
    pub allowed: Vec<Handling>,
    /// Codes put on everything that leaves.
    pub stamp: Vec<Handling>,
    /// Caveats that an object may bear and still leave; they travel with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub caveats: Vec<String>,
    /// Permissible-actions colours that an object may bear and still leave; they travel with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pap: Vec<Pap>,
}

/// A term that says in which form something leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaves<T> {
    /// Clause number.
    pub clause: String,
    /// The form.
    pub leaves: T,
}

/// Whether free text leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Text {
    /// Never.
    None,
    /// Only the tear-line written for release.
    TearLine,
}

/// Whether documents leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Documents {
    /// Never.
    None,
    /// As copies that show the pages and nothing else.
    Flattened,
    /// As they are held.
    Originals,
}

/// The fields of one object type.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeFields {
    /// Clause number.
    pub clause: String,
    /// Property paths that leave as they are (`person.names`, `serial`).
    #[serde(default)]
    pub keep: Vec<String>,
    /// Property paths that leave reduced.
    #[serde(default)]
    pub generalise: BTreeMap<String, Mask>,
    /// Paths below a kept one that stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drop: Vec<String>,
}

/// Whether the recipient may pass on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnwardTerm {
    /// Clause number.
    pub clause: String,
    /// The rule.
    pub rule: Onward,
    /// With [`Onward::Classes`]: classes of units to which passing on is consented in advance.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
}

/// Rules of passing on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Onward {
    /// Never.
    None,
    /// Only with the originator's consent.
    WithConsent,
    /// To the other parties of the agreement; to anybody else with the originator's consent.
    PartiesOnly,
    /// To units of the named classes; to anybody else with the originator's consent.
    Classes,
}

/// Hit/no-hit queries. None finds a protected person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchTerm {
    /// Clause number.
    pub clause: String,
    /// Kinds of identifier that may be asked for.
    pub kinds: Vec<String>,
    /// Keys that may be put to the test in one day: a question takes 8, a block of a watchlist 256.
    pub daily_quota: u32,
}

/// How soon a request is answered, by urgency and by whether the data is directly accessible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    /// Clause number.
    pub clause: String,
    /// Urgent, data directly accessible: hours.
    pub urgent_direct_hours: u32,
    /// Urgent, data indirectly accessible: days.
    pub urgent_indirect_days: u32,
    /// Every other request: days.
    pub other_days: u32,
}

/// How long the recipient may keep what it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Clause number.
    pub clause: String,
    /// Days from the first release of an object.
    pub days: u32,
    /// Days after which the recipient must look again whether it still needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_days: Option<u32>,
}

/// One outward answer for *no data* and for a refusal, at a fixed time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Clause number.
    pub clause: String,
    /// The words; always [`NOTHING`].
    pub nothing: String,
    /// Hours after the request.
    pub after_hours: u32,
}

/// The one outward answer.
pub(crate) const NOTHING: &str = "nothing can be provided";

/// When updates are published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slots {
    /// Clause number.
    pub clause: String,
    /// Length of a slot.
    pub minutes: u32,
}

/// How the recipient takes objects in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptanceTerm {
    /// Clause number.
    pub clause: String,
    /// The rule.
    pub rule: Acceptance,
    /// With [`Acceptance::Automatic`]: only these types, the rest by a person. Absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
}

/// Rules of acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// After the technical checks, at once.
    Automatic,
    /// A person judges each delivery.
    Person,
}

impl AcceptanceTerm {
    /// How an object of this type is taken in.
    pub fn of(&self, kind: &str) -> Acceptance {
        match (self.rule, &self.types) {
            (Acceptance::Automatic, Some(types)) if !types.iter().any(|t| t == kind) => {
                Acceptance::Person
            }
            (rule, _) => rule,
        }
    }
}

impl Terms {
    /// Reads the `terms` of an agreement; a term unknown to this version is an error, so that
    /// nothing leaves under a rule that nobody applied.
    pub(crate) fn from_value(value: &Value) -> Result<Self, String> {
        serde_json::from_value(value.clone()).map_err(|e| e.to_string())
    }

    /// Length of an update slot in minutes: that of `slots`, else an hour.
    pub fn slot_minutes(&self) -> u32 {
        self.slots.as_ref().map_or(60, |slots| slots.minutes)
    }
}
