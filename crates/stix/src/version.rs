//! Versions of an object (§3.5, §3.6): what the arrival of one means beside those that are held.
//!
//! Pure functions on short summaries: the caller hands in what it holds of the same id **from the
//! same channel**, in the order of arrival, so that what one partner sends is never judged by what
//! another one sent.
//!
//! ```
//! use enlace_stix::{Object, version::{self, Arrival}};
//! let at = |modified: &str| Object::parse(&format!(r#"{{"type":"identity","spec_version":"2.1",
//!   "id":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","name":"Elena Paz",
//!   "created":"2026-03-01T10:00:00.000Z","modified":"{modified}"}}"#));
//! let (old, new) = (at("2026-03-01T10:00:00.000Z")?, at("2026-03-02T10:00:00.000Z")?);
//! assert_eq!(version::compare(&old, &new), Arrival::Newer);
//! assert_eq!(version::compare(&new, &old), Arrival::Late);
//! # Ok::<(), enlace_stix::ParseError>(())
//! ```

use serde_json::Value;

use crate::{Id, Object, object};

/// What has to be known of one version. §3.6: "A version of a STIX Object is identified uniquely by
/// the combination of its id and modified properties"; the id is that of all versions compared.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Version {
    /// [`Object::version`]: the instant of `modified` (else `created`) whose text sorts as the
    /// instant, or `sha256:` of the content for objects without either.
    pub version: String,
    /// SHA-256 of its content, timestamps as instants, default values left out.
    pub content: [u8; 32],
    /// The instant of `created`, in the form of `version`.
    pub created: Option<String>,
    /// `created_by_ref`; `None` = the creator stays anonymous.
    pub creator: Option<String>,
    /// Whether it withdraws the object.
    pub revoked: bool,
}

/// What the arrival of a version means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// Nothing is held of this object.
    New,
    /// Held already. §3.6: "If a property has the same value as the default, it MAY be omitted from
    /// a representation, and this does not represent a change to the object."
    Same,
    /// Becomes current. §3.6: "Implementations MUST consider the version of the STIX Object with the
    /// most recent modified value to be the most recent state of the object." Also a revocation that
    /// arrives after versions later than itself, which must not exist.
    Newer,
    /// Not the current one, and to be kept: older, or a content without instant beside versions that
    /// have one. §3.6: "This specification does not
    /// address how implementations should handle versions of the object that are not current."
    Late,
    /// Another content of an object without versions (§3.6: "SCOs are not versioned"): both stand.
    Sibling,
    /// Other content under the same id and `modified`. §3.6: "Every representation … of a version of
    /// an object … MUST always have the same set of properties and the same values for each
    /// property."
    Conflict,
    /// Later than a revocation. §3.6: "once an object is marked as revoked, later versions of that
    /// object MUST NOT be created."
    AfterRevocation,
    /// Names another creator than a version that is held. §3.6: "Producers other than the object
    /// creator MUST NOT create new versions of that object."
    OtherCreator,
    /// Another `created` than a version that is held. §3.2: "The created property MUST NOT be
    /// changed when creating a new version of the object."
    OtherCreated,
}

/// The rule that a version breaks by arriving where others are held.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Stable code.
    pub rule: &'static str,
    /// Section of the standard.
    pub section: &'static str,
    /// The property at fault.
    pub path: &'static str,
    /// What the rule wants.
    pub expected: &'static str,
}

const CONFLICT: Fault = Fault {
    rule: "stix.version.conflict",
    section: "3.6",
    path: "modified",
    expected: "the content that is held under this id and modified, or a later modified",
};
const AFTER_REVOCATION: Fault = Fault {
    rule: "stix.version.after-revocation",
    section: "3.6",
    path: "modified",
    expected: "no version later than the one that revoked the object",
};
const OTHER_CREATOR: Fault = Fault {
    rule: "stix.version.other-creator",
    section: "3.6",
    path: "created_by_ref",
    expected: "the creator of the versions that are held, or a new object with its own id",
};
const OTHER_CREATED: Fault = Fault {
    rule: "stix.version.other-created",
    section: "3.2",
    path: "created",
    expected: "the created of the versions that are held",
};

impl Arrival {
    /// The MUST that the version breaks: it is to be set aside, never to become current.
    pub fn fault(self) -> Option<&'static Fault> {
        match self {
            Self::Conflict => Some(&CONFLICT),
            Self::AfterRevocation => Some(&AFTER_REVOCATION),
            Self::OtherCreator => Some(&OTHER_CREATOR),
            Self::OtherCreated => Some(&OTHER_CREATED),
            Self::New | Self::Same | Self::Newer | Self::Late | Self::Sibling => None,
        }
    }

    /// Whether the version is the current one from now on.
    pub fn leads(self) -> bool {
        matches!(self, Self::New | Self::Newer | Self::Sibling)
    }
}

impl Version {
    /// The summary of an object as received.
    pub fn of(object: &Object) -> Self {
        let creator = object.text("created_by_ref").and_then(|id| id.parse::<Id>().ok());
        Self {
            version: object.version(),
            content: content(object),
            created: object.time("created").map(|time| time.sort_key().to_owned()),
            creator: creator.map(|id| id.to_string()),
            revoked: object.revoked(),
        }
    }

