//! The decision table of the model police agreement, folded into text that a lawyer can read.

use std::fmt::Write;

use enlace_policy::{Ask, Decision, Facts, kinds};
use enlace_stix::marking::{Effective, Handling, Tlp};

use crate::model::{NOW, Node, PURPOSE, US};

const CATEGORIES: &[&[&str]] = &[
    &[],
    &["suspect"],
    &["convicted"],
    &["victim"],
    &["witness"],
    &["contact"],
    &["other"],
    &["not-established"],
    &["suspect", "victim"],
];

fn verdict(decision: &Decision) -> String {
    let ids: Vec<&str> = decision.clauses().iter().map(|c| c.id.as_str()).collect();
    match decision.permits() {
        true => "leaves".to_owned(),
        false => ids.join(" "),
    }
}

fn ask() -> Ask {
    Ask {
        partner: US.into(),
        purpose: PURPOSE.into(),
        now_us: NOW,
        active: true,
        vetted: true,
        offence: None,
        reasoned: false,
    }
}

fn facts(kind: &str, tlp: Option<Tlp>) -> Facts {
    let marking = Effective { tlp, ..Effective::default() };
    Facts { kind: kind.into(), marking, own: true, ..Facts::default() }
}

#[test]
fn the_decision_table_is_the_reviewed_one() {
    let node = Node::new();
    let decide = |facts: &Facts, ask: &Ask| verdict(&node.policy.decide(facts, ask));
    let colours: Vec<Option<Tlp>> = Tlp::ALL.into_iter().map(Some).chain([None]).collect();
    let name = |tlp: &Option<Tlp>| tlp.map_or("no TLP", Tlp::name).to_owned();
    let mut text = String::new();

    writeln!(text, "PERSONS: category × TLP, agreement in force\n").unwrap();
    for categories in CATEGORIES {
        let list: Vec<String> = categories.iter().map(|c| (*c).to_owned()).collect();
        let row = |tlp: &Option<Tlp>| {
            let person =
                Facts { natural_person: true, categories: list.clone(), ..facts("identity", *tlp) };
            (name(tlp), decide(&person, &ask()))
        };
        let label = if list.is_empty() { "nobody stated".to_owned() } else { list.join(" + ") };
        fold(&mut text, &label, colours.iter().map(row));
    }

    writeln!(text, "\nOBJECTS: type × TLP, agreement in force\n").unwrap();
    let mut types: Vec<&str> = kinds::all().iter().map(|k| k.name).collect();
    types.push("agreement");
    for kind in types {
        let document = kind == "artifact";
        let row = |tlp: &Option<Tlp>| {
            (name(tlp), decide(&Facts { document, ..facts(kind, *tlp) }, &ask()))
        };
        fold(&mut text, kind, colours.iter().map(row));
    }

    writeln!(text, "\nMARKINGS AND ORIGIN: a firearm, TLP:AMBER\n").unwrap();
    let pistol = facts("firearm", Some(Tlp::Amber));
    let mark = |edit: &dyn Fn(&mut Effective)| {
        let mut facts = pistol.clone();
        edit(&mut facts.marking);
        facts
    };
    let texts = |items: &[&str]| items.iter().map(|i| (*i).to_owned()).collect::<Vec<_>>();
    for code in [Handling::H0, Handling::H1, Handling::H2, Handling::H3] {
        let facts = mark(&|m| m.handling = vec![code]);
        writeln!(text, "{:<42} {}", format!("handling {code:?}"), decide(&facts, &ask())).unwrap();
    }
    for (label, facts) in [
        ("caveat source-identity", mark(&|m| m.caveats = texts(&["source-identity"]))),
        ("any other caveat", mark(&|m| m.caveats = texts(&["no-press"]))),
        ("releasable to this unit", mark(&|m| m.releasable_to = Some(texts(&[US])))),
        ("releasable to its country", mark(&|m| m.releasable_to = Some(texts(&["US"])))),
        ("releasable to others", mark(&|m| m.releasable_to = Some(texts(&["NL"])))),
        ("releasable to nobody", mark(&|m| m.releasable_to = Some(vec![]))),
        ("marked for this purpose", mark(&|m| m.purposes = Some(texts(&[PURPOSE])))),
        ("marked for another purpose", mark(&|m| m.purposes = Some(texts(&["cyber"])))),
        ("a marking that cannot be read", mark(&|m| m.unknown = texts(&["x"]))),
        ("of another agency", Facts { own: false, ..pistol.clone() }),
        (
            "of another agency, with consent",
            Facts { own: false, consented: true, ..pistol.clone() },
        ),
        ("withdrawn", Facts { revoked: true, ..pistol.clone() }),
    ] {
        writeln!(text, "{label:<42} {}", decide(&facts, &ask())).unwrap();
    }

    writeln!(text, "\nTHE QUESTION ITSELF: a firearm, TLP:AMBER\n").unwrap();
    for (label, ask) in [
        ("agreement in force", ask()),
        ("not signed by all, or ended", Ask { active: false, ..ask() }),
        ("before its first day", Ask { now_us: 0, ..ask() }),
        ("after its last day", Ask { now_us: i64::MAX, ..ask() }),
        ("a purpose not agreed", Ask { purpose: "cyber".into(), ..ask() }),
        ("a unit that is no party", Ask { partner: "3".repeat(64), ..ask() }),
    ] {
        writeln!(text, "{label:<42} {}", decide(&pistol, &ask)).unwrap();
    }

    writeln!(text, "\nFIELDS: what is named leaves, everything else stays\n").unwrap();
    for kind in kinds::all() {
        let Some(fields) = node.policy.terms().fields.get(kind.name) else { continue };
        writeln!(text, "{} (clause {})", kind.name, fields.clause).unwrap();
        for path in &fields.keep {
            writeln!(text, "    {path}").unwrap();
        }
        for (path, mask) in &fields.generalise {
            writeln!(text, "    {path} → {mask}").unwrap();
        }
    }
    assert!(text.lines().count() <= 300);
    insta::assert_snapshot!(text);
}

/// One line for each verdict with the colours that share it.
fn fold(text: &mut String, label: &str, cells: impl Iterator<Item = (String, String)>) {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for (colour, verdict) in cells {
        match groups.last_mut() {
            Some((last, colours)) if *last == verdict => colours.push(colour),
            _ => groups.push((verdict, vec![colour])),
        }
    }
    let cells: Vec<String> = groups
        .into_iter()
        .map(|(verdict, colours)| format!("{}: {verdict}", colours.join(", ")))
        .collect();
    writeln!(text, "{label:<20} {}", cells.join(" | ")).unwrap();
}
