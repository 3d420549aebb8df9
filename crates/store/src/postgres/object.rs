//! Object versions: what arrives and what changes.

use std::collections::HashSet;

use enlace_stix::version::{self, Arrival, Version};
use tokio_postgres::Row;

use super::apply::{Placed, Settled};
use super::connection::{Db, execute, rows};
use super::{derived, limit, plain};
use crate::error::GuardFailure;
use crate::{NewObject, ObjectState, Outcome, StoreError, Write};

/// `enlace_stix::version::current` as an order: the last is current. A version without instant (an
/// SCO's content hash) comes before all that have one.
pub(super) const CURRENT_SQL: &str = "
    (revoked AND version NOT LIKE 'sha256:%'),
    (CASE WHEN revoked OR version LIKE 'sha256:%' THEN '' ELSE version END),
    (CASE WHEN revoked AND version NOT LIKE 'sha256:%' THEN version ELSE '' END) DESC,
    row";

/// The current version of an object in a channel, and what any of its versions named.
struct Lead {
    row: i64,
    purged: bool,
    version: Version,
}

/// What a version meets when it arrives.
#[derive(Default)]
struct Met {
    lead: Option<Lead>,
    /// The lead, the version with the same key, the one with the same content.
    witnesses: Vec<Version>,
}

/// A version that is kept, with what follows for the version that led.
struct Kept<'a> {
    new: &'a NewObject,
    leads: bool,
    created: Option<String>,
    creator: Option<String>,
    /// Its originator took back what came after it: its text does not come back.
    taken_back: bool,
}

