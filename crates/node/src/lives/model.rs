//! The slow, obvious model of what each partner may see after each act.

use std::collections::{BTreeMap, BTreeSet};

use enlace_store::Twin;

use super::act::{Act, Done, Run, When};
use super::view::{Ask, Row};
use super::world::{CANARY, KINDS, PLACES, id};
use crate::ToReleased;
use crate::record::Bucket;
use crate::release::Stage;

/// How an agreement stands, as the acts brought it about.
#[derive(Debug, Clone, Copy, Default)]
struct Standing {
    suspended: bool,
    silent: bool,
    terminated: bool,
}

/// What is known of a place.
#[derive(Default)]
struct Place {
    rows: Vec<Row>,
    /// What was handed out, by id and version.
    handed: BTreeMap<(String, String), String>,
    /// Every id that the partner has read.
    known: BTreeSet<String>,
    /// Originals that an officer let out.
    approved: BTreeSet<String>,
}

pub(super) struct Model {
    places: [Place; PLACES.len()],
    standings: [Standing; 3],
    /// What is approved, and not sent yet.
    coming: BTreeMap<String, (usize, BTreeSet<String>)>,
    /// Partners and twins that were recalled from who had read of them.
    asked: BTreeSet<(usize, String)>,
    /// Whether the retention of something has ended.
    late: bool,
    /// How often each documented exception was met, and each kind of correction.
    pub(super) accepted: BTreeMap<&'static str, usize>,
}

/// Names of what was counted.
const CORRECTED: &str = "corrected, and told to who has read of it";
const UNREAD: &str = "corrected before anybody read of it";

/// Before a recall: who has read of which twin.
pub(super) struct Expected(Vec<(String, bool)>);

impl Model {
    pub(super) fn new() -> Self {
        Self {
            places: Default::default(),
            standings: Default::default(),
            coming: BTreeMap::new(),
            asked: BTreeSet::new(),
            late: false,
            accepted: BTreeMap::new(),
        }
    }

    fn open(&self, place: usize) -> bool {
        let standing = self.standings[PLACES[place].1];
        !standing.suspended && !standing.silent && !standing.terminated
    }

    /// Who is to be told if this act is a recall.
    pub(super) async fn expected(&self, run: &Run, act: &Act) -> Expected {
        let Act::Recall { object, partner } = act else { return Expected(Vec::new()) };
        let mut expected = Vec::new();
        for (place, known) in self.places.iter().enumerate() {
            if partner.is_some_and(|only| only != PLACES[place].0) {
                continue;
            }
            let Some(twin) = run.world.twin(place, &id(*object)).await else { continue };
            if !twin.recalled {
                expected.push((twin.twin.clone(), known.known.contains(&twin.twin)));
            }
        }
        expected.sort();
        Expected(expected)
    }

    /// What is wrong after an act.
    pub(super) async fn after(
        &mut self,
        run: &Run,
        act: &Act,
        done: &Done,
        expected: Expected,
    ) -> Vec<String> {
        let mut wrong: Vec<String> =
            done.broken.iter().map(|error| format!("broken: {error}")).collect();
        self.learn(run, act, done);
        self.told(run, done, expected, &mut wrong).await;
        for place in 0..PLACES.len() {
            let rows = run.world.peek(place).await;
            let before = std::mem::replace(&mut self.places[place].rows, rows);
            let rows = &self.places[place].rows;
            if !act.shows_in(place) && before != *rows {
                let how = difference(&before, rows);
                wrong.push(format!("elsewhere: shows in place {place}: {how}"));
            }
            self.kept(place, act, &before, &mut wrong);
            self.corrected(place, (run, act, done), &before, &mut wrong).await;
            self.dates(place, act, &before, &mut wrong);
            self.may_be_there(place, run, &mut wrong).await;
            self.fetched(place, act, done, &mut wrong);
        }
        wrong
    }

