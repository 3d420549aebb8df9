//! Papers about consent that partners send, and what follows from them: asks about what we released
//! to the asker, decisions about what the decider released to us (docs/design/consent.md).

use enlace_policy::consent::{Consent, ConsentDecision, Consented};
use enlace_policy::kinds;
use enlace_stix::Object;
use enlace_store::{Batch, ObjectState, Record, RecordQuery, StoreError, Twin, Write};

use crate::consent_use::{Consents, last_sent_us};
use crate::party_key::time_of;
use crate::record::{self, Bucket};
use crate::release::Release;
use crate::{Actor, Node, NodeError};

/// How far ahead of ours a partner's clock may be: a grant of tomorrow would outlast a withdrawal
/// of today.
const AHEAD_US: i64 = 5 * 60 * 1_000_000;
/// Most objects that one paper names.
const MOST: usize = 1_000;

/// Key of the record that changes whenever a partner's consents, or what it recalled, do.
pub(crate) fn epoch(partner: &str) -> String {
    format!("{partner}/epoch")
}

/// Key of the record that copies are to be looked at because a partner decided against something…
fn stopped(partner: &str) -> String {
    format!("due/{partner}")
}

/// …or recalled an object.
fn recalled(partner: &str, id: &str) -> String {
    format!("due/{partner}/{id}")
}

