INSERT INTO gate_switch (kind, ns, name, checksum, opened_ms) VALUES ('gate', 'prod', 'reviews', '', 1700000000000);
