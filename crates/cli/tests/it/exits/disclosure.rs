//! Every byte that a partner's certificate or token can get, searched for what must stay.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::canary::{Searcher, withheld};
use super::world::{NOWHERE, World, in_collection, text};
use crate::support::{Answer, Client, Node, TAXII, scenario_json};

#[test]
fn no_byte_that_a_partner_can_get_holds_what_was_withheld() {
    let world = World::new();
    let line = world.release_report();
    assert!(line["kept"].as_u64() > Some(15) && line["withheld"].as_u64() > Some(10), "{line}");
    let searcher = Searcher::new(withheld());

    let mut answers = Vec::new();
    for (who, client) in
        [("certificate", world.us_by_certificate()), ("token", world.us_by_token())]
    {
        let mut ask = Harvest { who, client, answers: &mut answers };
        ask.discovery();
        ask.collection(&world);
        ask.every_object(&world);
        ask.pages_of_one(&world);
        ask.errors(&world);
        ask.log_and_inbox(&world);
    }
    let got = answers.iter().filter(|(_, a)| a.status == 200).count();
    assert!(got > 100, "the harvest holds something: {got} of {}", answers.len());
    nothing_withheld(&searcher, &answers);
    the_released_is_there(&answers);

    world.us.must(&["partner", "sync", "EC"]);
    world.us.must_as("liaison-officer", &["inbox", "accept", "all"]);
    world.us.must(&["partner", "sync", "EC"]);
    nothing_kept_by_the_partner(&searcher, &world.us);
    nothing_in_the_own_log(&searcher, &world.ec);
    let bytes: usize = answers.iter().map(|(_, a)| a.body.len() + a.head.len()).sum();
    println!("{} answers, {} KiB, no withheld text in any form", answers.len(), bytes / 1024);
}

struct Harvest<'a> {
    who: &'static str,
    client: Client,
    answers: &'a mut Vec<(String, Answer)>,
}