    fn learn(&mut self, run: &Run, act: &Act, done: &Done) {
        let ok = done.refused.is_none();
        match act {
            Act::Release { place, picks, exact, when, .. } => {
                let mut set: BTreeSet<usize> = picks.iter().copied().collect();
                let mut before = if *exact { set.len() } else { 0 };
                while set.len() > before {
                    before = set.len();
                    let more: Vec<usize> =
                        set.iter().flat_map(|n| run.references[*n].iter().copied()).collect();
                    set.extend(more);
                }
                let set: BTreeSet<String> = set.into_iter().map(id).collect();
                if let Some(release) = &done.release {
                    self.coming.insert(release.clone(), (*place, set.clone()));
                }
                if ok && *when != When::Never {
                    self.places[*place].approved.extend(set);
                }
            }
            Act::SendApproved if ok => {
                if let Some((place, set)) = done.release.as_ref().and_then(|r| self.coming.get(r)) {
                    self.places[*place].approved.extend(set.iter().cloned());
                }
            }
            Act::Later => self.late = true,
            Act::Suspend { lineage } if ok => self.standings[*lineage].suspended = true,
            Act::Silence { lineage } if ok => self.standings[*lineage].silent = true,
            Act::Terminate { lineage } if ok => self.standings[*lineage].terminated = true,
            Act::Resume { lineage } if ok => {
                self.standings[*lineage].suspended = false;
                self.standings[*lineage].silent = false;
            }
            _ => {}
        }
    }

    /// Whoever has read of a twin is told of its recall, and nobody else; and it stays known who was.
    async fn told(&mut self, run: &Run, done: &Done, expected: Expected, wrong: &mut Vec<String>) {
        let mut told: Vec<(String, bool)> =
            done.recalled.iter().map(|r| (r.twin.clone(), r.fetched)).collect();
        told.sort();
        if !told.is_empty() && told != expected.0 {
            wrong.push(format!("told: {told:?}, who has read of it: {:?}", expected.0));
        }
        for recalled in done.recalled.iter().filter(|r| r.fetched) {
            let named = |n: &usize| run.world.partners[*n].name() == recalled.partner;
            let partner = (0..2).find(named).expect("a partner of ours");
            self.asked.insert((partner, recalled.twin.clone()));
        }
        for (partner, twin) in &self.asked {
            let key = run.world.partners[*partner].key_id();
            let kept = run.world.ec.recall_of(key, twin).await.unwrap();
            if !kept.is_some_and(|recall| recall.fetched) {
                wrong.push(format!("forgotten: that the partner has to erase {twin}"));
            }
        }
    }

    /// Of what is corrected one version is left, and who had read of it is told, and nobody else.
    async fn corrected(
        &mut self,
        place: usize,
        (run, act, done): (&Run, &Act, &Done),
        before: &[Row],
        wrong: &mut Vec<String>,
    ) {
        let (Act::Correct { object }, None) = (act, &done.refused) else { return };
        let Some(twin) = run.world.twin(place, &id(*object)).await else { return };
        let (this, id) = (&self.places[place], twin.twin.as_str());
        let versions = |rows: &[Row]| rows.iter().filter(|row| row.id == id).count();
        let new = this.rows.iter().filter(|row| !before.contains(row));
        let told = new.filter(|row| row.tells().iter().any(|named| named == id)).count();
        let (had, has) = (versions(before), versions(&this.rows));
        let has_read = this.known.contains(id);
        if told > 0 && !has_read {
            wrong.push(format!("corrected: {id} of place {place}, told to who never read of it"));
        }
        if twin.recalled || had < 2 || !self.open(place) {
            return;
        }
        if has != 1 {
            wrong.push(format!("corrected: {id} of place {place} has {has} versions"));
        }
        // Who knows it by a reference alone has no value that could be wrong: told or not.
        let has_read = this.handed.keys().any(|(handed, _)| handed == id);
        if told == 0 && has_read {
            wrong.push(format!("corrected: {id} of place {place}, not told to who has it"));
        }
        let key = format!("{}/{id}/correction", run.world.place(place).0);
        let asked = run.world.ec.store.record(Bucket::ASKED, &key).await.unwrap();
        if has_read && asked.is_none() {
            wrong.push(format!("corrected: {id} of place {place}, and nobody has to answer"));
        }
        *self.accepted.entry(if has_read { CORRECTED } else { UNREAD }).or_default() += 1;
    }

