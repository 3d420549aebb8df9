//! Who is no member of a compartment neither sees nor counts what is in it, on no page and in no
//! use case; to him a hidden object is an unknown one.

use std::time::{Duration, Instant};

use enlace_node::{Actor, CompartmentKind, NodeError, ReleaseRequest, Role};
use serde_json::{Value, json};

use crate::release::{World, world};
use crate::site::Site;

/// The hidden person, the note and the relationship about it, what refers to it, and the same
/// report about somebody whom nobody holds.
const HIDDEN: &str = "identity--1a000000-0000-4000-8000-000000000001";
const NOTE: &str = "note--1a000000-0000-4000-8000-000000000002";
const LINK: &str = "relationship--1a000000-0000-4000-8000-000000000003";
const UNKNOWN: &str = "identity--1a000000-0000-4000-8000-00000000000f";
const REPORT: &str = "report--1a000000-0000-4000-8000-000000000004";
const LIKE_IT: &str = "report--1a000000-0000-4000-8000-000000000005";
const SEEN: &str = "location--1a000000-0000-4000-8000-000000000006";
const WORDS: [&str; 4] = ["Zzyzxpersona", "Zzyzxapunte", "zzyzxpersona", "zzyzxowns"];

fn object(id: &str, more: Value) -> Value {
    let mut object = json!({
        "type": id.split("--").next(), "spec_version": "2.1", "id": id,
        "created": "2026-01-01T00:00:00.000Z", "modified": "2026-01-01T00:00:00.000Z",
        "object_marking_refs": ["marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb"],
    });
    for (name, value) in more.as_object().unwrap() {
        object[name] = value.clone();
    }
    object
}

fn report(id: &str, about: &str) -> Value {
    let refs = [about, SEEN];
    object(
        id,
        json!({"name": "Informe visible", "published": "2026-01-01T00:00:00Z",
        "report_types": ["threat-actor"], "object_refs": refs}),
    )
}

fn planted() -> String {
    let objects = [
        object(HIDDEN, json!({"name": "Zzyzxpersona Oculta", "identity_class": "individual"})),
        object(NOTE, json!({"abstract": "Zzyzxapunte", "content": "x", "object_refs": [HIDDEN]})),
        object(
            LINK,
            json!({"relationship_type": "zzyzxowns", "source_ref": SEEN,
            "target_ref": HIDDEN}),
        ),
        object(SEEN, json!({"name": "Muelle visible", "country": "EC"})),
        report(REPORT, HIDDEN),
        report(LIKE_IT, UNKNOWN),
    ];
    json!({"type": "bundle", "id": "bundle--1a000000-0000-4000-8000-000000000009",
        "objects": objects})
    .to_string()
}

/// The release world with two members, `inside` and `chief`; the others are outside.
async fn compartmented() -> World {
    let world = world().await;
    world.ec.account("inside", Role::LiaisonOfficer).await;
    world.ec.account("chief", Role::Approver).await;
    world.ec.import("planted.json", planted().as_bytes()).await;
    let (node, inside) = (&world.ec.node, world.ec.actor("inside").await);
    let kind = CompartmentKind::Case;
    node.compartment_create(&inside, "Zzyzxcaso", kind, "two people know").await.unwrap();
    node.compartment_member(&inside, "Zzyzxcaso", "chief", true).await.unwrap();
    let placed = node.compartment_add(&inside, "Zzyzxcaso", &[HIDDEN.to_owned()], false).await;
    assert_eq!(placed.unwrap(), 3, "the person, and what says something about him");
    world
}

fn request(world: &World, id: &str) -> ReleaseRequest {
    ReleaseRequest {
        agreement: world.agreement.clone(),
        partner: None,
        purpose: Some(world.purpose.clone()),
        ids: vec![id.to_owned()],
        ..ReleaseRequest::default()
    }
}

fn clean(place: &str, text: &str) {
    for word in WORDS.iter().chain(&["Zzyzxcaso", "two people know"]) {
        assert!(!text.contains(word), "{word} in {place}:\n{text}");
    }
}

const OUTSIDE: [&str; 7] =
    ["liaison", "approver", "investigator", "analyst", "handler", "auditor", "admin"];

