-- How many of a region's things have a key.
-- +goose Up
CREATE TABLE search_words (
  region_id TEXT   NOT NULL,
  word      TEXT   NOT NULL,
  texts     BIGINT NOT NULL,
  PRIMARY KEY (region_id, word)
);