/// Does all writes to objects of a batch, in their order. Arrivals of different objects are done
/// together.
pub(super) async fn lane(tx: &impl Db, writes: &[Placed<'_>]) -> Result<Settled, StoreError> {
    let mut settled = Vec::with_capacity(writes.len());
    let mut run: Vec<(usize, &NewObject)> = Vec::new();
    let mut in_run: HashSet<(&str, &str)> = HashSet::new();
    for (at, write) in writes {
        if let Write::Object(new) = write {
            if !in_run.insert((&new.channel, &new.id)) {
                settled.extend(keep(tx, &std::mem::take(&mut run)).await?);
                in_run = HashSet::from([(new.channel.as_str(), new.id.as_str())]);
            }
            run.push((*at, new));
            continue;
        }
        settled.extend(keep(tx, &std::mem::take(&mut run)).await?);
        in_run.clear();
        let outcome = match write {
            Write::State { channel, id, version, state } => {
                set_state(tx, channel, id, version.as_deref(), *state).await?
            }
            Write::Purge { channel, id } => purge(tx, channel, id, false).await?,
            Write::PurgeEarlier { channel, id } => purge(tx, channel, id, true).await?,
            _ => continue,
        };
        settled.push((*at, outcome));
    }
    settled.extend(keep(tx, &run).await?);
    Ok(settled)
}

/// Keeps versions of different objects, each unless it is known or breaks a rule.
async fn keep(tx: &impl Db, run: &[(usize, &NewObject)]) -> Result<Settled, StoreError> {
    if run.is_empty() {
        return Ok(Vec::new());
    }
    let arriving: Vec<Version> = run.iter().map(|(_, new)| new.as_version()).collect();
    let keys: Vec<(&str, &str)> =
        run.iter().map(|(_, new)| (new.channel.as_str(), new.id.as_str())).collect();
    let met = meet(tx, &keys, &arriving).await?;
    let mut settled = Vec::with_capacity(run.len());
    let mut kept = Vec::with_capacity(run.len());
    let mut handed = HandOver::default();
    for (((at, new), arriving), met) in run.iter().zip(&arriving).zip(&met) {
        let arrival = version::arrival(&met.witnesses, arriving);
        if new.foreseen.is_some_and(|foreseen| foreseen != arrival) {
            return Err(StoreError::Guard { index: *at, failure: GuardFailure::Foreseen });
        }
        let outcome = match arrival {
            Arrival::Same => Outcome::Known,
            fault if fault.fault().is_some() => Outcome::Refused(fault),
            _ => {
                handed.note(met.lead.as_ref(), arriving, arrival.leads());
                kept.push(Kept::of(new, arriving, met.lead.as_ref(), arrival));
                Outcome::New
            }
        };
        settled.push((*at, outcome));
    }
    handed.write(tx).await?;
    insert(tx, &kept).await?;
    for version in kept.iter().filter(|version| version.taken_back) {
        purge(tx, &version.new.channel, &version.new.id, false).await?;
    }
    Ok(settled)
}

impl<'a> Kept<'a> {
    fn of(new: &'a NewObject, arriving: &Version, lead: Option<&Lead>, arrival: Arrival) -> Self {
        // What the versions before this one named, if it is the current one from now on. Contents
        // without instant are no versions of each other: nobody owns the next one.
        let facts = lead.filter(|_| arrival.leads()).map(|lead| &lead.version);
        let dated = arriving.has_instant();
        let named = |own: &Option<String>, held: Option<&Option<String>>| {
            own.clone().or_else(|| held.cloned().flatten()).filter(|_| dated)
        };
        Self {
            new,
            leads: arrival.leads(),
            created: named(&new.created, facts.map(|facts| &facts.created)),
            creator: named(&new.creator, facts.map(|facts| &facts.creator)),
            taken_back: arrival == Arrival::Late && lead.is_some_and(|lead| lead.purged),
        }
    }
}

/// Current versions that step back, or learn what a version behind them names.
#[derive(Default)]
struct HandOver {
    back: Vec<i64>,
    learning: Vec<i64>,
    created: Vec<Option<String>>,
    creator: Vec<Option<String>>,
}

impl HandOver {
    fn note(&mut self, lead: Option<&Lead>, new: &Version, leads: bool) {
        let Some(lead) = lead else { return };
        let learns =
            |held: &Option<String>, named: &Option<String>| held.is_none() && named.is_some();
        if leads {
            self.back.push(lead.row);
        } else if new.has_instant()
            && (learns(&lead.version.created, &new.created)
                || learns(&lead.version.creator, &new.creator))
        {
            self.learning.push(lead.row);
            self.created.push(new.created.clone());
            self.creator.push(new.creator.clone());
        }
    }

    async fn write(self, tx: &impl Db) -> Result<(), StoreError> {
        if !self.back.is_empty() {
            let sql = "UPDATE object SET is_current = false WHERE row = ANY($1)";
            execute(tx, sql, &[&self.back]).await?;
        }
        if !self.learning.is_empty() {
            let sql = "UPDATE object o SET created = coalesce(o.created, n.created),
                                           creator = coalesce(o.creator, n.creator)
                       FROM unnest($1::bigint[], $2::text[], $3::text[])
                            AS n (row, created, creator) WHERE o.row = n.row";
            execute(tx, sql, &[&self.learning, &self.created, &self.creator]).await?;
        }
        Ok(())
    }
}

/// What decides on the arrival of each version.
pub(super) async fn beside(
    db: &impl Db,
    channel: &str,
    arriving: &[(String, Version)],
) -> Result<Vec<Vec<Version>>, StoreError> {
    let keys: Vec<(&str, &str)> = arriving.iter().map(|(id, _)| (channel, id.as_str())).collect();
    let versions: Vec<Version> = arriving.iter().map(|(_, version)| version.clone()).collect();
    let met = meet(db, &keys, &versions).await?;
    Ok(met.into_iter().map(|met| met.witnesses).collect())
}

/// Finds for each arriving version the current one of its object, the one with its key and, as a
/// content without instant says no instant, the one with its content.
async fn meet(
    db: &impl Db,
    keys: &[(&str, &str)],
    arriving: &[Version],
) -> Result<Vec<Met>, StoreError> {
    let (channels, ids): (Vec<&str>, Vec<&str>) = keys.iter().copied().unzip();
    let versions: Vec<&str> = arriving.iter().map(|v| v.version.as_str()).collect();
    let hashes: Vec<Option<String>> =
        arriving.iter().map(|v| (!v.has_instant()).then(|| hex::encode(v.content))).collect();
    let sql = "
        SELECT a.n, o.row, o.is_current, o.purged,
               o.version, o.content_hash, o.revoked, o.created, o.creator
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[])
             WITH ORDINALITY AS a (id, channel, version, hash, n)
        JOIN object o ON o.id = a.id AND o.channel = a.channel
         AND (o.is_current OR o.version = a.version
              OR (o.content_hash = a.hash AND o.version > 'sha256:'))
        ORDER BY a.n, o.is_current DESC, o.row";
    let mut met: Vec<Met> = arriving.iter().map(|_| Met::default()).collect();
    for row in rows(db, sql, &[&ids, &channels, &versions, &hashes]).await? {
        let n = usize::try_from(row.try_get::<_, i64>(0)?).unwrap_or_default();
        let Some(met) = met.get_mut(n.wrapping_sub(1)) else { continue };
        let version = read_version(&row, 4)?;
        met.witnesses.push(version.clone());
        if row.try_get(2)? {
            met.lead = Some(Lead { row: row.try_get(1)?, purged: row.try_get(3)?, version });
        }
    }
    Ok(met)
}

