-- What each thing is found by: its keys, in three columns, as often as they occur.
-- +goose Up
CREATE TABLE search_texts (
  region_id TEXT    NOT NULL,
  thing_id  BIGINT  NOT NULL,
  kind      TEXT    NOT NULL,
  listed    BOOLEAN NOT NULL,
  lemmas    TEXT    NOT NULL,
  parts     TEXT    NOT NULL,
  roots     TEXT    NOT NULL,
  PRIMARY KEY (region_id, thing_id)
);
