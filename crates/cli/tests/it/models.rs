//! Model agreements at the console: terms and text side by side, checked against each other.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Done, Node};

/// Two nodes that know each other's card.
fn pair(home: &Path) -> (Node, Node) {
    let ec = Node::init(home, "ec", "Unidad Nacional de Enlace (UNE)", "EC");
    let us = Node::init(home, "us", "Interagency Liaison Cell (ILC)", "US");
    let card = home.join("us.card.json");
    fs::write(&card, us.must(&["card"]).text).unwrap();
    ec.must(&["partner", "add", card.to_str().unwrap()]);
    (ec, us)
}

fn new(node: &Node, model: &str, out: &Path) -> Done {
    let out = out.to_str().unwrap();
    node.cli(&["agreement", "new", "--with", "US", "--model", model, "--out", out])
}

fn check(node: &Node, terms: &Path) -> Done {
    node.cli(&["agreement", "check", terms.to_str().unwrap()])
}

#[test]
fn a_model_becomes_terms_and_a_text_that_fit_each_other() {
    let home = tempfile::tempdir().unwrap();
    let (ec, _us) = pair(home.path());
    let models = [
        "police-cooperation",
        "arms-traceability",
        "financial-intelligence",
        "cyber",
        "multi-party",
    ];
    for model in models {
        let terms = home.path().join(format!("{model}.toml"));
        let done = new(&ec, model, &terms);
        assert_eq!(done.code, 0, "{model}: {}", done.errors);
        assert!(terms.with_extension("md").is_file());
        let checked = check(&ec, &terms);
        assert_eq!(
            (checked.code, &checked.summary()["faults"]),
            (0, &0.into()),
            "{}",
            checked.text
        );
    }
    let named = new(&ec, "cyber", &home.path().join("arms"));
    let written = ["arms.toml", "arms.md"].map(|file| home.path().join(file).is_file());
    assert_eq!((named.code, written), (0, [true, true]), "{}", named.errors);
    assert_eq!(check(&ec, &home.path().join("arms.toml")).code, 0);
    let again = new(&ec, "cyber", &home.path().join("cyber.toml"));
    assert_ne!(again.code, 0, "neither file is written over another");
    let unknown = new(&ec, "friendship", &home.path().join("other.toml"));
    assert!(unknown.errors.contains("multi-party"), "{}", unknown.errors);
    assert!(!home.path().join("other.md").exists());
}

#[test]
fn a_text_that_was_changed_is_a_fault_at_the_line_of_its_digest_and_is_not_signed() {
    let home = tempfile::tempdir().unwrap();
    let (ec, _us) = pair(home.path());
    let terms = home.path().join("a.toml");
    assert_eq!(new(&ec, "police-cooperation", &terms).code, 0);
    let text = terms.with_extension("md");
    let written = fs::read_to_string(&text).unwrap();
    fs::write(&text, written.replace("three years", "thirty years")).unwrap();
    let checked = check(&ec, &terms);
    assert_eq!(checked.code, 1);
    let toml = fs::read_to_string(&terms).unwrap();
    let line = 1 + toml.lines().position(|line| line.starts_with("text_sha256")).unwrap();
    let fault = checked.results().next().unwrap();
    assert_eq!((&fault["line"], &fault["key"]), (&line.into(), &"agreement.text_sha256".into()));
    let signed = ec.cli_as(Some("approver"), &["agreement", "sign", terms.to_str().unwrap()]);
    assert_ne!(signed.code, 0);
    assert!(signed.errors.contains("text_sha256"), "{}", signed.errors);

    // An agency keeps a model of its own: the pair with slots, under any name.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/agreements");
    for kind in ["toml", "md"] {
        let from = root.join(format!("cyber.{kind}"));
        fs::copy(from, home.path().join(format!("ours.{kind}"))).unwrap();
    }
    let ours = home.path().join("ours.toml");
    let made = new(&ec, ours.to_str().unwrap(), &home.path().join("b.toml"));
    assert_eq!(made.code, 0, "{}", made.errors);
    // Nobody has said on what it rests: that is still to be filled in, in terms and text.
    let blank = home.path().join("b.toml");
    let keys: Vec<Value> = check(&ec, &blank).results().map(|f| f["key"].clone()).collect();
    assert_eq!(keys, ["agreement.legal_basis", "agreement.text_sha256"]);
    let signed = ec.cli_as(Some("approver"), &["agreement", "sign", blank.to_str().unwrap()]);
    assert_ne!(signed.code, 0, "a blank is not signed");
    let whole = home.path().join("c.toml");
    let (model, out) = (ours.to_str().unwrap(), whole.to_str().unwrap());
    let new = ["agreement", "new", "--with", "US", "--model", model, "--out", out];
    ec.must(&[&new[..], &["--legal-basis", "Convention on Cybercrime, Article 26"]].concat());
    let checked = check(&ec, &whole);
    assert_eq!(checked.summary(), &json!({ "ok": true, "faults": 0 }));
}

#[test]
fn an_agreement_is_shown_in_sentences() {
    let home = tempfile::tempdir().unwrap();
    let (ec, _us) = pair(home.path());
    let terms = home.path().join("a.toml");
    assert_eq!(new(&ec, "cyber", &terms).code, 0);
    let signed = ec.must_as("approver", &["agreement", "sign", terms.to_str().unwrap()]);
    let id = signed.summary()["id"].as_str().unwrap().to_owned();
    let shown = ec.must(&["agreement", "show", &id]);
    let sentences = shown.lines[0]["sentences"].as_array().unwrap();
    let said = |code: &str| sentences.iter().find(|s| s["code"] == code).unwrap();
    assert_eq!(said("retention")["args"]["days"], 730);
    assert_eq!(said("retention")["clause"], "5.2");
}
