-- How far the making anew of a region's index has come, shelf by shelf, and by which analyser.
-- +goose Up
CREATE TABLE search_walks (
  region_id TEXT    NOT NULL,
  shelf     TEXT    NOT NULL,
  analyser  TEXT    NOT NULL,
  after_id  BIGINT  NOT NULL,
  things    BIGINT  NOT NULL,
  whole     BOOLEAN NOT NULL,
  PRIMARY KEY (region_id, shelf)
);
