//! Object versions, their references and keys.

use enlace_stix::version::{self, Arrival, Version};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::limit;
use super::veil::{UNVEILED, lifted};
use crate::error::GuardFailure;
use crate::{
    NewObject, OWN, ObjectQuery, ObjectRow, ObjectState, Outcome, RefRow, StoreError, Veil, text,
};

/// Columns of [`ObjectRow`], in the order that [`read`] expects, of a table called `o`.
const COLUMNS: &str = "o.row, o.id, o.channel, o.kind, o.version, o.raw, o.revoked, \
     iif(o.restricted, 'restricted', o.state), \
                       o.label, o.tlp, o.source, o.received_us, o.content_hash";

/// The order of versions, oldest first; a version without instant (an SCO's content hash) comes
/// before all that have one.
pub(super) const ORDER_SQL: &str =
    "(CASE WHEN version GLOB 'sha256:*' THEN '' ELSE version END), row";

/// `enlace_stix::version::current` as an order: the last is current.
pub(super) const CURRENT_SQL: &str = "
    revoked AND version NOT GLOB 'sha256:*',
    (CASE WHEN revoked OR version GLOB 'sha256:*' THEN '' ELSE version END),
    (CASE WHEN revoked AND version NOT GLOB 'sha256:*' THEN version ELSE '' END) DESC,
    row";

/// The current version of an object in a channel, and what any of its versions named.
struct Lead {
    row: i64,
    purged: bool,
    version: Version,
}

/// Keeps a version, unless it is known or breaks a rule.
pub(super) fn keep(tx: &Connection, new: &NewObject, index: usize) -> Result<Outcome, StoreError> {
    let arriving = new.as_version();
    let lead = lead(tx, &new.channel, &new.id)?;
    let arrival = version::arrival(
        &witnesses(tx, (&new.channel, &new.id), &arriving, lead.as_ref())?,
        &arriving,
    );
    if new.foreseen.is_some_and(|foreseen| foreseen != arrival) {
        return Err(StoreError::Guard { index, failure: GuardFailure::Foreseen });
    }
    match arrival {
        Arrival::Same => return Ok(Outcome::Known),
        fault if fault.fault().is_some() => return Ok(Outcome::Refused(fault)),
        _ => {}
    }
    if let Some(lead) = &lead {
        hand_over(tx, lead, &arriving, arrival.leads())?;
    }
    let facts = lead.as_ref().filter(|_| arrival.leads()).map(|lead| &lead.version);
    let row = insert(tx, new, facts, arrival.leads())?;
    derive(tx, row, new)?;
    if arrival == Arrival::Late && lead.is_some_and(|lead| lead.purged) {
        // Its originator took back what came after it: what came before does not come back.
        purge(tx, &new.channel, &new.id, false)?;
    }
    Ok(Outcome::New)
}

/// What decides on the arrival of a version: the one with the same key or content, and the
/// current one.
pub(super) fn beside(
    db: &Connection,
    channel: &str,
    id: &str,
    arriving: &Version,
) -> Result<Vec<Version>, StoreError> {
    let lead = lead(db, channel, id)?;
    witnesses(db, (channel, id), arriving, lead.as_ref())
}

fn witnesses(
    db: &Connection,
    (channel, id): (&str, &str),
    arriving: &Version,
    lead: Option<&Lead>,
) -> Result<Vec<Version>, StoreError> {
    let Some(lead) = lead else { return Ok(Vec::new()) };
    let mut held = vec![lead.version.clone()];
    let mut add = |sql: &str, key: &str| -> Result<(), StoreError> {
        let mut statement = db.prepare_cached(sql)?;
        let found = statement.query_row([id, channel, key], |row| read_version(row, 0));
        held.extend(found.optional()?);
        Ok(())
    };
    add(
        "SELECT version, content_hash, revoked, created, creator FROM object
         WHERE id = ?1 AND channel = ?2 AND version = ?3",
        &arriving.version,
    )?;
    // The content of a version with an instant says the instant: it stands under no other key.
    if !arriving.has_instant() {
        add(
            "SELECT version, content_hash, revoked, created, creator FROM object
             WHERE id = ?1 AND channel = ?2 AND content_hash = ?3 AND version > 'sha256:'",
            &hex::encode(arriving.content),
        )?;
    }
    Ok(held)
}

fn lead(db: &Connection, channel: &str, id: &str) -> Result<Option<Lead>, StoreError> {
    let found = db
        .prepare_cached(
            "SELECT row, purged, version, content_hash, revoked, created, creator FROM object
             WHERE id = ?1 AND channel = ?2 AND is_current = 1",
        )?
        .query_row([id, channel], |row| {
            Ok(Lead { row: row.get(0)?, purged: row.get(1)?, version: read_version(row, 2)? })
        })
        .optional()?;
    Ok(found)
}

