//! Records of releases after a recall that the partner must not notice: made anew without what went.

use std::collections::BTreeSet;

use enlace_release::{Record, Released, sealed_under};
use enlace_stix::Timestamp;
use enlace_store::{Guard, Member, Twin, Write};

use crate::recall_refs::Without;
use crate::record::{self, Bucket};
use crate::release::Release;
use crate::standing::Standing;
use crate::{Actor, Node, NodeError, clock};

/// What takes the place of records that listed something, and what must still hold for it.
#[derive(Default)]
pub(crate) struct Unlisted {
    pub(crate) guards: Vec<Guard>,
    pub(crate) writes: Vec<Write>,
    /// Sequences of what is withdrawn.
    pub(crate) seqs: BTreeSet<i64>,
}

/// A release whose record comes anew.
struct Relisted {
    key: String,
    release: Release,
    /// As it was read.
    kept: enlace_store::Record,
    record: String,
    /// What it lists from now on.
    rest: Vec<Released>,
    /// Whether all of it stands in one version that nobody fetched.
    fresh: bool,
    /// The agreement of what it lists; `None` = it lists nothing.
    standing: Option<Standing>,
}

impl Node {
    /// The writes that replace each record listing a twin by one without it and without what goes
    /// with it, or `None` if the partner has such a record.
    pub(crate) async fn unlist(
        &self,
        actor: &Actor,
        twin: &Twin,
        without: &Without,
    ) -> Result<Option<Unlisted>, NodeError> {
        let names = |listed: &str| listed == twin.twin;
        let (mut relisted, mut others) = (Vec::new(), Vec::new());
        for (key, release) in self.releases().await? {
            let (Some(record), true) = (release.record.clone(), release.published_beside(twin))
            else {
                continue;
            };
            let mut listed = release.twins.iter().map(|(_, listed)| listed.as_str());
            if !listed.any(|listed| names(listed) || without.concerns(listed)) {
                others.push((release.sent.map(|step| step.at_us), key));
            } else if !self.record_fetched(&release, &record).await? {
                relisted.push(self.relisted(key, twin, without).await?);
            } else if release.twins.iter().any(|(_, listed)| names(listed)) {
                return Ok(None);
            }
        }
        others.sort();
        self.join_bare(twin, without, &mut relisted, others).await?;
        let (mut unlisted, mut done) = (Unlisted::default(), BTreeSet::new());
        for one in relisted {
            self.list_anew(one, &twin.collection, without, &mut done, &mut unlisted).await?;
        }
        let writes = &mut unlisted.writes;
        for (id, (changed, form)) in &without.changed {
            if !done.contains(id) {
                writes.extend(self.published_alone(actor, changed, form).await?);
            }
            let modified = form.modified().unwrap_or(&changed.modified).to_owned();
            let content_hash = form.content_hash().to_owned();
            writes.push(Write::Twin(Box::new(Twin { modified, content_hash, ..changed.clone() })));
        }
        Ok(Some(unlisted))
    }

    /// A release without a twin and without what goes with it; its record was not fetched.
    async fn relisted(
        &self,
        key: String,
        twin: &Twin,
        without: &Without,
    ) -> Result<Relisted, NodeError> {
        let (kept, release) = self.release(&key).await?;
        let record = release.record.clone().unwrap_or_default();
        let (mut rest, mut standing, mut fresh) = (Vec::new(), None, true);
        let stays = |listed: &str| listed != twin.twin && !without.takes(listed);
        for (_, listed) in release.twins.iter().filter(|(_, listed)| stays(listed)) {
            let mut members = self.members_of(&twin.collection, listed).await?;
            fresh &= members.len() == 1 && members.iter().all(|m| m.fetched_us.is_none());
            // What came since under an amendment is listed by the record that it came with.
            let under = |m: &Member| sealed_under(&m.body).as_ref() == Some(&release.agreement);
            members.retain(under);
            let Some(member) = members.pop() else { continue };
            let (released, under) = self.opened(&twin.partner, &member.body).await?;
            rest.push(without.changed.get(listed).map_or(released, |(_, r)| r.clone()));
            standing = Some(under);
        }
        Ok(Relisted { key, release, kept, record, rest, fresh, standing })
    }

