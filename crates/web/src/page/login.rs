//! Sign in: account and password, and the landing page of a one-time link.

use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, Tone, csrf, notice, page};
use crate::marking::Marking;

/// Why the last try did not work. One answer for a wrong name and a wrong password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginFault {
    /// Account and password do not fit.
    Wrong,
    /// Too many tries: wait.
    Wait,
    /// The one-time link is unknown, spent or too old.
    LinkSpent,
    /// The session is over.
    SessionOver,
}

/// The form.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoginView {
    /// What was typed as account.
    pub account: String,
    /// Why the form is shown again.
    pub fault: Option<LoginFault>,
    /// Path on this node to go to afterwards, as checked by the handler.
    pub next: Option<String>,
}

/// The landing page of a one-time link. It looks the same whether the link works or not, and
/// opening it uses nothing up: mail scanners and link previews only ever open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginLinkView {
    /// The secret of the link.
    pub token: String,
}

/// The page of the form. The form posts `account`, `password`, `next`, `csrf` to [`href::LOGIN`].
pub fn render(view: &LoginView, chrome: &Chrome<'_>) -> Markup {
    let body = html! {
        div .gate {
            h1 { (chrome.t("login-title")) }
            @if let Some(fault) = view.fault { (fault_notice(chrome, fault)) }
            form .stack method="post" action=(href::LOGIN) {
                (csrf(chrome))
                @if let Some(next) = &view.next { input type="hidden" name="next" value=(next); }
                div .field {
                    label for="account" { (chrome.t("login-account")) }
                    input #account .input type="text" name="account" value=(view.account) required
                        autocomplete="username" autocapitalize="none" spellcheck="false";
                }
                div .field {
                    label for="password" { (chrome.t("login-password")) }
                    input #password .input type="password" name="password" required
                        autocomplete="current-password";
                }
                button .button .button--main type="submit" { (chrome.t("login-button")) }
            }
            p .quiet { (chrome.t("login-help")) }
        }
    };
    page(chrome, &Marking::nothing(), &chrome.t("login-title"), &body)
}

/// The page of the link, with a button that posts to [`href::login_link`].
pub fn render_link(view: &LoginLinkView, chrome: &Chrome<'_>) -> Markup {
    let body = html! {
        div .gate {
            h1 { (chrome.t("login-link-title")) }
            p { (chrome.t("login-link-words")) }
            form .stack method="post" action=(href::login_link(&view.token)) {
                (csrf(chrome))
                button .button .button--main type="submit" { (chrome.t("login-link-button")) }
            }
            p .quiet { (chrome.t("login-link-help")) }
        }
    };
    page(chrome, &Marking::nothing(), &chrome.t("login-link-title"), &body)
}

fn fault_notice(chrome: &Chrome<'_>, fault: LoginFault) -> Markup {
    let (tone, key) = match fault {
        LoginFault::Wrong => (Tone::Fault, "login-wrong"),
        LoginFault::Wait => (Tone::Fault, "login-wait"),
        LoginFault::LinkSpent => (Tone::Fault, "login-link-spent"),
        LoginFault::SessionOver => (Tone::Note, "login-session-over"),
    };
    notice(chrome, tone, &chrome.t(key))
}
