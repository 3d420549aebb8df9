//! What nobody fetched yet is withdrawn without trace once this node alone forbids it: an officer
//! holds a set back, or its own rules (`[[rules.forbid]]`) are others (docs/design/inside.md).
//!
//! A release is one decision. Of which nobody fetched anything goes back whole, approved as it was:
//! neither an object nor its record, nor a marking or an identity that it brought along, tells that
//! it was there. Of which something was fetched, the rest that may not leave is taken out. What a
//! partner has is never recalled here: that is an officer's decision on a whole set. Nor is the form
//! that took the place of what it had, when an amendment narrowed it: it says no more than the
//! partner knows, and without it the partner would see that something is held.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::Clause;
use enlace_release::{Outcome, Record, Released};
use enlace_stix::{Object, Timestamp};
use enlace_store::{
    Batch, Guard, Member, MemberQuery, RecordQuery, StoreError, Twin, VersionFilter, Write,
};

use crate::carry_out::listed;
use crate::collection::Collection;
use crate::flow::NODE;
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::release::{Release, Stage};
use crate::release_set::Planned;
use crate::{Node, NodeError, ReleaseRequest, clock, expiry, sent, update};

/// Members that are read at once.
const PAGE: usize = 1000;
/// Times that a collection is looked at again because something was fetched or sent meanwhile.
const PATIENCE: usize = 8;

/// Something published that nobody fetched.
#[derive(Clone)]
struct Row {
    at: Place,
    released: Released,
    /// Whether it took the place of what the partner had, and says no more.
    stays: bool,
}

impl Row {
    fn id(&self) -> &str {
        &self.at.id
    }
}

/// Where something stands in its collection, and what it refers to.
#[derive(Debug, Clone)]
struct Place {
    seq: i64,
    id: String,
    names: BTreeSet<String>,
}

/// A release in a collection, with what nobody fetched of it.
struct Published {
    key: String,
    kept: enlace_store::Record,
    release: Release,
    record: Released,
    /// The sequence of its record, if nobody fetched that.
    record_seq: Option<i64>,
    rows: Vec<Row>,
    /// Whether nobody fetched anything of it.
    whole: bool,
    /// Whether something of it is forbidden; else it goes because of what it refers to.
    forbidden: bool,
}

impl Node {
    /// Takes what may not leave any more out of all collections, as far as nobody fetched it; how
    /// many objects. To be called after every new hold and change of rules.
    pub(crate) async fn withdraw_unseen(&self) -> Result<usize, NodeError> {
        let any = RecordQuery { bucket: Bucket::HELD, limit: 1, ..RecordQuery::default() };
        if self.config.rules.forbid.is_empty() && self.store.records(any).await?.is_empty() {
            return Ok(0);
        }
        let mut withdrawn = 0;
        for (id, collection) in self.collections().await? {
            // Boxed: many use cases wait for it, few have anything to withdraw.
            withdrawn += Box::pin(self.withdraw_patiently(&id, &collection)).await?;
        }
        Ok(withdrawn)
    }

    async fn withdraw_patiently(
        &self,
        id: &str,
        collection: &Collection,
    ) -> Result<usize, NodeError> {
        for _ in 0..PATIENCE {
            let (withdrawn, batch) = self.withdrawal(id, collection).await?;
            if withdrawn == 0 {
                return Ok(0);
            }
            match self.store.commit(batch).await {
                // Fetched, sent or recalled between the look and here.
                Err(StoreError::Guard { .. }) => {}
                done => return done.map(|_| withdrawn).map_err(NodeError::from),
            }
        }
        let expected = "a moment in which nothing is fetched: again";
        Err(NodeError::state("the collection", "changing", expected))
    }

