//! The fast path beside the reference: what leaves, in which form, and why the rest stays.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use enlace_policy::{Agreement, Policy, PrivateRules, state};
use enlace_release::{
    Candidate, Consent, Context, Flattened, Imprint, Outcome, Plan, Previous, Silence, Unspeakable,
    Verdict, plan,
};
use enlace_stix::{Object, Timestamp, validate};
use serde_json::{Value, json};

use crate::generate::case::{self, Case};
use crate::generate::{granular, terms};
use crate::model::object;
use crate::reference::{self, Question, Twin, World, public_identity, types};

/// An agreement, compiled, and what the node holds beside it.
pub struct Node {
    pub agreement: Value,
    pub private: Vec<Value>,
    pub definitions: BTreeMap<String, Value>,
    held: HashMap<String, Object>,
    parsed: Agreement,
    pub policy: Policy,
}

impl Node {
    /// The node of this number, its policy compiled by `compile`.
    pub fn new(number: u64, compile: impl Fn(&Agreement, &PrivateRules) -> Policy) -> Self {
        Self::of(number, terms::agreement(number), terms::private(number), compile)
    }

    /// A node under this agreement, with a private rule of each kind.
    pub fn under(agreement: Value, compile: impl Fn(&Agreement, &PrivateRules) -> Policy) -> Self {
        let caveat = &granular::definitions(0)[granular::WITH_CAVEAT];
        let caveat = &caveat["extensions"][types::HANDLING]["caveats"][0];
        let private = vec![
            json!({ "name": "no-accounts", "type": "bank-account" }),
            json!({ "name": "no-caveat", "caveat": caveat }),
            json!({ "name": "no-contacts", "category": "contact" }),
        ];
        Self::of(0, agreement, private, compile)
    }

    /// A node under this agreement without a rule of its own.
    pub fn plain(agreement: Value, compile: impl Fn(&Agreement, &PrivateRules) -> Policy) -> Self {
        Self::of(0, agreement, Vec::new(), compile)
    }

    fn of(
        number: u64,
        agreement: Value,
        private: Vec<Value>,
        compile: impl Fn(&Agreement, &PrivateRules) -> Policy,
    ) -> Self {
        let parsed = Agreement::from_object(&object(agreement.clone()))
            .unwrap_or_else(|error| panic!("agreement {number}: {error:?}"));
        let rules = serde_json::from_value(json!({ "forbid": private })).unwrap();
        let bodies = granular::definitions(number);
        let definitions: BTreeMap<String, Value> = bodies
            .into_iter()
            .enumerate()
            .map(|(i, body)| (crate::model::id("marking-definition", i), body))
            .collect();
        let held =
            definitions.iter().map(|(id, body)| (id.clone(), object(body.clone()))).collect();
        let policy = compile(&parsed, &rules);
        Self { agreement, private, definitions, held, parsed, policy }
    }

    /// The marking definition that it holds under this id.
    pub fn held(&self, id: &str) -> Option<&Object> {
        self.held.get(id)
    }

    /// Ids of the rules of its policy.
    pub fn rule_ids(&self) -> Vec<String> {
        let rules = serde_json::from_value(json!({ "forbid": self.private })).unwrap();
        Policy::rule_ids(&self.parsed, &rules)
    }

    pub fn compiled(number: u64) -> Self {
        Self::new(number, |agreement, private| Policy::compile(agreement, private).unwrap())
    }

