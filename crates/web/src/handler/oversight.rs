//! `GET /oversight` and `GET /oversight/releases/{id}`

use axum::extract::Path;
use axum::response::Response;
use enlace_node::{self as node, ChannelAgreement, LeafProof};
use http::StatusCode;

use super::convert;
use super::visit::{Inside, Parameters, page};
use crate::layout::Place;
use crate::page::oversight::{
    self, ChannelLog, ChannelState, Disclosure, LogSignature, LogState, OversightView,
};
use crate::page::release_proof::{
    self, FieldOutcome, LogEvent, ObjectOutcome, Proof, ReleaseProofView,
};
use crate::value::Total;

pub(crate) async fn list(inside: Inside, asked: Parameters) -> Response {
    let query = asked.one("q");
    let number = asked.page();
    let node = &inside.visit.app.node;
    let found = match node.oversight(&inside.actor, query, number as usize - 1).await {
        Ok(found) => found,
        Err(error) => return inside.fail(&error),
    };
    let view = OversightView {
        query: query.to_owned(),
        total: Total::Exactly(found.total as u64),
        disclosures: found.disclosures.iter().map(disclosure).collect(),
        page: number,
        more: found.more,
        log: log(&found.log),
        channels: found.channels.iter().map(channel).collect(),
    };
    page(StatusCode::OK, &oversight::render(&view, &inside.chrome(Place::Oversight)))
}

pub(crate) async fn show(inside: Inside, Path(id): Path<String>) -> Response {
    let node = &inside.visit.app.node;
    let found = match node.oversight_release(&inside.actor, &id).await {
        Ok(found) => found,
        Err(error) => return inside.fail(&error),
    };
    let view = ReleaseProofView {
        disclosure: disclosure(&found.disclosure),
        legal_basis: found.legal_basis,
        agreement_sha256: found.agreement_sha256,
        objects: found.objects.iter().map(outcome).collect(),
        events: found.events.iter().map(event).collect(),
        proof: proof(&found.proof, &found.log),
        channel_proof: found.channel.as_ref().map(|(leaf, log)| proof(leaf, log)),
    };
    page(StatusCode::OK, &release_proof::render(&view, &inside.chrome(Place::Oversight)))
}

fn disclosure(found: &node::Disclosure) -> Disclosure {
    Disclosure {
        leaf: found.leaf,
        at: convert::time(&found.at),
        release_id: found.release.clone(),
        partner: convert::partner(&found.partner),
        agreement: found.agreement.clone(),
        purpose: found.purpose.clone(),
        clauses: convert::clauses(&found.clauses),
        objects: found.objects.iter().map(convert::object).collect(),
        counts: convert::tally(&found.counts),
        requested_by: found.drafted_by.clone(),
        approved_by: found.approved_by.clone(),
        receipt: convert::receipt(true, found.receipt.as_deref()),
        recalled: found.recalled,
    }
}

fn outcome(found: &node::ObjectOutcome) -> ObjectOutcome {
    let decided = &found.decided;
    ObjectOutcome {
        object: convert::object(&decided.name),
        twin_id: found.twin.clone(),
        sha256: found.sha256.clone(),
        verdict: convert::verdict(decided.verdict),
        clauses: convert::clauses(&decided.clauses),
        fields: decided
            .fields
            .iter()
            .map(|field| FieldOutcome {
                path: field.path.clone(),
                verdict: convert::verdict(field.verdict),
                clauses: convert::clauses(&field.clauses),
            })
            .collect(),
        recalled: found.recalled.as_deref().map(convert::time),
    }
}

fn event(found: &node::LogEvent) -> LogEvent {
    LogEvent {
        at: convert::time(&found.at),
        leaf: found.leaf,
        kind: found.kind.to_owned(),
        by: found.by.clone(),
    }
}

fn proof(found: &LeafProof, state: &node::LogState) -> Proof {
    Proof {
        leaf: found.index,
        leaf_hash: hex::encode(found.leaf_hash),
        path: found.path.iter().map(hex::encode).collect(),
        log: log(state),
        holds: found.holds,
    }
}

fn log(found: &node::LogState) -> LogState {
    let signature = |s: &node::LogSignature| LogSignature {
        name: s.name.clone(),
        key_id: s.key_id.clone(),
        holds: s.holds,
    };
    LogState {
        origin: found.origin.clone(),
        size: found.size,
        root: found.root.clone(),
        at: found.at.as_deref().map(convert::time),
        signatures: found.signatures.iter().map(signature).collect(),
    }
}

fn channel(found: &node::ChannelState) -> ChannelLog {
    ChannelLog {
        partner: convert::partner(&found.partner),
        ours: log(&found.ours),
        theirs: log(&found.theirs),
        state: match found.agreement {
            ChannelAgreement::Agreed => ChannelState::Agreed,
            ChannelAgreement::Waiting => ChannelState::Waiting,
            ChannelAgreement::Conflict => ChannelState::Conflict,
        },
    }
}
