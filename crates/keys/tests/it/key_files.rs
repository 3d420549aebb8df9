use std::fs;
use std::os::unix::fs::PermissionsExt;

use enlace_keys::{KeyError, NodeKeys};

use crate::{NOW_US, Node};

#[test]
fn key_folder_and_files_belong_to_the_owner_alone() {
    let node = Node::new();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = node.dir.path().join("keys");
    assert_eq!(mode(folder.clone()), 0o700);
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(files.len(), 9);
    for file in files {
        assert_eq!(mode(file.clone()), 0o600, "{}", file.display());
    }
}

#[test]
fn missing_folders_above_the_node_are_made_for_the_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let node = dir.path().join("a").join("b");
    NodeKeys::create(&node, NOW_US, None).unwrap();
    for folder in [dir.path().join("a"), node] {
        assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn a_host_that_no_certificate_can_name_is_refused_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let error = NodeKeys::create(dir.path(), NOW_US, Some("enlace.ñ")).unwrap_err();
    assert_eq!(error.code(), "keys.tls");
    assert!(fs::read_dir(dir.path()).unwrap().next().is_none());
}

#[test]
fn opened_keys_are_the_created_ones() {
    let node = Node::new();
    let again = NodeKeys::open(node.dir.path()).unwrap();
    assert_eq!(again.key_id(), node.keys.key_id());
    assert_eq!(again.tls_sha256(), node.keys.tls_sha256());
    assert_eq!(again.log_verifier_key(), node.keys.log_verifier_key());
    assert_eq!(again.seal_key().expose(), node.keys.seal_key().expose());
    let twin = |keys: &NodeKeys| *keys.twin_key("partner", "lineage").expose();
    assert_eq!(twin(&again), twin(&node.keys));
}

#[test]
fn keys_are_never_overwritten() {
    let node = Node::new();
    let second = NodeKeys::create(node.dir.path(), NOW_US, None);
    assert!(matches!(second, Err(KeyError::Exists { .. })), "{second:?}");
    assert_eq!(NodeKeys::open(node.dir.path()).unwrap().key_id(), node.keys.key_id());
}

#[test]
fn what_a_dead_init_left_behind_is_no_key_and_is_removed() {
    let dir = tempfile::tempdir().unwrap();
    let left = dir.path().join("keys.new-0011223344556677");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("node.key"), "half").unwrap();
    assert!(matches!(NodeKeys::open(dir.path()), Err(KeyError::Missing { .. })));
    NodeKeys::create(dir.path(), NOW_US, None).unwrap();
    let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["keys"]);
}

#[test]
fn a_file_that_others_can_read_is_refused_with_the_remedy() {
    for name in
        ["node.key", "log.key", "tls.key", "master.key", "twin.key", "recovery.key", "age.key"]
    {
        let node = Node::new();
        fs::set_permissions(node.file(name), fs::Permissions::from_mode(0o640)).unwrap();
        let error = NodeKeys::open(node.dir.path()).unwrap_err();
        assert_eq!(error.code(), "keys.file.permissions", "{name}");
        let path = node.file(name).display().to_string();
        assert!(error.to_string().ends_with(&format!("run `chmod 600 {path}`")), "{error}");
    }
    let node = Node::new();
    let folder = node.dir.path().join("keys");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let error = NodeKeys::open(node.dir.path()).unwrap_err();
    assert!(error.to_string().contains("run `chmod 700"), "{error}");
}

#[test]
fn damaged_and_missing_files_are_named_and_their_content_is_not_shown() {
    for name in
        ["node.key", "log.key", "tls.key", "tls.crt", "master.key", "twin.key", "recovery.pub"]
    {
        let node = Node::new();
        fs::write(node.file(name), "enlace-key 1 ed25519 c2VjcmV0\n").unwrap();
        let error = NodeKeys::open(node.dir.path()).unwrap_err();
        assert_eq!(error.code(), "keys.file.malformed", "{name}");
        assert!(error.to_string().contains(name), "{error}");
        assert!(!error.to_string().contains("c2VjcmV0"), "{error}");
        fs::remove_file(node.file(name)).unwrap();
        let error = NodeKeys::open(node.dir.path()).unwrap_err();
        assert_eq!(error.code(), "keys.file.missing", "{name}");
    }
}

