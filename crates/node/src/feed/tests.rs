//! Feeds between two nodes in one process: the plain collection of one is asked, or given to, by the
//! other.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use enlace_policy::roles::Role;
use enlace_store::{Batch, OWN, RecordQuery, Write};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::consent_use::Makers;
use crate::feed::state::State;
use crate::standing::tests::{Hand, TERMS, Trio};
use crate::{Clock, Grant, ImportRequest, Init, OwnBackend};

const NOW: i64 = 1_780_272_000_000_000;
const MINUTE: i64 = 60_000_000;
const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
const AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
const FIRST: &str = "indicator--0d3bb9a8-3f0f-4a43-8c1e-5f2d7b0d0001";
const SECOND: &str = "indicator--0d3bb9a8-3f0f-4a43-8c1e-5f2d7b0d0002";

/// Us, and the server of somebody else.
struct Pair {
    clock: Arc<Hand>,
    us: Arc<Node>,
    them: Arc<Node>,
    /// Their collection, our token there, and where it is.
    shelf: String,
    token: String,
    url: String,
    _homes: [TempDir; 2],
}

fn analyst() -> Actor {
    Actor::of("ana", Role::Analyst)
}

fn indicator(id: &str, version: &str, with: Value) -> Value {
    let mut object = json!({
        "type": "indicator", "spec_version": "2.1", "id": id,
        "created": "2026-05-01T00:00:00.000Z", "modified": version,
        "name": "Address of a loader", "indicator_types": ["malicious-activity"],
        "pattern": "[ipv4-addr:value = '198.51.100.7']", "pattern_type": "stix",
        "valid_from": "2026-05-01T00:00:00Z",
    });
    object.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
    object
}

impl Pair {
    async fn new() -> Self {
        let clock = Arc::new(Hand(AtomicI64::new(NOW)));
        let (mut nodes, mut homes) = (Vec::new(), Vec::new());
        for (name, country) in [("UNE", "EC"), ("CERT", "EC")] {
            let home = tempfile::tempdir().unwrap();
            let init = Init { name: name.into(), country: country.into(), unit: None };
            drop(Node::init(home.path(), &init).await.unwrap());
            let clock: Arc<dyn Clock> = clock.clone();
            nodes.push(Arc::new(Node::open_with(home.path(), clock).await.unwrap()));
            homes.push(home);
        }
        let [us, them] = <[Arc<Node>; 2]>::try_from(nodes).ok().unwrap();
        let console = Actor::console();
        let password = SecretString::from("correct horse battery");
        us.account_create(&console, "ana", Role::Analyst, &password).await.unwrap();
        for node in [&us, &them] {
            node.account_create(&console, "robot", Role::Tool, &password).await.unwrap();
        }
        let shelf = them.plain_create(&console, "Loaders").await.unwrap();
        let both = Grant { read: true, write: true };
        them.plain_grant(&console, &shelf, "robot", both).await.unwrap();
        let token = them.account_token(&console, "robot").await.unwrap().expose().to_owned();
        let routes = enlace_taxii::router(Arc::new(OwnBackend::new(Arc::clone(&them))));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/taxii2/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let homes = homes.try_into().ok().unwrap();
        Self { clock, us, them, shelf, token, url, _homes: homes }
    }

    fn feed(&self, course: NewCourse) -> NewFeed {
        NewFeed {
            name: "loaders".into(),
            url: self.url.clone(),
            collection: Some("Loaders".into()),
            credential: FeedCredential::Bearer(SecretString::from(self.token.clone())),
            ca: None,
            pin: None,
            every_min: Some(15),
            page: Some(2),
            course,
        }
    }

    fn import(&self) -> NewFeed {
        self.feed(NewCourse::Import { marking: Some("green".into()), compartment: None })
    }

    /// They add objects to their collection, as their tool does.
    async fn they_add(&self, objects: &[Value]) {
        let texts: Vec<String> = objects.iter().map(Value::to_string).collect();
        let sent = enlace_taxii::Submission::of(
            texts.iter().map(String::as_str),
            enlace_stix::Limits::default(),
        );
        let robot = Actor::of("robot", Role::Tool);
        let status = self.them.plain_add(&robot, &self.shelf, sent, true).await.unwrap();
        assert_eq!(status.failure_count, 0, "{status:?}");
    }

