//! Why something leaves or stays: a clause with a stable code.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// A numbered clause of the signed agreement.
    Agreement,
    /// A rule of this node; the partner never hears of it.
    Private,
    /// A law of the product: default deny, closure, valid STIX.
    Product,
}

/// The rule that decided, with what a sentence about it needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Clause {
    /// `4.2` (number in the agreement), `private.source-identity`, `default.deny`.
    pub id: String,
    /// Key of the sentence in `locales/`, one of [`Clause::CODES`].
    pub code: &'static str,
    /// Arguments of the sentence (values, never content of withheld properties).
    pub args: BTreeMap<String, String>,
    /// Agreement, private or product.
    pub origin: Origin,
}

impl Clause {
    /// Every code that a decision or a plan can bear.
    pub const CODES: &'static [&'static str] = &[
        "clause-not-active",
        "clause-dates",
        "clause-recipient",
        "clause-vetting",
        "clause-purpose",
        "clause-transfer",
        "clause-assurances",
        "clause-type",
        "clause-type-permitted",
        "clause-tlp-max",
        "clause-subject",
        "clause-evaluation",
        "clause-unevaluated",
        "clause-age",
        "clause-undated",
        "clause-handling",
        "clause-caveat",
        "clause-pap",
        "clause-documents",
        "clause-documents-flattened",
        "clause-document-copy",
        "clause-document-metadata",
        "clause-ids-whole",
        "clause-text-none",
        "clause-tear-line",
        "clause-field-kept",
        "clause-field-parts",
        "clause-field-changed",
        "clause-field-dropped",
        "clause-identifier",
        "clause-stamped",
        "clause-retention-over",
        "clause-approval",
        "clause-approval-when",
        "private-source-identity",
        "private-held-back",
        "private-unknown-marking",
        "private-conditions",
        "private-unknown-extension",
        "private-unmarked",
        "private-third-agency",
        "private-third-agency-whole",
        "private-tlp-red",
        "private-subject-unstated",
        "private-releasable-to",
        "private-marking-purpose",
        "private-retention-over",
        "private-review-overdue",
        "private-revoked",
        "private-recalled",
        "private-type",
        "private-caveat",
        "private-category",
        "private-rule",
        "default-deny",
        "default-error",
        "default-internal",
        "default-own-identity",
        "default-same-twin",
        "free-text",
        "tear-line-missing",
        "tear-line-names-withheld",
        "tear-line-names-unknown",
        "identifier-in-text",
        "field-not-reducible",
        "twin-envelope",
        "closure-not-released",
        "closure-end-withheld",
        "closure-list-empty",
        "closure-required",
        "invalid-stix",
    ];

    /// A clause of the agreement with this number.
    pub fn agreement(number: &str, code: &'static str) -> Self {
        Self::new(number.to_owned(), code, Origin::Agreement)
    }

    /// A rule of this node; `name` without `private.`.
    pub fn private(name: &str, code: &'static str) -> Self {
        Self::new(format!("private.{name}"), code, Origin::Private)
    }

    /// A law of the product; `id` as shown (`default.deny`, `closure.end-withheld`).
    pub fn product(id: &str, code: &'static str) -> Self {
        Self::new(id.to_owned(), code, Origin::Product)
    }

    /// *No clause permits this*: what is not named stays.
    pub fn deny() -> Self {
        Self::product("default.deny", "default-deny")
    }

    /// The same clause with one more argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.args.insert(name.to_owned(), value.into());
        self
    }

    fn new(id: String, code: &'static str, origin: Origin) -> Self {
        Self { id, code, args: BTreeMap::new(), origin }
    }
}
