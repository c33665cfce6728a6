-- What each thing is found by: its keys, in three columns, as often as they occur.
-- +goose Up
CREATE TABLE search_texts (
  region_id TEXT   NOT NULL,
  row_id    BIGINT NOT NULL,
  lemmas    TEXT   NOT NULL,
  parts     TEXT   NOT NULL,
  roots     TEXT   NOT NULL,
  PRIMARY KEY (region_id, row_id)
);
