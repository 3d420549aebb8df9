//! The catalogues: same keys, same variables, nothing unused, nothing missing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use enlace_web::page::agreement::AgreementAct;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;

const ENGLISH: &str = include_str!("../../../../locales/en.ftl");
const SPANISH: &str = include_str!("../../../../locales/es.ftl");

/// Prefixes whose last part is a name of the data, so that no source names the whole key.
const FAMILIES: &[&str] = &[
    "case-role",
    "case-side",
    "case-stage",
    "case-step",
    "case-task",
    "ask-reason",
    "ask-result",
    "act",
    "against",
    "agree",
    "agree-confirm",
    "agree-words",
    "alert",
    "category",
    "caveat",
    "commitment",
    "compartment-kind",
    "consent-kind",
    "consent-reason",
    "consent-state",
    "copies",
    "copies-state",
    "country",
    "danger-reason",
    "danger-review",
    "danger-state",
    "decision",
    "document-note",
    "document-refusal",
    "event",
    "handling",
    "draft-do",
    "feeds-course",
    "feeds-credential",
    "feeds-fault",
    "feeds-health",
    "identifier",
    "job-count",
    "job-kind",
    "job-state",
    "judged",
    "legal-ground",
    "mask",
    "paper-state",
    "model",
    "news",
    "property",
    "protected",
    "purpose",
    "recall-outcome",
    "recall-reason",
    "recall-state",
    "released",
    "replay",
    "request-alert",
    "request-found",
    "request-ground",
    "request-kind",
    "request-limit",
    "request-leaves",
    "request-object",
    "request-part",
    "request-side",
    "request-step",
    "request-subject",
    "request-urgency",
    "request-useful",
    "role",
    "rule",
    "said",
    "source-state",
    "stage",
    "standing",
    "stated",
    "summary",
    "term",
    "type",
    "verdict",
    "vetting-result",
];

/// Keys by name, each with the variables that its sentence uses.
fn catalogue(source: &str) -> BTreeMap<String, BTreeSet<String>> {
    let resource = parser::parse(source).unwrap_or_else(|(_, faults)| panic!("{faults:?}"));
    let mut keys = BTreeMap::new();
    for entry in &resource.body {
        let Entry::Message(message) = entry else { continue };
        let mut variables = BTreeSet::new();
        collect(message.value.as_ref().unwrap(), &mut variables);
        let twice = keys.insert(message.id.name.to_owned(), variables);
        assert!(twice.is_none(), "{} stands twice", message.id.name);
    }
    keys
}

fn collect(pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        let PatternElement::Placeable { expression } = element else { continue };
        let inline = match expression {
            Expression::Inline(inline) => inline,
            Expression::Select { selector, variants } => {
                for variant in variants {
                    collect(&variant.value, variables);
                }
                selector
            }
        };
        if let InlineExpression::VariableReference { id } = inline {
            variables.insert(id.name.to_owned());
        }
    }
}

/// All sources of this crate.
fn sources() -> String {
    sources_in("src")
}

/// All sources in a folder, or in one file, beside this crate.
fn sources_in(path: &str) -> String {
    fn read(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, text);
            } else {
                text.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
    }
    let (mut text, path) = (String::new(), Path::new(env!("CARGO_MANIFEST_DIR")).join(path));
    if path.is_file() {
        return std::fs::read_to_string(path).unwrap();
    }
    read(&path, &mut text);
    text
}

/// String literals behind `pattern` in the sources.
fn literals<'a>(sources: &'a str, pattern: &str) -> BTreeSet<&'a str> {
    sources.split(pattern).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn both_languages_have_the_same_keys_with_the_same_variables() {
    let (english, spanish) = (catalogue(ENGLISH), catalogue(SPANISH));
    for (key, variables) in &english {
        assert_eq!(Some(variables), spanish.get(key), "{key} in es.ftl");
    }
    for key in spanish.keys() {
        assert!(english.contains_key(key), "{key} is missing in en.ftl");
    }
}

#[test]
fn every_key_that_the_pages_use_exists() {
    let (english, sources) = (catalogue(ENGLISH), sources());
    for pattern in [".t(\"", ".ta(\"", "t(Lang::Es, \"", "t(Lang::En, \""] {
        for key in literals(&sources, pattern) {
            if key != "no-such-key" {
                assert!(english.contains_key(key), "`{key}` is used but not in en.ftl");
            }
        }
    }
}

