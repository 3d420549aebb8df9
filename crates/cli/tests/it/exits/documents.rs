//! Documents: what a partner gets of them is a flattened copy, or nothing, or by term the original.

mod attached;
mod blobs;
mod made;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::ZlibDecoder;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::canary::{Canary, Searcher};
use super::world::{World, in_collection, text};
use crate::support::{Client, Node, scenario};

/// TLP:GREEN.
const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
/// Planted where nobody sees it.
const AUTHOR: &str = "Zzyzxautora Quimis";
const BELOW: &str = "Zzyzxfuente Orrala";
const PLACE: &str = "Zzyzxlugar 2.1894S";
const BEHIND: &str = "Zzyzxdetras 79.8891W";
const DELETED: &str = "Zzyzxborrado Mite";
const HIDDEN: &str = "Zzyzxhoja oculta";
const UNSEEN: [&str; 6] = [AUTHOR, BELOW, PLACE, BEHIND, DELETED, HIDDEN];

/// A document of EC: an artifact and the file that it is the content of.
struct Doc {
    artifact: String,
    file: String,
    name: String,
    bytes: Vec<u8>,
    mime: &'static str,
}

impl Doc {
    fn new(number: u8, mime: &'static str, bytes: Vec<u8>) -> Self {
        let id = |kind: &str| format!("{kind}--2d000000-0000-4000-8000-0000000000{number:02}");
        let name = format!("zzyzxnombre-{number:02}.bin");
        Self { artifact: id("artifact"), file: id("file"), name, bytes, mime }
    }

    fn sha256(&self) -> String {
        hex::encode(Sha256::digest(&self.bytes))
    }

    fn objects(&self) -> [Value; 2] {
        let hashes = json!({ "SHA-256": self.sha256() });
        [
            json!({"type": "artifact", "spec_version": "2.1", "id": self.artifact,
                "mime_type": self.mime, "payload_bin": STANDARD.encode(&self.bytes),
                "hashes": hashes, "object_marking_refs": [GREEN]}),
            json!({"type": "file", "spec_version": "2.1", "id": self.file, "name": self.name,
                "size": self.bytes.len(), "mime_type": self.mime, "hashes": hashes,
                "mtime": "2024-07-13T04:05:06Z", "content_ref": self.artifact,
                "object_marking_refs": [GREEN]}),
        ]
    }

    /// What tells of the original, beside what is in it.
    fn traces(&self) -> Vec<Canary> {
        let middle = self.bytes.len() / 2;
        let traces = [
            ("hash", self.sha256()),
            ("name", self.name.clone()),
            ("beginning", STANDARD.encode(&self.bytes[..60])),
            ("middle", STANDARD.encode(&self.bytes[middle - middle % 3..][..60])),
        ];
        let canary = |(property, value): (&str, String)| Canary {
            object: self.artifact.clone(),
            property: property.to_owned(),
            value,
        };
        traces.map(canary).into()
    }
}

/// Documents that can be flattened.
fn documents() -> Vec<Doc> {
    vec![
        Doc::new(1, "application/pdf", made::pdf(AUTHOR, BELOW, "")),
        Doc::new(2, "image/jpeg", made::jpeg(PLACE, BEHIND)),
        Doc::new(3, made::DOCX, made::docx(AUTHOR, DELETED)),
        Doc::new(4, made::XLSX, made::xlsx(HIDDEN)),
    ]
}

/// Documents that cannot be, with the reason.
fn others() -> Vec<(Doc, &'static str)> {
    let locked = "/Encrypt<</Filter/Standard/V 1/R 2/O(x)/U(x)/P 0>>/ID[(a)(a)]";
    vec![
        (Doc::new(11, "application/pdf", made::pdf(AUTHOR, BELOW, locked)), "flatten.encrypted"),
        (Doc::new(12, "application/zip", made::xlsx(HIDDEN)), "flatten.type-unknown"),
        (Doc::new(13, "image/png", made::jpeg(PLACE, BEHIND)), "flatten.type-mismatch"),
    ]
}

fn import(node: &Node, home: &std::path::Path, objects: &[Value]) {
    let file = home.join("documents.json");
    let bundle = json!({"type": "bundle", "id": "bundle--2d000000-0000-4000-8000-000000000099",
        "objects": objects});
    fs::write(&file, bundle.to_string()).unwrap();
    let done = node.must(&["import", file.to_str().unwrap()]);
    assert_eq!(done.summary()["new"], objects.len(), "{}", done.text);
}

