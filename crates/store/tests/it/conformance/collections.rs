//! Collections and twins.

use std::collections::BTreeSet;

use enlace_store::{
    Batch, Guard, MemberQuery, Outcome, StoreError, Twin, Unchanged, VersionFilter, Write,
};

use crate::place::Place;
use crate::samples::*;

const JANUARY: &str = "2026-01-01T00:00:00";
const FEBRUARY: &str = "2026-02-01T00:00:00";
const MARCH: &str = "2026-03-01T00:00:00";
const A: &str = "identity--a";
const B: &str = "firearm--b";

pub async fn sequences_and_dates_only_go_up(place: &dyn Place) {
    let store = place.open().await;
    let member = |seq, date_added_us| Outcome::Member { seq, date_added_us };
    let outcomes = commit(
        &*store,
        vec![
            publish("c", A, JANUARY, 100),
            publish("c", B, JANUARY, 50),
            publish("d", A, JANUARY, 7),
            publish("c", A, FEBRUARY, 101),
            publish("c", A, MARCH, 500),
        ],
    )
    .await;
    let expected = [member(1, 100), member(2, 101), member(1, 7), member(3, 102), member(4, 500)];
    assert_eq!(outcomes, expected);
    let fetched = Write::Fetched { collection: "c".into(), seqs: vec![3], now_us: 600 };
    let again = Write::Fetched { collection: "c".into(), seqs: vec![3], now_us: 700 };
    commit(&*store, vec![fetched, again]).await;
    let all = MemberQuery {
        collection: "c".into(),
        versions: vec![VersionFilter::All],
        limit: 9,
        ..Default::default()
    };
    let page = store.members(all.clone()).await.unwrap();
    assert_eq!(page.members[2].fetched_us, Some(600), "the first time counts");
    let withdraw = |id: &str| Write::Withdraw { collection: "c".into(), id: id.into() };
    let gone = |versions, fetched| Outcome::Withdrawn { versions, fetched };
    assert_eq!(one(&*store, withdraw(A)).await, gone(3, true));
    assert_eq!(one(&*store, withdraw(A)).await, gone(0, false));
    assert_eq!(one(&*store, withdraw(B)).await, gone(1, false));
    assert_eq!(one(&*store, publish("c", B, MARCH, 0)).await, member(5, 501));
    let left = store.members(all).await.unwrap();
    assert_eq!(left.members.iter().map(|m| m.seq).collect::<Vec<_>>(), [5]);
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn bodies_are_read_only_while_all_records_are_as_they_were(place: &dyn Place) {
    let store = place.open().await;
    // The last version of A is neither the first nor the last that came.
    let writes = vec![
        publish("c", A, FEBRUARY, 99),
        publish("c", A, MARCH, 100),
        publish("c", B, JANUARY, 101),
        publish("c", A, JANUARY, 102),
        publish("d", A, "2026-04-01T00:00:00", 103),
        put("k", "1"),
        put("l", "1"),
    ];
    commit(&*store, writes).await;
    let of = |key: &str, revision| Unchanged { bucket: "b", key: key.into(), revision };
    let page = MemberQuery { collection: "c".into(), limit: 9, ..Default::default() };
    let one = MemberQuery { ids: vec![A.into()], ..page.clone() };
    let none = MemberQuery { ids: vec!["note--none".into()], ..page.clone() };
    let bounded = MemberQuery { after_seq: Some(1), ..one.clone() };
    let both = [of("k", 1), of("l", 1)];
    let last = store.bodies(one.clone(), 1 << 20).await.unwrap();
    assert_eq!((last.count, last.seqs, last.more), (1, (2, 2), false), "{last:?}");
    assert_eq!(store.bodies(bounded.clone(), 1 << 20).await.unwrap(), last);
    for query in [&page, &one, &none, &bounded] {
        let plain = store.bodies(query.clone(), 1 << 20).await.unwrap();
        for unchanged in [&both[..], &both[..1], &[]] {
            let found = store.bodies_if(unchanged, query.clone(), 1 << 20).await.unwrap();
            assert_eq!(found.as_ref(), Some(&plain));
        }
        let wrong = [of("k", 2), of("none", 1), of("k\0", 1), of("k", 0)];
        for wrong in wrong {
            let unchanged = [of("l", 1), wrong];
            let found = store.bodies_if(&unchanged, query.clone(), 1 << 20).await.unwrap();
            assert_eq!(found, None, "{unchanged:?}");
        }
    }
    commit(&*store, vec![put("l", "1")]).await;
    assert_eq!(store.bodies_if(&both, one.clone(), 1 << 20).await.unwrap(), None, "written again");
    commit(&*store, vec![Write::Delete { bucket: "b", key: "l".into() }]).await;
    let gone = [of("k", 1), of("l", 2)];
    assert_eq!(store.bodies_if(&gone, one, 1 << 20).await.unwrap(), None, "deleted");
}

pub async fn a_page_filters_within_the_collection(place: &dyn Place) {
    let store = place.open().await;
    commit(
        &*store,
        vec![
            publish("c", A, "2026-02-01T00:00:00Z", 10),
            publish("c", B, "2026-01-01T00:00:00.100Z", 20),
            publish("c", A, "2026-02-01T00:00:00.5Z", 30),
            publish("c", A, "2026-01-01T00:00:00Z", 40),
            publish("other", A, "2027-01-01T00:00:00Z", 50),
            publish("c", "note--n", "2026-01-01T00:00:00Z", 60),
        ],
    )
    .await;
    let seqs = |query: MemberQuery| {
        let store = &store;
        async move {
            let query = MemberQuery { collection: "c".into(), limit: 9, ..query };
            let page = store.members(query).await.unwrap();
            assert!(!page.more);
            page.members.into_iter().map(|m| m.seq).collect::<Vec<_>>()
        }
    };
    use VersionFilter::{All, Exactly, First, Last};
    let by = |versions: &[VersionFilter]| MemberQuery {
        versions: versions.to_vec(),
        ..Default::default()
    };
    assert_eq!(seqs(by(&[])).await, [2, 3, 5], "no filter means the last versions");
    assert_eq!(seqs(by(&[Last])).await, [2, 3, 5]);
    assert_eq!(seqs(by(&[First])).await, [2, 4, 5]);
    assert_eq!(seqs(by(&[First, Last])).await, [2, 3, 4, 5]);
    assert_eq!(seqs(by(&[All])).await, [1, 2, 3, 4, 5]);
    assert_eq!(seqs(by(&[First, All])).await, [1, 2, 3, 4, 5]);
    let tenth = Exactly(vec!["2026-01-01T00:00:00.1Z".into(), "2026-02-01T00:00:00".into()]);
    assert_eq!(
        seqs(by(std::slice::from_ref(&tenth))).await,
        [1, 2],
        "digits do not matter, instants do"
    );
    assert_eq!(seqs(by(&[tenth, Last])).await, [1, 2, 3, 5]);
    assert_eq!(seqs(by(&[Exactly(vec![])])).await, [] as [i64; 0]);
    let ids = MemberQuery { ids: vec![A.into(), "note--n".into()], ..by(&[]) };
    assert_eq!(seqs(ids.clone()).await, [3, 5]);
    assert_eq!(seqs(MemberQuery { kinds: vec!["note".into()], ..ids }).await, [5]);
    let kinds = MemberQuery { kinds: vec!["firearm".into(), "note".into()], ..by(&[All]) };
    assert_eq!(seqs(kinds.clone()).await, [2, 5]);
    assert_eq!(seqs(MemberQuery { after_seq: Some(2), ..kinds }).await, [5]);
    let since = |us| MemberQuery { added_after_us: Some(us), ..by(&[All]) };
    assert_eq!(seqs(since(20)).await, [3, 4, 5]);
    assert_eq!(seqs(since(19)).await, [2, 3, 4, 5]);
    assert_eq!(seqs(since(99)).await, [] as [i64; 0]);
    assert_eq!(seqs(MemberQuery { after_seq: Some(4), ..since(19) }).await, [5]);
}

pub async fn what_was_not_handed_out_by_then_is_like_never_published(place: &dyn Place) {
    let store = place.open().await;
    let versions = |id: &str, at: &[(&str, i64)]| -> Vec<Write> {
        at.iter().map(|(version, now)| publish("c", id, version, *now)).collect()
    };
    // 1 and 4 are handed out; 2, 3 and 5 are not; 6 comes later.
    let mut all = versions(A, &[(JANUARY, 10), (FEBRUARY, 20)]);
    all.extend(versions(B, &[(JANUARY, 30), (FEBRUARY, 40), (MARCH, 50)]));
    commit(&*store, all).await;
    let fetched = Write::Fetched { collection: "c".into(), seqs: vec![1, 4], now_us: 60 };
    commit(&*store, vec![fetched]).await;
    commit(&*store, versions(A, &[(MARCH, 100)])).await;
    let seqs = |until: i64, query: MemberQuery| {
        let store = &store;
        async move {
            let page = MemberQuery {
                collection: "c".into(),
                handed_out_until_us: Some(until),
                limit: 9,
                ..query
            };
            let page = store.members(page).await.unwrap();
            assert!(!page.more);
            page.members.into_iter().map(|m| m.seq).collect::<Vec<_>>()
        }
    };
    use VersionFilter::{All, Exactly, First, Last};
    let by = |versions: &[VersionFilter]| MemberQuery {
        versions: versions.to_vec(),
        ..Default::default()
    };
    assert_eq!(seqs(60, by(&[All])).await, [1, 4, 6], "later things are seen");
    assert_eq!(seqs(100, by(&[All])).await, [1, 4]);
    assert_eq!(seqs(100, by(&[])).await, [1, 4], "the last of what was handed out");
    assert_eq!(seqs(60, by(&[Last])).await, [4, 6]);
    assert_eq!(seqs(100, by(&[First])).await, [1, 4], "and the first");
    assert_eq!(seqs(60, by(&[First, Last])).await, [1, 4, 6]);
    let february = Exactly(vec![FEBRUARY.into()]);
    assert_eq!(seqs(100, by(std::slice::from_ref(&february))).await, [4], "not by its time either");
    assert_eq!(seqs(100, by(&[february, Last])).await, [1, 4]);
    let kind = MemberQuery { kinds: vec!["identity".into()], ..by(&[]) };
    assert_eq!(seqs(100, kind).await, [1]);
    let ids = MemberQuery { ids: vec![A.into()], ..by(&[All]) };
    assert_eq!(seqs(100, ids.clone()).await, [1]);
    assert_eq!(seqs(0, ids).await, [1, 2, 6], "before anything was published: everything");
    // Paging goes on behind what is left out.
    let first = MemberQuery { limit: 1, ..by(&[All]) };
    let page = MemberQuery { collection: "c".into(), handed_out_until_us: Some(100), ..first };
    let one = store.members(page.clone()).await.unwrap();
    assert_eq!((one.members[0].seq, one.more), (1, true));
    let two = store.members(MemberQuery { after_seq: Some(1), ..page }).await.unwrap();
    assert_eq!((two.members[0].seq, two.more), (4, false), "nothing tells of the rest");
}

pub async fn single_versions_are_withdrawn_before_anybody_saw_them(place: &dyn Place) {
    let store = place.open().await;
    let first = [publish("c", A, JANUARY, 10), publish("c", A, FEBRUARY, 20)];
    let more = [publish("c", A, MARCH, 30), publish("c", B, JANUARY, 40)];
    commit(&*store, first.into_iter().chain(more).collect()).await;
    let fetched = Write::Fetched { collection: "c".into(), seqs: vec![1], now_us: 60 };
    commit(&*store, vec![fetched]).await;
    let seqs = |versions: &[VersionFilter], not_handed_out: bool| {
        let store = &store;
        let versions = versions.to_vec();
        let page = MemberQuery {
            collection: "c".into(),
            versions,
            not_handed_out,
            limit: 9,
            ..Default::default()
        };
        async move {
            let page = store.members(page).await.unwrap();
            page.members.into_iter().map(|m| m.seq).collect::<Vec<_>>()
        }
    };
    assert_eq!(seqs(&[VersionFilter::All], true).await, [2, 3, 4]);
    let unseen = |seqs: &[i64]| Guard::Unseen { collection: "c".into(), seqs: seqs.to_vec() };
    let withdraw = |seqs: &[i64]| Batch {
        guards: vec![unseen(seqs)],
        writes: vec![Write::WithdrawVersions { collection: "c".into(), seqs: seqs.to_vec() }],
    };
    // One of them was handed out meanwhile, or is not there: nothing happens.
    for refused in [&[1, 3][..], &[3, 9]] {
        let error = store.commit(withdraw(refused)).await.unwrap_err();
        assert!(matches!(error, StoreError::Guard { .. }), "{error}");
    }
    let done = store.commit(withdraw(&[3, 4])).await.unwrap();
    assert_eq!(done, [Outcome::Withdrawn { versions: 2, fetched: false }]);
    assert_eq!(seqs(&[], false).await, [2], "the last is the last of the rest");
    assert_eq!(seqs(&[VersionFilter::First], false).await, [1]);
    store.commit(withdraw(&[2])).await.unwrap();
    assert_eq!(seqs(&[], false).await, [1]);
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn what_was_handed_out_is_known_after_it_was_withdrawn(place: &dyn Place) {
    let store = place.open().await;
    let first = [publish("c", A, JANUARY, 10), publish("c", B, JANUARY, 20)];
    let more = [publish("c", A, FEBRUARY, 30), publish("d", B, JANUARY, 40)];
    commit(&*store, first.into_iter().chain(more).collect()).await;
    let had = |collection: &'static str| {
        let (store, ids) = (&store, [A.to_owned(), B.to_owned()]);
        async move { Vec::from_iter(store.handed_out(collection, &ids).await.unwrap()) }
    };
    assert_eq!(had("c").await, Vec::<String>::new());
    let fetched =
        |seqs: &[i64]| Write::Fetched { collection: "c".into(), seqs: seqs.to_vec(), now_us: 60 };
    commit(&*store, vec![fetched(&[1])]).await;
    assert_eq!(had("c").await, [A]);
    let withdraw = |id: &str| Write::Withdraw { collection: "c".into(), id: id.into() };
    commit(&*store, vec![withdraw(A), withdraw(B), publish("c", A, MARCH, 70)]).await;
    assert_eq!(had("c").await, [A], "what is published now was never handed out, its id was");
    commit(&*store, vec![publish("c", B, MARCH, 80), fetched(&[5])]).await;
    commit(&*store, vec![Write::WithdrawVersions { collection: "c".into(), seqs: vec![4, 5] }])
        .await;
    assert_eq!(had("c").await, [B, A], "by id");
    assert_eq!(had("d").await, Vec::<String>::new(), "of another collection nothing is told");
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn the_bodies_of_a_page_are_its_rows_as_one_text(place: &dyn Place) {
    use VersionFilter::{All, First, Last};
    let store = place.open().await;
    let id = |n: usize| format!("{}--{}", ["note", "identity", "file"][n % 3], n % 17);
    let version = |n: usize| format!("2026-01-{:02}T00:00:00Z", 1 + n * 7 % 28);
    let writes = (0..60).map(|n| publish("c", &id(n), &version(n), n as i64 * 10));
    commit(&*store, writes.chain([publish("d", A, JANUARY, 9)]).collect()).await;
    commit(&*store, vec![Write::Withdraw { collection: "c".into(), id: id(5) }]).await;
    let kinds = |kinds: &[&str]| kinds.iter().map(|kind| (*kind).to_owned()).collect::<Vec<_>>();
    let mut seen = 0;
    for versions in [vec![], vec![All], vec![First, Last]] {
        for kinds in [kinds(&[]), kinds(&["note"]), kinds(&["note", "file"]), kinds(&["none"])] {
            for ids in [vec![], vec![id(3), id(4), id(8)]] {
                for (after_seq, limit) in [(None, 7), (Some(20), 7), (Some(20), 60), (Some(60), 7)]
                {
                    let query = MemberQuery {
                        collection: "c".into(),
                        versions: versions.clone(),
                        kinds: kinds.clone(),
                        ids: ids.clone(),
                        added_after_us: Some(115),
                        after_seq,
                        limit,
                        ..Default::default()
                    };
                    let page = store.members(query.clone()).await.unwrap();
                    let bodies = store.bodies(query, usize::MAX).await.unwrap();
                    let text: Vec<&str> = page.members.iter().map(|m| m.body.as_str()).collect();
                    assert_eq!((bodies.text, bodies.more), (text.join(","), page.more));
                    assert_eq!(bodies.count, page.members.len());
                    let ends = page.members.first().zip(page.members.last());
                    assert_eq!(bodies.seqs, ends.map_or((0, 0), |(a, b)| (a.seq, b.seq)));
                    let dates = ends.map(|(a, b)| (a.date_added_us, b.date_added_us));
                    assert_eq!(bodies.added_us, dates);
                    seen += bodies.count;
                }
            }
        }
    }
    assert!(seen > 200, "{seen}");
    // Three bodies of nine bytes and two commas.
    let writes = [JANUARY, FEBRUARY, MARCH].map(|v| publish("e", A, v, 1)).to_vec();
    commit(&*store, writes).await;
    let whole = store.bodies(all_of("e"), usize::MAX).await.unwrap();
    let one = whole.text.split(',').next().unwrap().len();
    for (most, count) in [(0, 1), (one, 1), (2 * one, 1), (2 * one + 1, 2), (3 * one + 2, 3)] {
        let page = store.bodies(all_of("e"), most).await.unwrap();
        assert_eq!((page.count, page.more), (count, count < 3), "{most}");
        assert!(whole.text.starts_with(&page.text));
        assert_eq!(page.seqs, (1, count as i64));
    }
    let extent = store.extent("e").await.unwrap();
    assert_eq!((extent.objects, extent.versions, extent.last_added_us), (1, 3, Some(3)));
    let extent = store.extent("none").await.unwrap();
    assert_eq!((extent.objects, extent.versions, extent.last_added_us), (0, 0, None));
}

fn all_of(collection: &str) -> MemberQuery {
    let versions = vec![VersionFilter::All];
    MemberQuery { collection: collection.into(), versions, limit: 99, ..Default::default() }
}

pub async fn the_newest_of_an_id_or_version_is_named_and_guards(place: &dyn Place) {
    let store = place.open().await;
    let first = [publish("c", A, MARCH, 1), publish("c", A, JANUARY, 2)];
    let more = [publish("c", B, MARCH, 3), publish("d", A, FEBRUARY, 4)];
    commit(&*store, first.into_iter().chain(more).collect()).await;
    let newest = |of: &[(&str, &str)]| {
        let of: Vec<(String, String)> =
            of.iter().map(|(i, v)| ((*i).into(), (*v).into())).collect();
        let store = &store;
        async move {
            let found = store.newest("c", &of).await.unwrap();
            found.into_iter().map(|m| m.map(|m| (m.seq, m.id))).collect::<Vec<_>>()
        }
    };
    let january = format!("{JANUARY}.000Z");
    let asked = [(A, ""), (A, MARCH), (A, january.as_str()), (A, FEBRUARY), (B, ""), ("x", "")];
    let (a1, a2, b) = (Some((1, A.into())), Some((2, A.into())), Some((3, B.into())));
    assert_eq!(newest(&asked).await, [a2.clone(), a1, a2, None, b, None]);
    let guarded = |of: &[(&str, &str, Option<i64>)]| {
        let of = of.iter().map(|(i, v, seq)| ((*i).into(), (*v).into(), *seq)).collect();
        let guards = vec![Guard::Newest { collection: "c".into(), of }];
        let store = &store;
        async move { store.commit(Batch { guards, writes: Vec::new() }).await.is_ok() }
    };
    for (holds, of) in [
        (true, &[][..]),
        (true, &[(A, "", Some(2)), (A, MARCH, Some(1)), (A, FEBRUARY, None), ("x", "", None)]),
        (true, &[(A, january.as_str(), Some(2))]),
        (false, &[(A, "", Some(2)), (A, MARCH, None)]),
        (false, &[(A, "", Some(1))]),
        (false, &[(A, FEBRUARY, Some(2))]),
        (false, &[(B, "", None)]),
    ] {
        assert_eq!(guarded(of).await, holds, "{of:?}");
    }
}

pub async fn what_has_no_version_has_the_date_it_was_added(place: &dyn Place) {
    let store = place.open().await;
    let at = 1_767_225_600_000_000;
    let two = vec![publish("c", A, "", at), publish("c", A, "", at - 5), publish("c", A, "", 0)];
    commit(&*store, two).await;
    let members = store.members(all_of("c")).await.unwrap().members;
    let versions: Vec<&str> = members.iter().map(|m| m.version.as_str()).collect();
    let dates = ["2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000001Z"];
    assert_eq!(versions, [dates[0], dates[1], "2026-01-01T00:00:00.000002Z"]);
    let page = |versions| MemberQuery { versions, ..all_of("c") };
    let last = store.members(page(vec![VersionFilter::Last])).await.unwrap().members;
    assert_eq!(last[0].seq, 3, "the last to arrive, whatever the clock said");
    let named = VersionFilter::Exactly(vec!["2026-01-01T00:00:00.000001Z".into()]);
    assert_eq!(store.members(page(vec![named])).await.unwrap().members[0].seq, 2);
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn a_twin_is_forgotten(place: &dyn Place) {
    let store = place.open().await;
    let [partner, lineage, original] = ["p", "l", A].map(str::to_owned);
    let forget = Write::Untwin { partner, lineage, original };
    let twin = Twin {
        partner: "p".into(),
        lineage: "l".into(),
        original: A.into(),
        twin: B.into(),
        created: JANUARY.into(),
        modified: JANUARY.into(),
        content_hash: String::new(),
        collection: "c".into(),
        recalled: false,
    };
    commit(&*store, vec![Write::Twin(Box::new(twin))]).await;
    assert_eq!(one(&*store, forget.clone()).await, Outcome::Done);
    assert_eq!(store.twins_of(A).await.unwrap(), []);
    assert_eq!(one(&*store, forget).await, Outcome::Missing);
}

pub async fn paging_sees_each_member_once(place: &dyn Place) {
    let store = place.open().await;
    for start in (0..100).step_by(10) {
        let writes = (start..start + 10).map(|i| {
            publish("c", &format!("{}--{}", ["note", "identity"][i % 2], i % 40), JANUARY, 1)
        });
        commit(&*store, writes.collect()).await;
    }
    for (query, expected) in [
        (MemberQuery { versions: vec![VersionFilter::All], ..Default::default() }, 100),
        (MemberQuery::default(), 40),
        (MemberQuery { kinds: vec!["note".into(), "identity".into()], ..Default::default() }, 40),
        (MemberQuery { kinds: vec!["note".into()], ..Default::default() }, 20),
    ] {
        let (mut seen, mut after_seq) = (BTreeSet::new(), None);
        loop {
            let query =
                MemberQuery { collection: "c".into(), after_seq, limit: 10, ..query.clone() };
            let page = store.members(query).await.unwrap();
            assert_eq!(page.members.len(), 10, "all counts are multiples of ten");
            for member in page.members {
                assert!(seen.insert(member.seq), "seen twice");
                after_seq = Some(member.seq);
            }
            if !page.more {
                break;
            }
        }
        assert_eq!(seen.len(), expected);
    }
}

pub async fn twins_are_kept_by_partner_and_lineage(place: &dyn Place) {
    let store = place.open().await;
    let twin = Twin {
        partner: "p1".into(),
        lineage: "l".into(),
        original: A.into(),
        twin: "identity--t1".into(),
        created: "2026-01-01T00:00:00.000Z".into(),
        modified: "2026-01-01T00:00:00.000Z".into(),
        content_hash: "00".into(),
        collection: "c".into(),
        recalled: false,
    };
    let changed =
        Twin { modified: "2026-02-01T00:00:00.000Z".into(), recalled: true, ..twin.clone() };
    let other = Twin { partner: "p2".into(), twin: "identity--t2".into(), ..twin.clone() };
    let writes = [twin, changed.clone(), other.clone()];
    commit(&*store, writes.into_iter().map(|t| Write::Twin(Box::new(t))).collect()).await;
    assert_eq!(store.twin("p1", "l", A).await.unwrap(), Some(changed.clone()));
    assert_eq!(store.twin("p1", "m", A).await.unwrap(), None);
    assert_eq!(store.twins_of(A).await.unwrap(), [changed, other.clone()]);
    assert_eq!(store.twins_of("identity--t2").await.unwrap(), [other]);
}
