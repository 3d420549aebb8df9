//! `GET|POST /partners`, `GET /partners/{key}`, `POST /partners/{key}/{act}` and `GET /keys`.

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{Action, NodeError, PartnerLine, VettingLine, VettingResult};
use http::StatusCode;

use super::convert;
use super::feed;
use super::form::Posted;
use super::visit::{Inside, done_at, page};
use crate::href;
use crate::layout::{Place, Said};
use crate::page::error::ErrorView;
use crate::page::keys::{self, KeysView};
use crate::page::partner::{self, Exchanged, PartnerView, PersonRow, TokenRow};
use crate::page::partners::{self, PartnerRow, PartnersView, Vetting};
use crate::value::PartnerName;

pub(crate) async fn list(inside: Inside) -> Response {
    match (listed(&inside).await, feed::warnings(&inside).await) {
        (Ok(view), Ok(warnings)) => {
            let mut chrome = inside.chrome(Place::Partners);
            chrome.flashes.extend(warnings);
            page(StatusCode::OK, &partners::render(&view, &chrome))
        }
        (Err(error), _) | (_, Err(error)) => inside.fail(&error),
    }
}

async fn listed(inside: &Inside) -> Result<PartnersView, NodeError> {
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let mut lines = node.partner_list(actor).await?;
    lines.sort_by(|a, b| (&a.name, &a.key_id).cmp(&(&b.name, &b.key_id)));
    let agreements = match actor.may(Action::AgreementView) {
        true => Some(node.agreement_list(actor).await?),
        false => None,
    };
    let in_force = |key: &String| {
        let all = agreements.as_ref()?;
        Some(all.iter().filter(|a| a.state == "active" && a.partners.contains(key)).count())
    };
    Ok(PartnersView {
        rows: lines.iter().map(|line| row(line, in_force(&line.key_id))).collect(),
        may_manage: actor.may(Action::PartnerManage),
        may_sync: actor.may(Action::Sync),
    })
}

fn row(line: &PartnerLine, agreements: Option<usize>) -> PartnerRow {
    PartnerRow {
        key_id: line.key_id.clone(),
        name: PartnerName { name: line.name.clone(), country: line.country.clone() },
        words: line.words.clone(),
        revoked: line.revoked,
        vetting: vetting(line.vetting.as_ref()),
        agreements,
        added: convert::time(&line.added),
    }
}

fn vetting(line: Option<&VettingLine>) -> Vetting {
    match line {
        None => Vetting::Nothing,
        Some(line) if line.result == VettingResult::Failed => Vetting::Failed,
        Some(line) if line.valid => Vetting::Valid { until: line.until.clone() },
        Some(line) => Vetting::Over { until: line.until.clone() },
    }
}

/// `POST /partners`: pins a card.
pub(crate) async fn add(posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    match inside.visit.app.node.partner_add(&inside.actor, fields.one("card")).await {
        Ok(line) => done_at(&href::partner(&line.key_id), Said::Noted),
        Err(error) => inside.fail(&error),
    }
}

pub(crate) async fn show(inside: Inside, Path(key): Path<String>) -> Response {
    shown(&inside, &key, None).await
}

async fn shown(inside: &Inside, key: &str, token: Option<String>) -> Response {
    match view(inside, key, token).await {
        Ok(view) => page(StatusCode::OK, &partner::render(&view, &inside.chrome(Place::Partners))),
        Err(error) => inside.fail(&error),
    }
}

async fn view(inside: &Inside, key: &str, token: Option<String>) -> Result<PartnerView, NodeError> {
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    let line = known(inside, key).await?;
    let mut agreements = None;
    if actor.may(Action::AgreementView) {
        let mut with = node.agreement_list(actor).await?;
        with.retain(|agreement| agreement.partners.contains(&line.key_id));
        let shown = |a: enlace_node::AgreementLine| (a.id, a.title, a.state.to_owned());
        agreements = Some(with.into_iter().map(shown).collect::<Vec<_>>());
    }
    let mut tokens = None;
    if actor.may(Action::PartnerManage) {
        let listed = node.partner_tokens(actor, key).await?;
        let row = |t: enlace_node::TokenLine| TokenRow {
            begins: t.begins,
            until: convert::time(&t.expires),
        };
        tokens = Some(listed.into_iter().map(row).collect());
    }
    let mut persons = node.person_list(actor).await?;
    persons.retain(|person| person.partner_key == line.key_id);
    let rounds = node.partner_round(actor, key).await?;
    let in_force = agreements.as_ref().map(|all| all.iter().filter(|a| a.2 == "active").count());
    Ok(PartnerView {
        row: row(&line, in_force),
        url: line.url,
        vetted: line.vetting.map(|v| (v.by, convert::time(&v.recorded))),
        agreements,
        exchanged: rounds.good.map(|(at, report)| {
            let brought = Exchanged {
                objects: report.objects,
                releases: report.releases,
                recalled: report.recalled,
                rejected: report.rejected,
                delivered: report.delivered,
                waiting: report.waiting,
            };
            (convert::time(&at), brought)
        }),
        failed: rounds.fault.map(|(at, code)| (convert::time(&at), code)),
        persons: persons.into_iter().map(person).collect(),
        tokens,
        token,
        may_sync: actor.may(Action::Sync),
    })
}

