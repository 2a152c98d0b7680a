-- Rows as the first release wrote them: a run that ended, one that lives.
INSERT INTO service (id, ns, name, preset, version_key, source) VALUES
    (1, 'prod', 'reviews', 'istio', 'revision', 'mesh'), (2, 'prod', 'ratings', 'istio', 'revision', 'mesh');
INSERT INTO policy (hash, text) VALUES ('abc', 'warm_up=60s');
INSERT INTO run (id, ulid, service_id, revision, attempt, state, verdict, started_ms, updated_ms, ended_ms,
                 end_cause, canary, baseline, version_key, source, policy, policy_hash, reason, message) VALUES
    (1, '01HF7YAT00E9S74WKJE9S74WK1', 1, 'v2', 1, 'ended', 'abort', 1700000000000, 1700000060000, 1700000060000,
     'failed', 'v2', 'v1', 'revision', 'mesh', 'default', 'abc', 'error_rate_worse', 'canary 6 %'),
    (2, '01HF7YAT00E9S74WKJE9S74WK2', 2, 'v7', 2, 'live', 'hold', 1700000000001, 1700000070000, NULL,
     '', 'v7', '', 'revision', 'mesh', 'default', 'abc', 'warming_up', '10 s more');
INSERT INTO run_state (run_id, numbers, state) VALUES (1, '{"verdict":"abort"}', x'00'), (2, '{"verdict":"hold"}', x'0102');
INSERT INTO interval (run_id, start_ms, end_ms, counts) VALUES
    (1, 1700000000000, 1700000005000, x'01'), (1, 1700000005000, 1700000010000, x'02'), (2, 1700000000000, 1700000005000, x'03');
INSERT INTO verdict (id, ulid, run_id, service_id, at_ms, verdict, reason, message, policy_hash, numbers) VALUES
    (1, '01HF7YAT00E9S74WKJE9S74WV1', 1, 1, 1700000001000, 'hold', 'warming_up', 'soon', 'abc', NULL),
    (2, '01HF7YAT00E9S74WKJE9S74WV2', 1, 1, 1700000060000, 'abort', 'error_rate_worse', 'canary 6 %', 'abc', '{"verdict":"abort"}'),
    (3, '01HF7YAT00E9S74WKJE9S74WV3', 2, 2, 1700000002000, 'hold', 'warming_up', 'soon', 'abc', NULL);
INSERT INTO gate_call (run_id, at_ms, last_ms, gate, stage, http_code, verdict, reason, count) VALUES
    (1, 1700000001000, 1700000002000, 'argo', 'promote', 200, 'hold', 'warming_up', 4),
    (NULL, 1700000001000, 1700000001000, 'argo', 'promote', 404, 'hold', 'none', 1);
