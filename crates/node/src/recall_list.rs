//! Who has not answered: recalls, corrections and ends of retention at each partner, with what it
//! stated. A partner's statement is no proof.

use enlace_policy::roles::Action;
use enlace_store::RecordQuery;
use serde::Serialize;

use crate::facts::ObjectName;
use crate::ledger_log::Act;
use crate::recall::RecallRecord;
use crate::recall_answer::{Asked, Stated, Why};
use crate::record::{self, Bucket};
use crate::review::DAY_US;
use crate::{Actor, Node, NodeError, clock};

/// Days after which an answer is overdue: the longest time that Directive (EU) 2023/977, Article 5,
/// gives for an answer between agencies.
const ANSWER_DAYS: i64 = 7;
/// Records read at once.
const CHUNK: usize = 10_000;

/// Something that a partner is to erase, and where it stands.
#[derive(Debug, Clone, Serialize)]
pub struct RecallStatus {
    /// The original.
    pub object: String,
    /// What it is called; its id where it is not held any more.
    pub label: String,
    /// The same with its marking; for pages.
    #[serde(skip)]
    pub name: Option<ObjectName>,
    /// Name of the partner.
    pub partner: String,
    /// Key id of the partner; for pages.
    #[serde(skip)]
    pub partner_key: String,
    /// Id that the partner knows.
    pub twin: String,
    /// Why it is to be erased.
    pub reason: Why,
    /// Who decided; `node` where time alone did.
    pub by: String,
    /// Since when.
    pub at: String,
    /// Whether the partner had fetched it; else there is nothing to answer.
    pub fetched: bool,
    /// Whole days since then, up to the answer if there is one.
    pub days: i64,
    /// `not-fetched`, `waiting`, `overdue`, `answered`.
    pub state: &'static str,
    /// What the partner states.
    pub stated: Option<Stated>,
}

impl Node {
    /// Every recall, correction and end of retention that the actor may know of; only those without
    /// an answer, the longest wait first, or all of them, the latest first.
    pub async fn recall_list(
        &self,
        actor: &Actor,
        unanswered: bool,
    ) -> Result<Vec<RecallStatus>, NodeError> {
        actor.require(Action::ReleaseView)?;
        self.retention_round().await?;
        let mut asked = self.asked_of(Bucket::ASKED).await?;
        asked.extend(self.asked_of(Bucket::RECALL).await?);
        let view = self.view_of(actor).await?.with_overdue();
        let hidden = self.hidden(&view).await?;
        let mut lines = Vec::new();
        for (asked, fetched) in asked {
            let open = fetched && asked.said.is_none();
            if hidden.contains(&asked.original) || (unanswered && !open) {
                continue;
            }
            let end = match &asked.said {
                Some(said) => crate::party_key::instant(&said.at).unwrap_or(asked.at_us),
                None => self.now_us(),
            };
            let days = (end - asked.at_us).max(0) / DAY_US;
            let name = self.named(&view, &asked.original).await?;
            lines.push(RecallStatus {
                label: name.as_ref().map_or(&asked.original, |name| &name.label).clone(),
                name,
                object: asked.original,
                partner: self.channel_name(&asked.partner).await?,
                partner_key: asked.partner,
                twin: asked.twin,
                reason: asked.why,
                by: asked.by,
                at: clock::text(asked.at_us),
                fetched,
                days,
                state: match (&asked.said, fetched) {
                    (Some(_), _) => "answered",
                    (None, false) => "not-fetched",
                    (None, true) if days >= ANSWER_DAYS => "overdue",
                    (None, true) => "waiting",
                },
                stated: asked.said,
            });
        }
        lines.sort_by(|a, b| if unanswered { a.at.cmp(&b.at) } else { b.at.cmp(&a.at) });
        let ids: Vec<&str> = lines.iter().map(|line| line.object.as_str()).collect();
        let act = Act::new("consultation").by(actor).field("kind", "recalls");
        self.log_act(act.field("objects", ids)).await?;
        Ok(lines)
    }

    /// What is asked of partners by a bucket, each with whether the partner had fetched it.
    async fn asked_of(&self, bucket: &'static str) -> Result<Vec<(Asked, bool)>, NodeError> {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let query = RecordQuery { bucket, after, limit: CHUNK, ..RecordQuery::default() };
            let records = self.store.records(query).await?;
            for kept in &records {
                if bucket == Bucket::ASKED {
                    found.push((record::read(kept)?, true));
                    continue;
                }
                let recall: RecallRecord = record::read(kept)?;
                let Some((partner, twin)) = kept.key.split_once('/') else { continue };
                let asked = Asked {
                    original: recall.original,
                    twin: crate::recall::twin_of(twin).to_owned(),
                    partner: partner.to_owned(),
                    why: Why::Recall,
                    by: recall.by,
                    at_us: recall.at_us,
                    record: None,
                    said: recall.said,
                };
                found.push((asked, recall.fetched));
            }
            match records.last() {
                Some(last) if records.len() == CHUNK => after = Some(last.key.clone()),
                _ => return Ok(found),
            }
        }
    }
}
