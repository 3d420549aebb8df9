//! A backend in memory that takes objects: `maker` may read and write, `reader` only read, `dropper`
//! only write, `other` nothing.

use std::sync::Mutex;

use async_trait::async_trait;
use enlace_stix::{Id, Limits, Timestamp};
use enlace_taxii::{
    ApiRoot, Backend, Collection, Denied, Discovery, Entry, Envelope, Page, Query, Record, Refused,
    Status, StatusDetail, Submission, VersionFilter,
};
use http::request::Parts;

/// The one collection.
pub const SHELF: &str = "3c9a4f57-8d1f-4bb1-9d52-54d7a0a0b8a1";
/// Longest body in bytes.
pub const MOST: usize = 20_000;

#[derive(Clone)]
struct Kept {
    id: String,
    version: String,
    raw: String,
}

#[derive(Default)]
pub struct Shelf {
    kept: Mutex<Vec<Kept>>,
    statuses: Mutex<Vec<(String, Status)>>,
}

const AT: &str = "2026-05-01T00:00:00.000000Z";

impl Shelf {
    fn entries(&self, who: &str, id: &str) -> Result<Page<Entry>, Refused> {
        match Self::rights(who, id)? {
            (true, _) => {}
            _ => return Err(Refused::WriteOnly),
        }
        let kept = self.kept.lock().unwrap();
        let entry = |(n, k): (usize, &Kept)| Entry { date_added_us: n as i64, raw: k.raw.clone() };
        Ok(Page { items: kept.iter().enumerate().map(entry).collect(), next: None })
    }

    fn rights(who: &str, id: &str) -> Result<(bool, bool), Refused> {
        match who {
            "maker" if id == SHELF => Ok((true, true)),
            "reader" if id == SHELF => Ok((true, false)),
            "dropper" if id == SHELF => Ok((false, true)),
            _ => Err(Refused::NotFound),
        }
    }
}

#[async_trait]
impl Backend for Shelf {
    type Who = String;

    async fn authenticate(&self, request: &Parts) -> Result<String, Denied> {
        let header = request.headers.get("authorization").and_then(|v| v.to_str().ok());
        let who = header.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
        match who {
            "maker" | "reader" | "dropper" | "other" => Ok(who.to_owned()),
            _ => Err(Denied::Unauthenticated),
        }
    }

    async fn discovery(&self, _who: &String) -> Result<Discovery, Refused> {
        Ok(Discovery::of_node("shelf"))
    }

    async fn api_root(&self, _who: &String) -> Result<ApiRoot, Refused> {
        Ok(ApiRoot::new("shelf", MOST as u64))
    }

    async fn collections(&self, who: &String) -> Result<Vec<Collection>, Refused> {
        Ok(self.collection(who, SHELF).await.into_iter().collect())
    }

    async fn collection(&self, who: &String, id: &str) -> Result<Collection, Refused> {
        let (can_read, can_write) = Self::rights(who, id)?;
        Ok(Collection { can_read, can_write, ..Collection::read_only(id, "shelf") })
    }

    async fn envelope(
        &self,
        who: &String,
        id: &str,
        _: Option<&Id>,
        _: &Query,
    ) -> Result<Envelope, Refused> {
        Ok(self.entries(who, id)?.into())
    }

    async fn manifest(&self, _: &String, _: &str, _: &Query) -> Result<Page<Record>, Refused> {
        Ok(Page { items: Vec::new(), next: None })
    }

    async fn versions(
        &self,
        _: &String,
        _: &str,
        _: &Id,
        _: &Query,
    ) -> Result<Page<Record>, Refused> {
        Ok(Page { items: Vec::new(), next: None })
    }

    fn writes(&self) -> bool {
        true
    }

    async fn add(&self, who: &String, _: &str, sent: Submission) -> Result<Status, Refused> {
        let mut kept = self.kept.lock().unwrap();
        let mut successes = Vec::new();
        for addition in sent.additions {
            let version = addition.version.unwrap_or_else(|| AT.into());
            successes.push(StatusDetail {
                id: addition.id.clone(),
                version: version.clone(),
                message: None,
            });
            kept.push(Kept { id: addition.id, version, raw: addition.raw });
        }
        let failure = |f: enlace_taxii::Failure| StatusDetail {
            id: f.id,
            version: f.version.unwrap_or_else(|| AT.into()),
            message: Some(f.message),
        };
        let failures = sent.failures.into_iter().map(failure).collect();
        let mut statuses = self.statuses.lock().unwrap();
        let status =
            Status::complete(format!("status-{}", statuses.len()), AT, successes, failures);
        statuses.push((who.clone(), status.clone()));
        Ok(status)
    }

    async fn delete(&self, _: &String, _: &str, id: &Id, query: &Query) -> Result<(), Refused> {
        let mut kept = self.kept.lock().unwrap();
        let before = kept.len();
        let named = |version: &str| {
            query.versions.iter().any(|filter| match filter {
                VersionFilter::At(time) => version.parse::<Timestamp>().as_ref() == Ok(time),
                VersionFilter::All => true,
                _ => false,
            })
        };
        kept.retain(|k| k.id != id.as_str() || !named(&k.version));
        if kept.len() < before { Ok(()) } else { Err(Refused::NotFound) }
    }

    async fn status(&self, who: &String, id: &str) -> Result<Status, Refused> {
        let statuses = self.statuses.lock().unwrap();
        let found = statuses.iter().find(|(owner, status)| owner == who && status.id == id);
        found.map(|(_, status)| status.clone()).ok_or(Refused::NotFound)
    }

    fn max_body(&self) -> usize {
        MOST
    }

    fn limits(&self) -> Limits {
        Limits { object_bytes: 2_000, nesting: 20 }
    }

    fn compresses(&self) -> bool {
        true
    }
}
