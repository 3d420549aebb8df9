//! The command line as scripts rely on it: shapes, counts, exit codes, errors that name the place.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Done, Node, run, scenario, scenario_json};

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn set<const N: usize>(names: [&'static str; N]) -> BTreeSet<&'static str> {
    BTreeSet::from(names)
}

fn file(name: &str) -> String {
    scenario(name).display().to_string()
}

/// Where and what of each object of a file that is broken, by `expected.json`.
fn broken(name: &str) -> Vec<(Option<String>, String, String)> {
    let expected = scenario_json("expected.json");
    let files = expected["import"].as_array().unwrap();
    let found = files.iter().find(|f| f["file"] == name).unwrap();
    let text = |v: &Value| v.as_str().map(str::to_owned);
    let rejected = found["rejected"].as_array().unwrap().iter();
    rejected
        .map(|r| (text(&r["id"]), text(&r["path"]).unwrap(), text(&r["rule"]).unwrap()))
        .collect()
}

#[test]
fn validate_reports_each_finding_in_the_fixed_form() {
    let path = file("ec/broken.json");
    let done = run(&["--json", "validate", &path], &[]);
    assert_eq!(done.code, 1, "a MUST finding is exit code 1");
    let fixed = set([
        "file", "id", "type", "level", "rule", "path", "section", "found", "expected", "message",
    ]);
    for line in done.results() {
        assert_eq!(keys(line), fixed, "exactly the keys of docs/interfaces.md: {line}");
        assert_eq!(line["file"], path.as_str(), "the file as it was given");
        assert!(["must", "should"].contains(&line["level"].as_str().unwrap()), "{line}");
        assert!(!line["expected"].as_str().unwrap().is_empty(), "what is expected: {line}");
        assert!(
            !line["section"].as_str().unwrap().is_empty(),
            "where the standard says it: {line}"
        );
    }
    let musts: Vec<&Value> = done.results().filter(|l| l["level"] == "must").collect();
    for (_, path, rule) in broken("ec/broken.json") {
        let named = musts.iter().any(|l| l["path"] == path.as_str() && l["rule"] == rule.as_str());
        assert!(named, "{rule} at {path}:\n{}", done.text);
    }
    let counts = done.summary();
    let count = |name: &str| counts[name].as_u64().unwrap();
    assert_eq!(count("valid") + count("invalid"), count("objects"), "counts add up: {counts}");
    assert_eq!((count("objects"), count("invalid")), (14, 10), "{counts}");
    assert_eq!(count("must"), musts.len() as u64, "{counts}");
    assert_eq!(count("must") + count("should"), done.results().count() as u64, "{counts}");

    let good = run(&["--json", "validate", &file("ec/case-calamares.json"), &path], &[]);
    assert_eq!(good.summary()["files"], 2, "several files, one summary");
    assert_eq!(good.summary()["objects"], 54);
}

#[test]
fn validate_ends_with_1_for_a_must_and_for_a_should_only_when_strict() {
    let home = tempfile::tempdir().unwrap();
    // Its people are related in words that the standard does not list (§5.1.2).
    let mut case = scenario_json("ec/case-calamares.json");
    for object in case["objects"].as_array_mut().unwrap() {
        if object["type"] == "relationship" {
            object["relationship_type"] = json!("related-to");
        }
    }
    let relationship = |o: &&Value| o["type"] == "relationship";
    let one = case["objects"].as_array().unwrap().iter().find(relationship).unwrap();
    let write = |name: &str, value: &Value| {
        let path = home.path().join(name);
        fs::write(&path, value.to_string()).unwrap();
        path.display().to_string()
    };
    let (good, alone) = (write("good.json", &case), write("alone.json", one));
    let alone = alone.as_str();
    for (args, code, should) in [
        (vec![good.as_str()], 0, false),
        (vec!["--strict", &good], 0, false),
        (vec!["--refs", &good], 0, false),
        (vec![alone], 0, false),
        (vec!["--refs", alone], 0, true),
        (vec!["--refs", "--strict", alone], 1, true),
    ] {
        let done = run(&[&["--json", "validate"], &args[..]].concat(), &[]);
        assert_eq!(done.code, code, "{args:?}: {}{}", done.text, done.errors);
        let found = done.summary()["should"].as_u64().unwrap() > 0;
        assert_eq!(found, should, "{args:?}: {}", done.text);
    }
}

#[test]
fn import_reports_each_object_and_its_counts_add_up() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
    let total = |done: &Done| {
        let counts = done.summary();
        let count = |name: &str| counts[name].as_u64().unwrap();
        let parts = ["new", "known", "conflict", "rejected"];
        assert_eq!(parts.iter().map(|p| count(p)).sum::<u64>(), count("objects"), "{counts}");
        for part in parts {
            let lines = done.results().filter(|l| l["result"] == part).count() as u64;
            assert_eq!(lines, count(part), "{part}: one line an object: {counts}");
        }
        assert_eq!(done.results().count() as u64, count("objects"), "{counts}");
        parts.map(count)
    };
    let dry = node.cli(&["import", "--dry-run", &file("ec/broken.json")]);
    assert_eq!(total(&dry), [4, 0, 0, 10], "{}", dry.text);
    let held = |node: &Node| node.must(&["stats"]).lines[0]["objects"].clone();
    assert_eq!(held(&node), 1, "a dry run holds nothing but the node's identity");

    for (name, new) in [
        ("ec/broken.json", 4),
        ("ec/case-calamares.json", 40),
        ("ec/firearms.csv", 14),
        ("ec/press.html", 2),
    ] {
        let done = node.cli(&["import", "--marking", "amber", &file(name)]);
        let wanted = broken(name);
        let rejected = wanted.len() as u64;
        let held = scenario_json("expected.json")["import"].clone();
        let held = held.as_array().unwrap().iter().find(|f| f["file"] == name).unwrap().clone();
        assert_eq!(held["held"], new, "{name}");
        assert_eq!(total(&done), [new, 0, 0, rejected], "{name}: {}", done.text);
        assert_eq!(done.code, i32::from(rejected > 0), "{name}: findings are exit code 1");
        for line in done.results() {
            for key in ["file", "id", "result", "reason"] {
                assert!(line[key].is_string(), "`{key}` in {line}");
            }
            let bad = line["result"] == "rejected";
            assert_eq!(line["rule"].is_string() && line["path"].is_string(), bad, "{line}");
            let base = Path::new(name).file_name().unwrap().to_str().unwrap();
            assert_eq!(line["file"], base, "the file is named");
        }
        for (id, path, rule) in &wanted {
            let fits = |l: &&Value| {
                l["path"] == path.as_str()
                    && l["rule"] == rule.as_str()
                    && id.as_ref().is_none_or(|id| l["id"] == id.as_str())
            };
            assert!(done.results().any(|l| fits(&l)), "{name}: {rule} at {path}:\n{}", done.text);
        }
        for line in done.results().filter(|l| l["result"] == "new") {
            let id = line["id"].as_str().unwrap();
            assert_eq!(node.cli(&["get", id]).code, 0, "{id}: reported as new, so it is held");
        }
        let again = node.cli(&["import", "--marking", "amber", &file(name)]);
        assert_eq!(total(&again), [0, new, 0, rejected], "{name} again changes nothing");
    }
    a_conflict_is_reported(&node, home.path());
    let fsck = node.must(&["fsck"]);
    assert_eq!(fsck.summary(), &json!({ "ok": true, "faults": 0 }));
}

fn a_conflict_is_reported(node: &Node, home: &Path) {
    let mut case = scenario_json("ec/case-calamares.json");
    let named = |o: &Value| o["name"] == "Los Calamares del Sur";
    let at = case["objects"].as_array().unwrap().iter().position(named).unwrap();
    let object = &mut case["objects"][at];
    object["name"] = json!("Los Calamares del Norte");
    let id = object["id"].as_str().unwrap().to_owned();
    let path = home.join("conflict.json");
    fs::write(&path, object.to_string()).unwrap();
    let done = node.cli(&["import", path.to_str().unwrap()]);
    assert_eq!((done.code, &done.lines[0]["result"]), (1, &json!("conflict")), "{}", done.text);
    let held = node.must(&["get", &id]);
    let held: Value = serde_json::from_str(&held.text).unwrap();
    assert_eq!(held["name"], "Los Calamares del Sur", "what is held is not overwritten");
}

#[test]
fn errors_say_what_where_and_what_to_do_with_the_right_exit_code() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
    let nowhere = home.path().join("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let unreadable = home.path().join("unreadable.json");
    fs::write(&unreadable, "{\n").unwrap();
    let unreadable = unreadable.to_str().unwrap();
    let id = "identity--00000000-0000-4000-8000-000000000000";
    let report = file("ec/press.html");
    for (args, code, says) in [
        (vec!["partner", "sync", "XX"], 1, vec!["node.not-found", "XX"]),
        (vec!["partner", "token", "XX"], 1, vec!["node.not-found", "XX"]),
        (vec!["partner", "revoke", "XX"], 1, vec!["node.not-found", "XX"]),
        (vec!["agreement", "show", "none"], 1, vec!["node.not-found", "none"]),
        (vec!["agreement", "new", "--with", "XX"], 1, vec!["node.not-found", "XX"]),
        (vec!["get", id], 1, vec!["node.not-found", id]),
        (vec!["recall", id], 1, vec!["node.forbidden", "--as"]),
        (vec!["release", "status", "none"], 1, vec!["node.not-found", "none"]),
        (vec!["release", "--agreement", "none", id], 1, vec!["node.forbidden", "--as"]),
        (vec!["inbox", "accept", "none"], 1, vec!["node.forbidden", "--as"]),
        (vec!["account", "link", "ghost"], 1, vec!["node.not-found", "ghost"]),
        (vec!["--as", "ghost", "stats"], 1, vec!["node.sign-in"]),
        (vec!["import", nowhere], 2, vec!["node.file", nowhere]),
        (vec!["import", unreadable], 2, vec!["unreadable.json", "line"]),
        (
            vec!["import", "--format", "xml", &report],
            2,
            vec!["import.format", "xml", "html-report"],
        ),
        (vec!["import", "--marking", "pink", &report], 2, vec!["import.marking", "amber"]),
        (vec!["validate", nowhere], 2, vec!["node.file", nowhere]),
        (vec!["validate", unreadable], 2, vec!["stix.object.not-json", unreadable]),
        (vec!["partner", "add", nowhere], 2, vec!["node.file", nowhere]),
        (vec!["partner", "add", unreadable], 2, vec!["partner.card", "enlace card"]),
        (vec!["init", "--name", "X", "--country", "EC"], 2, vec!["exists"]),
        (
            vec!["account", "create", "a", "--role", "king", "--password", "12345678"],
            2,
            vec!["account.role", "auditor"],
        ),
        (
            vec!["account", "create", "a", "--role", "auditor", "--password", "short"],
            2,
            vec!["account.password", "8"],
        ),
        (
            vec!["account", "create", "console", "--role", "auditor", "--password", "12345678"],
            2,
            vec!["account.name"],
        ),
        (vec!["no-such-verb"], 2, vec!["no-such-verb"]),
        (vec!["stats", "--no-such-option"], 2, vec!["--no-such-option"]),
        (vec!["validate"], 2, vec!["<FILES>"]),
        (vec![], 2, vec!["Usage"]),
    ] {
        let done = node.cli(&args);
        assert_eq!(done.code, code, "{args:?}: {}{}", done.text, done.errors);
        for word in says {
            assert!(done.errors.contains(word), "{args:?} should say `{word}`: {}", done.errors);
        }
        assert!(!done.errors.contains("panicked"), "{args:?}: {}", done.errors);
        let usage = done.errors.contains("Usage") || done.errors.starts_with("error:");
        let error: Option<Value> = done.errors.lines().find_map(|l| serde_json::from_str(l).ok());
        match error {
            Some(error) => assert_eq!(keys(&error["error"]), set(["code", "message"]), "{error}"),
            None => assert!(usage, "{args:?}: an error is JSON with --json: {}", done.errors),
        }
    }
    let draft = ["release", "--agreement", "none", id];
    let done = node.cli_as(Some("liaison-officer"), &draft);
    assert_eq!(done.code, 1, "{}", done.text);
    assert!(done.errors.contains("node.not-found"), "no such agreement: {}", done.errors);
    let missing = node.cli(&["ledger", "verify", nowhere]);
    assert_eq!(missing.code, 1, "a copy without logs is not a sound one: {}", missing.text);
    let elsewhere = run(&["--node", nowhere, "stats"], &[]);
    assert_eq!(elsewhere.code, 2, "a folder without a node is an input error");
    assert!(elsewhere.errors.contains("enlace init"), "what to do: {}", elsewhere.errors);
    for (args, word) in [(vec!["--help"], "partner"), (vec!["--version"], "enlace")] {
        let done = run(&args, &[]);
        assert_eq!((done.code, done.text.contains(word)), (0, true), "{args:?}: {}", done.text);
    }
}

#[test]
fn a_fault_in_the_configuration_points_at_its_line() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
    let path = node.dir.join("enlace.toml");
    for (text, line, words) in [
        ("[listen]\nparners = \"127.0.0.1:1\"\n", 2, vec!["parners", "partners"]),
        ("[listen]\n\n\npages = \"here\"\n", 4, vec!["socket address"]),
        ("[limits]\npage = \"many\"\n", 2, vec!["invalid type"]),
        ("# ok\n[sinc]\n", 2, vec!["sinc", "sync"]),
        ("[listen\n", 1, vec![]),
        ("[[rules.forbid]]\nwhat = 1\n", 2, vec!["what"]),
    ] {
        fs::write(&path, text).unwrap();
        let done = node.cli(&["stats"]);
        assert_eq!(done.code, 2, "{text}: {}", done.errors);
        assert!(done.errors.contains("enlace.toml"), "the file: {}", done.errors);
        assert!(done.errors.contains(&format!("line {line},")), "{text}: {}", done.errors);
        for word in words {
            assert!(done.errors.contains(word), "{text}: should say `{word}`: {}", done.errors);
        }
    }
    fs::write(&path, "").unwrap();
    let dir = node.dir.display().to_string();
    let done = run(&["--node", &dir, "stats"], &[("ENLACE_LIMITS_PAGE", "many")]);
    assert_eq!(done.code, 2);
    assert!(done.errors.contains("ENLACE_LIMITS_PAGE"), "the variable: {}", done.errors);
}

