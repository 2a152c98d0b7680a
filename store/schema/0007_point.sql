-- Verdicts as series (docs/SERIES.md): a run's numbers every 15 s and with each
-- change of answer, counts since the run's start.  They outlive the intervals.

CREATE TABLE point (
    id      INTEGER PRIMARY KEY,
    run_id  INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    at_ms   INTEGER NOT NULL,
    level   INTEGER NOT NULL,        -- 2: first of 4 minutes, or another answer; 1: first of a minute; 0
    numbers BLOB NOT NULL,           -- the analyzer's own packed form
    UNIQUE (run_id, at_ms)
) STRICT;

-- What reads of long ranges walk.
CREATE INDEX point_by_minute ON point (run_id, at_ms) WHERE level >= 1;
CREATE INDEX point_by_slot ON point (run_id, at_ms) WHERE level >= 2;

-- Each text that is a label's value in some point, once: a query knows its labels
-- before it has read any point.
CREATE TABLE label_text (
    id   INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;
