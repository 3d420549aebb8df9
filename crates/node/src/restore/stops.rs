//! What a list says beside erasures and recalls (`gone_since.rs`), done again in a restored node.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use enlace_store::{Batch, MemberQuery, ObjectState, VersionFilter, Write};

use crate::account::{Account, TokenRecord};
use crate::agreement_stop::Silence;
use crate::gone::GoneNames;
use crate::plain::Grant;
use crate::recall_answer::Why;
use crate::record::{self, Bucket};
use crate::{Actor, Node, NodeError, clock};

/// Rows that are written or read at once.
const CHUNK: usize = 1_000;

/// What the rows of a backup are called in the list.
#[derive(Default)]
pub(super) struct Named {
    wanted: HashSet<String>,
    objects: HashMap<String, String>,
    versions: HashMap<String, [String; 3]>,
    twins: HashMap<String, Vec<[String; 3]>>,
}

impl Named {
    pub(super) fn of(names: &GoneNames) -> Self {
        let kinds = ["h ", "l ", "r ", "c "];
        let some = names.lines.iter().filter(|line| kinds.iter().any(|k| line.starts_with(k)));
        let wanted = some.filter_map(|line| Some(line.rsplit_once(' ')?.1.to_owned())).collect();
        Self { wanted, ..Self::default() }
    }

    pub(super) fn version(&mut self, names: &GoneNames, row: [&str; 3]) {
        if self.wanted.is_empty() {
            return;
        }
        let [channel, id, version] = row;
        let object = names.name("object", &[id]);
        if self.wanted.contains(&object) {
            self.objects.insert(object, id.to_owned());
        }
        let restricted = names.restricted(channel, id, version);
        if self.wanted.contains(&restricted) {
            self.versions.insert(restricted, row.map(str::to_owned));
        }
    }

    pub(super) fn twin(&mut self, names: &GoneNames, row: [&str; 3], twin: &str) {
        if self.wanted.is_empty() {
            return;
        }
        let name = names.corrected(row[0], twin);
        if self.wanted.contains(&name) {
            self.twins.entry(name).or_default().push(row.map(str::to_owned));
        }
    }
}

/// The words of the lines of a kind.
fn lines<'a>(names: &'a GoneNames, kind: &'a str) -> impl Iterator<Item = Vec<&'a str>> {
    let words = |line: &'a String| line.split(' ').collect::<Vec<_>>();
    names.lines.iter().map(words).filter(move |words| words.first() == Some(&kind))
}

/// The names in the lines of a kind.
fn named<'a>(names: &'a GoneNames, kind: &'a str) -> HashSet<&'a str> {
    lines(names, kind).filter_map(|words| words.last().copied()).collect()
}

impl Node {
    /// Stops again what was stopped after a backup that was begun at `made`; answers how much that
    /// was. Who was signed in is signed out: a session of before may have been ended since.
    pub(super) async fn stop_again(
        &self,
        names: &GoneNames,
        rows: &Named,
        made: &str,
    ) -> Result<usize, NodeError> {
        for bucket in [Bucket::SESSION, Bucket::LINK] {
            let delete = |kept: enlace_store::Record| Write::Delete { bucket, key: kept.key };
            let all = self.all_of(bucket).await?;
            self.write_all(all.into_iter().map(delete).collect()).await?;
        }
        let mut stopped = self.revoke_again(names).await?;
        stopped += self.forget_passwords(names, made).await?;
        stopped += self.narrow_grants(names, made).await?;
        stopped += self.rest_again(names).await?;
        stopped += self.hold_again(names, rows).await?;
        stopped += self.restrict_again(names, rows).await?;
        stopped += self.withdraw_again(names, rows, made).await?;
        Ok(stopped)
    }

    /// Takes warnings of danger back that were taken back since: what waited must not leave. Answers
    /// those that people have to see to.
    pub(super) async fn take_warnings_back(
        &self,
        names: &GoneNames,
    ) -> Result<Vec<String>, NodeError> {
        let (warnings, mut left) = (named(names, "d"), Vec::new());
        for kept in self.all_of(Bucket::DANGER).await? {
            if !warnings.contains(names.name("warning", &[&kept.key]).as_str()) {
                continue;
            }
            if self.danger_recall_again(&kept.key).await.is_err() {
                left.push(kept.key);
            }
        }
        Ok(left)
    }

    async fn write_all(&self, writes: Vec<Write>) -> Result<usize, NodeError> {
        for some in writes.chunks(CHUNK) {
            self.store.commit(Batch { guards: vec![], writes: some.to_vec() }).await?;
        }
        Ok(writes.len())
    }

