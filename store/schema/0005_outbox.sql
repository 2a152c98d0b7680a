-- What targets outside are still to be told of verdicts (docs/OPERATIONS.md,
-- "Notifications").  A row goes when its target has taken it.

CREATE TABLE outbox (
    id         INTEGER PRIMARY KEY,  -- in the order of the verdicts
    verdict_id INTEGER NOT NULL REFERENCES verdict (id),
    target     TEXT NOT NULL,        -- its name in the configuration
    previous   TEXT CHECK (previous IN ('pass', 'hold', 'fail', 'abort')), -- NULL: the run's first
    since_ms   INTEGER NOT NULL,     -- waits since then
    dead       INTEGER NOT NULL CHECK (dead IN (0, 1)),
    tries      INTEGER NOT NULL,
    tried_ms   INTEGER NOT NULL,     -- 0: not yet
    error      TEXT NOT NULL,        -- of the last try
    UNIQUE (verdict_id, target)
) STRICT;

CREATE INDEX outbox_by_target ON outbox (target, dead, id);

CREATE TABLE outbox_target (
    target  TEXT PRIMARY KEY NOT NULL,
    told    INTEGER NOT NULL,
    dropped INTEGER NOT NULL         -- for want of room, or by a person
) STRICT;
