//! Words for people: sentences of `locales/` in the language of the terminal, and counts.

use std::fmt::Display;

use enlace_node::DryLine;
use enlace_web::text::{Lang, Texts};

/// The sentences, in the language that `LC_ALL`, `LC_MESSAGES` or `LANG` names; else English.
pub(crate) struct Words {
    texts: Texts,
    lang: Lang,
}

impl Words {
    pub(crate) fn new() -> Self {
        let set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let name = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find(set);
        let value = name.and_then(|name| std::env::var(name).ok()).unwrap_or_default();
        let lang = if value.starts_with("es") { Lang::Es } else { Lang::En };
        Self { texts: Texts::new(), lang }
    }

    /// The word for a name of the data: `consent-reason` + `by-release`.
    pub(crate) fn word(&self, family: &str, name: &str) -> String {
        self.texts.word(self.lang, family, name, &[])
    }

    /// One line of a dry run: what becomes of it, by which clauses, and why.
    pub(crate) fn dry(&self, line: &DryLine) -> String {
        let path = if line.path.is_empty() { "(whole object)" } else { &line.path };
        let clauses = line.clauses();
        let why = match clauses.is_empty() {
            true => line.reason.clone(),
            false => {
                let words = clauses.iter();
                let words = words.map(|c| enlace_web::clause::sentence(&self.texts, self.lang, c));
                words.collect::<Vec<_>>().join(" ")
            }
        };
        let (object, verdict) = (&line.object, &line.verdict);
        format!("{object}  {path}: {verdict}  [{}] {why}", line.clause)
    }
}

/// A count with its noun: `1 object`, `2 objects`.
pub(crate) fn count(number: impl Display, one: &str) -> String {
    let number = number.to_string();
    let many = if number == "1" { "" } else { "s" };
    format!("{number} {one}{many}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_a_dry_run_says_why_in_the_language_of_the_terminal() {
        let line = DryLine {
            object: "report--1".to_owned(),
            kind: "report".to_owned(),
            path: "description".to_owned(),
            verdict: "withheld".to_owned(),
            clause: "3.5, default.tear-line".to_owned(),
            reason: "clause-text-none; tear-line-missing".to_owned(),
            after: None,
        };
        let said = |lang| Words { texts: Texts::new(), lang }.dry(&line);
        let english = "report--1  description: withheld  [3.5, default.tear-line] Clause 3.5: free \
                       text does not leave. Free text leaves only as a tear-line, and none is written.";
        assert_eq!(said(Lang::En), english);
        assert!(said(Lang::Es).contains("Cláusula 3.5: el texto libre no sale. El texto libre"));
    }

    #[test]
    fn one_is_no_plural() {
        assert_eq!([0, 1, 2].map(|n| count(n, "object")), ["0 objects", "1 object", "2 objects"]);
    }
}
