//! Chapter 1 and §2.3: texts that are no object, dictionaries with a name twice.

use serde_json::{Value, json};

use super::base::{self, Size};
use super::case::{Case, Generator, Subject, subject, unmarked};
use super::rng::Rng;
use super::values::words;

pub const GENERATORS: &[Generator] = &[
    Generator { rule: "stix.object.too-large", mutant: too_large, near: not_too_large },
    Generator { rule: "stix.object.too-deep", mutant: too_deep, near: not_too_deep },
    Generator { rule: "stix.object.not-json", mutant: not_json, near: odd_json },
    Generator { rule: "stix.object.not-an-object", mutant: not_an_object, near: odd_object },
    Generator { rule: "stix.json.duplicate-member", mutant: twice, near: not_twice },
];

fn too_large(rng: &mut Rng) -> Option<Case> {
    let view = subject(rng);
    let text = view.to_string();
    let most_bytes = text.len() - 1 - rng.below(text.len().min(400) - 1);
    let note = format!("{} {} over {most_bytes}", view["type"], text.len());
    Some(Case { subject: Subject::Limited, most_bytes, ..Case::text(text, note) })
}

fn not_too_large(rng: &mut Rng) -> Option<Case> {
    let view = subject(rng);
    let text = view.to_string();
    let most_bytes = text.len() + rng.below(2) * rng.below(1000);
    let note = format!("{} {} within {most_bytes}", view["type"], text.len());
    Some(Case { subject: Subject::Limited, most_bytes, ..Case::text(text, note) })
}

/// An object whose brackets stand `levels` deep in all: in the body of a foreign extension.
fn nested(rng: &mut Rng, levels: usize) -> Value {
    let mut view = unmarked(base::versioned(rng, Size::Least));
    let mut inside = json!(7);
    // The object, `extensions` and the body count as well.
    for _ in 3..levels {
        inside = if rng.one_in(2) { json!([inside]) } else { json!({ "deeper": inside }) };
    }
    let body = json!({"extension_type": "property-extension", "nested": inside});
    view["extensions"] = json!({ rng.id("extension-definition"): body });
    view
}

fn too_deep(rng: &mut Rng) -> Option<Case> {
    let levels = 129 + rng.below(3) * rng.below(60);
    let view = nested(rng, levels);
    let note = format!("{} {levels} levels", view["type"]);
    Some(Case { subject: Subject::Limited, ..Case::text(view.to_string(), note) })
}

fn not_too_deep(rng: &mut Rng) -> Option<Case> {
    // At 128 levels exactly the reader of JSON itself gives up: 127 is the most it reads.
    let levels = 127 - rng.below(2) * rng.below(60);
    let mut view = nested(rng, levels);
    // Brackets inside strings nest nothing.
    let in_text = rng.one_in(2);
    if in_text {
        view["labels"] = json!(["[".repeat(200), "{\"a\":[".repeat(90), "\\\"[[".repeat(90)]);
    }
    let note = format!("{} {levels} levels, in text {in_text}", view["type"]);
    Some(Case { subject: Subject::Limited, ..Case::text(view.to_string(), note) })
}

/// RFC 8259: what every reader of JSON must refuse.
fn not_json(rng: &mut Rng) -> Option<Case> {
    let view = unmarked(base::versioned(rng, Size::Least));
    let kind = view["type"].as_str().unwrap().to_owned();
    let text = view.to_string();
    let body = &text[1..text.len() - 1];
    let half = text.char_indices().nth(text.chars().count() / 2).unwrap().0;
    let (what, broken) = match rng.below(22) {
        0 => ("no end", format!("{{{body}")),
        1 => ("cut", text[..half].to_owned()),
        2 => ("comma at the end", format!("{{{body},}}")),
        3 => ("two commas", text.replacen(',', ",,", 1)),
        4 => ("single quotes", text.replacen("\"type\"", "'type'", 1)),
        5 => ("bare name", text.replacen("\"type\"", "type", 1)),
        6 => ("comment", format!("{{/* note */{body}}}")),
        7 => ("line comment", format!("// note\n{text}")),
        8 => ("text behind", format!("{text} and so on")),
        9 => ("two objects", format!("{text}{text}")),
        10 => ("brace too many", format!("{text}}}")),
        11 => ("bracket for brace", format!("{{{body}]")),
        12 => ("plus sign", format!("{{\"confidence\":+7,{body}}}")),
        13 => ("leading zero", format!("{{\"confidence\":07,{body}}}")),
        14 => ("no digit behind the point", format!("{{\"confidence\":7.,{body}}}")),
        15 => ("hexadecimal", format!("{{\"confidence\":0x7,{body}}}")),
        16 => ("True", format!("{{\"revoked\":True,{body}}}")),
        17 => ("line break in a string", format!("{{\"lang\":\"e\nn\",{body}}}")),
        18 => ("unknown escape", format!("{{\"lang\":\"\\en\",{body}}}")),
        19 => ("short escape", format!("{{\"lang\":\"\\u00e\",{body}}}")),
        20 => ("missing colon", text.replacen("\"type\":", "\"type\" ", 1)),
        _ => (
            "not a number",
            format!("{{\"confidence\":{},{body}}}", rng.pick(&["NaN", "-Infinity", "Infinity"])),
        ),
    };
    Some(Case { path: Some(String::new()), ..Case::text(broken, format!("{kind} {what}")) })
}

