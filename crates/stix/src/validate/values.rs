//! Checks one value against its data type (chapter 2).

use serde_json::{Map, Number, Value};

use super::kinds::{Kind, Record, SAFE, Targets};
use super::report::{Path, Report};
use super::resolve::standard;
use super::{Rule, kinds::Family, language, rules, text};
use crate::{Timestamp, TimestampError, id};

impl Report {
    /// Checks `value` against `kind`; lists and dictionaries are walked.
    pub(super) fn value(&mut self, kind: Kind, value: &Value, path: &Path<'_>) {
        if value.is_null() {
            return self.add(rules::VALUE_NULL, path, value);
        }
        match kind {
            Kind::Boolean if !value.is_boolean() => self.wrong_kind(path, value, "a boolean"),
            Kind::Boolean => {}
            Kind::Integer(least, most) => self.integer(value, least, most, path),
            Kind::Number(least, most) => self.number(value, least, most, path),
            Kind::List(item) => self.list(*item, value, path),
            Kind::Record(record) => match value.as_object() {
                Some(members) => self.record(record, members, path),
                None => self.wrong_kind(path, value, "a dictionary"),
            },
            Kind::Dictionary | Kind::Content if !value.is_object() => {
                self.wrong_kind(path, value, "a dictionary");
            }
            Kind::Dictionary => self.content(value, path, Strict::Throughout),
            Kind::Content => self.content(value, path, Strict::Here),
            Kind::Scalar if value.is_string() => {}
            Kind::Scalar if value.is_number() => self.integer(value, -SAFE, SAFE, path),
            Kind::Scalar => self.wrong_kind(path, value, "an integer or a string"),
            Kind::Each(kind) => match value.as_object() {
                Some(members) => self.each(*kind, members, path),
                None => self.wrong_kind(path, value, "a dictionary"),
            },
            Kind::Hashes(closed) => match value.as_object() {
                Some(members) => self.hashes(members, closed, path),
                None => self.wrong_kind(path, value, "a dictionary of hashes"),
            },
            _ => match value.as_str() {
                Some(text) => self.string(kind, text, path),
                None => self.wrong_kind(path, value, "a string"),
            },
        }
    }

    pub(super) fn wrong_kind(&mut self, path: &Path<'_>, value: &Value, expected: &str) {
        self.expect_of_type(rules::VALUE_KIND, path, value, expected);
    }

    fn string(&mut self, kind: Kind, text: &str, path: &Path<'_>) {
        match kind {
            Kind::Time => self.time(text, path),
            Kind::Phrase if !text::is_phrase(text) => self.add(rules::KILL_CHAIN_NAME, path, text),
            Kind::Date if !text::is_date(text) => self.add(rules::DATE, path, text),
            Kind::Language => self.language(text, path),
            Kind::Hex if !text::is_hex(text) => self.add(rules::HEX, path, text),
            Kind::Sha256 if text.len() != 64 || !text::is_lower_hex(text) => {
                self.expect(rules::HEX, path, text, "64 digits of 0-9 and a-f (SHA-256)");
            }
            Kind::Binary if !text::is_base64(text) => self.add(rules::BINARY, path, text),
            Kind::Enum(values) if !values.contains(&text) => {
                let expected = format!("one of {}", values.join(", "));
                self.expect_of_type(rules::ENUM_VALUE, path, text, expected);
            }
            Kind::Ref(targets) => self.reference(targets, text, path),
            Kind::Term(vocabulary) => self.term(vocabulary, text, path),
            Kind::Form(syntax) => self.form_of(syntax, text, path),
            Kind::Identifier(kind) => self.identifier(kind, text, path),
            _ => {}
        }
    }

    fn time(&mut self, text: &str, path: &Path<'_>) {
        let rule = match Timestamp::check(text) {
            Ok(()) => return,
            Err(TimestampError::NotUtc(_)) => rules::TIME_NOT_UTC,
            Err(TimestampError::Malformed(_)) => rules::TIME_MALFORMED,
            Err(TimestampError::NoSuchTime(_)) => rules::TIME_NO_SUCH,
        };
        self.add(rule, path, text);
    }

    pub(super) fn language(&mut self, tag: &str, path: &Path<'_>) {
        if !language::is_tag(tag) {
            self.expect_of_type(rules::LANGUAGE, path, tag, rules::LANGUAGE.sentence);
        }
    }

