//! One agreement: parties and signatures, where it stands and why, its clauses, what is owed under
//! it, and what one may do.

use enlace_stix::Timestamp;
use maud::{Markup, html};

use crate::href;
use crate::layout::{Chrome, csrf, page};
use crate::marking::Marking;
use crate::page::agreements::{AgreementRow, signature, state};
use crate::value::{PartnerName, hash, partner, time};

/// Everything that the page shows of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgreementView {
    /// What the list shows of it.
    pub row: AgreementRow,
    /// Treaty, law or memorandum that it rests on.
    pub legal_basis: String,
    /// First instant of validity, where it can be read.
    pub from: Option<Timestamp>,
    /// The parties.
    pub parties: Vec<PartyRow>,
    /// What parties said about it, oldest first.
    pub statements: Vec<StatementRow>,
    /// Other versions of its lineage, oldest first.
    pub versions: Vec<AgreementRow>,
    /// What it does to what was released before it (`keep`, `narrow`, `recall`), if it amends.
    pub amends: Option<String>,
    /// What it did: twins recalled, narrowed, kept, left to an officer.
    pub effects: Option<[usize; 4]>,
    /// SHA-256 of what is signed, hexadecimal.
    pub sha256: String,
    /// SHA-256 of the text on paper.
    pub text_sha256: Option<String>,
    /// What the terms say, in sentences of the language of the page.
    pub sentences: Vec<String>,
    /// Clauses, in the order of the terms.
    pub terms: Vec<TermRow>,
    /// The policies that the terms compile to.
    pub cedar: String,
    /// What is owed under it, the first due first.
    pub commitments: Vec<CommitmentRow>,
    /// What this user may do with it.
    pub acts: Vec<AgreementAct>,
    /// Whether this user may note commitments.
    pub may_note: bool,
    /// Whether this user may draft or sign a later version.
    pub may_amend: bool,
}

/// A party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyRow {
    /// Agency and country.
    pub name: PartnerName,
    /// The unit that receives.
    pub unit: String,
    /// Key id.
    pub key_id: String,
    /// Whether its signature holds.
    pub signed: bool,
}

/// What a party said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRow {
    /// Name of the party.
    pub by: String,
    /// `suspended`, `resumed`, `terminated`.
    pub said: String,
    /// When.
    pub made: Timestamp,
    /// From when on it counts, if not at once.
    pub effective: Option<Timestamp>,
    /// What the party told the others.
    pub note: Option<String>,
}

/// One clause of the terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermRow {
    /// Number of the clause in the text on paper.
    pub clause: String,
    /// Section of the terms (`tlp`).
    pub section: String,
    /// Object type, in the sections that have one table a type.
    pub kind: Option<String>,
    /// What it says: key and values in words.
    pub says: Vec<(String, String)>,
}

/// Something owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitmentRow {
    /// Id of the commitment.
    pub id: String,
    /// What is owed.
    pub obligation: String,
    /// Who owes.
    pub owed_by: String,
    /// To whom.
    pub owed_to: Vec<String>,
    /// Day due, as stated.
    pub due: Option<String>,
    /// `open`, `met`, …
    pub state: String,
    /// Still owed after the day due.
    pub overdue: bool,
    /// Whether this user may say that it is met.
    pub may_meet: bool,
}

/// What can be done with an agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgreementAct {
    /// Sign it for the agency.
    Sign,
    /// Stop it and say so.
    Suspend,
    /// Stop it and tell nobody.
    SuspendSilently,
    /// End our own suspension.
    Resume,
    /// End it for good.
    Terminate,
    /// What was said with a key that others may have had counts.
    Believe,
    /// It counts for nothing.
    SetAside,
}

impl AgreementAct {
    /// All of them, in the order of the page.
    pub const ALL: [Self; 7] = [
        Self::SetAside,
        Self::Believe,
        Self::Sign,
        Self::Resume,
        Self::Suspend,
        Self::SuspendSilently,
        Self::Terminate,
    ];

    /// Last part of the address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Suspend => "suspend",
            Self::SuspendSilently => "suspend-silently",
            Self::Resume => "resume",
            Self::Terminate => "terminate",
            Self::Believe => "believe",
            Self::SetAside => "set-aside",
        }
    }

    /// Whether the other parties hear of it, so that something can be said to them.
    fn tells(self) -> bool {
        matches!(self, Self::Suspend | Self::Resume | Self::Terminate)
    }

    /// Whether a reason is kept in our own log.
    fn has_ground(self) -> bool {
        !matches!(self, Self::Sign)
    }
}

