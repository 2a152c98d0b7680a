-- The newest run that had the text as a label: with the last run that can have it, it goes.

ALTER TABLE label_text ADD COLUMN run INTEGER; -- not known yet: retention takes the newest there is
