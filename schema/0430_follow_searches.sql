-- Searches that somebody follows, each once however many do: its words, and what it is narrowed to. Who follows it stands in follows alone.
-- +goose Up
CREATE TABLE follow_searches (
  region_id TEXT   NOT NULL,
  search_id TEXT   NOT NULL,
  words     TEXT   NOT NULL,
  theme     TEXT   NOT NULL,
  place     TEXT   NOT NULL,
  km        BIGINT NOT NULL,
  keyed_by  TEXT   NOT NULL,
  PRIMARY KEY (region_id, search_id)
);