    async fn run(&self) -> Result<FeedReport, NodeError> {
        self.us.feed_run(&analyst(), "loaders", &|_| ()).await
    }

    async fn line(&self) -> FeedLine {
        self.us.feed_list(&Actor::console()).await.unwrap().remove(0)
    }

    async fn state(&self) -> State {
        let kept = self.us.store.record(Bucket::FEED_STATE, "loaders").await.unwrap();
        record::read(&kept.unwrap()).unwrap()
    }

    fn later(&self, us: i64) {
        self.clock.0.fetch_add(us, Ordering::Relaxed);
    }

    /// All that is in our node log.
    async fn log(&self) -> String {
        let entries = self.us.store.log_entries("node", 0, 10_000).await.unwrap();
        let record = |e: &enlace_store::LogEntry| e.record.clone().unwrap_or_default();
        entries.iter().map(|e| String::from_utf8_lossy(&record(e)).into_owned()).collect()
    }
}

fn counts(report: &FeedReport) -> [usize; 4] {
    [report.new, report.known, report.conflict, report.rejected]
}

#[tokio::test]
async fn what_a_feed_brings_is_held_once_in_its_own_channel_with_its_marking() {
    let pair = Pair::new().await;
    let marked = json!({ "object_marking_refs": [AMBER] });
    let both = [
        indicator(FIRST, "2026-05-01T00:00:00.000Z", json!({})),
        indicator(SECOND, "2026-05-01T00:00:00.000Z", marked),
    ];
    pair.they_add(&both).await;
    pair.us.feed_add(&analyst(), pair.import()).await.unwrap();
    assert_eq!(pair.line().await.state, FeedHealth::Fresh);
    assert_eq!(counts(&pair.run().await.unwrap()), [2, 0, 0, 0]);
    let row = pair.us.store.object(FIRST, None).await.unwrap().unwrap();
    assert_eq!((row.channel.as_str(), row.source.as_str()), ("feed/loaders", "feed/loaders"));
    for (id, marking) in [(FIRST, GREEN), (SECOND, AMBER)] {
        let row = pair.us.store.object(id, None).await.unwrap().unwrap();
        let marked = pair.us.marked(&row).await.unwrap().unwrap();
        let refs: Vec<&str> = marked.object.texts("object_marking_refs").collect();
        assert_eq!(refs, [marking], "{id}");
    }
    assert_eq!(counts(&pair.run().await.unwrap()), [0, 0, 0, 0], "nothing twice");
    pair.they_add(&[indicator(FIRST, "2026-05-02T00:00:00.000Z", json!({}))]).await;
    assert_eq!(counts(&pair.run().await.unwrap()), [1, 0, 0, 0]);
    let line = pair.line().await;
    assert_eq!((line.state, line.objects, line.owner.as_str()), (FeedHealth::Ok, 3, "ana"));
    let log = pair.log().await;
    assert!(log.contains("feed-added") && log.contains("feed/loaders"), "{log}");
}

#[tokio::test]
async fn a_crash_between_import_and_position_loses_nothing_and_doubles_nothing() {
    let pair = Pair::new().await;
    let ids: Vec<String> =
        (0..7).map(|n| format!("indicator--0d3bb9a8-3f0f-4a43-8c1e-5f2d7b0e000{n}")).collect();
    let at = "2026-05-01T00:00:00.000Z";
    let all: Vec<Value> = ids.iter().map(|id| indicator(id, at, json!({}))).collect();
    pair.they_add(&all).await;
    pair.us.feed_add(&analyst(), pair.import()).await.unwrap();
    let before = pair.state().await;
    assert_eq!(pair.run().await.unwrap().new, 7);
    // The import was kept; where the feed stands was not, and its process died.
    let died = State { running: Some(state::Running { run: "x".into(), alive_us: 0 }), ..before };
    let put = record::put(Bucket::FEED_STATE, "loaders", &died, None).unwrap();
    pair.us.store.commit(Batch { guards: vec![], writes: vec![put] }).await.unwrap();
    let again = pair.run().await.unwrap();
    assert_eq!(counts(&again), [0, 7, 0, 0]);
    for id in &ids {
        assert_eq!(pair.us.store.versions(id).await.unwrap().len(), 1, "{id}");
    }
    assert_eq!(counts(&pair.run().await.unwrap()), [0, 0, 0, 0]);
}