#[tokio::test]
async fn no_use_case_and_no_page_shows_or_counts_what_is_hidden() {
    let world = compartmented().await;
    let before = world.ec.node.stats(&world.ec.actor("analyst").await).await.unwrap();
    for name in OUTSIDE {
        let actor = world.ec.actor(name).await;
        use_cases(&world, &actor).await;
        pages(&world.ec, name).await;
    }
    use_cases(&world, &Actor::console()).await;
    // The same sees the member.
    let inside = world.ec.actor("inside").await;
    let node = &world.ec.node;
    assert_eq!(node.search(&inside, "zzyzxpersona", &[], 0, 9).await.unwrap().total, 1);
    assert_eq!(node.search(&inside, "zzyzxapunte", &[], 0, 9).await.unwrap().total, 1);
    assert!(node.get(&inside, HIDDEN).await.unwrap().raw.contains("Zzyzxpersona"));
    let all = node.stats(&inside).await.unwrap();
    assert_eq!(
        (all.objects - before.objects, all.object_versions - before.object_versions),
        (3, 3)
    );
    assert_eq!(all.by_type["identity"] - before.by_type["identity"], 1);
    let mut browser = world.ec.signed_in("inside").await;
    let page = browser.get(&format!("/object/{REPORT}")).await.text;
    assert!(page.contains("Zzyzxpersona"), "{page}");
    assert!(browser.get(&format!("/object/{SEEN}")).await.text.contains("zzyzxowns"));
}

/// Whatever an outsider gets from the use cases that read.
async fn use_cases(world: &World, actor: &Actor) {
    let node = &world.ec.node;
    let who = actor.account().to_owned();
    let not_found = |error: NodeError| match error {
        NodeError::NotFound { .. } | NodeError::Forbidden { .. } => {}
        other => panic!("{who}: {other}"),
    };
    for text in ["zzyzx*", "zzyzxpersona", "zzyzxapunte", "visible"] {
        if let Ok(found) = node.search(actor, text, &[], 0, 50).await {
            clean(&format!("search by {who}"), &format!("{found:?}"));
            let expected = if text == "visible" { 3 } else { 0 };
            assert_eq!((found.hits.len(), found.total), (expected, expected), "{who}: {text}");
        }
        if let Ok(found) = node.search_view(actor, text, None, 0, 50).await {
            clean(&format!("search page of {who}"), &format!("{found:?}"));
            let counted: usize = found.types.iter().map(|t| t.count).sum();
            assert_eq!(counted, found.total, "{who}: {text}");
        }
    }
    for id in [HIDDEN, NOTE, LINK, UNKNOWN] {
        not_found(node.get(actor, id).await.unwrap_err());
        not_found(node.versions(actor, id).await.unwrap_err());
        not_found(node.object_view(actor, id, None).await.unwrap_err());
        let at = Some(("own", "2026-01-01T00:00:00"));
        not_found(node.object_view(actor, id, at).await.unwrap_err());
        not_found(node.dry_run(actor, &request(world, id)).await.unwrap_err());
        not_found(node.release_draft(actor, &request(world, id)).await.unwrap_err());
    }
    for id in [REPORT, SEEN] {
        if let Ok(found) = node.object_view(actor, id, None).await {
            clean(&format!("{id} of {who}"), &format!("{found:?}"));
            // Of the report what it names, of the place the two reports.
            assert_eq!(found.links.len() + found.links_beyond, 2, "{who}: {:?}", found.links);
        }
    }
    if let Ok(dry) = node.dry_run(actor, &request(world, REPORT)).await {
        let other = node.dry_run(actor, &request(world, LIKE_IT)).await.unwrap();
        clean(&format!("dry run of {who}"), &format!("{dry:?}"));
        let lines = |dry: &enlace_node::DryRun| -> Vec<Value> {
            let all = dry.lines.iter().map(|l| json!([l.object, l.path, l.verdict, l.reason]));
            all.filter(|l| l[1] != "id").collect()
        };
        let as_unknown = json!(lines(&dry)).to_string();
        let as_unknown = as_unknown.replace(REPORT, LIKE_IT).replace(HIDDEN, UNKNOWN);
        assert_eq!(as_unknown, json!(lines(&other)).to_string(), "hidden is like not held");
        assert_eq!(dry.counts, other.counts);
    }
    if let Ok(lines) = node.inbox_list(actor).await {
        clean(&format!("inbox of {who}"), &format!("{lines:?}"));
    }
    if let Ok(lines) = node.compartment_list(actor).await {
        assert!(lines.is_empty(), "{who}: {lines:?}");
    }
    for name in ["Zzyzxcaso", "Zzyzxnone"] {
        not_found(node.compartment_view(actor, name).await.unwrap_err());
        let ids = [SEEN.to_owned()];
        not_found(node.compartment_add(actor, name, &ids, false).await.unwrap_err());
        not_found(node.compartment_remove(actor, name, &ids).await.unwrap_err());
        not_found(node.compartment_member(actor, name, &who, true).await.unwrap_err());
    }
    if let Ok(found) = node.oversight(actor, "zzyzxpersona", 0).await {
        assert_eq!(found.total, 0, "nothing of it left");
    }
}

