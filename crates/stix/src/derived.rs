//! What is derived from an object for search and matching; it can be rebuilt at any time.

use serde_json::{Map, Value};

use crate::identifier::{self, Context, Kind, normalise};
use crate::{Id, Object, Timestamp, types, validate};

/// The text written for release in place of an object's own (`tear-line` extension).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TearLine<'a> {
    /// Title of the text.
    pub title: &'a str,
    /// The text that may leave.
    pub text: &'a str,
    /// Language tag (RFC 5646), if given.
    pub lang: Option<&'a str>,
}

impl Object {
    /// The tear-line of the object, if it has a complete one.
    pub fn tear_line(&self) -> Option<TearLine<'_>> {
        let body = self.extension(&types::definition_id("tear-line"))?;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        Some(TearLine { title: text("title")?, text: text("text")?, lang: text("lang") })
    }

    /// The `person` extension of an identity: a natural person.
    pub fn person(&self) -> Option<&Map<String, Value>> {
        self.extension(&types::definition_id("person"))
    }

    /// Every value that a person would search for, one a line, in the order of their paths.
    ///
    /// Left out: ids, references, timestamps, markings, payloads, and our extensions that describe
    /// the record and not the matter (`handling`, `provenance`).
    pub fn search_text(&self) -> String {
        let mut out = String::new();
        gather(self.view(), &mut out);
        out
    }

    /// Identifiers in the object as `(kind, normal form)`, sorted, each once.
    ///
    /// Kinds: the names of [`Kind`], and `firearm-serial-partial` for a serial read in part. Normal
    /// forms: [`normalise`]; text that says that there is no number gives no key. A key says that two
    /// records *may* mean the same thing; a firearm never matches on its serial alone.
    pub fn identifier_keys(&self) -> Vec<(&'static str, String)> {
        let mut keys = Keys(Vec::new());
        validate::identifiers(self, &mut |kind, text, beside| match kind {
            Kind::FirearmSerial => keys.firearm(text, beside),
            _ => keys.add(kind, text, context(kind, beside)),
        });
        if matches!(self.kind(), "file" | "artifact" | "x509-certificate") {
            keys.hashes(self);
        }
        keys.0.sort();
        keys.0.dedup();
        keys.0
    }
}

/// What the dictionary around an identifier says of it.
fn context(kind: Kind, beside: &Map<String, Value>) -> Context<'_> {
    let text = |name: &str| beside.get(name).and_then(Value::as_str);
    match kind {
        Kind::Plate => Context { country: text("country").or(text("plate_country")), scheme: None },
        Kind::Phone => Context { country: text("country"), scheme: None },
        Kind::IdentityDocument | Kind::Registration => {
            Context { country: text("country"), scheme: text("kind") }
        }
        _ => Context::default(),
    }
}