#[tokio::test]
async fn what_a_partners_node_or_ours_made_is_set_aside() {
    let pair = Pair::new().await;
    let card = serde_json::to_string(pair.them.card().unwrap().json()).unwrap();
    let at = "2026-05-01T00:00:00.000Z";
    let theirs = json!({ "created_by_ref": pair.them.me.identity_id });
    let ours = json!({ "created_by_ref": pair.us.me.identity_id });
    pair.they_add(&[indicator(FIRST, at, theirs), indicator(SECOND, at, ours)]).await;
    pair.us.partner_add(&Actor::console(), &card).await.unwrap();
    pair.us.feed_add(&analyst(), pair.import()).await.unwrap();
    assert_eq!(counts(&pair.run().await.unwrap()), [0, 0, 0, 2]);
    for id in [FIRST, SECOND] {
        assert!(pair.us.store.object(id, None).await.unwrap().is_none());
    }
    let aside = pair.us.quarantine_list(&analyst(), 10).await.unwrap();
    assert!(aside.iter().all(|line| line.rule == "feed.of-a-party"), "{aside:?}");
    assert_eq!(aside.len(), 2);
    assert!(aside.iter().all(|line| !line.own), "nothing that we could repair");
}

#[tokio::test]
async fn the_node_of_a_partner_is_no_feed_also_where_it_became_a_partner_later() {
    let pair = Pair::new().await;
    let mut feed = pair.import();
    feed.url = pair.them.config.url().replace("localhost", "LOCALHOST") + "/taxii2/";
    pair.us.feed_add(&analyst(), feed).await.unwrap();
    let card = serde_json::to_string(pair.them.card().unwrap().json()).unwrap();
    pair.us.partner_add(&Actor::console(), &card).await.unwrap();
    let refused = pair.run().await.unwrap_err();
    assert_eq!(refused.code(), "feed.partner", "{refused}");
    let mut again = pair.import();
    (again.name, again.url) = ("again".into(), pair.them.config.url() + "/taxii2/node/");
    let refused = pair.us.feed_add(&analyst(), again).await.unwrap_err();
    assert_eq!(refused.code(), "feed.partner", "{refused}");
    assert!(refused.to_string().contains("partner sync"), "{refused}");
}

#[tokio::test]
async fn nothing_that_a_feed_brought_is_ours_to_release_and_nothing_of_ours_changes_by_it() {
    let pair = Pair::new().await;
    let at = "2026-05-01T00:00:00.000Z";
    let ours = json!({ "type": "bundle", "id": "bundle--0d3bb9a8-3f0f-4a43-8c1e-5f2d7b0d0009",
        "objects": [indicator(FIRST, at, json!({}))] });
    let bytes = ours.to_string();
    let request = ImportRequest {
        name: "own.json",
        bytes: bytes.as_bytes(),
        format: None,
        marking: None,
        source: None,
        dry_run: false,
    };
    pair.us.import(&analyst(), request).await.unwrap();
    let newer = json!({ "name": "Not what you think", "object_marking_refs": [GREEN] });
    pair.they_add(&[
        indicator(FIRST, "2026-05-09T00:00:00.000Z", newer),
        indicator(SECOND, at, json!({})),
    ])
    .await;
    pair.us.feed_add(&analyst(), pair.import()).await.unwrap();
    assert_eq!(pair.run().await.unwrap().new, 2);
    let row = pair.us.store.object(FIRST, None).await.unwrap().unwrap();
    assert_eq!(row.channel, OWN, "ours stands in front");
    let marked = pair.us.marked(&row).await.unwrap().unwrap();
    assert_eq!(marked.object.texts("object_marking_refs").count(), 0);
    let makers: Makers = pair.us.makers().await.unwrap();
    let foreign = |id: &'static str| {
        let (us, makers) = (&pair.us, &makers);
        async move { us.sources(makers, id).await.unwrap().foreign.len() }
    };
    assert_eq!((foreign(FIRST).await, foreign(SECOND).await), (0, 1));
}

