//! A release, prepared: what is the same for every object of it is made once.

use std::cell::{OnceCell, RefCell};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use enlace_policy::{Ask, Clause, Mask, Policy, kinds};
use enlace_stix::marking::Effective;
use enlace_stix::{Id, Timestamp};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::build::valid;
use crate::closure::Works;
use crate::lines::{self, Lines};
use crate::narrow::Narrowing;
use crate::plan::{Candidate, Context, Imprint, Plan, Withheld};
use crate::seal::{Released, To};
use crate::twin::{self, Stamp, Times};

/// A type, with what the agreement says of its properties.
type Prepared<'a> = (Rc<Type>, Rc<Rulings<'a>>);

/// The way out to one partner under one agreement, for one purpose at one time.
///
/// It remembers what it worked out (rulings on properties, markings of twins), never what it
/// decided about an object: the answer of [`Exit::plan`] does not depend on what was asked before.
/// It costs a few microseconds to make; keep one for many objects, or one for each release.
pub struct Exit<'a> {
    pub(crate) context: Context<'a>,
    pub(crate) ask: Ask,
    pub(crate) to: To,
    /// Whether this is a danger-to-life release: everything leaves as a twin, also what another
    /// originated, for none of it leaves whole (`danger.rs`).
    pub(crate) danger: bool,
    /// What is planned is what was published, not originals (`narrow.rs`).
    pub(crate) narrowing: Option<Narrowing<'a>>,
    /// Slot time in the form of `created` and `modified`.
    pub(crate) now: Timestamp,
    twins: Option<Hmac<Sha256>>,
    types: RefCell<HashMap<&'static str, Prepared<'a>>>,
    stamps: RefCell<HashMap<StampKey, Stamped>>,
    identity: OnceCell<Result<Released, Vec<Clause>>>,
    had: OnceCell<HashMap<&'a Id, Had<'a>>>,
}

/// What the marking of a twin depends on: the joined marking, the day of the first release, how
/// the originator is named.
type StampKey = (Effective, i64, Option<Rc<str>>);
type Stamped = Rc<Result<Stamp, Vec<Clause>>>;

/// A type of object.
pub(crate) struct Type {
    pub(crate) kind: &'static kinds::Kind,
    /// Definition id and extension type, for a type that is not of the standard.
    pub(crate) definition: Option<(String, &'static str)>,
    /// The clause by which objects of this type keep their id.
    pub(crate) keeps_id: Option<String>,
}

impl Type {
    /// Whether a property of this name would be named as an extension is.
    pub(crate) fn is_extension(&self, name: &str) -> bool {
        kinds::extension_key(name).is_some()
            && !self.kind.fields().iter().any(|field| field.path == name)
    }
}

/// What the agreement says of the properties of one type, as far as it was asked.
pub(crate) struct Rulings<'a> {
    kind: &'static kinds::Kind,
    policy: &'a Policy,
    known: RefCell<HashMap<Rc<str>, Rc<Ruling<'a>>>>,
}

/// What happens to the property at one path.
pub(crate) struct Ruling<'a> {
    pub(crate) path: Rc<str>,
    pub(crate) mask: &'a Mask,
    pub(crate) clause: &'a Clause,
    pub(crate) free_text: bool,
    /// What the record that stands there cannot be without.
    pub(crate) needs: Option<kinds::Needs>,
}

/// What the partner has under one id, whichever of our objects it was made of.
pub(crate) struct Had<'a> {
    /// The first release.
    pub(crate) first: &'a Timestamp,
    /// The last published version, and its hash.
    pub(crate) modified: &'a Timestamp,
    content_hash: &'a str,
    /// The flattened copy in it; `None` also where our objects differ in what it is.
    pub(crate) copy: Option<&'a Imprint>,
    /// Whether it was recalled, of whatever it was made: that is final.
    pub(crate) recalled: bool,
}

impl<'a> Exit<'a> {
    /// Prepares the way out.
    pub fn new(context: &Context<'a>) -> Self {
        let ask = Ask {
            partner: context.partner.to_owned(),
            purpose: context.purpose.to_owned(),
            now_us: context.now_us,
            active: context.active,
            vetted: context.vetted,
            offence: context.offence.map(str::to_owned),
            reasoned: context.reasoned,
        };
        // INVARIANT: HMAC takes keys of any length.
        let twins = Hmac::<Sha256>::new_from_slice(context.twin_key).ok().map(|mut mac| {
            mac.update(twin::TWIN);
            mac
        });
        Self {
            context: *context,
            ask,
            to: To::new(context.policy.agreement().id.as_str(), context.partner),
            danger: context.policy.is_danger(),
            narrowing: None,
            now: Timestamp::from_micros(context.now_us).to_millis(),
            twins,
            types: RefCell::default(),
            stamps: RefCell::default(),
            identity: OnceCell::new(),
            had: OnceCell::new(),
        }
    }

    /// Plans the release of `set`. Depends on nothing but `set` and the context, not on the order
    /// of `set`; of several versions of one object the newest counts.
    ///
    /// The dry run ([`Lines::Told`]) and the release ([`Lines::Untold`]) are the same call: lines
    /// are written from what was decided, and change nothing of it.
    pub fn plan(&self, set: &[Candidate], lines: Lines) -> Plan {
        let set: Vec<&Candidate> = set.iter().collect();
        lines::plan(&Works::settled(&set, self), lines)
    }

