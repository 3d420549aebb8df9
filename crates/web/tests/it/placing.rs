//! An import into a compartment: hidden from its first instant, and nothing that others have is.

use enlace_node::{CompartmentKind, ImportRequest};
use serde_json::{Value, json};

use crate::release::world;

const NEW: &str = "identity--1d000000-0000-4000-8000-000000000001";
const HELD: &str = "identity--1d000000-0000-4000-8000-000000000002";

fn person(id: &str, modified: &str) -> Value {
    json!({"type": "identity", "spec_version": "2.1", "id": id, "name": "Zzyzxnuevo",
        "created": "2026-01-01T00:00:00.000Z", "modified": modified,
        "identity_class": "individual"})
}

#[tokio::test]
async fn what_is_new_goes_into_the_compartment_and_what_others_hold_stays_theirs() {
    let world = world().await;
    let node = &world.ec.node;
    let liaison = world.ec.actor("liaison").await;
    let investigator = world.ec.actor("investigator").await;
    let first = person(HELD, "2026-01-01T00:00:00.000Z").to_string();
    world.ec.import("held.json", first.as_bytes()).await;
    node.compartment_create(&liaison, "caso", CompartmentKind::Case, "two know").await.unwrap();
    let bundle = json!({"type": "bundle", "id": "bundle--1d000000-0000-4000-8000-000000000009",
        "objects": [person(NEW, "2026-01-01T00:00:00.000Z"),
            person(HELD, "2026-02-01T00:00:00.000Z")]});
    let bytes = bundle.to_string().into_bytes();
    let request = || ImportRequest {
        name: "case.json",
        bytes: &bytes,
        format: None,
        marking: None,
        source: None,
        dry_run: false,
    };
    assert!(node.import_into(&investigator, request(), "caso").await.is_err(), "no member");
    assert!(node.get(&liaison, NEW).await.is_err(), "nothing was taken in");
    let report = node.import_into(&liaison, request(), "caso").await.unwrap();
    assert_eq!((report.new, report.rejected), (2, 0));
    assert!(node.get(&liaison, NEW).await.is_ok());
    assert!(node.get(&investigator, NEW).await.is_err());
    assert!(node.get(&investigator, HELD).await.is_ok(), "others had it before");
    let found = node.search(&investigator, "zzyzxnuevo", &[], 0, 9).await.unwrap();
    assert_eq!(found.total, 1);
}