fn read_version(row: &Row, at: usize) -> Result<Version, StoreError> {
    let mut content = [0; 32];
    // `fsck` tells of a hash that is none; until then it is the hash of nothing that arrives.
    let _ = hex::decode_to_slice(row.try_get::<_, &str>(at + 1)?, &mut content);
    Ok(Version {
        version: row.try_get(at)?,
        content,
        revoked: row.try_get(at + 2)?,
        created: row.try_get(at + 3)?,
        creator: row.try_get(at + 4)?,
    })
}

/// Writes the rows, in the order in which they arrived, and what follows from their texts.
async fn insert(tx: &impl Db, kept: &[Kept<'_>]) -> Result<(), StoreError> {
    if kept.is_empty() {
        return Ok(());
    }
    let derived: Vec<derived::Derived> =
        kept.iter().map(|version| derived::Derived::of(version.new)).collect();
    macro_rules! column {
        (|$version:ident| $value:expr) => {
            kept.iter().map(|$version| $value).collect::<Vec<_>>()
        };
    }
    let refs: Vec<i64> = derived.iter().map(|d| limit(d.refs.len())).collect();
    let keys: Vec<i64> = derived.iter().map(|d| limit(d.keys.len())).collect();
    let sql = "
        INSERT INTO object (id, channel, version, kind, content_hash, revoked, state, restricted,
                            is_current, refs, keys, tlp, received_us, label, source, raw, created,
                            creator)
        SELECT id, channel, version, kind, content_hash, revoked, state, restricted,
               is_current, refs, keys, tlp, received_us, label, source, raw, created, creator
        FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bool[],
                    $7::text[], $8::bool[], $9::bool[], $10::bigint[], $11::bigint[], $12::text[],
                    $13::bigint[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[])
             WITH ORDINALITY AS
             n (id, channel, version, kind, content_hash, revoked, state, restricted, is_current,
                refs, keys, tlp, received_us, label, source, raw, created, creator, n)
        ORDER BY n.n RETURNING row";
    let made = rows(
        tx,
        sql,
        &[
            &column!(|v| v.new.id.as_str()),
            &column!(|v| v.new.channel.as_str()),
            &column!(|v| v.new.version.as_str()),
            &column!(|v| v.new.kind.as_str()),
            &column!(|v| hex::encode(v.new.content_hash)),
            &column!(|v| v.new.revoked),
            &column!(|v| state_name(v.new.state)),
            &column!(|v| v.new.state == ObjectState::Restricted),
            &column!(|v| v.leads),
            &refs,
            &keys,
            &column!(|v| v.new.tlp.as_deref()),
            &column!(|v| v.new.received_us),
            &column!(|v| plain(&v.new.label)),
            &column!(|v| plain(&v.new.source)),
            &column!(|v| v.new.raw.as_str()),
            &column!(|v| v.created.as_deref()),
            &column!(|v| v.creator.as_deref()),
        ],
    )
    .await?;
    // The server gives numbers in the order of `n` and answers in the order in which it inserts.
    let made = made.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    derived::write(tx, &made, &derived).await
}

/// Moves every version that still has its text and is not restricted.
async fn set_state(
    tx: &impl Db,
    channel: &str,
    id: &str,
    version: Option<&str>,
    state: ObjectState,
) -> Result<Outcome, StoreError> {
    let sql = "UPDATE object SET state = $3, restricted = $5
               WHERE id = $1 AND channel = $2 AND NOT purged AND NOT restricted
                 AND ($4::text IS NULL OR version = $4)";
    let restricted = state == ObjectState::Restricted;
    let moved =
        execute(tx, sql, &[&id, &channel, &state_name(state), &version, &restricted]).await?;
    Ok(if moved == 0 { Outcome::Missing } else { Outcome::Done })
}

/// Takes text, label, source, references, keys and words of every version away. Id, version,
/// hash and dates stay: without them the same text would come back with the next import.
async fn purge(
    tx: &impl Db,
    channel: &str,
    id: &str,
    but_current: bool,
) -> Result<Outcome, StoreError> {
    let sql = "UPDATE object SET state = 'recalled', restricted = false, purged = true, refs = 0,
                                 keys = 0, label = '', source = '', raw = ''
               WHERE id = $1 AND channel = $2 AND NOT purged AND NOT ($3 AND is_current)
               RETURNING row";
    let gone = rows(tx, sql, &[&id, &channel, &but_current]).await?;
    let gone = gone.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
    derived::remove(tx, &gone).await?;
    Ok(if gone.is_empty() { Outcome::Missing } else { Outcome::Done })
}

/// As the column `state` has it; `restricted` stands beside it.
pub(super) fn state_name(state: ObjectState) -> &'static str {
    match state {
        ObjectState::Held => "held",
        ObjectState::Pending => "pending",
        ObjectState::Rejected | ObjectState::Restricted => "rejected",
        ObjectState::Recalled => "recalled",
    }
}
