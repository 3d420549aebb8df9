//! Three nodes in one process, with a clock that stands where the test puts it.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use enlace_policy::AgreementState;
use enlace_policy::roles::Role;
use serde_json::Value;
use tempfile::TempDir;

use crate::{Actor, Clock, Init, Node, Words};

pub(crate) const TERMS: &str = include_str!("../../../../scenario/agreements/ec-us.toml");
const DAY_US: i64 = 86_400_000_000;
/// 2026-06-01.
const NOW: i64 = 1_780_272_000_000_000;

pub(crate) struct Hand(pub(crate) AtomicI64);

impl Clock for Hand {
    fn now_us(&self) -> i64 {
        // Two acts are never at one instant, as on a real machine.
        self.0.fetch_add(1000, Ordering::Relaxed)
    }
}

pub(crate) struct Trio {
    pub(crate) clock: Arc<Hand>,
    pub(crate) nodes: Vec<Node>,
    _homes: Vec<TempDir>,
}

/// Where the store of a test lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Folder,
    Server,
}

impl Kind {
    /// The address of an empty store, where it lies on a server.
    pub(crate) fn url(self) -> Option<String> {
        (self == Self::Server).then(server)
    }

    /// Makes a node of these in a folder.
    pub(crate) async fn init(self, dir: &Path, init: &Init) -> Node {
        std::fs::create_dir_all(dir).unwrap();
        if let Some(url) = self.url() {
            std::fs::write(dir.join("enlace.toml"), format!("[store]\nurl = \"{url}\"\n")).unwrap();
        }
        Node::init(dir, init).await.unwrap()
    }
}

/// An empty store on the server that tests share.
pub(crate) fn server() -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/postgres.sh");
    let made = Command::new("bash").arg(script).arg("fresh").output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

pub(crate) fn approver() -> Actor {
    Actor::of("approver", Role::Approver)
}

impl Trio {
    pub(crate) async fn new() -> Self {
        Self::on(Kind::Folder).await
    }

    pub(crate) async fn on(kind: Kind) -> Self {
        let clock = Arc::new(Hand(AtomicI64::new(NOW)));
        let (mut nodes, mut homes) = (Vec::new(), Vec::new());
        for (name, country) in [("UNE", "EC"), ("ILC", "US"), ("LKP", "NL")] {
            let home = tempfile::tempdir().unwrap();
            let init = Init { name: name.into(), country: country.into(), unit: None };
            drop(kind.init(home.path(), &init).await);
            let clock: Arc<dyn Clock> = clock.clone();
            nodes.push(Node::open_with(home.path(), clock).await.unwrap());
            homes.push(home);
        }
        for node in &nodes {
            for other in nodes.iter().filter(|o| o.key_id() != node.key_id()) {
                let card = serde_json::to_string(other.card().unwrap().json()).unwrap();
                node.partner_add(&Actor::console(), &card).await.unwrap();
            }
        }
        Self { clock, nodes, _homes: homes }
    }

    /// Drafted by the first from these terms.
    pub(crate) async fn draft(&self, terms: &str) -> String {
        let names = [String::from("US"), String::from("NL")];
        let liaison = Actor::of("liaison", Role::LiaisonOfficer);
        self.nodes[0].agreement_new(&liaison, &names, None, None, Some(terms)).await.unwrap()
    }

    /// Everything that each has for each, as items of one file.
    pub(crate) async fn papers(&self) -> Vec<Value> {
        let mut all = Vec::new();
        for from in &self.nodes {
            for to in self.nodes.iter().filter(|to| to.key_id() != from.key_id()) {
                let file = from.outbox_file(&Actor::console(), to.key_id()).await.unwrap();
                let file: Value = serde_json::from_str(&file).unwrap();
                all.extend(file["objects"].as_array().unwrap().iter().cloned());
            }
        }
        all
    }

