//! `docs/attacks.md` names the tests that hold each answer, `docs/design/release-rules.md` those that
//! hold each rule: every name leads to one.

use std::fs;
use std::path::{Path, PathBuf};

/// What says of an attack that it is open.
const OPEN: &str = "## Not answered yet";
/// Rows that have an answer; more may come, fewer may not.
const ROWS: usize = 120;

/// The sources of the workspace, by path without `.rs`.
struct Sources(Vec<(String, String)>);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

impl Sources {
    fn read() -> Self {
        let mut found = Vec::new();
        walk(&root().join("crates"), &mut found);
        Self(found)
    }

    /// Whether a name leads to a test, to a file of tests, or to a file.
    fn knows(&self, name: &str) -> bool {
        if name.contains('.') {
            return root().join(name).is_file();
        }
        let path = name.replace("::", "/");
        if self.0.iter().any(|(file, _)| in_tests(file) && file.ends_with(&format!("/{path}"))) {
            return true;
        }
        let Some((module, test)) = path.rsplit_once('/') else { return false };
        let defined = |text: &str| text.contains(&format!("fn {test}("));
        let inside = module.strip_suffix("/tests").unwrap_or(module);
        self.0.iter().any(|(file, text)| {
            let own = file.ends_with(&format!("/{module}"));
            let within = file.ends_with(&format!("/{inside}")) && text.contains("mod tests {");
            (own || within) && defined(text)
        })
    }
}

fn in_tests(file: &str) -> bool {
    file.contains("/tests/") || file.ends_with("/tests")
}

fn walk(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path.with_extension("").to_str().unwrap().to_owned(), text));
        }
    }
}

/// The rows that have an answer: attack, answer, what holds it.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let answered = text.split(OPEN).next().unwrap();
    let lines = answered.lines().filter(|line| line.starts_with('|'));
    let heads = ["|-", "| attack |", "| rule |"];
    let rows = lines.filter(|line| !heads.iter().any(|head| line.starts_with(head)));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect()).collect()
}

/// What stands between backquotes.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_that_the_table_names_exists() {
    let text = fs::read_to_string(root().join("docs/attacks.md")).unwrap();
    assert!(text.contains(OPEN), "what is open is said");
    let rows = rows(&text);
    assert!(rows.len() >= ROWS, "{} rows", rows.len());
    let sources = Sources::read();
    let mut wrong = Vec::new();
    for row in &rows {
        assert_eq!(row.len(), 3, "attack, answer, held by: {row:?}");
        let mut names = quoted(row[2]).peekable();
        if names.peek().is_none() && !row[2].contains("the scenario's check") {
            wrong.push(format!("nothing holds: {}", row[0]));
        }
        wrong.extend(names.filter(|name| !sources.knows(name)).map(str::to_owned));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_test_and_file_that_the_rules_name_exists() {
    let text = fs::read_to_string(root().join("docs/design/release-rules.md")).unwrap();
    let rows = rows(&text);
    assert!(rows.len() >= 40, "{} rows", rows.len());
    let sources = Sources::read();
    let mut wrong = Vec::new();
    for row in &rows {
        assert_eq!(row.len(), 3, "rule, code, held by: {row:?}");
        let code = quoted(row[1]).filter(|file| !root().join("crates").join(file).exists());
        wrong.extend(code.map(str::to_owned));
        let mut names = quoted(row[2]).peekable();
        assert!(names.peek().is_some(), "nothing holds: {}", row[0]);
        wrong.extend(names.filter(|name| !sources.knows(name)).map(str::to_owned));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_name_that_leads_nowhere_is_noticed() {
    let sources = Sources::read();
    for good in [
        "attacks::a_name_that_leads_nowhere_is_noticed",
        "exits/refusal::a_revoked_partner_is_a_stranger",
        "kinds::tests::an_identifier_has_a_kind_and_nothing_else_has",
        "verdict::tests::a_rule_that_might_read_what_is_not_there_does_not_compile",
        "exits/refusal",
        "scripts/fuzz.sh",
    ] {
        assert!(sources.knows(good), "{good}");
    }
    for wrong in [
        "attacks::a_name_that_leads_nowhere_is_notice",
        "exits/routes::a_revoked_partner_is_a_stranger",
        "exits/refusals",
        "verdict::a_rule",
        "scripts/fuzz.zsh",
        "",
    ] {
        assert!(!sources.knows(wrong), "{wrong}");
    }
}
