//! Who asks for what, in which language: taken from the request once, before any handler.

use axum::extract::{FromRequestParts, Query};
use axum::response::{Html, IntoResponse, Redirect, Response};
use enlace_node::{Action, Actor, NodeError, SessionView};
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use maud::Markup;

use crate::app::App;
use crate::csp::Nonce;
use crate::href;
use crate::layout::{Chrome, Place, Said, User};
use crate::page::error::{self, ErrorView};
use crate::text::Lang;

/// Name of the session's cookie.
pub(crate) const SESSION: &str = "enlace_session";
/// Name of the language's cookie.
pub(crate) const LANG: &str = "enlace_lang";

/// What every answer needs; nobody need be signed in.
pub(crate) struct Visit {
    pub(crate) app: App,
    pub(crate) lang: Lang,
    pub(crate) session: Option<SessionView>,
    /// Cookie of the session, alive or not.
    pub(crate) cookie: Option<String>,
    /// What was just done.
    said: Option<Said>,
    nonce: String,
    /// Path and query, for links back to this page.
    address: String,
}

/// Parameters of a query in their order; one name may stand several times.
pub(crate) struct Parameters(pub(crate) Vec<(String, String)>);

impl Parameters {
    /// The first value of a name, trimmed; empty where there is none.
    pub(crate) fn one(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// The first value of a name as it was sent.
    pub(crate) fn whole(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The first value of a name, if it says anything.
    pub(crate) fn some(&self, name: &str) -> Option<&str> {
        Some(self.one(name)).filter(|value| !value.is_empty())
    }

    /// Every value of a name that says anything.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|(key, value)| key == name && !value.trim().is_empty());
        found.map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// Number of a page, from 1.
    pub(crate) fn page(&self) -> u32 {
        self.one("page").parse().unwrap_or(1).clamp(1, 1_000_000)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        // A query that cannot be read asks for nothing.
        let query = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        Ok(Self(query.map(|Query(pairs)| pairs).unwrap_or_default()))
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(parameters) = Parameters::from_request_parts(parts, app).await;
        let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok());
        let known = cookie(&parts.headers, LANG);
        let lang = Lang::choose(parameters.some("lang"), known.as_deref(), accepted);
        let nonce = parts.extensions.get::<Nonce>().map(|n| n.as_str().to_owned());
        let address = match parts.method {
            Method::GET => parts.uri.path_and_query().map(|p| p.as_str().to_owned()),
            // The address of a form's answer is no page.
            _ => None,
        };
        let mut visit = Self {
            app: app.clone(),
            lang,
            session: None,
            cookie: cookie(&parts.headers, SESSION),
            said: parameters.some("said").and_then(Said::from_name),
            nonce: nonce.unwrap_or_default(),
            address: address.unwrap_or_else(|| "/".to_owned()),
        };
        if let Some(cookie) = &visit.cookie {
            match app.node.session(cookie).await {
                Ok(session) => visit.session = session,
                Err(error) => return Err(visit.fail(&error)),
            }
        }
        Ok(visit)
    }
}

impl Visit {
    /// The word of a family for a name.
    pub(crate) fn word(&self, family: &str, name: &str) -> String {
        self.app.texts.word(self.lang, family, name, &[])
    }

    /// The frame of a page.
    pub(crate) fn chrome(&self, here: Option<Place>) -> Chrome<'_> {
        let csrf = self.session.as_ref().map(|s| s.csrf.clone()).unwrap_or_default();
        let actor = self.session.as_ref().map(|s| &s.actor);
        Chrome {
            texts: &self.app.texts,
            assets: &self.app.assets,
            lang: self.lang,
            node: &self.app.name,
            user: actor.map(|actor| User {
                account: actor.account().to_owned(),
                role: actor.role().name().to_owned(),
            }),
            places: actor.map(places).unwrap_or_default(),
            here,
            language_href: href::in_language(&self.address, self.lang.other()),
            csrf,
            nonce: self.nonce.clone(),
            flashes: self.said.iter().map(|s| s.flash(&self.app.texts, self.lang)).collect(),
        }
    }

