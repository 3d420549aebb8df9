//! A draft agreement, or an amendment: start from a model, check it, replay it, sign it.
//!
//! The draft lives in the form only: nothing is kept until somebody signs.

use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, Tone, csrf, notice, page};
use crate::marking::Marking;
use crate::value::PartnerName;

/// Lines of a replay that are listed; the others are counted.
pub const LISTED: usize = 200;

/// The page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AgreementDraftView {
    /// What it amends: id and title; `None` = a new agreement.
    pub amends: Option<(String, String)>,
    /// For an amendment: what happens to what was released before (`keep`, `narrow`, `recall`).
    pub released: String,
    /// What a new draft starts from; `None` for who does not draft.
    pub start: Option<Start>,
    /// The terms (TOML).
    pub terms: String,
    /// The text beside them (Markdown).
    pub text: String,
    /// What checking found; `None` = not checked now.
    pub faults: Option<Vec<FaultRow>>,
    /// Whether a signature was refused because of the faults.
    pub refused: bool,
    /// Another reason why a signature was refused: stable code of an error.
    pub problem: Option<String>,
    /// What a replay found.
    pub replay: Option<ReplayView>,
    /// Whether this user may draft and replay.
    pub may_draft: bool,
    /// Whether this user may sign.
    pub may_sign: bool,
}

/// What a new draft starts from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Start {
    /// Names of the models.
    pub models: Vec<String>,
    /// The one chosen.
    pub model: String,
    /// Partners to choose: key id, name, whether chosen.
    pub partners: Vec<(String, PartnerName, bool)>,
    /// Title.
    pub title: String,
    /// Treaty, law or memorandum.
    pub basis: String,
}

/// A fault at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultRow {
    /// Line of the terms, from 1.
    pub line: usize,
    /// Column, from 1.
    pub column: usize,
    /// What stands in that line.
    pub there: String,
    /// Key.
    pub key: String,
    /// What was found.
    pub found: String,
    /// What may stand there.
    pub allowed: String,
}

/// What would leave under the draft and does not now, and the other way round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayView {
    /// Title of the agreement that it is compared with; `None` = nothing is in force.
    pub against: Option<String>,
    /// Objects looked at.
    pub planned: usize,
    /// Whether more is held than was looked at.
    pub cut: bool,
    /// Differences by verdict (`more`, `fewer`, `changed`), type and clause, with their number.
    pub counts: Vec<(String, String, String, usize)>,
    /// Differences, object by object.
    pub lines: Vec<ReplayRow>,
    /// Releases of the past: id, objects that left, objects that would stay.
    pub history: Vec<(String, usize, usize)>,
}

/// One object that the draft treats differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayRow {
    /// Id of the object.
    pub object: String,
    /// Type.
    pub kind: String,
    /// Partner.
    pub partner: String,
    /// `more`, `fewer`, `changed`.
    pub verdict: String,
    /// Clauses that decide, or properties that differ.
    pub why: String,
}

/// The page.
pub fn render(view: &AgreementDraftView, chrome: &Chrome<'_>) -> Markup {
    let title = match &view.amends {
        Some((_, title)) => chrome.ta("draft-amend-title", &[("agreement", title.into())]),
        None => chrome.t("draft-title"),
    };
    let body = html! {
        div .title {
            p .title__over { a href=(href::AGREEMENTS) { (chrome.t("agreements-title")) } }
            h1 { (title) }
            p .title__under .quiet { (chrome.t("draft-words")) }
        }
        @if let Some(code) = &view.problem {
            (notice(chrome, Tone::Fault, &problem(code, chrome)))
        }
        @if let Some(faults) = &view.faults { (checked(faults, view, chrome)) }
        @if let Some(replay) = &view.replay { (replayed(replay, chrome)) }
        @if view.amends.is_some() { (released(view, chrome)) }
        @if let Some(start) = &view.start { (start_form(start, view, chrome)) }
        (draft_form(view, chrome))
    };
    page(chrome, &Marking::nothing(), &title, &body)
}

fn action(view: &AgreementDraftView) -> String {
    match &view.amends {
        Some((id, _)) => href::agreement_amend(id),
        None => href::AGREEMENT_NEW.to_owned(),
    }
}

/// Why it was refused, in words.
fn problem(code: &str, chrome: &Chrome<'_>) -> String {
    match chrome.texts.knows("error", code) {
        true => chrome.word("error", code),
        false => format!("{} ({code})", chrome.t("error-coded")),
    }
}

