//! Bodies as long as they may be, longer, and made to burst.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::desk::{Desk, Shelf, indicator, is_acknowledged};
use crate::support::{Answer, read_answer};

/// `limits.body_bytes`, as it is without configuration.
const MOST: usize = 100 << 20;
/// Two of the longest bodies in work, each as text, as objects and as what is to be written.
const MEMORY_KB: u64 = 1_500_000;

fn packed(parts: &[(&[u8], usize)]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    for (part, times) in parts {
        for _ in 0..*times {
            gzip.write_all(part).unwrap();
        }
    }
    gzip.finish().unwrap()
}

/// Sends a body with what is said of it, all of it before anything is read: many clients do so.
fn send(shelf: &Shelf, said: &[(&str, &str)], body: &[u8]) -> std::io::Result<Answer> {
    let head = shelf.head(said);
    let mut tcp = TcpStream::connect(shelf.pages)?;
    tcp.set_read_timeout(Some(Duration::from_secs(60)))?;
    tcp.write_all(&[head.as_bytes(), body].concat())?;
    let mut raw = Vec::new();
    tcp.read_to_end(&mut raw)?;
    read_answer(&raw, Duration::ZERO)
}

fn post(shelf: &Shelf, gzip: bool, body: &[u8]) -> Answer {
    let length = body.len().to_string();
    let plain = [("Content-Length", length.as_str())];
    let coded = [plain[0], ("Content-Encoding", "gzip")];
    send(shelf, if gzip { &coded } else { &plain }, body).expect("an answer")
}

fn check(answer: &Answer, status: u16, code: &str) {
    let error = answer.json();
    assert_eq!((answer.status, error["error_code"].as_str()), (status, Some(code)), "{error}");
}

/// Posts while something else goes on; everybody is answered in time.
fn served_beside(shelf: &Shelf, from: usize, work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let busy = scope.spawn(work);
        let (mut number, mut slowest) = (from, Duration::ZERO);
        while !busy.is_finished() {
            number += 1;
            let asked = Instant::now();
            let read = shelf.tool.get(&format!("{}?limit=1", shelf.objects));
            slowest = slowest.max(asked.elapsed());
            assert_eq!(read.status, 200, "{}", read.head);
            let added = shelf.post_one(number).unwrap();
            // A writer may be told that there is no room now.
            assert!(is_acknowledged(&added) || added.status == 429, "{}", added.head);
            std::thread::sleep(Duration::from_millis(20));
        }
        busy.join().expect("the others");
        println!("{} readers beside it, the slowest after {slowest:?}", number - from);
        assert!(slowest < Duration::from_secs(5), "{slowest:?}");
    });
}

#[test]
fn a_body_over_the_limit_is_refused_with_its_code_however_it_comes() {
    let desk = Desk::new();
    desk.node.serve();
    let shelf = &desk.shelf;
    let before = desk.node.memory_kb("VmRSS");
    let long = vec![b' '; MOST + 1];
    served_beside(shelf, 0, || {
        // The client that sends all before it reads hears why, too.
        check(&post(shelf, false, &long), 413, "taxii.too-large");
        let chunked =
            [format!("{:x}\r\n", long.len()).as_bytes(), &long, b"\r\n0\r\n\r\n"].concat();
        let answer = send(shelf, &[("Transfer-Encoding", "chunked")], &chunked).unwrap();
        check(&answer, 413, "taxii.too-large");
    });
    // A thousand to one.
    let bomb = packed(&[(&[b' '; 1 << 20], 300)]);
    assert!(bomb.len() * 900 < 300 << 20, "{}", bomb.len());
    served_beside(shelf, 1_000, || check(&post(shelf, true, &bomb), 413, "taxii.too-large"));
    let after = desk.node.memory_kb("VmHWM");
    println!("{before} kB before, at most {after} kB");
    assert!(after < before + 3 * (MOST as u64 >> 10), "{after} kB");
}

#[test]
fn a_body_at_the_limit_is_taken_and_others_are_served_meanwhile() {
    let desk = Desk::new();
    desk.node.serve();
    let shelf = &desk.shelf;
    // Objects of a megabyte each, up to the last byte.
    let long = "x".repeat(1 << 20);
    let texts: Vec<String> = (0..99)
        .map(|place| indicator(5, 1, place).replace("writer", &format!("{long} writer")))
        .collect();
    let mut body = format!("{{\"objects\":[{}]}}", texts.join(","));
    body.push_str(&" ".repeat(MOST - body.len()));
    served_beside(shelf, 0, || {
        let answer = post(shelf, false, body.as_bytes());
        assert!(is_acknowledged(&answer), "{} {}", answer.head, answer.json());
        assert_eq!(answer.json()["success_count"], 99);
    });
    println!("at most {} kB", desk.node.memory_kb("VmHWM"));
    assert!(desk.node.memory_kb("VmHWM") < MEMORY_KB);
    desk.node.stop();
    desk.node.must(&["fsck"]);
}

