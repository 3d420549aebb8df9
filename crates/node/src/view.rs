//! What one person sees of what is held: the one function that every read use case asks.
//!
//! An object is hidden by records of the bucket `veil`, `OBJECT/REASON`: a compartment that it is
//! in, or [`OVERDUE`] for review from a date on. A [`View`] lifts the reasons that hide nothing from
//! its actor; an object with one reason left does not exist for him. The store asks the same of
//! every row that it finds or counts.

use std::collections::HashSet;

use enlace_store::{ObjectRow, RecordQuery, Veil};

use crate::actor::Actor;
use crate::record::Bucket;
use crate::{Action, Node, NodeError};

/// Reason that hides what is overdue for review.
pub(crate) const OVERDUE: &str = "overdue";
/// Reason that hides from everybody what a partner released and whose retention has ended, until the
/// next round purges it.
pub(crate) const EXPIRED: &str = "expired";
/// Records read at once.
const CHUNK: usize = 10_000;

/// What somebody sees.
#[derive(Debug, Clone, Default)]
pub(crate) struct View {
    veil: Veil,
}

impl View {
    /// Everything: for what the node does by itself and shows to nobody, and for oversight, which
    /// names what left by its id.
    pub(crate) fn whole() -> Self {
        Self::default()
    }

    /// As questions to the store carry it.
    pub(crate) fn veil(&self) -> Veil {
        self.veil.clone()
    }

    /// As far as it may leave: nobody releases what is overdue for review.
    pub(crate) fn without_overdue(mut self) -> Self {
        self.veil.lifted.retain(|reason| reason != OVERDUE);
        self
    }

    /// Without regard to review: what was done with an object is known to who did it.
    pub(crate) fn with_overdue(mut self) -> Self {
        self.veil.lifted.push(OVERDUE.to_owned());
        self
    }

    /// What both see.
    pub(crate) fn shared(mut self, other: &Self) -> Self {
        self.veil.lifted.retain(|reason| other.veil.lifted.contains(reason));
        self
    }

    /// Whether it sees into any compartment.
    pub(crate) fn is_inside(&self) -> bool {
        self.veil.lifted.iter().any(|reason| reason != OVERDUE)
    }

    /// Whether it sees into the compartment.
    pub(crate) fn lifts(&self, reason: &str) -> bool {
        self.veil.bucket.is_empty() || self.veil.lifted.iter().any(|lifted| lifted == reason)
    }

    /// Whether anything is hidden by these keys of an object's reasons.
    fn hides<'k>(&self, id: &str, mut keys: impl Iterator<Item = &'k str>) -> bool {
        keys.any(|key| {
            let reason = key.strip_prefix(id).and_then(|rest| rest.strip_prefix('/'));
            reason.is_some_and(|reason| !self.lifts(reason))
        })
    }
}

impl Node {
    /// What an actor sees. Who is no member of a compartment, the console included, sees nothing of
    /// it, whatever the role.
    pub(crate) async fn view_of(&self, actor: &Actor) -> Result<View, NodeError> {
        let view = self.view_of_account(actor.account()).await?;
        Ok(if actor.may(Action::Review) { view.with_overdue() } else { view })
    }

    /// What an account sees, but for what its role adds.
    pub(crate) async fn view_of_account(&self, account: &str) -> Result<View, NodeError> {
        let any = RecordQuery { bucket: Bucket::VEIL, limit: 1, ..RecordQuery::default() };
        if self.store.records(any).await?.is_empty() {
            // Nothing is hidden from anybody: no row need be asked.
            return Ok(View::whole());
        }
        let prefix = format!("{account}/");
        let query = RecordQuery {
            bucket: Bucket::MEMBER,
            prefix: prefix.clone(),
            limit: CHUNK,
            ..RecordQuery::default()
        };
        let records = self.store.records(query).await?;
        let compartment = |key: &str| key.strip_prefix(&prefix).map(str::to_owned);
        let lifted = records.iter().filter_map(|r| compartment(&r.key)).collect();
        Ok(View { veil: Veil { bucket: Bucket::VEIL, lifted, now_us: self.now_us() } })
    }

    /// Whether an object, held or not, is hidden from nobody that the view stands for.
    pub(crate) async fn sees(&self, view: &View, id: &str) -> Result<bool, NodeError> {
        let query = RecordQuery {
            bucket: Bucket::VEIL,
            prefix: format!("{id}/"),
            limit: CHUNK,
            ..RecordQuery::default()
        };
        let records = self.store.records(query).await?;
        let due = records.iter().filter(|r| r.due_us.is_some_and(|due| due <= view.veil.now_us));
        Ok(!view.hides(id, due.map(|r| r.key.as_str())))
    }

    /// The current version of an object, whatever its state. What is hidden costs what is unknown
    /// costs: the same two questions, the second one for an id that nothing can have.
    pub(crate) async fn seen(&self, view: &View, id: &str) -> Result<Option<ObjectRow>, NodeError> {
        let asked = if self.sees(view, id).await? { id.to_owned() } else { format!("{id}!") };
        Ok(self.store.object(&asked, None).await?)
    }

    /// Whether an object is overdue for review: then it is nobody's to release.
    pub(crate) async fn is_overdue(&self, id: &str) -> Result<bool, NodeError> {
        let veil = self.store.record(Bucket::VEIL, &format!("{id}/{OVERDUE}")).await?;
        Ok(veil.is_some_and(|veil| veil.due_us.is_some_and(|due| due <= self.now_us())))
    }

    /// Ids of everything that a view does not see; for lists, where one question answers for all.
    pub(crate) async fn hidden(&self, view: &View) -> Result<HashSet<String>, NodeError> {
        let mut hidden = HashSet::new();
        let mut add = |id: &str, reason: &str| {
            if !view.lifts(reason) {
                hidden.insert(id.to_owned());
            }
        };
        self.each_veil(view.veil.now_us, &mut add).await?;
        Ok(hidden)
    }

    /// Every object that is hidden from somebody at an instant, with each reason.
    pub(crate) async fn each_veil(
        &self,
        now_us: i64,
        each: &mut (dyn FnMut(&str, &str) + Send),
    ) -> Result<(), NodeError> {
        let mut after = None;
        loop {
            let query = RecordQuery {
                bucket: Bucket::VEIL,
                after,
                due_before_us: Some(now_us),
                limit: CHUNK,
                ..RecordQuery::default()
            };
            let records = self.store.records(query).await?;
            for (id, reason) in records.iter().filter_map(|r| r.key.rsplit_once('/')) {
                each(id, reason);
            }
            match records.last() {
                Some(last) if records.len() == CHUNK => after = Some(last.key.clone()),
                _ => return Ok(()),
            }
        }
    }
}
