-- Who may version: the instant of `created` and the `created_by_ref` that a version names. The
-- current version carries what any version of its object in its channel named, so that an arrival
-- is judged by two rows, also after a purge. Filled from the texts when the store is opened
-- (`derived.rs`).
ALTER TABLE object ADD COLUMN created TEXT;
ALTER TABLE object ADD COLUMN creator TEXT;
-- A content without instant (SCO) is found again by its hash; the others by their version.
CREATE INDEX object_content ON object (id, channel, content_hash) WHERE version > 'sha256:';
