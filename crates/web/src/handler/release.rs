//! Releases: dry run, draft, approval, sending, list.

use std::collections::BTreeMap;

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{
    self as node, Action, Actor, AgreementLine, DryObject, DryRun, NodeError, ObjectName,
    ReleaseLine, ReleaseRequest, SendWhen,
};
use http::StatusCode;
use serde_json::Value;

use super::form::Posted;
use super::visit::{Inside, Parameters, done_at, page};
use super::{convert, document};
use crate::href;
use crate::layout::{Place, Said};
use crate::marking::Marking;
use crate::page::dry_run::{
    self, Act, AgreementChoice, Asked, DryRunView, FieldPreview, ObjectPreview, Side, Stage,
};
use crate::page::error::ErrorView;
use crate::page::releases::{self, ReleaseRow, ReleasesView};
use crate::value::{PartnerName, Tally, Verdict};

/// Releases on the list.
const LISTED: usize = 200;

/// `GET /releases/new`: shown, not kept.
pub(crate) async fn preview(inside: Inside, asked: Parameters) -> Response {
    match previewed(&inside, &asked).await {
        Ok(view) => page(StatusCode::OK, &dry_run::render(&view, &inside.chrome(Place::Releases))),
        Err(error) => inside.fail(&error),
    }
}

async fn previewed(inside: &Inside, asked: &Parameters) -> Result<DryRunView, NodeError> {
    let actor = &inside.actor;
    actor.require(Action::DryRun)?;
    let mut agreements = choices(inside).await?;
    let named = asked.some("agreement");
    let only = agreements.len() == 1;
    for choice in &mut agreements {
        choice.chosen = named.map_or(only, |id| id == choice.id);
    }
    let chosen = agreements.iter().find(|choice| choice.chosen).cloned();
    let purpose = chosen.as_ref().and_then(|choice| {
        let fits = |purpose: &&str| choice.purposes.iter().any(|p| p == purpose);
        let named = asked.some("purpose").filter(fits).map(str::to_owned);
        named.or_else(|| choice.purposes.first().cloned())
    });
    let picked = asked.all("id");
    let mut view = DryRunView {
        picked: picked.clone(),
        agreements,
        partner: chosen.as_ref().map(|choice| choice.partner.clone()),
        purpose: purpose.clone(),
        objects: Vec::new(),
        stage: Stage::Preview,
        acts: Vec::new(),
        release_id: None,
        protected: Vec::new(),
        asked: Asked::default(),
        file: false,
    };
    if let Some(choice) = &chosen {
        view.asked = what_is_asked(inside, &choice.id, purpose.as_deref(), asked).await?;
    }
    if let (Some(choice), false) = (chosen, picked.is_empty()) {
        let (agreement, partner) = parted(&choice.id);
        let request = ReleaseRequest {
            agreement,
            partner,
            purpose,
            ids: picked,
            offence: view.asked.offence.clone(),
            ground_reason: view.asked.reason.clone(),
            exact: view.asked.exact,
            person: view.asked.person.clone(),
            answers: None,
        };
        let dry = inside.visit.app.node.dry_run(actor, &request).await?;
        view.objects = objects(&dry, &view.picked);
        view.protected = protected(&dry);
        let leaves = view.objects.iter().any(|o| o.verdict != Verdict::Withheld);
        if leaves && !view.asked.exact && actor.may(Action::ReleaseDraft) {
            view.acts.push(Act::Submit);
        }
    }
    Ok(view)
}

