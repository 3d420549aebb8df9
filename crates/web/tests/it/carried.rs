//! Files carried by hand, through the pages: a release to one named person (TLP:RED), all that a
//! partner has not got, a partner's file, papers in clear, drafts in files.

use age::x25519::Identity;
use enlace_node::Actor;
use serde_json::{Value, json};

use crate::site::{Answer, Browser};
use crate::steps::{World, at, done, post};

const TERMS: &str = include_str!("../../../../scenario/agreements/ec-us.toml");
const RED: &str = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1";
const PISTOL: &str = "firearm--0b6a1d0e-52a4-4f0e-9d5c-7a1f2c3d4e5f";
const OTHER: &str = "firearm--bf3ea114-0551-4dbb-b5b1-a43726a079fb";
const SERIAL: &str = "ZQX77031";
const MARIANA: &str = "Mariana Ortiz";

/// A red pistol at EC, under an agreement that lets red leave to named persons.
async fn red() -> World {
    let terms = TERMS.replace("max = \"amber\"\n", "max = \"amber\"\nred = \"named-persons\"\n");
    assert_ne!(terms, TERMS);
    let world = World::under(&terms).await;
    let definition = enlace_stix::types::definition_id("firearm");
    let pistol = json!({
        "type": "firearm", "spec_version": "2.1", "id": PISTOL,
        "created": "2026-01-05T10:00:00.000Z", "modified": "2026-01-05T10:00:00.000Z",
        "serial_status": "readable", "serial": SERIAL, "manufacturer": "Taurus", "model": "G2C",
        "object_marking_refs": [RED],
        "extensions": { definition.as_str(): { "extension_type": "new-sdo" } },
    });
    world.ec.import("pistol.json", pistol.to_string().as_bytes()).await;
    world
}

#[track_caller]
fn a_file(answer: &Answer) {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let header = |name: &str| answer.headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(header("cache-control"), "no-store");
    let place = header("content-disposition");
    let name = place.strip_prefix("attachment; filename=\"").unwrap();
    assert!(name.len() == 13 && name.ends_with(".age\""), "a name that says nothing: {place}");
    assert!(answer.bytes.starts_with(b"age-encryption.org/v1"));
}

/// How often the node's own log tells of an act.
async fn told(site: &crate::site::Site, words: &str) -> usize {
    let folder = tempfile::tempdir().unwrap();
    site.node.export(&Actor::console(), folder.path()).await.unwrap();
    let mut count = 0;
    let mut folders = vec![folder.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.display().to_string().contains("channel") {
                count +=
                    String::from_utf8_lossy(&std::fs::read(&path).unwrap()).matches(words).count();
            }
        }
    }
    count
}

