//! What may be wrong with a node, one line a check. Nothing is changed, and nothing is told of what
//! is held: names of partners and agreements, counts, dates.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use enlace_keys::NodeKeys;
use enlace_ledger::entry;
use enlace_ledger::note::{Checkpoint, VerifierKey};
use enlace_policy::roles::Action;
use enlace_stix::Timestamp;
use enlace_store::RecordQuery;
use enlace_store::carry::Place;
use enlace_store::probe::{self, Probe};
use serde::Serialize;
use serde_json::Value;

use crate::ledger_log::NODE_LOG;
use crate::record::Bucket;
use crate::restore::{self, AHEAD_US};
use crate::{Actor, Clock as _, Config, Node, NodeError, SystemClock, clock, place};

const MIB: u64 = 1 << 20;
const DAY_US: i64 = 24 * 3_600 * 1_000_000;
/// Less room than this is little, and too little.
const LITTLE_ROOM: u64 = 2_048 * MIB;
const NO_ROOM: u64 = 100 * MIB;
/// A partner that was not reached for so long, a backup of that age, a message that waits so long.
const LONG_DAYS: i64 = 7;
/// An agreement that ends in so many days.
const SOON_DAYS: i64 = 30;
/// More objects than this set aside are many.
const MANY_ASIDE: u64 = 1_000;
/// What a job may be late.
const LATE_US: i64 = 3_600 * 1_000_000;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// To be looked at.
    Warn,
    /// To be mended now.
    Fail,
}

/// One check.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// Its name, stable.
    pub check: &'static str,
    /// How it ended.
    pub state: Health,
    /// What was found.
    pub found: String,
    /// What to do; empty where nothing is.
    pub advice: &'static str,
}

/// The checks so far.
#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn ok(&mut self, check: &'static str, found: impl Into<String>) {
        self.add(check, Health::Ok, found, "");
    }

    fn add(
        &mut self,
        check: &'static str,
        state: Health,
        found: impl Into<String>,
        advice: &'static str,
    ) {
        self.0.push(Check { check, state, found: found.into(), advice });
    }

    /// Bad in some way, or as it should be.
    fn judge(
        &mut self,
        check: &'static str,
        bad: Option<Health>,
        found: impl Into<String>,
        advice: &'static str,
    ) {
        match bad {
            Some(state) => self.add(check, state, found, advice),
            None => self.ok(check, found),
        }
    }

    fn failed(&mut self, check: &'static str, error: &NodeError) {
        let advice = match error {
            NodeError::Store(error) => error.advice(),
            _ => "see the message",
        };
        self.add(check, Health::Fail, error.to_string(), advice);
    }
}

fn when(bad: bool, state: Health) -> Option<Health> {
    bad.then_some(state)
}

/// Looks at the node in a folder, whether it serves or not; reads only.
pub async fn doctor(dir: &Path) -> Vec<Check> {
    let mut checks = Checks::default();
    rights(dir, &mut checks);
    left_behind(dir, &mut checks);
    room(dir, &mut checks);
    let config = match Config::load(dir, &|name| std::env::var(name).ok()) {
        Ok(config) => config,
        Err(error) => {
            checks.failed("config", &error.into());
            return checks.0;
        }
    };
    idle_settings(&config, &mut checks);
    let keys = match NodeKeys::open(dir) {
        Ok(keys) => {
            checks.ok("keys", format!("all there; key {}", short(keys.party_id())));
            keys
        }
        Err(error) => {
            checks.failed("keys", &error.into());
            return checks.0;
        }
    };
    certificate(&keys, &mut checks);
    recovery(dir, &mut checks);
    let place = place::configured(dir, &config);
    let Some(probe) = store(&place, &mut checks).await else { return checks.0 };
    clocks(&probe, &mut checks);
    match look(dir, config, keys, &place).await {
        Ok(node) => {
            if let Err(error) = node.examine_all(&mut checks).await {
                checks.failed("node", &error);
            }
        }
        Err(error) => checks.failed("node", &error),
    }
    checks.0
}

