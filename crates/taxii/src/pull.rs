//! Fetching all of a collection from servers that page badly.
//!
//! Seen in the field: `more` without `next`; the first page for ever; `X-TAXII-Date-Added-Last`
//! cut to milliseconds, so that the last objects come again; pages that filters emptied.

use std::collections::HashSet;

use enlace_stix::Timestamp;

use crate::client::{Client, ObjectsPage};
use crate::client_error::ClientError;
use crate::transport::Transport;

/// Pages in a row without a new object after which a server is called stuck.
const IDLE_PAGES: usize = 20;

/// A walk through a collection, page by page.
///
/// Holds the texts of the last page in memory, and all cursors seen.
#[derive(Debug)]
pub struct Pull<'a, T> {
    client: &'a Client<T>,
    root: &'a str,
    collection: &'a str,
    limit: usize,
    state: State,
    last_seen: Option<Timestamp>,
    cursors: HashSet<String>,
    previous: HashSet<String>,
    idle: usize,
}

/// What to do at the next call.
#[derive(Debug)]
enum State {
    Ask {
        added_after: Option<Timestamp>,
        next: Option<String>,
    },
    /// The page that showed it was good and has been given out first.
    Fail(ClientError),
    Done,
}

impl<'a, T: Transport> Pull<'a, T> {
    /// Starts behind `added_after` (all objects if `None`), with pages of `limit` objects.
    pub fn new(
        client: &'a Client<T>,
        root: &'a str,
        collection: &'a str,
        added_after: Option<Timestamp>,
        limit: usize,
    ) -> Self {
        Self {
            client,
            root,
            collection,
            limit,
            last_seen: added_after.clone(),
            state: State::Ask { added_after, next: None },
            cursors: HashSet::new(),
            previous: HashSet::new(),
            idle: 0,
        }
    }

    /// The next page, without the objects that the page before held already; `None` at the end.
    ///
    /// Where the server failed to answer, the same page is asked for again at the next call. Where
    /// it goes round in circles the answer is [`ClientError::Stuck`], after the last good page.
    pub async fn next_page(&mut self) -> Result<Option<ObjectsPage>, ClientError> {
        let (added_after, next) = match std::mem::replace(&mut self.state, State::Done) {
            State::Done => return Ok(None),
            State::Fail(error) => return Err(error),
            State::Ask { added_after, next } => (added_after, next),
        };
        let (after, cursor) = (added_after.as_ref(), next.as_deref());
        let asked = self.client.objects(self.root, self.collection, after, cursor, self.limit);
        let mut page = match asked.await {
            Ok(page) => page,
            Err(error) => {
                self.state = State::Ask { added_after, next };
                return Err(error);
            }
        };
        self.drop_known(&mut page);
        if page.date_added_last > self.last_seen {
            self.last_seen.clone_from(&page.date_added_last);
        }
        if page.more {
            self.state = self.advance(&page, added_after).unwrap_or_else(State::Fail);
        }
        Ok(Some(page))
    }

    /// The newest `X-TAXII-Date-Added-Last` of the pages given: where the next pull starts. Never
    /// earlier than where this one started, and no later than that if the server sends no header.
    pub fn resume_after(&self) -> Option<&Timestamp> {
        self.last_seen.as_ref()
    }

    fn drop_known(&mut self, page: &mut ObjectsPage) {
        let texts: HashSet<String> = page.objects.iter().map(|o| o.get().to_owned()).collect();
        page.objects.retain(|object| !self.previous.contains(object.get()));
        if !texts.is_empty() {
            self.previous = texts;
        }
        self.idle = if page.objects.is_empty() { self.idle + 1 } else { 0 };
    }

    /// Decides what to ask next, or that the server goes round in circles.
    fn advance(
        &mut self,
        page: &ObjectsPage,
        added_after: Option<Timestamp>,
    ) -> Result<State, ClientError> {
        if let Some(next) = &page.next {
            if !self.cursors.insert(next.clone()) {
                return Err(ClientError::Stuck("the same `next` came twice"));
            }
            if self.idle >= IDLE_PAGES {
                return Err(ClientError::Stuck("page after page holds nothing new"));
            }
            return Ok(State::Ask { added_after, next: Some(next.clone()) });
        }
        if page.date_added_last.is_none() || page.objects.is_empty() {
            return Err(ClientError::Stuck("`more` without `next`, and nothing new to go on from"));
        }
        Ok(State::Ask { added_after: self.last_seen.clone(), next: None })
    }
}
