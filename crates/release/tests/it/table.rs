//! The decision table of the model police agreement: every combination is decided, folded into rules
//! that a lawyer can read, and unfolded again.
//!
//! TLP × handling × category × type × recipient × state of the agreement are decided by the policy;
//! for what may leave, the fields of each class by the mask table. The rules stand for the table
//! because every clause looks at one of these things alone: what forbids a combination is what
//! forbids each of its parts. The test decides the combinations and holds each against that sum:
//! `./test --long` every one of them, a shorter run a part.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use enlace_policy::kinds::{self, Class, Kind};
use enlace_policy::{Ask, Facts, Mask, Policy, PrivateRules};
use enlace_stix::marking::{Effective, Handling, Tlp};
use sha2::{Digest, Sha256};

use crate::model::{self, EC, NOW, PURPOSE, US};

const NL: &str = "4444444444444444444444444444444444444444444444444444444444444444";
const STRANGER: &str = "3333333333333333333333333333333333333333333333333333333333333333";
/// 2025-06-01 and 2030-01-01.
const BEFORE: i64 = 1_748_736_000_000_000;
const AFTER: i64 = 1_893_456_000_000_000;

/// Recipient: key id, vetted.
const RECIPIENTS: [(&str, &str, bool); 5] = [
    ("the other party, vetted", US, true),
    ("the other party, without a valid vetting record", US, false),
    ("the releasing party itself", EC, true),
    ("a party that is not named as a recipient", NL, true),
    ("a unit that is no party", STRANGER, true),
];

/// State of the agreement: in force, now.
const STATES: [(&str, bool, i64); 6] = [
    ("in force", true, NOW),
    ("awaiting signatures", false, NOW),
    ("before its first day", false, BEFORE),
    ("suspended", false, NOW),
    ("after its last day", false, AFTER),
    ("terminated", false, NOW),
];

const CATEGORIES: [(&str, Option<&[&str]>); 10] = [
    ("no natural person", None),
    ("a person of whom nobody stated a category", Some(&[])),
    ("suspect", Some(&["suspect"])),
    ("convicted", Some(&["convicted"])),
    ("victim", Some(&["victim"])),
    ("witness", Some(&["witness"])),
    ("contact", Some(&["contact"])),
    ("other", Some(&["other"])),
    ("not established", Some(&["not-established"])),
    ("suspect and victim", Some(&["suspect", "victim"])),
];

const HANDLING: [(&str, &[Handling]); 6] = [
    ("no handling code", &[]),
    ("H0", &[Handling::H0]),
    ("H1", &[Handling::H1]),
    ("H2", &[Handling::H2]),
    ("H3", &[Handling::H3]),
    ("H0 and H3", &[Handling::H0, Handling::H3]),
];

fn colours() -> Vec<(String, Option<Tlp>)> {
    let named = Tlp::ALL.map(|tlp| (format!("TLP:{}", tlp.name().to_uppercase()), Some(tlp)));
    let mut all = vec![("no TLP marking".to_owned(), None)];
    all.extend(named);
    all
}

