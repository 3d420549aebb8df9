//! Clients that take places and do nothing with them, or nearly nothing.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use super::desk::{Desk, Shelf, indicator, is_acknowledged};
use crate::support::{BINARY, Client, TAXII};

/// Connections of a crowd that does nothing.
const CROWD: usize = 1_000;
/// Of the other crowds: more than there are places.
const MANY: usize = 500;
/// Half of the answers to others come within this time while a crowd is there, and every one within
/// three times as much.
const SOON: Duration = Duration::from_secs(1);
/// Longest time that somebody who does nothing has a place.
const CUT: Duration = Duration::from_secs(50);
/// Most memory of a node under a crowd: what it has anyway, eight of the longest pages that nobody
/// reads, and what their making takes.
const MEMORY_KB: u64 = 400_000;

/// What a client of the crowd does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dawdler {
    /// Nothing at all.
    Idle,
    /// Sends the head of its request byte by byte.
    Head,
    /// Sends the body byte by byte.
    Body,
    /// Asks for pages and does not read them.
    Deaf,
    /// Sends the beginning of a TLS handshake.
    Handshake,
    /// Says that it speaks HTTP/2, and then nothing.
    Preface,
}

/// The first bytes of a ClientHello.
const HELLO: &[u8] = &[0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03];

struct Member {
    stream: TcpStream,
    rest: Vec<u8>,
    gone: bool,
}

impl Member {
    fn new(desk: &Desk, at: SocketAddr, dawdler: Dawdler) -> Self {
        let Shelf { tool, objects, .. } = &desk.shelf;
        let upload = || desk.shelf.head(&[("Content-Length", "100000")]);
        let pages = || tool.head("GET", objects, &[("Accept", TAXII)], &[]).into_bytes();
        let (first, rest) = match dawdler {
            Dawdler::Idle => (Vec::new(), Vec::new()),
            Dawdler::Head => (Vec::new(), upload().into_bytes()),
            Dawdler::Body => (upload().into_bytes(), vec![b' '; 100_000]),
            Dawdler::Deaf => (pages(), Vec::new()),
            Dawdler::Handshake => (HELLO.to_vec(), Vec::new()),
            Dawdler::Preface => (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), Vec::new()),
        };
        let mut stream = TcpStream::connect(at).unwrap();
        let _ = stream.write_all(&first);
        stream.set_nonblocking(true).unwrap();
        Self { stream, rest, gone: false }
    }

    /// One byte more.
    fn trickle(&mut self) {
        if let Some(byte) = self.rest.first().copied() {
            self.rest.remove(0);
            self.gone |=
                self.stream.write(&[byte]).is_err_and(|e| e.kind() != ErrorKind::WouldBlock);
        }
    }

    /// Whether the node has ended the connection; what it says before that is read.
    fn is_cut(&mut self) -> bool {
        let mut bytes = [0; 4096];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => self.gone = true,
                Ok(_) => continue,
                Err(error) => self.gone |= error.kind() != ErrorKind::WouldBlock,
            }
            return self.gone;
        }
    }
}

/// Serves with no more open files than a process usually may have.
fn serve(desk: &Desk) {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 1024 && exec \"$0\" \"$@\"", BINARY]);
    desk.node.serve_by(command);
}

/// This process opens more than it usually may.
fn widen() {
    let own = std::process::id().to_string();
    let widened = Command::new("prlimit").args(["--pid", &own, "--nofile=4096:"]).status();
    assert!(widened.is_ok_and(|status| status.success()), "prlimit of util-linux is needed");
}

/// Fills a collection so that a page of it is as long as pages get.
fn fill(desk: &Desk) {
    let long = "so that a page is long ".repeat(350);
    for envelope in 0..12 {
        let texts: Vec<String> = (0..100)
            .map(|place| indicator(7, envelope, place).replace("object", &format!("{long} object")))
            .collect();
        let body = format!("{{\"objects\":[{}]}}", texts.join(","));
        let answer = desk.shelf.post(body.as_bytes()).unwrap();
        assert!(is_acknowledged(&answer), "{}", answer.json());
    }
}

