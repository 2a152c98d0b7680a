-- The history: what was judged, by which rules, on which numbers, and what was told.
-- Times are wall milliseconds since 1970 UTC; ids that leave the database are ULIDs.
-- Vocabularies are stored as their texts, which never change, not as numbers, which may.

CREATE TABLE service (
    id          INTEGER PRIMARY KEY,
    ns          TEXT NOT NULL,
    name        TEXT NOT NULL,
    preset      TEXT NOT NULL,
    version_key TEXT NOT NULL,
    source      TEXT NOT NULL,
    UNIQUE (ns, name)
) STRICT;

-- Canonical text by its hash: what a run was judged by stays readable after the
-- configuration has moved on.
CREATE TABLE policy (
    hash TEXT PRIMARY KEY NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- Columns of indexes are kept apart from those that change with every tick.
CREATE TABLE run (
    id          INTEGER PRIMARY KEY,
    ulid        TEXT NOT NULL UNIQUE CHECK (length(ulid) = 26),
    service_id  INTEGER NOT NULL REFERENCES service (id),
    revision    TEXT NOT NULL,
    attempt     INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('live', 'ended')),
    verdict     TEXT NOT NULL CHECK (verdict IN ('pass', 'hold', 'fail', 'abort')),
    started_ms  INTEGER NOT NULL,
    updated_ms  INTEGER NOT NULL,
    ended_ms    INTEGER,             -- NULL while live
    end_cause   TEXT NOT NULL,
    canary      TEXT NOT NULL,
    baseline    TEXT NOT NULL,       -- '': every other version
    version_key TEXT NOT NULL,
    source      TEXT NOT NULL,
    policy      TEXT NOT NULL,
    policy_hash TEXT REFERENCES policy (hash),
    reason      TEXT NOT NULL,
    message     TEXT NOT NULL
) STRICT;

CREATE INDEX run_by_service ON run (service_id, ulid);
CREATE INDEX run_by_revision ON run (service_id, revision, ulid);
CREATE INDEX run_by_verdict ON run (verdict, ulid);
CREATE INDEX run_live ON run (ulid) WHERE state = 'live';

-- The wide part of a run, rewritten with each interval.
CREATE TABLE run_state (
    run_id  INTEGER PRIMARY KEY REFERENCES run (id),
    numbers TEXT CONSTRAINT run_numbers_are_json CHECK (numbers IS NULL OR json_valid(numbers)),
    state   BLOB                     -- the analyzer's own packed form
) STRICT;

-- One packed row per closed interval.  A rowid table: rows of runs that are live
-- together share pages, which costs a third of the commit time of a clustered key.
CREATE TABLE interval (
    id       INTEGER PRIMARY KEY,
    run_id   INTEGER NOT NULL REFERENCES run (id),
    end_ms   INTEGER NOT NULL,       -- source time
    start_ms INTEGER NOT NULL,
    counts   BLOB NOT NULL,
    CONSTRAINT interval_runs_forward CHECK (start_ms < end_ms),
    UNIQUE (run_id, end_ms)
) STRICT;

-- One row per change of verdict or reason.
CREATE TABLE verdict (
    id          INTEGER PRIMARY KEY,
    ulid        TEXT NOT NULL UNIQUE CHECK (length(ulid) = 26),
    run_id      INTEGER NOT NULL REFERENCES run (id),
    service_id  INTEGER NOT NULL REFERENCES service (id),
    at_ms       INTEGER NOT NULL,
    verdict     TEXT NOT NULL CHECK (verdict IN ('pass', 'hold', 'fail', 'abort')),
    reason      TEXT NOT NULL,
    message     TEXT NOT NULL,
    policy_hash TEXT,
    numbers     TEXT CONSTRAINT verdict_numbers_are_json CHECK (numbers IS NULL OR json_valid(numbers))
) STRICT;

CREATE INDEX verdict_by_run ON verdict (run_id, ulid);
CREATE INDEX verdict_by_service ON verdict (service_id, ulid);

-- The first call, each change of answer, and equal answers counted by the minute.
CREATE TABLE gate_call (
    id        INTEGER PRIMARY KEY,
    run_id    INTEGER REFERENCES run (id), -- NULL where no run was found
    at_ms     INTEGER NOT NULL,            -- the first of count
    last_ms   INTEGER NOT NULL,
    gate      TEXT NOT NULL,
    stage     TEXT NOT NULL,
    http_code INTEGER NOT NULL,
    verdict   TEXT NOT NULL CHECK (verdict IN ('pass', 'hold', 'fail', 'abort')),
    reason    TEXT NOT NULL,
    count     INTEGER NOT NULL CHECK (count > 0)
) STRICT;

CREATE INDEX gate_call_by_run ON gate_call (run_id, at_ms);
