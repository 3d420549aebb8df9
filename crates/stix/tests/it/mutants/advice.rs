//! SHOULDs of chapters 2, 4, 5 and 10: vocabularies, names, what is worth adding.

use serde_json::{Value, json};

use super::base::{self, Size, put};
use super::case::{Case, Generator, note, replaced, unmarked};
use super::rng::Rng;
use super::site::Site;
use super::tables::{Kind, names, vocabulary};
use super::values::{hashes, slug, words};

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.vocabulary.value", mutant: other_term, near: listed_term },
    Generator { rule: "stix.vocabulary.form", mutant: odd_term, near: plain_term },
    Generator { rule: "stix.kill-chain.name", mutant: odd_phase, near: plain_phase },
    Generator { rule: "stix.grouping.name", mutant: nameless, near: named },
    Generator { rule: "stix.indicator.context", mutant: unexplained, near: explained },
    Generator { rule: "stix.location.country", mutant: bad_country, near: edge_country },
    Generator { rule: "stix.location.administrative-area", mutant: bad_area, near: edge_area },
    Generator { rule: "stix.location.precision", mutant: imprecise, near: precise },
    Generator { rule: "stix.malware-analysis.product", mutant: odd_product, near: plain_product },
    Generator { rule: "stix.relationship.unlisted", mutant: unlisted, near: listed },
    Generator { rule: "stix.advice.lang", mutant: no_language, near: language },
    Generator { rule: "stix.advice.url-hashes", mutant: no_hashes, near: with_hashes },
];

fn open(site: &Site) -> bool {
    matches!(site.kind, Kind::Vocab(_)) && site.name() != "pattern_type"
}

/// "The value of the property SHOULD be chosen from the suggested vocabulary".
fn other_term(rng: &mut Rng) -> Option<Case> {
    replaced(rng, open, |rng, site| {
        let Kind::Vocab(of) = site.kind else { return json!("") };
        let known = rng.pick(&vocabulary(of));
        json!(match rng.below(4) {
            0 => slug(rng),
            1 => format!("{known}s"),
            2 => known.to_uppercase() + "-X",
            _ => format!("my-{known}"),
        })
    })
}

fn listed_term(rng: &mut Rng) -> Option<Case> {
    let case = replaced(rng, open, |rng, site| match site.kind {
        Kind::Vocab(of) => json!(rng.pick(&vocabulary(of))),
        _ => json!(""),
    })?;
    Some(Case { path: None, ..case })
}

/// "… SHOULD be all lowercase and SHOULD use hyphens instead of spaces or underscores".
fn odd_term(rng: &mut Rng) -> Option<Case> {
    replaced(rng, open, |rng, _| json!(odd_words(rng)))
}

fn odd_words(rng: &mut Rng) -> String {
    let term = slug(rng);
    match rng.below(4) {
        0 => term.replace('-', " "),
        1 => term.replace('-', "_"),
        2 => term.to_uppercase(),
        _ => format!("{}É", term),
    }
}

fn plain_term(rng: &mut Rng) -> Option<Case> {
    let case = replaced(rng, open, |rng, site| {
        let Kind::Vocab(of) = site.kind else { return json!("") };
        let listed = rng.pick(&vocabulary(of)).to_owned();
        json!(match rng.below(3) {
            0 => listed,
            1 => slug(rng),
            _ => format!("ñandú-{}", rng.below(99)),
        })
    })?;
    Some(Case { path: None, ..case })
}

fn phase(site: &Site) -> bool {
    matches!(site.name(), "kill_chain_name" | "phase_name")
}

/// §2.11: the same for kill chains and their phases.
fn odd_phase(rng: &mut Rng) -> Option<Case> {
    replaced(rng, phase, |rng, _| json!(odd_words(rng)))
}

fn plain_phase(rng: &mut Rng) -> Option<Case> {
    let case = replaced(rng, phase, |rng, _| {
        json!(rng.pick(&[
            "lockheed-martin-cyber-kill-chain",
            "c2",
            "phase-0",
            "pre-attack",
            "é-1",
            "a.b"
        ]))
    })?;
    Some(Case { path: None, ..case })
}

/// An object of `kind` as it is built, without some properties.
fn without(rng: &mut Rng, kind: &str, gone: &[&str]) -> (Value, String) {
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    let members = view.as_object_mut().unwrap();
    for name in gone {
        members.shift_remove(*name);
    }
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    let note = format!("{kind} {names:?}");
    (view, note)
}

/// The table of §4.4.1 lists `name` as wanted.
fn nameless(rng: &mut Rng) -> Option<Case> {
    let (view, note) = without(rng, "grouping", &["name"]);
    Some(Case::at(&view, "name", note))
}

