//! Consent: what an originator allows with what it released, beside the agreement under which it
//! came (docs/design/consent.md).
//!
//! A pure function of the consents held. Doubt closes: a grant that cannot be read whole covers
//! nothing, a stop that cannot be read whole covers everything.

use enlace_stix::marking::{Effective, Handling, Onward};
use enlace_stix::{Object, Timestamp};

/// Class of recipients: the parties of the agreement under which an object came.
pub const PARTIES: &str = "parties-of-agreement";

/// What is consented to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsentKind {
    /// Passing on.
    Onward,
    /// Use as evidence.
    Evidence,
    /// Another purpose than that of the release.
    OtherPurpose,
}

impl ConsentKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Onward, Self::Evidence, Self::OtherPurpose];

    /// Name in objects, on the command line and in locales.
    pub fn name(self) -> &'static str {
        match self {
            Self::Onward => "onward",
            Self::Evidence => "evidence",
            Self::OtherPurpose => "other-purpose",
        }
    }

    /// Reads [`ConsentKind::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What the originator decided, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConsentDecision {
    /// Allowed.
    Granted,
    /// Not allowed.
    Refused,
    /// No longer allowed.
    Withdrawn,
}

impl ConsentDecision {
    /// Name in objects and locales.
    pub fn name(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Reads [`ConsentDecision::name`].
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Granted, Self::Refused, Self::Withdrawn].into_iter().find(|d| d.name() == name)
    }
}

/// A `consent` object as its originator signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Id of the object.
    pub id: String,
    /// What it is about.
    pub kind: ConsentKind,
    /// What was decided.
    pub decision: ConsentDecision,
    /// When it was made (`modified`), microseconds since the epoch.
    pub made_us: i64,
    /// Ids under which the objects were released.
    pub covered: Vec<String>,
    /// A class of objects in place of, or beside, single ones.
    pub class: Option<CoveredClass>,
    /// Recipients: ids of identities and key ids of units.
    pub recipients: Vec<String>,
    /// A class of recipients.
    pub recipient_class: Option<String>,
    /// Purposes.
    pub purposes: Vec<String>,
    /// Proceedings in which it may be evidence; `None` = any.
    pub proceedings: Option<String>,
    /// First instant at which it holds.
    pub from_us: Option<i64>,
    /// First instant at which it no longer holds; a grant without it is none.
    pub until_us: Option<i64>,
    /// Whether a copy with less in it may be passed on.
    pub redaction: bool,
    /// How the originator is named in such a copy.
    pub named_as: Option<String>,
    /// Whether it is bound to conditions in words.
    pub conditional: bool,
    /// Whether a time in it could not be read, or it was revoked.
    pub broken: bool,
    /// Consent that it changes or withdraws.
    pub replaces: Option<String>,
}

/// A class of objects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CoveredClass {
    /// Types; empty = not by type.
    pub types: Vec<String>,
    /// Released at or after.
    pub from_us: Option<i64>,
    /// Released before.
    pub until_us: Option<i64>,
    /// Whether it is bounded by what no program can tell: a case number, words alone.
    pub in_words: bool,
}

impl Consent {
    /// Reads a `consent` object; `None` = it is none, or its kind or decision is unknown.
    pub fn of(object: &Object) -> Option<Self> {
        if object.kind() != "consent" {
            return None;
        }
        let texts = |name: &str| object.texts(name).map(str::to_owned).collect::<Vec<_>>();
        let text = |name: &str| object.text(name).map(str::to_owned);
        let time = |name: &str| object.time(name).map(|t| t.micros());
        let unread = |name: &str| object.get(name).is_some() && time(name).is_none();
        let class = object.get("covered_class").map(class_of);
        Some(Self {
            id: object.id().to_string(),
            kind: ConsentKind::from_name(object.text("consent_kind")?)?,
            decision: ConsentDecision::from_name(object.text("decision")?)?,
            made_us: time("modified")?,
            covered: object.texts("covered_refs").map(str::to_lowercase).collect(),
            class,
            recipients: [texts("recipient_refs"), texts("recipient_key_ids")].concat(),
            recipient_class: text("recipient_class"),
            purposes: texts("purposes"),
            proceedings: text("proceedings"),
            from_us: time("valid_from"),
            until_us: time("valid_until"),
            redaction: object.get("redaction_allowed") == Some(&true.into()),
            named_as: text("originator_named_as").filter(|name| !name.trim().is_empty()),
            conditional: object.get("conditions").is_some(),
            broken: unread("valid_from") || unread("valid_until") || object.revoked(),
            replaces: text("replaces_ref"),
        })
    }

    fn grants(&self) -> bool {
        self.decision == ConsentDecision::Granted
    }

    /// Whether it speaks of this object.
    fn covers(&self, object: &Covered<'_>) -> bool {
        self.covered.iter().any(|id| *id == object.id)
            || self.class.as_ref().is_some_and(|class| class.covers(object, self.grants()))
    }

