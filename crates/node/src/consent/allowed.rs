//! What the consents to an object allow: passing on, use as evidence, another purpose.

use std::collections::BTreeSet;

use enlace_policy::consent::{Consented, NoConsent, evidence, other_purpose};
use enlace_policy::roles::Action;
use enlace_store::{OWN, ObjectRow, ObjectState};
use serde::Serialize;

use crate::consent_use::{Came, Consents, Source, Whom};
use crate::{Actor, Node, NodeError};

/// Purposes that the verdicts on an object are shown for.
const PURPOSES: usize = 20;

/// Whether something may be done with an object, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentVerdict {
    /// Whether it may.
    pub allowed: bool,
    /// `own`, `by-release`, `by-consent`, `redacted`, or why not: `unasked`, `refused`,
    /// `withdrawn`, `expired`, `not-yet`, `without-end`, `conditions`, `unreadable`, `never`,
    /// `unattributed`.
    pub reason: &'static str,
    /// The consent that decided.
    pub consent: Option<String>,
}

/// What the consents to an object allow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsentView {
    /// The object.
    pub object: String,
    /// Names of those whose content it holds, besides us.
    pub originators: Vec<String>,
    /// Handling codes of everything in it.
    pub handling: Vec<String>,
    /// Purpose that the verdicts are about; empty where all is our own and none was named.
    pub purpose: String,
    /// Whether it may be passed on, by name of each other partner.
    pub onward: Vec<(String, ConsentVerdict)>,
    /// Whether it may be evidence.
    pub evidence: ConsentVerdict,
    /// Whether it may be used for the purpose.
    pub other_purpose: ConsentVerdict,
    /// The same for each other purpose that was asked for or granted; empty where one was named.
    pub others: Vec<ForPurpose>,
    /// Copies of it that others have through us.
    pub copies: usize,
    /// Whether consent can be asked: one partner released it to us.
    pub may_ask: bool,
}

/// What the consents to an object allow for a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForPurpose {
    /// The purpose.
    pub purpose: String,
    /// Whether it may be passed on, by name of each other partner.
    pub onward: Vec<(String, ConsentVerdict)>,
    /// Whether it may be used for the purpose.
    pub other_purpose: ConsentVerdict,
}

impl ConsentVerdict {
    const OWN: Self = Self { allowed: true, reason: "own", consent: None };

    fn no(why: NoConsent) -> Self {
        Self { allowed: false, reason: why.name(), consent: None }
    }

    fn of(said: &Consented) -> Self {
        let (reason, consent) = match said {
            Consented::No(why) => return Self::no(*why),
            Consented::Whole { by: None } => ("by-release", None),
            Consented::Whole { by } => ("by-consent", by.clone()),
            Consented::Redacted { by, .. } => ("redacted", Some(by.clone())),
        };
        Self { allowed: true, reason, consent }
    }

    /// Both: what all of several originators say.
    fn and(self, other: Self) -> Self {
        match (self.allowed, other.reason) {
            (false, _) => self,
            (true, "own") => self,
            _ => other,
        }
    }
}

