//! How much may be asked: who asks more is told when to come again, and nothing else.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use super::world::{NOWHERE, World, in_collection};
use crate::support::{Answer, Client, Node};

const INBOX: &str = "/enlace/v1/inbox";

/// Serves with these limits from now on.
fn limit(node: &Node, quota: &str) {
    node.stop();
    let file = node.dir.join("enlace.toml");
    let config = fs::read_to_string(&file).unwrap();
    let config = config.split("[quota]").next().unwrap().to_owned();
    fs::write(file, format!("{config}[quota]\n{quota}")).unwrap();
    node.serve();
}

/// Asks until it is refused; how often it was answered before.
fn used_up(client: &Client, path: &str) -> (usize, Answer) {
    for before in 0..200 {
        let answer = client.get(path);
        if answer.status == 429 {
            return (before, answer);
        }
    }
    panic!("asked 200 times, never refused");
}

fn seconds(answer: &Answer) -> u64 {
    let head = answer.head.to_ascii_lowercase();
    let line = head.lines().find_map(|line| line.strip_prefix("retry-after: ")).unwrap();
    line.trim().parse().unwrap()
}

#[test]
fn who_asks_too_much_is_told_when_to_come_again_and_nothing_else() {
    let world = World::new();
    world.release_report();
    limit(
        &world.ec,
        "partner_rate = 1\npartner_burst = 30\nstranger_rate = 1\nstranger_burst = 20\n",
    );
    let (us, token) = (world.us_by_certificate(), world.us_by_token());
    let nobody = Client::nobody(world.ec.partners);
    let own = world.at("objects/");

    let (before, refused) = used_up(&nobody, &own);
    assert!(before >= 20, "{before}");
    let message = refused.json();
    assert_eq!(message["error_code"], "taxii.throttled", "{message}");
    assert_eq!(message["http_status"], "429");
    assert!(refused.head.contains("application/taxii+json"), "{}", refused.head);
    assert!((1..=2).contains(&seconds(&refused)), "{}", refused.head);
    // Another key that nobody knows is the same stranger; a partner at the same address is not.
    let stranger = Client::node(world.ec.partners, &world.stranger);
    assert_eq!(stranger.get(&own).status, 429);
    assert_eq!(us.get(&own).status, 200, "no stranger uses up what is a partner's");

    let (before, _) = used_up(&token, &own);
    assert!(before >= 28, "{before}");
    assert_eq!(us.get(&own).status, 429, "key and token are of one partner");
    assert_eq!(Client::node(world.ec.partners, &world.nl).get("/taxii2/").status, 200);

    // Hidden, unknown, none, one's own: the same bytes.
    let hidden = in_collection(NOWHERE, "objects/");
    let paths =
        [own.as_str(), hidden.as_str(), "/taxii2/", "/enlace/v1/log/checkpoint", "/nothing"];
    for path in paths {
        let answer = us.get(path);
        assert_eq!(answer.status, 429, "{path}");
        assert_eq!(answer.alike(), refused.alike(), "{path}");
    }
    assert_eq!(us.post(INBOX, b"{\"objects\":[]}").alike(), refused.alike());

    sleep(Duration::from_secs(seconds(&us.get(&own))));
    assert_eq!(us.get(&own).status, 200, "who waits as told gets through");
}

#[test]
fn our_own_node_waits_as_it_is_told_and_comes_again() {
    let world = World::new();
    world.release_report();
    let sync = ["partner", "sync", "EC"];
    limit(&world.ec, "partner_rate = 4\npartner_burst = 2\n");
    let done = world.us.must(&sync);
    assert!(done.lines[0]["objects"].as_u64().unwrap() > 0, "{}", done.text);

    limit(&world.ec, "partner_rate = 1\npartner_burst = 1\n");
    world.us.must(&sync);
}