/// The page.
pub fn render(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    let title = if view.row.title.is_empty() { &view.row.id } else { &view.row.title };
    let body = html! {
        div .title {
            p .title__over { a href=(href::AGREEMENTS) { (chrome.t("agreements-title")) } }
            h1 { (title) }
            p { (state(&view.row, chrome)) }
        }
        div .columns {
            div .columns__wide {
                (sentences(view, chrome))
                (terms(view, chrome))
                (commitments(view, chrome))
                (cedar(view, chrome))
            }
            div .columns__side {
                (summary(view, chrome))
                (parties(view, chrome))
                (statements(view, chrome))
                (versions(view, chrome))
                (acts(view, chrome))
            }
        }
    };
    page(chrome, &Marking::nothing(), title, &body)
}

fn summary(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box aria-labelledby="agreement-summary" {
            h2 #agreement-summary { (chrome.t("agreement-summary")) }
            dl .pairs {
                div { dt { (chrome.t("proof-legal-basis")) } dd { (view.legal_basis) } }
                @if let Some(from) = &view.from {
                    div { dt { (chrome.t("agreement-from")) } dd { (time(from)) } }
                }
                @if let Some(until) = &view.row.until {
                    div { dt { (chrome.t("column-until")) } dd { (time(until)) } }
                }
                @if let Some(amends) = &view.amends {
                    div {
                        dt { (chrome.t("agreement-amends")) }
                        dd { (chrome.word("released", amends)) (effects(view, chrome)) }
                    }
                }
                div { dt { (chrome.t("proof-agreement-hash")) } dd { (hash(&view.sha256)) } }
                @if let Some(text) = &view.text_sha256 {
                    div { dt { (chrome.t("agreement-text-hash")) } dd { (hash(text)) } }
                }
            }
        }
    }
}

fn effects(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    let Some([recalled, narrowed, kept, left]) = view.effects else { return html! {} };
    let args = [
        ("recalled", recalled.into()),
        ("narrowed", narrowed.into()),
        ("kept", kept.into()),
        ("left", left.into()),
    ];
    html! { div .quiet { (chrome.ta("agreement-effects", &args)) } }
}

fn parties(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section .box aria-labelledby="agreement-parties" {
            h2 #agreement-parties { (chrome.t("column-parties")) }
            ul .plain .plain--spaced {
                @for party in &view.parties {
                    li {
                        (partner(chrome, &party.name))
                        @if !party.unit.is_empty() { div { (party.unit) } }
                        div .quiet { (signature(party.signed, chrome)) }
                        div { (hash(&party.key_id)) }
                    }
                }
            }
        }
    }
}

fn statements(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    if view.statements.is_empty() {
        return html! {};
    }
    html! {
        section .box aria-labelledby="agreement-statements" {
            h2 #agreement-statements { (chrome.t("agreement-statements")) }
            ul .plain .plain--spaced {
                @for said in &view.statements {
                    li {
                        (time(&said.made)) " " (said.by) ": "
                        (chrome.word("stated", &said.said))
                        @if let Some(from) = &said.effective {
                            " " (chrome.t("agreement-effective")) " " (time(from))
                        }
                        @if let Some(note) = &said.note { div { (note) } }
                    }
                }
            }
        }
    }
}

fn versions(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    if view.versions.is_empty() {
        return html! {};
    }
    html! {
        section .box aria-labelledby="agreement-versions" {
            h2 #agreement-versions { (chrome.t("agreement-versions")) }
            ul .plain .plain--spaced {
                @for version in &view.versions {
                    li {
                        a href=(href::agreement(&version.id)) { (version.title) } " "
                        (state(version, chrome))
                    }
                }
            }
        }
    }
}

fn sentences(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    if view.sentences.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="agreement-sentences" {
            h2 #agreement-sentences { (chrome.t("agreement-sentences")) }
            ul { @for sentence in &view.sentences { li { (sentence) } } }
        }
    }
}

fn terms(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="agreement-terms" {
            h2 #agreement-terms { (chrome.t("agreement-terms")) }
            table .table .table--rows {
                caption .hidden { (chrome.t("agreement-terms")) }
                thead {
                    tr {
                        th scope="col" { (chrome.t("column-clause")) }
                        th scope="col" { (chrome.t("column-term")) }
                        th scope="col" { (chrome.t("column-says")) }
                    }
                }
                tbody {
                    @for term in &view.terms {
                        tr {
                            td data-label=(chrome.t("column-clause")) { (term.clause) }
                            td data-label=(chrome.t("column-term")) {
                                (chrome.word("term", &term.section))
                                @if let Some(kind) = &term.kind {
                                    ": " (chrome.word("type", kind))
                                }
                            }
                            td data-label=(chrome.t("column-says")) { (says(term)) }
                        }
                    }
                }
            }
        }
    }
}

fn says(term: &TermRow) -> Markup {
    html! {
        ul .plain {
            @for (key, words) in &term.says {
                li {
                    @if !key.is_empty() { code { (key) } " " }
                    (words)
                }
            }
        }
    }
}