    /// The batch that takes out of a collection what may not leave any more, with the count of
    /// objects.
    async fn withdrawal(
        &self,
        id: &str,
        collection: &Collection,
    ) -> Result<(usize, Batch), NodeError> {
        let members = self.not_handed_out(id).await?;
        let ids: BTreeSet<String> = members.iter().map(|member| member.id.clone()).collect();
        let seen = self.store.handed_out(id, &Vec::from_iter(ids)).await?;
        let mut published = self.published_by(id, collection, &members, &seen).await?;
        let mut out = BTreeSet::new();
        for one in &mut published {
            let forbidden = self.may_not_leave(one).await?;
            let rows = one.rows.iter().filter(|r| !r.stays && forbidden.contains(r.id()));
            let rows: Vec<i64> = rows.map(|row| row.at.seq).collect();
            one.forbidden = !rows.is_empty();
            out.extend(rows);
        }
        if out.is_empty() {
            return Ok((0, Batch::default()));
        }
        let of = |one: &Published| {
            one.rows.iter().filter(|row| !row.stays).map(|row| row.at.clone()).collect()
        };
        let places: Vec<(bool, Vec<Place>)> =
            published.iter().map(|one| (one.whole, of(one))).collect();
        close(&places, &seen, &mut out);
        let (mut guards, mut writes) = (Vec::new(), vec![self.stop_write()?]);
        let mut seqs = out.clone();
        let mut last = Vec::new();
        for one in published.iter().filter(|one| one.rows.iter().any(|r| out.contains(&r.at.seq))) {
            guards.push(record::unchanged(Bucket::RELEASE, &one.kept));
            seqs.extend(one.record_seq);
            last.extend(self.record_without(id, one, &out, &mut seqs).await?);
        }
        let gone: BTreeSet<&str> =
            members.iter().filter(|m| out.contains(&m.seq)).map(|m| m.id.as_str()).collect();
        for twin in gone {
            writes.extend(self.untwinned(id, collection, twin, &out).await?);
        }
        let (collection, seqs) = (id.to_owned(), Vec::from_iter(seqs));
        guards.push(Guard::Unseen { collection: collection.clone(), seqs: seqs.clone() });
        writes.push(Write::WithdrawVersions { collection, seqs });
        writes.extend(last);
        Ok((out.len(), Batch { guards, writes }))
    }

    async fn not_handed_out(&self, collection: &str) -> Result<Vec<Member>, NodeError> {
        let (mut all, mut after_seq) = (Vec::new(), None);
        loop {
            let query = MemberQuery {
                collection: collection.to_owned(),
                after_seq,
                versions: vec![VersionFilter::All],
                not_handed_out: true,
                limit: PAGE,
                ..MemberQuery::default()
            };
            let page = self.store.members(query).await?;
            after_seq = page.members.last().map(|m| m.seq);
            all.extend(page.members);
            if !page.more || after_seq.is_none() {
                return Ok(all);
            }
        }
    }

