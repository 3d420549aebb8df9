//! Twins: identifiers of their own, their envelope, the marking made for the partner.

use enlace_policy::{Onward, OnwardTerm, Policy, kinds};
use enlace_stix::marking::{self, Effective, Handling, Tlp};
use enlace_stix::{Id, Object, Timestamp, types};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

const DAY_US: i64 = 86_400_000_000;
/// 9999-12-31.
const LAST_DAY: i64 = 2_932_896;

fn day(time: &Timestamp) -> i64 {
    time.micros().div_euclid(DAY_US)
}

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
    pub(crate) fn expires_us(&self, policy: &Policy, effective: &Effective) -> i64 {
        let agreed = self.days_later(u64::from(policy.terms().retention.days));
        let demanded = effective.retention_days.map(|days| self.days_later(days));
        let until = effective.retention_until.as_ref().map(day);
        let ends = demanded.into_iter().chain(until).fold(agreed, i64::min);
        ends.saturating_mul(DAY_US)
    }

    /// The day on which the recipient must look again whether it needs the object, no later than
    /// that of the end: by the agreement or by the markings of the original.
    fn review_day(&self, policy: &Policy, effective: &Effective, expires_us: i64) -> Option<i64> {
        let agreed = policy.terms().retention.review_days.map(u64::from);
        let agreed = agreed.map(|days| self.days_later(days));
        let demanded = effective.review_due.as_ref().map(day);
        let due = agreed.into_iter().chain(demanded).min()?;
        Some(due.min(expires_us.div_euclid(DAY_US)))
    }

    /// The first day that begins at least so many days after the first release.
    fn days_later(&self, days: u64) -> i64 {
        let days = i64::try_from(days).unwrap_or(i64::MAX).saturating_add(1);
        // What a date can say; a marking may name any number.
        day(&self.created).saturating_add(days).min(LAST_DAY)
    }
}

/// The marking made for this partner: names only that partner.
pub(crate) fn marking(
    policy: &Policy,
    partner: &str,
    purpose: &str,
    effective: &Effective,
    times: &Times,
    originator: &Id,
    key: &[u8],
) -> Map<String, Value> {
    let terms = policy.terms();
    let mut handling: Vec<Handling> =
        effective.handling.iter().chain(&terms.handling.stamp).copied().collect();
    handling.sort();
    handling.dedup();
    let (onward, in_advance) = onward(&terms.onward, effective);
    let expires_us = times.expires_us(policy, effective);
    // Retention ends with a day, so the date says it all.
    let date =
        |us: i64| -> String { Timestamp::from_micros(us).as_str().chars().take(10).collect() };
    let review = times.review_day(policy, effective, expires_us);
    let mut body = json!({
        "extension_type": "property-extension",
        "tlp": effective.tlp.unwrap_or(Tlp::AmberStrict),
        "handling": handling,
        "releasable_to": [partner],
        "purposes": [purpose],
        "onward": onward,
        "retention_until": date(expires_us),
    });
    if let Some(body) = body.as_object_mut() {
        let mut also = |name: &str, value: Option<Value>| {
            body.extend(value.map(|value| (name.to_owned(), value)));
        };
        also("caveats", (!effective.caveats.is_empty()).then(|| json!(effective.caveats)));
        also("pap", effective.pap.map(|pap| json!(pap.name())));
        also("onward_recipients", (!in_advance.is_empty()).then(|| json!(in_advance)));
        also("review_due", review.map(|day| json!(date(day.saturating_mul(DAY_US)))));
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

/// Class of recipients that the schema of `consent` names.
const PARTIES: &str = "parties-of-agreement";

/// The rule of passing on as the twin says it, and to whom it is consented in advance: by the
/// agreement, as far as the markings of the original do not say less.
fn onward(term: &OnwardTerm, effective: &Effective) -> (&'static str, Vec<String>) {
    let agreed = match term.rule {
        Onward::None => return ("none", Vec::new()),
        Onward::WithConsent => Vec::new(),
        Onward::PartiesOnly => vec![PARTIES.to_owned()],
        Onward::Classes => term.classes.clone(),
    };
    if effective.onward == Some(marking::Onward::Never) {
        return ("none", Vec::new());
    }
    let demanded = effective.onward_recipients.as_ref();
    let mut in_advance: Vec<String> = agreed
        .into_iter()
        .filter(|class| demanded.is_none_or(|demanded| demanded.contains(class)))
        .collect();
    in_advance.sort();
    in_advance.dedup();
    ("with-consent", in_advance)
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
