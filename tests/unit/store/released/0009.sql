INSERT INTO step (run_id, n, since_ms, until_ms, weight, canary_requests, stable_requests, verdict, reason) VALUES
    (1, 0, 1700000000000, NULL, 5.0, 10, 190, 'hold', 'warming_up');
INSERT INTO event (run_id, at_ms, door, what, step, weight, image, message) VALUES
    (1, 1700000000000, 'argo', 'started', 0, 5.0, 'reviews:2', '');
