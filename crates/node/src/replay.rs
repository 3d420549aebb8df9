//! A draft agreement, replayed: what would leave under it that does not leave now, and the other
//! way round, over everything held and over every release that was sent. Nothing is written but
//! that somebody looked; the plans are those of the one exit.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use enlace_policy::roles::Action;
use enlace_policy::{Agreement, Documents, Policy, draft};
use enlace_release::{Candidate, Outcome, Plan};
use enlace_stix::{Object, Timestamp};
use enlace_store::{OWN, ObjectQuery, ObjectState};
use serde::Serialize;

use crate::ledger_log::Act;
use crate::origin::Origins;
use crate::release::Stage;
use crate::release_set::Asked;
use crate::standing::Standing;
use crate::{Actor, Node, NodeError, clock};

/// Objects that one replay plans; the newest, and it says so.
const MOST: usize = 100_000;
/// Objects asked for at once.
const CHUNK: usize = 1000;

/// One object that leaves under the one and not under the other.
#[derive(Debug, Clone, Serialize)]
pub struct ReplayLine {
    /// Id of the original.
    pub object: String,
    /// STIX type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name of the partner.
    pub partner: String,
    /// `more` (would leave under the draft), `fewer` (leaves now and would stay), or `changed`
    /// (leaves under both, with other fields).
    pub verdict: &'static str,
    /// Clauses that decide: of the draft where it would stay, of what is in force where it stays
    /// now; none where nothing is in force.
    pub clauses: Vec<String>,
    /// For `changed`: the paths that only one of them lets out.
    pub paths: Vec<String>,
}

/// A release of the past, decided by the draft.
#[derive(Debug, Clone, Serialize)]
pub struct ReplayedRelease {
    /// The release.
    pub release: String,
    /// When it was sent.
    pub sent: String,
    /// Originals that left.
    pub left: usize,
    /// Of these, those that would stay under the draft, with the clauses.
    pub would_stay: Vec<(String, Vec<String>)>,
}

/// What a replay found.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Replay {
    /// Title of the agreement in force that the draft is compared with.
    pub against: Option<String>,
    /// Objects planned.
    pub planned: usize,
    /// Whether more is held than was planned.
    pub cut: bool,
    /// Differences, by partner and id.
    pub lines: Vec<ReplayLine>,
    /// How many, by verdict, type and clause.
    pub counts: BTreeMap<String, usize>,
    /// Releases of the past.
    pub history: Vec<ReplayedRelease>,
}

/// What a plan says of one object, for comparing.
struct Said {
    kind: String,
    leaves: bool,
    clauses: Vec<String>,
    paths: BTreeSet<String>,
}

impl Node {
    /// Replays a draft (TOML) against the agreement that is in force with the same partner:
    /// `against` names it, else the newest.
    pub async fn agreement_replay(
        &self,
        actor: &Actor,
        text: &str,
        file: &str,
        against: Option<&str>,
    ) -> Result<Replay, NodeError> {
        actor.require(Action::AgreementDraft)?;
        actor.require(Action::DryRun)?;
        let draft = draft::parse(text, file).map_err(|faults| NodeError::Faults {
            file: file.to_owned(),
            faults: faults.iter().map(ToString::to_string).collect(),
        })?;
        let then = self.as_if_signed(&draft, file)?;
        let hidden = self.hidden(&self.view_of(actor).await?).await?;
        let (candidates, cut) = self.everything(&hidden).await?;
        let mut replay = Replay { planned: candidates.len(), cut, ..Replay::default() };
        for party in then.draft.parties.iter().filter(|p| p.key_id != self.key_id()) {
            let now = self.in_force(&party.key_id, against).await?;
            let name = self.channel_name(&party.key_id).await.unwrap_or(party.name.clone());
            self.compare(&then, now.as_ref(), &party.key_id, &name, &candidates, &mut replay)
                .await?;
            self.history(actor, &then, &party.key_id, &mut replay).await?;
        }
        let act = Act::new("consultation").by(actor).field("kind", "agreement-replay");
        self.log_act(act.field("objects", replay.planned)).await?;
        Ok(replay)
    }