#[tokio::test]
async fn secrets_of_a_feed_are_in_no_list_no_log_no_record_and_no_debug() {
    let pair = Pair::new().await;
    let feed = pair.import();
    assert!(!format!("{feed:?}").contains(&pair.token), "{feed:?}");
    pair.us.feed_add(&analyst(), feed).await.unwrap();
    let mut wrong = pair.import();
    wrong.name = "wrong".into();
    let password = SecretString::from("a hairy secret");
    wrong.credential = FeedCredential::Basic { user: "robot".into(), password };
    pair.us.feed_add(&analyst(), wrong).await.unwrap();
    pair.us.feed_run(&analyst(), "wrong", &|_| ()).await.unwrap_err();
    pair.run().await.unwrap();
    let lines = pair.us.feed_list(&analyst()).await.unwrap();
    assert_eq!(lines[0].credential, "bearer");
    let mut all = format!("{lines:?}{}", serde_json::to_string(&lines).unwrap());
    all.push_str(&pair.log().await);
    for bucket in [Bucket::FEED, Bucket::FEED_STATE] {
        let query = RecordQuery { bucket, limit: 9, ..RecordQuery::default() };
        for kept in pair.us.store.records(query).await.unwrap() {
            let feed = format!("{:?}", record::read::<Value>(&kept).unwrap());
            all.push_str(&kept.body);
            all.push_str(&feed);
        }
    }
    assert!(!all.contains(&pair.token) && !all.contains("hairy"), "{all}");
    let sealed = pair.us.feed_named("loaders").await.unwrap().sealed;
    let elsewhere = pair.us.unseal_credential("other", sealed.as_deref());
    assert_eq!(elsewhere.unwrap_err().code(), "feed.credential-unread", "for its own name only");
}

#[tokio::test]
async fn a_feed_that_fails_waits_longer_each_time_says_why_and_recovers() {
    let pair = Pair::new().await;
    let mut feed = pair.import();
    feed.collection = Some("Droppers".into());
    pair.us.feed_add(&analyst(), feed).await.unwrap();
    assert_eq!(pair.us.feeds_due().await.unwrap(), ["loaders"], "at once");
    for (failures, minutes) in [(1, 1), (2, 2), (3, 4)] {
        pair.us.feed_round("loaders").await.unwrap_err();
        let line = pair.line().await;
        let fault = line.last_error.unwrap();
        assert_eq!((line.state, fault.failures), (FeedHealth::Failing, failures));
        assert_eq!(fault.code, "feed.collection-unknown");
        assert!(fault.problem.contains("`Loaders`"), "{}", fault.problem);
        assert!(pair.us.feeds_due().await.unwrap().is_empty(), "{minutes} minutes");
        pair.later(minutes * MINUTE - 2_000_000);
        assert!(pair.us.feeds_due().await.unwrap().is_empty(), "{minutes} minutes");
        pair.later(2_000_000);
        assert_eq!(pair.us.feeds_due().await.unwrap(), ["loaders"]);
    }
    assert_eq!(pair.us.feeds_in_trouble(&analyst()).await.unwrap(), [1, 0]);
    // Somebody gives the collection that name.
    let droppers = pair.them.plain_create(&Actor::console(), "Droppers").await.unwrap();
    let read = Grant { read: true, write: false };
    pair.them.plain_grant(&Actor::console(), &droppers, "robot", read).await.unwrap();
    pair.us.feed_round("loaders").await.unwrap();
    let line = pair.line().await;
    assert_eq!((line.state, line.last_error), (FeedHealth::Ok, None));
    assert!(pair.us.feeds_due().await.unwrap().is_empty());
    pair.later(45 * MINUTE + 1_000_000);
    assert_eq!(pair.line().await.state, FeedHealth::Late, "nobody ran it");
    assert_eq!(pair.us.feeds_in_trouble(&analyst()).await.unwrap(), [0, 1]);
    // The clock is set back by a year: it runs all the same.
    pair.later(-365 * 24 * 60 * MINUTE);
    assert_eq!(pair.us.feeds_due().await.unwrap(), ["loaders"]);
    pair.us.feed_round("loaders").await.unwrap();
    assert_eq!(pair.line().await.state, FeedHealth::Ok);
}

