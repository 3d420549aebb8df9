//! What tools read is summed up: one leaf for each account and collection in a span of time, because
//! a leaf for each request would cost a write to disk for each.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use enlace_store::Batch;

use crate::ledger_log::Act;
use crate::{Node, NodeError, clock};

/// What no leaf says yet, by account and collection.
#[derive(Debug, Default)]
pub(crate) struct ToolReads(Mutex<BTreeMap<(String, String), Sum>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sum {
    requests: u64,
    objects: u64,
    /// Lowest and highest sequence that was handed out.
    seqs: (i64, i64),
    from_us: i64,
    until_us: i64,
}

impl ToolReads {
    /// Notes one request that handed out so many objects with these sequences.
    pub(crate) fn note(
        &self,
        (account, collection): (&str, &str),
        objects: usize,
        seqs: (i64, i64),
        now_us: i64,
    ) {
        if objects == 0 {
            return;
        }
        let one =
            Sum { requests: 1, objects: objects as u64, seqs, from_us: now_us, until_us: now_us };
        let mut reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (account.to_owned(), collection.to_owned());
        reads.entry(key).and_modify(|sum| *sum = sum.and(one)).or_insert(one);
    }

    fn take(&self) -> BTreeMap<(String, String), Sum> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn give_back(&self, taken: BTreeMap<(String, String), Sum>) {
        let mut reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, before) in taken {
            reads.entry(key).and_modify(|sum| *sum = before.and(*sum)).or_insert(before);
        }
    }
}

impl Sum {
    fn and(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            objects: self.objects + other.objects,
            seqs: (self.seqs.0.min(other.seqs.0), self.seqs.1.max(other.seqs.1)),
            from_us: self.from_us.min(other.from_us),
            until_us: self.until_us.max(other.until_us),
        }
    }
}

impl Node {
    /// Writes the leaves of what tools have read since the last time; `serve` asks for it every ten
    /// seconds and when it stops. Answers how many there were.
    pub async fn tool_reads_logged(&self) -> Result<usize, NodeError> {
        let taken = self.tool_reads.take();
        if taken.is_empty() {
            return Ok(0);
        }
        let mut writes = Vec::with_capacity(taken.len());
        for ((account, collection), sum) in &taken {
            let act = Act::new("plain-read")
                .field("account", account.as_str())
                .field("collection", collection.as_str())
                .field("requests", sum.requests)
                .field("objects", sum.objects)
                .field("first_seq", sum.seqs.0)
                .field("last_seq", sum.seqs.1)
                .field("from", clock::text(sum.from_us))
                .field("until", clock::text(sum.until_us));
            writes.push(self.node_leaf(act)?);
        }
        match self.store.commit(Batch { guards: vec![], writes }).await {
            Ok(_) => Ok(taken.len()),
            Err(error) => {
                self.tool_reads.give_back(taken);
                Err(error.into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_summed_by_account_and_collection_and_nothing_is_lost_when_a_leaf_fails() {
        let reads = ToolReads::default();
        reads.note(("feed", "c"), 3, (4, 9), 100);
        reads.note(("feed", "c"), 1, (2, 2), 200);
        reads.note(("feed", "c"), 0, (0, 0), 300);
        reads.note(("feed", "d"), 1, (7, 7), 100);
        let taken = reads.take();
        let sum =
            |n, objects, seqs, until_us| Sum { requests: n, objects, seqs, from_us: 100, until_us };
        let key = |collection: &str| ("feed".to_owned(), collection.to_owned());
        assert_eq!(taken[&key("c")], sum(2, 4, (2, 9), 200));
        assert_eq!(taken[&key("d")], sum(1, 1, (7, 7), 100));
        reads.note(("feed", "c"), 5, (10, 14), 400);
        reads.give_back(taken);
        assert_eq!(reads.take()[&key("c")], sum(3, 9, (2, 14), 400));
    }
}
