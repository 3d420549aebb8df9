//! Versions that a partner sends: judged by its own channel alone, refused with a rule, told.

use std::fs;

use serde_json::{Value, json};

use super::world::World;

/// What one pull of everything that EC released says.
fn pull(world: &World) -> Value {
    world.us.must(&["partner", "sync", "EC"]).lines[0].clone()
}

fn lines(world: &World, sql: &str) -> Vec<String> {
    let db = world.us.database();
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn what_a_partner_sends_is_judged_by_its_own_channel_alone() {
    let world = World::new();
    world.release_report();
    // US holds every id of the delivery already: other content, another creator, revoked.
    let mut squatters = Vec::new();
    for twin in world.us_by_token().get(&world.at("objects/")).objects() {
        let mut squatter = twin.clone();
        if twin["type"] == "release-record" || twin.get("modified").is_none() {
            continue;
        }
        squatter["created_by_ref"] = json!("identity--8c1e2f3a-0d6a-4b1e-9a2f-5c7d8e9f0a1b");
        squatter["revoked"] = json!(true);
        squatters.push(squatter);
    }
    let file = world.home.path().join("squatters.json");
    fs::write(&file, Value::from(squatters.clone()).to_string()).unwrap();
    let imported = world.us.cli(&["import", file.to_str().unwrap()]);
    assert!(imported.summary()["new"].as_u64().unwrap() > 10, "{}", imported.text);

    let report = pull(&world);
    assert_eq!(report["rejected"], 0, "nothing of it is refused: {report}");
    let ec = world.ec.keys().key_id().to_owned();
    let count = |channel: &str| {
        let sql = format!(
            "SELECT CAST(count(*) AS TEXT) FROM object
             WHERE channel = '{channel}' AND kind NOT LIKE 'agreement%' AND kind <> 'release-record'"
        );
        lines(&world, &sql)[0].parse::<u64>().unwrap()
    };
    assert_eq!(report["objects"], count(&ec), "all of it is held: {report}");
}

#[test]
fn a_version_that_breaks_a_rule_is_set_aside_and_told_to_its_sender() {
    let world = World::new();
    world.release_report();
    let first = pull(&world);
    let all = first["objects"].as_u64().unwrap();
    let ec = world.ec.keys().key_id().to_owned();
    let dated = lines(
        &world,
        &format!(
            "SELECT id FROM object WHERE channel = '{ec}' AND creator IS NOT NULL
             AND kind NOT IN ('release-record', 'marking-definition', 'agreement',
                              'agreement-signature')
             AND version NOT GLOB 'sha256:*' ORDER BY row LIMIT 4"
        ),
    );
    let [conflict, revoked, creator, created] = &dated[..] else { panic!("{dated:?}") };
    // As if EC had sent something else before, and the whole delivery comes once more.
    let early = "version = '2020-01-01T00:00:00'";
    let none = "0".repeat(64);
    let of = |id: &str| format!("WHERE id = '{id}' AND channel = '{ec}'");
    world
        .us
        .database()
        .execute_batch(&format!(
            "UPDATE object SET content_hash = '{none}' {};
             UPDATE object SET revoked = 1, content_hash = '{none}', {early} {};
             UPDATE object SET creator = 'identity--x', content_hash = '{none}', {early} {};
             UPDATE object SET created = '2020', content_hash = '{none}', {early} {};
             DELETE FROM record WHERE bucket IN ('arrival', 'cursor')",
            of(conflict),
            of(revoked),
            of(creator),
            of(created),
        ))
        .unwrap();
    let again = pull(&world);
    assert_eq!(again["rejected"], 4, "{again}");
    assert_eq!(again["objects"], all - 4, "the others are taken: {again}");
    let mut wanted: Vec<String> = [
        (conflict, "conflict"),
        (revoked, "after-revocation"),
        (creator, "other-creator"),
        (created, "other-created"),
    ]
    .map(|(id, rule)| format!("{id} stix.version.{rule}"))
    .into();
    wanted.sort();
    let aside = "SELECT object_id || ' ' || rule FROM quarantine ORDER BY 1";
    assert_eq!(lines(&world, aside), wanted, "the second is set aside");
    let told = format!(
        "SELECT CAST(e.record AS TEXT) FROM log_entry e JOIN log l ON l.number = e.log
         WHERE l.name = 'channel/{ec}/ours' AND CAST(e.record AS TEXT) LIKE '%integrity%'"
    );
    assert_eq!(lines(&world, &told).len(), 4, "an act in the log that both sides share");
    let kept = format!(
        "SELECT CAST(count(*) AS TEXT) FROM object WHERE channel = '{ec}' AND content_hash = '{none}'
         AND is_current = 1"
    );
    assert_eq!(lines(&world, &kept), ["4"], "the first is kept");
}