    /// A record that lists nothing but our identity and markings would tell that it listed more:
    /// the first of the other releases of which nobody fetched the record lists them, as if they
    /// had come with it. `others`: the releases that list nothing of what goes, as they were sent.
    async fn join_bare(
        &self,
        twin: &Twin,
        without: &Without,
        relisted: &mut Vec<Relisted>,
        others: Vec<(Option<i64>, String)>,
    ) -> Result<(), NodeError> {
        let is_bare = |one: &Relisted| {
            let is_beside = |listed: &Released| {
                let mut twins = one.release.twins.iter();
                twins.any(|(o, t)| t == listed.id().as_str() && self.is_beside(o))
            };
            !one.rest.is_empty() && one.rest.iter().all(is_beside)
        };
        let under = |one: &Relisted| one.standing.as_ref().map(|s| s.agreement.id.to_string());
        let (bare, mut full): (Vec<_>, Vec<_>) =
            std::mem::take(relisted).into_iter().partition(is_bare);
        let mut others = others.into_iter();
        for mut one in bare {
            let same = |other: &Relisted| !other.rest.is_empty() && under(other) == under(&one);
            while !full.iter().any(same) {
                let Some((_, key)) = others.next() else { break };
                let other = self.relisted(key, twin, without).await?;
                let seen = self.record_fetched(&other.release, &other.record).await?;
                if !seen && !is_bare(&other) && same(&other) {
                    full.push(other);
                }
            }
            if let Some(other) = full.iter_mut().find(|other| same(other)) {
                let moved: BTreeSet<&str> = one.rest.iter().map(|r| r.id().as_str()).collect();
                let (moved, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut one.release.twins)
                    .into_iter()
                    .partition(|(_, listed)| moved.contains(listed.as_str()));
                one.release.twins = kept;
                other.release.twins.extend(moved);
                other.rest.append(&mut one.rest);
                other.fresh &= one.fresh;
            }
            full.push(one);
        }
        *relisted = full;
        Ok(())
    }

    /// The writes that publish a record anew, with what nobody has seen yet of what it lists: a gap
    /// between the dates of a release would tell that something was in it.
    async fn list_anew(
        &self,
        one: Relisted,
        collection: &str,
        without: &Without,
        done: &mut BTreeSet<String>,
        unlisted: &mut Unlisted,
    ) -> Result<(), NodeError> {
        let Relisted { key, mut release, kept, record, rest, fresh, standing } = one;
        let changed = |r: &&Released| without.changed.contains_key(r.id().as_str());
        let again: Vec<Released> = rest.iter().filter(|r| fresh || changed(r)).cloned().collect();
        done.extend(again.iter().filter(changed).map(|r| r.id().to_string()));
        unlisted.guards.push(record::unchanged(Bucket::RELEASE, &kept));
        let ids = again.iter().map(|r| r.id().to_string());
        for id in std::iter::once(record).chain(ids) {
            let members = self.members_of(collection, &id).await?;
            let unseen = members.iter().filter(|member| member.fetched_us.is_none());
            unlisted.seqs.extend(unseen.map(|member| member.seq));
            unlisted.writes.push(Write::Withdraw { collection: collection.to_owned(), id });
        }
        release.record = None;
        if let Some(standing) = standing.filter(|_| !rest.is_empty()) {
            let now = Timestamp::from_micros(self.now_us());
            let (uuid, creator) = (clock::new_uuid()?, self.identity.id());
            let (agreement, purpose) = (&standing.agreement, release.purpose.as_str());
            let made = Record::new(uuid, agreement, purpose, &rest, creator, &now)
                .map_err(|_| NodeError::Internal("release-record"))?;
            let (made, published) = self.publish(made, &again, collection)?;
            release.record = Some(made.id().to_string());
            unlisted.writes.extend(published);
        }
        unlisted.writes.push(record::put(Bucket::RELEASE, &key, &release, None)?);
        Ok(())
    }
}