/// Why something stays: id and code of each clause.
type Reasons = BTreeSet<(String, &'static str)>;

/// One combination, as positions in the lists above.
#[derive(Clone, Copy, Default)]
struct Cell {
    colour: usize,
    handling: usize,
    category: usize,
    kind: usize,
    recipient: usize,
    state: usize,
}

fn policy() -> Policy {
    let party = format!(
        "[[party]]\nname = \"Liaison NL\"\nunit = \"Desk\"\ncountry = \"NL\"\nkey_id = \"{NL}\"\n\
         identity_ref = \"identity--44444444-4444-4444-8444-444444444444\"\n\n[validity]"
    );
    let agreement = model::agreement(|text| text.replacen("[validity]", &party, 1));
    Policy::compile(&agreement, &PrivateRules::default()).unwrap()
}

fn decide(policy: &Policy, cell: Cell) -> Reasons {
    let (_, partner, vetted) = RECIPIENTS[cell.recipient];
    let (_, active, now_us) = STATES[cell.state];
    let ask = Ask {
        partner: partner.into(),
        purpose: PURPOSE.into(),
        now_us,
        active,
        vetted,
        offence: None,
        reasoned: false,
    };
    let kind = &kinds::all()[cell.kind];
    let categories = CATEGORIES[cell.category].1;
    let marking = Effective {
        tlp: colours()[cell.colour].1,
        handling: HANDLING[cell.handling].1.to_vec(),
        ..Effective::default()
    };
    let facts = Facts {
        kind: kind.name.into(),
        marking,
        natural_person: categories.is_some(),
        categories: categories.unwrap_or_default().iter().map(|c| (*c).to_owned()).collect(),
        own: true,
        document: kind.name == "artifact",
        age_days: Some(0),
        ..Facts::default()
    };
    let decision = policy.decide_anew(&facts, &ask);
    match decision.permits() {
        true => Reasons::new(),
        false => decision.clauses().iter().map(|c| (c.id.clone(), c.code)).collect(),
    }
}

/// What happens to one property of something that may leave, in words.
fn ruling(policy: &Policy, kind: &Kind, path: &str, class: Class) -> String {
    let terms = policy.terms();
    if class == Class::FreeText && [kind.title, kind.text].contains(&Some(path)) {
        return format!("written anew as a tear-line (clause {})", terms.text.clause);
    }
    if kind.is_free_text(path) {
        return STAYS.to_owned();
    }
    let (mask, clause) = policy.mask(kind.name, path);
    match mask {
        Mask::Keep => format!("leaves whole (clause {})", clause.id),
        Mask::Parts => format!("leaves in part (clause {})", clause.id),
        Mask::Drop if clause.id == "default.deny" => STAYS.to_owned(),
        Mask::Drop => format!("stays (clause {})", clause.id),
        mask => format!("leaves reduced: {mask} (clause {})", clause.id),
    }
}

const STAYS: &str = "stays";

/// Every property of a type, those of extensions that it can carry too.
fn properties(kind: &'static Kind) -> Vec<(String, Class)> {
    let own = kind.fields().iter().map(|field| (field.path.to_owned(), field.class));
    let carried = kind.extensions().flat_map(|name| {
        let fields = kinds::extension_fields(name).iter();
        fields.map(move |field| (format!("{name}.{}", field.path), field.class))
    });
    own.chain(carried).collect()
}

/// The rules into which the table folds.
struct Rules {
    /// For each value of each dimension what forbids it; nothing = it stands against nothing.
    lists: [Vec<Reasons>; 6],
    /// For each type that leaves: for each class and ruling the properties. What is not named stays.
    fields: BTreeMap<&'static str, BTreeMap<(Class, String), Vec<String>>>,
}

impl Rules {
    fn of(policy: &Policy) -> Self {
        let fine = Cell { colour: fine()[0], kind: fine()[3], ..Cell::default() };
        let all = |n: usize, at: &dyn Fn(usize) -> Cell| -> Vec<Reasons> {
            (0..n).map(|i| decide(policy, at(i))).collect()
        };
        let lists = [
            all(colours().len(), &|colour| Cell { colour, ..fine }),
            all(HANDLING.len(), &|handling| Cell { handling, ..fine }),
            all(CATEGORIES.len(), &|category| Cell { category, ..fine }),
            all(kinds::all().len(), &|kind| Cell { kind, ..fine }),
            all(RECIPIENTS.len(), &|recipient| Cell { recipient, ..fine }),
            all(STATES.len(), &|state| Cell { state, ..fine }),
        ];
        let mut fields = BTreeMap::new();
        let leaving = kinds::all().iter().enumerate().filter(|(i, _)| lists[3][*i].is_empty());
        for (_, kind) in leaving {
            let mut rulings: BTreeMap<(Class, String), Vec<String>> = BTreeMap::new();
            for (path, class) in properties(kind) {
                let ruling = ruling(policy, kind, &path, class);
                if ruling != STAYS {
                    rulings.entry((class, ruling)).or_default().push(path);
                }
            }
            fields.insert(kind.name, rulings);
        }
        Self { lists, fields }
    }

    /// What the rules say of a combination.
    fn reasons(&self, cell: Cell) -> Reasons {
        let Cell { colour, handling, category, kind, recipient, state } = cell;
        let at = [colour, handling, category, kind, recipient, state];
        self.lists.iter().zip(at).flat_map(|(list, i)| list[i].clone()).collect()
    }

    /// What the rules say of a property.
    fn ruling(&self, kind: &str, path: &str, class: Class) -> String {
        let rulings = self.fields[kind].iter().filter(|((of, _), _)| *of == class);
        let mut named = rulings.filter(|(_, paths)| paths.iter().any(|p| p == path));
        named.next().map_or(STAYS, |((_, ruling), _)| ruling).to_owned()
    }
}

fn kind_at(name: &str) -> usize {
    kinds::all().iter().position(|kind| kind.name == name).unwrap()
}

/// Every combination, with the number of the state last.
fn cells(kind: usize) -> impl Iterator<Item = Cell> {
    let n = [colours().len(), HANDLING.len(), CATEGORIES.len(), RECIPIENTS.len(), STATES.len()];
    (0..n.iter().product()).map(move |mut i: usize| {
        let mut digit = |n: usize| {
            let digit = i % n;
            i /= n;
            digit
        };
        let (state, recipient, category) = (digit(n[4]), digit(n[3]), digit(n[2]));
        let (handling, colour) = (digit(n[1]), digit(n[0]));
        Cell { colour, handling, category, kind, recipient, state }
    })
}

/// Whether this run decides the combination: with `ENLACE_LONG` all of them; else those that break
/// with at most two things, and one in sixty-four of the rest.
fn is_decided(cell: Cell) -> bool {
    let Cell { colour, handling, category, kind, recipient, state } = cell;
    let at = [colour, handling, category, kind, recipient, state];
    let broken = at.iter().zip(fine()).filter(|(a, b)| **a != *b).count();
    let mixed = at.iter().fold(17_usize, |sum, i| sum.wrapping_mul(31).wrapping_add(*i));
    std::env::var("ENLACE_LONG").is_ok() || broken <= 2 || mixed % 64 == 0
}

/// A combination against which nothing stands, in the order of the lists.
fn fine() -> [usize; 6] {
    static FIREARM: std::sync::LazyLock<usize> = std::sync::LazyLock::new(|| kind_at("firearm"));
    [1, 0, 0, *FIREARM, 0, 0]
}

/// Decides combinations of one type, holds it against the rules and returns its part of the
/// table: a line for each combination, with every class of field where it leaves.
fn part(policy: &Policy, rules: &Rules, kind: usize) -> (usize, [u8; 32]) {
    let of = &kinds::all()[kind];
    let mut fields = String::new();
    for class in Class::ALL {
        for (path, _) in properties(of).into_iter().filter(|(_, c)| *c == class) {
            let direct = ruling(policy, of, &path, class);
            if rules.fields.contains_key(of.name) {
                assert_eq!(rules.ruling(of.name, &path, class), direct, "{} {path}", of.name);
            }
            writeln!(fields, "{class} {path}: {direct}").unwrap();
        }
    }
    let fields = Sha256::digest(fields);
    let mut hash = Sha256::new();
    let mut count = 0;
    let mut decided: BTreeMap<(usize, usize, usize, usize, bool, i64), Reasons> = BTreeMap::new();
    for cell in cells(kind) {
        // Two states that tell the policy the same are decided once.
        let (_, active, now) = STATES[cell.state];
        let key = (cell.colour, cell.handling, cell.category, cell.recipient, active, now);
        let ruled = rules.reasons(cell);
        if is_decided(cell) {
            let direct = decided.entry(key).or_insert_with(|| decide(policy, cell));
            assert_eq!(ruled, *direct, "{} {key:?}", of.name);
        }
        let reasons: Vec<String> = ruled.iter().map(|(id, code)| format!("{id} {code}")).collect();
        let Cell { colour, handling, category, recipient, state, .. } = cell;
        let place = format!("{} {colour} {handling} {category} {recipient} {state}", of.name);
        hash.update(format!("{place} {}\n", reasons.join(", ")));
        if reasons.is_empty() {
            hash.update(fields);
        }
        count += Class::ALL.len();
    }
    (count, hash.finalize().into())
}

#[test]
fn the_decision_table_is_the_reviewed_one() {
    let policy = policy();
    let rules = Rules::of(&policy);
    let total = kinds::all().len();
    let parts: Vec<(usize, [u8; 32])> = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let (policy, rules) = (&policy, &rules);
        let work = move |first: usize| {
            let own = (first..total).step_by(threads);
            own.map(|kind| (kind, part(policy, rules, kind))).collect::<Vec<_>>()
        };
        let handles: Vec<_> = (0..threads).map(|first| scope.spawn(move || work(first))).collect();
        let mut all: Vec<_> = handles.into_iter().flat_map(|h| h.join().unwrap()).collect();
        all.sort_by_key(|(kind, _)| *kind);
        all.into_iter().map(|(_, part)| part).collect()
    });
    let count: usize = parts.iter().map(|(count, _)| count).sum();
    let mut hash = Sha256::new();
    parts.iter().for_each(|(_, part)| hash.update(part));
    let text = render(&rules, count, &hex::encode(hash.finalize()));
    assert!(text.lines().count() <= 500, "{} lines", text.lines().count());
    insta::assert_snapshot!(text);
}

