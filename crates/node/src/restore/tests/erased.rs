//! What an object leaves beside its row: its document, and messages that wait to be sent.

use std::fs;
use std::path::Path;

use enlace_policy::roles::Role;
use enlace_stix::Object;
use enlace_store::{OWN, ObjectQuery, ObjectState, Write};
use serde_json::json;

use super::{FIRST, back_up, commit, console, everywhere, made_anew, restored};
use crate::record::{self, Bucket};
use crate::standing::tests::{Kind, TERMS, Trio, approver};
use crate::{Actor, DangerOutcome, DangerRequest, ImportRequest, Node};

everywhere! {
    the_document_of_an_artifact_that_was_erased_after_a_backup_is_gone_from_the_disk,
    a_warning_about_somebody_erased_after_a_backup_waits_for_nobody,
    what_waited_for_a_partner_that_was_cut_off_after_a_backup_never_leaves,
}

const PERSON: &str = "identity--1c000000-0000-4000-8000-000000000001";
const PRESS: &[u8] = include_bytes!("../../../../../scenario/ec/press.html");
/// Words of the document.
const WORDS: &str = "armas largas y varias pistolas";

/// Makes an object overdue for review.
async fn overdue(node: &Node, id: &str) {
    let key = format!("{id}/{}", crate::view::OVERDUE);
    commit(node, vec![record::put(Bucket::VEIL, &key, &(), Some(1)).unwrap()]).await;
}

/// What a node still says of an object.
async fn said_of(node: &Node, id: &str) -> String {
    let versions = node.store.versions(id).await.unwrap();
    versions.iter().map(|row| format!("{}{}", row.raw, row.label)).collect()
}

/// Files below a folder that hold these words.
fn saying(dir: &Path, words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(saying(&path, words));
        } else if fs::read(&path).unwrap().windows(words.len()).any(|w| w == words.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

async fn the_document_of_an_artifact_that_was_erased_after_a_backup_is_gone_from_the_disk(
    kind: Kind,
) {
    let trio = Trio::on(kind).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    let request = ImportRequest {
        name: "press.html",
        bytes: PRESS,
        format: None,
        marking: Some("green"),
        source: None,
        dry_run: false,
    };
    node.import(&console(), request).await.unwrap();
    let all = ObjectQuery { limit: 100, ..ObjectQuery::default() };
    let held = node.store.objects(all).await.unwrap();
    let ids: Vec<&str> = held.iter().map(|row| row.id.as_str()).collect();
    let ours = |id: &&&str| **id != node.me.identity_id && !id.starts_with("marking-definition");
    assert!(ids.iter().any(|id| id.starts_with("artifact--")), "{ids:?}");
    let before = node.store.blobs().list().await.unwrap();
    assert!(!before.is_empty());
    let file = back_up(node, &home.path().join("b")).await;
    // The document and everything that was read from it.
    for id in ids.iter().filter(ours) {
        overdue(node, id).await;
        node.review_erase(&approver(), id).await.unwrap();
    }
    assert_eq!(node.store.blobs().list().await.unwrap(), [], "the node itself has it no more");
    let (again, dir) = restored(&trio, kind, &file).await;
    assert_eq!(again.store.blobs().list().await.unwrap(), []);
    assert_eq!(saying(dir.path(), WORDS), [""; 0]);
    for id in ids.iter().filter(ours) {
        assert_eq!(said_of(&again, id).await, "", "{id}");
    }
    assert_eq!(again.store.fsck().await.unwrap(), []);
}

/// Holds a person, and warns US about her; the warning waits to be sent.
async fn warn(node: &Node) -> String {
    let view = json!({"type": "identity", "spec_version": "2.1", "id": PERSON, "created": FIRST,
        "modified": FIRST, "name": "Rosa Namérez", "identity_class": "individual"});
    let object = Object::from_view(view.as_object().unwrap().clone()).unwrap();
    let row = node.new_object(&object, OWN, "file", ObjectState::Held);
    commit(node, vec![Write::Object(Box::new(row))]).await;
    let request = DangerRequest {
        partner: "US".into(),
        reason: "kidnapping".into(),
        text: "They come for her tonight.".into(),
        why: "heard on line four".into(),
        ids: vec![PERSON.into()],
    };
    let ana = Actor::of("ana", Role::LiaisonOfficer);
    node.danger_release(&ana, &request, true).await.unwrap().id
}

/// Messages that wait for a partner and say so.
async fn waiting(node: &Node, partner: &str, words: &str) -> usize {
    let all = node.waiting(partner).await.unwrap();
    let objects = all.iter().flat_map(|(_, message)| &message.objects);
    objects.filter(|o| serde_json::to_string(&o.object).unwrap().contains(words)).count()
}

async fn a_warning_about_somebody_erased_after_a_backup_waits_for_nobody(kind: Kind) {
    let trio = Trio::on(kind).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    let us = trio.nodes[1].key_id();
    let warning = warn(node).await;
    assert!(waiting(node, us, "Namérez").await > 0, "the person herself waits too");
    let file = back_up(node, home.path()).await;
    let ana = Actor::of("ana", Role::LiaisonOfficer);
    node.danger_recall(&ana, &warning).await.unwrap();
    node.danger_review(&approver(), &warning, DangerOutcome::Confirmed, "").await.unwrap();
    overdue(node, PERSON).await;
    node.review_erase(&approver(), PERSON).await.unwrap();
    let (again, _dir, told) = made_anew(&trio, kind, &file).await;
    for words in ["Namérez", "tonight", "line four"] {
        assert_eq!(waiting(&again, us, words).await, 0, "{words}");
    }
    assert_eq!(said_of(&again, PERSON).await, "");
    // The backup is of before the warning was taken back: what people wrote in it is theirs to see to.
    assert_eq!(told.warnings_left, [PERSON]);
}

async fn what_waited_for_a_partner_that_was_cut_off_after_a_backup_never_leaves(kind: Kind) {
    let trio = Trio::on(kind).await;
    trio.active(TERMS).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    let us = trio.nodes[1].key_id();
    warn(node).await;
    assert!(waiting(node, us, "tonight").await > 0);
    let file = back_up(node, home.path()).await;
    node.partner_revoke(&console(), us).await.unwrap();
    node.keep_erasures().await;
    let (again, _dir) = restored(&trio, kind, &file).await;
    assert_eq!(waiting(&again, us, "tonight").await, 0);
    assert!(again.outbox_file(&console(), us).await.is_err());
}
