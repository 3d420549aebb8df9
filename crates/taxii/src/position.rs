//! Where a poll of somebody else's collection stands between two runs.

use std::collections::HashSet;

use enlace_stix::Timestamp;
use serde::{Deserialize, Serialize};

use crate::date;
use crate::fingerprint::Fingerprint;

/// Most objects that are remembered. Where more share one date, the oldest of them may come twice:
/// whoever keeps them knows them by id and version.
const MOST: usize = 10_000;

/// No server ends its pages before they have so many objects, unless it was asked to.
const SMALLEST: usize = 10;

/// A date up to which all objects were handed out, and the objects around it that a server may give
/// again. It goes to the store with the objects of its page or after them, never before.
///
/// It holds no cursor: cursors expire, and some servers (medallion) spend one when it is read, so
/// that a second request with it gives the page after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// All that was added before this was handed out.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant")]
    added: Option<Timestamp>,
    /// Pages whose objects may come again, in the order in which they came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seen: Vec<Seen>,
    /// More objects share the date than are remembered, and all of them were handed out: what
    /// bears exactly this date is not asked for again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    crowded: bool,
    /// The most objects that one page of this server had.
    #[serde(default)]
    page: usize,
}

/// The objects of one page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    /// The date of its last object, if the server told.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "instant")]
    until: Option<Timestamp>,
    objects: Vec<Fingerprint>,
}

impl Position {
    /// Behind what was added at this date: where somebody starts who does not want all.
    pub fn behind(added: Timestamp) -> Self {
        Self { added: Some(added), ..Self::default() }
    }

    /// The date up to which all objects were handed out; nothing if the server told none.
    pub fn added(&self) -> Option<&Timestamp> {
        self.added.as_ref()
    }

    /// The instant in microseconds behind which to ask.
    pub(crate) fn ask_behind(&self) -> Option<i64> {
        let added = self.added.as_ref()?;
        let fresh_start = self.seen.is_empty();
        Some(if self.crowded || fresh_start { added.micros() } else { date::below(added) })
    }

    /// All objects that may come again.
    pub(crate) fn known(&self) -> HashSet<Fingerprint> {
        self.seen.iter().flat_map(|seen| &seen.objects).copied().collect()
    }

    /// Takes note of how many objects a page had.
    pub(crate) fn gave(&mut self, objects: usize) {
        self.page = self.page.max(objects);
    }

    /// Whether a page of so many objects was surely not cut off where the server ends its pages.
    pub(crate) fn is_short(&self, objects: usize) -> bool {
        objects < self.page || objects < SMALLEST
    }

    /// Takes note of a page; its objects are dropped when the position has gone beyond them.
    pub(crate) fn saw(&mut self, until: Option<Timestamp>, objects: Vec<Fingerprint>) {
        if !objects.is_empty() {
            self.seen.push(Seen { until, objects });
        }
    }

    /// Goes on to a date, if it is later; `whole` if the server has nothing more up to it. `slack`
    /// is by how many microseconds the server is asked earlier than we would.
    pub(crate) fn advance(&mut self, to: Option<&Timestamp>, whole: bool, slack: i64) {
        if let Some(to) = to.filter(|to| self.added.as_ref().is_none_or(|added| added < *to)) {
            self.added = Some(to.clone());
            self.crowded = false;
        }
        if let Some(added) = &self.added {
            let kept = date::below(added).saturating_sub(date::unit(added).max(slack));
            self.seen.retain(|seen| seen.until.as_ref().is_none_or(|u| u.micros() >= kept));
        }
        self.crowded |= self.forget() && whole;
    }

    /// Forgets the oldest objects beyond [`MOST`]; whether some of them bear the present date.
    fn forget(&mut self) -> bool {
        let all: usize = self.seen.iter().map(|seen| seen.objects.len()).sum();
        let mut over = all.saturating_sub(MOST);
        let mut crowded = false;
        for seen in &mut self.seen {
            let dropped = over.min(seen.objects.len());
            seen.objects.drain(..dropped);
            over -= dropped;
            crowded |= dropped > 0 && seen.until >= self.added;
        }
        self.seen.retain(|seen| !seen.objects.is_empty());
        crowded
    }
}

/// A timestamp as its text.
mod instant {
    use enlace_stix::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        at: &Option<Timestamp>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.serialize_str(at.as_str()),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Timestamp>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn prints(range: std::ops::Range<usize>) -> Vec<Fingerprint> {
        let texts = range.map(|n| serde_json::value::to_raw_value(&n).unwrap());
        texts.map(|text| Fingerprint::of(&text)).collect()
    }

    #[test]
    fn a_position_survives_its_text_and_old_texts_are_read() {
        let mut position = Position::default();
        position.saw(Some(at("2026-01-01T00:00:00.5Z")), prints(0..3));
        position.advance(Some(&at("2026-01-01T00:00:00.5Z")), true, 0);
        let text = serde_json::to_string(&position).unwrap();
        assert_eq!(serde_json::from_str::<Position>(&text).unwrap(), position);
        assert_eq!(serde_json::from_str::<Position>("{}").unwrap(), Position::default());
        assert!(serde_json::from_str::<Position>(r#"{"added":"soon"}"#).is_err());
    }

    #[test]
    fn objects_are_remembered_as_long_as_they_may_come_again() {
        let mut position = Position::default();
        position.saw(Some(at("2026-01-01T00:00:01.000000Z")), prints(0..2));
        position.advance(Some(&at("2026-01-01T00:00:01.000000Z")), false, 0);
        assert_eq!(position.known().len(), 2);
        position.saw(Some(at("2026-01-01T00:00:02.000000Z")), prints(2..3));
        position.advance(Some(&at("2026-01-01T00:00:01.000000Z")), false, 0);
        assert_eq!(position.known().len(), 3, "the position did not go on");
        position.advance(Some(&at("2026-01-01T00:00:02.000000Z")), true, 0);
        assert_eq!(position.known().len(), 1);
        position.advance(Some(&at("2025-01-01T00:00:00.000000Z")), true, 0);
        assert_eq!(position.added().unwrap().as_str(), "2026-01-01T00:00:02.000000Z");
    }

    #[test]
    fn a_date_that_too_many_share_is_left_behind_when_all_of_them_came() {
        let date = at("2026-01-01T00:00:01.000000Z");
        let mut position = Position::default();
        position.saw(Some(date.clone()), prints(0..MOST));
        position.advance(Some(&date), true, 0);
        assert_eq!(position.ask_behind(), Some(date.micros() - 1));
        position.saw(Some(date.clone()), prints(MOST..MOST + 7));
        position.advance(Some(&date), false, 0);
        assert_eq!(position.ask_behind(), Some(date.micros() - 1), "there may be more");
        assert_eq!(position.known().len(), MOST);
        position.saw(Some(date.clone()), prints(MOST + 7..MOST + 8));
        position.advance(Some(&date), true, 0);
        assert_eq!(position.ask_behind(), Some(date.micros()));
        position.saw(Some(at("2026-01-01T00:00:01.000001Z")), prints(0..1));
        position.advance(Some(&at("2026-01-01T00:00:01.000001Z")), true, 0);
        assert_eq!(position.ask_behind(), Some(date.micros()), "one below the new date");
    }
}