fn read_version(row: &Row<'_>, at: usize) -> rusqlite::Result<Version> {
    let hash = row.get_ref(at + 1)?.as_str()?;
    let mut content = [0; 32];
    // `fsck` tells of a hash that is none; until then it is the hash of nothing that arrives.
    let _ = hex::decode_to_slice(hash, &mut content);
    Ok(Version {
        version: row.get(at)?,
        content,
        revoked: row.get(at + 2)?,
        created: row.get(at + 3)?,
        creator: row.get(at + 4)?,
    })
}

/// The current version steps back, or learns what a version behind it names.
fn hand_over(tx: &Connection, lead: &Lead, new: &Version, leads: bool) -> Result<(), StoreError> {
    if leads {
        tx.prepare_cached("UPDATE object SET is_current = 0 WHERE row = ?1")?
            .execute([lead.row])?;
    } else if new.has_instant() {
        let learns =
            |held: &Option<String>, named: &Option<String>| held.is_none() && named.is_some();
        if learns(&lead.version.created, &new.created)
            || learns(&lead.version.creator, &new.creator)
        {
            tx.prepare_cached(
                "UPDATE object SET created = coalesce(created, ?2), creator = coalesce(creator, ?3)
                 WHERE row = ?1",
            )?
            .execute(params![lead.row, new.created, new.creator])?;
        }
    }
    Ok(())
}

/// `lead`: what the versions before this one named, if it is the current one from now on.
fn insert(
    tx: &Connection,
    new: &NewObject,
    lead: Option<&Version>,
    leads: bool,
) -> Result<i64, StoreError> {
    // Contents without instant are no versions of each other: nobody owns the next one.
    let dated = new.as_version().has_instant();
    let named = |own: &Option<String>, held: Option<&Option<String>>| {
        own.clone().or_else(|| held.cloned().flatten()).filter(|_| dated)
    };
    tx.prepare_cached(
        "INSERT INTO object (id, channel, version, kind, content_hash, revoked, state, restricted,
                             is_current,
                             refs, keys, tlp, received_us, label, source, raw, created, creator)
         VALUES (:id, :channel, :version, :kind, :hash, :revoked, :state, :restricted, :leads,
                 0, 0, :tlp, :received_us, :label, :source, :raw, :created, :creator)",
    )?
    .execute(named_params! {
        ":id": new.id, ":channel": new.channel, ":version": new.version, ":kind": new.kind,
        ":hash": hex::encode(new.content_hash), ":revoked": new.revoked,
        ":state": state_name(new.state),
        ":restricted": new.state == ObjectState::Restricted, ":leads": leads, ":tlp": new.tlp,
        ":received_us": new.received_us, ":label": new.label, ":source": new.source,
        ":raw": new.raw, ":created": named(&new.created, lead.map(|l| &l.created)),
        ":creator": named(&new.creator, lead.map(|l| &l.creator)),
    })?;
    Ok(tx.last_insert_rowid())
}

/// Writes references, keys and words, and their counts into the row for `fsck`.
pub(super) fn derive(tx: &Connection, row: i64, new: &NewObject) -> Result<(), StoreError> {
    let mut refs = 0;
    let mut add = tx.prepare_cached("INSERT OR IGNORE INTO object_ref VALUES (?1, ?2, ?3)")?;
    for (path, target) in &new.refs {
        refs += add.execute(params![row, path, target])?;
    }
    let mut keys = 0;
    let mut add = tx.prepare_cached("INSERT OR IGNORE INTO object_key VALUES (?1, ?2, ?3)")?;
    for (kind, value) in &new.keys {
        keys += add.execute(params![row, kind, value])?;
    }
    if refs + keys > 0 {
        tx.prepare_cached("UPDATE object SET refs = ?2, keys = ?3 WHERE row = ?1")?
            .execute(params![row, limit(refs), limit(keys)])?;
    }
    let words = text::tokens(&new.search_text).join(" ");
    tx.prepare_cached("INSERT INTO search (rowid, words, kind) VALUES (?1, ?2, ?3)")?
        .execute(params![row, words, new.kind])?;
    Ok(())
}

/// Moves every version that still has its text and is not restricted.
pub(super) fn set_state(
    tx: &Connection,
    channel: &str,
    id: &str,
    version: Option<&str>,
    state: ObjectState,
) -> Result<Outcome, StoreError> {
    let moved = tx
        .prepare_cached(
            "UPDATE object SET state = ?3, restricted = ?5
             WHERE id = ?1 AND channel = ?2 AND purged = 0 AND restricted = 0
             AND (?4 IS NULL OR version = ?4)",
        )?
        .execute(params![
            id,
            channel,
            state_name(state),
            version,
            state == ObjectState::Restricted
        ])?;
    Ok(if moved == 0 { Outcome::Missing } else { Outcome::Done })
}

