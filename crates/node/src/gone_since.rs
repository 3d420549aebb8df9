//! What the list says beside erasures and recalls: stops that stand now, and what was taken back by
//! acts that leave no row behind. A restore does all of it again (`restore/stops.rs`).
//!
//! Stops are read from the store as they are. The rest is read from the node log, each entry once:
//! no use case has to note it, so none forgets.
//!
//! ```text
//! p <partner>                      a partner that was cut off
//! s <lineage>                      a lineage that rests or is over by our word
//! a <account>                      an account that is disabled
//! h <hold> <object>                an object that is held back
//! o <hold> <account>               who placed the hold
//! l <hold> <ground> <object>       an object under a legal hold
//! r <why> <agreement> <version>    a version that is restricted under one
//! k <token>                        a token that was revoked
//! x <time> <member>                a version that was deleted from a plain collection
//! g <time> <rights> <grant>        what an account may do with a plain collection from then on
//! w <time> <account>               an account whose password was changed
//! c <time> <twin>                  a twin whose versions before a correction were withdrawn
//! d <warning>                      a warning of danger that was taken back
//! ```
//!
//! The last word of a line is a keyed hash, as are agreements; ids of holds are random and stand
//! as they are.

use std::collections::{BTreeMap, BTreeSet};

use enlace_ledger::entry;
use enlace_policy::{AgreementState, Said};
use enlace_store::Batch;
use serde_json::Value;

use crate::gone::GoneNames;
use crate::ledger_log::NODE_LOG;
use crate::record::{self, Bucket};
use crate::standing::{Heard, rests};
use crate::{Node, NodeError};

/// Key of the record that says how far the node log was read.
const READ: &str = "gone-read";
/// Entries that are read at once.
const ENTRIES: usize = 1_000;
/// Lines that no state of the store shows; a restored store keeps them. The others follow from what
/// the restore did.
const KEPT: [&str; 8] = ["v", "t", "k", "x", "g", "w", "c", "d"];

/// Whether a restored store has to remember a line.
pub(crate) fn is_kept(line: &str) -> bool {
    line.split_once(' ').is_some_and(|(kind, _)| KEPT.contains(&kind))
}

impl GoneNames {
    /// The name of a token by its holder and how it begins.
    pub(crate) fn token(&self, holder: &str, begins: &str) -> String {
        self.name("token", &[holder, begins])
    }

    /// The name of a version in a plain collection.
    pub(crate) fn member(&self, collection: &str, id: &str, version: &str) -> String {
        self.name("member", &[collection, id, version])
    }

    /// The name of what an account may do with a collection.
    pub(crate) fn grant(&self, account: &str, collection: &str) -> String {
        self.name("grant", &[account, collection])
    }

    /// The name of a twin at a partner, under whatever agreement.
    pub(crate) fn corrected(&self, partner: &str, twin: &str) -> String {
        self.name("corrected", &[partner, twin])
    }

    /// The name of a version that is restricted.
    pub(crate) fn restricted(&self, channel: &str, id: &str, version: &str) -> String {
        self.name("restricted", &[channel, id, version])
    }

    /// The lines of an act in the node log.
    fn lines_of(&self, fields: &BTreeMap<String, Value>) -> Vec<String> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        let at = text("at");
        match text("act") {
            "partner-token-revoked" => {
                vec![format!("k {}", self.token(text("partner"), text("begins")))]
            }
            "token-revoked" => vec![format!("k {}", self.token(text("account"), text("begins")))],
            "plain-deleted" => {
                let versions = fields.get("versions").and_then(Value::as_array);
                let versions = versions.into_iter().flatten().filter_map(Value::as_str);
                let name = |version| self.member(text("collection"), text("object"), version);
                versions.map(|version| format!("x {at} {}", name(version))).collect()
            }
            "plain-granted" => {
                let may = |right: &str| fields.get(right).and_then(Value::as_bool) == Some(true);
                let rights = match (may("read"), may("write")) {
                    (true, true) => "rw",
                    (true, false) => "r-",
                    (false, true) => "-w",
                    (false, false) => "--",
                };
                let name = self.grant(text("account"), text("collection"));
                vec![format!("g {at} {rights} {name}")]
            }
            "password-changed" => {
                vec![format!("w {at} {}", self.name("account", &[text("account")]))]
            }
            "correction" => {
                vec![format!("c {at} {}", self.corrected(text("partner"), text("object")))]
            }
            "danger-recalled" => vec![format!("d {}", self.name("warning", &[text("warning")]))],
            _ => Vec::new(),
        }
    }
}