impl Harvest<'_> {
    fn send(&mut self, method: &str, path: &str, accept: &str, body: &[u8]) -> Answer {
        let headers = [("Accept", accept), ("Accept-Encoding", "gzip, deflate, br")];
        let answer = self.client.send(method, path, &headers, body);
        self.answers.push((format!("{}: {method} {path}", self.who), answer.clone()));
        answer
    }

    fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, TAXII, b"")
    }

    fn discovery(&mut self) {
        for path in
            ["/healthz", "/taxii2/", "/taxii2", "/taxii2/node/", "/taxii2/node/collections/"]
        {
            for accept in [TAXII, "application/taxii+json", "*/*", "application/json", "text/html"]
            {
                self.send("GET", path, accept, b"");
            }
            for method in ["HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE"] {
                self.send(method, path, TAXII, b"{}");
            }
        }
        self.get(&format!("/taxii2/node/status/{NOWHERE}/"));
    }

    fn collection(&mut self, world: &World) {
        self.get(&world.at(""));
        let report = scenario_json("expected.json")["release"]["report"].clone();
        let report = report.as_str().unwrap();
        let case = scenario_json("ec/case-calamares.json");
        let kinds: BTreeSet<String> =
            case["objects"].as_array().unwrap().iter().map(|o| text(&o["type"])).collect();
        let mut filters: Vec<String> = kinds.iter().map(|k| format!("match[type]={k}")).collect();
        filters.extend(["first", "last", "all"].map(|v| format!("match[version]={v}")));
        filters.push("match[version]=2025-09-01T22:09:21.310Z".to_owned());
        filters.extend(["2.0", "2.1", "2.2"].map(|v| format!("match[spec_version]={v}")));
        filters.extend(
            ["1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z"].map(|t| format!("added_after={t}")),
        );
        filters.push(format!("match[id]={report}"));
        filters.push(format!("match[id]={}", World::originals().join(",")));
        filters.push("match[type]=artifact,x-secret&match[version]=all&limit=3".to_owned());
        for resource in ["objects/", "manifest/"] {
            let whole = self.get(&world.at(resource));
            assert!(whole.objects().len() > 20, "{}: {resource} holds the release", self.who);
            for filter in &filters {
                self.get(&world.at(&format!("{resource}?{filter}")));
            }
            self.send("HEAD", &world.at(resource), TAXII, b"");
        }
    }

    /// Each object that is there, and each original, by id.
    fn every_object(&mut self, world: &World) {
        let twins = world.twins();
        for id in twins.iter().chain(&World::originals()) {
            let object = world.at(&format!("objects/{id}/"));
            let there = self.get(&object).status == 200;
            assert_eq!(there, twins.contains(id), "{id}: only twins are there by id");
            self.get(&format!("{object}?match[version]=all"));
            self.get(&format!("{object}versions/"));
            self.send("HEAD", &object, TAXII, b"");
            self.get(&world.at(&format!("manifest/?match[id]={id}&match[version]=all")));
        }
        for id in twins.iter().take(3) {
            let object = world.at(&format!("objects/{id}/"));
            self.send("DELETE", &object, TAXII, b"");
            self.send("GET", &object, "*/*", b"");
        }
    }

    /// Page by page to the end.
    fn pages_of_one(&mut self, world: &World) {
        for resource in ["objects/", "manifest/"] {
            for limit in [1, 7] {
                let mut path = world.at(&format!("{resource}?limit={limit}"));
                let mut seen = 0;
                loop {
                    let page = self.get(&path);
                    seen += page.objects().len();
                    let body = page.json();
                    let Some(next) = body["next"].as_str() else { break };
                    let place = URL_SAFE_NO_PAD.decode(next).unwrap()[..8].to_vec();
                    let place = u64::from_be_bytes(place.try_into().unwrap());
                    assert!(place > 1 << 32, "a cursor shows the place in the sequence: {place}");
                    path = world.at(&format!("{resource}?limit={limit}&next={next}"));
                }
                assert_eq!(seen, world.twins().len(), "{resource} by {limit} is the whole");
            }
        }
    }

    fn errors(&mut self, world: &World) {
        let one = self.get(&world.at("objects/?limit=1")).json();
        let next = text(&one["next"]);
        let bad = [
            "limit=0",
            "limit=-1",
            "limit=x",
            "limit=99999999999999999999",
            "limit=1&limit=2",
            "next=",
            "next=x",
            "next=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "next=%FF",
            "added_after=now",
            "match[id]=x",
            "match[id]=%",
            "match[type]=%00",
            "match[version]=none",
            "match[spec_version]=9",
            "match[id]=identity--c1e0b8d1-3d2f-451d-b297-a216fd7594c",
            "match[field]=x",
            "&&&=",
            "%",
        ];
        for resource in ["objects/", "manifest/"] {
            for query in bad {
                self.get(&world.at(&format!("{resource}?{query}")));
            }
            self.get(&in_collection(NOWHERE, &format!("{resource}?next={next}")));
        }
        let odd = [
            "objects/x/",
            "objects/%2e%2e/",
            "objects/../../",
            "objects//",
            "manifest/x/",
            "objects/report--0419ad5b/versions/",
            "objects/identity--%00/",
            "status/",
            "%ff/",
        ];
        for rest in odd {
            self.get(&world.at(rest));
        }
        for (method, rest) in
            [("POST", "objects/"), ("PUT", "objects/"), ("DELETE", ""), ("PATCH", "manifest/")]
        {
            self.send(method, &world.at(rest), TAXII, b"{\"objects\":[{}]}");
        }
        for accept in
            ["text/html", "application/json", "application/taxii+json;version=2.0", "image/*"]
        {
            self.send("GET", &world.at("objects/"), accept, b"");
        }
        for path in [
            "/",
            "/search?q=Orrala",
            "/oversight",
            "/api/v1/objects",
            "/metrics",
            "/login",
            "/enlace/v1/match",
        ] {
            self.get(path);
            self.send("POST", path, "*/*", b"{}");
        }
    }

    /// Both answers to a request that is in order: entries are missing, and a signature.
    fn a_good_cosign(&mut self, world: &World) {
        let signed = world.us.must(&["ledger", "checkpoint"]);
        let dir = format!("channel/{}/ours", &world.ec.keys().key_id()[..16]);
        let half = signed.results().find(|l| l["log"] == dir.as_str());
        let half = half.unwrap();
        for from in [0, half["size"].as_u64().unwrap()] {
            let body =
                json!({"cosigned": null, "checkpoint": half["note"], "from": from, "entries": []});
            let body = body.to_string();
            let answer = self.send("POST", "/enlace/v1/log/cosign", "*/*", body.as_bytes());
            let wanted = if self.who == "certificate" { 200 } else { 401 };
            assert_eq!(answer.status, wanted, "{}: cosign: {}", self.who, answer.alike());
        }
    }

    fn log_and_inbox(&mut self, world: &World) {
        self.a_good_cosign(world);
        let checkpoint = self.get("/enlace/v1/log/checkpoint");
        let size: u64 = String::from_utf8_lossy(&checkpoint.body)
            .lines()
            .nth(1)
            .and_then(|size| size.parse().ok())
            .unwrap_or(0);
        assert_eq!(size > 3, self.who == "certificate", "the log is for certificates: {size}");
        let mut paths: Vec<String> = [
            "tile/0/000",
            "tile/1/000",
            "tile/entries/000",
            "tile/records/000",
            "records/000",
            "log.json",
            "node/checkpoint",
            "node/tile/entries/000",
            "node/records/000",
            "ours/checkpoint",
            "../inbox",
            "..%2f..%2fenlace.db",
            "tile/../../enlace.db",
            "tile/entries/..%2f..",
            "",
        ]
        .map(str::to_owned)
        .to_vec();
        for width in 1..=size {
            paths.push(format!("tile/0/000.p/{width}"));
            paths.push(format!("tile/entries/000.p/{width}"));
        }
        for path in &paths {
            self.get(&format!("/enlace/v1/log/{path}"));
        }
        let entries = self.get(&format!("/enlace/v1/log/tile/entries/000.p/{size}"));
        assert_eq!(entries.status == 200, size > 0, "the entries are among what is searched");
        let note = String::from_utf8_lossy(&checkpoint.body).into_owned();
        let notes = [Value::Null, json!("x"), json!(note)];
        let requests = notes.iter().flat_map(|cosigned| {
            notes.iter().map(move |checkpoint| {
                json!({"cosigned": cosigned, "checkpoint": checkpoint, "from": 0, "entries": ["AA=="]})
            })
        });
        let mut bodies: Vec<Vec<u8>> = requests.map(|r| r.to_string().into_bytes()).collect();
        let odd = [
            "",
            "{}",
            "[]",
            "null",
            "\u{feff}{}",
            "{\"objects\":1}",
            "{\"objects\":[]}",
            "{\"objects\":[1,{}]}",
        ];
        bodies.extend(odd.map(|text| text.as_bytes().to_vec()));
        bodies.push(vec![0xff, 0xfe, 0x00]);
        bodies.push([b"[".repeat(5000), b"]".repeat(5000)].concat());
        for path in ["/enlace/v1/log/cosign", "/enlace/v1/inbox"] {
            for body in &bodies {
                let answer = self.send("POST", path, "*/*", body);
                assert!(answer.status < 500 || answer.status == 502, "{path}: {}", answer.alike());
            }
            self.get(path);
        }
    }
}