/// Asks again and again while each of the crowd sends its byte a second; how long answers took.
fn answers(crowd: &mut [Member], seconds: u64, ask: &mut dyn FnMut(usize)) -> Vec<Duration> {
    let (started, mut second) = (Instant::now(), 0);
    let mut took = Vec::new();
    while started.elapsed() < Duration::from_secs(seconds) {
        if started.elapsed().as_secs() >= second {
            second += 1;
            crowd.iter_mut().for_each(Member::trickle);
        }
        let asked = Instant::now();
        ask(took.len());
        took.push(asked.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
    took.sort();
    took
}

fn check(name: &str, took: &[Duration]) {
    let (half, last) = (took[took.len() / 2], took[took.len() - 1]);
    println!("{name}: {} answers, half within {half:?}, all within {last:?}", took.len());
    assert!(half < SOON && last < SOON * 3, "{name}: half within {half:?}, all within {last:?}");
}

#[test]
fn a_thousand_idle_and_slow_connections_keep_nobody_from_being_answered() {
    widen();
    let desk = Desk::new();
    serve(&desk);
    fill(&desk);
    let tool = &desk.shelf.tool;
    let kinds = [Dawdler::Idle, Dawdler::Head, Dawdler::Body, Dawdler::Deaf, Dawdler::Preface];
    let (mut number, began) = (0, Instant::now());
    for kind in kinds {
        let count = if kind == Dawdler::Idle { CROWD } else { MANY };
        let mut crowd: Vec<Member> =
            (0..count).map(|_| Member::new(&desk, desk.node.pages, kind)).collect();
        println!("{kind:?}: {:?} {count} are there", began.elapsed());
        // Behind what the crowd has asked for already.
        let asked = Instant::now();
        assert_eq!(tool.get("/taxii2/").status, 200);
        println!("{kind:?}: the first answer beside it after {:?}", asked.elapsed());
        let took = answers(&mut crowd, 2, &mut |_| {
            number += 1;
            let added = desk.shelf.post_one(number).unwrap();
            assert!(is_acknowledged(&added), "{kind:?}: {} {}", added.head, added.json());
            assert_eq!(tool.get(&format!("{}?limit=1", desk.shelf.objects)).status, 200);
        });
        check(&format!("{kind:?}, pages"), &took);
        println!(
            "{:?} memory: {} kB, at most {}",
            began.elapsed(),
            desk.node.memory_kb("VmRSS"),
            desk.node.memory_kb("VmHWM")
        );
    }
    for kind in [Dawdler::Idle, Dawdler::Handshake] {
        let mut crowd: Vec<Member> =
            (0..MANY).map(|_| Member::new(&desk, desk.node.partners, kind)).collect();
        let took = answers(&mut crowd, 2, &mut |_| {
            assert_eq!(Client::nobody(desk.node.partners).get("/healthz").status, 200);
        });
        check(&format!("{kind:?}, partners"), &took);
    }
    let memory = desk.node.memory_kb("VmHWM");
    assert!(memory < MEMORY_KB, "{memory} kB");
    assert!(!desk.node.log().contains("panicked"), "{}", desk.node.log());
    desk.node.stop();
    desk.node.must(&["fsck"]);
}

#[test]
fn who_takes_a_place_and_does_nothing_with_it_loses_it_in_time() {
    let desk = Desk::new();
    desk.node.serve();
    fill(&desk);
    let (pages, partners) = (desk.node.pages, desk.node.partners);
    let mut crowd: Vec<(String, Member)> = [
        (Dawdler::Idle, pages),
        (Dawdler::Head, pages),
        (Dawdler::Body, pages),
        (Dawdler::Deaf, pages),
        (Dawdler::Preface, pages),
        (Dawdler::Idle, partners),
        (Dawdler::Handshake, partners),
    ]
    .into_iter()
    .map(|(kind, at)| (format!("{kind:?} at {at}"), Member::new(&desk, at, kind)))
    .collect();
    let started = Instant::now();
    while !crowd.is_empty() {
        let names: Vec<&String> = crowd.iter().map(|(name, _)| name).collect();
        assert!(started.elapsed() < CUT, "still there: {names:?}");
        std::thread::sleep(Duration::from_secs(1));
        crowd.retain_mut(|(name, member)| {
            member.trickle();
            // Who is deaf stays so: that the node is gone shows in what the system sent of it.
            let cut =
                if name.starts_with("Deaf") { is_closed(&member.stream) } else { member.is_cut() };
            if cut {
                println!("{name}: cut after {:?}", started.elapsed());
            }
            !cut
        });
    }
    let answer = desk.shelf.tool.get("/taxii2/");
    assert_eq!(answer.status, 200);
}

/// Whether the other side has closed a connection on loopback whose answer nobody reads.
fn is_closed(stream: &TcpStream) -> bool {
    let (own, other) = (stream.local_addr().unwrap().port(), stream.peer_addr().unwrap().port());
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let ends = (format!(":{other:04X}"), format!(":{own:04X}"));
    // As the node sees it: 01 = established.
    !table.lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.get(1).is_some_and(|at| at.ends_with(&ends.0))
            && words.get(2).is_some_and(|at| at.ends_with(&ends.1))
            && words.get(3) == Some(&"01")
    })
}
