//! `compartment create | add | remove | member | refer | list`.

use enlace_node::{CompartmentKind, NodeError, RestrictedMatch};
use serde_json::json;

use super::Session;
use crate::args::Compartment;
use crate::words::count;

pub(super) async fn run(session: &Session<'_>, verb: Compartment) -> Result<u8, NodeError> {
    let Session { node, actor, out } = session;
    match verb {
        Compartment::Create { name, why, kind } => {
            let kind = CompartmentKind::from_name(&kind).ok_or_else(|| NodeError::Input {
                code: "compartment.kind",
                problem: format!("unknown kind `{kind}`"),
                place: "--kind".to_owned(),
                expected: "case, need-to-know".to_owned(),
            })?;
            let id = node.compartment_create(actor, &name, kind, &why).await?;
            out.summary(&json!({ "id": id, "name": name }), || format!("compartment {id} made"));
        }
        Compartment::Add { name, ids, whole } => {
            let placed = node.compartment_add(actor, &name, &ids, whole).await?;
            out.summary(&json!({ "placed": placed }), || {
                format!("{} now seen by its members only", count(placed, "object"))
            });
        }
        Compartment::Remove { name, ids } => {
            let taken = node.compartment_remove(actor, &name, &ids).await?;
            out.summary(&json!({ "taken_out": taken }), || {
                format!("{} taken out", count(taken, "object"))
            });
        }
        Compartment::Member { name, member, out: outside, lead } => {
            match lead {
                true => node.compartment_hand_over(actor, &name, &member).await?,
                false => node.compartment_member(actor, &name, &member, !outside).await?,
            }
            out.summary(&json!({ "account": member, "inside": !outside }), String::new);
        }
        Compartment::Refer { name, off } => {
            node.compartment_refer(actor, &name, !off).await?;
            out.summary(&json!({ "compartment": name, "refers": !off }), || match off {
                true => "partners that ask find nothing of it".to_owned(),
                false => "partners that ask are referred to us".to_owned(),
            });
        }
        Compartment::Asked => {
            let found = node.restricted_matches(actor).await?;
            for one in &found {
                let RestrictedMatch { object, request, partner, kind, number, at, may_open } = one;
                let line = json!({
                    "object": object.id, "type": object.kind, "label": object.label,
                    "request": request, "partner": partner, "kind": kind, "number": number,
                    "at": at, "may_open": may_open,
                });
                out.line(&line, || format!("{at}  {partner}  {kind}  {}  {request}", object.label));
            }
            out.summary(&json!({ "asked": found.len() }), String::new);
        }
        Compartment::List { name: None } => {
            let lines = node.compartment_list(actor).await?;
            for line in &lines {
                out.line(line, || {
                    let (id, name, lead) = (&line.id, &line.name, &line.lead);
                    format!("{id}  {name}  led by {lead}  {}", count(line.objects, "object"))
                });
            }
            out.summary(&json!({ "compartments": lines.len() }), String::new);
        }
        Compartment::List { name: Some(name) } => {
            let found = node.compartment_view(actor, &name).await?;
            for object in &found.objects {
                let line = json!({ "id": object.id, "type": object.kind, "label": object.label });
                out.line(&line, || format!("{}  {}", object.id, object.label));
            }
            out.summary(&found.line, || found.line.why.clone());
        }
    }
    Ok(0)
}