    /// The page of an error.
    pub(crate) fn error(&self, view: &ErrorView) -> Response {
        let status = StatusCode::from_u16(view.status());
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        page(status, &error::render(view, &self.chrome(None)))
    }

    /// The page of what a use case refused or could not do.
    pub(crate) fn fail(&self, error: &NodeError) -> Response {
        let coded =
            |status| ErrorView::Coded { status, code: error.code().to_owned(), args: Vec::new() };
        self.error(&match error {
            NodeError::NotFound { .. } => ErrorView::NotFound,
            NodeError::Forbidden { .. } => ErrorView::Forbidden,
            NodeError::Changed { .. } => ErrorView::Conflict,
            _ if error.status() < 500 || error.status() == 502 => coded(error.status()),
            _ => {
                let reference = reference();
                tracing::error!(reference, code = error.code(), %error, "page");
                ErrorView::Internal { reference }
            }
        })
    }
}

/// A visit by somebody who is signed in; anybody else is sent to sign in first.
pub(crate) struct Inside {
    pub(crate) visit: Visit,
    pub(crate) actor: Actor,
}

impl FromRequestParts<App> for Inside {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let Some(actor) = visit.session.as_ref().map(|s| s.actor.clone()) else {
            let next = if visit.address == "/" { "" } else { &visit.address };
            return Err(Redirect::to(&href::query(href::LOGIN, &[("next", next)])).into_response());
        };
        Ok(Self { visit, actor })
    }
}

impl Inside {
    pub(crate) fn chrome(&self, here: Place) -> Chrome<'_> {
        self.visit.chrome(Some(here))
    }

    pub(crate) fn fail(&self, error: &NodeError) -> Response {
        self.visit.fail(error)
    }
}

/// Anything that is not routed, and methods that a path does not know.
pub(crate) async fn not_found(visit: Visit) -> Response {
    visit.error(&ErrorView::NotFound)
}

/// To the page where what was done is seen.
pub(crate) fn done_at(path: &str, said: Said) -> Response {
    Redirect::to(&href::query(path, &[("said", said.name())])).into_response()
}

/// A whole document.
pub(crate) fn page(status: StatusCode, markup: &Markup) -> Response {
    (status, Html(markup.0.clone())).into_response()
}

/// The places that a role has anything to do in.
pub(crate) fn places(actor: &Actor) -> Vec<Place> {
    let needs = |place: &Place| match place {
        Place::Search => Action::Search,
        Place::Incoming => Action::InboxView,
        Place::Releases | Place::Consents => Action::ReleaseView,
        Place::Home | Place::Requests => Action::RequestView,
        Place::Cases => Action::CaseWork,
        Place::Partners => Action::PartnerView,
        Place::Agreements => Action::AgreementView,
        // Oversight sees that and when, not what was said.
        Place::Danger if actor.may(Action::Oversight) => Action::Oversight,
        Place::Danger => Action::DangerReview,
        Place::Compartments => Action::CompartmentUse,
        Place::Sources => Action::SourceRegister,
        Place::Protected => Action::ProtectedDecide,
        Place::Reviews => Action::Review,
        // Who runs the node sees that others' are there.
        Place::Jobs if actor.may(Action::Health) => Action::Health,
        Place::Jobs => Action::Import,
        Place::Feeds => Action::FeedManage,
        Place::Oversight => Action::Oversight,
    };
    Place::ALL.into_iter().filter(|place| actor.may(needs(place))).collect()
}

/// The value of a cookie.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|v| v.to_str().ok());
    lines.flat_map(|line| line.split(';')).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        (key == name).then(|| value.to_owned())
    })
}

/// What ties an error page to the line in the program's log.
fn reference() -> String {
    let mut bytes = [0_u8; 6];
    // Without randomness the time of the line has to do.
    let _ = getrandom::fill(&mut bytes);
    hex::encode(bytes)
}
