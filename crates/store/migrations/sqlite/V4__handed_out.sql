-- The id of a withdrawn version that had been handed out: its partner has it, whatever is published
-- of it since.
ALTER TABLE withdrawn ADD COLUMN handed_out TEXT;
CREATE INDEX withdrawn_handed_out ON withdrawn (collection, handed_out)
    WHERE handed_out IS NOT NULL;
