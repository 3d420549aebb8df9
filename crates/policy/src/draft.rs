//! The text that people write for an agreement: TOML in, terms or faults with line and column out.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;

use enlace_stix::Timestamp;
use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use crate::agreement::Draft;
use crate::agreement::{AMENDS, HEAD, PARTIES, Party, blank, parties_fault};
use crate::{Amends, Problem, Terms, check};

const TEMPLATE: &str = include_str!("../../../docs/agreements/police-cooperation.toml");

/// A place in the text that no agreement can be made of.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct TermFault {
    /// The file, as given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Key: `tlp.max`.
    pub key: String,
    /// What stands there.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

impl TermFault {
    /// A fault at the place in `text` where `span` begins.
    pub(crate) fn at(
        text: &str,
        file: &str,
        key: &str,
        span: Range<usize>,
        found: String,
        allowed: String,
    ) -> Self {
        let before = text.get(..span.start).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let (file, key) = (file.to_owned(), key.to_owned());
        Self { file, line, column, key, found, allowed }
    }
}

impl fmt::Display for TermFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, key, found, allowed } = self;
        write!(f, "{file}:{line}:{column}: `{key}`: found {found}, allowed: {allowed}")
    }
}

impl std::error::Error for TermFault {}

/// A complete draft to start from: the model police agreement between these parties.
///
/// `valid_from` and `valid_until` are dates (`2026-01-01`) or STIX timestamps.
pub fn template(
    title: &str,
    legal_basis: &str,
    parties: &[Party],
    valid_from: &str,
    valid_until: &str,
) -> String {
    fill(TEMPLATE, title, legal_basis, parties, valid_from, valid_until)
}

/// Fills the slots `{{title}}`, `{{legal_basis}}`, `{{parties}}`, `{{units}}`, `{{valid_from}}` and
/// `{{valid_until}}` of a draft that people keep for agreements of one kind. A slot of another
/// name becomes empty.
pub fn fill(
    template: &str,
    title: &str,
    legal_basis: &str,
    parties: &[Party],
    valid_from: &str,
    valid_until: &str,
) -> String {
    let quote = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut listed = String::new();
    for party in parties {
        listed.push_str("[[party]]\n");
        for (name, value) in [
            ("name", &party.name),
            ("unit", &party.unit),
            ("country", &party.country),
            ("key_id", &party.key_id),
            ("identity_ref", &party.identity_ref),
        ] {
            listed.push_str(&format!("{name} = {}\n", quote(value)));
        }
        listed.push('\n');
    }
    let units: Vec<String> =
        parties.iter().map(|p| format!("    {},\n", quote(&p.key_id))).collect();
    fill_slots(template, |slot| match slot {
        "title" => quote(title),
        "legal_basis" => quote(legal_basis),
        "valid_from" => quote(valid_from),
        "valid_until" => quote(valid_until),
        "parties" => listed.trim_end().to_owned(),
        "units" => units.concat().trim_end().to_owned(),
        _ => String::new(),
    })
}

/// Puts the value of each slot in its place. No value is taken for a slot.
pub(crate) fn fill_slots(template: &str, value: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((slot, after)) = after.split_once("}}") else { break };
        text.push_str(before);
        text.push_str(&value(slot));
        rest = after;
    }
    text.push_str(rest);
    text
}

/// Reads a draft; `file` is only shown in faults. Faults are sorted by place.
pub fn parse(text: &str, file: &str) -> Result<Draft, Vec<TermFault>> {
    let source = Source { text, file, spans: HashMap::new() };
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let span = error.span().unwrap_or(0..0);
            let fault = source.fault("", span, error.message().to_owned(), "TOML 1.0".to_owned());
            return Err(vec![fault]);
        }
    };
    let mut source = source;
    let root = source.table("", document.get_ref());
    let (draft, problems) = read(root);
    match draft {
        Some(draft) if problems.is_empty() => Ok(draft),
        _ => Err(source.faults(problems)),
    }
}

