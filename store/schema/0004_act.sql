-- What people said over a run, and who ended it by hand (api.md, "Overrides").

CREATE TABLE act (
    id       INTEGER PRIMARY KEY,
    run_id   INTEGER NOT NULL REFERENCES run (id),
    at_ms    INTEGER NOT NULL,
    action   TEXT NOT NULL,          -- approve, force, veto, clear, start, end
    actor    TEXT NOT NULL,
    why      TEXT NOT NULL,
    until_ms INTEGER,                -- NULL: no end
    via      TEXT NOT NULL           -- api, link
) STRICT;

CREATE INDEX act_by_run ON act (run_id, at_ms);