fn named(rng: &mut Rng) -> Option<Case> {
    let (mut view, note) = without(rng, "grouping", &[]);
    view["name"] = json!(words(rng));
    Some(Case::of(&view, note))
}

/// "Producers SHOULD provide this property to help products and analysts understand".
fn unexplained(rng: &mut Rng) -> Option<Case> {
    let gone = rng.pick(&["name", "description"]);
    let (view, note) = without(rng, "indicator", &[gone]);
    Some(Case::at(&view, gone, note))
}

fn explained(rng: &mut Rng) -> Option<Case> {
    let (view, note) = without(rng, "indicator", &[]);
    Some(Case::of(&view, note))
}

fn place(rng: &mut Rng, name: &str, value: &str) -> Value {
    let mut view = unmarked(base::object(rng, "location", Size::Some));
    view[name] = json!(value);
    view
}

/// "This property SHOULD contain a valid ISO 3166-1 ALPHA-2 Code".
fn bad_country(rng: &mut Rng) -> Option<Case> {
    let country = match rng.below(4) {
        0 => rng.pick(&["Ecuador", "ECU", "NLD", "Perú", "E", "", "XX", "ZZ", "UK"]).to_owned(),
        1 => slug(rng),
        2 => format!("E{}", rng.below(10)),
        _ => format!("{:03}", rng.below(1000)),
    };
    Some(Case::at(&place(rng, "country", &country), "country", country))
}

fn edge_country(rng: &mut Rng) -> Option<Case> {
    let country = rng.pick(&[
        "EC", "PE", "NL", "BE", "CO", "DE", "ES", "FR", "GB", "US", "ZA", "ZW", "AD", "AE", "AF",
        "JP", "CN", "IN", "BR", "AR", "CL", "MX", "CA", "AU", "NZ", "SE", "NO", "FI", "DK", "PL",
    ]);
    Some(Case::of(&place(rng, "country", country), country))
}

/// "This property SHOULD contain a valid ISO 3166-2 Code".
fn bad_area(rng: &mut Rng) -> Option<Case> {
    let area = match rng.below(4) {
        0 => slug(rng),
        1 => format!("Guayas {}", rng.below(99)),
        2 => format!("EC-{}", rng.pick(&["GUAYAS", "", "G UA", "-"])),
        _ => format!("{}-G", rng.pick(&["ECU", "E", "0C", "e"])),
    };
    Some(Case::at(&place(rng, "administrative_area", &area), "administrative_area", area))
}

fn edge_area(rng: &mut Rng) -> Option<Case> {
    let country = rng.pick(&["EC", "NL", "PE", "GB", "US"]);
    let area = match rng.below(3) {
        0 => format!("{country}-{}", rng.below(10)),
        1 => format!("{country}-{}", char::from(b'A' + rng.below(26) as u8)),
        _ => format!("{country}-ZH{}", rng.below(10)),
    };
    Some(Case::of(&place(rng, "administrative_area", &area), area))
}

/// "Organizations specifying a designated location … SHOULD specify the precision".
fn imprecise(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "location", Size::Some));
    let members = view.as_object_mut()?;
    put(rng, "location", "latitude", members);
    put(rng, "location", "longitude", members);
    members.shift_remove("precision");
    let note = format!("{} {} {}", members["latitude"], members["longitude"], members.len());
    Some(Case::at(&view, "precision", note))
}

fn precise(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "location", Size::Some));
    let members = view.as_object_mut()?;
    if rng.one_in(2) {
        for name in ["latitude", "longitude", "precision"] {
            put(rng, "location", name, members);
        }
    }
    let note = format!("{:?} {:?}", members.get("latitude"), members.len());
    Some(Case::of(&view, note))
}

/// "Product names SHOULD be all lowercase with words separated by a dash".
fn odd_product(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "malware-analysis", Size::Some));
    view["product"] = json!(odd_words(rng));
    Some(Case::at(&view, "product", view["product"].to_string()))
}

fn plain_product(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::object(rng, "malware-analysis", Size::Some));
    let product = slug(rng);
    view["product"] =
        json!(rng.pick(&["anonymized".to_owned(), product.clone(), format!("{product}.2")]));
    Some(Case::of(&view, view["product"].to_string()))
}

