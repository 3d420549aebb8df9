//! The way to a feed's server, and the one collection there that is meant.

use enlace_taxii::{Client, ClientError, Collection};

use super::Feed;
use super::round::Turn;
use crate::remote::{Remote, RemoteConfig, RemoteTransport};
use crate::{Node, NodeError};

/// The way to a feed's server.
pub(super) type Wire = Client<RemoteTransport>;

/// The collection that is meant, below its API root.
pub(super) struct Found {
    pub(super) root: String,
    pub(super) id: String,
}

impl Node {
    /// The way to the server of a feed; nothing is asked yet.
    pub(super) fn open_wire(&self, name: &str, feed: &Feed) -> Result<Wire, NodeError> {
        let credentials = self.unseal_credential(name, feed.sealed.as_deref())?;
        Remote::open(&RemoteConfig {
            url: feed.url.clone(),
            credentials,
            ca: feed.ca.clone(),
            pin: feed.pin.clone(),
            max_body: self.config.limits.body_bytes,
        })
    }

    /// Finds the collection of a feed, and remembers which it is.
    pub(super) async fn find_collection(
        &self,
        turn: &mut Turn,
        wire: &Wire,
        writes: bool,
    ) -> Result<Found, NodeError> {
        let name = turn.name.as_str();
        let path = Remote::path(&turn.feed.url)?;
        let place = wire.locate(&path).await.map_err(|e| fault(name, &e))?;
        let named = turn.feed.collection.as_deref().or(place.collection.as_deref());
        let roots = match place.roots.is_empty() {
            true => vec![place.root.clone()],
            false => place.roots.clone(),
        };
        let mut all = Vec::new();
        for root in roots {
            match wire.collections(&root).await {
                Ok(found) => all.extend(found.into_iter().map(|one| (root.clone(), one))),
                // One of several roots that is not for us is none.
                Err(ClientError::Status { .. }) if place.roots.len() > 1 => {}
                // Some servers fail to list what they have; the address says which one it is.
                Err(ClientError::Status { .. }) if place.collection.is_some() => {}
                Err(error) => return Err(fault(name, &error)),
            }
        }
        let may = |one: &Collection| if writes { one.can_write } else { one.can_read };
        let (root, id) = match (&place.collection, all.is_empty()) {
            (Some(id), true) => (place.root.clone(), id.clone()),
            _ => chosen(name, named, &all, may)?,
        };
        if turn.state.found.as_ref().is_some_and(|before| *before != id) {
            let problem = "the collection of this name is another one than before: if that is \
                           meant, remove the feed and add it again";
            return Err(refused(name, "feed.collection-changed", problem.to_owned()));
        }
        turn.state.found = Some(id.clone());
        Ok(Found { root, id })
    }
}

/// The one collection that is meant: by id, else by alias or title; the only one, where none is
/// named.
fn chosen(
    feed: &str,
    named: Option<&str>,
    all: &[(String, Collection)],
    may: impl Fn(&Collection) -> bool,
) -> Result<(String, String), NodeError> {
    let offered = || {
        let titles = all.iter().map(|(_, one)| format!("`{}` ({})", one.title, one.id));
        match titles.take(20).collect::<Vec<_>>().join(", ") {
            none if none.is_empty() => "it offers none to us".to_owned(),
            titles => format!("it offers {titles}"),
        }
    };
    let fits = |one: &Collection| match named {
        None => may(one),
        Some(named) => one.title == named || one.alias.as_deref() == Some(named),
    };
    let by_id: Vec<_> = all.iter().filter(|(_, one)| Some(one.id.as_str()) == named).collect();
    let found = match by_id.is_empty() {
        true => all.iter().filter(|(_, one)| fits(one)).collect(),
        false => by_id,
    };
    match found.as_slice() {
        [(root, one)] if may(one) => Ok((root.clone(), one.id.clone())),
        [_] => {
            let problem = "the server does not let us read or write it as the feed needs: ask its \
                           operator for the right";
            Err(refused(feed, "feed.collection-right", problem.to_owned()))
        }
        [] => {
            let problem = format!("the server has no such collection: {}", offered());
            Err(refused(feed, "feed.collection-unknown", problem))
        }
        _ => {
            let problem = format!(
                "the server has several that fit, name one with `--collection ID`: {}",
                offered()
            );
            Err(refused(feed, "feed.collection-ambiguous", problem))
        }
    }
}

/// What a server's answer means for a feed.
pub(super) fn fault(feed: &str, error: &ClientError) -> NodeError {
    let retry_after_s = match error {
        ClientError::Busy { retry_after_s } => *retry_after_s,
        _ => 0,
    };
    let (feed, problem) = (feed.to_owned(), error.to_string());
    NodeError::Feed { feed, code: error.code(), problem, retry_after_s }
}

fn refused(feed: &str, code: &'static str, problem: String) -> NodeError {
    NodeError::Feed { feed: feed.to_owned(), code, problem, retry_after_s: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(id: &str, title: &str, alias: Option<&str>) -> (String, Collection) {
        let alias = alias.map(str::to_owned);
        ("/api/".to_owned(), Collection { alias, ..Collection::read_only(id, title) })
    }

    #[test]
    fn a_collection_is_meant_by_id_alias_or_title_and_never_guessed() {
        let [a, b, c] = ["a", "b", "c"];
        let all = [one(a, "Open", Some("low")), one(b, "Same", None), one(c, "Same", Some("a"))];
        let meant = |named| chosen("f", named, &all, |one| one.can_read).map(|(_, id)| id);
        assert_eq!(meant(Some("a")).unwrap(), a, "an id goes before an alias");
        assert_eq!(meant(Some("low")).unwrap(), a);
        assert_eq!(meant(Some("Open")).unwrap(), a);
        for (named, code) in [
            (Some("Same"), "feed.collection-ambiguous"),
            (Some("open"), "feed.collection-unknown"),
            (None, "feed.collection-ambiguous"),
        ] {
            assert_eq!(meant(named).unwrap_err().code(), code, "{named:?}");
        }
        let only = chosen("f", None, all.get(..1).unwrap(), |one| one.can_read);
        assert_eq!(only.unwrap().1, a);
        let closed = chosen("f", Some(a), &all, |one| one.can_write);
        assert_eq!(closed.unwrap_err().code(), "feed.collection-right");
    }
}
