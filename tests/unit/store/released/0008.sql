INSERT INTO kayenta_execution (id, service, ns, canary, stable, revision, policy, stage, pass, marginal, at_ms,
                               complete_ms, verdict, reason, run) VALUES
    ('01HF7YAT00E9S74WKJE9S74WE1', 'reviews', 'prod', 'v2', 'v1', 'v2', 'default', 'promote', 95, 75, 1700000000000,
     NULL, 'hold', 'none', '');