/// What the agreement asks to be said for a purpose, and what was said of that.
async fn what_is_asked(
    inside: &Inside,
    choice: &str,
    purpose: Option<&str>,
    asked: &Parameters,
) -> Result<Asked, NodeError> {
    let (agreement, partner) = parted(choice);
    let found = inside.visit.app.node.agreement_show(&inside.actor, &agreement).await?;
    let terms: Value = serde_json::from_str(&found.terms).unwrap_or_default();
    let texts = |path: &str| -> Vec<String> {
        let list = terms.pointer(path).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    let for_purpose = texts("/assurances/purposes").iter().any(|p| Some(p.as_str()) == purpose);
    let offences = if for_purpose { texts("/assurances/offences") } else { Vec::new() };
    let named = asked.some("offence").filter(|named| offences.iter().any(|o| o == named));
    let derogation =
        terms.pointer("/transfer/ground").and_then(Value::as_str) == Some("derogation");
    let reason = asked.some("ground_reason").filter(|_| derogation);
    let red = terms.pointer("/tlp/red").is_some_and(|red| red == "named-persons");
    let mut persons = Vec::new();
    if red {
        let mut all = inside.visit.app.node.person_list(&inside.actor).await?;
        all.retain(|person| found.line.partners.contains(&person.partner_key));
        all.retain(|person| partner.as_ref().is_none_or(|key| *key == person.partner_key));
        persons.extend(all.into_iter().map(|person| (person.id, person.name)));
    }
    // By id, also where a link names the person. Whoever is not known is not left out: chosen for
    // one person, it does not become a release to the unit.
    let person = asked.some("person").map(|named| {
        let mut known = persons.iter().filter(|(id, name)| id == named || name == named);
        known.next().map_or_else(|| named.to_owned(), |(id, _)| id.clone())
    });
    Ok(Asked {
        offence: named.map(str::to_owned),
        offences,
        derogation,
        reason: reason.map(str::to_owned),
        person,
        persons,
        exact: asked.one("exact") == "yes",
    })
}

/// The agreement of a choice, and the partner where it has several.
fn parted(choice: &str) -> (String, Option<String>) {
    match choice.split_once('/') {
        Some((agreement, partner)) => (agreement.to_owned(), Some(partner.to_owned())),
        None => (choice.to_owned(), None),
    }
}

/// Agreements in force with each of their other parties, by title.
async fn choices(inside: &Inside) -> Result<Vec<AgreementChoice>, NodeError> {
    let node = &inside.visit.app.node;
    let mut agreements = node.agreement_list(&inside.actor).await?;
    agreements.retain(|line| line.state == "active");
    agreements.sort_by(|a, b| a.title.cmp(&b.title));
    let partners: BTreeMap<String, PartnerName> = node
        .partner_list(&inside.actor)
        .await?
        .into_iter()
        .map(|p| (p.key_id, PartnerName { name: p.name, country: p.country }))
        .collect();
    let choices = |line: AgreementLine| {
        let several = line.partners.len() > 1;
        let choice = |key: &String| {
            let id = if several { format!("{}/{key}", line.id) } else { line.id.clone() };
            let (title, purposes) = (line.title.clone(), line.purposes.clone());
            let partner = partners.get(key)?.clone();
            Some(AgreementChoice { id, title, partner, purposes, chosen: false })
        };
        line.partners.iter().filter_map(choice).collect::<Vec<_>>()
    };
    Ok(agreements.into_iter().flat_map(choices).collect())
}

/// `POST /releases`
pub(crate) async fn draft(posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let (agreement, partner) = parted(fields.one("agreement"));
    let request = ReleaseRequest {
        agreement,
        partner,
        purpose: fields.some("purpose").map(str::to_owned),
        ids: fields.all("id"),
        offence: fields.some("offence").map(str::to_owned),
        ground_reason: fields.some("ground_reason").map(str::to_owned),
        person: fields.some("person").map(str::to_owned),
        ..ReleaseRequest::default()
    };
    match inside.visit.app.node.release_draft(&inside.actor, &request).await {
        Ok(line) => done_at(&href::release(&line.id), Said::Submitted),
        Err(error) => inside.fail(&error),
    }
}

/// `POST /releases/{id}/{act}`
pub(crate) async fn act(Path((id, act)): Path<(String, String)>, posted: Posted) -> Response {
    let Posted { inside, fields } = posted;
    let node = &inside.visit.app.node;
    let (done, said) = match act.as_str() {
        "approve" => {
            let follow = fields.some("follow").is_some();
            let done = match fields.one("confirm-protected") {
                "yes" => node.release_approve_protected(&inside.actor, &id, follow).await,
                _ => node.release_approve(&inside.actor, &id, follow).await,
            };
            (done, Said::Approved)
        }
        "send" => (node.release_send(&inside.actor, &id, SendWhen::Now).await, Said::Sent),
        "send-answer" => {
            return match node.request_answer_send(&inside.actor, &id).await {
                Ok((request, _)) => done_at(&href::request(&request), Said::Sent),
                Err(error) => inside.fail(&error),
            };
        }
        "send-slot" => {
            (node.release_send(&inside.actor, &id, SendWhen::Slot).await, Said::Scheduled)
        }
        _ => return inside.visit.error(&ErrorView::NotFound),
    };
    match done {
        // Under four eyes the first officer's approval of what the node drafted makes it a draft of
        // that officer.
        Ok(line) if act == "approve" && line.approved.is_none() => {
            done_at(&href::release(&line.id), Said::Submitted)
        }
        Ok(line) => done_at(&href::release(&line.id), said),
        Err(error) => inside.fail(&error),
    }
}

/// `GET /releases/{id}`
pub(crate) async fn show(inside: Inside, Path(id): Path<String>) -> Response {
    let node = &inside.visit.app.node;
    let answers = match node.release_answers(&inside.actor, &id).await {
        Ok(answers) => answers,
        Err(error) => return inside.fail(&error),
    };
    match node.release_view(&inside.actor, &id).await {
        Ok(found) => {
            let view = kept(&found, &inside.actor, answers.is_some());
            page(StatusCode::OK, &dry_run::render(&view, &inside.chrome(Place::Releases)))
        }
        Err(error) => inside.fail(&error),
    }
}

/// `answers`: whether it was drafted to answer a request that waits.
fn kept(found: &node::ReleaseView, actor: &Actor, answers: bool) -> DryRunView {
    let line = &found.line;
    let stage = stage(line);
    let acts = match &stage {
        // What would be approved is not what the officer sees here: it is drafted again.
        _ if found.changed => Vec::new(),
        Stage::Submitted { .. } if actor.may(Action::ReleaseApprove) => vec![Act::Approve],
        // For one person it never goes into a collection.
        Stage::Approved { .. } if line.person.is_some() => Vec::new(),
        Stage::Approved { .. } if actor.may(Action::ReleaseSend) && answers => {
            vec![Act::SendAnswer, Act::Send]
        }
        Stage::Approved { .. } if actor.may(Action::ReleaseSend) => {
            vec![Act::SendSlot, Act::Send]
        }
        Stage::Sent { .. } if answers => vec![Act::SendAnswer],
        Stage::Scheduled { .. } if actor.may(Action::ReleaseSend) => vec![Act::Send],
        _ => Vec::new(),
    };
    let objects = match (&found.as_sent, &found.dry) {
        (None, Some(dry)) => objects(dry, &line.picked),
        (as_sent, _) => left(found, as_sent.as_ref()),
    };
    DryRunView {
        picked: line.picked.clone(),
        agreements: Vec::new(),
        partner: Some(partner(line)),
        purpose: Some(line.purpose.clone()),
        objects,
        stage,
        acts,
        release_id: Some(line.id.clone()),
        protected: found.dry.as_ref().map(protected).unwrap_or_default(),
        asked: Asked { person: line.person.clone(), ..Asked::default() },
        file: file(line, actor) && (line.sent.is_some() || !found.changed),
    }
}

/// Whether the release can be had as a file now.
fn file(line: &ReleaseLine, actor: &Actor) -> bool {
    let ready: &[&str] = if line.person.is_some() { &["approved"] } else { &["sent", "scheduled"] };
    ready.contains(&line.state) && actor.may(Action::ReleaseSend)
}

/// Protected persons by name.
fn protected(dry: &DryRun) -> Vec<String> {
    let name = |id: &String| dry.names.get(id).map_or_else(|| id.clone(), |n| n.label.clone());
    dry.protected.keys().map(name).collect()
}

/// `GET /releases`
pub(crate) async fn list(inside: Inside) -> Response {
    match inside.visit.app.node.release_rows(&inside.actor, LISTED).await {
        Ok((rows, beyond)) => {
            let rows = rows.into_iter().map(row).collect();
            let may_hold = inside.actor.may(Action::Hold);
            let view = ReleasesView { rows, beyond: beyond as u64, may_hold };
            page(StatusCode::OK, &releases::render(&view, &inside.chrome(Place::Releases)))
        }
        Err(error) => inside.fail(&error),
    }
}

fn row(found: node::ReleaseRow) -> ReleaseRow {
    let line = found.line;
    ReleaseRow {
        label: found.label,
        marking: Marking::from(&found.marking),
        partner: partner(&line),
        person: line.person.clone(),
        objects: Tally { kept: line.kept, changed: 0, withheld: line.withheld },
        stage: stage(&line),
        made: convert::time(&line.drafted),
        receipt: convert::receipt(line.sent.is_some(), line.receipt.as_deref()),
        recalled: line.recalls.len(),
        id: line.id,
        agreement: line.agreement,
        purpose: line.purpose,
        by: line.drafted_by,
    }
}

fn partner(line: &ReleaseLine) -> PartnerName {
    PartnerName { name: line.partner.clone(), country: line.country.clone() }
}

/// A draft waits for approval from the start: there is nothing to do with it before.
fn stage(line: &ReleaseLine) -> Stage {
    if let (Some(at), Some(by)) = (&line.sent, &line.sent_by) {
        let last = line.recalls.iter().max_by(|a, b| a.at.cmp(&b.at));
        return match last.filter(|_| line.recalls.len() >= line.kept) {
            Some(recall) => {
                Stage::Recalled { by: recall.by.clone(), at: convert::time(&recall.at) }
            }
            None => Stage::Sent { by: by.clone(), at: convert::time(at) },
        };
    }
    if let (Some((by, _)), Some(slot)) = (&line.approved, &line.slot) {
        return Stage::Scheduled { by: by.clone(), at: convert::time(slot) };
    }
    match &line.approved {
        Some((by, at)) => Stage::Approved { by: by.clone(), at: convert::time(at) },
        None => Stage::Submitted { by: line.drafted_by.clone(), at: convert::time(&line.drafted) },
    }
}

/// What was picked first, then what goes, then what stays.
fn objects(dry: &DryRun, picked: &[String]) -> Vec<ObjectPreview> {
    let mut objects: Vec<ObjectPreview> = dry.objects.iter().map(|o| object(o, dry)).collect();
    sort(&mut objects, picked);
    objects
}

fn sort(objects: &mut [ObjectPreview], picked: &[String]) {
    objects.sort_by_key(|o| {
        let place = picked.iter().position(|id| id.eq_ignore_ascii_case(&o.object.id));
        (place.unwrap_or(picked.len()), o.verdict == Verdict::Withheld, o.object.label.clone())
    });
}

fn object(found: &DryObject, dry: &DryRun) -> ObjectPreview {
    let whole = found.plan.lines.iter().find(|line| line.path.is_empty());
    let fields = found.plan.lines.iter().filter(|line| !line.path.is_empty());
    let mut fields: Vec<FieldPreview> = fields.map(|line| field(line, found, &dry.names)).collect();
    fields.sort_by_key(|f| (rank(&f.path), f.path.clone()));
    ObjectPreview {
        object: convert::object(&found.name),
        through: found.through.clone(),
        verdict: whole.map_or(Verdict::Withheld, |line| convert::verdict(line.verdict)),
        clauses: whole.map(clauses).unwrap_or_default(),
        fields,
        document: dry.documents.get(&found.name.id).map(document::preview),
    }
}

fn field(
    line: &node::Line,
    found: &DryObject,
    names: &BTreeMap<String, ObjectName>,
) -> FieldPreview {
    let values = line.before.iter().chain(&line.after);
    let own = found.markings.get(&line.path).map(Marking::from).unwrap_or_default();
    let text = |value: &Option<Value>| value.as_ref().map(|value| shown(&line.path, value, names));
    FieldPreview {
        path: line.path.clone(),
        held: text(&line.before).into(),
        seen: text(&line.after).into(),
        marking: values.map(|v| convert::marking_of_named(v, names)).fold(own, |a, b| a.join(&b)),
        verdict: convert::verdict(line.verdict),
        clauses: clauses(line),
    }
}

/// A value in words. An id stands for itself: it is what differs.
fn shown(path: &str, value: &Value, names: &BTreeMap<String, ObjectName>) -> String {
    match value.as_str().filter(|_| path == "id") {
        Some(id) => id.to_owned(),
        None => convert::content(path, convert::words(value, names)),
    }
}

fn clauses(line: &node::Line) -> Vec<crate::value::Clause> {
    convert::clauses(std::iter::once(&line.clause).chain(&line.others))
}

/// What names the thing first, the envelope last.
fn rank(path: &str) -> u8 {
    match path {
        "name" | "value" | "number" | "serial" | "iban" => 0,
        "id"
        | "created"
        | "modified"
        | "created_by_ref"
        | "object_marking_refs"
        | "granular_markings"
        | "spec_version"
        | "type" => 2,
        _ => 1,
    }
}

/// A release that left: what was decided then, with the values of then.
fn left(found: &node::ReleaseView, as_sent: Option<&node::AsSent>) -> Vec<ObjectPreview> {
    let now: BTreeMap<String, ObjectPreview> = found
        .dry
        .iter()
        .flat_map(|dry| dry.objects.iter().map(|o| object(o, dry)))
        .filter(|preview| found.unaltered.contains(&preview.object.id))
        .map(|preview| (preview.object.id.clone(), preview))
        .collect();
    let picked = &found.line.picked;
    let mut objects: Vec<ObjectPreview> = found
        .stored
        .iter()
        .map(|stored| decided(stored, now.get(&stored.name.id), as_sent, picked))
        .collect();
    sort(&mut objects, picked);
    objects
}

/// Values of which today's plan cannot tell how they left: they depend on what became of other
/// objects, or on the time of sending.
fn of_then(path: &str) -> bool {
    let refers = |name: &str| name.ends_with("_ref") || name.ends_with("_refs");
    matches!(path, "created" | "modified") || path.split('.').any(refers)
}

/// What was decided on one object. What left is not kept everywhere (a file for one person); then
/// today's value is shown where it is certain that it is the one that left: the object was not
/// altered since and the decision is the same.
fn decided(
    stored: &node::StoredObject,
    now: Option<&ObjectPreview>,
    as_sent: Option<&node::AsSent>,
    picked: &[String],
) -> ObjectPreview {
    let id = &stored.name.id;
    let fields = stored.fields.iter().map(|field| {
        let (verdict, clauses) =
            (convert::verdict(field.verdict), convert::clauses(&field.clauses));
        let left = as_sent.is_none_or(|sent| sent.left.contains(id));
        let same = now.filter(|_| left && !of_then(&field.path)).and_then(|now| {
            now.fields
                .iter()
                .find(|f| f.path == field.path && f.verdict == verdict && f.clauses == clauses)
        });
        let sides = as_sent
            .and_then(|sent| Some((sent.sides.get(&(id.clone(), field.path.clone()))?, sent)));
        let mut marking = Marking::nothing();
        let (mut held, mut seen) = (Side::Gone, Side::Gone);
        if let Some((sides, sent)) = sides {
            marking = sides.marking.as_ref().map(Marking::from).unwrap_or_default();
            for (into, from) in [(&mut held, &sides.held), (&mut seen, &sides.seen)] {
                if let node::Side::Value(value) = from {
                    marking = marking.join(&convert::marking_of_named(value, &sent.names));
                }
                *into = match from {
                    node::Side::Value(value) => Side::Text(shown(&field.path, value, &sent.names)),
                    node::Side::Nothing => Side::Nothing,
                    node::Side::Gone => Side::Gone,
                };
            }
        }
        if let Some(same) = same {
            for (into, from) in [(&mut held, &same.held), (&mut seen, &same.seen)] {
                if *into == Side::Gone {
                    marking = marking.join(&same.marking);
                    *into = from.clone();
                }
            }
        }
        FieldPreview { path: field.path.clone(), held, seen, marking, verdict, clauses }
    });
    let mut fields: Vec<FieldPreview> = fields.collect();
    fields.sort_by_key(|f| (rank(&f.path), f.path.clone()));
    let named = picked.iter().any(|picked| picked.eq_ignore_ascii_case(id));
    let through = as_sent.and_then(|sent| sent.through.get(id).cloned());
    ObjectPreview {
        object: convert::object(&stored.name),
        through: if named { None } else { Some(through.unwrap_or_default()) },
        verdict: convert::verdict(stored.verdict),
        clauses: convert::clauses(&stored.clauses),
        fields,
        // The copy of today need not be the one that left.
        document: None,
    }
}
