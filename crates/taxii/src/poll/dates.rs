//! When the objects of a page were added, from a server that does not say so with the page.

use enlace_stix::Timestamp;
use serde::Deserialize;

use super::{Poll, Quirk};
use crate::client::{Client, ObjectsPage, collection_path, escape};
use crate::client_error::ClientError;
use crate::date;
use crate::fingerprint::Named;
use crate::transport::Transport;

/// Objects at the end of a page that are looked up: the address has to stay short.
const LOOKED_UP: usize = 20;

/// A manifest (§5.3) as others write it.
#[derive(Deserialize)]
struct Manifest {
    objects: Option<Vec<Line>>,
}

#[derive(Deserialize)]
struct Line {
    id: String,
    date_added: Option<String>,
    version: Option<String>,
}

impl<T: Transport> Poll<'_, T> {
    /// The date of the last object of a page: from its header, else from the manifest.
    pub(super) async fn date_of(&mut self, page: &ObjectsPage) -> Option<Timestamp> {
        if page.objects.is_empty() {
            // Some servers give the present time with an empty page.
            return None;
        }
        if let Some(date) = &page.date_added_last {
            return Some(date.clone());
        }
        if !self.walk.may_ask_manifest {
            return None;
        }
        let found = self.client.dates(self.root, self.collection, page).await;
        let found = found.ok().flatten();
        self.walk.may_ask_manifest = found.is_some();
        self.quirks.insert(if found.is_some() { Quirk::NoHeader } else { Quirk::NoDates });
        found
    }
}

impl<T: Transport> Client<T> {
    /// The latest date that the manifest has for the last objects of a page.
    async fn dates(
        &self,
        root: &str,
        collection: &str,
        page: &ObjectsPage,
    ) -> Result<Option<Timestamp>, ClientError> {
        let last: Vec<Named> =
            page.objects.iter().rev().take(LOOKED_UP).map(|o| Named::of(o)).collect();
        let ids: Vec<&str> =
            last.iter().map(|named| named.id.as_str()).filter(|id| !id.is_empty()).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let (base, ids) = (collection_path(root, collection), escape(&ids.join(",")));
        let path = format!("{base}manifest/?match%5Bid%5D={ids}");
        let all = format!("{path}&match%5Bversion%5D=all");
        let found = match self.resource::<Manifest>(&all, "manifest").await {
            Ok(found) => found,
            Err(_) => self.resource(&path, "manifest").await?,
        };
        let of_page = |line: &Line| {
            last.iter()
                .any(|named| named.id == line.id && named.is_version(line.version.as_deref()))
        };
        let lines = found.objects.unwrap_or_default();
        let dates = lines.iter().filter(|line| of_page(line));
        Ok(dates.filter_map(|line| date::read(line.date_added.as_deref()?)).max())
    }
}

impl Named {
    /// Whether a manifest means this version; servers invent versions of what has none.
    fn is_version(&self, said: Option<&str>) -> bool {
        match (self.version(), said) {
            (Some(own), Some(said)) => own == said || date::read(own) == date::read(said),
            _ => true,
        }
    }
}
