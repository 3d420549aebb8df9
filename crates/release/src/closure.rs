//! References are closed over what policy left, never before.
//!
//! An object whose required reference stays, stays too; that can take others with it, and the
//! name of each object that stays may not be told by a tear-line. The largest set for which all
//! of this holds is found by taking objects out until nothing more has to go. What an object
//! needs is counted, so each reference is looked at once, however long the chains are; twins are
//! built when the counting is over.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use enlace_policy::Clause;
use enlace_stix::{Id, Object};
use serde_json::Value;

use crate::build::{Fault, Made, build, complete, leaves};
use crate::document::{Copies, Tells};
use crate::draft::{Draft, Field, What};
use crate::exit::{Exit, Type};
use crate::judge::{Form, judge};
use crate::plan::{Candidate, Flattened};
use crate::seal::Released;
use crate::silence::Hearing;
use crate::twin::Times;

/// One object on its way out.
pub(crate) struct Work<'x> {
    pub(crate) original: &'x Object,
    pub(crate) state: State<'x>,
    /// For each required property, and for the group of which one is required: in how many ways it
    /// is there. An object of which one comes to nothing stays.
    needs: Vec<usize>,
    /// Those of `needs` that a tear-line supports.
    by_tear: Vec<usize>,
}

/// Where it stands.
pub(crate) enum State<'x> {
    /// May leave as far as is known.
    Alive(Box<Alive<'x>>),
    /// Stays because something it needs is not there; why is said when all is settled.
    Fallen(Box<Alive<'x>>),
    /// Stays.
    Dead(Vec<Clause>),
}

/// What there is of an object that may leave.
pub(crate) struct Alive<'x> {
    pub(crate) of: Rc<Type>,
    pub(crate) form: Form,
    pub(crate) draft: Draft<'x>,
    /// What it tells of a copy that another object brings.
    pub(crate) tells: Option<Tells>,
    pub(crate) twin: Id,
    pub(crate) times: Times,
    pub(crate) permitted: Vec<Clause>,
    /// How the originator of a redacted copy is named.
    pub(crate) named_as: Option<Rc<str>>,
    pub(crate) made: Option<Made>,
}

/// All objects of one plan, sorted by id.
pub(crate) struct Works<'x, 'a> {
    pub(crate) exit: &'x Exit<'a>,
    pub(crate) all: Vec<Work<'x>>,
    /// Whether the identity of this node was in the set.
    pub(crate) own: bool,
    copies: Copies<'x>,
    /// Where the object of an id is; an original that leaves as the twin of another is there.
    places: HashMap<&'x str, usize>,
    /// For each object, who refers to it, and which of the needs that supports.
    users: Vec<Vec<(usize, Option<usize>)>>,
}

/// Where a reference leads.
enum Target<'t> {
    /// To an object of the set.
    Inside(usize),
    /// To something that the partner has, under this id.
    Had(&'t str),
    /// Nowhere that the partner knows.
    Nowhere,
}

impl<'x> Work<'x> {
    pub(crate) fn new(original: &'x Object, state: State<'x>) -> Self {
        Self { original, state, needs: Vec::new(), by_tear: Vec::new() }
    }

    pub(crate) fn alive(&self) -> Option<&Alive<'x>> {
        match &self.state {
            State::Alive(alive) => Some(alive),
            _ => None,
        }
    }
}

impl<'x> Alive<'x> {
    /// What a field says of a copy that another object brings.
    pub(crate) fn tells(&self, field: &Field<'_>) -> Option<&Tells> {
        self.tells.as_ref().filter(|tells| tells.says(field))
    }

    /// Every text of the original that leaves as it is, whatever becomes of others.
    pub(crate) fn released_texts(&self) -> HashSet<&str> {
        self.draft.released_texts(|field| self.tells(field).is_some())
    }
}

/// The copies of a set, by the id of their artifact; `None` for an artifact without one.
fn copies_in<'x>(newest: &[&'x Candidate]) -> Copies<'x> {
    let artifacts = newest.iter().filter(|c| c.object.kind() == "artifact");
    artifacts.map(|c| (c.object.id(), c.flattened.as_ref().map(Flattened::imprint))).collect()
}