    /// Plans the release with the fast path; `had`: what earlier plans published.
    pub fn plan(&self, case: &Case, had: &BTreeMap<String, Previous>) -> Plan {
        let signatures: Vec<(&str, bool)> =
            case.signed.iter().map(|k| (k.as_str(), true)).collect();
        let state = state(&self.parsed, &signatures, case.now_us);
        // The dates have a rule of their own, which must hold by itself.
        use enlace_policy::AgreementState as S;
        let running = matches!(state, S::Active | S::NotYetValid | S::Expired);
        let active = running && !case.suspended;
        let set: Vec<Candidate> = case
            .originals
            .iter()
            .map(|o| Candidate {
                held_back: o.held,
                flattened: o
                    .copy
                    .clone()
                    .map(|copy| Flattened { bytes: copy.bytes, mime: copy.mime.to_owned() }),
                consent: match &o.consent {
                    reference::Consent::None => Consent::None,
                    reference::Consent::Whole => Consent::Whole,
                    reference::Consent::Redacted(name) => {
                        Consent::Redacted { named_as: name.clone() }
                    }
                },
                ..Candidate::new(object(o.object.clone()), o.own)
            })
            .collect();
        let time = |us: i64| Timestamp::from_micros(us).to_millis();
        let mut previous: BTreeMap<String, Previous> = BTreeMap::new();
        for (id, p) in &case.previous {
            let before = Previous {
                twin: p.twin.parse().unwrap(),
                created: time(p.created_us),
                modified: time(p.modified_us),
                content_hash: "0".repeat(64),
                recalled: p.recalled,
                copy: p.copy.as_ref().map(imprint),
            };
            previous.insert(id.clone(), before);
        }
        previous.extend(had.clone());
        let find = |id: &str| self.held.get(id);
        let mut silence = Silence::default();
        case.originals.iter().for_each(|o| silence.add(&object(o.object.clone())));
        case.outside.iter().for_each(|(o, _)| silence.add(&object(o.clone())));
        let knows = |id: &str| case.outside.iter().any(|(o, knows)| *knows && o["id"] == id);
        plan(
            &set,
            &Context {
                policy: &self.policy,
                partner: &case.partner,
                purpose: &case.purpose,
                active,
                vetted: case.vetted,
                offence: case.offence.as_deref(),
                reasoned: case.reasoned,
                own_identity: &object(case.identity.clone()),
                twin_key: b"key of this partner and lineage",
                now_us: case.now_us,
                previous: &previous,
                definition: &find,
                unspeakable: Some(Unspeakable { silences: &[&silence], knows: &knows }),
            },
        )
    }

    /// What the reference says.
    pub fn reference(&self, case: &Case) -> BTreeMap<String, reference::Outcome> {
        let parties = self.agreement["parties"].as_array().unwrap();
        let signed = |p: &Value| case.signed.iter().any(|key| p["key_id"] == *key);
        let world = World {
            question: Question {
                agreement: &self.agreement,
                private: &self.private,
                definitions: &self.definitions,
                partner: &case.partner,
                purpose: &case.purpose,
                now_us: case.now_us,
                active: parties.iter().all(signed) && !case.suspended,
                vetted: case.vetted,
                offence: case.offence.as_deref(),
                reasoned: case.reasoned,
            },
            identity: &case.identity,
            previous: &case.previous,
            outside: &case.outside,
            valid: &is_valid,
        };
        reference::release(&case.originals, &world)
    }

    /// Where the two differ; empty = nowhere. `seen` is shown every plan.
    pub fn differences(&self, case: &Case, seen: &mut dyn FnMut(&Plan)) -> Vec<String> {
        let plan = self.plan(case, &BTreeMap::new());
        seen(&plan);
        let mut found = compare(case, &plan, &self.reference(case), &BTreeMap::new());
        let Some(seed) = case.again.filter(|_| found.is_empty()) else { return found };
        let (had, sent) = published(case, &plan);
        let mut known = case.previous.clone();
        for (id, p) in &had {
            let previous = reference::Previous {
                twin: p.twin.to_string(),
                created_us: p.created.micros(),
                modified_us: p.modified.micros(),
                recalled: false,
                copy: copy_of(case, id),
            };
            known.insert(id.clone(), previous);
        }
        let later = case::later(case, seed, known);
        let plan = self.plan(&later, &had);
        seen(&plan);
        found = compare(&later, &plan, &self.reference(&later), &sent);
        found.iter_mut().for_each(|text| text.push_str(" (the second time)"));
        found
    }
}

/// What the node remembers of a plan that was carried out, and what the partner has of it.
fn published(case: &Case, plan: &Plan) -> (BTreeMap<String, Previous>, BTreeMap<String, Value>) {
    let (mut had, mut sent) = (BTreeMap::new(), BTreeMap::new());
    let now = Timestamp::from_micros(case.now_us).to_millis();
    for released in &plan.released {
        let time = |text: Option<&str>| text.map_or(now.clone(), |text| text.parse().unwrap());
        // What has no version of its own counts as later than what the partner had under its id.
        let same = case.previous.values().filter(|p| p.twin == released.id().as_str());
        let last = same.map(|p| p.modified_us).max().map(|last| last + 1_000);
        let next = Timestamp::from_micros(last.unwrap_or(case.now_us).max(case.now_us)).to_millis();
        let previous = Previous {
            twin: released.id().clone(),
            created: match case.previous.get(released.original().unwrap()) {
                Some(p) => Timestamp::from_micros(p.created_us).to_millis(),
                None => time(released.created()),
            },
            modified: released.modified().map_or(next, |text| text.parse().unwrap()),
            content_hash: released.content_hash().to_owned(),
            recalled: false,
            copy: copy_of(case, released.original().unwrap()).as_ref().map(imprint),
        };
        had.insert(released.original().unwrap().to_owned(), previous);
        sent.insert(released.id().to_string(), serde_json::from_str(released.bytes()).unwrap());
    }
    (had, sent)
}