    /// Whether a form took the place of what the partner had.
    async fn stays(&self, collection: &Collection, form: &Released) -> Result<bool, NodeError> {
        let (partner, lineage) = (&collection.partner, &collection.lineage);
        for twin in self.twins_at(partner, lineage, form.id().as_str()).await? {
            if self.is_in_place(&twin, form.content_hash()).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The releases that any of these members belongs to; `seen`: ids of which the partner had a
    /// version.
    async fn published_by(
        &self,
        place: &str,
        collection: &Collection,
        members: &[Member],
        seen: &BTreeSet<String>,
    ) -> Result<Vec<Published>, NodeError> {
        let (mut rows, mut records) = (BTreeMap::new(), BTreeMap::new());
        for member in members {
            // What does not open stays closed to the partner too.
            let Ok(released) = self.unsealed(&collection.partner, &member.body) else { continue };
            if released.kind() == "release-record" {
                records.insert(member.id.clone(), member.seq);
                continue;
            }
            let object = Object::parse(released.bytes()).ok();
            let names = object.map(|object| object.references()).unwrap_or_default();
            let names = names.into_iter().map(|reference| reference.target.to_string()).collect();
            let id = member.id.clone();
            let key = (id.clone(), released.sha256());
            let stays = seen.contains(&id) && self.stays(collection, &released).await?;
            rows.insert(key, Row { at: Place { seq: member.seq, id, names }, released, stays });
        }
        let ids: BTreeSet<String> = rows.keys().map(|(id, _)| id.clone()).collect();
        let mut found = Vec::new();
        for (key, release) in self.releases().await? {
            let here = release.partner == collection.partner
                && release.lineage == collection.lineage
                && release.person.is_none()
                && release.stage == Stage::Sent
                && release.twins.iter().any(|(_, twin)| ids.contains(twin));
            let (Some(record), true) = (release.record.as_deref(), here) else { continue };
            let Some(member) = self.members_of(place, record).await?.pop() else { continue };
            let record_seq = records.get(record).copied();
            let Ok(record) = self.unsealed(&collection.partner, &member.body) else { continue };
            let listed = listed(&record);
            let all = listed.len();
            let rows: Vec<Row> =
                listed.into_iter().filter_map(|name| rows.get(&name).cloned()).collect();
            let stays = rows.iter().any(|row| row.stays);
            let whole = record_seq.is_some() && rows.len() == all && !stays;
            let (kept, release) = self.release(&key).await?;
            let forbidden = false;
            found.push(Published {
                key,
                kept,
                release,
                record,
                record_seq,
                rows,
                whole,
                forbidden,
            });
        }
        Ok(found)
    }

    /// Ids that the partner would not get now, or not in this form, because of holds and rules
    /// alone. What cannot be judged is forbidden.
    async fn may_not_leave(&self, one: &Published) -> Result<BTreeSet<String>, NodeError> {
        let mut found = BTreeSet::new();
        for (original, twin) in self.unseen_twins(one) {
            if self.is_held(original).await? {
                found.insert(twin.to_owned());
            }
        }
        match self.judged(one).await {
            Ok(more) => found.extend(more),
            Err(error) => {
                tracing::error!(code = error.code(), "what waits for a partner is withdrawn");
                found.extend(one.rows.iter().map(|row| row.id().to_owned()));
            }
        }
        Ok(found)
    }

    async fn judged(&self, one: &Published) -> Result<BTreeSet<String>, NodeError> {
        let release = &one.release;
        let standing = self.agreement_named(one.record.agreement()).await?;
        let request = ReleaseRequest {
            agreement: standing.agreement.id.to_string(),
            exact: true,
            answers: None,
            ..release.request()
        };
        let originals = self.twins_proper(release).map(|(original, _)| original.to_owned());
        let originals: Vec<String> = originals.collect();
        let mut targets = BTreeSet::new();
        for row in self.store.object_each(&originals, None).await?.into_iter().flatten() {
            let Ok(object) = Object::parse(&row.raw) else { continue };
            targets.extend(object.references().into_iter().map(|r| r.target.to_string()));
        }
        // What they refer to and the partner has, or could get.
        targets.remove(&self.me.identity_id);
        let targets = Vec::from_iter(targets);
        let twins = self.store.twin_each(&release.partner, &release.lineage, &targets).await?;
        let mut set = BTreeSet::from_iter(originals);
        set.extend(targets.into_iter().zip(twins).filter_map(|(id, twin)| twin.map(|_| id)));
        let without = self.planned_forbidding(&standing, &request, &set, false).await?;
        let now = self.planned_forbidding(&standing, &request, &set, true).await?;
        let mut found = BTreeSet::new();
        for (original, twin) in self.unseen_twins(one) {
            let published = one.rows.iter().find(|row| row.id() == twin);
            let same = |hash: &str| published.is_some_and(|r| r.released.content_hash() == hash);
            let forbidden = match (form(&without, original), form(&now, original)) {
                (_, None) => false,
                (Some(Err(before)), Some(Err(clauses))) => {
                    clauses.iter().any(|clause| !before.contains(clause))
                }
                (_, Some(Err(_))) => true,
                (Some(Ok(before)), Some(Ok(hash))) => before != hash && !same(hash),
                (_, Some(Ok(_))) => false,
            };
            if forbidden {
                found.insert(twin.to_owned());
            }
        }
        Ok(found)
    }

    /// Originals and twins of a release, without what is made for the partner beside them.
    fn twins_proper<'a>(
        &'a self,
        release: &'a Release,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        let all = release.twins.iter().map(|(original, twin)| (original.as_str(), twin.as_str()));
        all.filter(move |(original, _)| !self.is_beside(original))
    }

    fn unseen_twins<'a>(&'a self, one: &'a Published) -> impl Iterator<Item = (&'a str, &'a str)> {
        let unseen = move |twin: &str| one.rows.iter().any(|row| row.id() == twin);
        self.twins_proper(&one.release).filter(move |(_, twin)| unseen(twin))
    }