/// Takes text, label, source, references, keys and words of every version away. Id, version,
/// hash and dates stay: without them the same text would come back with the next import.
pub(super) fn purge(
    tx: &Connection,
    channel: &str,
    id: &str,
    but_current: bool,
) -> Result<Outcome, StoreError> {
    let rows: Vec<i64> = tx
        .prepare_cached(
            "SELECT row FROM object WHERE id = ?1 AND channel = ?2 AND purged = 0
             AND NOT (?3 AND is_current = 1)",
        )?
        .query_map(params![id, channel, but_current], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for row in &rows {
        underive(tx, *row)?;
        tx.prepare_cached(
            "UPDATE object SET state = 'recalled', restricted = 0, purged = 1, refs = 0, keys = 0,
                               label = '', source = '', raw = '' WHERE row = ?1",
        )?
        .execute([row])?;
    }
    Ok(if rows.is_empty() { Outcome::Missing } else { Outcome::Done })
}

/// Takes references, keys and words of a row away.
pub(super) fn underive(tx: &Connection, row: i64) -> Result<(), StoreError> {
    tx.prepare_cached("DELETE FROM object_ref WHERE row = ?1")?.execute([row])?;
    tx.prepare_cached("DELETE FROM object_key WHERE row = ?1")?.execute([row])?;
    tx.prepare_cached("DELETE FROM search WHERE rowid = ?1")?.execute([row])?;
    Ok(())
}

/// The current version: own before others, then held before not held, revoked, the latest.
pub(super) fn current(
    db: &Connection,
    id: &str,
    channel: Option<&str>,
) -> Result<Option<ObjectRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM object o
         WHERE o.id = ?1 AND o.is_current = 1 AND (?2 IS NULL OR o.channel = ?2)
         ORDER BY o.channel <> ?3, o.state <> 'held', o.revoked DESC,
                  (CASE WHEN o.version GLOB 'sha256:*' THEN '' ELSE o.version END) DESC, o.row
         LIMIT 1"
    );
    Ok(db.prepare_cached(&sql)?.query_row(params![id, channel, OWN], read).optional()?)
}

