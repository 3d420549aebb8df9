//! Joint cases: what each side did, and one state that every side reckons alike.
//!
//! Pure: no clock, no store, no network. Each side tells each partner its acts in a numbered chain that
//! is linked by hash; an act told to several bears one id. From the same acts, however they came, every
//! side reckons the same state.
//!
//! - [`Event`]: one `case-event`, read once
//! - [`Case`]: members, tasks, thread and what was shared, reckoned from events
//! - [`Operation`]: a planned operation, by whose keys two that meet are found hit/no-hit
//! - [`Step`]: what a side can do; [`Void`]: why an act counts for nothing
//!
//! ```
//! use enlace_case::{Case, Event, Stage};
//! use enlace_stix::Object;
//! # let opened = r#"{"type":"case-event","spec_version":"2.1","id":"case-event--4d2a6c18-9e5b-4f37-8a60-1c7e3b9d5f24",
//! # "created_by_ref":"identity--8a4e2f6b-6c3d-4e57-8f0a-7b9d5c1e3a22","created":"2026-03-02T09:00:00.000Z","modified":"2026-03-02T09:00:00.000Z",
//! # "case_ref":"grouping--4b13c556-fb64-5785-849d-46c58bd49fc7","agreement_ref":"agreement--3c9d5e71-4b2a-4f86-90c3-7e1f6a8d2b54",
//! # "addressed_ref":"identity--1f7c9b25-3e6a-4d80-b94e-5a2c8d6f0e13","act":"6e1b8d34-2c7f-4a95-b0e6-9d4f5a3c8b12","step":"opened",
//! # "by_ref":"identity--8a4e2f6b-6c3d-4e57-8f0a-7b9d5c1e3a22","occurred_at":"2026-03-02T09:00:00.000Z","sequence":1,
//! # "side_refs":["identity--8a4e2f6b-6c3d-4e57-8f0a-7b9d5c1e3a22","identity--1f7c9b25-3e6a-4d80-b94e-5a2c8d6f0e13"],
//! # "purpose":"firearms-tracing","case_number":"JC-26-3","title":"Pistols of the northern road"}"#;
//! let event = Event::read(&Object::parse(opened)?)?;
//! let case = Case::reckon([event]);
//! assert_eq!(case.head().map(|head| head.number.as_str()), Some("JC-26-3"));
//! assert_eq!(case.stage(), Stage::Proposed);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod case;
mod event;
mod operation;

pub use case::{Case, Head, Member, Said, Shared, Side, Stage, Task, TaskState, Void};
pub use event::{Event, EventError, MOST_EVENTS, Step, case_id};
pub use operation::{MOST_RADIUS_M, MOST_WINDOW_US, Operation, OperationError};