/// The copy with which an artifact of the set leaves.
fn copy_of(case: &Case, id: &str) -> Option<reference::Told> {
    let mut all = case.originals.iter().filter(|o| o.object["id"] == id);
    let copy = all.find_map(|o| o.copy.as_ref());
    copy.filter(|_| id.starts_with("artifact--")).map(reference::Told::of)
}

fn imprint(told: &reference::Told) -> Imprint {
    let reference::Told { sha256, size, mime } = told.clone();
    Imprint { sha256, size: size as u64, mime: mime.to_owned() }
}

fn is_valid(value: &Value) -> bool {
    let Ok(object) = Object::parse(&value.to_string()) else { return false };
    validate::object(&object).iter().all(|finding| finding.level != validate::Level::Must)
}

/// Where plan and reference differ, in words for whoever looks for the error.
fn compare(
    case: &Case,
    plan: &Plan,
    expected: &BTreeMap<String, reference::Outcome>,
    sent: &BTreeMap<String, Value>,
) -> Vec<String> {
    let mut found = Vec::new();
    let mut released: BTreeMap<&str, Value> = plan
        .released
        .iter()
        .map(|r| (r.id().as_str(), serde_json::from_str(r.bytes()).unwrap()))
        .collect();
    let news: BTreeSet<&str> = released.keys().copied().collect();
    for (id, object) in sent {
        released.entry(id).or_insert_with(|| object.clone());
    }
    let mut back: BTreeMap<String, String> = BTreeMap::new();
    for entry in &plan.objects {
        if let Outcome::Released { twin } | Outcome::Unchanged { twin } = &entry.outcome {
            let original = entry.original.to_string();
            if let Some(reference::Outcome::Released(expected)) = expected.get(&original)
                && expected.id == original
                && !expected.keeps_id
            {
                back.insert(twin.to_string(), original);
            }
        }
    }
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut seen = 0;
    for entry in &plan.objects {
        let original = entry.original.as_str();
        if case.identity["id"] == original {
            continue;
        }
        seen += 1;
        let Some(expected) = expected.get(original) else {
            found.push(format!("{original}: the reference does not know it"));
            continue;
        };
        match (&entry.outcome, expected) {
            (Outcome::Withheld(fast), reference::Outcome::Withheld { clauses, decided }) => {
                let ids: BTreeSet<String> = fast.clauses.iter().map(|c| c.id.clone()).collect();
                // Nothing of it may be missing, and something is: which part is told first is no matter.
                let whole = clauses.contains(reference::NOT_WHOLE);
                let equal = match decided {
                    _ if whole => !ids.is_empty(),
                    true => ids == *clauses,
                    // What lacks something is no valid STIX either.
                    false => {
                        let mut clauses = clauses.clone();
                        if clauses.contains("closure.required")
                            || clauses.contains("default.invalid")
                        {
                            clauses
                                .extend(["closure.required", "default.invalid"].map(str::to_owned));
                        }
                        !ids.is_empty() && ids.is_subset(&clauses)
                    }
                };
                if !equal {
                    found.push(format!("{original}: withheld by {ids:?}, reference {clauses:?}"));
                }
            }
            (Outcome::Withheld(fast), reference::Outcome::Released(_)) => {
                let ids: Vec<&str> = fast.clauses.iter().map(|c| c.id.as_str()).collect();
                let args: Vec<_> = fast.clauses.iter().map(|c| &c.args).collect();
                found.push(format!(
                    "{original}: withheld by {ids:?} {args:?}, reference releases it"
                ));
            }
            (
                Outcome::Released { .. } | Outcome::Unchanged { .. },
                reference::Outcome::Withheld { clauses, .. },
            ) => {
                found.push(format!("{original}: LEAVES, reference withholds it by {clauses:?}"));
            }
            (Outcome::Unchanged { twin }, reference::Outcome::Released(expected)) => {
                let Some(before) = sent.get(twin.as_str()) else {
                    found.push(format!("{original}: unchanged, although nothing like it was sent"));
                    continue;
                };
                // Of what the partner has only the time would be another.
                let mut before = before.clone();
                if before.get("modified").is_some() {
                    before["modified"] = expected.object["modified"].clone();
                }
                let twin = twin.as_str();
                found.extend(twin_differences(original, &before, &released, &back, expected, twin));
            }
            (Outcome::Released { twin }, reference::Outcome::Released(expected)) => {
                if let Some(before) = sent.get(twin.as_str()) {
                    let mut before = before.clone();
                    if before.get("modified").is_some() {
                        before["modified"] = expected.object["modified"].clone();
                    }
                    let twin = twin.as_str();
                    if twin_differences(original, &before, &released, &back, expected, twin)
                        .is_empty()
                    {
                        found.push(format!("{original}: sent again, although nothing changed"));
                    }
                }
                let Some(object) =
                    released.get(twin.as_str()).filter(|_| news.contains(twin.as_str()))
                else {
                    found.push(format!("{original}: its twin is not among what is released"));
                    continue;
                };
                used.insert(twin.to_string());
                used.extend(object["object_marking_refs"][0].as_str().map(str::to_owned));
                found.extend(twin_differences(
                    original,
                    object,
                    &released,
                    &back,
                    expected,
                    twin.as_str(),
                ));
                let expires = plan.released.iter().find(|r| r.id() == twin).unwrap().expires_us();
                if expires != expected.expires_us {
                    found.push(format!(
                        "{original}: kept until {expires}, not {}",
                        expected.expires_us
                    ));
                }
                let lines = entry.lines.iter().filter(|l| !l.path.is_empty());
                let lines: BTreeMap<String, &str> =
                    lines.map(|l| (l.path.clone(), name(l.verdict))).collect();
                for (path, verdict) in &expected.fields {
                    if lines.get(path) != Some(verdict) {
                        let fast = lines.get(path).unwrap_or(&"nothing");
                        found.push(format!("{original}: {path} is {fast}, reference {verdict}"));
                    }
                }
                for path in lines.keys().filter(|p| !types::ENVELOPE.contains(&p.as_str())) {
                    if !expected.fields.contains_key(path) {
                        found.push(format!("{original}: a line for {path}, reference has none"));
                    }
                }
            }
        }
    }
    if seen != expected.len() {
        found.push(format!("{seen} originals reported, {} asked", expected.len()));
    }
    for (id, object) in &released {
        if *object == public_identity(&case.identity) {
            continue;
        }
        if news.contains(id) && !used.contains(*id) {
            found.push(format!("{id} leaves, and nobody asked for it"));
        }
    }
    found
}

