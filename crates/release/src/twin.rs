//! Twins: identifiers of their own, their envelope, the marking made for the partner.

use enlace_policy::{Onward, Policy, kinds};
use enlace_stix::marking::{self, Effective, Handling, Tlp};
use enlace_stix::{Id, Object, Timestamp, types};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

const DAY_US: i64 = 86_400_000_000;

/// The twin id of an original: stable for the holder of `key`, unlinkable without it.
pub(crate) fn twin_id(key: &[u8], original: &Id) -> Id {
    Id::new(original.kind(), shaped(key, "twin", original.as_str()))
}

/// HMAC-SHA256 cut to a UUID of version 4.
fn shaped(key: &[u8], what: &str, text: &str) -> uuid::Uuid {
    let mut bytes = [0_u8; 16];
    // INVARIANT: HMAC takes keys of any length.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) {
        mac.update(format!("enlace {what} 1\0{text}").as_bytes());
        for (to, from) in bytes.iter_mut().zip(mac.finalize().into_bytes()) {
            *to = from;
        }
    }
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

/// Times of one twin.
#[derive(Debug, Clone)]
pub(crate) struct Times {
    /// First release to this partner.
    pub(crate) created: Timestamp,
    /// This release.
    pub(crate) modified: Timestamp,
}

impl Times {
    /// `previous`: `created` and `modified` of the last published version.
    pub(crate) fn at(now_us: i64, previous: Option<(&Timestamp, &Timestamp)>) -> Self {
        let now = Timestamp::from_micros(now_us).to_millis();
        match previous {
            None => Self { created: now.clone(), modified: now },
            Some((created, last)) => {
                let next = Timestamp::from_micros(last.micros().saturating_add(1000)).to_millis();
                Self { created: created.clone(), modified: now.max(next) }
            }
        }
    }

    /// End of retention: whole days from the first release, so that markings can be shared; no
    /// later than what the markings of the original demand.
    pub(crate) fn expires_us(&self, policy: &Policy, demanded: Option<&Timestamp>) -> i64 {
        let day = |time: &Timestamp| time.micros().div_euclid(DAY_US);
        let days = i64::from(policy.terms().retention.days).saturating_add(1);
        let agreed = day(&self.created).saturating_add(days);
        demanded.map_or(agreed, |until| agreed.min(day(until))).saturating_mul(DAY_US)
    }
}

/// The marking made for this partner: names only that partner.
pub(crate) fn marking(
    policy: &Policy,
    partner: &str,
    purpose: &str,
    effective: &Effective,
    expires_us: i64,
    originator: &Id,
    key: &[u8],
) -> Map<String, Value> {
    let terms = policy.terms();
    let mut handling: Vec<Handling> =
        effective.handling.iter().chain(&terms.handling.stamp).copied().collect();
    handling.sort();
    handling.dedup();
    let onward = match effective.onward {
        Some(marking::Onward::Never) => Onward::None,
        Some(marking::Onward::WithConsent) | None => terms.onward.rule,
    };
    // Retention ends with a day, so the date says it all.
    let until: String = Timestamp::from_micros(expires_us).as_str().chars().take(10).collect();
    let mut body = json!({
        "extension_type": "property-extension",
        "tlp": effective.tlp.unwrap_or(Tlp::AmberStrict),
        "handling": handling,
        "releasable_to": [partner],
        "purposes": [purpose],
        "onward": onward,
        "retention_until": until,
    });
    if let (false, Some(body)) = (effective.caveats.is_empty(), body.as_object_mut()) {
        body.insert("caveats".to_owned(), json!(effective.caveats));
    }
    let agreement = policy.agreement();
    let seed = format!("{}\0{}", agreement.id, enlace_stix::canonical::to_string(&body));
    let id = Id::new("marking-definition", shaped(key, "marking", &seed));
    Map::from_iter([
        ("type".to_owned(), json!("marking-definition")),
        ("spec_version".to_owned(), json!("2.1")),
        ("id".to_owned(), json!(id.as_str())),
        // Known to the partner, and the same at each release.
        ("created".to_owned(), json!(agreement.created.to_millis().as_str())),
        ("created_by_ref".to_owned(), json!(originator.as_str())),
        ("name".to_owned(), json!(agreement.title())),
        ("extensions".to_owned(), json!({ types::definition_id("handling"): body })),
    ])
}

/// The node's own identity as partners see it: no more than what a card says.
pub(crate) fn own_identity(identity: &Object) -> Map<String, Value> {
    let kept = ["type", "spec_version", "id", "created", "modified", "name", "identity_class"];
    let view = identity.view();
    let mut public: Map<String, Value> = kept
        .iter()
        .filter_map(|name| view.get(*name).map(|v| ((*name).to_owned(), v.clone())))
        .collect();
    public.insert("spec_version".to_owned(), json!("2.1"));
    public
}

/// The properties that every twin bears, whatever its fields.
pub(crate) fn envelope(
    kind: &kinds::Kind,
    id: &Id,
    times: &Times,
    originator: &Id,
    marking_id: &str,
    tlp: Option<Tlp>,
) -> Map<String, Value> {
    let mut view = Map::new();
    let mut set = |name: &str, value: Value| view.insert(name.to_owned(), value);
    set("type", json!(kind.name));
    set("spec_version", json!("2.1"));
    set("id", json!(id.as_str()));
    if kind.family != kinds::Family::Observable {
        set("created", json!(times.created.as_str()));
        set("modified", json!(times.modified.as_str()));
        set("created_by_ref", json!(originator.as_str()));
    }
    let tlp = tlp.unwrap_or(Tlp::AmberStrict).marking_id();
    set("object_marking_refs", json!([marking_id, tlp]));
    view
}