#[tokio::test]
async fn red_is_drafted_approved_and_downloaded_for_a_named_person_on_the_pages() {
    let world = red().await;
    let person = Identity::generate();
    let recipient = person.to_public().to_string();
    let partner = format!("/partners/{}", world.us_key);
    let mut admin = world.ec.signed_in("admin").await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let mut approver = world.ec.signed_in("approver").await;

    // Named by who manages partners, seen by who releases.
    let node_key = world.us.node.card().unwrap().json()["age"].as_str().unwrap().to_owned();
    let add = |key: &str| {
        vec![("name", MARIANA), ("basis", "annex 2")]
            .into_iter()
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .chain([("recipient".to_owned(), key.to_owned())])
            .collect::<Vec<_>>()
    };
    let send = async |browser: &mut Browser, key: &str| {
        let fields = add(key);
        let fields: Vec<_> = fields.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        post(browser, &format!("{partner}/person-add?lang=en"), &fields).await
    };
    for wrong in [node_key.as_str(), "age1x", ""] {
        let refused = send(&mut admin, wrong).await;
        assert_eq!(refused.status, 400);
        assert!(refused.text.contains("no key that this person alone has"), "{}", refused.text);
    }
    assert_eq!(send(&mut liaison, &recipient).await.status, 403);
    done(&send(&mut admin, &recipient).await, "noted");
    let page = liaison.get(&format!("{partner}?lang=en")).await.text;
    assert!(page.contains(MARIANA) && page.contains(&recipient) && page.contains("annex 2"));
    assert!(!page.contains("/person-add\"") && !page.contains("/person-remove\""), "{page}");

    // For the unit it stays; for the person it leaves.
    let new = format!(
        "/releases/new?lang=en&id={PISTOL}&agreement={}&purpose=firearms-tracing",
        world.agreement
    );
    let unit = liaison.get(&new).await.text;
    assert!(unit.contains("private.tlp-red") && unit.contains("For one person alone"), "{unit}");
    assert!(!unit.contains("Submit for approval"));
    let id = unit.split(&format!("\">{MARIANA}")).next().unwrap().rsplit('"').next().unwrap();
    let alone = liaison.get(&format!("{new}&person={id}")).await.text;
    assert!(alone.contains(&format!("{MARIANA} · Interagency")), "{alone}");
    assert!(alone.contains("Submit for approval") && alone.contains("TLP:RED"));
    assert!(!liaison.get(&format!("{new}&person=nobody")).await.text.contains("Submit for"));

    let fields = [
        ("agreement", world.agreement.as_str()),
        ("purpose", "firearms-tracing"),
        ("id", PISTOL),
        ("person", id),
    ];
    let release = at(&post(&mut liaison, "/releases", &fields).await);
    let file = format!("{release}/file");
    let get = [("for", "person")];
    assert_eq!(post(&mut liaison, &format!("{release}/approve"), &[]).await.status, 409, "alone");
    assert_eq!(post(&mut liaison, &file, &get).await.status, 409, "not approved");
    let page = approver.get(&format!("{release}?lang=en")).await.text;
    assert!(page.contains("/approve\"") && !page.contains("name=\"follow\""), "{page}");
    done(&post(&mut approver, &format!("{release}/approve"), &[]).await, "approved");
    let page = liaison.get(&format!("{release}?lang=en")).await.text;
    assert!(page.contains("/file\"") && page.contains("written once"), "{page}");
    assert!(!page.contains("/send\"") && !page.contains("/send-slot\""), "into no collection");
    assert!(!approver.get(&release).await.text.contains("/file\""));
    assert_eq!(post(&mut approver, &file, &get).await.status, 403);
    assert_eq!(post(&mut liaison, &file, &[]).await.status, 409, "never for the unit");

    let given = post(&mut liaison, &file, &get).await;
    a_file(&given);
    assert!(age::decrypt(&Identity::generate(), &given.bytes).is_err());
    let plain = age::decrypt(&person, &given.bytes).unwrap();
    let bundle: Value = serde_json::from_slice(&plain).unwrap();
    let twin = bundle["objects"].as_array().unwrap().iter().find(|o| o["type"] == "firearm");
    assert_eq!(twin.unwrap()["serial"], SERIAL);
    let id_of = release.trim_start_matches("/releases/");
    assert!(told(&world.ec, id_of).await > 0, "in the log");
    assert_eq!(post(&mut liaison, &file, &get).await.status, 409, "written once");
    let page = liaison.get(&format!("{release}?lang=en")).await.text;
    assert!(page.contains("Sent by") && !page.contains("/file\""), "{page}");
    let list = liaison.get("/releases?lang=en").await.text;
    assert!(list.contains(&format!("For {MARIANA} alone")), "{list}");

    // Who is removed gets nothing more.
    let remove = [("person", id)];
    let path = format!("{partner}/person-remove");
    assert_eq!(post(&mut liaison, &path, &remove).await.status, 403);
    done(&post(&mut admin, &path, &remove).await, "noted");
    assert_eq!(post(&mut liaison, "/releases", &fields).await.status, 400);
    assert!(!liaison.get(&new).await.text.contains(MARIANA));
}

