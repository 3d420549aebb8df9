//! Versions, channels, purge, lists, references, search.

use enlace_stix::version::Arrival;
use enlace_store::{
    NewObject, OWN, ObjectQuery, ObjectRow, ObjectState, Outcome, SearchPage, SearchQuery, Veil,
    Write,
};

use crate::place::Place;
use crate::samples::*;

const JANUARY: &str = "2026-01-01T00:00:00";
const FEBRUARY: &str = "2026-02-01T00:00:00";
const MARCH: &str = "2026-03-01T00:00:00";
const A: &str = "identity--a";
const B: &str = "firearm--b";

pub async fn same_version_is_known_or_a_conflict(place: &dyn Place) {
    let store = place.open().await;
    let first = NewObject { raw: "first".into(), ..object(A, JANUARY) };
    let other = NewObject { raw: "other".into(), content_hash: [9; 32], ..first.clone() };
    assert_eq!(one(&*store, keep(first.clone())).await, Outcome::New);
    assert_eq!(one(&*store, keep(first)).await, Outcome::Known);
    assert_eq!(one(&*store, keep(other)).await, Outcome::Refused(Arrival::Conflict));
    let versions = store.versions(A).await.unwrap();
    assert_eq!(versions.len(), 1);
    assert_eq!(versions[0].raw, "first");
    assert_eq!(versions[0].content_hash, hex::encode(content(JANUARY, 0)));
}

pub async fn a_late_older_version_is_stored_but_not_current(place: &dyn Place) {
    let store = place.open().await;
    for version in [FEBRUARY, JANUARY, MARCH, "2026-03-01T00:00:00.1", "2026-02-15T00:00:00"] {
        assert_eq!(one(&*store, keep(object(A, version))).await, Outcome::New);
    }
    let current = store.object(A, None).await.unwrap().unwrap();
    assert_eq!(current.version, "2026-03-01T00:00:00.1");
    let versions: Vec<_> =
        store.versions(A).await.unwrap().into_iter().map(|v| v.version).collect();
    assert!(versions.is_sorted() && versions.len() == 5);
    assert_eq!(
        store.objects(ObjectQuery { limit: 9, ..Default::default() }).await.unwrap().len(),
        1
    );
}

pub async fn revoked_is_final(place: &dyn Place) {
    let store = place.open().await;
    let revoked = NewObject { revoked: true, ..object(A, FEBRUARY) };
    commit(&*store, vec![keep(object(A, MARCH)), keep(revoked)]).await;
    let after = one(&*store, keep(object(A, "2026-04-01T00:00:00"))).await;
    assert_eq!(after, Outcome::Refused(Arrival::AfterRevocation));
    let current = store.object(A, None).await.unwrap().unwrap();
    assert!(current.revoked && current.version == FEBRUARY);
}

pub async fn of_contents_without_instant_the_last_to_arrive_is_current(place: &dyn Place) {
    let store = place.open().await;
    for version in ["sha256:ff", "sha256:00", "sha256:77"] {
        commit(&*store, vec![keep(object("ipv4-addr--c", version))]).await;
    }
    let current = store.object("ipv4-addr--c", None).await.unwrap().unwrap();
    assert_eq!(current.version, "sha256:77");
    assert_eq!(store.versions("ipv4-addr--c").await.unwrap()[0].version, "sha256:ff");
}

pub async fn channels_are_apart_and_own_comes_first(place: &dyn Place) {
    let store = place.open().await;
    let theirs = NewObject {
        channel: "p1".into(),
        content_hash: [7; 32],
        revoked: true,
        state: ObjectState::Pending,
        ..object(A, MARCH)
    };
    let mine = NewObject { content_hash: [1; 32], ..object(A, JANUARY) };
    commit(&*store, vec![keep(theirs)]).await;
    assert_eq!(store.object(A, None).await.unwrap().unwrap().channel, "p1");
    assert_eq!(one(&*store, keep(mine)).await, Outcome::New);
    assert_eq!(store.object(A, None).await.unwrap().unwrap().channel, "own");
    assert_eq!(store.object(A, Some("p1")).await.unwrap().unwrap().version, MARCH);
    assert!(store.object(A, Some("p2")).await.unwrap().is_none());
    let state = Write::State {
        channel: "p1".into(),
        id: A.into(),
        version: None,
        state: ObjectState::Rejected,
    };
    assert_eq!(one(&*store, state.clone()).await, Outcome::Done);
    assert_eq!(store.object(A, Some("p1")).await.unwrap().unwrap().state, ObjectState::Rejected);
    assert_eq!(store.object(A, None).await.unwrap().unwrap().state, ObjectState::Held);
    let nobody = Write::State {
        channel: "p2".into(),
        id: A.into(),
        version: None,
        state: ObjectState::Held,
    };
    assert_eq!(one(&*store, nobody).await, Outcome::Missing);
}

