//! What may not be named: by whom a text is silenced, inside a plan and beyond it.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use enlace_policy::Clause;
use enlace_stix::Object;

use crate::closure::{Alive, Work};
use crate::exit::Exit;
use crate::guards::{self, Found, Guards};
use crate::tearline::{Folded, namings};

/// A word of a name that more held objects than this share names none of them.
const SHARED: usize = 8;

/// Names and identifiers of everything that a node holds, ready to be looked for in a text.
///
/// Add each object as it comes in, and take out the version that a new one replaces. A look-up
/// takes time by the length of the text, not by the number of names.
///
/// ```
/// use enlace_release::Silence;
/// use enlace_stix::Object;
/// let mut silence = Silence::default();
/// silence.add(&Object::parse(r#"{"type":"identity","identity_class":"individual",
///     "id":"identity--f431f809-377b-45e0-aa1c-6a4751cae5ff","name":"Rosa Namérez"}"#)?);
/// assert!(silence.is_named("ROSA NAMEREZ was seen", &|_| false));
/// assert!(!silence.is_named("ROSA NAMEREZ was seen", &|_| true));
/// # Ok::<(), enlace_stix::ParseError>(())
/// ```
#[derive(Debug, Default)]
pub struct Silence {
    guards: Guards<Vec<u32>>,
    numbers: HashMap<Arc<str>, u32>,
    ids: Vec<Arc<str>>,
}

/// What this partner may not hear of beside what is withheld.
#[derive(Clone, Copy)]
pub struct Unspeakable<'a> {
    /// Everything held that counts.
    pub silences: &'a [&'a Silence],
    /// Whether the partner knows of the object with this id, names and all: then it may be named.
    pub knows: &'a dyn Fn(&str) -> bool,
}

/// Texts that one reader gets, as one: one after the other and again, for a name may begin in one and
/// end in the next.
pub fn in_one<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut all = String::new();
    for text in texts {
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(text.as_ref());
    }
    format!("{all} {all}")
}

impl Silence {
    /// Takes up the names and identifiers of an object.
    pub fn add(&mut self, object: &Object) {
        let id = object.id().as_str();
        let number = match self.numbers.get(id) {
            Some(number) => *number,
            None => {
                let Ok(number) = u32::try_from(self.ids.len()) else { return };
                let id: Arc<str> = id.into();
                self.ids.push(Arc::clone(&id));
                self.numbers.insert(id, number);
                number
            }
        };
        for guard in guards_of(object) {
            let holders = self.guards.add(&guard);
            if let Err(at) = holders.binary_search(&number) {
                holders.insert(at, number);
            }
        }
    }

    /// Forgets the names and identifiers of an object, as [`Silence::add`] took them up.
    pub fn remove(&mut self, object: &Object) {
        let Some(number) = self.numbers.get(object.id().as_str()) else { return };
        for guard in guards_of(object) {
            let key = guards::key(&guard);
            let Some(holders) = self.guards.get_mut(key) else { continue };
            if let Ok(at) = holders.binary_search(number) {
                holders.remove(at);
            }
            if holders.is_empty() {
                self.guards.remove(key);
            }
        }
    }

    /// Whether `text` names an object of which `knows` says no.
    pub fn is_named(&self, text: &str, knows: &dyn Fn(&str) -> bool) -> bool {
        !self.hits(&Folded::of(&[text]), knows).is_empty()
    }

    /// Ids of the objects that `text` names.
    pub fn named(&self, text: &str) -> BTreeSet<&str> {
        self.named_unless(text, |_| false)
    }

    /// Ids of the objects that `text` names by a name or identifier that nothing in `known` bears.
    pub fn named_beyond(&self, text: &str, known: &Self) -> BTreeSet<&str> {
        self.named_unless(text, |key| known.guards.holds(key))
    }

    fn named_unless(&self, text: &str, known: impl Fn(u64) -> bool) -> BTreeSet<&str> {
        let mut named = BTreeSet::new();
        self.guards.find(&Folded::of(&[text]), &mut |key, what, holders| {
            if (what == Found::Word && holders.len() > SHARED) || known(key) {
                return;
            }
            named.extend(holders.iter().filter_map(|n| self.ids.get(*n as usize)).map(|id| &**id));
        });
        named
    }

