-- What a run was told besides its counts, so that it can be played again: beside
-- each interval all since the one before, and in run_state what came after the last.

ALTER TABLE interval ADD COLUMN heard BLOB;
ALTER TABLE run_state ADD COLUMN heard BLOB;