    /// The writes after which a release is without what is out of it. `seqs` gains what is published
    /// again.
    async fn record_without(
        &self,
        collection: &str,
        one: &Published,
        out: &BTreeSet<i64>,
        seqs: &mut BTreeSet<i64>,
    ) -> Result<Vec<Write>, NodeError> {
        let (mut release, mut writes, mut due) = (one.release.clone(), Vec::new(), None);
        let gone = |row: &&Row| out.contains(&row.at.seq);
        let ids: BTreeSet<&str> = one.rows.iter().filter(gone).map(Row::id).collect();
        let objects: Vec<&str> = self
            .twins_proper(&one.release)
            .filter(|(_, twin)| ids.contains(twin))
            .map(|(original, _)| original)
            .collect();
        let act = Act::new("release-withdrawn").field("actor", NODE);
        let act = act.field("release", one.key.as_str()).field("objects", objects);
        writes.push(self.node_leaf(act.field("partner", release.partner.as_str()))?);
        if one.whole {
            // Nothing was released: who sends it may send it when it may leave as it was approved.
            (release.sent, release.record, release.receipt) = (None, None, None);
            release.twins.clear();
            release.stage = Stage::Approved;
            if !one.forbidden {
                let standing = self.agreement_named(one.record.agreement()).await?;
                let minutes = update::minutes_of(&standing);
                let (partner, lineage) = (&release.partner, &release.lineage);
                let slot_us = self.next_slot(partner, lineage, minutes, self.now_us());
                (release.stage, due) = (Stage::Scheduled { slot_us }, Some(slot_us));
            }
        } else {
            release.twins.retain(|(_, twin)| !ids.contains(twin.as_str()));
            if one.record_seq.is_some() {
                release.record = None;
                let rest = self.rest_of(collection, one, &ids).await?;
                let again: Vec<Released> = one
                    .rows
                    .iter()
                    .filter(|row| !gone(row))
                    .map(|row| row.released.clone())
                    .collect();
                seqs.extend(one.rows.iter().map(|row| row.at.seq));
                if !rest.is_empty() {
                    let made = self.listing(one, &rest).await?;
                    let (made, published) = self.publish(made, &again, collection)?;
                    release.record = Some(made.id().to_string());
                    writes.extend(published);
                }
            }
        }
        writes.push(record::put(Bucket::RELEASE, &one.key, &release, due)?);
        Ok(writes)
    }

    /// What stays of the list of a release.
    async fn rest_of(
        &self,
        collection: &str,
        one: &Published,
        out: &BTreeSet<&str>,
    ) -> Result<Vec<Released>, NodeError> {
        let mut rest = Vec::new();
        for (id, sha256) in listed(&one.record) {
            if out.contains(id.as_str()) {
                continue;
            }
            for member in self.members_of(collection, &id).await? {
                let released = self.unsealed(&one.release.partner, &member.body)?;
                if released.sha256() == sha256 {
                    rest.push(released);
                }
            }
        }
        Ok(rest)
    }

    /// The record of a release with the rest of its list, of the time that it had.
    async fn listing(&self, one: &Published, rest: &[Released]) -> Result<Record, NodeError> {
        let standing = self.agreement_named(one.record.agreement()).await?;
        let then = one.record.created().and_then(|at| at.parse().ok());
        let then = then.unwrap_or_else(|| Timestamp::from_micros(self.now_us()));
        let (uuid, purpose) = (clock::new_uuid()?, one.release.purpose.as_str());
        let creator = self.identity.id();
        Record::new(uuid, &standing.agreement, purpose, rest, creator, &then)
            .map_err(|_| NodeError::Internal("release-record"))
    }

    /// The writes after which a twin is what is left of it in its collection, or was never made.
    async fn untwinned(
        &self,
        id: &str,
        collection: &Collection,
        twin: &str,
        out: &BTreeSet<i64>,
    ) -> Result<Vec<Write>, NodeError> {
        let mut left = self.members_of(id, twin).await?;
        left.retain(|member| !out.contains(&member.seq));
        let (partner, lineage) = (collection.partner.as_str(), collection.lineage.as_str());
        let Some(last) = left.into_iter().max_by_key(|member| member.seq) else {
            return self.never_made(partner, lineage, twin).await;
        };
        let mut writes = Vec::new();
        for row in self.twins_at(partner, lineage, twin).await? {
            let released = self.unsealed(partner, &last.body)?;
            let modified = released.modified().unwrap_or(&row.modified).to_owned();
            let content_hash = released.content_hash().to_owned();
            writes.push(Write::Twin(Box::new(Twin { modified, content_hash, ..row })));
        }
        Ok(writes)
    }

    /// The writes after which a twin of which nothing is left was never made.
    pub(crate) async fn never_made(
        &self,
        partner: &str,
        lineage: &str,
        twin: &str,
    ) -> Result<Vec<Write>, NodeError> {
        let mut writes = Vec::new();
        for row in self.twins_at(partner, lineage, twin).await? {
            let key = sent::key(partner, lineage, &row.original);
            writes.push(Write::Delete { bucket: Bucket::SENT, key: key.clone() });
            writes.push(Write::Delete { bucket: Bucket::UPDATE, key });
            let (partner, lineage) = (partner.to_owned(), lineage.to_owned());
            writes.push(Write::Untwin { partner, lineage, original: row.original });
        }
        let key = expiry::released_under(partner, lineage, twin);
        writes.push(Write::Delete { bucket: Bucket::RETENTION, key });
        Ok(writes)
    }