/// Opens a node to look at it.
async fn look(
    dir: &Path,
    config: Config,
    keys: NodeKeys,
    place: &Place,
) -> Result<Node, NodeError> {
    let store: Arc<dyn enlace_store::Store> = match place {
        Place::Folder(folder) => {
            Arc::new(enlace_store::sqlite::SqliteStore::open_read_only(folder)?)
        }
        // The schema is this program's: opening changes nothing.
        server @ Place::Server { .. } => place::open(server).await?,
    };
    place::check_not_moved(store.as_ref()).await?;
    place::check_finished(store.as_ref()).await?;
    Node::to_look_at(dir, config, keys, store, Arc::new(SystemClock)).await
}

/// Nobody else reads the folder or its keys.
fn rights(dir: &Path, checks: &mut Checks) {
    let advice = "take the rights of others away: `chmod -R go= DIR`";
    let mode = |path: &Path| std::fs::metadata(path).ok().map(|m| m.permissions().mode() & 0o777);
    let Some(folder) = mode(dir) else {
        let advice = "name a node folder with `--node`, or make one with `enlace init`";
        return checks.add("rights", Health::Fail, "there is no such folder", advice);
    };
    let mut open = Vec::new();
    let mut look = |path: PathBuf| {
        if mode(&path).is_some_and(|mode| mode & 0o077 != 0) {
            let name = path.strip_prefix(dir).unwrap_or(&path).display().to_string();
            open.push(name);
        }
    };
    look(dir.join("keys"));
    for entry in std::fs::read_dir(dir.join("keys")).into_iter().flatten().flatten() {
        look(entry.path());
    }
    let keys_open = !open.is_empty();
    // Within a folder that is the owner's alone the rights of a file say nothing.
    if folder & 0o077 != 0 {
        for name in ["enlace.db", "blobs"] {
            let path = dir.join(name);
            if mode(&path).is_some_and(|mode| mode & 0o077 != 0) {
                open.push(name.to_owned());
            }
        }
    }
    let bad = when(keys_open, Health::Fail).or(when(!open.is_empty(), Health::Warn));
    let found = match open.is_empty() {
        true => "the owner's alone".to_owned(),
        false => format!("open to others: {}", open.join(", ")),
    };
    checks.judge("rights", bad, found, advice);
}

/// What a restore or an update left.
fn left_behind(dir: &Path, checks: &mut Checks) {
    let staged = restore::staged_in(dir).unwrap_or_default().len();
    let advice = "repeat `enlace restore`, or remove the folders `restoring-…`: they hold data";
    let found = format!("{staged} unfinished");
    checks.judge("restore", when(staged > 0, Health::Warn), found, advice);
}

fn room(dir: &Path, checks: &mut Checks) {
    let Ok(disk) = rustix::fs::statvfs(dir) else {
        return checks.add("disk", Health::Warn, "cannot be asked", "look at it with `df`");
    };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    let bad = when(free < NO_ROOM, Health::Fail).or(when(free < LITTLE_ROOM, Health::Warn));
    checks.judge("disk", bad, format!("{} MiB free", free / MIB), "free space on it");
}

/// Settings that are read and change nothing.
fn idle_settings(config: &Config, checks: &mut Checks) {
    let mut idle = Vec::new();
    if config.store.url.is_empty() && !config.store.blobs.as_os_str().is_empty() {
        idle.push("store.blobs (only with store.url)");
    }
    if config.quota.partner_body_bytes > config.quota.body_bytes {
        idle.push("quota.partner_body_bytes (more than quota.body_bytes)");
    }
    if !config.listen.url.is_empty() && !config.listen.url.starts_with("https://") {
        idle.push("listen.url (partners come by https:// alone)");
    }
    let found = match idle.is_empty() {
        true => "every key that is set does something".to_owned(),
        false => format!("without effect: {}", idle.join(", ")),
    };
    let advice = "mend or remove these keys of enlace.toml";
    checks.judge("config", when(!idle.is_empty(), Health::Warn), found, advice);
}

