//! `docs/types/`, the table in `schemas/README.md` and the bundle of extension definitions are made
//! from the schemas. `ENLACE_WRITE=1`
//! writes them; without it a test fails when one is stale.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::schemas::{all, folder, own};

fn pages() -> PathBuf {
    folder().join("../docs/types")
}

#[test]
fn the_pages_say_what_the_schemas_say() {
    let mut files: Vec<(PathBuf, String)> =
        all().iter().map(|(_, s)| (pages().join(format!("{}.md", name(s))), page(s))).collect();
    files.push((pages().join("README.md"), index()));
    let readme = folder().join("README.md");
    let text = std::fs::read_to_string(&readme).unwrap();
    files.push((readme, with_table(&text)));
    let bundle = serde_json::to_string_pretty(&enlace_stix::types::definitions()).unwrap() + "\n";
    files.push((folder().join("shared/extension-definitions.json"), bundle));
    for (path, text) in &files {
        if std::env::var_os("ENLACE_WRITE").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert!(found == *text, "{} is stale: ENLACE_WRITE=1 writes it", path.display());
    }
    let known: BTreeSet<_> = files.iter().map(|(path, _)| path.file_name().unwrap()).collect();
    for file in std::fs::read_dir(pages()).unwrap() {
        let file = file.unwrap().file_name();
        assert!(known.contains(file.as_os_str()), "{} has no schema", file.display());
    }
}

fn text<'a>(schema: &'a Value, key: &str) -> &'a str {
    schema[key].as_str().unwrap_or_default()
}

fn name(schema: &Value) -> &str {
    text(schema, "x-name")
}

fn is_public(schema: &Value) -> bool {
    schema.get("x-publisher").is_some()
}

/// `properties on identity`.
fn kind(schema: &Value) -> String {
    match text(schema, "x-extension-type") {
        "new-sdo" => "new domain object".to_owned(),
        "new-sco" => "new cyber-observable".to_owned(),
        "new-sro" => "new relationship object".to_owned(),
        "property-extension" => format!("properties on {}", carrier(schema)),
        _ => format!("top-level properties on {}", carrier(schema)),
    }
}

fn carrier(schema: &Value) -> String {
    match schema["x-carrier"].as_array() {
        Some(types) => types.iter().map(|t| t.as_str().unwrap()).collect::<Vec<_>>().join(", "),
        None => "any object".to_owned(),
    }
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text.trim_end_matches('.'), |(first, _)| first)
}

fn codes(values: &Value) -> String {
    let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
    values.map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", ")
}

fn table(schemas: &[&Value], folder: &str, pages: &str) -> String {
    let mut table = "| name | kind | definition id | what it is |\n|---|---|---|---|\n".to_owned();
    for schema in schemas {
        let name = name(schema);
        let reused = if is_public(schema) && pages.is_empty() { "reused/" } else { "" };
        let link = if pages.is_empty() {
            format!("[{name}]({folder}{reused}{name}.json)")
        } else {
            format!("[{name}]({name}.md)")
        };
        let (kind, id) = (kind(schema), text(schema, "x-definition-id"));
        let what = first_sentence(text(schema, "description")).replace('|', "\\|");
        writeln!(table, "| {link} | {kind} | `{id}` | {what} |").unwrap();
    }
    table
}

fn tables(pages: &str) -> String {
    let all = all();
    let (public, ours): (Vec<&Value>, Vec<&Value>) =
        all.iter().map(|(_, schema)| schema).partition(|schema| is_public(schema));
    let heading = "Of others, under the ids of their publishers:";
    format!("{}\n{heading}\n\n{}", table(&ours, "", pages), table(&public, "", pages))
}

fn index() -> String {
    let tables = tables("pages");
    format!(
        "# Types and extensions\n\nMade from the JSON Schemas in [schemas/](../../schemas/): one page \
         for each extension, with its properties,\nwhat is checked and an example. Written by \
         `ENLACE_WRITE=1 cargo test -p enlace-stix documentation`.\n\n{tables}"
    )
}

