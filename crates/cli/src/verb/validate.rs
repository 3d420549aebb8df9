//! `validate FILE…`: every finding against the standard, nothing kept.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use enlace_node::NodeError;
use enlace_stix::validate::{Finding, Level};
use enlace_stix::{Object, read, validate};
use serde::Serialize;

use super::file_error;
use crate::out::Out;

/// One finding, as `docs/interfaces.md` fixes it.
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    level: Level,
    rule: &'a str,
    path: &'a str,
    section: &'a str,
    found: &'a str,
    expected: &'a str,
    message: String,
}

#[derive(Default, Serialize)]
struct Counts {
    files: usize,
    objects: usize,
    valid: usize,
    invalid: usize,
    must: usize,
    should: usize,
}

pub(super) fn run(out: &Out, files: &[PathBuf], strict: bool, refs: bool) -> Result<u8, NodeError> {
    let mut counts = Counts { files: files.len(), ..Counts::default() };
    for file in files {
        one(out, file, refs, &mut counts)?;
    }
    out.summary(&counts, || {
        format!(
            "{} objects in {} files: {} valid, {} not; {} MUST, {} SHOULD",
            counts.objects, counts.files, counts.valid, counts.invalid, counts.must, counts.should
        )
    });
    Ok(u8::from(counts.must > 0 || (strict && counts.should > 0)))
}

fn one(out: &Out, file: &Path, refs: bool, counts: &mut Counts) -> Result<(), NodeError> {
    let text = std::fs::read_to_string(file).map_err(|e| file_error(file, e))?;
    let name = file.display().to_string();
    let (_, texts) = read::split(&text).map_err(|e| NodeError::Input {
        code: "stix.object.not-json",
        problem: e.to_string(),
        place: name.clone(),
        expected: "a bundle, an envelope, a list, JSON lines or one object".to_owned(),
    })?;
    let objects: Vec<_> = texts.iter().map(|raw| Object::parse(raw)).collect();
    let held: HashSet<String> = objects.iter().flatten().map(|o| o.id().to_string()).collect();
    for object in &objects {
        counts.objects += 1;
        let (id, kind, findings) = match object {
            Ok(object) => {
                let mut findings = validate::object(object);
                if refs {
                    findings.extend(dangling(object, &held));
                }
                (object.id().as_str(), object.kind(), findings)
            }
            Err(error) => ("", "", vec![unreadable(error)]),
        };
        show(out, &name, id, kind, &findings, counts);
    }
    Ok(())
}

fn show(out: &Out, file: &str, id: &str, kind: &str, findings: &[Finding], counts: &mut Counts) {
    for f in findings {
        match f.level {
            Level::Must => counts.must += 1,
            Level::Should => counts.should += 1,
        }
        let message = format!("`{}`: found {}, expected {}", f.path, f.found, f.expected);
        let line = Line {
            file,
            id,
            kind,
            level: f.level,
            rule: f.rule,
            path: &f.path,
            section: f.section,
            found: &f.found,
            expected: &f.expected,
            message,
        };
        out.line(&line, || {
            let level = if f.level == Level::Must { "MUST" } else { "SHOULD" };
            format!("{file}: {id}: {level} {} (§{}) {}", f.rule, f.section, line.message)
        });
    }
    if findings.iter().any(|f| f.level == Level::Must) {
        counts.invalid += 1;
    } else {
        counts.valid += 1;
    }
}

fn unreadable(error: &enlace_stix::ParseError) -> Finding {
    Finding {
        level: Level::Must,
        rule: error.rule(),
        path: error.path().to_owned(),
        section: "3.1",
        found: error.to_string(),
        expected: "a JSON object with `type` and `id`".to_owned(),
    }
}

/// References to objects outside the file; legal, and asked for with `--refs`.
fn dangling(object: &Object, held: &HashSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for reference in object.references() {
        let target = reference.target.to_string();
        let known =
            held.contains(&target) || enlace_stix::marking::Tlp::from_marking_id(&target).is_some();
        if !known {
            findings.push(Finding {
                level: Level::Should,
                rule: "stix.reference.not-in-file",
                path: reference.path,
                section: "2.9",
                found: target,
                expected: "an object of the same file".to_owned(),
            });
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_of_the_summary_add_up() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.json");
        let good = json!({"type":"ipv4-addr","spec_version":"2.1","value":"198.51.100.3",
            "id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4"});
        std::fs::write(&file, json!([good, {"type":"ipv4-addr"}]).to_string()).unwrap();
        let mut counts = Counts::default();
        one(&Out::new(true), &file, false, &mut counts).unwrap();
        assert_eq!((counts.objects, counts.valid, counts.invalid), (2, 1, 1));
    }
}