#[test]
fn accounts_act_within_their_roles_and_prove_themselves() {
    let home = tempfile::tempdir().unwrap();
    let node = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
    // A generated password may begin with `-`; it is no option.
    let password = "-5t8PjZQApdQk5_";
    for role in ["administrator", "investigator", "auditor"] {
        node.must(&["account", "create", role, "--role", role, "--password", password]);
    }
    let dir = node.dir.display().to_string();
    let act = |args: &[&str], env: &[(&str, &str)]| {
        run(&[&["--node", &dir, "--json"], args].concat(), env)
    };
    let report = file("ec/press.html");
    let import = ["--as", "auditor", "import", &report];
    let done = act(&import, &[("ENLACE_PASSWORD", password)]);
    assert_eq!(done.code, 1, "an auditor imports nothing: {}", done.text);
    assert!(
        done.errors.contains("node.forbidden") && done.errors.contains("auditor"),
        "{}",
        done.errors
    );
    let search = ["--as", "investigator", "search", "calamares"];
    for (env, code) in [
        (vec![("ENLACE_PASSWORD", password)], "found"),
        (vec![("ENLACE_PASSWORD", "wrong-password")], "node.sign-in"),
        (vec![("ENLACE_PASSWORD", "")], "node.sign-in"),
        (vec![("ENLACE_TOKEN", "enl_x")], "node.sign-in"),
        (vec![], "node.sign-in"),
    ] {
        let done = act(&search, &env);
        let refused = done.errors.contains("node.sign-in");
        assert_eq!(refused, code == "node.sign-in", "{env:?}: {}{}", done.text, done.errors);
        assert!(!refused || done.text.is_empty(), "nothing is said before the sign-in");
    }
    let token = node.must(&["account", "token", "investigator"]).lines[0]["token"].clone();
    let token = token.as_str().unwrap();
    let done = act(&search, &[("ENLACE_TOKEN", token)]);
    assert!(!done.errors.contains("node.sign-in"), "a token acts: {}", done.errors);
    let other = ["--as", "administrator", "search", "calamares"];
    let done = act(&other, &[("ENLACE_TOKEN", token)]);
    assert!(done.errors.contains("node.sign-in"), "as its own account only: {}", done.errors);
    let done = act(&["--as", "administrator", "search", "x"], &[("ENLACE_PASSWORD", password)]);
    assert!(
        done.errors.contains("node.forbidden"),
        "an administrator sees no content: {}",
        done.errors
    );
    let again =
        node.cli(&["account", "create", "auditor", "--role", "auditor", "--password", password]);
    assert_eq!(again.code, 1, "an account is not made twice: {}", again.errors);
}