#[test]
fn every_key_of_a_desk_exists() {
    let (english, sources) = (catalogue(ENGLISH), sources());
    let keys: BTreeSet<String> =
        literals(&sources, "\"desk-").into_iter().map(|rest| format!("desk-{rest}")).collect();
    assert!(keys.len() > 40, "{keys:?}");
    for key in keys {
        assert!(english.contains_key(&key), "`{key}` is used but not in en.ftl");
    }
}

#[test]
fn every_key_is_used() {
    let (english, sources) = (catalogue(ENGLISH), sources());
    let clauses = enlace_node::Clause::CODES;
    for key in english.keys() {
        let in_family = FAMILIES.iter().any(|family| {
            key.strip_prefix(family).is_some_and(|rest| rest.starts_with('-'))
                && (sources.contains(&format!("(\"{family}\", "))
                    || sources.contains(&format!("\"{family}\" =>"))
                    || sources.contains(&format!("\"{family}\" |"))
                    || sources.contains(&format!("| \"{family}\""))
                    || sources.contains(&format!("lang, \"{family}\", ")))
        });
        // Codes of errors come from every crate (`stix.timestamp.not-utc`).
        let is_error_code = key.starts_with("error-") && sources.contains("knows(\"error\", ");
        let used = sources.contains(&format!("\"{key}\""));
        assert!(
            used || in_family || is_error_code || clauses.contains(&key.as_str()),
            "`{key}` is unused"
        );
    }
}

#[test]
fn every_clause_code_of_the_policy_has_its_sentence() {
    for catalogue in [catalogue(ENGLISH), catalogue(SPANISH)] {
        for code in enlace_node::Clause::CODES {
            assert!(catalogue.contains_key(*code), "{code}");
        }
    }
}

#[test]
fn every_reason_and_every_note_of_a_flattened_copy_has_its_words() {
    let english = catalogue(ENGLISH);
    let refusals = enlace_flatten::Code::ALL.iter().map(|code| code.as_str());
    for code in refusals.chain(["document.no-content"]) {
        let reason = code.split_once('.').unwrap().1;
        assert!(english.contains_key(&format!("document-refusal-{reason}")), "{code}");
    }
    for code in enlace_flatten::NoteCode::ALL.iter().map(|code| code.as_str()) {
        let note = code.strip_prefix("flatten.note.").unwrap();
        assert!(english.contains_key(&format!("document-note-{note}")), "{code}");
    }
}

#[test]
fn every_fault_of_a_server_that_a_feed_asks_has_words_on_the_page_of_feeds() {
    let remote = sources_in("../node/src/remote.rs") + &sources_in("../node/src/remote");
    let client = sources_in("../taxii/src/client_error.rs");
    let faults = [("remote", &remote), ("taxii.client", &client)];
    for (family, sources) in faults {
        let codes = literals(sources, &format!("\"{family}."));
        assert!(codes.len() >= 4, "{family}: {codes:?}");
        for code in codes {
            let key = format!("feeds-fault-{family}-{code}").replace('.', "-");
            for (language, source) in [("en", ENGLISH), ("es", SPANISH)] {
                assert!(catalogue(source).contains_key(&key), "{key} in {language}.ftl");
            }
        }
    }
}

