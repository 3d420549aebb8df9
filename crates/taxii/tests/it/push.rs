//! Pushing to servers that refuse, forget, tarry and limit in their own ways.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use enlace_taxii::{Client, Outcome, Push, Pushed, Response, Transport, TransportError};
use http::HeaderMap;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::odd::{TAXII, text};

/// A collection that takes objects.
#[derive(Debug, Clone, Default)]
struct Shelf {
    manners: Manners,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Clone, Default)]
struct Manners {
    /// Longest body.
    longest: Option<usize>,
    /// Refuses the whole envelope for one bad object, with this status.
    whole: Option<u16>,
    /// Calls an object that it has a failure, with words that say nothing.
    known_is_failure: bool,
    /// Each such request is served and its answer lost.
    loses: Option<usize>,
    /// So often a status is still pending.
    pending: usize,
    /// Says only how many.
    counts_alone: bool,
    /// Answers in words that are no status.
    mumbles: bool,
    /// Keeps what it gets, answers 500 and changes a property, as OpenTAXII 0.9.3 does.
    fails: bool,
    /// May not be read.
    closed: bool,
}

#[derive(Debug, Default)]
struct State {
    objects: BTreeMap<u64, Value>,
    envelopes: Vec<usize>,
    looked: usize,
    status: Value,
    waited: Vec<Duration>,
}

/// Objects whose number is divisible by 10 are bad.
fn is_bad(n: u64) -> bool {
    n != 0 && n.is_multiple_of(10)
}

impl Shelf {
    fn take(&self, body: &[u8]) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        let sent: Value = serde_json::from_slice(body).unwrap();
        let sent = sent["objects"].as_array().unwrap();
        state.envelopes.push(sent.len());
        if self.manners.longest.is_some_and(|most| body.len() > most) {
            return (413, json!({"title": "too long"}));
        }
        let number = |object: &Value| object["n"].as_u64().unwrap();
        if let Some(status) = self.manners.whole
            && sent.iter().any(|object| is_bad(number(object)))
        {
            return (status, json!({"title": "bad envelope"}));
        }
        let (mut good, mut failed) = (Vec::new(), Vec::new());
        for object in sent {
            let (n, id) = (number(object), object["id"].as_str().unwrap());
            let said = json!({"id": id, "version": "1970-01-01T00:00:00Z"});
            let there = state.objects.get(&n);
            if is_bad(n) {
                failed.push(json!({"id": id, "version": "", "message": "bad\nobject"}));
            } else if there.is_some_and(|there| there != object)
                || (there.is_some() && self.manners.known_is_failure)
            {
                failed.push(json!({"id": id, "message": "Unable to process object"}));
            } else {
                state.objects.insert(n, object.clone());
                good.push(said);
            }
        }
        let mut status = json!({
            "id": "s-1", "status": "complete", "total_count": sent.len(),
            "success_count": good.len(), "failure_count": failed.len(), "pending_count": 0,
        });
        if !self.manners.counts_alone {
            status["successes"] = good.into();
            status["failures"] = failed.into();
        }
        state.status = status.clone();
        state.looked = 0;
        if self.manners.pending > 0 {
            status = json!({"id": "s-1", "status": "pending", "pending_count": sent.len()});
        }
        match (self.manners.fails, self.manners.mumbles) {
            (true, _) => (500, json!("<p>")),
            (_, true) => (202, json!("thanks")),
            _ => (202, status),
        }
    }

    fn read(&self, path: &str) -> (u16, Value) {
        let mut state = self.state.lock().unwrap();
        if path.contains("/status/") {
            state.looked += 1;
            return match state.looked < self.manners.pending {
                true => (200, json!({"id": "s-1", "status": "pending", "pending_count": 1})),
                false => (200, state.status.clone()),
            };
        }
        if self.manners.closed {
            return (403, json!({"title": "write only"}));
        }
        let path = percent_encoding::percent_decode_str(path).decode_utf8().unwrap().into_owned();
        let there = state.objects.values().filter(|o| path.contains(o["id"].as_str().unwrap()));
        let mut there: Vec<Value> = there.cloned().collect();
        if self.manners.fails {
            there.iter_mut().for_each(|object| object["spec_version"] = "indicator".into());
        }
        (200, json!({"objects": there}))
    }

    async fn push(&self, objects: &[Box<RawValue>], longest: u64) -> Pushed {
        let client = Client::new(self.clone());
        Push::new(&client, "/api/", "c", longest).send(objects).await
    }
}