    /// One object: its twin, whether or not the partner has it already, or why it stays.
    ///
    /// References lead to what the partner already has; to send the twin, its marking and the
    /// identity of this node must go along, as [`Exit::plan`] lists them.
    pub fn release(&self, candidate: &Candidate) -> Result<Released, Withheld> {
        let mut works = Works::settled(&[candidate], self);
        if let Err(clauses) = self.identity() {
            return Err(Withheld::by(clauses));
        }
        works.take_only().map_err(|clauses| Withheld::by(&clauses))
    }

    /// Whether the partner has exactly this.
    pub fn already_has(&self, made: &Released) -> bool {
        let had = self.had(made.id());
        had.is_some_and(|had| !had.recalled && had.content_hash == made.content_hash())
    }

    /// What the partner has under this id. One value under two ids of ours is one twin: the
    /// second sends nothing anew, and renews no retention.
    pub(crate) fn had(&self, twin: &Id) -> Option<&Had<'a>> {
        let index = self.had.get_or_init(|| {
            let mut index: HashMap<&'a Id, Had<'a>> = HashMap::new();
            for previous in self.context.previous.values() {
                let (modified, content_hash) = (&previous.modified, &*previous.content_hash);
                let (first, recalled) = (&previous.created, previous.recalled);
                let copy = previous.copy.as_ref();
                let this = Had { first, modified, content_hash, copy, recalled };
                let Some(had) = index.get_mut(&previous.twin) else {
                    index.insert(&previous.twin, this);
                    continue;
                };
                had.recalled |= recalled;
                had.first = had.first.min(first);
                match modified.cmp(had.modified) {
                    Ordering::Greater => had.copy = copy,
                    Ordering::Equal if had.copy != copy => had.copy = None,
                    _ => {}
                }
                if (modified, content_hash) > (had.modified, had.content_hash) {
                    (had.modified, had.content_hash) = (modified, content_hash);
                }
            }
            index
        });
        index.get(twin)
    }

    pub(crate) fn policy(&self) -> &'a Policy {
        self.context.policy
    }

    /// The type of this name with the rulings on its properties; `None` if it never leaves.
    pub(crate) fn type_of(&self, name: &str) -> Option<(Rc<Type>, Rc<Rulings<'a>>)> {
        if let Some(known) = self.types.borrow().get(name) {
            return Some(known.clone());
        }
        let (kind, policy) = (kinds::kind(name)?, self.policy());
        let keeps = policy.terms().ids.as_ref();
        let keeps = keeps.filter(|term| term.original.iter().any(|kept| kept == name));
        let keeps_id = keeps.map(|term| term.clause.clone());
        let of = Rc::new(Type { kind, definition: kinds::own_definition(name), keeps_id });
        let made = (of, Rc::new(Rulings { kind, policy, known: RefCell::default() }));
        self.types.borrow_mut().insert(kind.name, made.clone());
        Some(made)
    }

    /// The twin id of an original: stable for the holder of the key, unlinkable without it.
    pub(crate) fn twin_id(&self, original: &Id) -> Id {
        let mac = self.twins.clone().map(|mut mac| {
            mac.update(original.as_str().as_bytes());
            mac
        });
        Id::new(original.kind(), twin::shaped(mac))
    }

    /// The marking of twins with this joined marking and these times.
    pub(crate) fn stamp(
        &self,
        effective: &Effective,
        times: &Times,
        named_as: Option<&Rc<str>>,
    ) -> Stamped {
        let key = (effective.clone(), times.first_day(), named_as.map(Rc::clone));
        if let Some(known) = self.stamps.borrow().get(&key) {
            return Rc::clone(known);
        }
        let made = Rc::new(twin::stamp(self, effective, times, named_as.map(|n| &**n)));
        self.stamps.borrow_mut().insert(key, Rc::clone(&made));
        made
    }

    /// The identity of this node as it leaves.
    pub(crate) fn identity(&self) -> &Result<Released, Vec<Clause>> {
        self.identity.get_or_init(|| {
            let object = valid(twin::own_identity(self.context.own_identity))?;
            Ok(Released::wrap(&object, object.id().as_str(), &self.to, i64::MAX))
        })
    }

    /// The id of the marking whose content is `seed`.
    pub(crate) fn marking_id(&self, seed: &str) -> Id {
        let mac = Hmac::<Sha256>::new_from_slice(self.context.twin_key).ok().map(|mut mac| {
            mac.update(twin::MARKING);
            mac.update(seed.as_bytes());
            mac
        });
        Id::new("marking-definition", twin::shaped(mac))
    }
}

impl<'a> Rulings<'a> {
    /// The ruling on the property at `path`, as clauses name it.
    pub(crate) fn at(&self, path: &str) -> Rc<Ruling<'a>> {
        if let Some(known) = self.known.borrow().get(path) {
            return Rc::clone(known);
        }
        let (mask, clause) = self.policy.mask(self.kind.name, path);
        let path: Rc<str> = path.into();
        let (free_text, needs) = (self.kind.is_free_text(&path), self.kind.needs(&path));
        let made = Rc::new(Ruling { path: Rc::clone(&path), mask, clause, free_text, needs });
        self.known.borrow_mut().insert(path, Rc::clone(&made));
        made
    }
}