/// The text with the place of every key in it.
struct Source<'t> {
    text: &'t str,
    file: &'t str,
    spans: HashMap<String, Range<usize>>,
}

impl Source<'_> {
    fn table(&mut self, path: &str, table: &DeTable<'_>) -> Map<String, Value> {
        let mut members = Map::new();
        for (key, value) in table {
            let path = check::join(path, key.get_ref());
            let value = self.value(&path, key.span(), value);
            members.insert(key.get_ref().to_string(), value);
        }
        members
    }

    fn value(&mut self, path: &str, key: Range<usize>, value: &Spanned<DeValue<'_>>) -> Value {
        let is_table = matches!(value.get_ref(), DeValue::Table(_));
        self.spans.insert(path.to_owned(), if is_table { key } else { value.span() });
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Integer(number) => {
                let radix = number.radix();
                i64::from_str_radix(number.as_str(), radix)
                    .map_or_else(|_| Value::String(number.to_string()), Value::from)
            }
            // No term is a fraction: a clause `4.10` without quotes would lose its zero.
            DeValue::Float(number) => {
                number.as_str().parse::<f64>().map_or(Value::Null, Value::from)
            }
            DeValue::Boolean(flag) => Value::Bool(*flag),
            DeValue::Datetime(time) => Value::String(time.to_string()),
            DeValue::Array(items) => {
                let items = items.iter().enumerate();
                items.map(|(i, v)| self.value(&format!("{path}[{i}]"), v.span(), v)).collect()
            }
            DeValue::Table(table) => Value::Object(self.table(path, table)),
        }
    }

    fn faults(&self, problems: Vec<Problem>) -> Vec<TermFault> {
        let place = |path: &str| {
            let mut path = path;
            loop {
                if let Some(span) = self.spans.get(path) {
                    return span.clone();
                }
                match path.rfind(['.', '[']).and_then(|cut| path.get(..cut)) {
                    Some(above) => path = above,
                    None => return 0..0,
                }
            }
        };
        let mut faults: Vec<TermFault> = problems
            .into_iter()
            .map(|p| self.fault(&p.path, place(&p.path), p.found, p.allowed))
            .collect();
        faults.sort_by_key(|f| (f.line, f.column));
        faults
    }

    fn fault(&self, key: &str, span: Range<usize>, found: String, allowed: String) -> TermFault {
        TermFault::at(self.text, self.file, key, span, found, allowed)
    }
}

/// Reads the document; the draft is there whenever there are no problems.
fn read(mut root: Map<String, Value>) -> (Option<Draft>, Vec<Problem>) {
    let head = root.remove("agreement");
    let parties = root.remove("party");
    let dates = root.get_mut("validity").and_then(Value::as_object_mut);
    let (from, until) = match dates {
        Some(dates) => (dates.remove("from"), dates.remove("until")),
        None => (None, None),
    };
    let mut problems = Vec::new();
    let title = head_text(head.as_ref(), "title", &mut problems);
    let legal_basis = head_text(head.as_ref(), "legal_basis", &mut problems);
    let text_sha256 = head.as_ref().and_then(|h| h.get("text_sha256")).map(ToString::to_string);
    let amends = head_amends(head.as_ref(), &mut problems);
    head_keys(head.as_ref(), &mut problems);
    let parties = read_parties(parties, &mut problems);
    let valid_from = read_date("validity.from", from, &mut problems);
    let valid_until = read_date("validity.until", until, &mut problems);
    let keys: Vec<String> = parties.iter().map(|p| p.key_id.clone()).collect();
    let value = Value::Object(root);
    problems.extend(check::terms(&value, &keys));
    if let (Some(from), Some(until)) = (&valid_from, &valid_until)
        && from >= until
    {
        let found = format!("`{until}`");
        problems.push(problem("validity.until", found, "a time after `validity.from`"));
    }
    let terms = if problems.is_empty() { Terms::from_value(&value) } else { Err(String::new()) };
    let terms = terms.map_err(|error| {
        if problems.is_empty() {
            problems.push(problem("", error, "terms"));
        }
    });
    let draft = (|| {
        Some(Draft {
            title: title?,
            legal_basis: legal_basis?,
            parties,
            valid_from: valid_from?,
            valid_until: valid_until?,
            text_sha256: text_sha256.map(|t| t.trim_matches('"').to_owned()),
            amends,
            terms: terms.ok()?,
        })
    })();
    (draft, problems)
}

