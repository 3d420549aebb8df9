//! What was stopped, corrected and deleted after a backup, and the list that says so: in a folder and
//! on a server.

mod erased;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use enlace_keys::{ArchiveKey, ArchiveLock};
use enlace_policy::roles::Role;
use enlace_stix::Object;
use enlace_store::{Batch, MemberQuery, OWN, ObjectState, Twin, VersionFilter, Write};
use serde_json::json;
use tempfile::TempDir;

use super::{Erasures, RestoreRequest, Restored};
use crate::ledger_log::Act;
use crate::plain::Grant;
use crate::recall_answer::{Received, Why};
use crate::standing::tests::{Kind, TERMS, Trio, approver};
use crate::{Actor, Clock, Node};

/// Each test twice: nodes and what is made of their backups lie in folders, or on a server.
macro_rules! everywhere {
    ($($test:ident,)*) => {
        mod in_a_folder {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::standing::tests::Kind::Folder).await;
            })*
        }
        mod on_a_server {
            $(#[tokio::test]
            async fn $test() {
                super::$test(crate::standing::tests::Kind::Server).await;
            })*
        }
    };
}
use everywhere;

everywhere! {
    a_folder_that_cannot_be_written_keeps_the_list_from_no_other_and_doctor_counts_it,
    what_was_revoked_or_stopped_after_a_backup_is_so_after_the_restore,
    a_loud_suspension_after_a_backup_rests_on_after_the_restore,
    a_password_that_was_changed_after_a_backup_lets_nobody_in_until_one_is_set,
    what_a_tool_deleted_and_a_right_that_was_taken_after_a_backup_stay_so,
    what_was_corrected_after_a_backup_is_not_handed_out_again,
    what_was_restricted_under_a_legal_hold_after_a_backup_is_restricted_and_kept,
    a_partner_that_is_pinned_again_after_a_restore_rests_until_it_was_asked,
    a_warning_that_was_taken_back_while_it_waited_does_not_leave_after_a_restore,
}

const NOTE: &str = "note--7a3d1f20-5b1c-4a0e-9c55-0d9be4f0b0a1";
const FIRST: &str = "2026-06-01T00:00:00.000Z";
const SECOND: &str = "2026-06-02T00:00:00.000Z";
const WORDS: &str = "correct horse battery";

fn console() -> Actor {
    Actor::console()
}

async fn back_up(node: &Node, folder: &Path) -> PathBuf {
    fs::create_dir_all(folder).unwrap();
    let file = folder.join("node.backup");
    let lock = ArchiveLock::passphrase(WORDS.into()).unwrap();
    node.backup(&console(), &file, &lock, |_, _| {}).await.unwrap();
    file
}

/// The node made anew from the file, with what stands beside it.
async fn restored(trio: &Trio, kind: Kind, file: &Path) -> (Node, TempDir) {
    let (node, home, _) = made_anew(trio, kind, file).await;
    (node, home)
}

/// The same, and what the restore says of it.
async fn made_anew(trio: &Trio, kind: Kind, file: &Path) -> (Node, TempDir, Restored) {
    let home = tempfile::tempdir().unwrap();
    let key = ArchiveKey::Passphrase(WORDS.into());
    let (file, to) = (file.to_owned(), kind.url());
    let request = RestoreRequest { file, key, to, erasures: Erasures::Beside };
    let told = Node::restore(home.path(), &request).await.unwrap();
    let clock: Arc<dyn Clock> = trio.clock.clone();
    (Node::open_with(home.path(), clock).await.unwrap(), home, told)
}

async fn commit(node: &Node, writes: Vec<Write>) {
    node.store.commit(Batch { guards: vec![], writes }).await.unwrap();
}

/// A note of this node, kept under a channel.
fn note(node: &Node, id: &str, channel: &str) -> Write {
    let view = json!({"type": "note", "spec_version": "2.1", "id": id, "content": "Zzyzxtexto",
        "created": FIRST, "modified": FIRST, "object_refs": [id]});
    let object = Object::from_view(view.as_object().unwrap().clone()).unwrap();
    Write::Object(Box::new(node.new_object(&object, channel, "file", ObjectState::Held)))
}

async fn erase(node: &Node) {
    let act = node.node_leaf(Act::new("erasure").field("object", NOTE)).unwrap();
    commit(node, vec![Write::Purge { channel: OWN.into(), id: NOTE.into() }, act]).await;
}

