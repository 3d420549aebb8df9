//! The pages: what a browser gets from a node.
//!
//! Each page is a view (plain data that a handler fills from one use case) and a `render` that
//! turns it into the whole document. Rendering reads no store, no clock and decides nothing.
//!
//! - [`page`]: the pages, one module each
//! - [`layout::Chrome`]: everything around a page: language, user, places, security tokens
//! - [`marking`]: a view says what markings it shows; the bands on the page follow from that
//! - [`text::Texts`]: every sentence in English and Spanish, from `locales/`
//! - [`clause::sentence`], [`summary::sentence`]: what the rules say, in words
//! - [`csp::headers`], [`asset::serve`]: headers of every answer; styles and script
//! - [`href`]: the addresses of the pages
//!
//! ```
//! use enlace_web::{asset::Assets, layout::{Chrome, NodeName}, page::error, text::{Lang, Texts}};
//! let (texts, assets) = (Texts::new(), Assets::find());
//! let node = NodeName { name: "Unidad de Enlace".into(), country: "EC".into() };
//! let chrome = Chrome {
//!     texts: &texts, assets: &assets, lang: Lang::Es, node: &node, user: None, places: vec![],
//!     here: None, language_href: "/?lang=en".into(), csrf: String::new(), nonce: "n".into(),
//!     flashes: vec![],
//! };
//! let page = error::render(&error::ErrorView::NotFound, &chrome).into_string();
//! assert!(page.starts_with("<!DOCTYPE html><html lang=\"es\">"));
//! ```
#![forbid(unsafe_code)]

mod app;
pub mod asset;
pub mod clause;
pub mod csp;
mod handler;
pub mod href;
pub mod layout;
pub mod marking;
pub mod page;
mod partner;
mod quota;
mod room;
mod route;
mod step;
pub mod summary;
pub mod text;
pub mod value;

pub use app::{pages, pages_over_tls, partners, routes};
pub use quota::{CameFrom, Quota, in_bounds};
pub use route::{Exit, Route};
pub use step::in_step;