#[tokio::test]
async fn a_feed_does_what_its_owner_may_do_and_no_more() {
    let pair = Pair::new().await;
    let admin = Actor::of("admin", Role::Administrator);
    for role in [Role::Investigator, Role::LiaisonOfficer, Role::Auditor, Role::Tool] {
        let actor = Actor::of("x", role);
        let refused = pair.us.feed_add(&actor, pair.import()).await.unwrap_err();
        assert_eq!(refused.code(), "node.forbidden", "{role:?}");
        assert_eq!(pair.us.feed_list(&actor).await.unwrap_err().code(), "node.forbidden");
    }
    let refused = pair.us.feed_add(&admin, pair.import()).await.unwrap_err();
    assert_eq!(refused.code(), "node.forbidden", "an administrator imports nothing");
    let console = Actor::console();
    let ours = pair.us.plain_create(&console, "Ours").await.unwrap();
    let into = || {
        let (collection, account) = ("Ours".to_owned(), "robot".to_owned());
        pair.feed(NewCourse::Into { collection, account })
    };
    let refused = pair.us.feed_add(&analyst(), into()).await.unwrap_err();
    assert!(matches!(refused, NodeError::State { .. }), "no right yet: {refused}");
    let write = Grant { read: false, write: true };
    pair.us.plain_grant(&console, &ours, "robot", write).await.unwrap();
    let refused = pair.us.feed_add(&analyst(), into()).await.unwrap_err();
    assert_eq!(refused.code(), "node.forbidden", "collections are the administrator's");
    pair.us.feed_add(&analyst(), pair.import()).await.unwrap();
    pair.us.feed_pause(&admin, "loaders").await.unwrap();
    assert_eq!(pair.line().await.state, FeedHealth::Paused);
    assert!(pair.us.feeds_due().await.unwrap().is_empty());
    pair.run().await.unwrap_err();
    pair.us.feed_resume(&analyst(), "loaders").await.unwrap();
    assert_eq!(pair.us.feeds_due().await.unwrap(), ["loaders"]);
    // The account is gone; what it added runs no more.
    let gone = Write::Delete { bucket: Bucket::ACCOUNT, key: "ana".to_owned() };
    pair.us.store.commit(Batch { guards: vec![], writes: vec![gone] }).await.unwrap();
    assert_eq!(pair.run().await.unwrap_err().code(), "feed.owner");
    pair.us.feed_remove(&admin, "loaders").await.unwrap();
    assert!(pair.us.feed_list(&admin).await.unwrap().is_empty());
    let log = pair.log().await;
    for act in ["feed-added", "feed-paused", "feed-resumed", "feed-removed"] {
        assert!(log.contains(act), "{act}");
    }
}

#[tokio::test]
async fn a_feed_into_a_plain_collection_adds_as_its_tool_and_one_from_it_gives_each_version_once() {
    let pair = Pair::new().await;
    let console = Actor::console();
    let ours = pair.us.plain_create(&console, "Ours").await.unwrap();
    let both = Grant { read: true, write: true };
    pair.us.plain_grant(&console, &ours, "robot", both).await.unwrap();
    let at = "2026-05-01T00:00:00.000Z";
    let all: Vec<Value> = (0..5)
        .map(|n| format!("indicator--0d3bb9a8-3f0f-4a43-8c1e-5f2d7b0f000{n}"))
        .map(|id| indicator(&id, at, json!({})))
        .collect();
    pair.they_add(&all).await;
    let course = NewCourse::Into { collection: ours.clone(), account: "robot".into() };
    pair.us.feed_add(&console, pair.feed(course)).await.unwrap();
    let run = |name: &'static str| pair.us.feed_run(&console, name, &|_| ());
    assert_eq!(counts(&run("loaders").await.unwrap()), [5, 0, 0, 0]);
    assert_eq!(pair.us.store.extent(&ours).await.unwrap().objects, 5);
    assert!(pair.us.store.object(FIRST, None).await.unwrap().is_none(), "not our knowledge");
    // And on to another collection of theirs.
    let copy = pair.them.plain_create(&console, "Copy").await.unwrap();
    pair.them.plain_grant(&console, &copy, "robot", both).await.unwrap();
    let course = NewCourse::From { collection: ours.clone(), account: "robot".into() };
    let mut push = pair.feed(course);
    (push.name, push.collection) = ("out".into(), Some("Copy".into()));
    pair.us.feed_add(&console, push).await.unwrap();
    assert_eq!(counts(&run("out").await.unwrap()), [5, 0, 0, 0]);
    assert_eq!(counts(&run("out").await.unwrap()), [0, 0, 0, 0]);
    assert_eq!(pair.them.store.extent(&copy).await.unwrap().versions, 5);
    let log = pair.log().await;
    assert!(log.contains("plain-read") && log.contains("feed-sent"), "{log}");
    // A right that is taken ends with the next run.
    pair.us.plain_grant(&console, &ours, "robot", Grant::default()).await.unwrap();
    assert!(matches!(run("out").await.unwrap_err(), NodeError::State { .. }));
}

