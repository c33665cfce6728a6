-- The keys of each followed search's rarest word: what is new is looked up here by its own keys.
-- +goose Up
CREATE TABLE follow_search_keys (
  region_id TEXT NOT NULL,
  word      TEXT NOT NULL,
  search_id TEXT NOT NULL,
  PRIMARY KEY (region_id, word, search_id)
);