/// White space and escapes in any place that JSON allows.
fn odd_json(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(subject(rng));
    let kind = view["type"].as_str().unwrap().to_owned();
    view["labels"] = json!(["/* no comment */", "a,}", "// neither", "NaN", words(rng)]);
    let sco = super::tables::is_sco(&kind) || view.get("created").is_none();
    if sco || kind == "marking-definition" {
        view.as_object_mut()?.shift_remove("labels");
    }
    let text = view.to_string();
    let (what, odd) = match rng.below(5) {
        0 => ("white space around", format!(" \t\r\n{text}\n\n")),
        1 => ("white space inside", spaced(&text)),
        2 => ("pretty", serde_json::to_string_pretty(&view).unwrap()),
        3 => ("escaped name", text.replacen("\"type\"", "\"\\u0074ype\"", 1)),
        _ => ("escaped solidus", text.replace('/', "\\/")),
    };
    Some(Case::text(odd, format!("{kind} {what}")))
}

/// White space around every structural character outside strings.
fn spaced(text: &str) -> String {
    let (mut spaced, mut inside, mut escaped) = (String::new(), false, false);
    for c in text.chars() {
        let structural = !inside && matches!(c, '{' | '}' | '[' | ']' | ':' | ',');
        match c {
            _ if escaped => escaped = false,
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ => {}
        }
        if structural {
            spaced.push_str(&format!(" {c}\n\t"));
        } else {
            spaced.push(c);
        }
    }
    spaced
}

fn not_an_object(rng: &mut Rng) -> Option<Case> {
    let view = subject(rng);
    let kind = view["type"].as_str()?.to_owned();
    let (what, text) = match rng.below(6) {
        0 => ("list of it", json!([view]).to_string()),
        1 => ("text of it", json!(view.to_string()).to_string()),
        2 => ("its id", view["id"].to_string()),
        3 => ("empty list", format!("[{}]", " ".repeat(rng.below(40)))),
        4 => ("number", rng.within(-9999, 9999).to_string()),
        _ => ("literal", rng.pick(&["null", "true", "false", "\"\"", "0.5", "-0"]).to_owned()),
    };
    let note = match what {
        "number" | "literal" => text.clone(),
        "empty list" => format!("{what} {}", text.len()),
        _ => format!("{kind} {what}"),
    };
    Some(Case { path: Some(String::new()), ..Case::text(text, note) })
}

fn odd_object(rng: &mut Rng) -> Option<Case> {
    let view = subject(rng);
    let mut members: Vec<_> = view.as_object()?.iter().collect();
    for i in (1..members.len()).rev() {
        members.swap(i, rng.below(i + 1));
    }
    let first = members.first()?.0.clone();
    let members: Vec<_> = members.iter().map(|(n, v)| format!("{}: {v}", json!(n))).collect();
    let text = format!("{{{}}}", members.join(", "));
    Some(Case::text(text, format!("{} begins with {first}", view["type"])))
}

/// Every dictionary of a value, by its place.
fn dictionaries(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if !members.is_empty() {
                found.push(at.clone());
            }
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                dictionaries(value, format!("{at}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                dictionaries(value, format!("{at}/{i}"), found);
            }
        }
        _ => {}
    }
}

/// Prints a value; in the dictionary at `at` the member `name` stands twice.
fn printed(value: &Value, here: &str, at: &str, name: &str, how: usize) -> String {
    match value {
        Value::Object(members) => {
            let mut parts = Vec::new();
            for (member, value) in members {
                let escaped = member.replace('~', "~0").replace('/', "~1");
                let below = printed(value, &format!("{here}/{escaped}"), at, name, how);
                let plain = json!(member).to_string();
                let double = here == at && member == name;
                match how {
                    // In front, with another value: the last one counts for most readers.
                    0 if double => parts.push(format!("{plain}:\"another\"")),
                    1 if double => parts.push(format!("{plain}:{below}")),
                    // The same name, written with an escape.
                    2 if double => {
                        let first = member.chars().next().unwrap();
                        let rest: String = member.chars().skip(1).collect();
                        parts.push(format!("\"\\u{:04x}{rest}\":{below}", u32::from(first)));
                    }
                    _ => {}
                }
                parts.push(format!("{plain}:{below}"));
            }
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            let parts: Vec<_> = items
                .iter()
                .enumerate()
                .map(|(i, v)| printed(v, &format!("{here}/{i}"), at, name, how))
                .collect();
            format!("[{}]", parts.join(","))
        }
        other => other.to_string(),
    }
}

fn twice(rng: &mut Rng) -> Option<Case> {
    let view = subject(rng);
    let mut places = Vec::new();
    dictionaries(&view, String::new(), &mut places);
    let at = if rng.one_in(3) { String::new() } else { rng.pick(&places) };
    let names: Vec<String> = view.pointer(&at)?.as_object()?.keys().cloned().collect();
    let name = rng.pick(&names);
    let how = rng.below(3);
    let text = printed(&view, "", &at, &name, how);
    let at = at.split("extension-definition--").next().unwrap_or_default();
    Some(Case::text(text, format!("{} {at} {name} {how}", view["type"])))
}

/// The same name at two depths, and names that only look alike.
fn not_twice(rng: &mut Rng) -> Option<Case> {
    let mut view = unmarked(base::versioned(rng, Size::Some));
    let (one, two) =
        rng.pick(&[("alpha", "Alpha"), ("a_b", "a-b"), ("key", "keys"), ("Kelvin", "kelvin")]);
    let body = json!({"extension_type": "property-extension", "name": "inner", "type": "inner",
        "remark": "\"remark\":\"twice\"", "deep": {"name": 1, "remark": 2, one: 1, two: 2}});
    view["extensions"] = json!({ rng.id("extension-definition"): body });
    Some(Case::of(&view, format!("{} {one} {two}", view["type"])))
}
