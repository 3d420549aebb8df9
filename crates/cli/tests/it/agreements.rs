//! The life of an agreement between three agencies: signed in any order and place, stopped, ended.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Done, Node, scenario};

/// Three nodes that know each other's cards. Nothing runs: everything is carried by hand.
struct Trio {
    home: TempDir,
    nodes: [Node; 3],
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

impl Trio {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let made = |key, name, country| Node::init(home.path(), key, name, country);
        let nodes = [
            made("ec", "Unidad Nacional de Enlace (UNE)", "EC"),
            made("us", "Interagency Liaison Cell (ILC)", "US"),
            made("nl", "Landelijk Koppelpunt (LKP)", "NL"),
        ];
        for node in &nodes {
            for other in nodes.iter().filter(|other| other.key != node.key) {
                let card = home.path().join(format!("{}.card.json", other.key));
                fs::write(&card, other.must(&["card"]).text).unwrap();
                node.must(&["partner", "add", card.to_str().unwrap()]);
            }
        }
        Self { home, nodes }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// A draft by one node with the two others; `head` goes under `[agreement]`.
    fn draft(&self, by: usize, head: &str) -> PathBuf {
        let draft = self.file("draft.toml");
        let terms = self.file("terms.toml");
        let model = fs::read_to_string(scenario("agreements/ec-us.toml")).unwrap();
        fs::write(&terms, model.replace("[agreement]\n", &format!("[agreement]\n{head}\n")))
            .unwrap();
        let others = self.nodes.iter().filter(|n| n.key != self.nodes[by].key);
        let mut args = vec!["agreement", "new"];
        let names: Vec<String> = others.map(|n| n.key.to_uppercase()).collect();
        for name in &names {
            args.extend(["--with", name]);
        }
        let (terms, out) = (terms.to_str().unwrap(), draft.to_str().unwrap());
        args.extend(["--terms", terms, "--out", out]);
        self.nodes[by].must_as("liaison-officer", &args);
        draft
    }

    fn sign(&self, by: usize, what: &str) -> Value {
        self.nodes[by].must_as("approver", &["agreement", "sign", what]).summary().clone()
    }

    fn sign_draft(&self, by: usize) -> String {
        let draft = self.draft(by, "");
        text(&self.sign(by, draft.to_str().unwrap())["id"])
    }

    /// Everything that `from` has for `to`, by hand. What it carried, and what was said to it.
    fn carry(&self, from: usize, to: usize) -> (Value, Done) {
        let name = self.nodes[to].key.to_uppercase();
        let carried = self.nodes[from].must(&["partner", "outbox", &name]).text;
        let path = self.file("carried.json");
        fs::write(&path, &carried).unwrap();
        let done = self.nodes[to].cli(&["agreement", "import", path.to_str().unwrap()]);
        (serde_json::from_str(&carried).unwrap(), done)
    }

    fn show(&self, at: usize, name: &str) -> Value {
        self.nodes[at].must(&["agreement", "show", name]).lines[0].clone()
    }

    fn states(&self, name: &str) -> [String; 3] {
        [0, 1, 2].map(|at| text(&self.show(at, name)["state"]))
    }