    /// The agreement of a draft, with an id that no object bears.
    fn as_if_signed(&self, draft: &draft::Draft, file: &str) -> Result<Agreement, NodeError> {
        let creator = self.identity.id().clone();
        let now = Timestamp::from_micros(self.now_us());
        let (id, lineage) = (clock::new_uuid()?, clock::new_uuid()?);
        let failed = |e: enlace_policy::AgreementError| {
            NodeError::input(e.code(), e.to_string(), file, "a complete draft")
        };
        let object = Agreement::to_object(draft, id, lineage, &now, &creator).map_err(failed)?;
        Agreement::from_object(&object).map_err(failed)
    }

    async fn in_force(
        &self,
        partner: &str,
        against: Option<&str>,
    ) -> Result<Option<Standing>, NodeError> {
        match against {
            Some(name) => self.agreement_named(name).await.map(Some),
            None => Ok(self.active_agreements(partner).await?.into_iter().next()),
        }
    }

    /// Every object held that is not hidden from who asks, as the exit takes it.
    async fn everything(
        &self,
        hidden: &HashSet<String>,
    ) -> Result<(Vec<Candidate>, bool), NodeError> {
        let (mut candidates, mut after) = (Vec::new(), None);
        let makers = self.makers().await?;
        let mut origins = Origins::new(&makers);
        loop {
            let query = ObjectQuery {
                channel: Some(OWN.to_owned()),
                state: Some(ObjectState::Held),
                after,
                limit: 1000,
                ..ObjectQuery::default()
            };
            let rows = self.store.objects(query).await?;
            let Some(last) = rows.last().map(|row| row.row) else {
                return Ok((candidates, false));
            };
            after = Some(last);
            let rows = rows.into_iter().filter(|row| !hidden.contains(&row.id));
            let held = rows.filter_map(|row| Some((Object::parse(&row.raw).ok()?, row.channel)));
            candidates.extend(self.candidates_of(&mut origins, held.collect()).await?);
            if candidates.len() > MOST {
                // The newest count.
                candidates.drain(..candidates.len() - MOST);
                return Ok((candidates, true));
            }
        }
    }

    async fn compare(
        &self,
        then: &Agreement,
        now: Option<&Standing>,
        partner: &str,
        name: &str,
        candidates: &[Candidate],
        replay: &mut Replay,
    ) -> Result<(), NodeError> {
        let planned = self.plan_under(then, partner, None, candidates).await?;
        let present = match now {
            Some(standing) => {
                replay.against = Some(standing.agreement.title().to_owned());
                self.plan_under(&standing.agreement, partner, None, candidates).await?
            }
            None => BTreeMap::new(),
        };
        for (id, after) in &planned {
            let before = present.get(id);
            let left = before.is_some_and(|b| b.leaves);
            let (verdict, clauses, paths) = match (left, after.leaves) {
                (false, true) => {
                    ("more", before.map(|b| b.clauses.clone()).unwrap_or_default(), vec![])
                }
                (true, false) => ("fewer", after.clauses.clone(), vec![]),
                (true, true) => {
                    let before = before.map(|b| &b.paths).cloned().unwrap_or_default();
                    let differ: Vec<String> =
                        before.symmetric_difference(&after.paths).cloned().collect();
                    if differ.is_empty() {
                        continue;
                    }
                    ("changed", vec![], differ)
                }
                (false, false) => continue,
            };
            let first = clauses.first().map_or("-", String::as_str);
            *replay.counts.entry(format!("{verdict} {} {first}", after.kind)).or_default() += 1;
            replay.lines.push(ReplayLine {
                object: id.clone(),
                kind: after.kind.clone(),
                partner: name.to_owned(),
                verdict,
                clauses,
                paths,
            });
        }
        Ok(())
    }

