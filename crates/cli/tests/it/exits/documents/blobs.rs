//! Documents beside their objects: who brought them in may release them, and what is erased goes.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::world::{World, in_collection};
use super::{GREEN, dry_run, import, outcomes, verdict, world};

/// A page that import does not keep inside its object; it shows little.
fn page(world: &World, says: &str) -> (PathBuf, String) {
    let file = world.home.path().join(format!("{}.html", says.len()));
    let unseen = "not shown ".repeat(120_000);
    let html = format!("<html><title>Puerto</title><!-- {unseen} --><p>{says}</p></html>");
    fs::write(&file, &html).unwrap();
    (file, hex::encode(Sha256::digest(&html)))
}

fn import_page(world: &World, file: &Path) -> Value {
    let done = world.ec.must(&["import", "--marking", "green", file.to_str().unwrap()]);
    done.summary().clone()
}

fn artifact_of(world: &World, sha256: &str) -> String {
    let ask = "SELECT id FROM object WHERE id LIKE 'artifact--%' AND raw LIKE ?1";
    let named = format!("%urn:sha256:{sha256}%");
    world.ec.database().query_row(ask, [named], |row| row.get(0)).unwrap()
}

fn blob(world: &World, sha256: &str) -> PathBuf {
    world.ec.dir.join("blobs").join(&sha256[..2]).join(sha256)
}

/// A marking under which what bears it is overdue for review.
fn overdue(marking: &str) -> Value {
    let handling = enlace_stix::types::definition_id("handling");
    json!({"type": "marking-definition", "spec_version": "2.1", "id": marking,
        "created": "2026-01-01T00:00:00.000Z", "extensions": {handling: {
        "extension_type": "property-extension", "tlp": "green", "review_due": "2020-06-01"}}})
}

#[test]
fn a_document_named_by_its_hash_leaves_only_for_who_brought_it_in() {
    let (world, us, collection) = world("flattened");
    let says = "Contenedor CSQU3054383, descargado el 3 de mayo";
    let (file, sha256) = page(&world, says);
    assert_eq!(import_page(&world, &file)["new"], 2);
    let artifact = artifact_of(&world, &sha256);
    // Another object that names the same bytes, from a file that did not bring them.
    let named = "artifact--2d000000-0000-4000-8000-000000000041";
    let beside = "artifact--2d000000-0000-4000-8000-000000000042";
    let inside = b"Otra acta\n";
    let claims = |id: &str| {
        json!({"type": "artifact", "spec_version": "2.1", "id": id, "mime_type": "text/html",
            "url": format!("urn:sha256:{sha256}"), "hashes": {"SHA-256": sha256},
            "object_marking_refs": [GREEN]})
    };
    let mut hashed = claims(beside);
    hashed.as_object_mut().unwrap().remove("url");
    hashed["payload_bin"] = json!(STANDARD.encode(inside));
    hashed["mime_type"] = json!("text/plain");
    import(&world.ec, world.home.path(), &[claims(named), hashed]);

    let lines = dry_run(&world, &[&artifact, named, beside]);
    let told = outcomes(&lines);
    assert_eq!(verdict(&lines, &artifact), "changed");
    assert_eq!(told[&artifact]["flattened"]["size"], says.len() + 1, "{told:?}");
    assert_eq!(told[named]["withheld"]["code"], "document.no-content");
    assert_eq!(told[beside]["flattened"]["size"], inside.len(), "what is in it, not what it names");
    let ask = ["release", "copy", named, "--file", "/nonexistent/copy"];
    assert_eq!(world.ec.cli_as(Some("liaison-officer"), &ask).code, 1);

    world.release(&[&artifact]);
    let all = us.get(&in_collection(&collection, "objects/"));
    let objects = all.objects();
    let twin = objects.iter().find(|o| o["type"] == "artifact").unwrap();
    let copy = STANDARD.decode(twin["payload_bin"].as_str().unwrap()).unwrap();
    assert_eq!(copy, format!("{says}\n").as_bytes(), "what a reader sees of it");
    assert_eq!(twin["hashes"]["SHA-256"], hex::encode(Sha256::digest(&copy)).as_str());
    let sent = String::from_utf8_lossy(&all.bytes()).into_owned();
    assert!(!sent.contains(&sha256) && !sent.contains("urn:sha256"), "nothing of the original");
}

