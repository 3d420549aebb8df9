//! The dry run of the large set as an officer asks for it: through a node, its store on disk, with
//! partners who gave things, some of which the set would pass on or was made from.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use enlace_bench::cpu_seconds;
use enlace_node::{
    Action, Actor, DryRun, ImportRequest, Init, Node, ReleaseRequest, Role, SendWhen, VettingResult,
};
use enlace_release::Candidate;
use enlace_stix::{Object, types};
use enlace_store::sqlite::SqliteStore;
use enlace_store::{Batch, NewObject, ObjectState, Store, Write};
use serde_json::{Value, json};

type Failed = Box<dyn Error>;

/// Names that the third partner gave and that nobody else knows.
const HEARD: usize = 10_000;
/// One in so many objects of the set is the third partner's.
const THEIRS: usize = 10;
/// One in so many relationships of the set says that its source was made from another object.
const DERIVED: usize = 20;
/// One in so many tear-lines names somebody whom only the third partner told of.
const NAMING: usize = 20;
/// Runs after the first.
const RUNS: usize = 11;

/// EC with US, to whom it releases, and NL.
struct Desk {
    ec: Node,
    liaison: Actor,
    approver: Actor,
    request: ReleaseRequest,
}

/// CPU and clock seconds of one run.
#[derive(Clone, Copy)]
struct Took {
    cpu: f64,
    wall: f64,
}

/// What is measured of one desk: the first dry run of a process, those that follow, and those when
/// the partner has all of it already.
pub struct Figures {
    pub first: (f64, f64),
    pub again: (f64, f64),
    pub sent: (f64, f64),
    pub released: usize,
    pub lines: usize,
}

/// Measures the dry run of a set under the agreement that `text` drafts.
pub fn measure(text: &str, set: &[Candidate]) -> Result<Figures, Failed> {
    let home = tempfile::tempdir()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let desk = Desk::new(home.path(), text, set).await?;
        let (first, dry) = desk.dry_run().await?;
        let (again, _) = desk.median().await?;
        desk.send().await?;
        let (sent, _) = desk.median().await?;
        let released = dry.counts.objects - dry.counts.withheld;
        let pair = |took: Took| (took.cpu, took.wall);
        let (first, again, sent) = (pair(first), pair(again), pair(sent));
        Ok(Figures { first, again, sent, released, lines: dry.lines.len() })
    })
}

impl Desk {
    async fn new(home: &Path, text: &str, set: &[Candidate]) -> Result<Self, Failed> {
        let mut nodes = Vec::new();
        for (name, country) in [("UNE", "EC"), ("ILC", "US"), ("LKP", "NL")] {
            let init = Init { name: name.to_owned(), country: country.to_owned(), unit: None };
            nodes.push(Node::init(&home.join(country), &init).await?);
        }
        let [ec, us, nl]: [Node; 3] = nodes.try_into().map_err(|_| "three nodes")?;
        pin(&ec, &us).await?;
        pin(&ec, &nl).await?;
        pin(&us, &ec).await?;
        let approver = account(&ec, Role::Approver).await?;
        let theirs = account(&us, Role::Approver).await?;
        let liaison = account(&ec, Role::LiaisonOfficer).await?;
        let us_too = ["US".to_owned()];
        let draft = ec.agreement_new(&liaison, &us_too, None, None, Some(text)).await?;
        let agreement = ec.agreement_sign_draft(&approver, &draft, "agreement").await?.id;
        let console = Actor::console();
        us.inbox_file(&console, &ec.outbox_file(&console, "US").await?).await?;
        us.agreement_sign(&theirs, &agreement).await?;
        ec.inbox_file(&console, &us.outbox_file(&console, "EC").await?).await?;

        fill(&ec, &home.join("EC"), &nl, set).await?;
        let reports = set.iter().filter(|c| c.object.kind() == "report");
        let ids = reports.map(|c| c.object.id().to_string()).collect();
        let request = ReleaseRequest { agreement, ids, ..ReleaseRequest::default() };
        approver.require(Action::ReleaseApprove)?;
        Ok(Self { ec, liaison, approver, request })
    }

    async fn dry_run(&self) -> Result<(Took, DryRun), Failed> {
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        let dry = self.ec.dry_run(&self.liaison, &self.request).await?;
        Ok((Took { cpu: cpu_seconds() - cpu, wall: wall.elapsed().as_secs_f64() }, dry))
    }

