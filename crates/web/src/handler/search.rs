//! `GET /search`

use axum::response::Response;
use enlace_node::{Action, SearchHit};
use enlace_stix::Timestamp;
use http::StatusCode;

use super::visit::{Inside, Parameters, page};
use super::{convert, danger, feed};
use crate::layout::Place;
use crate::marking::Marking;
use crate::page::search::{self, Hit, KindCount, SearchView};
use crate::value::Total;

/// Hits on one page.
const HITS: usize = 20;

pub(crate) async fn show(inside: Inside, asked: Parameters) -> Response {
    if let Err(error) = inside.actor.require(Action::Search) {
        return inside.fail(&error);
    }
    let query = asked.one("q").to_owned();
    let kind = asked.some("type").map(str::to_owned);
    let number = asked.page();
    let mut view = SearchView { query, kind, page: number, ..SearchView::default() };
    match inside.visit.app.node.danger_alerts(&inside.actor).await {
        Ok(found) => view.alerts = danger::alerts(&found),
        Err(error) => return inside.fail(&error),
    }
    let warnings = match feed::warnings(&inside).await {
        Ok(warnings) => warnings,
        Err(error) => return inside.fail(&error),
    };
    if !view.query.is_empty() {
        let offset = (number as usize - 1).saturating_mul(HITS);
        let node = &inside.visit.app.node;
        let kind = view.kind.as_deref();
        let found = match node.search_view(&inside.actor, &view.query, kind, offset, HITS).await {
            Ok(found) => found,
            Err(error) => return inside.fail(&error),
        };
        view.total = Some(total(found.total, found.capped));
        view.more = found.total > offset.saturating_add(HITS);
        view.hits = found.hits.iter().map(hit).collect();
        let kinds = found.types.into_iter();
        view.kinds =
            kinds.map(|t| KindCount { kind: t.kind, count: total(t.count, t.capped) }).collect();
    }
    let mut chrome = inside.chrome(Place::Search);
    chrome.flashes.extend(warnings);
    page(StatusCode::OK, &search::render(&view, &chrome))
}

fn hit(hit: &SearchHit) -> Hit {
    Hit {
        id: hit.row.id.clone(),
        kind: hit.row.kind.clone(),
        label: hit.name.label.clone(),
        excerpt: hit.excerpt.clone(),
        marking: Marking::from(&hit.name.marking),
        origin: convert::origin(hit.originator.as_ref()),
        received: Timestamp::from_micros(hit.row.received_us),
        revoked: hit.row.revoked,
    }
}

fn total(count: usize, capped: bool) -> Total {
    if capped { Total::MoreThan(count as u64) } else { Total::Exactly(count as u64) }
}
