//! The page that says what went wrong and what to do.

use maud::{Markup, html};

use crate::layout::{Chrome, page};
use crate::marking::Marking;
use crate::text::Arg;

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorView {
    /// 404: no such thing, or not for this user. The two are the same bytes.
    NotFound,
    /// 403: the role may not do this (never used for things whose existence is a secret).
    Forbidden,
    /// 403: the form's `csrf` does not belong to the session.
    FormExpired,
    /// 409: somebody changed the thing meanwhile, or it is not in the state needed.
    Conflict,
    /// 400, 502 or any other with a stable code and its arguments; values of the arguments are
    /// shown, so they hold nothing that the user may not see.
    Coded {
        /// HTTP status.
        status: u16,
        /// Stable code (`stix.timestamp.not-utc`), in `locales` as `error-stix-timestamp-not-utc`.
        code: String,
        /// Arguments of the sentence, by name.
        args: Vec<(String, String)>,
    },
    /// 500: our fault. The reference is in the program's log.
    Internal {
        /// What to tell the administrator.
        reference: String,
    },
}

impl ErrorView {
    /// What needs a box to be ticked was sent without it.
    pub(crate) fn unconfirmed() -> Self {
        Self::Coded { status: 400, code: "form.unconfirmed".to_owned(), args: Vec::new() }
    }

    /// The HTTP status that goes with the page.
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Forbidden | Self::FormExpired => 403,
            Self::Conflict => 409,
            Self::Coded { status, .. } => *status,
            Self::Internal { .. } => 500,
        }
    }
}

/// The page. It shows no held data.
pub fn render(view: &ErrorView, chrome: &Chrome<'_>) -> Markup {
    let (title, words) = words(view, chrome);
    let body = html! {
        div .gate {
            p .gate__status { (view.status()) }
            h1 { (title) }
            p { (words) }
            @match view {
                ErrorView::Coded { code, .. } =>
                    p .quiet { (chrome.t("error-code")) " " code { (code) } },
                ErrorView::Internal { reference } =>
                    p .quiet { (chrome.t("error-reference")) " " code { (reference) } },
                _ => {}
            }
            @if let Some(place) = chrome.places.first() {
                p { a .button href=(place.href()) { (chrome.t("error-back")) } }
            }
        }
    };
    page(chrome, &Marking::nothing(), &title, &body)
}

fn words(view: &ErrorView, chrome: &Chrome<'_>) -> (String, String) {
    let (title, words) = match view {
        ErrorView::NotFound => ("error-not-found-title", "error-not-found"),
        ErrorView::Forbidden => ("error-forbidden-title", "error-forbidden"),
        ErrorView::FormExpired => ("error-form-title", "error-form"),
        ErrorView::Conflict => ("error-conflict-title", "error-conflict"),
        ErrorView::Internal { .. } => ("error-internal-title", "error-internal"),
        ErrorView::Coded { code, args, .. } => {
            let args: Vec<(&str, Arg<'_>)> =
                args.iter().map(|(name, value)| (name.as_str(), Arg::from(value))).collect();
            let words = if chrome.texts.knows("error", code) {
                chrome.texts.word(chrome.lang, "error", code, &args)
            } else {
                chrome.t("error-coded")
            };
            return (chrome.t("error-coded-title"), words);
        }
    };
    (chrome.t(title), chrome.t(words))
}