fn certificate(keys: &NodeKeys, checks: &mut Checks) {
    let now = clock::text(SystemClock.now_us());
    let year: i32 = now.split('-').next().and_then(|year| year.parse().ok()).unwrap_or(0);
    let Some(end) = keys.certificate_ends() else {
        return checks.add("certificate", Health::Warn, "cannot be read", "look at keys/tls.crt");
    };
    let bad = when(end <= year, Health::Fail).or(when(end == year + 1, Health::Warn));
    let advice = "make another with `enlace key compromise`, and tell every partner";
    checks.judge("certificate", bad, format!("ends in January {end}"), advice);
}

fn recovery(dir: &Path, checks: &mut Checks) {
    let there = dir.join("keys").join("recovery.key").exists();
    let found = if there { "still beside the other keys" } else { "not here" };
    let advice = "move keys/recovery.key to a safe place offline";
    checks.judge("recovery-key", when(there, Health::Warn), found, advice);
}

/// Whether the store can be looked at, and by this program.
async fn store(place: &Place, checks: &mut Checks) -> Option<Probe> {
    let probe = match probe::look(place).await {
        Ok(probe) => probe,
        Err(error) => {
            checks.failed("store", &error.into());
            return None;
        }
    };
    let kind = match place {
        Place::Folder(_) => "SQLite in the node's folder",
        Place::Server { .. } => "PostgreSQL",
    };
    checks.ok("store", kind);
    server(&probe, checks);
    let (schema, known) = (probe.schema.unwrap_or_default(), probe.known);
    let bad = when(schema < known, Health::Warn);
    let advice = "back up, then start the node: it brings the schema up to date";
    checks.judge("schema", bad, format!("{schema} of {known}"), advice);
    if bad.is_some() {
        return None;
    }
    let found = format!("{} wrong", probe.wrong_heads);
    let advice = "stop the node and run `enlace fsck`";
    checks.judge("heads", when(probe.wrong_heads > 0, Health::Fail), found, advice);
    Some(probe)
}

/// Whether a server keeps what it acknowledges.
fn server(probe: &Probe, checks: &mut Checks) {
    for (name, value) in &probe.settings {
        let found = format!("{name} = {value}");
        match name.as_str() {
            "server_version_num" => {
                let old = value.parse::<u32>().unwrap_or(0) < 150_000;
                checks.judge("server", when(old, Health::Fail), found, "PostgreSQL 15 or later");
            }
            probe::WAY => checks.ok("server", found),
            "synchronous_commit" => {
                let lax = value == "off" || value == "local";
                let advice = "set it to `on`: the node overrules it, other clients do not";
                checks.judge("server", when(lax, Health::Warn), found, advice);
            }
            _ => {
                let advice = "turn it on: without it a power cut loses what was acknowledged";
                checks.judge("server", when(value != "on", Health::Fail), found, advice);
            }
        }
    }
}

/// The clock against the dates that were given out.
fn clocks(probe: &Probe, checks: &mut Checks) {
    let ahead = probe.last_added_us.unwrap_or(0).saturating_sub(SystemClock.now_us());
    let found = match ahead > 0 {
        true => format!("dates that were given out are {} s ahead of it", ahead / 1_000_000),
        false => "not behind what was given out".to_owned(),
    };
    let advice = "set the clock: it is behind, or was ahead before";
    checks.judge("clock", when(ahead > AHEAD_US, Health::Fail), found, advice);
}

fn short(key: &str) -> String {
    key.chars().take(16).collect()
}

/// Days since an instant, as text says it.
fn days_since(text: &str, now_us: i64) -> i64 {
    let at = text.parse::<Timestamp>().map_or(0, |at| at.micros());
    now_us.saturating_sub(at) / DAY_US
}

impl Node {
    /// What an open node tells of itself.
    async fn examine_all(&self, checks: &mut Checks) -> Result<(), NodeError> {
        self.examine_log(checks).await?;
        self.examine_epoch(checks).await?;
        self.examine_listeners(checks).await;
        self.examine_partners(checks).await?;
        self.examine_agreements(checks).await?;
        self.examine_waiting(checks).await?;
        self.examine_feeds(checks).await?;
        self.examine_backups(checks).await
    }