pub async fn a_purge_leaves_a_row_without_text(place: &dyn Place) {
    let store = place.open().await;
    let told = NewObject {
        search_text: "Rosalía Quimbaya".into(),
        refs: vec![("holder_ref".into(), B.into())],
        keys: vec![("firearm-serial-k1".into(), "AB123".into())],
        ..object(A, JANUARY)
    };
    let partner = NewObject { channel: "p1".into(), ..told.clone() };
    commit(&*store, vec![keep(told.clone()), keep(object(A, MARCH)), keep(partner)]).await;
    let purge = Write::Purge { channel: "own".into(), id: A.into() };
    assert_eq!(one(&*store, purge.clone()).await, Outcome::Done);
    assert_eq!(one(&*store, purge).await, Outcome::Missing);
    for row in store.versions(A).await.unwrap() {
        let gone = row.channel == "own";
        assert_eq!(row.raw.is_empty() && row.label.is_empty() && row.source.is_empty(), gone);
        assert_eq!(row.state == ObjectState::Recalled, gone);
    }
    let query = SearchQuery { text: "quimbaya".into(), limit: 9, ..Default::default() };
    let hits = store.search(query).await.unwrap().hits;
    assert_eq!(hits.len(), 1, "the partner's copy is its own row");
    assert_eq!(hits[0].channel, "p1");
    assert_eq!(store.referring(B, &Veil::default(), 9).await.unwrap().len(), 1);
    // The same text does not come back, and what is gone cannot be called held.
    assert_eq!(one(&*store, keep(told)).await, Outcome::Known);
    let back = Write::State {
        channel: "own".into(),
        id: A.into(),
        version: None,
        state: ObjectState::Held,
    };
    assert_eq!(one(&*store, back).await, Outcome::Missing);
    assert_eq!(store.object(A, Some("own")).await.unwrap().unwrap().raw, "");
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn what_is_older_than_a_purged_version_has_no_text(place: &dyn Place) {
    let store = place.open().await;
    let purge = Write::Purge { channel: "own".into(), id: A.into() };
    let revoked = NewObject { revoked: true, ..object(A, MARCH) };
    commit(&*store, vec![keep(object(A, FEBRUARY)), keep(revoked), purge]).await;
    let late = NewObject { search_text: "Quimbaya".into(), ..object(A, JANUARY) };
    assert_eq!(one(&*store, keep(late)).await, Outcome::New);
    let versions = store.versions(A).await.unwrap();
    assert_eq!(versions.len(), 3);
    assert!(versions.iter().all(|v| v.raw.is_empty() && v.state == ObjectState::Recalled));
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn what_is_restricted_is_found_by_nobody_and_only_a_purge_ends_it(place: &dyn Place) {
    let store = place.open().await;
    let told = NewObject {
        search_text: "Rosalía Quimbaya".into(),
        refs: vec![("holder_ref".into(), B.into())],
        ..object(A, JANUARY)
    };
    let to = |state| Write::State { channel: "own".into(), id: A.into(), version: None, state };
    let late = NewObject { state: ObjectState::Restricted, ..object(A, MARCH) };
    let restrict = to(ObjectState::Restricted);
    commit(&*store, vec![keep(told), keep(object(B, JANUARY)), restrict, keep(late)]).await;
    let query = SearchQuery { text: "quimbaya".into(), limit: 9, ..Default::default() };
    assert_eq!(store.search(query).await.unwrap().total, 0);
    assert_eq!(store.referring(B, &Veil::default(), 9).await.unwrap().len(), 0);
    assert_eq!(one(&*store, to(ObjectState::Held)).await, Outcome::Missing);
    let states = |rows: Vec<ObjectRow>| -> Vec<ObjectState> {
        rows.into_iter().map(|row| row.state).collect()
    };
    let all = store.versions(A).await.unwrap();
    assert!(all.iter().all(|row| !row.raw.is_empty()));
    assert_eq!(states(all), [ObjectState::Restricted; 2]);
    let purge = Write::Purge { channel: "own".into(), id: A.into() };
    assert_eq!(one(&*store, purge).await, Outcome::Done);
    assert_eq!(states(store.versions(A).await.unwrap()), [ObjectState::Recalled; 2]);
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn a_correction_purges_all_but_the_current_version(place: &dyn Place) {
    let store = place.open().await;
    let partner = NewObject { channel: "p1".into(), ..object(A, JANUARY) };
    let versions = [JANUARY, MARCH, FEBRUARY].map(|at| keep(object(A, at)));
    commit(&*store, versions.into_iter().chain([keep(partner)]).collect()).await;
    let purge = Write::PurgeEarlier { channel: "own".into(), id: A.into() };
    assert_eq!(one(&*store, purge.clone()).await, Outcome::Done);
    assert_eq!(one(&*store, purge).await, Outcome::Missing);
    for row in store.versions(A).await.unwrap() {
        let kept = row.channel == "p1" || row.version == object(A, MARCH).version;
        assert_eq!(!row.raw.is_empty(), kept, "{row:?}");
    }
    assert_eq!(store.fsck().await.unwrap(), []);
}

pub async fn lists_follow_rows_and_filters(place: &dyn Place) {
    let store = place.open().await;
    let mut writes = Vec::new();
    for i in 0..60 {
        let kind = ["identity", "firearm", "note"][i % 3];
        let state = if i % 4 == 0 { ObjectState::Pending } else { ObjectState::Held };
        let channel = if i % 2 == 0 { "p1" } else { "own" }.to_owned();
        writes.push(keep(NewObject { state, channel, ..object(&format!("{kind}--{i}"), JANUARY) }));
    }
    commit(&*store, writes).await;
    let count = |query: ObjectQuery| {
        let store = &store;
        async move {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let query = ObjectQuery { after, limit: 7, ..query.clone() };
                let page = store.objects(query).await.unwrap();
                let Some(last) = page.last() else { break };
                after = Some(last.row);
                seen.extend(page.into_iter().map(|o| o.row));
            }
            assert!(seen.is_sorted_by(|a, b| a < b));
            seen.len()
        }
    };
    let all = ObjectQuery::default();
    let kinds = vec!["identity".to_owned(), "note".to_owned()];
    let (p1, pending, held) = (Some("p1".to_owned()), ObjectState::Pending, ObjectState::Held);
    assert_eq!(count(all.clone()).await, 60);
    assert_eq!(count(ObjectQuery { kinds: kinds.clone(), ..all.clone() }).await, 40);
    assert_eq!(count(ObjectQuery { channel: p1.clone(), ..all.clone() }).await, 30);
    assert_eq!(count(ObjectQuery { state: Some(pending), ..all.clone() }).await, 15);
    assert_eq!(
        count(ObjectQuery { state: Some(held), channel: p1.clone(), ..all.clone() }).await,
        15
    );
    let narrow = ObjectQuery { kinds, channel: p1, state: Some(pending), ..all };
    assert_eq!(count(narrow).await, 10);
}

pub async fn only_current_held_objects_refer(place: &dyn Place) {
    let store = place.open().await;
    let with = |id: &str, version: &str, targets: &[&str]| NewObject {
        refs: targets
            .iter()
            .enumerate()
            .map(|(i, t)| (format!("refs[{i}]"), (*t).into()))
            .collect(),
        ..object(id, version)
    };
    let pending = NewObject { state: ObjectState::Pending, ..with("note--p", JANUARY, &[A]) };
    commit(
        &*store,
        vec![
            keep(with("note--1", JANUARY, &[A, B])),
            keep(with("note--1", FEBRUARY, &[B])),
            keep(with("note--2", JANUARY, &[B, A, A])),
            keep(pending),
        ],
    )
    .await;
    let found = store.referring(A, &Veil::default(), 9).await.unwrap();
    let paths: Vec<_> = found.iter().map(|r| (r.object.id.as_str(), r.path.as_str())).collect();
    assert_eq!(paths, [("note--2", "refs[1]"), ("note--2", "refs[2]")]);
    assert_eq!(store.referring(A, &Veil::default(), 1).await.unwrap().len(), 1);
}

pub async fn current_held_objects_are_found_by_their_identifiers(place: &dyn Place) {
    let store = place.open().await;
    let bears = |id: &str, at: &str, iban: &str| NewObject {
        keys: vec![("iban".into(), iban.into())],
        ..object(id, at)
    };
    let of_partner = NewObject { channel: "p1".into(), ..bears("bank-account--3", JANUARY, "DE1") };
    let pending =
        NewObject { state: ObjectState::Pending, ..bears("bank-account--4", JANUARY, "DE1") };
    commit(
        &*store,
        vec![
            keep(bears("bank-account--1", JANUARY, "DE1")),
            keep(bears("bank-account--2", JANUARY, "DE1")),
            keep(bears("bank-account--2", MARCH, "DE2")),
            keep(of_partner),
            keep(pending),
        ],
    )
    .await;
    let ids = |rows: Vec<ObjectRow>| rows.into_iter().map(|r| r.id).collect::<Vec<_>>();
    let open = Veil::default();
    let found = store.bearing("iban", "DE1", &open, 9).await.unwrap();
    assert_eq!(ids(found), ["bank-account--1", "bank-account--3"]);
    assert_eq!(ids(store.bearing("iban", "DE2", &open, 9).await.unwrap()), ["bank-account--2"]);
    assert_eq!(ids(store.bearing("phone", "DE1", &open, 9).await.unwrap()), [""; 0]);
    assert_eq!(store.bearing("iban", "DE1", &open, 1).await.unwrap().len(), 1);
    let key = "bank-account--1/case".to_owned();
    let hides = Write::Put { bucket: "veil", key, body: "{}".into(), due_us: Some(1) };
    commit(&*store, vec![hides]).await;
    let veil = Veil { bucket: "veil", lifted: vec![], now_us: 1 };
    assert_eq!(ids(store.bearing("iban", "DE1", &veil, 9).await.unwrap()), ["bank-account--3"]);
}

pub async fn relations_go_out_from_their_source_in_one_channel(place: &dyn Place) {
    let store = place.open().await;
    let from = |id: &str, version: &str, source: &str, target: &str| NewObject {
        refs: vec![
            ("source_ref".into(), source.into()),
            ("target_ref".into(), target.into()),
            ("object_marking_refs[0]".into(), B.into()),
        ],
        ..object(id, version)
    };
    let theirs = NewObject { channel: "k".into(), ..from("relationship--5", JANUARY, A, B) };
    let pending =
        NewObject { state: ObjectState::Pending, ..from("relationship--6", JANUARY, A, B) };
    commit(
        &*store,
        vec![
            keep(from("relationship--1", JANUARY, A, B)),
            // What leads to it, or refers to it otherwise, does not go out from it.
            keep(from("relationship--2", JANUARY, B, A)),
            // Another type with a property of this name is no relationship.
            keep(from("x-link--3", JANUARY, A, B)),
            // Only the current version counts: this one was re-pointed, the next one came here.
            keep(from("relationship--4", JANUARY, A, B)),
            keep(from("relationship--4", FEBRUARY, B, A)),
            keep(from("relationship--7", JANUARY, B, B)),
            keep(from("relationship--7", FEBRUARY, A, B)),
            keep(theirs),
            keep(pending),
            keep(from("relationship--8", JANUARY, A, A)),
            Write::Purge { channel: OWN.into(), id: "relationship--8".into() },
        ],
    )
    .await;
    let ids = |channel: &'static str, id: &'static str, limit: usize| {
        let store = &store;
        async move {
            let found = store.relations_from(channel, id, limit).await.unwrap();
            found.into_iter().map(|row| (row.id, row.version)).collect::<Vec<_>>()
        }
    };
    let pair = |id: &str, version: &str| (id.to_owned(), version.to_owned());
    let [one, seven] = [pair("relationship--1", JANUARY), pair("relationship--7", FEBRUARY)];
    assert_eq!(ids(OWN, A, 9).await, [one.clone(), seven], "in the order of their rows");
    assert_eq!(ids(OWN, A, 1).await, [one]);
    assert_eq!(ids("k", A, 9).await, [pair("relationship--5", JANUARY)]);
    assert_eq!(ids("k", B, 9).await, []);
    assert_eq!(ids("nobody", A, 9).await, []);
}

pub async fn search_folds_stems_and_takes_prefixes(place: &dyn Place) {
    let store = place.open().await;
    commit(
        &*store,
        vec![
            found_by("report--1", "Contenedores en el puerto de Guayaquil"),
            found_by("report--2", "Two shipments of pistols, serial AB-123456"),
            found_by("identity--3", "Rosalía Muñoz, Guayaquil"),
            keep(NewObject {
                search_text: "Guayaquil pending".into(),
                state: ObjectState::Pending,
                ..object("report--4", JANUARY)
            }),
        ],
    )
    .await;
    let ids = |text: &str, kinds: &[&str]| {
        let kinds = kinds.iter().map(|k| (*k).to_owned()).collect();
        let query = SearchQuery { text: text.to_owned(), kinds, limit: 9, ..Default::default() };
        let store = &store;
        async move {
            let page = store.search(query).await.unwrap();
            assert!(page.total == page.hits.len() && !page.capped);
            let mut ids: Vec<_> = page.hits.into_iter().map(|o| o.id).collect();
            ids.sort();
            ids
        }
    };
    assert_eq!(ids("guayaquíl", &[]).await, ["identity--3", "report--1"]);
    assert_eq!(ids("GUAYAQUIL contenedor", &[]).await, ["report--1"]);
    assert_eq!(ids("shipment pistol", &[]).await, ["report--2"]);
    assert_eq!(ids("pistolas", &[]).await, ["report--2"]);
    assert_eq!(ids("guaya*", &["identity", "note"]).await, ["identity--3"]);
    assert_eq!(ids("ab-1234*", &[]).await, ["report--2"]);
    assert_eq!(ids("munoz", &[]).await, ["identity--3"]);
    let none: [&str; 0] = [];
    assert_eq!(ids("guaya", &[]).await, none);
    assert_eq!(ids("", &[]).await, none);
    assert_eq!(ids("\" OR kind : (report) *", &[]).await, none, "signs are not a query");
    assert_eq!(ids("identity", &[]).await, none, "types are no words");
    // The current version counts; a held one comes back when it is accepted.
    commit(&*store, vec![keep(object("report--1", MARCH))]).await;
    assert_eq!(ids("guayaquil", &[]).await, ["identity--3"]);
    let accept = Write::State {
        channel: "own".into(),
        id: "report--4".into(),
        version: None,
        state: ObjectState::Held,
    };
    commit(&*store, vec![accept]).await;
    assert_eq!(ids("guayaquil", &[]).await, ["identity--3", "report--4"]);
    let query = SearchQuery { text: "guayaquil".into(), offset: 1, limit: 1, ..Default::default() };
    let page = store.search(query).await.unwrap();
    assert_eq!((page.hits.len(), page.total), (1, 2));
}

/// A text of one word says more of it than one among thirty. Who is too old to be ranked follows.
pub async fn of_the_newest_thousand_hits_the_best_come_first(place: &dyn Place) {
    let store = place.open().await;
    let others: Vec<String> = (0..30).map(|n| format!("otra{n}")).collect();
    let long = format!("guayas {}", others.join(" "));
    let writes = (0..1_010).map(|n| {
        let text = if matches!(n, 3 | 20 | 700) { "Guayas" } else { long.as_str() };
        found_by(&format!("note--{n}"), text)
    });
    commit(&*store, writes.collect()).await;
    let ask =
        |offset| SearchQuery { text: "guayas".into(), offset, limit: 3, ..Default::default() };
    let ids = |page: SearchPage| page.hits.into_iter().map(|h| h.id).collect::<Vec<_>>();
    let first = store.search(ask(0)).await.unwrap();
    assert_eq!((first.total, first.capped), (1_010, false));
    assert_eq!(ids(first), ["note--700", "note--20", "note--1009"]);
    let behind = store.search(ask(1_000)).await.unwrap();
    assert_eq!(ids(behind), ["note--9", "note--8", "note--7"], "ten are older than the thousand");
    let end = store.search(ask(1_010)).await.unwrap();
    assert_eq!((end.hits.len(), end.total), (0, 1_010), "a page behind the end has the count");
    let two = SearchQuery { text: "gua* otra7".into(), limit: 1, ..Default::default() };
    assert_eq!(store.search(two).await.unwrap().total, 1_007);
}

pub async fn what_a_veil_hides_is_neither_found_nor_counted(place: &dyn Place) {
    let store = place.open().await;
    let with = |id: &str| NewObject {
        search_text: "Rosalía Quimbaya".into(),
        refs: vec![("holder_ref".into(), B.into())],
        ..object(id, JANUARY)
    };
    let hide = |key: &str, due_us| Write::Put {
        bucket: "veil",
        key: key.to_owned(),
        body: "null".into(),
        due_us,
    };
    let ids = ["note--1", "note--2", "note--3", "note--4"];
    let mut writes: Vec<Write> = ids.into_iter().map(|id| keep(with(id))).collect();
    writes.extend([
        hide("note--1/a", Some(0)),
        hide("note--2/a", Some(0)),
        hide("note--2/b", Some(0)),
        hide("note--3/later", Some(50)),
        hide("note--40/a", Some(0)),
        hide("note--4", Some(0)),
    ]);
    commit(&*store, writes).await;
    let asked = |lifted: &[&str], now_us| {
        let lifted = lifted.iter().map(|r| (*r).to_owned()).collect();
        let veil = Veil { bucket: "veil", lifted, now_us };
        let query = SearchQuery {
            text: "quimbaya".into(),
            veil: veil.clone(),
            limit: 9,
            ..Default::default()
        };
        let store = &store;
        async move {
            let page = store.search(query).await.unwrap();
            assert_eq!(page.total, page.hits.len(), "what is hidden is not counted");
            let mut found: Vec<_> = page.hits.into_iter().map(|o| o.id).collect();
            found.sort();
            let referring = store.referring(B, &veil, 9).await.unwrap();
            let named: Vec<_> = referring.into_iter().map(|r| r.object.id).collect();
            assert_eq!(found, named, "a question by words and one by reference see the same");
            // The limit counts what is seen.
            let first = store.referring(B, &veil, 1).await.unwrap();
            assert_eq!(first.first().map(|r| &r.object.id), found.first());
            found
        }
    };
    assert_eq!(asked(&[], 49).await, ["note--3", "note--4"]);
    assert_eq!(asked(&[], 50).await, ["note--4"]);
    assert_eq!(asked(&["a"], 49).await, ["note--1", "note--3", "note--4"]);
    assert_eq!(asked(&["b"], 49).await, ["note--3", "note--4"], "every reason must be lifted");
    assert_eq!(asked(&["a", "b", "later"], 99).await, ids);
    let everything = SearchQuery { text: "quimbaya".into(), limit: 9, ..Default::default() };
    assert_eq!(store.search(everything).await.unwrap().total, 4);
}

pub async fn counts_are_of_distinct_objects(place: &dyn Place) {
    let store = place.open().await;
    let theirs = NewObject { channel: "p1".into(), ..object(A, JANUARY) };
    let writes = [object(A, JANUARY), object(A, MARCH), theirs, object(B, JANUARY)];
    commit(&*store, writes.into_iter().map(keep).collect()).await;
    commit(&*store, vec![leaf("node", "e")]).await;
    store.blobs().put("12345").await.unwrap();
    let stats = store.stats().await.unwrap();
    assert_eq!((stats.objects, stats.object_versions, stats.quarantined), (2, 4, 0));
    assert_eq!(stats.by_type, [("firearm".to_owned(), 1), ("identity".to_owned(), 1)].into());
    assert_eq!((stats.blobs, stats.blob_bytes), (1, 5));
    assert_eq!(stats.logs, [("node".to_owned(), 1)].into());
    assert!(stats.bytes > 0);
}