impl Node {
    /// Keeps the lines of what the node log says beyond where it was read.
    pub(crate) async fn note_what_went(&self) -> Result<(), NodeError> {
        let (lines, to) = self.unread().await?;
        let lines: Vec<&String> = lines.iter().collect();
        for some in lines.chunks(ENTRIES) {
            let keep = |line: &&String| record::put(Bucket::GONE, line, &(), None);
            let writes = some.iter().map(keep).collect::<Result<_, _>>()?;
            self.store.commit(Batch { guards: vec![], writes }).await?;
        }
        // Last: of a crash between, the same lines are written again.
        let writes = vec![record::put(Bucket::NODE, READ, &to, None)?];
        self.store.commit(Batch { guards: vec![], writes }).await?;
        Ok(())
    }

    /// The lines of acts that were not noted yet, and the size of the log with them.
    pub(crate) async fn unread(&self) -> Result<(BTreeSet<String>, u64), NodeError> {
        let (names, mut lines) = (GoneNames::of(&self.keys), BTreeSet::new());
        let kept = self.store.record(Bucket::NODE, READ).await?;
        let mut from: u64 = kept.as_ref().map(record::read).transpose()?.unwrap_or_default();
        loop {
            let entries = self.store.log_entries(NODE_LOG, from, ENTRIES).await?;
            if entries.is_empty() {
                return Ok((lines, from));
            }
            from = from.saturating_add(entries.len() as u64);
            for entry in &entries {
                if let Ok(opened) = entry::open(&entry.entry, entry.record.as_deref()) {
                    lines.extend(names.lines_of(&opened.fields));
                }
            }
        }
    }

    /// Adds the lines of what is stopped now.
    pub(crate) async fn add_stops(&self, names: &mut GoneNames) -> Result<(), NodeError> {
        let mut lines = Vec::new();
        for (partner, _) in self.partners().await?.into_iter().filter(|(_, p)| p.revoked) {
            lines.push(format!("p {}", names.name("partner", &[&partner])));
        }
        for lineage in self.resting_lineages().await? {
            lines.push(format!("s {}", names.name("lineage", &[&lineage])));
        }
        for account in self.disabled_accounts().await? {
            lines.push(format!("a {}", names.name("account", &[&account])));
        }
        for (hold, by, objects) in self.holds().await? {
            lines.push(format!("o {hold} {}", names.name("account", &[&by])));
            let line = |object| format!("h {hold} {}", names.name("object", &[object]));
            lines.extend(objects.iter().map(|object| line(object)));
        }
        for (object, hold, ground) in self.legal_holds().await? {
            lines.push(format!("l {hold} {ground} {}", names.name("object", &[&object])));
        }
        for kept in self.restricted_versions().await? {
            let agreement = names.name("agreement", &[&kept.agreement]);
            let version = names.restricted(&kept.channel, &kept.id, &kept.version);
            lines.push(format!("r {} {agreement} {version}", kept.why.name()));
        }
        names.lines.extend(lines);
        Ok(())
    }

    /// Lineages under which nothing leaves because we said so.
    pub(crate) async fn resting_lineages(&self) -> Result<BTreeSet<String>, NodeError> {
        let mut resting: BTreeSet<String> = self.silences().await?.into_keys().collect();
        let (mut ended, mut goes_on) = (BTreeSet::new(), BTreeSet::new());
        for standing in self.standings().await? {
            let lineage = standing.agreement.lineage.clone();
            let says =
                |h: &Heard| h.statement.by == self.key_id() && h.statement.said == Said::Terminated;
            if standing.agreed == AgreementState::Terminated {
                // What a partner said comes again with its papers.
                if standing.statements.iter().any(says) {
                    ended.insert(lineage);
                }
                continue;
            }
            goes_on.insert(lineage.clone());
            // Also what begins later: nobody would say it again.
            if rests(&standing, self.key_id(), i64::MAX) {
                resting.insert(lineage);
            }
        }
        resting.extend(ended.difference(&goes_on).cloned());
        Ok(resting)
    }
}
