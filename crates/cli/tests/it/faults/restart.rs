//! The PostgreSQL server stops, dies and comes back, while the node goes on.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::desk::{Desk, check_refusal};
use super::kill::instants;
use super::load::{BACK, Load};
use super::server::Server;
use crate::crash::random::Random;

#[test]
fn when_its_server_is_restarted_a_node_refuses_clearly_and_is_back_by_itself() {
    let server = Server::start("restart");
    let desk = Desk::on(&server);
    desk.node.serve();
    let serving = desk.node.process();
    let load = Load::start(&desk);
    let mut random = Random::new(Random::seed());
    for number in 0..instants().div_ceil(3) {
        for way in ["fast", "immediate", "backend"] {
            load.wait_for_more(3);
            std::thread::sleep(Duration::from_millis(random.below(200) as u64));
            let refused = load.known.refused.load(Ordering::SeqCst);
            if way == "backend" {
                let since = Instant::now();
                while !server.kill_backend() {
                    assert!(since.elapsed() < BACK, "no process of the server works for the node");
                }
            } else {
                server.halt(way);
                // Nobody is there: writers and readers are told so.
                wait_until_refused(&load, refused + 2);
                check_refusal(&desk.shelf.page().unwrap());
                server.resume();
            }
            load.wait_for_more(3);
            println!("{number} {way}: {} refused", load.known.refused.load(Ordering::SeqCst));
        }
    }
    assert_eq!(desk.node.process(), serving);
    println!("{} objects", load.finish());
    desk.node.stop();
    desk.node.must(&["fsck"]);
    desk.node.must(&["ledger", "verify"]);
}

fn wait_until_refused(load: &Load, count: usize) {
    let since = Instant::now();
    while load.known.refused.load(Ordering::SeqCst) < count {
        assert!(since.elapsed() < BACK, "writers wait without an answer");
        std::thread::sleep(Duration::from_millis(5));
    }
}
