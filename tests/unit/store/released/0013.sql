INSERT INTO label_text (text, run) VALUES ('v3', 2);
