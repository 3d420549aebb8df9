//! A job ends as if nobody had killed it, stops when it is told to, and is nobody else's to read.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use enlace_policy::roles::Role;
use enlace_store::{ObjectQuery, RecordQuery};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::timeout;

use crate::record::Bucket;
use crate::standing::tests::server;
use crate::{Actor, Clock, ImportRequest, Init, JobState, JobView, Node, NodeError, SystemClock};

const GREEN: &str = "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb";
const AMBER: &str = "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421";
/// More than six steps of a test.
const CROWD: usize = 640;
const PASSWORD: &str = "only-for-tests-0417";

struct Desk {
    home: TempDir,
}

impl Desk {
    /// A node with three accounts, and something of the file already held: as it stands in the file,
    /// and otherwise.
    async fn new(url: Option<&str>) -> (Self, Node) {
        let desk = Self { home: tempfile::tempdir().unwrap() };
        if let Some(url) = url {
            std::fs::create_dir(desk.dir()).unwrap();
            let place = format!("[store]\nurl = \"{url}\"\n");
            std::fs::write(desk.dir().join("enlace.toml"), place).unwrap();
        }
        let init = Init { name: "Unidad".into(), country: "EC".into(), unit: None };
        let node = Node::init(&desk.dir(), &init).await.unwrap();
        let console = Actor::console();
        for (name, role) in [
            ("ana", Role::Analyst),
            ("eva", Role::Analyst),
            ("root", Role::Administrator),
            ("audit", Role::Auditor),
        ] {
            let password = PASSWORD.to_owned().into();
            node.account_create(&console, name, role, &password).await.unwrap();
        }
        let mut held: Vec<Value> =
            (0..30).map(|n| person(n, if n < 20 { "as it is" } else { "otherwise" })).collect();
        // What is held already keeps the marking that it inherited first.
        held.push(report(2, GREEN, [0, 7, 14]));
        node.import(&console, request(&bundle(&held))).await.unwrap();
        (desk, node)
    }

    fn dir(&self) -> PathBuf {
        self.home.path().join("node")
    }

    fn blob(&self, sha256: &str) -> PathBuf {
        self.dir().join("blobs").join(sha256.split_at(2).0).join(sha256)
    }

    async fn open(&self) -> Node {
        Node::open(&self.dir()).await.unwrap()
    }

    async fn open_later(&self, seconds: i64) -> Node {
        Node::open_with(&self.dir(), Arc::new(Later(seconds))).await.unwrap()
    }
}

/// The machine's clock, so many seconds ahead.
struct Later(i64);

impl Clock for Later {
    fn now_us(&self) -> i64 {
        SystemClock.now_us() + self.0 * 1_000_000
    }
}

fn id(kind: &str, number: usize) -> String {
    format!("{kind}--5f2e0000-0000-4000-8000-{number:012}")
}

fn person(number: usize, words: &str) -> Value {
    json!({"type": "identity", "spec_version": "2.1", "id": id("identity", number),
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "name": format!("Persona inventada {number}"), "identity_class": "individual",
        "description": words})
}

fn bundle(objects: &[Value]) -> Vec<u8> {
    let id = id("bundle", objects.len());
    json!({"type": "bundle", "id": id, "objects": objects}).to_string().into_bytes()
}

/// Good objects, some held already, ten in conflict with what is held, twenty that cannot be held, some
/// twice, and a report whose marking its members inherit.
fn file() -> Vec<u8> {
    let mut objects: Vec<Value> = (0..CROWD).map(|n| person(n, "as it is")).collect();
    for number in 0..20 {
        let mut bad = person(CROWD + number, "bad");
        bad.as_object_mut().unwrap().remove("name");
        objects.insert(number * 30, bad);
    }
    objects.extend((100..105).map(|n| person(n, "as it is")));
    objects.push(report(1, AMBER, (0..300).step_by(7)));
    bundle(&objects)
}

fn report(number: usize, marking: &str, members: impl IntoIterator<Item = usize>) -> Value {
    let members: Vec<String> = members.into_iter().map(|n| id("identity", n)).collect();
    json!({"type": "report", "spec_version": "2.1", "id": id("report", number),
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "name": "Informe inventado", "published": "2026-01-01T00:00:00Z",
        "object_refs": members, "object_marking_refs": [marking]})
}

