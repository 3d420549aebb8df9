//! A request between two agencies: which step may follow which, the thread that both nodes hold, and
//! the limit that both reckon alike.
//!
//! Pure: no clock, no randomness, no store. A request is one `request` object; everything after it
//! is a `request-event` that its side signs, numbers and links.
//!
//! - [`rule::after`]: the state machine, one function; [`state`]: its words
//! - [`event::Event`]: one step, read from its object
//! - [`thread::Thread`]: the steps of both sides woven into one order; what is wrong with a step, and
//!   what of two that crossed counts
//! - [`clock::Clock`]: the limit of Directive (EU) 2023/977, its pauses and extensions
//! - [`next`]: the links of the next step; [`content`]: what a request must say before it is sent
//!
//! ```
//! use enlace_request::{clock::{Limits, Standing, Wanted}, event::Event, next::Next, rule::Rules};
//! use enlace_request::{state::{Kind, Side, Step}, thread::{Frame, Thread}};
//! use enlace_stix::Object;
//!
//! let request = Object::parse(r#"{"type":"request","id":"request--ad1b9de9-1051-4527-b407-147d7a055690",
//!   "asked_by_ref":"identity--8a4e2f6b-6c3d-4e57-8f0a-7b9d5c1e3a22",
//!   "asked_of_ref":"identity--6ffb4f3c-3b7a-4a0d-8c1b-52a07f0f7d11"}"#)?;
//! let rules = Rules { kind: Kind::Information, one_answer: false };
//! let limits = Some(Limits::DIRECTIVE);
//! let wanted = Wanted { is_urgent: true, answer_by_us: None, limits, nothing_after_us: None };
//! let frame = Frame { request: &request, rules, wanted };
//!
//! let mut held = Vec::new();
//! let mut say = |side, step, id: &str, maker: &str, now_us| {
//!     let thread = Thread::weave(&frame, held.clone());
//!     let mut view = thread.next(&Next { side, step, now_us, received_us: None })?;
//!     view.insert("type".into(), "request-event".into());
//!     view.insert("id".into(), format!("request-event--{id}").into());
//!     view.insert("created_by_ref".into(), maker.into());
//!     held.push(Event::read(&Object::from_view(view)?)?);
//!     Ok::<(), Box<dyn std::error::Error>>(())
//! };
//! let (ec, us) = ("identity--8a4e2f6b-6c3d-4e57-8f0a-7b9d5c1e3a22", "identity--6ffb4f3c-3b7a-4a0d-8c1b-52a07f0f7d11");
//! say(Side::Asking, Step::Sent, "00000000-0000-4000-8000-000000000001", ec, 0)?;
//! say(Side::Asked, Step::Delivered, "00000000-0000-4000-8000-000000000002", us, 60_000_000)?;
//!
//! let thread = Thread::weave(&frame, held);
//! // Eight hours from the receipt, by the asked side's clock.
//! assert_eq!(thread.clock.standing(60_000_000), Standing::Running(8 * 3_600_000_000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

pub mod clock;
pub mod content;
pub mod event;
pub mod next;
pub mod rule;
pub mod state;
pub mod thread;