#[test]
fn every_name_that_the_program_itself_makes_has_a_word() {
    let english = catalogue(ENGLISH);
    let said = enlace_web::layout::Said::ALL.map(enlace_web::layout::Said::name);
    let acts = AgreementAct::ALL.map(AgreementAct::name);
    let models: Vec<&str> = enlace_node::agreement_models().collect();
    let families: [(&str, &[&str]); 32] = [
        ("ask-result", &["hit", "no-hit", "refer"]),
        (
            "ask-reason",
            &[
                "match-quota",
                "match-not-open",
                "match-kind-not-open",
                "match-not-ready",
                "match-other-epoch",
                "match-cut-off",
                "match-other-key",
                "match-refused",
                "node-partner",
                "node-partner-busy",
            ],
        ),
        (
            "job-state",
            &["queued", "running", "interrupted", "paused", "done", "failed", "cancelled"],
        ),
        ("job-count", &["new", "known", "conflict", "rejected", "should"]),
        ("draft-do", &["check", "replay", "sign"]),
        ("judged", &["pending", "held", "rejected", "recalled"]),
        ("paper-state", &["taken", "known", "refused"]),
        ("model", &models),
        ("replay", &["more", "fewer", "changed"]),
        ("vetting-result", &["passed", "failed"]),
        ("danger-reason", &enlace_node::DANGER_REASONS),
        ("danger-state", &["waiting", "received", "recalled", "purged", "withdrawn"]),
        ("danger-review", &["open", "overdue", "confirmed", "recalled"]),
        ("agree", &acts),
        ("agree-words", &acts),
        ("agree-confirm", &acts),
        (
            "standing",
            &[
                "active",
                "awaiting-signatures",
                "not-yet-valid",
                "suspended",
                "replaced",
                "expired",
                "terminated",
                "unreadable",
            ],
        ),
        ("released", &["keep", "narrow", "recall"]),
        ("stated", &["suspended", "resumed", "terminated"]),
        (
            "commitment",
            &["open", "in-progress", "met", "partly-met", "waived", "disputed", "withdrawn"],
        ),
        ("said", &said),
        ("verdict", &["kept", "changed", "withheld"]),
        (
            "stage",
            &[
                "preview",
                "draft",
                "submitted",
                "approved",
                "scheduled",
                "sent",
                "recalled",
                "refused",
            ],
        ),
        ("act", &["submit", "approve", "refuse", "send-slot", "send", "discard"]),
        ("protected", &enlace_node::STATUSES),
        ("compartment-kind", &["case", "need-to-know"]),
        ("source-state", &["active", "resting", "closed"]),
        ("decision", &["keep", "narrow", "recall"]),
        (
            "alert",
            &[
                "release-drafted",
                "release-approved",
                "release-sent",
                "recall",
                "danger-to-life",
                "repeated-looks",
                "request-about",
            ],
        ),
        ("handling", &["H0", "H1", "H2", "H3"]),
        (
            "category",
            &["suspect", "convicted", "victim", "witness", "contact", "other", "not-established"],
        ),
        (
            "role",
            &[
                "administrator",
                "investigator",
                "analyst",
                "liaison-officer",
                "approver",
                "source-handler",
                "auditor",
                "console",
            ],
        ),
    ];
    for (family, names) in families {
        for name in names {
            assert!(english.contains_key(&format!("{family}-{name}")), "{family}-{name}");
        }
    }
}

#[test]
fn every_type_of_our_schemas_has_a_label() {
    for (language, source) in [("en", ENGLISH), ("es", SPANISH)] {
        let keys = catalogue(source);
        for extension in enlace_stix::types::EXTENSIONS.iter() {
            let key = format!("type-{}", extension.name);
            assert!(keys.contains_key(&key), "`{key}` is not in {language}.ftl");
        }
    }
}

#[test]
fn every_step_kind_limit_and_fault_of_a_request_has_its_words() {
    use enlace_request::rule::Impossible as Why;
    use enlace_request::state::{Kind, Side, Step};
    use enlace_request::thread::FaultKind;

    let english = catalogue(ENGLISH);
    let has = |key: String| assert!(english.contains_key(&key), "{key}");
    Step::ALL.iter().for_each(|step| has(format!("request-step-{}", step.name())));
    Side::ALL.iter().for_each(|side| has(format!("request-side-{}", side.name())));
    for kind in Kind::ALL.iter().filter(|kind| **kind != Kind::Consent) {
        has(format!("request-kind-{}", kind.name()));
    }
    for limit in ["no-limit", "not-started", "running", "paused", "overdue", "kept", "missed"] {
        has(format!("request-limit-{limit}"));
    }
    let whys = [
        Why::Beginning,
        Why::OtherSide,
        Why::OtherKind,
        Why::KeptInside,
        Why::OutOfOrder,
        Why::Over,
    ];
    let faults = [
        FaultKind::Stranger,
        FaultKind::Forked,
        FaultKind::BrokenChain,
        FaultKind::Divergent,
        FaultKind::Backwards,
    ];
    for fault in whys.map(FaultKind::Impossible).into_iter().chain(faults) {
        has(format!("rule-{}", fault.rule().replace('.', "-")));
    }
}
