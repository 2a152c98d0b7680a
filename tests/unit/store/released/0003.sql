UPDATE interval SET heard = x'0a' WHERE run_id = 2;
UPDATE run_state SET heard = x'0b' WHERE run_id = 2;