    /// Tokens, accounts and partners.
    async fn revoke_again(&self, names: &GoneNames) -> Result<usize, NodeError> {
        let (tokens, accounts) = (named(names, "k"), named(names, "a"));
        let mut writes = Vec::new();
        for kept in self.all_of(Bucket::TOKEN).await? {
            let token: TokenRecord = record::read(&kept)?;
            if tokens.contains(names.token(&token.holder, &token.begins).as_str()) {
                writes.push(Write::Delete { bucket: Bucket::TOKEN, key: kept.key });
            }
        }
        for kept in self.all_of(Bucket::ACCOUNT).await? {
            if accounts.contains(names.name("account", &[&kept.key]).as_str()) {
                let account: Account = record::read(&kept)?;
                let account = account.disabled();
                writes.push(record::put(Bucket::ACCOUNT, &kept.key, &account, None)?);
            }
        }
        let mut stopped = self.write_all(writes).await?;
        let partners = named(names, "p");
        for (key, _) in self.partners().await?.into_iter().filter(|(_, p)| !p.revoked) {
            if partners.contains(names.name("partner", &[&key]).as_str()) {
                self.partner_revoke(&Actor::console(), &key).await?;
                stopped += 1;
            }
        }
        Ok(stopped)
    }

    /// Passwords that were changed since: that of the backup may be known to who should not have it,
    /// and the new one is not in it. Nobody knows what stands there until an administrator sets one.
    async fn forget_passwords(&self, names: &GoneNames, made: &str) -> Result<usize, NodeError> {
        let later = |words: &Vec<&str>| words.get(1).is_some_and(|at| *at > made);
        let changed: HashSet<&str> =
            lines(names, "w").filter(later).filter_map(|words| words.last().copied()).collect();
        let mut writes = Vec::new();
        for kept in self.all_of(Bucket::ACCOUNT).await? {
            if changed.contains(names.name("account", &[&kept.key]).as_str()) {
                let mut account: Account = record::read(&kept)?;
                let random = hex::encode(clock::random::<32>()?).into();
                account.password_hash = self.passwords.hash(&random).await?;
                writes.push(record::put(Bucket::ACCOUNT, &kept.key, &account, None)?);
            }
        }
        self.write_all(writes).await
    }

    /// Rights to plain collections that were taken since.
    async fn narrow_grants(&self, names: &GoneNames, made: &str) -> Result<usize, NodeError> {
        // Lines are sorted by time: the last one counts.
        let mut last = HashMap::new();
        for words in lines(names, "g") {
            if let [_, at, rights, name] = words[..]
                && at > made
            {
                last.insert(name, rights);
            }
        }
        let mut writes = Vec::new();
        for kept in self.all_of(Bucket::PLAIN_GRANT).await? {
            let Some((account, collection)) = kept.key.split_once('/') else { continue };
            let name = names.grant(account, collection);
            let Some(rights) = last.get(name.as_str()) else { continue };
            let had: Grant = record::read(&kept)?;
            let has = Grant {
                read: had.read && rights.contains('r'),
                write: had.write && rights.contains('w'),
            };
            let bucket = Bucket::PLAIN_GRANT;
            match has == Grant::default() {
                true => writes.push(Write::Delete { bucket, key: kept.key }),
                false if has != had => writes.push(record::put(bucket, &kept.key, &has, None)?),
                false => {}
            }
        }
        self.write_all(writes).await
    }

    /// Lineages; in silence, also where it was said aloud: what was said is not in the backup.
    async fn rest_again(&self, names: &GoneNames) -> Result<usize, NodeError> {
        let stopped = named(names, "s");
        let resting = self.resting_lineages().await?;
        let all: BTreeSet<String> =
            self.standings().await?.into_iter().map(|s| s.agreement.lineage.clone()).collect();
        let mut writes = Vec::new();
        for lineage in all.difference(&resting) {
            if stopped.contains(names.name("lineage", &[lineage]).as_str()) {
                let by = Actor::console().account().to_owned();
                let silence = Silence { by, at_us: self.now_us(), ground: None };
                writes.push(record::put(Bucket::SILENCE, lineage, &silence, None)?);
            }
        }
        self.write_all(writes).await
    }