    /// Signed by all; every node knows.
    fn active(&self) -> String {
        let id = self.sign_draft(0);
        for (by, from) in [(1, 0), (2, 1)] {
            self.carry(from, by);
            self.sign(by, &id);
        }
        self.carry(2, 1);
        self.carry(1, 0);
        assert_eq!(self.states(&id), ["active"; 3]);
        id
    }
}

#[test]
fn three_parties_sign_in_every_order_and_each_hears_of_the_others_by_file() {
    let trio = Trio::new();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let [first, second, third] = order;
        let id = trio.sign_draft(first);
        trio.carry(first, second);
        trio.sign(second, &id);
        // The third never hears from the first: the second carries its papers on.
        let (carried, done) = trio.carry(second, third);
        assert_eq!(done.code, 0, "{order:?}: {}", done.text);
        let about = |kind: &str| {
            let of = |o: &&Value| {
                o["object"]["type"] == kind
                    && [&o["object"]["id"], &o["object"]["agreement_ref"]].contains(&&json!(id))
            };
            carried["objects"].as_array().unwrap().iter().filter(of).count()
        };
        assert_eq!((about("agreement"), about("agreement-signature")), (1, 2), "{order:?}");
        let waits = trio.show(third, &id);
        assert_eq!(waits["state"], "awaiting-signatures", "{order:?}");
        let signed = waits["parties"].as_array().unwrap().iter().filter(|p| p[1] == true).count();
        assert_eq!(signed, 2, "both signatures hold at the third: {waits}");
        assert_eq!(trio.sign(third, &id)["state"], "active", "{order:?}");
        // Nor does the first from the third.
        trio.carry(third, second);
        trio.carry(second, first);
        assert_eq!(trio.states(&id), ["active"; 3], "{order:?}");
        // The same file again is known, in every order.
        let (_, again) = trio.carry(second, first);
        assert!(again.results().all(|line| line["status"] == "known"), "{}", again.text);
    }
    for node in &trio.nodes {
        assert_eq!(node.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
    }
}

#[test]
fn an_encrypted_file_carries_the_papers_of_the_others_too() {
    let trio = Trio::new();
    let id = trio.sign_draft(0);
    let carry = |from: usize, to: usize, name: &str| {
        let file = trio.file(name);
        let file = file.to_str().unwrap();
        let partner = trio.nodes[to].key.to_uppercase();
        trio.nodes[from].must(&["partner", "outbox", &partner, "--file", file]);
        trio.nodes[to].must(&["partner", "inbox", file])
    };
    carry(0, 1, "ec-us.age");
    trio.sign(1, &id);
    let done = carry(1, 2, "us-nl.age");
    assert_eq!((&done.summary()["papers"], &done.summary()["refused"]), (&json!(3), &json!(0)));
    trio.sign(2, &id);
    carry(2, 1, "nl-us.age");
    // Nothing of US's own waits for EC any more; what NL signed goes on all the same.
    carry(1, 0, "us-ec.age");
    assert_eq!(trio.states(&id), ["active"; 3]);
}

#[test]
fn a_signature_that_comes_before_its_agreement_counts_when_the_agreement_comes() {
    let trio = Trio::new();
    let id = trio.sign_draft(0);
    trio.carry(0, 1);
    trio.sign(1, &id);
    let (carried, _) = trio.carry(1, 0);
    let mut reversed = carried["objects"].as_array().unwrap().clone();
    assert_eq!(trio.show(0, &id)["state"], "awaiting-signatures");
    let name = trio.nodes[2].key.to_uppercase();
    let mut all = trio.nodes[1].must(&["partner", "outbox", &name]).lines[0]["objects"].clone();
    let all = all.as_array_mut().unwrap();
    all.reverse();
    reversed.reverse();
    let path = trio.file("reversed.json");
    fs::write(&path, json!({ "objects": all }).to_string()).unwrap();
    let done = trio.nodes[2].must(&["agreement", "import", path.to_str().unwrap()]);
    assert!(done.results().all(|line| line["status"] == "taken"), "{}", done.text);
    assert_eq!(trio.sign(2, &id)["state"], "active");
}

#[test]
fn papers_that_somebody_carries_are_only_those_of_their_makers() {
    let trio = Trio::new();
    let id = trio.sign_draft(0);
    trio.carry(0, 1);
    trio.sign(1, &id);
    let name = trio.nodes[2].key.to_uppercase();
    let all = trio.nodes[1].must(&["partner", "outbox", &name]).lines[0]["objects"].clone();
    let all = all.as_array().unwrap();
    let take = |items: &[Value]| {
        let path = trio.file("forged.json");
        fs::write(&path, json!({ "objects": items }).to_string()).unwrap();
        let done = trio.nodes[2].cli(&["agreement", "import", path.to_str().unwrap()]);
        done.results().map(|l| (text(&l["status"]), l["rule"].clone())).collect::<Vec<_>>()
    };
    let refused = |rule: &str| vec![("refused".to_owned(), json!(rule))];
    let of = |kind: &str, maker: &str| {
        let fits = |o: &&Value| {
            o["object"]["type"] == kind
                && o["object"]["created_by_ref"]
                    == trio.nodes.iter().find(|n| n.key == maker).unwrap().identity()
        };
        all.iter().find(fits).unwrap().clone()
    };
    // US changes EC's agreement on the way, and puts its own envelope around it.
    let mut changed = of("agreement", "ec");
    changed["object"]["title"] = json!("Another one");
    assert_eq!(take(&[changed.clone()]), refused("exchange.bad-signature"));
    let own =
        serde_json::to_value(trio.nodes[1].keys().envelope(changed["object"].clone())).unwrap();
    assert_eq!(take(&[own]), refused("exchange.not-the-originator"));
    // US signs in EC's name: the key under the agreement is not that of the envelope.
    let mut forged = of("agreement-signature", "us")["object"].clone();
    forged["key_id"] = json!(trio.nodes[0].keys().key_id());
    let forged = serde_json::to_value(trio.nodes[1].keys().envelope(forged)).unwrap();
    assert_eq!(take(&[forged]), refused("exchange.out-of-place"));
    let mut unknown = of("agreement", "ec");
    unknown["signature"]["key_id"] = json!("0".repeat(64));
    assert_eq!(take(&[unknown]), refused("exchange.unknown-signer"));
    assert_eq!(trio.nodes[2].cli(&["agreement", "show", &id]).code, 1, "nothing of it was kept");
}

#[test]
fn a_stop_by_one_party_is_heard_by_all_and_only_that_party_goes_on() {
    let trio = Trio::new();
    let id = trio.active();
    let at =
        |by: usize, verb: &str| trio.nodes[by].cli_as(Some("approver"), &["agreement", verb, &id]);
    assert_eq!(at(1, "resume").code, 1, "nobody suspended it");
    let note = ["agreement", "suspend", &id, "--note", "Until the review", "--ground", "Zzyzx"];
    let line = trio.nodes[2].must_as("liaison-officer", &note).summary().clone();
    assert_eq!(line["state"], "suspended", "at once where it was said");
    assert_eq!(at(2, "suspend").code, 1, "once is enough");
    // NL tells US, US tells EC.
    let (carried, _) = trio.carry(2, 1);
    assert!(!carried.to_string().contains("Zzyzx"), "the ground stays here");
    trio.carry(1, 0);
    assert_eq!(trio.states(&id), ["suspended"; 3]);
    let shown = trio.show(0, &id);
    assert_eq!(shown["suspended_by"], json!(["Landelijk Koppelpunt (LKP)"]), "{shown}");
    for other in [0, 1] {
        assert_eq!(at(other, "resume").code, 1, "who did not suspend it cannot resume it");
    }
    // EC suspends too, NL goes on: EC's stop holds everywhere.
    trio.nodes[0].must_as("approver", &["agreement", "suspend", &id]);
    trio.nodes[2].must_as("approver", &["agreement", "resume", &id]);
    trio.carry(2, 1);
    trio.carry(1, 0);
    trio.carry(0, 1);
    trio.carry(1, 2);
    assert_eq!(trio.states(&id), ["suspended"; 3]);
    assert_eq!(trio.show(1, &id)["suspended_by"], json!(["Unidad Nacional de Enlace (UNE)"]));
    trio.nodes[0].must_as("approver", &["agreement", "resume", &id]);
    trio.carry(0, 1);
    trio.carry(1, 2);
    assert_eq!(trio.states(&id), ["active"; 3]);

    trio.nodes[1].must_as("approver", &["agreement", "terminate", &id]);
    trio.carry(1, 0);
    trio.carry(1, 2);
    assert_eq!(trio.states(&id), ["terminated"; 3]);
    for (by, verb) in [(1, "resume"), (0, "suspend"), (2, "terminate"), (1, "sign")] {
        assert_eq!(at(by, verb).code, 1, "{verb}: an end is for good");
    }
    let draft = trio.draft(0, "amends = { released = \"keep\" }");
    let draft = draft.to_str().unwrap();
    let amended = trio.nodes[0].cli_as(Some("approver"), &["agreement", "amend", &id, draft]);
    assert_eq!(amended.code, 2, "{}", amended.text);
    assert!(amended.errors.contains("agreement.terminated"), "{}", amended.errors);
}

#[test]
fn a_statement_of_ours_that_somebody_imported_is_none() {
    let trio = Trio::new();
    let id = trio.active();
    trio.nodes[0].must_as("approver", &["agreement", "suspend", &id]);
    let definition = enlace_stix::types::definition_id("agreement-state");
    let raw: String = trio.nodes[0]
        .database()
        .query_row("SELECT raw FROM object WHERE id = ?1", [&id], |row| row.get(0))
        .unwrap();
    let agreement: Value = serde_json::from_str(&raw).unwrap();
    let resumed = json!({
        "type": "agreement-state",
        "spec_version": "2.1",
        "id": "agreement-state--7e5d4c3b-2a19-4087-9f6e-5d4c3b2a1967",
        "created": "2031-06-01T10:00:00.000Z",
        "modified": "2031-06-01T10:00:00.000Z",
        "created_by_ref": trio.nodes[0].identity(),
        "extensions": { definition: { "extension_type": "new-sdo" } },
        "agreement_ref": id,
        "agreement_modified": agreement["modified"],
        "state": "resumed",
    });
    let path = trio.file("resumed.json");
    fs::write(&path, resumed.to_string()).unwrap();
    let imported = trio.nodes[0].must(&["import", path.to_str().unwrap()]);
    assert_eq!(imported.summary()["new"], 1, "{}", imported.text);
    assert_eq!(trio.show(0, &id)["state"], "suspended", "an import says nothing for the agency");
    // Nor does a partner for another: signed by US, in its own name, about its own resumption.
    let mut by_us = resumed;
    by_us["created_by_ref"] = json!(trio.nodes[1].identity());
    for (modified, status) in
        [("2031-06-01T10:00:00.000Z", "refused"), ("2026-01-01T10:00:00.000Z", "taken")]
    {
        by_us["created"] = json!(modified);
        by_us["modified"] = json!(modified);
        let signed = trio.nodes[1].keys().envelope(by_us.clone());
        let path = trio.file("by-us.json");
        fs::write(&path, json!({ "objects": [signed] }).to_string()).unwrap();
        let done = trio.nodes[0].cli(&["agreement", "import", path.to_str().unwrap()]);
        assert_eq!(done.lines[0]["status"], status, "{}", done.text);
        assert_eq!(trio.show(0, &id)["state"], "suspended");
    }
}

#[test]
fn an_amendment_stands_in_place_of_what_it_amends_once_all_have_signed() {
    let trio = Trio::new();
    let id = trio.active();
    let plain = trio.draft(0, "");
    let amend = |by: usize, draft: &Path| {
        let draft = draft.to_str().unwrap();
        trio.nodes[by].cli_as(Some("approver"), &["agreement", "amend", &id, draft])
    };
    let refused = amend(0, &plain);
    assert!(refused.errors.contains("agreement.amends"), "{}", refused.errors);
    let odd = trio.draft(0, "amends = { released = \"forget\" }");
    let checked = trio.nodes[0].cli(&["agreement", "check", odd.to_str().unwrap()]);
    assert_eq!(checked.lines[0]["key"], "agreement.amends", "{}", checked.text);
    assert_eq!(checked.lines[0]["line"], 6, "the fault is at its line: {}", checked.text);

    let draft = trio.draft(0, "amends = { released = \"keep\" }");
    let beside =
        trio.nodes[0].cli_as(Some("approver"), &["agreement", "sign", draft.to_str().unwrap()]);
    assert!(beside.errors.contains("agreement.amends"), "an amendment says of what");
    let next = amend(0, &draft);
    assert_eq!(next.code, 0, "{}", next.errors);
    let next = text(&next.summary()["id"]);
    assert_eq!(trio.show(0, &next)["lineage"], trio.show(0, &id)["lineage"]);
    trio.carry(0, 1);
    // By the name of the lineage: the version that waits for our signature.
    let title = text(&trio.show(1, &id)["title"]);
    assert_eq!(trio.sign(1, &title)["id"], json!(next));
    for at in [0, 1] {
        assert_eq!(trio.show(at, &id)["state"], "active", "one signature is missing");
    }
    trio.carry(1, 2);
    trio.sign(2, &next);
    trio.carry(2, 0);
    trio.carry(2, 1);
    assert_eq!(trio.states(&id), ["replaced"; 3]);
    assert_eq!(trio.states(&next), ["active"; 3]);
    assert_eq!(trio.show(1, &title)["id"], json!(next), "the name leads to what is in force");
    assert_eq!(trio.show(1, &id)["replaced_by"], json!(next));

    // What we suspended is not amended behind our back.
    trio.nodes[1].must_as("approver", &["agreement", "suspend", &id]);
    let third = amend(0, &draft);
    let third = text(&third.summary()["id"]);
    trio.carry(0, 1);
    let signed = trio.nodes[1].cli_as(Some("approver"), &["agreement", "sign", &third]);
    assert!(signed.errors.contains("agreement.suspended"), "{}", signed.errors);
}

#[test]
fn an_agreement_that_this_version_cannot_apply_is_shown_and_never_in_force() {
    let trio = Trio::new();
    let id = trio.sign_draft(0);
    let raw: String = trio.nodes[0]
        .database()
        .query_row("SELECT raw FROM object WHERE id = ?1", [&id], |row| row.get(0))
        .unwrap();
    let mut object: Value = serde_json::from_str(&raw).unwrap();
    object["id"] = json!("agreement--2b9e6d4c-1f7a-4c58-9d3e-6a5b8c7f0e33");
    object["terms"]["embargo"] = json!({ "clause": "9.9", "days": 3 });
    let signed = trio.nodes[0].keys().envelope(object.clone());
    let path = trio.file("newer.json");
    fs::write(&path, json!({ "objects": [signed] }).to_string()).unwrap();
    let done = trio.nodes[1].must(&["agreement", "import", path.to_str().unwrap()]);
    assert_eq!(done.lines[0]["status"], "taken", "{}", done.text);
    let listed = trio.nodes[1].must(&["agreement", "show"]);
    let line = listed.results().find(|l| l["id"] == object["id"]).unwrap();
    assert_eq!(line["state"], "unreadable", "{line}");
    assert!(line["faults"][0].as_str().unwrap().contains("embargo"), "{line}");
    let shown = trio.show(1, object["id"].as_str().unwrap());
    assert_eq!(shown["state"], "unreadable");
    let signed = trio.nodes[1]
        .cli_as(Some("approver"), &["agreement", "sign", object["id"].as_str().unwrap()]);
    assert_eq!(signed.code, 1, "nobody signs what cannot be applied: {}", signed.text);
}

#[test]
fn a_commitment_is_shared_without_what_shows_that_it_is_met_and_overdue_is_reckoned() {
    let trio = Trio::new();
    let id = trio.active();
    let add = [
        "agreement",
        "commitment",
        "add",
        "Answer urgent traces within two days",
        "--agreement",
        &id,
        "--owed-by",
        "own",
        "--due",
        "2026-01",
        "--clause",
        "8.3",
        "--kind",
        "answer",
    ];
    let made = trio.nodes[0].must_as("liaison-officer", &add).summary().clone();
    assert_eq!((&made["overdue"], &made["state"]), (&json!(true), &json!("open")), "{made}");
    let path = trio.file("evidence.json");
    let evidence = "note--61c0f2b6-9a9c-4f2e-8b6f-0a4b1d1f0c11";
    fs::write(
        &path,
        json!({ "type": "note", "spec_version": "2.1", "id": evidence,
            "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
            "content": "Zzyzx", "object_refs": [id] })
        .to_string(),
    )
    .unwrap();
    trio.nodes[0].must(&["import", path.to_str().unwrap()]);
    trio.carry(0, 1);
    let list = |at: usize| trio.nodes[at].must(&["agreement", "commitment", "list", &id]);
    let there = list(1).lines[0].clone();
    assert_eq!(there["owed_by"], "Unidad Nacional de Enlace (UNE)", "{there}");
    assert_eq!((&there["overdue"], &there["own"]), (&json!(true), &json!(false)));
    assert_eq!(list(1).summary(), &json!({ "commitments": 1, "overdue": 1 }));
    let commitment = text(&made["id"]);
    let done = |at: usize| {
        let args = ["agreement", "commitment", "done", &commitment, "--evidence", evidence];
        trio.nodes[at].cli_as(Some("liaison-officer"), &args)
    };
    assert_eq!(done(1).code, 1, "nobody versions another's commitment");
    let met = done(0);
    assert_eq!(
        (&met.summary()["state"], &met.summary()["evidence"]),
        (&json!("met"), &json!([evidence]))
    );
    let (carried, _) = trio.carry(0, 1);
    assert!(!carried.to_string().contains(evidence), "what shows it stays here");
    let there = list(1).lines[0].clone();
    assert_eq!((&there["state"], &there["overdue"]), (&json!("met"), &json!(false)), "{there}");
    assert_eq!(there["evidence"], json!([]));
    // From US to NL, in EC's envelope.
    trio.carry(1, 2);
    assert_eq!(list(2).lines[0]["state"], "met");
    let stranger = ["agreement", "commitment", "add", "x", "--agreement", &id, "--owed-by", "PA"];
    let done = trio.nodes[0].cli_as(Some("liaison-officer"), &stranger);
    assert!(done.errors.contains("commitment.party"), "{}", done.errors);
}

#[test]
fn agreements_that_end_soon_are_listed() {
    let trio = Trio::new();
    let id = trio.active();
    let soon = |days: &str| {
        let done = trio.nodes[0].must(&["agreement", "show", "--expiring", days]);
        done.results().map(|l| text(&l["id"])).collect::<Vec<_>>()
    };
    let left = trio.show(0, &id)["days_left"].as_i64().unwrap();
    assert!(left > 365, "{left}");
    assert_eq!(soon("30"), Vec::<String>::new());
    assert_eq!(soon(&(left + 1).to_string()), [id]);
}
