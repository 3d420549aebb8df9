//! `GET|POST /agreements/new` and `GET|POST /agreements/{id}/amend`

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{
    Action, AgreementModel, DraftFault, NodeError, Replay, ToReleased, agreement_models,
};
use http::StatusCode;

use super::form::Posted;
use super::visit::{Inside, Parameters, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::page::agreement_draft::{
    self, AgreementDraftView, FaultRow, ReplayRow, ReplayView, Start,
};
use crate::page::error::ErrorView;
use crate::value::PartnerName;

/// Longest form in bytes: terms and text, every character escaped.
pub(crate) const LONGEST: usize = 1 << 20;
/// What the draft is called in faults.
const FILE: &str = "draft.toml";

/// `GET /agreements/new`: `?model=&with=…&title=&basis=`
pub(crate) async fn fresh(inside: Inside, asked: Parameters) -> Response {
    let begun = begin(&inside, &asked).await;
    shown(&inside, begun)
}

async fn begin(inside: &Inside, asked: &Parameters) -> Result<AgreementDraftView, NodeError> {
    let mut view = blank(inside, None)?;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let with = asked.all("with");
    view.start = start(inside, asked, &with).await?;
    if let (Some(model), false, true) = (asked.some("model"), with.is_empty(), view.may_draft) {
        let (title, basis) = (asked.some("title"), asked.some("basis"));
        let model = AgreementModel::Named(model);
        let written = node.agreement_pair(actor, &with, title, basis, model).await?;
        (view.terms, view.text) = (written.terms, written.text);
    }
    Ok(view)
}

async fn start(
    inside: &Inside,
    asked: &Parameters,
    with: &[String],
) -> Result<Option<Start>, NodeError> {
    if !inside.actor.may(Action::AgreementDraft) {
        return Ok(None);
    }
    let mut partners = inside.visit.app.node.partner_list(&inside.actor).await?;
    partners.retain(|partner| !partner.revoked);
    partners.sort_by(|a, b| a.name.cmp(&b.name));
    let choice = |p: enlace_node::PartnerLine| {
        let chosen = with.contains(&p.key_id);
        (p.key_id, PartnerName { name: p.name, country: p.country }, chosen)
    };
    Ok(Some(Start {
        models: agreement_models().map(str::to_owned).collect(),
        model: asked.one("model").to_owned(),
        partners: partners.into_iter().map(choice).collect(),
        title: asked.one("title").to_owned(),
        basis: asked.one("basis").to_owned(),
    }))
}

/// `GET /agreements/{id}/amend`: `?released=`
pub(crate) async fn amend(inside: Inside, Path(id): Path<String>, asked: Parameters) -> Response {
    let begun = amended(&inside, &id, &asked).await;
    shown(&inside, begun)
}

async fn amended(
    inside: &Inside,
    id: &str,
    asked: &Parameters,
) -> Result<AgreementDraftView, NodeError> {
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let mut view = blank(inside, None)?;
    let found = node.agreement_show(actor, id).await?;
    let released = match asked.one("released") {
        "narrow" => ToReleased::Narrow,
        "recall" => ToReleased::Recall,
        _ => ToReleased::Keep,
    };
    view.terms = node.agreement_amend_draft(actor, id, released).await?;
    view.released = released.name().to_owned();
    view.amends = Some((id.to_owned(), found.line.title));
    Ok(view)
}

/// An empty page, for who drafts or signs; nobody else has anything to do here.
fn blank(
    inside: &Inside,
    amends: Option<(String, String)>,
) -> Result<AgreementDraftView, NodeError> {
    let actor = &inside.actor;
    let may_sign = actor.may(Action::AgreementSign);
    if !may_sign {
        actor.require(Action::AgreementDraft)?;
    }
    let may_draft = actor.may(Action::AgreementDraft);
    Ok(AgreementDraftView { amends, may_draft, may_sign, ..AgreementDraftView::default() })
}

/// `POST /agreements/new`
pub(crate) async fn act(posted: Posted<LONGEST>) -> Response {
    acted(posted, None).await
}

/// `POST /agreements/{id}/amend`
pub(crate) async fn act_amend(Path(id): Path<String>, posted: Posted<LONGEST>) -> Response {
    acted(posted, Some(id)).await
}

async fn acted(posted: Posted<LONGEST>, amends: Option<String>) -> Response {
    let Posted { inside, fields } = posted;
    if fields.one("do") == "sign" && fields.one("confirm") != "yes" {
        return inside.visit.error(&ErrorView::unconfirmed());
    }
    match done(&inside, &fields, amends.as_deref()).await {
        Ok(Done::Signed(id)) => done_at(&href::agreement(&id), Said::AgreementSigned),
        Ok(Done::Shown(view)) => shown(&inside, Ok(*view)),
        Ok(Done::Unknown) => inside.visit.error(&ErrorView::NotFound),
        Err(error) => inside.fail(&error),
    }
}

/// What came of a form.
enum Done {
    Signed(String),
    Shown(Box<AgreementDraftView>),
    Unknown,
}

async fn done(
    inside: &Inside,
    fields: &Parameters,
    amends: Option<&str>,
) -> Result<Done, NodeError> {
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let amended = match amends {
        Some(id) => {
            let found = node.agreement_show(actor, id).await?;
            Some((id.to_owned(), found.line.title))
        }
        None => None,
    };
    let mut view = blank(inside, amended)?;
    // A file that was chosen takes the place of what stands in the area. A browser sends the line
    // breaks of an area as CR LF; the digest is over the text as it lies.
    let plain = |name: &str, file: &str| {
        let text = Some(fields.whole(file)).filter(|text| !text.is_empty());
        text.unwrap_or_else(|| fields.whole(name)).replace("\r\n", "\n")
    };
    (view.terms, view.text) = (plain("terms", "terms-file"), plain("text", "text-file"));
    if view.amends.is_none() {
        view.start = start(inside, fields, &[]).await?;
    }
    let mut faults = match view.text.trim().is_empty() {
        true => Vec::new(),
        false => node.agreement_text_check(actor, &view.terms, FILE, &view.text)?.faults,
    };
    match fields.one("do") {
        "check" | "replay" => {
            faults.extend(node.agreement_check(actor, &view.terms, FILE).await?.faults);
            if faults.is_empty() && fields.one("do") == "replay" {
                let replay = node.agreement_replay(actor, &view.terms, FILE, amends).await?;
                view.replay = Some(replayed(replay));
            } else {
                view.faults = Some(rows(faults, &view.terms));
            }
        }
        "sign" => {
            actor.require(Action::AgreementSign)?;
            if faults.is_empty() {
                let signed = match amends {
                    Some(id) => node.agreement_amend(actor, id, &view.terms, FILE).await,
                    None => node.agreement_sign_draft(actor, &view.terms, FILE).await,
                };
                match signed {
                    Ok(line) => return Ok(Done::Signed(line.id)),
                    Err(NodeError::Faults { .. }) => {
                        faults = node.agreement_check(actor, &view.terms, FILE).await?.faults;
                    }
                    // What was written is not lost by a refusal.
                    Err(error @ (NodeError::Input { .. } | NodeError::State { .. })) => {
                        view.problem = Some(error.code().to_owned());
                    }
                    Err(error) => return Err(error),
                }
            }
            if view.problem.is_none() {
                view.faults = Some(rows(faults, &view.terms));
            }
            view.refused = true;
        }
        _ => return Ok(Done::Unknown),
    }
    Ok(Done::Shown(Box::new(view)))
}

fn rows(mut faults: Vec<DraftFault>, terms: &str) -> Vec<FaultRow> {
    faults.sort_by_key(|fault| (fault.line, fault.column));
    let there = |line: usize| {
        let text = terms.lines().nth(line.saturating_sub(1)).unwrap_or_default();
        text.trim().chars().take(160).collect()
    };
    let row = |fault: DraftFault| FaultRow {
        line: fault.line,
        column: fault.column,
        there: there(fault.line),
        key: fault.key,
        found: fault.found,
        allowed: fault.allowed,
    };
    faults.into_iter().map(row).collect()
}

fn replayed(replay: Replay) -> ReplayView {
    let counts = replay.counts.into_iter().map(|(what, count)| {
        let mut parts = what.splitn(3, ' ').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        (part(), part(), part(), count)
    });
    let line = |line: enlace_node::ReplayLine| ReplayRow {
        object: line.object,
        kind: line.kind,
        partner: line.partner,
        verdict: line.verdict.to_owned(),
        why: [line.clauses, line.paths].concat().join(", "),
    };
    let past = |p: enlace_node::ReplayedRelease| (p.release, p.left, p.would_stay.len());
    ReplayView {
        against: replay.against,
        planned: replay.planned,
        cut: replay.cut,
        counts: counts.collect(),
        lines: replay.lines.into_iter().map(line).collect(),
        history: replay.history.into_iter().map(past).collect(),
    }
}

fn shown(inside: &Inside, view: Result<AgreementDraftView, NodeError>) -> Response {
    let view = match view {
        Ok(view) => view,
        Err(error) => return inside.fail(&error),
    };
    // What was not done is no success, whatever the page shows.
    let status = if view.refused { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    page(status, &agreement_draft::render(&view, &inside.chrome(Place::Agreements)))
}
