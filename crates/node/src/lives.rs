//! Releases live long: sequences of acts in small worlds, against a slow and obvious model of what
//! each partner may see, and beside a second world that differs in a secret.
//!
//! `ENLACE_LIVES` = how many sequences of each kind, `ENLACE_LIVES_SEED` = the first of them;
//! `ENLACE_LONG=1` runs thousands.

#![allow(clippy::large_futures, reason = "a test that runs one thing after the other")]

mod act;
mod before;
mod flip;
mod model;
mod view;
mod world;

use act::{Act, Dice, Run};
use model::Model;
use world::Template;

/// How many sequences, and the first seed.
fn sample(short: u64, long: u64) -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let long = if std::env::var("ENLACE_LONG").is_ok_and(|v| v == "1") { long } else { short };
    let first = number("ENLACE_LIVES_SEED").unwrap_or(0);
    first..first + number("ENLACE_LIVES").unwrap_or(long)
}

/// A sequence in words.
fn words(acts: &[Act]) -> String {
    acts.iter().enumerate().map(|(n, act)| format!("  {n}. {act:?}\n")).collect()
}

/// What kind of thing is wrong.
fn kind(wrong: &str) -> &str {
    wrong.split(':').next().unwrap_or(wrong)
}

/// Leaves out what the failure does not need; `fails` answers what is wrong, if anything.
async fn shrunk<T: Clone>(
    mut acts: Vec<T>,
    mut wrong: String,
    fails: impl AsyncFn(&[T]) -> Option<(usize, String)>,
) -> (Vec<T>, String) {
    let mut at = acts.len();
    while at > 0 {
        at -= 1;
        let mut less = acts.clone();
        less.remove(at);
        if let Some((step, found)) = fails(&less).await
            && kind(&found) == kind(&wrong)
        {
            less.truncate(step + 1);
            at = at.min(less.len());
            (acts, wrong) = (less, found);
        }
    }
    (acts, wrong)
}

/// Carries a sequence out and looks after each act; the first that is wrong.
async fn lived(
    template: &Template,
    seed: u64,
    acts: &[Act],
    count: &mut Count,
) -> Option<(usize, String)> {
    let mut run = Run::new(template.world().await, seed);
    let mut model = Model::new();
    for (step, act) in acts.iter().enumerate() {
        let expected = model.expected(&run, act).await;
        let at = std::time::Instant::now();
        let done = run.act(act).await;
        *count.took.entry(act.name()).or_default() += at.elapsed();
        count.acts += 1;
        count.refused += usize::from(done.refused.is_some());
        let wrong = model.after(&run, act, &done, expected).await;
        if !wrong.is_empty() {
            return Some((step, wrong.join("\n")));
        }
    }
    for (what, times) in model.accepted {
        *count.accepted.entry(what).or_default() += times;
    }
    let console = crate::Actor::console();
    let faults = run.world.ec.fsck(&console).await.unwrap();
    let auditor = crate::Actor::of("auditor", crate::Role::Auditor);
    let verified = run.world.ec.verify(&auditor).await;
    match (faults.is_empty(), verified) {
        (true, Ok(_)) => None,
        (false, _) => Some((acts.len() - 1, format!("fsck: {faults:?}"))),
        (_, Err(error)) => Some((acts.len() - 1, format!("verify: {error}"))),
    }
}

/// What a test did, for its last line.
#[derive(Debug, Default)]
struct Count {
    sequences: usize,
    acts: usize,
    refused: usize,
    accepted: std::collections::BTreeMap<&'static str, usize>,
    took: std::collections::BTreeMap<String, std::time::Duration>,
}

#[tokio::test]
async fn whatever_happens_to_releases_each_partner_sees_what_the_model_says() {
    let count = all_live(12, |dice| (0..5 + dice.below(21)).map(|_| dice.act()).collect()).await;
    println!("{count:?}");
}

#[tokio::test]
async fn whatever_is_corrected_whoever_read_of_it_is_told_and_keeps_one_version() {
    let count = all_live(12, Dice::corrections).await;
    println!("{count:?}");
    let corrected = |(what, _): &(&&str, &usize)| what.starts_with("corrected");
    assert_eq!(count.accepted.iter().filter(corrected).count(), 2, "read of, and not: {count:?}");
}

