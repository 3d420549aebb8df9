//! Protected persons: a status warns officers and proposes; by itself it changes nothing.

use enlace_node::{DryRun, NodeError, ProtectDecision, ReleaseRequest};

use crate::release::{World, world};

fn request(world: &World) -> ReleaseRequest {
    ReleaseRequest {
        agreement: world.agreement.clone(),
        partner: None,
        purpose: Some(world.purpose.clone()),
        ids: vec![world.report.clone()],
        ..ReleaseRequest::default()
    }
}

/// A person that leaves by this release.
fn leaving(dry: &DryRun) -> String {
    let leaves = |id: &str| {
        dry.lines.iter().any(|l| l.object == id && l.path.is_empty() && l.verdict != "withheld")
    };
    let people = dry.objects.iter().filter(|o| o.name.kind == "identity");
    people.map(|o| o.name.id.clone()).find(|id| leaves(id)).unwrap()
}

#[tokio::test]
async fn a_status_changes_no_line_of_a_release_and_warns_who_decides() {
    let world = world().await;
    let node = &world.ec.node;
    let (liaison, approver) = (world.ec.actor("liaison").await, world.ec.actor("approver").await);
    let investigator = world.ec.actor("investigator").await;
    let before = node.dry_run(&liaison, &request(&world)).await.unwrap();
    let person = leaving(&before);
    assert!(before.protected.is_empty());
    let set = |status: &'static str| {
        let (person, investigator) = (person.clone(), investigator.clone());
        async move {
            node.protect_set(&investigator, &person, status, "court order 12/2026", "2026-03").await
        }
    };
    assert_eq!(set("important").await.unwrap_err().code(), "protect.status");
    set("journalist").await.unwrap();
    set("witness").await.unwrap();
    let after = node.dry_run(&liaison, &request(&world)).await.unwrap();
    let stable = |dry: &DryRun| {
        let lines = dry.lines.iter().filter(|l| l.path != "modified" && l.path != "created");
        format!("{:?}", lines.collect::<Vec<_>>())
    };
    assert_eq!(stable(&before), stable(&after), "a status never feeds a decision");
    assert_eq!(after.protected[&person], ["journalist", "witness"]);

    // Approval asks a named officer; the log has it.
    let drafted = node.release_draft(&liaison, &request(&world)).await.unwrap();
    let refused = node.release_approve(&approver, &drafted.id, false).await.unwrap_err();
    assert!(refused.to_string().contains("--confirm-protected"), "{refused}");
    assert_eq!(refused.status(), 409);
    node.release_approve_protected(&approver, &drafted.id, false).await.unwrap();
    // One that was set after the approval delays nothing by itself.
    set("minor").await.unwrap();
    node.release_send(&liaison, &drafted.id, enlace_node::SendWhen::Now).await.unwrap();

    for actor in [&investigator, &world.ec.actor("analyst").await, &world.ec.actor("auditor").await]
    {
        for refused in
            [node.protect_list(actor).await.err(), node.protect_proposals(actor).await.err()]
        {
            assert!(matches!(refused, Some(NodeError::Forbidden { .. })), "{}", actor.account());
        }
    }
    let listed = node.protect_list(&approver).await.unwrap();
    assert_eq!((listed.len(), listed[0].statuses.len()), (1, 3));
    assert_eq!(listed[0].statuses[0].by, "investigator");
}

#[tokio::test]
async fn what_follows_is_decided_by_an_officer_for_a_set_of_several_persons() {
    let world = world().await;
    let node = &world.ec.node;
    let (liaison, approver) = (world.ec.actor("liaison").await, world.ec.actor("approver").await);
    let before = node.dry_run(&liaison, &request(&world)).await.unwrap();
    let person = leaving(&before);
    let drafted = node.release_draft(&liaison, &request(&world)).await.unwrap();
    node.release_approve(&approver, &drafted.id, false).await.unwrap();
    node.release_send(&liaison, &drafted.id, enlace_node::SendWhen::Now).await.unwrap();
    node.protect_set(&liaison, &person, "hostage", "statement of the family", "").await.unwrap();
    let twins = |dry: &DryRun| dry.counts.kept + dry.counts.changed;
    let line = node.release_status(&liaison, &drafted.id).await.unwrap();
    assert!(line.recalls.is_empty(), "nothing is recalled by itself");

    let proposals = node.protect_proposals(&approver).await.unwrap();
    assert_eq!(proposals.len(), 1);
    let persons = proposals[0].set.iter().filter(|o| o.kind == "identity").count();
    assert!(persons >= 5, "never one person: {persons}");
    assert!(proposals[0].released >= 5);
    assert!(proposals[0].set.iter().any(|o| o.id == person));
    let recalled = node.protect_decide(&approver, &proposals[0].id, ProtectDecision::Recall).await;
    assert_eq!(recalled.unwrap(), proposals[0].released);
    let line = node.release_status(&liaison, &drafted.id).await.unwrap();
    assert!(line.recalls.len() >= 5, "{line:?}");
    let again = node.protect_decide(&approver, &proposals[0].id, ProtectDecision::Keep).await;
    assert!(again.unwrap_err().to_string().contains("decided by approver"));
    // The set is held from then on.
    let dry = node.dry_run(&liaison, &request(&world)).await.unwrap();
    assert!(twins(&dry) < twins(&before));
    let left = |dry: &DryRun| -> Vec<String> {
        let whole = dry.lines.iter().filter(|l| l.path.is_empty() && l.verdict != "withheld");
        whole.map(|l| l.object.clone()).collect()
    };
    let now = |id: &String| dry.lines.iter().find(|l| l.object == *id && l.path.is_empty());
    for id in left(&before) {
        // Recalled is final and said first; what was never sent is held.
        let clause = now(&id).map_or("not in the set", |line| line.clause.as_str());
        assert!(["private.recalled", "private.held-back"].contains(&clause), "{id}: {clause}");
    }
    let holds = node.hold_list(&approver).await.unwrap();
    assert_eq!(holds.len(), 1);
    assert!(holds[0].objects.contains(&person) && holds[0].objects.len() >= left(&before).len());
}

#[tokio::test]
async fn keeping_changes_nothing() {
    let world = world().await;
    let node = &world.ec.node;
    let approver = world.ec.actor("approver").await;
    let before = node.dry_run(&approver, &request(&world)).await.unwrap();
    node.protect_set(&approver, &leaving(&before), "lawyer", "bar register", "").await.unwrap();
    let open = node.protect_proposals(&approver).await.unwrap();
    let persons = open[0].set.iter().filter(|o| o.kind == "identity").count();
    assert!(persons >= 5, "of what was never released either: {persons}");
    node.protect_decide(&approver, &open[0].id, ProtectDecision::Keep).await.unwrap();
    let after = node.dry_run(&approver, &request(&world)).await.unwrap();
    assert_eq!(before.counts, after.counts);
}