fn request(bytes: &[u8]) -> ImportRequest<'_> {
    ImportRequest {
        name: "inventado.json",
        bytes,
        format: None,
        marking: None,
        source: None,
        dry_run: false,
    }
}

fn ana() -> Actor {
    Actor::of("ana", Role::Analyst)
}

/// Everything that the import leaves, but for instants and random parts.
async fn left(node: &Node, job: Option<&str>) -> Vec<String> {
    let mut left = Vec::new();
    let all = ObjectQuery { limit: 10_000, ..ObjectQuery::default() };
    let mut rows = node.store.objects(all).await.unwrap();
    rows.retain(|row| row.id != node.me.identity_id);
    left.extend(rows.iter().map(|r| format!("{} {} {:?} {}", r.id, r.version, r.state, r.raw)));
    left.sort();
    for aside in node.store.quarantine(None, 10_000).await.unwrap() {
        left.push(format!("{} {:?} {} {}", aside.source, aside.object_id, aside.rule, aside.raw));
    }
    for bucket in [Bucket::INHERITED, Bucket::VEIL, Bucket::PIN] {
        let query = RecordQuery { bucket, limit: 10_000, ..RecordQuery::default() };
        for record in node.store.records(query).await.unwrap() {
            left.push(format!("{bucket} {} {}", record.key, record.body));
        }
    }
    left.push(format!("log {}", node.store.log("node").await.unwrap().size));
    left.push(format!("blobs {}", node.store.blobs().list().await.unwrap().len()));
    if let Some(job) = job {
        let view = node.job_view(&ana(), job, false, 10_000).await.unwrap();
        left.extend(view.lines.iter().map(|line| format!("{line:?}")));
        left.push(format!("{:?} {:?} {:?}", view.line.state, view.line.counts, view.notes));
    }
    left
}

async fn done(node: &Node, id: &str) -> JobView {
    node.job_round().await.unwrap();
    node.job_view(&ana(), id, false, 10_000).await.unwrap()
}

/// What the import leaves that nobody killed.
async fn unharmed(url: Option<&str>) -> Vec<String> {
    let (_desk, node) = Desk::new(url).await;
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    let view = done(&node, &job).await;
    assert_eq!(view.line.state, JobState::Done, "{:?}", view.line.fault);
    let counts = view.line.counts.clone().unwrap();
    assert_eq!((counts.conflict, counts.rejected), (10, 20), "{counts:?}");
    assert_eq!((counts.new, counts.known), (CROWD - 30 + 1, 20 + 5), "{counts:?}");
    assert_eq!(counts.objects, view.lines.len());
    left(&node, Some(&job)).await
}

