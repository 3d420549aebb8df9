//! Feeds: TAXII servers that are asked, or given to, on a schedule, with their health
//! (docs/design/feeds.md).
//!
//! A feed is what its owner could do by hand, done again and again: it is run as the account that
//! added it, and stops with an error where that account may no longer do it.

mod brought;
mod credential;
mod health;
mod line;
mod pull;
mod push;
mod round;
mod state;
#[cfg(test)]
mod tests;
mod wire;

use enlace_policy::roles::Action;
use enlace_store::{Batch, Guard, Write};
use serde::{Deserialize, Serialize};

pub use crate::remote::Credentials as FeedCredential;
pub(crate) use brought::Brought;
pub use health::FeedHealth;
pub use line::{FeedFault, FeedLine};
pub use round::Progress;
pub use state::FeedReport;

use crate::feed::state::State;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError};

/// What the name of a feed's channel begins with. No key id of a partner does.
const CHANNEL: &str = "feed/";
/// Longest name in bytes, and most bytes of an address.
const LONGEST: usize = 64;
const LONGEST_URL: usize = 1_000;
/// Longest interval in minutes: a week.
const RAREST_MIN: u32 = 7 * 24 * 60;
/// Interval in minutes where none is given.
pub(crate) const EVERY_MIN: u32 = 15;
/// Most feeds of a node.
const MOST: usize = 1_000;
const MINUTE_US: i64 = 60 * 1_000_000;

/// Whether a channel is that of a feed: what is in it is neither ours nor a partner's.
pub(crate) fn is_channel(channel: &str) -> bool {
    channel.starts_with(CHANNEL)
}

/// What a new feed is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewCourse {
    /// Ask, and hold what comes as another's knowledge.
    Import {
        /// TLP of objects without a marking; amber where none is given.
        marking: Option<String>,
        /// Compartment that they go into.
        compartment: Option<String>,
    },
    /// Ask, and add what comes to a plain collection.
    Into {
        /// Its id or name.
        collection: String,
        /// The account that writes.
        account: String,
    },
    /// Give what is in a plain collection to another server of ours.
    From {
        /// Its id or name.
        collection: String,
        /// The account that reads.
        account: String,
    },
    /// Give a partner what it may fetch under an agreement, at a server of its own.
    Agreement {
        /// The agreement.
        agreement: String,
        /// The partner.
        partner: String,
    },
}

/// A feed to be added.
#[derive(Debug)]
pub struct NewFeed {
    /// Its name, unique.
    pub name: String,
    /// Discovery, API root or collection.
    pub url: String,
    /// Id, alias or title of the collection there.
    pub collection: Option<String>,
    /// How we show who we are.
    pub credential: FeedCredential,
    /// Certificates (PEM) that the server's is signed by, instead of those of public authorities.
    pub ca: Option<String>,
    /// SHA-256 of the server's certificate, in hex.
    pub pin: Option<String>,
    /// Minutes between two runs.
    pub every_min: Option<u32>,
    /// Objects of a page.
    pub page: Option<usize>,
    /// What it does.
    pub course: NewCourse,
}

/// A feed as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Feed {
    pub(crate) url: String,
    pub(crate) collection: Option<String>,
    /// Credentials, sealed under the name of the feed.
    sealed: Option<String>,
    ca: Option<String>,
    pin: Option<String>,
    every_min: u32,
    page: usize,
    pub(crate) course: Course,
    /// The account that added it.
    owner: String,
    added_us: i64,
    paused: bool,
}

/// What a feed does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Course {
    Import { marking: String, compartment: Option<String> },
    Into { collection: String, account: String },
    From { collection: String, account: String },
    Agreement { lineage: String, partner: String },
}

impl Course {
    fn pulls(&self) -> bool {
        matches!(self, Self::Import { .. } | Self::Into { .. })
    }

    /// What its owner must be allowed to do by hand.
    fn needs(&self) -> Action {
        match self {
            Self::Import { .. } => Action::Import,
            Self::Into { .. } | Self::From { .. } => Action::CollectionManage,
            // As a token does it lets the partner's pages out.
            Self::Agreement { .. } => Action::PartnerManage,
        }
    }
}

impl Feed {
    /// Who our partners are is for those to know who may see them.
    fn is_shown_to(&self, actor: &Actor) -> bool {
        !matches!(self.course, Course::Agreement { .. }) || actor.may(Action::PartnerView)
    }

    fn every_us(&self) -> i64 {
        i64::from(self.every_min) * MINUTE_US
    }
}

