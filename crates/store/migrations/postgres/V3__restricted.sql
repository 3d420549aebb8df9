-- As `../sqlite/V3__restricted.sql`: kept for a legal hold alone.
ALTER TABLE object ADD COLUMN restricted boolean NOT NULL DEFAULT false;
