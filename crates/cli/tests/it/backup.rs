//! Backup and restore of real nodes: whole or not at all, and never what was taken back since.

mod back;
mod both;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use age::secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Client, Done, Node, alone, run};

struct Desk {
    home: TempDir,
    node: Node,
}

impl Desk {
    fn new() -> Self {
        let (home, node) = alone();
        Self { home, node }
    }

    fn furnished() -> Self {
        let desk = Self::new();
        desk.node.import("ec/case-calamares.json");
        desk.node.import("ec/press.html");
        desk
    }

    fn path(&self, name: &str) -> String {
        self.home.path().join(name).to_str().unwrap().to_owned()
    }

    fn backup(&self, name: &str) -> String {
        let file = self.path(name);
        let done = self.node.must(&["backup", &file]);
        assert!(done.summary()["rows"].as_u64() > Some(20), "{}", done.text);
        file
    }

    /// A node restored from a backup, in a folder of this name.
    fn restored(&self, key: &'static str, args: &[&str]) -> Node {
        let node = self.node.beside(key);
        node.must(&[&["restore"], args].concat());
        node
    }
}

/// What a node tells of itself, and that nothing is at fault.
fn seen(node: &Node) -> Vec<Value> {
    node.must(&["fsck"]);
    node.must(&["ledger", "verify"]);
    let mut stats = node.must(&["stats"]).lines[0].clone();
    for name in ["bytes", "logs"] {
        stats.as_object_mut().unwrap().remove(name);
    }
    let mut seen = vec![stats, node.card()["name"].clone()];
    for word in ["calamares", "contenedor", "fusil"] {
        let mut found: Vec<Value> = node.must(&["search", word]).results().cloned().collect();
        // The databases rank by other numbers.
        found.sort_by_key(|hit| hit["id"].to_string());
        seen.extend(found);
    }
    assert!(seen.len() > 4, "{seen:?}");
    seen
}

fn server() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres.sh");
    let made = Command::new("bash").arg(script).arg("fresh").output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

fn refused(done: &Done, code: i32, why: &str) {
    assert_eq!(done.code, code, "{}\n{}", done.text, done.errors);
    assert!(done.errors.contains(why), "{}\n{}", done.text, done.errors);
}

fn listed(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut names: Vec<String> = entries.map(|entry| name(entry.unwrap())).collect();
    names.sort();
    names
}

#[test]
fn a_restored_node_is_the_node_that_was_backed_up_with_its_keys_documents_and_configuration() {
    let desk = Desk::furnished();
    let before = seen(&desk.node);
    let file = desk.backup("node.backup");
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let restored = desk.restored("again", &[&file]);
    assert_eq!(seen(&restored), before);
    assert_eq!(restored.keys().party_id(), desk.node.keys().party_id());
    let names = listed(&desk.node.dir.join("keys"));
    assert_eq!(listed(&restored.dir.join("keys")), names);
    for name in names {
        let bytes = |node: &Node| fs::read(node.dir.join("keys").join(&name)).unwrap();
        assert_eq!(bytes(&restored), bytes(&desk.node), "{name}");
    }
    assert_eq!(listed(&restored.dir.join("blobs")), listed(&desk.node.dir.join("blobs")));
    let config = |node: &Node| fs::read_to_string(node.dir.join("enlace.toml")).unwrap();
    assert_eq!(config(&restored), config(&desk.node));
    assert_eq!(listed(&restored.dir).iter().filter(|n| n.starts_with("restoring-")).count(), 0);
    let log = desk.node.must(&["ledger", "export", &desk.path("log")]);
    assert_eq!(log.code, 0);
    let records = fs::read(desk.home.path().join("log/node/records/000")).unwrap();
    assert!(String::from_utf8_lossy(&records).contains("\"backup\""), "the act is logged");
}

#[test]
fn a_backup_says_nothing_without_its_passphrase_and_opens_with_no_other() {
    let desk = Desk::furnished();
    let file = desk.backup("node.backup");
    let bytes = fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    for word in ["Calamares", "enlace-key 1", "listen", "manifest"] {
        assert!(!bytes.windows(word.len()).any(|w| w == word.as_bytes()), "{word}");
    }
    let other = desk.node.beside("other");
    let dir = other.dir.to_str().unwrap();
    let wrong = [("ENLACE_PASSPHRASE", "another passphrase")];
    refused(&run(&["--node", dir, "restore", &file], &wrong), 2, "stays closed");
    assert!(!other.dir.exists());
    let none = [("ENLACE_PASSPHRASE", "")];
    refused(&run(&["--node", dir, "restore", &file], &none), 2, "no passphrase");
    let short = [("ENLACE_PASSPHRASE", "eleven char")];
    let from = desk.node.dir.to_str().unwrap();
    let to = desk.path("short.backup");
    refused(&run(&["--node", from, "backup", &to], &short), 2, "at least 12 characters");
    assert!(!Path::new(&to).exists());
}

