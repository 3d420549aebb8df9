//! Questions about many.

use enlace_store::{NewObject, OWN, ObjectState, RecordQuery, SearchQuery, Twin, Write};

use crate::place::Place;
use crate::samples::*;

const JANUARY: &str = "2026-01-01T00:00:00";
const FEBRUARY: &str = "2026-02-01T00:00:00";
const A: &str = "identity--a";
const B: &str = "firearm--b";
const R: &str = "relationship--r";

fn twin(original: &str, recalled: bool) -> Write {
    Write::Twin(Box::new(Twin {
        partner: "p1".into(),
        lineage: "l".into(),
        original: original.into(),
        twin: format!("{original}-twin"),
        created: "2026-01-01T00:00:00.000Z".into(),
        modified: "2026-01-01T00:00:00.000Z".into(),
        content_hash: "00".into(),
        collection: "c".into(),
        recalled,
    }))
}

pub async fn a_question_about_many_answers_what_each_alone_does(place: &dyn Place) {
    let store = place.open().await;
    let relation = NewObject { refs: vec![("source_ref".into(), A.into())], ..object(R, JANUARY) };
    let writes = vec![
        keep(object(A, JANUARY)),
        keep(object(A, FEBRUARY)),
        keep(NewObject { channel: "p1".into(), ..object(A, JANUARY) }),
        keep(NewObject { channel: "p1".into(), ..object(B, JANUARY) }),
        keep(relation),
        found_by("note--n", "Quimbaya"),
        put("a", "1"),
        put("a/b", "2"),
        twin(A, false),
        twin(B, true),
    ];
    commit(&*store, writes).await;
    // In this order, an unknown one, a repeated one and one that no database keeps among them.
    let ids: Vec<String> =
        [B, "note--unknown", A, R, A, "firearm--b-twin", "note--\0"].map(str::to_owned).into();
    for channel in [None, Some(OWN), Some("p1")] {
        let all = store.object_each(&ids, channel).await.unwrap();
        assert_eq!(all.len(), ids.len());
        for (id, found) in ids.iter().zip(all) {
            assert_eq!(found, store.object(id, channel).await.unwrap(), "{id} {channel:?}");
        }
    }
    let versions = store.versions_each(&ids).await.unwrap();
    let related = store.relations_from_each(OWN, &ids, 9).await.unwrap();
    let twins = store.twin_each("p1", "l", &ids).await.unwrap();
    let of = store.twins_of_each(&ids).await.unwrap();
    assert_eq!([versions.len(), related.len(), twins.len(), of.len()], [ids.len(); 4]);
    for (i, id) in ids.iter().enumerate() {
        assert_eq!(versions[i], store.versions(id).await.unwrap());
        assert_eq!(related[i], store.relations_from(OWN, id, 9).await.unwrap());
        assert_eq!(twins[i], store.twin("p1", "l", id).await.unwrap());
        assert_eq!(of[i], store.twins_of(id).await.unwrap());
    }
    assert_eq!((versions[2].len(), related[2].len(), of[5].len()), (3, 1, 1));
    assert!(twins[0].as_ref().is_some_and(|t| t.recalled) && twins[1].is_none());

    let keys: Vec<String> = ["a/b", "none\0", "a"].map(str::to_owned).into();
    let records = store.record_each("b", &keys).await.unwrap();
    let bodies: Vec<_> = records.iter().map(|r| r.as_ref().map(|r| r.body.as_str())).collect();
    assert_eq!(bodies, [Some("2"), None, Some("1")]);
    let asked = |prefix: &str| RecordQuery {
        bucket: "b",
        prefix: prefix.to_owned(),
        limit: 9,
        ..RecordQuery::default()
    };
    let found = store.records_each(vec![asked("a/"), asked("z"), asked("a")]).await.unwrap();
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 2]);
    let found = store.records_each(vec![asked("a/"), asked("no\0key")]).await.unwrap();
    let found: Vec<_> = found.iter().map(Vec::len).collect();
    assert_eq!(found, [1, 0], "one that no key can begin with leaves the others their answers");
    let search =
        |text: &str| SearchQuery { text: text.to_owned(), limit: 9, ..SearchQuery::default() };
    let pages = store.search_each(vec![search("nobody"), search("quimbaya")]).await.unwrap();
    assert_eq!(pages.iter().map(|p| p.total).collect::<Vec<_>>(), [0, 1]);
    assert!(store.object_each(&[], None).await.unwrap().is_empty());
}

pub async fn who_created_what_is_told_once_and_in_order(place: &dyn Place) {
    let store = place.open().await;
    let made = |id: &str, path: &str| NewObject {
        refs: vec![(path.to_owned(), A.into())],
        ..object(id, JANUARY)
    };
    let pending = NewObject {
        state: ObjectState::Pending,
        channel: "p1".into(),
        ..made("note--2", "created_by_ref")
    };
    let first =
        vec![keep(made("note--1", "created_by_ref")), keep(made("note--3", "object_refs[0]"))];
    commit(&*store, first).await;
    commit(&*store, vec![keep(pending)]).await;
    let all = store.created_by(A, None, 9).await.unwrap();
    let ids: Vec<_> = all.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["note--1", "note--2"]);
    assert_eq!(store.created_by(A, None, 1).await.unwrap(), all[..1]);
    assert_eq!(store.created_by(A, Some(all[0].row), 9).await.unwrap(), all[1..]);
    assert!(store.created_by(A, Some(all[1].row), 9).await.unwrap().is_empty());
    assert!(store.created_by(B, None, 9).await.unwrap().is_empty());
}
