//! Rules of every page, and snapshots of the small ones.

use enlace_web::asset::Assets;
use enlace_web::layout::{Chrome, NodeName, Place, User};
use enlace_web::text::{Lang, Texts};

use crate::sample;

pub fn rendered(name: &str, lang: Lang) -> String {
    let texts = Texts::new();
    let assets = Assets {
        style: "/assets/style.css".into(),
        icon: "/assets/icon.svg".into(),
        script: Some("/assets/app.js".into()),
    };
    let node = NodeName { name: "Unidad Nacional de Enlace (UNE)".into(), country: "EC".into() };
    let chrome = Chrome {
        texts: &texts,
        assets: &assets,
        lang,
        node: &node,
        user: Some(User { account: "m.cevallos".into(), role: "liaison-officer".into() }),
        places: Place::ALL.to_vec(),
        here: None,
        language_href: format!("/{name}?lang={}", lang.other()),
        csrf: "CSRF".into(),
        nonce: "NONCE".into(),
        flashes: vec![],
    };
    sample::render(name, &chrome).unwrap().into_string()
}

fn each_page(check: impl Fn(&str, Lang, &str)) {
    for name in sample::PAGES {
        for lang in Lang::ALL {
            check(name, lang, &rendered(name, lang));
        }
    }
}

/// What stands between the tags of the main part.
fn main_part(page: &str) -> &str {
    let start = page.find("<main").unwrap();
    let end = page.find("</main>").unwrap();
    &page[start..end]
}

#[test]
fn every_page_has_its_language_one_heading_and_two_bands() {
    each_page(|name, lang, page| {
        assert!(page.contains(&format!("<html lang=\"{lang}\">")), "{name}");
        assert_eq!(page.matches("<h1").count(), 1, "{name} {lang}");
        assert_eq!(page.matches("class=\"band ").count(), 2, "{name} {lang}");
        assert_eq!(page.matches("band__never").count(), 2, "{name} {lang}");
    });
}

#[test]
fn nothing_on_a_page_is_inline_code_or_style() {
    each_page(|name, _, page| {
        for forbidden in
            [" style=", "<style", " onclick", " onsubmit", "javascript:", "hx-on", "hx-vals"]
        {
            assert!(!page.contains(forbidden), "{forbidden} on {name}");
        }
        for script in page.split("<script").skip(1) {
            assert!(script.contains("nonce=\"NONCE\"></script>"), "inline script on {name}");
        }
    });
}

#[test]
fn every_form_that_changes_something_carries_the_csrf_value() {
    each_page(|name, _, page| {
        for form in page.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            if form.contains("method=\"post\"") {
                assert!(form.contains("name=\"csrf\" value=\"CSRF\""), "{name}: {form}");
            }
        }
    });
}

#[test]
fn every_element_that_htmx_acts_on_carries_the_nonce_and_replaces_the_whole_page() {
    each_page(|name, _, page| {
        for element in page.split('<').filter(|e| e.contains(" hx-")) {
            assert!(element.contains("hx-nonce=\"NONCE\""), "{name}: {element}");
            // A smaller target could leave the band of other data above it.
            assert!(element.contains("hx-target=\"#page\""), "{name}: {element}");
        }
    });
}

#[test]
fn every_time_shows_its_zone() {
    each_page(|name, _, page| {
        for time in page.split("<time ").skip(1) {
            let time = time.split("</time>").next().unwrap();
            assert!(time.ends_with(" UTC"), "{name}: {time}");
        }
    });
}

#[test]
fn the_band_shows_the_strictest_marking_of_the_page() {
    let top = |page: &str| {
        page.split("band--top").nth(1).unwrap().split("</div>").next().unwrap().to_owned()
    };
    for (name, tlp) in [
        ("object", "TLP:AMBER+STRICT"),
        ("release", "TLP:RED"),
        ("search", "TLP:AMBER<"),
        ("oversight", "TLP:AMBER<"),
    ] {
        let page = rendered(name, Lang::En);
        assert!(top(&page).contains(tlp), "{name}: {}", top(&page));
    }
    assert!(top(&rendered("login", Lang::En)).contains("No case data"));
}

#[test]
fn values_are_escaped() {
    let hostile = "<img src=x onerror=alert(1)>\"'&";
    let texts = Texts::new();
    let assets = Assets::find();
    let node = NodeName { name: hostile.into(), country: "EC".into() };
    let chrome = Chrome {
        texts: &texts,
        assets: &assets,
        lang: Lang::Es,
        node: &node,
        user: Some(User { account: hostile.into(), role: hostile.into() }),
        places: Place::ALL.to_vec(),
        here: Some(Place::Search),
        language_href: "/".into(),
        csrf: hostile.into(),
        nonce: "n".into(),
        flashes: vec![],
    };
    let view = enlace_web::page::search::SearchView {
        query: hostile.into(),
        total: Some(enlace_web::value::Total::Exactly(0)),
        ..Default::default()
    };
    let page = enlace_web::page::search::render(&view, &chrome).into_string();
    assert!(!page.contains("<img"), "{page}");
}

#[test]
fn no_sentence_is_missing_on_any_page() {
    // A missing sentence shows its key, which holds a hyphen between lower-case words.
    let english = include_str!("../../../../locales/en.ftl");
    let keys: Vec<&str> = english
        .lines()
        .filter_map(|line| line.split_once(" = ").map(|(key, _)| key))
        .filter(|key| key.contains('-') && !key.starts_with(' '))
        .collect();
    each_page(|name, lang, page| {
        let words: String = page
            .split('<')
            .filter_map(|p| p.split_once('>'))
            .map(|(_, t)| format!("{t}\n"))
            .collect();
        for key in &keys {
            assert!(!words.lines().any(|line| line == *key), "{key} on {name} in {lang}");
        }
        assert!(!words.contains("{$"), "{name}: an argument is missing");
    });
}

#[test]
fn small_pages_look_like_this() {
    for name in [
        "login",
        "login-fault",
        "login-link",
        "search-first",
        "search-none",
        "error-404",
        "error-403",
        "error-500",
    ] {
        for lang in Lang::ALL {
            let page = rendered(name, lang);
            let lines = main_part(&page).replace("><", ">\n<");
            insta::assert_snapshot!(format!("{name}.{lang}"), lines);
        }
    }
}

#[test]
fn the_frame_looks_like_this() {
    for lang in Lang::ALL {
        let page = rendered("error-404", lang).replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let main = main_part(&page).to_owned();
        insta::assert_snapshot!(
            format!("frame.{lang}"),
            page.replace(&main, "…").replace("><", ">\n<")
        );
    }
}

#[test]
fn the_rows_of_a_dry_run_look_like_this() {
    for lang in Lang::ALL {
        let page = rendered("release", lang);
        let person =
            page.split("id=\"object-3\"").nth(1).unwrap().split("</section>").next().unwrap();
        insta::assert_snapshot!(format!("dry-run-person.{lang}"), person.replace("><", ">\n<"));
    }
}