    /// Whether it speaks of this recipient. Who uses a thing itself is no recipient.
    fn reaches(&self, asked: &Asked<'_>) -> bool {
        if self.kind != ConsentKind::Onward {
            return true;
        }
        let named = self.recipients.iter().any(|r| asked.names.contains(r));
        let class = self.recipient_class.as_ref();
        let of_class = class.is_some_and(|class| class != "none" && asked.classes.contains(class));
        // A stop that names nobody stops for everybody.
        let nobody = self.recipients.is_empty() && class.is_none();
        named || of_class || (nobody && !self.grants())
    }

    fn serves(&self, asked: &Asked<'_>) -> bool {
        let purpose = match self.kind {
            // Evidence is given in proceedings, whatever the purpose of the inquiry was.
            ConsentKind::Evidence => true,
            _ => self.purposes.iter().any(|p| p == asked.purpose),
        };
        let proceedings = match (self.kind, &self.proceedings) {
            (ConsentKind::Evidence, Some(these)) => asked.proceedings == Some(these),
            _ => true,
        };
        purpose && proceedings
    }

    fn says(&self, kind: ConsentKind, object: &Covered<'_>, asked: &Asked<'_>) -> bool {
        self.kind == kind && self.covers(object) && self.reaches(asked) && self.serves(asked)
    }

    /// Why a grant that speaks of it does not hold now.
    fn fault(&self, now_us: i64) -> Option<NoConsent> {
        let Some(until_us) = self.until_us else { return Some(NoConsent::WithoutEnd) };
        if self.broken {
            return Some(NoConsent::Unreadable);
        }
        if now_us >= until_us {
            return Some(NoConsent::Expired);
        }
        if self.from_us.is_some_and(|from| now_us < from) {
            return Some(NoConsent::NotYet);
        }
        self.conditional.then_some(NoConsent::Conditions)
    }
}

impl CoveredClass {
    fn covers(&self, object: &Covered<'_>, grants: bool) -> bool {
        if self.in_words || self.types.is_empty() {
            return !grants;
        }
        let typed = self.types.iter().any(|kind| kind == object.kind);
        let since = self.from_us.is_none_or(|from| object.released_us >= from);
        let before = self.until_us.is_none_or(|until| object.released_us < until);
        typed && since && before
    }
}

fn class_of(value: &serde_json::Value) -> CoveredClass {
    let Some(members) = value.as_object() else {
        return CoveredClass { in_words: true, ..CoveredClass::default() };
    };
    let list = members.get("object_types").and_then(serde_json::Value::as_array);
    let types: Vec<String> =
        list.into_iter().flatten().filter_map(|t| t.as_str().map(str::to_owned)).collect();
    let time = |name: &str| {
        let text = members.get(name).and_then(serde_json::Value::as_str)?;
        text.parse::<Timestamp>().ok().map(|t| t.micros())
    };
    let unread = |name: &str| members.contains_key(name) && time(name).is_none();
    // Words beside types may say less than the types do.
    let known = ["object_types", "released_from", "released_until"];
    let more = members.keys().any(|name| !known.contains(&name.as_str()));
    let (from_us, until_us) = (time("released_from"), time("released_until"));
    let in_words = more || unread("released_from") || unread("released_until");
    CoveredClass { types, from_us, until_us, in_words }
}

/// An object that another originated, as it was released to us.
#[derive(Debug, Clone, Copy)]
pub struct Covered<'a> {
    /// Id under which it was released.
    pub id: &'a str,
    /// STIX type.
    pub kind: &'a str,
    /// When it was released first, microseconds since the epoch.
    pub released_us: i64,
    /// The join of all its markings.
    pub marking: &'a Effective,
}

/// A use that somebody proposes.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The recipient: key id, id of its identity, country; empty where nothing is passed on.
    pub names: &'a [String],
    /// Classes of recipients that it belongs to.
    pub classes: &'a [String],
    /// Purpose.
    pub purpose: &'a str,
    /// Proceedings, for evidence.
    pub proceedings: Option<&'a String>,
    /// Now, microseconds since the epoch.
    pub now_us: i64,
}

/// Why something is not consented to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoConsent {
    /// Nobody said anything that covers it.
    Unasked,
    /// The originator refused.
    Refused,
    /// The originator withdrew its consent.
    Withdrawn,
    /// The consent is over.
    Expired,
    /// The consent begins later.
    NotYet,
    /// The consent states no end, so it is none.
    WithoutEnd,
    /// The consent is bound to conditions in words.
    Conditions,
    /// The consent cannot be read whole.
    Unreadable,
    /// The agreement under which it came excludes it.
    Never,
    /// Nobody can say whose it is, or its originator is not the one who released it.
    Unattributed,
}