impl Node {
    /// Adds a feed; its first run is due at once. Nothing is asked of the server yet.
    pub async fn feed_add(&self, actor: &Actor, new: NewFeed) -> Result<(), NodeError> {
        actor.require(Action::FeedManage)?;
        let name = usable_name(&new.name)?;
        let course = self.course(actor, new.course).await?;
        actor.require(course.needs())?;
        let feed = Feed {
            url: usable_url(&new.url)?,
            collection: new.collection.map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()),
            sealed: self.seal_credential(&name, &new.credential)?,
            ca: new.ca.filter(|ca| !ca.trim().is_empty()),
            pin: usable_pin(new.pin)?,
            every_min: usable_interval(new.every_min)?,
            page: new.page.unwrap_or(self.config.limits.page).clamp(1, self.config.limits.page),
            course,
            owner: actor.account().to_owned(),
            added_us: self.now_us(),
            paused: false,
        };
        self.proves_itself(&feed)?;
        self.refuse_partner_url(&feed.url).await?;
        // What cannot be used is said now, not by the first run.
        self.open_wire(&name, &feed)?;
        if self.store.record(Bucket::FEED, &name).await?.is_some() {
            return Err(NodeError::state("the name", "taken", "a name that no other feed has"));
        }
        let act = Act::new("feed-added").by(actor).field("feed", name.as_str());
        let act = act.field("url", feed.url.as_str()).field("course", course_name(&feed.course));
        let writes = vec![
            record::put(Bucket::FEED, &name, &feed, None)?,
            record::put(Bucket::FEED_STATE, &name, &State::fresh(feed.added_us), None)?,
            self.node_leaf(act)?,
        ];
        let guards = vec![Guard::Absent { bucket: Bucket::FEED, key: name }];
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Lets a feed rest until it is resumed. A run under way ends with its page.
    pub async fn feed_pause(&self, actor: &Actor, name: &str) -> Result<(), NodeError> {
        self.set_paused(actor, name, true).await
    }

    /// Lets a feed go on, at once.
    pub async fn feed_resume(&self, actor: &Actor, name: &str) -> Result<(), NodeError> {
        self.set_paused(actor, name, false).await
    }

    /// Removes a feed with its credentials. What it brought stays.
    pub async fn feed_remove(&self, actor: &Actor, name: &str) -> Result<(), NodeError> {
        self.feed_of(actor, name).await?;
        let gone = |bucket| Write::Delete { bucket, key: name.to_owned() };
        let leaf = self.node_leaf(Act::new("feed-removed").by(actor).field("feed", name))?;
        let writes =
            vec![gone(Bucket::FEED), gone(Bucket::FEED_STATE), gone(Bucket::FEED_BEAT), leaf];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    async fn set_paused(&self, actor: &Actor, name: &str, paused: bool) -> Result<(), NodeError> {
        self.feed_of(actor, name).await?;
        let kept = self.store.record(Bucket::FEED, name).await?;
        let kept = kept.ok_or_else(|| NodeError::not_found("feed", name))?;
        let mut feed: Feed = record::read(&kept)?;
        if feed.paused == paused {
            return Ok(());
        }
        feed.paused = paused;
        let act = Act::new(if paused { "feed-paused" } else { "feed-resumed" }).by(actor);
        let mut guards = vec![record::unchanged(Bucket::FEED, &kept)];
        let mut writes = vec![
            record::put(Bucket::FEED, name, &feed, None)?,
            self.node_leaf(act.field("feed", name))?,
        ];
        if !paused && let Some(kept) = self.store.record(Bucket::FEED_STATE, name).await? {
            let state: State = record::read(&kept)?;
            guards.push(record::unchanged(Bucket::FEED_STATE, &kept));
            let state = state.resumed(self.now_us());
            writes.push(record::put(Bucket::FEED_STATE, name, &state, None)?);
        }
        self.store.commit(Batch { guards, writes }).await?;
        Ok(())
    }

    /// Refuses, as if there were none, what an actor may not know of.
    async fn feed_of(&self, actor: &Actor, name: &str) -> Result<Feed, NodeError> {
        actor.require(Action::FeedManage)?;
        let feed = self.feed_named(name).await?;
        if feed.is_shown_to(actor) { Ok(feed) } else { Err(NodeError::not_found("feed", name)) }
    }

    pub(crate) async fn feed_named(&self, name: &str) -> Result<Feed, NodeError> {
        let kept = self.store.record(Bucket::FEED, name).await?;
        record::read(&kept.ok_or_else(|| NodeError::not_found("feed", name))?)
    }

    /// The course with everything in it looked up.
    async fn course(&self, actor: &Actor, new: NewCourse) -> Result<Course, NodeError> {
        Ok(match new {
            NewCourse::Import { marking, compartment } => {
                if let Some(name) = &compartment {
                    self.placing(actor, name).await?;
                }
                let marking = brought::marking(marking.as_deref())?;
                Course::Import { marking, compartment }
            }
            NewCourse::Into { collection, account } => {
                let collection = self.plain_named(&collection).await?;
                self.plain_right(&account, &collection, |grant| grant.write).await?;
                Course::Into { collection, account }
            }
            NewCourse::From { collection, account } => {
                let collection = self.plain_named(&collection).await?;
                self.plain_right(&account, &collection, |grant| grant.read).await?;
                Course::From { collection, account }
            }
            NewCourse::Agreement { agreement, partner } => {
                let standing = self.agreement_named(&agreement).await?;
                let (partner, _) = self.partner_named(&partner).await?;
                let lineage = standing.agreement.lineage.clone();
                if self.collection_for(&partner, &lineage).await?.is_none() {
                    let expected = "an agreement that this partner and we have signed";
                    return Err(NodeError::state(agreement, "not in force", expected));
                }
                Course::Agreement { lineage, partner }
            }
        })
    }

    /// What is released goes to nobody of whom only a public authority says who he is.
    fn proves_itself(&self, feed: &Feed) -> Result<(), NodeError> {
        let released = matches!(feed.course, Course::Agreement { .. });
        if !released
            || (feed.url.starts_with("https://") && (feed.pin.is_some() || feed.ca.is_some()))
        {
            return Ok(());
        }
        let expected =
            "an `https://` address with `--pin` or `--ca`, as the partner itself told you";
        Err(NodeError::input("feed.unproved", "the server proves nothing", &feed.url, expected))
    }

    /// What a partner's node has for us is fetched by the exchange with that partner alone: under
    /// the agreement, with its records and recalls.
    async fn refuse_partner_url(&self, url: &str) -> Result<(), NodeError> {
        let authority = authority_of(url);
        for (_, partner, card) in self.cards().await? {
            if authority.is_some() && authority_of(&card.url) == authority {
                let problem = format!("this is the node of partner `{}`", partner.name);
                let expected = "`enlace partner sync`: what a partner releases comes under its \
                                agreement, and never as a feed";
                return Err(NodeError::input("feed.partner", problem, url, expected));
            }
        }
        Ok(())
    }
}

/// Name of a course in leaves and lists.
fn course_name(course: &Course) -> &'static str {
    match course {
        Course::Import { .. } => "import",
        Course::Into { .. } => "into-collection",
        Course::From { .. } => "from-collection",
        Course::Agreement { .. } => "agreement",
    }
}

