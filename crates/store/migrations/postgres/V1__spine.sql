-- Schema 1 of the store on a server; the tables of `../sqlite/V1__spine.sql`, of the same names and
-- meaning. Texts that are compared or sorted have the collation "C": the order of their bytes, on
-- every machine. What each table is for: ../../README.md.

-- Rows arrive in the order of this sequence: it is asked under the lock of the writer.
CREATE SEQUENCE object_row;
CREATE TABLE object (
    row          bigint PRIMARY KEY DEFAULT nextval('object_row'),
    id           text COLLATE "C" NOT NULL,
    channel      text COLLATE "C" NOT NULL,
    version      text COLLATE "C" NOT NULL,
    kind         text COLLATE "C" NOT NULL,
    content_hash text COLLATE "C" NOT NULL,
    revoked      boolean NOT NULL,
    state        text COLLATE "C" NOT NULL
                 CHECK (state IN ('held', 'pending', 'rejected', 'recalled')),
    is_current   boolean NOT NULL,
    purged       boolean NOT NULL DEFAULT false,
    refs         bigint NOT NULL,
    keys         bigint NOT NULL,
    tlp          text,
    received_us  bigint NOT NULL,
    label        text NOT NULL,
    source       text COLLATE "C" NOT NULL,
    raw          text NOT NULL,
    UNIQUE (id, channel, version)
);
CREATE UNIQUE INDEX object_current ON object (id, channel) WHERE is_current;
CREATE INDEX object_kind ON object (kind, row) WHERE is_current;
CREATE INDEX object_channel ON object (channel, row) WHERE is_current;
CREATE INDEX object_not_held ON object (state, row) WHERE is_current AND state <> 'held';

-- References that an object version makes.
CREATE TABLE object_ref (
    row    bigint NOT NULL REFERENCES object (row),
    path   text COLLATE "C" NOT NULL,
    target text COLLATE "C" NOT NULL,
    PRIMARY KEY (row, path, target)
);
CREATE INDEX object_ref_target ON object_ref (target, row);

-- Identifiers in normal form, for matching.
CREATE TABLE object_key (
    row   bigint NOT NULL REFERENCES object (row),
    kind  text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    PRIMARY KEY (row, kind, value)
);
CREATE INDEX object_key_value ON object_key (kind, value, row);

-- Words of every object version whose text is kept, each once, and its type as `kind:TYPE` (no word
-- has a colon). Words arrive folded and stemmed.
CREATE TABLE search (
    row   bigint PRIMARY KEY REFERENCES object (row),
    words tsvector NOT NULL
);
CREATE INDEX search_words ON search USING gin (words);

-- What could not be held. The text that was refused may hold any byte.
CREATE TABLE quarantine (
    number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source    text COLLATE "C" NOT NULL,
    object_id text COLLATE "C",
    path      text NOT NULL,
    rule      text NOT NULL,
    expected  text NOT NULL,
    found     text NOT NULL,
    at_us     bigint NOT NULL,
    raw       bytea NOT NULL
);
CREATE INDEX quarantine_object ON quarantine (object_id, source) WHERE object_id IS NOT NULL;

-- The node's own state. A key that is deleted and written again continues above the revisions
-- that its bucket has seen (record_floor), so that a guard on an old revision never holds again.
CREATE TABLE record (
    bucket   text COLLATE "C" NOT NULL,
    key      text COLLATE "C" NOT NULL,
    revision bigint NOT NULL CHECK (revision > 0),
    due_us   bigint,
    body     text NOT NULL,
    PRIMARY KEY (bucket, key)
);
CREATE INDEX record_due ON record (bucket, due_us, key) WHERE due_us IS NOT NULL;
CREATE TABLE record_floor (
    bucket   text COLLATE "C" PRIMARY KEY,
    revision bigint NOT NULL
);

-- Collections: the head gives out sequence and date; neither ever goes back.
CREATE TABLE collection (
    collection    text COLLATE "C" PRIMARY KEY,
    last_seq      bigint NOT NULL,
    last_added_us bigint NOT NULL
);
CREATE TABLE member (
    collection    text COLLATE "C" NOT NULL REFERENCES collection (collection),
    seq           bigint NOT NULL,
    date_added_us bigint NOT NULL,
    id            text COLLATE "C" NOT NULL,
    kind          text COLLATE "C" NOT NULL,
    version       text COLLATE "C" NOT NULL,
    instant       text COLLATE "C" NOT NULL,
    is_first      boolean NOT NULL,
    is_last       boolean NOT NULL,
    fetched_us    bigint,
    body          text NOT NULL,
    PRIMARY KEY (collection, seq)
);
CREATE UNIQUE INDEX member_added ON member (collection, date_added_us);
CREATE INDEX member_id ON member (collection, id, instant, seq);
CREATE INDEX member_kind ON member (collection, kind, seq);
CREATE INDEX member_last ON member (collection, seq) WHERE is_last;
CREATE INDEX member_kind_last ON member (collection, kind, seq) WHERE is_last;
-- Sequences whose member was withdrawn: the only gaps there may be.
CREATE TABLE withdrawn (
    collection text COLLATE "C" NOT NULL REFERENCES collection (collection),
    seq        bigint NOT NULL,
    PRIMARY KEY (collection, seq)
);

-- What each partner sees in place of an original.
CREATE TABLE twin (
    partner      text COLLATE "C" NOT NULL,
    lineage      text COLLATE "C" NOT NULL,
    original     text COLLATE "C" NOT NULL,
    twin         text COLLATE "C" NOT NULL,
    created      text NOT NULL,
    modified     text NOT NULL,
    content_hash text NOT NULL,
    collection   text COLLATE "C" NOT NULL,
    recalled     boolean NOT NULL,
    PRIMARY KEY (partner, lineage, original)
);
CREATE INDEX twin_original ON twin (original);
CREATE INDEX twin_twin ON twin (twin);

-- Logs: commitments in `entry`, values and salts in `record`; the frontier holds the roots of the
-- complete subtrees, from which the root and the next root follow.
CREATE TABLE log (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name     text COLLATE "C" NOT NULL UNIQUE,
    size     bigint NOT NULL CHECK (size >= 0),
    frontier bytea NOT NULL
);
CREATE TABLE log_entry (
    log       bigint NOT NULL REFERENCES log (number),
    idx       bigint NOT NULL,
    leaf_hash bytea NOT NULL,
    entry     bytea NOT NULL,
    record    bytea,
    PRIMARY KEY (log, idx)
);
-- Two different notes of one size are evidence of a split log: both are kept.
CREATE TABLE checkpoint (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    log    bigint NOT NULL REFERENCES log (number),
    size   bigint NOT NULL,
    note   text NOT NULL
);
CREATE INDEX checkpoint_size ON checkpoint (log, size);

-- Blobs that rows of this store name; the bytes lie in their folder since before the row.
CREATE TABLE blob (
    sha256 text COLLATE "C" PRIMARY KEY,
    size   bigint NOT NULL
);

-- One row: the number of the rules by which texts were read (`derived.rs`).
CREATE TABLE derived (
    one   boolean PRIMARY KEY DEFAULT true CHECK (one),
    rules bigint NOT NULL
);