#[test]
fn no_backup_is_overwritten_and_no_folder_that_holds_anything_is_restored_into() {
    let desk = Desk::furnished();
    let file = desk.backup("node.backup");
    let bytes = fs::read(&file).unwrap();
    refused(&desk.node.cli(&["backup", &file]), 1, "no backup is ever overwritten");
    assert_eq!(fs::read(&file).unwrap(), bytes);
    refused(&desk.node.cli(&["restore", &file]), 1, "an empty folder");
    desk.node.must(&["fsck"]);
    let here = listed(desk.home.path());
    assert!(here.iter().all(|name| !name.starts_with('.')), "{here:?}");
    let full = desk.home.path().join("full");
    fs::create_dir(&full).unwrap();
    fs::write(full.join("note"), "mine").unwrap();
    let done = desk.node.beside("full").cli(&["restore", &file]);
    refused(&done, 1, "not empty");
    assert_eq!(listed(&full), ["note"]);
}

#[test]
fn a_backup_that_was_cut_or_changed_at_fifty_places_is_refused_and_leaves_nothing() {
    let desk = Desk::furnished();
    let own = age::x25519::Identity::generate();
    let identity = desk.path("identity");
    fs::write(&identity, own.to_string().expose_secret()).unwrap();
    let file = desk.path("node.backup");
    desk.node.must(&["backup", &file, "--recipient", &own.to_public().to_string()]);
    let whole = fs::read(&file).unwrap();
    let mut drawn: u64 = 0x9e37_79b9_7f4a_7c15;
    let bad = desk.path("bad.backup");
    for round in 0..50 {
        drawn =
            drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let at = usize::try_from((drawn >> 11) % whole.len() as u64).unwrap();
        let mut bytes = whole.clone();
        match round % 3 {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 0x10,
            _ => drop(bytes.splice(at..at, [0x41])),
        }
        fs::write(&bad, bytes).unwrap();
        let done = desk.node.beside("bad").cli(&["restore", &bad, "--identity", &identity]);
        assert_eq!(done.code, 2, "{round} at {at}: {}{}", done.text, done.errors);
        assert!(!desk.home.path().join("bad").exists(), "{round} at {at}");
    }
    let restored = desk.restored("good", &[&file, "--identity", &identity]);
    assert_eq!(seen(&restored), seen(&desk.node));
}

#[test]
fn a_backup_of_a_folder_goes_to_a_server_and_that_of_a_server_to_another_and_back() {
    let desk = Desk::furnished();
    let before = seen(&desk.node);
    let file = desk.backup("one.backup");
    let (first, second) = (server(), server());
    let there = desk.restored("there", &[&file, "--to", &first]);
    assert_eq!(seen(&there), before);
    assert!(!there.dir.join("enlace.db").exists());
    // The database is not empty any more.
    refused(&there.beside("no").cli(&["restore", &file, "--to", &first]), 2, "not empty");
    let file = desk.path("two.backup");
    there.must(&["backup", &file]);
    let other = desk.restored("other", &[&file, "--to", &second]);
    assert_eq!(seen(&other), before);
    let file = desk.path("three.backup");
    other.must(&["backup", &file]);
    let back = desk.restored("back", &[&file]);
    assert_eq!(seen(&back), before);
    // Nothing there names the server that the backup was made on.
    let config = fs::read_to_string(back.dir.join("enlace.toml")).unwrap();
    assert!(!config.contains("postgres"), "{config}");
}

/// A file with one note of this number.
fn note(desk: &Desk, number: usize) -> PathBuf {
    let id = format!("note--61c0f2b6-9a9c-4f2e-8b6f-{number:012}");
    let note = json!({
        "type": "note", "spec_version": "2.1", "id": id, "content": "Apunte de vigilancia",
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "object_refs": [id],
    });
    let path = desk.home.path().join(format!("{number}.json"));
    fs::write(&path, note.to_string()).unwrap();
    path
}

#[test]
fn a_backup_beside_writers_holds_all_that_was_acknowledged_before_it_and_is_consistent() {
    let desk = Desk::furnished();
    let import = |number: usize| {
        let file = note(&desk, number);
        desk.node.must(&["import", file.to_str().unwrap()]);
    };
    (0..3).for_each(import);
    desk.node.serve();
    let file = desk.path("node.backup");
    let mut backup = desk.node.start(&["backup", &file]);
    let mut after = 3;
    let done = loop {
        if let Some(done) = backup.try_wait().unwrap() {
            break done;
        }
        import(after);
        after += 1;
    };
    assert!(done.success());
    assert!(after > 4, "nobody wrote meanwhile");
    desk.node.stop();
    let restored = desk.restored("again", &[&file]);
    restored.must(&["fsck"]);
    restored.must(&["ledger", "verify"]);
    for number in 0..3 {
        restored.must(&["get", &format!("note--61c0f2b6-9a9c-4f2e-8b6f-{number:012}")]);
    }
    // It serves.
    restored.configure();
    restored.serve();
    assert!(Client::plain(restored.pages).get("/").status < 500);
    restored.stop();
}

