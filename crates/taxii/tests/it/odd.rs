//! A server whose behaviour is chosen: each way in which real ones depart from the standard is a
//! switch (docs/design/client.md names who does it).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use enlace_stix::Timestamp;
use enlace_taxii::{Response, Transport, TransportError};
use http::HeaderMap;

pub const TAXII: &str = "application/taxii+json;version=2.1";
/// 2026-01-01 in microseconds.
pub const START: i64 = 1_767_225_600_000_000;

/// How a server gives its cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cursor {
    /// Stands for a place in the collection.
    Place,
    /// Is the same for every page; the server keeps the place, and forgets what it has given.
    Spent,
    /// There is none.
    Missing,
    /// Is given and not read: the first page comes again.
    Ignored,
    /// Is given and always refused.
    Refused,
    /// Is refused now and then.
    Expires,
    /// A number that is not text, with a place behind it.
    Number,
}

/// What a header says of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dates {
    Exact,
    Millis,
    Seconds,
    /// Rounded to milliseconds, up as well as down.
    Rounded,
    /// Python's way: no zone but an offset.
    Offset,
    /// Only the manifest has dates.
    ManifestOnly,
    /// Nothing has dates.
    None,
}

/// What a server does.
#[derive(Debug, Clone)]
pub struct Manners {
    pub cursor: Cursor,
    pub dates: Dates,
    /// `added_after` brings what bears exactly that date too.
    pub inclusive: bool,
    /// Digits of `added_after` that are not refused.
    pub digits: Vec<usize>,
    /// `added_after` is cut to whole seconds before it is compared.
    pub cuts: bool,
    pub refuses_date_with_cursor: bool,
    pub refuses_versions: bool,
    pub refuses_limit_over: Option<usize>,
    /// Largest page.
    pub page: usize,
    /// `more` is always true.
    pub endless: bool,
    /// `more` is never there, although cursors are.
    pub no_more: bool,
    /// Members of objects come in another order each time.
    pub shuffles: bool,
    /// Newest first.
    pub reversed: bool,
    /// Each request whose number is divisible by this is lost after it was served.
    pub loses: Option<usize>,
    /// Each such request is answered with 503.
    pub busy: Option<usize>,
    /// Longest answer that gets through.
    pub longest: Option<usize>,
}

impl Default for Manners {
    fn default() -> Self {
        Self {
            cursor: Cursor::Place,
            dates: Dates::Exact,
            inclusive: false,
            digits: (0..=9).collect(),
            cuts: false,
            refuses_date_with_cursor: false,
            refuses_versions: false,
            refuses_limit_over: None,
            page: 1000,
            endless: false,
            no_more: false,
            shuffles: false,
            reversed: false,
            loses: None,
            busy: None,
            longest: None,
        }
    }
}

impl Manners {
    /// Whether a cursor leads on at every place.
    pub fn has_good_cursors(&self) -> bool {
        let leads = matches!(self.cursor, Cursor::Place | Cursor::Number | Cursor::Spent);
        leads && !self.refuses_date_with_cursor && self.loses.is_none() && !self.endless
    }
}

/// What the server holds and remembers.
#[derive(Debug, Default)]
pub struct State {
    /// Date added and number of each object, in the order of arrival.
    pub objects: Vec<(i64, usize)>,
    /// What is left behind each cursor of the kind that is spent.
    sessions: HashMap<String, Vec<(i64, usize)>>,
    pub asked: Vec<String>,
    pub waited: Vec<Duration>,
}

/// A server of one collection; clones are the same server.
#[derive(Debug, Clone)]
pub struct Odd {
    pub manners: Manners,
    pub state: Arc<Mutex<State>>,
}

