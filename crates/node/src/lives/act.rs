//! What happens to releases: acts, and carrying them out.

use std::collections::BTreeSet;

use super::view::{Ask, Fetched};
use super::world::{
    DAY_US, KINDS, MINUTE_US, PLACES, World, approver, first_references, id, import, liaison,
    version,
};
use crate::clock::seeded;
use crate::{Actor, NodeError, NoteKind, Recalled, ReleaseRequest, SendWhen, ToReleased, Words};

/// One act; objects, places and agreements are numbers of [`super::world`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    Release {
        place: usize,
        picks: Vec<usize>,
        exact: bool,
        follow: bool,
        when: When,
    },
    /// The first of the releases that are approved and not sent.
    SendApproved,
    /// What waits as a draft of the node's own.
    ApproveDrafts,
    Fetch {
        place: usize,
        ask: Ask,
    },
    Change {
        object: usize,
        what: Change,
    },
    Updates,
    /// More than an hour, with rounds.
    Rounds,
    /// A day longer than the retention.
    Later,
    Recall {
        object: usize,
        partner: Option<usize>,
    },
    Correct {
        object: usize,
    },
    Amend {
        lineage: usize,
        how: ToReleased,
        which: usize,
    },
    Hold {
        picks: Vec<usize>,
    },
    Lift,
    /// The node starts again with a rule, or without.
    Rule {
        forbids: bool,
    },
    Suspend {
        lineage: usize,
    },
    Silence {
        lineage: usize,
    },
    Resume {
        lineage: usize,
    },
    Terminate {
        lineage: usize,
    },
    Protect {
        object: usize,
    },
    Note {
        object: usize,
    },
    Nothing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    Now,
    Slot,
    /// Approved, and nothing else.
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Shown,
    Withheld,
    /// Refers to one object less, or to all again.
    References,
}

impl Act {
    /// Its first word.
    pub(super) fn name(&self) -> String {
        format!("{self:?}").chars().take_while(char::is_ascii_alphabetic).collect()
    }

    /// How long until the next act.
    pub(super) fn takes_us(&self) -> i64 {
        match self {
            Self::Rounds => 100 * MINUTE_US,
            Self::Later => (super::world::RETENTION + 3) * DAY_US,
            _ => 10 * MINUTE_US,
        }
    }

    /// The places where a partner may see that it happened.
    pub(super) fn shows_in(&self, place: usize) -> bool {
        let (partner, lineage) = PLACES[place];
        match self {
            Self::Release { place: at, when, .. } => *at == place && *when == When::Now,
            Self::Recall { partner: Some(only), .. } => *only == partner,
            Self::Amend { lineage: of, .. }
            | Self::Suspend { lineage: of }
            | Self::Silence { lineage: of }
            | Self::Resume { lineage: of }
            | Self::Terminate { lineage: of } => *of == lineage,
            Self::Fetch { .. }
            | Self::Change { .. }
            | Self::Lift
            | Self::Protect { .. }
            | Self::Note { .. }
            | Self::Nothing => false,
            _ => true,
        }
    }
}

/// A sequence carried out in a world, as far as it came.
pub(super) struct Run {
    pub(super) world: World,
    pub(super) seed: u64,
    /// Microseconds after the beginning.
    pub(super) at_us: i64,
    /// Releases by the act that drafted them.
    pub(super) releases: Vec<(usize, String)>,
    /// Holds and what they cover.
    pub(super) holds: Vec<(String, BTreeSet<String>)>,
    pub(super) forbids: bool,
    shown: [u32; KINDS.len()],
    hidden: [u32; KINDS.len()],
    pub(super) references: Vec<Vec<usize>>,
    pub(super) steps: usize,
}

/// What came of an act.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Stable code of a refusal.
    pub(super) refused: Option<String>,
    /// A refusal that no act of one person alone may meet.
    pub(super) broken: Option<String>,
    pub(super) recalled: Vec<Recalled>,
    pub(super) fetched: Option<Fetched>,
    /// The release that was approved or sent by it.
    pub(super) release: Option<String>,
}