    fn reference(&mut self, targets: Targets, text: &str, path: &Path<'_>) {
        let Some((kind, uuid)) = id::split(text) else {
            return self.add(rules::REFERENCE_MALFORMED, path, text);
        };
        if !id::is_rfc4122(uuid) {
            self.add(rules::ID_NOT_RFC4122, path, text);
        }
        if !targets.allow(kind) {
            self.expect_of_type(rules::REFERENCE_TARGET, path, text, targets.expected());
        }
    }

    /// A dictionary of values of one data type (§2.3).
    fn each(&mut self, kind: Kind, members: &Map<String, Value>, path: &Path<'_>) {
        if members.is_empty() {
            self.add(rules::DICTIONARY_EMPTY, path, "{}");
        }
        for (name, value) in members {
            let at = path.member(name);
            if !text::is_dictionary_key(name) {
                self.add(rules::DICTIONARY_KEY, &at, name.as_str());
            }
            self.value(kind, value, &at);
        }
    }

    fn list(&mut self, item: Kind, value: &Value, path: &Path<'_>) {
        let Some(items) = value.as_array() else {
            return self.wrong_kind(path, value, "a list");
        };
        if items.is_empty() {
            self.add(rules::LIST_EMPTY, path, value);
        }
        for (i, value) in items.iter().enumerate() {
            self.value(item, value, &path.item(i));
        }
    }

    /// Checks a dictionary with named properties; the others as custom ones.
    pub(super) fn record(
        &mut self,
        record: &Record,
        members: &Map<String, Value>,
        path: &Path<'_>,
    ) {
        let section = record.section.unwrap_or(self.section);
        self.in_section(section, |report| {
            if members.is_empty() {
                report.add(rules::DICTIONARY_EMPTY, path, "{}");
            }
            report.presence(record, members, path);
            for (name, value) in members {
                let at = path.member(name);
                match record.property(name) {
                    Some(property) => report.value(property.kind, value, &at),
                    None => report.unlisted(name, value, &at),
                }
            }
        });
    }

    /// Reports what a record must have and has not.
    pub(super) fn presence(
        &mut self,
        record: &Record,
        members: &Map<String, Value>,
        path: &Path<'_>,
    ) {
        for property in record.properties.iter().filter(|p| p.required) {
            if !members.contains_key(property.name) {
                let expected = rules::PROPERTY_MISSING.sentence;
                let at = path.member(property.name);
                self.expect_of_type(rules::PROPERTY_MISSING, &at, "nothing", expected);
            }
        }
        let any = record.any_of;
        if !any.is_empty() && !any.iter().any(|name| members.contains_key(*name)) {
            let expected = format!("at least one of {}", any.join(", "));
            self.expect_of_type(rules::PROPERTY_ONE_OF, path, "none of them", expected);
        }
    }

    /// What holds for every value, whether a table describes it or not: no null, nothing empty,
    /// keys of plain characters, integers that JSON carries exactly.
    pub(super) fn content(&mut self, value: &Value, path: &Path<'_>, strict: Strict) {
        let must = strict != Strict::No;
        let below = if strict == Strict::Throughout { strict } else { Strict::No };
        match value {
            Value::Null => self.form(must, rules::VALUE_NULL, path, "null"),
            Value::Bool(_) | Value::String(_) => {}
            Value::Number(number) => {
                let exact = match (number.as_i64(), number.as_u64()) {
                    (Some(n), _) => (-SAFE..=SAFE).contains(&n),
                    (None, Some(_)) => false,
                    (None, None) => true,
                };
                if !exact {
                    self.add(rules::INTEGER_UNSAFE, path, value);
                }
            }
            Value::Array(items) => {
                if items.is_empty() {
                    self.form(must, rules::LIST_EMPTY, path, "[]");
                }
                for (i, item) in items.iter().enumerate() {
                    self.content(item, &path.item(i), below);
                }
            }
            Value::Object(members) => {
                if members.is_empty() {
                    self.form(must, rules::DICTIONARY_EMPTY, path, "{}");
                }
                for (name, value) in members {
                    let at = path.member(name);
                    if !text::is_dictionary_key(name) {
                        self.form(must, rules::DICTIONARY_KEY, &at, name);
                    } else if strict == Strict::Here && !text::is_lower(name) {
                        self.add(rules::DICTIONARY_CASE, &at, name.as_str());
                    }
                    self.content(value, &at, below);
                }
            }
        }
    }

    /// A rule of form: inside content that no standard describes only advice.
    fn form(&mut self, must: bool, rule: Rule, path: &Path<'_>, found: &str) {
        if must {
            self.add(rule, path, found);
        } else {
            self.expect(rules::CONTENT_FORM, path, found, rule.sentence);
        }
    }

