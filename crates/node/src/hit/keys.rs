//! Under which keys a thing is looked for: the same on both sides, or nothing is found.
//!
//! What each kind tells beside hit and no hit stands in docs/design/match.md.

use enlace_case::{MOST_RADIUS_M, MOST_WINDOW_US, Operation};
use enlace_oprf::Value;
use enlace_policy::kinds::{OPERATION, PERSON};
use enlace_stix::identifier::{Context, Kind, firearm_keys, normalise};
use enlace_stix::{Object, Timestamp};
use enlace_store::text::fold;
use serde_json::Value as Json;

/// Firearms, by serial with maker, model or calibre.
const FIREARM: &str = "firearm-serial";
/// Names of a person that are looked for: with two keys each they fill one query.
const NAMES: usize = 4;

/// A key with the kind that the agreement opens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MatchKey {
    pub(crate) kind: String,
    pub(crate) key: String,
}

/// On which side a key is made: a person's birth is written in several ways there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// What is held and may be found.
    Held,
    /// What is looked for.
    Asked,
}

/// What somebody asks about by its value.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MatchValue {
    /// `person`, or the kind of an identifier (`enlace_stix::identifier::Kind`).
    pub kind: String,
    /// The number, address or name.
    pub value: String,
    /// Country of a number plate, telephone number or document.
    pub country: Option<String>,
    /// Which document or register: `passport`.
    pub scheme: Option<String>,
    /// Of a person: `YYYY-MM-DD`, or `YYYY` where only the year is known.
    pub birth_date: Option<String>,
    /// Maker of a firearm.
    pub maker: Option<String>,
    /// Model of a firearm.
    pub model: Option<String>,
    /// Calibre of a firearm.
    pub calibre: Option<String>,
    /// Beginning of a planned operation, a timestamp; its place is the value, `LATITUDE,LONGITUDE`.
    pub from: Option<String>,
    /// Its end.
    pub until: Option<String>,
    /// How wide around the place, in metres.
    pub radius: Option<String>,
}

impl MatchKey {
    fn new(kind: &str, key: String) -> Self {
        Self { kind: kind.to_owned(), key }
    }

    /// As the protocol takes it.
    pub(crate) fn value(&self) -> Option<Value> {
        Value::new(&self.kind, &self.key).ok()
    }
}

/// The keys of an object, sorted, each once.
pub(crate) fn keys_of(object: &Object, side: Side) -> Vec<MatchKey> {
    let mut keys = Vec::new();
    for (kind, key) in object.identifier_keys() {
        // A serial alone is nobody's: it is looked for with what must agree.
        if !kind.starts_with(FIREARM) {
            keys.push(MatchKey::new(kind, key));
        }
    }
    if object.kind() == "firearm" {
        let text = |name: &str| object.text(name);
        let status = text("serial_status").unwrap_or("readable");
        let serial = text("serial").filter(|_| status == "readable").unwrap_or_default();
        let beside = [text("manufacturer"), text("model"), text("calibre")];
        keys.extend(firearm(serial, beside));
    }
    if object.kind() == "indicator" {
        keys.extend(pattern(object.text("pattern").unwrap_or_default()));
    }
    if let Some(person) = object.person() {
        let names = person.get("names").and_then(Json::as_array);
        let weak = |name: &&Json| name.get("strength").and_then(Json::as_str) == Some("weak");
        let names = names.into_iter().flatten().filter(|name| !weak(name));
        let names = names.filter_map(|name| name.get("full").and_then(Json::as_str));
        let names: Vec<&str> = object.text("name").into_iter().chain(names).collect();
        let birth = person.get("birth_date").and_then(Json::as_str);
        keys.extend(person_keys(&names, birth, side));
    }
    keys.sort();
    keys.dedup();
    keys
}

/// The keys of a value that somebody asks about; none: it cannot be looked for.
pub(crate) fn keys_of_value(asked: &MatchValue) -> Vec<MatchKey> {
    let value = asked.value.trim();
    match asked.kind.as_str() {
        PERSON => person_keys(&[value], asked.birth_date.as_deref(), Side::Asked),
        OPERATION => operations_of_value(asked)
            .iter()
            .flat_map(Operation::asked_keys)
            .map(|key| MatchKey::new(OPERATION, key))
            .collect(),
        FIREARM => {
            let beside = [&asked.maker, &asked.model, &asked.calibre].map(Option::as_deref);
            firearm(value, beside)
        }
        kind => {
            let Some(kind) = Kind::from_name(kind) else { return Vec::new() };
            let (country, scheme) = (asked.country.as_deref(), asked.scheme.as_deref());
            let key = normalise(kind, value, Context { country, scheme }).key;
            let found = (!key.is_empty()).then(|| MatchKey::new(kind.name(), key));
            found.into_iter().collect()
        }
    }
}

/// Radius of an operation that says none, in metres.
const RADIUS_M: i64 = 500;
/// Most days of one operation; what is planned longer is several.
const MOST_DAYS: usize = 31;