fn name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Kept => "kept",
        Verdict::Changed => "changed",
        Verdict::Withheld => "withheld",
    }
}

fn twin_differences(
    original: &str,
    twin: &Value,
    released: &BTreeMap<&str, Value>,
    back: &BTreeMap<String, String>,
    expected: &Twin,
    id: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    if expected.keeps_id && id != original {
        found.push(format!("{original}: leaves under {id}"));
    }
    if expected.id == original && id == original && !expected.keeps_id {
        found.push(format!("{original}: leaves under its own id"));
    }
    let marking_id = twin["object_marking_refs"][0].as_str().unwrap_or_default();
    match released.get(marking_id) {
        None => found.push(format!("{original}: its marking is not among what is released")),
        Some(marking) => {
            let mut marking = marking.clone();
            marking.as_object_mut().unwrap().remove("id");
            if marking != expected.marking {
                found.push(format!("{original}: marked {marking}, reference {}", expected.marking));
            }
        }
    }
    let mut mapped = mapped(twin, "", back);
    mapped["object_marking_refs"] = json!([twin["object_marking_refs"][1]]);
    let wanted = self::mapped(&expected.object, "", back);
    if mapped != wanted {
        found.push(format!("{original}: leaves as {mapped}, reference {wanted}"));
    }
    found
}

/// Twin ids back to ids of originals; lists of references in their order.
fn mapped(value: &Value, name: &str, back: &BTreeMap<String, String>) -> Value {
    match value {
        Value::String(text) => json!(back.get(text).unwrap_or(text)),
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|v| mapped(v, name, back)).collect();
            if name.ends_with("_ref") || name.ends_with("_refs") {
                items.sort_by_key(ToString::to_string);
            }
            Value::Array(items)
        }
        Value::Object(members) => {
            members.iter().map(|(name, v)| (name.clone(), mapped(v, name, back))).collect()
        }
        // `10.0` and `10` are one number.
        Value::Number(number) => json!(number.as_f64()),
        other => other.clone(),
    }
}

/// The smallest case found that still differs: originals, properties and markings are taken away
/// one by one.
pub fn shrunk(node: &Node, case: &Case) -> Case {
    let mut best = case.clone();
    'again: loop {
        for smaller in case::smaller(&best) {
            if !node.differences(&smaller, &mut |_| {}).is_empty() {
                best = smaller;
                continue 'again;
            }
        }
        return best;
    }
}