    async fn median(&self) -> Result<(Took, DryRun), Failed> {
        let (mut all, mut last) = (Vec::with_capacity(RUNS), None);
        for _ in 0..RUNS {
            let (took, dry) = self.dry_run().await?;
            all.push(took);
            last = Some(dry);
        }
        let middle = |of: fn(&Took) -> f64| {
            let mut all: Vec<f64> = all.iter().map(of).collect();
            all.sort_by(f64::total_cmp);
            all.get(RUNS / 2).copied().unwrap_or(f64::NAN)
        };
        let took = Took { cpu: middle(|took| took.cpu), wall: middle(|took| took.wall) };
        Ok((took, last.ok_or("no run")?))
    }

    async fn send(&self) -> Result<(), Failed> {
        let id = self.ec.release_draft(&self.liaison, &self.request).await?.id;
        self.ec.release_approve(&self.approver, &id, false).await?;
        self.ec.release_send(&self.liaison, &id, SendWhen::Now).await?;
        Ok(())
    }
}

/// `node` knows and trusts `other`.
async fn pin(node: &Node, other: &Node) -> Result<(), Failed> {
    let card = serde_json::to_string(other.card()?.json())?;
    let console = Actor::console();
    node.partner_add(&console, &card).await?;
    let passed = VettingResult::Passed;
    node.partner_vet(&console, other.country(), "Vetting office", "2099-12-31", passed, &[])
        .await?;
    Ok(())
}

async fn account(node: &Node, role: Role) -> Result<Actor, Failed> {
    let password = "an invented passphrase".into();
    node.account_create(&Actor::console(), role.name(), role, &password).await?;
    Ok(node.check_password(role.name(), &password).await?)
}

/// Name of the person of this number that only NL knows.
fn heard(number: usize) -> String {
    format!("Joost Wieringa{number:x} van Haverkamp{:x}", number / 3)
}

/// The set as imported by EC, but for what NL gave; and what NL gave beside it, some of which the
/// tear-lines of the set name.
async fn fill(ec: &Node, dir: &Path, nl: &Node, set: &[Candidate]) -> Result<(), Failed> {
    let card = nl.card()?;
    let (nl, identity) = (card.party_id(), card.identity_id().to_owned());
    let (mut own, mut theirs): (Vec<Value>, Vec<Object>) = (Vec::new(), Vec::new());
    let mut relations = 0;
    for (n, candidate) in set.iter().enumerate() {
        let object = &candidate.object;
        let kind = object.kind();
        let mut view = object.view().clone();
        if n % THEIRS == 3 && !["report", "note"].contains(&kind) {
            view.insert("created_by_ref".to_owned(), identity.as_str().into());
            theirs.push(Object::from_view(view)?);
            continue;
        }
        let tear = types::definition_id("tear-line");
        if let Some(Value::String(text)) = view
            .get_mut("extensions")
            .and_then(|all| all.get_mut(&tear)?.get_mut("text"))
            .filter(|_| n % NAMING == 0)
        {
            text.push_str(&format!(" So says {}.", heard(n)));
        }
        if kind == "relationship" {
            relations += 1;
            if relations % DERIVED == 0 {
                view.insert("relationship_type".to_owned(), "derived-from".into());
            }
        }
        own.push(Value::Object(view));
    }
    let bundle = json!({ "type": "bundle", "id": format!("bundle--{}", uuid::Uuid::nil()),
        "objects": own })
    .to_string();
    let request = ImportRequest {
        name: "set.json",
        bytes: bundle.as_bytes(),
        format: None,
        marking: None,
        source: None,
        dry_run: false,
    };
    let report = ec.import(&Actor::console(), request).await?;
    if report.new != own.len() {
        return Err(format!("{} of {} objects are held", report.new, own.len()).into());
    }
    for n in 0..HEARD {
        let person = json!({ "type": "identity", "spec_version": "2.1",
            "id": format!("identity--{n:08x}-0000-4000-9000-000000000000"),
            "created": "2026-05-01T10:00:00.000Z", "modified": "2026-05-01T10:00:00.000Z",
            "created_by_ref": identity, "name": heard(n), "identity_class": "individual" });
        theirs.push(Object::parse(&person.to_string())?);
    }
    let store = SqliteStore::open(dir)?;
    let kept = |o: &Object| NewObject::of(o, &nl, "NL", ObjectState::Held, 1_780_272_000_000_000);
    for chunk in theirs.chunks(1000) {
        let writes = chunk.iter().map(|o| Write::Object(Box::new(kept(o)))).collect();
        store.commit(Batch { guards: vec![], writes }).await?;
    }
    Ok(())
}