impl<'x, 'a: 'x> Works<'x, 'a> {
    /// Decides every object of `set` and settles what leaves; of several versions of one object
    /// the newest counts.
    pub(crate) fn settled(set: &[&'x Candidate], exit: &'x Exit<'a>) -> Self {
        let mut newest: Vec<&'x Candidate> = set.to_vec();
        newest.sort_by(|a, b| a.object.id().cmp(b.object.id()));
        newest.dedup_by(|later, held| {
            let same = later.object.id() == held.object.id();
            let rank = |c: &'x Candidate| (c.object.version(), c.own, c.object.raw());
            if same && rank(later) > rank(held) {
                *held = *later;
            }
            same
        });
        let withdrawn: HashSet<(&Id, bool)> = set
            .iter()
            .filter(|candidate| candidate.object.revoked())
            .map(|candidate| (candidate.object.id(), candidate.own))
            .collect();
        let is_withdrawn = |c: &Candidate| withdrawn.contains(&(c.object.id(), c.own));
        let own = exit.context.own_identity.id();
        let count = newest.len();
        newest.retain(|candidate| candidate.object.id() != own);
        let copies = copies_in(&newest);
        let judged = |c: &&'x Candidate| judge(c, is_withdrawn(c), &copies, exit);
        let all = newest.iter().map(judged).collect();
        let mut works = Self {
            exit,
            own: newest.len() < count,
            all,
            copies,
            places: HashMap::new(),
            users: Vec::new(),
        };
        works.share_twins();
        works.settle();
        works
    }

    /// What the partner gets of the only object.
    pub(crate) fn take_only(&mut self) -> Result<Released, Vec<Clause>> {
        match (self.all.pop(), self.exit.identity()) {
            (None, identity) if self.own => identity.clone(),
            (Some(Work { state: State::Dead(clauses), .. }), _) => Err(clauses),
            (Some(work), Ok(_)) => self.released(&work).ok_or_else(|| vec![Clause::deny()]),
            (_, Err(clauses)) => Err(clauses.clone()),
            (None, Ok(_)) => Err(vec![Clause::deny()]),
        }
    }

    /// The twin of an object that leaves, as it leaves.
    pub(crate) fn released(&self, work: &Work<'_>) -> Option<Released> {
        let alive = work.alive()?;
        let made = alive.made.as_ref()?;
        let original = work.original.id().as_str();
        let expires_us = made.stamp()?.expires_us;
        let mut released = Released::wrap(&made.object, original, &self.exit.to, expires_us);
        if alive.form == Form::Foreign && released.created.is_some() {
            // What the mapping remembers is the first release.
            released.created = Some(alive.times.first.to_string());
        }
        Some(released)
    }

    /// Two originals with one twin id (the same value under two ids) leave once.
    fn share_twins(&mut self) {
        let mut first: HashMap<Id, usize> = HashMap::with_capacity(self.all.len());
        for (i, work) in self.all.iter_mut().enumerate() {
            let mut place = i;
            if let State::Alive(alive) = &work.state {
                place = *first.entry(alive.twin.clone()).or_insert(i);
            }
            if place != i {
                let clause = Clause::product("default.same-twin", "default-same-twin");
                work.state = State::Dead(vec![clause]);
            }
            self.places.insert(work.original.id().as_str(), place);
        }
    }

    fn locate(&self, reference: &str) -> Target<'_> {
        let lower;
        let id = match reference.bytes().any(|c| c.is_ascii_uppercase()) {
            true => {
                lower = reference.to_ascii_lowercase();
                lower.as_str()
            }
            false => reference,
        };
        let own = self.exit.context.own_identity.id().as_str();
        if id == own {
            return Target::Had(own);
        }
        match self.places.get(id) {
            Some(place) => Target::Inside(*place),
            None => match self.exit.context.previous.get(id) {
                Some(previous) => match self.exit.had(&previous.twin) {
                    Some(had) if !had.recalled => Target::Had(previous.twin.as_str()),
                    _ => Target::Nowhere,
                },
                None => Target::Nowhere,
            },
        }
    }

    /// What a reference to an original becomes; `None` where the partner does not receive it.
    pub(crate) fn target(&self, reference: &str) -> Option<&str> {
        match self.locate(reference) {
            Target::Had(id) => Some(id),
            Target::Inside(place) => Some(self.all.get(place)?.alive()?.twin.as_str()),
            Target::Nowhere => None,
        }
    }

    /// Whether the partner gets, or has, the copy of which an object tells.
    pub(crate) fn has_copy(&self, tells: &Tells) -> bool {
        match self.locate(&tells.content) {
            // The twin may be that of another artifact with another copy.
            Target::Inside(place) => self.all.get(place).is_some_and(|work| {
                let copy = self.copies.get(work.original.id()).and_then(Option::as_ref);
                work.alive().is_some() && copy == Some(&tells.copy)
            }),
            Target::Had(_) => true,
            Target::Nowhere => false,
        }
    }

    /// Takes out what cannot leave until the rest can leave as it is.
    fn settle(&mut self) {
        let mut falling = self.count();
        let mut hearing = Hearing::of(&self.all, self.exit);
        self.fall(&mut falling, &mut hearing);
        loop {
            while let Some(silenced) = hearing.next(&self.all) {
                self.silence(silenced.work, &silenced.clause, &mut falling);
                self.fall(&mut falling, &mut hearing);
            }
            self.build(&mut falling);
            if falling.is_empty() {
                break;
            }
            self.fall(&mut falling, &mut hearing);
        }
        self.explain();
    }

    /// Counts what supports the needs of each object; returns those that lack something.
    fn count(&mut self) -> Vec<usize> {
        let mut users = vec![Vec::new(); self.all.len()];
        let mut falling = Vec::new();
        let mut counted = Vec::with_capacity(self.all.len());
        for (i, work) in self.all.iter().enumerate() {
            let Some(alive) = work.alive() else {
                counted.push((Vec::new(), Vec::new()));
                continue;
            };
            let kind = alive.of.kind;
            let (mut needs, mut by_tear) = (vec![0; kind.required.len() + 1], Vec::new());
            if let Some(any) = needs.last_mut() {
                // What an extension must have is seen when the twin is built.
                let extensions = kind.one_of.contains(&"extensions");
                *any = usize::from(kind.one_of.is_empty() || extensions);
            }
            for field in &alive.draft.fields {
                self.support(i, field, alive, &mut needs, &mut by_tear, &mut users);
            }
            if needs.contains(&0) {
                falling.push(i);
            }
            counted.push((needs, by_tear));
        }
        for (work, (needs, by_tear)) in self.all.iter_mut().zip(counted) {
            (work.needs, work.by_tear) = (needs, by_tear);
        }
        self.users = users;
        falling
    }

    fn support(
        &self,
        user: usize,
        field: &Field<'_>,
        alive: &Alive<'_>,
        needs: &mut [usize],
        by_tear: &mut Vec<usize>,
        users: &mut [Vec<(usize, Option<usize>)>],
    ) {
        let Some(kept) = &field.kept else { return };
        let kind = alive.of.kind;
        let plain = field.extension.is_none();
        let tells = alive.tells(field);
        if tells.is_some_and(|tells| !self.has_copy(tells)) {
            return;
        }
        let required = kind.required.iter().position(|name| plain && *name == field.name);
        let any = (plain && kind.one_of.contains(&field.name)).then_some(kind.required.len());
        let supported = [required, any];
        let mut support = || {
            for at in supported.into_iter().flatten() {
                if let Some(need) = needs.get_mut(at) {
                    *need += 1;
                }
            }
        };
        if field.what == What::Tear {
            by_tear.extend(supported.into_iter().flatten());
            return support();
        }
        if let Some(tells) = tells {
            // As one reference to what brings the copy.
            let content = Value::from(tells.content.as_str());
            return self.rest(user, "content_ref", &content, supported, &mut support, users);
        }
        self.rest(user, field.name, kept, supported, &mut support, users);
    }

    /// Counts what a value rests on, and remembers what falls with it.
    fn rest(
        &self,
        user: usize,
        name: &str,
        kept: &Value,
        supported: [Option<usize>; 2],
        support: &mut dyn FnMut(),
        users: &mut [Vec<(usize, Option<usize>)>],
    ) {
        leaves(name, kept, &mut |leaf| match leaf.map(|reference| self.locate(reference)) {
            None | Some(Target::Had(_)) => support(),
            Some(Target::Inside(place)) => {
                if self.all.get(place).is_some_and(|work| work.alive().is_some()) {
                    support();
                    if let Some(of) = users.get_mut(place) {
                        of.extend(supported.into_iter().flatten().map(|n| (user, Some(n))));
                        if supported == [None, None] {
                            of.push((user, None));
                        }
                    }
                }
            }
            Some(Target::Nowhere) => {}
        });
    }

    /// Lets these objects fall, and all that cannot stand without them.
    fn fall(&mut self, falling: &mut Vec<usize>, hearing: &mut Hearing) {
        while let Some(i) = falling.pop() {
            let Some(work) = self.all.get_mut(i) else { continue };
            match std::mem::replace(&mut work.state, State::Dead(Vec::new())) {
                State::Alive(alive) => work.state = State::Fallen(alive),
                // What could not be built has its reasons already.
                State::Dead(clauses) => work.state = State::Dead(clauses),
                State::Fallen(alive) => {
                    work.state = State::Fallen(alive);
                    continue;
                }
            }
            hearing.fell(i);
            for (user, need) in self.users.get(i).into_iter().flatten() {
                let Some(user_work) = self.all.get_mut(*user) else { continue };
                let State::Alive(alive) = &mut user_work.state else { continue };
                alive.made = None;
                if let Some(need) = need.and_then(|n| user_work.needs.get_mut(n)) {
                    *need = need.saturating_sub(1);
                    if *need == 0 {
                        falling.push(*user);
                    }
                }
            }
        }
    }

    /// Takes the tear-line from an object.
    fn silence(&mut self, i: usize, clause: &Clause, falling: &mut Vec<usize>) {
        let Some(work) = self.all.get_mut(i) else { return };
        let State::Alive(alive) = &mut work.state else { return };
        alive.draft.drop_tear(clause);
        alive.made = None;
        for at in work.by_tear.drain(..) {
            let Some(need) = work.needs.get_mut(at) else { continue };
            *need = need.saturating_sub(1);
            if *need == 0 {
                falling.push(i);
            }
        }
    }

    /// Builds what is not built; what cannot be built falls. What lacks something falls before
    /// anybody asks whether the rest is valid: without it the rest may be.
    fn build(&mut self, falling: &mut Vec<usize>) {
        let mut built = Vec::new();
        for (i, work) in self.all.iter().enumerate() {
            if let Some(alive) = work.alive().filter(|alive| alive.made.is_none()) {
                built.push((i, build(alive, work.original, self)));
            }
        }
        let lacking = built.iter().any(|(_, made)| matches!(made, Err(Fault::Lacks(_))));
        for (i, made) in built {
            let Some(work) = self.all.get_mut(i) else { continue };
            match (&mut work.state, made) {
                (State::Alive(alive), Ok(made)) => alive.made = Some(made),
                (_, Err(Fault::Cannot(_))) if lacking => {}
                (state, Err(Fault::Lacks(clauses) | Fault::Cannot(clauses))) => {
                    *state = State::Dead(clauses);
                    falling.push(i);
                }
                _ => {}
            }
        }
    }

    /// Says of each object that fell what it lacks, as things stand in the end.
    fn explain(&mut self) {
        let mut told = Vec::new();
        for (i, work) in self.all.iter().enumerate() {
            let State::Fallen(alive) = &work.state else { continue };
            let has = |name: &str| {
                let mut fields = alive.draft.fields.iter().filter(|f| f.extension.is_none());
                let field = fields.find(|f| f.name == name);
                let told = field.and_then(|field| alive.tells(field));
                let field = field.filter(|_| told.is_none_or(|tells| self.has_copy(tells)));
                let mut stands = false;
                if let Some(kept) = field.and_then(|field| field.kept.as_ref()) {
                    leaves(name, kept, &mut |leaf| {
                        stands |= leaf.is_none_or(|reference| self.target(reference).is_some());
                    });
                }
                stands
            };
            let clauses = complete(alive, has, self).err();
            told.push((i, clauses.unwrap_or_else(|| vec![Clause::deny()])));
        }
        for (i, clauses) in told {
            if let Some(work) = self.all.get_mut(i) {
                work.state = State::Dead(clauses);
            }
        }
    }
}
