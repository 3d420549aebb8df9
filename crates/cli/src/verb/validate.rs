//! `validate FILE…`: every finding against the standard, nothing kept.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use enlace_node::NodeError;
use enlace_stix::read::{Form, ReadError, Stream};
use enlace_stix::upgrade::{self, Version1};
use enlace_stix::validate;
use enlace_stix::validate::{Across, Finding, Level};
use serde::Serialize;

use super::file_error;
use crate::out::{Many, Out};
use crate::words::count;

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

/// What is to be checked and how strictly.
#[derive(Clone, Copy, Default)]
pub(super) struct Asked {
    /// A SHOULD finding is exit code 1 too.
    pub(super) strict: bool,
    /// The objects of a file beside each other.
    pub(super) refs: bool,
    /// What nearly every object lacks.
    pub(super) advice: bool,
}

/// Exit code: 0 sound, 1 findings, 2 a file that cannot be read (the others are checked all the
/// same).
pub(super) fn run(out: &Out, files: &[PathBuf], asked: Asked) -> Result<u8, NodeError> {
    let mut counts = Counts { files: files.len(), ..Counts::default() };
    let mut unreadable = 0_u8;
    for file in files {
        if let Err(error) = one(out, file, asked, &mut counts) {
            out.error(error.code(), &error.to_string());
            unreadable = 2;
        }
    }
    out.summary(&counts, || {
        format!(
            "{} in {}: {} valid, {} not; {} MUST, {} SHOULD",
            count(counts.objects, "object"),
            count(counts.files, "file"),
            counts.valid,
            counts.invalid,
            counts.must,
            counts.should
        )
    });
    let findings = counts.must > 0 || (asked.strict && counts.should > 0);
    Ok(unreadable.max(u8::from(findings)))
}

fn one(out: &Out, file: &Path, asked: Asked, counts: &mut Counts) -> Result<(), NodeError> {
    let name = file.display().to_string();
    let mut lines = out.many();
    let mut across = if asked.refs { Some(learn(file)?) } else { None };
    let (mut translations, mut of_2_0) = (false, 0_u64);
    let mut stream = open(file)?;
    while let Some(item) = stream.next().map_err(|e| read_error(file, e))? {
        match item.object() {
            Ok(object) if asked.refs && object.kind() == "language-content" => {
                translations = true;
            }
            Ok(object) => {
                let mut findings = match &mut across {
                    Some(across) => across.object(&object),
                    None => validate::object(&object),
                };
                if asked.advice {
                    findings.extend(validate::advice(&object));
                }
                of_2_0 += u64::from(upgrade::is_2_0(object.view()));
                let named = (object.id().as_str(), object.kind());
                show(&mut lines, &name, named, &findings, counts);
            }
            Err(error) => {
                if let Some(found) = item.text().ok().and_then(upgrade::version_1_json) {
                    return Err(not_read(file, found));
                }
                let id = item.id().unwrap_or_default();
                show(&mut lines, &name, (&id, ""), &[validate::unreadable(&error)], counts);
            }
        }
    }
    let around = stream.form().filter(|form| *form == Form::Bundle).and(stream.container());
    let findings = around.map(validate::bundle).unwrap_or_default();
    for finding in &findings {
        line(&mut lines, &name, ("", "bundle"), finding, counts);
    }
    if of_2_0 > 0 {
        out.note(&format!(
            "{name}: STIX 2.0 in {}; `enlace import` upgrades them",
            count(of_2_0, "object")
        ));
    }
    match across {
        Some(across) if translations => translated(file, across, &mut lines, counts),
        _ => Ok(()),
    }
}

/// Translations are judged last, when every object that they may translate was read.
fn translated(
    file: &Path,
    mut across: Across,
    lines: &mut Many,
    counts: &mut Counts,
) -> Result<(), NodeError> {
    let name = file.display().to_string();
    let mut stream = open(file)?;
    while let Some(item) = stream.next().map_err(|e| read_error(file, e))? {
        let Ok(object) = item.object() else { continue };
        if object.kind() == "language-content" {
            let mut findings = across.object(&object);
            findings.extend(across.translation(&object));
            show(lines, &name, (object.id().as_str(), object.kind()), &findings, counts);
        }
    }
    Ok(())
}

/// The first reading of a file for `--refs`.
fn learn(file: &Path) -> Result<Across, NodeError> {
    let mut across = Across::default();
    let mut stream = open(file)?;
    while let Some(item) = stream.next().map_err(|e| read_error(file, e))? {
        item.object().iter().for_each(|object| across.learn(object));
    }
    Ok(across)
}

fn open(file: &Path) -> Result<Stream<File>, NodeError> {
    Ok(Stream::new(File::open(file).map_err(|e| file_error(file, e))?))
}

fn read_error(file: &Path, error: ReadError) -> NodeError {
    match error {
        ReadError::Source(error) => file_error(file, error),
        ReadError::Split(_) if let Some(found) = version_1(file) => not_read(file, found),
        ReadError::Split(error) => NodeError::Input {
            code: "stix.object.not-json",
            problem: error.to_string(),
            place: file.display().to_string(),
            expected: "a bundle, an envelope, a list, JSON lines or one object".to_owned(),
        },
    }
}

fn not_read(file: &Path, found: Version1) -> NodeError {
    NodeError::Input {
        code: "import.stix.version-1",
        problem: format!("{found} is not read"),
        place: file.display().to_string(),
        expected: Version1::ADVICE.to_owned(),
    }
}

/// What of STIX 1.x a file is, by its first 64 KiB.
fn version_1(file: &Path) -> Option<Version1> {
    let mut head = Vec::new();
    File::open(file).ok()?.take(64 << 10).read_to_end(&mut head).ok()?;
    upgrade::version_1(&head)
}

/// The findings of one object, given by id and type.
fn show(
    out: &mut Many,
    file: &str,
    object: (&str, &str),
    findings: &[Finding],
    counts: &mut Counts,
) {
    counts.objects += 1;
    for finding in findings {
        line(out, file, object, finding, counts);
    }
    if findings.iter().any(|f| f.level == Level::Must) {
        counts.invalid += 1;
    } else {
        counts.valid += 1;
    }
}

fn line(out: &mut Many, file: &str, (id, kind): (&str, &str), f: &Finding, counts: &mut Counts) {
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
        one(&Out::new(true), &file, Asked::default(), &mut counts).unwrap();
        assert_eq!((counts.objects, counts.valid, counts.invalid), (2, 1, 1));
    }
}