#[test]
fn a_body_that_bursts_into_many_small_parts_is_refused_in_bounded_memory() {
    let desk = Desk::new();
    desk.node.serve();
    let shelf = &desk.shelf;
    let envelope = |parts: &[(&[u8], usize)]| {
        let all = [&[(&b"{\"objects\":["[..], 1)], parts, &[(&b"]}"[..], 1)]].concat();
        packed(&all)
    };
    let ones = [b"1,".repeat(1 << 19), b"1".to_vec()];
    let numbers: &[(&[u8], usize)] = &[(&ones[0], 95), (&ones[1], 1)];
    // Fifty million objects that are none.
    served_beside(shelf, 0, || {
        let answer = post(shelf, true, &envelope(numbers));
        check(&answer, 413, "taxii.too-many");
    });
    println!("many: at most {} kB", desk.node.memory_kb("VmHWM"));
    // A million of the smallest that are some.
    let mut many = Vec::new();
    while many.len() < MOST - 1_000 {
        let n = many.len();
        many.extend_from_slice(
            format!(
                "{{\"type\":\"ipv4-addr\",\"id\":\"ipv4-addr--{n:08x}-0000-5000-8000-000000000000\",\
                 \"value\":\"192.0.2.1\"}},"
            )
            .as_bytes(),
        );
    }
    many.pop();
    served_beside(shelf, 10_000, || {
        let answer = post(shelf, true, &envelope(&[(&many, 1)]));
        check(&answer, 413, "taxii.too-many");
    });
    println!("small: at most {} kB", desk.node.memory_kb("VmHWM"));
    // One object, as long as one may be, of the smallest members.
    let head = indicator(6, 1, 1).replace('}', ",\"x_numbers\":[");
    let wide: &[(&[u8], usize)] =
        &[(head.as_bytes(), 1), (&ones[0], 15), (&ones[1], 1), (b"]}", 1)];
    let deep: &[(&[u8], usize)] = &[(&[b'['; 1 << 19], 90), (&[b']'; 1 << 19], 90)];
    served_beside(shelf, 20_000, || {
        let answer = post(shelf, true, &envelope(wide));
        assert_eq!(answer.status, 202, "{}", answer.json());
        let answer = post(shelf, true, &envelope(deep));
        assert_eq!(answer.json()["failure_count"], 1, "{} {}", answer.head, answer.json());
    });
    println!("wide and deep: at most {} kB", desk.node.memory_kb("VmHWM"));
    assert!(desk.node.memory_kb("VmHWM") < MEMORY_KB);
    desk.node.stop();
    desk.node.must(&["fsck"]);
}

#[test]
fn a_length_that_lies_harms_nobody_else() {
    let desk = Desk::new();
    desk.node.serve();
    let shelf = &desk.shelf;
    // Who says the longest bodies, and sends nothing, takes no room from others.
    let most = MOST.to_string();
    let head = shelf.head(&[("Content-Length", &most)]);
    let liars: Vec<TcpStream> = (0..20)
        .map(|_| {
            let mut liar = TcpStream::connect(shelf.pages).unwrap();
            liar.write_all(head.as_bytes()).unwrap();
            liar
        })
        .collect();
    std::thread::sleep(Duration::from_millis(200));
    let added = shelf.post_one(1).unwrap();
    assert!(is_acknowledged(&added), "{} {}", added.head, added.json());
    // Who sends less than it said and goes away is told, or nobody.
    for mut liar in liars {
        liar.write_all(b"{\"objects\":[").unwrap();
        liar.shutdown(std::net::Shutdown::Write).unwrap();
        let mut raw = Vec::new();
        liar.read_to_end(&mut raw).unwrap();
        if !raw.is_empty() {
            check(&read_answer(&raw, Duration::ZERO).unwrap(), 400, "taxii.body.broken");
        }
    }
    // Who sends more than it said has sent what it said, and then something that is no request.
    let text = format!("{{\"objects\":[{}]}}", indicator(6, 2, 1));
    let less = (text.len() - 2).to_string();
    let answer = send(shelf, &[("Content-Length", &less)], text.as_bytes()).unwrap();
    check(&answer, 400, "taxii.body.not-json");
    let both = [("Content-Length", "5"), ("Transfer-Encoding", "chunked")];
    let answer = send(shelf, &both, b"0\r\n\r\n").unwrap();
    assert_eq!(answer.status, 400, "{}", answer.head);
    assert!(is_acknowledged(&shelf.post_one(2).unwrap()));
}
