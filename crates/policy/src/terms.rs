//! The terms of an agreement, each with the number of its clause.

use std::collections::BTreeMap;

use enlace_stix::marking::{Handling, Tlp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::mask::Mask;

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
    /// Object types that may leave.
    pub types: Listed<String>,
    /// Strictest TLP that may leave.
    pub tlp: TlpMax,
    /// Categories of natural persons that may leave.
    pub subjects: Listed<String>,
    /// Handling codes and caveats.
    pub handling: HandlingTerm,
    /// Free text.
    pub text: Leaves<Text>,
    /// Files and pictures.
    pub documents: Leaves<Documents>,
    /// Fields by object type.
    #[serde(default)]
    pub fields: BTreeMap<String, TypeFields>,
    /// Passing on to others.
    pub onward: Ruled<Onward>,
    /// How long the recipient may keep it.
    pub retention: Retention,
    /// Who approves a release.
    pub approval: Ruled<Approval>,
    /// How the recipient takes objects in.
    pub acceptance: Ruled<Acceptance>,
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

/// Who may receive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipients {
    /// Clause number.
    pub clause: String,
    /// Key ids of parties; empty means nobody.
    pub units: Vec<String>,
}

/// The ceiling of the Traffic Light Protocol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlpMax {
    /// Clause number.
    pub clause: String,
    /// Strictest colour that may leave; never red.
    pub max: Tlp,
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

/// A term that chooses a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ruled<T> {
    /// Clause number.
    pub clause: String,
    /// The rule.
    pub rule: T,
}

/// How long the recipient may keep what it got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Clause number.
    pub clause: String,
    /// Days from the first release of an object.
    pub days: u32,
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
    /// As they are held.
    Originals,
}

/// Whether the recipient may pass on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Onward {
    /// Never.
    None,
    /// Only with the originator's consent.
    WithConsent,
}

/// Who approves a release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// One officer; may be the one who drafted it.
    OneOfficer,
    /// Another account than the one that drafted it.
    FourEyes,
}

/// How the recipient takes objects in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acceptance {
    /// After the technical checks, at once.
    Automatic,
    /// A person judges each delivery.
    Person,
}

/// The fields of one object type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
}

impl Terms {
    /// Reads the `terms` of an agreement; a term unknown to this version is an error, so that
    /// nothing leaves under a rule that nobody applied.
    pub(crate) fn from_value(value: &Value) -> Result<Self, String> {
        serde_json::from_value(value.clone()).map_err(|e| e.to_string())
    }
}

/// Whether `approver` may approve what `drafter` drafted (both account names).
pub fn approval_allowed(rule: Approval, drafter: &str, approver: &str) -> bool {
    match rule {
        Approval::OneOfficer => true,
        Approval::FourEyes => drafter != approver,
    }
}
