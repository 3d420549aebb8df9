-- As `../sqlite/V2__versions.sql`: who may version, and contents without instant by their hash.
ALTER TABLE object ADD COLUMN created text COLLATE "C";
ALTER TABLE object ADD COLUMN creator text COLLATE "C";
CREATE INDEX object_content ON object (id, channel, content_hash) WHERE version > 'sha256:';