    /// Keys of the guards in `text` that objects bear of which `knows` says no.
    pub(crate) fn hits(&self, text: &Folded, knows: &dyn Fn(&str) -> bool) -> BTreeSet<u64> {
        let mut hits = BTreeSet::new();
        self.guards.find(text, &mut |key, what, holders| {
            if what == Found::Word && holders.len() > SHARED || hits.contains(&key) {
                return;
            }
            let mut holders = holders.iter().filter_map(|n| self.ids.get(*n as usize));
            if holders.any(|id| !knows(id)) {
                hits.insert(key);
            }
        });
        hits
    }
}

fn guards_of(object: &Object) -> BTreeSet<crate::tearline::Guard> {
    let mut found = BTreeSet::new();
    namings(object, &mut |naming| naming.guards(&mut found));
    found
}

/// Who may not be named, while a plan is settled.
#[derive(Default)]
pub(crate) struct Hearing {
    told: HashMap<u64, Told>,
    /// For each object: its guards that a text contains, and whether they stay while it leaves.
    owned: Vec<Vec<(u64, bool)>>,
    /// Titles of these objects may be told by their own tear-lines.
    own_title: Vec<bool>,
    ids: Vec<String>,
    silenced: VecDeque<Silenced>,
}

/// One guard that some text contains.
#[derive(Default)]
struct Told {
    /// Objects whose tear-line contains it.
    texts: Vec<usize>,
    heard: Heard,
    /// Objects that tell it as they leave.
    shown: usize,
    /// Whether something outside the set bears it that the partner does not know.
    outside: bool,
}

/// Whose it is.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum Heard {
    /// Of nothing that stays.
    #[default]
    Nobodys,
    /// Of this object, whose own tear-line may tell it.
    Of(usize),
    /// Of something that stays.
    Silenced,
}

/// A tear-line that may not leave, and why.
pub(crate) struct Silenced {
    pub(crate) work: usize,
    pub(crate) clause: Clause,
}