fn head_text(head: Option<&Value>, name: &str, problems: &mut Vec<Problem>) -> Option<String> {
    let value = head.and_then(|h| h.get(name));
    let text = value.and_then(Value::as_str).filter(|text| !blank(text));
    if text.is_none() {
        let found = match value {
            Some(value) if value.is_string() => format!("{value}, which is still to be filled in"),
            Some(value) => value.to_string(),
            None => "nothing".to_owned(),
        };
        let expected = HEAD.iter().find(|(key, _)| *key == name).map_or("a text", |(_, it)| it);
        problems.push(problem(&format!("agreement.{name}"), found, expected));
    }
    text.map(str::to_owned)
}

fn head_amends(head: Option<&Value>, problems: &mut Vec<Problem>) -> Option<Amends> {
    let value = head.and_then(|h| h.get("amends"))?;
    let amends = serde_json::from_value(value.clone()).ok();
    if amends.is_none() {
        problems.push(problem("agreement.amends", value.to_string(), AMENDS));
    }
    amends
}

fn head_keys(head: Option<&Value>, problems: &mut Vec<Problem>) {
    let known = ["title", "legal_basis", "text_sha256", "amends"];
    for (name, value) in head.and_then(Value::as_object).into_iter().flatten() {
        let path = format!("agreement.{name}");
        if !known.contains(&name.as_str()) {
            let allowed = "`title`, `legal_basis`, `text_sha256`, `amends`";
            problems.push(problem(&path, "a key that is not known".to_owned(), allowed));
        }
        let hex = |t: &str| t.len() == 64 && t.bytes().all(|b| b.is_ascii_hexdigit());
        if name == "text_sha256" && !value.as_str().is_some_and(hex) {
            problems.push(problem(&path, value.to_string(), "64 hex digits"));
        }
    }
}

fn read_parties(value: Option<Value>, problems: &mut Vec<Problem>) -> Vec<Party> {
    let items = match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    };
    let mut parties = Vec::new();
    for (i, item) in items.into_iter().enumerate() {
        match serde_json::from_value::<Party>(item) {
            Ok(party) => parties.push(party),
            Err(error) => {
                let allowed = "`name`, `unit`, `country`, `key_id`, `identity_ref`, all texts";
                problems.push(problem(&format!("party[{i}]"), error.to_string(), allowed));
            }
        }
    }
    if problems.iter().all(|p| !p.path.starts_with("party"))
        && let Some(found) = parties_fault(&parties)
    {
        problems.push(problem("party", found, PARTIES));
    }
    parties
}

/// A STIX timestamp, or a date: its first instant in UTC.
fn read_date(path: &str, value: Option<Value>, problems: &mut Vec<Problem>) -> Option<Timestamp> {
    let text = value.as_ref().and_then(Value::as_str);
    let full = text.map(|t| if t.len() == 10 { format!("{t}T00:00:00Z") } else { t.to_owned() });
    let time = full.and_then(|t| t.parse().ok());
    if time.is_none() {
        let found = value.map_or("nothing".to_owned(), |v| v.to_string());
        problems.push(problem(path, found, "a date such as 2026-01-01, or a time in UTC"));
    }
    time
}

fn problem(path: &str, found: String, allowed: &str) -> Problem {
    Problem { path: path.to_owned(), found, allowed: allowed.to_owned() }
}
