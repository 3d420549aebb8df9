//! A poll against servers that break the standard: every object once, in order, at whoever keeps
//! objects by id and version and stores the position behind them.

use std::collections::HashSet;

use enlace_taxii::{Client, ClientError, Poll, Position, Quirk};
use proptest::prelude::*;

use crate::odd::{Cursor, Dates, Manners, Odd, number};

/// Whoever polls: what it has kept, and the position that it has stored as text.
#[derive(Debug, Default)]
struct Keeper {
    kept: Vec<usize>,
    known: HashSet<usize>,
    /// How often something came that it had.
    again: usize,
    position: String,
}

impl Keeper {
    fn stored(&self) -> Position {
        match self.position.as_str() {
            "" => Position::default(),
            text => serde_json::from_str(text).unwrap(),
        }
    }

    /// One run; it is killed after so many pages, before or after it stored the position.
    async fn run(
        &mut self,
        server: &Odd,
        limit: usize,
        killed: Option<(usize, bool)>,
    ) -> Result<Vec<Quirk>, ClientError> {
        let client = Client::new(server.clone());
        let mut poll = Poll::new(&client, "/api/", "c", self.stored(), limit);
        let mut pages = 0;
        while let Some(page) = poll.next_page().await? {
            pages += 1;
            for object in &page.objects {
                let n = number(object.get());
                match self.known.insert(n) {
                    true => self.kept.push(n),
                    false => self.again += 1,
                }
            }
            let dies = killed.filter(|(after, _)| pages == *after);
            if dies.is_none_or(|(_, stores)| stores) {
                self.position = serde_json::to_string(&page.position).unwrap();
            }
            if dies.is_some() {
                break;
            }
            assert!(server.asked() < 5_000, "asks without end");
        }
        Ok(poll.quirks().collect())
    }
}

/// 40 objects: dates a microsecond apart, some equal, some in one millisecond, some far apart.
fn dates() -> impl Iterator<Item = i64> {
    (0..40_i64).map(|n| match n {
        0..10 => n,
        10..16 => 20,
        16..25 => 100 + 300 * n,
        _ => 1_000_000 * (n - 20) + n,
    })
}

/// The servers that are named in docs/design/client.md, one switch or few at a time.
fn servers() -> Vec<(&'static str, Manners)> {
    let usual = Manners { page: 18, ..Manners::default() };
    let of = |change: fn(&mut Manners)| {
        let mut manners = usual.clone();
        change(&mut manners);
        manners
    };
    vec![
        ("as the standard has it", of(|_| {})),
        ("medallion: the cursor is spent by reading", of(|m| m.cursor = Cursor::Spent)),
        ("medallion, answers get lost", of(|m| (m.cursor, m.loses) = (Cursor::Spent, Some(3)))),
        ("medallion, expired or behind a balancer", of(|m| m.cursor = Cursor::Refused)),
        ("cursors expire now and then", of(|m| m.cursor = Cursor::Expires)),
        ("no `next`", of(|m| m.cursor = Cursor::Missing)),
        ("no `next`, inclusive", of(|m| (m.cursor, m.inclusive) = (Cursor::Missing, true))),
        ("no `next`, milliseconds", of(|m| (m.cursor, m.dates) = (Cursor::Missing, Dates::Millis))),
        ("no `next`, rounded", of(|m| (m.cursor, m.dates) = (Cursor::Missing, Dates::Rounded))),
        (
            "no `next`, no header",
            of(|m| (m.cursor, m.dates) = (Cursor::Missing, Dates::ManifestOnly)),
        ),
        ("`next` is ignored", of(|m| m.cursor = Cursor::Ignored)),
        ("`next` is a number", of(|m| m.cursor = Cursor::Number)),
        ("inclusive", of(|m| m.inclusive = true)),
        ("header cut to milliseconds", of(|m| m.dates = Dates::Millis)),
        ("header cut to seconds", of(|m| m.dates = Dates::Seconds)),
        ("header rounded", of(|m| m.dates = Dates::Rounded)),
        ("header with an offset", of(|m| m.dates = Dates::Offset)),
        ("no header, dates in the manifest", of(|m| m.dates = Dates::ManifestOnly)),
        ("no dates at all", of(|m| m.dates = Dates::None)),
        ("OpenTAXII: a date needs a fraction", of(|m| m.digits = (1..=9).collect())),
        ("a date may have no microseconds", of(|m| m.digits = (0..=3).collect())),
        ("a date may have no fraction", of(|m| m.digits = vec![0])),
        ("dates are cut to seconds before use", of(|m| (m.cuts, m.inclusive) = (true, true))),
        ("date and cursor together are refused", of(|m| m.refuses_date_with_cursor = true)),
        ("`match[version]` is refused", of(|m| m.refuses_versions = true)),
        ("large pages are refused", of(|m| m.refuses_limit_over = Some(100))),
        ("no limit is taken", of(|m| m.refuses_limit_over = Some(0))),
        ("`more` without end", of(|m| m.endless = true)),
        ("`more` without end, no `next`", of(|m| (m.endless, m.cursor) = (true, Cursor::Missing))),
        ("`more` is never said", of(|m| m.no_more = true)),
        ("OpenTAXII: everything in one page", of(|m| m.page = 100_000)),
        ("members in changing order", of(|m| (m.shuffles, m.inclusive) = (true, true))),
        ("newest first", of(|m| m.reversed = true)),
        ("busy now and then", of(|m| m.busy = Some(2))),
        ("answers get lost", of(|m| m.loses = Some(2))),
        ("long answers do not get through", of(|m| (m.page, m.longest) = (30, Some(1_500)))),
    ]
}

