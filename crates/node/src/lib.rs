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
mod account_end;
mod actor;
mod agreement;
mod agreement_pair;
mod agreement_sign;
mod agreement_stop;
mod alert;
mod amendment;
mod around;
mod as_sent;
mod backend;
mod backup;
mod blob_use;
mod carry_in;
mod carry_out;
mod case;
mod clock;
mod collection;
mod commitment;
mod compartment;
mod config;
mod consent;
mod consent_paper;
mod consent_use;
mod cosign;
mod credential;
mod danger;
mod doctor;
mod document;
mod doubt;
mod duty;
mod epoch;
mod error;
mod expiry;
mod export;
mod facts;
mod feed;
mod flow;
mod gone;
mod gone_since;
mod ground;
mod hand_out;
mod hit;
mod hold;
mod home;
#[cfg(test)]
mod hostile;
mod import;
mod import_job;
mod import_report;
mod inbox;
mod inbox_content;
mod inbox_view;
mod inherited;
mod job;
mod job_run;
mod key_change;
mod key_notice;
mod key_state;
mod leaf;
mod ledger_log;
mod legal_hold;
#[cfg(test)]
mod lives;
mod log_state;
mod mac;
mod memo;
mod note;
mod object;
mod origin;
mod outbox;
mod oversight;
mod own_rules;
mod paper;
mod paper_count;
mod partner;
mod partner_round;
mod partner_stop;
mod party_key;
mod password;
mod person;
mod place;
mod plain;
mod plain_access;
mod plain_backend;
mod plain_read;
mod plain_write;
mod protect;
mod published;
mod quarantine;
mod recall;
mod recall_answer;
mod recall_list;
mod recall_refs;
mod record;
mod release;
mod release_set;
mod release_view;
mod remote;
mod repeated;
mod replay;
mod request;
mod restore;
mod review;
mod search;
mod send;
mod sent;
mod setup;
mod slot;
mod source;
mod standing;
mod standing_rule;
mod sync;
mod transport;
mod tries;
mod unlist;
mod unseen;
mod unspeakable;
mod update;
mod update_view;
mod version;
mod vetting;
mod view;

pub use account::{AccountLine, SessionView, SignedIn};
pub use actor::Actor;
pub use agreement::{AgreementLine, AgreementView, Checked, DraftFault, PartyLine, StatementLine};
pub use agreement_pair::{AgreementModel, agreement_models};
pub use agreement_stop::Words;
pub use alert::AlertLine;
pub use amendment::Amended;
pub use as_sent::{AsSent, Side, Sides};
pub use backend::{PartnerBackend, Peer};
pub use backup::BackedUp;
pub use carry_in::CarriedIn;
pub use carry_out::CarriedOut;
pub use case::{CaseAct, CaseLine, CaseSide, CaseTask, CaseView, NewCase, SharedLine};
pub use clock::{Clock, SystemClock};
pub use commitment::{CommitmentLine, NewCommitment};
pub use compartment::{CompartmentLine, CompartmentView, Kind as CompartmentKind};
pub use config::{Config, ConfigError, Quota};
pub use consent::{ConsentLine, ConsentVerdict, ConsentView, ForPurpose, NewAsk, NewConsent};
pub use credential::credentials;
pub use danger::{
    DangerAlerts, DangerLine, DangerOutcome, DangerRequest, DangerRun, DangerWarning,
    WarningsErased,
};
pub use doctor::{Check, Health, doctor};
pub use document::{Document, DocumentCopy};
pub use doubt::DoubtLine;
pub use epoch::Resumed;
pub use error::NodeError;
pub use expiry::Retained;
pub use export::{SignedLog, Verified, verify_folder};
pub use facts::{Fact, ObjectName, PartyName};
pub use feed::{
    FeedCredential, FeedFault, FeedHealth, FeedLine, FeedReport, NewCourse, NewFeed, Progress,
};
pub use flow::Flowed;
pub use hit::{Ask, AskLine, AskWhat, AskedLine, MatchTerms, MatchValue};
pub use hold::HoldLine;
pub use home::Home;
pub use import::ImportRequest;
pub use import_report::{ImportLine, ImportReport};
pub use inbox::{InboxLine, Receipt};
pub use inbox_content::{Cut, News, Received, ReceivedValue, ShownValue};
pub use inbox_view::InboxView;
pub use job::{JobFault, JobLine, JobState, JobView};
pub use key_change::KeysChanged;
pub use key_state::{FormerKeyLine, KeyState};
pub use leaf::LeafProof;
pub use legal_hold::{LEGAL_GROUNDS, LegalHoldLine};
pub use log_state::{ChannelAgreement, ChannelState, LogSignature, LogState};
pub use note::{NoteKind, OwnNote};
pub use object::{LINKS, Link, ObjectView, Searched, SentTo};
pub use outbox::Sent;
pub use oversight::{Disclosure, LogEvent, ObjectOutcome, OversightRelease, OversightView};
pub use partner::PartnerLine;
pub use partner_round::RoundLine;
pub use partner_stop::{CutOff, TokenLine};
pub use person::{PersonFile, PersonLine};
pub use plain::{Grant, GrantLine, PlainLine};
pub use plain_backend::OwnBackend;
pub use protect::{Decision as ProtectDecision, ProposalLine, Protected, STATUSES, Status};
pub use quarantine::QuarantineLine;
pub use recall::{Corrected, Recalled};
pub use recall_answer::{Stated, Why};
pub use recall_list::RecallStatus;
pub use release::{Counts, DryLine, DryObject, DryRun, ReleaseRequest, Stage};
pub use release_view::{ReleaseRow, ReleaseView, StoredField, StoredObject};
pub use replay::{Replay, ReplayLine, ReplayedRelease};
pub use request::{
    Attached, NewRequest, NewStep, RequestAlert, RequestDraft, RequestLine, RequestMatch,
    RequestMatches, RequestObject, RequestTemplate, RequestView, RestrictedMatch, StepLine,
    StepSaid, Wish,
};
pub use restore::{Erasures, RestoreRequest, Restored};
pub use review::{Erased, ReviewLine};
pub use search::{SearchHit, SearchView, TypeCount};
pub use send::{RecallLine, ReleaseLine, SendWhen};
pub use setup::{Init, Node};
pub use source::{NewSource, SourceLine};
pub use sync::SyncReport;
pub use tries::Tries;
pub use update::UpdateLine;
pub use update_view::UpdateRow;
pub use vetting::{VettingLine, VettingResult};

pub use enlace_keys::{ArchiveKey, ArchiveLock};
pub use enlace_policy::consent::ConsentKind;
pub use enlace_policy::danger::REASONS as DANGER_REASONS;
pub use enlace_policy::roles::{Action, Role};
pub use enlace_policy::{Arg as SummaryArg, Clause, Origin, Sentence, ToReleased};
pub use enlace_release::{Line, ObjectPlan, Verdict};
pub use enlace_store::{OWN as OWN_CHANNEL, ObjectRow, ObjectState};