/// All versions in all channels, oldest first.
pub(super) fn versions(db: &Connection, id: &str) -> Result<Vec<ObjectRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM object o WHERE o.id = ?1 ORDER BY {ORDER_SQL}");
    let found = db.prepare_cached(&sql)?.query_map([id], read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// Current versions in the order of rows. Each path below reads along one index, so that a page
/// costs a page; several types are read one by one and merged.
pub(super) fn list(db: &Connection, query: &ObjectQuery) -> Result<Vec<ObjectRow>, StoreError> {
    let kinds: Vec<Option<&str>> = match query.kinds.as_slice() {
        [] => vec![None],
        kinds => kinds.iter().map(|kind| Some(kind.as_str())).collect(),
    };
    let mut found = Vec::new();
    for kind in kinds {
        found.extend(list_kind(db, query, kind)?);
    }
    found.sort_by_key(|object: &ObjectRow| object.row);
    found.dedup_by_key(|object| object.row);
    found.truncate(query.limit);
    Ok(found)
}

fn list_kind(
    db: &Connection,
    query: &ObjectQuery,
    kind: Option<&str>,
) -> Result<Vec<ObjectRow>, StoreError> {
    let not_held = query.state.is_some_and(|state| state != ObjectState::Held);
    let (index, extra) = match (not_held, kind, &query.channel) {
        (true, _, _) => ("INDEXED BY object_not_held", "AND o.state <> 'held'"),
        (false, Some(_), _) => ("INDEXED BY object_kind", ""),
        (false, None, Some(_)) => ("INDEXED BY object_channel", ""),
        (false, None, None) => ("NOT INDEXED", ""),
    };
    let optional = |asked: bool, term: &'static str| if asked { term } else { "" };
    let sql = format!(
        "SELECT {COLUMNS} FROM object o {index}
         WHERE o.is_current = 1 AND o.row > :after {extra} {} {} {}
         ORDER BY o.row LIMIT :limit",
        optional(kind.is_some(), "AND o.kind = :kind"),
        optional(query.channel.is_some(), "AND o.channel = :channel"),
        optional(query.state.is_some(), "AND o.state = :state"),
    );
    let (after, limit) = (query.after.unwrap_or(i64::MIN), limit(query.limit));
    let state = query.state.map(state_name);
    let mut values: Vec<(&str, &dyn rusqlite::ToSql)> =
        vec![(":after", &after), (":limit", &limit)];
    if kind.is_some() {
        values.push((":kind", &kind));
    }
    if query.channel.is_some() {
        values.push((":channel", &query.channel));
    }
    if state.is_some() {
        values.push((":state", &state));
    }
    let mut statement = db.prepare_cached(&sql)?;
    let found = statement.query_map(values.as_slice(), read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// Who refers to an object.
pub(super) fn referring(
    db: &Connection,
    id: &str,
    veil: &Veil,
    count: usize,
) -> Result<Vec<RefRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, r.path FROM object_ref r CROSS JOIN object o ON o.row = r.row
         WHERE r.target = :target AND o.is_current = 1 AND o.state = 'held' AND {UNVEILED}
         ORDER BY r.row, r.path LIMIT :limit"
    );
    let found = db
        .prepare_cached(&sql)?
        .query_map(
            named_params! {
                ":target": id, ":limit": limit(count), ":veil": veil.bucket,
                ":lifted": lifted(veil), ":now": veil.now_us,
            },
            |row| Ok(RefRow { object: read(row)?, path: row.get("path")? }),
        )?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

/// Objects that bear an identifier.
pub(super) fn bearing(
    db: &Connection,
    (kind, value): (&str, &str),
    veil: &Veil,
    count: usize,
) -> Result<Vec<ObjectRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM object_key k CROSS JOIN object o ON o.row = k.row
         WHERE k.kind = :kind AND k.value = :value AND o.is_current = 1 AND o.state = 'held'
           AND {UNVEILED}
         ORDER BY k.row LIMIT :limit"
    );
    let bound = named_params! {
        ":kind": kind, ":value": value, ":limit": limit(count), ":veil": veil.bucket,
        ":lifted": lifted(veil), ":now": veil.now_us,
    };
    let found = db.prepare_cached(&sql)?.query_map(bound, read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// Relationships of a channel that go out from an object.
pub(super) fn relations_from(
    db: &Connection,
    channel: &str,
    id: &str,
    count: usize,
) -> Result<Vec<ObjectRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM object_ref r CROSS JOIN object o ON o.row = r.row
         WHERE r.target = :target AND r.path = 'source_ref' AND o.kind = 'relationship'
           AND o.channel = :channel AND o.is_current = 1 AND o.state = 'held'
         ORDER BY r.row LIMIT :limit"
    );
    let bound = named_params! { ":target": id, ":channel": channel, ":limit": limit(count) };
    let found = db.prepare_cached(&sql)?.query_map(bound, read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// Versions that name their creator so, behind a row.
pub(super) fn created_by(
    db: &Connection,
    creator: &str,
    after: Option<i64>,
    count: usize,
) -> Result<Vec<ObjectRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM object_ref r CROSS JOIN object o ON o.row = r.row
         WHERE r.target = :target AND r.row > :after AND r.path = 'created_by_ref'
         ORDER BY r.row LIMIT :limit"
    );
    let after = after.unwrap_or(i64::MIN);
    let bound = named_params! { ":target": creator, ":after": after, ":limit": limit(count) };
    let found = db.prepare_cached(&sql)?.query_map(bound, read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// One version by its row number.
pub(super) fn by_row(db: &Connection, row: i64) -> Result<ObjectRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM object o WHERE o.row = ?1");
    Ok(db.prepare_cached(&sql)?.query_row([row], read)?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<ObjectRow> {
    Ok(ObjectRow {
        row: row.get(0)?,
        id: row.get(1)?,
        channel: row.get(2)?,
        kind: row.get(3)?,
        version: row.get(4)?,
        raw: row.get(5)?,
        revoked: row.get(6)?,
        state: state(row, 7)?,
        label: row.get(8)?,
        tlp: row.get(9)?,
        source: row.get(10)?,
        received_us: row.get(11)?,
        content_hash: row.get(12)?,
    })
}

/// As the column `state` has it; `restricted` stands beside it.
fn state_name(state: ObjectState) -> &'static str {
    match state {
        ObjectState::Held => "held",
        ObjectState::Pending => "pending",
        ObjectState::Rejected | ObjectState::Restricted => "rejected",
        ObjectState::Recalled => "recalled",
    }
}

fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<ObjectState> {
    match row.get_ref(column)?.as_str()? {
        "held" => Ok(ObjectState::Held),
        "pending" => Ok(ObjectState::Pending),
        "rejected" => Ok(ObjectState::Rejected),
        "recalled" => Ok(ObjectState::Recalled),
        "restricted" => Ok(ObjectState::Restricted),
        _ => Err(rusqlite::Error::InvalidColumnType(column, "state".to_owned(), Type::Text)),
    }
}