/// The key of an operation that is held, for each day of it.
pub(crate) fn operation_held(
    place: &Object,
    from: Option<&str>,
    until: Option<&str>,
) -> Vec<MatchKey> {
    let degrees = |name: &str| place.get(name).and_then(Json::as_f64);
    let (Some(latitude), Some(longitude)) = (degrees("latitude"), degrees("longitude")) else {
        return Vec::new();
    };
    let radius = place.get("precision").and_then(Json::as_f64).map(|metres| metres as i64);
    let all = operations((latitude, longitude), radius, from, until);
    all.iter().map(|one| MatchKey::new(OPERATION, one.held_key())).collect()
}

fn operations_of_value(asked: &MatchValue) -> Vec<Operation> {
    let Some((latitude, longitude)) = asked.value.split_once(',') else { return Vec::new() };
    let degrees = |text: &str| text.trim().parse::<f64>().ok();
    let (Some(latitude), Some(longitude)) = (degrees(latitude), degrees(longitude)) else {
        return Vec::new();
    };
    let radius = asked.radius.as_deref().and_then(|radius| radius.trim().parse().ok());
    operations((latitude, longitude), radius, asked.from.as_deref(), asked.until.as_deref())
}

/// An operation in pieces of a day; none where it is no place or time that can be asked about.
fn operations(
    (latitude, longitude): (f64, f64),
    radius: Option<i64>,
    from: Option<&str>,
    until: Option<&str>,
) -> Vec<Operation> {
    let instant = |text: &str| text.parse::<Timestamp>().ok().map(|time| time.micros());
    let Some(mut from) = from.and_then(instant) else { return Vec::new() };
    let until = until.and_then(instant).unwrap_or_else(|| from.saturating_add(MOST_WINDOW_US));
    let millionths = |degrees: f64| (degrees * 1e6).round() as i64;
    let middle = (millionths(latitude), millionths(longitude));
    // A place that is not known better than that is asked about as far as it can be.
    let radius = radius.unwrap_or(RADIUS_M).clamp(0, MOST_RADIUS_M);
    let mut pieces = Vec::new();
    while from < until && pieces.len() < MOST_DAYS {
        let end = until.min(from.saturating_add(MOST_WINDOW_US));
        let Ok(piece) = Operation::new(middle, radius, (from, end)) else { return Vec::new() };
        pieces.push(piece);
        from = end;
    }
    pieces
}

/// A serial matches only with maker, model or calibre; one key for each.
fn firearm(serial: &str, beside: [Option<&str>; 3]) -> Vec<MatchKey> {
    let Some(keys) = firearm_keys(serial, "readable").filter(|keys| keys.mask.is_none()) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (what, said) in ["maker", "model", "calibre"].into_iter().zip(beside) {
        let said = marks(said.unwrap_or_default());
        let said = if what == "calibre" { said.trim_end_matches("mm") } else { &said };
        if !said.is_empty() {
            found.push(MatchKey::new(FIREARM, format!("{}/{what}/{said}", keys.k1)));
        }
    }
    found
}

/// Name and birth. A day is never compared with another day of its year: who knows the day asks for
/// the day and for records that say only the year, who knows the year for both ways to write it.
fn person_keys(names: &[&str], birth: Option<&str>, side: Side) -> Vec<MatchKey> {
    let Some(birth) = birth else { return Vec::new() };
    let Some(year) = birth.get(..4).filter(|y| y.bytes().all(|b| b.is_ascii_digit())) else {
        return Vec::new();
    };
    let (day, only) = (format!("day/{birth}"), format!("year/{year}"));
    let within = format!("within/{year}");
    let births = match (birth.len() == 10, side) {
        (true, Side::Held) => [day, within],
        (true, Side::Asked) => [day, only],
        (false, Side::Held) => [only.clone(), only],
        (false, Side::Asked) => [only, within],
    };
    let mut known: Vec<String> = Vec::new();
    for name in names {
        let name = name_key(name);
        if !name.is_empty() && !known.contains(&name) && known.len() < NAMES {
            known.push(name);
        }
    }
    let mut keys = Vec::new();
    for name in known {
        for birth in &births {
            keys.push(MatchKey::new(PERSON, format!("{name}/{birth}")));
        }
    }
    keys.dedup();
    keys
}

/// The words of a name without accents, in an order of their own; one word alone is no name.
fn name_key(name: &str) -> String {
    let folded = fold(name);
    let mut words: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.sort_unstable();
    if words.len() < 2 { String::new() } else { words.join(" ") }
}

/// Letters and digits without accents.
fn marks(text: &str) -> String {
    fold(text).chars().filter(|c| c.is_alphanumeric()).collect()
}

