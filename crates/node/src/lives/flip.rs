//! Two worlds that differ in a secret, or in what is no business of the partner that looks: each
//! partner sees the same, at the same times.

use std::collections::{BTreeMap, BTreeSet};

use super::act::{Act, Change, Dice, Run, When};
use super::model::sent;
use super::view::{Ask, alike};
use super::world::{KINDS, PLACES, Template};
use crate::{SendWhen, release::Stage};

/// Which steps are compared.
struct Compared<'a> {
    /// From which step on.
    from: usize,
    places: &'a [usize],
    /// Whether the logs that a partner sees are, too.
    logs: bool,
}

const EVERYWHERE: [usize; PLACES.len()] = [0, 1, 2, 3];

async fn differ(left: &Run, right: &Run, compared: &Compared<'_>) -> Option<String> {
    for &place in compared.places {
        let (one, other) = (left.world.peek(place).await, right.world.peek(place).await);
        let (one, other) = (alike(&one), alike(&other));
        if one != other {
            let only = |these: &[String], those: &[String]| -> Vec<String> {
                these.iter().filter(|row| !those.contains(row)).cloned().collect()
            };
            let (left, right) = (only(&one, &other).join("\n  "), only(&other, &one).join("\n  "));
            return Some(format!("flip: place {place}\n left\n  {left}\n right\n  {right}"));
        }
        let logs = (left.world.told(place).await, right.world.told(place).await);
        if compared.logs && logs.0 != logs.1 {
            return Some(format!("log: place {place} shows {logs:?} entries"));
        }
    }
    None
}

/// Carries two sequences out, step beside step.
async fn beside(
    template: &Template,
    seed: u64,
    pairs: &[(Act, Act)],
    compared: &Compared<'_>,
) -> Option<(usize, String)> {
    let mut left = Run::new(template.world().await, seed);
    let mut right = Run::new(template.world().await, seed);
    for (step, (one, other)) in pairs.iter().enumerate() {
        let takes_us = one.takes_us().max(other.takes_us());
        left.act_for(one, takes_us).await;
        right.act_for(other, takes_us).await;
        if step >= compared.from
            && let Some(found) = differ(&left, &right, compared).await
        {
            return Some((step, found));
        }
    }
    None
}

/// A status, a note, another value of a field that stays: nobody sees when, or that at all.
pub(super) async fn secret(
    template: &Template,
    seed: u64,
) -> (Vec<(Act, Act)>, Option<(usize, String)>) {
    let mut dice = Dice(seed);
    let mut pairs = Vec::new();
    for _ in 0..5 + dice.below(12) {
        if dice.below(3) == 0 {
            let object = dice.below(KINDS.len());
            let secrets = [
                Act::Protect { object: object % 3 },
                Act::Note { object },
                Act::Change { object, what: Change::Withheld },
                Act::Change { object, what: Change::Withheld },
            ];
            pairs.push((Act::Nothing, dice.of(&secrets)));
        }
        let act = dice.act();
        pairs.push((act.clone(), act));
    }
    let found = secret_again(template, seed, &pairs).await;
    (pairs, found)
}

pub(super) async fn secret_again(
    template: &Template,
    seed: u64,
    pairs: &[(Act, Act)],
) -> Option<(usize, String)> {
    let compared = Compared { from: 0, places: &EVERYWHERE, logs: true };
    beside(template, seed, pairs, &compared).await
}

/// What a partner has fetched wholly is held back, or forbidden by a new rule: it sees nothing of it.
pub(super) async fn held_after(
    template: &Template,
    seed: u64,
) -> (Vec<(Act, Act)>, Option<(usize, String)>) {
    let mut dice = Dice(seed);
    let mut acts = Vec::new();
    for _ in 0..3 + dice.below(8) {
        let object = dice.below(KINDS.len());
        acts.push(match dice.below(10) {
            0..=3 => dice.release(),
            4..=5 => dice.fetch(),
            6 => dice.change(),
            7 => Act::Updates,
            8 => dice.amend(),
            _ => Act::Recall { object, partner: None },
        });
    }
    acts.extend([Act::Updates, Act::Rounds, Act::Updates]);
    acts.extend(
        EVERYWHERE.map(|place| Act::Fetch { place, ask: Ask::All { limit: 1000, versions: true } }),
    );
    let mut pairs: Vec<(Act, Act)> = acts.into_iter().map(|act| (act.clone(), act)).collect();
    let secret = match dice.below(4) {
        0 => Act::Rule { forbids: true },
        _ => dice.hold(),
    };
    pairs.push((Act::Nothing, secret));
    for _ in 0..2 + dice.below(8) {
        let (object, lineage) = (dice.below(KINDS.len()), dice.of(&[0, 0, 1, 2]));
        let act = match dice.below(12) {
            0..=2 => dice.fetch(),
            3..=5 => dice.amend(),
            6..=7 => Act::Recall { object, partner: None },
            8 => Act::Correct { object },
            9 => dice.of(&[Act::Suspend { lineage }, Act::Silence { lineage }]),
            10 => Act::Resume { lineage },
            _ => dice.of(&[Act::Terminate { lineage }, Act::Later]),
        };
        pairs.push((act.clone(), act));
    }
    let found = secret_again(template, seed, &pairs).await;
    (pairs, found)
}

