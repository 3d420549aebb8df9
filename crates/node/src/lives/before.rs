//! Sequences that went wrong once, each as small as it could be made.

use enlace_policy::ToReleased::{Keep, Narrow, Recall};

use super::act::{Act, Change, When};
use super::view::Ask;
use super::world::Template;
use super::{Count, lived, words};

/// The numbers of an account, a firearm, a person and a place.
const ACCOUNT: usize = 8;
const FIREARM: usize = 3;

fn release(place: usize, picks: &[usize]) -> Act {
    Act::Release { place, picks: picks.to_vec(), exact: true, follow: true, when: When::Now }
}

fn fetch(place: usize) -> Act {
    Act::Fetch { place, ask: Ask::All { limit: 1000, versions: true } }
}

async fn lives(acts: &[Act]) {
    let wrong = lived(&Template::new().await, 1, acts, &mut Count::default()).await;
    if let Some((step, wrong)) = wrong {
        panic!("after act {step}: {wrong}\n{}", words(acts));
    }
}

#[tokio::test]
async fn a_recall_by_an_amendment_of_one_agreement_takes_no_account_out_of_another() {
    let amend = Act::Amend { lineage: 1, how: Recall, which: 4 };
    lives(&[release(0, &[ACCOUNT]), release(1, &[ACCOUNT]), fetch(0), amend, fetch(0)]).await;
}

#[tokio::test]
async fn an_account_that_one_agreement_lost_can_be_released_under_another() {
    let amend = Act::Amend { lineage: 1, how: Recall, which: 4 };
    let acts = [release(1, &[ACCOUNT]), fetch(1), amend, release(0, &[ACCOUNT]), fetch(0)];
    lives(&acts).await;
}

#[tokio::test]
async fn a_recall_under_two_agreements_remembers_who_fetched_under_one_of_them() {
    let recall = Act::Recall { object: ACCOUNT, partner: None };
    lives(&[release(0, &[ACCOUNT]), release(1, &[ACCOUNT]), fetch(0), recall.clone()]).await;
    lives(&[release(0, &[ACCOUNT]), release(1, &[ACCOUNT]), fetch(1), recall]).await;
}

#[tokio::test]
async fn narrowing_under_one_agreement_leaves_the_records_of_another() {
    let both = [ACCOUNT, FIREARM];
    let narrow = Act::Amend { lineage: 1, how: Narrow, which: 0 };
    let recall = Act::Recall { object: ACCOUNT, partner: None };
    lives(&[release(0, &both), release(1, &both), narrow, recall, fetch(0), fetch(1)]).await;
}

#[tokio::test]
async fn correcting_under_two_agreements_keeps_the_releases_of_each() {
    let shown = Act::Change { object: ACCOUNT, what: Change::Shown };
    let correct = Act::Correct { object: ACCOUNT };
    let recall = Act::Recall { object: ACCOUNT, partner: None };
    let first = [release(0, &[ACCOUNT, FIREARM]), shown, Act::Updates, release(1, &[ACCOUNT])];
    lives(&[&first[..], &[correct, recall, fetch(0), fetch(1)]].concat()).await;
}

#[tokio::test]
async fn a_hold_after_narrowing_elsewhere_takes_back_what_nobody_fetched() {
    let all = [ACCOUNT, FIREARM];
    let narrow = Act::Amend { lineage: 1, how: Narrow, which: 0 };
    let hold = Act::Hold { picks: vec![10, 9] };
    lives(&[release(0, &all), release(1, &all), narrow, hold, fetch(0), fetch(1)]).await;
}

#[tokio::test]
async fn an_amendment_that_recalls_does_so_after_one_that_kept_what_came_before_it() {
    let amend = |how| Act::Amend { lineage: 0, how, which: 1 };
    let all =
        Act::Release { place: 0, picks: vec![9], exact: false, follow: true, when: When::Now };
    lives(&[all, amend(Keep), Act::Rounds, amend(Recall), fetch(0)]).await;
}