async fn a_folder_that_cannot_be_written_keeps_the_list_from_no_other_and_doctor_counts_it(
    kind: Kind,
) {
    let trio = Trio::on(kind).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    commit(node, vec![note(node, NOTE, OWN)]).await;
    let folders = ["a", "b", "c"].map(|name| home.path().join(name));
    for folder in &folders {
        back_up(node, folder).await;
    }
    let names = crate::gone::GoneNames::of(&node.keys);
    let list = names.file_name();
    fs::remove_file(folders[0].join(&list)).unwrap();
    fs::create_dir_all(folders[0].join(&list).join("in the way")).unwrap();
    erase(node).await;
    node.keep_erasures().await;
    let version = node.store.versions(NOTE).await.unwrap().remove(0).version;
    let line = names.version(OWN, NOTE, &version);
    let says = |folder: &Path| {
        fs::read_to_string(folder.join(&list)).is_ok_and(|text| text.contains(&line))
    };
    assert!(says(&folders[1]) && says(&folders[2]), "the folders behind the bad one");
    assert!(says(&node.dir), "the node's own copy");
    let found = async || {
        let checks = crate::doctor(&node.dir).await;
        let check = checks.into_iter().find(|check| check.check == "erasures").unwrap();
        check.found
    };
    assert!(found().await.starts_with("1 of "), "{}", found().await);
    fs::remove_dir_all(folders[0].join(&list)).unwrap();
    node.keep_erasures().await;
    assert!(says(&folders[0]), "as soon as it can be written");
    // A list that is stale everywhere is stale.
    for folder in folders.iter().chain([&node.dir]) {
        fs::write(folder.join(&list), "enlace-erasures 1").unwrap();
    }
    assert!(!found().await.starts_with("0 of "), "{}", found().await);
}

async fn what_was_revoked_or_stopped_after_a_backup_is_so_after_the_restore(kind: Kind) {
    let trio = Trio::on(kind).await;
    let agreement = trio.active(TERMS).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    let [us, nl] = [1, 2].map(|at| trio.nodes[at].key_id().to_owned());
    let ids: Vec<String> = (0..6).map(|n| NOTE.replace("b0a1", &format!("b0a{n}"))).collect();
    commit(node, ids.iter().map(|id| note(node, id, OWN)).collect()).await;
    let password = "long enough 1".into();
    node.account_create(&console(), "luis", Role::LiaisonOfficer, &password).await.unwrap();
    let session = node.sign_in("luis", &password).await.unwrap().session;
    let link = node.account_link(&console(), "luis").await.unwrap();
    let revoked = node.partner_token(&console(), &us, None).await.unwrap();
    let kept = node.partner_token(&console(), &us, None).await.unwrap();
    let lineage = node.agreement_named(&agreement).await.unwrap().agreement.lineage.clone();
    let file = back_up(node, &home.path().join("b")).await;

    let luis = Actor::of("luis", Role::LiaisonOfficer);
    let (hold, _) = node.hold_writes(&luis, ids.iter().cloned().collect()).await.unwrap();
    let begins: String = revoked.expose().chars().take(10).collect();
    node.partner_token_revoke(&console(), &us, &begins).await.unwrap();
    node.partner_revoke(&console(), &nl).await.unwrap();
    node.agreement_suspend_silently(&approver(), &agreement, None).await.unwrap();
    node.keep_erasures().await;
    let (again, _dir) = restored(&trio, kind, &file).await;

    assert!(again.session(session.expose()).await.unwrap().is_none(), "a session of before");
    let link = link.trim_start_matches("/login/");
    assert!(again.sign_in_by_link(link).await.is_err(), "a link of before");
    assert!(again.token(revoked.expose()).await.unwrap().is_none(), "a revoked token");
    assert!(again.token(kept.expose()).await.unwrap().is_some(), "the other token");
    assert!(again.partner(&nl).await.unwrap().unwrap().revoked, "a partner that was cut off");
    assert!(!again.partner(&us).await.unwrap().unwrap().revoked);
    for id in &ids {
        assert!(again.is_held(id).await.unwrap(), "{id} was held back");
    }
    assert!(again.silences().await.unwrap().contains_key(&lineage), "a silent suspension");
    // Who stopped it can let it go on, and a second restore does not bring that back.
    again.hold_lift(&luis, &hold).await.unwrap();
    again.keep_erasures().await;
    let list = fs::read_to_string(
        home.path().join("b").join(crate::gone::GoneNames::of(&node.keys).file_name()),
    );
    assert!(!list.unwrap().lines().any(|line| line.starts_with("h ")), "no hold is left");
}

async fn a_loud_suspension_after_a_backup_rests_on_after_the_restore(kind: Kind) {
    let trio = Trio::on(kind).await;
    let agreement = trio.active(TERMS).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    let file = back_up(node, home.path()).await;
    node.agreement_suspend(&approver(), &agreement, crate::Words::default()).await.unwrap();
    node.keep_erasures().await;
    let (again, _dir) = restored(&trio, kind, &file).await;
    let lineage = again.agreement_named(&agreement).await.unwrap().agreement.lineage.clone();
    assert!(again.silences().await.unwrap().contains_key(&lineage));
}

