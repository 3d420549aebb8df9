//! What a reader may be handed: its collections, the rows that open, and what logs a first hand-out
//! before the first byte leaves.
//!
//! One way for a page of TAXII, a file and a feed. What was looked up rests on a ground: that nothing
//! stopped, and that the partner has the keys, the vetting and the token that it has. What is logged is
//! guarded by that, and by what it names being there still: so nothing is handed out after a stop, and
//! no leaf names what a recall took away.

use std::collections::HashMap;

use enlace_policy::AgreementState;
use enlace_release::{Gate, Released, ReopenError, reopen, sealed_under};
use enlace_store::{Batch, Guard, Member, RecordQuery, Write};

use crate::collection::Collection as Own;
use crate::ledger_log::Act;
use crate::partner::Partner;
use crate::recall::{self, RecallRecord};
use crate::record::{self, Bucket};
use crate::standing::{Door, Standing};
use crate::{Node, NodeError};

/// Most recalls of one partner that are looked at when a page is opened again.
const MOST_RECALLS: usize = 1_000_000;

/// A recognised partner; with a token only under one lineage.
#[derive(Debug)]
pub struct Reader {
    pub(crate) partner: String,
    pub(crate) lineage: Option<String>,
    /// Key of the record of the token that it came with.
    pub(crate) token: Option<String>,
}

impl Reader {
    /// A partner that somebody of ours hands something to; under one lineage, or all.
    pub(crate) fn of(partner: &str, lineage: Option<&str>) -> Self {
        let lineage = lineage.map(str::to_owned);
        Self { partner: partner.to_owned(), lineage, token: None }
    }
}

/// What was recalled from a partner, by twin.
pub(crate) struct Recalls(HashMap<String, enlace_store::Record>);

impl Recalls {
    /// Whether a twin was recalled under a lineage; what cannot be read was.
    fn covers(&self, twin: &str, lineage: &str) -> bool {
        let read = |kept| record::read::<RecallRecord>(kept).ok();
        self.0.get(twin).is_some_and(|kept| read(kept).is_none_or(|r| r.covers(lineage)))
    }
}

/// A collection with the agreements of its lineage.
pub(crate) struct Visible {
    pub(crate) id: String,
    pub(crate) own: Own,
    doors: Vec<(String, Door)>,
    /// What its rows were looked up on: to be held by what hands out.
    pub(crate) ground: Vec<Guard>,
}

impl Visible {
    /// Until when only what was handed out is to be seen, where something of the lineage rests.
    pub(crate) fn handed_out_until(&self) -> Option<i64> {
        self.doors.iter().filter_map(|(_, door)| door.handed_out_until).max()
    }
}

impl Node {
    /// Collections of this reader. After the end of an agreement only revocations still pass; so it
    /// is for a unit that is not vetted any more. Who was cut off has none.
    pub(crate) async fn readable(&self, who: &Reader) -> Result<Vec<Visible>, NodeError> {
        let Some(ground) = self.ground_of_reader(who).await? else { return Ok(Vec::new()) };
        let standings = self.standings().await?;
        let vetted = self.is_vetted(&who.partner).await?;
        let door = |s: &Standing| match s.door.state {
            AgreementState::Active if !vetted => {
                Door { state: AgreementState::Expired, ..s.door.clone() }
            }
            _ => s.door.clone(),
        };
        let mut found = Vec::new();
        for (id, own) in self.collections().await? {
            let mine = own.partner == who.partner
                && who.lineage.as_ref().is_none_or(|lineage| *lineage == own.lineage);
            let concluded = |s: &&Standing| {
                s.agreement.lineage == own.lineage
                    && s.agreement.party(&who.partner).is_some()
                    && !matches!(
                        s.agreed,
                        AgreementState::AwaitingSignatures { .. } | AgreementState::NotYetValid
                    )
            };
            let doors: Vec<(String, Door)> = standings
                .iter()
                .filter(concluded)
                .map(|s| (s.agreement.id.to_string(), door(s)))
                .collect();
            if mine && !doors.is_empty() {
                found.push(Visible { id, own, doors, ground: ground.clone() });
            }
        }
        Ok(found)
    }