    fn integer(&mut self, value: &Value, least: i64, most: i64, path: &Path<'_>) {
        let Value::Number(number) = value else {
            return self.wrong_kind(path, value, "an integer");
        };
        match whole(number) {
            Whole::No => self.wrong_kind(path, value, "an integer"),
            Whole::Unsafe => self.add(rules::INTEGER_UNSAFE, path, value),
            Whole::Exact(n) if (least..=most).contains(&n) => {}
            Whole::Exact(_) => {
                let expected = match most {
                    SAFE => format!("an integer of at least {least}"),
                    _ => format!("an integer from {least} to {most}"),
                };
                self.expect_of_type(rules::NUMBER_RANGE, path, value, expected);
            }
        }
    }

    fn number(&mut self, value: &Value, least: f64, most: f64, path: &Path<'_>) {
        let Some(number) = value.as_f64() else {
            return self.wrong_kind(path, value, "a number");
        };
        if !(least..=most).contains(&number) {
            let expected = format!("a number from {least} to {most}");
            self.expect_of_type(rules::NUMBER_RANGE, path, value, expected);
        }
    }

    fn hashes(&mut self, members: &Map<String, Value>, closed: bool, path: &Path<'_>) {
        if members.is_empty() {
            self.add(rules::DICTIONARY_EMPTY, path, "{}");
        }
        for (algorithm, value) in members {
            let at = path.member(algorithm);
            if algorithm.len() < 3 || !text::is_dictionary_key(algorithm) {
                self.add(rules::HASH_KEY, &at, algorithm.as_str());
            }
            let Some(digest) = value.as_str() else {
                self.wrong_kind(&at, value, "a string");
                continue;
            };
            match text::digest_fits(algorithm, digest) {
                Some(true) => {}
                Some(false) => {
                    let expected = format!("a digest in the form of {algorithm}");
                    self.expect(rules::HASH_FORMAT, &at, digest, expected);
                }
                None if closed => {
                    self.add(rules::EXTERNAL_REFERENCE_HASH, &at, algorithm.as_str());
                }
                None => self.add(rules::HASH_ALGORITHM, &at, algorithm.as_str()),
            }
        }
    }
}

impl Targets {
    /// Whether a reference to an object of type `kind` is allowed.
    pub(super) fn allow(self, kind: &str) -> bool {
        // Types that the standard does not know may be of any family.
        let of = |families: &[Family]| {
            standard(kind).is_none_or(|t| families.contains(&t.family)) && kind != "bundle"
        };
        match self {
            Targets::Any => kind != "bundle",
            Targets::Only(types) => types.contains(&kind),
            Targets::AllBut(types) => !types.contains(&kind),
            Targets::Sco => of(&[Family::Sco]),
            Targets::Sdo => of(&[Family::Sdo]),
            Targets::ScoOrSro => of(&[Family::Sco, Family::Sro]),
        }
    }

    /// The same in words.
    pub(super) fn expected(self) -> String {
        match self {
            Targets::Any => "a reference to an object".to_owned(),
            Targets::Only(types) => format!("a reference to {}", types.join(" or ")),
            Targets::AllBut(types) => format!("no reference to {}", types.join(" or ")),
            Targets::Sco => "a reference to a cyber-observable".to_owned(),
            Targets::Sdo => "a reference to a domain object".to_owned(),
            Targets::ScoOrSro => "a reference to a cyber-observable or a relationship".to_owned(),
        }
    }
}

/// How deep the rules of form bind as MUST.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strict {
    /// A dictionary of the standard (§2.3): all the way down.
    Throughout,
    /// A custom property or the content of an extension: the value itself, not what is inside.
    Here,
    /// Inside such a value.
    No,
}

enum Whole {
    Exact(i64),
    Unsafe,
    No,
}

/// A JSON number as an integer: `1.0` is one (RFC 8785 writes it `1`), `1.5` is none.
fn whole(number: &Number) -> Whole {
    if let Some(n) = number.as_i64() {
        return if (-SAFE..=SAFE).contains(&n) { Whole::Exact(n) } else { Whole::Unsafe };
    }
    match number.as_f64() {
        Some(double) if double.fract() != 0.0 => Whole::No,
        // INVARIANT: below 2^53 a whole double is exactly an i64.
        Some(double) if double.abs() <= SAFE as f64 => Whole::Exact(double as i64),
        _ => Whole::Unsafe,
    }
}