impl Run {
    pub(super) fn new(world: World, seed: u64) -> Self {
        Self {
            world,
            seed,
            at_us: DAY_US,
            releases: Vec::new(),
            holds: Vec::new(),
            forbids: false,
            shown: [0; KINDS.len()],
            hidden: [0; KINDS.len()],
            references: (0..KINDS.len()).map(first_references).collect(),
            steps: 0,
        }
    }

    /// Carries one act out; what is refused changes nothing.
    pub(super) async fn act(&mut self, act: &Act) -> Done {
        self.act_for(act, act.takes_us()).await
    }

    /// As [`Run::act`], with another time until the next one.
    pub(super) async fn act_for(&mut self, act: &Act, takes_us: i64) -> Done {
        seeded::begin(Some(self.seed ^ (self.steps as u64 + 1) << 32));
        self.world.clock.set(self.at_us);
        let mut done = Done::default();
        if let Err(error) = self.carry_out(act, &mut done).await {
            done.refused = Some(error.code().to_owned());
            if matches!(error, NodeError::Internal(_) | NodeError::Changed { .. }) {
                done.broken = Some(error.to_string());
            }
        }
        self.steps += 1;
        self.at_us += takes_us;
        self.world.clock.set(self.at_us - 5 * MINUTE_US);
        done
    }

    async fn carry_out(&mut self, act: &Act, done: &mut Done) -> Result<(), NodeError> {
        let console = Actor::console();
        let ec = self.world.ec.clone();
        match act {
            Act::Release { place, picks, exact, follow, when } => {
                let (partner, lineage) = self.world.place(*place);
                let request = ReleaseRequest {
                    agreement: lineage.to_owned(),
                    partner: Some(partner.to_owned()),
                    purpose: Some("firearms-tracing".to_owned()),
                    ids: picks.iter().map(|n| id(*n)).collect(),
                    exact: *exact,
                    ..ReleaseRequest::default()
                };
                let drafted = ec.release_draft(&liaison(), &request).await?.id;
                ec.release_approve_protected(&approver(), &drafted, *follow).await?;
                self.releases.push((self.steps, drafted.clone()));
                done.release = Some(drafted.clone());
                match when {
                    When::Now => drop(ec.release_send(&liaison(), &drafted, SendWhen::Now).await?),
                    When::Slot => {
                        drop(ec.release_send(&liaison(), &drafted, SendWhen::Slot).await?)
                    }
                    When::Never => {}
                }
            }
            Act::SendApproved => {
                for (_, release) in &self.releases {
                    let line = ec.release_status(&liaison(), release).await?;
                    if line.state != "sent" {
                        done.release = Some(release.clone());
                        ec.release_send(&liaison(), release, SendWhen::Now).await?;
                        break;
                    }
                }
            }
            Act::ApproveDrafts => {
                let lines = ec.release_list(&liaison()).await?;
                for line in lines.into_iter().filter(|l| l.state == "drafted") {
                    // What changed since is drafted anew by the next round.
                    if ec.release_approve_protected(&approver(), &line.id, true).await.is_ok() {
                        let _ = ec.release_send(&liaison(), &line.id, SendWhen::Now).await;
                    }
                }
            }
            Act::Fetch { place, ask } => {
                done.fetched = Some(self.world.fetch(*place, *ask).await);
            }
            Act::Change { object, what } => self.change(*object, *what).await,
            Act::Updates => drop(ec.update_run(&liaison(), true).await?),
            Act::Rounds => {
                let end_us = self.world.now_us() + 92 * MINUTE_US;
                // A node that serves looks each second: what changed waits for its slot by now.
                ec.update_round().await?;
                while let Some(due_us) = self.world.next_due(end_us).await {
                    self.world.clock.at(due_us.max(self.world.now_us()) + MINUTE_US / 60);
                    ec.update_round().await?;
                }
                self.world.clock.at(end_us);
                ec.update_round().await?;
                ec.retention_round().await?;
            }
            Act::Later => {
                self.world.clock.add((super::world::RETENTION + 2) * DAY_US);
                ec.update_round().await?;
                ec.retention_round().await?;
            }
            Act::Recall { object, partner } => {
                let partner = partner.map(|partner| ["US", "NL"][partner]);
                done.recalled = ec.recall(&liaison(), &id(*object), partner).await?;
            }
            Act::Correct { object } => drop(ec.correct(&liaison(), &id(*object), None).await?),
            Act::Amend { lineage, how, which } => self.amend(*lineage, *how, *which).await?,
            Act::Hold { picks } => {
                let picks: Vec<String> = picks.iter().map(|n| id(*n)).collect();
                let (hold, _) = ec.hold_place(&liaison(), &picks).await?;
                let lines = ec.hold_list(&liaison()).await?;
                let line = lines.into_iter().find(|line| line.id == hold).unwrap();
                self.holds.push((hold, line.objects.into_iter().collect()));
            }
            Act::Lift => {
                if !self.holds.is_empty() {
                    let (hold, _) = self.holds.remove(0);
                    ec.hold_lift(&liaison(), &hold).await?;
                }
            }
            Act::Rule { forbids } => {
                self.forbids = *forbids;
                let rule = "[[rules.forbid]]\nname = \"none\"\ntype = \"firearm\"\n";
                drop(ec);
                self.world.restart(if *forbids { rule } else { "" }).await;
                self.world.ec.own_rules_apply(&console).await?;
            }
            Act::Suspend { lineage } => {
                let name = &self.world.lineages[*lineage];
                ec.agreement_suspend(&approver(), name, Words::default()).await?;
            }
            Act::Silence { lineage } => {
                let name = &self.world.lineages[*lineage];
                ec.agreement_suspend_silently(&approver(), name, None).await?;
            }
            Act::Resume { lineage } => {
                let name = &self.world.lineages[*lineage];
                ec.agreement_resume(&approver(), name, Words::default()).await?;
            }
            Act::Terminate { lineage } => {
                let name = &self.world.lineages[*lineage];
                ec.agreement_terminate(&approver(), name, Words::default()).await?;
            }
            Act::Protect { object } => {
                let set = ["victim", "witness", "minor"][*object % 3];
                ec.protect_set(&approver(), &id(*object), set, "court 4/26", "").await?;
            }
            Act::Note { object } => {
                ec.note_add(&liaison(), &id(*object), NoteKind::Note, "Nota").await?;
            }
            Act::Nothing => {}
        }
        Ok(())
    }

