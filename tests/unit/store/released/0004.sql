INSERT INTO act (run_id, at_ms, action, actor, why, until_ms, via) VALUES
    (1, 1700000030000, 'veto', 'anna', 'smells', NULL, 'api');
