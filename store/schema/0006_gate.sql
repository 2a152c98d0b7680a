-- Gates of Flagger's loadtester that somebody opened; a closed one has no row.

CREATE TABLE gate_switch (
    kind      TEXT NOT NULL,         -- gate, rollback
    ns        TEXT NOT NULL,
    name      TEXT NOT NULL,         -- of the Canary
    checksum  TEXT NOT NULL,         -- of the one revision it is open for; '': for all
    opened_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, ns, name)
) STRICT, WITHOUT ROWID;
