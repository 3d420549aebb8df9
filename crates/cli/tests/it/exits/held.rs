//! What an officer holds back, or a rule of the node forbids, after it was published: nobody gets
//! what nobody had, and nothing tells of it; what a partner has is listed for an officer.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::offline::{Apart, inbox};
use super::recall::everything;
use super::world::{World, text};
use crate::support::{Client, Done, Node, scenario_json};

/// Held by EC after the import of `ec/broken.json`; nothing of the report refers to it.
const RIFLE: &str = "firearm--97b48ac3-50df-4051-994c-e41e2870acca";

fn report() -> String {
    text(&scenario_json("expected.json")["release"]["report"])
}

/// Holds objects back; the hold.
fn hold(ec: &Node, ids: &[&str]) -> String {
    let done = ec.must_as("liaison-officer", &[&["hold", "place"], ids].concat());
    text(&done.summary()["id"])
}

fn lift(ec: &Node, hold: &str) {
    ec.must_as("liaison-officer", &["hold", "lift", hold]);
}

fn send(ec: &Node, release: &str) -> Done {
    ec.cli_as(Some("liaison-officer"), &["release", "send", release])
}

/// Originals that are listed for an officer because they may not leave any more.
fn listed(ec: &Node, clause: &str) -> Vec<String> {
    let updates = ec.must_as("liaison-officer", &["release", "updates"]);
    let due = |l: &&Value| l["state"] == "may-not-leave" && l["clauses"] == json!([clause]);
    updates.results().filter(due).map(|l| text(&l["object"])).collect()
}

fn synced(world: &World) -> [Value; 4] {
    let line = world.us.must(&["partner", "sync", "EC"]).lines[0].clone();
    ["objects", "releases", "recalled", "rejected"].map(|name| line[name].clone())
}

#[test]
fn what_is_held_back_before_it_is_fetched_was_never_published_and_leaves_after_the_hold() {
    let world = World::new();
    let ec = &world.ec;
    let views = || [world.us_by_token(), world.us_by_certificate()].map(|c| everything(&world, &c));
    // The first release of all: our identity and the markings come with it, and go with it.
    let never = views();
    let release = text(&world.release_report()["id"]);
    let placed = hold(ec, &[&report()]);
    assert_eq!(views(), never, "as if nothing had been released");
    assert_eq!(synced(&world), [0, 0, 0, 0].map(|n| json!(n)));
    assert_eq!(listed(ec, "private.held-back"), Vec::<String>::new(), "US has nothing of it");
    let refused = send(ec, &release);
    assert_eq!(refused.code, 1, "it does not leave again: {}", refused.text);
    assert_eq!(views(), never);

    // As it was approved, once the hold has ended; with the times of now.
    lift(ec, &placed);
    assert_eq!(views(), never, "lifting alone releases nothing");
    let again = send(ec, &release);
    assert_eq!(again.summary()["state"], "sent", "{}{}", again.text, again.errors);
    let [objects, releases, recalled, rejected] = synced(&world);
    assert_eq!([releases, recalled, rejected], [1, 0, 0].map(|n| json!(n)));
    assert!(objects.as_u64() > Some(10), "the whole case: {objects}");

    // Fetched: it stays, and an officer reads what of the set US has.
    let before = views();
    let twins = world.twins().len();
    let placed = hold(ec, &[&report()]);
    assert_eq!(views(), before, "nothing is recalled by a hold");
    let had = listed(ec, "private.held-back");
    assert!(had.contains(&report()) && had.len() > 5, "{had:?}");
    // Of a second set the part that nobody fetched goes, the other part stays.
    world.release(&[RIFLE]);
    let second = hold(ec, &[&report(), RIFLE]);
    assert_eq!((views(), world.twins().len()), (before, twins), "without a trace");
    let still = listed(ec, "private.held-back");
    assert_eq!(still.len(), had.len(), "the rifle is not at US: {still:?}");
    for hold in [placed, second] {
        lift(ec, &hold);
    }
    ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    assert_eq!(listed(ec, "private.held-back"), Vec::<String>::new(), "nothing is left to do");
    assert_eq!(ec.must(&["fsck"]).summary(), &json!({ "ok": true, "faults": 0 }));
}

