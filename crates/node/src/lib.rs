//! The use cases of a node: one file each, the only place where policy, release, ledger and store
//! meet.
//!
//! Every use case is a method of [`Node`], takes the [`Actor`] who asks and refuses first. Pages,
//! API and command line are skins over these methods; nothing else touches the store.
//!
//! - [`Node`]: an opened node directory; [`Node::init`] makes one
//! - [`Actor`]: an account with its role, or the console
//! - [`Config`], read from `enlace.toml`
//! - [`NodeError`]: what, where, expected, what to do
//!
//! ```no_run
//! use enlace_node::{Actor, Node, NodeError};
//! # async fn example() -> Result<(), NodeError> {
//! let node = Node::open("node-ec".as_ref()).await?;
//! for hit in node.search(&Actor::console(), "calamares", &[], 0, 20).await?.hits {
//!     assert!(!hit.id.is_empty());
//! }
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod account;
mod actor;
mod agreement;
mod backend;
mod clock;
mod collection;
mod config;
mod cosign;
mod error;
mod export;
mod facts;
mod import;
mod inbox;
mod leaf;
mod ledger_log;
mod log_state;
mod object;
mod outbox;
mod oversight;
mod partner;
mod recall;
mod record;
mod release;
mod release_set;
mod release_view;
mod search;
mod send;
mod setup;
mod standing;
mod sync;
mod transport;
mod version;

pub use account::{AccountLine, SessionView, SignedIn};
pub use actor::Actor;
pub use agreement::{AgreementLine, AgreementView, Checked, DraftFault};
pub use backend::{PartnerBackend, Peer};
pub use clock::{Clock, SystemClock};
pub use config::{Config, ConfigError};
pub use error::NodeError;
pub use export::{SignedLog, Verified, verify_folder};
pub use facts::{Fact, ObjectName, PartyName};
pub use import::{ImportLine, ImportReport, ImportRequest};
pub use inbox::{InboxLine, Receipt};
pub use leaf::LeafProof;
pub use log_state::{ChannelAgreement, ChannelState, LogSignature, LogState};
pub use object::{LINKS, Link, ObjectView, Searched, SentTo};
pub use outbox::Sent;
pub use oversight::{Disclosure, LogEvent, ObjectOutcome, OversightRelease, OversightView};
pub use partner::PartnerLine;
pub use recall::Recalled;
pub use release::{Counts, DryLine, DryObject, DryRun, ReleaseRequest, Stage};
pub use release_view::{ReleaseRow, ReleaseView, StoredField, StoredObject};
pub use search::{SearchHit, SearchView, TypeCount};
pub use send::{RecallLine, ReleaseLine};
pub use setup::{Init, Node};
pub use sync::SyncReport;

pub use enlace_policy::roles::{Action, Role};
pub use enlace_policy::{Clause, Origin};
pub use enlace_release::{Line, ObjectPlan, Verdict};
pub use enlace_store::{ObjectRow, ObjectState};