/// The values that a STIX pattern compares with: `[domain-name:value = 'x.example']`.
fn pattern(pattern: &str) -> Vec<MatchKey> {
    let mut keys = Vec::new();
    for part in pattern.split(['[', ']', '(', ')']).flat_map(comparisons) {
        let Some((path, rest)) = part.split_once('=') else { continue };
        if path.ends_with(['!', '<', '>']) {
            continue;
        }
        let value = rest.trim().trim_start_matches('\'').trim_end_matches('\'');
        let kind = match path.trim() {
            "domain-name:value" => Kind::Domain,
            "ipv4-addr:value" | "ipv6-addr:value" => Kind::Ip,
            "url:value" => Kind::Url,
            "email-addr:value" => Kind::Email,
            "mac-addr:value" => Kind::Mac,
            path if path.starts_with("file:hashes") => Kind::Hash,
            _ => continue,
        };
        let scheme = path.split(['\'', '.']).rfind(|s| !s.trim().is_empty());
        let scheme = scheme.map(str::trim).filter(|_| kind == Kind::Hash);
        let key = normalise(kind, value, Context { country: None, scheme }).key;
        if !key.is_empty() {
            keys.push(MatchKey::new(kind.name(), key));
        }
    }
    keys
}

/// The comparisons of one part of a pattern.
fn comparisons(part: &str) -> impl Iterator<Item = &str> {
    part.split(" AND ").flat_map(|part| part.split(" OR "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use enlace_stix::types::definition_id;
    use serde_json::json;

    fn person(name: &str, birth: &str, side: Side) -> Vec<String> {
        let id = "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff";
        let body = json!({"extension_type": "property-extension", "birth_date": birth,
            "names": [{"full": name}, {"full": "El Zorro Chico", "strength": "weak"}]});
        let object = json!({"type": "identity", "id": id, "name": name,
            "extensions": {definition_id("person"): body}});
        let object = Object::parse(&object.to_string()).unwrap();
        keys_of(&object, side).into_iter().map(|one| one.key).collect()
    }

    fn meet(held: (&str, &str), asked: (&str, &str)) -> bool {
        let held = person(held.0, held.1, Side::Held);
        person(asked.0, asked.1, Side::Asked).iter().any(|key| held.contains(key))
    }

    #[test]
    fn a_person_is_found_by_name_and_birth_and_never_by_another_day() {
        let held = ("Elena Paz Núñez", "1980-02-03");
        assert!(meet(held, ("PAZ NUNEZ, Elena", "1980-02-03")), "order, case, accents");
        assert!(meet(held, ("Elena Paz Núñez", "1980")), "the asker knows the year");
        assert!(meet(("Elena Paz Núñez", "1980"), ("Elena Paz Núñez", "1980-02-03")));
        assert!(meet(("Elena Paz Núñez", "1980-02"), ("Elena Paz Núñez", "1980")));
        assert!(!meet(held, ("Elena Paz Núñez", "1980-02-04")), "another day of the year");
        assert!(!meet(held, ("Elena Paz", "1980-02-03")), "a part of a name is no name");
        assert!(person("Elena", "1980-02-03", Side::Held).is_empty(), "one word is no name");
    }

    #[test]
    fn one_person_fits_into_one_query() {
        let keys = person("Elena Paz", "1980-02-03", Side::Asked);
        assert!(keys.len() <= enlace_oprf::Class::One.elements(), "{keys:?}");
        assert!(keys.iter().all(|key| !key.contains("zorro")), "weak aliases are not looked for");
    }

    #[test]
    fn a_firearm_is_not_found_by_its_serial_alone() {
        let mut asked = MatchValue {
            kind: FIREARM.to_owned(),
            value: "ab-1O2".to_owned(),
            ..MatchValue::default()
        };
        assert!(keys_of_value(&asked).is_empty());
        asked.maker = Some("Norte Armas".to_owned());
        asked.calibre = Some("9 x 19 mm".to_owned());
        let keys: Vec<String> = keys_of_value(&asked).into_iter().map(|one| one.key).collect();
        assert_eq!(keys, ["AB102/maker/nortearmas", "AB102/calibre/9x19"]);
        let object = json!({"type": "firearm", "id": "firearm--f431f809-377b-45e0-aa1c-6a4751cae5ff",
            "serial": "AB102", "serial_status": "readable", "calibre": "9x19"});
        let held = keys_of(&Object::parse(&object.to_string()).unwrap(), Side::Held);
        assert_eq!(held.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), [&keys[1]]);
    }

    #[test]
    fn an_indicator_is_found_by_what_its_pattern_compares_with() {
        let text = "[domain-name:value = 'Evil.example' OR ipv4-addr:value = '192.0.2.7'] AND \
                    [file:hashes.'SHA-256' = 'AAAABBBBCCCCDDDDAAAABBBBCCCCDDDDAAAABBBBCCCCDDDDAAAABBBBCCCCDDDD']";
        let found: Vec<String> = pattern(text).into_iter().map(|one| one.kind).collect();
        assert_eq!(found, ["domain", "ip", "hash"]);
        assert!(pattern("[domain-name:value != 'evil.example']").is_empty());
    }
}