    /// The last entry of the log against the clock, and its checkpoint against our key.
    async fn examine_log(&self, checks: &mut Checks) -> Result<(), NodeError> {
        let state = self.store.log(NODE_LOG).await?;
        let last = self.store.log_entries(NODE_LOG, state.size.saturating_sub(1), 1).await?;
        let opened = last.first().and_then(|e| entry::open(&e.entry, e.record.as_deref()).ok());
        let at = opened.as_ref().and_then(|o| o.fields.get("at")).and_then(Value::as_str);
        let at_us = at.and_then(|at| at.parse::<Timestamp>().ok()).map_or(0, |at| at.micros());
        let ahead = at_us.saturating_sub(self.now_us());
        let advice = "set the clock: it is behind, or was ahead before";
        let found = format!("{} entries", state.size);
        checks.judge("log", when(ahead > AHEAD_US, Health::Fail), found, advice);
        let Some(kept) = self.store.checkpoints(NODE_LOG, 1).await?.into_iter().next() else {
            return Ok(());
        };
        let key: Result<VerifierKey, _> = self.keys.log_verifier_key().parse();
        let ours = key.is_ok_and(|key| Checkpoint::open(&kept.note, &[key]).is_ok());
        let advice = "the key folder is not this store's: restore both from one backup";
        let found = if ours { "sign what the store holds" } else { "did not sign the log" };
        checks.judge("keys-of-store", when(!ours, Health::Fail), found, advice);
        Ok(())
    }

    async fn examine_epoch(&self, checks: &mut Checks) -> Result<(), NodeError> {
        match &self.epoch {
            None => checks.ok("epoch", "the first: never restored"),
            Some(epoch) => {
                let (tag, made, opened) = (&epoch.tag, &epoch.made, &epoch.opened);
                checks.ok("epoch", format!("{tag}, of a backup of {made}, since {opened}"));
            }
        }
        let mut resting = Vec::new();
        for (key_id, partner) in self.partners().await? {
            if self.resting.has(&key_id) {
                resting.push(partner.name);
            }
        }
        if !resting.is_empty() {
            let advice = "`enlace partner resume NAME`: until then nothing passes";
            checks.add("channel", Health::Warn, format!("resting: {}", resting.join(", ")), advice);
        }
        Ok(())
    }