    async fn change(&mut self, object: usize, what: Change) {
        match what {
            Change::Shown => self.shown[object] += 1,
            Change::Withheld => self.hidden[object] += 1,
            Change::References => {
                let (first, now) = (first_references(object), &mut self.references[object]);
                let fewest = if KINDS[object] == "relationship" { 2 } else { 1 };
                match now.len() > fewest {
                    true => drop(now.pop()),
                    false => *now = first,
                }
            }
        }
        let references = &self.references[object];
        let (shown, hidden) = (self.shown[object], self.hidden[object]);
        let text = version(object, self.at_us, shown, hidden, references);
        import(&self.world.ec, vec![text]).await;
    }

    async fn amend(&self, lineage: usize, how: ToReleased, which: usize) -> Result<(), NodeError> {
        let (ec, name) = (&self.world.ec, &self.world.lineages[lineage]);
        let draft = ec.agreement_amend_draft(&approver(), name, how).await?;
        // Only narrower, whatever it does to what left before.
        let narrower = match which {
            0 => draft.replace("\"calibre\",", "").replace("\"calibre\"", "\"importer\""),
            1 => draft.replace("\"bank-account\",", "").replace("\"bank-account\"", "\"note\""),
            2 => draft.replace("\"location\",", ""),
            3 => draft.replace("\"shipping-container\",", ""),
            _ => draft,
        };
        let signed = ec.agreement_amend(&approver(), name, &narrower, "a.toml").await?.id;
        self.world.signed_by_partners(&signed).await;
        self.world.clock.add(MINUTE_US);
        ec.amendments_apply(&Actor::console()).await?;
        Ok(())
    }
}