    /// What a partner has does not vanish or change without a word.
    fn kept(&self, place: usize, act: &Act, before: &[Row], wrong: &mut Vec<String>) {
        let this = &self.places[place];
        let standing = self.standings[PLACES[place].1];
        if standing.suspended || standing.terminated || *act == Act::Later {
            return;
        }
        let all = matches!(act, Act::Amend { how: ToReleased::Recall, .. });
        for row in before {
            let key = (row.id.clone(), row.version.clone());
            if !this.handed.contains_key(&key) || this.rows.contains(row) {
                continue;
            }
            let told = this.rows.iter().any(|now| {
                let other = now.id == row.id && now.version != row.version;
                other || now.tells().contains(&row.id)
            });
            let of_the_end = all
                && (row.is_record()
                    || row.id.starts_with("marking-")
                    || row.id.starts_with("identity-"));
            if !told && !of_the_end {
                wrong.push(format!("vanished: {} of place {place}, without a word", row.id));
            }
        }
    }

    /// Dates ascend, and what is new comes after all that was there.
    fn dates(&self, place: usize, act: &Act, before: &[Row], wrong: &mut Vec<String>) {
        let rows = &self.places[place].rows;
        if rows.windows(2).any(|pair| pair[0].date_us > pair[1].date_us) {
            wrong.push(format!("dates: not ascending in place {place}"));
        }
        if matches!(act, Act::Resume { .. }) {
            return;
        }
        let last = rows.iter().rposition(|row| before.contains(row));
        let first = rows.iter().position(|row| !before.contains(row));
        if let (Some(last), Some(first)) = (last, first)
            && first < last
        {
            wrong.push(format!("dates: {} comes before what was there", rows[first].id));
        }
    }

    /// Nothing is there that was not let out, that an officer holds, or that went.
    async fn may_be_there(&mut self, place: usize, run: &Run, wrong: &mut Vec<String>) {
        let open = self.open(place);
        let this = &self.places[place];
        let ids: BTreeSet<&str> = this.rows.iter().map(|row| row.id.as_str()).collect();
        let mut accepted = Vec::new();
        for row in &this.rows {
            if row.text.contains(CANARY) {
                wrong.push(format!("withheld text in {}", row.id));
            }
            if (0..KINDS.len()).any(|n| row.text.contains(&id(n)) && KINDS[n] != "bank-account") {
                wrong.push(format!("the id of an original in {}", row.id));
            }
            let key = (row.id.clone(), row.version.clone());
            let has = this.handed.contains_key(&key);
            let mut in_place = false;
            if !row.is_record() {
                let originals = run.world.made_of(place, &row.id).await;
                if originals.is_empty() {
                    wrong.push(format!("unknown: {} in place {place} is made of nothing", row.id));
                }
                let beside = originals.iter().any(|o| run.world.ec.is_beside(o));
                if !beside && !originals.iter().any(|o| this.approved.contains(o)) {
                    wrong.push(format!("uncovered: {} in place {place}", row.id));
                }
                for original in &originals {
                    in_place |= match run.world.twin(place, original).await {
                        Some(twin) => stays(run, &twin).await,
                        None => false,
                    };
                }
                let held = |o: &String| run.holds.iter().any(|(_, set)| set.contains(o));
                let forbidden = run.forbids && row.id.starts_with("firearm--");
                let is_held = !originals.is_empty() && originals.iter().all(held) || forbidden;
                if is_held && !has && !beside && !row.is_revoked() && open {
                    match in_place {
                        true => accepted.push("held, in place of what the partner had"),
                        false => wrong.push(format!("held: {} in place {place}", row.id)),
                    }
                }
                let revoked =
                    this.rows.iter().any(|other| other.id == row.id && other.is_revoked());
                if revoked && !row.is_revoked() {
                    wrong.push(format!("recalled: {} in place {place}", row.id));
                }
                if row.is_revoked() && !this.known.contains(&row.id) {
                    wrong.push(format!("told: of {} in place {place}, never read", row.id));
                }
            }
            if !open {
                continue;
            }
            for name in row.names() {
                let there = ids.contains(name.as_str()) || this.known.contains(&name);
                if there || STANDARD.contains(&name.as_str()) {
                    continue;
                }
                if self.late && row.is_record() {
                    accepted.push("a record names what has ended");
                    continue;
                }
                match (has, in_place) {
                    (true, _) => accepted.push("what the partner has names what it never got"),
                    (_, true) => accepted.push("in place, names what it never got"),
                    _ => wrong.push(format!("leads nowhere: {} names {name}", row.id)),
                }
            }
        }
        for what in accepted {
            *self.accepted.entry(what).or_default() += 1;
        }
    }

