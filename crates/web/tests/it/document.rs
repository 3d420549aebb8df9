//! The flattened copy of a document, for who sees the original.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use enlace_node::CompartmentKind;
use enlace_web::text::Lang;
use serde_json::json;

use crate::pages::rendered;
use crate::site::Site;

const PICTURE: &str = "artifact--2e000000-0000-4000-8000-000000000001";
const LOCKED: &str = "artifact--2e000000-0000-4000-8000-000000000002";
const UNKNOWN: &str = "artifact--2e000000-0000-4000-8000-00000000000f";
/// One white pixel with a comment.
const GIF: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\xff\xff\xff\0\0\0!\xfe\x0bZzyzxcanary\0,\0\0\0\0\x01\
                     \0\x01\0\0\x02\x02D\x01\0;";

async fn site() -> Site {
    let site = Site::with_accounts().await;
    let artifact = |id: &str, mime: &str| {
        json!({"type": "artifact", "spec_version": "2.1", "id": id, "mime_type": mime,
            "payload_bin": STANDARD.encode(GIF)})
    };
    let bundle = json!({"type": "bundle", "id": "bundle--2e000000-0000-4000-8000-000000000009",
        "objects": [artifact(PICTURE, "image/gif"), artifact(LOCKED, "application/zip")]});
    site.import("documents.json", bundle.to_string().as_bytes()).await;
    site
}

fn at(id: &str) -> String {
    enlace_web::href::object_copy(id)
}

#[tokio::test]
async fn a_copy_is_shown_to_who_sees_the_original_and_plans_releases() {
    let site = site().await;
    for (name, status) in [
        ("liaison", 200),
        ("approver", 200),
        ("admin", 403),
        ("auditor", 403),
        ("investigator", 403),
    ] {
        let answer = site.signed_in(name).await.get(&at(PICTURE)).await;
        assert_eq!(answer.status, status, "{name}");
        assert!(!answer.text.contains("Zzyzxcanary"), "{name}");
        if status == 200 {
            let kind = answer.headers["content-type"].to_str().unwrap();
            assert!(["image/png", "image/jpeg"].contains(&kind), "{kind}");
            assert_eq!(answer.headers["x-content-type-options"], "nosniff");
            assert_eq!(answer.headers["cache-control"], "no-store");
            let place = answer.headers["content-disposition"].to_str().unwrap();
            assert!(!place.contains("2e000000"), "the name says nothing: {place}");
        }
    }
    let refused = site.signed_in("liaison").await.get(&at(LOCKED)).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
}

#[tokio::test]
async fn the_copy_of_a_hidden_document_is_that_of_an_unknown_one() {
    let site = site().await;
    let lead = site.actor("approver").await;
    let kind = CompartmentKind::Case;
    let made = site.node.compartment_create(&lead, "Caso", kind, "x").await.unwrap();
    let ids = [PICTURE.to_owned()];
    site.node.compartment_add(&lead, &made, &ids, true).await.unwrap();
    let mut browser = site.signed_in("liaison").await;
    let hidden = browser.get(&at(PICTURE)).await;
    let unknown = browser.get(&at(UNKNOWN)).await;
    assert_eq!((hidden.status, unknown.status), (404, 404));
}

#[test]
fn a_release_says_what_its_documents_lost_or_why_they_stay() {
    for (lang, words) in [
        (Lang::En, ["See the copy", "3 pages", "12,345 bytes", "tracked changes", "password"]),
        (
            Lang::Es,
            ["Ver la copia", "3 páginas", "12.345 bytes", "control de cambios", "contraseña"],
        ),
    ] {
        let page = rendered("release-document", lang);
        for word in words {
            assert!(page.contains(word), "{lang}: {word}");
        }
    }
}
