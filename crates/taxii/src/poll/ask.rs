//! How a page is asked for until it comes: with patience, in other words, without its cursor.

use super::circle::Circle;
use super::way::Way;
use super::{Poll, Quirk, REFUSALS};
use crate::backoff::Backoff;
use crate::client::ObjectsPage;
use crate::client_error::ClientError;
use crate::transport::{Transport, TransportError};

impl<T: Transport> Poll<'_, T> {
    /// A page, and the way that brought it.
    pub(super) async fn fetch(&mut self, mut way: Way) -> Result<(Way, ObjectsPage), ClientError> {
        loop {
            let error = match self.ask(&way).await {
                Ok(page) => return Ok((way, page)),
                Err(error) => error,
            };
            if let ClientError::Transport(TransportError::TooLarge(_)) = error
                && let Some(smaller) = self.smaller()
            {
                way = smaller;
                continue;
            }
            if let Some(dated) = self.without_cursor(&way, &error) {
                way = dated;
                continue;
            }
            if let Some(found) = self.other_way(&way, &error).await? {
                return Ok(found);
            }
            if !self.client.waits(&mut self.backoff, &error).await {
                self.backoff = Backoff::default();
                return Err(error);
            }
            way = self.again_after(&error, way);
        }
    }

    pub(super) async fn ask(&self, way: &Way) -> Result<ObjectsPage, ClientError> {
        self.client.page(self.root, self.collection, &way.query()).await
    }

    /// How to ask again after a failure. Only an answer that says "later" leaves a cursor as it
    /// was; where the answer was lost, the server may have spent it.
    pub(super) fn again_after(&mut self, error: &ClientError, way: Way) -> Way {
        let kept = match error {
            ClientError::Busy { .. } => true,
            other => matches!(other.refusal(), Some(429 | 503)),
        };
        if kept || way.next.is_none() { way } else { self.by_date() }
    }

    /// From the position, without a cursor: the one we had is lost.
    fn by_date(&mut self) -> Way {
        self.begin();
        self.walk.cursor_lost = true;
        Way { after: self.position.ask_behind(), next: None, manner: self.manner }
    }

    /// A chain of requests begins.
    pub(super) fn begin(&mut self) {
        self.walk.circle = Circle::default();
        self.walk.last = None;
        self.walk.known_objects = 0;
        self.walk.empty_pages = 0;
    }

    /// From the position with smaller pages, if they can be smaller.
    fn smaller(&mut self) -> Option<Way> {
        let limit = self.manner.limit.filter(|limit| *limit > 1)?;
        self.manner.limit = Some((limit / 4).max(1));
        Some(self.by_date())
    }

    /// Asks in other words what was refused.
    async fn other_way(
        &mut self,
        way: &Way,
        error: &ClientError,
    ) -> Result<Option<(Way, ObjectsPage)>, ClientError> {
        // Some fail with 500 on dates that they cannot read.
        let Some(status @ (400 | 406 | 414 | 416 | 422 | 500 | 501)) = error.refusal() else {
            return Ok(None);
        };
        for other in way.others(status) {
            let asked = self.ask_patiently(&other).await;
            if let Err(error) = &asked
                && error.passes()
                && error.refusal() != Some(500)
            {
                return Err(error.clone());
            }
            if let Ok(page) = asked {
                self.quirks.extend(other.manner.quirks(&self.manner));
                self.manner = other.manner;
                return Ok(Some((other, page)));
            }
        }
        Ok(None)
    }

    /// From the position, where a cursor was refused.
    fn without_cursor(&mut self, way: &Way, error: &ClientError) -> Option<Way> {
        way.next.as_ref()?;
        if !matches!(error.refusal(), Some(400 | 404 | 410 | 414 | 416 | 422)) {
            return None;
        }
        self.quirks.insert(Quirk::RefusesCursor);
        self.walk.refusals += 1;
        let dated = self.walk.newest.is_some() && self.walk.ordered;
        if self.walk.refusals >= REFUSALS && dated {
            self.walk.by_date = true;
        } else if self.walk.refusals > REFUSALS {
            return None;
        }
        Some(self.by_date())
    }

    /// Asks without a cursor, again and again while the server asks for time.
    async fn ask_patiently(&self, way: &Way) -> Result<ObjectsPage, ClientError> {
        let mut backoff = Backoff::default();
        loop {
            match self.ask(way).await {
                Err(error) if self.client.waits(&mut backoff, &error).await => {}
                done => return done,
            }
        }
    }
}