/// What is proposed to be done.
enum Use<'a> {
    Onward(&'a Whom),
    Evidence(&'a Whom),
    Purpose(&'a Whom),
}

impl Node {
    /// What the consents to an object allow, for a purpose (default: that of its release) and, for
    /// evidence, in certain proceedings.
    pub async fn consent_show(
        &self,
        actor: &Actor,
        object: &str,
        purpose: Option<&str>,
        proceedings: Option<&str>,
    ) -> Result<ConsentView, NodeError> {
        let row = self.get(actor, object).await?;
        let sources = self.sources(&self.makers().await?, &row.id).await?.foreign;
        self.consent_view(actor, &row, &sources, (purpose, proceedings)).await
    }

    /// The same for an object that the actor was shown already; `None` = nobody else's content is
    /// in it.
    pub async fn consent_beside(
        &self,
        actor: &Actor,
        row: &ObjectRow,
    ) -> Result<Option<ConsentView>, NodeError> {
        actor.require(Action::ViewObject)?;
        let sources = self.sources(&self.makers().await?, &row.id).await?.foreign;
        if sources.is_empty() || row.state != ObjectState::Held {
            return Ok(None);
        }
        self.consent_view(actor, row, &sources, (None, None)).await.map(Some)
    }

    async fn consent_view(
        &self,
        actor: &Actor,
        row: &ObjectRow,
        foreign: &BTreeSet<Source>,
        (purpose, proceedings): (Option<&str>, Option<&str>),
    ) -> Result<ConsentView, NodeError> {
        let joined = self.joined_of(std::slice::from_ref(&row.id)).await?;
        let stated = joined.marking.purposes.iter().flatten().next().cloned();
        let mut names = BTreeSet::new();
        for source in foreign {
            let partner = source.partner.as_deref();
            names.insert(match partner {
                Some(partner) => self.channel_name(partner).await?,
                None => "?".to_owned(),
            });
        }
        let mut more = match purpose {
            Some(_) => BTreeSet::new(),
            None => self.purposes_said(actor, row, &names).await?,
        };
        let first = purpose.map(str::to_owned).or(stated).or_else(|| more.first().cloned());
        let purpose = first.unwrap_or_default();
        more.remove(&purpose);
        let mut consents = Consents::default();
        let one = self.for_purpose(actor, foreign, purpose, &mut consents).await?;
        let mut others = Vec::with_capacity(more.len());
        for purpose in more {
            others.push(self.for_purpose(actor, foreign, purpose, &mut consents).await?);
        }
        let proceedings = proceedings.map(str::to_owned);
        let purpose = one.purpose.clone();
        let ourselves = Whom { purpose, proceedings, ..Whom::default() };
        let may_ask = self.only_channel(row, foreign);
        Ok(ConsentView {
            evidence: self.verdict(foreign, Use::Evidence(&ourselves), &mut consents).await?,
            other_purpose: one.other_purpose,
            object: row.id.clone(),
            originators: names.into_iter().collect(),
            handling: joined.marking.handling.iter().map(|h| format!("{h:?}")).collect(),
            purpose: one.purpose,
            onward: one.onward,
            others,
            copies: match foreign.is_empty() || !actor.may(Action::ReleaseView) {
                true => 0,
                false => self.onward_copies(&row.id, None).await?.len(),
            },
            may_ask,
        })
    }

    async fn for_purpose(
        &self,
        actor: &Actor,
        foreign: &BTreeSet<Source>,
        purpose: String,
        consents: &mut Consents,
    ) -> Result<ForPurpose, NodeError> {
        let mut onward = Vec::new();
        let known = match actor.may(Action::ReleaseView) {
            true => self.partners().await?,
            false => Vec::new(),
        };
        for (key_id, partner) in known {
            let whose = |s: &Source| s.partner.as_deref() == Some(key_id.as_str());
            if foreign.iter().any(whose) || foreign.is_empty() {
                continue;
            }
            let whom = self.whom(&key_id, &purpose).await?;
            let verdict = self.verdict(foreign, Use::Onward(&whom), consents).await?;
            onward.push((partner.name, verdict));
        }
        let ourselves = Whom { purpose, ..Whom::default() };
        let other_purpose = self.verdict(foreign, Use::Purpose(&ourselves), consents).await?;
        Ok(ForPurpose { purpose: ourselves.purpose, onward, other_purpose })
    }

    /// Purposes for which consent to an object was asked of its originators or given by them; so
    /// many of them as anybody reads.
    async fn purposes_said(
        &self,
        actor: &Actor,
        row: &ObjectRow,
        originators: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, NodeError> {
        if row.channel == OWN || !actor.may(Action::ReleaseView) {
            return Ok(BTreeSet::new());
        }
        let mut lines = self.consent_list(actor).await?;
        lines.retain(|line| {
            let ours = matches!(line.direction, "asked-by-us" | "received");
            let theirs = originators.contains(&line.partner);
            ours && theirs && (line.objects.contains(&row.id) || line.types.contains(&row.kind))
        });
        let purposes = lines.into_iter().map(|line| line.purpose);
        let said: BTreeSet<String> = purposes.filter(|purpose| !purpose.is_empty()).collect();
        Ok(said.into_iter().take(PURPOSES).collect())
    }

    /// Whether an object may be used as evidence in certain proceedings: not while it, or anything
    /// that it was made from, bears H1 without a consent of its originator. What builds an evidence
    /// package asks here for each object.
    pub async fn evidence_allowed(
        &self,
        actor: &Actor,
        object: &str,
        proceedings: &str,
    ) -> Result<bool, NodeError> {
        let view = self.consent_show(actor, object, None, Some(proceedings)).await?;
        Ok(view.evidence.allowed)
    }

    fn only_channel(&self, row: &ObjectRow, foreign: &BTreeSet<Source>) -> bool {
        let mine = |s: &Source| s.id == row.id && s.partner.as_ref() == Some(&row.channel);
        row.state == ObjectState::Held && foreign.iter().any(mine)
    }

    /// What all originators together say.
    async fn verdict(
        &self,
        foreign: &BTreeSet<Source>,
        proposed: Use<'_>,
        consents: &mut Consents,
    ) -> Result<ConsentVerdict, NodeError> {
        let mut all = ConsentVerdict::OWN;
        for source in foreign {
            let came = self.came(source).await?;
            let one = match (&source.partner, came) {
                (Some(partner), Some(came)) => {
                    let said = self.said(source, partner, &came, &proposed, consents).await?;
                    ConsentVerdict::of(&said)
                }
                _ => ConsentVerdict::no(NoConsent::Unattributed),
            };
            all = if all.reason == "own" { one } else { all.and(one) };
        }
        Ok(all)
    }

    async fn said(
        &self,
        source: &Source,
        partner: &str,
        came: &Came,
        proposed: &Use<'_>,
        consents: &mut Consents,
    ) -> Result<Consented, NodeError> {
        let now = self.now_us();
        let (whom, decide) = match proposed {
            Use::Onward(whom) => return self.said_of(source, came, whom, consents).await,
            Use::Evidence(whom) => (whom, evidence as fn(&_, &_, &_) -> _),
            Use::Purpose(whom) => (whom, other_purpose as fn(&_, &_, &_) -> _),
        };
        let held = self.consents_by(partner, consents).await?;
        Ok(decide(held, &came.covered(), &whom.asked(&[], now)))
    }
}