/// The terms of EC and US with documents in them; these leave as `leaves` says.
fn terms(world: &World, leaves: &str) -> PathBuf {
    let terms = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
    let types = "allowed = [\n    \"bank-account\"";
    assert!(terms.contains(types) && terms.contains("leaves = \"none\""));
    let terms = terms
        .replacen(types, "allowed = [\n    \"artifact\", \"file\", \"bank-account\"", 1)
        .replacen("leaves = \"none\"", &format!("leaves = \"{leaves}\""), 1)
        .replacen("allowed = [\"iban\"", "allowed = [\"hash\", \"url\", \"iban\"", 1)
        .replacen(
            "[onward]",
            "[fields.artifact]\nclause = \"4.9\"\nkeep = [\"payload_bin\", \"mime_type\", \"url\", \
             \"hashes\"]\n\n[fields.file]\nclause = \"4.9\"\nkeep = [\"name\", \"size\", \
             \"mime_type\", \"hashes\", \"mtime\", \"content_ref\"]\n\n[onward]",
            1,
        );
    let file = world.home.path().join(format!("{leaves}.toml"));
    fs::write(&file, terms).unwrap();
    file
}

/// A world with an agreement of these terms, and the client and the collection of US under it.
fn world(leaves: &str) -> (World, Client, String) {
    let mut world = World::new();
    let before = collections(&world.us_by_certificate());
    world.agreement = world.sign_with(&world.us, "US", &terms(&world, leaves));
    let client = world.us_by_certificate();
    let new: Vec<String> =
        collections(&client).into_iter().filter(|id| !before.contains(id)).collect();
    assert_eq!(new.len(), 1, "the agreement has a collection of its own");
    (world, client, new[0].clone())
}

fn collections(client: &Client) -> Vec<String> {
    let all = client.get("/taxii2/node/collections/").json();
    all["collections"].as_array().unwrap().iter().map(|c| text(&c["id"])).collect()
}

fn dry_run(world: &World, ids: &[&str]) -> Vec<Value> {
    let ask = ["release", "--dry-run", "--agreement", &world.agreement];
    let purpose = ["--purpose", "firearms-tracing"];
    let dry = world.ec.must_as("liaison-officer", &[&ask[..], &purpose, ids].concat());
    dry.results().cloned().collect()
}

/// What becomes of each document.
fn outcomes(lines: &[Value]) -> BTreeMap<String, Value> {
    let told = lines.iter().filter(|line| line["document"].is_string());
    told.map(|line| (text(&line["document"]), line["outcome"].clone())).collect()
}

fn verdict<'a>(lines: &'a [Value], id: &str) -> &'a Value {
    let whole = lines.iter().find(|line| line["object"] == id && line["path"] == "");
    &whole.unwrap_or_else(|| panic!("no line about {id}"))["verdict"]
}

fn draft(world: &World, ids: &[&str]) -> String {
    let ask = ["release", "--agreement", &world.agreement, "--purpose", "firearms-tracing"];
    text(&world.ec.must_as("liaison-officer", &[&ask[..], ids].concat()).summary()["id"])
}

