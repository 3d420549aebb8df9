//! The asked side: evaluates what it cannot read, counts, and logs kind, purpose and number.
//!
//! What is answered depends on the agreement as both know it, on the quota that this partner used
//! and on what it sent. It is the same work whatever is held.

use enlace_keys::SignedObject;
use enlace_oprf::Class;
use enlace_store::{Batch, StoreError};

use super::wire::{Answered, Asked, class_from, decode, encode, opened};
use super::{Chance, fault, term_of};
use crate::ledger_log::Act;
use crate::record::{self, Bucket};
use crate::review::DAY_US;
use crate::standing::Standing;
use crate::{Node, NodeError, clock};

/// How often a count is tried again that somebody else changed at the same time.
const TRIES: usize = 50;

/// What a query is, once it was read.
struct Query<'q> {
    partner: &'q str,
    standing: &'q Standing,
    purpose: &'q str,
    kind: &'q str,
    case: &'q str,
    class: Class,
    asked: &'q str,
}

impl Node {
    /// Answers what a partner asks at `/enlace/v1/match`. Called after the certificate proved who
    /// asks; the answer is signed.
    pub async fn match_receive(
        &self,
        partner: &str,
        body: &[u8],
    ) -> Result<SignedObject, NodeError> {
        let keys = self.keys_of(partner).await?;
        let unread = || {
            let expected = "an object signed by the partner";
            NodeError::input("match.not-signed", "no signed query", "body", expected)
        };
        let (object, asked) = opened(body, &keys).ok_or_else(unread)?;
        let query: Asked = serde_json::from_value(object).map_err(|_| unread())?;
        let answer = match &query {
            Asked::MatchQuery {
                agreement, purpose, kind, case, epoch, class, elements, ..
            } => {
                let standing = self.match_standing(partner, agreement, purpose).await?;
                match (standing, class_from(class), decode(elements)) {
                    (Some(standing), Some(class), Some(elements)) => {
                        let standing = &standing;
                        let asked = asked.as_str();
                        let query = Query { partner, standing, purpose, kind, case, class, asked };
                        self.match_answered(&query, *epoch, &elements).await?
                    }
                    (None, ..) => refused(&asked, "match.not-open"),
                    _ => refused(&asked, "match.not-a-query"),
                }
            }
            Asked::MatchTable { agreement, purpose, .. } => {
                self.match_table(partner, agreement, purpose, &asked).await?
            }
        };
        let answer = serde_json::to_value(&answer).map_err(|_| NodeError::Internal("answer"))?;
        Ok(self.keys.envelope(answer))
    }

    /// The version in force that opens hit/no-hit for a purpose.
    async fn match_standing(
        &self,
        partner: &str,
        lineage: &str,
        purpose: &str,
    ) -> Result<Option<Standing>, NodeError> {
        let found = self.match_standings(partner).await?;
        Ok(found.into_iter().find(|s| {
            s.agreement.lineage == lineage
                && s.agreement.terms().purposes.allowed.iter().any(|p| p == purpose)
        }))
    }

    async fn match_answered(
        &self,
        query: &Query<'_>,
        epoch: u64,
        elements: &[u8],
    ) -> Result<Answered, NodeError> {
        let open = term_of(query.standing).map(|term| &term.kinds);
        if !open.is_some_and(|kinds| kinds.iter().any(|kind| kind == query.kind)) {
            return Ok(refused(query.asked, "match.kind-not-open"));
        }
        if query.case.is_empty() || query.case.len() > 200 {
            return Ok(refused(query.asked, "match.no-case"));
        }
        let lineage = &query.standing.agreement.lineage;
        let set = self.match_set(query.partner, lineage, query.purpose).await?;
        match set {
            None => return Ok(refused(query.asked, "match.not-ready")),
            Some(set) if set.epoch != epoch => {
                return Ok(refused(query.asked, "match.other-epoch"));
            }
            Some(_) => {}
        }
        // Counted and logged before anything is evaluated.
        let Some(left) = self.match_counted(query).await? else {
            return Ok(refused(query.asked, "match.quota"));
        };
        let key = self.match_secret(query.partner, query.standing, query.purpose, epoch)?;
        let (class, elements) = (query.class, elements.to_vec());
        let work = tokio::task::spawn_blocking(move || {
            let mut chance = Chance::new();
            let answer = key.answer(class, &elements, &mut || chance.next());
            chance.whole().map(|()| answer)
        });
        let answer = work.await.map_err(|_| NodeError::Internal("evaluation"))??;
        Ok(match answer {
            Ok(answer) => {
                Answered::Elements { asked: query.asked.to_owned(), answer: encode(&answer), left }
            }
            Err(enlace_oprf::Error::Randomness) => {
                return Err(fault(enlace_oprf::Error::Randomness));
            }
            Err(_) => refused(query.asked, "match.not-a-query"),
        })
    }