#[tokio::test]
async fn what_a_partner_has_not_got_goes_as_a_file_from_page_to_page() {
    let world = World::new().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let mut approver = world.ec.signed_in("approver").await;
    let release = world.drafted(&mut liaison, &[OTHER]).await;
    let (outbox, file) = (format!("/partners/{}/outbox", world.us_key), format!("{release}/file"));
    assert_eq!(post(&mut liaison, &file, &[]).await.status, 409, "not sent");
    done(&post(&mut approver, &format!("{release}/approve"), &[]).await, "approved");
    done(&post(&mut liaison, &format!("{release}/send"), &[]).await, "sent");
    let page = liaison.get(&format!("{release}?lang=en")).await.text;
    assert!(page.contains("/file\"") && page.contains("can be written again"), "{page}");

    let before = told(&world.ec, "\"carried\"").await;
    for name in ["approver", "auditor", "analyst"] {
        let mut browser = world.ec.signed_in(name).await;
        for path in [&outbox, &file, &outbox.replace("outbox", "papers")] {
            let refused = post(&mut browser, path, &[]).await;
            assert_eq!(refused.status, 403, "{name} {path}");
            assert!(!refused.text.contains("age-encryption"));
        }
        let csrf = browser.csrf().await;
        let parts: [(&str, &str, &[u8]); 2] =
            [("csrf", "", csrf.as_bytes()), ("file", "a.age", b"x")];
        assert_eq!(browser.upload("/partners/inbox", &parts).await.status, 403, "{name}");
        assert_eq!(browser.upload("/agreements/import", &parts).await.status, 403, "{name}");
    }
    let bare = liaison.post(&outbox, &[]).await;
    assert_eq!(bare.status, 403, "a form without its token hands nothing out");
    assert_eq!(told(&world.ec, "\"carried\"").await, before, "nothing was handed out by that");
    let again = post(&mut liaison, &file, &[]).await;
    a_file(&again);
    let given = post(&mut liaison, &outbox, &[]).await;
    a_file(&given);
    assert_eq!(told(&world.ec, "\"carried\"").await, before + 2, "each file is in the log");

    // At US: judged as a whole, read once.
    let mut us = world.us.signed_in("liaison").await;
    let page = us.get("/partners?lang=en").await.text;
    assert!(page.contains("/partners/inbox\"") && page.contains("multipart/form-data"), "{page}");
    let csrf = us.csrf().await;
    let token = ("csrf", "", csrf.as_bytes());
    let late = [("file", "a.age", given.bytes.as_slice()), token];
    assert_eq!(us.upload("/partners/inbox", &late).await.status, 403, "the token comes first");
    let foreign = [("csrf", "", &b"00"[..]), ("file", "a.age", &given.bytes)];
    assert_eq!(us.upload("/partners/inbox", &foreign).await.status, 403);
    assert_eq!(us.post("/partners/inbox", &[("csrf", &csrf)]).await.status, 403, "no file form");
    for (bytes, code) in
        [(&b""[..], "form.no-file"), (b"{\"objects\":[]}", "bundle."), (b"MZ", "bundle.")]
    {
        let odd = us.upload("/partners/inbox?lang=en", &[token, ("file", "a.age", bytes)]).await;
        assert!(odd.status == 400 && odd.text.contains(code), "{code}: {}", odd.text);
    }
    let read = us.upload("/partners/inbox?lang=en", &[token, ("file", "a", &given.bytes)]).await;
    assert_eq!(read.status, 200, "{}", read.text);
    assert!(read.text.contains("What the file brought") && read.text.contains("Unidad Nacional"));
    let twice = us.upload("/partners/inbox", &[token, ("file", "a", &given.bytes)]).await;
    assert_eq!(twice.status, 409, "read once");
    let list = us.get("/incoming?lang=en").await.text;
    assert_eq!(list.matches("href=\"/incoming/release-record").count(), 1, "{list}");

    // Whoever it is not for reads nothing of it.
    let csrf = liaison.csrf().await;
    let token = ("csrf", "", csrf.as_bytes());
    let parts = [token, ("file", "a", given.bytes.as_slice())];
    let own = liaison.upload("/partners/inbox?lang=en", &parts).await;
    assert!(own.status == 400 && own.text.contains("encrypted to somebody else"), "{}", own.text);
}

#[tokio::test]
async fn papers_in_clear_and_our_card_go_from_page_to_page() {
    let world = World::new().await;
    let mut approver = world.ec.signed_in("approver").await;
    let path = format!("/agreements/{}/suspend", world.agreement);
    done(&post(&mut approver, &path, &[("note", "audit")]).await, "suspended");
    let mut liaison = world.ec.signed_in("liaison").await;
    let papers = post(&mut liaison, &format!("/partners/{}/papers", world.us_key), &[]).await;
    assert_eq!(papers.status, 200);
    assert_eq!(papers.headers["content-type"], "application/json");
    assert!(papers.text.contains("agreement-state"));

    let mut us = world.us.signed_in("liaison").await;
    assert!(us.get("/agreements?lang=en").await.text.contains("/agreements/import\""));
    let csrf = us.csrf().await;
    let token = ("csrf", "", csrf.as_bytes());
    let read =
        us.upload("/agreements/import?lang=en", &[token, ("file", "p", &papers.bytes)]).await;
    assert_eq!(read.status, 200, "{}", read.text);
    assert!(read.text.contains("Taken in") && read.text.contains("agreement-state--"));
    let page = us.get(&format!("/agreements/{}?lang=en", world.agreement)).await.text;
    assert!(page.contains("Suspended"), "{page}");
    for odd in [&b"no papers"[..], &[0xff, 0xfe]] {
        let answer = us.upload("/agreements/import", &[token, ("file", "p", odd)]).await;
        assert_eq!(answer.status, 400);
    }

    let card = liaison.get("/partners/card").await;
    assert_eq!(card.headers["content-type"], "application/json");
    let told: Value = serde_json::from_slice(&card.bytes).unwrap();
    assert_eq!(told["key"], world.ec.node.card().unwrap().json()["key"]);
    assert_eq!(world.ec.signed_in("investigator").await.get("/partners/card").await.status, 403);
}