/// The text of the n-th object.
pub fn text(n: usize) -> String {
    let id = format!("indicator--00000000-0000-4000-8000-{n:012x}");
    format!(r#"{{"id":"{id}","modified":"2026-01-01T00:00:00.000Z","n":{n}}}"#)
}

/// The number of an object by its text.
pub fn number(text: &str) -> usize {
    let value: serde_json::Value = serde_json::from_str(text).unwrap();
    usize::try_from(value["n"].as_u64().unwrap()).unwrap()
}

impl Odd {
    pub fn new(manners: Manners, dates: impl IntoIterator<Item = i64>) -> Self {
        let objects = dates.into_iter().enumerate().map(|(n, at)| (START + at, n)).collect();
        Self { manners, state: Arc::new(Mutex::new(State { objects, ..State::default() })) }
    }

    /// Adds an object, not before the last.
    pub fn add(&self, later_us: i64) {
        let mut state = self.state.lock().unwrap();
        let last = state.objects.last().map_or(START, |(at, _)| *at);
        let n = state.objects.len();
        state.objects.push((last + later_us, n));
    }

    pub fn asked(&self) -> usize {
        self.state.lock().unwrap().asked.len()
    }

    fn date(&self, at: i64) -> Option<String> {
        let full = Timestamp::from_micros(at).to_string();
        let cut = |end: usize| format!("{}Z", &full[..end]);
        match self.manners.dates {
            Dates::Exact => Some(full),
            Dates::Millis => Some(cut(23)),
            Dates::Seconds => Some(cut(19)),
            Dates::Rounded => {
                Some(format!("{}Z", &Timestamp::from_micros(at + 500).to_string()[..23]))
            }
            Dates::Offset => Some(full.replace('Z', "+00:00")),
            Dates::ManifestOnly | Dates::None => None,
        }
    }

    fn answer(&self, path: &str) -> (u16, HeaderMap, String) {
        let (place, query) = path.split_once('?').unwrap_or((path, ""));
        let query: HashMap<String, String> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (decoded(name), decoded(value)))
            .collect();
        let mut state = self.state.lock().unwrap();
        state.asked.push(path.to_owned());
        let count = state.asked.len();
        if self.manners.busy.is_some_and(|n| count.is_multiple_of(n)) {
            return refused(503);
        }
        if place.ends_with("/manifest/") {
            return self.manifest(&state, &query);
        }
        match self.page(&mut state, &query, count) {
            Ok(found) => found,
            Err(status) => refused(status),
        }
    }

    fn page(
        &self,
        state: &mut State,
        query: &HashMap<String, String>,
        count: usize,
    ) -> Result<(u16, HeaderMap, String), u16> {
        let manners = &self.manners;
        let (after, next) = (query.get("added_after"), query.get("next"));
        let bad = (manners.refuses_versions && query.contains_key("match[version]"))
            || (manners.refuses_date_with_cursor && after.is_some() && next.is_some());
        if bad {
            return Err(400);
        }
        let limit = match query.get("limit").map(|limit| limit.parse::<usize>().unwrap()) {
            Some(limit) if manners.refuses_limit_over.is_some_and(|most| limit > most) => {
                return Err(422);
            }
            limit => limit.unwrap_or(usize::MAX).min(manners.page),
        };
        let mut fitting = state.objects.clone();
        if let Some(after) = after {
            let after: Timestamp = after.parse().unwrap();
            if !manners.digits.contains(&after.fraction_digits()) {
                return Err(400);
            }
            let unit = if manners.cuts { 1_000_000 } else { 1 };
            let bound = after.micros().div_euclid(unit) * unit;
            fitting.retain(|(at, _)| *at > bound || (manners.inclusive && *at == bound));
        }
        if manners.reversed {
            fitting.reverse();
        }
        let (page, rest, cursor) = match (next, manners.cursor) {
            (None, _) | (_, Cursor::Ignored | Cursor::Missing) => {
                let rest = fitting.split_off(limit.min(fitting.len()));
                let cursor = format!("{}", fitting.len());
                (fitting, rest, cursor)
            }
            (Some(_), Cursor::Refused) => return Err(400),
            (Some(_), Cursor::Expires) if count.is_multiple_of(3) => return Err(404),
            (Some(cursor), Cursor::Spent) => {
                let mut left = state.sessions.remove(cursor).ok_or(400_u16)?;
                let rest = left.split_off(limit.min(left.len()));
                (left, rest, cursor.clone())
            }
            (Some(cursor), _) => {
                let place: usize = cursor.parse().map_err(|_| 400_u16)?;
                let mut left = fitting.split_off(place.min(fitting.len()));
                let rest = left.split_off(limit.min(left.len()));
                (left.clone(), rest, format!("{}", place + left.len()))
            }
        };
        let cursor = match manners.cursor {
            Cursor::Spent if next.is_none() => format!("session-{count}"),
            _ => cursor,
        };
        if manners.cursor == Cursor::Spent && !rest.is_empty() {
            state.sessions.insert(cursor.clone(), rest.clone());
        }
        Ok((200, self.headers(&page), self.envelope(&page, !rest.is_empty(), &cursor, count)))
    }

    fn headers(&self, page: &[(i64, usize)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if let (Some((first, _)), Some((last, _))) = (page.first(), page.last()) {
            let named = [("x-taxii-date-added-first", *first), ("x-taxii-date-added-last", *last)];
            for (name, at) in named {
                if let Some(date) = self.date(at) {
                    headers.insert(name, date.parse().unwrap());
                }
            }
        }
        headers
    }

    fn envelope(&self, page: &[(i64, usize)], left: bool, cursor: &str, count: usize) -> String {
        let manners = &self.manners;
        let texts: Vec<String> = page
            .iter()
            .map(|(_, n)| match manners.shuffles && count.is_multiple_of(2) {
                true => text(*n)
                    .replacen('{', &format!(r#"{{"n":{n},"#), 1)
                    .replace(&format!(r#","n":{n}}}"#), "}"),
                false => text(*n),
            })
            .collect();
        let mut members = vec![format!(r#""objects":[{}]"#, texts.join(","))];
        if (left || manners.endless) && !manners.no_more {
            members.push(r#""more":true"#.to_owned());
        }
        let shown = (left || manners.endless) && manners.cursor != Cursor::Missing;
        match manners.cursor {
            Cursor::Number if shown => members.push(format!(r#""next":{cursor}"#)),
            _ if shown => members.push(format!(r#""next":"{cursor}""#)),
            _ => {}
        }
        format!("{{{}}}", members.join(","))
    }

    fn manifest(&self, state: &State, query: &HashMap<String, String>) -> (u16, HeaderMap, String) {
        if self.manners.dates == Dates::None {
            return refused(404);
        }
        let ids: Vec<&str> = query["match[id]"].split(',').collect();
        let lines: Vec<String> = state
            .objects
            .iter()
            .map(|(at, n)| (at, serde_json::from_str::<serde_json::Value>(&text(*n)).unwrap()))
            .filter(|(_, object)| ids.contains(&object["id"].as_str().unwrap()))
            .map(|(at, object)| {
                let (id, date) = (&object["id"], Timestamp::from_micros(*at));
                format!(r#"{{"id":{id},"date_added":"{date}","version":"2026-01-01T00:00:00Z"}}"#)
            })
            .collect();
        (200, HeaderMap::new(), format!(r#"{{"objects":[{}]}}"#, lines.join(",")))
    }
}

fn refused(status: u16) -> (u16, HeaderMap, String) {
    (status, HeaderMap::new(), r#"{"title":"refused"}"#.to_owned())
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}

#[async_trait]
impl Transport for Odd {
    async fn get(
        &self,
        path: &str,
        _headers: &[(&str, &str)],
        _max_bytes: usize,
    ) -> Result<Response, TransportError> {
        let (status, mut headers, body) = self.answer(path);
        if self.manners.loses.is_some_and(|n| self.asked().is_multiple_of(n)) {
            return Err(TransportError::Unreachable("it broke".to_owned()));
        }
        if let Some(most) = self.manners.longest.filter(|most| body.len() > *most) {
            return Err(TransportError::TooLarge(most));
        }
        headers.insert("content-type", TAXII.parse().unwrap());
        Ok(Response { status, headers, body: Bytes::from(body) })
    }

    async fn wait(&self, least: Duration, most: Duration) -> bool {
        assert!(least <= most);
        self.state.lock().unwrap().waited.push(least);
        true
    }
}
