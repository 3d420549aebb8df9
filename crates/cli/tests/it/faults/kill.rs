//! `kill -9` at drawn instants while tools send and read.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::desk::Desk;
use super::load::Load;
use super::server::Server;
use crate::crash::random::Random;

/// Instants of a drill.
pub fn instants() -> usize {
    std::env::var("ENLACE_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(10)
}

/// Longest wait between the moment when the service is back and its next death.
const WINDOW_MS: usize = 300;

/// Kills as often as is wanted, each time with requests under way that lose their connection by it.
fn drill(desk: &Desk, load: &Load, random: &mut Random, kill: &mut dyn FnMut()) {
    let (mut fell, mut draws) = (0, 0);
    while fell < instants() {
        draws += 1;
        assert!(draws <= instants() * 3, "{fell} of {draws} deaths met a request");
        load.wait_for_more(1);
        std::thread::sleep(Duration::from_millis(random.below(WINDOW_MS) as u64));
        let broken = load.known.broken.load(Ordering::SeqCst);
        desk.node.kill();
        kill();
        desk.node.must(&["fsck"]);
        desk.node.serve();
        fell += usize::from(load.known.broken.load(Ordering::SeqCst) > broken);
    }
    println!("{fell} of {draws} deaths broke requests off");
}

#[test]
fn kill_of_a_serving_node_on_a_folder_loses_nothing_and_no_reader_skips() {
    let desk = Desk::new();
    desk.node.serve();
    let load = Load::start(&desk);
    drill(&desk, &load, &mut Random::new(Random::seed()), &mut || {});
    println!("{} objects", load.finish());
    desk.node.stop();
    desk.node.must(&["fsck"]);
    desk.node.must(&["ledger", "verify"]);
}

#[test]
fn kill_of_a_serving_node_on_a_server_loses_nothing_and_no_reader_skips() {
    let server = Server::start("kill");
    let desk = Desk::on(&server);
    desk.node.serve();
    let load = Load::start(&desk);
    let mut number = 0;
    drill(&desk, &load, &mut Random::new(Random::seed()), &mut || {
        // Every third time the server dies with the node.
        number += 1;
        if number % 3 == 0 {
            server.halt("immediate");
            server.resume();
        }
    });
    println!("{} objects", load.finish());
    desk.node.stop();
    desk.node.must(&["fsck"]);
    desk.node.must(&["ledger", "verify"]);
}