impl NoConsent {
    /// Stable code; its sentence stands in `locales/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unasked => "unasked",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::NotYet => "not-yet",
            Self::WithoutEnd => "without-end",
            Self::Conditions => "conditions",
            Self::Unreadable => "unreadable",
            Self::Never => "never",
            Self::Unattributed => "unattributed",
        }
    }

    /// Whether the originator decided against it: then what was passed on comes back.
    pub fn is_stop(self) -> bool {
        matches!(self, Self::Refused | Self::Withdrawn)
    }
}

/// What one originator lets be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Consented {
    /// Nothing.
    No(NoConsent),
    /// Passing on whole, or the use that was asked about.
    Whole {
        /// The consent; `None` = consented in advance, by the agreement.
        by: Option<String>,
    },
    /// Passing on with less in it.
    Redacted {
        /// The consent.
        by: String,
        /// How the originator is to be named; `None` = by its name.
        named_as: Option<String>,
    },
}

impl Consented {
    /// Whether it is allowed in any form.
    pub fn allows(&self) -> bool {
        !matches!(self, Self::No(_))
    }
}

/// What the consents of one originator say: its latest decision that speaks of the object, the
/// recipient and the purpose. Depends on no order of `held`.
pub fn decided(
    held: &[Consent],
    kind: ConsentKind,
    object: &Covered<'_>,
    asked: &Asked<'_>,
) -> Consented {
    let speaks = |c: &&Consent| {
        // A paper that ends another ends it for all that the other covered.
        let ended = held.iter().find(|of| Some(&of.id) == c.replaces.as_ref());
        let ends = !c.grants() && ended.is_some_and(|of| of.says(kind, object, asked));
        c.says(kind, object, asked) || ends
    };
    // Of two at one instant the stricter counts.
    let rank =
        |c: &&Consent| (c.made_us, c.decision, c.fault(asked.now_us).is_some(), c.id.clone());
    let Some(latest) = held.iter().filter(speaks).max_by_key(rank) else {
        return Consented::No(NoConsent::Unasked);
    };
    match (latest.decision, latest.fault(asked.now_us)) {
        (ConsentDecision::Refused, _) => Consented::No(NoConsent::Refused),
        (ConsentDecision::Withdrawn, _) => Consented::No(NoConsent::Withdrawn),
        (ConsentDecision::Granted, Some(fault)) => Consented::No(fault),
        (ConsentDecision::Granted, None) if held.iter().any(|c| supersedes(c, latest)) => {
            Consented::No(NoConsent::Withdrawn)
        }
        (ConsentDecision::Granted, None) => match latest.redaction && kind == ConsentKind::Onward {
            true => {
                Consented::Redacted { by: latest.id.clone(), named_as: latest.named_as.clone() }
            }
            false => Consented::Whole { by: Some(latest.id.clone()) },
        },
    }
}

/// Whether a paper changes or ends that one.
fn supersedes(paper: &Consent, that: &Consent) -> bool {
    paper.id != that.id && paper.replaces.as_ref() == Some(&that.id)
}

/// Whether an object may be passed on: by a consent, or in advance by the agreement under which it
/// came, as its marking says it. H2 asks for a consent of its own; a rule that excludes passing on
/// is changed by amending the agreement, not by a consent.
pub fn onward(held: &[Consent], object: &Covered<'_>, asked: &Asked<'_>) -> Consented {
    if object.marking.onward == Some(Onward::Never) {
        return Consented::No(NoConsent::Never);
    }
    match decided(held, ConsentKind::Onward, object, asked) {
        Consented::No(why) if !why.is_stop() && in_advance(held, object, asked) => {
            Consented::Whole { by: None }
        }
        said => said,
    }
}

fn in_advance(held: &[Consent], object: &Covered<'_>, asked: &Asked<'_>) -> bool {
    let listed = object.marking.onward_recipients.iter().flatten();
    let named = |who: &String| asked.names.contains(who) || asked.classes.contains(who);
    !object.marking.handling.contains(&Handling::H2)
        && listed.into_iter().any(named)
        && other_purpose(held, object, asked).allows()
}

/// Whether an object may be used for a purpose: one of the release it came with, or one that its
/// originator consents to.
pub fn other_purpose(held: &[Consent], object: &Covered<'_>, asked: &Asked<'_>) -> Consented {
    let released_for = object.marking.purposes.as_ref();
    match released_for.is_some_and(|all| all.iter().any(|p| p == asked.purpose)) {
        true => Consented::Whole { by: None },
        false => decided(held, ConsentKind::OtherPurpose, object, asked),
    }
}

/// Whether an object may be evidence: unless it bears H1, or its originator consents.
pub fn evidence(held: &[Consent], object: &Covered<'_>, asked: &Asked<'_>) -> Consented {
    let unread = !object.marking.unread.is_empty();
    match object.marking.handling.contains(&Handling::H1) || unread {
        false => Consented::Whole { by: None },
        true => decided(held, ConsentKind::Evidence, object, asked),
    }
}
