-- As `../sqlite/V4__handed_out.sql`: the id of a withdrawn version that had been handed out.
ALTER TABLE withdrawn ADD COLUMN handed_out text COLLATE "C";
CREATE INDEX withdrawn_handed_out ON withdrawn (collection, handed_out)
    WHERE handed_out IS NOT NULL;
