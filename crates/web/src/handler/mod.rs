//! The handlers: who asks, one use case of the node, a view, its page.
//!
//! A handler decides nothing: the use case refuses by role. What a handler needs of the request
//! comes by extractors, so that none can forget the session or the form's token:
//! [`visit::Inside`] for pages, [`form::Posted`] for forms, [`upload::Uploading`] for forms with a file.

pub(crate) mod account;
pub(crate) mod agreement;
pub(crate) mod agreement_draft;
pub(crate) mod ask;
pub(crate) mod carried;
pub(crate) mod case;
pub(crate) mod collection;
pub(crate) mod commitment;
pub(crate) mod consent;
pub(crate) mod convert;
pub(crate) mod danger;
pub(crate) mod desk;
pub(crate) mod document;
pub(crate) mod feed;
pub(crate) mod form;
pub(crate) mod guard;
pub(crate) mod hold;
pub(crate) mod home;
pub(crate) mod incoming;
pub(crate) mod job;
pub(crate) mod object;
pub(crate) mod oversight;
pub(crate) mod partner;
pub(crate) mod recall;
pub(crate) mod release;
pub(crate) mod request;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod updates;
pub(crate) mod upload;
pub(crate) mod visit;