#[test]
fn a_rule_that_is_new_when_the_node_opens_takes_back_what_nobody_fetched_and_lists_the_rest() {
    let world = World::new();
    let ec = &world.ec;
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    let views = || [world.us_by_token(), world.us_by_certificate()].map(|c| everything(&world, &c));
    let before = views();
    let release = text(&world.release(&[RIFLE])["id"]);
    let config = ec.dir.join("enlace.toml");
    let without = fs::read_to_string(&config).unwrap();
    let rule = "\n[[rules.forbid]]\nname = \"no-firearms\"\ntype = \"firearm\"\n";
    let open_with = |text: &str| {
        ec.stop();
        fs::write(&config, text).unwrap();
        ec.serve();
    };
    open_with(&format!("{without}{rule}"));
    assert_eq!(views(), before, "as if the rifle had never been released");
    assert_eq!(synced(&world), [0, 0, 0, 0].map(|n| json!(n)));
    assert_eq!(send(ec, &release).code, 1, "and it does not leave");
    ec.must_as("liaison-officer", &["release", "updates", "--now"]);
    let had = listed(ec, "private.no-firearms");
    assert!(!had.is_empty() && !had.iter().any(|id| id == RIFLE), "{had:?}");
    assert!(had.iter().all(|id| id.starts_with("firearm--")), "{had:?}");
    assert_eq!(views(), before, "what US has is there, and nothing tells of the rule");

    open_with(&without);
    let again = send(ec, &release);
    assert_eq!(again.summary()["state"], "sent", "{}{}", again.text, again.errors);
    assert_eq!(synced(&world), [1, 1, 0, 0].map(|n| json!(n)));
}

#[test]
fn what_is_held_back_goes_into_no_file_and_into_one_after_the_hold() {
    let apart = Apart::new();
    let ec = &apart.ec;
    let id = apart.approved(&[&report()]);
    ec.must_as("liaison-officer", &["release", "send", &id]);
    let placed = hold(ec, &[&report()]);
    let folder = apart.home.path().to_str().unwrap();
    let outbox = ["partner", "outbox", "US", "--file", folder];
    let made = ec.cli(&outbox);
    let [objects, releases] = ["objects", "releases"].map(|n| made.summary()[n].clone());
    let nothing = made.code == 1 || [objects, releases] == [json!(0), json!(0)];
    assert!(nothing, "{}{}", made.text, made.errors);
    let file = apart.home.path().join("held.age");
    let file = file.to_str().unwrap();
    let send = ["release", "send", &id, "--file", file];
    let refused = ec.cli_as(Some("liaison-officer"), &send);
    assert_eq!(refused.code, 1, "{}", refused.text);
    lift(ec, &placed);
    ec.must_as("liaison-officer", &send);
    let read = inbox(&apart.us, Path::new(file));
    assert_eq!(read.code, 0, "{}{}", read.text, read.errors);
    assert!(read.summary()["objects"].as_u64() > Some(10), "{}", read.text);
}

#[test]
fn at_the_instant_of_a_fetch_it_was_got_and_is_listed_or_was_not_and_is_not() {
    let world = World::new();
    let ec = &world.ec;
    world.release_report();
    world.us.must(&["partner", "sync", "EC"]);
    let twins = |client: &Client| -> usize {
        let all = client.get(&world.at("objects/?match[type]=firearm"));
        all.objects().len()
    };
    let (address, token) = (ec.partners, world.token.clone());
    let path = world.at("objects/?match[type]=firearm&match[version]=all");
    let done = AtomicBool::new(false);
    let before = twins(&world.us_by_token());
    world.release(&[RIFLE]);
    let got = thread::scope(|scope| {
        let fetch = scope.spawn(|| {
            let client = Client::token(address, &token);
            let mut most = 0;
            while !done.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(300));
                most = most.max(client.get(&path).objects().len());
            }
            most
        });
        hold(ec, &[&report(), RIFLE]);
        done.store(true, Ordering::Relaxed);
        fetch.join().unwrap()
    });
    let after = twins(&world.us_by_token());
    assert_eq!(got.max(before), after.max(before), "what was seen once is still there");
    let is_listed = listed(ec, "private.held-back").iter().any(|id| id == RIFLE);
    assert_eq!(got > before, is_listed, "got {got}, after {after}");
}
