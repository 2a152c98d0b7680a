INSERT INTO outbox (verdict_id, target, previous, since_ms, dead, tries, tried_ms, error) VALUES
    (2, 'chat', 'hold', 1700000060000, 0, 1, 1700000061000, 'refused');
INSERT INTO outbox_target (target, told, dropped) VALUES ('chat', 3, 0);