fn answer(status: u16, body: &Value) -> Response {
    let headers = HeaderMap::from_iter([(http::header::CONTENT_TYPE, TAXII.parse().unwrap())]);
    Response { status, headers, body: Bytes::from(body.to_string()) }
}

#[async_trait]
impl Transport for Shelf {
    async fn get(
        &self,
        path: &str,
        _headers: &[(&str, &str)],
        _max_bytes: usize,
    ) -> Result<Response, TransportError> {
        let (status, body) = self.read(path);
        Ok(answer(status, &body))
    }

    async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
        _max_bytes: usize,
    ) -> Result<Response, TransportError> {
        assert_eq!(path, "/api/collections/c/objects/");
        assert!(headers.contains(&("content-type", TAXII)) && headers.contains(&("accept", TAXII)));
        let (status, found) = self.take(&body);
        let count = self.state.lock().unwrap().envelopes.len();
        if self.manners.loses.is_some_and(|n| count.is_multiple_of(n)) {
            return Err(TransportError::Unreachable("it broke".to_owned()));
        }
        Ok(answer(status, &found))
    }

    async fn wait(&self, least: Duration, _most: Duration) -> bool {
        self.state.lock().unwrap().waited.push(least);
        true
    }
}

fn objects(numbers: impl IntoIterator<Item = usize>) -> Vec<Box<RawValue>> {
    numbers.into_iter().map(|n| RawValue::from_string(text(n)).unwrap()).collect()
}

/// The numbers of those with an outcome.
fn with(pushed: &Pushed, is: impl Fn(&Outcome) -> bool) -> Vec<usize> {
    let each = pushed.outcomes.iter().enumerate();
    each.filter(|(_, outcome)| is(outcome)).map(|(n, _)| n).collect()
}

#[tokio::test]
async fn every_server_ends_with_all_good_objects_and_the_bad_ones_named() {
    let of = |change: fn(&mut Manners)| {
        let mut manners = Manners::default();
        change(&mut manners);
        manners
    };
    for (name, manners) in [
        ("as the standard has it", of(|_| {})),
        ("OpenTAXII, darwis: one bad object refuses all", of(|m| m.whole = Some(400))),
        ("OpenTAXII: fails on a bad object", of(|m| m.whole = Some(500))),
        ("short bodies", of(|m| m.longest = Some(700))),
        ("medallion: what it has is a failure", of(|m| m.known_is_failure = true)),
        ("answers get lost", of(|m| (m.loses, m.known_is_failure) = (Some(2), true))),
        ("arango: pending first", of(|m| m.pending = 3)),
        (
            "all of them",
            of(|m| {
                (m.whole, m.longest, m.known_is_failure) = (Some(422), Some(2_000), true);
                (m.loses, m.pending) = (Some(3), 2);
            }),
        ),
    ] {
        let server = Shelf { manners, ..Shelf::default() };
        for again in [false, true] {
            let pushed = server.push(&objects(0..35), 0).await;
            assert!(pushed.stopped.is_none(), "{name}: {:?}", pushed.stopped);
            let bad = with(&pushed, |o| matches!(o, Outcome::Refused(why) if why.contains("bad")));
            assert_eq!(bad, [10, 20, 30], "{name}");
            let good = with(&pushed, |o| matches!(o, Outcome::Taken | Outcome::Known));
            assert_eq!(good.len(), 32, "{name}, again: {again}: {:?}", pushed.outcomes);
            assert_eq!(server.state.lock().unwrap().objects.len(), 32, "{name}");
        }
        if server.manners.known_is_failure {
            let pushed = server.push(&objects([1]), 0).await;
            assert_eq!(pushed.outcomes, [Outcome::Known], "{name}");
        }
    }
}