async fn a_password_that_was_changed_after_a_backup_lets_nobody_in_until_one_is_set(kind: Kind) {
    let trio = Trio::on(kind).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    let [old, new, next] = ["long enough 1", "long enough 2", "long enough 3"].map(Into::into);
    for name in ["luis", "eva"] {
        node.account_create(&console(), name, Role::LiaisonOfficer, &old).await.unwrap();
    }
    let file = back_up(node, &home.path().join("one")).await;
    node.account_password(&console(), "luis", &new).await.unwrap();
    node.keep_erasures().await;
    let (again, _dir) = restored(&trio, kind, &file).await;
    for password in [&old, &new] {
        assert!(again.sign_in("luis", password).await.is_err());
    }
    assert!(again.sign_in("eva", &old).await.is_ok(), "the password of another");
    again.account_password(&console(), "luis", &next).await.unwrap();
    assert!(again.sign_in("luis", &next).await.is_ok());
    // A backup of after knows the password: nothing is to be forgotten.
    let file = back_up(&again, &home.path().join("two")).await;
    again.keep_erasures().await;
    let (third, _dir) = restored(&trio, kind, &file).await;
    assert!(third.sign_in("luis", &next).await.is_ok());
}

async fn what_a_tool_deleted_and_a_right_that_was_taken_after_a_backup_stay_so(kind: Kind) {
    let trio = Trio::on(kind).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    let id = node.plain_create(&console(), "c").await.unwrap();
    let password = "long enough 1".into();
    let both = Grant { read: true, write: true };
    for name in ["none", "less", "same"] {
        node.account_create(&console(), name, Role::Tool, &password).await.unwrap();
        node.plain_grant(&console(), &id, name, both).await.unwrap();
    }
    let publish = |version: &str| Write::Publish {
        collection: id.clone(),
        id: NOTE.into(),
        kind: "note".into(),
        version: version.into(),
        body: "{}".into(),
        now_us: node.now_us(),
    };
    commit(node, vec![publish(FIRST), publish(SECOND)]).await;
    let file = back_up(node, home.path()).await;
    let one = MemberQuery {
        collection: id.clone(),
        versions: vec![VersionFilter::Exactly(vec![FIRST.into()])],
        ..MemberQuery::default()
    };
    let tool = Actor::of("same", Role::Tool);
    node.plain_delete(&tool, &NOTE.parse().unwrap(), one).await.unwrap();
    node.plain_grant(&console(), &id, "none", Grant::default()).await.unwrap();
    let read = Grant { read: true, write: false };
    node.plain_grant(&console(), &id, "less", read).await.unwrap();
    node.keep_erasures().await;
    let (again, _dir) = restored(&trio, kind, &file).await;
    let ask = MemberQuery {
        collection: id.clone(),
        versions: vec![VersionFilter::All],
        limit: 10,
        ..MemberQuery::default()
    };
    let left = again.store.members(ask).await.unwrap().members;
    let left: Vec<&str> = left.iter().map(|member| member.version.as_str()).collect();
    assert_eq!(left, [SECOND]);
    let line = again.plain_list(&console()).await.unwrap().remove(0);
    let granted: Vec<_> = line.grants.iter().map(|g| (g.account.as_str(), g.grant)).collect();
    assert_eq!(granted, [("less", read), ("same", both)]);
}

async fn what_was_corrected_after_a_backup_is_not_handed_out_again(kind: Kind) {
    let trio = Trio::on(kind).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    let partner = trio.nodes[1].key_id();
    let collection = uuid::Uuid::new_v4().to_string();
    let publish = |version: &str| Write::Publish {
        collection: collection.clone(),
        id: NOTE.into(),
        kind: "note".into(),
        version: version.into(),
        body: "{}".into(),
        now_us: node.now_us(),
    };
    let twin = Twin {
        partner: partner.into(),
        lineage: "l".into(),
        original: "note--1".into(),
        twin: NOTE.into(),
        created: FIRST.into(),
        modified: FIRST.into(),
        content_hash: String::new(),
        collection: collection.clone(),
        recalled: false,
    };
    commit(node, vec![publish(FIRST), Write::Twin(Box::new(twin))]).await;
    let file = back_up(node, home.path()).await;
    let act = Act::new("correction").field("object", NOTE).field("partner", partner);
    let leaf = node.node_leaf(act).unwrap();
    let (collection, id) = (collection.clone(), NOTE.to_owned());
    let withdraw = Write::Withdraw { collection: collection.clone(), id };
    commit(node, vec![withdraw, publish(SECOND), leaf]).await;
    node.keep_erasures().await;
    let (again, _dir) = restored(&trio, kind, &file).await;
    let ask = MemberQuery {
        collection,
        versions: vec![VersionFilter::All],
        limit: 10,
        ..MemberQuery::default()
    };
    assert_eq!(again.store.members(ask).await.unwrap().members, []);
}