struct Keys(Vec<(&'static str, String)>);

impl Keys {
    fn add(&mut self, kind: Kind, raw: &str, context: Context<'_>) {
        let key = normalise(kind, raw, context).key;
        if !key.is_empty() {
            self.0.push((kind.name(), key));
        }
    }

    /// A serial that is read in part is another kind of key: it equals nothing for sure.
    fn firearm(&mut self, serial: &str, beside: &Map<String, Value>) {
        let status = match beside.get("serial_status").map(Value::as_str) {
            Some(Some(status @ ("readable" | "partial"))) => status,
            Some(Some(_)) => return,
            Some(None) | None => "readable",
        };
        let Some(keys) = identifier::firearm_keys(serial, status) else { return };
        let partial = keys.mask.is_some();
        let kind = if partial { "firearm-serial-partial" } else { Kind::FirearmSerial.name() };
        self.0.push((kind, keys.k1));
    }

    fn hashes(&mut self, object: &Object) {
        let hashes = object.get("hashes").and_then(Value::as_object);
        for (algorithm, digest) in hashes.into_iter().flatten() {
            if let Some(digest) = digest.as_str() {
                self.add(Kind::Hash, digest, Context::of(algorithm));
            }
        }
    }
}

fn gather(members: &Map<String, Value>, out: &mut String) {
    let record_only = [types::definition_id("handling"), types::definition_id("provenance")];
    for (name, value) in members {
        if !is_bookkeeping(name) && !record_only.contains(name) {
            gather_value(value, out);
        }
    }
}

fn gather_value(value: &Value, out: &mut String) {
    match value {
        Value::String(text) if is_matter(text) => {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(text);
        }
        Value::Array(items) => items.iter().for_each(|item| gather_value(item, out)),
        Value::Object(members) => gather(members, out),
        _ => {}
    }
}

/// Properties whose value describes the record.
fn is_bookkeeping(name: &str) -> bool {
    matches!(
        name,
        "type"
            | "spec_version"
            | "id"
            | "created"
            | "modified"
            | "lang"
            | "extension_type"
            | "granular_markings"
            | "definition_type"
    ) || ["_ref", "_refs", "_bin"].iter().any(|end| name.ends_with(end))
}

/// Neither empty nor an id nor a timestamp.
fn is_matter(text: &str) -> bool {
    let starts_like_time = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    !(text.trim().is_empty()
        || (starts_like_time && text.ends_with('Z') && text.parse::<Timestamp>().is_ok())
        || (text.contains("--") && text.parse::<Id>().is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(kind: &str, more: Value) -> Object {
        let mut view =
            json!({"type": kind, "id": format!("{kind}--f431f809-377b-45e0-aa1c-6a4751cae5ff")});
        for (name, value) in more.as_object().unwrap() {
            view[name] = value.clone();
        }
        Object::parse(&view.to_string()).unwrap()
    }

    #[test]
    fn search_text_holds_the_matter_and_not_the_record() {
        let person = types::definition_id("person");
        let provenance = types::definition_id("provenance");
        let object = object(
            "identity",
            json!({
                "name": "Elena Paz", "created": "2026-03-01T10:00:00.000Z", "lang": "es",
                "created_by_ref": "identity--f431f809-377b-45e0-aa1c-6a4751cae5f0",
                "labels": ["cajera"], "confidence": 70,
                "granular_markings": [{"lang": "es", "selectors": ["name"]}],
                "extensions": {
                    person: {"extension_type": "property-extension",
                        "names": [{"full": "Elena Paz", "kind": "primary"}]},
                    provenance: {"extension_type": "property-extension", "source": "a.csv"},
                },
            }),
        );
        assert_eq!(object.search_text(), "Elena Paz\ncajera\nElena Paz\nprimary");
    }

    #[test]
    fn identifiers_are_found_in_their_normal_form() {
        let keys = |kind: &str, more: Value| object(kind, more).identifier_keys();
        let one = |kind: &'static str, text: &str| vec![(kind, text.to_owned())];
        let serial = json!({"serial": "ab-1O2", "serial_status": "readable"});
        assert_eq!(keys("firearm", serial), one("firearm-serial", "AB102"));
        let partial = json!({"serial": "ab-1", "serial_status": "partial"});
        assert_eq!(keys("firearm", partial), one("firearm-serial-partial", "AB1"));
        let gone = json!({"serial": "filed", "serial_status": "obliterated"});
        assert_eq!(keys("firearm", gone), []);
        let number = json!({"number": "csqu 305438 3"});
        assert_eq!(keys("shipping-container", number), one("container", "CSQU3054383"));
        let account = json!({"iban": "de89 3704 0044 0532 0130 00"});
        assert_eq!(keys("bank-account", account), one("iban", "DE89370400440532013000"));
        assert_eq!(keys("email-addr", json!({"value": "Ana@X.ORG"})), one("email", "ana@x.org"));
        let file = json!({"hashes": {"MD5": "AB"}});
        assert_eq!(keys("file", file), one("hash", "md5:ab"));
        let person = types::definition_id("person");
        let documents = json!({"extensions": { person: {"identity_documents": [
            {"kind": "passport", "number": "ab 123", "country": "CO"},
            {"kind": "passport", "number": "AB123", "country": "CO"}]}}});
        assert_eq!(keys("identity", documents), one("identity-document", "passport/CO/AB123"));
    }

    #[test]
    fn a_tear_line_needs_title_and_text() {
        let tear = types::definition_id("tear-line");
        let whole = json!({"extensions": { &tear: {"title": "Aviso", "text": "Cargamento"}}});
        let report = object("report", whole);
        let line = report.tear_line().unwrap();
        assert_eq!((line.title, line.text, line.lang), ("Aviso", "Cargamento", None));
        let half = json!({"extensions": { &tear: {"title": "Aviso"}}});
        assert_eq!(object("report", half).tear_line(), None);
    }
}