/// Some of the relationships that chapters 4 and 6 list.
const LISTED: &[(&str, &str, &str)] = &[
    ("attack-pattern", "delivers", "malware"),
    ("attack-pattern", "uses", "tool"),
    ("campaign", "attributed-to", "threat-actor"),
    ("campaign", "compromises", "infrastructure"),
    ("campaign", "originates-from", "location"),
    ("course-of-action", "investigates", "indicator"),
    ("course-of-action", "remediates", "vulnerability"),
    ("identity", "located-at", "location"),
    ("indicator", "indicates", "tool"),
    ("indicator", "based-on", "observed-data"),
    ("infrastructure", "consists-of", "file"),
    ("infrastructure", "communicates-with", "url"),
    ("intrusion-set", "owns", "infrastructure"),
    ("malware", "authored-by", "threat-actor"),
    ("malware", "drops", "file"),
    ("malware", "exfiltrates-to", "infrastructure"),
    ("malware", "variant-of", "malware"),
    ("malware-analysis", "dynamic-analysis-of", "malware"),
    ("threat-actor", "impersonates", "identity"),
    ("tool", "has", "vulnerability"),
    ("domain-name", "resolves-to", "ipv4-addr"),
    ("ipv4-addr", "belongs-to", "autonomous-system"),
    ("ipv6-addr", "resolves-to", "mac-addr"),
];

fn relation(rng: &mut Rng, source: &str, kind: &str, target: &str) -> Value {
    let mut view = unmarked(base::object(rng, "relationship", Size::Some));
    // What an extension adds to a relationship, its definition says.
    view.as_object_mut().unwrap().shift_remove("extensions");
    view["relationship_type"] = json!(kind);
    view["source_ref"] = json!(rng.id(source));
    view["target_ref"] = json!(rng.id(target));
    view
}

/// "This value SHOULD be an exact value listed in the relationships for the source and target".
fn unlisted(rng: &mut Rng) -> Option<Case> {
    let (source, kind, target) = rng.pick(LISTED);
    let (source, kind, target) = match rng.below(3) {
        // Turned round; only a variant of malware would still be one.
        0 if source != target => (target, kind.to_owned(), source),
        1 => (source, format!("{kind}-x"), target),
        _ => (source, slug(rng), target),
    };
    let view = relation(rng, source, &kind, target);
    Some(Case::at(&view, "relationship_type", format!("{source} {kind} {target}")))
}

fn listed(rng: &mut Rng) -> Option<Case> {
    let all = names(&["sdo", "sco"]);
    let (one, other) = (rng.pick(&all), rng.pick(&all));
    let (source, kind, target) = match rng.below(4) {
        0 => (one, "related-to", other),
        1 => (one, "duplicate-of", one),
        2 => (one, "derived-from", one),
        _ => rng.pick(LISTED),
    };
    let view = relation(rng, source, kind, target);
    Some(Case::of(&view, format!("{source} {kind} {target}")))
}

/// "This property SHOULD be present if the object type contains translatable text properties".
fn no_language(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&names(&["sdo"]));
    let (mut view, note) = without(rng, kind, &["lang"]);
    let text = ["name", "description", "abstract", "content", "explanation"];
    if !text.iter().any(|name| view.get(*name).is_some()) {
        let name = match kind {
            "note" => "content",
            "opinion" => "explanation",
            "malware-analysis" | "observed-data" => return None,
            _ => "description",
        };
        view[name] = json!(words(rng));
    }
    Some(Case::at(&view, "lang", note))
}

fn language(rng: &mut Rng) -> Option<Case> {
    let kind = rng.pick(&names(&["sdo", "sco"]));
    let (mut view, note) = without(rng, kind, &[]);
    if names(&["sdo"]).contains(&kind) {
        view["lang"] = json!("en");
    }
    Some(Case::of(&view, note))
}

fn referring(rng: &mut Rng, external: Value) -> Value {
    let kind = rng.pick(&names(&["sdo", "sro"]));
    let mut view = unmarked(base::object(rng, kind, Size::Some));
    view["external_references"] = json!([external]);
    view
}

/// "This SHOULD be provided when the url property is present."
fn no_hashes(rng: &mut Rng) -> Option<Case> {
    let external = json!({"source_name": slug(rng), "url": "https://www.example.org/report"});
    let view = referring(rng, external);
    let at = "external_references.[0].hashes";
    Some(Case::at(&view, at, note(&view, at, &view["external_references"])))
}

fn with_hashes(rng: &mut Rng) -> Option<Case> {
    let mut external = json!({"source_name": slug(rng), "description": words(rng)});
    if rng.one_in(2) {
        external["url"] = json!("https://www.example.org/report");
        external["hashes"] = hashes(rng);
    }
    let view = referring(rng, external);
    Some(Case::of(&view, note(&view, "external_references", &view["external_references"])))
}