async fn what_was_restricted_under_a_legal_hold_after_a_backup_is_restricted_and_kept(kind: Kind) {
    let trio = Trio::on(kind).await;
    let agreement = trio.active(TERMS).await;
    let (us, home) = (&trio.nodes[1], tempfile::tempdir().unwrap());
    let partner = trio.nodes[0].key_id();
    commit(us, vec![note(us, NOTE, partner)]).await;
    let file = back_up(us, home.path()).await;
    us.legal_hold_place(&approver(), NOTE, "evidence", "case 0417").await.unwrap();
    let standing = us.agreement_named(&agreement).await.unwrap();
    let of = Received { partner, agreement: &standing.agreement, id: NOTE };
    let version = us.store.versions(NOTE).await.unwrap().remove(0).version;
    let state = Write::State {
        channel: partner.into(),
        id: NOTE.into(),
        version: Some(version),
        state: ObjectState::Restricted,
    };
    let kept = us.restricted_write(&of, Why::Recall).unwrap();
    let leaf = us.node_leaf(Act::new("restriction").field("object", NOTE)).unwrap();
    commit(us, vec![state, kept, leaf]).await;
    us.keep_erasures().await;
    let (again, _dir) = restored(&trio, kind, &file).await;
    assert!(again.get(&approver(), NOTE).await.is_err(), "no list and no page has it");
    assert_eq!(again.purge_unheld().await.unwrap(), 0, "the hold is there");
    let seen = again.legal_hold_view(&approver(), NOTE).await.unwrap();
    assert!(seen[0].raw.contains("Zzyzxtexto"), "the evidence is kept");
    assert_eq!(again.legal_ground(NOTE).await.unwrap().as_deref(), Some("evidence"));
}

async fn a_partner_that_is_pinned_again_after_a_restore_rests_until_it_was_asked(kind: Kind) {
    let trio = Trio::on(kind).await;
    let home = tempfile::tempdir().unwrap();
    let init = crate::Init { name: "UNE".into(), country: "EC".into(), unit: None };
    let node = kind.init(&home.path().join("one"), &init).await;
    let file = back_up(&node, &home.path().join("b")).await;
    let us = &trio.nodes[1];
    let card = serde_json::to_string(us.card().unwrap().json()).unwrap();
    // After the backup: the partner has mirrored this half, and the node forgets it.
    node.partner_add(&console(), &card).await.unwrap();
    let (again, _dir) = restored(&trio, kind, &file).await;
    again.partner_add(&console(), &card).await.unwrap();
    assert!(again.resting.has(us.key_id()), "nothing passes before the partner was asked");
    let half = again.store.log(&crate::ledger_log::ours(us.key_id())).await.unwrap();
    assert_eq!(half.size, 0, "its leaf waits");
    let waiting = again.records_of(crate::record::Bucket::WAITING_LEAF, String::new()).await;
    assert_eq!(waiting.unwrap().len(), 1);
}

async fn a_warning_that_was_taken_back_while_it_waited_does_not_leave_after_a_restore(kind: Kind) {
    let trio = Trio::on(kind).await;
    let (node, home) = (&trio.nodes[0], tempfile::tempdir().unwrap());
    let person = "identity--1c000000-0000-4000-8000-000000000001";
    let view = json!({"type": "identity", "spec_version": "2.1", "id": person, "created": FIRST,
        "modified": FIRST, "name": "Rosa Namérez", "identity_class": "individual"});
    let object = Object::from_view(view.as_object().unwrap().clone()).unwrap();
    let row = node.new_object(&object, OWN, "file", ObjectState::Held);
    commit(node, vec![Write::Object(Box::new(row))]).await;
    let ana = Actor::of("ana", Role::LiaisonOfficer);
    let request = crate::DangerRequest {
        partner: "US".into(),
        reason: "kidnapping".into(),
        text: "They come for her tonight.".into(),
        why: "heard on line four".into(),
        ids: vec![person.into()],
    };
    let line = node.danger_release(&ana, &request, true).await.unwrap();
    let waits = async |node: &Node| {
        let all = node.waiting(trio.nodes[1].key_id()).await.unwrap();
        let says = |message| serde_json::to_string(message).unwrap().contains("tonight");
        all.iter().flat_map(|(_, message)| &message.objects).filter(|o| says(&o.object)).count()
    };
    assert_eq!(waits(node).await, 1);
    let file = back_up(node, home.path()).await;
    node.danger_recall(&ana, &line.id).await.unwrap();
    assert_eq!(waits(node).await, 0);
    node.keep_erasures().await;
    let (again, _dir) = restored(&trio, kind, &file).await;
    assert_eq!(waits(&again).await, 0);
}
