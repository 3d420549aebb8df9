//! Every declared route, walked by who may see nothing.

use enlace_web::{Exit, Route, routes};

use super::canary::{Searcher, withheld};
use super::world::{NOWHERE, World, in_collection};
use crate::support::{Answer, Client, scenario_json};

#[test]
fn the_route_table_with_its_exit_classes_is_the_reviewed_one() {
    let (pages, partners) = routes();
    let line = |listener: &str, route: &Route| {
        format!("{listener:<9} {:<7} {:<62} {:?}\n", route.method, route.path, route.exit)
    };
    let mut table: String = pages.iter().map(|r| line("pages", r)).collect();
    table.extend(partners.iter().map(|r| line("partners", r)));
    for (listener, exit) in [("pages", Exit::Inside), ("partners", Exit::Partner)] {
        for (method, path) in enlace_taxii::ROUTES {
            table.push_str(&line(listener, &Route { method, path, exit }));
        }
    }
    insta::assert_snapshot!("route-table", table);
    assert!(
        partners.iter().all(|r| r.exit != Exit::Inside),
        "held data has no route on the partners' listener"
    );
    assert!(
        pages.iter().all(|r| r.exit != Exit::Partner),
        "partners have no route among the pages"
    );
}

#[test]
fn who_may_see_nothing_sees_nothing_on_any_route() {
    let world = World::new();
    world.release_report();
    let searcher = Searcher::new(withheld());
    pages_without_a_session(&world, &searcher);
    partner_routes_without_a_partner(&world, &searcher);
    hidden_collections_are_like_unknown_ones(&world, &searcher);
    each_listener_has_only_its_own_routes(&world);
}

/// A path with its parameters filled, once with each of the values.
fn filled(path: &str, values: &[&str]) -> Vec<String> {
    let (Some(from), Some(to)) = (path.find('{'), path.find('}')) else {
        return vec![path.to_owned()];
    };
    let fill = |value: &&str| format!("{}{value}{}", &path[..from], &path[to + 1..]);
    values.iter().map(fill).flat_map(|path| filled(&path, values)).collect()
}

fn nothing_in(searcher: &Searcher, place: &str, answer: &Answer) {
    let found = searcher.search(place, &answer.bytes());
    assert!(found.is_empty(), "held data in an answer to nobody: {found:#?}");
}

fn pages_without_a_session(world: &World, searcher: &Searcher) {
    let report = scenario_json("expected.json")["release"]["report"].clone();
    let values = [report.as_str().unwrap(), NOWHERE];
    let plain = Client::plain(world.ec.pages);
    let clients = [
        ("nobody", plain.clone()),
        ("a made-up session", plain.clone().with("Cookie", &format!("session={}", world.token))),
        ("a partner's token", plain.with("Authorization", &format!("Bearer {}", world.token))),
    ];
    for route in routes().0 {
        for path in filled(route.path, &values) {
            for (who, client) in &clients {
                let answer = client.send(route.method, &path, &[], b"");
                let place = format!("pages, {who}: {} {path}", route.method);
                // A form may repeat the path that was asked for, and nothing else.
                let mut rest = answer.clone();
                for value in values {
                    rest = rest.without(value);
                }
                nothing_in(searcher, &place, &rest);
                assert!(
                    route.exit == Exit::Public || answer.status != 200,
                    "{place}: answered without a session: {}",
                    answer.alike()
                );
            }
        }
    }
    // Nothing of the node's names of things without a session either.
    for path in
        ["/api/v1/objects", "/api/v1/openapi.json", "/metrics", "/taxii2/", "/.env", "/enlace.db"]
    {
        let answer = clients[0].1.get(path);
        nothing_in(searcher, path, &answer);
        assert_ne!(answer.status, 200, "{path} is no route of the pages without a session");
    }
}