fn usable_name(name: &str) -> Result<String, NodeError> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    let name = name.trim();
    if name.is_empty() || name.len() > LONGEST || !name.bytes().all(fits) {
        let expected = "1 to 64 of a-z, 0-9, `-`, `_` and `.`";
        return Err(NodeError::input("feed.name", "unusable name", "NAME", expected));
    }
    Ok(name.to_owned())
}

/// An address without credentials in it: those would be shown in lists.
fn usable_url(url: &str) -> Result<String, NodeError> {
    let url = url.trim();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let plain = url.len() <= LONGEST_URL && url.bytes().all(|b| b.is_ascii_graphic());
    let bare = rest.is_some_and(|rest| !rest.contains(['@', '?', '#', '\\']));
    if !plain || !bare || authority_of(url).is_none() {
        let expected = "`https://HOST/PATH` of a TAXII 2.1 server, an API root or a collection, \
                        without user name, password, `?` and `#`";
        return Err(NodeError::input("feed.url", "unusable address", "--url", expected));
    }
    Ok(url.to_owned())
}

fn usable_pin(pin: Option<String>) -> Result<Option<String>, NodeError> {
    let Some(pin) = pin else { return Ok(None) };
    let pin: String = pin.chars().filter(|c| !matches!(c, ':' | ' ')).collect();
    let pin = pin.to_ascii_lowercase();
    if pin.is_empty() {
        return Ok(None);
    }
    if pin.len() != 64 || hex::decode(&pin).is_err() {
        let expected = "64 hexadecimal digits: `openssl x509 -fingerprint -sha256 -noout`";
        return Err(NodeError::input("feed.pin", "no SHA-256", "--pin", expected));
    }
    Ok(Some(pin))
}

fn usable_interval(every_min: Option<u32>) -> Result<u32, NodeError> {
    let every = every_min.unwrap_or(EVERY_MIN);
    if (1..=RAREST_MIN).contains(&every) {
        return Ok(every);
    }
    let expected = "1 to 10080 minutes";
    Err(NodeError::input("feed.every", "unusable interval", "--every", expected))
}

/// Host and port of an address, so that two ways to write one server are the same.
fn authority_of(url: &str) -> Option<(String, u16)> {
    let uri: http::Uri = url.parse().ok()?;
    let port = match uri.scheme_str()? {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let host = uri.host().filter(|host| !host.is_empty())?;
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    Some((host, uri.port_u16().unwrap_or(port)))
}