#[tokio::test]
async fn other_content_under_the_same_version_is_refused_not_known() {
    let server = Shelf {
        manners: Manners { known_is_failure: true, ..Manners::default() },
        ..Shelf::default()
    };
    server.push(&objects([1]), 0).await;
    let other = RawValue::from_string(text(1).replace('{', r#"{"name":"other","#)).unwrap();
    let pushed = server.push(&[other], 0).await;
    assert_eq!(pushed.outcomes, [Outcome::Refused("Unable to process object".to_owned())]);
}

#[tokio::test]
async fn a_collection_that_may_not_be_read_leaves_the_servers_word() {
    let manners = Manners { known_is_failure: true, closed: true, ..Manners::default() };
    let server = Shelf { manners, ..Shelf::default() };
    server.push(&objects([1]), 0).await;
    let pushed = server.push(&objects([1]), 0).await;
    assert_eq!(pushed.outcomes, [Outcome::Refused("Unable to process object".to_owned())]);
}

#[tokio::test]
async fn envelopes_keep_to_500_objects_and_to_the_length_that_the_server_states() {
    let server = Shelf::default();
    server.push(&objects((1..1202).filter(|n| n % 10 != 0)), 0).await;
    assert_eq!(server.state.lock().unwrap().envelopes, [500, 500, 81]);
    let server = Shelf {
        manners: Manners { longest: Some(1_000), ..Manners::default() },
        ..Shelf::default()
    };
    let pushed = server.push(&objects(0..9), 1_000).await;
    assert_eq!(with(&pushed, |o| *o == Outcome::Taken).len(), 9);
    assert!(server.state.lock().unwrap().envelopes.len() < 4, "no envelope was refused");
}

#[tokio::test]
async fn an_object_that_is_too_long_alone_is_named_and_the_others_go() {
    let server =
        Shelf { manners: Manners { longest: Some(400), ..Manners::default() }, ..Shelf::default() };
    let mut sent = objects(1..6);
    let long = text(6).replace('{', &format!(r#"{{"name":"{}","#, "x".repeat(500)));
    sent.insert(2, RawValue::from_string(long).unwrap());
    let pushed = server.push(&sent, 0).await;
    assert_eq!(with(&pushed, |o| *o == Outcome::Taken), [0, 1, 3, 4, 5]);
    assert!(matches!(pushed.outcomes[2], Outcome::TooLarge(bytes) if bytes > 500));
}

#[tokio::test]
async fn counts_without_names_are_taken_only_where_they_say_enough() {
    let counts_alone = || Manners { counts_alone: true, ..Manners::default() };
    let server = Shelf { manners: counts_alone(), ..Shelf::default() };
    let pushed = server.push(&objects(1..4), 0).await;
    assert_eq!(pushed.outcomes, [Outcome::Taken, Outcome::Taken, Outcome::Taken]);
    // One of these failed, and the collection itself tells which.
    let pushed = server.push(&objects([9, 10]), 0).await;
    assert_eq!(pushed.outcomes, [Outcome::Known, Outcome::Unsaid]);
    let server = Shelf { manners: Manners { closed: true, ..counts_alone() }, ..Shelf::default() };
    let pushed = server.push(&objects([9, 10]), 0).await;
    assert_eq!(pushed.outcomes, [Outcome::Unsaid, Outcome::Unsaid]);
    let server =
        Shelf { manners: Manners { mumbles: true, ..Manners::default() }, ..Shelf::default() };
    let pushed = server.push(&objects([9, 10]), 0).await;
    assert_eq!(pushed.outcomes, [Outcome::Known, Outcome::Unsaid]);
}

#[tokio::test]
async fn a_server_that_keeps_what_it_gets_and_fails_is_asked_once() {
    let server =
        Shelf { manners: Manners { fails: true, ..Manners::default() }, ..Shelf::default() };
    let pushed = server.push(&objects((1..41).filter(|n| n % 10 != 0)), 0).await;
    assert_eq!(with(&pushed, |o| *o == Outcome::Known).len(), 36);
    assert!(pushed.stopped.is_none());
    assert_eq!(server.state.lock().unwrap().envelopes, [36]);
}

#[tokio::test]
async fn a_status_that_stays_pending_is_given_up_and_said() {
    let server = Shelf {
        manners: Manners { pending: 100, closed: true, ..Manners::default() },
        ..Shelf::default()
    };
    let pushed = server.push(&objects([1, 2]), 0).await;
    assert_eq!(pushed.outcomes, [Outcome::Pending, Outcome::Pending]);
    let waited: Vec<u64> =
        server.state.lock().unwrap().waited.iter().map(Duration::as_secs).collect();
    assert_eq!(waited, [1, 2, 4, 8, 16, 30, 30, 30]);
}

#[tokio::test]
async fn a_server_that_does_not_answer_stops_the_push_and_what_was_not_sent_is_said() {
    let server =
        Shelf { manners: Manners { loses: Some(1), ..Manners::default() }, ..Shelf::default() };
    let pushed = server.push(&objects([1, 2]), 0).await;
    assert_eq!(pushed.stopped.unwrap().code(), "taxii.client.unreachable");
    assert_eq!(pushed.outcomes, [Outcome::NotSent, Outcome::NotSent]);
    assert_eq!(server.state.lock().unwrap().envelopes.len(), 5);
}