fn partner_routes_without_a_partner(world: &World, searcher: &Searcher) {
    for (who, client) in world.outsiders() {
        for route in routes().1 {
            for path in filled(route.path, &["checkpoint", "tile/entries/000", "node/checkpoint"]) {
                let answer = client.send(route.method, &path, &[], b"{\"objects\":[]}");
                let place = format!("partners, {who}: {} {path}", route.method);
                nothing_in(searcher, &place, &answer);
                // NL has a channel of its own with EC, and nothing in it of others.
                let refused = answer.status == 401 || who.starts_with("NL's");
                assert!(refused || route.exit == Exit::Public, "{place}: {}", answer.alike());
            }
        }
    }
    let [nobody, foreign] = [0, 1].map(|i| world.outsiders().swap_remove(i).1);
    for route in routes().1 {
        for path in filled(route.path, &["checkpoint"]) {
            let [a, b] =
                [&nobody, &foreign].map(|c| c.send(route.method, &path, &[], b"{}").alike());
            assert_eq!(a, b, "{path}: a key that is not pinned is nobody's");
        }
    }
}

/// For each TAXII route the real collection is answered like one that does not exist.
fn hidden_collections_are_like_unknown_ones(world: &World, searcher: &Searcher) {
    let twin = world.twins().swap_remove(0);
    let original = scenario_json("expected.json")["release"]["report"].clone();
    let objects = [twin.as_str(), original.as_str().unwrap()];
    let queries = ["", "?limit=1", "?match[version]=all", "?limit=0", "?next=x", "?added_after=x"];
    for (who, client) in world.outsiders() {
        for (method, path) in enlace_taxii::ROUTES {
            for path in filled_taxii(path, &world.collection, &objects) {
                for query in queries {
                    let ask = |path: &str| {
                        client.send(method, &format!("{path}{query}"), &[accept()], b"{}")
                    };
                    let real = ask(&path);
                    let place = format!("{who}: {method} {path}{query}");
                    nothing_in(searcher, &place, &real);
                    let unknown = ask(&path.replace(&world.collection, NOWHERE));
                    assert_eq!(
                        real.alike(),
                        unknown.alike(),
                        "{place}: hidden must be answered byte for byte like unknown"
                    );
                    let shows = String::from_utf8_lossy(&real.body).contains(&world.collection);
                    assert!(!shows, "{place}: names a collection of another partner");
                }
            }
        }
    }
    // A collection of US is unknown to US itself when it is somebody else's.
    let us = world.us_by_certificate();
    let [real, unknown] = [NOWHERE, "00000000-0000-4000-8000-000000000000"]
        .map(|id| us.get(&in_collection(id, "objects/")).alike());
    assert_eq!(real, unknown, "unknown ids are answered alike");
}

fn accept() -> (&'static str, &'static str) {
    ("Accept", crate::support::TAXII)
}

fn filled_taxii(path: &str, collection: &str, objects: &[&str]) -> Vec<String> {
    let path = path.replace("{id}", collection).replace("{status_id}", NOWHERE);
    let fill = |object: &&str| path.replace("{object_id}", object);
    let mut paths: Vec<String> = objects.iter().map(fill).collect();
    paths.dedup();
    paths
}

fn each_listener_has_only_its_own_routes(world: &World) {
    let us = world.us_by_certificate();
    let (pages, partners) = routes();
    let unknown = us.get("/no/such/path").alike();
    for route in &pages {
        if partners.iter().any(|r| r.path == route.path) {
            continue;
        }
        for path in filled(route.path, &[NOWHERE]) {
            let answer = us.send(route.method, &path, &[], b"");
            assert_eq!(answer.status, 404, "a partner reaches the page {path}");
            if route.method == "GET" {
                assert_eq!(answer.alike(), unknown, "{path} is like any unknown path");
            }
        }
    }
    let plain = Client::plain(world.ec.pages);
    for route in partners.iter().filter(|r| r.exit == Exit::Partner) {
        for path in filled(route.path, &["checkpoint"]) {
            // Without the pages' own token every POST is refused before its path is looked at.
            let [answer, unknown] = [path.as_str(), "/no/such/path"]
                .map(|path| plain.send(route.method, path, &[], b"{}").status);
            assert_eq!(answer, unknown, "the pages answer the partners' {path}");
            assert!([403, 404].contains(&answer), "{path}: {answer}");
        }
    }
}