    /// Twins that were recalled from this partner. The recall took their rows out of the
    /// collection; one that is back there all the same stays closed.
    pub(crate) async fn recalled(&self, who: &Reader) -> Result<Recalls, NodeError> {
        let prefix = recall::key(&who.partner, "");
        let query = RecordQuery {
            bucket: Bucket::RECALL,
            prefix: prefix.clone(),
            limit: MOST_RECALLS,
            ..RecordQuery::default()
        };
        let found = self.store.records(query).await?;
        let twin = |r: &enlace_store::Record| r.key.strip_prefix(&prefix).map(str::to_owned);
        Ok(Recalls(found.into_iter().filter_map(|r| Some((twin(&r)?, r))).collect()))
    }

    /// The members that may leave to this reader now, opened; the rest stays closed.
    pub(crate) fn reopened(
        &self,
        who: &Reader,
        visible: &Visible,
        members: Vec<Member>,
        recalled: &Recalls,
    ) -> Vec<(Member, Released)> {
        let key = self.keys.seal_key();
        let now_us = self.now_us();
        let rests = AgreementState::Suspended { by: Vec::new() };
        let mut items = Vec::with_capacity(members.len());
        for member in members {
            let agreement = sealed_under(&member.body).unwrap_or_default();
            let door = visible.doors.iter().find(|(id, _)| *id == agreement);
            let Some((_, door)) = door else { continue };
            let state = match (door.handed_out_until, member.fetched_us) {
                (None, _) => &door.state,
                // The partner has it; what it has does not vanish while an agreement rests.
                (Some(_), Some(_)) => &AgreementState::Active,
                (Some(_), None) => &rests,
            };
            let partner = who.partner.as_str();
            let recalled = recalled.covers(&member.id, &visible.own.lineage)
                || self.gone.has_twin(partner, &visible.own.lineage, &member.id);
            let gate = Gate { agreement: &agreement, partner, state, recalled, now_us };
            match reopen(&member.body, key.expose(), &gate) {
                Ok(released) => items.push((member, released)),
                Err(ReopenError::NotActive | ReopenError::Expired | ReopenError::Recalled) => {}
                Err(error) => {
                    tracing::error!(seq = member.seq, %error, "sealed row stays closed");
                }
            }
        }
        items
    }

    /// The batch that logs what is about to be handed out for the first time: nothing, if all of it
    /// was before. To be committed before the first byte leaves; `shared` adds to the act. It fails
    /// where the ground is another by then, or anything that it names is gone or was handed out.
    pub(crate) fn handing_out(
        &self,
        who: &Reader,
        visible: &Visible,
        items: &[(Member, Released)],
        shared: impl FnOnce(Act) -> Act,
    ) -> Result<Batch, NodeError> {
        let fresh: Vec<&Member> =
            items.iter().map(|(m, _)| m).filter(|m| m.fetched_us.is_none()).collect();
        if fresh.is_empty() {
            return Ok(Batch::default());
        }
        let ids: Vec<&str> = fresh.iter().map(|m| m.id.as_str()).collect();
        let act = Act::new("disclosure").field("kind", "fetched");
        let act = act.field("lineage", visible.own.lineage.as_str()).field("objects", ids);
        let mut writes = self.channel_leaves(&who.partner, shared(act), |a| a)?.to_vec();
        let (collection, now_us) = (visible.id.clone(), self.now_us());
        let seqs: Vec<i64> = fresh.iter().map(|m| m.seq).collect();
        let mut guards = visible.ground.clone();
        guards.push(Guard::Unseen { collection: collection.clone(), seqs: seqs.clone() });
        writes.push(Write::Fetched { collection, seqs, now_us });
        Ok(Batch { guards, writes })
    }

    /// What a reader may be handed rests on this: nothing stopped, its partner has the keys and the
    /// vetting that it has, and its token is there. `None` = it is cut off.
    pub(crate) async fn ground_of_reader(
        &self,
        who: &Reader,
    ) -> Result<Option<Vec<Guard>>, NodeError> {
        let vetted = self.as_it_is(Bucket::VETTING, &who.partner).await?;
        let mut ground = vec![self.nothing_stopped().await?, vetted];
        let partner = self.store.record(Bucket::PARTNER, &who.partner).await?;
        ground.push(record::as_read(Bucket::PARTNER, &who.partner, partner.as_ref()));
        if let Some(token) = &who.token {
            let Some(kept) = self.store.record(Bucket::TOKEN, token).await? else {
                return Ok(None);
            };
            ground.push(record::unchanged(Bucket::TOKEN, &kept));
        }
        let partner: Option<Partner> = partner.as_ref().map(record::read).transpose()?;
        Ok(partner.filter(|partner| !partner.revoked).map(|_| ground))
    }
}