    /// Takes the elements of a query off the quota of the day and logs it, in one transaction; `None`:
    /// so many are not left. Elements are counted, not values: nobody can see which are blank.
    async fn match_counted(&self, query: &Query<'_>) -> Result<Option<u64>, NodeError> {
        let elements = query.class.elements() as u64;
        let quota = term_of(query.standing).map_or(0, |term| u64::from(term.daily_quota));
        for _ in 0..TRIES {
            let (key, found, used) =
                self.match_used(query.partner, &query.standing.agreement.lineage).await?;
            let now_used = used.saturating_add(elements);
            if now_used > quota {
                return Ok(None);
            }
            let due = self.now_us().saturating_add(2 * DAY_US);
            let act = Act::new("match-answered")
                .field("agreement", query.standing.agreement.id.as_str())
                .field("purpose", query.purpose)
                .field("kind", query.kind)
                .field("elements", elements)
                .field("case", query.case)
                .field("sha256", query.asked);
            let mut writes = vec![record::put(Bucket::MATCH_QUOTA, &key, &now_used, Some(due))?];
            writes.extend(self.channel_leaves(query.partner, act, |act| act)?);
            let guards = vec![record::as_read(Bucket::MATCH_QUOTA, &key, found.as_ref())];
            match self.store.commit(Batch { guards, writes }).await {
                Ok(_) => return Ok(Some(quota - now_used)),
                Err(StoreError::Guard { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(NodeError::Changed { what: "the quota of the partner".to_owned() })
    }

    /// The record of what a partner used today under an agreement, and its number.
    pub(super) async fn match_used(
        &self,
        partner: &str,
        lineage: &str,
    ) -> Result<(String, Option<enlace_store::Record>, u64), NodeError> {
        let today = clock::day(self.now_us());
        let key = format!("{partner}/{lineage}/{today}");
        let found = self.store.record(Bucket::MATCH_QUOTA, &key).await?;
        let used = found.as_ref().map(record::read).transpose()?.unwrap_or(0);
        Ok((key, found, used))
    }

    async fn match_table(
        &self,
        partner: &str,
        lineage: &str,
        purpose: &str,
        asked: &str,
    ) -> Result<Answered, NodeError> {
        let Some(standing) = self.match_standing(partner, lineage, purpose).await? else {
            return Ok(refused(asked, "match.not-open"));
        };
        let Some(set) = self.match_set(partner, lineage, purpose).await? else {
            return Ok(refused(asked, "match.not-ready"));
        };
        let quota = term_of(&standing).map_or(0, |term| u64::from(term.daily_quota));
        let (_, _, used) = self.match_used(partner, lineage).await?;
        Ok(Answered::Table {
            asked: asked.to_owned(),
            epoch: set.epoch,
            sequence: set.sequence,
            public_key: set.public.clone(),
            sha256: set.table.sha256.clone(),
            size: set.table.size,
            changes: set.changes.iter().map(|one| (one.sequence, one.sha256.clone())).collect(),
            left: quota.saturating_sub(used),
        })
    }
}

fn refused(asked: &str, rule: &str) -> Answered {
    Answered::Refused { asked: asked.to_owned(), rule: rule.to_owned() }
}
