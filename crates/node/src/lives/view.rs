//! What a partner can get from its collection, looked at without fetching it, and fetched.

use std::collections::BTreeSet;

use enlace_stix::Id;
use enlace_store::{MemberQuery, VersionFilter as Versions};
use enlace_taxii::{Backend as _, Query, VersionFilter};
use serde_json::Value;

use super::world::World;
use crate::PartnerBackend;
use crate::hand_out::Reader;

/// One version in a collection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) date_us: i64,
    pub(super) id: String,
    pub(super) version: String,
    pub(super) text: String,
}

impl Row {
    pub(super) fn is_record(&self) -> bool {
        self.id.starts_with("release-record--")
    }

    pub(super) fn value(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Ids that it names, its own and its author apart.
    pub(super) fn names(&self) -> BTreeSet<String> {
        let mut value = self.value();
        for name in ["id", "created_by_ref", "signature", "agreement_ref", "extensions"] {
            value.as_object_mut().unwrap().remove(name);
        }
        let mut found = BTreeSet::new();
        named(&value, &mut found);
        found
    }

    pub(super) fn is_revoked(&self) -> bool {
        self.value()["revoked"] == true
    }

    /// Ids that a record says are recalled, or were corrected.
    pub(super) fn tells(&self) -> Vec<String> {
        let value = self.value();
        let listed = value["released"].as_array().cloned().unwrap_or_default();
        let told = listed.into_iter().filter(|l| l["recalled"] == true || l["corrected"] == true);
        told.map(|l| l["id"].as_str().unwrap().to_owned()).collect()
    }
}

fn named(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.parse::<Id>().is_ok() => drop(found.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| named(item, found)),
        Value::Object(members) => members.values().for_each(|item| named(item, found)),
        _ => {}
    }
}

/// Dates, ids and texts in the order in which they came, or the refusal.
pub(super) type Fetched = Result<Vec<(i64, String, Option<String>)>, String>;

/// How a partner asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// All pages of so many rows, last versions or all.
    All { limit: usize, versions: bool },
    /// One page.
    Page { limit: usize },
    /// One type.
    Kind { object: usize },
    /// One object.
    One { object: usize },
    /// What there is, without bodies.
    Manifest { limit: usize },
    /// Versions of one object, without bodies.
    Versions { object: usize },
}

fn query(limit: usize) -> Query {
    Query {
        added_after_us: None,
        cursor: None,
        ids: Vec::new(),
        kinds: Vec::new(),
        versions: vec![VersionFilter::Last],
        spec_versions: Vec::new(),
        limit,
    }
}

impl World {
    fn reader(&self, place: usize) -> Reader {
        let (partner, lineage) = self.place(place);
        Reader::of(partner, Some(lineage))
    }

    /// Everything that a partner could get now, in its order.
    pub(super) async fn peek(&self, place: usize) -> Vec<Row> {
        let who = self.reader(place);
        let visible = self.ec.readable(&who).await.unwrap();
        let recalled = self.ec.recalled(&who).await.unwrap();
        let mut rows = Vec::new();
        for visible in &visible {
            let ask = MemberQuery {
                collection: visible.id.clone(),
                versions: vec![Versions::All],
                handed_out_until_us: visible.handed_out_until(),
                limit: 100_000,
                ..MemberQuery::default()
            };
            let members = self.ec.store.members(ask).await.unwrap().members;
            for (member, released) in self.ec.reopened(&who, visible, members, &recalled) {
                rows.push(Row {
                    date_us: member.date_added_us,
                    id: member.id,
                    version: member.version,
                    text: released.bytes().to_owned(),
                });
            }
        }
        rows
    }