fn person(line: enlace_node::PersonLine) -> PersonRow {
    PersonRow {
        id: line.id,
        name: line.name,
        recipient: line.recipient,
        basis: line.basis,
        since: convert::time(&line.since),
    }
}

/// The partner of exactly this key id.
async fn known(inside: &Inside, key: &str) -> Result<PartnerLine, NodeError> {
    let lines = inside.visit.app.node.partner_list(&inside.actor).await?;
    let missing = || NodeError::NotFound { what: "partner", name: key.chars().take(64).collect() };
    lines.into_iter().find(|line| line.key_id == key).ok_or_else(missing)
}

/// `POST /partners/{key}/{act}`: `vet`, `sync`, `token`, `token-end`, `revoke`, `person-add`,
/// `person-remove`.
pub(crate) async fn act(Path((key, act)): Path<(String, String)>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (node, actor) = (&inside.visit.app.node, &inside.actor);
    // A name or the beginning of a key names a partner too, but not in an address.
    if let Err(error) = known(&inside, &key).await {
        return inside.fail(&error);
    }
    let done = match act.as_str() {
        "vet" => {
            let Some(result) = VettingResult::from_name(fields.one("result")) else {
                return inside.visit.error(&ErrorView::NotFound);
            };
            let (by, until) = (fields.one("by"), fields.one("until"));
            let classes = fields.one("classes").split([',', ' ']).map(str::trim);
            let classes: Vec<&str> = classes.filter(|class| !class.is_empty()).collect();
            let vetted = node.partner_vet(actor, &key, by, until, result, &classes).await;
            vetted.map(|_| Said::Noted)
        }
        "sync" => node.sync(actor, &key).await.map(|_| Said::Exchanged),
        "token" => {
            let days = match fields.some("days").map(str::parse::<u32>).transpose() {
                Ok(days) => days,
                Err(_) => return inside.visit.error(&days_fault()),
            };
            return match node.partner_token(actor, &key, days).await {
                // Not by a redirect: the token stands in no address and on no later page.
                Ok(token) => shown(&inside, &key, Some(token.expose().to_owned())).await,
                Err(error) => inside.fail(&error),
            };
        }
        "token-end" => {
            let begins = fields.one("begins");
            node.partner_token_revoke(actor, &key, begins).await.map(|()| Said::Noted)
        }
        "person-add" => {
            let (name, recipient) = (fields.one("name"), fields.one("recipient"));
            let added = node.person_add(actor, &key, name, recipient, fields.one("basis")).await;
            added.map(|_| Said::Noted)
        }
        "person-remove" => {
            node.person_remove(actor, fields.one("person")).await.map(|()| Said::Noted)
        }
        "revoke" => {
            if fields.one("confirm") != "yes" {
                return inside.visit.error(&ErrorView::unconfirmed());
            }
            node.partner_revoke(actor, &key).await.map(|_| Said::CutOff)
        }
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    match done {
        Ok(said) => done_at(&href::partner(&key), said),
        Err(error) => inside.fail(&error),
    }
}

fn days_fault() -> ErrorView {
    ErrorView::Coded { status: 400, code: "token.days".to_owned(), args: Vec::new() }
}

/// `GET /keys`
pub(crate) async fn own_keys(inside: Inside) -> Response {
    let state = match inside.visit.app.node.key_state(&inside.actor).await {
        Ok(state) => state,
        Err(error) => return inside.fail(&error),
    };
    let former = state.former.into_iter().map(|former| {
        let since = former.compromised.as_deref().map(convert::time);
        (former.key, convert::time(&former.until), since)
    });
    let view = KeysView {
        party: state.party,
        key_id: state.key_id,
        words: state.words,
        recovery_here: state.recovery_here,
        former: former.collect(),
    };
    page(StatusCode::OK, &keys::render(&view, &inside.chrome(Place::Partners)))
}