#[test]
fn doctor_is_content_with_a_good_node_and_names_what_is_wrong_with_a_bad_one() {
    let desk = Desk::furnished();
    let state = |done: &Done, check: &str| {
        let found = done.results().find(|line| line["check"] == check);
        found.unwrap_or_else(|| panic!("{check}: {}", done.text))["state"].clone()
    };
    let done = desk.node.must(&["doctor"]);
    assert_eq!(done.summary()["fail"], 0, "{}", done.text);
    for check in
        ["rights", "disk", "keys", "store", "schema", "heads", "clock", "log", "jobs", "feeds"]
    {
        assert_eq!(state(&done, check), "ok", "{check}: {}", done.text);
    }
    assert_eq!(state(&done, "backup"), "warn");
    desk.backup("node.backup");
    desk.node.serve();
    let done = desk.node.must(&["doctor"]);
    for check in ["backup", "erasures", "pages", "partners"] {
        assert_eq!(state(&done, check), "ok", "{check}: {}", done.text);
    }
    assert!(done.text.contains("this node serves at"), "{}", done.text);
    desk.node.stop();
    let words = done.text + &desk.node.must(&["doctor"]).text;
    for secret in ["Calamares", "enlace-key 1", "Quijije"] {
        assert!(!words.contains(secret), "{secret}");
    }

    let other = std::net::TcpListener::bind(desk.node.partners).unwrap();
    let done = desk.node.cli(&["doctor"]);
    assert_eq!((done.code, state(&done, "partners")), (1, json!("fail")), "{}", done.text);
    drop(other);
    let open = |path: &str, mode: u32| {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
        fs::set_permissions(desk.node.dir.join(path), mode).unwrap();
    };
    open("keys/node.key", 0o644);
    let done = desk.node.cli(&["doctor"]);
    assert_eq!((done.code, state(&done, "rights")), (1, json!("fail")), "{}", done.text);
    assert_eq!(state(&done, "keys"), "fail");
    open("keys/node.key", 0o600);
    let change = |sql: &str| desk.node.database().execute(sql, []).unwrap();
    change("INSERT INTO collection VALUES ('c', 0, 9000000000000000)");
    let done = desk.node.cli(&["doctor"]);
    assert_eq!((done.code, state(&done, "clock")), (1, json!("fail")), "{}", done.text);
    change("DELETE FROM collection");
    change("UPDATE log SET size = size + 1 WHERE name = 'node'");
    let done = desk.node.cli(&["doctor"]);
    assert_eq!((done.code, state(&done, "heads")), (1, json!("fail")), "{}", done.text);
    change("UPDATE log SET size = size - 1 WHERE name = 'node'");
    fs::rename(desk.node.dir.join("enlace.db"), desk.node.dir.join("gone.db")).unwrap();
    let done = desk.node.cli(&["doctor"]);
    assert_eq!((done.code, state(&done, "store")), (1, json!("fail")), "{}", done.text);
    assert!(!desk.node.dir.join("enlace.db").exists(), "nothing is made");
}

#[test]
fn a_backup_or_restore_that_is_killed_leaves_no_half_file_and_no_half_node() {
    let desk = Desk::furnished();
    let file = desk.backup("node.backup");
    let took = Instant::now();
    desk.restored("whole", &[&file]);
    let whole = took.elapsed();
    let (mut cut, mut opened) = (0, 0);
    for round in 1..=12_u32 {
        let node = desk.node.beside("cut");
        let mut child = node.start(&["restore", &file]);
        thread::sleep(whole * round / 12);
        let _ = child.kill();
        child.wait().unwrap();
        match node.cli(&["stats"]).code {
            0 => {
                opened += 1;
                assert_eq!(seen(&node), seen(&desk.node));
            }
            _ => {
                cut += 1;
                assert!(!node.dir.join("keys").exists(), "{round}");
                if listed(&node.dir).iter().any(|name| name.starts_with("restoring-")) {
                    let init = node.cli(&["init", "--name", "Otra", "--country", "EC"]);
                    refused(&init, 1, "repeat it");
                }
                node.must(&["restore", &file]);
                assert_eq!(seen(&node), seen(&desk.node));
            }
        }
        fs::remove_dir_all(&node.dir).unwrap();
    }
    assert!(cut > 0, "never cut: {opened} opened");
    for round in 1..=8_u32 {
        let name = desk.path("killed.backup");
        let mut child = desk.node.start(&["backup", &name]);
        thread::sleep(Duration::from_millis(150) * round);
        let _ = child.kill();
        child.wait().unwrap();
        if Path::new(&name).exists() {
            let node = desk.restored("from", &[&name]);
            node.must(&["fsck"]);
            fs::remove_dir_all(&node.dir).unwrap();
            fs::remove_file(&name).unwrap();
        }
    }
}