#[test]
fn no_command_prints_a_key() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("ec");
    let at = dir.display().to_string();
    let mut said = String::new();
    for args in [
        vec!["init", "--name", "UNE", "--country", "EC"],
        vec!["card"],
        vec!["card", "--words"],
        vec!["stats"],
        vec!["fsck"],
        vec!["ledger", "checkpoint"],
        vec!["ledger", "verify"],
        vec!["partner", "list"],
    ] {
        for json in [&["--node", &at, "--json"][..], &["--node", &at]] {
            let done = run(&[json, &args].concat(), &[]);
            said.push_str(&done.text);
            said.push_str(&done.errors);
        }
    }
    let mut secrets = 0;
    for entry in fs::read_dir(dir.join("keys")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "key") {
            continue;
        }
        secrets += 1;
        for line in fs::read_to_string(&path).unwrap().lines().filter(|l| !l.starts_with("-----")) {
            let secret = line.rsplit(' ').next().unwrap();
            assert!(secret.len() < 16 || !said.contains(secret), "{}", path.display());
        }
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{} is for its owner only", path.display());
    }
    assert_eq!(secrets, 7, "node, log, recovery, tls, master, twin and age keys");
}

#[test]
fn a_draft_names_the_line_of_each_fault_and_a_changed_log_the_byte() {
    let home = tempfile::tempdir().unwrap();
    let ec = Node::init(home.path(), "ec", "Unidad Nacional de Enlace (UNE)", "EC");
    let us = Node::init(home.path(), "us", "Interagency Liaison Cell (ILC)", "US");
    let card = home.path().join("us.card.json");
    fs::write(&card, us.must(&["card"]).text).unwrap();
    let added = ec.must(&["partner", "add", card.to_str().unwrap()]);
    let words = added.lines[0]["words"].as_str().unwrap();
    assert_eq!(
        words.split(' ').count(),
        us.must(&["card", "--words"]).lines[0]["words"].as_array().unwrap().len()
    );
    an_impostor_is_not_pinned(&ec, &us, home.path());

    let draft = home.path().join("draft.toml");
    let path = draft.to_str().unwrap();
    ec.must_as(
        "liaison-officer",
        &[
            "agreement",
            "new",
            "--with",
            "US",
            "--terms",
            &file("agreements/ec-us.toml"),
            "--out",
            path,
        ],
    );
    let text = fs::read_to_string(&draft).unwrap();
    let good = ec.must_as("liaison-officer", &["agreement", "check", path]);
    assert_eq!(good.summary(), &json!({ "ok": true, "faults": 0 }));
    let bad = text.replace("max = \"amber\"", "max = \"pink\"");
    fs::write(&draft, &bad).unwrap();
    let line = bad.lines().position(|l| l.contains("pink")).unwrap() + 1;
    let found = ec.cli_as(Some("liaison-officer"), &["agreement", "check", path]);
    assert_eq!((found.code, &found.lines[0]["line"]), (1, &json!(line)), "{}", found.text);
    let signed = ec.cli_as(Some("approver"), &["agreement", "sign", path]);
    assert_eq!(signed.code, 2, "a draft with faults is not signed: {}", signed.errors);

    let folder = home.path().join("log");
    ec.must(&["ledger", "export", folder.to_str().unwrap()]);
    let whole = run(&["--json", "ledger", "verify", folder.to_str().unwrap()], &[]);
    assert_eq!(whole.code, 0, "a copied log verifies without the node: {}", whole.text);
    for line in whole.results() {
        let fixed = set(["log", "ok", "size", "root", "first_bad"]);
        assert_eq!(keys(line), fixed, "exactly these keys: {line}");
    }
    let entries = folder.join("node/records/000");
    let mut bytes = fs::read(&entries).unwrap();
    let place = bytes.len() / 2;
    bytes[place] ^= 1;
    fs::write(&entries, bytes).unwrap();
    let broken = run(&["--json", "ledger", "verify", folder.to_str().unwrap()], &[]);
    assert_eq!(broken.code, 1, "one changed byte is found");
    let bad = broken.results().find(|l| !l["first_bad"].is_null()).unwrap()["first_bad"].clone();
    assert!(keys(&bad).is_superset(&set(["leaf", "file", "offset"])), "{bad}");
    assert_eq!(bad["file"], "node/records/000", "{bad}");
    assert!(bad["offset"].as_u64().unwrap() <= place as u64, "{bad}");
}

