-- What Argo's Kayenta provider asked: kept, so that a restart between its question
-- and its polls is harmless.

CREATE TABLE kayenta_execution (
    id          TEXT PRIMARY KEY,    -- ULID
    service     TEXT NOT NULL,
    ns          TEXT NOT NULL,
    canary      TEXT NOT NULL,
    stable      TEXT NOT NULL,
    revision    TEXT NOT NULL,
    policy      TEXT NOT NULL,
    stage       TEXT NOT NULL,       -- promote, step
    pass        INTEGER NOT NULL,    -- the caller's thresholds, of 100
    marginal    INTEGER NOT NULL,
    at_ms       INTEGER NOT NULL,
    complete_ms INTEGER,             -- NULL: not yet
    verdict     TEXT NOT NULL,       -- what was told then, else hold
    reason      TEXT NOT NULL,
    run         TEXT NOT NULL        -- ULID, or ''
) STRICT, WITHOUT ROWID;
CREATE INDEX kayenta_execution_at ON kayenta_execution (at_ms);
