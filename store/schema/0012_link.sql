-- Each approval link acts once: which act it was.

ALTER TABLE act ADD COLUMN link TEXT; -- NULL: none

CREATE UNIQUE INDEX act_by_link ON act (link) WHERE link IS NOT NULL;