#[tokio::test]
async fn two_processes_do_not_run_one_feed_at_once() {
    let pair = Pair::new().await;
    pair.us.feed_add(&analyst(), pair.import()).await.unwrap();
    let turn = pair.us.begin_run("loaders").await.unwrap();
    assert_eq!(pair.line().await.state, FeedHealth::Running);
    assert!(pair.us.feeds_due().await.unwrap().is_empty());
    let refused = pair.run().await.unwrap_err();
    assert!(refused.to_string().contains("another process"), "{refused}");
    pair.later(60 * 1_000_000);
    // It died; the next one takes over, and what the dead one might still write is refused.
    pair.run().await.unwrap();
    let late = pair.us.end_run(turn, Ok(())).await.unwrap_err();
    assert!(matches!(late, NodeError::Changed { .. }), "{late}");
}

#[test]
fn addresses_with_secrets_in_them_names_with_slashes_and_odd_pins_are_refused() {
    for url in [
        "ftp://h/",
        "https://",
        "https://user:pass@h/taxii2/",
        "https://h/?token=x",
        "https://h/a b",
        "h/taxii2/",
    ] {
        assert_eq!(usable_url(url).unwrap_err().code(), "feed.url", "{url}");
    }
    usable_url("https://h:8443/taxii2/root/").unwrap();
    for name in ["", "a/b", "A", "a b", &"a".repeat(65)] {
        assert_eq!(usable_name(name).unwrap_err().code(), "feed.name", "{name}");
    }
    let pin = |text: &str| usable_pin(Some(text.to_owned()));
    assert_eq!(pin("abc").unwrap_err().code(), "feed.pin");
    let colons = ["AB"; 32].join(":");
    assert_eq!(pin(&colons).unwrap().unwrap(), "ab".repeat(32));
    assert_eq!(usable_interval(Some(0)).unwrap_err().code(), "feed.every");
    assert_eq!(authority_of("https://H.example./x"), authority_of("https://h.example:443/"));
}

/// What would leave of an indicator of the case, which came as our own file or by a feed.
async fn would_leave(by_feed: bool) -> usize {
    const CASE: &[u8] = include_bytes!("../../../../scenario/ec/case-calamares.json");
    let trio = Trio::new().await;
    let agreement = trio.active(TERMS).await;
    let [ec, us, _] = trio.nodes.as_slice() else { panic!() };
    let console = Actor::console();
    let passed = crate::VettingResult::Passed;
    ec.partner_vet(&console, us.key_id(), "Office", "2099-12-31", passed, &[]).await.unwrap();
    let feed = match by_feed {
        true => Some(ec.feed_way("loaders", GREEN).await.unwrap()),
        false => None,
    };
    let request = ImportRequest {
        name: "case.json",
        bytes: CASE,
        format: None,
        marking: None,
        source: None,
        dry_run: false,
    };
    ec.import_to(&console, request, crate::import::Way { feed, ..Default::default() })
        .await
        .unwrap();
    let request = crate::ReleaseRequest {
        agreement,
        partner: Some(us.key_id().to_owned()),
        purpose: Some("firearms-tracing".into()),
        ids: vec!["indicator--6c264967-2f4b-4667-8b62-2e4f38cbd7ef".into()],
        exact: true,
        ..crate::ReleaseRequest::default()
    };
    let liaison = Actor::of("liaison", Role::LiaisonOfficer);
    let run = ec.dry_run(&liaison, &request).await.unwrap();
    run.lines.iter().filter(|line| line.path.is_empty() && line.verdict != "withheld").count()
}

#[tokio::test]
async fn what_would_leave_of_a_file_of_ours_stays_where_a_feed_brought_it() {
    assert_eq!(would_leave(false).await, 1, "the agreement allows it");
    assert_eq!(would_leave(true).await, 0);
}
