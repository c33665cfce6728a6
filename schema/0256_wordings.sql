-- Texts of the pages and letters that the office says in its own words, and what each stands for.
-- +goose Up
CREATE TABLE wordings (
  region_id TEXT NOT NULL REFERENCES regions (region_id),
  slot      TEXT NOT NULL,
  language  TEXT NOT NULL,
  words     TEXT NOT NULL,
  replaced  TEXT NOT NULL,
  PRIMARY KEY (region_id, slot, language)
);
