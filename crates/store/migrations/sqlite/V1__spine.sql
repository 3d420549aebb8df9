-- Schema 1 of the single-file store. Expand, then contract: a later migration adds; it removes only
-- what the version before it no longer reads. What each table is for: ../../README.md.

-- Every version of every object, per channel. The text comes last: reading the rest of the row
-- does not touch its overflow pages.
CREATE TABLE object (
    row          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL,
    channel      TEXT NOT NULL,
    version      TEXT NOT NULL,
    kind         TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    revoked      INTEGER NOT NULL CHECK (revoked IN (0, 1)),
    state        TEXT NOT NULL CHECK (state IN ('held', 'pending', 'rejected', 'recalled')),
    is_current   INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    purged       INTEGER NOT NULL DEFAULT 0 CHECK (purged IN (0, 1)),
    refs         INTEGER NOT NULL,
    keys         INTEGER NOT NULL,
    tlp          TEXT,
    received_us  INTEGER NOT NULL,
    label        TEXT NOT NULL,
    source       TEXT NOT NULL,
    raw          TEXT NOT NULL,
    UNIQUE (id, channel, version)
) STRICT;
CREATE UNIQUE INDEX object_current ON object (id, channel) WHERE is_current = 1;
CREATE INDEX object_kind ON object (kind, row, id) WHERE is_current = 1;
CREATE INDEX object_channel ON object (channel, row) WHERE is_current = 1;
CREATE INDEX object_not_held ON object (state, row) WHERE is_current = 1 AND state <> 'held';

-- References that an object version makes.
CREATE TABLE object_ref (
    row    INTEGER NOT NULL REFERENCES object (row),
    path   TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (row, path, target)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_ref_target ON object_ref (target, row);

-- Identifiers in normal form, for matching.
CREATE TABLE object_key (
    row   INTEGER NOT NULL REFERENCES object (row),
    kind  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (row, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX object_key_value ON object_key (kind, value, row);

-- Words of every object version whose text is kept: rowid = object.row. Words arrive folded and
-- stemmed. secure-delete: a purged object leaves no word behind in the index.
CREATE VIRTUAL TABLE search USING fts5 (
    words, kind, tokenize = 'unicode61 remove_diacritics 0'
);
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);

-- What could not be held.
CREATE TABLE quarantine (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    source    TEXT NOT NULL,
    object_id TEXT,
    path      TEXT NOT NULL,
    rule      TEXT NOT NULL,
    expected  TEXT NOT NULL,
    found     TEXT NOT NULL,
    at_us     INTEGER NOT NULL,
    raw       TEXT NOT NULL
) STRICT;

-- The node's own state. A key that is deleted and written again continues above the revisions
-- that its bucket has seen (record_floor), so that a guard on an old revision never holds again.
CREATE TABLE record (
    number   INTEGER PRIMARY KEY,
    bucket   TEXT NOT NULL,
    key      TEXT NOT NULL,
    revision INTEGER NOT NULL CHECK (revision > 0),
    due_us   INTEGER,
    body     TEXT NOT NULL,
    UNIQUE (bucket, key)
) STRICT;
CREATE INDEX record_due ON record (bucket, due_us, key) WHERE due_us IS NOT NULL;
CREATE TABLE record_floor (
    bucket   TEXT PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Collections: the head gives out sequence and date; neither ever goes back.
CREATE TABLE collection (
    collection    TEXT PRIMARY KEY,
    last_seq      INTEGER NOT NULL,
    last_added_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE member (
    collection    TEXT NOT NULL REFERENCES collection (collection),
    seq           INTEGER NOT NULL,
    date_added_us INTEGER NOT NULL,
    id            TEXT NOT NULL,
    kind          TEXT NOT NULL,
    version       TEXT NOT NULL,
    instant       TEXT NOT NULL,
    is_first      INTEGER NOT NULL CHECK (is_first IN (0, 1)),
    is_last       INTEGER NOT NULL CHECK (is_last IN (0, 1)),
    fetched_us    INTEGER,
    body          TEXT NOT NULL,
    PRIMARY KEY (collection, seq)
) STRICT;
CREATE UNIQUE INDEX member_added ON member (collection, date_added_us);
CREATE INDEX member_id ON member (collection, id, instant, seq);
CREATE INDEX member_kind ON member (collection, kind, seq);
CREATE INDEX member_last ON member (collection, seq) WHERE is_last = 1;
CREATE INDEX member_kind_last ON member (collection, kind, seq) WHERE is_last = 1;
-- Sequences whose member was withdrawn: the only gaps there may be.
CREATE TABLE withdrawn (
    collection TEXT NOT NULL REFERENCES collection (collection),
    seq        INTEGER NOT NULL,
    PRIMARY KEY (collection, seq)
) STRICT, WITHOUT ROWID;

-- What each partner sees in place of an original.
CREATE TABLE twin (
    partner      TEXT NOT NULL,
    lineage      TEXT NOT NULL,
    original     TEXT NOT NULL,
    twin         TEXT NOT NULL,
    created      TEXT NOT NULL,
    modified     TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    collection   TEXT NOT NULL,
    recalled     INTEGER NOT NULL CHECK (recalled IN (0, 1)),
    PRIMARY KEY (partner, lineage, original)
) STRICT, WITHOUT ROWID;
CREATE INDEX twin_original ON twin (original);
CREATE INDEX twin_twin ON twin (twin);

-- Logs: commitments in `entry`, values and salts in `record`; the frontier holds the roots of the
-- complete subtrees, from which the root and the next root follow.
CREATE TABLE log (
    number   INTEGER PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    size     INTEGER NOT NULL CHECK (size >= 0),
    frontier BLOB NOT NULL
) STRICT;
CREATE TABLE log_entry (
    log       INTEGER NOT NULL REFERENCES log (number),
    idx       INTEGER NOT NULL,
    leaf_hash BLOB NOT NULL,
    entry     BLOB NOT NULL,
    record    BLOB,
    PRIMARY KEY (log, idx)
) STRICT;
-- Two different notes of one size are evidence of a split log: both are kept.
CREATE TABLE checkpoint (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    log    INTEGER NOT NULL REFERENCES log (number),
    size   INTEGER NOT NULL,
    note   TEXT NOT NULL,
    UNIQUE (log, size, note)
) STRICT;

-- Blobs that rows of this store name; the bytes lie in blobs/ since before the row.
CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY,
    size   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
