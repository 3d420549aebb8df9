//! A backend in memory: two askers, each with one collection that the other may not see.

use async_trait::async_trait;
use enlace_stix::{Id, Timestamp};
use enlace_taxii::{
    ApiRoot, Backend, Collection, Denied, Discovery, Entry, Envelope, Page, Query, Record, Refused,
    VersionFilter,
};
use http::request::Parts;

/// The collection of asker `une`, with [`OBJECTS`].
pub const OPEN: &str = "0d3a6d2c-4c5e-4a2b-9b57-0f6d5a4e8f11";
/// The collection of asker `ilc`, empty; hidden from `une`.
pub const HIDDEN: &str = "7b1f3c58-11d2-4c56-8d1b-2f9a3f6c2e77";
/// A collection that nobody has.
pub const UNKNOWN: &str = "00000000-0000-4000-8000-000000000000";

/// Two versions of a person, one place, one address; 2026-01-01, a microsecond apart.
pub const FIRST_US: i64 = 1_767_225_600_000_000;
/// Id, version, body without the outer properties that do not matter here.
pub const OBJECTS: [(&str, &str, &str); 4] = [
    (
        "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
        "2026-01-01T00:00:00.000Z",
        r#"{"type":"identity", "id":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","name":"1"}"#,
    ),
    (
        "location--a6e9345f-5a15-4c29-8bb3-7dcc5d168d64",
        "2026-01-01T00:00:00.000Z",
        r#"{"type":"location","id":"location--a6e9345f-5a15-4c29-8bb3-7dcc5d168d64","x":1.50}"#,
    ),
    (
        "identity--f431f809-377b-45e0-aa1c-6a4751cae5ff",
        "2026-01-02T00:00:00.000Z",
        r#"{"type":"identity","id":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","name":"2"}"#,
    ),
    (
        "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4",
        "2026-01-01T00:00:00.000003Z",
        r#"{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"}"#,
    ),
];

pub struct Memory;

impl Memory {
    fn page(query: &Query) -> Result<Page<(i64, usize)>, Refused> {
        let start = match query.cursor.as_deref() {
            None => 0,
            Some("stale") => return Err(Refused::StaleCursor),
            Some(text) => {
                text.strip_prefix("from-").and_then(|n| n.parse().ok()).ok_or(Refused::BadCursor)?
            }
        };
        let all = OBJECTS.iter().enumerate().skip(start).filter(|(i, (id, version, _))| {
            let versions: Vec<&str> = OBJECTS.iter().filter(|o| o.0 == *id).map(|o| o.1).collect();
            let wanted = query.versions.iter().any(|filter| match filter {
                VersionFilter::All => true,
                VersionFilter::First => versions.iter().min() == Some(version),
                VersionFilter::Last => versions.iter().max() == Some(version),
                VersionFilter::At(time) => version.parse::<Timestamp>().as_ref() == Ok(time),
            });
            wanted
                && query.added_after_us.is_none_or(|after| FIRST_US + *i as i64 > after)
                && (query.ids.is_empty() || query.ids.iter().any(|wish| wish.as_str() == *id))
                && (query.kinds.is_empty() || query.kinds.iter().any(|k| id.starts_with(k)))
        });
        let mut items: Vec<_> = all.map(|(i, _)| (FIRST_US + i as i64, i)).collect();
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        let next = items.last().filter(|_| more).map(|(_, i)| format!("from-{}", i + 1));
        Ok(Page { items, next })
    }

    fn visible(who: &str, collection: &str) -> Result<(), Refused> {
        let own = matches!((who, collection), ("une", OPEN) | ("ilc", HIDDEN));
        if own { Ok(()) } else { Err(Refused::NotFound) }
    }

    fn entries(page: Page<(i64, usize)>) -> Page<Entry> {
        let entry =
            |(date_added_us, i): (i64, usize)| Entry { date_added_us, raw: OBJECTS[i].2.into() };
        Page { items: page.items.into_iter().map(entry).collect(), next: page.next }
    }

    fn records(page: Page<(i64, usize)>) -> Page<Record> {
        let record = |(date_added_us, i): (i64, usize)| {
            let (id, version, _) = OBJECTS[i];
            Record { date_added_us, id: id.into(), version: version.into() }
        };
        Page { items: page.items.into_iter().map(record).collect(), next: page.next }
    }

    fn one(query: &Query, object: &Id) -> Result<Page<(i64, usize)>, Refused> {
        assert!(query.ids.is_empty() && query.kinds.is_empty());
        if !OBJECTS.iter().any(|(id, ..)| *id == object.as_str()) {
            return Err(Refused::NotFound);
        }
        Self::page(&Query { ids: vec![object.clone()], ..query.clone() })
    }
}

fn collection(id: &str) -> Collection {
    Collection::read_only(id, "UNE · agreement 7")
}

#[async_trait]
impl Backend for Memory {
    type Who = String;

    async fn authenticate(&self, request: &Parts) -> Result<String, Denied> {
        let header = request.headers.get("authorization").and_then(|v| v.to_str().ok());
        match header {
            Some("Bearer une") => Ok("une".into()),
            Some("Bearer ilc") => Ok("ilc".into()),
            Some("Bearer busy") => Err(Denied::Throttled { retry_after_s: 7 }),
            _ => Err(Denied::Unauthenticated),
        }
    }

    async fn discovery(&self, _who: &String) -> Result<Discovery, Refused> {
        Ok(Discovery::of_node("Unidad Nacional de Enlace (UNE)"))
    }

    async fn api_root(&self, _who: &String) -> Result<ApiRoot, Refused> {
        Ok(ApiRoot::new("UNE", 104_857_600))
    }

    async fn collections(&self, who: &String) -> Result<Vec<Collection>, Refused> {
        Ok(vec![collection(if who == "une" { OPEN } else { HIDDEN })])
    }

    async fn collection(&self, who: &String, id: &str) -> Result<Collection, Refused> {
        Self::visible(who, id).map(|()| collection(id))
    }

    async fn envelope(
        &self,
        who: &String,
        id: &str,
        only: Option<&Id>,
        query: &Query,
    ) -> Result<Envelope, Refused> {
        Self::visible(who, id)?;
        let page = match only {
            Some(object) => Self::one(query, object)?,
            None if id == HIDDEN => return Ok(Envelope::default()),
            None => Self::page(query)?,
        };
        Ok(Self::entries(page).into())
    }

    async fn manifest(&self, who: &String, id: &str, q: &Query) -> Result<Page<Record>, Refused> {
        Self::visible(who, id)?;
        Self::page(q).map(Self::records)
    }

    async fn versions(
        &self,
        who: &String,
        id: &str,
        object: &Id,
        query: &Query,
    ) -> Result<Page<Record>, Refused> {
        Self::visible(who, id)?;
        Self::one(query, object).map(Self::records)
    }

    fn max_page(&self) -> usize {
        3
    }
}