/// What happens with another partner, or under another agreement, is not seen in a place.
pub(super) async fn elsewhere(
    template: &Template,
    seed: u64,
) -> (Vec<(Act, Act)>, usize, Option<(usize, String)>) {
    let mut dice = Dice(seed);
    let place = dice.below(PLACES.len());
    let (partner, lineage) = PLACES[place];
    let mut pairs = Vec::new();
    for _ in 0..5 + dice.below(16) {
        let act = dice.act();
        let concerns = match &act {
            Act::Release { place: at, .. } | Act::Fetch { place: at, .. } => *at == place,
            Act::Recall { partner: Some(only), .. } => *only == partner,
            Act::Amend { lineage: of, .. }
            | Act::Suspend { lineage: of }
            | Act::Silence { lineage: of }
            | Act::Resume { lineage: of }
            | Act::Terminate { lineage: of } => *of == lineage,
            // The first that waits is another one there.
            Act::SendApproved => false,
            _ => true,
        };
        pairs.push((act.clone(), if concerns { act } else { Act::Nothing }));
    }
    pairs.retain(|(act, _)| *act != Act::SendApproved);
    let found = elsewhere_again(template, seed, place, &pairs).await;
    (pairs, place, found)
}

pub(super) async fn elsewhere_again(
    template: &Template,
    seed: u64,
    place: usize,
    pairs: &[(Act, Act)],
) -> Option<(usize, String)> {
    let compared = Compared { from: 0, places: &[place], logs: false };
    beside(template, seed, pairs, &compared).await
}

/// How far a comparison came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Came {
    /// Nothing was taken back.
    Nothing,
    /// Something was taken out of what a partner has in part.
    InPart,
    /// The worlds went apart before the secret, or it was not as if something was never sent.
    Apart,
    /// Compared.
    Compared,
}

/// A sequence with one hold, or one new rule.
pub(super) fn with_hold(seed: u64) -> Vec<Act> {
    let mut dice = Dice(seed);
    let mut acts = Vec::new();
    for _ in 0..2 + dice.below(10) {
        let object = dice.below(KINDS.len());
        acts.push(match dice.below(12) {
            0..=4 => dice.release(),
            5..=6 => dice.fetch(),
            7 => dice.change(),
            8 => Act::Updates,
            9 => dice.amend(),
            10 => Act::Recall { object, partner: None },
            _ => dice.of(&[Act::Correct { object }, Act::Rounds, Act::SendApproved]),
        });
    }
    acts.push(match dice.below(4) {
        0 => Act::Rule { forbids: true },
        _ => dice.hold(),
    });
    acts.extend((0..1 + dice.below(8)).map(|_| dice.act()));
    acts
}

/// What was sent, not fetched, and then held back is as if it had never been sent.
pub(super) async fn held_before(
    template: &Template,
    seed: u64,
    acts: &[Act],
) -> (Came, Option<(usize, String)>) {
    let is_secret = |act: &Act| matches!(act, Act::Hold { .. } | Act::Rule { .. });
    let Some(at) = acts.iter().position(is_secret) else { return (Came::Nothing, None) };
    // Once alone, to learn what is taken back.
    let mut left = Run::new(template.world().await, seed);
    let (mut refused, mut sends) = (Vec::new(), BTreeMap::new());
    let mut before = BTreeMap::new();
    for (step, act) in acts.iter().enumerate().take(at + 1) {
        before = sent(&left).await;
        let done = left.act(act).await;
        refused.push((done.refused, done.recalled.len()));
        if let (Some(release), None) = (done.release, &refused[step].0) {
            sends.insert(release, step);
        }
    }
    let after = sent(&left).await;
    let back: BTreeSet<&String> = before.keys().filter(|id| !after.contains_key(*id)).collect();
    if before.iter().any(|(id, twins)| after.get(id).is_some_and(|now| now != twins)) {
        return (Came::InPart, None);
    }
    if back.is_empty() {
        return (Came::Nothing, None);
    }
    let mut others = acts.to_vec();
    let mut by_node = false;
    for release in &back {
        match sends.get(*release) {
            Some(&step) => match &mut others[step] {
                Act::Release { when, .. } if *when == When::Now => *when = When::Never,
                act @ Act::SendApproved => *act = Act::Nothing,
                _ => return (Came::Apart, None),
            },
            // An update, or what an amendment narrowed.
            None => by_node = true,
        }
    }
    let mut again = Run::new(template.world().await, seed);
    let mut right = Run::new(template.world().await, seed);
    for (step, (act, other)) in acts.iter().zip(&others).enumerate() {
        let moves = matches!(
            act,
            Act::Updates
                | Act::Rounds
                | Act::Later
                | Act::ApproveDrafts
                | Act::SendApproved
                | Act::Lift
                | Act::Rule { .. }
        );
        if step > at && moves && by_node {
            break;
        }
        let done = again.act_for(act, act.takes_us()).await;
        if step == at {
            // What waits for its slot there waits here.
            for (drafted, id) in again.releases.clone() {
                let release = again.world.ec.release(&id).await.unwrap().1;
                let of_right = right.releases.iter().find(|(step, _)| *step == drafted).cloned();
                if let (Stage::Scheduled { .. }, Some((_, id)), true) =
                    (release.stage, of_right, back.contains(&id))
                {
                    right.world.clock.set(right.at_us);
                    let _ = right
                        .world
                        .ec
                        .release_send(&super::world::liaison(), &id, SendWhen::Slot)
                        .await;
                }
            }
        }
        let done_there = right.act_for(other, act.takes_us()).await;
        let same =
            done.refused == done_there.refused && done.recalled.len() == done_there.recalled.len();
        if !same {
            return (if step > at { Came::Compared } else { Came::Apart }, None);
        }
        if step >= at {
            let compared = Compared { from: 0, places: &EVERYWHERE, logs: true };
            if let Some(found) = differ(&again, &right, &compared).await {
                return (Came::Compared, Some((step, found)));
            }
        }
    }
    (Came::Compared, None)
}