    /// Holds, for who placed them.
    async fn hold_again(&self, names: &GoneNames, rows: &Named) -> Result<usize, NodeError> {
        let mut accounts = HashMap::new();
        for kept in self.all_of(Bucket::ACCOUNT).await? {
            accounts.insert(names.name("account", &[&kept.key]), kept.key);
        }
        let mut by = HashMap::new();
        for words in lines(names, "o") {
            if let [_, hold, account] = words[..] {
                by.insert(hold, accounts.get(account));
            }
        }
        let mut holds: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for words in lines(names, "h") {
            if let [_, hold, object] = words[..]
                && let Some(object) = rows.objects.get(object)
            {
                holds.entry(hold).or_default().insert(object.clone());
            }
        }
        let mut stopped = 0;
        for (hold, objects) in holds {
            if self.store.record(Bucket::HOLD, hold).await?.is_some() {
                continue;
            }
            let console = Actor::console().account().to_owned();
            let by = by.get(hold).copied().flatten().cloned().unwrap_or(console);
            self.write_all(self.hold_of(hold, by, objects)?).await?;
            stopped += 1;
        }
        if stopped > 0 {
            self.withdraw_unseen().await?;
        }
        Ok(stopped)
    }

    /// Legal holds, and what is restricted under them.
    async fn restrict_again(&self, names: &GoneNames, rows: &Named) -> Result<usize, NodeError> {
        let mut writes = Vec::new();
        for words in lines(names, "l") {
            if let [_, hold, ground, object] = words[..]
                && let Some(object) = rows.objects.get(object)
            {
                let key = format!("{object}/{hold}");
                if self.store.record(Bucket::LEGAL_HOLD, &key).await?.is_none() {
                    writes.push(self.legal_hold_of(&key, ground)?);
                }
            }
        }
        let mut agreements = HashMap::new();
        for standing in self.standings().await? {
            let id = standing.agreement.id.to_string();
            agreements.insert(names.name("agreement", &[&id]), id);
        }
        for words in lines(names, "r") {
            let [_, why, agreement, version] = words[..] else { continue };
            let Some([channel, id, version]) = rows.versions.get(version) else { continue };
            let (channel, id) = (channel.clone(), id.clone());
            let why: Option<Why> = serde_json::from_value(why.into()).ok();
            if let (Some(why), Some(agreement)) = (why, agreements.get(agreement)) {
                writes.push(self.restriction_of(&channel, &id, agreement, why)?);
            }
            let (version, state) = (Some(version.clone()), ObjectState::Restricted);
            writes.push(Write::State { channel, id, version, state });
        }
        self.write_all(writes).await
    }

    /// Members of collections: what a correction withdrew and what a tool deleted.
    async fn withdraw_again(
        &self,
        names: &GoneNames,
        rows: &Named,
        made: &str,
    ) -> Result<usize, NodeError> {
        let since = |kind| {
            let later = |words: &Vec<&str>| words.get(1).is_some_and(|at| *at > made);
            lines(names, kind).filter(later).filter_map(|words| words.last().copied())
        };
        let mut writes = Vec::new();
        for [partner, lineage, original] in
            since("c").filter_map(|name| rows.twins.get(name)).flatten()
        {
            if let Some(twin) = self.store.twin(partner, lineage, original).await? {
                let (collection, id) = (twin.collection, twin.twin);
                writes.push(Write::Withdraw { collection, id });
            }
        }
        let mut stopped = self.write_all(writes).await?;
        let deleted: HashSet<&str> = since("x").collect();
        if deleted.is_empty() {
            return Ok(stopped);
        }
        for kept in self.all_of(Bucket::PLAIN).await? {
            stopped += self.delete_again(names, &kept.key, &deleted).await?;
        }
        Ok(stopped)
    }

    async fn delete_again(
        &self,
        names: &GoneNames,
        collection: &str,
        deleted: &HashSet<&str>,
    ) -> Result<usize, NodeError> {
        let mut ask = MemberQuery {
            collection: collection.to_owned(),
            versions: vec![VersionFilter::All],
            without_bodies: true,
            limit: CHUNK,
            ..MemberQuery::default()
        };
        let mut stopped = 0;
        loop {
            let page = self.store.members(ask.clone()).await?;
            ask.after_seq = page.members.last().map(|member| member.seq);
            let is_gone = |member: &&enlace_store::Member| {
                let name = names.member(collection, &member.id, &member.version);
                deleted.contains(name.as_str())
            };
            let seqs: Vec<i64> = page.members.iter().filter(is_gone).map(|m| m.seq).collect();
            if !seqs.is_empty() {
                stopped += seqs.len();
                let collection = collection.to_owned();
                self.write_all(vec![Write::WithdrawVersions { collection, seqs }]).await?;
            }
            if !page.more {
                return Ok(stopped);
            }
        }
    }
}
