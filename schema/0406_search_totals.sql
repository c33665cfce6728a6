-- How many things of a region are counted, and how long they are together, in half keys.
-- +goose Up
CREATE TABLE search_totals (
  region_id TEXT   NOT NULL,
  texts     BIGINT NOT NULL,
  halves    BIGINT NOT NULL,
  PRIMARY KEY (region_id)
);