/// All objects, in their order unless the server has none.
fn check(name: &str, server: &Odd, keeper: &Keeper) {
    let all = server.state.lock().unwrap().objects.len();
    let mut kept = keeper.kept.clone();
    if server.manners.reversed {
        kept.sort_unstable();
    }
    let every: Vec<usize> = (0..all).collect();
    assert_eq!(kept, every, "{name}");
}

#[tokio::test]
async fn every_server_gives_all_objects_once_and_later_only_what_is_new() {
    for (name, manners) in servers() {
        // Where dates are compared coarsely that is noticed when something comes again.
        let remembers = manners.dates != Dates::None && !manners.cuts;
        let server = Odd::new(manners, dates());
        let mut keeper = Keeper::default();
        keeper.run(&server, 200, None).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        check(name, &server, &keeper);
        keeper.again = 0;
        for later in [0, 0, 1, 999, 5_000_000] {
            server.add(later);
            keeper.run(&server, 200, None).await.unwrap_or_else(|e| panic!("{name}: {e}"));
            check(name, &server, &keeper);
        }
        let before = keeper.position.clone();
        keeper.run(&server, 200, None).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(keeper.position, before, "{name}: a run without news changes nothing");
        if remembers {
            assert_eq!(keeper.again, 0, "{name}: what was given is not given again");
        }
    }
}

#[tokio::test]
async fn what_a_server_does_otherwise_is_told() {
    for (name, told) in [
        ("as the standard has it", vec![]),
        ("medallion: the cursor is spent by reading", vec![]),
        ("medallion, expired or behind a balancer", vec![Quirk::RefusesCursor]),
        ("`next` is ignored", vec![Quirk::IgnoresCursor]),
        ("date and cursor together are refused", vec![]),
        ("no header, dates in the manifest", vec![Quirk::NoHeader]),
        ("no dates at all", vec![Quirk::NoDates]),
        ("`match[version]` is refused", vec![Quirk::RefusesVersions]),
        ("large pages are refused", vec![Quirk::RefusesLimit]),
        ("`more` without end, no `next`", vec![Quirk::EndlessMore]),
        ("newest first", vec![Quirk::Unordered]),
    ] {
        let (_, manners) = servers().into_iter().find(|(n, _)| *n == name).unwrap();
        let found = Keeper::default().run(&Odd::new(manners, dates()), 200, None).await.unwrap();
        assert_eq!(found, told, "{name}");
    }
}

#[tokio::test]
async fn more_objects_of_one_date_than_a_page_holds_without_a_cursor_are_a_named_failure() {
    let manners = Manners { cursor: Cursor::Missing, page: 12, ..Manners::default() };
    let server = Odd::new(manners, (0..40).map(|_| 5));
    let mut keeper = Keeper::default();
    let error = keeper.run(&server, 200, None).await.unwrap_err();
    assert_eq!((error.code(), keeper.kept.len()), ("taxii.client.stuck", 12));
    assert!(error.to_string().contains("share one date"), "{error}");
    // The same with a page that is only as large as was asked for: larger ones are asked for.
    let manners = Manners { cursor: Cursor::Missing, ..Manners::default() };
    let server = Odd::new(manners, (0..40).map(|_| 5));
    let mut keeper = Keeper::default();
    keeper.run(&server, 12, None).await.unwrap();
    check("", &server, &keeper);
}

#[tokio::test]
async fn newest_first_without_a_cursor_is_a_named_failure() {
    let cursor = Cursor::Missing;
    let server =
        Odd::new(Manners { cursor, reversed: true, page: 12, ..Manners::default() }, dates());
    let error = Keeper::default().run(&server, 200, None).await.unwrap_err();
    assert!(error.to_string().contains("order of arrival"), "{error}");
}