/// Keys and revisions of what is kept of documents.
fn kept(node: &Node) -> Vec<(String, i64)> {
    let db = node.database();
    let ask = "SELECT key, revision FROM record WHERE bucket = 'flattened' ORDER BY key";
    let mut rows = db.prepare(ask).unwrap();
    let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// The bytes, and what is packed in them.
fn readings(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut all = vec![bytes.to_vec()];
    for at in 0..bytes.len().saturating_sub(2) {
        let head = u16::from_be_bytes([bytes[at], bytes[at + 1]]);
        if bytes[at] & 0x0F == 8 && head.is_multiple_of(31) {
            let mut out = Vec::new();
            let _ = ZlibDecoder::new(&bytes[at..]).take(16 << 20).read_to_end(&mut out);
            all.push(out);
        }
    }
    all
}

/// Searches for everything that must not leave of these documents.
fn searcher(documents: &[Doc]) -> Searcher {
    let unseen = UNSEEN.map(|value| Canary {
        object: "a document".to_owned(),
        property: "unseen".to_owned(),
        value: value.to_owned(),
    });
    let traces = documents.iter().flat_map(Doc::traces);
    Searcher::new(unseen.into_iter().chain(traces).collect())
}

#[test]
fn of_a_document_only_its_flattened_copy_leaves() {
    let (world, us, collection) = world("flattened");
    let documents = documents();
    let objects: Vec<Value> = documents.iter().flat_map(Doc::objects).collect();
    import(&world.ec, world.home.path(), &objects);
    let searcher = searcher(&documents);
    for document in &documents[..2] {
        let found = searcher.search("the original", &document.bytes);
        assert!(!found.is_empty(), "{}: the canaries are there", document.mime);
    }

    let files: Vec<&str> = documents.iter().map(|d| d.file.as_str()).collect();
    let lines = dry_run(&world, &files);
    let told = outcomes(&lines);
    assert_eq!(told.len(), documents.len());
    for document in &documents {
        assert_eq!(verdict(&lines, &document.artifact), "changed", "{}", document.mime);
        assert_eq!(verdict(&lines, &document.file), "changed", "{}", document.mime);
        let outcome = &told[&document.artifact]["flattened"];
        assert!(outcome["pages"] == 1 && outcome["size"].as_u64() > Some(50), "{outcome}");
    }
    for (index, note) in [(2, "flatten.note.tracked-changes"), (3, "flatten.note.hidden-sheets")] {
        let notes = &told[&documents[index].artifact]["flattened"]["notes"];
        assert!(notes.to_string().contains(note), "{notes}");
    }

    let once = kept(&world.ec);
    assert_eq!(once.len(), documents.len());
    let sent = world.release(&files);
    assert_eq!((&sent["kept"], &sent["withheld"]), (&json!(2 * documents.len()), &json!(0)));
    let objects = us.get(&in_collection(&collection, "objects/")).objects();
    let manifest = us.get(&in_collection(&collection, "manifest/")).bytes();
    assert_eq!(searcher.search("manifest", &manifest), [""; 0]);
    let mut copies = BTreeMap::new();
    for object in &objects {
        let bytes = object.to_string();
        assert_eq!(searcher.search(&text(&object["type"]), bytes.as_bytes()), [""; 0]);
        match object["type"].as_str().unwrap() {
            "artifact" => {
                let copy = STANDARD.decode(object["payload_bin"].as_str().unwrap()).unwrap();
                for reading in readings(&copy) {
                    assert_eq!(searcher.search("a copy", &reading), [""; 0]);
                }
                let hash = hex::encode(Sha256::digest(&copy));
                assert_eq!(object["hashes"], json!({ "SHA-256": hash }), "that of the copy");
                assert!(
                    ["application/pdf", "image/jpeg", "image/png"]
                        .contains(&object["mime_type"].as_str().unwrap())
                );
                copies.insert(text(&object["id"]), copy);
            }
            "file" => {
                let has = |name: &str| object.get(name).is_some();
                assert!(!has("name") && !has("mtime"), "{object}");
                let size = object["size"].as_u64().unwrap() as usize;
                assert!(documents.iter().all(|d| d.bytes.len() != size), "{object}");
            }
            _ => {}
        }
    }
    assert_eq!(copies.len(), documents.len());
    for document in &documents {
        assert!(!copies.contains_key(&document.artifact), "twins have ids of their own");
        // What the officer looked at is what left.
        let out = world.home.path().join(format!("{}.copy", document.file));
        let ask = ["release", "copy", &document.artifact, "--file", out.to_str().unwrap()];
        world.ec.must_as("approver", &ask);
        let seen = fs::read(&out).unwrap();
        assert!(copies.values().any(|copy| *copy == seen), "{}", document.mime);
        assert_ne!(world.ec.cli_as(Some("approver"), &ask).code, 0, "nothing is overwritten");
    }
    assert_eq!(kept(&world.ec), once, "nothing was flattened a second time");

    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    for (name, bytes) in world.us.stored_bytes() {
        assert_eq!(searcher.search(&name, &bytes), [""; 0]);
    }
}

#[test]
fn a_document_that_cannot_be_flattened_stays_and_only_the_officer_hears_why() {
    let (world, us, collection) = world("flattened");
    let others = others();
    let mut objects: Vec<Value> = others.iter().flat_map(|(d, _)| d.objects()).collect();
    // Content that is only named: whoever can import an object could name any file of the node.
    let named = "artifact--2d000000-0000-4000-8000-000000000021";
    let known = others[0].0.sha256();
    objects.push(json!({"type": "artifact", "spec_version": "2.1", "id": named,
        "mime_type": "application/pdf", "url": format!("urn:sha256:{known}"),
        "hashes": {"SHA-256": known}, "object_marking_refs": [GREEN]}));
    import(&world.ec, world.home.path(), &objects);
    let mut ids: Vec<&str> = others.iter().map(|(d, _)| d.file.as_str()).collect();
    ids.push(named);
    let lines = dry_run(&world, &ids);
    let told = outcomes(&lines);
    for (document, code) in &others {
        assert_eq!(verdict(&lines, &document.artifact), "withheld", "{code}");
        assert_eq!(told[&document.artifact]["withheld"]["code"], *code);
        let ask = ["release", "copy", &document.artifact, "--file", "/nonexistent/copy"];
        assert_eq!(world.ec.cli_as(Some("liaison-officer"), &ask).code, 1, "{code}");
    }
    assert_eq!(verdict(&lines, named), "withheld");
    assert_eq!(told[named]["withheld"]["code"], "document.no-content");
    let once = kept(&world.ec);
    assert_eq!(once.len(), others.len(), "a refusal is kept like a copy");
    assert_eq!(outcomes(&dry_run(&world, &ids)), told);
    assert_eq!(kept(&world.ec), once);

    // Beside one that can, so that something leaves.
    let good = Doc::new(9, "text/plain", b"Acta de incautacion 13/2026\n".to_vec());
    import(&world.ec, world.home.path(), &good.objects());
    ids.push(&good.file);
    let sent = world.release(&ids);
    assert_eq!(sent["kept"], 2, "the good one with its file: {sent}");
    let all = us.get(&in_collection(&collection, "objects/"));
    let artifacts = all.objects().iter().filter(|o| o["type"] == "artifact").count();
    assert_eq!(artifacts, 1);
    let documents: Vec<Doc> = others.into_iter().map(|(document, _)| document).collect();
    assert_eq!(searcher(&documents).search("objects", &all.bytes()), [""; 0]);
    for code in ["flatten.", "document.no-content"] {
        assert!(!String::from_utf8_lossy(&all.bytes()).contains(code));
    }
}

#[test]
fn documents_stay_under_none_and_originals_leave_by_term_alone() {
    let document = Doc::new(3, made::DOCX, made::docx(AUTHOR, DELETED));
    let (world, us, collection) = world("originals");
    import(&world.ec, world.home.path(), &document.objects());
    assert!(outcomes(&dry_run(&world, &[&document.file])).is_empty());
    world.release(&[&document.file]);
    let objects = us.get(&in_collection(&collection, "objects/")).objects();
    let artifact = objects.iter().find(|o| o["type"] == "artifact").unwrap();
    assert_eq!(artifact["payload_bin"], STANDARD.encode(&document.bytes).as_str());
    assert_eq!(artifact["hashes"]["SHA-256"], document.sha256().as_str());
    let file = objects.iter().find(|o| o["type"] == "file").unwrap();
    assert_eq!(file["name"], document.name.as_str());
    assert!(kept(&world.ec).is_empty(), "no copy was asked for");

    let mut world = world;
    world.agreement = world.sign_with(&world.us, "US", &terms(&world, "none"));
    let lines = dry_run(&world, &[&document.file]);
    assert_eq!(verdict(&lines, &document.artifact), "withheld");
    assert!(outcomes(&lines).is_empty() && kept(&world.ec).is_empty());
    for path in ["name", "size", "hashes", "mime_type", "mtime"] {
        let field = lines.iter().find(|l| l["object"] == *document.file && l["path"] == path);
        assert!(field.is_none_or(|line| line["verdict"] == "withheld"), "{path}: {field:?}");
    }
}

#[test]
fn a_copy_that_nobody_approved_does_not_leave() {
    let (world, us, collection) = world("flattened");
    let document = Doc::new(5, "text/plain", b"Acta de incautacion 14/2026\n".to_vec());
    import(&world.ec, world.home.path(), &document.objects());
    let id = draft(&world, &[&document.file]);
    world.ec.must_as("approver", &["release", "approve", &id]);
    let other = STANDARD.encode("Acta de otra cosa\n");
    let changed = world.ec.database().execute(
        "UPDATE record SET body = json_set(body, '$.outcome.flat.base64', ?1) \
         WHERE bucket = 'flattened'",
        [other],
    );
    assert_eq!(changed.unwrap(), 1);
    let send = world.ec.cli_as(Some("liaison-officer"), &["release", "send", &id]);
    assert_eq!(send.code, 1, "what would leave is not what was approved: {}", send.text);
    assert!(us.get(&in_collection(&collection, "objects/")).objects().is_empty());
}

#[test]
fn another_document_of_an_update_goes_to_a_person_whatever_was_said_of_updates() {
    let (world, us, collection) = world("flattened");
    let mut document = Doc::new(8, "text/plain", b"Acta de incautacion 17/2026\n".to_vec());
    import(&world.ec, world.home.path(), &document.objects());
    let id = draft(&world, &[&document.artifact]);
    world.ec.must_as("approver", &["release", "approve", &id, "--follow"]);
    world.ec.must_as("liaison-officer", &["release", "send", &id]);
    let seen = || {
        let objects = us.get(&in_collection(&collection, "objects/")).objects();
        let artifact = objects.into_iter().find(|o| o["type"] == "artifact").unwrap();
        STANDARD.decode(artifact["payload_bin"].as_str().unwrap()).unwrap()
    };
    let before = seen();
    document.bytes = b"Declaracion de otra persona\n".to_vec();
    import(&world.ec, world.home.path(), &document.objects()[..1]);
    world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let updates = world.ec.must_as("liaison-officer", &["release", "updates"]);
    let states: Vec<&Value> = updates.results().map(|line| &line["state"]).collect();
    assert_eq!(states, ["drafted"], "{}", updates.text);
    assert_eq!(seen(), before, "nobody has looked at the other document");
}

#[test]
fn a_file_that_changes_alone_is_planned_with_the_copy_that_the_partner_has() {
    let (world, us, collection) = world("flattened");
    let mut document = Doc::new(10, "text/plain", b"Acta de incautacion 18/2026\n".to_vec());
    import(&world.ec, world.home.path(), &document.objects());
    let id = draft(&world, &[&document.file]);
    world.ec.must_as("approver", &["release", "approve", &id, "--follow"]);
    world.ec.must_as("liaison-officer", &["release", "send", &id]);
    let all = in_collection(&collection, "objects/?match[version]=all");
    let seen = || us.get(&all).objects();
    let told = |objects: &[Value]| {
        let file = objects.iter().rfind(|o| o["type"] == "file").unwrap();
        (file["hashes"]["SHA-256"].clone(), file["size"].clone())
    };
    let updates = || {
        world.ec.must_as("liaison-officer", &["release", "updates", "--now"]);
        let waiting = world.ec.must_as("liaison-officer", &["release", "updates"]);
        waiting.results().cloned().collect::<Vec<Value>>()
    };
    let before = seen();

    // Only in what the partner does not see.
    let [_, mut file] = document.objects();
    file["mtime"] = json!("2025-01-02T03:04:05Z");
    import(&world.ec, world.home.path(), &[file.clone()]);
    assert_eq!(updates(), [Value::Null; 0]);
    assert_eq!(seen(), before, "nothing shows that the file changed");

    // Another document: until somebody has looked at it, the file tells of what the partner has.
    document.bytes = b"Declaracion de otra persona\n".to_vec();
    let [artifact, _] = document.objects();
    file["mtime"] = json!("2025-02-03T04:05:06Z");
    import(&world.ec, world.home.path(), &[artifact, file]);
    let waiting = updates();
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    assert_eq!(waiting[0]["state"], "drafted");
    assert_eq!(seen(), before, "nobody has looked at the other document");
    let drafted = text(&waiting[0]["release"]);
    world.ec.must_as("approver", &["release", "approve", &drafted, "--follow"]);
    world.ec.must_as("liaison-officer", &["release", "send", &drafted]);
    assert_eq!(told(&seen()), told(&before), "the file waits for its own slot");
    assert_eq!(updates(), [Value::Null; 0]);
    let after = seen();
    let artifact = after.iter().rfind(|o| o["type"] == "artifact").unwrap();
    let copy = STANDARD.decode(artifact["payload_bin"].as_str().unwrap()).unwrap();
    let hash = hex::encode(Sha256::digest(&copy));
    assert_eq!(told(&after), (json!(hash), json!(copy.len())), "that of the new copy");
    assert_ne!(told(&after), told(&before));
}

#[test]
fn a_file_tells_nothing_of_a_copy_that_stays_for_another_reason() {
    let (world, us, collection) = world("flattened");
    let held = Doc::new(14, "text/plain", b"Acta de incautacion 19/2026\n".to_vec());
    let good = Doc::new(15, "text/plain", b"Acta de incautacion 20/2026\n".to_vec());
    let mut objects: Vec<Value> = [&held, &good].iter().flat_map(|d| d.objects()).collect();
    // The document is red, its file is not.
    let red = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
    objects[0]["object_marking_refs"] = json!([red]);
    import(&world.ec, world.home.path(), &objects);
    let out = world.home.path().join("held.copy");
    world
        .ec
        .must_as("approver", &["release", "copy", &held.artifact, "--file", out.to_str().unwrap()]);
    let copy = hex::encode(Sha256::digest(fs::read(&out).unwrap()));
    let lines = dry_run(&world, &[&held.file, &good.file]);
    assert_eq!(verdict(&lines, &held.artifact), "withheld");
    assert_eq!(verdict(&lines, &held.file), "withheld", "without a hash it is no file");
    world.release(&[&held.file, &good.file]);
    let all = us.get(&in_collection(&collection, "objects/"));
    assert_eq!(all.objects().iter().filter(|o| o["type"] == "file").count(), 1);
    assert!(!String::from_utf8_lossy(&all.bytes()).contains(&copy));
}

#[test]
fn a_copy_goes_with_its_original_by_recall_and_by_erasure() {
    let (world, _, _) = world("flattened");
    let said = "Zzyzxacta de incautacion";
    let document = Doc::new(6, "text/plain", format!("{said} 15/2026\n").into_bytes());
    import(&world.ec, world.home.path(), &document.objects());
    world.release(&[&document.file]);
    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    let ask = "SELECT id FROM object WHERE id LIKE 'artifact--%'";
    let twin: String = world.us.database().query_row(ask, [], |row| row.get(0)).unwrap();
    let out = world.home.path().join("copy");
    let copy = |node: &Node, id: &str| {
        let _ = fs::remove_file(&out);
        node.must_as("approver", &["release", "copy", id, "--file", out.to_str().unwrap()]);
    };
    copy(&world.us, &twin);
    assert_eq!(kept(&world.us).len(), 1);
    world.ec.must_as("liaison-officer", &["recall", &document.artifact]);
    world.us.must(&["partner", "sync", "EC"]);
    assert!(kept(&world.us).is_empty(), "the receiver's own copy of what was recalled");
    world.us.stop();
    let canary = |value: &str| Canary {
        object: twin.clone(),
        property: "payload_bin".to_owned(),
        value: value.to_owned(),
    };
    let searcher = Searcher::new(vec![canary(said)]);
    for (name, bytes) in world.us.stored_bytes() {
        assert_eq!(searcher.search(&name, &bytes), [""; 0]);
    }

    // Of our own: what is overdue is erased, and its copy with it.
    let handling = enlace_stix::types::definition_id("handling");
    let marking = "marking-definition--2d000000-0000-4000-8000-000000000031";
    let overdue = Doc::new(7, "text/plain", b"Acta vencida 16/2026\n".to_vec());
    let mut objects = overdue.objects();
    objects[0]["object_marking_refs"] = json!([marking]);
    let definition = json!({"type": "marking-definition", "spec_version": "2.1", "id": marking,
        "created": "2026-01-01T00:00:00.000Z", "extensions": {handling: {
        "extension_type": "property-extension", "tlp": "green", "review_due": "2020-06-01"}}});
    import(&world.ec, world.home.path(), &[&objects[..], &[definition]].concat());
    let before = kept(&world.ec);
    copy(&world.ec, &overdue.artifact);
    assert_eq!(kept(&world.ec).len(), before.len() + 1);
    let refused = ["release", "copy", &overdue.artifact, "--file", "/nonexistent/copy"];
    let hidden = world.ec.cli_as(Some("liaison-officer"), &refused);
    assert_eq!(hidden.code, 1, "who does not see the original sees no copy: {}", hidden.text);
    world.ec.must_as("approver", &["review", "erase", &overdue.artifact]);
    assert_eq!(kept(&world.ec), before);
}