fn commitments(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    html! {
        section aria-labelledby="commitments" {
            h2 #commitments { (chrome.t("commitments-title")) }
            @if view.commitments.is_empty() {
                p .quiet { (chrome.t("commitments-none")) }
            } @else {
                table .table .table--rows {
                    caption .hidden { (chrome.t("commitments-title")) }
                    thead {
                        tr {
                            th scope="col" { (chrome.t("column-owed")) }
                            th scope="col" { (chrome.t("column-owed-by")) }
                            th scope="col" { (chrome.t("column-due")) }
                            th scope="col" { (chrome.t("column-state")) }
                        }
                    }
                    tbody { @for one in &view.commitments { (commitment(one, view, chrome)) } }
                }
            }
            @if view.may_note { (note_form(view, chrome)) }
        }
    }
}

fn commitment(one: &CommitmentRow, view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    html! {
        tr {
            td data-label=(chrome.t("column-owed")) .table__lead { (one.obligation) }
            td data-label=(chrome.t("column-owed-by")) {
                (one.owed_by) div .quiet { (chrome.t("commitment-to")) " " (one.owed_to.join(", ")) }
            }
            td data-label=(chrome.t("column-due")) {
                @if let Some(due) = &one.due { span .nowrap { (due) } }
                @if one.overdue {
                    div { span .state .state--bad { (chrome.t("commitment-overdue")) } }
                }
            }
            td data-label=(chrome.t("column-state")) {
                (chrome.word("commitment", &one.state))
                @if one.may_meet {
                    form method="post" action=(href::agreement_act(&view.row.id, "met")) {
                        (csrf(chrome))
                        input type="hidden" name="commitment" value=(one.id);
                        button .link-button type="submit" { (chrome.t("commitment-met-button")) }
                    }
                }
            }
        }
    }
}

fn note_form(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    html! {
        details .confirm {
            summary { (chrome.t("commitment-add")) }
            form .stack method="post" action=(href::agreement_act(&view.row.id, "commit")) {
                (csrf(chrome))
                p { (chrome.t("commitment-add-words")) }
                (field("obligation", "column-owed", true, chrome))
                div .field {
                    label for="owed_by" { (chrome.t("column-owed-by")) }
                    select #owed_by .input name="owed_by" {
                        @for party in &view.parties {
                            option value=(party.key_id) { (party.name.name) }
                        }
                    }
                }
                (field("due", "commitment-due", false, chrome))
                (field("clause", "column-clause", false, chrome))
                button .button type="submit" { (chrome.t("commitment-add-confirm")) }
            }
        }
    }
}

fn field(name: &str, label: &str, required: bool, chrome: &Chrome<'_>) -> Markup {
    html! {
        div .field {
            label for=(name) { (chrome.t(label)) }
            input .input id=(name) type="text" name=(name) autocomplete="off" required[required];
        }
    }
}

fn cedar(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    if view.cedar.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="agreement-cedar" {
            h2 #agreement-cedar { (chrome.t("agreement-cedar")) }
            details {
                summary { (chrome.t("agreement-cedar-show")) }
                pre .command { (view.cedar) }
            }
        }
    }
}

fn acts(view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    if view.acts.is_empty() && !view.may_amend {
        return html! {};
    }
    html! {
        section .box aria-labelledby="agreement-acts" {
            h2 #agreement-acts { (chrome.t("agreement-acts")) }
            @if view.may_amend {
                p { a href=(href::agreement_amend(&view.row.id)) { (chrome.t("draft-amend")) } }
            }
            @for act in &view.acts { (act_form(*act, view, chrome)) }
        }
    }
}

fn act_form(act: AgreementAct, view: &AgreementView, chrome: &Chrome<'_>) -> Markup {
    let name = act.name();
    let class = match act {
        AgreementAct::Sign | AgreementAct::Resume => "button button--main",
        _ => "button button--stop",
    };
    html! {
        details .confirm .confirm--stop[class.ends_with("stop")] {
            summary { (chrome.word("agree", name)) }
            form .stack method="post" action=(href::agreement_act(&view.row.id, name)) {
                (csrf(chrome))
                p { (chrome.word("agree-words", name)) }
                @if act.tells() { (words(name, "note", "agreement-note", chrome)) }
                @if act.has_ground() && act.tells() { (effective(name, chrome)) }
                @if act.has_ground() { (words(name, "ground", "agreement-ground", chrome)) }
                button class=(class) type="submit" { (chrome.word("agree-confirm", name)) }
            }
        }
    }
}

/// From which day on it counts; empty = at once.
fn effective(act: &str, chrome: &Chrome<'_>) -> Markup {
    let id = format!("{act}-effective");
    html! {
        div .field {
            label for=(id) { (chrome.t("agreement-effective-from")) }
            input .input id=(id) type="date" name="effective";
        }
    }
}

/// A text field; several forms of the page have one of this name.
fn words(act: &str, name: &str, label: &str, chrome: &Chrome<'_>) -> Markup {
    let id = format!("{act}-{name}");
    html! {
        div .field {
            label for=(id) { (chrome.t(label)) }
            input .input id=(id) type="text" name=(name) autocomplete="off";
        }
    }
}