    /// The mappings of a twin at a partner under a lineage.
    async fn twins_at(
        &self,
        partner: &str,
        lineage: &str,
        twin: &str,
    ) -> Result<Vec<Twin>, NodeError> {
        let mut rows = self.store.twins_of(twin).await?;
        rows.retain(|r| r.partner == partner && r.lineage == lineage && r.twin == twin);
        Ok(rows)
    }
}

/// Adds to what is taken out all that would tell of it: the rest of a release that nobody fetched
/// anything of, what names an id that is no longer there, and later versions of one.
fn close(published: &[(bool, Vec<Place>)], seen: &BTreeSet<String>, out: &mut BTreeSet<i64>) {
    loop {
        let before = out.len();
        for (_, rows) in published.iter().filter(|(whole, _)| *whole) {
            if rows.iter().any(|row| out.contains(&row.seq)) {
                out.extend(rows.iter().map(|row| row.seq));
            }
        }
        let rows = || published.iter().flat_map(|(_, rows)| rows);
        let (mut stays, mut gone) = (BTreeMap::new(), BTreeMap::new());
        for row in rows() {
            let is_out = out.contains(&row.seq);
            let side = if is_out { &mut gone } else { &mut stays };
            let first = side.entry(row.id.as_str()).or_insert(row.seq);
            *first = row.seq.min(*first);
        }
        gone.retain(|id, _| !seen.contains(*id));
        let is_gone =
            |id: &String| gone.contains_key(id.as_str()) && !stays.contains_key(id.as_str());
        let more = rows().filter(|row| !out.contains(&row.seq)).filter(|row| {
            // A later version says when the first one left.
            let first = stays.get(row.id.as_str());
            let later =
                gone.get(row.id.as_str()).is_some_and(|gone| first.is_some_and(|f| gone < f));
            later || row.names.iter().any(is_gone)
        });
        let more: Vec<i64> = more.map(|row| row.seq).collect();
        out.extend(more);
        if out.len() == before {
            return;
        }
    }
}

/// The content hash of what would leave of an original, or why it stays; `None` = not planned.
fn form<'a>(planned: &'a Planned, original: &str) -> Option<Result<&'a str, &'a [Clause]>> {
    let objects = &planned.plan.objects;
    let object = objects.iter().find(|object| object.original.as_str() == original)?;
    if let Outcome::Withheld(withheld) = &object.outcome {
        return Some(Err(&withheld.clauses));
    }
    let released = planned.plan.released.iter().find(|r| r.original() == Some(original))?;
    Some(Ok(released.content_hash()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(seq: i64, id: &str, names: &[&str]) -> Place {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Place { seq, id: id.to_owned(), names }
    }

    fn closed(published: &[(bool, Vec<Place>)], seen: &[&str], out: &[i64]) -> Vec<i64> {
        let seen = seen.iter().map(|id| (*id).to_owned()).collect();
        let mut out = BTreeSet::from_iter(out.iter().copied());
        close(published, &seen, &mut out);
        Vec::from_iter(out)
    }

    #[test]
    fn a_release_goes_whole_with_all_that_names_what_is_gone_and_nothing_else() {
        let published = [
            (true, vec![place(1, "marking", &[]), place(2, "person", &["marking"])]),
            (true, vec![place(3, "place", &["marking"]), place(4, "city", &[])]),
            (true, vec![place(5, "link", &["city"])]),
            (true, vec![place(6, "ship", &[])]),
        ];
        assert_eq!(closed(&published, &[], &[2]), [1, 2, 3, 4, 5], "each for the next one");
        assert_eq!(closed(&published, &["marking"], &[2]), [1, 2], "the marking was seen before");
        assert_eq!(closed(&published, &[], &[6]), [6]);
    }

    #[test]
    fn a_later_version_goes_with_the_first_that_nobody_saw_and_an_earlier_one_stays() {
        let one = |seq: i64| (true, vec![place(seq, "person", &[])]);
        assert_eq!(closed(&[one(1), one(2), one(3)], &[], &[1]), [1, 2, 3], "it says since when");
        assert_eq!(closed(&[one(1), one(2), one(3)], &[], &[2]), [2]);
        assert_eq!(closed(&[one(2), one(3)], &["person"], &[2]), [2], "seen before");
        let named = (true, vec![place(4, "link", &["person"])]);
        assert_eq!(closed(&[one(1), one(2), named], &[], &[2]), [2], "the first is still there");
    }

    #[test]
    fn of_a_release_that_was_fetched_in_part_only_what_names_it_goes_along() {
        let rows =
            vec![place(3, "person", &[]), place(4, "link", &["person"]), place(5, "ship", &[])];
        assert_eq!(closed(&[(false, rows)], &[], &[3]), [3, 4]);
    }
}
