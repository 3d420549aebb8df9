//! TAXII 2.1: the resources, a server over a [`Backend`], a client over a [`Transport`].
//!
//! The crate knows the standard and STIX, not agreements, stores or accounts: who asks, what that
//! party may see and in which order objects come is the backend's. Nothing here can widen it.
//!
//! - [`Discovery`], [`ApiRoot`], [`Collection`], [`Status`], [`ErrorMessage`]: the resources
//! - [`Query`]: the filters of a request, read strictly
//! - [`Backend`], [`router`], [`ROUTES`]: the server; every answer, errors included, is TAXII JSON
//! - [`Submission`]: an envelope that was sent, each of its objects read and judged
//! - [`Client`] over a [`Transport`]: the requests of the standard; [`Client::locate`] finds what an
//!   address leads to and tells a server of TAXII 2.0
//! - [`Poll`], [`Position`]: what is new in somebody else's collection; loses nothing with servers
//!   that page, date and count wrongly ([`Quirk`]), nor when it is interrupted
//! - [`Push`]: objects into somebody else's collection, with what became of each
//! - [`Pull`]: a collection of a partner, whose server is known to date and page as ours does
//!
//! ```
//! use enlace_taxii::{Query, VersionFilter};
//! let query = Query::parse("match[type]=identity,location&limit=5000", 1000)?;
//! assert_eq!(query.kinds, ["identity", "location"]);
//! assert_eq!(query.limit, 1000);
//! assert_eq!(query.versions, [VersionFilter::Last]);
//! assert!(Query::parse("limit=0", 1000).is_err());
//! # Ok::<(), enlace_taxii::BadParameter>(())
//! ```
#![forbid(unsafe_code)]

mod answers;
mod backend;
mod backoff;
mod body;
mod client;
mod client_error;
mod compress;
mod date;
mod fault;
mod fingerprint;
mod locate;
mod media_type;
mod poll;
mod position;
mod pull;
mod push;
mod query;
mod server;
mod submission;
mod transport;
mod types;

pub use backend::{Backend, Denied, Entry, Envelope, Page, Record, Refused};
pub use backoff::retry_after;
pub use client::{Client, ObjectsPage};
pub use client_error::ClientError;
pub use locate::Place;
pub use media_type::{MEDIA_TYPE, STIX_MEDIA_TYPE};
pub use poll::{Poll, PollPage, Quirk};
pub use position::Position;
pub use pull::Pull;
pub use push::{Outcome, Push, Pushed};
pub use query::{BadParameter, Query, VersionFilter};
pub use server::{API_ROOT, DISCOVERY, ROUTES, router, throttled};
pub use submission::{Addition, Failure, Submission};
pub use transport::{Response, Transport, TransportError};
pub use types::{ApiRoot, Collection, Discovery, ErrorMessage, Status, StatusDetail};
