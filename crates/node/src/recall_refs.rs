//! What refers to a twin that was recalled before anybody fetched it: planned anew without it, so
//! that no reference leads nowhere (docs/design/recall.md).
//!
//! Only what the partner has not seen either can say less without telling. Where something that it
//! has seen leads to the twin, the partner knows of it, and is told like one who fetched it.

use std::collections::{BTreeMap, BTreeSet};

use enlace_policy::{Policy, PrivateRules};
use enlace_release::{Published, Released, sealed_under};
use enlace_stix::Object;
use enlace_store::{Member, MemberPage, MemberQuery, Twin, VersionFilter};

use crate::carry_out::listed;
use crate::published::{Anew, Had};
use crate::{Node, NodeError};

/// Members of a collection read at once.
const CHUNK: usize = 500;

/// What goes with a recalled twin.
#[derive(Default)]
pub(crate) struct Without {
    /// The partner has seen something that leads to it.
    pub(crate) mentioned: bool,
    /// Twins that cannot be without it: relationships with it as an end.
    pub(crate) gone: Vec<Twin>,
    /// New forms of twins that referred to it, by their ids.
    pub(crate) changed: BTreeMap<String, (Twin, Released)>,
    /// Our identity and markings that came along and that nothing bears any more.
    pub(crate) beside: BTreeSet<String>,
}

/// A twin that nobody fetched, as it is published.
struct Unseen {
    twin: Twin,
    published: Published,
    under: String,
    purpose: String,
}

/// What leads to some twins.
#[derive(Default)]
struct Leading {
    seen: bool,
    unseen: BTreeMap<String, String>,
}

impl Without {
    /// Whether a twin goes, or comes anew.
    pub(crate) fn concerns(&self, id: &str) -> bool {
        self.changed.contains_key(id) || self.takes(id)
    }

    /// Whether a twin goes too.
    pub(crate) fn takes(&self, id: &str) -> bool {
        self.beside.contains(id) || self.gone.iter().any(|twin| twin.twin == id)
    }
}

impl Node {
    /// What has to change with a twin that nobody fetched, for it to leave no trace.
    pub(crate) async fn without(&self, twin: &Twin) -> Result<Without, NodeError> {
        let mentioned = Without { mentioned: true, ..Without::default() };
        if self.was_fetched(twin).await? {
            return Ok(Without::default());
        }
        let makers = self.makers().await?;
        let mut gone = BTreeSet::from([twin.twin.clone()]);
        let (mut had, mut unseen) = (Had::default(), BTreeMap::<String, Unseen>::new());
        loop {
            let leading = self.leading_to(&twin.collection, &gone).await?;
            if leading.seen {
                return Ok(mentioned);
            }
            for (id, body) in leading.unseen {
                if unseen.contains_key(&id) {
                    continue;
                }
                let Some(row) = self.twin_here(twin, &id).await? else { continue };
                let (sent, standing) = self.opened(&row.partner, &body).await?;
                let object = Object::parse(sent.bytes())
                    .map_err(|_| NodeError::Internal("published twin"))?;
                self.had_of(&mut had, &row, &object).await?;
                let purpose = self.sent_purpose(&row).await?;
                let first = || standing.agreement.terms().purposes.allowed.first().cloned();
                let purpose = purpose.or_else(first).unwrap_or_default();
                let published = self.published(&makers, &row, object).await?;
                let under = sealed_under(&body).unwrap_or_default();
                unseen.insert(id, Unseen { twin: row, published, under, purpose });
            }
            let forms = self.forms_without(&had, &unseen, &gone).await?;
            let fell: Vec<String> = unseen
                .keys()
                .filter(|id| !forms.contains_key(*id) && !gone.contains(*id))
                .cloned()
                .collect();
            if fell.is_empty() {
                return self.changes(twin, unseen, forms, &gone).await;
            }
            gone.extend(fell);
        }
    }

    async fn changes(
        &self,
        twin: &Twin,
        unseen: BTreeMap<String, Unseen>,
        mut forms: BTreeMap<String, Released>,
        gone: &BTreeSet<String>,
    ) -> Result<Without, NodeError> {
        let mut without = Without::default();
        for (id, Unseen { twin: row, .. }) in unseen {
            if gone.contains(&id) {
                if id != twin.twin {
                    without.gone.push(row);
                }
            } else if let Some(form) = forms.remove(&id)
                && form.content_hash() != row.content_hash
            {
                without.changed.insert(id, (row, form));
            }
        }
        // A record that the partner has names what would have to go.
        for (_, release) in self.releases().await? {
            let names = release.twins.iter().any(|(_, listed)| without.takes(listed));
            let (Some(record), true) = (&release.record, names) else { continue };
            if release.published_beside(twin) && self.record_fetched(&release, record).await? {
                return Ok(Without { mentioned: true, ..Without::default() });
            }
        }
        without.beside = self.left_alone(twin, gone).await?;
        Ok(without)
    }

