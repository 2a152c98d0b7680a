INSERT INTO point (run_id, at_ms, level, numbers) VALUES (1, 1700000005000, 2, x'01'), (1, 1700000020000, 0, x'02');
INSERT INTO label_text (text) VALUES ('v2');