    /// What a partner gets: ids and dates in the order in which they came, and texts if any.
    pub(super) async fn fetch(&self, place: usize, ask: Ask) -> Fetched {
        let (who, backend) = (self.reader(place), PartnerBackend::new(self.ec.clone()));
        let all = backend.collections(&who).await.map_err(|e| format!("{e:?}"))?;
        let collection = all.first().ok_or("no collection")?.id.clone();
        let twin = async |object: usize| -> Result<Id, String> {
            let twin = self.twin(place, &super::world::id(object)).await;
            let twin = twin.map(|twin| twin.twin).ok_or("not found")?;
            Ok(twin.parse().unwrap())
        };
        let (mut found, mut ask_for) = (Vec::new(), query(1000));
        let words = |e: enlace_taxii::Refused| format!("{e:?}");
        match ask {
            Ask::All { limit, versions } => {
                (ask_for.limit, ask_for.versions) = (limit, vec![VersionFilter::Last]);
                if versions {
                    ask_for.versions = vec![VersionFilter::All];
                }
                loop {
                    let page =
                        backend.bodies(&who, &collection, &ask_for, None).await.map_err(words)?;
                    found.extend(page.items.into_iter().map(|e| entry(e.date_added_us, e.raw)));
                    ask_for.cursor = page.next;
                    if ask_for.cursor.is_none() {
                        return Ok(found);
                    }
                }
            }
            Ask::Page { .. } | Ask::Kind { .. } => {
                match ask {
                    Ask::Page { limit } => ask_for.limit = limit,
                    Ask::Kind { object } => {
                        ask_for.kinds = vec![super::world::KINDS[object].to_owned()];
                    }
                    _ => {}
                }
                let page =
                    backend.bodies(&who, &collection, &ask_for, None).await.map_err(words)?;
                found.extend(page.items.into_iter().map(|e| entry(e.date_added_us, e.raw)));
            }
            Ask::One { object } => {
                let id = twin(object).await?;
                let page =
                    backend.bodies(&who, &collection, &ask_for, Some(&id)).await.map_err(words)?;
                found.extend(page.items.into_iter().map(|e| entry(e.date_added_us, e.raw)));
            }
            Ask::Manifest { limit } => {
                ask_for.limit = limit;
                let page = backend.manifest(&who, &collection, &ask_for).await.map_err(words)?;
                found.extend(
                    page.items.into_iter().map(|r| (r.date_added_us, r.id.to_string(), None)),
                );
            }
            Ask::Versions { object } => {
                let id = twin(object).await?;
                ask_for.versions = vec![VersionFilter::All];
                let page =
                    backend.versions(&who, &collection, &id, &ask_for).await.map_err(words)?;
                found.extend(
                    page.items.into_iter().map(|r| (r.date_added_us, r.id.to_string(), None)),
                );
            }
        }
        Ok(found)
    }

    /// How much the partner's half of the log shows.
    pub(super) async fn told(&self, place: usize) -> u64 {
        let log = crate::ledger_log::ours(self.place(place).0);
        self.ec.store.log(&log).await.unwrap().size
    }
}

fn entry(date_us: i64, raw: String) -> (i64, String, Option<String>) {
    let value: Value = serde_json::from_str(&raw).unwrap();
    (date_us, value["id"].as_str().unwrap().to_owned(), Some(raw))
}

/// The same for two worlds that did the same at the same times: records have random ids, and what
/// comes at one instant comes in a random order (a microsecond apart).
pub(super) fn alike(rows: &[Row]) -> Vec<String> {
    let mut found: Vec<(i64, String)> =
        rows.iter().map(|row| (row.date_us / 1000, normal(row))).collect();
    found.sort();
    found.into_iter().map(|(date, text)| format!("{date} {text}")).collect()
}

fn normal(row: &Row) -> String {
    if !row.is_record() {
        return row.text.clone();
    }
    let mut value = row.value();
    let members = value.as_object_mut().unwrap();
    members.remove("id");
    members.remove("signature");
    if let Some(listed) = members.get_mut("released").and_then(Value::as_array_mut) {
        listed.sort_by_key(ToString::to_string);
    }
    value.to_string()
}