    /// Our identity and the markings that came with what goes, where the partner has none of them
    /// and nothing that stays bears them: alone they would tell that something was there.
    async fn left_alone(
        &self,
        twin: &Twin,
        gone: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, NodeError> {
        let mut ids = BTreeSet::new();
        for (_, release) in self.releases().await? {
            if release.published_beside(twin) {
                let beside = release.twins.into_iter().filter(|(o, _)| self.is_beside(o));
                ids.extend(beside.map(|(_, id)| id));
            }
        }
        let all = Vec::from_iter(ids.iter().cloned());
        for id in self.store.handed_out(&twin.collection, &all).await? {
            ids.remove(&id);
        }
        let mut alone = BTreeMap::new();
        for id in &ids {
            if let Some(last) = self.members_of(&twin.collection, id).await?.pop() {
                alone.insert(id.clone(), last.body);
            }
        }
        if alone.is_empty() {
            return Ok(BTreeSet::new());
        }
        let goes = |id: &str| gone.contains(id) || ids.contains(id);
        let mut borne = BTreeSet::new();
        let mut after = None;
        loop {
            let page = self.page_of(&twin.collection, after).await?;
            after = page.members.last().map(|member| member.seq);
            for member in &page.members {
                let unseen_record = member.kind == "release-record" && member.fetched_us.is_none();
                let stays = match unseen_record {
                    // It goes when all that it lists goes.
                    true => {
                        let record = self.unsealed(&twin.partner, &member.body)?;
                        listed(&record).iter().any(|(id, _)| !goes(id))
                    }
                    false => !goes(&member.id),
                };
                // It is made anew without the markings that it lists; its author stays.
                let bears = |id: &&String| {
                    member.body.contains(*id) && (!unseen_record || id.starts_with("identity--"))
                };
                if stays {
                    borne.extend(ids.iter().filter(bears).cloned());
                }
            }
            if !page.more || after.is_none() {
                break;
            }
        }
        while let Some((id, body)) =
            borne.iter().find_map(|id| alone.get(id).map(|body| (id.clone(), body.clone())))
        {
            alone.remove(&id);
            borne.extend(ids.iter().filter(|id| body.contains(*id)).cloned());
        }
        Ok(alone.into_keys().collect())
    }

    async fn page_of(&self, collection: &str, after: Option<i64>) -> Result<MemberPage, NodeError> {
        let query = MemberQuery {
            collection: collection.to_owned(),
            versions: vec![VersionFilter::All],
            after_seq: after,
            limit: CHUNK,
            ..MemberQuery::default()
        };
        Ok(self.store.members(query).await?)
    }

    /// The forms of unseen twins without those that go, each under the terms that it left under.
    async fn forms_without(
        &self,
        had: &Had,
        unseen: &BTreeMap<String, Unseen>,
        gone: &BTreeSet<String>,
    ) -> Result<BTreeMap<String, Released>, NodeError> {
        let mut groups: BTreeMap<(&str, &str), Vec<Published>> = BTreeMap::new();
        for one in unseen.values() {
            let group = groups.entry((one.under.as_str(), one.purpose.as_str())).or_default();
            group.push(one.published.clone());
        }
        let mut forms = BTreeMap::new();
        for ((under, purpose), set) in groups {
            let agreement = self.agreement_named(under).await?.agreement;
            let policy = Policy::compile(&agreement, &PrivateRules::default())
                .map_err(|_| NodeError::Internal("policy of an agreement"))?;
            let Some(partner) = unseen.values().map(|one| one.twin.partner.as_str()).next() else {
                continue;
            };
            // What it was released for was asked then.
            let offence = policy.terms().assurances.as_ref().and_then(|a| a.offences.first());
            let anew = Anew {
                policy: &policy,
                under: &policy,
                partner,
                purpose,
                offence: offence.map(String::as_str),
                reasoned: true,
                now_us: self.now_us(),
            };
            let plan = self.planned_anew(&anew, &set, had, gone);
            let twins = plan.released.into_iter().filter(|r| unseen.contains_key(r.id().as_str()));
            forms.extend(twins.map(|r| (r.id().to_string(), r)));
        }
        Ok(forms)
    }

    /// The mapping of a twin beside another.
    async fn twin_here(&self, beside: &Twin, id: &str) -> Result<Option<Twin>, NodeError> {
        let mut rows = self.store.twins_of(id).await?;
        rows.retain(|row| {
            let there = row.partner == beside.partner && row.lineage == beside.lineage;
            there && row.twin == id && !row.recalled
        });
        Ok(rows.pop())
    }

    /// What of a collection bears the id of one of these twins, records apart.
    async fn leading_to(
        &self,
        collection: &str,
        twins: &BTreeSet<String>,
    ) -> Result<Leading, NodeError> {
        let (mut leading, mut after) = (Leading::default(), None);
        loop {
            let page = self.page_of(collection, after).await?;
            after = page.members.last().map(|member| member.seq);
            for member in page.members {
                let leads = |m: &Member| twins.iter().any(|id| m.id != *id && m.body.contains(id));
                if member.kind == "release-record" || !leads(&member) {
                    continue;
                }
                leading.seen |= member.fetched_us.is_some();
                leading.unseen.insert(member.id, member.body);
            }
            if !page.more || after.is_none() {
                break;
            }
        }
        // Versions that were handed out and withdrawn since: the partner has them all the same.
        let ids: Vec<String> = leading.unseen.keys().cloned().collect();
        leading.seen |= !self.store.handed_out(collection, &ids).await?.is_empty();
        Ok(leading)
    }
}
