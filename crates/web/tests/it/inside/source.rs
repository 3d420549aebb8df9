//! The register of sources: who opens it, whom it tells, and holds that point at nobody.

use enlace_node::{Actor, NewSource, NodeError, ReleaseRequest, Role};
use secrecy::SecretString;

use crate::release::{World, world};

fn passphrase() -> SecretString {
    "twelve letters and more".into()
}

fn new(world: &World) -> NewSource {
    NewSource {
        code_name: "GARZA".to_owned(),
        identity: "Zzyzxidentity, pier 4".to_owned(),
        since: "2026-01".to_owned(),
        objects: vec![world.report.clone()],
    }
}

fn request(world: &World) -> ReleaseRequest {
    ReleaseRequest {
        agreement: world.agreement.clone(),
        partner: None,
        purpose: Some(world.purpose.clone()),
        ids: vec![world.report.clone()],
        ..ReleaseRequest::default()
    }
}

#[tokio::test]
async fn the_register_opens_to_its_role_with_its_passphrase_and_to_nobody_else() {
    let world = world().await;
    let (node, pass) = (&world.ec.node, passphrase());
    let handler = world.ec.actor("handler").await;
    let none = node.source_list(&handler, &pass).await.unwrap_err();
    assert!(none.to_string().contains("source init"), "{none}");
    let short = node.source_init(&handler, &"too short".into()).await.unwrap_err();
    assert!(short.to_string().contains("12 characters"), "{short}");
    node.source_init(&handler, &pass).await.unwrap();
    assert!(node.source_init(&handler, &pass).await.is_err(), "there is one register");
    node.source_add(&handler, &pass, new(&world)).await.unwrap();
    for name in ["admin", "investigator", "analyst", "liaison", "approver", "auditor"] {
        let actor = world.ec.actor(name).await;
        for error in [
            node.source_list(&actor, &pass).await.unwrap_err(),
            node.source_alerts(&actor).await.unwrap_err(),
            node.source_add(&actor, &pass, new(&world)).await.unwrap_err(),
        ] {
            assert!(matches!(error, NodeError::Forbidden { .. }), "{name}: {error}");
        }
    }
    let console = node.source_list(&Actor::console(), &pass).await.unwrap_err();
    assert!(matches!(console, NodeError::Forbidden { .. }), "{console}");
    let wrong = node.source_list(&handler, &"another passphrase".into()).await.unwrap_err();
    assert_eq!((wrong.exit_code(), wrong.status()), (1, 403), "{wrong}");
    let lines = node.source_list(&handler, &pass).await.unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].identity, "Zzyzxidentity, pier 4");
    // Another handler has the passphrase and sees his own sources only, until one is handed over.
    world.ec.account("second", Role::SourceHandler).await;
    let second = world.ec.actor("second").await;
    assert!(node.source_list(&second, &pass).await.unwrap().is_empty());
    node.source_change(&handler, &pass, "GARZA", Some("resting"), Some("second")).await.unwrap();
    assert!(node.source_list(&handler, &pass).await.unwrap().is_empty());
    let theirs = node.source_list(&second, &pass).await.unwrap();
    assert_eq!((theirs[0].code_name.as_str(), theirs[0].status.as_str()), ("GARZA", "resting"));
    let refused = node.source_change(&second, &pass, "GARZA", None, Some("liaison")).await;
    assert!(refused.is_err(), "a liaison officer handles no source");
}

