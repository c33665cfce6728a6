-- What was written and is not yet counted.
-- +goose Up
CREATE TABLE search_pending (
  region_id TEXT   NOT NULL,
  row_id    BIGINT NOT NULL,
  PRIMARY KEY (region_id, row_id)
);