fn checked(faults: &[FaultRow], view: &AgreementDraftView, chrome: &Chrome<'_>) -> Markup {
    if faults.is_empty() {
        return notice(chrome, Tone::Done, &chrome.t("draft-sound"));
    }
    let words = if view.refused { "draft-refused" } else { "draft-faults" };
    html! {
        (notice(chrome, Tone::Fault, &chrome.ta(words, &[("count", faults.len().into())])))
        section aria-labelledby="draft-faults" {
            h2 #draft-faults { (chrome.t("draft-faults-title")) }
            table .table .table--rows {
                caption .hidden { (chrome.t("draft-faults-title")) }
                thead {
                    tr {
                        th scope="col" { (chrome.t("draft-line")) }
                        th scope="col" { (chrome.t("draft-there")) }
                        th scope="col" { (chrome.t("draft-found")) }
                        th scope="col" { (chrome.t("draft-allowed")) }
                    }
                }
                tbody { @for fault in faults { (fault_row(fault, chrome)) } }
            }
        }
    }
}

fn fault_row(fault: &FaultRow, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            td data-label=(chrome.t("draft-line")) { (fault.line) ":" (fault.column) }
            td data-label=(chrome.t("draft-there")) {
                code .path { (fault.there) }
                @if !fault.key.is_empty() { div .quiet { code { (fault.key) } } }
            }
            // The words of the reader of drafts, which are English.
            td data-label=(chrome.t("draft-found")) { span .prose lang="en" { (fault.found) } }
            td data-label=(chrome.t("draft-allowed")) { span .prose lang="en" { (fault.allowed) } }
        }
    }
}

fn replayed(replay: &ReplayView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="draft-replay" {
            h2 #draft-replay { (chrome.t("replay-title")) }
            p {
                @match &replay.against {
                    Some(title) => (chrome.ta("replay-against", &[
                        ("agreement", title.into()), ("objects", replay.planned.into()),
                    ])),
                    None => (chrome.ta("replay-against-nothing", &[
                        ("objects", replay.planned.into()),
                    ])),
                }
                @if replay.cut { " " (chrome.t("replay-cut")) }
            }
            @if replay.counts.is_empty() {
                p .empty { (chrome.t("replay-same")) }
            } @else {
                (counts(replay, chrome))
                (lines(replay, chrome))
            }
            @if !replay.history.is_empty() { (history(replay, chrome)) }
        }
    }
}

fn counts(replay: &ReplayView, chrome: &Chrome<'_>) -> Markup {
    html! {
        table .table .table--rows {
            caption .hidden { (chrome.t("replay-counts")) }
            thead {
                tr {
                    th scope="col" { (chrome.t("replay-verdict")) }
                    th scope="col" { (chrome.t("replay-type")) }
                    th scope="col" { (chrome.t("column-clause")) }
                    th scope="col" { (chrome.t("column-objects")) }
                }
            }
            tbody {
                @for (verdict, kind, clause, count) in &replay.counts {
                    tr {
                        td data-label=(chrome.t("replay-verdict")) {
                            (chrome.word("replay", verdict))
                        }
                        td data-label=(chrome.t("replay-type")) { (chrome.word("type", kind)) }
                        td data-label=(chrome.t("column-clause")) { code { (clause) } }
                        td data-label=(chrome.t("column-objects")) {
                            (chrome.lang.number(*count as u64))
                        }
                    }
                }
            }
        }
    }
}

fn lines(replay: &ReplayView, chrome: &Chrome<'_>) -> Markup {
    html! {
        details {
            summary { (chrome.t("replay-lines")) }
            table .table .table--rows {
                caption .hidden { (chrome.t("replay-lines")) }
                thead {
                    tr {
                        th scope="col" { (chrome.t("column-object")) }
                        th scope="col" { (chrome.t("column-partner")) }
                        th scope="col" { (chrome.t("replay-verdict")) }
                        th scope="col" { (chrome.t("desk-why")) }
                    }
                }
                tbody {
                    @for line in replay.lines.iter().take(LISTED) {
                        tr {
                            td data-label=(chrome.t("column-object")) {
                                a .id href=(href::object(&line.object)) { (line.object) }
                            }
                            td data-label=(chrome.t("column-partner")) { (line.partner) }
                            td data-label=(chrome.t("replay-verdict")) {
                                (chrome.word("replay", &line.verdict))
                            }
                            td data-label=(chrome.t("desk-why")) { code .path { (line.why) } }
                        }
                    }
                }
            }
            @if replay.lines.len() > LISTED {
                p .quiet {
                    (chrome.ta("replay-beyond", &[("count", (replay.lines.len() - LISTED).into())]))
                }
            }
        }
    }
}