impl Node {
    /// The rule that a paper about consent breaks. Depends on nothing but the paper, the clock and
    /// what went between the two of us: an id that was never released to the asker is refused as
    /// one that nobody has.
    pub(crate) async fn consent_out_of_place(
        &self,
        partner: &str,
        object: &Object,
    ) -> Result<Option<&'static str>, NodeError> {
        let ask = object.kind() == "request";
        if ask && object.text("kind") != Some("consent") {
            return Ok(Some("exchange.type-not-taken"));
        }
        if let Some(rule) = self.paper_out_of_place(partner, object).await? {
            return Ok(Some(rule));
        }
        let made = time_of(object).unwrap_or(i64::MAX);
        if made > self.now_us().saturating_add(AHEAD_US) {
            return Ok(Some("exchange.future-dated"));
        }
        let agreement = object.text("agreement_ref").unwrap_or_default();
        let standing = self.agreement_with_id(agreement).await?;
        let standing = standing.filter(|s| s.agreement.party(partner).is_some());
        let lineage = standing.map(|s| s.agreement.lineage.clone());
        let fits = match lineage {
            None => false,
            Some(lineage) if ask => self.ask_fits(partner, &lineage, object).await?,
            Some(_) => self.decision_fits(partner, object).await?,
        };
        Ok(if fits { None } else { Some("exchange.out-of-place") })
    }

    /// An ask is about objects that this partner has from us, by the ids that it knows.
    async fn ask_fits(
        &self,
        partner: &str,
        lineage: &str,
        ask: &Object,
    ) -> Result<bool, NodeError> {
        let to_us = ask.text("asked_of_ref") == Some(self.me.identity_id.as_str());
        let by_it = ask.text("asked_by_ref") == ask.text("created_by_ref");
        let about: Vec<&str> = ask.texts("about_refs").collect();
        let told = ask.get("consent_asked").is_some();
        if !(to_us && by_it && told) || about.is_empty() || about.len() > MOST {
            return Ok(false);
        }
        for id in about {
            if self.twin_known_to(partner, lineage, id).await?.is_none() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The mapping of an id that a partner got under an agreement. What was recalled is unknown:
    /// who never fetched it was told of no recall.
    pub(crate) async fn twin_known_to(
        &self,
        partner: &str,
        lineage: &str,
        id: &str,
    ) -> Result<Option<Twin>, NodeError> {
        let id = id.to_lowercase();
        let fits =
            |t: &Twin| t.partner == partner && t.lineage == lineage && t.twin == id && !t.recalled;
        Ok(self.store.twins_of(&id).await?.into_iter().find(fits))
    }

    /// The mapping of an id that a partner got under any agreement, recalled or not.
    pub(crate) async fn twin_ever_known_to(
        &self,
        partner: &str,
        id: &str,
    ) -> Result<Option<Twin>, NodeError> {
        let fits = |t: &Twin| t.partner == partner && t.twin == id;
        Ok(self.store.twins_of(&id.to_lowercase()).await?.into_iter().find(fits))
    }

    /// A decision is about objects that this partner released to us, and answers no ask but one of
    /// ours to it.
    async fn decision_fits(&self, partner: &str, paper: &Object) -> Result<bool, NodeError> {
        let covered: Vec<&str> = paper.texts("covered_refs").collect();
        if covered.len() > MOST {
            return Ok(false);
        }
        for id in covered {
            let kind = id.split("--").next().unwrap_or_default();
            let held = self.store.object(&id.to_lowercase(), Some(partner)).await?;
            if held.is_none() || kinds::PAPERS.contains(&kind) {
                return Ok(false);
            }
        }
        let Some(request) = paper.text("request_ref") else { return Ok(true) };
        let asked = self.store.object(request, Some(enlace_store::OWN)).await?;
        let asked = asked.and_then(|row| Object::parse(&row.raw).ok());
        Ok(asked.is_some_and(|asked| {
            asked.text("kind") == Some("consent")
                && asked.text("asked_of_ref") == paper.text("created_by_ref")
        }))
    }

    /// What a decision that came changes: no release that was planned before it leaves after it,
    /// and what it ends is looked for.
    pub(crate) fn consent_arrived(
        &self,
        partner: &str,
        paper: &Object,
        writes: &mut Vec<Write>,
    ) -> Result<(), NodeError> {
        let now = self.now_us();
        writes.push(record::put(Bucket::CONSENT, &epoch(partner), &now, None)?);
        let grant = paper.text("decision") == Some(ConsentDecision::Granted.name());
        if !grant || paper.get("replaces_ref").is_some() || paper.revoked() {
            writes.push(record::put(Bucket::CONSENT, &stopped(partner), &now, Some(now))?);
        }
        Ok(())
    }

    /// What the recall of a partner's object changes: its copies at others are to come back.
    pub(crate) fn consent_recalled(
        &self,
        partner: &str,
        id: &str,
    ) -> Result<[Write; 2], NodeError> {
        let now = self.now_us();
        Ok([
            record::put(Bucket::CONSENT, &epoch(partner), &now, None)?,
            record::put(Bucket::CONSENT, &recalled(partner, id), &now, Some(now))?,
        ])
    }

    /// Withdraws what was passed on and may no longer be with its recipients: because its originator
    /// recalled it or decided against it. It decides, so nobody here is asked. An end by time is no
    /// such decision: it stops only what is new. What fails is tried again in the next round and keeps
    /// nothing else.
    pub(crate) async fn settle_consents(&self) {
        if let Err(error) = self.settle().await {
            tracing::error!(code = error.code(), "copies that are to come back");
        }
    }

    async fn settle(&self) -> Result<(), NodeError> {
        let query = RecordQuery {
            bucket: Bucket::CONSENT,
            prefix: "due/".to_owned(),
            due_before_us: Some(i64::MAX),
            limit: 1_000,
            ..RecordQuery::default()
        };
        let mut failed = None;
        for found in self.store.records(query).await? {
            if let Err(error) = self.settle_one(&found).await {
                failed = Some(error);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn settle_one(&self, found: &Record) -> Result<(), NodeError> {
        let rest = found.key.strip_prefix("due/").unwrap_or_default();
        let copies = match rest.split_once('/') {
            Some((partner, id)) => self.copies_of_recalled(partner, id).await?,
            None => self.copies_stopped(rest).await?,
        };
        let mut failed = None;
        for twin in copies {
            if let Err(error) = self.recall_whole(&Actor::console(), twin).await {
                failed = Some(error);
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        // Another decision in between is looked at in the next round.
        let guards = vec![record::unchanged(Bucket::CONSENT, found)];
        let writes = vec![Write::Delete { bucket: Bucket::CONSENT, key: found.key.clone() }];
        match self.store.commit(Batch { guards, writes }).await {
            Ok(_) | Err(StoreError::Guard { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn copies_of_recalled(&self, partner: &str, id: &str) -> Result<Vec<Twin>, NodeError> {
        let row = self.store.object(id, Some(partner)).await?;
        // Restricted for a legal hold it is recalled all the same.
        match row.is_none_or(|row| row.state != ObjectState::Held) {
            true => self.onward_copies(id, Some(partner)).await,
            false => Ok(Vec::new()),
        }
    }

    /// Copies of what came from a partner whose passing on it decided against since.
    async fn copies_stopped(&self, partner: &str) -> Result<Vec<Twin>, NodeError> {
        let mut consents = Consents::default();
        let mut copies: Vec<Twin> = Vec::new();
        for (_, release) in self.releases().await? {
            if release.sent.is_none() {
                continue;
            }
            for (original, _) in &release.twins {
                let twin = self.store.twin(&release.partner, &release.lineage, original).await?;
                let Some(twin) = twin.filter(|t| !t.recalled && !copies.contains(t)) else {
                    continue;
                };
                if self.is_stopped(partner, &twin, &release, &mut consents).await? {
                    copies.push(twin);
                }
            }
        }
        Ok(copies)
    }

    async fn is_stopped(
        &self,
        partner: &str,
        twin: &Twin,
        release: &Release,
        consents: &mut Consents,
    ) -> Result<bool, NodeError> {
        let makers = self.makers().await?;
        let sources = self.sources(&makers, &twin.original).await?;
        for source in sources.foreign.iter().filter(|s| s.partner.as_deref() == Some(partner)) {
            let since = makers.since(partner, &self.store.versions(&source.id).await?);
            if since.is_none_or(|since| last_sent_us(twin) < since) {
                continue;
            }
            let Some(came) = self.came(source).await? else { continue };
            let whom = self.whom(&release.partner, &release.purpose).await?;
            let said = self.said_of(source, &came, &whom, consents).await?;
            if matches!(said, Consented::No(why) if why.is_stop()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Decisions of a partner that answer an ask of ours, latest last.
    pub(crate) async fn answers_to(
        &self,
        partner: &str,
        request: &str,
    ) -> Result<Vec<(Object, Consent)>, NodeError> {
        let mut answers = self.decisions_in(partner).await?;
        answers.retain(|(object, _)| object.text("request_ref") == Some(request));
        Ok(answers)
    }
}
