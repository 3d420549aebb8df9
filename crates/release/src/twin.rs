//! Twins: identifiers of their own, their envelope, the marking made for the partner.

use enlace_policy::{Clause, Onward, OnwardTerm, Policy, kinds};
use enlace_stix::marking::{self, Effective, Handling, Tlp};
use enlace_stix::{Id, Object, Timestamp, types};
use hmac::{Hmac, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::build::valid;
use crate::closure::Alive;
use crate::exit::{Exit, Had};
use crate::judge::Form;
use crate::seal::Released;

const DAY_US: i64 = 86_400_000_000;
/// 9999-12-31.
const LAST_DAY: i64 = 2_932_896;

fn day(time: &Timestamp) -> i64 {
    time.micros().div_euclid(DAY_US)
}

/// What is said before an original's id, so that no other HMAC of this key is one of a twin.
pub(crate) const TWIN: &[u8] = b"enlace twin 1\0";
/// The same for markings.
pub(crate) const MARKING: &[u8] = b"enlace marking 2\0";

/// What every release bears: targeting is no purpose of any.
const NEVER: &str = "not for targeting";

/// HMAC-SHA256 cut to a UUID of version 4.
pub(crate) fn shaped(mac: Option<Hmac<Sha256>>) -> uuid::Uuid {
    let mut bytes = [0_u8; 16];
    if let Some(mac) = mac {
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
    pub(crate) first: Timestamp,
    /// `created` of the twin.
    pub(crate) created: String,
    /// `modified` of the twin.
    pub(crate) modified: String,
}

impl Times {
    /// The times of an object that leaves now in this form; `had`: what the partner has under
    /// its id.
    pub(crate) fn of(exit: &Exit<'_>, object: &Object, form: Form, had: Option<&Had<'_>>) -> Self {
        let now = &exit.now;
        let first = had.map_or(now, |had| had.first).clone();
        let text = |name: &str| object.text(name).unwrap_or_default().to_owned();
        let (created, modified) = match (form, had) {
            // The version is another's to number.
            (Form::Foreign, _) => (text("created"), text("modified")),
            (_, None) => (now.to_string(), now.to_string()),
            (_, Some(had)) => {
                let last = had.modified.micros().saturating_add(1000);
                let next = Timestamp::from_micros(last).to_millis();
                (first.to_string(), if next > *now { next } else { now.clone() }.to_string())
            }
        };
        Self { first, created, modified }
    }

    /// Day of the first release, since the epoch.
    pub(crate) fn first_day(&self) -> i64 {
        day(&self.first)
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
        self.first_day().saturating_add(days).min(LAST_DAY)
    }
}

/// The marking of twins, made for this partner.
pub(crate) struct Stamp {
    /// Its id.
    pub(crate) id: String,
    /// As it leaves.
    pub(crate) released: Released,
    /// End of the retention that it states, microseconds since the epoch.
    pub(crate) expires_us: i64,
}

/// Makes the marking; what is not valid, or would be over when it arrives, withholds.
pub(crate) fn stamp(
    exit: &Exit<'_>,
    effective: &Effective,
    times: &Times,
    named_as: Option<&str>,
) -> Result<Stamp, Vec<Clause>> {
    let expires_us = times.expires_us(exit.policy(), effective);
    if expires_us <= exit.context.now_us {
        let clause = &exit.policy().terms().retention.clause;
        return Err(vec![Clause::agreement(clause, "clause-retention-over")]);
    }
    let object = valid(marking(exit, effective, times, named_as))?;
    let id = object.id().to_string();
    let released = Released::wrap(&object, &id, &exit.to, expires_us);
    Ok(Stamp { id, released, expires_us })
}

/// The marking made for this partner: names only that partner.
fn marking(
    exit: &Exit<'_>,
    effective: &Effective,
    times: &Times,
    named_as: Option<&str>,
) -> Map<String, Value> {
    let policy = exit.policy();
    let (partner, purpose) = (exit.context.partner, exit.context.purpose);
    let originator = exit.context.own_identity.id();
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
        "releasable_to": [partner],
        "purposes": [purpose],
        "onward": onward,
        "retention_until": date(expires_us),
    });
    // An agreement lets nothing out that bears another caveat; a danger to life does, and then the
    // caveat's own words stay.
    let allowed = |caveat: &&String| terms.handling.caveats.contains(caveat);
    let caveats: Vec<&String> = effective.caveats.iter().filter(allowed).collect();
    if let Some(body) = body.as_object_mut() {
        let mut also = |name: &str, value: Option<Value>| {
            body.extend(value.map(|value| (name.to_owned(), value)));
        };
        // A list that is there says something.
        also("handling", (!handling.is_empty()).then(|| json!(handling)));
        also("caveats", (!caveats.is_empty()).then(|| json!(caveats)));
        also("pap", effective.pap.map(|pap| json!(pap.name())));
        also("onward_recipients", (!in_advance.is_empty()).then(|| json!(in_advance)));
        also("review_due", review.map(|day| json!(date(day.saturating_mul(DAY_US)))));
    }
    let agreement = policy.agreement();
    let mut seed = format!("{}\0{}", agreement.id, enlace_stix::canonical::to_string(&body));
    if let Some(name) = named_as {
        seed.push('\0');
        seed.push_str(name);
    }
    let id = exit.marking_id(&seed);
    let mut view = Map::from_iter([
        ("type".to_owned(), json!("marking-definition")),
        ("spec_version".to_owned(), json!("2.1")),
        ("id".to_owned(), json!(id.as_str())),
        // Known to the partner, and the same at each release.
        ("created".to_owned(), json!(agreement.created.to_millis().as_str())),
        ("created_by_ref".to_owned(), json!(originator.as_str())),
        ("name".to_owned(), json!(agreement.title())),
        ("extensions".to_owned(), json!({ types::definition_id("handling"): body })),
    ]);
    // Any STIX tool shows it. Whose information it is comes in the words of the consent
    // (STIX 2.1 §2.5: a name alone is no reference).
    let mut said = vec![json!({ "source_name": "enlace", "description": NEVER })];
    said.extend(named_as.map(|name| json!({ "source_name": name, "description": "originator" })));
    view.insert("external_references".to_owned(), said.into());
    view
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
    alive: &Alive<'_>,
    original: &Object,
    originator: &Id,
) -> Map<String, Value> {
    let kind = alive.of.kind;
    let mut view = Map::new();
    let mut set = |name: &str, value: Value| view.insert(name.to_owned(), value);
    set("type", Value::from(kind.name));
    set("spec_version", Value::from("2.1"));
    set("id", Value::from(alive.twin.as_str()));
    if kind.family != kinds::Family::Observable {
        set("created", Value::from(alive.times.created.as_str()));
        set("modified", Value::from(alive.times.modified.as_str()));
        match alive.form {
            Form::Foreign => {
                let by = original.get("created_by_ref");
                by.into_iter().for_each(|by| drop(set("created_by_ref", by.clone())));
            }
            _ => drop(set("created_by_ref", Value::from(originator.as_str()))),
        }
    }
    view
}

/// Puts the marking on a twin, and the colour of everything that is left of it.
pub(crate) fn mark(view: &mut Map<String, Value>, stamp: &Stamp, effective: &Effective) {
    let tlp = effective.tlp.unwrap_or(Tlp::AmberStrict).marking_id();
    let marks = vec![Value::from(stamp.id.as_str()), Value::from(tlp)];
    view.insert("object_marking_refs".to_owned(), Value::Array(marks));
}