#[tokio::test]
async fn a_file_longer_than_a_file_of_a_partner_may_be_is_not_read_to_its_end() {
    let world = World::new().await;
    let us = world.us.later(0, "[limits]\nbody_bytes = 1000\n").await;
    let most = us.node.bundle_limit();
    let mut browser = us.signed_in("liaison").await;
    let csrf = browser.csrf().await;
    let long = vec![b'x'; most + 1];
    let parts = [("csrf", "", csrf.as_bytes()), ("file", "a.age", long.as_slice())];
    let answer = browser.upload("/partners/inbox", &parts).await;
    assert!(answer.status == 413 && answer.text.contains("form.too-long"), "{}", answer.text);
    let endless = vec![b'x'; most + (1 << 20)];
    let much = [("csrf", "", csrf.as_bytes()), ("other", "", endless.as_slice())];
    assert_eq!(browser.upload("/partners/inbox", &much).await.status, 413);
    let fits = [("csrf", "", csrf.as_bytes()), ("file", "a.age", &long[..most])];
    assert_eq!(browser.upload("/partners/inbox", &fits).await.status, 400, "read, and no bundle");
}

#[tokio::test]
async fn a_draft_comes_from_files_and_a_file_takes_the_place_of_what_was_written() {
    let world = World::new().await;
    let mut liaison = world.ec.signed_in("liaison").await;
    let page = liaison.get("/agreements/new?lang=en").await.text;
    assert!(page.contains("name=\"terms-file\"") && page.contains("multipart/form-data"));
    let fresh = liaison.get(&format!("/agreements/new?model=cyber&with={}", world.us_key)).await;
    let area = |name: &str| {
        let rest = fresh.text.split(&format!("id=\"{name}\"")).nth(1).unwrap();
        let text = rest.split_once('>').unwrap().1.split("</textarea>").next().unwrap();
        let text = text.strip_prefix('\n').unwrap();
        text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    };
    let (terms, text) = (area("terms"), area("text"));
    let csrf = liaison.csrf().await;
    let check = async |browser: &mut Browser, terms_file: &[u8], text_file: &[u8]| {
        let parts: [(&str, &str, &[u8]); 6] = [
            ("csrf", "", csrf.as_bytes()),
            ("terms", "", b"old = \"words\""),
            ("terms-file", "a.toml", terms_file),
            ("text", "", b""),
            ("text-file", "a.md", text_file),
            ("do", "", b"check"),
        ];
        browser.upload("/agreements/new?lang=en", &parts).await
    };
    let good = check(&mut liaison, terms.as_bytes(), text.as_bytes()).await;
    assert!(good.status == 200 && good.text.contains("notice--done"), "{}", good.text);
    assert!(good.text.contains("[agreement]") && !good.text.contains("old = "), "shown again");
    // Nothing chosen: what was written counts.
    let old = check(&mut liaison, b"", b"").await;
    assert!(old.text.contains("old = ") && old.text.contains("draft-faults"), "{}", old.text);
    let odd = check(&mut liaison, terms.as_bytes(), b"# Another text\n").await;
    assert!(odd.text.contains("draft-faults"), "the text is not the one that the terms name");
    let binary = check(&mut liaison, &[0xff, 0xfe, 0], b"").await;
    assert!(binary.status == 400 && binary.text.contains("form.not-text"), "{}", binary.text);
    let long = check(&mut liaison, &vec![b'x'; 1 << 20], b"").await;
    assert!(long.status == 413, "{}", long.status);
    let csrf = ("csrf", "", &b"0"[..]);
    assert_eq!(liaison.upload("/agreements/new", &[csrf, ("do", "", b"check")]).await.status, 403);
}