const BEGIN: &str = "<!-- made from the schemas -->\n";
const END: &str = "<!-- end -->\n";

fn with_table(readme: &str) -> String {
    let (before, rest) = readme.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    format!("{before}{BEGIN}\n{}\n{END}{after}", tables(""))
}

fn page(schema: &Value) -> String {
    let mut page = format!("# {}\n\n{}\n\n", text(schema, "title"), text(schema, "description"));
    let folder = if is_public(schema) { "schemas/reused" } else { "schemas" };
    let file = format!("{folder}/{}.json", name(schema));
    let publisher = if is_public(schema) { text(schema, "x-publisher") } else { "enlace" };
    let extension_type = text(schema, "x-extension-type");
    let rows = [
        ("name", format!("`{}`", name(schema))),
        ("definition id", format!("`{}`", text(schema, "x-definition-id"))),
        ("kind", format!("{} (`{extension_type}`)", kind(schema))),
        ("published by", publisher.to_owned()),
        ("version", schema["x-version"].to_string()),
        ("schema", format!("[{file}](../../{file})")),
    ];
    page.push_str("| | |\n|---|---|\n");
    for (what, value) in rows {
        writeln!(page, "| {what} | {value} |").unwrap();
    }
    page.push_str("\n## Properties\n\n");
    page.push_str(where_they_stand(schema));
    let mut records = Vec::new();
    page.push_str(&properties(own(schema), &mut records));
    let mut done = 0;
    while let Some(record) = records.get(done).cloned() {
        let heading = format!("\n### {record}\n\n");
        page.push_str(&heading);
        page.push_str(&properties(&schema["$defs"][&record], &mut records));
        done += 1;
    }
    let checks = checks(schema);
    if !checks.is_empty() {
        page.push_str("\n## Checks\n\n");
        page.push_str(&checks);
    }
    page.push_str("\n## Example\n");
    for example in schema["examples"].as_array().unwrap() {
        let json = serde_json::to_string_pretty(example).unwrap();
        write!(page, "\n```json\n{json}\n```\n").unwrap();
    }
    page
}

fn where_they_stand(schema: &Value) -> &'static str {
    match text(schema, "x-extension-type") {
        "property-extension" => {
            "In `extensions`, under the definition id, beside `extension_type`.\n\n"
        }
        "toplevel-property-extension" => "At the top level of the object.\n\n",
        "new-sco" => {
            "At the top level, beside the common properties of cyber-observables (STIX 2.1, \
             section 3.2).\n\n"
        }
        _ => {
            "At the top level, beside the common properties of domain and relationship objects \
             (STIX 2.1, section 3.2).\n\n"
        }
    }
}

/// The table of named properties; records that they use are added to `records`.
fn properties(form: &Value, records: &mut Vec<String>) -> String {
    let mut table = "| property | type | required | meaning |\n|---|---|---|---|\n".to_owned();
    let required: BTreeSet<_> =
        form["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in form["properties"].as_object().unwrap() {
        if matches!(name.as_str(), "type" | "extensions" | "extension_type") {
            continue;
        }
        let kind = property_type(property, records).replace('|', "\\|");
        let must = if required.contains(name.as_str()) { "yes" } else { "" };
        let meaning = text(property, "description").replace('|', "\\|");
        writeln!(table, "| `{name}` | {kind} | {must} | {meaning} |").unwrap();
    }
    let any = any_of(form);
    if !any.is_empty() {
        writeln!(table, "\nAt least one of {any}.").unwrap();
    }
    table
}

fn any_of(form: &Value) -> String {
    let choices = form["anyOf"].as_array().into_iter().flatten();
    choices.map(|choice| codes(&choice["required"])).collect::<Vec<_>>().join(", ")
}