    pub(crate) async fn deliver(&self, to: usize, items: &[Value]) {
        let file = serde_json::json!({ "objects": items }).to_string();
        self.nodes[to].inbox_file(&Actor::console(), &file).await.unwrap();
    }

    pub(crate) async fn share(&self) {
        let all = self.papers().await;
        for to in 0..3 {
            self.deliver(to, &all).await;
        }
    }

    /// Signed by all and known to all.
    pub(crate) async fn active(&self, terms: &str) -> String {
        let draft = self.draft(terms).await;
        let line = self.nodes[0].agreement_sign_draft(&approver(), &draft, "a.toml").await;
        let id = line.unwrap().id;
        self.share().await;
        for node in &self.nodes[1..] {
            node.agreement_sign(&approver(), &id).await.unwrap();
        }
        self.share().await;
        id
    }

    pub(crate) async fn agreed(&self, at: usize, id: &str) -> AgreementState {
        self.nodes[at].agreement_named(id).await.unwrap().agreed
    }
}

/// Fisher and Yates with a generator of one line: the order need not be good, only different.
fn shuffle<T>(items: &mut [T], seed: &mut u64) {
    for i in (1..items.len()).rev() {
        items.swap(i, usize::try_from(random(seed)).unwrap() % (i + 1));
    }
}

fn random(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *seed >> 33
}

#[tokio::test]
async fn three_nodes_agree_whatever_they_say_and_in_whatever_order_they_hear_it() {
    let trio = Trio::new().await;
    let mut ids = vec![trio.active(TERMS).await];
    let amendment =
        TERMS.replace("[agreement]\n", "[agreement]\namends = { released = \"keep\" }\n");
    let (mut seed, mut stopped) = (7, 0);
    for round in 0..10 {
        // Nobody hears anything while each says what it likes; what is refused is not said.
        for _ in 0..6 {
            let node = &trio.nodes[usize::try_from(random(&mut seed)).unwrap() % 3];
            let (actor, words, id) = (approver(), Words::default(), ids.last().unwrap());
            let _ = match random(&mut seed) % 7 {
                0..=2 => node.agreement_suspend(&actor, id, words).await,
                3..=5 => node.agreement_resume(&actor, id, words).await,
                _ => node.agreement_sign(&actor, id).await,
            };
        }
        if round == 4 {
            for node in &trio.nodes {
                let _ = node.agreement_resume(&approver(), &ids[0], Words::default()).await;
            }
            trio.share().await;
            let draft = trio.draft(&amendment).await;
            let next = trio.nodes[0].agreement_amend(&approver(), &ids[0], &draft, "b.toml").await;
            ids.push(next.unwrap().id);
        }
        let all = trio.papers().await;
        for to in 0..3 {
            let mut heard = all.clone();
            heard.extend(all.iter().take(5).cloned());
            shuffle(&mut heard, &mut seed);
            trio.deliver(to, &heard).await;
        }
        for id in &ids {
            let there =
                [trio.agreed(0, id).await, trio.agreed(1, id).await, trio.agreed(2, id).await];
            assert!(there.iter().all(|state| *state == there[0]), "round {round}: {there:?}");
            stopped += usize::from(matches!(there[0], AgreementState::Suspended { .. }));
        }
    }
    assert!(stopped > 0, "something was stopped now and then");
    // The end is an end for all, whoever says it and however often it is heard.
    let last = ids.last().unwrap();
    trio.nodes[2].agreement_terminate(&approver(), last, Words::default()).await.unwrap();
    trio.share().await;
    trio.share().await;
    for at in 0..3 {
        assert_eq!(trio.agreed(at, last).await, AgreementState::Terminated);
    }
}