#[test]
fn a_node_of_before_gets_its_key_for_files_once() {
    let node = Node::new();
    fs::remove_file(node.file("age.key")).unwrap();
    let first = NodeKeys::open(node.dir.path()).unwrap();
    assert_ne!(first.recipient(), node.keys.recipient());
    assert_eq!(NodeKeys::open(node.dir.path()).unwrap().recipient(), first.recipient());
    let mode = fs::metadata(node.file("age.key")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert_eq!(fs::read_dir(node.dir.path().join("keys")).unwrap().count(), 9, "nothing is left");
    fs::write(node.file("age.key"), "AGE-SECRET-KEY-1SECRET\n").unwrap();
    let error = NodeKeys::open(node.dir.path()).unwrap_err();
    assert_eq!(error.code(), "keys.file.malformed");
    assert!(error.to_string().contains("age.key") && !error.to_string().contains("1SECRET"));
}

#[test]
fn a_certificate_of_another_key_is_refused() {
    let (a, b) = (Node::new(), Node::new());
    fs::copy(b.file("tls.crt"), a.file("tls.crt")).unwrap();
    assert_eq!(NodeKeys::open(a.dir.path()).unwrap_err().code(), "keys.file.malformed");
}

#[test]
fn a_node_works_without_its_recovery_key() {
    let node = Node::new();
    assert!(node.keys.recovery_key_present());
    fs::remove_file(node.file("recovery.key")).unwrap();
    let again = NodeKeys::open(node.dir.path()).unwrap();
    assert!(!again.recovery_key_present());
    assert_eq!(again.recovery_public_key(), node.keys.recovery_public_key());
}

#[test]
fn twin_keys_differ_by_partner_lineage_and_node() {
    let (a, b) = (Node::new(), Node::new());
    let all = [
        *a.keys.twin_key("p1", "l1").expose(),
        *a.keys.twin_key("p1", "l2").expose(),
        *a.keys.twin_key("p2", "l1").expose(),
        *b.keys.twin_key("p1", "l1").expose(),
        *a.keys.seal_key().expose(),
        *a.keys.cursor_key().expose(),
        *a.keys.identifier_key().expose(),
    ];
    let distinct: std::collections::HashSet<_> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}

#[test]
fn debug_of_keys_shows_the_key_id_only() {
    let node = Node::new();
    let shown = format!("{:?}", node.keys);
    assert_eq!(shown, format!("NodeKeys {{ key_id: {:?}, .. }}", node.keys.key_id()));
}

#[test]
fn a_successor_signs_anew_and_stays_the_same_party() {
    let node = Node::new();
    let (dir, old) = (node.dir.path(), &node.keys);
    let next = old.successor(dir, NOW_US, false).unwrap();
    assert_ne!(next.key_id(), old.key_id());
    assert_eq!(next.party_id(), old.key_id(), "the first key stays the name");
    assert_eq!(next.log_verifier_key(), old.log_verifier_key());
    assert_eq!(next.tls_sha256(), old.tls_sha256());
    assert_eq!(next.seal_key().expose(), old.seal_key().expose());
    assert_eq!(NodeKeys::open(dir).unwrap().key_id(), old.key_id(), "nothing changed yet");
    let installed = NodeKeys::install(dir, next.key_id()).unwrap();
    assert_eq!(installed.key_id(), next.key_id());
    assert_eq!(NodeKeys::install(dir, next.key_id()).unwrap().key_id(), next.key_id(), "again");
    let third = installed.successor(dir, NOW_US, true).unwrap();
    assert_eq!(third.party_id(), old.key_id());
    assert_ne!(third.tls_sha256(), old.tls_sha256());
    assert_ne!(third.recipient(), old.recipient());
    NodeKeys::install(dir, third.key_id()).unwrap();
    let names: Vec<_> = fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names, ["keys"], "nothing of the old keys is left");
}

#[test]
fn keys_that_a_crash_left_half_replaced_are_whole_at_the_next_start() {
    for step in 0..3 {
        let node = Node::new();
        let dir = node.dir.path();
        let next = node.keys.successor(dir, NOW_US, true).unwrap().key_id().to_owned();
        let short: String = next.chars().take(16).collect();
        let folder = dir.join(format!("keys-next-{short}"));
        if step > 0 {
            fs::rename(dir.join("keys"), dir.join("keys-replaced")).unwrap();
        }
        if step > 1 {
            fs::rename(folder.join("keys"), dir.join("keys")).unwrap();
        }
        let opened = NodeKeys::open(dir).unwrap().key_id().to_owned();
        assert_eq!(opened == next, step > 0, "step {step}");
        assert_eq!(NodeKeys::install(dir, &next).unwrap().key_id(), next, "step {step}");
        assert!(!folder.exists() && !dir.join("keys-replaced").exists(), "step {step}");
    }
}

#[test]
fn the_recovery_key_is_read_from_where_it_was_moved() {
    let node = Node::new();
    let here = NodeKeys::recovery_key(node.dir.path()).unwrap().unwrap();
    assert_eq!(here.public_key(), node.keys.recovery_public_key());
    let moved = node.dir.path().join("stick.key");
    fs::rename(node.file("recovery.key"), &moved).unwrap();
    assert!(NodeKeys::recovery_key(node.dir.path()).unwrap().is_none());
    let text = fs::read_to_string(&moved).unwrap();
    let key = enlace_keys::RecoveryKey::read(&text, &moved).unwrap();
    assert_eq!(key.public_key(), node.keys.recovery_public_key());
    let error = enlace_keys::RecoveryKey::read("c2VjcmV0", &moved).unwrap_err();
    assert!(error.to_string().contains("stick.key") && !error.to_string().contains("c2VjcmV0"));
    assert_eq!(format!("{key:?}"), "RecoveryKey");
}