fn property_type(form: &Value, records: &mut Vec<String>) -> String {
    if let Some(name) = form["$ref"].as_str().and_then(|r| r.strip_prefix("#/$defs/")) {
        return match name {
            "identifier" => target(form),
            "timestamp" | "date" | "language" | "country" | "currency" | "hex" | "base64"
            | "base64url" | "uuid" | "hashes" => name.to_owned(),
            "sha256" => "SHA-256".to_owned(),
            record => {
                if !records.iter().any(|known| known == record) {
                    records.push(record.to_owned());
                }
                format!("[{record}](#{record})")
            }
        };
    }
    if form.get("enum").is_some() {
        return format!("one of {}", codes(&form["enum"]));
    }
    if let Some(value) = form["const"].as_str() {
        return format!("`{value}`");
    }
    match text(form, "type") {
        "array" => format!("list of {}", property_type(&form["items"], records)),
        "object" => "dictionary".to_owned(),
        "string" if form.get("x-vocabulary").is_some() => {
            format!("text, suggested {}", codes(&form["x-vocabulary"]))
        }
        "string" => "text".to_owned(),
        number @ ("integer" | "number") => number.to_owned() + &limits(form),
        other => other.to_owned(),
    }
}

fn limits(form: &Value) -> String {
    // The largest integer that JSON carries exactly is the limit of every integer.
    let most = form.get("maximum").filter(|most| **most != 9_007_199_254_740_991_u64);
    match (form.get("minimum"), most) {
        (Some(least), Some(most)) => format!(" from {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, Some(most)) => format!(" of at most {most}"),
        (None, None) => String::new(),
    }
}

fn target(form: &Value) -> String {
    let pattern = text(form, "pattern").trim_start_matches('^').trim_end_matches("--");
    match pattern.trim_start_matches('(').trim_end_matches(')') {
        "" => "id of an object".to_owned(),
        types => {
            let types: Vec<_> = types.split('|').map(|t| format!("`{t}`")).collect();
            format!("id of {}", types.join(", "))
        }
    }
}

fn checks(schema: &Value) -> String {
    let mut checks = String::new();
    for order in schema["x-order"].as_array().into_iter().flatten() {
        let words: Vec<_> = order.as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let how = if words[2] == "before" { "is before" } else { "is not after" };
        writeln!(checks, "- `{}` {how} `{}`.", words[0], words[1]).unwrap();
    }
    identifiers(schema, own(schema), "", &mut checks);
    if schema.get("x-contributing").is_some() {
        let names = codes(&schema["x-contributing"]);
        writeln!(checks, "- The id is UUIDv5 over {names} (section 2.9).").unwrap();
    }
    checks
}

/// Identifiers that are found by a normal form.
fn identifiers(schema: &Value, form: &Value, at: &str, checks: &mut String) {
    for (name, property) in form["properties"].as_object().into_iter().flatten() {
        let at = format!("{at}{name}");
        let form = property.get("items").unwrap_or(property);
        if let Some(kind) = form["x-identifier"].as_str() {
            let says = "found by its normal form; where it has a check digit, a wrong one is \
                        flagged, not refused";
            writeln!(checks, "- `{at}` is an identifier (`{kind}`): {says}.").unwrap();
        }
        let record = form["$ref"].as_str().and_then(|r| schema.pointer(r.strip_prefix('#')?));
        if let Some(record) = record.filter(|_| !matches!(name.as_str(), "type" | "extensions")) {
            identifiers(schema, record, &format!("{at}."), checks);
        }
    }
}

/// A relative link in a page leads to a file.
#[test]
fn links_between_the_pages_lead_somewhere() {
    let readme = folder().join("README.md");
    let pages = std::fs::read_dir(pages()).unwrap().map(|file| file.unwrap().path());
    for path in pages.chain([readme]) {
        let text = std::fs::read_to_string(&path).unwrap();
        for (_, rest) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let target = rest.split_once(')').unwrap().0;
            if let Some(anchor) = target.strip_prefix('#') {
                assert!(text.contains(&format!("\n### {anchor}\n")), "{} {target}", path.display());
            } else {
                let target: &Path = Path::new(target);
                assert!(path.parent().unwrap().join(target).exists(), "{}", path.display());
            }
        }
    }
}
