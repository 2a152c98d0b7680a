-- The weights that a run went through, one row for each, and what the rollout's
-- controller said of it.  Both outlive the intervals.

CREATE TABLE step (
    run_id          INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    n               INTEGER NOT NULL,
    since_ms        INTEGER NOT NULL,
    until_ms        INTEGER,         -- NULL: it lasts
    weight          REAL,            -- percent; NULL: nobody said
    canary_requests INTEGER NOT NULL,
    stable_requests INTEGER NOT NULL,
    verdict         TEXT NOT NULL CHECK (verdict IN ('pass', 'hold', 'fail', 'abort')),
    reason          TEXT NOT NULL,
    PRIMARY KEY (run_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    id      INTEGER PRIMARY KEY,
    run_id  INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    at_ms   INTEGER NOT NULL,
    door    TEXT NOT NULL,           -- argo, flagger
    what    TEXT NOT NULL,
    step    INTEGER,                 -- as the controller counts; NULL: not said
    weight  REAL,                    -- percent; NULL: not said
    image   TEXT NOT NULL,
    message TEXT NOT NULL
) STRICT;

CREATE INDEX event_by_run ON event (run_id, id);
