-- What the placebo canaries of a service came to, one row for each and each window:
-- the record that a rollout's thresholds are learned from.

CREATE TABLE placebo (
    id           INTEGER PRIMARY KEY,
    service_id   INTEGER NOT NULL REFERENCES service (id),
    end_ms       INTEGER NOT NULL,      -- source time
    start_ms     INTEGER NOT NULL,
    plan         TEXT NOT NULL,         -- hash of what it was judged by
    pod          TEXT NOT NULL,         -- the first of its pods
    placebo_pods INTEGER NOT NULL,
    pods         INTEGER NOT NULL,      -- of the baseline
    requests     INTEGER NOT NULL,
    all_requests INTEGER NOT NULL,
    log_gm       REAL NOT NULL,         -- largest logarithms of the evidence in the window
    log_r5       REAL NOT NULL,
    log_r15      REAL NOT NULL,
    log_r60      REAL NOT NULL,
    rolled_back  INTEGER NOT NULL CHECK (rolled_back IN (0, 1)),
    CONSTRAINT placebo_runs_forward CHECK (start_ms < end_ms),
    UNIQUE (service_id, end_ms, pod)
) STRICT;
