//! Common properties (§3.2) and the data types that every object shares (§2.5, §2.11, §7.2.3).

use super::kinds::{
    Family, HASHES, Kind, Property, Record, TEXTS, described_in, may, must, record, to,
};

/// Whether an object of a family uses a common property.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    Required,
    Optional,
    No,
}

/// `type`, `id`, `extensions` and `granular_markings` have checks of their own.
pub(super) const COMMON: Record = record(&[
    may("type", Kind::Text),
    may("id", Kind::Text),
    may("spec_version", Kind::Text),
    may("created", Kind::Time),
    may("modified", Kind::Time),
    may("created_by_ref", to(&["identity"])),
    may("revoked", Kind::Boolean),
    may("labels", TEXTS),
    may("confidence", Kind::Integer(0, 100)),
    may("lang", Kind::Language),
    may("external_references", Kind::List(&Kind::Record(&EXTERNAL_REFERENCE))),
    may("object_marking_refs", Kind::List(&to(&["marking-definition"]))),
    may("granular_markings", Kind::List(&Kind::Record(&GRANULAR_MARKING))),
    may("extensions", Kind::Dictionary),
    may("defanged", Kind::Boolean),
]);

pub(super) const EXTERNAL_REFERENCE: Record = described_in(
    "2.5.1",
    record(&[
        must("source_name", Kind::Text),
        may("description", Kind::Text),
        may("url", Kind::Text),
        may("hashes", Kind::Hashes(true)),
        may("external_id", Kind::Text),
    ]),
);

const GRANULAR_MARKING: Record = described_in(
    "7.2.3",
    record(&[
        may("lang", Kind::Language),
        may("marking_ref", to(&["marking-definition"])),
        must("selectors", TEXTS),
    ]),
);

const PHASE: Record = described_in(
    "2.11",
    record(&[must("kill_chain_name", Kind::Phrase), must("phase_name", Kind::Phrase)]),
);

/// `kill_chain_phases` (§2.11).
pub(super) const PHASES: Property = may("kill_chain_phases", Kind::List(&Kind::Record(&PHASE)));
pub(super) const NAME: Property = must("name", Kind::Text);
pub(super) const DESCRIPTION: Property = may("description", Kind::Text);
pub(super) const ALIASES: Property = may("aliases", TEXTS);
pub(super) const HASHES_PROPERTY: Property = may("hashes", HASHES);

/// Which type of a family uses which common property: the property tables of chapters 4 to 7, summed
/// up in the table of §3.2.
pub(super) fn used_by(family: Family, kind: &str, name: &str) -> Use {
    use Family::{Marking, Meta, Sco};
    match (name, family) {
        ("type" | "id", _) => Use::Required,
        ("confidence" | "extensions", Meta) if kind == "extension-definition" => Use::No,
        ("lang", Meta) => Use::No,
        ("object_marking_refs" | "granular_markings" | "extensions", _) => Use::Optional,
        ("spec_version" | "defanged", Sco) => Use::Optional,
        ("spec_version", _) => Use::Required,
        ("defanged", _) | (_, Sco) => Use::No,
        ("created", _) => Use::Required,
        ("created_by_ref" | "external_references", Marking) => Use::Optional,
        (_, Marking) => Use::No,
        ("modified", _) => Use::Required,
        _ => Use::Optional,
    }
}