/// Carries out a sequence for each seed; what is wrong is made small and shown.
async fn all_live(short: u64, sequence: impl Fn(&mut Dice) -> Vec<Act>) -> Count {
    let template = Template::new().await;
    let (mut count, mut failures) = (Count::default(), Vec::new());
    for seed in sample(short, 2000) {
        let acts = sequence(&mut Dice(seed));
        count.sequences += 1;
        if let Some((step, wrong)) = lived(&template, seed, &acts, &mut count).await {
            let again =
                async |acts: &[Act]| lived(&template, seed, acts, &mut Count::default()).await;
            let (acts, wrong) = shrunk(acts[..=step].to_vec(), wrong, again).await;
            note(&mut failures, format!("seed {seed}: {wrong}\n{}", words(&acts)));
            if failures.len() >= 6 {
                break;
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    count
}

/// Keeps a failure, and shows it while the others run.
fn note(failures: &mut Vec<String>, failure: String) {
    eprintln!("{failure}");
    failures.push(failure);
}

fn words_of(pairs: &[(Act, Act)]) -> String {
    let line = |(n, (one, other)): (usize, &(Act, Act))| match one == other {
        true => format!("  {n}. {one:?}\n"),
        false => format!("  {n}. {one:?} | {other:?}\n"),
    };
    pairs.iter().enumerate().map(line).collect()
}

const MOST_FAILURES: usize = 4;

/// Compares two worlds for each seed, until enough of them differ. `one` answers how many acts it
/// took and, where the worlds differ, by what and after which acts, in words.
async fn all_alike(
    seeds: std::ops::Range<u64>,
    mut one: impl AsyncFnMut(u64) -> (usize, Option<String>),
) {
    let (mut count, mut failures) = (Count::default(), Vec::new());
    for seed in seeds {
        let (acts, wrong) = one(seed).await;
        count.sequences += 1;
        count.acts += acts;
        if let Some(wrong) = wrong {
            note(&mut failures, format!("seed {seed}: {wrong}"));
        }
        if failures.len() >= MOST_FAILURES {
            break;
        }
    }
    println!("{count:?}");
    assert!(count.sequences > 0, "nothing was compared");
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test]
async fn a_status_a_note_and_a_withheld_value_show_in_no_byte_whatever_happens_to_releases() {
    let template = Template::new().await;
    all_alike(sample(3, 1000), async |seed| {
        let (pairs, found) = flip::secret(&template, seed).await;
        let Some((step, wrong)) = found else { return (pairs.len(), None) };
        let again = async |pairs: &[(Act, Act)]| flip::secret_again(&template, seed, pairs).await;
        let (less, wrong) = shrunk(pairs[..=step].to_vec(), wrong, again).await;
        (pairs.len(), Some(format!("{wrong}\n{}", words_of(&less))))
    })
    .await;
}

#[tokio::test]
async fn what_a_partner_has_is_held_back_and_nothing_shows_of_it_whatever_comes_after() {
    let template = Template::new().await;
    all_alike(sample(3, 1000), async |seed| {
        let (pairs, found) = flip::held_after(&template, seed).await;
        let Some((step, wrong)) = found else { return (pairs.len(), None) };
        // What comes before the hold stays as it is: all of it was fetched.
        let at = pairs.iter().position(|(one, other)| one != other).unwrap_or(0);
        let (before, rest) = pairs.split_at(at + 1);
        let again = async |rest: &[(Act, Act)]| {
            let all = [before, rest].concat();
            let found = flip::secret_again(&template, seed, &all).await;
            found.map(|(step, wrong)| (step.saturating_sub(before.len()), wrong))
        };
        let rest = rest.iter().take((step + 1).saturating_sub(before.len())).cloned().collect();
        let (rest, wrong) = shrunk(rest, wrong, again).await;
        (pairs.len(), Some(format!("{wrong}\n{}", words_of(&[before, &rest].concat()))))
    })
    .await;
}

#[tokio::test]
async fn what_happens_elsewhere_shows_in_no_place_of_a_partner() {
    let template = Template::new().await;
    all_alike(sample(3, 1000), async |seed| {
        let (pairs, place, found) = flip::elsewhere(&template, seed).await;
        let Some((step, wrong)) = found else { return (pairs.len(), None) };
        let again =
            async |pairs: &[(Act, Act)]| flip::elsewhere_again(&template, seed, place, pairs).await;
        let (less, wrong) = shrunk(pairs[..=step].to_vec(), wrong, again).await;
        (pairs.len(), Some(format!("{wrong}\n{}", words_of(&less))))
    })
    .await;
}

#[tokio::test]
async fn what_is_held_back_before_anybody_fetched_it_is_as_if_it_had_never_been_sent() {
    let template = Template::new().await;
    let mut came = std::collections::BTreeMap::<flip::Came, usize>::new();
    all_alike(sample(6, 2000), async |seed| {
        let acts = flip::with_hold(seed);
        let (how, found) = flip::held_before(&template, seed, &acts).await;
        *came.entry(how).or_default() += 1;
        let Some((step, wrong)) = found else { return (acts.len(), None) };
        let again = async |acts: &[Act]| flip::held_before(&template, seed, acts).await.1;
        let (less, wrong) = shrunk(acts[..=step].to_vec(), wrong, again).await;
        (acts.len(), Some(format!("{wrong}\n{}", words(&less))))
    })
    .await;
    println!("{came:?}");
    assert!(came.contains_key(&flip::Came::Compared), "nothing was compared: {came:?}");
}