    /// Each address is free, or this very node answers there.
    async fn examine_listeners(&self, checks: &mut Checks) {
        let listen = &self.config.listen;
        let served = self.answers_itself(listen.partners).await;
        for (check, address) in [("pages", listen.pages), ("partners", listen.partners)] {
            match TcpListener::bind(address) {
                Ok(_) => checks.ok(check, format!("{address} is free: this node does not serve")),
                Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                    let advice = "stop what listens there, or set another address in enlace.toml";
                    let found = match served {
                        true => format!("this node serves at {address}"),
                        false => format!("something else listens at {address}"),
                    };
                    checks.judge(check, when(!served, Health::Fail), found, advice);
                }
                Err(error) => {
                    let advice = "set an address of this machine in enlace.toml";
                    checks.add(check, Health::Fail, format!("{address}: {error}"), advice);
                }
            }
        }
    }

    /// Whether the holder of our own TLS key answers at an address.
    async fn answers_itself(&self, address: SocketAddr) -> bool {
        let Ok(mut card) = self.card() else { return false };
        card.url = format!("https://{address}");
        let Ok(tls) = enlace_keys::partner_client_config(&self.keys, self.keys.tls_sha256()) else {
            return false;
        };
        let answer = self.wire_by(&card, tls);
        answer.ask("/healthz", None).await.is_ok_and(|answer| answer.status.is_success())
    }

    async fn examine_partners(&self, checks: &mut Checks) -> Result<(), NodeError> {
        let now_us = self.now_us();
        for (key_id, partner) in self.partners().await?.into_iter().filter(|(_, p)| !p.revoked) {
            let round = self.partner_round(&Actor::console(), &key_id).await?;
            let name = &partner.name;
            let (bad, found) = match (&round.good, &round.fault) {
                (_, Some((at, code))) => (true, format!("{name}: failed at {at} ({code})")),
                (Some((at, _)), None) => {
                    (days_since(at, now_us) >= LONG_DAYS, format!("{name}: last at {at}"))
                }
                (None, None) => (true, format!("{name}: never")),
            };
            let advice = "`enlace partner sync NAME`, and read what it says";
            checks.judge("sync", when(bad, Health::Warn), found, advice);
        }
        Ok(())
    }

    async fn examine_agreements(&self, checks: &mut Checks) -> Result<(), NodeError> {
        Actor::console().require(Action::AgreementView)?;
        for line in self.agreement_list(&Actor::console()).await? {
            if line.state != "active" || line.days_left > SOON_DAYS {
                continue;
            }
            let found = format!("{} ends in {} days", line.title, line.days_left);
            let advice = "renew it in time: `enlace agreement amend`";
            checks.add("agreement", Health::Warn, found, advice);
        }
        Ok(())
    }

    /// Feeds that fail or that nobody runs.
    async fn examine_feeds(&self, checks: &mut Checks) -> Result<(), NodeError> {
        let all = self.feeds().await?.len();
        let [failing, late] = self.feeds_in_trouble(&Actor::console()).await?;
        let found = format!("{all} feeds, {failing} failing, {late} silent for too long");
        let advice = "`enlace feed list` says why; `enlace serve` runs them";
        checks.judge("feeds", when(failing + late > 0, Health::Warn), found, advice);
        Ok(())
    }

    /// Messages, jobs and objects set aside.
    async fn examine_waiting(&self, checks: &mut Checks) -> Result<(), NodeError> {
        let now_us = self.now_us();
        let query = RecordQuery { bucket: Bucket::OUTBOX, limit: 100_000, ..Default::default() };
        let waiting = self.store.records(query).await?;
        let tried = |record: &&enlace_store::Record| {
            let message: Option<Value> = serde_json::from_str(&record.body).ok();
            let attempts = message.as_ref().and_then(|m| m.get("attempts")).and_then(Value::as_u64);
            attempts.unwrap_or(0) >= 8
        };
        let stuck = waiting.iter().filter(tried).count();
        let found = format!("{} waiting, {stuck} of them tried often", waiting.len());
        let advice = "`enlace partner sync`: the partner is away or refuses";
        checks.judge("outbox", when(stuck > 0, Health::Warn), found, advice);
        let mut late = 0;
        for bucket in [Bucket::RETENTION, Bucket::KEPT_UNTIL, Bucket::UPDATE] {
            let due_before_us = Some(now_us.saturating_sub(LATE_US));
            let query = RecordQuery { bucket, due_before_us, limit: 10_000, ..Default::default() };
            late += self.store.records(query).await?.len();
        }
        let advice = "start `enlace serve`: it does them, and says why where it cannot";
        checks.judge("jobs", when(late > 0, Health::Warn), format!("{late} overdue"), advice);
        let aside = self.store.stats().await?.quarantined;
        let advice = "look at what is set aside and why";
        let bad = when(aside > MANY_ASIDE, Health::Warn);
        checks.judge("quarantine", bad, format!("{aside} set aside"), advice);
        Ok(())
    }

    /// The last backup, and whether the list of erasures is beside each that is there.
    async fn examine_backups(&self, checks: &mut Checks) -> Result<(), NodeError> {
        let backups = self.backups().await?;
        let advice = "`enlace backup FILE`, every day, and keep it on another machine";
        let Some(last) = backups.first() else {
            checks.add("backup", Health::Warn, "none was ever made", advice);
            return Ok(());
        };
        let days = self.now_us().saturating_sub(last.at_us) / DAY_US;
        let found = format!("the last one was made {days} days ago");
        checks.judge("backup", when(days >= LONG_DAYS, Health::Warn), found, advice);
        let (behind, folders) = self.stale_erasures().await?;
        let found = format!("{behind} of {folders} folders without the list of today");
        let advice =
            "make them writable: the next act writes it there; or `enlace backup` into them";
        checks.judge("erasures", when(behind > 0, Health::Warn), found, advice);
        Ok(())
    }
}