/// Every page of the route table, with every id.
async fn pages(site: &Site, name: &str) {
    let mut browser = site.signed_in(name).await;
    let ids = [HIDDEN, NOTE, LINK, REPORT, SEEN, "Zzyzxcaso"];
    for route in enlace_web::routes().0.iter().filter(|r| r.method == "GET") {
        for id in ids {
            let path = route.path.replace("{id}", id).replace("{act}", "x");
            let path = path.replace("{token}", "enl_x").replace("{*name}", "style.css");
            for query in ["", "?q=zzyzxpersona", "?q=visible", &format!("?id={id}")] {
                let answer = browser.get(&format!("{path}{query}")).await;
                // What he asked for himself is repeated in links.
                let text = answer.text.replace("zzyzxpersona", "").replace("Zzyzxcaso", "");
                clean(&format!("{path}{query} of {name}"), &text);
            }
        }
    }
}

#[tokio::test]
async fn hidden_and_unknown_give_the_same_bytes_in_the_same_time() {
    let world = compartmented().await;
    let pairs: usize = if std::env::var_os("ENLACE_LONG").is_some() { 5_000 } else { 300 };
    let mut browser = world.ec.signed_in("liaison").await;
    let (mut hidden, mut unknown) = (Vec::new(), Vec::new());
    for pair in 0..pairs {
        let order = if pair % 2 == 0 { [0, 1] } else { [1, 0] };
        let mut answers = [None, None];
        for which in order {
            let id = [HIDDEN, UNKNOWN][which];
            let from = Instant::now();
            let answer = browser.get(&format!("/object/{id}?lang=en")).await;
            [&mut hidden, &mut unknown][which].push(from.elapsed());
            assert_eq!(answer.status, 404);
            let nonce = answer.text.split("nonce=\"").nth(1).and_then(|r| r.split('"').next());
            let text = answer.text.replace(id, "ID");
            answers[which] = Some(nonce.map_or(text.clone(), |nonce| text.replace(nonce, "N")));
        }
        assert_eq!(answers[0], answers[1], "hidden differs from unknown");
    }
    let [hidden, unknown] = [hidden, unknown].map(median);
    let difference = (hidden.as_secs_f64() / unknown.as_secs_f64() - 1.0).abs() * 100.0;
    println!("{pairs} pairs: hidden {hidden:?}, unknown {unknown:?}, difference {difference:.1} %");
    if std::env::var_os("ENLACE_LONG").is_some() {
        assert!(difference < 5.0, "time tells hidden from unknown: {difference:.1} %");
    }
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}

#[tokio::test]
async fn a_release_exists_for_who_sees_everything_in_it() {
    let world = compartmented().await;
    let node = &world.ec.node;
    let actor = |name: &'static str| world.ec.actor(name);
    let inside = actor("inside").await;
    let line = node.release_draft(&inside, &request(&world, REPORT)).await.unwrap();
    assert!(line.objects >= 3, "the hidden person is in the set: {line:?}");
    for outsider in ["liaison", "approver"] {
        let actor = actor(outsider).await;
        let gone = |error: NodeError| assert!(matches!(error, NodeError::NotFound { .. }));
        assert!(node.release_list(&actor).await.unwrap().is_empty(), "{outsider}");
        let (rows, beyond) = node.release_rows(&actor, 9).await.unwrap();
        assert!(rows.is_empty() && beyond == 0, "{outsider}");
        gone(node.release_status(&actor, &line.id).await.unwrap_err());
        gone(node.release_show(&actor, &line.id).await.unwrap_err());
        gone(node.release_view(&actor, &line.id).await.unwrap_err());
        gone(node.release_approve(&actor, &line.id, false).await.unwrap_err());
        if outsider == "liaison" {
            gone(node.release_file(&actor, &line.id).await.unwrap_err());
        }
    }
    assert!(node.release_list(&Actor::console()).await.unwrap().is_empty(), "console");
    let outsider = actor("liaison").await;
    // The drafter who sees less drafts less; his draft is everybody's.
    let small = node.release_draft(&outsider, &request(&world, REPORT)).await.unwrap();
    assert!(small.objects < line.objects, "what he does not see does not go along");
    let chief = actor("chief").await;
    node.release_approve(&chief, &small.id, false).await.unwrap();
    let shown = node.release_show(&chief, &small.id).await.unwrap();
    assert!(shown.objects.iter().all(|o| o.name.id != HIDDEN), "planned in the drafter's view");
    // A member approves and sends it; then the outsider knows of it as little as before.
    node.release_approve(&chief, &line.id, false).await.unwrap();
    node.release_send(&inside, &line.id, enlace_node::SendWhen::Now).await.unwrap();
    assert_eq!(node.release_list(&outsider).await.unwrap().len(), 1, "his own, and no other");
    let file = node.release_file(&outsider, &line.id).await.unwrap_err();
    assert!(matches!(file, NodeError::NotFound { .. }), "a file of it, with its count: {file}");
    let [hidden, unknown] = [HIDDEN, UNKNOWN].map(|id| id.to_owned());
    let told = |id: String| {
        let outsider = outsider.clone();
        async move {
            node.recall(&outsider, &id, None).await.unwrap_err().to_string().replace(&id, "ID")
        }
    };
    assert_eq!(told(hidden).await, told(unknown).await, "a recall tells nothing either");
}