#[tokio::test]
async fn looking_at_agreements_again_verifies_no_signature_again() {
    let trio = Trio::new().await;
    let id = trio.active(TERMS).await;
    let node = &trio.nodes[0];
    assert_eq!(node.standings().await.unwrap().len(), 1);
    let before = node.memo.verified();
    assert!(before >= 3, "each signature and card once: {before}");
    for _ in 0..3 {
        assert_eq!(node.standings().await.unwrap()[0].state, AgreementState::Active);
        assert!(node.partner_of_peer(&crate::Peer::of(Some([7; 32]))).await.unwrap().is_none());
    }
    assert_eq!(node.memo.verified(), before);
    // And yet a stop counts at once, here and from elsewhere.
    trio.nodes[1].agreement_suspend(&approver(), &id, Words::default()).await.unwrap();
    trio.share().await;
    let us = trio.nodes[1].key_id().to_owned();
    assert_eq!(trio.agreed(0, &id).await, AgreementState::Suspended { by: vec![us] });
    assert_eq!(node.memo.verified(), before + 1, "the new statement");
}

#[tokio::test]
async fn time_alone_begins_and_ends_an_agreement_and_what_was_said_for_later() {
    let trio = Trio::new().await;
    let terms = TERMS
        .replace("from = \"2025-01-01\"", "from = \"2026-06-10\"")
        .replace("until = \"2035-01-01\"", "until = \"2026-07-10\"");
    assert_ne!(terms, TERMS);
    let id = trio.active(&terms).await;
    let on = |day: i64| trio.clock.0.store(NOW + day * DAY_US, Ordering::Relaxed);
    assert_eq!(trio.agreed(0, &id).await, AgreementState::NotYetValid);
    on(9);
    assert_eq!(trio.agreed(0, &id).await, AgreementState::Active);
    let line = |within| {
        let node = &trio.nodes[0];
        async move {
            let lines = node.agreement_list(&approver()).await.unwrap();
            lines.iter().filter(|l| l.ends_within(within)).count()
        }
    };
    assert_eq!((line(29).await, line(30).await), (0, 1), "the thirtieth day has begun");
    let later = Words { effective: Some("2026-06-15"), ..Words::default() };
    trio.nodes[1].agreement_suspend(&approver(), &id, later).await.unwrap();
    let end = Words { effective: Some("2026-07-01"), ..Words::default() };
    trio.nodes[2].agreement_terminate(&approver(), &id, end).await.unwrap();
    trio.share().await;
    let us = AgreementState::Suspended { by: vec![trio.nodes[1].key_id().to_owned()] };
    for (day, state) in [
        (13, AgreementState::Active),
        (14, us),
        (30, AgreementState::Terminated),
        (60, AgreementState::Terminated),
    ] {
        on(day);
        for at in 0..3 {
            assert_eq!(trio.agreed(at, &id).await, state, "day {day} at {at}");
        }
    }
    on(60);
    let other = trio.active(&terms.replace("2026-07-10", "2026-07-20")).await;
    assert_eq!(trio.agreed(0, &other).await, AgreementState::Expired);
}

#[tokio::test]
async fn a_silent_suspension_is_known_here_alone() {
    let trio = Trio::new().await;
    let id = trio.active(TERMS).await;
    let before = trio.papers().await.len();
    trio.nodes[0].agreement_suspend_silently(&approver(), &id, Some("Zzyzx")).await.unwrap();
    assert_eq!(trio.papers().await.len(), before, "no paper tells of it");
    let standing = trio.nodes[0].agreement_named(&id).await.unwrap();
    assert_eq!(standing.agreed, AgreementState::Active, "what comes in is taken as before");
    assert!(matches!(standing.state, AgreementState::Suspended { .. }), "and nothing goes out");
    assert_eq!(trio.nodes[1].agreement_named(&id).await.unwrap().state, AgreementState::Active);
    let log = trio.nodes[1].store.logs().await.unwrap();
    trio.share().await;
    assert_eq!(trio.nodes[1].store.logs().await.unwrap(), log);
    trio.nodes[0].agreement_resume(&approver(), &id, Words::default()).await.unwrap();
    assert_eq!(trio.papers().await.len(), before, "nor of its end");
}
