-- Kept for a legal hold alone (`ObjectState::Restricted`). Beside the state and not a value of it: a
-- query that knows nothing of it sees 'rejected', which nobody finds, shows or uses.
ALTER TABLE object ADD COLUMN restricted INTEGER NOT NULL DEFAULT 0 CHECK (restricted IN (0, 1));