async fn a_killed_job_ends_as_one_that_was_not(urls: [Option<String>; 2]) {
    let expected = unharmed(urls[0].as_deref()).await;
    let (desk, node) = Desk::new(urls[1].as_deref()).await;
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    drop(node);
    let (mut killed, mut stood) = (0, std::collections::BTreeSet::new());
    // Shorter and shorter lives would never get through a step: from the middle on they get longer.
    for life in (0..200_u64).map(|n| 3 + n * 2) {
        let node = desk.open().await;
        let [random] = crate::clock::random::<1>().unwrap();
        let life = Duration::from_millis(life / 2 + life * u64::from(random) / 255);
        let died = timeout(life, node.job_round()).await.is_err();
        let line = node.job(&ana(), &job).await.unwrap();
        if line.state.is_over() {
            break;
        }
        killed += usize::from(died);
        stood.insert(line.done);
    }
    let node = desk.open().await;
    // On a server the claim of the last one goes with its connection, a moment later.
    for _ in 0..100 {
        if done(&node, &job).await.line.state.is_over() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Killed between its end and the sweep, its file goes with the next round.
    node.tidy().await.unwrap();
    assert!(killed > 3 && stood.len() > 1, "killed {killed} times, at {stood:?}");
    let found = left(&node, Some(&job)).await;
    for (expected, found) in expected.iter().zip(&found) {
        assert_eq!(expected, found);
    }
    assert_eq!(expected.len(), found.len());
    assert_eq!(node.store.fsck().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_killed_at_any_instant_ends_as_one_that_was_not_in_a_folder() {
    a_killed_job_ends_as_one_that_was_not([None, None]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_killed_at_any_instant_ends_as_one_that_was_not_on_a_server() {
    a_killed_job_ends_as_one_that_was_not([Some(server()), Some(server())]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_keeps_what_the_import_in_one_go_keeps() {
    let (_desk, node) = Desk::new(None).await;
    let in_one_go = node.import(&ana(), request(&file())).await.unwrap();
    let (_desk, other) = Desk::new(None).await;
    let job = other.import_job(&ana(), &request(&file()), None).await.unwrap();
    let view = done(&other, &job).await;
    assert_eq!(view.lines, in_one_go.lines);
    let counts = crate::ImportReport { lines: vec![], ..in_one_go };
    assert_eq!(view.line.counts, Some(counts));
    // But for the leaf that says who asked for the job.
    let mut expected = left(&node, None).await;
    let log = expected.iter_mut().find(|line| line.starts_with("log ")).unwrap();
    *log = format!("log {}", log.trim_start_matches("log ").parse::<u64>().unwrap() + 1);
    assert_eq!(left(&other, None).await, expected);
    // Again it is all known, and nothing is set aside twice.
    let before = other.store.quarantine(None, 10_000).await.unwrap().len();
    let again = other.import_job(&ana(), &request(&file()), None).await.unwrap();
    assert_ne!(again, job);
    let counts = done(&other, &again).await.line.counts.unwrap();
    assert_eq!((counts.new, counts.conflict, counts.rejected), (0, 10, 20));
    assert_eq!(other.store.quarantine(None, 10_000).await.unwrap().len(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_job_stops_at_its_next_step_and_keeps_what_was_done() {
    let mut tries = 0;
    let (_desk, node, job, held, cancelled) = loop {
        let (desk, node) = Desk::new(None).await;
        let held = node.store.stats().await.unwrap().object_versions;
        let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
        let other = desk.open().await;
        let (_, cancelled) = tokio::join!(node.job_round(), async {
            loop {
                let line = other.job(&ana(), &job).await.unwrap();
                if line.done > 0 {
                    match other.job_cancel(&ana(), &job).await {
                        Ok(line) => return Some(line),
                        // A step came between.
                        Err(NodeError::Changed { .. }) => continue,
                        // It was over first.
                        Err(NodeError::State { .. }) => return None,
                        Err(error) => panic!("{error}"),
                    }
                }
                tokio::task::yield_now().await;
            }
        });
        if let Some(cancelled) = cancelled {
            break (desk, node, job, held, cancelled);
        }
        tries += 1;
        assert!(tries < 20, "it is always over before it can be stopped");
    };
    assert!(cancelled.done > 0 && cancelled.done < CROWD as u64, "{cancelled:?}");
    let view = done(&node, &job).await;
    assert_eq!((view.line.state, view.line.done), (JobState::Cancelled, cancelled.done));
    let counts = view.line.counts.unwrap();
    let new = node.store.stats().await.unwrap().object_versions - held;
    assert_eq!(new, counts.new as u64, "what was told is what is held");
    assert_eq!(node.store.blobs().list().await.unwrap(), [], "nothing of the file is kept");
    let again = node.job_cancel(&ana(), &job).await.unwrap_err();
    assert!(matches!(again, NodeError::State { .. }), "{again}");
    // The same file goes on from what is held.
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    assert_eq!(done(&node, &job).await.line.state, JobState::Done);
    assert_eq!(node.store.fsck().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_is_its_owners_and_who_runs_the_node_sees_only_how_far_it_is() {
    let (_desk, node) = Desk::new(None).await;
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    let twice = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    assert_eq!(job, twice, "the same asked for again is the same job");
    done(&node, &job).await;
    let (eva, audit) = (Actor::of("eva", Role::Analyst), Actor::of("audit", Role::Auditor));
    for other in [&eva, &audit] {
        let found = node.job_view(other, &job, false, 9).await.unwrap_err();
        assert!(matches!(found, NodeError::NotFound { .. }), "{found}");
        let found = node.job_cancel(other, &job).await.unwrap_err();
        assert!(matches!(found, NodeError::NotFound { .. }), "{found}");
    }
    assert_eq!(node.job_list(&eva).await.unwrap().len(), 0);
    assert!(matches!(node.job_list(&audit).await, Err(NodeError::Forbidden { .. })));
    let root = Actor::of("root", Role::Administrator);
    let view = node.job_view(&root, &job, false, 9).await.unwrap();
    assert_eq!((view.line.file, view.line.counts, view.lines), (None, None, vec![]));
    assert!(view.line.done > 0 && view.line.by == "ana");
    assert_eq!(node.job_list(&root).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_cannot_be_done_says_why_and_leaves_nothing() {
    let (_desk, node) = Desk::new(None).await;
    let job = node.import_job(&ana(), &request(b"{\"type\":"), None).await.unwrap();
    let view = done(&node, &job).await;
    assert_eq!(view.line.state, JobState::Failed);
    let fault = view.line.fault.unwrap();
    assert!(fault.code.starts_with("import.") && fault.text.contains("expected"), "{fault:?}");
    assert_eq!(node.store.blobs().list().await.unwrap(), []);
    let wish = ImportRequest { marking: Some("purple"), ..request(b"{}") };
    assert_eq!(node.import_job(&ana(), &wish, None).await.unwrap_err().code(), "import.marking");
    let audit = Actor::of("audit", Role::Auditor);
    let refused = node.import_job(&audit, &request(b"{}"), None).await.unwrap_err();
    assert!(matches!(refused, NodeError::Forbidden { .. }), "{refused}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_account_may_no_longer_do_is_not_gone_on_with() {
    let (_desk, node) = Desk::new(None).await;
    let nobody = Actor::of("gone", Role::Analyst);
    let job = node.import_job(&nobody, &request(&file()), None).await.unwrap();
    let held = node.store.stats().await.unwrap().object_versions;
    node.job_round().await.unwrap();
    let line = node.job(&nobody, &job).await.unwrap();
    assert_eq!(line.state, JobState::Failed, "there is no such account");
    assert_eq!(node.store.stats().await.unwrap().object_versions, held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_job_says_of_an_object_is_erased_with_it() {
    let (_desk, node) = Desk::new(None).await;
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    done(&node, &job).await;
    let person = id("identity", 25);
    let of = |view: &JobView| view.lines.iter().find(|l| l.id == person).cloned().unwrap();
    let line = of(&node.job_view(&ana(), &job, false, 10_000).await.unwrap());
    assert!(line.result == "conflict" && !line.reason.is_empty());
    let writes = node.copy_deletions(&person, None).await.unwrap();
    node.store.commit(enlace_store::Batch { guards: vec![], writes }).await.unwrap();
    let line = of(&node.job_view(&ana(), &job, false, 10_000).await.unwrap());
    assert!(line.result == "conflict" && line.reason.is_empty(), "{line:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_node_says_that_its_jobs_wait_and_goes_on_with_them() {
    let (desk, node) = Desk::new(None).await;
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    {
        let mut round = std::pin::pin!(node.job_round());
        while node.job(&ana(), &job).await.unwrap().done == 0 {
            let _ = timeout(Duration::from_millis(1), &mut round).await;
        }
    }
    // The step under way may still hold the claim, or come between.
    let mut tries = 0;
    let line = loop {
        let rested = node.jobs_rest().await;
        let line = node.job(&ana(), &job).await.unwrap();
        if rested.is_ok() && line.state != JobState::Running || tries == 200 {
            break line;
        }
        tries += 1;
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    assert_eq!((line.state, line.fault), (JobState::Paused, None));
    let next = desk.open().await;
    assert_eq!(done(&next, &job).await.line.state, JobState::Done);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_pass_is_tried_again_later_and_what_does_not_pass_ends_the_job() {
    let (desk, node) = Desk::new(None).await;
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    let sha256 = node.store.blobs().list().await.unwrap()[0].0.clone();
    let path = desk.blob(&sha256);
    let away = desk.home.path().join("away");
    std::fs::rename(&path, &away).unwrap();
    // Read wrongly, as from a disk that is about to fail.
    std::fs::write(&path, "other bytes").unwrap();
    let view = done(&node, &job).await;
    assert_eq!(view.line.state, JobState::Paused);
    assert_eq!(view.line.fault.map(|fault| fault.code).as_deref(), Some("node.store"));
    std::fs::rename(&away, &path).unwrap();
    assert_eq!(done(&node, &job).await.line.state, JobState::Paused, "not yet");
    let view = done(&desk.open_later(11).await, &job).await;
    assert_eq!((view.line.state, view.line.fault), (JobState::Done, None));

    let job = node.import_job(&ana(), &request(b"{}"), None).await.unwrap();
    let sha256 = &super::record::read::<super::Job>(
        &node.store.record(Bucket::JOB, &job).await.unwrap().unwrap(),
    )
    .unwrap()
    .import
    .sha256;
    let path = desk.blob(sha256);
    std::fs::write(&path, "other bytes").unwrap();
    for _ in 0..8 {
        let later = desk.open_later(7 * 24 * 3_600).await;
        later.run_job(&job).await.unwrap();
    }
    let line = node.job(&ana(), &job).await.unwrap();
    assert_eq!(line.state, JobState::Paused, "{line:?}");
    assert_eq!(node.run_job(&job).await.unwrap(), JobState::Failed, "not for ever");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_of_before_a_restore_is_not_gone_on_with() {
    let (_desk, node) = Desk::new(None).await;
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    let found = node.store.record(Bucket::JOB, &job).await.unwrap().unwrap();
    let mut before: super::Job = super::record::read(&found).unwrap();
    before.epoch = Some("0123456789abcdef".to_owned());
    let writes = vec![before.put(&job).unwrap()];
    let batch = enlace_store::Batch { guards: vec![], writes };
    node.store.commit(batch).await.unwrap();
    let held = node.store.stats().await.unwrap().object_versions;
    let view = done(&node, &job).await;
    assert_eq!(view.line.state, JobState::Failed);
    assert!(view.line.fault.unwrap().text.contains("restored"));
    assert_eq!(node.store.stats().await.unwrap().object_versions, held);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_was_over_long_ago_is_forgotten_with_its_lines() {
    let (desk, node) = Desk::new(None).await;
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    done(&node, &job).await;
    node.tidy().await.unwrap();
    assert!(!node.job_lines(&job, None, 9).await.unwrap().is_empty(), "not yet");
    let later = desk.open_later(31 * 24 * 3_600).await;
    later.tidy().await.unwrap();
    assert_eq!(node.job_lines(&job, None, 9).await.unwrap(), []);
    assert!(matches!(node.job(&ana(), &job).await, Err(NodeError::NotFound { .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_without_a_step_for_longer_than_its_bound_reads_interrupted_until_it_goes_on() {
    let (desk, node) = Desk::new(None).await;
    let job = node.import_job(&ana(), &request(&file()), None).await.unwrap();
    let kept = node.store.record(Bucket::JOB, &job).await.unwrap().unwrap();
    let mut running: super::Job = super::record::read(&kept).unwrap();
    (running.state, running.beat_us) = (JobState::Running, Some(node.now_us()));
    let writes = vec![running.put(&job).unwrap()];
    node.store.commit(enlace_store::Batch { guards: vec![], writes }).await.unwrap();
    for (seconds, state) in [(0, "running"), (115, "running"), (125, "interrupted")] {
        let later = desk.open_later(seconds).await;
        assert_eq!(later.job(&ana(), &job).await.unwrap().state.name(), state, "{seconds} s");
        let listed = later.job_list(&ana()).await.unwrap();
        assert_eq!(listed[0].state.name(), state, "{seconds} s");
    }
    let later = desk.open_later(125).await;
    assert_eq!(done(&later, &job).await.line.state, JobState::Done, "nothing is decided by it");
}
