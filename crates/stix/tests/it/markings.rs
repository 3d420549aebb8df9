//! Data markings: selectors, schemes, what covers what, editing, redaction, and the laws of all.

mod coverage;
mod editing;
mod laws;
mod redaction;
mod schemes;
mod selectors;

use enlace_stix::marking::{Effective, Tlp, acs, iep};
use enlace_stix::{Object, types};
use serde_json::{Map, Value, json};

/// Ids of marking definitions, none of them published.
const OWN: [&str; 4] = [
    "marking-definition--f431f809-377b-45e0-aa1c-6a4751cae5f0",
    "marking-definition--f431f809-377b-45e0-aa1c-6a4751cae5f1",
    "marking-definition--f431f809-377b-45e0-aa1c-6a4751cae5f2",
    "marking-definition--f431f809-377b-45e0-aa1c-6a4751cae5f3",
];

fn object(view: Value) -> Object {
    Object::parse(&view.to_string()).unwrap()
}

fn members(view: Value) -> Map<String, Value> {
    view.as_object().unwrap().clone()
}

/// A marking definition with one extension.
fn definition(id: &str, extension: &str, body: Value) -> Object {
    object(json!({
        "type": "marking-definition", "spec_version": "2.1", "id": id,
        "created": "2026-03-01T10:00:00.000Z", "extensions": { extension: body },
    }))
}

fn handling(id: &str, body: Value) -> Object {
    definition(id, &types::definition_id("handling"), body)
}

/// The marking that one definition makes.
fn alone(definition: &Object) -> Effective {
    let mut effective = Effective::default();
    effective.join(definition.id().as_str(), Some(definition));
    effective
}

/// An ACS body: this control set, these defaults, and other members.
fn acs_body(controls: Value, defaults: (&str, &str), more: Value) -> Value {
    let reference = format!(
        "urn:isa:policy:acs:ns:v3.0?privdefault={}&sharedefault={}",
        defaults.0, defaults.1
    );
    let mut body = json!({
        "extension_type": "property-extension",
        "identifier": "isa:guide.19001.ACS3-f431f809-377b-45e0-aa1c-6a4751cae5f0",
        "create_date_time": "2026-03-01T10:00:00.000Z",
        "responsible_entity_custodian": "USA.DHS",
        "policy_reference": reference, "control_set": controls,
    });
    body.as_object_mut().unwrap().extend(members(more));
    body
}

fn acs_marking(body: Value) -> acs::Acs {
    alone(&definition(OWN[0], acs::DEFINITION, body)).acs.unwrap()
}

/// The mildest IEP body, with these members changed.
fn iep_body(changes: Value) -> Value {
    let mut body = json!({
        "extension_type": "property-extension", "iep_version": 2.0,
        "iep_id": "f431f809-377b-45e0-aa1c-6a4751cae5f0", "description": "Feria",
        "encrypt_in_transit": "may", "affected_party_notifications": "may", "tlp": "white",
        "permitted_actions": "externally-visible-direct-actions",
        "provider_attribution": "may", "unmodified_resale": "may",
        "start_date": "2026-01-01T00:00:00Z",
    });
    body.as_object_mut().unwrap().extend(members(changes));
    body
}

fn iep_marking(changes: Value) -> Effective {
    alone(&definition(OWN[0], iep::DEFINITION, iep_body(changes)))
}

const RED: &str = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
const GREEN_1: &str = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da";
const WHITE_1: &str = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9";

fn tlp_of(effective: &Effective) -> Option<Tlp> {
    effective.tlp
}