    /// Whether the version has an instant: SCOs have none unless their producer versions them.
    pub fn has_instant(&self) -> bool {
        !self.version.starts_with("sha256:")
    }

    /// Whether both have an instant, and another value of a property that both name.
    fn differs(&self, other: &Self, property: impl Fn(&Self) -> Option<&str>) -> bool {
        let values = property(self).zip(property(other));
        self.has_instant() && other.has_instant() && values.is_some_and(|(a, b)| a != b)
    }
}

/// The content without what says only the default (§3.6): `revoked` and `defanged` are false by
/// §3.2, `lang` is `en` by §3.2, `spec_version` of a cyber-observable is 2.1, `summary` of a
/// sighting is false by §5.2.
fn content(object: &Object) -> [u8; 32] {
    let is_false = |name: &str| object.get(name) == Some(&Value::Bool(false));
    let is_sco = object.get("created").is_none() && object.get("modified").is_none();
    let default = |name: &str| match name {
        "revoked" | "defanged" => is_false(name),
        "lang" => !is_sco && object.text(name) == Some("en"),
        "summary" => object.kind() == "sighting" && is_false(name),
        "spec_version" => is_sco && object.text(name) == Some("2.1"),
        _ => false,
    };
    let view = object.view().iter().filter(|(name, _)| !default(name));
    object::content_of(view.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// What `arriving` means to a holder of `held`: versions of the same id in the same channel, all of
/// them or these witnesses: the one with the same content or key, the [`current`] one, one that
/// names `created`, and one that names a creator. What was not accepted does not belong to `held`.
pub fn arrival(held: &[Version], arriving: &Version) -> Arrival {
    if held.is_empty() {
        return Arrival::New;
    }
    if held.iter().any(|v| v.content == arriving.content) {
        return Arrival::Same;
    }
    if held.iter().any(|v| v.version == arriving.version) {
        return Arrival::Conflict;
    }
    let mut dated = held.iter().filter(|v| v.has_instant());
    if !arriving.has_instant() {
        return if dated.next().is_some() { Arrival::Late } else { Arrival::Sibling };
    }
    if dated.clone().any(|v| v.differs(arriving, |v| v.created.as_deref())) {
        return Arrival::OtherCreated;
    }
    if dated.clone().any(|v| v.differs(arriving, |v| v.creator.as_deref())) {
        return Arrival::OtherCreator;
    }
    let version = &arriving.version;
    if dated.clone().any(|v| v.revoked && v.version < *version) {
        return Arrival::AfterRevocation;
    }
    match !arriving.revoked && dated.any(|v| v.version > *version) {
        true => Arrival::Late,
        false => Arrival::Newer,
    }
}

/// [`arrival`] where one version is held.
pub fn compare(held: &Object, arriving: &Object) -> Arrival {
    arrival(&[Version::of(held)], &Version::of(arriving))
}

/// The current one of `held`, all versions of one id in one channel in the order of arrival: the
/// first revocation (§3.6: "Revocation is permanent"), else the most recent instant; of an object
/// without versions the content that arrived last.
pub fn current(held: &[Version]) -> Option<&Version> {
    let dated = || held.iter().filter(|v| v.has_instant());
    let revoked = dated().filter(|v| v.revoked).min_by(|a, b| a.version.cmp(&b.version));
    let newest = || dated().max_by(|a, b| a.version.cmp(&b.version));
    revoked.or_else(newest).or_else(|| held.last())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const ANA: &str = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";
    const EVA: &str = "identity--8c1e2f3a-0d6a-4b1e-9a2f-5c7d8e9f0a1b";

    fn tool(second: u32, more: Value) -> Object {
        let mut view = json!({
            "type": "tool", "spec_version": "2.1",
            "id": "tool--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f", "name": "Grúa",
            "created": "2026-03-01T10:00:00.000Z", "created_by_ref": ANA,
            "modified": format!("2026-03-01T10:00:{second:02}.000Z"),
        });
        for (name, value) in more.as_object().unwrap() {
            view[name] = value.clone();
        }
        Object::parse(&view.to_string()).unwrap()
    }

    #[test]
    fn one_version_beside_another_is_new_late_the_same_or_a_conflict() {
        let held = tool(5, json!({}));
        let same = tool(5, json!({"modified": "2026-03-01T10:00:05.0000Z", "revoked": false}));
        assert_eq!(compare(&held, &same), Arrival::Same);
        assert_eq!(compare(&held, &tool(6, json!({}))), Arrival::Newer);
        assert_eq!(compare(&held, &tool(4, json!({}))), Arrival::Late);
        assert_eq!(compare(&held, &tool(5, json!({"name": "Otra"}))), Arrival::Conflict);
        assert_eq!(arrival(&[], &Version::of(&held)), Arrival::New);
    }

    #[test]
    fn only_the_creator_versions_and_created_never_changes() {
        let held = tool(5, json!({}));
        let other = tool(6, json!({"created_by_ref": EVA}));
        assert_eq!(compare(&held, &other), Arrival::OtherCreator);
        let moved = tool(6, json!({"created": "2026-03-01T10:00:01.000Z"}));
        assert_eq!(compare(&held, &moved), Arrival::OtherCreated);
        let digits = tool(6, json!({"created": "2026-03-01T10:00:00.000000Z"}));
        assert_eq!(compare(&held, &digits), Arrival::Newer);
    }

    #[test]
    fn a_creator_once_named_stays_whatever_an_anonymous_version_says() {
        let of = |second, creator| Version::of(&tool(second, json!({ "created_by_ref": creator })));
        let nobody = |second| {
            let mut view = tool(second, json!({})).view().clone();
            view.remove("created_by_ref");
            Version::of(&Object::from_view(view).unwrap())
        };
        let held = [nobody(1), of(5, ANA), nobody(3)];
        assert_eq!(arrival(&held, &of(6, EVA)), Arrival::OtherCreator);
        assert_eq!(arrival(&held, &of(2, EVA)), Arrival::OtherCreator);
        assert_eq!(arrival(&held, &of(6, ANA)), Arrival::Newer);
        assert_eq!(arrival(&held[..1], &of(6, EVA)), Arrival::Newer);
    }

    #[test]
    fn nothing_follows_a_revocation_and_one_that_comes_late_still_counts() {
        let revoked = tool(5, json!({"revoked": true}));
        assert_eq!(compare(&revoked, &tool(6, json!({}))), Arrival::AfterRevocation);
        assert_eq!(compare(&revoked, &tool(4, json!({}))), Arrival::Late);
        let later = tool(6, json!({}));
        assert_eq!(compare(&later, &revoked), Arrival::Newer);
        let held = [Version::of(&later), Version::of(&revoked)];
        assert_eq!(current(&held), held.get(1));
    }

    #[test]
    fn an_observable_has_one_version_per_content() {
        let address = |more: &str| {
            Object::parse(&format!(
                r#"{{"type":"ipv4-addr","value":"198.51.100.3"{more},
                "id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"}}"#
            ))
            .unwrap()
        };
        let held = address("");
        let defaults = address(r#","spec_version":"2.1","defanged":false"#);
        assert_eq!(compare(&held, &defaults), Arrival::Same);
        let defanged = address(r#","defanged":true"#);
        assert_eq!(compare(&held, &defanged), Arrival::Sibling);
        // Versioned by its producer (§3.6): contents without instant never lead beside it.
        let dated = address(r#","modified":"2026-03-01T10:00:05.000Z""#);
        assert_eq!(compare(&held, &dated), Arrival::Newer);
        assert_eq!(compare(&dated, &held), Arrival::Late);
        let held = [Version::of(&dated), Version::of(&held)];
        assert_eq!(current(&held), held.first());
    }

    /// Distinct instants, each perhaps a revocation, in some order of arrival.
    fn histories() -> impl Strategy<Value = (Vec<Version>, Vec<Version>)> {
        prop::collection::btree_map(0_u32..60, prop::bool::weighted(0.15), 1..8).prop_flat_map(
            |history| {
                let versions: Vec<_> = history
                    .into_iter()
                    .map(|(second, revoked)| {
                        Version::of(&tool(second, json!({"revoked": revoked})))
                    })
                    .collect();
                (Just(versions.clone()).prop_shuffle(), Just(versions).prop_shuffle())
            },
        )
    }

    /// Takes versions one by one as a node does; `strict` = faults are not even kept.
    fn receive(arriving: &[Version], strict: bool) -> Vec<Version> {
        let mut held = Vec::new();
        for version in arriving {
            let arrival = arrival(&held, version);
            let before = current(&held).cloned();
            if !(strict && arrival.fault().is_some()) {
                held.push(version.clone());
            }
            // What the arrival says of the current version is what becomes of it.
            let now = current(&held).cloned();
            assert_eq!(now.as_ref() == Some(version), arrival.leads(), "{arrival:?}");
            assert!(arrival.leads() || now == before);
        }
        held
    }

    proptest! {
        #[test]
        fn the_order_of_arrival_never_changes_what_is_current((one, other) in histories()) {
            let (all, again) = (receive(&one, false), receive(&other, false));
            prop_assert_eq!(current(&all), current(&again));
            // Nor does it matter whether what breaks the rules is kept or thrown away.
            let (kept, strict) = (receive(&one, true), receive(&other, true));
            prop_assert_eq!(current(&kept), current(&strict));
            prop_assert_eq!(current(&kept), current(&all));
        }

        #[test]
        fn current_is_never_older_than_what_is_held_unless_it_is_revoked((one, _) in histories()) {
            let held = receive(&one, false);
            let current = current(&held).unwrap();
            prop_assert!(current.revoked || held.iter().all(|v| v.version <= current.version));
            prop_assert!(current.revoked || held.iter().all(|v| !v.revoked));
        }

        #[test]
        fn what_is_held_arrives_as_the_same_for_ever((one, _) in histories()) {
            let held = receive(&one, false);
            for version in &held {
                prop_assert_eq!(arrival(&held, version), Arrival::Same);
            }
        }
    }
}
