//! Records of releases after a recall that the partner must not notice: made anew without what went.

use std::collections::BTreeSet;

use enlace_release::{Record, Released};
use enlace_stix::Timestamp;
use enlace_store::{Twin, Write};

use crate::recall_refs::Without;
use crate::record::{self, Bucket};
use crate::release::{Release, Stage};
use crate::standing::Standing;
use crate::{Actor, Node, NodeError, clock};

/// A release whose record comes anew.
struct Relisted {
    key: String,
    release: Release,
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
    ) -> Result<Option<Vec<Write>>, NodeError> {
        let collection = &twin.collection;
        let names = |listed: &str| listed == twin.twin;
        let (mut relisted, mut writes) = (Vec::new(), Vec::new());
        for (key, release) in self.releases().await? {
            let mut listed = release.twins.iter().map(|(_, listed)| listed.as_str());
            let lists = release.partner == twin.partner
                && listed.any(|listed| names(listed) || without.concerns(listed));
            let (Some(record), true) = (release.record.clone(), lists) else { continue };
            if self.record_fetched(&release, &record).await? {
                if release.twins.iter().any(|(_, listed)| names(listed)) {
                    return Ok(None);
                }
                continue;
            }
            writes.push(Write::Withdraw { collection: collection.clone(), id: record });
            relisted.push(self.relisted(key, release, twin, without).await?);
        }
        self.join_bare(twin, without, &mut relisted, &mut writes).await?;
        let mut done = BTreeSet::new();
        for one in relisted {
            self.list_anew(one, collection, without, &mut done, &mut writes)?;
        }
        for (id, (changed, form)) in &without.changed {
            if !done.contains(id) {
                writes.extend(self.published_alone(actor, changed, form).await?);
            }
            let modified = form.modified().unwrap_or(&changed.modified).to_owned();
            let content_hash = form.content_hash().to_owned();
            writes.push(Write::Twin(Box::new(Twin { modified, content_hash, ..changed.clone() })));
        }
        Ok(Some(writes))
    }

    /// A release without a twin and without what goes with it.
    async fn relisted(
        &self,
        key: String,
        release: Release,
        twin: &Twin,
        without: &Without,
    ) -> Result<Relisted, NodeError> {
        let (mut rest, mut standing, mut fresh) = (Vec::new(), None, true);
        let stays = |listed: &str| listed != twin.twin && !without.takes(listed);
        for (_, listed) in release.twins.iter().filter(|(_, listed)| stays(listed)) {
            let mut members = self.members_of(&twin.collection, listed).await?;
            fresh &= members.len() == 1 && members.iter().all(|m| m.fetched_us.is_none());
            let Some(member) = members.pop() else { continue };
            let (released, under) = self.opened(&twin.partner, &member.body).await?;
            rest.push(without.changed.get(listed).map_or(released, |(_, r)| r.clone()));
            standing = Some(under);
        }
        Ok(Relisted { key, release, rest, fresh, standing })
    }

    /// A record that lists nothing but our identity and markings would tell that it listed more:
    /// the first of the other releases that nobody fetched lists them, as if they had come with it.
    async fn join_bare(
        &self,
        twin: &Twin,
        without: &Without,
        relisted: &mut Vec<Relisted>,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let is_bare = |one: &Relisted| {
            let is_beside = |listed: &Released| {
                let mut twins = one.release.twins.iter();
                twins.any(|(o, t)| t == listed.id().as_str() && self.is_beside(o))
            };
            !one.rest.is_empty() && one.rest.iter().all(is_beside)
        };
        let (bare, mut full): (Vec<_>, Vec<_>) =
            std::mem::take(relisted).into_iter().partition(is_bare);
        for mut one in bare {
            let keys: BTreeSet<&str> = full.iter().map(|o| o.key.as_str()).collect();
            if keys.is_empty()
                && let Some((key, release, record)) = self.first_unfetched(twin, &one).await?
            {
                let other = self.relisted(key, release, twin, without).await?;
                if !is_bare(&other) {
                    let collection = twin.collection.clone();
                    writes.push(Write::Withdraw { collection, id: record });
                    full.push(other);
                }
            }
            let same = |other: &&mut Relisted| {
                let id = |one: &Relisted| one.standing.as_ref().map(|s| s.agreement.id.to_string());
                !other.rest.is_empty() && id(other) == id(&one)
            };
            if let Some(other) = full.iter_mut().find(same) {
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

    /// The release to the same partner that was sent first, of which nobody fetched the record.
    async fn first_unfetched(
        &self,
        twin: &Twin,
        but: &Relisted,
    ) -> Result<Option<(String, Release, String)>, NodeError> {
        let mut first: Option<(String, Release, String)> = None;
        for (key, release) in self.releases().await? {
            let here = release.partner == twin.partner
                && release.lineage == twin.lineage
                && release.person.is_none()
                && release.stage == Stage::Sent
                && key != but.key;
            let (Some(record), true) = (release.record.clone(), here) else { continue };
            let sent = |release: &Release| release.sent.as_ref().map(|step| step.at_us);
            let earlier = first.as_ref().is_none_or(|(_, known, _)| sent(&release) < sent(known));
            if earlier && !self.record_fetched(&release, &record).await? {
                first = Some((key, release, record));
            }
        }
        Ok(first)
    }

    /// The writes that publish a record anew, with what nobody has seen yet of what it lists: a gap
    /// between the dates of a release would tell that something was in it.
    fn list_anew(
        &self,
        one: Relisted,
        collection: &str,
        without: &Without,
        done: &mut BTreeSet<String>,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let Relisted { key, mut release, rest, fresh, standing } = one;
        let changed = |r: &&Released| without.changed.contains_key(r.id().as_str());
        let again: Vec<Released> = rest.iter().filter(|r| fresh || changed(r)).cloned().collect();
        done.extend(again.iter().filter(changed).map(|r| r.id().to_string()));
        writes.extend(again.iter().map(|r| Write::Withdraw {
            collection: collection.to_owned(),
            id: r.id().to_string(),
        }));
        release.record = None;
        if let Some(standing) = standing.filter(|_| !rest.is_empty()) {
            let now = Timestamp::from_micros(self.now_us());
            let (uuid, creator) = (clock::new_uuid()?, self.identity.id());
            let (agreement, purpose) = (&standing.agreement, release.purpose.as_str());
            let made = Record::new(uuid, agreement, purpose, &rest, creator, &now)
                .map_err(|_| NodeError::Internal("release-record"))?;
            let (made, published) = self.publish(made, &again, collection)?;
            release.record = Some(made.id().to_string());
            writes.extend(published);
        }
        writes.push(record::put(Bucket::RELEASE, &key, &release, None)?);
        Ok(())
    }
}
