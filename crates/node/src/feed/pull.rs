//! A run that asks: page by page, first what came is kept, then where the feed stands. A crash in
//! between brings the page again, and nothing changes by it.

use enlace_stix::{Limits, Object};
use enlace_taxii::{Poll, Submission};
use serde_json::value::RawValue;

use super::Course;
use super::brought::OF_A_PARTY;
use super::round::{Progress, Turn};
use super::state::FeedReport;
use super::wire::fault;
use crate::import::{ImportRequest, Way};
use crate::{Node, NodeError};

impl Node {
    pub(super) async fn pull_feed(
        &self,
        turn: &mut Turn,
        told: Progress<'_>,
    ) -> Result<(), NodeError> {
        let wire = self.open_wire(&turn.name, &turn.feed)?;
        let found = self.find_collection(turn, &wire, false).await?;
        let position = turn.state.position.clone();
        let mut poll = Poll::new(&wire, &found.root, &found.id, position, turn.feed.page);
        while let Some(page) = poll.next_page().await.map_err(|e| fault(&turn.name, &e))? {
            if !page.objects.is_empty() {
                turn.report.pages += 1;
                self.take_page(turn, &page.objects).await?;
            }
            turn.state.position = page.position;
            self.keep_turn(turn, Vec::new()).await?;
            told(&turn.report);
            self.still_wanted(turn).await?;
        }
        turn.state.position = poll.position().clone();
        Ok(())
    }

    /// Keeps the objects of a page.
    async fn take_page(&self, turn: &mut Turn, objects: &[Box<RawValue>]) -> Result<(), NodeError> {
        let before = turn.report.new;
        match turn.feed.course.clone() {
            Course::Import { marking, compartment } => {
                self.import_page(turn, objects, &marking, compartment.as_deref()).await?;
            }
            Course::Into { collection, account } => {
                self.add_page(turn, objects, &collection, &account).await?;
            }
            Course::From { .. } | Course::Agreement { .. } => {
                return Err(NodeError::Internal("a feed that gives was asked to take"));
            }
        }
        turn.state.objects += (turn.report.new - before) as u64;
        Ok(())
    }

    /// As any file is imported, into the channel of the feed.
    async fn import_page(
        &self,
        turn: &mut Turn,
        objects: &[Box<RawValue>],
        marking: &str,
        compartment: Option<&str>,
    ) -> Result<(), NodeError> {
        let brought = self.feed_way(&turn.name, marking).await?;
        let channel = brought.channel.clone();
        let placing = match compartment {
            Some(name) => Some(self.placing(&turn.actor, name).await?),
            None => None,
        };
        let way = Way { placing, feed: Some(brought), course: None };
        let bytes = envelope(objects);
        let request = ImportRequest {
            name: &channel,
            bytes: bytes.as_bytes(),
            format: Some("stix"),
            marking: None,
            source: Some(&channel),
            dry_run: false,
        };
        let done = self.import_to(&turn.actor, request, way).await?;
        turn.report.new += done.new;
        turn.report.known += done.known;
        turn.report.conflict += done.conflict;
        turn.report.rejected += done.rejected;
        Ok(())
    }

    /// As a tool adds it, to a plain collection.
    async fn add_page(
        &self,
        turn: &mut Turn,
        objects: &[Box<RawValue>],
        collection: &str,
        account: &str,
    ) -> Result<(), NodeError> {
        let actor = self.plain_right(account, collection, |grant| grant.write).await?;
        let limits = &self.config.limits;
        let limits = Limits { object_bytes: limits.object_bytes, nesting: limits.nesting };
        let parties = self.parties().await?;
        let mut texts = Vec::with_capacity(objects.len());
        for raw in objects.iter().map(|raw| raw.get()) {
            match Object::parse_within(raw, limits) {
                Ok(object) if parties.made(&object) => {
                    turn.report.refuse(object.id().as_str(), OF_A_PARTY);
                }
                _ => texts.push(raw),
            }
        }
        let submission = Submission::of(texts, limits);
        let known = self.known_of(collection, &submission).await?;
        let status = self.plain_add(&actor, collection, submission, true).await;
        let status = status.map_err(|refused| NodeError::Feed {
            feed: turn.name.clone(),
            code: "feed.collection-full",
            problem: format!("our own collection did not take the page: {refused:?}"),
            retry_after_s: 0,
        })?;
        let taken = usize::try_from(status.success_count).unwrap_or(usize::MAX);
        turn.report.known += known.min(taken);
        turn.report.new += taken.saturating_sub(known);
        for failure in &status.failures {
            count_failure(&mut turn.report, &failure.id, failure.message.as_deref());
        }
        Ok(())
    }

    /// How many versions of a submission are in the collection already.
    async fn known_of(&self, collection: &str, sent: &Submission) -> Result<usize, NodeError> {
        let of = |one: &enlace_taxii::Addition| {
            one.version.clone().map(|version| (one.id.clone(), version))
        };
        let asked: Vec<(String, String)> = sent.additions.iter().filter_map(of).collect();
        Ok(self.store.newest(collection, &asked).await?.into_iter().flatten().count())
    }
}

/// What a status says against an object.
fn count_failure(report: &mut FeedReport, id: &str, reason: Option<&str>) {
    let reason = reason.unwrap_or("no reason given");
    report.refuse(id, reason);
    if reason.starts_with("taxii.object.conflict") {
        report.rejected -= 1;
        report.conflict += 1;
    }
}

/// The texts of the objects in one envelope, each as it came.
fn envelope(objects: &[Box<RawValue>]) -> String {
    let texts: Vec<&str> = objects.iter().map(|raw| raw.get()).collect();
    format!("{{\"objects\":[{}]}}", texts.join(","))
}
