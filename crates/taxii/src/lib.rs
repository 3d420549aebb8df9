//! TAXII 2.1: the resources, a server over a [`Backend`], a client over a [`Transport`].
//!
//! The crate knows the standard and STIX, not agreements, stores or accounts: who asks, what that
//! party may see and in which order objects come is the backend's. Nothing here can widen it.
//!
//! - [`Discovery`], [`ApiRoot`], [`Collection`], [`Status`], [`ErrorMessage`]: the resources
//! - [`Query`]: the filters of a request, read strictly
//! - [`Backend`], [`router`], [`ROUTES`]: the server; every answer, errors included, is TAXII JSON
//! - [`Submission`]: an envelope that was sent, each of its objects read and judged
//! - [`Client`], [`Pull`]: the client; survives servers without `next`, with endless `more` and
//!   with truncated timestamps
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
mod body;
mod client;
mod compress;
mod fault;
mod media_type;
mod pull;
mod query;
mod server;
mod submission;
mod types;

pub use backend::{Backend, Denied, Entry, Envelope, Page, Record, Refused};
pub use client::{
    Client, ClientError, ObjectsPage, Response, Transport, TransportError, retry_after,
};
pub use media_type::{MEDIA_TYPE, STIX_MEDIA_TYPE};
pub use pull::Pull;
pub use query::{BadParameter, Query, VersionFilter};
pub use server::{API_ROOT, DISCOVERY, ROUTES, router, throttled};
pub use submission::{Addition, Failure, Submission};
pub use types::{ApiRoot, Collection, Discovery, ErrorMessage, Status, StatusDetail};