fn history(replay: &ReplayView, chrome: &Chrome<'_>) -> Markup {
    html! {
        h3 { (chrome.t("replay-history")) }
        ul .plain {
            @for (release, left, stay) in &replay.history {
                li {
                    a href=(href::release(release)) { (release) } ": "
                    (chrome.ta("replay-past", &[("left", (*left).into()), ("stay", (*stay).into())]))
                }
            }
        }
    }
}

fn released(view: &AgreementDraftView, chrome: &Chrome<'_>) -> Markup {
    html! {
        form .choice method="get" action=(action(view)) {
            div .field {
                label for="released" { (chrome.t("agreement-amends")) }
                select #released .input name="released" {
                    @for name in ["keep", "narrow", "recall"] {
                        option value=(name) selected[view.released == name] {
                            (chrome.word("released", name))
                        }
                    }
                }
            }
            button .button type="submit" { (chrome.t("draft-again")) }
        }
    }
}

fn start_form(start: &Start, view: &AgreementDraftView, chrome: &Chrome<'_>) -> Markup {
    html! {
        details .confirm open[view.terms.is_empty()] {
            summary { (chrome.t("draft-start")) }
            form .stack method="get" action=(action(view)) {
                div .field {
                    label for="model" { (chrome.t("draft-model")) }
                    select #model .input name="model" {
                        @for model in &start.models {
                            option value=(model) selected[start.model == *model] {
                                (chrome.word("model", model))
                            }
                        }
                    }
                }
                fieldset .field {
                    legend { (chrome.t("draft-with")) }
                    @if start.partners.is_empty() { p .quiet { (chrome.t("partners-none-title")) } }
                    @for (key, name, chosen) in &start.partners {
                        label .check {
                            input type="checkbox" name="with" value=(key) checked[*chosen];
                            " " (name.name) " (" (name.country) ")"
                        }
                    }
                }
                div .field {
                    label for="title" { (chrome.t("draft-name")) }
                    input #title .input type="text" name="title" value=(start.title)
                        autocomplete="off";
                }
                div .field {
                    label for="basis" { (chrome.t("proof-legal-basis")) }
                    input #basis .input type="text" name="basis" value=(start.basis)
                        autocomplete="off";
                }
                button .button type="submit" { (chrome.t("draft-begin")) }
            }
        }
    }
}

fn draft_form(view: &AgreementDraftView, chrome: &Chrome<'_>) -> Markup {
    html! {
        form .stack method="post" action=(action(view)) enctype="multipart/form-data" {
            (csrf(chrome))
            div .field {
                label for="terms" { (chrome.t("draft-terms")) }
                (area("terms", &view.terms))
                (file("terms", ".toml", "draft-terms-file", chrome))
            }
            div .field {
                label for="text" { (chrome.t("draft-text")) }
                (area("text", &view.text))
                (file("text", ".md", "draft-text-file", chrome))
            }
            div .row {
                (button("check", "button button--main", chrome))
                @if view.may_draft { (button("replay", "button", chrome)) }
            }
            @if view.may_sign {
                fieldset .field {
                    legend { (chrome.word("draft-do", "sign")) }
                    p { (chrome.t("draft-sign-words")) }
                    label .check {
                        input type="checkbox" name="confirm" value="yes"; " "
                        (chrome.t("draft-sign-confirm"))
                    }
                    div { (button("sign", "button button--main", chrome)) }
                }
            }
        }
    }
}

fn button(act: &str, class: &str, chrome: &Chrome<'_>) -> Markup {
    html! {
        button class=(class) type="submit" name="do" value=(act) { (chrome.word("draft-do", act)) }
    }
}

/// A file in the place of an area: the script puts it there at once, without it the next button does.
fn file(area: &str, ends: &str, label: &str, chrome: &Chrome<'_>) -> Markup {
    let name = format!("{area}-file");
    html! {
        label .quiet for=(name) { (chrome.t(label)) }
        input #(name) .input type="file" name=(name) accept=(ends) data-into=(area);
    }
}

fn area(name: &str, text: &str) -> Markup {
    html! {
        // A browser drops the first line break of an area.
        textarea id=(name) .input .input--code name=(name) rows="18" spellcheck="false" wrap="off" {
            "\n" (text)
        }
    }
}