impl Hearing {
    /// Hears the tear-lines of all objects against the names of all.
    pub(crate) fn of(all: &[Work<'_>], exit: &Exit<'_>) -> Self {
        let texts: Vec<(usize, Folded)> = all
            .iter()
            .enumerate()
            .filter_map(|(i, work)| Some((i, work.alive()?.draft.tear_texts())))
            .filter(|(_, texts)| !texts.is_empty())
            .map(|(i, texts)| (i, Folded::of(&texts)))
            .collect();
        if texts.is_empty() {
            return Self::default();
        }
        let mut hearing = Self {
            own_title: all
                .iter()
                .map(|work| work.alive().is_some_and(|alive| alive.of.kind.is_free_text("name")))
                .collect(),
            ids: all.iter().map(|work| work.original.id().to_string()).collect(),
            ..Self::default()
        };
        let mut guards = Guards::<()>::default();
        let owned: Vec<HashMap<u64, bool>> =
            all.iter().map(|work| owned_by(work, &mut guards)).collect();
        for (i, text) in &texts {
            guards.find(text, &mut |key, _, ()| {
                let told = hearing.told.entry(key).or_default();
                if told.texts.last() != Some(i) {
                    told.texts.push(*i);
                }
            });
        }
        for owned in owned {
            let mut met: Vec<(u64, bool)> =
                owned.into_iter().filter(|(key, _)| hearing.told.contains_key(key)).collect();
            met.sort_unstable();
            for (key, _) in met.iter().filter(|(_, hidden)| !hidden) {
                if let Some(told) = hearing.told.get_mut(key) {
                    told.shown += 1;
                }
            }
            hearing.owned.push(met);
        }
        for i in 0..all.len() {
            hearing.tell(i, |hidden| hidden);
        }
        hearing.outside(&texts, exit);
        hearing
    }

    /// What things outside the set are called.
    fn outside(&mut self, texts: &[(usize, Folded)], exit: &Exit<'_>) {
        let Some(unspeakable) = exit.context.unspeakable else { return };
        let inside: HashSet<&str> = self.ids.iter().map(String::as_str).collect();
        let knows = |id: &str| inside.contains(id) || (unspeakable.knows)(id);
        let all = |text| unspeakable.silences.iter().flat_map(|s| s.hits(text, &knows)).collect();
        let hits: Vec<(usize, BTreeSet<u64>)> =
            texts.iter().map(|(i, text)| (*i, all(text))).collect();
        for (i, keys) in hits {
            for key in keys {
                let told = self.told.entry(key).or_default();
                if told.texts.last().is_none_or(|last| *last < i) {
                    told.texts.push(i);
                }
                told.outside = true;
                if told.shown == 0 {
                    self.silenced.push_back(Silenced { work: i, clause: unknown() });
                }
            }
        }
    }

    /// An object stays: none of its names may be told.
    pub(crate) fn fell(&mut self, i: usize) {
        if let Some(own) = self.own_title.get_mut(i) {
            *own = false;
        }
        self.tell(i, |hidden| !hidden);
        for (key, _) in self.owned.get(i).into_iter().flatten().filter(|(_, hidden)| !hidden) {
            let Some(told) = self.told.get_mut(key) else { continue };
            told.shown = told.shown.saturating_sub(1);
            if told.outside && told.shown == 0 {
                let silenced = told.texts.iter().map(|at| (*at, unknown()));
                self.silenced.extend(silenced.map(|(work, clause)| Silenced { work, clause }));
            }
        }
    }

    /// The guards of one object, of which `which` says yes, are those of something that stays.
    fn tell(&mut self, owner: usize, which: impl Fn(bool) -> bool) {
        let Some(id) = self.ids.get(owner) else { return };
        let own_title = self.own_title.get(owner).copied().unwrap_or_default();
        for (key, _) in self.owned.get(owner).into_iter().flatten().filter(|(_, h)| which(*h)) {
            let Some(told) = self.told.get_mut(key) else { continue };
            let now = match (told.heard, own_title) {
                (Heard::Nobodys, true) => Heard::Of(owner),
                (Heard::Of(other), true) if other == owner => Heard::Of(owner),
                _ => Heard::Silenced,
            };
            let silent = |work: usize| match (told.heard, now) {
                (Heard::Silenced, _) => false,
                (Heard::Nobodys, Heard::Of(spared)) => work != spared,
                (Heard::Nobodys, _) => true,
                (Heard::Of(spared), Heard::Silenced) => work == spared,
                (Heard::Of(_), _) => false,
            };
            for work in told.texts.iter().copied().filter(|work| silent(*work)) {
                let clause = Clause::product("default.tear-line", "tear-line-names-withheld");
                let clause = clause.with("object", id.as_str());
                self.silenced.push_back(Silenced { work, clause });
            }
            told.heard = now;
        }
    }

    /// The next object that loses its tear-line.
    pub(crate) fn next(&mut self, all: &[Work<'_>]) -> Option<Silenced> {
        loop {
            let next = self.silenced.pop_front()?;
            let alive = all.get(next.work).and_then(Work::alive);
            if alive.is_some_and(|alive| !alive.draft.tear_texts().is_empty()) {
                return Some(next);
            }
        }
    }
}

fn unknown() -> Clause {
    Clause::product("default.tear-line", "tear-line-names-unknown")
}

/// Keys of the guards of an object, and whether each stays although the object leaves.
pub(crate) fn owned_by(work: &Work<'_>, guards: &mut Guards<()>) -> HashMap<u64, bool> {
    let mut owned = HashMap::new();
    let mut names = Vec::new();
    namings(work.original, &mut |naming| names.push(naming));
    if names.is_empty() {
        return owned;
    }
    let released = work.alive().map(Alive::released_texts);
    for naming in names {
        let hidden = released.as_ref().is_none_or(|texts| !texts.contains(naming.text()));
        let mut found = BTreeSet::new();
        naming.guards(&mut found);
        for guard in found {
            guards.add(&guard);
            *owned.entry(guards::key(&guard)).or_insert(false) |= hidden;
        }
    }
    owned
}