#[tokio::test]
async fn an_empty_collection_ends_at_once_whatever_more_says() {
    for endless in [false, true] {
        for cursor in [Cursor::Place, Cursor::Missing] {
            let server = Odd::new(Manners { endless, cursor, ..Manners::default() }, []);
            let mut keeper = Keeper::default();
            keeper.run(&server, 10, None).await.unwrap();
            assert!(server.asked() < 15, "{endless} {cursor:?}: {}", server.asked());
            server.add(1);
            keeper.run(&server, 10, None).await.unwrap();
            assert_eq!(keeper.kept, [0]);
        }
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_asked_so_often_with_longer_and_longer_pauses() {
    let server = Odd::new(Manners { busy: Some(1), ..Manners::default() }, dates());
    let error = Keeper::default().run(&server, 10, None).await.unwrap_err();
    assert_eq!(error.to_string(), "server answered 503: refused");
    let state = server.state.lock().unwrap();
    let waited: Vec<u128> = state.waited.iter().map(|time| time.as_millis()).collect();
    assert_eq!((state.asked.len(), waited), (5, vec![500, 1_000, 2_000, 4_000]));
}

#[tokio::test]
async fn a_server_that_takes_no_form_of_a_date_is_asked_in_each_and_no_more() {
    let server = Odd::new(Manners { digits: vec![], ..Manners::default() }, dates());
    // No form of a date is taken: tried in each, then said.
    let position = Position::behind("2026-01-01T00:00:00Z".parse().unwrap());
    let client = Client::new(server.clone());
    let error = Poll::new(&client, "/api/", "c", position, 10).next_page().await.unwrap_err();
    assert_eq!(error.refusal(), Some(400));
    assert!(server.asked() <= 20, "{}", server.asked());
}

#[tokio::test]
async fn a_poll_that_starts_behind_a_date_gets_only_what_came_later() {
    let server = Odd::new(Manners::default(), dates());
    let position = Position::behind("2026-01-01T00:00:15Z".parse().unwrap());
    let client = Client::new(server);
    let mut poll = Poll::new(&client, "/api/", "c", position, 10);
    let page = poll.next_page().await.unwrap().unwrap();
    assert_eq!(page.objects.iter().map(|o| number(o.get())).min(), Some(35));
}

fn any_manners() -> impl Strategy<Value = Manners> {
    let cursor = prop_oneof![
        3 => Just(Cursor::Place),
        2 => Just(Cursor::Spent),
        2 => Just(Cursor::Missing),
        1 => Just(Cursor::Ignored),
        1 => Just(Cursor::Refused),
        1 => Just(Cursor::Expires),
        1 => Just(Cursor::Number),
    ];
    let dates = prop_oneof![
        3 => Just(Dates::Exact),
        1 => Just(Dates::Millis),
        1 => Just(Dates::Seconds),
        1 => Just(Dates::Rounded),
        1 => Just(Dates::Offset),
        1 => Just(Dates::ManifestOnly),
    ];
    let digits = prop_oneof![
        Just((0..=9).collect::<Vec<_>>()),
        Just(vec![0]),
        Just(vec![3]),
        Just((1..=9).collect())
    ];
    let flags = prop::collection::vec(prop::bool::weighted(0.25), 7);
    let rare = || prop::option::weighted(0.3, 2_usize..6);
    let page = prop_oneof![10_usize..16, Just(1000)];
    (cursor, dates, digits, flags, page, rare(), rare()).prop_map(
        |(cursor, dates, digits, flags, page, loses, busy)| Manners {
            cursor,
            dates,
            digits,
            inclusive: flags[0],
            cuts: flags[1],
            refuses_date_with_cursor: flags[2],
            refuses_versions: flags[3],
            endless: flags[4],
            // Without either word a server says that there is nothing more.
            no_more: flags[5] && cursor != Cursor::Missing,
            shuffles: flags[6],
            page,
            loses,
            busy: busy.filter(|_| loses.is_none()),
            ..Manners::default()
        },
    )
}

/// What a server that cannot be read whole by anybody ends with: more objects lie in one unit of its
/// dates than a page holds, and no cursor leads past them.
fn hopeless(error: &ClientError) -> bool {
    matches!(error, ClientError::Stuck(_))
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    /// Runs that are killed anywhere, objects added meanwhile, a server that does what it likes:
    /// nothing is lost and nothing comes out of order; where the server cannot be read whole, that
    /// is said.
    #[test]
    fn nothing_is_lost_and_nothing_is_kept_twice(
        manners in any_manners(),
        first in prop::collection::vec(0_i64..2_000, 0..60),
        runs in prop::collection::vec(
            (prop::option::of((1_usize..5, any::<bool>())), prop::collection::vec(0_i64..3_000, 0..25)),
            1..8,
        ),
        limit in prop_oneof![10_usize..20, Just(500)],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut at = 0;
            let dates: Vec<i64> = first.iter().map(|step| { at += step; at }).collect();
            let server = Odd::new(manners, dates);
            let mut keeper = Keeper::default();
            for (killed, added) in runs {
                // A run that ends in an error goes on at the next.
                let _ = keeper.run(&server, limit, killed).await;
                added.iter().for_each(|later| server.add(*later));
            }
            let mut last = keeper.run(&server, limit, None).await.map(|_| ());
            for _ in 0..20 {
                match &last {
                    Err(error) if error.passes() => {
                        last = keeper.run(&server, limit, None).await.map(|_| ());
                    }
                    _ => break,
                }
            }
            let all = server.state.lock().unwrap().objects.len();
            match last {
                Ok(()) => {
                    let every: Vec<usize> = (0..all).collect();
                    prop_assert_eq!(&keeper.kept, &every);
                }
                Err(error) => prop_assert!(
                    error.passes() || (hopeless(&error) && !server.manners.has_good_cursors()),
                    "{error}"
                ),
            }
            Ok(())
        })?;
    }
}