    /// What was fetched is what there is, and is had from now on.
    fn fetched(&mut self, place: usize, act: &Act, done: &Done, wrong: &mut Vec<String>) {
        let Act::Fetch { place: at, ask } = act else { return };
        let (Some(Ok(found)), true) = (&done.fetched, *at == place) else { return };
        let this = &mut self.places[place];
        let mut got = Vec::new();
        for (date_us, id, text) in found {
            let is = |row: &&Row| {
                row.date_us == *date_us
                    && row.id == *id
                    && text.as_ref().is_none_or(|text| *text == row.text)
            };
            match this.rows.iter().find(is) {
                Some(row) => got.push(row.clone()),
                None => wrong.push(format!("fetched: {id}, which is not there")),
            }
        }
        let last = |row: &&Row| this.rows.iter().rfind(|other| other.id == row.id) == Some(*row);
        let all: Option<Vec<Row>> = match ask {
            Ask::All { versions: true, .. } => Some(this.rows.clone()),
            Ask::All { .. } => Some(this.rows.iter().filter(last).cloned().collect()),
            _ => None,
        };
        if all.is_some_and(|all| all != got) {
            wrong.push(format!("fetched: not all of place {place}"));
        }
        for row in got {
            this.known.insert(row.id.clone());
            this.known.extend(row.names());
            this.handed.insert((row.id.clone(), row.version.clone()), row.text);
        }
    }
}

/// Whether the last form took the place of what the partner had.
async fn stays(run: &Run, twin: &Twin) -> bool {
    run.world.ec.is_in_place(twin, &twin.content_hash).await.unwrap()
}

/// Markings of the standard, which everybody has.
const STANDARD: [&str; 5] = [
    "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
];

pub(super) fn difference(before: &[Row], after: &[Row]) -> String {
    let gone: Vec<String> = before.iter().filter(|r| !after.contains(r)).map(short).collect();
    let new: Vec<String> = after.iter().filter(|r| !before.contains(r)).map(short).collect();
    format!("gone {gone:?}, new {new:?}")
}

fn short(row: &Row) -> String {
    format!("{} {} ({})", row.id, row.version, row.date_us / 1_000_000)
}

/// Releases that stand as sent, with what they list.
pub(super) async fn sent(run: &Run) -> BTreeMap<String, BTreeSet<String>> {
    let all = run.world.ec.releases().await.unwrap();
    let sent = all.into_iter().filter(|(_, release)| release.stage == Stage::Sent);
    sent.map(|(id, release)| (id, release.twins.into_iter().map(|(_, twin)| twin).collect()))
        .collect()
}
