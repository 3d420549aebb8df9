//! EC, US and NL with their cards pinned, and a stranger whose card nobody has.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{Client, Node, scenario, scenario_json};

/// A collection that exists nowhere.
pub const NOWHERE: &str = "5f0c1d6a-2b7e-4c39-9a54-83e1b7d2c640";

pub struct World {
    pub home: TempDir,
    pub ec: Node,
    pub us: Node,
    pub nl: Node,
    /// A node that nobody pinned.
    pub stranger: Node,
    /// The agreement between EC and US.
    pub agreement: String,
    /// Where US finds what EC released.
    pub collection: String,
    /// A token of US at EC.
    pub token: String,
}

impl World {
    /// Four nodes, the files of EC, the agreement of EC with US; EC and US are up.
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let made = |key, name, country| Node::init(home.path(), key, name, country);
        let ec = made("ec", "Unidad Nacional de Enlace (UNE)", "EC");
        let us = made("us", "Interagency Liaison Cell (ILC)", "US");
        let nl = made("nl", "Landelijk Koppelpunt (LKP)", "NL");
        let stranger = made("stranger", "Nobody we know", "PA");
        for (node, other) in [(&ec, &us), (&ec, &nl), (&us, &ec), (&us, &nl), (&nl, &ec)] {
            let card = home.path().join(format!("{}.card.json", other.key));
            fs::write(&card, other.must(&["card"]).text).unwrap();
            let added = node.must(&["partner", "add", card.to_str().unwrap()]);
            let name = added.lines[0]["key_id"].as_str().unwrap();
            let vet = ["partner", "vet", name, "--by", "Vetting office", "--until", "2099-12-31"];
            node.must(&vet);
        }
        for name in ["case-calamares.json", "firearms.csv", "press.html", "broken.json"] {
            let file = scenario(&format!("ec/{name}"));
            ec.cli(&["import", "--marking", "amber", file.to_str().unwrap()]);
        }
        ec.serve();
        us.serve();
        let mut world = Self {
            home,
            ec,
            us,
            nl,
            stranger,
            agreement: String::new(),
            collection: String::new(),
            token: String::new(),
        };
        world.agreement = world.sign("agreements/ec-us.toml");
        world.token = world.new_token();
        let listed = world.us_by_token().get("/taxii2/node/collections/");
        world.collection = text(&listed.json()["collections"][0]["id"]);
        world
    }

    /// EC drafts from the terms of a file of the scenario, EC and US sign; the agreement's id.
    pub fn sign(&self, terms: &str) -> String {
        self.sign_with(&self.us, "US", &scenario(terms))
    }

    /// EC drafts from these terms, EC and `other` sign; the agreement's id.
    pub fn sign_with(&self, other: &Node, name: &str, terms: &Path) -> String {
        let ec = &self.ec;
        let draft = self.home.path().join("draft.toml");
        let draft = draft.to_str().unwrap();
        let terms = terms.to_str().unwrap();
        let new = ["agreement", "new", "--with", name, "--terms", terms, "--out", draft];
        ec.must_as("liaison-officer", &new);
        let signed = ec.must_as("approver", &["agreement", "sign", draft]);
        let id = text(&signed.summary()["id"]);
        ec.must(&["partner", "sync", name]);
        other.must_as("approver", &["agreement", "sign", &id]);
        other.must(&["partner", "sync", "EC"]);
        id
    }

    /// A new token of US at EC; bound to the agreement that was signed last.
    pub fn new_token(&self) -> String {
        text(&self.ec.must(&["partner", "token", "US"]).lines[0]["token"])
    }

    /// Releases objects of EC to US: drafted, approved, sent. The summary of `release send`.
    pub fn release(&self, ids: &[&str]) -> Value {
        self.release_under(&self.agreement, ids)
    }

    /// The same under another agreement.
    pub fn release_under(&self, agreement: &str, ids: &[&str]) -> Value {
        let ask = ["release", "--agreement", agreement, "--purpose", "firearms-tracing"];
        let drafted = self.ec.must_as("liaison-officer", &[&ask[..], ids].concat());
        let id = text(&drafted.summary()["id"]);
        self.ec.must_as("approver", &["release", "approve", &id]);
        let sent = self.ec.must_as("liaison-officer", &["release", "send", &id]);
        assert_eq!(sent.summary()["state"], "sent", "{}", sent.text);
        sent.summary().clone()
    }

    /// Releases the report of the case with everything it refers to.
    pub fn release_report(&self) -> Value {
        self.release(&[scenario_json("expected.json")["release"]["report"].as_str().unwrap()])
    }

    /// `/taxii2/node/collections/{id}/` and the rest of US's collection.
    pub fn at(&self, rest: &str) -> String {
        in_collection(&self.collection, rest)
    }

    /// US with its certificate.
    pub fn us_by_certificate(&self) -> Client {
        Client::node(self.ec.partners, &self.us)
    }

    /// US with its token.
    pub fn us_by_token(&self) -> Client {
        Client::token(self.ec.partners, &self.token)
    }

    /// Who may see nothing: nobody, a node that is not pinned, NL (pinned, no agreement).
    pub fn outsiders(&self) -> Vec<(&'static str, Client)> {
        vec![
            ("no credential", Client::nobody(self.ec.partners)),
            ("a certificate that is not pinned", Client::node(self.ec.partners, &self.stranger)),
            ("NL's certificate, no agreement", Client::node(self.ec.partners, &self.nl)),
        ]
    }

    /// Ids of everything that EC holds of the case, released or not.
    pub fn originals() -> Vec<String> {
        let expected = scenario_json("expected.json");
        let released = expected["release"]["objects"].as_array().unwrap().clone();
        let withheld = scenario_json("withheld.json").as_array().unwrap().clone();
        let ids = released.iter().chain(&withheld).map(|o| text(&o["object"]));
        let mut ids: Vec<String> = ids.filter(|id| id.contains("--")).collect();
        ids.sort();
        ids.dedup();
        assert!(ids.len() > 40, "the case has its objects");
        ids
    }

    /// Imports a later version of an object of the case with other values; `modified` is new.
    pub fn amend(&self, original: &str, modified: &str, values: Value) {
        self.amend_at(&self.ec, original, modified, values);
    }

    /// The same at a double of EC.
    pub fn amend_at(&self, ec: &Node, original: &str, modified: &str, values: Value) {
        let case = scenario_json("ec/case-calamares.json");
        let objects = case["objects"].as_array().unwrap();
        let mut object = objects.iter().find(|o| o["id"] == original).unwrap().clone();
        object["modified"] = json!(modified);
        for (name, value) in values.as_object().unwrap() {
            object[name] = value.clone();
        }
        let file = self.home.path().join("amended.json");
        fs::write(&file, object.to_string()).unwrap();
        let done = ec.must(&["import", file.to_str().unwrap()]);
        assert_eq!(done.summary()["new"], 1, "{}", done.text);
    }

    /// The ids that US finds in its collection.
    pub fn twins(&self) -> Vec<String> {
        let all = self.us_by_token().get(&self.at("objects/"));
        all.objects().iter().map(|o| text(&o["id"])).collect()
    }
}

pub fn in_collection(collection: &str, rest: &str) -> String {
    format!("/taxii2/node/collections/{collection}/{rest}")
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}