#[tokio::test]
async fn the_handler_is_told_of_drafts_approvals_and_repeated_looks_and_nobody_else() {
    let world = world().await;
    let (node, pass) = (&world.ec.node, passphrase());
    let handler = world.ec.actor("handler").await;
    world.ec.account("second", Role::SourceHandler).await;
    let second = world.ec.actor("second").await;
    let investigator = world.ec.actor("investigator").await;
    node.search(&investigator, "calamares", &[], 0, 20).await.unwrap();
    node.source_init(&handler, &pass).await.unwrap();
    assert_eq!(node.watch_sources().await.unwrap(), 0, "nothing is linked yet");
    node.source_add(&handler, &pass, new(&world)).await.unwrap();

    node.search(&investigator, "informe", &[], 0, 20).await.unwrap();
    node.search(&investigator, "informe", &[], 0, 20).await.unwrap();
    assert!(node.source_alerts(&handler).await.unwrap().is_empty(), "twice is not repeated");
    node.get(&investigator, &world.report).await.unwrap();
    let told = node.source_alerts(&handler).await.unwrap();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].kind.as_str(), told[0].by.as_str()), ("repeated-looks", "investigator"));
    assert_eq!(told[0].object, world.report);

    let liaison = world.ec.actor("liaison").await;
    let drafted = node.release_draft(&liaison, &request(&world)).await.unwrap();
    let approver = world.ec.actor("approver").await;
    node.release_approve(&approver, &drafted.id, false).await.unwrap();
    node.release_send(&liaison, &drafted.id, enlace_node::SendWhen::Now).await.unwrap();
    let kinds: Vec<String> =
        node.source_alerts(&handler).await.unwrap().into_iter().map(|a| a.kind).collect();
    let expected = ["release-sent", "release-approved", "release-drafted", "repeated-looks"];
    assert_eq!(kinds, expected);
    assert_eq!(node.source_alerts(&handler).await.unwrap().len(), 4, "each is told once");
    assert!(node.source_alerts(&second).await.unwrap().is_empty(), "only the source's handler");
    // What the handler does himself tells nothing new.
    for _ in 0..3 {
        node.get(&handler, &world.report).await.unwrap();
    }
    assert_eq!(node.source_alerts(&handler).await.unwrap().len(), 4);
}

/// A link to a source changes nothing for the one who looks: same pages, same answers.
#[tokio::test]
async fn who_looks_at_a_linked_object_sees_what_he_saw_before() {
    let world = world().await;
    let (node, pass) = (&world.ec.node, passphrase());
    let handler = world.ec.actor("handler").await;
    let object = format!("/object/{}?lang=en", world.report);
    let paths = ["/search?q=informe&lang=en", &object, "/releases?lang=en"];
    let mut browser = world.ec.signed_in("liaison").await;
    let mut look = async || {
        let mut pages = Vec::new();
        for path in paths {
            pages.push(without_nonces(&browser.get(path).await.text));
        }
        pages
    };
    let before = look().await;
    node.source_init(&handler, &pass).await.unwrap();
    node.source_add(&handler, &pass, new(&world)).await.unwrap();
    for _ in 0..3 {
        assert_eq!(look().await, before);
        node.watch_sources().await.unwrap();
    }
    assert!(!node.source_alerts(&handler).await.unwrap().is_empty());
    assert_eq!(look().await, before);
}

/// A page but for what is new in every answer.
fn without_nonces(page: &str) -> String {
    let mut parts = page.split("nonce=\"");
    let first = parts.next().unwrap_or_default().to_owned();
    let rest = parts.map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
    first + &rest.collect::<String>()
}

#[tokio::test]
async fn a_hold_covers_a_whole_set_says_no_reason_and_ends() {
    let world = world().await;
    let node = &world.ec.node;
    let (handler, liaison) = (world.ec.actor("handler").await, world.ec.actor("liaison").await);
    let free = node.dry_run(&liaison, &request(&world)).await.unwrap();
    assert!(free.counts.kept + free.counts.changed > 10);
    let person = free.objects.iter().find(|o| o.name.kind == "identity").unwrap();
    let one = node.hold_place(&handler, std::slice::from_ref(&person.name.id)).await.unwrap_err();
    assert!(one.to_string().contains("hold.whole-set"), "{one}");
    let (hold, objects) =
        node.hold_place(&handler, std::slice::from_ref(&world.report)).await.unwrap();
    assert!(objects >= 5, "{objects}");

    let held = node.dry_run(&liaison, &request(&world)).await.unwrap();
    assert_eq!(held.counts.objects, free.counts.objects);
    let whole: Vec<_> = held.lines.iter().filter(|l| l.path.is_empty()).collect();
    assert!(whole.iter().all(|l| l.verdict == "withheld" && l.clause == "private.held-back"));
    assert!(held.lines.iter().all(|l| l.reason == "private-held-back"), "and no reason");
    assert!(!format!("{:?}", held.lines).contains("handler"));
    let refused = node.release_draft(&liaison, &request(&world)).await.unwrap_err();
    assert!(refused.to_string().contains("empty"), "{refused}");
    assert!(node.hold_list(&liaison).await.unwrap().is_empty(), "nobody learns whose it is");
    assert!(matches!(
        node.hold_lift(&liaison, &hold).await.unwrap_err(),
        NodeError::NotFound { .. }
    ));
    assert_eq!(node.hold_list(&handler).await.unwrap().len(), 1);
    node.hold_lift(&handler, &hold).await.unwrap();
    let again = node.dry_run(&liaison, &request(&world)).await.unwrap();
    assert_eq!(again.counts, free.counts);
}
