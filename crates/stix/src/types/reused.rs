//! Public extensions that we read and write under the ids of their publishers.
//!
//! Those with a schema in `schemas/reused/` are checked property by property, and nothing is
//! required beyond what their publisher requires; of the others only id, kind and carrier are
//! known.

use super::Kind;

/// `bank-account`, dogesec stix2extensions.
pub const BANK_ACCOUNT: &str = "extension-definition--f19f3291-6a84-5674-b311-d75a925d5bd9";
/// `payment-card`, dogesec stix2extensions.
pub const PAYMENT_CARD: &str = "extension-definition--b160c6ee-26b6-591c-8885-c192db67cac9";
/// `phone-number`, dogesec stix2extensions.
pub const PHONE_NUMBER: &str = "extension-definition--14a97ee2-e666-5ada-a6bd-b7177f79e211";
/// `task`, OASIS common objects.
pub const TASK: &str = "extension-definition--2074a052-8be4-4932-849e-f5e7798e0030";
/// TLP 2.0, OASIS common objects.
pub const TLP_2: &str = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d";

/// A public extension.
#[derive(Debug, Clone, Copy)]
pub struct Public {
    /// `extension-definition--…` of the publisher.
    pub id: &'static str,
    /// Type name (new types) or the name by which we call it.
    pub name: &'static str,
    /// What it may be used for; more than one where the publisher uses one id for several things.
    pub kinds: &'static [Kind],
    /// Types that may carry a property extension; empty = any. A new type is carried by itself.
    pub carrier: &'static [&'static str],
    /// Who published it.
    pub publisher: &'static str,
    /// Properties from which the deterministic id of a new observable is made (§2.9).
    pub contributing: &'static [&'static str],
    /// Top-level properties that it adds.
    pub properties: &'static [&'static str],
}

const DOGESEC: &str = "dogesec";
const FILIGRAN: &str = "filigran";
const OASIS: &str = "oasis";

const fn public(
    id: &'static str,
    name: &'static str,
    kinds: &'static [Kind],
    publisher: &'static str,
) -> Public {
    Public { id, name, kinds, carrier: &[], publisher, contributing: &[], properties: &[] }
}

impl Public {
    const fn on(mut self, carrier: &'static [&'static str]) -> Self {
        self.carrier = carrier;
        self
    }

    const fn by(mut self, contributing: &'static [&'static str]) -> Self {
        self.contributing = contributing;
        self
    }

    const fn adding(mut self, properties: &'static [&'static str]) -> Self {
        self.properties = properties;
        self
    }

    /// Whether an object of this type may carry it as this kind of extension.
    pub fn fits(&self, kind: Kind, object: &str) -> bool {
        match (kind.is_new_type(), self.kinds) {
            // One id for one type: the type has its name.
            (true, [_]) => self.name == object,
            (true, _) => true,
            (false, _) => self.carrier.is_empty() || self.carrier.contains(&object),
        }
    }
}

const MARKING: &[&str] = &["marking-definition"];

/// The public extensions, sorted by name.
pub const EXTENSIONS: &[Public] = &[
    public(
        "extension-definition--3a65884d-005a-4290-8335-cb2d778a83ce",
        "acs-marking",
        &[Kind::Property],
        OASIS,
    )
    .on(MARKING),
    public(
        "extension-definition--88c675ee-098f-4502-8108-5167d24a5e11",
        "admiralty-credibility",
        &[Kind::Property],
        DOGESEC,
    )
    .on(MARKING),
    public(
        "extension-definition--cdb5a8fd-b8df-4a7a-ae21-a07fed723797",
        "admiralty-reliability",
        &[Kind::Property],
        DOGESEC,
    )
    .on(MARKING),
    public(BANK_ACCOUNT, "bank-account", &[Kind::NewSco], DOGESEC).by(&["iban", "account_number"]),
    public(
        "extension-definition--66e2492a-bbd3-4be6-88f5-cc91a017a498",
        "contact-information",
        &[Kind::Property],
        OASIS,
    )
    .on(&["identity"]),
    public(
        "extension-definition--151d042d-4dcf-5e44-843f-1024440318e5",
        "cryptocurrency-transaction",
        &[Kind::NewSco],
        DOGESEC,
    )
    .by(&["symbol", "value"]),
    public(
        "extension-definition--be78509e-6958-51b1-8b26-d17ee0eba2d7",
        "cryptocurrency-wallet",
        &[Kind::NewSco],
        DOGESEC,
    )
    .by(&["value"]),
    public(
        "extension-definition--dff17fb3-edcb-4f99-ad1b-4b751c95738a",
        "cui-marking",
        &[Kind::Property],
        OASIS,
    )
    .on(MARKING),
    public(
        "extension-definition--4ca6de00-5b0d-45ef-a1dc-ea7279ea910e",
        "event",
        &[Kind::NewSdo],
        OASIS,
    ),
    public(
        "extension-definition--d51e8a52-ddab-5fc0-bee3-59d371c66cf6",
        "identity-opencti",
        &[Kind::Toplevel],
        DOGESEC,
    )
    .on(&["identity"])
    .adding(&["x_opencti_aliases"]),
    public(
        "extension-definition--762e2e97-ee51-43e5-a9ea-165fbb862c4a",
        "iep-marking",
        &[Kind::Property],
        OASIS,
    )
    .on(MARKING),
    public(
        "extension-definition--7cc33dd6-f6a1-489b-98ea-522d351d71b9",
        "impact",
        &[Kind::NewSdo],
        OASIS,
    ),
    public(
        "extension-definition--ef765651-680c-498d-9894-99799f2fa126",
        "incident-core",
        &[Kind::Property],
        OASIS,
    )
    .on(&["incident"]),
    public(
        "extension-definition--f93e2c80-4231-4f9a-af8b-95c9bd566a82",
        "opencti-observables",
        &[Kind::NewSco, Kind::Property],
        FILIGRAN,
    ),
    public(PAYMENT_CARD, "payment-card", &[Kind::NewSco], DOGESEC).by(&["value"]),
    // The first edition called the number `number`, later ones call it `value`, under one id.
    public(PHONE_NUMBER, "phone-number", &[Kind::NewSco], DOGESEC).by(&["number", "value"]),
    public(TASK, "task", &[Kind::NewSdo], OASIS),
    public(TLP_2, "tlp-2", &[Kind::Property], OASIS).on(MARKING),
];

/// The public extension of this name.
pub fn by_name(name: &str) -> Option<&'static Public> {
    let at = EXTENSIONS.binary_search_by(|known| known.name.cmp(name)).ok()?;
    EXTENSIONS.get(at)
}

/// The public extension with this definition id.
pub fn by_definition(id: &str) -> Option<&'static Public> {
    EXTENSIONS.iter().find(|known| known.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Id;

    #[test]
    fn the_table_is_sorted_and_every_id_is_one_of_a_definition() {
        assert!(EXTENSIONS.is_sorted_by(|a, b| a.name < b.name));
        for public in EXTENSIONS {
            let id: Id = public.id.parse().unwrap();
            assert_eq!(id.kind(), "extension-definition", "{}", public.name);
            assert_eq!(by_name(public.name).unwrap().id, public.id);
            assert_eq!(by_definition(public.id).unwrap().name, public.name);
            assert_eq!(public.contributing.is_empty(), public.kinds != [Kind::NewSco]);
        }
    }
}