/// A card is pinned only if it is whole and takes nobody's identity or TLS key.
fn an_impostor_is_not_pinned(ec: &Node, us: &Node, home: &Path) {
    let add = |card: &Value| {
        let path = home.join("impostor.card.json");
        fs::write(&path, card.to_string()).unwrap();
        ec.cli(&["partner", "add", path.to_str().unwrap()])
    };
    let mut changed = us.card();
    changed["url"] = json!("https://198.51.100.7:443");
    let done = add(&changed);
    assert_eq!(done.code, 2, "a changed card: {}", done.text);
    assert_ne!(add(&ec.card()).code, 0, "our own card is no partner's");
    assert_ne!(add(&us.card()).code, 0, "a pinned card is not pinned twice");
    let stranger = Node::init(home, "stranger", "Interagency Liaison Cell (ILC)", "US");
    for (name, value) in [
        ("identity", us.card()["identity"].clone()),
        ("tls_sha256", us.card()["tls_sha256"].clone()),
    ] {
        let mut card = stranger.card();
        card[name] = value;
        let Value::Object(card) = card else { panic!("a card is a dictionary") };
        let card = Value::Object(stranger.keys().sign_within(card));
        let done = add(&card);
        assert_eq!(done.code, 2, "with the {name} of a pinned partner: {}", done.text);
        assert!(done.errors.contains("partner.taken"), "{}", done.errors);
    }
    assert_eq!(ec.must(&["partner", "list"]).summary()["partners"], 1, "nothing else is pinned");
}