fn nothing_withheld(searcher: &Searcher, answers: &[(String, Answer)]) {
    let mut known = BTreeSet::new();
    let mut found = Vec::new();
    for (place, answer) in answers {
        let bytes = answer.bytes();
        if known.insert(bytes.clone()) {
            found.extend(searcher.search(place, &bytes));
        }
    }
    found.truncate(40);
    assert!(found.is_empty(), "withheld, and yet a partner gets it: {found:#?}");
}

/// The harvest is worth searching: what the agreement lets out is in it.
fn the_released_is_there(answers: &[(String, Answer)]) {
    for text in ["TXZ48213", "Los Calamares del Sur", "XMBU4810574", "Wilmer"] {
        for who in ["certificate", "token"] {
            let has = |a: &Answer| String::from_utf8_lossy(&a.body).contains(text);
            let got = answers.iter().any(|(place, a)| place.starts_with(who) && has(a));
            assert!(got, "`{text}` leaves to the {who} of US");
        }
    }
}

fn nothing_kept_by_the_partner(searcher: &Searcher, us: &Node) {
    let files = us.stored_bytes();
    let database = files.iter().find(|(name, _)| name.ends_with("enlace.db")).unwrap();
    let holds = |text: &[u8]| files.iter().any(|(_, f)| f.windows(text.len()).any(|w| w == text));
    assert!(holds(b"TXZ48213"), "what was released is in the partner's store");
    assert!(database.1.starts_with(b"SQLite format 3"), "the store is searched as it lies on disk");
    let mut found: Vec<String> =
        files.iter().flat_map(|(name, bytes)| searcher.search(name, bytes)).collect();
    found.extend(searcher.search("US's own log", us.log().as_bytes()));
    found.truncate(40);
    assert!(found.is_empty(), "withheld, and yet in the partner's folder: {found:#?}");
}

/// Logs of the process go to more people than the objects do.
fn nothing_in_the_own_log(searcher: &Searcher, ec: &Node) {
    let found = searcher.search("EC's standard error", ec.log().as_bytes());
    assert!(found.is_empty(), "personal data in the log of the process: {found:#?}");
}