#[tokio::test]
async fn members_are_told_the_rule_and_the_lead_decides() {
    let world = compartmented().await;
    let node = &world.ec.node;
    let (inside, chief) = (world.ec.actor("inside").await, world.ec.actor("chief").await);
    let ids = [HIDDEN.to_owned()];
    let refused = node.compartment_remove(&chief, "Zzyzxcaso", &ids).await.unwrap_err();
    assert!(refused.to_string().contains("compartment.lead"), "{refused}");
    let refused = node.compartment_member(&chief, "Zzyzxcaso", "liaison", true).await.unwrap_err();
    assert!(refused.to_string().contains("compartment.lead"), "{refused}");
    for role in ["auditor", "admin"] {
        let refused = node.compartment_member(&inside, "Zzyzxcaso", role, true).await.unwrap_err();
        assert!(refused.to_string().contains("compartment.role"), "{role}: {refused}");
    }
    let own = node.card().unwrap().identity_id().to_owned();
    let refused = node.compartment_add(&inside, "Zzyzxcaso", &[own], false).await.unwrap_err();
    assert_eq!(refused.code(), "compartment.common");
    // An investigator in it sees it and is told which action his role lacks.
    node.compartment_member(&inside, "Zzyzxcaso", "investigator", true).await.unwrap();
    let investigator = world.ec.actor("investigator").await;
    assert!(node.get(&investigator, HIDDEN).await.is_ok());
    let refused = node.dry_run(&investigator, &request(&world, HIDDEN)).await.unwrap_err();
    assert!(refused.to_string().contains("may not dry-run"), "{refused}");
    node.compartment_hand_over(&inside, "Zzyzxcaso", "chief").await.unwrap();
    node.compartment_member(&chief, "Zzyzxcaso", "inside", false).await.unwrap();
    assert!(node.get(&inside, HIDDEN).await.is_err(), "who is put out sees nothing more");
    assert_eq!(node.compartment_remove(&chief, "Zzyzxcaso", &ids).await.unwrap(), 1);
    assert!(node.get(&inside, HIDDEN).await.is_ok());
    // In two compartments: only who is in both.
    let kind = CompartmentKind::NeedToKnow;
    let again = node.compartment_create(&chief, "Zzyzxcaso", kind, "again").await.unwrap_err();
    assert_eq!(again.code(), "compartment.taken");
    node.compartment_create(&inside, "Zzyzxcaso", kind, "unknown to chief").await.unwrap();
    node.compartment_add(&inside, "Zzyzxcaso", &ids, false).await.unwrap();
    assert!(node.get(&chief, HIDDEN).await.is_err());
    let gone = node.compartment_add(&chief, "Zzyzxcaso", &ids, false).await.unwrap_err();
    assert!(matches!(gone, NodeError::NotFound { .. }), "{gone}");
}

/// Whether an id is held in a compartment cannot be learnt by importing it, and what says something
/// about a hidden object is hidden from the moment a member brings it.
#[tokio::test]
async fn an_import_tells_an_outsider_nothing_and_follows_a_member() {
    let world = compartmented().await;
    let node = &world.ec.node;
    let brought = |id: &str| {
        object(
            id,
            json!({"relationship_type": "zzyzxowns",
        "source_ref": SEEN, "target_ref": HIDDEN}),
        )
    };
    let import = |actor: Actor, object: Value| async move {
        let text = object.to_string();
        let request = enlace_node::ImportRequest {
            name: "x.json",
            bytes: text.as_bytes(),
            format: None,
            marking: None,
            source: None,
            dry_run: false,
        };
        node.import(&actor, request).await.unwrap()
    };
    let outsider = world.ec.actor("analyst").await;
    let differs = object(HIDDEN, json!({"name": "Otra", "identity_class": "individual"}));
    let new = object(UNKNOWN, json!({"name": "Otra", "identity_class": "individual"}));
    let told = |report: enlace_node::ImportReport| {
        let line = &report.lines[0];
        (line.result, line.reason.clone(), report.new, report.known, report.conflict)
    };
    let hidden = told(import(outsider.clone(), differs).await);
    assert_eq!(hidden, told(import(outsider, new).await), "a conflict is not told");
    let inside = world.ec.actor("inside").await;
    let later = "relationship--1a000000-0000-4000-8000-000000000011";
    import(inside.clone(), brought(later)).await;
    assert!(node.get(&inside, later).await.is_ok());
    assert!(node.get(&world.ec.actor("liaison").await, later).await.is_err());
}
