//! Signing in and out.

use std::time::Instant;

use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use enlace_node::{NodeError, SignedIn};
use http::header::{HeaderValue, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use secrecy::SecretString;

use super::form::{ENTRY, Entered, Posted, entry_token};
use super::guard::set_cookie;
use super::visit::{Parameters, SESSION, Visit, done_at, page};
use crate::href;
use crate::layout::Said;
use crate::page::error::ErrorView;
use crate::page::login::{self, LoginFault, LoginLinkView, LoginView};

/// `GET /login`
pub(crate) async fn form(visit: Visit, asked: Parameters, headers: HeaderMap) -> Response {
    let fault = visit.cookie.is_some() && visit.session.is_none();
    let view = LoginView {
        account: String::new(),
        fault: fault.then_some(LoginFault::SessionOver),
        next: local(asked.one("next")),
    };
    let Some(token) = token(&headers) else { return no_randomness(&visit) };
    shown(&visit, StatusCode::OK, &view, &token)
}

/// `POST /login`
pub(crate) async fn sign_in(entered: Entered) -> Response {
    let Entered { visit, fields, token } = entered;
    // A password may begin or end with a space.
    let password = fields.0.iter().find(|(name, _)| name == "password");
    let password = SecretString::from(password.map(|(_, p)| p.clone()).unwrap_or_default());
    let mut view = LoginView {
        account: fields.one("account").to_owned(),
        fault: None,
        next: local(fields.one("next")),
    };
    let tries = visit.app.node.tries();
    let Some(turn) = tries.turn(&view.account).await else {
        view.fault = Some(LoginFault::Wait);
        return shown(&visit, StatusCode::TOO_MANY_REQUESTS, &view, &token);
    };
    let signed = visit.app.node.sign_in(&view.account, &password).await;
    // Counted before the next one has its turn.
    if matches!(signed, Err(NodeError::SignIn)) {
        tries.failed(&view.account, Instant::now());
    }
    drop(turn);
    match signed {
        Ok(signed) => enter(&visit, &signed, view.next.as_deref().unwrap_or("/")),
        Err(NodeError::SignIn) => {
            view.fault = Some(LoginFault::Wrong);
            shown(&visit, StatusCode::FORBIDDEN, &view, &token)
        }
        Err(error) => visit.fail(&error),
    }
}

/// `GET /login/{token}`: a button; opening the link uses nothing up.
pub(crate) async fn link(visit: Visit, Path(secret): Path<String>, headers: HeaderMap) -> Response {
    let Some(token) = token(&headers) else { return no_randomness(&visit) };
    let mut chrome = visit.chrome(None);
    chrome.csrf.clone_from(&token);
    let markup = login::render_link(&LoginLinkView { token: secret }, &chrome);
    with_token(&visit, page(StatusCode::OK, &markup), &token)
}

/// `POST /login/{token}`
pub(crate) async fn sign_in_by_link(Path(secret): Path<String>, entered: Entered) -> Response {
    let Entered { visit, token, .. } = entered;
    match visit.app.node.sign_in_by_link(&secret).await {
        Ok(signed) => enter(&visit, &signed, "/"),
        Err(NodeError::SignIn) => {
            let fault = Some(LoginFault::LinkSpent);
            let view = LoginView { fault, ..LoginView::default() };
            shown(&visit, StatusCode::FORBIDDEN, &view, &token)
        }
        Err(error) => visit.fail(&error),
    }
}

/// `POST /logout`
pub(crate) async fn sign_out(posted: Posted) -> Response {
    let visit = posted.inside.visit;
    if let Some(cookie) = &visit.cookie
        && let Err(error) = visit.app.node.sign_out(cookie).await
    {
        return visit.fail(&error);
    }
    let gone = set_cookie(SESSION, "", visit.app.secure, "; Max-Age=0");
    with_cookie(done_at(href::LOGIN, Said::SignedOut), &gone)
}

/// The form with its token.
fn shown(visit: &Visit, status: StatusCode, view: &LoginView, token: &str) -> Response {
    let mut chrome = visit.chrome(None);
    token.clone_into(&mut chrome.csrf);
    with_token(visit, page(status, &login::render(view, &chrome)), token)
}

fn enter(visit: &Visit, signed: &SignedIn, next: &str) -> Response {
    let cookie = set_cookie(SESSION, signed.session.expose(), visit.app.secure, "");
    let gone = set_cookie(ENTRY, "", visit.app.secure, "; Max-Age=0");
    with_cookie(with_cookie(Redirect::to(next).into_response(), &cookie), &gone)
}

fn with_token(visit: &Visit, response: Response, token: &str) -> Response {
    with_cookie(response, &set_cookie(ENTRY, token, visit.app.secure, ""))
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

/// The token that the browser has, else a new one: two open forms both work.
fn token(headers: &HeaderMap) -> Option<String> {
    entry_token(headers).or_else(|| {
        let mut bytes = [0_u8; 32];
        getrandom::fill(&mut bytes).ok()?;
        Some(hex::encode(bytes))
    })
}

fn no_randomness(visit: &Visit) -> Response {
    visit.error(&ErrorView::Internal { reference: "no-randomness".to_owned() })
}

/// A path on this node; anything that a browser could read as another host is none.
fn local(path: &str) -> Option<String> {
    let inside = path.starts_with('/')
        && !path.starts_with("//")
        && !path.starts_with(href::LOGIN)
        && path.bytes().all(|b| b.is_ascii_graphic() && b != b'\\');
    inside.then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_signing_in_only_a_path_of_this_node_is_gone_to() {
        assert_eq!(local("/search?q=a"), Some("/search?q=a".to_owned()));
        for path in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "/login"]
        {
            assert_eq!(local(path), None, "{path}");
        }
    }
}