#[test]
fn what_is_erased_leaves_no_blob_and_does_not_come_back_with_its_file() {
    let (world, _, _) = world("flattened");
    let (file, sha256) = page(&world, "Acta vencida");
    let (other, kept) = page(&world, "Acta que se queda");
    import_page(&world, &file);
    import_page(&world, &other);
    let artifact = artifact_of(&world, &sha256);
    let marking = "marking-definition--2d000000-0000-4000-8000-000000000051";
    let due = json!({"type": "artifact", "spec_version": "2.1", "id": artifact,
        "mime_type": "text/html", "url": format!("urn:sha256:{sha256}"),
        "hashes": {"SHA-256": sha256}, "object_marking_refs": [marking]});
    import(&world.ec, world.home.path(), &[due, overdue(marking)]);
    // A file of an older version, kept as it came.
    let identity = "identity--2d000000-0000-4000-8000-000000000052";
    let old = json!({"type": "bundle", "id": "bundle--2d000000-0000-4000-8000-000000000053",
        "spec_version": "2.0", "objects": [{"type": "identity", "id": identity,
        "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z",
        "name": "Zzyzxvencida Mite", "identity_class": "individual"}]})
    .to_string();
    let old_file = world.home.path().join("old.json");
    fs::write(&old_file, &old).unwrap();
    world.ec.must(&["import", old_file.to_str().unwrap()]);
    let old_sha256 = hex::encode(Sha256::digest(&old));
    let later = json!({"type": "identity", "spec_version": "2.1", "id": identity,
        "created": "2020-01-01T00:00:00.000Z", "modified": "2021-01-01T00:00:00.000Z",
        "name": "Zzyzxvencida Mite", "identity_class": "individual",
        "object_marking_refs": [marking]});
    import(&world.ec, world.home.path(), &[later]);
    for sha256 in [&sha256, &kept, &old_sha256] {
        assert!(blob(&world, sha256).is_file());
    }
    world.ec.must(&["fsck", "--sweep"]);
    for sha256 in [&sha256, &kept, &old_sha256] {
        assert!(blob(&world, sha256).is_file(), "what is an object's stays");
    }

    world.ec.must_as("approver", &["review", "erase", &artifact]);
    assert!(!blob(&world, &sha256).exists());
    world.ec.must_as("approver", &["review", "erase", identity]);
    assert!(!blob(&world, &old_sha256).exists(), "the file that brought what is erased");
    assert!(blob(&world, &kept).is_file(), "the document of another");

    world.ec.must(&["import", "--marking", "green", file.to_str().unwrap()]);
    world.ec.must(&["import", old_file.to_str().unwrap()]);
    for sha256 in [&sha256, &old_sha256] {
        assert!(!blob(&world, sha256).exists(), "it does not come back");
    }
    assert_eq!(world.ec.must(&["fsck"]).summary()["ok"], true);
}

#[test]
fn a_sweep_takes_what_a_crash_left_and_says_so_in_the_log() {
    let (world, _, _) = world("flattened");
    let (file, sha256) = page(&world, "Acta");
    import_page(&world, &file);
    let left = b"left by an import that was cut off";
    let orphan = blob(&world, &hex::encode(Sha256::digest(left)));
    fs::create_dir_all(orphan.parent().unwrap()).unwrap();
    fs::write(&orphan, left).unwrap();
    let refused = world.ec.cli_as(Some("liaison-officer"), &["fsck", "--sweep"]);
    assert!(refused.code != 0 && orphan.exists(), "not for everybody: {}", refused.text);
    let acts = || {
        let ask =
            "SELECT count(*) FROM log_entry WHERE instr(CAST(record AS TEXT), '\"sweep\"') > 0";
        world.ec.database().query_row(ask, [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(acts(), 0);
    world.ec.must(&["fsck", "--sweep"]);
    assert!(!orphan.exists() && blob(&world, &sha256).is_file());
    assert_eq!(acts(), 1);
    world.ec.must(&["fsck", "--sweep"]);
    assert_eq!(acts(), 1, "nothing was taken");
}
