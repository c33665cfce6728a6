-- What can be found, and all that ranking reads of it: row_id is its number in the index of keys, outline its keys
-- without their words, counted whether search_words counts it (1 as not for everybody, 2 as for everybody).
-- +goose Up
CREATE TABLE search_things (
  region_id TEXT    NOT NULL,
  row_id    BIGINT  NOT NULL,
  kind      TEXT    NOT NULL,
  thing_id  BIGINT  NOT NULL,
  about_id  BIGINT  NOT NULL,
  listed    BOOLEAN NOT NULL,
  place     TEXT    NOT NULL,
  state     TEXT    NOT NULL,
  themes    TEXT    NOT NULL,
  at        BIGINT  NOT NULL,
  digest    BIGINT  NOT NULL,
  halves    BIGINT  NOT NULL,
  counted   BIGINT  NOT NULL,
  outline   BYTEA   NOT NULL,
  PRIMARY KEY (region_id, row_id),
  UNIQUE (region_id, kind, thing_id)
);
