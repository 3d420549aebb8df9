//! Memory: what was decided before is what would be decided now.

use enlace_policy::{Ask, Evaluation, Facts, Policy};
use enlace_stix::marking::{Effective, Handling, Pap, Tlp};
use proptest::prelude::*;
use std::sync::LazyLock;

use crate::model::{self, EC, NOW, US};

/// With every term that may be left out.
static POLICY: LazyLock<Policy> = LazyLock::new(|| {
    let mut draft = enlace_policy::draft::parse(&model::whole(), "whole.toml").unwrap();
    draft.terms.assurances.as_mut().unwrap().purposes = vec!["firearms-tracing".into()];
    Policy::compile(&model::agreement(&draft), &Default::default()).unwrap()
});

fn some(names: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::sample::subsequence(names, 0..=names.len().min(2))
        .prop_map(|names| names.into_iter().map(str::to_owned).collect())
}

fn maybe<T: Clone + std::fmt::Debug + 'static>(
    items: &'static [T],
) -> impl Strategy<Value = Option<T>> {
    prop_oneof![3 => Just(None), 1 => prop::sample::select(items).prop_map(Some)]
}

const DATES: &[&str] = &["2026-05-31T23:00:00Z", "2026-06-01T01:00:00Z", "2027-01-01T00:00:00Z"];

fn marking() -> impl Strategy<Value = Effective> {
    let lists = (
        some(&["no-press", "source-identity", "other"]),
        prop::option::weighted(0.2, some(&["US", "NL", EC])),
        prop::option::weighted(0.2, some(&["cyber", "firearms-tracing"])),
        some(&["x"]),
        some(&["ask first"]),
    );
    let codes = (
        prop_oneof![4 => Just(Some(Tlp::Amber)), 1 => prop::option::of(prop::sample::select(&Tlp::ALL[..]))],
        prop::sample::subsequence(&[Handling::H0, Handling::H1, Handling::H3], 0..=1),
        maybe(&[Pap::Clear, Pap::Red]),
        maybe(DATES),
        maybe(DATES),
        any::<u8>(),
    );
    (lists, codes).prop_map(|(lists, (tlp, handling, pap, until, review, statement))| {
        let (caveats, releasable_to, purposes, unknown, conditions) = lists;
        let time = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        Effective {
            tlp,
            handling,
            caveats,
            releasable_to,
            purposes,
            unknown,
            pap,
            conditions,
            retention_until: time(until),
            review_due: time(review),
            statements: vec![statement.to_string()],
            ..Effective::default()
        }
    })
}

fn facts() -> impl Strategy<Value = Facts> {
    let evaluation = prop::option::of((
        prop::sample::select(&["admiralty", "4x4", "unreadable"][..]),
        prop::sample::select(&["A", "D", "F"][..]),
        prop::sample::select(&["1", "4", "6"][..]),
        any::<bool>(),
    ));
    let flags = prop::array::uniform7(prop::bool::weighted(0.2));
    let age = prop::option::of(prop::sample::select(&[0_u32, 3650, 3651, u32::MAX][..]));
    let kind = prop::sample::select(&["firearm", "identity", "note", "report"][..]);
    let categories = some(&["suspect", "contact", "victim"]);
    (kind, marking(), categories, evaluation, flags, age).prop_map(
        |(kind, marking, categories, evaluation, flags, age_days)| {
            let [foreign, person, consented, document, flattened, revoked, held_back] = flags;
            Facts {
                kind: kind.into(),
                marking,
                natural_person: person,
                categories,
                own: !foreign,
                consented,
                document,
                flattened,
                revoked,
                held_back,
                evaluation: evaluation.map(|(scheme, source, information, whole)| Evaluation {
                    scheme: scheme.into(),
                    source: source.into(),
                    information: information.into(),
                    whole,
                }),
                age_days,
            }
        },
    )
}

fn ask() -> impl Strategy<Value = Ask> {
    let who = prop_oneof![4 => Just(US), 1 => Just("3333")];
    let purpose = prop::sample::select(&["firearms-tracing", "drug-trafficking", "cyber"][..]);
    let now = prop_oneof![3 => Just(NOW), 1 => Just(0), 1 => Just(NOW + 86_400_000_000)];
    let offence = maybe(&["drug-trafficking", "murder"]);
    let flags = prop::array::uniform3(prop::bool::weighted(0.8));
    (who, purpose, now, offence, flags).prop_map(|(who, purpose, now_us, offence, flags)| {
        let [active, vetted, reasoned] = flags;
        let offence = offence.map(str::to_owned);
        Ask {
            partner: who.into(),
            purpose: purpose.into(),
            now_us,
            active,
            vetted,
            offence,
            reasoned,
        }
    })
}

proptest! {
    #[test]
    fn a_remembered_decision_is_the_fresh_one(
        facts in prop::collection::vec(facts(), 1..4), asks in prop::collection::vec(ask(), 1..4),
    ) {
        for facts in &facts {
            for ask in &asks {
                let fresh = POLICY.decide_anew(facts, ask);
                prop_assert_eq!(&*POLICY.decide(facts, ask), &fresh);
                prop_assert_eq!(&*POLICY.decide(facts, ask), &fresh, "from memory");
            }
        }
    }
}

#[test]
fn neither_an_instant_nor_a_text_without_weight_is_part_of_the_memory() {
    let mut facts = model::pistol();
    let first = POLICY.decide(&facts, &model::ask());
    facts.age_days = Some(32);
    facts.marking.statements = vec!["© us".into()];
    facts.marking.retention_until = "2027-01-01T00:00:00Z".parse().ok();
    let later = Ask { now_us: NOW + 1, ..model::ask() };
    assert!(std::sync::Arc::ptr_eq(&first, &POLICY.decide(&facts, &later)));
    let over = Ask { now_us: i64::MAX, ..model::ask() };
    assert!(!POLICY.decide(&facts, &over).permits());
}