/// A small generator: the same sequence for the same seed.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(seeded::mix(&mut self.0) % end as u64).unwrap()
    }

    pub(super) fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    fn picks(&mut self) -> Vec<usize> {
        match self.below(4) {
            0 => vec![9],
            1 => vec![10],
            2 => vec![self.of(&[14, 15, 9]), self.below(KINDS.len())],
            _ => (0..1 + self.below(3)).map(|_| self.below(KINDS.len())).collect(),
        }
    }

    pub(super) fn ask(&mut self) -> Ask {
        let object = self.below(KINDS.len());
        match self.below(8) {
            0..=2 => Ask::All { limit: self.of(&[2, 5, 1000]), versions: self.below(2) == 0 },
            3 => Ask::Page { limit: 1 + self.below(5) },
            4 => Ask::Kind { object },
            5 => Ask::Manifest { limit: self.of(&[3, 1000]) },
            6 => Ask::Versions { object },
            _ => Ask::One { object },
        }
    }

    pub(super) fn release(&mut self) -> Act {
        let when = [When::Now, When::Now, When::Now, When::Now, When::Slot, When::Never];
        Act::Release {
            // Mostly one place, so that things meet there.
            place: self.of(&[0, 0, 0, 1, 2, 3]),
            picks: self.picks(),
            exact: self.below(4) == 0,
            follow: self.below(3) > 0,
            when: self.of(&when),
        }
    }

    pub(super) fn fetch(&mut self) -> Act {
        Act::Fetch { place: self.of(&[0, 0, 0, 1, 2, 3]), ask: self.ask() }
    }

    pub(super) fn hold(&mut self) -> Act {
        let mut picks = vec![self.of(&[9, 10])];
        picks.extend((0..self.below(3)).map(|_| self.below(KINDS.len())));
        Act::Hold { picks }
    }

    pub(super) fn amend(&mut self) -> Act {
        let how = [ToReleased::Narrow, ToReleased::Narrow, ToReleased::Keep, ToReleased::Recall];
        Act::Amend { lineage: self.of(&[0, 0, 1, 2]), how: self.of(&how), which: self.below(5) }
    }

    pub(super) fn change(&mut self) -> Act {
        let what = [Change::Shown, Change::Shown, Change::Withheld, Change::References];
        Act::Change { object: self.below(KINDS.len()), what: self.of(&what) }
    }

    /// Versions of a few objects, fetched or not, and corrected, with other things between.
    pub(super) fn corrections(&mut self) -> Vec<Act> {
        let place = self.of(&[0, 0, 1, 3]);
        let mut acts = Vec::new();
        for _ in 0..2 + self.below(4) {
            let (object, exact) = (self.of(&[3, 5, 7, 9]), self.below(4) == 0);
            if self.below(3) == 0 || acts.is_empty() {
                let (picks, when) = (vec![9], When::Now);
                acts.push(Act::Release { place, picks, exact, follow: true, when });
            }
            let references = Act::Change { object: 9, what: Change::References };
            let fetch = Act::Fetch { place, ask: self.ask() };
            let between = [fetch.clone(), fetch, self.fetch(), references, self.act()];
            acts.extend((0..self.below(2)).map(|_| self.of(&between)));
            acts.push(Act::Change { object, what: Change::Shown });
            acts.push(Act::Updates);
            acts.extend((0..self.below(2)).map(|_| self.of(&between)));
            acts.push(Act::Correct { object });
        }
        acts.push(Act::Fetch { place, ask: Ask::All { limit: 1000, versions: true } });
        acts
    }

    pub(super) fn act(&mut self) -> Act {
        let (object, lineage) = (self.below(KINDS.len()), self.of(&[0, 0, 1, 2]));
        match self.below(40) {
            0..=8 => self.release(),
            9..=15 => self.fetch(),
            16..=18 => self.change(),
            19..=20 => Act::Updates,
            21 => Act::Rounds,
            22..=26 => {
                Act::Recall { object, partner: self.of(&[None, None, None, Some(0), Some(1)]) }
            }
            27 => Act::Correct { object },
            28..=29 => self.amend(),
            30..=31 => self.hold(),
            32 => Act::Lift,
            33 => Act::Rule { forbids: self.below(2) == 0 },
            34 => Act::SendApproved,
            35 => Act::ApproveDrafts,
            36 => self.of(&[Act::Suspend { lineage }, Act::Silence { lineage }]),
            37 => Act::Resume { lineage },
            38 => self.of(&[Act::Terminate { lineage }, Act::Later, Act::Rounds, Act::Updates]),
            _ => self.of(&[Act::Protect { object: object % 3 }, Act::Note { object }]),
        }
    }
}