    /// What would leave under an agreement as if it were in force now, for each of its purposes:
    /// an object leaves if it leaves for one of them.
    async fn plan_under(
        &self,
        agreement: &Agreement,
        partner: &str,
        purpose: Option<&str>,
        candidates: &[Candidate],
    ) -> Result<BTreeMap<String, Said>, NodeError> {
        let policy: Policy = self.policy(agreement)?;
        let all = &agreement.terms().purposes.allowed;
        let purposes: Vec<&str> = match purpose {
            Some(purpose) => vec![purpose],
            None => all.iter().map(String::as_str).collect(),
        };
        let twin_key = self.keys.twin_key(partner, &agreement.lineage);
        let mut with_copies = Vec::new();
        let candidates = match agreement.terms().documents.leaves {
            Documents::Flattened => {
                with_copies.extend_from_slice(candidates);
                self.add_copies(agreement.terms(), &mut with_copies).await?;
                &with_copies
            }
            _ => candidates,
        };
        let definitions = self.definitions_of(candidates).await?;
        let (from, until) = agreement.validity_us();
        // A draft of next year is judged as on its first day.
        let now_us = self.now_us().clamp(from, until.saturating_sub(1));
        let mut said: BTreeMap<String, Said> = BTreeMap::new();
        for purpose in purposes {
            let ask = Asked {
                policy: &policy,
                partner,
                purpose,
                active: true,
                vetted: true,
                offence: None,
                reasoned: true,
                twin_key: twin_key.expose(),
                now_us,
                untold: self.untold(candidates, partner).await?,
                around: self.around(candidates, partner, Some(&agreement.lineage)).await?,
            };
            let plan: Plan = self.plan_once(candidates, &definitions, &BTreeMap::new(), &ask);
            for object in plan.objects {
                let (kind, id) = (object.original.kind().to_owned(), object.original.to_string());
                let new = match &object.outcome {
                    Outcome::Withheld(withheld) => Said {
                        kind,
                        leaves: false,
                        clauses: withheld.clauses.iter().map(|c| c.id.clone()).collect(),
                        paths: BTreeSet::new(),
                    },
                    _ => {
                        let leaves = |l: &&enlace_release::Line| {
                            l.verdict != enlace_release::Verdict::Withheld && !l.path.is_empty()
                        };
                        let paths =
                            object.lines.iter().filter(leaves).map(|l| l.path.clone()).collect();
                        Said { kind, leaves: true, clauses: vec![], paths }
                    }
                };
                let held = said.get(&id).is_some_and(|held| held.leaves);
                if !held {
                    said.insert(id, new);
                }
            }
        }
        Ok(said)
    }

    /// Each release that was sent to this partner and that the actor sees all of, decided by the
    /// draft on what is held now.
    async fn history(
        &self,
        actor: &Actor,
        then: &Agreement,
        partner: &str,
        replay: &mut Replay,
    ) -> Result<(), NodeError> {
        let makers = self.makers().await?;
        let mut origins = Origins::new(&makers);
        for (id, release) in self.releases_for(actor).await? {
            let to_unit = release.partner == partner && release.person.is_none();
            if !to_unit || release.stage != Stage::Sent {
                continue;
            }
            let originals: BTreeSet<&String> = release.twins.iter().map(|(o, _)| o).collect();
            let mut candidates = Vec::new();
            let ids: Vec<String> = originals.iter().map(|id| (*id).clone()).collect();
            for ids in ids.chunks(CHUNK) {
                let rows = self.store.object_each(ids, None).await?.into_iter().flatten();
                let held =
                    rows.filter_map(|row| Some((Object::parse(&row.raw).ok()?, row.channel)));
                candidates.extend(self.candidates_of(&mut origins, held.collect()).await?);
            }
            let said = self.plan_under(then, partner, Some(&release.purpose), &candidates).await?;
            let stays = said.into_iter().filter(|(_, s)| !s.leaves && originals_hold(s));
            replay.history.push(ReplayedRelease {
                release: id,
                sent: release.sent.as_ref().map(|s| clock::text(s.at_us)).unwrap_or_default(),
                left: originals.len(),
                would_stay: stays.map(|(id, s)| (id, s.clauses)).collect(),
            });
        }
        Ok(())
    }
}

/// What is made for the partner (markings, our identity) is no original.
fn originals_hold(said: &Said) -> bool {
    !matches!(said.kind.as_str(), "marking-definition")
}
