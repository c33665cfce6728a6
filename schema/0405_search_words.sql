-- How many of a region's things have a key, and how many of those everybody may find.
-- +goose Up
CREATE TABLE search_words (
  region_id TEXT   NOT NULL,
  word      TEXT   NOT NULL,
  texts     BIGINT NOT NULL,
  listed    BIGINT NOT NULL,
  PRIMARY KEY (region_id, word)
);
