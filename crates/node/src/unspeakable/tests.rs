use enlace_release::Candidate;
use enlace_stix::{Object, types};
use enlace_store::{Batch, OWN, ObjectState, Write};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{Actor, Init, Node};

/// EC with the cards of US and NL.
struct Desk {
    ec: Node,
    us: String,
    nl: String,
    nl_identity: String,
    _homes: Vec<TempDir>,
}

impl Desk {
    async fn new() -> Self {
        let (mut nodes, mut homes) = (Vec::new(), Vec::new());
        for (name, country) in [("UNE", "EC"), ("ILC", "US"), ("LKP", "NL")] {
            let home = tempfile::tempdir().unwrap();
            let init = Init { name: name.into(), country: country.into(), unit: None };
            nodes.push(Node::init(home.path(), &init).await.unwrap());
            homes.push(home);
        }
        let [ec, us, nl]: [Node; 3] = nodes.try_into().unwrap();
        for other in [&us, &nl] {
            let card = serde_json::to_string(other.card().unwrap().json()).unwrap();
            ec.partner_add(&Actor::console(), &card).await.unwrap();
        }
        let nl_identity = nl.me.identity_id.clone();
        let (us, nl) = (us.key_id().to_owned(), nl.key_id().to_owned());
        Self { ec, us, nl, nl_identity, _homes: homes }
    }

    async fn keep(&self, channel: &str, object: &Object) {
        let row = self.ec.new_object(object, channel, "test", ObjectState::Held);
        let writes = vec![Write::Object(Box::new(row))];
        self.ec.store.commit(Batch { guards: vec![], writes }).await.unwrap();
    }

    /// Whether a tear-line of this text for US would be silenced.
    async fn silenced(&self, text: &str) -> bool {
        let tear = types::definition_id("tear-line");
        let report = object(
            "report--1b000000-0000-4000-8000-000000000001",
            json!({"name": "x", "published": "2026-01-01T00:00:00Z", "extensions": {
                tear: {"extension_type": "property-extension", "text": text}}}),
        );
        let candidate = Candidate::new(report, true);
        let untold = self.ec.untold(&[candidate], &self.us).await.unwrap();
        untold.is_some_and(|u| u.with(|u| u.silences.iter().any(|s| s.is_named(text, u.knows))))
    }
}

fn object(id: &str, more: Value) -> Object {
    let mut object = json!({
        "type": id.split("--").next(), "spec_version": "2.1", "id": id,
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
    });
    let all = object.as_object_mut().unwrap();
    all.extend(more.as_object().unwrap().clone());
    Object::parse(&object.to_string()).unwrap()
}

fn person(last: u8, name: &str) -> Object {
    let id = format!("identity--1b000000-0000-4000-8000-0000000000{last:02}");
    object(&id, json!({"name": name, "identity_class": "individual"}))
}

#[tokio::test]
async fn a_name_known_only_from_one_partner_is_told_to_no_other() {
    let desk = Desk::new().await;
    assert!(!desk.silenced("Joost Wieringa was seen").await, "nobody knows him");
    desk.keep(&desk.nl, &person(11, "Joost Wieringa")).await;
    assert!(desk.silenced("JOOST WIERINGA was seen").await, "read without a new start");
    assert!(desk.silenced("the man Wieringa").await);
    assert!(!desk.silenced("nobody was seen").await);
    // What US itself told us, or what we know ourselves, is not known only from NL.
    desk.keep(&desk.us, &person(12, "Marga Terpstra")).await;
    assert!(!desk.silenced("Marga Terpstra").await, "US told us of her");
    desk.keep(&desk.nl, &person(13, "Sjoerd Haverkamp")).await;
    desk.keep(OWN, &person(14, "Sjoerd Haverkamp")).await;
    assert!(!desk.silenced("Sjoerd Haverkamp").await, "we know him too");
    assert!(desk.silenced("Sjoerd Haverkamp and Joost Wieringa").await);
}

#[tokio::test]
async fn what_a_partner_originated_is_its_own_by_whatever_way_it_came() {
    let desk = Desk::new().await;
    let id = "identity--1b000000-0000-4000-8000-000000000021";
    let more = json!({"name": "Wiebe Postmus", "identity_class": "individual",
        "created_by_ref": desk.nl_identity});
    desk.keep(OWN, &object(id, more)).await;
    assert!(desk.silenced("ask for Wiebe Postmus").await);
}

#[tokio::test]
async fn where_no_text_leaves_nothing_is_read() {
    let desk = Desk::new().await;
    desk.keep(&desk.nl, &person(31, "Joost Wieringa")).await;
    let candidate = Candidate::new(person(32, "Joost Wieringa"), true);
    assert!(desk.ec.untold(&[candidate], &desk.us).await.unwrap().is_none());
    assert!(desk.ec.memo.heard.read().unwrap().next.is_empty());
}