/// The rules in words.
fn render(rules: &Rules, count: usize, hash: &str) -> String {
    let mut text = format!(
        "WHAT LEAVES UNDER THE MODEL POLICE AGREEMENT\n\n\
         There are {count} combinations of colour, handling code, category, type, class of\n\
         field, recipient and state of the agreement. Their table has the SHA-256\n{hash}\n\
         and is what the rules below say: an object leaves where none of the lists forbids it;\n\
         where several do, each of their clauses is named. Then its fields leave as listed last.\n"
    );
    let names: [(&str, Vec<String>); 6] = [
        ("TLP MARKING", colours().into_iter().map(|(name, _)| name).collect()),
        ("HANDLING CODES", HANDLING.iter().map(|(name, _)| (*name).to_owned()).collect()),
        ("PERSONS", CATEGORIES.iter().map(|(name, _)| (*name).to_owned()).collect()),
        ("TYPES OF OBJECT", kinds::all().iter().map(|kind| kind.name.to_owned()).collect()),
        ("RECIPIENT", RECIPIENTS.iter().map(|(name, ..)| (*name).to_owned()).collect()),
        ("STATE OF THE AGREEMENT", STATES.iter().map(|(name, ..)| (*name).to_owned()).collect()),
    ];
    for ((title, names), reasons) in names.iter().zip(&rules.lists) {
        writeln!(text, "\n{title}").unwrap();
        let mut groups: BTreeMap<&Reasons, Vec<&str>> = BTreeMap::new();
        for (name, reasons) in names.iter().zip(reasons) {
            groups.entry(reasons).or_default().push(name);
        }
        for (reasons, names) in groups {
            let verdict = match reasons.is_empty() {
                true => "may leave".to_owned(),
                false => {
                    let words: Vec<String> = reasons.iter().map(words).collect();
                    format!("stays: {}", words.join("; "))
                }
            };
            wrap(&mut text, &format!("  {verdict}"), &names);
        }
    }
    writeln!(text, "\nFIELDS OF WHAT LEAVES, BY CLASS; a field that is not named here stays")
        .unwrap();
    for (kind, rulings) in &rules.fields {
        writeln!(text, "\n{kind}").unwrap();
        for ((class, ruling), paths) in rulings {
            let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
            wrap(&mut text, &format!("  {class}: {ruling}"), &paths);
        }
    }
    text
}

