//! Nobody can time what is hidden: it answers like what is not there, to the byte and in time.

use std::time::Duration;

use super::world::{NOWHERE, World, in_collection};
use crate::support::Client;

/// Pairs of one kind of question; the bar names 10,000 requests.
pub(super) fn pairs() -> usize {
    if std::env::var_os("ENLACE_LONG").is_some() { 5_000 } else { 500 }
}

/// Two questions that must not be told apart, asked in turn by the same client. Each is first every
/// other time, so that neither has the warmer machine.
#[allow(clippy::print_stdout)]
fn compare(what: &str, client: &Client, questions: &[(String, String)]) {
    let (mut hidden, mut unknown) = (Vec::new(), Vec::new());
    for case in 0..pairs() {
        let (left, right) = &questions[case % questions.len()];
        let (a, b) = if case % 2 == 0 {
            let a = client.get(left);
            (a, client.get(right))
        } else {
            let b = client.get(right);
            (client.get(left), b)
        };
        assert_eq!(a.alike(), b.alike(), "{what} {case}: hidden differs from unknown");
        assert_eq!(a.status, 404, "hidden is not found");
        hidden.push(a.took);
        unknown.push(b.took);
    }
    let score = rank_score(&hidden, &unknown);
    let (hidden, unknown) = (median(hidden), median(unknown));
    let apart = (hidden.as_secs_f64() / unknown.as_secs_f64() - 1.0).abs() * 100.0;
    println!(
        "{what}: {} pairs, median hidden {hidden:?}, unknown {unknown:?}, apart {apart:.2} %, \
         rank score {score:.2}",
        pairs()
    );
    assert!(apart < 5.0, "{what}: medians tell hidden from unknown: {apart:.1} %");
    assert!(score.abs() < 4.0, "{what}: the distributions differ, rank score {score:.1}");
}

pub(super) fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}

/// The rank-sum score of Mann and Whitney in standard deviations: beyond 4 by chance once in
/// 16,000 runs, whatever the distribution of the times is.
fn rank_score(left: &[Duration], right: &[Duration]) -> f64 {
    let mut all: Vec<(Duration, bool)> = left.iter().map(|t| (*t, true)).collect();
    all.extend(right.iter().map(|t| (*t, false)));
    all.sort();
    let ranks = all.iter().enumerate().filter(|(_, (_, left))| *left);
    let sum: f64 = ranks.map(|(rank, _)| rank as f64 + 1.0).sum();
    let (n, m) = (left.len() as f64, right.len() as f64);
    let expected = n * (n + m + 1.0) / 2.0;
    (sum - expected) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

#[test]
fn the_rank_score_sees_a_shift_that_the_medians_bar_lets_pass() {
    let times = |from: u64| -> Vec<Duration> {
        (0..2_000).map(|i| Duration::from_nanos(from + i * 7_919 % 100_000)).collect()
    };
    assert!(rank_score(&times(1_000_000), &times(1_000_000)).abs() < 0.1);
    assert!(rank_score(&times(1_020_000), &times(1_000_000)) > 4.0);
}

#[test]
fn another_partners_collection_takes_the_time_of_none() {
    let world = World::new();
    world.release_report();
    let twin = world.twins().swap_remove(0);
    let nl = Client::node(world.ec.partners, &world.nl);
    let rests = ["objects/".to_owned(), "manifest/".to_owned(), format!("objects/{twin}/")];
    let collections =
        rests.map(|rest| (in_collection(&world.collection, &rest), in_collection(NOWHERE, &rest)));
    compare("collection", &nl, &collections);
}

#[test]
fn a_row_that_stays_closed_takes_the_time_of_none() {
    let world = World::new();
    world.release_report();
    let twin = world.twins().swap_remove(0);
    let db = world.ec.database();
    let edit = "UPDATE member SET body = json_set(body, '$.mac', ?2) WHERE id = ?1";
    assert!(db.execute(edit, [twin.as_str(), &"0".repeat(64)]).unwrap() > 0, "a row is closed");
    let (kind, _) = twin.split_once("--").unwrap();
    let nothing = format!("{kind}--{NOWHERE}");
    let objects = ["", "versions/"].map(|rest| {
        let at = |id: &str| world.at(&format!("objects/{id}/{rest}"));
        (at(&twin), at(&nothing))
    });
    compare("object", &world.us_by_token(), &objects);
}

#[test]
fn the_own_id_of_an_original_takes_the_time_of_none() {
    let world = World::new();
    world.release_report();
    let original = World::originals().into_iter().find(|id| id.starts_with("firearm")).unwrap();
    let unheld = format!("firearm--{NOWHERE}");
    let ids = [(original, unheld)].map(|(held, unheld)| {
        let at = |id: &str| world.at(&format!("objects/{id}/"));
        (at(&held), at(&unheld))
    });
    compare("original", &world.us_by_token(), &ids);
}
