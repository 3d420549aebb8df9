-- What no search finds: versions of before, and what is not held. A question looks each hit up here,
-- in an index of a few pages, and not in the hit's own row, which lies on a page of its own.
CREATE INDEX object_not_found ON object (row) WHERE NOT is_current OR state <> 'held';