/// A heading and what it holds for, in lines of 100 columns.
fn wrap(text: &mut String, heading: &str, items: &[&str]) {
    writeln!(text, "{heading}").unwrap();
    let mut line = String::from("     ");
    for (i, item) in items.iter().enumerate() {
        let comma = if i + 1 < items.len() { "," } else { "" };
        if line.len() + item.len() + 2 > 100 {
            writeln!(text, "{line}").unwrap();
            line = String::from("     ");
        }
        write!(line, " {item}{comma}").unwrap();
    }
    writeln!(text, "{line}").unwrap();
}

/// A reason as a lawyer reads it.
fn words((id, code): &(String, &'static str)) -> String {
    let says = match *code {
        "clause-not-active" => "the agreement is not in force",
        "clause-dates" => "outside the dates of the agreement",
        "clause-recipient" => "not among the recipients",
        "clause-vetting" => "no valid vetting record",
        "clause-type" => "a type that is not agreed",
        "clause-tlp-max" => "a stricter colour than agreed",
        "clause-subject" => "a category of person that is not agreed",
        "clause-handling" => "a handling code that is not agreed",
        "clause-documents" => "documents do not leave",
        "private-unmarked" => "nobody has said how far it may go",
        "private-tlp-red" => "TLP:RED goes to named persons only",
        "private-subject-unstated" => "nobody has stated the category of this person",
        other => panic!("no words for {other}"),
    };
    match id.starts_with("private.") {
        true => format!("rule of the product: {says}"),
        false => format!("clause {id}: {says}"),
    }
}
